/*
 * codec_superblock.c - types with blocks of 256 elements. For the type table only.
 *
 * A superblock has one or two halves (d, and dmin for the types with minimums) and small integer
 * scales for its parts of 16 or 32 elements. Layouts: ggml-common.h of ggml (the K-quants are
 * Kawrakow's, llama.cpp pull request 1684, 2023).
 */
#include "tensor/codec.h"

enum { SUPERBLOCK = 256 };

/* 16 bytes (low nibble scale, high nibble minimum, one per 16 elements); 64 bytes of 2-bit quants;
 * f16 d, dmin. Per half of 128 elements, 32 bytes hold four groups of 32 at shifts 0, 2, 4, 6. */
void codec_q2_k(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 84, dst += SUPERBLOCK) {
        const uint8_t *const q = p + 16;
        const float d = codec_load_half(p + 80);
        const float dmin = codec_load_half(p + 82);
        for (size_t part = 0; part < 16; part++) {
            const float scale = d * (float)(p[part] & 15);
            const float minimum = dmin * (float)(p[part] >> 4);
            const uint8_t *const bytes = q + 32 * (part / 8) + 16 * (part % 2);
            const unsigned shift = 2 * (part % 8 / 2);
            for (size_t l = 0; l < 16; l++) {
                dst[16 * part + l] = scale * (float)(bytes[l] >> shift & 3) - minimum;
            }
        }
    }
}

/* The 16 six-bit scales of Q3_K: low 4 bits in bytes 0-7 (low nibbles are scales 0-7, high ones
 * 8-15), high 2 bits of scale j in byte 8 + j mod 4 at shift 2 (j / 4). */
static int q3_k_scale(const uint8_t s[12], size_t j)
{
    const unsigned low = j < 8 ? s[j] & 15u : (unsigned)s[j - 8] >> 4;
    const unsigned high = (unsigned)s[8 + j % 4] >> (2 * (j / 4)) & 3u;
    return (int)(low | high << 4) - 32;
}

/* 32 bytes of third bits (bit i / 32 of byte i mod 32 belongs to element i; a clear bit means minus
 * 4); 64 bytes of low bits as in Q2_K; 12 bytes of scales; f16 d. */
void codec_q3_k(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 110, dst += SUPERBLOCK) {
        const float d = codec_load_half(p + 108);
        for (size_t part = 0; part < 16; part++) {
            const float scale = d * (float)q3_k_scale(p + 96, part);
            const uint8_t *const high = p + 16 * (part % 2);
            const uint8_t *const low = p + 32 + 32 * (part / 8) + 16 * (part % 2);
            const unsigned shift = 2 * (part % 8 / 2);
            for (size_t l = 0; l < 16; l++) {
                const int offset = (high[l] >> (part / 2) & 1) != 0 ? 0 : 4;
                dst[16 * part + l] = scale * (float)((low[l] >> shift & 3) - offset);
            }
        }
    }
}

/* Six-bit scale and minimum of part j of Q4_K and Q5_K, packed in 12 bytes. */
static void k_scale_and_minimum(const uint8_t s[12], size_t j, int *out_scale, int *out_minimum)
{
    if (j < 4) {
        *out_scale = s[j] & 63;
        *out_minimum = s[j + 4] & 63;
    } else {
        *out_scale = (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
        *out_minimum = s[j + 4] >> 4 | (s[j] >> 6) << 4;
    }
}

/* f16 d, dmin; 12 bytes of scales and minimums of 8 parts of 32; 128 bytes of nibbles: each group
 * of 32 bytes holds an even part in its low and the next part in its high nibbles. */
void codec_q4_k(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 144, dst += SUPERBLOCK) {
        const float d = codec_load_half(p);
        const float dmin = codec_load_half(p + 2);
        for (size_t part = 0; part < 8; part++) {
            int scale_bits = 0;
            int minimum_bits = 0;
            k_scale_and_minimum(p + 4, part, &scale_bits, &minimum_bits);
            const float scale = d * (float)scale_bits;
            const float minimum = dmin * (float)minimum_bits;
            const uint8_t *const q = p + 16 + 32 * (part / 2);
            const unsigned shift = 4 * (part % 2);
            for (size_t l = 0; l < 32; l++) {
                dst[32 * part + l] = scale * (float)(q[l] >> shift & 15) - minimum;
            }
        }
    }
}

/* As Q4_K with 32 bytes of fifth bits before the nibbles: bit `part` of byte l. */
void codec_q5_k(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 176, dst += SUPERBLOCK) {
        const float d = codec_load_half(p);
        const float dmin = codec_load_half(p + 2);
        const uint8_t *const high = p + 16;
        for (size_t part = 0; part < 8; part++) {
            int scale_bits = 0;
            int minimum_bits = 0;
            k_scale_and_minimum(p + 4, part, &scale_bits, &minimum_bits);
            const float scale = d * (float)scale_bits;
            const float minimum = dmin * (float)minimum_bits;
            const uint8_t *const q = p + 48 + 32 * (part / 2);
            const unsigned shift = 4 * (part % 2);
            for (size_t l = 0; l < 32; l++) {
                const int quant = (q[l] >> shift & 15) | (high[l] >> part & 1) << 4;
                dst[32 * part + l] = scale * (float)quant - minimum;
            }
        }
    }
}

/* 128 bytes of low nibbles; 64 bytes of high bit pairs; 16 signed scales; f16 d. Per half of 128
 * elements, group g of 32: nibble g / 2 of low byte l + 32 (g mod 2), bits 2g of high byte l. */
void codec_q6_k(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 210, dst += SUPERBLOCK) {
        const float d = codec_load_half(p + 208);
        for (size_t part = 0; part < 16; part++) {
            const float scale = d * (float)(int8_t)p[192 + part];
            const size_t half = part / 8;
            const size_t group = part % 8 / 2;
            const size_t first = 16 * (part % 2);
            const uint8_t *const low = p + 64 * half + 32 * (group % 2) + first;
            const uint8_t *const high = p + 128 + 32 * half + first;
            for (size_t l = 0; l < 16; l++) {
                const int quant = (low[l] >> (4 * (group / 2)) & 15) | (high[l] >> (2 * group) & 3)
                                                                           << 4;
                dst[16 * part + l] = scale * (float)(quant - 32);
            }
        }
    }
}

/* f16 d; u16 high scale bits; 4 bytes of low scale nibbles; 8 parts of 16 bytes, each as IQ4_NL. */
void codec_iq4_xs(const void *src, float *dst, size_t n_blocks)
{
    const uint8_t *p = src;
    for (size_t b = 0; b < n_blocks; b++, p += 136, dst += SUPERBLOCK) {
        const float d = codec_load_half(p);
        const unsigned scales_high = codec_load_u16(p + 2);
        for (size_t part = 0; part < 8; part++) {
            const unsigned low = (unsigned)p[4 + part / 2] >> (4 * (part % 2)) & 15u;
            const unsigned high = scales_high >> (2 * part) & 3u;
            const float scale = d * (float)((int)(low | high << 4) - 32);
            const uint8_t *const q = p + 8 + 16 * part;
            for (size_t l = 0; l < 16; l++) {
                dst[32 * part + l] = scale * (float)CODEC_IQ4_LEVELS[q[l] & 15];
                dst[32 * part + 16 + l] = scale * (float)CODEC_IQ4_LEVELS[q[l] >> 4];
            }
        }
    }
}
