/*
 * ref_elementwise.c - definitions of the ops over vectors: quantise, norm, gate, add, rope.
 */
#include <math.h>

#include "kernel/exp.h"
#include "kernel/panel.h"
#include "kernel/ref/ref.h"

float ref_reduce(float partial[16])
{
    for (size_t step = 8; step > 0; step /= 2) {
        for (size_t i = 0; i < step; i++) {
            partial[i] += partial[i + step];
        }
    }
    return partial[0];
}

static float max_of(const float *x)
{
    float max = 0.0f;
    for (size_t i = 0; i < KERNEL_BLOCK; i++) {
        max = fmaxf(max, fabsf(x[i]));
    }
    return max;
}

/* One block: q = x / scale to nearest even. */
static void store_block(const activations *a, const float *x, size_t index, float inverse,
                        float scale)
{
    int8_t *const q = a->q + index * KERNEL_BLOCK;
    int16_t *const part = a->part + index * 4;
    int sums[4] = {0};
    for (size_t i = 0; i < KERNEL_BLOCK; i++) {
        const int value = (int)rintf(x[i] * inverse);
        q[i] = (int8_t)value;
        sums[i / 16 * 2 + i % 4 / 2] += value;
    }
    for (size_t i = 0; i < 4; i++) {
        part[i] = (int16_t)sums[i];
    }
    const int sum = sums[0] + sums[1] + sums[2] + sums[3];
    a->scale[index] = scale;
    a->scaled_sum[index] = scale * (float)sum;
    a->negative_sum[index] = -sum;
}

#include "kernel/quantise_walk.h"

void ref_quantise(const activations *a, size_t begin, size_t end)
{
    quantise_tokens(a, begin, end);
}

void ref_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out)
{
    float partial[16] = {0};
    for (size_t i = 0; i < n; i++) {
        partial[i % 16] = fmaf(x[i], x[i], partial[i % 16]);
    }
    const float mean = ref_reduce(partial) / (float)n;
    const float inverse = 1.0f / sqrtf(mean + epsilon);
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i] * inverse * weight[i];
    }
}

void ref_silu_mul(const float *gate, const float *up, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = gate[i] / (1.0f + exp_reference(-gate[i])) * up[i];
    }
}

void ref_add(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        y[i] += x[i];
    }
}

void ref_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved)
{
    const size_t half = n_rot / 2;
    for (size_t i = 0; i < half; i++) {
        float *const a = interleaved ? head + 2 * i : head + i;
        float *const b = interleaved ? a + 1 : a + half;
        const float x = *a;
        const float y = *b;
        *a = fmaf(x, cos[i], -(y * sin[i]));
        *b = fmaf(x, sin[i], y * cos[i]);
    }
}
