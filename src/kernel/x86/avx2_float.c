/*
 * avx2_float.c - products with float weights (F32, F16, BF16): one fmaf chain over k per output, as
 * the definition asks. For one token four panels run side by side to hide the latency.
 */
#include <immintrin.h>

#include "kernel/panel.h"
#include "kernel/x86/avx2.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { COLUMNS = 4, SIDE_BY_SIDE = 4 };

/* Element k of rows 8 half ... 8 half + 7. */
ALWAYS_INLINE __m256 load_weights(panel_codes codes, const uint8_t *panel, size_t k, int half)
{
    if (codes == CODES_F32) {
        return _mm256_loadu_ps((const void *)(panel + k * 64 + (size_t)half * 32));
    }
    const __m128i halves = _mm_loadu_si128((const void *)(panel + k * 32 + (size_t)half * 16));
    if (codes == CODES_F16) {
        return _mm256_cvtph_ps(halves);
    }
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

typedef struct float_job {
    const packed_matrix *w;
    const activations *x;
    float *y;
    size_t y_stride;
    const matmul_options *options;
} float_job;

static void store(const float_job *j, size_t i_panel, size_t token, __m256 low, __m256 high)
{
    float sums[KERNEL_PANEL_ROWS];
    const size_t row = i_panel * KERNEL_PANEL_ROWS;
    const size_t left = j->w->n_rows - row;
    const size_t n_rows = left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
    float *const y = j->y + token * j->y_stride + row;
    _mm256_storeu_ps(sums, low);
    _mm256_storeu_ps(sums + 8, high);
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
    __m256 sums[SIDE_BY_SIDE * COLUMNS][2];
#pragma GCC unroll 4
    for (int i = 0; i < n_panels * n; i++) {
        sums[i][0] = _mm256_setzero_ps();
        sums[i][1] = _mm256_setzero_ps();
    }
    for (size_t k = 0; k < j->w->n_cols; k++) {
#pragma GCC unroll 4
        for (int i = 0; i < n_panels; i++) {
            const uint8_t *const from = p + (size_t)i * j->w->panel_bytes;
            const __m256 w0 = load_weights(codes, from, k, 0);
            const __m256 w1 = load_weights(codes, from, k, 1);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                const __m256 value = _mm256_set1_ps(x[(size_t)t * j->x->x_stride + k]);
                sums[i * n + t][0] = _mm256_fmadd_ps(w0, value, sums[i * n + t][0]);
                sums[i * n + t][1] = _mm256_fmadd_ps(w1, value, sums[i * n + t][1]);
            }
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < n_panels * n; i++) {
        store(j, panel + (size_t)(i / n), token + (size_t)(i % n), sums[i][0], sums[i][1]);
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

void avx2_matmul_float(const packed_matrix *w, size_t panel_begin, size_t panel_end,
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
