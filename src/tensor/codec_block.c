/*
 * codec_block.c - types with blocks of 32 elements. For the type table only.
 *
 * In all 4-bit types byte j of the quants holds element j in its low and element j + 16 in its high
 * nibble. Layouts: ggml-common.h of ggml; MXFP4: Open Compute Project, Microscaling Formats (MX)
 * specification 1.0 (2023).
 */
#include "tensor/codec.h"

enum { BLOCK = 32, HALF_BLOCK = 16 };

const int8_t CODEC_IQ4_LEVELS[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                     1,    13,   25,  38,  53,  69,  89,  113};

/* Twice the values of E2M1, so that they are whole: 0, .5, 1, 1.5, 2, 3, 4, 6 and negatives. */
static const int8_t MXFP4_DOUBLED[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/* f16 d; 16 bytes of nibbles: d * (q - 8). */
void codec_q4_0(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 18, dst += BLOCK) {
        const float d = codec_load_half(p);
        for (size_t j = 0; j < HALF_BLOCK; j++) {
            const int byte = p[2 + j];
            dst[j] = d * (float)((byte & 15) - 8);
            dst[j + HALF_BLOCK] = d * (float)((byte >> 4) - 8);
        }
    }
}

/* f16 d, m; 16 bytes of nibbles: d * q + m. */
void codec_q4_1(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 20, dst += BLOCK) {
        const float d = codec_load_half(p);
        const float m = codec_load_half(p + 2);
        for (size_t j = 0; j < HALF_BLOCK; j++) {
            const int byte = p[4 + j];
            dst[j] = d * (float)(byte & 15) + m;
            dst[j + HALF_BLOCK] = d * (float)(byte >> 4) + m;
        }
    }
}

/* The 5-bit quant of element j < 16 and of element j + 16: bit j of qh belongs to element j. */
static int low_q5(uint8_t byte, uint32_t qh, size_t j)
{
    return (int)((byte & 15u) | (qh >> j & 1u) << 4);
}

static int high_q5(uint8_t byte, uint32_t qh, size_t j)
{
    return (int)((byte >> 4) | (qh >> (j + HALF_BLOCK) & 1u) << 4);
}

/* f16 d; u32 fifth bits; 16 bytes of nibbles: d * (q - 16). */
void codec_q5_0(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 22, dst += BLOCK) {
        const float d = codec_load_half(p);
        const uint32_t qh = codec_load_u32(p + 2);
        for (size_t j = 0; j < HALF_BLOCK; j++) {
            dst[j] = d * (float)(low_q5(p[6 + j], qh, j) - 16);
            dst[j + HALF_BLOCK] = d * (float)(high_q5(p[6 + j], qh, j) - 16);
        }
    }
}

/* f16 d, m; u32 fifth bits; 16 bytes of nibbles: d * q + m. */
void codec_q5_1(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 24, dst += BLOCK) {
        const float d = codec_load_half(p);
        const float m = codec_load_half(p + 2);
        const uint32_t qh = codec_load_u32(p + 4);
        for (size_t j = 0; j < HALF_BLOCK; j++) {
            dst[j] = d * (float)low_q5(p[8 + j], qh, j) + m;
            dst[j + HALF_BLOCK] = d * (float)high_q5(p[8 + j], qh, j) + m;
        }
    }
}

/* f16 d; 32 signed bytes: d * q. */
void codec_q8_0(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 34, dst += BLOCK) {
        const float d = codec_load_half(p);
        for (size_t j = 0; j < BLOCK; j++) {
            dst[j] = d * (float)(int8_t)p[2 + j];
        }
    }
}

/* f16 d; 16 bytes of nibbles that index the levels: d * level[q]. */
void codec_iq4_nl(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 18, dst += BLOCK) {
        const float d = codec_load_half(p);
        for (size_t j = 0; j < HALF_BLOCK; j++) {
            dst[j] = d * (float)CODEC_IQ4_LEVELS[p[2 + j] & 15];
            dst[j + HALF_BLOCK] = d * (float)CODEC_IQ4_LEVELS[p[2 + j] >> 4];
        }
    }
}

/* 2^(e - 128): half the E8M0 scale, since the levels are doubled; subnormal for e < 2. The code 255
 * (NaN in the specification) is 2^127 here as in ggml. */
static float mxfp4_half_scale(uint8_t e)
{
    const uint32_t bits = e < 2 ? 0x00200000u << e : (uint32_t)(e - 1) << 23;
    float scale;
    memcpy(&scale, &bits, sizeof(scale));
    return scale;
}

/* u8 E8M0 exponent; 16 bytes of E2M1 nibbles. */
void codec_mxfp4(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 17, dst += BLOCK) {
        const float d = mxfp4_half_scale(p[0]);
        for (size_t j = 0; j < HALF_BLOCK; j++) {
            dst[j] = d * (float)MXFP4_DOUBLED[p[1 + j] & 15];
            dst[j + HALF_BLOCK] = d * (float)MXFP4_DOUBLED[p[1 + j] >> 4];
        }
    }
}
