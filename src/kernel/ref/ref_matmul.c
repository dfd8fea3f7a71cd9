/*
 * ref_matmul.c - the definition of the product of packed weights and quantised activations.
 *
 * With the exact integer sums S = sum value q, A = sum q of a block (S_0, S_1 of its halves), s the
 * row's scale, a the activation's, one output is, block after block,
 *
 *     CLASS_SCALE         acc = fma(S, s a, acc)
 *     CLASS_MINIMUM       acc = fma(S, s a, acc), acc = fma(m, a A, acc)
 *     CLASS_FLOAT         acc = fma(w, x, acc) for every k
 *
 * and superblock after superblock, with the integer scales c and minimums c' of the halves of its
 * blocks, d and -d' of the row, p the activations' powers of two, b their base, A' = 8 p A rounded,
 *
 *     inner = fma(c S, p, inner) of each block, where c_0 = c_1 is its one scale, or
 *     inner = fma(c_0 S_0, p, inner), inner = fma(c_1 S_1, p, inner), from 0 (c S: exact, below 2^24)
 *     M = sum of c' A' of all halves, an integer
 *     acc = fma(fma(-d' / 8, M, d inner), b, acc)     (without minimums: fma(d inner, b, acc))
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
                       float scale, float scaled_sum, float acc)
{
    acc = fmaf((float)dot(w->value[r], q, KERNEL_BLOCK), w->scale[r] * scale, acc);
    return class == CLASS_SCALE ? acc : fmaf(w->minimum[r], scaled_sum, acc);
}

static void load_q(const activations *x, size_t index, int16_t q[KERNEL_BLOCK])
{
    for (size_t i = 0; i < KERNEL_BLOCK; i++) {
        q[i] = x->q[index * KERNEL_BLOCK + i];
    }
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
            load_q(x, index, q);
            for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
                sums[t][r] = add_block(&block, f->class, r, q, x->scale[index],
                                       x->scaled_sum[index], sums[t][r]);
            }
        }
    }
}

/* What one superblock adds to for one token. */
typedef struct super_sums {
    float inner[KERNEL_PANEL_ROWS];
    int32_t minimum[KERNEL_PANEL_ROWS];
} super_sums;

static void add_super_block(const panel_block *w, bool in_halves, const int16_t q[KERNEL_BLOCK],
                            float power, const int16_t halves[2], super_sums *sums)
{
    for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
        const int first = w->sub_scale[0][r] * dot(w->value[r], q, 16);
        const int second = w->sub_scale[1][r] * dot(w->value[r] + 16, q + 16, 16);
        if (in_halves) {
            sums->inner[r] = fmaf((float)first, power, sums->inner[r]);
            sums->inner[r] = fmaf((float)second, power, sums->inner[r]);
        } else {
            sums->inner[r] = fmaf((float)(first + second), power, sums->inner[r]);
        }
        sums->minimum[r] += w->sub_minimum[0][r] * halves[0] + w->sub_minimum[1][r] * halves[1];
    }
}

/* The same for panels with superblocks. */
static void multiply_super_tile(const panel_format_info *f, const uint8_t *panel,
                                const activations *x, size_t first, size_t width, tile_sums sums)
{
    const bool has_minimum = f->class == CLASS_SUPER_MINIMUM || f->class == CLASS_SUB_MINIMUM;
    const bool in_halves = f->class == CLASS_SUB || f->class == CLASS_SUB_MINIMUM;
    panel_block block = {0};
    for (size_t s = 0; s < x->n_blocks / KERNEL_SUPER; s++) {
        const size_t super = first / KERNEL_SUPER + s * width;
        super_sums inner[KERNEL_TILE];
        memset(inner, 0, sizeof(inner));
        for (size_t i = 0; i < KERNEL_SUPER; i++) {
            panel_read_block(f, panel, s * KERNEL_SUPER + i, &block);
            for (size_t t = 0; t < width; t++) {
                const size_t index = first + (s * KERNEL_SUPER + i) * width + t;
                int16_t q[KERNEL_BLOCK];
                load_q(x, index, q);
                add_super_block(&block, in_halves, q, x->power[index],
                                x->halves + 16 * (super + t) + 2 * i, &inner[t]);
            }
        }
        for (size_t t = 0; t < width; t++) {
            for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
                float value = block.scale[r] * inner[t].inner[r];
                if (has_minimum) {
                    value = fmaf(block.minimum[r] * 0.125f, (float)inner[t].minimum[r], value);
                }
                sums[t][r] = fmaf(value, x->base[super + t], sums[t][r]);
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
            } else if (panel_is_super(f->class)) {
                multiply_super_tile(f, panel, x, first, width, sums);
            } else {
                multiply_tile(f, panel, x, first, width, sums);
            }
            store_tile(sums, width, n_rows, y + i * KERNEL_TILE * y_stride + row, y_stride, bias,
                       options->accumulate);
        }
    }
}
