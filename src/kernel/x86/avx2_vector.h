/*
 * avx2_vector.h - the float steps that several AVX2 ops share: masked tails, ordered sums, the
 * exponential of exp.h.
 */
#ifndef HUIS_KERNEL_AVX2_VECTOR_H
#define HUIS_KERNEL_AVX2_VECTOR_H

#include <immintrin.h>

#include "kernel/exp.h"

/* Lanes [i, min(i + 8, n)) of a vector of n; none when i >= n. */
static inline __m256i lanes_from(size_t i, size_t n)
{
    const int left = i >= n ? 0 : n - i < 8 ? (int)(n - i) : 8;
    const __m256i index = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(left), index);
}

/* Elements [i, i + 8) of n, 0 past the end. Whole vectors avoid the masks: on AMD a masked store takes
 * dozens of steps. */
static inline __m256 load_some(const float *p, size_t i, size_t n)
{
    return i + 8 <= n ? _mm256_loadu_ps(p + i) : _mm256_maskload_ps(p + i, lanes_from(i, n));
}

static inline void store_some(float *p, size_t i, size_t n, __m256 x)
{
    if (i + 8 <= n) {
        _mm256_storeu_ps(p + i, x);
    } else {
        _mm256_maskstore_ps(p + i, lanes_from(i, n), x);
    }
}

/* Sum of 16 lanes: 8 + 8, 4 + 4, 2 + 2, 1 + 1. */
static inline float sum_lanes(__m256 low, __m256 high)
{
    const __m256 eight = _mm256_add_ps(low, high);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline float max_lanes(__m256 x)
{
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

static inline __m256 exp_lanes(__m256 x)
{
    const __m256 zero = _mm256_cmp_ps(x, _mm256_set1_ps(EXP_MIN), _CMP_LT_OQ);
    x = _mm256_min_ps(x, _mm256_set1_ps(EXP_MAX));
    const __m256 magic = _mm256_set1_ps(EXP_MAGIC);
    const __m256 shifted = _mm256_fmadd_ps(x, _mm256_set1_ps(EXP_LOG2E), magic);
    const __m256 n = _mm256_sub_ps(shifted, magic);
    __m256 r = _mm256_fmadd_ps(n, _mm256_set1_ps(-EXP_LN2_HIGH), x);
    r = _mm256_fmadd_ps(n, _mm256_set1_ps(-EXP_LN2_LOW), r);
    __m256 p = _mm256_fmadd_ps(_mm256_set1_ps(EXP_C5), r, _mm256_set1_ps(EXP_C4));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C3));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C2));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C1));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C0));
    p = _mm256_fmadd_ps(p, _mm256_mul_ps(r, r), r);
    p = _mm256_add_ps(p, _mm256_set1_ps(1.0f));
    const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    const __m256i bits = _mm256_add_epi32(_mm256_castps_si256(p), exponent);
    return _mm256_andnot_ps(zero, _mm256_castsi256_ps(bits));
}

#endif
