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

ALWAYS_INLINE void unpack_nibbles(const uint8_t *p, __m512i w[N_GROUPS])
{
#pragma GCC unroll 4
    for (int i = 0; i < N_GROUPS / 2; i++) {
        const __m512i v = load_codes(p + i * PANEL_VECTOR);
        w[2 * i] = low_nibbles(v);
        w[2 * i + 1] = high_nibbles(v);
    }
}

ALWAYS_INLINE void unpack_pairs(const uint8_t *p, __m512i w[N_GROUPS])
{
#pragma GCC unroll 8
    for (int g = 0; g < N_GROUPS; g++) {
        const __m512i v = load_codes(p + g / 4 * PANEL_VECTOR);
        w[g] = _mm512_and_si512(move_bit(v, 2 * (g % 4), 0), _mm512_set1_epi8(3));
    }
}

/* Adds the bit plane at p as bit `to` of the codes. */
ALWAYS_INLINE void add_bits(const uint8_t *p, int to, __m512i w[N_GROUPS])
{
    const __m512i v = load_codes(p);
#pragma GCC unroll 8
    for (int g = 0; g < N_GROUPS; g++) {
        w[g] = merge(w[g], move_bit(v, g, to), (char)(1 << to));
    }
}

ALWAYS_INLINE void add_pairs(const uint8_t *p, __m512i w[N_GROUPS])
{
#pragma GCC unroll 8
    for (int g = 0; g < N_GROUPS; g++) {
        const __m512i v = load_codes(p + g / 4 * PANEL_VECTOR);
        w[g] = merge(w[g], move_bit(v, 2 * (g % 4), 4), 0x30);
    }
}

ALWAYS_INLINE void look_up(const uint8_t levels[16], __m512i w[N_GROUPS])
{
    const __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const void *)levels));
#pragma GCC unroll 8
    for (int g = 0; g < N_GROUPS; g++) {
        w[g] = _mm512_shuffle_epi8(table, w[g]);
    }
}

/* The 8 code vectors of a block, unsigned bytes. */
ALWAYS_INLINE void unpack_codes(panel_codes codes, const uint8_t *p, __m512i w[N_GROUPS])
{
    if (codes == CODES_BYTE) {
#pragma GCC unroll 8
        for (int g = 0; g < N_GROUPS; g++) {
            w[g] = load_codes(p + g * PANEL_VECTOR);
        }
    } else if (codes == CODES_PAIR || codes == CODES_PAIR_BIT) {
        unpack_pairs(p, w);
        if (codes == CODES_PAIR_BIT) {
            add_bits(p + 128, 2, w);
        }
    } else {
        unpack_nibbles(p, w);
        if (codes == CODES_NIBBLE_BIT) {
            add_bits(p + 256, 4, w);
        } else if (codes == CODES_NIBBLE_PAIR) {
            add_pairs(p + 256, w);
        } else if (codes == CODES_IQ4) {
            look_up(PANEL_LEVELS_IQ4, w);
        } else if (codes == CODES_MXFP4) {
            look_up(PANEL_LEVELS_MXFP4, w);
        }
    }
}

/* Scales of 16 rows. Which are set depends on the class. */
typedef struct row_scales {
    __m512 scale, minimum;
    __m512 sub_scale[2], sub_minimum[2];
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

/* d and dmin of a superblock. */
typedef struct head_scales {
    __m512 d, dmin;
} head_scales;

ALWAYS_INLINE void load_head(panel_scales scales, const uint8_t *p, head_scales *out)
{
    out->d = load_halves(p);
    if (panel_head_bytes(scales) == 64) {
        out->dmin = load_halves(p + 32);
    }
}

ALWAYS_INLINE __m512 negate(__m512 x)
{
    return _mm512_xor_ps(x, _mm512_set1_ps(-0.0f));
}

ALWAYS_INLINE void load_scales(panel_scales scales, const uint8_t *p, const head_scales *head,
                               row_scales *out)
{
    if (scales == SCALES_HALF || scales == SCALES_HALF_MIN) {
        out->scale = load_halves(p);
        if (scales == SCALES_HALF_MIN) {
            out->minimum = load_halves(p + 32);
        }
    } else if (scales == SCALES_K) {
        out->scale = _mm512_mul_ps(head->d, load_unsigned(p));
        out->minimum = negate(_mm512_mul_ps(head->dmin, load_unsigned(p + 16)));
    } else if (scales == SCALES_I8) {
        out->scale = _mm512_mul_ps(head->d, load_signed(p));
    } else if (scales == SCALES_I8_SUB) {
        out->scale = head->d;
        out->sub_scale[0] = load_signed(p);
        out->sub_scale[1] = load_signed(p + 16);
    } else if (scales == SCALES_K_SUB) {
        out->scale = head->d;
        out->minimum = negate(head->dmin);
        for (int h = 0; h < 2; h++) {
            const __m512i v = _mm512_cvtepu8_epi32(_mm_loadu_si128((const void *)(p + 16 * h)));
            const __m512i low = _mm512_and_si512(v, _mm512_set1_epi32(15));
            out->sub_scale[h] = _mm512_cvtepi32_ps(low);
            out->sub_minimum[h] = _mm512_cvtepi32_ps(_mm512_srli_epi32(v, 4));
        }
    } else if (scales == SCALES_E8M0) {
        out->scale = load_e8m0(p);
    }
}

#endif
