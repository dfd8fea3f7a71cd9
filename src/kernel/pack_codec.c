/*
 * pack_codec.c - one codec per quantisation type: 32 columns of a row from the file's block. The
 * layouts are explained where they are defined, in tensor/codec_block.c and codec_superblock.c;
 * unlike there nothing is multiplied, so that packing is exact.
 */
#include <string.h>

#include "kernel/pack.h"

enum { HALF_BLOCK = KERNEL_BLOCK / 2 };

static uint16_t load_u16(const uint8_t *p)
{
    uint16_t value;
    memcpy(&value, p, sizeof(value));
    return value;
}

static void read_nibbles(const uint8_t *q, uint8_t *codes)
{
    for (size_t j = 0; j < HALF_BLOCK; j++) {
        codes[j] = q[j] & 15;
        codes[j + HALF_BLOCK] = (uint8_t)(q[j] >> 4);
    }
}

/* Adds bit j of the 32 bits at `qh` as the fifth bit of code j. */
static void add_fifth_bits(const uint8_t *qh, uint8_t *codes)
{
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        codes[j] = (uint8_t)(codes[j] | (qh[j / 8] >> (j % 8) & 1) << 4);
    }
}

static void pack_q4_0(const uint8_t *src, size_t i_part, pack_block *out)
{
    (void)i_part;
    out->d = load_u16(src);
    read_nibbles(src + 2, out->codes);
}

static void pack_q4_1(const uint8_t *src, size_t i_part, pack_block *out)
{
    (void)i_part;
    out->d = load_u16(src);
    out->m = load_u16(src + 2);
    read_nibbles(src + 4, out->codes);
}

static void pack_q5_0(const uint8_t *src, size_t i_part, pack_block *out)
{
    (void)i_part;
    out->d = load_u16(src);
    read_nibbles(src + 6, out->codes);
    add_fifth_bits(src + 2, out->codes);
}

static void pack_q5_1(const uint8_t *src, size_t i_part, pack_block *out)
{
    (void)i_part;
    out->d = load_u16(src);
    out->m = load_u16(src + 2);
    read_nibbles(src + 8, out->codes);
    add_fifth_bits(src + 4, out->codes);
}

static void pack_q8_0(const uint8_t *src, size_t i_part, pack_block *out)
{
    (void)i_part;
    out->d = load_u16(src);
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        out->codes[j] = src[2 + j] ^ 0x80;
    }
}

static void pack_mxfp4(const uint8_t *src, size_t i_part, pack_block *out)
{
    (void)i_part;
    out->scale[0] = src[0];
    read_nibbles(src + 1, out->codes);
}

static void pack_q2_k(const uint8_t *src, size_t i_part, pack_block *out)
{
    const uint8_t *const q = src + 16 + 32 * (i_part / 4);
    for (size_t h = 0; h < 2; h++) {
        out->scale[h] = src[2 * i_part + h] & 15;
        out->minimum[h] = (uint8_t)(src[2 * i_part + h] >> 4);
    }
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        out->codes[j] = q[j] >> (2 * (i_part % 4)) & 3;
    }
    out->d = load_u16(src + 80);
    out->m = load_u16(src + 82);
}

static uint8_t q3_k_scale(const uint8_t s[12], size_t j)
{
    const unsigned low = j < 8 ? s[j] & 15u : (unsigned)s[j - 8] >> 4;
    const unsigned high = (unsigned)s[8 + j % 4] >> (2 * (j / 4)) & 3u;
    return (uint8_t)((low | high << 4) - 32u);
}

static void pack_q3_k(const uint8_t *src, size_t i_part, pack_block *out)
{
    const uint8_t *const low = src + 32 + 32 * (i_part / 4);
    for (size_t h = 0; h < 2; h++) {
        out->scale[h] = q3_k_scale(src + 96, 2 * i_part + h);
    }
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        const int two = low[j] >> (2 * (i_part % 4)) & 3;
        out->codes[j] = (uint8_t)(two | (src[j] >> i_part & 1) << 2);
    }
    out->d = load_u16(src + 108);
}

/* Six-bit scale and minimum of part j of Q4_K and Q5_K. */
static void read_k_scales(const uint8_t s[12], size_t j, pack_block *out)
{
    if (j < 4) {
        out->scale[0] = s[j] & 63;
        out->minimum[0] = s[j + 4] & 63;
    } else {
        out->scale[0] = (uint8_t)((s[j + 4] & 15) | (s[j - 4] >> 6) << 4);
        out->minimum[0] = (uint8_t)(s[j + 4] >> 4 | (s[j] >> 6) << 4);
    }
}

static void pack_q4_k(const uint8_t *src, size_t i_part, pack_block *out)
{
    const uint8_t *const q = src + 16 + 32 * (i_part / 2);
    out->d = load_u16(src);
    out->m = load_u16(src + 2);
    read_k_scales(src + 4, i_part, out);
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        out->codes[j] = q[j] >> (4 * (i_part % 2)) & 15;
    }
}

static void pack_q5_k(const uint8_t *src, size_t i_part, pack_block *out)
{
    const uint8_t *const high = src + 16;
    const uint8_t *const q = src + 48 + 32 * (i_part / 2);
    out->d = load_u16(src);
    out->m = load_u16(src + 2);
    read_k_scales(src + 4, i_part, out);
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        const int nibble = q[j] >> (4 * (i_part % 2)) & 15;
        out->codes[j] = (uint8_t)(nibble | (high[j] >> i_part & 1) << 4);
    }
}

static void pack_q6_k(const uint8_t *src, size_t i_part, pack_block *out)
{
    const size_t group = i_part % 4;
    const uint8_t *const low = src + 64 * (i_part / 4) + 32 * (group % 2);
    const uint8_t *const high = src + 128 + 32 * (i_part / 4);
    out->scale[0] = src[192 + 2 * i_part];
    out->scale[1] = src[192 + 2 * i_part + 1];
    for (size_t j = 0; j < KERNEL_BLOCK; j++) {
        const int nibble = low[j] >> (4 * (group / 2)) & 15;
        out->codes[j] = (uint8_t)(nibble | (high[j] >> (2 * group) & 3) << 4);
    }
    out->d = load_u16(src + 208);
}

static void pack_iq4_xs(const uint8_t *src, size_t i_part, pack_block *out)
{
    const unsigned low = (unsigned)src[4 + i_part / 2] >> (4 * (i_part % 2)) & 15u;
    const unsigned high = (unsigned)load_u16(src + 2) >> (2 * i_part) & 3u;
    out->d = load_u16(src);
    out->scale[0] = (uint8_t)((low | high << 4) - 32u);
    read_nibbles(src + 8 + 16 * i_part, out->codes);
}

static const pack_codec CODECS[PANEL_N_FORMATS] = {
    [PANEL_Q4_0] = pack_q4_0,   [PANEL_Q4_1] = pack_q4_1,   [PANEL_Q5_0] = pack_q5_0,
    [PANEL_Q5_1] = pack_q5_1,   [PANEL_Q8_0] = pack_q8_0,   [PANEL_Q2_K] = pack_q2_k,
    [PANEL_Q3_K] = pack_q3_k,   [PANEL_Q4_K] = pack_q4_k,   [PANEL_Q5_K] = pack_q5_k,
    [PANEL_Q6_K] = pack_q6_k,   [PANEL_IQ4_NL] = pack_q4_0, [PANEL_IQ4_XS] = pack_iq4_xs,
    [PANEL_MXFP4] = pack_mxfp4,
};

pack_codec pack_codec_find(panel_format format)
{
    return CODECS[format];
}
