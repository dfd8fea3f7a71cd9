/*
 * neon_float.c - products with float weights (F32, F16, BF16): one fmaf chain over k per output, as
 * the definition asks. For one token four panels run side by side to hide the latency.
 */
#include <arm_neon.h>

#include "kernel/arm/neon.h"
#include "kernel/panel.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { COLUMNS = 4, SIDE_BY_SIDE = 4, QUARTERS = 4 };

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

typedef struct float_job {
    const packed_matrix *w;
    const activations *x;
    float *y;
    size_t y_stride;
    const matmul_options *options;
} float_job;

static void store(const float_job *j, size_t i_panel, size_t token, const float32x4_t acc[QUARTERS])
{
    float sums[KERNEL_PANEL_ROWS];
    const size_t row = i_panel * KERNEL_PANEL_ROWS;
    const size_t left = j->w->n_rows - row;
    const size_t n_rows = left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
    float *const y = j->y + token * j->y_stride + row;
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
        vst1q_f32(sums + 4 * quarter, acc[quarter]);
    }
    for (size_t r = 0; r < n_rows; r++) {
        const float sum = j->options->bias != NULL ? sums[r] + j->options->bias[row + r] : sums[r];
        y[r] = j->options->accumulate ? y[r] + sum : sum;
    }
}

/* n_panels panels from `panel`, n tokens from `token` (constants). */
ALWAYS_INLINE void multiply(panel_codes codes, int n_panels, int n, const float_job *j,
                            size_t panel, size_t token)
{
    const uint8_t *const p = j->w->data + panel * j->w->panel_bytes;
    const float *const x = j->x->x + token * j->x->x_stride;
    float32x4_t sums[SIDE_BY_SIDE * COLUMNS][QUARTERS];
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

ALWAYS_INLINE void multiply_panels(panel_codes codes, const float_job *j, size_t begin, size_t end)
{
    if (j->x->n == 1) {
        for (; begin + SIDE_BY_SIDE <= end; begin += SIDE_BY_SIDE) {
            multiply(codes, SIDE_BY_SIDE, 1, j, begin, 0);
        }
    }
    for (size_t panel = begin; panel < end; panel++) {
        size_t token = 0;
        for (; token + COLUMNS <= j->x->n; token += COLUMNS) {
            multiply(codes, 1, COLUMNS, j, panel, token);
        }
        for (; token < j->x->n; token++) {
            multiply(codes, 1, 1, j, panel, token);
        }
    }
}

void neon_matmul_float(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                       const activations *x, float *y, size_t y_stride,
                       const matmul_options *options)
{
    const float_job job = {w, x, y, y_stride, options};
    const panel_codes codes = PANEL_FORMATS[w->format].codes;
    if (codes == CODES_F32) {
        multiply_panels(CODES_F32, &job, panel_begin, panel_end);
    } else if (codes == CODES_F16) {
        multiply_panels(CODES_F16, &job, panel_begin, panel_end);
    } else {
        multiply_panels(CODES_BF16, &job, panel_begin, panel_end);
    }
}
