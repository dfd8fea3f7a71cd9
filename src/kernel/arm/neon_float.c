/*
 * neon_float.c - products with float weights (F32, F16, BF16): one fmaf chain over k per output, as
 * the definition asks. For one token four panels run side by side to hide the latency.
 */
#include <arm_neon.h>

#include "kernel/arm/neon.h"
#include "kernel/float_walk.h"

enum { QUARTERS = 4 };

/* Element k of rows 4 quarter ... 4 quarter + 3. */
ALWAYS_INLINE float32x4_t load_weights(panel_codes codes, const uint8_t *panel, size_t k,
                                       size_t quarter)
{
    if (codes == CODES_F32) {
        return vreinterpretq_f32_u8(vld1q_u8(panel + k * 64 + quarter * 16));
    }
    const uint16x4_t halves = vreinterpret_u16_u8(vld1_u8(panel + k * 32 + quarter * 8));
    if (codes == CODES_F16) {
        return vcvt_f32_f16(vreinterpret_f16_u16(halves));
    }
    return vreinterpretq_f32_u32(vshll_n_u16(halves, 16));
}

static void store(const float_job *j, size_t i_panel, size_t token, const float32x4_t acc[QUARTERS])
{
    float sums[KERNEL_PANEL_ROWS];
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
        vst1q_f32(sums + 4 * quarter, acc[quarter]);
    }
    float_store(j, i_panel, token, sums);
}

/* n_panels panels from `panel`, n tokens from `token` (constants). */
ALWAYS_INLINE void multiply(panel_codes codes, int n_panels, int n, const float_job *j,
                            size_t panel, size_t token)
{
    const uint8_t *const p = j->w->data + panel * j->w->panel_bytes;
    const float *const x = j->x->x + token * j->x->x_stride;
    float32x4_t sums[FLOAT_PANELS * FLOAT_COLUMNS][QUARTERS];
#pragma GCC unroll 4
    for (int i = 0; i < n_panels * n; i++) {
#pragma GCC unroll 4
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
            sums[i][quarter] = vdupq_n_f32(0.0f);
        }
    }
    for (size_t k = 0; k < j->w->n_cols; k++) {
#pragma GCC unroll 4
        for (int i = 0; i < n_panels; i++) {
            const uint8_t *const from = p + (size_t)i * j->w->panel_bytes;
#pragma GCC unroll 4
            for (int quarter = 0; quarter < QUARTERS; quarter++) {
                const float32x4_t w = load_weights(codes, from, k, (size_t)quarter);
#pragma GCC unroll 4
                for (int t = 0; t < n; t++) {
                    float32x4_t *const sum = &sums[i * n + t][quarter];
                    *sum = vfmaq_n_f32(*sum, w, x[(size_t)t * j->x->x_stride + k]);
                }
            }
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < n_panels * n; i++) {
        store(j, panel + (size_t)(i / n), token + (size_t)(i % n), sums[i]);
    }
}

FLOAT_MATMUL(neon_matmul_float, float_walk)
