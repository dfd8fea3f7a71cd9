/*
 * neon_panel.h - reads panel blocks into 128-bit registers: quarter r of a code vector holds rows 4r to
 * 4r + 3. For the NEON product only. Every function is inlined with a constant format.
 */
#ifndef HUIS_KERNEL_NEON_PANEL_H
#define HUIS_KERNEL_NEON_PANEL_H

#include <arm_neon.h>
#include <string.h>

#include "kernel/matmul_walk.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { QUARTERS = 4 };

ALWAYS_INLINE uint8x16_t load_codes(const uint8_t *p, int quarter)
{
    return vld1q_u8(p + 16 * quarter);
}

/* v with bit `from` moved to bit `to`, masked. */
ALWAYS_INLINE uint8x16_t move_bits(uint8x16_t v, int from, int to, uint8_t mask)
{
    return vandq_u8(vshlq_u8(v, vdupq_n_s8((int8_t)(to - from))), vdupq_n_u8(mask));
}

ALWAYS_INLINE uint8x16_t unpack_nibble(const uint8_t *p, int g, int quarter)
{
    const uint8x16_t v = load_codes(p + g / 2 * PANEL_VECTOR, quarter);
    return g % 2 == 0 ? vandq_u8(v, vdupq_n_u8(15)) : vshrq_n_u8(v, 4);
}

/* The pairs of group g at bit `to`. */
ALWAYS_INLINE uint8x16_t unpack_pair(const uint8_t *p, int g, int quarter, int to)
{
    const uint8x16_t v = load_codes(p + g / 4 * PANEL_VECTOR, quarter);
    return move_bits(v, 2 * (g % 4), to, (uint8_t)(3 << to));
}

/* The bits of group g at bit `to`. */
ALWAYS_INLINE uint8x16_t unpack_bit(const uint8_t *p, int g, int quarter, int to)
{
    return move_bits(load_codes(p, quarter), g, to, (uint8_t)(1 << to));
}

ALWAYS_INLINE uint8x16_t join(uint8x16_t low, uint8x16_t high)
{
    return vorrq_u8(low, high);
}

/* Codes of rows 4 quarter ... 4 quarter + 3 of k-group g of the block at p, as signed bytes: those of
 * 8 bits minus their offset of 128, the others as they are, at most 63. */
ALWAYS_INLINE int8x16_t unpack_group(panel_codes codes, const uint8_t *p, int g, int quarter)
{
    uint8x16_t v;
    switch (codes) {
    case CODES_PAIR:
        return vreinterpretq_s8_u8(unpack_pair(p, g, quarter, 0));
    case CODES_PAIR_BIT:
        v = join(unpack_pair(p, g, quarter, 0), unpack_bit(p + 128, g, quarter, 2));
        return vreinterpretq_s8_u8(v);
    case CODES_NIBBLE:
        return vreinterpretq_s8_u8(unpack_nibble(p, g, quarter));
    case CODES_NIBBLE_BIT:
        v = join(unpack_nibble(p, g, quarter), unpack_bit(p + 256, g, quarter, 4));
        return vreinterpretq_s8_u8(v);
    case CODES_NIBBLE_PAIR:
        v = join(unpack_nibble(p, g, quarter), unpack_pair(p + 256, g, quarter, 4));
        return vreinterpretq_s8_u8(v);
    case CODES_MXFP4:
        v = vqtbl1q_u8(vld1q_u8(PANEL_LEVELS_MXFP4), unpack_nibble(p, g, quarter));
        return vreinterpretq_s8_u8(v);
    case CODES_IQ4:
        v = vqtbl1q_u8(vld1q_u8(PANEL_LEVELS_IQ4), unpack_nibble(p, g, quarter));
        break;
    case CODES_BYTE:
    case CODES_F32:
    case CODES_F16:
    case CODES_BF16:
    default:
        v = load_codes(p + g * PANEL_VECTOR, quarter);
        break;
    }
    return vreinterpretq_s8_u8(veorq_u8(v, vdupq_n_u8(0x80)));
}

/* Scales of 4 rows. Which are set depends on the class; sub_scale: of superblocks, of the block or of
 * its halves. */
typedef struct row_scales {
    float32x4_t scale, minimum;
    float32x4_t sub_scale[2];
} row_scales;

_Static_assert(QUARTERS * sizeof(row_scales) <= UNPACKED_SCALES * sizeof(float), "room for scales");

/* What a superblock has for all of its blocks. */
typedef struct super_scales {
    float32x4_t d, minimum;               /* d, -dmin / 8 */
    int16x4_t minimums[2 * KERNEL_SUPER]; /* integers, of blocks or their halves */
} super_scales;

_Static_assert(QUARTERS * sizeof(super_scales) <= UNPACKED_SUPER * sizeof(float),
               "room for scales");

ALWAYS_INLINE float32x4_t load_halves(const uint8_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p)));
}

/* Four bytes as 32-bit lanes. */
ALWAYS_INLINE uint32x4_t load_four(const uint8_t *p)
{
    uint32_t word = 0;
    memcpy(&word, p, sizeof(word));
    return vmovl_u16(vget_low_u16(vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(word)))));
}

ALWAYS_INLINE float32x4_t load_unsigned(const uint8_t *p)
{
    return vcvtq_f32_u32(load_four(p));
}

ALWAYS_INLINE float32x4_t load_signed(const uint8_t *p)
{
    const int32x4_t high = vreinterpretq_s32_u32(vshlq_n_u32(load_four(p), 24));
    return vcvtq_f32_s32(vshrq_n_s32(high, 24));
}

/* 2^(e - 128); subnormal below 2. */
ALWAYS_INLINE float32x4_t load_e8m0(const uint8_t *p)
{
    const uint32x4_t e = load_four(p);
    const uint32x4_t normal = vshlq_n_u32(vsubq_u32(e, vdupq_n_u32(1)), 23);
    const uint32x4_t tiny = vshlq_u32(vdupq_n_u32(0x00200000), vreinterpretq_s32_u32(e));
    const uint32x4_t small = vcltq_u32(e, vdupq_n_u32(2));
    return vreinterpretq_f32_u32(vbslq_u32(small, tiny, normal));
}

/* Rows 4 quarter ... 4 quarter + 3; p: the scales of the block, of superblocks its integer scales. */
ALWAYS_INLINE row_scales load_scales(panel_scales scales, const uint8_t *p, int quarter)
{
    row_scales s;
    const uint8_t *const p4 = p + 4 * quarter;
    const uint8_t *const p8 = p + 8 * quarter;
    switch (scales) {
    case SCALES_HALF:
        s.scale = load_halves(p8);
        break;
    case SCALES_HALF_MIN:
        s.scale = load_halves(p8);
        s.minimum = load_halves(p8 + 32);
        break;
    case SCALES_E8M0:
        s.scale = load_e8m0(p4);
        break;
    case SCALES_K:
        s.sub_scale[0] = load_unsigned(p4);
        break;
    case SCALES_I8:
        s.sub_scale[0] = load_signed(p4);
        break;
    case SCALES_I8_SUB:
        s.sub_scale[0] = load_signed(p4);
        s.sub_scale[1] = load_signed(p4 + 16);
        break;
    case SCALES_K_SUB:
        s.sub_scale[0] = load_unsigned(p4);
        s.sub_scale[1] = load_unsigned(p4 + 16);
        break;
    case SCALES_NONE:
        s = (row_scales){0};
        break;
    }
    return s;
}

/* minimum: the integer minimums of the superblock. */
ALWAYS_INLINE super_scales load_super(panel_scales scales, const uint8_t *head,
                                      const uint8_t *minimum, int quarter)
{
    super_scales s;
    if (scales == SCALES_NONE) {
        return (super_scales){0};
    }
    s.d = load_halves(head + 8 * quarter);
    if (scales == SCALES_K || scales == SCALES_K_SUB) {
        const int n = scales == SCALES_K ? KERNEL_SUPER : 2 * KERNEL_SUPER;
        s.minimum = vmulq_n_f32(load_halves(head + 32 + 8 * quarter), -0.125f);
#pragma GCC unroll 16
        for (int i = 0; i < n; i++) {
            s.minimums[i] =
                vreinterpret_s16_u16(vmovn_u32(load_four(minimum + 16 * i + 4 * quarter)));
        }
    }
    return s;
}

#endif
