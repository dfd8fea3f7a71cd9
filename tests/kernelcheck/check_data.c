/*
 * check_data.c - guarded memory, random weights of any type, random activations.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "kernelcheck.h"

enum { GUARD = 128, GUARD_BYTE = 0xA5 };

const tensor_type CHECK_TYPES[] = {
    TENSOR_Q4_0,  TENSOR_Q4_1, TENSOR_Q5_0, TENSOR_Q5_1, TENSOR_Q8_0,   TENSOR_Q2_K,
    TENSOR_Q3_K,  TENSOR_Q4_K, TENSOR_Q5_K, TENSOR_Q6_K, TENSOR_IQ4_NL, TENSOR_IQ4_XS,
    TENSOR_MXFP4, TENSOR_F32,  TENSOR_F16,  TENSOR_BF16,
};
const size_t N_CHECK_TYPES = sizeof(CHECK_TYPES) / sizeof(CHECK_TYPES[0]);

/* A block carries its size in front, then a guard, the bytes, a guard. */
void *check_alloc(size_t bytes)
{
    uint8_t *const p = memory_alloc_aligned(64, bytes + 2 * GUARD);
    if (p == NULL) {
        (void)fprintf(stderr, "kernelcheck: no memory\n");
        exit(1);
    }
    memset(p, GUARD_BYTE, GUARD);
    memcpy(p, &bytes, sizeof(bytes));
    memset(p + GUARD, 0, bytes);
    memset(p + GUARD + bytes, GUARD_BYTE, GUARD);
    return p + GUARD;
}

bool check_guards(const void *block)
{
    const uint8_t *const p = block;
    size_t bytes = 0;
    memcpy(&bytes, p - GUARD, sizeof(bytes));
    for (size_t i = sizeof(bytes); i < GUARD; i++) {
        if (*(p - GUARD + i) != GUARD_BYTE) {
            return false;
        }
    }
    for (size_t i = 0; i < GUARD; i++) {
        if (p[bytes + i] != GUARD_BYTE) {
            return false;
        }
    }
    return true;
}

void check_free(void *block)
{
    memory_free((uint8_t *)block - GUARD);
}

float check_normal(rng *r)
{
    float sum = -6.0f;
    for (int i = 0; i < 12; i++) {
        sum += rng_next_float(r);
    }
    return sum;
}

/* Where a type keeps its f16 numbers; SIZE_MAX: none. */
static void half_offsets(tensor_type type, size_t out[2])
{
    static const struct {
        tensor_type type;
        size_t d, m;
    } TABLE[] = {
        {TENSOR_Q4_0, 0, SIZE_MAX},   {TENSOR_Q4_1, 0, 2},          {TENSOR_Q5_0, 0, SIZE_MAX},
        {TENSOR_Q5_1, 0, 2},          {TENSOR_Q8_0, 0, SIZE_MAX},   {TENSOR_Q2_K, 80, 82},
        {TENSOR_Q3_K, 108, SIZE_MAX}, {TENSOR_Q4_K, 0, 2},          {TENSOR_Q5_K, 0, 2},
        {TENSOR_Q6_K, 208, SIZE_MAX}, {TENSOR_IQ4_NL, 0, SIZE_MAX}, {TENSOR_IQ4_XS, 0, SIZE_MAX},
    };
    out[0] = SIZE_MAX;
    out[1] = SIZE_MAX;
    for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
        if (TABLE[i].type == type) {
            out[0] = TABLE[i].d;
            out[1] = TABLE[i].m;
        }
    }
}

static uint8_t code_byte(rng *r, check_pattern pattern)
{
    switch (pattern) {
    case PATTERN_ONES:
        return 0xFF;
    case PATTERN_ZEROS:
        return 0x00;
    case PATTERN_ALTERNATING:
        return 0x80;
    case PATTERN_RANDOM:
    case PATTERN_SPARSE:
    case N_PATTERNS:
        break;
    }
    return (uint8_t)rng_next(r);
}

static void fill_block(rng *r, tensor_type type, check_pattern pattern, size_t n_bytes,
                       uint8_t *dst)
{
    size_t halves[2];
    half_offsets(type, halves);
    for (size_t i = 0; i < n_bytes; i++) {
        dst[i] = code_byte(r, pattern);
    }
    for (size_t i = 0; i < 2; i++) {
        if (halves[i] != SIZE_MAX) {
            const bool zero = pattern == PATTERN_SPARSE && rng_next_below(r, 4) == 0;
            const uint16_t half = tensor_float_to_half(zero ? 0.0f : 0.01f * check_normal(r));
            memcpy(dst + halves[i], &half, sizeof(half));
        }
    }
    if (type == TENSOR_MXFP4) {
        dst[0] = (uint8_t)(pattern == PATTERN_SPARSE ? rng_next_below(r, 130)
                                                     : 110 + rng_next_below(r, 20));
    }
}

static void fill_float_element(rng *r, tensor_type type, check_pattern pattern, uint8_t *dst)
{
    float value = 0.0f;
    check_fill_floats(r, pattern, 1, &value);
    if (type == TENSOR_F32) {
        memcpy(dst, &value, sizeof(value));
    } else if (type == TENSOR_F16) {
        const float bounded = fminf(fmaxf(value, -60000.0f), 60000.0f);
        const uint16_t half = tensor_float_to_half(bounded);
        memcpy(dst, &half, sizeof(half));
    } else {
        uint32_t bits = 0;
        memcpy(&bits, &value, sizeof(bits));
        const uint16_t upper = (uint16_t)(bits >> 16);
        memcpy(dst, &upper, sizeof(upper));
    }
}

void check_fill_weights(rng *r, tensor_type type, check_pattern pattern, size_t n_rows,
                        size_t n_cols, uint8_t *dst)
{
    const tensor_type_info *const info = tensor_type_find(type);
    const size_t n_blocks = n_rows * n_cols / info->block_elements;
    for (size_t b = 0; b < n_blocks; b++, dst += info->block_bytes) {
        if (info->block_elements == 1) {
            fill_float_element(r, type, pattern, dst);
        } else {
            fill_block(r, type, pattern, info->block_bytes, dst);
        }
    }
}

void check_fill_floats(rng *r, check_pattern pattern, size_t n, float *dst)
{
    float block_scale = 1.0f;
    for (size_t i = 0; i < n; i++) {
        switch (pattern) {
        case PATTERN_ONES:
            dst[i] = 3.0f;
            break;
        case PATTERN_ZEROS:
            dst[i] = -3.0f;
            break;
        case PATTERN_ALTERNATING:
            dst[i] = i % 2 == 0 ? 2.0f : -2.0f;
            break;
        case PATTERN_SPARSE:
            if (i % KERNEL_BLOCK == 0) {
                static const float SCALES[] = {0.0f, 1e-36f, 1e-3f, 1.0f, 1e4f};
                block_scale = SCALES[rng_next_below(r, 5)];
            }
            dst[i] = block_scale * check_normal(r) * (rng_next_below(r, 8) == 0 ? 20.0f : 0.1f);
            break;
        case PATTERN_RANDOM:
        case N_PATTERNS:
            dst[i] = check_normal(r);
            break;
        }
    }
}
