/*
 * codec.h - the block codecs, for the type table only (type.c).
 *
 * Each function expands n_blocks blocks at `src` (no alignment needed) to floats at `dst`. Every
 * product of a scale and a quant is exact in binary32 (11 bits of a half, at most 7 of a sub-block
 * scale, at most 7 of a quant: never more than 24 significant bits together), so the only rounding
 * is the one addition or subtraction of a minimum in the types that have one.
 */
#ifndef HUIS_TENSOR_CODEC_H
#define HUIS_TENSOR_CODEC_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tensor/type.h"

static inline uint16_t codec_load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)(p[1] << 8));
}

static inline uint32_t codec_load_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline float codec_load_half(const uint8_t *p)
{
    return tensor_half_to_float(codec_load_u16(p));
}

/* codec_plain.c: one element a block. */
void codec_f32(const void *src, float *dst, size_t n_blocks);
void codec_f16(const void *src, float *dst, size_t n_blocks);
void codec_bf16(const void *src, float *dst, size_t n_blocks);

/* codec_block.c: blocks of 32. */
void codec_q4_0(const void *src, float *dst, size_t n_blocks);
void codec_q4_1(const void *src, float *dst, size_t n_blocks);
void codec_q5_0(const void *src, float *dst, size_t n_blocks);
void codec_q5_1(const void *src, float *dst, size_t n_blocks);
void codec_q8_0(const void *src, float *dst, size_t n_blocks);
void codec_iq4_nl(const void *src, float *dst, size_t n_blocks);
void codec_mxfp4(const void *src, float *dst, size_t n_blocks);

/* codec_superblock.c: blocks of 256 with scales for parts of 16 or 32. */
void codec_q2_k(const void *src, float *dst, size_t n_blocks);
void codec_q3_k(const void *src, float *dst, size_t n_blocks);
void codec_q4_k(const void *src, float *dst, size_t n_blocks);
void codec_q5_k(const void *src, float *dst, size_t n_blocks);
void codec_q6_k(const void *src, float *dst, size_t n_blocks);
void codec_iq4_xs(const void *src, float *dst, size_t n_blocks);

/* The 16 levels of IQ4_NL and IQ4_XS. */
extern const int8_t CODEC_IQ4_LEVELS[16];

#endif
