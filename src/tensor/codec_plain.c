/*
 * codec_plain.c - F32, F16, BF16: one element a block. For the type table only.
 */
#include "tensor/codec.h"

void codec_f32(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t i = 0; i < n_blocks; i++, p += 4) {
        const uint32_t bits = codec_load_u32(p);
        memcpy(&dst[i], &bits, sizeof(dst[i]));
    }
}

void codec_f16(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t i = 0; i < n_blocks; i++, p += 2) {
        dst[i] = codec_load_half(p);
    }
}

void codec_bf16(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t i = 0; i < n_blocks; i++, p += 2) {
        const uint32_t bits = (uint32_t)codec_load_u16(p) << 16;
        memcpy(&dst[i], &bits, sizeof(dst[i]));
    }
}
