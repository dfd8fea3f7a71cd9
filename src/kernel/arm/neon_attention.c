/*
 * neon_attention.c - attention over the KV cache; the definition is in ref/ref_attention.c.
 *
 * Codes stand in pairs (two dims of a key, two keys of a dim): `ld2` takes 8 pairs apart, and `smlal` by
 * element multiplies each half by one of the query's codes or weights. Six queries x 8 keys (then 8
 * dims) are 12 accumulators.
 */
#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "kernel/arm/neon.h"
#include "kernel/arm/neon_vector.h"
#include "kernel/attention_walk.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { QUERIES = ATTENTION_QUERIES, AT_ONCE = 8 };

static void round_codes(const float *x, size_t n, float inverse, int16_t *codes)
{
    for (size_t i = 0; i < n; i += LANES) {
        const int32x4_t code = vcvtnq_s32_f32(vmulq_n_f32(vld1q_f32(x + i), inverse));
        vst1_s16(codes + i, vqmovn_s32(code));
    }
}

static float max_of(const float *x, size_t n)
{
    float32x4_t max = vdupq_n_f32(0.0f);
    for (size_t i = 0; i < n; i += LANES) {
        max = vmaxq_f32(max, vabsq_f32(vld1q_f32(x + i)));
    }
    return vmaxvq_f32(max);
}

static const kv_rounding ROUNDING = {max_of, round_codes};

void neon_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                   unsigned char *kv)
{
    kv_store_token(&ROUNDING, k, v, head_dim, position, kv);
}

/* acc += the pairs' first halves times element `even` of q, the second times `odd` (constants). */
#define ADD_PAIRS(acc, pairs, q, even, odd)                                                        \
    do {                                                                                           \
        (acc)[0] = vmlal_laneq_s16((acc)[0], vget_low_s16((pairs).val[0]), q, even);               \
        (acc)[1] = vmlal_high_laneq_s16((acc)[1], (pairs).val[0], q, even);                        \
        (acc)[0] = vmlal_laneq_s16((acc)[0], vget_low_s16((pairs).val[1]), q, odd);                \
        (acc)[1] = vmlal_high_laneq_s16((acc)[1], (pairs).val[1], q, odd);                         \
    } while (false)

ALWAYS_INLINE int16x8x2_t load_pairs(const unsigned char *p)
{
    return vld2q_s16((const void *)p);
}

/* Adds n_pairs (a multiple of 4) rows of 8 pairs, `stride` bytes apart, times the pairs of n queries'
 * factors. */
ALWAYS_INLINE void multiply_pairs(int n, const int16_t *const factors[QUERIES],
                                  const unsigned char *p, size_t stride, size_t n_pairs,
                                  int32x4_t acc[QUERIES][2])
{
    for (size_t i = 0; i < n_pairs; i += 4) {
        const int16x8x2_t first = load_pairs(p + i * stride);
        const int16x8x2_t second = load_pairs(p + (i + 1) * stride);
        const int16x8x2_t third = load_pairs(p + (i + 2) * stride);
        const int16x8x2_t fourth = load_pairs(p + (i + 3) * stride);
#pragma GCC unroll 6
        for (int t = 0; t < n; t++) {
            const int16x8_t q = vld1q_s16(factors[t] + 2 * i);
            ADD_PAIRS(acc[t], first, q, 0, 1);
            ADD_PAIRS(acc[t], second, q, 2, 3);
            ADD_PAIRS(acc[t], third, q, 4, 5);
            ADD_PAIRS(acc[t], fourth, q, 6, 7);
        }
    }
}

ALWAYS_INLINE void clear(int n, int32x4_t acc[QUERIES][2])
{
#pragma GCC unroll 6
    for (int t = 0; t < n; t++) {
        acc[t][0] = vdupq_n_s32(0);
        acc[t][1] = vdupq_n_s32(0);
    }
}

/* Scores of n queries (a constant) with 8 keys of a panel, from key `key` of it, to
 * scores[.][first + key]. */
ALWAYS_INLINE void score_keys(const attention_args *a, const attention_query *queries, int n,
                              const unsigned char *panel, size_t key, attention_work *work,
                              size_t first)
{
    const int16_t *factors[QUERIES];
    int32x4_t acc[QUERIES][2];
    const float *const scales = (const void *)(panel + kv_scales_at(a->head_dim));
    clear(n, acc);
    for (int t = 0; t < n; t++) {
        factors[t] = queries[t].codes;
    }
    multiply_pairs(n, factors, panel + key * 4, KV_VECTOR_BYTES, a->head_dim / 2, acc);
#pragma GCC unroll 6
    for (int t = 0; t < n; t++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < 2; v++) {
            const size_t at = key + LANES * v;
            const float32x4_t sum = vmulq_n_f32(vcvtq_f32_s32(acc[t][v]), queries[t].factor);
            const float32x4_t exponent = vld1q_f32(scales + KERNEL_KEY_PANEL + at);
            vst1q_f32(&work->scores[t][first + at],
                      vfmaq_f32(exponent, sum, vld1q_f32(scales + at)));
        }
    }
}

ALWAYS_INLINE float32x4_t exp2_lanes(float32x4_t x)
{
    const uint32x4_t some = vcgeq_f32(x, vdupq_n_f32(EXP2_MIN));
    const float32x4_t magic = vdupq_n_f32(EXP_MAGIC);
    const float32x4_t shifted = vaddq_f32(x, magic);
    const float32x4_t f = vsubq_f32(x, vsubq_f32(shifted, magic));
    float32x4_t p = vfmaq_f32(vdupq_n_f32(EXP2_C2), vdupq_n_f32(EXP2_C3), f);
    p = vfmaq_f32(vdupq_n_f32(EXP2_C1), p, f);
    p = vfmaq_f32(vdupq_n_f32(EXP2_C0), p, f);
    p = vfmaq_f32(vdupq_n_f32(1.0f), p, f);
    const uint32x4_t exponent = vshlq_n_u32(vreinterpretq_u32_f32(shifted), 23);
    const uint32x4_t bits = vaddq_u32(vreinterpretq_u32_f32(p), exponent);
    return vreinterpretq_f32_u32(vandq_u32(bits, some));
}

/* Elements [i, i + 4) of n, 0 past the end: behind the last key anything may stand. */
ALWAYS_INLINE float32x4_t load_some(const float *p, size_t i, size_t n)
{
    float some[LANES] = {0};
    if (i + LANES <= n) {
        return vld1q_f32(p);
    }
    if (i < n) {
        memcpy(some, p, (n - i) * sizeof(*p));
    }
    return vld1q_f32(some);
}

/* Scores behind the visible ones become -infinity; returns the largest. */
static float hide(float *scores, size_t n_keys, size_t n_panels)
{
    float32x4_t max = vdupq_n_f32(-INFINITY);
    for (size_t i = n_keys; i < KERNEL_KEY_PANEL * n_panels; i++) {
        scores[i] = -INFINITY;
    }
    for (size_t i = 0; i < KERNEL_KEY_PANEL * n_panels; i += LANES) {
        max = vmaxq_f32(max, vld1q_f32(scores + i));
    }
    return vmaxvq_f32(max);
}

/* Turns n_keys scores into weights, zeros behind them to the end of the panels; takes over maximum and
 * weight. */
static void soften(const attention_args *a, attention_query *x, float *scores, int16_t *weights,
                   size_t n_keys, const unsigned char *panels, size_t n_panels)
{
    const float max = hide(scores, n_keys, n_panels);
    float32x4_t sums[4] = {vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f),
                           vdupq_n_f32(0.0f)};
    for (size_t v = 0; v < 4 * n_panels; v++) {
        const unsigned char *const scales =
            panels + v / 4 * kv_panel_bytes(a->head_dim) + kv_scales_at(a->head_dim);
        const float *const inverse =
            (const float *)(const void *)(scales + 2 * (size_t)KV_VECTOR_BYTES) + v % 4 * LANES;
        const float32x4_t t = vsubq_f32(vld1q_f32(scores + LANES * v), vdupq_n_f32(max));
        const float32x4_t w = exp2_lanes(t);
        const int32x4_t code = vcvtnq_s32_f32(vmulq_n_f32(w, (float)KV_WEIGHT_MAX));
        sums[v % 4] = vfmaq_f32(sums[v % 4], w, load_some(inverse, LANES * v, n_keys));
        vst1_s16(weights + LANES * v, vqmovn_s32(code));
    }
    attention_take(x, max, sum_lanes(sums));
}

/* 8 dimensions of n queries' output (a constant), from dimension d. */
ALWAYS_INLINE void add_values(const attention_args *a, attention_query *queries, int n,
                              const unsigned char *panels, size_t n_panels, size_t d,
                              const attention_work *work)
{
    const int16_t *factors[QUERIES];
    int32x4_t acc[QUERIES][2];
    clear(n, acc);
    for (size_t i = 0; i < n_panels; i++) {
        for (int t = 0; t < n; t++) {
            factors[t] = work->weights[t] + KERNEL_KEY_PANEL * i;
        }
        multiply_pairs(n, factors,
                       panels + i * kv_panel_bytes(a->head_dim) + kv_values_at(a->head_dim) + 4 * d,
                       4 * a->head_dim, KERNEL_KEY_PANEL / 2, acc);
    }
#pragma GCC unroll 6
    for (int t = 0; t < n; t++) {
#pragma GCC unroll 2
        for (size_t v = 0; v < 2; v++) {
            float *const out = queries[t].out + d + LANES * v;
            const float32x4_t sum = vmulq_n_f32(vcvtq_f32_s32(acc[t][v]), queries[t].add);
            vst1q_f32(out, vfmaq_n_f32(sum, vld1q_f32(out), queries[t].keep));
        }
    }
}

ALWAYS_INLINE void attend(const attention_args *a, attention_query *queries, int n,
                          size_t first_key, size_t n_panels, attention_work *work)
{
    const unsigned char *const panels = a->kv + kv_panel_at(a->head_dim, first_key);
    for (size_t i = 0; i < n_panels; i++) {
        const unsigned char *const panel = panels + i * kv_panel_bytes(a->head_dim);
        score_keys(a, queries, n, panel, 0, work, KERNEL_KEY_PANEL * i);
        score_keys(a, queries, n, panel, AT_ONCE, work, KERNEL_KEY_PANEL * i);
    }
    for (int t = 0; t < n; t++) {
        soften(a, &queries[t], work->scores[t], work->weights[t],
               attention_keys(&queries[t], first_key), panels, n_panels);
    }
    for (size_t d = 0; d < a->head_dim; d += AT_ONCE) {
        add_values(a, queries, n, panels, n_panels, d, work);
    }
}

ATTENTION_KERNEL(1)
ATTENTION_KERNEL(2)
ATTENTION_KERNEL(3)
ATTENTION_KERNEL(4)
ATTENTION_KERNEL(5)
ATTENTION_KERNEL(6)

static void merge(float *out, const float *part, size_t head_dim, float keep, float add)
{
    for (size_t d = 0; d < head_dim; d += LANES) {
        const float32x4_t sum = vmulq_n_f32(vld1q_f32(part + d), add);
        vst1q_f32(out + d, vfmaq_n_f32(sum, vld1q_f32(out + d), keep));
    }
}

static void divide(float *out, const float *in, size_t head_dim, float divisor)
{
    for (size_t d = 0; d < head_dim; d += LANES) {
        vst1q_f32(out + d, vdivq_f32(vld1q_f32(in + d), vdupq_n_f32(divisor)));
    }
}

static const attention_level LEVEL = {
    .n_queries = QUERIES,
    .kernels = {attend_1, attend_2, attend_3, attend_4, attend_5, attend_6},
    .rounding = {max_of, round_codes},
    .merge = merge,
    .divide = divide,
};

void neon_attention(const attention_args *a)
{
    attention_walk(a, &LEVEL);
}

void neon_attention_split(const attention_args *a, size_t begin, size_t end)
{
    attention_walk_split(a, &LEVEL, begin, end);
}

void neon_attention_join(const attention_args *a)
{
    attention_walk_join(a, &LEVEL);
}
