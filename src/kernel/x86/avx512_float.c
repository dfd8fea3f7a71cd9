/*
 * avx512_float.c - products with float weights (F32, F16, BF16): one fmaf chain over k per output,
 * as the definition asks. For one token four panels run side by side to hide the latency.
 */
#include <immintrin.h>

#include "kernel/float_walk.h"
#include "kernel/x86/avx512.h"

enum { COLUMNS = 6, SIDE_BY_SIDE = 4 };

/* Element k of 16 rows. */
ALWAYS_INLINE __m512 load_weights(panel_codes codes, const uint8_t *panel, size_t k)
{
    if (codes == CODES_F32) {
        return _mm512_loadu_ps((const void *)(panel + k * 64));
    }
    const __m256i halves = _mm256_loadu_si256((const void *)(panel + k * 32));
    if (codes == CODES_F16) {
        return _mm512_cvtph_ps(halves);
    }
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

ALWAYS_INLINE void store(const float_job *j, size_t i_panel, size_t token, __m512 sum)
{
    const size_t row = i_panel * KERNEL_PANEL_ROWS;
    const size_t left = j->w->n_rows - row;
    const __mmask16 rows = left >= 16 ? 0xFFFF : (__mmask16)((1u << left) - 1);
    float *const y = j->y + token * j->y_stride + row;
    if (j->options->bias != NULL) {
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(rows, j->options->bias + row));
    }
    if (j->options->accumulate) {
        sum = _mm512_add_ps(_mm512_maskz_loadu_ps(rows, y), sum);
    }
    _mm512_mask_storeu_ps(y, rows, sum);
}

/* n_panels panels from `panel`, n tokens from `token` (constants). */
ALWAYS_INLINE void multiply(panel_codes codes, int n_panels, int n, const float_job *j,
                            size_t panel, size_t token)
{
    const uint8_t *const p = j->w->data + panel * j->w->panel_bytes;
    const float *const x = j->x->x + token * j->x->x_stride;
    __m512 sums[SIDE_BY_SIDE * COLUMNS];
#pragma GCC unroll 24
    for (int i = 0; i < n_panels * n; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    for (size_t k = 0; k < j->w->n_cols; k++) {
#pragma GCC unroll 4
        for (int i = 0; i < n_panels; i++) {
            const __m512 w = load_weights(codes, p + (size_t)i * j->w->panel_bytes, k);
#pragma GCC unroll 6
            for (int t = 0; t < n; t++) {
                const __m512 value = _mm512_set1_ps(x[(size_t)t * j->x->x_stride + k]);
                sums[i * n + t] = _mm512_fmadd_ps(w, value, sums[i * n + t]);
            }
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < n_panels; i++) {
#pragma GCC unroll 6
        for (int t = 0; t < n; t++) {
            store(j, panel + (size_t)i, token + (size_t)t, sums[i * n + t]);
        }
    }
}

ALWAYS_INLINE void multiply_tokens(panel_codes codes, int n_panels, const float_job *j,
                                   size_t panel)
{
    size_t token = 0;
    for (; token + COLUMNS <= j->x->n; token += COLUMNS) {
        multiply(codes, n_panels, COLUMNS, j, panel, token);
    }
    for (; token + 2 <= j->x->n; token += 2) {
        multiply(codes, n_panels, 2, j, panel, token);
    }
    for (; token < j->x->n; token++) {
        multiply(codes, n_panels, 1, j, panel, token);
    }
}

ALWAYS_INLINE void multiply_panels(panel_codes codes, const float_job *j, size_t begin, size_t end)
{
    size_t panel = begin;
    for (; panel + SIDE_BY_SIDE <= end; panel += SIDE_BY_SIDE) {
        multiply_tokens(codes, SIDE_BY_SIDE, j, panel);
    }
    for (; panel < end; panel++) {
        multiply_tokens(codes, 1, j, panel);
    }
}

FLOAT_MATMUL(avx512_matmul_float, multiply_panels)
