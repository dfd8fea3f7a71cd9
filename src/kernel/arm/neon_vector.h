/*
 * neon_vector.h - the float steps that several NEON ops share: ordered sums, the exponential of exp.h.
 */
#ifndef HUIS_KERNEL_NEON_VECTOR_H
#define HUIS_KERNEL_NEON_VECTOR_H

#include <arm_neon.h>

#include "kernel/exp.h"

enum { LANES = 4 };

/* Sum of 16 lanes: 8 + 8, 4 + 4, 2 + 2, 1 + 1. */
static inline float sum_lanes(const float32x4_t x[4])
{
    const float32x4_t four = vaddq_f32(vaddq_f32(x[0], x[2]), vaddq_f32(x[1], x[3]));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

static inline float32x4_t exp_lanes(float32x4_t x)
{
    const uint32x4_t zero = vcltq_f32(x, vdupq_n_f32(EXP_MIN));
    const float32x4_t magic = vdupq_n_f32(EXP_MAGIC);
    x = vminq_f32(x, vdupq_n_f32(EXP_MAX));
    const float32x4_t shifted = vfmaq_f32(magic, x, vdupq_n_f32(EXP_LOG2E));
    const float32x4_t n = vsubq_f32(shifted, magic);
    float32x4_t r = vfmaq_f32(x, n, vdupq_n_f32(-EXP_LN2_HIGH));
    r = vfmaq_f32(r, n, vdupq_n_f32(-EXP_LN2_LOW));
    float32x4_t p = vfmaq_f32(vdupq_n_f32(EXP_C4), vdupq_n_f32(EXP_C5), r);
    p = vfmaq_f32(vdupq_n_f32(EXP_C3), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_C2), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_C1), p, r);
    p = vfmaq_f32(vdupq_n_f32(EXP_C0), p, r);
    p = vfmaq_f32(r, p, vmulq_f32(r, r));
    p = vaddq_f32(p, vdupq_n_f32(1.0f));
    const uint32x4_t exponent = vshlq_n_u32(vreinterpretq_u32_f32(shifted), 23);
    const uint32x4_t bits = vaddq_u32(vreinterpretq_u32_f32(p), exponent);
    return vreinterpretq_f32_u32(vbicq_u32(bits, zero));
}

#endif
