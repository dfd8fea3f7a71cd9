/*
 * neon_elementwise.c - quantise, norm, gate, add and rope, 4 lanes at a time; what is left of a vector
 * goes by plain C steps, which give the same bits. The definitions are in ref/ref_elementwise.c.
 */
#include <math.h>

#include "kernel/arm/neon.h"
#include "kernel/arm/neon_vector.h"
#include "kernel/panel.h"

/* Sums of 8 of 16 q each: k mod 4 < 2, and the others. */
static void store_sums(int8x16_t q, int16_t part[2])
{
    const int16x8_t pairs = vpaddlq_s8(q);
    part[0] = vaddv_s16(vget_low_s16(vuzp1q_s16(pairs, pairs)));
    part[1] = vaddv_s16(vget_low_s16(vuzp2q_s16(pairs, pairs)));
}

/* 16 floats times `inverse`, to nearest even. */
static int8x16_t round_half(const float32x4_t x[4], float inverse)
{
    int16x4_t q[4];
    for (int i = 0; i < 4; i++) {
        q[i] = vqmovn_s32(vcvtnq_s32_f32(vmulq_n_f32(x[i], inverse)));
    }
    return vcombine_s8(vqmovn_s16(vcombine_s16(q[0], q[1])), vqmovn_s16(vcombine_s16(q[2], q[3])));
}

static float max_of(const float *x)
{
    float32x4_t max = vdupq_n_f32(0.0f);
    for (int i = 0; i < 8; i++) {
        max = vmaxq_f32(max, vabsq_f32(vld1q_f32(x + LANES * i)));
    }
    return vmaxvq_f32(max);
}

static void store_block(const activations *a, const float *from, size_t index, float inverse,
                        float scale)
{
    int16_t *const part = a->part + 4 * index;
    for (int half = 0; half < 2; half++) {
        float32x4_t x[4];
        for (int i = 0; i < 4; i++) {
            x[i] = vld1q_f32(from + 16 * half + LANES * i);
        }
        const int8x16_t q = round_half(x, inverse);
        vst1q_s8(a->q + index * KERNEL_BLOCK + 16 * half, q);
        store_sums(q, part + 2 * half);
    }
    const int sum = part[0] + part[1] + part[2] + part[3];
    a->scale[index] = scale;
    a->scaled_sum[index] = scale * (float)sum;
    a->negative_sum[index] = -sum;
}

#include "kernel/quantise_walk.h"

void neon_quantise(const activations *a, size_t begin, size_t end)
{
    quantise_tokens(a, begin, end);
}

/* The sum of squares, in 16 partial sums. */
static float sum_squares(const float *x, size_t n)
{
    float32x4_t sums[4] = {vdupq_n_f32(0.0f), vdupq_n_f32(0.0f), vdupq_n_f32(0.0f),
                           vdupq_n_f32(0.0f)};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        for (int j = 0; j < 4; j++) {
            const float32x4_t v = vld1q_f32(x + i + LANES * j);
            sums[j] = vfmaq_f32(sums[j], v, v);
        }
    }
    float partial[16];
    for (int j = 0; j < 4; j++) {
        vst1q_f32(partial + LANES * j, sums[j]);
    }
    for (size_t j = 0; i + j < n; j++) {
        partial[j] = fmaf(x[i + j], x[i + j], partial[j]);
    }
    for (int j = 0; j < 4; j++) {
        sums[j] = vld1q_f32(partial + LANES * j);
    }
    return sum_lanes(sums);
}

void neon_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out)
{
    const float mean = sum_squares(x, n) / (float)n;
    const float inverse = 1.0f / sqrtf(mean + epsilon);
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const float32x4_t v = vmulq_n_f32(vld1q_f32(x + i), inverse);
        vst1q_f32(out + i, vmulq_f32(v, vld1q_f32(weight + i)));
    }
    for (; i < n; i++) {
        out[i] = x[i] * inverse * weight[i];
    }
}

void neon_silu_mul(const float *gate, const float *up, size_t n, float *out)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        const float32x4_t g = vld1q_f32(gate + i);
        const float32x4_t below = vaddq_f32(vdupq_n_f32(1.0f), exp_lanes(vnegq_f32(g)));
        vst1q_f32(out + i, vmulq_f32(vdivq_f32(g, below), vld1q_f32(up + i)));
    }
    for (; i < n; i++) {
        out[i] = gate[i] / (1.0f + exp_reference(-gate[i])) * up[i];
    }
}

void neon_add(float *y, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vst1q_f32(y + i, vaddq_f32(vld1q_f32(y + i), vld1q_f32(x + i)));
    }
    for (; i < n; i++) {
        y[i] += x[i];
    }
}

/* Four pairs: (a, b) becomes (a cos - b sin, a sin + b cos), one product rounded by itself each. */
static void rotate(float32x4_t *a, float32x4_t *b, float32x4_t cos, float32x4_t sin)
{
    const float32x4_t x = *a;
    const float32x4_t y = *b;
    *a = vfmaq_f32(vnegq_f32(vmulq_f32(y, sin)), x, cos);
    *b = vfmaq_f32(vmulq_f32(y, cos), x, sin);
}

static void rotate_one(float *a, float *b, float cos, float sin)
{
    const float x = *a;
    const float y = *b;
    *a = fmaf(x, cos, -(y * sin));
    *b = fmaf(x, sin, y * cos);
}

void neon_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved)
{
    const size_t half = n_rot / 2;
    size_t i = 0;
    for (; i + LANES <= half; i += LANES) {
        const float32x4_t c = vld1q_f32(cos + i);
        const float32x4_t s = vld1q_f32(sin + i);
        if (interleaved) {
            float32x4x2_t pairs = vld2q_f32(head + 2 * i);
            rotate(&pairs.val[0], &pairs.val[1], c, s);
            vst2q_f32(head + 2 * i, pairs);
        } else {
            float32x4_t a = vld1q_f32(head + i);
            float32x4_t b = vld1q_f32(head + half + i);
            rotate(&a, &b, c, s);
            vst1q_f32(head + i, a);
            vst1q_f32(head + half + i, b);
        }
    }
    for (; i < half; i++) {
        float *const a = interleaved ? head + 2 * i : head + i;
        rotate_one(a, interleaved ? a + 1 : a + half, cos[i], sin[i]);
    }
}
