/*
 * avx2_elementwise.c - quantise, norm, gate, add and rope, 8 lanes at a time. The definitions are in
 * ref/ref_elementwise.c.
 */
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernel/panel.h"
#include "kernel/x86/avx2.h"
#include "kernel/x86/avx2_vector.h"

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

/* 32 floats times `inverse`, to nearest even, in order. */
static __m256i round_block(const __m256 x[4], __m256 inverse)
{
    __m256i q[4];
    for (int i = 0; i < 4; i++) {
        q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(x[i], inverse));
    }
    const __m256i low = _mm256_packs_epi32(q[0], q[1]);
    const __m256i high = _mm256_packs_epi32(q[2], q[3]);
    const __m256i order = _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0);
    return _mm256_permutevar8x32_epi32(_mm256_packs_epi16(low, high), order);
}

static float max_of(const float *x)
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 max = _mm256_setzero_ps();
    for (int i = 0; i < 4; i++) {
        max = _mm256_max_ps(max, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + 8 * i)));
    }
    return max_lanes(max);
}

static void store_block(const activations *a, const float *from, size_t index, float inverse,
                        float scale)
{
    __m256 x[4];
    for (int i = 0; i < 4; i++) {
        x[i] = _mm256_loadu_ps(from + 8 * i);
    }
    const __m256i q = round_block(x, _mm256_set1_ps(inverse));
    _mm256_storeu_si256((void *)(a->q + index * KERNEL_BLOCK), q);
    const int32_t sum = store_sums(q, a->part + 4 * index);
    a->scale[index] = scale;
    a->scaled_sum[index] = scale * (float)sum;
    a->negative_sum[index] = -sum;
}

#include "kernel/quantise_walk.h"

void avx2_quantise(const activations *a, size_t begin, size_t end)
{
    quantise_tokens(a, begin, end);
}

void avx2_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out)
{
    __m256 low = _mm256_setzero_ps();
    __m256 high = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        const __m256 a = load_some(x, i, n);
        low = _mm256_fmadd_ps(a, a, low);
        if (i + 8 < n) {
            const __m256 b = load_some(x, i + 8, n);
            high = _mm256_fmadd_ps(b, b, high);
        }
    }
    const float mean = sum_lanes(low, high) / (float)n;
    const __m256 inverse = _mm256_set1_ps(1.0f / sqrtf(mean + epsilon));
    for (size_t i = 0; i < n; i += 8) {
        const __m256 v = _mm256_mul_ps(load_some(x, i, n), inverse);
        const __m256 w = load_some(weight, i, n);
        store_some(out, i, n, _mm256_mul_ps(v, w));
    }
}

void avx2_silu_mul(const float *gate, const float *up, size_t n, float *out)
{
    const __m256 one = _mm256_set1_ps(1.0f);
    const __m256 sign = _mm256_set1_ps(-0.0f);
    for (size_t i = 0; i < n; i += 8) {
        const __m256 g = load_some(gate, i, n);
        const __m256 u = load_some(up, i, n);
        const __m256 below = _mm256_add_ps(one, exp_lanes(_mm256_xor_ps(g, sign)));
        store_some(out, i, n, _mm256_mul_ps(_mm256_div_ps(g, below), u));
    }
}

void avx2_add(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += 8) {
        const __m256 a = load_some(y, i, n);
        const __m256 b = load_some(x, i, n);
        store_some(y, i, n, _mm256_add_ps(a, b));
    }
}

/* Pairs (i, i + half). */
static void rotate_halves(float *head, size_t half, const float *cos, const float *sin)
{
    for (size_t i = 0; i < half; i += 8) {
        const __m256 c = load_some(cos, i, half);
        const __m256 s = load_some(sin, i, half);
        const __m256 x = load_some(head, i, half);
        const __m256 y = load_some(head + half, i, half);
        store_some(head, i, half, _mm256_fmsub_ps(x, c, _mm256_mul_ps(y, s)));
        store_some(head + half, i, half, _mm256_fmadd_ps(x, s, _mm256_mul_ps(y, c)));
    }
}

/* Pairs (2i, 2i + 1), four at a time: even lanes x c - y s, odd lanes x s + y c. */
static void rotate_pairs(float *head, size_t half, const float *cos, const float *sin)
{
    const __m256i twice = _mm256_set_epi32(3, 3, 2, 2, 1, 1, 0, 0);
    for (size_t i = 0; i < half; i += 4) {
        const size_t n = half - i < 4 ? half - i : 4;
        const __m256i angles = lanes_from(0, n);
        const __m256i lanes = lanes_from(0, 2 * n);
        const __m256 c = _mm256_permutevar8x32_ps(_mm256_maskload_ps(cos + i, angles), twice);
        const __m256 s = _mm256_permutevar8x32_ps(_mm256_maskload_ps(sin + i, angles), twice);
        const __m256 v = _mm256_maskload_ps(head + 2 * i, lanes);
        const __m256 x = _mm256_moveldup_ps(v);
        const __m256 y = _mm256_movehdup_ps(v);
        const __m256 left = _mm256_fmsub_ps(x, c, _mm256_mul_ps(y, s));
        const __m256 right = _mm256_fmadd_ps(x, s, _mm256_mul_ps(y, c));
        _mm256_maskstore_ps(head + 2 * i, lanes, _mm256_blend_ps(left, right, 0xAA));
    }
}

void avx2_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved)
{
    if (interleaved) {
        rotate_pairs(head, n_rot / 2, cos, sin);
    } else {
        rotate_halves(head, n_rot / 2, cos, sin);
    }
}
