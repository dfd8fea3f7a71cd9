/*
 * kv_panel.h - how one KV head's keys and values stand in memory, and how fine their codes are. For
 * the levels' attention and kv_panel.c.
 *
 * Sixteen positions are one panel, in vectors of 64 bytes:
 *
 *     keys     int16 [head_dim / 2][16 keys][2 dims]     k = scale code, one float scale per key
 *     values   int16 [8][head_dim][2 keys]               v = 2^e code, one exponent per key
 *     float    [16] scales of the keys, [16] e, [16] 2^-e
 *
 * so that a 32-bit broadcast of two dims (or of two keys' weights) meets 16 keys (or dims) without a
 * horizontal sum: `vpdpwssd`, `vpmaddwd` and `vpaddd`. The sums are exact in int32, whatever their
 * order: a code of a key times one of a query, head_dim times, stays below 2^31, and so does a weight
 * times a value, KERNEL_KEY_BLOCK times.
 */
#ifndef HUIS_KERNEL_KV_PANEL_H
#define HUIS_KERNEL_KV_PANEL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/kernel.h"

enum {
    KV_VECTOR_BYTES = 64,
    KV_HEAD_DIM_MAX = 1024,
    KV_WEIGHT_MAX = 4000, /* code of the weight 1; up to 4095 fits */
    KV_VALUE_BITS = 12,   /* |code| <= 4096; 4095 * 4096 * 128 < 2^31 */
    /* Exponents of floats as they are stored: values below 2^-40 are 0. */
    KV_EXPONENT_MIN = 127 - 40,
    KV_EXPONENT_BIAS = 126 + KV_VALUE_BITS
};

/* Below this maximum a key or a query is zero: the inverse would leave the range of floats. */
#define KV_MAX_MIN 1e-30f
#define KV_LOG2E 1.44269504088896341f

_Static_assert((int64_t)KV_WEIGHT_MAX *(1 << KV_VALUE_BITS) * KERNEL_KEY_BLOCK <= INT32_MAX,
               "sums of weighted values are exact");

/* Bits of the codes of a key and a query together: 2^bits head_dim <= 2^31. */
static inline unsigned kv_code_bits(size_t head_dim)
{
    unsigned bits = 31;
    for (size_t n = 1; n < head_dim; n *= 2) {
        bits--;
    }
    return bits;
}

static inline float kv_key_max(size_t head_dim)
{
    return (float)((1u << (kv_code_bits(head_dim) + 1) / 2) - 1);
}

static inline float kv_query_max(size_t head_dim)
{
    return (float)((1u << kv_code_bits(head_dim) / 2) - 1);
}

static inline size_t kv_panel_bytes(size_t head_dim)
{
    return (head_dim + 3) * KV_VECTOR_BYTES;
}

/* The panel of a position. */
static inline size_t kv_panel_at(size_t head_dim, size_t position)
{
    return position / KERNEL_KEY_PANEL * kv_panel_bytes(head_dim);
}

/* Offsets within a panel. */
static inline size_t kv_values_at(size_t head_dim)
{
    return head_dim / 2 * KV_VECTOR_BYTES;
}

static inline size_t kv_scales_at(size_t head_dim)
{
    return head_dim * KV_VECTOR_BYTES;
}

/* The exponent of values of this size, as a float stores it: codes reach 2048 to 4096. */
static inline uint32_t kv_exponent(float max)
{
    uint32_t bits = 0;
    memcpy(&bits, &max, sizeof(bits));
    const uint32_t exponent = bits >> 23;
    return exponent < KV_EXPONENT_MIN ? KV_EXPONENT_MIN : exponent;
}

/* 2^-e of kv_exponent's result. */
static inline float kv_inverse(uint32_t exponent)
{
    const uint32_t bits = (127 + KV_EXPONENT_BIAS - exponent) << 23;
    float inverse = 0.0f;
    memcpy(&inverse, &bits, sizeof(inverse));
    return inverse;
}

/* How a level makes codes. n is a multiple of 16. */
typedef struct kv_rounding {
    float (*max_of)(const float *x, size_t n); /* of the absolute values */
    /* codes = x inverse, rounded to nearest even */
    void (*round)(const float *x, size_t n, float inverse, int16_t *codes);
} kv_rounding;

/* Codes of n floats that reach `limit`; returns the scale. */
static inline float kv_to_codes(const kv_rounding *level, const float *x, size_t n, float limit,
                                int16_t *codes)
{
    const float max = level->max_of(x, n);
    const bool zero = max < KV_MAX_MIN;
    level->round(x, n, zero ? 0.0f : limit / max, codes);
    return zero ? 0.0f : max / limit;
}

/* Scales of one key, and the codes of one token (rounded, within bounds) to their places. */
static inline void kv_store(size_t head_dim, size_t position, float key_scale, uint32_t exponent,
                            const int16_t *k_codes, const int16_t *v_codes, unsigned char *kv)
{
    unsigned char *const panel = kv + kv_panel_at(head_dim, position);
    const size_t key = position % KERNEL_KEY_PANEL;
    const float scales[3] = {key_scale, (float)exponent - (float)KV_EXPONENT_BIAS,
                             kv_inverse(exponent)};
    unsigned char *const k = panel + key * 4;
    unsigned char *const v =
        panel + kv_values_at(head_dim) + key / 2 * head_dim * 4 + key % 2 * sizeof(int16_t);
    for (size_t i = 0; i < 3; i++) {
        memcpy(panel + kv_scales_at(head_dim) + i * KV_VECTOR_BYTES + key * 4, &scales[i], 4);
    }
    for (size_t d = 0; d < head_dim; d += 2) {
        memcpy(k + d / 2 * KV_VECTOR_BYTES, k_codes + d, 4);
    }
    for (size_t d = 0; d < head_dim; d++) {
        memcpy(v + d * 4, v_codes + d, sizeof(int16_t));
    }
}

/* Codes of one token of one KV head, to their places: the op store_kv of a level. */
static inline void kv_store_token(const kv_rounding *level, const float *k, const float *v,
                                  size_t head_dim, size_t position, unsigned char *kv)
{
    int16_t k_codes[KV_HEAD_DIM_MAX];
    int16_t v_codes[KV_HEAD_DIM_MAX];
    const float scale = kv_to_codes(level, k, head_dim, kv_key_max(head_dim), k_codes);
    const uint32_t exponent = kv_exponent(level->max_of(v, head_dim));
    level->round(v, head_dim, kv_inverse(exponent), v_codes);
    kv_store(head_dim, position, scale, exponent, k_codes, v_codes, kv);
}

#endif
