/*
 * float_walk.h - in which order a level visits panels and tokens of a product with float weights, for
 * the float files of the levels. Those with four tokens at once share the walk too.
 *
 * The file that includes it defines multiply(), and load_weights() for itself.
 */
#ifndef HUIS_KERNEL_FLOAT_WALK_H
#define HUIS_KERNEL_FLOAT_WALK_H

#include "kernel/panel.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { FLOAT_COLUMNS = 4, FLOAT_PANELS = 4 }; /* tokens, or for one token panels, at once */

typedef struct float_job {
    const packed_matrix *w;
    const activations *x;
    float *y;
    size_t y_stride;
    const matmul_options *options;
} float_job;

/* The sums of a panel's 16 rows for one token, to y. */
static inline void float_store(const float_job *j, size_t i_panel, size_t token, const float *sums)
{
    const size_t row = i_panel * KERNEL_PANEL_ROWS;
    const size_t left = j->w->n_rows - row;
    const size_t n_rows = left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
    float *const y = j->y + token * j->y_stride + row;
    for (size_t r = 0; r < n_rows; r++) {
        const float sum = j->options->bias != NULL ? sums[r] + j->options->bias[row + r] : sums[r];
        y[r] = j->options->accumulate ? y[r] + sum : sum;
    }
}

/* n_panels panels from `panel`, n tokens from `token` (constants). */
ALWAYS_INLINE void multiply(panel_codes codes, int n_panels, int n, const float_job *j,
                            size_t panel, size_t token);

/* Panels [begin, end) of all tokens, at most FLOAT_COLUMNS at once. */
ALWAYS_INLINE void float_walk(panel_codes codes, const float_job *j, size_t begin, size_t end)
{
    if (j->x->n == 1) {
        for (; begin + FLOAT_PANELS <= end; begin += FLOAT_PANELS) {
            multiply(codes, FLOAT_PANELS, 1, j, begin, 0);
        }
    }
    for (size_t panel = begin; panel < end; panel++) {
        size_t token = 0;
        for (; token + FLOAT_COLUMNS <= j->x->n; token += FLOAT_COLUMNS) {
            multiply(codes, 1, FLOAT_COLUMNS, j, panel, token);
        }
        for (; token < j->x->n; token++) {
            multiply(codes, 1, 1, j, panel, token);
        }
    }
}

/* The product, by an always-inlined walk(codes, job, begin, end) made for each type of weights. */
#define FLOAT_MATMUL(name, walk)                                                                   \
    void name(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,  \
              float *y, size_t y_stride, const matmul_options *options)                            \
    {                                                                                              \
        const float_job job = {w, x, y, y_stride, options};                                        \
        const panel_codes codes = PANEL_FORMATS[w->format].codes;                                  \
        if (codes == CODES_F32) {                                                                  \
            walk(CODES_F32, &job, panel_begin, panel_end);                                         \
        } else if (codes == CODES_F16) {                                                           \
            walk(CODES_F16, &job, panel_begin, panel_end);                                         \
        } else {                                                                                   \
            walk(CODES_BF16, &job, panel_begin, panel_end);                                        \
        }                                                                                          \
    }

#endif
