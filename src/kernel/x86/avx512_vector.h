/*
 * avx512_vector.h - the float steps that several AVX-512 ops share: masks of tails, ordered sums,
 * the exponential of exp.h.
 */
#ifndef HUIS_KERNEL_AVX512_VECTOR_H
#define HUIS_KERNEL_AVX512_VECTOR_H

#include <immintrin.h>

#include "kernel/exp.h"

/* Lanes [i, min(i + 16, n)) of a vector of n. */
static inline __mmask16 lanes_from(size_t i, size_t n)
{
    return n - i >= 16 ? 0xFFFF : (__mmask16)((1u << (n - i)) - 1);
}

/* Sum of the lanes: 8 + 8, 4 + 4, 2 + 2, 1 + 1. */
static inline float sum_lanes(__m512 x)
{
    const __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x), _mm512_extractf32x8_ps(x, 1));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

static inline __m512 exp_lanes(__m512 x)
{
    const __mmask16 zero = _mm512_cmp_ps_mask(x, _mm512_set1_ps(EXP_MIN), _CMP_LT_OQ);
    x = _mm512_min_ps(x, _mm512_set1_ps(EXP_MAX));
    const __m512 magic = _mm512_set1_ps(EXP_MAGIC);
    const __m512 shifted = _mm512_fmadd_ps(x, _mm512_set1_ps(EXP_LOG2E), magic);
    const __m512 n = _mm512_sub_ps(shifted, magic);
    __m512 r = _mm512_fmadd_ps(n, _mm512_set1_ps(-EXP_LN2_HIGH), x);
    r = _mm512_fmadd_ps(n, _mm512_set1_ps(-EXP_LN2_LOW), r);
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(EXP_C5), r, _mm512_set1_ps(EXP_C4));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(EXP_C3));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(EXP_C2));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(EXP_C1));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(EXP_C0));
    p = _mm512_fmadd_ps(p, _mm512_mul_ps(r, r), r);
    p = _mm512_add_ps(p, _mm512_set1_ps(1.0f));
    const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    const __m512i bits = _mm512_add_epi32(_mm512_castps_si512(p), exponent);
    return _mm512_castsi512_ps(_mm512_mask_mov_epi32(bits, zero, _mm512_setzero_si512()));
}

#endif
