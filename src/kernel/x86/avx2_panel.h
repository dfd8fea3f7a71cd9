/*
 * avx2_panel.h - reads panel blocks into 256-bit registers: half r of a code vector holds rows 8r to
 * 8r + 7. For the products of AVX2 and AVX-VNNI only. Every function is inlined with a constant format.
 */
#ifndef HUIS_KERNEL_AVX2_PANEL_H
#define HUIS_KERNEL_AVX2_PANEL_H

#include <immintrin.h>

#include "kernel/matmul_walk.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

typedef int32_t __attribute__((may_alias)) word;

ALWAYS_INLINE __m256i load_word(const void *p)
{
    return _mm256_set1_epi32(*(const word *)p);
}

ALWAYS_INLINE __m256i load_codes(const uint8_t *p, int half)
{
    return _mm256_loadu_si256((const void *)(p + 32 * half));
}

ALWAYS_INLINE __m256i low_nibbles(__m256i v)
{
    return _mm256_and_si256(v, _mm256_set1_epi8(15));
}

/* v with bit `from` moved to bit `to`, masked. */
ALWAYS_INLINE __m256i move_bits(__m256i v, int from, int to, char mask)
{
    const __m256i moved =
        to >= from ? _mm256_slli_epi16(v, to - from) : _mm256_srli_epi16(v, from - to);
    return _mm256_and_si256(moved, _mm256_set1_epi8(mask));
}

ALWAYS_INLINE __m256i unpack_nibble(const uint8_t *p, int g, int half)
{
    const __m256i v = load_codes(p + g / 2 * PANEL_VECTOR, half);
    return low_nibbles(g % 2 == 0 ? v : _mm256_srli_epi16(v, 4));
}

/* The pairs of group g at bit `to`. */
ALWAYS_INLINE __m256i unpack_pair(const uint8_t *p, int g, int half, int to)
{
    const __m256i v = load_codes(p + g / 4 * PANEL_VECTOR, half);
    return move_bits(v, 2 * (g % 4), to, (char)(3 << to));
}

/* The bits of group g at bit `to`. */
ALWAYS_INLINE __m256i unpack_bit(const uint8_t *p, int g, int half, int to)
{
    return move_bits(load_codes(p, half), g, to, (char)(1 << to));
}

ALWAYS_INLINE __m256i look_up(const uint8_t levels[16], __m256i indices)
{
    const __m256i table = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)levels));
    return _mm256_shuffle_epi8(table, indices);
}

/* How the level's products take eight integer scales: floats, or int16 twice in each 32-bit lane. */
typedef enum sub_form { SUB_FLOATS, SUB_PAIRS } sub_form;

/* What a kernel is made for: constants after inlining. */
typedef struct kernel_kind {
    panel_class class;
    bool sign;  /* 8-bit codes that are multiplied as signed bytes */
    bool split; /* the halves of a block are summed apart, although its scale is one */
    int center; /* where the integer sums start: -center times the activations; 0: at 0 */
    int offset;
    bool prepared; /* starts are prepared in memory */
    sub_form form; /* of integer scales */
} kernel_kind;

/* Codes of rows 8 half ... 8 half + 7 of k-group g of the block at p, unsigned bytes. */
ALWAYS_INLINE __m256i unpack_group(panel_codes codes, const uint8_t *p, int g, int half)
{
    switch (codes) {
    case CODES_PAIR:
        return unpack_pair(p, g, half, 0);
    case CODES_PAIR_BIT:
        return _mm256_or_si256(unpack_pair(p, g, half, 0), unpack_bit(p + 128, g, half, 2));
    case CODES_NIBBLE:
        return unpack_nibble(p, g, half);
    case CODES_NIBBLE_BIT:
        return _mm256_or_si256(unpack_nibble(p, g, half), unpack_bit(p + 256, g, half, 4));
    case CODES_NIBBLE_PAIR:
        return _mm256_or_si256(unpack_nibble(p, g, half), unpack_pair(p + 256, g, half, 4));
    case CODES_IQ4:
        return look_up(PANEL_LEVELS_IQ4, unpack_nibble(p, g, half));
    case CODES_MXFP4:
        return look_up(PANEL_LEVELS_MXFP4, unpack_nibble(p, g, half));
    case CODES_BYTE:
    case CODES_F32:
    case CODES_F16:
    case CODES_BF16:
        break;
    }
    return load_codes(p + g * PANEL_VECTOR, half);
}

/* Scales of 8 rows. Which are set depends on the class; integer scales of superblocks, of the block or
 * of its halves, are as the level wants them (expand_sub_scale). */
typedef struct row_scales {
    __m256 scale, minimum;
    __m256i sub_scale[2];
} row_scales;

_Static_assert(2 * sizeof(row_scales) <= UNPACKED_SCALES * sizeof(float), "room for scales");

/* What a superblock has for all of its blocks. */
typedef struct super_scales {
    __m256 d, minimum;           /* d, -dmin / 8 */
    __m256i pairs[KERNEL_SUPER]; /* integer minimums of two parts, int16 side by side */
} super_scales;

_Static_assert(2 * sizeof(super_scales) <= UNPACKED_SUPER * sizeof(float), "room for scales");

/* No unsigned scale is above 63. */
ALWAYS_INLINE __m256i expand_sub_scale(sub_form form, __m128i bytes)
{
    return form == SUB_FLOATS ? _mm256_castps_si256(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)))
                              : _mm256_cvtepi8_epi16(_mm_unpacklo_epi8(bytes, bytes));
}

ALWAYS_INLINE __m128i load_eight(const uint8_t *p)
{
    return _mm_loadl_epi64((const void *)p);
}

ALWAYS_INLINE __m256 load_halves(const uint8_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const void *)p));
}

/* 2^(e - 128); subnormal below 2. */
ALWAYS_INLINE __m256 load_e8m0(const uint8_t *p)
{
    const __m256i e = _mm256_cvtepu8_epi32(load_eight(p));
    const __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(e, _mm256_set1_epi32(1)), 23);
    const __m256i tiny = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), e);
    const __m256i small = _mm256_cmpgt_epi32(_mm256_set1_epi32(2), e);
    return _mm256_castsi256_ps(_mm256_blendv_epi8(normal, tiny, small));
}

ALWAYS_INLINE __m256 negate(__m256 x)
{
    return _mm256_xor_ps(x, _mm256_set1_ps(-0.0f));
}

/* Rows 8 half ... 8 half + 7; p: the scales of the block, of superblocks its integer scales. */
ALWAYS_INLINE row_scales load_scales(panel_scales scales, sub_form form, const uint8_t *p, int half)
{
    row_scales s;
    const uint8_t *const p8 = p + 8 * half;
    switch (scales) {
    case SCALES_HALF_MIN:
        s.minimum = load_halves(p + 32 + 16 * half);
        s.scale = load_halves(p + 16 * half);
        break;
    case SCALES_HALF:
        s.scale = load_halves(p + 16 * half);
        break;
    case SCALES_E8M0:
        s.scale = load_e8m0(p8);
        break;
    case SCALES_K:
    case SCALES_I8:
        s.sub_scale[0] = expand_sub_scale(form, load_eight(p8));
        s.sub_scale[1] = s.sub_scale[0];
        break;
    case SCALES_I8_SUB:
    case SCALES_K_SUB:
        s.sub_scale[0] = expand_sub_scale(form, load_eight(p8));
        s.sub_scale[1] = expand_sub_scale(form, load_eight(p8 + 16));
        break;
    case SCALES_NONE:
        s = (row_scales){0};
        break;
    }
    return s;
}

/* minimum: the integer minimums of the superblock. */
ALWAYS_INLINE super_scales load_super(panel_scales scales, const uint8_t *head,
                                      const uint8_t *minimum, int half)
{
    super_scales s;
    if (scales == SCALES_NONE) {
        return (super_scales){0};
    }
    s.d = load_halves(head + 16 * half);
    if (scales == SCALES_K || scales == SCALES_K_SUB) {
        const int n_pairs = scales == SCALES_K ? KERNEL_SUPER / 2 : KERNEL_SUPER;
        s.minimum = _mm256_mul_ps(load_halves(head + 32 + 16 * half), _mm256_set1_ps(-0.125f));
#pragma GCC unroll 8
        for (int i = 0; i < n_pairs; i++) {
            const __m128i low = load_eight(minimum + 32 * i + 8 * half);
            const __m128i high = load_eight(minimum + 32 * i + 16 + 8 * half);
            s.pairs[i] = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(low, high));
        }
    }
    return s;
}

#endif
