/*
 * type.h - the element types of model files and their blocks (plain C, the definition).
 *
 * A type stores a row as blocks of `block_elements` numbers in `block_bytes` bytes, little-endian.
 * Layouts: ggml's block formats (GGUF specification, and ggml-common.h of ggml). Adding a type is
 * one codec function and one row of the table in type.c.
 */
#ifndef HUIS_TENSOR_TYPE_H
#define HUIS_TENSOR_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Values are the ids in GGUF files. */
typedef enum tensor_type {
    TENSOR_F32 = 0,
    TENSOR_F16 = 1,
    TENSOR_Q4_0 = 2,
    TENSOR_Q4_1 = 3,
    TENSOR_Q5_0 = 6,
    TENSOR_Q5_1 = 7,
    TENSOR_Q8_0 = 8,
    TENSOR_Q2_K = 10,
    TENSOR_Q3_K = 11,
    TENSOR_Q4_K = 12,
    TENSOR_Q5_K = 13,
    TENSOR_Q6_K = 14,
    TENSOR_IQ4_NL = 20,
    TENSOR_IQ4_XS = 23,
    TENSOR_BF16 = 30,
    TENSOR_MXFP4 = 39
} tensor_type;

typedef struct tensor_type_info {
    tensor_type type;
    const char *name;        /* "Q4_K" */
    uint32_t block_elements; /* 1, 32 or 256 */
    uint32_t block_bytes;
    /* Expands n_blocks blocks to n_blocks * block_elements floats. `src` needs no alignment. */
    void (*dequantise)(const void *src, float *dst, size_t n_blocks);
} tensor_type_info;

/* NULL: a type that huis does not know. */
const tensor_type_info *tensor_type_find(uint32_t id);

/* One IEEE half as float and back (round to nearest even), exactly. */
float tensor_half_to_float(uint16_t half);
uint16_t tensor_float_to_half(float value);

#endif
