/*
 * avx512_panel.h - reads panel blocks into registers: code vectors and scales. For the AVX-512
 * product only. Every function is inlined with a constant format, so that the switches vanish.
 */
#ifndef HUIS_KERNEL_AVX512_PANEL_H
#define HUIS_KERNEL_AVX512_PANEL_H

#include <immintrin.h>

#include "kernel/panel.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { N_GROUPS = KERNEL_BLOCK / 4 };

/* acc += 4 unsigned weights x 4 signed activations in each of 16 rows; the activations are one
 * 32-bit word that is broadcast. gcc 12 loads the broadcast by an instruction of its own, which
 * costs a quarter of the tile's speed; so the instruction is written out. KERNEL_TWIN builds the
 * same kernels without assembly, as the test's second opinion. */
typedef int32_t __attribute__((may_alias)) word;

#ifdef KERNEL_TWIN
ALWAYS_INLINE __m512i dot(__m512i acc, __m512i w, const int8_t *q)
{
    return _mm512_dpbusd_epi32(acc, w, _mm512_set1_epi32(*(const word *)(const void *)q));
}
#else
ALWAYS_INLINE __m512i dot(__m512i acc, __m512i w, const int8_t *q)
{
    __asm__("vpdpbusd %2%{1to16%}, %1, %0"
            : "+v"(acc)
            : "v"(w), "m"(*(const word *)(const void *)q));
    return acc;
}
#endif

ALWAYS_INLINE __m512i load_codes(const uint8_t *p)
{
    return _mm512_loadu_si512(p);
}

ALWAYS_INLINE __m512i low_nibbles(__m512i v)
{
    return _mm512_and_si512(v, _mm512_set1_epi8(15));
}

ALWAYS_INLINE __m512i high_nibbles(__m512i v)
{
    return low_nibbles(_mm512_srli_epi16(v, 4));
}

/* v with bit `from` moved to bit `to`; other bits are left for a mask. */
ALWAYS_INLINE __m512i move_bit(__m512i v, int from, int to)
{
    return to >= from ? _mm512_slli_epi16(v, (unsigned)(to - from))
                      : _mm512_srli_epi16(v, (unsigned)(from - to));
}

/* base | (v & mask) */
ALWAYS_INLINE __m512i merge(__m512i base, __m512i v, char mask)
{
    return _mm512_ternarylogic_epi32(v, _mm512_set1_epi8(mask), base, 0xEA);
}

ALWAYS_INLINE __m512i unpack_nibble(const uint8_t *p, int g)
{
    const __m512i v = load_codes(p + g / 2 * PANEL_VECTOR);
    return g % 2 == 0 ? low_nibbles(v) : high_nibbles(v);
}

/* The pairs of group g, moved to bit `to`. */
ALWAYS_INLINE __m512i move_pair(const uint8_t *p, int g, int to)
{
    return move_bit(load_codes(p + g / 4 * PANEL_VECTOR), 2 * (g % 4), to);
}

ALWAYS_INLINE __m512i look_up(const uint8_t levels[16], __m512i indices)
{
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const void *)levels)),
                               indices);
}

/* The code vector of k-group g of the block at p, unsigned bytes. */
ALWAYS_INLINE __m512i unpack_group(panel_codes codes, const uint8_t *p, int g)
{
    switch (codes) {
    case CODES_PAIR:
        return _mm512_and_si512(move_pair(p, g, 0), _mm512_set1_epi8(3));
    case CODES_PAIR_BIT:
        return merge(_mm512_and_si512(move_pair(p, g, 0), _mm512_set1_epi8(3)),
                     move_bit(load_codes(p + 128), g, 2), 4);
    case CODES_NIBBLE:
        return unpack_nibble(p, g);
    case CODES_NIBBLE_BIT:
        return merge(unpack_nibble(p, g), move_bit(load_codes(p + 256), g, 4), 16);
    case CODES_NIBBLE_PAIR:
        return merge(unpack_nibble(p, g), move_pair(p + 256, g, 4), 0x30);
    case CODES_IQ4:
        return look_up(PANEL_LEVELS_IQ4, unpack_nibble(p, g));
    case CODES_MXFP4:
        return look_up(PANEL_LEVELS_MXFP4, unpack_nibble(p, g));
    case CODES_BYTE:
    case CODES_F32:
    case CODES_F16:
    case CODES_BF16:
        break;
    }
    return load_codes(p + g * PANEL_VECTOR);
}

/* Scales of 16 rows. Which are set depends on the class. */
typedef struct row_scales {
    union {
        struct {
            __m512 scale, minimum;
        };
        __m512 sub_scale[2]; /* of superblocks: of the block, or of its halves */
    };
} row_scales;

ALWAYS_INLINE __m512 load_halves(const uint8_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const void *)p));
}

ALWAYS_INLINE __m512 load_signed(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)p)));
}

ALWAYS_INLINE __m512 load_unsigned(const uint8_t *p)
{
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)p)));
}

/* 2^(e - 128); subnormal below 2. */
ALWAYS_INLINE __m512 load_e8m0(const uint8_t *p)
{
    const __m512i e = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)p));
    const __m512i normal = _mm512_slli_epi32(_mm512_sub_epi32(e, _mm512_set1_epi32(1)), 23);
    const __mmask16 small = _mm512_cmplt_epi32_mask(e, _mm512_set1_epi32(2));
    const __m512i bits = _mm512_mask_sllv_epi32(normal, small, _mm512_set1_epi32(0x00200000), e);
    return _mm512_castsi512_ps(bits);
}

ALWAYS_INLINE void load_scales(panel_scales scales, const uint8_t *p, row_scales *out)
{
    if (scales == SCALES_HALF || scales == SCALES_HALF_MIN) {
        out->scale = load_halves(p);
        if (scales == SCALES_HALF_MIN) {
            out->minimum = load_halves(p + 32);
        }
    } else if (scales == SCALES_E8M0) {
        out->scale = load_e8m0(p);
    }
}

/* What a superblock has for all of its blocks. */
typedef struct super_scales {
    __m512 d, minimum;           /* d, -dmin / 8 */
    __m512i pairs[KERNEL_SUPER]; /* integer minimums of two parts, int16 side by side */
} super_scales;

ALWAYS_INLINE bool has_halves(panel_scales scales)
{
    return scales == SCALES_I8_SUB || scales == SCALES_K_SUB;
}

ALWAYS_INLINE __m512i load_pair(const uint8_t *p)
{
    const __m512i low = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)p));
    const __m512i high = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(p + 16)));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

ALWAYS_INLINE void load_super(panel_scales scales, const uint8_t *head, panel_integers *integers,
                              super_scales *out)
{
    panel_read_integers(scales, head, integers);
    out->d = load_halves(head);
    if (scales == SCALES_K || scales == SCALES_K_SUB) {
        const int n_pairs = scales == SCALES_K ? KERNEL_SUPER / 2 : KERNEL_SUPER;
        out->minimum = _mm512_mul_ps(load_halves(head + 32), _mm512_set1_ps(-0.125f));
#pragma GCC unroll 8
        for (int i = 0; i < n_pairs; i++) {
            out->pairs[i] = load_pair(integers->minimum + 32 * i);
        }
    }
}

/* Of block i_part of the superblock. */
ALWAYS_INLINE void load_sub_scales(panel_scales scales, const panel_integers *integers,
                                   size_t i_part, row_scales *out)
{
    const uint8_t *const p = integers->scale + (has_halves(scales) ? 32 : 16) * i_part;
    const bool is_signed = scales == SCALES_I8 || scales == SCALES_I8_SUB;
    for (int h = 0; h < (has_halves(scales) ? 2 : 1); h++) {
        out->sub_scale[h] = is_signed ? load_signed(p + 16 * h) : load_unsigned(p + 16 * h);
    }
}

#endif
