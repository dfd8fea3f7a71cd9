/*
 * avx512_elementwise.c - quantise, norm, gate, add and rope, 16 lanes at a time. The definitions
 * are in ref/ref_elementwise.c.
 */
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernel/panel.h"
#include "kernel/x86/avx512.h"
#include "kernel/x86/avx512_vector.h"

/* Stores sums of 8 q each: [half][(k mod 4) / 2]. Returns their total. */
static int32_t store_sums(__m256i q, int16_t part[4])
{
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8(1), q);
    const __m256i twos = _mm256_add_epi16(pairs, _mm256_srli_si256(pairs, 8));
    const __m256i ones = _mm256_add_epi16(twos, _mm256_srli_epi64(twos, 32));
    const int32_t low = _mm_cvtsi128_si32(_mm256_castsi256_si128(ones));
    const int32_t high = _mm_cvtsi128_si32(_mm256_extracti128_si256(ones, 1));
    memcpy(part, &low, sizeof(low));
    memcpy(part + 2, &high, sizeof(high));
    return part[0] + part[1] + part[2] + part[3];
}

static float max_of(const float *x)
{
    return _mm512_reduce_max_ps(
        _mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x)), _mm512_abs_ps(_mm512_loadu_ps(x + 16))));
}

static __m128i round_half(const float *x, __m512 inverse)
{
    const __m512 v = _mm512_mul_ps(_mm512_loadu_ps(x), inverse);
    return _mm512_cvtsepi32_epi8(_mm512_cvtps_epi32(v));
}

static void store_block(const activations *a, const float *x, size_t index, float inverse,
                        float scale)
{
    const __m512 factor = _mm512_set1_ps(inverse);
    const __m256i q = _mm256_set_m128i(round_half(x + 16, factor), round_half(x, factor));
    _mm256_storeu_si256((void *)(a->q + index * KERNEL_BLOCK), q);
    const int32_t sum = store_sums(q, a->part + 4 * index);
    a->scale[index] = scale;
    a->scaled_sum[index] = scale * (float)sum;
    a->negative_sum[index] = -sum;
}

#include "kernel/quantise_walk.h"

void avx512_quantise(const activations *a, size_t begin, size_t end)
{
    quantise_tokens(a, begin, end);
}

void avx512_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out)
{
    __m512 squares = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        const __m512 v = _mm512_maskz_loadu_ps(lanes_from(i, n), x + i);
        squares = _mm512_fmadd_ps(v, v, squares);
    }
    const float mean = sum_lanes(squares) / (float)n;
    const __m512 inverse = _mm512_set1_ps(1.0f / sqrtf(mean + epsilon));
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 lanes = lanes_from(i, n);
        const __m512 v = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), inverse);
        const __m512 w = _mm512_maskz_loadu_ps(lanes, weight + i);
        _mm512_mask_storeu_ps(out + i, lanes, _mm512_mul_ps(v, w));
    }
}

void avx512_silu_mul(const float *gate, const float *up, size_t n, float *out)
{
    const __m512 one = _mm512_set1_ps(1.0f);
    const __m512 sign = _mm512_set1_ps(-0.0f);
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 lanes = lanes_from(i, n);
        const __m512 g = _mm512_maskz_loadu_ps(lanes, gate + i);
        const __m512 u = _mm512_maskz_loadu_ps(lanes, up + i);
        const __m512 below = _mm512_add_ps(one, exp_lanes(_mm512_xor_ps(g, sign)));
        _mm512_mask_storeu_ps(out + i, lanes, _mm512_mul_ps(_mm512_div_ps(g, below), u));
    }
}

void avx512_add(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 lanes = lanes_from(i, n);
        const __m512 a = _mm512_maskz_loadu_ps(lanes, y + i);
        const __m512 b = _mm512_maskz_loadu_ps(lanes, x + i);
        _mm512_mask_storeu_ps(y + i, lanes, _mm512_add_ps(a, b));
    }
}

/* Pairs (i, i + half). */
static void rotate_halves(float *head, size_t half, const float *cos, const float *sin)
{
    for (size_t i = 0; i < half; i += 16) {
        const __mmask16 lanes = lanes_from(i, half);
        const __m512 c = _mm512_maskz_loadu_ps(lanes, cos + i);
        const __m512 s = _mm512_maskz_loadu_ps(lanes, sin + i);
        const __m512 x = _mm512_maskz_loadu_ps(lanes, head + i);
        const __m512 y = _mm512_maskz_loadu_ps(lanes, head + half + i);
        _mm512_mask_storeu_ps(head + i, lanes, _mm512_fmsub_ps(x, c, _mm512_mul_ps(y, s)));
        _mm512_mask_storeu_ps(head + half + i, lanes, _mm512_fmadd_ps(x, s, _mm512_mul_ps(y, c)));
    }
}

/* Pairs (2i, 2i + 1), eight at a time: even lanes x c - y s, odd lanes x s + y c. */
static void rotate_pairs(float *head, size_t half, const float *cos, const float *sin)
{
    const __m512i twice = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    for (size_t i = 0; i < half; i += 8) {
        const size_t n = half - i < 8 ? half - i : 8;
        const __mmask16 angles = (__mmask16)((1u << n) - 1);
        const __mmask16 lanes = (__mmask16)((1u << (2 * n)) - 1);
        const __m512 c = _mm512_permutexvar_ps(twice, _mm512_maskz_loadu_ps(angles, cos + i));
        const __m512 s = _mm512_permutexvar_ps(twice, _mm512_maskz_loadu_ps(angles, sin + i));
        const __m512 v = _mm512_maskz_loadu_ps(lanes, head + 2 * i);
        const __m512 x = _mm512_moveldup_ps(v);
        const __m512 y = _mm512_movehdup_ps(v);
        const __m512 left = _mm512_fmsub_ps(x, c, _mm512_mul_ps(y, s));
        const __m512 right = _mm512_fmadd_ps(x, s, _mm512_mul_ps(y, c));
        _mm512_mask_storeu_ps(head + 2 * i, lanes, _mm512_mask_mov_ps(left, 0xAAAA, right));
    }
}

void avx512_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved)
{
    if (interleaved) {
        rotate_pairs(head, n_rot / 2, cos, sin);
    } else {
        rotate_halves(head, n_rot / 2, cos, sin);
    }
}
