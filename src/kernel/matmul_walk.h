/*
 * matmul_walk.h - in which order a level visits panels, tokens and columns. For the product files of
 * the levels with 128- and 256-bit vectors; avx512_matmul.c has tiles of another shape.
 *
 * Up to 12 tokens: a panel streams from memory, its codes are unpacked in registers and meet a few
 * tokens at once; further tokens take it from cache. More tokens: four panels at a time are unpacked
 * into bytes and float scales (a K panel of 512 columns, in L2), and all tiles of a chunk of tokens
 * run over them. Float sums are in memory, [token][16 rows]; the level's kernels do one block after
 * the other, so that every output is one chain in the order of k (ref/ref_matmul.c).
 *
 * A level gives its kernels in a table, each made for one format and number of tokens.
 */
#ifndef HUIS_KERNEL_MATMUL_WALK_H
#define HUIS_KERNEL_MATMUL_WALK_H

#include <string.h>

#include "kernel/panel.h"

/* Arrays that the kernels fill before they read them; zeroing them costs more than the products. */
#define UNINITIALIZED __attribute__((uninitialized))

enum {
    FEW_TOKENS = KERNEL_TILE, /* most tokens that stream */
    COLUMNS_MAX = 6,          /* most tokens that a level does at once */
    N_GROUPS = KERNEL_BLOCK / 4,
    K_BLOCKS = 16,        /* blocks of a K panel */
    PANEL_GROUP = 4,      /* panels unpacked together */
    CHUNK_TILES = 22,     /* token tiles that share unpacked panels */
    UNPACKED_SCALES = 64, /* room for the scales of an unpacked block, as floats */
    UNPACKED_SUPER = 160  /* and for what a superblock has for all of its blocks */
};

/* Activations of one block from some token of a tile on; the next block is `width` further. */
typedef struct token_block {
    const int8_t *q;
    const float *scale, *scaled_sum;
    const int32_t *negative_sum;
    const float *power;
    const int16_t *part;
    const float *base;             /* of the superblock */
    const int16_t *whole, *halves; /* of the superblock */
    const int32_t *start;          /* where accumulators begin, prepared: of the block, or */
    const int32_t *half_start;     /* of its halves; NULL in streams */
    size_t width;
} token_block;

static inline token_block token_block_at(const activations *x, size_t index, size_t super,
                                         size_t width)
{
    return (token_block){
        .q = x->q + index * KERNEL_BLOCK,
        .scale = x->scale + index,
        .scaled_sum = x->scaled_sum + index,
        .negative_sum = x->negative_sum + index,
        .power = x->power + index,
        .part = x->part + index * 4,
        .base = x->base + super,
        .whole = x->whole + super * 8,
        .halves = x->halves + super * 16,
        .width = width,
    };
}

/* n tokens further in the arrays of blocks: with n = width the next block. */
static inline void token_block_skip(token_block *x, size_t n, bool prepared)
{
    x->q += n * KERNEL_BLOCK;
    x->scale += n;
    x->scaled_sum += n;
    x->negative_sum += n;
    x->power += n;
    x->part += n * 4;
    if (prepared) {
        x->start += n;
        x->half_start += n * 2;
    }
}

/* The same in the arrays of superblocks. */
static inline void token_block_skip_super(token_block *x, size_t n)
{
    x->base += n;
    x->whole += n * 8;
    x->halves += n * 16;
}

/* A K panel of 16 rows, unpacked: codes as the level's products take them, scales as it keeps them. */
typedef struct unpacked_panel {
    _Alignas(64) uint8_t codes[K_BLOCKS][N_GROUPS][PANEL_VECTOR];
    _Alignas(64) float scales[K_BLOCKS][UNPACKED_SCALES];
    _Alignas(64) float supers[K_BLOCKS / KERNEL_SUPER][UNPACKED_SUPER];
} unpacked_panel;

/* Where the accumulators of a tile begin in each block of a K panel. */
typedef struct tile_starts {
    int32_t start[K_BLOCKS * KERNEL_TILE];
    int32_t half_start[2 * K_BLOCKS * KERNEL_TILE];
} tile_starts;

/* Where accumulators of 32-bit lanes begin that meet codes with this offset; 0: they begin at 0. */
static inline void tile_starts_fill(int offset, const token_block *x, size_t n, tile_starts *out)
{
    for (size_t i = 0; offset != 0 && i < n; i++) {
        const int16_t *const part = x->part + 4 * i;
        out->start[i] = offset * x->negative_sum[i];
        out->half_start[2 * i] = -offset * (part[0] + part[1]);
        out->half_start[2 * i + 1] = -offset * (part[2] + part[3]);
    }
}

/* Some tokens from `first` over a packed panel. sums [n][16] are added to. */
typedef void (*stream_kernel)(const uint8_t *panel, const activations *x, size_t first,
                              float *sums);
/* Blocks [first, first + n_blocks) of a packed panel; `first` is a multiple of 8. */
typedef void (*unpack_kernel)(const uint8_t *panel, size_t first, size_t n_blocks,
                              unpacked_panel *out);
/* Some tokens over an unpacked K panel. sums [n][16] are added to. */
typedef void (*tile_kernel)(const unpacked_panel *w, size_t n_blocks, const token_block *tokens,
                            float *sums);
/* The starts of n activation blocks. */
typedef void (*prepare_starts)(panel_format format, const token_block *x, size_t n,
                               tile_starts *out);

typedef struct matmul_kernels {
    size_t n_columns;                             /* tokens done at once */
    stream_kernel stream[PANEL_F32][COLUMNS_MAX]; /* [format][n - 1] */
    unpack_kernel unpack[PANEL_F32];              /* */
    tile_kernel tile[PANEL_F32][COLUMNS_MAX];     /* [format][n - 1] */
    prepare_starts prepare;
} matmul_kernels;

/* n_rows rows of y for n tokens from sums [n][16]. */
static inline void store_sums(const float *sums, size_t n, size_t n_rows, float *y, size_t y_stride,
                              const float *bias, bool accumulate)
{
    for (size_t t = 0; t < n; t++) {
        float *const out = y + t * y_stride;
        for (size_t r = 0; r < n_rows; r++) {
            const float biased = bias != NULL ? sums[16 * t + r] + bias[r] : sums[16 * t + r];
            out[r] = accumulate ? out[r] + biased : biased;
        }
    }
}

static inline size_t rows_of_panel(const packed_matrix *w, size_t i_panel)
{
    const size_t left = w->n_rows - i_panel * KERNEL_PANEL_ROWS;
    return left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
}

static inline void multiply_few(const matmul_kernels *kernels, const packed_matrix *w,
                                size_t panel_begin, size_t panel_end, const activations *x,
                                float *y, size_t y_stride, const matmul_options *options)
{
    for (size_t i = panel_begin; i < panel_end; i++) {
        UNINITIALIZED _Alignas(64) float sums[FEW_TOKENS * KERNEL_PANEL_ROWS];
        const size_t row = i * KERNEL_PANEL_ROWS;
        const float *const bias = options->bias != NULL ? options->bias + row : NULL;
        memset(sums, 0, x->n * KERNEL_PANEL_ROWS * sizeof(float));
        for (size_t first = 0; first < x->n; first += kernels->n_columns) {
            const size_t left = x->n - first;
            const size_t n = left < kernels->n_columns ? left : kernels->n_columns;
            kernels->stream[w->format][n - 1](w->data + i * w->panel_bytes, x, first,
                                              sums + first * KERNEL_PANEL_ROWS);
        }
        store_sums(sums, x->n, rows_of_panel(w, i), y + row, y_stride, bias, options->accumulate);
    }
}

/* Sums of a chunk of tokens for a group of panels, carried from K panel to K panel. */
typedef struct chunk_sums {
    float sum[CHUNK_TILES][PANEL_GROUP][KERNEL_TILE][KERNEL_PANEL_ROWS];
} chunk_sums;

typedef struct tile_job {
    const matmul_kernels *kernels;
    const packed_matrix *w;
    const activations *x;
    size_t first_panel, n_panels; /* the group */
    size_t first_tile, n_tiles;   /* the chunk */
} tile_job;

/* One K panel of a group of panels for all tiles of a chunk. */
static inline void multiply_k_panel(const tile_job *job, size_t first_block, size_t n_blocks,
                                    unpacked_panel unpacked[PANEL_GROUP], chunk_sums *sums)
{
    const matmul_kernels *const kernels = job->kernels;
    const packed_matrix *const w = job->w;
    const activations *const x = job->x;
    for (size_t i = 0; i < job->n_panels; i++) {
        kernels->unpack[w->format](w->data + (job->first_panel + i) * w->panel_bytes, first_block,
                                   n_blocks, &unpacked[i]);
    }
    for (size_t j = 0; j < job->n_tiles; j++) {
        const size_t tile = job->first_tile + j;
        const size_t width = activations_tile_width(x, tile);
        const size_t index = tile * KERNEL_TILE * x->n_blocks + first_block * width;
        const size_t super =
            activations_super_index(x, tile * KERNEL_TILE, first_block / KERNEL_SUPER);
        UNINITIALIZED tile_starts starts;
        token_block tokens = token_block_at(x, index, super, width);
        tokens.start = starts.start;
        tokens.half_start = starts.half_start;
        kernels->prepare((panel_format)w->format, &tokens, n_blocks * width, &starts);
        for (size_t t = 0; t < width; t += kernels->n_columns) {
            const size_t left = width - t;
            const size_t n = left < kernels->n_columns ? left : kernels->n_columns;
            for (size_t i = 0; i < job->n_panels; i++) {
                kernels->tile[w->format][n - 1](&unpacked[i], n_blocks, &tokens,
                                                sums->sum[j][i][t]);
            }
            token_block_skip(&tokens, n, true);
            token_block_skip_super(&tokens, n);
        }
    }
}

static inline void store_chunk(const tile_job *job, const chunk_sums *sums, float *y,
                               size_t y_stride, const matmul_options *options)
{
    for (size_t j = 0; j < job->n_tiles; j++) {
        const size_t width = activations_tile_width(job->x, job->first_tile + j);
        const size_t first_token = (job->first_tile + j) * KERNEL_TILE;
        for (size_t i = 0; i < job->n_panels; i++) {
            const size_t panel = job->first_panel + i;
            const size_t row = panel * KERNEL_PANEL_ROWS;
            store_sums(sums->sum[j][i][0], width, rows_of_panel(job->w, panel),
                       y + first_token * y_stride + row, y_stride,
                       options->bias != NULL ? options->bias + row : NULL, options->accumulate);
        }
    }
}

static inline void multiply_many(const matmul_kernels *kernels, const packed_matrix *w,
                                 size_t panel_begin, size_t panel_end, const activations *x,
                                 float *y, size_t y_stride, const matmul_options *options)
{
    UNINITIALIZED unpacked_panel unpacked[PANEL_GROUP];
    UNINITIALIZED _Alignas(64) chunk_sums sums;
    const size_t n_tiles = (x->n + KERNEL_TILE - 1) / KERNEL_TILE;
    for (size_t tile = 0; tile < n_tiles; tile += CHUNK_TILES) {
        for (size_t panel = panel_begin; panel < panel_end; panel += PANEL_GROUP) {
            const size_t panels_left = panel_end - panel;
            const size_t tiles_left = n_tiles - tile;
            const tile_job job = {
                .kernels = kernels,
                .w = w,
                .x = x,
                .first_panel = panel,
                .n_panels = panels_left < PANEL_GROUP ? panels_left : PANEL_GROUP,
                .first_tile = tile,
                .n_tiles = tiles_left < CHUNK_TILES ? tiles_left : CHUNK_TILES,
            };
            memset(&sums, 0, sizeof(sums));
            for (size_t b = 0; b < x->n_blocks; b += K_BLOCKS) {
                const size_t left = x->n_blocks - b;
                multiply_k_panel(&job, b, left < K_BLOCKS ? left : K_BLOCKS, unpacked, &sums);
            }
            store_chunk(&job, &sums, y, y_stride, options);
        }
    }
}

/* The product of a format with integer codes. */
static inline void matmul_walk(const matmul_kernels *kernels, const packed_matrix *w,
                               size_t panel_begin, size_t panel_end, const activations *x, float *y,
                               size_t y_stride, const matmul_options *options)
{
    if (x->n <= FEW_TOKENS) {
        multiply_few(kernels, w, panel_begin, panel_end, x, y, y_stride, options);
    } else {
        multiply_many(kernels, w, panel_begin, panel_end, x, y, y_stride, options);
    }
}

/* What a level writes to fill its table. Its file has the always-inlined functions
 *
 *     stream_panel(format, n, panel, x, first, sums)
 *     unpack_panel(format, panel, first, n_blocks, out)
 *     multiply_tile(format, n, w, n_blocks, tokens, sums)
 *
 * and EACH_FORMAT(M), EACH_TILE(M) make one function of each for every format; M(format) says for
 * how many tokens. Once unpacked many formats run alike: one stands for all. */
#define EACH_FORMAT(M)                                                                             \
    M(Q4_0)                                                                                        \
    M(Q4_1)                                                                                        \
    M(Q5_0) M(Q5_1) M(Q8_0) M(Q2_K) M(Q3_K) M(Q4_K) M(Q5_K) M(Q6_K) M(IQ4_NL) M(IQ4_XS) M(MXFP4)
#define EACH_TILE(M) M(Q5_0) M(Q4_1) M(Q5_1) M(Q8_0) M(Q2_K) M(Q4_K) M(Q5_K) M(Q6_K) M(IQ4_XS)

#define STREAM(format, n)                                                                          \
    static void stream_##format##_##n(const uint8_t *panel, const activations *x, size_t first,    \
                                      float *sums)                                                 \
    {                                                                                              \
        stream_panel(PANEL_##format, n, panel, x, first, sums);                                    \
    }

#define UNPACK(format)                                                                             \
    static void unpack_##format(const uint8_t *panel, size_t first, size_t n_blocks,               \
                                unpacked_panel *out)                                               \
    {                                                                                              \
        unpack_panel(PANEL_##format, panel, first, n_blocks, out);                                 \
    }

#define TILE(format, n)                                                                            \
    static void tile_##format##_##n(const unpacked_panel *w, size_t n_blocks,                      \
                                    const token_block *tokens, float *sums)                        \
    {                                                                                              \
        multiply_tile(PANEL_##format, n, w, n_blocks, tokens, sums);                               \
    }

#define UNPACK_ENTRY(format) [PANEL_##format] = unpack_##format,

/* ROW(format, like): the kernels of `format` are those made for `like`. */
#define TILE_ROWS(ROW)                                                                             \
    ROW(Q4_0, Q5_0), ROW(Q4_1, Q4_1), ROW(Q5_0, Q5_0), ROW(Q5_1, Q5_1), ROW(Q8_0, Q8_0),           \
        ROW(Q2_K, Q2_K), ROW(Q3_K, Q6_K), ROW(Q4_K, Q4_K), ROW(Q5_K, Q5_K), ROW(Q6_K, Q6_K),       \
        ROW(IQ4_NL, Q8_0), ROW(IQ4_XS, IQ4_XS), ROW(MXFP4, Q5_0)

/* Four tokens at once. */
#define FOUR_STREAMS(format) STREAM(format, 1) STREAM(format, 2) STREAM(format, 3) STREAM(format, 4)
#define FOUR_TILES(format) TILE(format, 1) TILE(format, 2) TILE(format, 3) TILE(format, 4)
#define FOUR_STREAMS_ROW(format)                                                                   \
    [PANEL_##format] = {stream_##format##_1, stream_##format##_2, stream_##format##_3,             \
                        stream_##format##_4},
#define FOUR_TILES_ROW(format, like)                                                               \
    [PANEL_##format] = {tile_##like##_1, tile_##like##_2, tile_##like##_3, tile_##like##_4}

#endif
