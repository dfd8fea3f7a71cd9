/*
 * ref_matmul.c - the definition of the product of packed weights and quantised activations.
 *
 * With the exact integer sums S = sum value q, A = sum q of a block (S_0, S_1, A_0, A_1 of its
 * halves), s the row's scale, a the activation's, one output is, block after block,
 *
 *     CLASS_SCALE         acc = fma(S, s a, acc)
 *     CLASS_MINIMUM       acc = fma(S, s a, acc), acc = fma(m, a A, acc)
 *     CLASS_SUB           T = c_0 S_0 + c_1 S_1 (exact, below 2^24); acc = fma(T, s a, acc)
 *     CLASS_SUB_MINIMUM   the same, then acc = fma(m_0 A_0 + m_1 A_1, m a, acc)
 *     CLASS_FLOAT         acc = fma(w, x, acc) for every k
 *
 * from acc = 0; then y = acc, + bias, + y as it was.
 */
#include <math.h>
#include <string.h>

#include "kernel/panel.h"
#include "kernel/ref/ref.h"

typedef float tile_sums[KERNEL_TILE][KERNEL_PANEL_ROWS];

static int dot(const int16_t *value, const int16_t *q, size_t n)
{
    int sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += value[i] * q[i];
    }
    return sum;
}

/* One row of a block times one token's block. */
static float add_block(const panel_block *w, panel_class class, size_t r, const int16_t *q,
                       float scale, float scaled_sum, const int16_t part[4], float acc)
{
    const int first = dot(w->value[r], q, 16);
    const int second = dot(w->value[r] + 16, q + 16, 16);
    const float step = w->scale[r] * scale;
    if (class == CLASS_SCALE || class == CLASS_MINIMUM) {
        acc = fmaf((float)(first + second), step, acc);
        return class == CLASS_SCALE ? acc : fmaf(w->minimum[r], scaled_sum, acc);
    }
    acc = fmaf((float)(w->sub_scale[0][r] * first + w->sub_scale[1][r] * second), step, acc);
    if (class == CLASS_SUB) {
        return acc;
    }
    const int low = w->sub_minimum[0][r] * (part[0] + part[1]);
    const int high = w->sub_minimum[1][r] * (part[2] + part[3]);
    return fmaf((float)(low + high), w->minimum[r] * scale, acc);
}

/* One panel times one tile of `width` tokens; `first` is the tile's index in scale and sum. */
static void multiply_tile(const panel_format_info *f, const uint8_t *panel, const activations *x,
                          size_t first, size_t width, tile_sums sums)
{
    panel_block block = {0};
    for (size_t b = 0; b < x->n_blocks; b++) {
        panel_read_block(f, panel, b, &block);
        for (size_t t = 0; t < width; t++) {
            const size_t index = first + b * width + t;
            int16_t q[KERNEL_BLOCK];
            for (size_t i = 0; i < KERNEL_BLOCK; i++) {
                q[i] = x->q[index * KERNEL_BLOCK + i];
            }
            for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
                sums[t][r] = add_block(&block, f->class, r, q, x->scale[index],
                                       x->scaled_sum[index], x->part + 4 * index, sums[t][r]);
            }
        }
    }
}

static void multiply_float_tile(const panel_format_info *f, const uint8_t *panel,
                                const activations *x, size_t i_tile, size_t width, tile_sums sums)
{
    for (size_t b = 0; b < x->n_blocks; b++) {
        for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
            float w[KERNEL_BLOCK];
            panel_read_row(f, panel, b, r, w);
            for (size_t t = 0; t < width; t++) {
                const float *const row = x->x + (i_tile * KERNEL_TILE + t) * x->x_stride;
                float acc = sums[t][r];
                for (size_t k = 0; k < KERNEL_BLOCK; k++) {
                    acc = fmaf(w[k], row[b * KERNEL_BLOCK + k], acc);
                }
                sums[t][r] = acc;
            }
        }
    }
}

static void store_tile(tile_sums sums, size_t width, size_t n_rows, float *y, size_t y_stride,
                       const float *bias, bool accumulate)
{
    for (size_t t = 0; t < width; t++) {
        for (size_t r = 0; r < n_rows; r++) {
            const float biased = bias != NULL ? sums[t][r] + bias[r] : sums[t][r];
            float *const out = y + t * y_stride + r;
            *out = accumulate ? *out + biased : biased;
        }
    }
}

void ref_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,
                float *y, size_t y_stride, const matmul_options *options)
{
    const panel_format_info *const f = &PANEL_FORMATS[w->format];
    const size_t n_tiles = (x->n + KERNEL_TILE - 1) / KERNEL_TILE;
    for (size_t p = panel_begin; p < panel_end; p++) {
        const uint8_t *const panel = w->data + p * w->panel_bytes;
        const size_t row = p * KERNEL_PANEL_ROWS;
        const size_t left = w->n_rows - row;
        const size_t n_rows = left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
        const float *const bias = options->bias != NULL ? options->bias + row : NULL;
        for (size_t i = 0; i < n_tiles; i++) {
            const size_t width = activations_tile_width(x, i);
            const size_t first = i * KERNEL_TILE * x->n_blocks;
            tile_sums sums;
            memset(sums, 0, sizeof(sums));
            if (f->class == CLASS_FLOAT) {
                multiply_float_tile(f, panel, x, i, width, sums);
            } else {
                multiply_tile(f, panel, x, first, width, sums);
            }
            store_tile(sums, width, n_rows, y + i * KERNEL_TILE * y_stride + row, y_stride, bias,
                       options->accumulate);
        }
    }
}
