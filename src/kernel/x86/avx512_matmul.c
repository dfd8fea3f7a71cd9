/*
 * avx512_matmul.c - products of packed weights and int8 activations with vpdpbusd.
 *
 * Up to 12 tokens: a panel streams from memory, its codes are unpacked in registers and meet up to
 * eight tokens; further tokens take it from cache. More tokens: four panels at a time are unpacked into bytes and float scales (a K panel
 * of 1024 columns, in L2), then tiles of 16 rows x 12 tokens run over them from L1. The sums of both
 * are those of ref/ref_matmul.c, bit for bit: integer sums are exact, the accumulator starts at
 * -offset * sum of the activations, products of scales are exact, and the float steps of one output
 * are the same in the same order.
 */
#include <string.h>

#include "kernel/x86/avx512.h"
#include "kernel/x86/avx512_panel.h"

#define UNINITIALIZED __attribute__((uninitialized))

enum {
    FEW_TOKENS = KERNEL_TILE, /* most tokens that stream */
    COLUMNS = 8,              /* most tokens of one streaming pass */
    REST_COLUMNS = 6,         /* most tokens of one pass over a tile that is not full */
    K_BLOCKS = 32,            /* blocks of a K panel */
    PANEL_GROUP = 4,          /* panels unpacked together */
    CHUNK_TILES = 22,         /* token tiles that share unpacked panels */
    PREFETCH = 2048           /* bytes ahead in streams */
};

/* Activations of one block, a row of `width` of each. `start` and `half_start` are where the integer
 * accumulators begin, -offset times the sums: prepared for tiles, made on the fly for streams. */
typedef struct token_block {
    const int8_t *q;           /* [width][32] */
    const float *scale;        /* [width] */
    const float *scaled_sum;   /* [width] */
    const float *exponent;     /* [width] */
    const int32_t *start;      /* [width], still to be shifted by the format's offset in streams */
    const int16_t *part;       /* [width][4] */
    const int32_t *half_start; /* [width][2]; unused in streams */
    /* Of the superblock: */
    const float *base;     /* [width] */
    const int16_t *whole;  /* [width][8] */
    const int16_t *halves; /* [width][16] */
    size_t width;          /* of the tile: the next block is so many tokens further */
} token_block;

ALWAYS_INLINE token_block token_block_at(const activations *x, size_t index, size_t super,
                                         size_t width)
{
    return (token_block){
        .q = x->q + index * KERNEL_BLOCK,
        .scale = x->scale + index,
        .scaled_sum = x->scaled_sum + index,
        .exponent = x->exponent + index,
        .start = x->negative_sum + index,
        .part = x->part + index * 4,
        .base = x->base + super,
        .whole = x->whole + super * 8,
        .halves = x->halves + super * 16,
        .width = width,
    };
}

/* n tokens further in the arrays of blocks: with n = width the next block. */
ALWAYS_INLINE void skip_block(token_block *x, size_t n, bool prepared)
{
    x->q += n * KERNEL_BLOCK;
    x->scale += n;
    x->scaled_sum += n;
    x->exponent += n;
    x->start += n;
    x->part += n * 4;
    if (prepared) {
        x->half_start += n * 2;
    }
}

/* The same in the arrays of superblocks. */
ALWAYS_INLINE void skip_super(token_block *x, size_t n)
{
    x->base += n;
    x->whole += n * 8;
    x->halves += n * 16;
}

/* Both sums of a half block, times `factor`, in every lane. */
ALWAYS_INLINE __m512i half_sum(const int16_t *part, int factor)
{
    const __m512i pair = _mm512_set1_epi32(*(const word *)(const void *)part);
    return _mm512_madd_epi16(pair, _mm512_set1_epi16((int16_t)factor));
}

/* Float steps of CLASS_SCALE and CLASS_MINIMUM for token t. */
ALWAYS_INLINE __m512 add_scaled(panel_class class, const row_scales *s, __m512i dots,
                                const token_block *x, int t, __m512 acc)
{
    const __m512 both = _mm512_mul_ps(s->scale, _mm512_set1_ps(x->scale[t]));
    acc = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots), both, acc);
    if (class == CLASS_MINIMUM) {
        acc = _mm512_fmadd_ps(s->minimum, _mm512_set1_ps(x->scaled_sum[t]), acc);
    }
    return acc;
}

/* The float step of a block of a superblock, or of a half of one. The scale may be made while the sum
 * still grows; neither vscalefps nor the conversion wants the pipes of vpdpbusd. */
ALWAYS_INLINE __m512 add_part(__m512 sub_scale, __m512i dots, const token_block *x, int t,
                              __m512 inner)
{
    const __m512 scale = _mm512_scalef_ps(sub_scale, _mm512_set1_ps(x->exponent[t]));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots), scale, inner);
}

/* Float steps at the end of a superblock. */
ALWAYS_INLINE __m512 add_super(panel_class class, const super_scales *s, __m512 inner,
                               const token_block *x, int t, __m512 acc)
{
    __m512 value = _mm512_mul_ps(s->d, inner);
    if (class == CLASS_SUPER_MINIMUM || class == CLASS_SUB_MINIMUM) {
        const int n_pairs = class == CLASS_SUPER_MINIMUM ? KERNEL_SUPER / 2 : KERNEL_SUPER;
        const int16_t *const sums =
            class == CLASS_SUPER_MINIMUM ? x->whole + 8 * t : x->halves + 16 * t;
        __m512i minimum = _mm512_setzero_si512();
#pragma GCC unroll 8
        for (int i = 0; i < n_pairs; i++) {
            const __m512i pair = _mm512_set1_epi32(*(const word *)(const void *)(sums + 2 * i));
            minimum = _mm512_dpwssd_epi32(minimum, s->pairs[i], pair);
        }
        value = _mm512_fmadd_ps(s->minimum, _mm512_cvtepi32_ps(minimum), value);
    }
    return _mm512_fmadd_ps(value, _mm512_set1_ps(x->base[t]), acc);
}

/* gcc keeps what it has loaded from memory in registers, and spills what is used in every block
 * instead. Nothing that was loaded before this is kept. */
ALWAYS_INLINE void forget_loads(void)
{
    __asm__ volatile("" ::: "memory");
}

/* What multiply_block is made for: constants after inlining. */
typedef struct block_kind {
    panel_codes codes;
    panel_class class;
    int offset;
    bool prepared; /* starts are prepared */
    int n;         /* tokens */
} block_kind;

ALWAYS_INLINE __m512i first_accumulator(block_kind kind, const token_block *x, int t)
{
    if (kind.offset == 0) {
        return _mm512_setzero_si512();
    }
    const __m512i start = _mm512_set1_epi32(x->start[t]);
    return kind.prepared ? start
                         : _mm512_slli_epi32(start, (unsigned)__builtin_ctz((unsigned)kind.offset));
}

ALWAYS_INLINE __m512i first_half_accumulator(block_kind kind, const token_block *x, int t, int half)
{
    if (kind.offset == 0) {
        return _mm512_setzero_si512();
    }
    return kind.prepared ? _mm512_set1_epi32(x->half_start[2 * t + half])
                         : half_sum(x->part + 4 * t + 2 * half, -kind.offset);
}

/* Groups [begin, begin + n_groups) of the block at p for all tokens. */
ALWAYS_INLINE void multiply_groups(block_kind kind, const uint8_t *p, int begin, int n_groups,
                                   const token_block *x, __m512i acc[])
{
#pragma GCC unroll 8
    for (int g = begin; g < begin + n_groups; g++) {
        const __m512i w = unpack_group(kind.codes, p, g);
#pragma GCC unroll 12
        for (int t = 0; t < kind.n; t++) {
            acc[t] = dot(acc[t], w, x->q + t * KERNEL_BLOCK + 4 * g);
        }
    }
}

/* One block of one panel with the codes at p and one scale for all of its columns; of a superblock
 * the sums are the superblock's. */
ALWAYS_INLINE void multiply_whole(block_kind kind, const uint8_t *p, const row_scales *s,
                                  const token_block *x, __m512 sums[])
{
    __m512i acc[KERNEL_TILE];
#pragma GCC unroll 12
    for (int t = 0; t < kind.n; t++) {
        acc[t] = first_accumulator(kind, x, t);
    }
    multiply_groups(kind, p, 0, N_GROUPS, x, acc);
#pragma GCC unroll 12
    for (int t = 0; t < kind.n; t++) {
        if (panel_is_super(kind.class)) {
            sums[t] = add_part(s->sub_scale[0], acc[t], x, t, sums[t]);
        } else {
            sums[t] = add_scaled(kind.class, s, acc[t], x, t, sums[t]);
        }
    }
}

/* One block with scales for its halves. */
ALWAYS_INLINE void multiply_halves(block_kind kind, const uint8_t *p, const row_scales *s,
                                   const token_block *x, __m512 sums[])
{
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        __m512i acc[KERNEL_TILE];
#pragma GCC unroll 12
        for (int t = 0; t < kind.n; t++) {
            acc[t] = first_half_accumulator(kind, x, t, half);
        }
        multiply_groups(kind, p, half * N_GROUPS / 2, N_GROUPS / 2, x, acc);
#pragma GCC unroll 12
        for (int t = 0; t < kind.n; t++) {
            sums[t] = add_part(s->sub_scale[half], acc[t], x, t, sums[t]);
        }
    }
}

ALWAYS_INLINE void multiply_block(block_kind kind, const uint8_t *p, const row_scales *s,
                                  const token_block *x, __m512 sums[])
{
    if (kind.class == CLASS_SUB || kind.class == CLASS_SUB_MINIMUM) {
        multiply_halves(kind, p, s, x, sums);
    } else {
        multiply_whole(kind, p, s, x, sums);
    }
}

/* y = sum (+ bias) (+ y) for one token and the rows of one panel. */
ALWAYS_INLINE void store_rows(__m512 sum, __mmask16 rows, const float *bias, bool accumulate,
                              float *y)
{
    if (bias != NULL) {
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(rows, bias));
    }
    if (accumulate) {
        sum = _mm512_add_ps(_mm512_maskz_loadu_ps(rows, y), sum);
    }
    _mm512_mask_storeu_ps(y, rows, sum);
}

static __mmask16 rows_of_panel(const packed_matrix *w, size_t i_panel)
{
    const size_t left = w->n_rows - i_panel * KERNEL_PANEL_ROWS;
    return left >= KERNEL_PANEL_ROWS ? 0xFFFF : (__mmask16)((1u << left) - 1);
}

/* With several tokens the core computes too long to run far enough ahead by itself. */
ALWAYS_INLINE void prefetch(const uint8_t *p, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i += 64) {
        _mm_prefetch((const char *)p + i, _MM_HINT_T0);
    }
}

/* n tokens (a constant) over the superblock at p; returns where the next one is. */
ALWAYS_INLINE const uint8_t *stream_super(panel_format_info f, int n, const uint8_t *p,
                                          size_t ahead, token_block *x, __m512 sums[])
{
    const size_t head_bytes = panel_head_bytes(f.scales);
    const size_t code_bytes = panel_code_bytes(f.codes);
    const block_kind kind = {f.codes, f.class, f.offset, false, n};
    panel_integers integers;
    super_scales super;
    __m512 inner[COLUMNS];
    load_super(f.scales, p, &integers, &super);
    if (n > 1) {
        prefetch(p + ahead, head_bytes);
    }
    p += head_bytes;
#pragma GCC unroll 8
    for (int t = 0; t < n; t++) {
        inner[t] = _mm512_setzero_ps();
    }
    for (size_t i = 0; i < KERNEL_SUPER; i++) {
        row_scales s;
        if (n > 1) {
            prefetch(p + ahead, code_bytes);
        }
        load_sub_scales(f.scales, &integers, i, &s);
        multiply_block(kind, p, &s, x, inner);
        p += code_bytes;
        skip_block(x, x->width, false);
    }
#pragma GCC unroll 8
    for (int t = 0; t < n; t++) {
        sums[t] = add_super(f.class, &super, inner[t], x, t, sums[t]);
    }
    skip_super(x, x->width);
    return p;
}

ALWAYS_INLINE const uint8_t *stream_block(panel_format_info f, int n, const uint8_t *p,
                                          size_t ahead, token_block *x, __m512 sums[])
{
    const size_t code_bytes = panel_code_bytes(f.codes);
    const block_kind kind = {f.codes, f.class, f.offset, false, n};
    row_scales s;
    if (n > 1) {
        prefetch(p + ahead, code_bytes + panel_scale_bytes(f.scales));
    }
    load_scales(f.scales, p + code_bytes, &s);
    multiply_block(kind, p, &s, x, sums);
    skip_block(x, x->width, false);
    return p + code_bytes + panel_scale_bytes(f.scales);
}

/* n tokens (a constant) from `first` over a packed panel; `ahead`: how far to prefetch. sums [n][16]
 * are written. */
ALWAYS_INLINE void stream_panel(panel_format format, int n, const uint8_t *p, const activations *a,
                                size_t first, size_t ahead, float *out_sums)
{
    const panel_format_info f = PANEL_FORMATS[format];
    token_block x = token_block_at(a, first, first, a->n);
    __m512 sums[COLUMNS];
#pragma GCC unroll 8
    for (int t = 0; t < n; t++) {
        sums[t] = _mm512_setzero_ps();
    }
    if (panel_is_super(f.class)) {
        for (size_t i = 0; i < a->n_blocks / KERNEL_SUPER; i++) {
            p = stream_super(f, n, p, ahead, &x, sums);
        }
    } else {
        for (size_t b = 0; b < a->n_blocks; b++) {
            p = stream_block(f, n, p, ahead, &x, sums);
        }
    }
#pragma GCC unroll 8
    for (int t = 0; t < n; t++) {
        _mm512_store_ps(out_sums + 16 * t, sums[t]);
    }
}

typedef void (*stream_kernel)(const uint8_t *panel, const activations *x, size_t first,
                              size_t ahead, float *out_sums);

#define STREAM(format, n)                                                                          \
    static void stream_##format##_##n(const uint8_t *panel, const activations *x, size_t first,    \
                                      size_t ahead, float *out_sums)                               \
    {                                                                                              \
        stream_panel(PANEL_##format, n, panel, x, first, ahead, out_sums);                         \
    }

#define STREAMS(format)                                                                            \
    STREAM(format, 1)                                                                              \
    STREAM(format, 2)                                                                              \
    STREAM(format, 3)                                                                              \
    STREAM(format, 4)                                                                              \
    STREAM(format, 5)                                                                              \
    STREAM(format, 6)                                                                              \
    STREAM(format, 7)                                                                              \
    STREAM(format, 8)

STREAMS(Q4_0)
STREAMS(Q4_1)
STREAMS(Q5_0)
STREAMS(Q5_1)
STREAMS(Q8_0)
STREAMS(Q2_K)
STREAMS(Q3_K)
STREAMS(Q4_K)
STREAMS(Q5_K)
STREAMS(Q6_K)
STREAMS(IQ4_NL)
STREAMS(IQ4_XS)
STREAMS(MXFP4)

#define STREAM_ROW(format)                                                                         \
    [PANEL_##format] = {stream_##format##_1, stream_##format##_2, stream_##format##_3,             \
                        stream_##format##_4, stream_##format##_5, stream_##format##_6,             \
                        stream_##format##_7, stream_##format##_8}

static const stream_kernel STREAM_KERNELS[PANEL_F32][COLUMNS] = {
    STREAM_ROW(Q4_0),   STREAM_ROW(Q4_1),   STREAM_ROW(Q5_0),  STREAM_ROW(Q5_1), STREAM_ROW(Q8_0),
    STREAM_ROW(Q2_K),   STREAM_ROW(Q3_K),   STREAM_ROW(Q4_K),  STREAM_ROW(Q5_K), STREAM_ROW(Q6_K),
    STREAM_ROW(IQ4_NL), STREAM_ROW(IQ4_XS), STREAM_ROW(MXFP4),
};

/* Tokens of the next pass when n are left: 9 are 3 + 3 + 3, not 4 + 4 + 1. */
static size_t pass_tokens(size_t n, size_t most)
{
    const size_t n_passes = (n + most - 1) / most;
    return (n + n_passes - 1) / n_passes;
}

static void multiply_few(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                         const activations *x, float *y, size_t y_stride,
                         const matmul_options *options)
{
    for (size_t i = panel_begin; i < panel_end; i++) {
        UNINITIALIZED _Alignas(64) float sums[FEW_TOKENS][KERNEL_PANEL_ROWS];
        const size_t row = i * KERNEL_PANEL_ROWS;
        const __mmask16 rows = rows_of_panel(w, i);
        const float *const bias = options->bias != NULL ? options->bias + row : NULL;
        for (size_t first = 0, n = 0; first < x->n; first += n) {
            n = pass_tokens(x->n - first, COLUMNS);
            /* Passes after the first find the panel in cache and fetch the next one. */
            STREAM_KERNELS[w->format][n - 1](w->data + i * w->panel_bytes, x, first,
                                             first == 0 ? PREFETCH : w->panel_bytes, sums[first]);
        }
        for (size_t t = 0; t < x->n; t++) {
            store_rows(_mm512_load_ps(sums[t]), rows, bias, options->accumulate,
                       y + t * y_stride + row);
        }
    }
}

/* A K panel of 16 rows, unpacked. */
typedef struct unpacked_panel {
    uint8_t codes[K_BLOCKS][N_GROUPS][PANEL_VECTOR];
    row_scales scales[K_BLOCKS];
    super_scales supers[K_BLOCKS / KERNEL_SUPER];
} unpacked_panel;

ALWAYS_INLINE void unpack_panel(panel_format format, const uint8_t *panel, size_t first,
                                size_t n_blocks, unpacked_panel *out)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const size_t head_bytes = panel_head_bytes(f.scales);
    const size_t code_bytes = panel_code_bytes(f.codes);
    const uint8_t *p = panel + panel_block_offset(&f, first) - head_bytes;
    panel_integers integers;
    for (size_t b = 0; b < n_blocks; b++) {
        if (head_bytes != 0 && b % KERNEL_SUPER == 0) {
            load_super(f.scales, p, &integers, &out->supers[b / KERNEL_SUPER]);
            p += head_bytes;
        }
        if (head_bytes != 0) {
            load_sub_scales(f.scales, &integers, b % KERNEL_SUPER, &out->scales[b]);
        } else {
            load_scales(f.scales, p + code_bytes, &out->scales[b]);
        }
#pragma GCC unroll 8
        for (int g = 0; g < N_GROUPS; g++) {
            _mm512_store_si512(out->codes[b][g], unpack_group(f.codes, p, g));
        }
        p += code_bytes + panel_scale_bytes(f.scales);
    }
}

typedef void (*unpack_kernel)(const uint8_t *panel, size_t first, size_t n_blocks,
                              unpacked_panel *out);

#define UNPACK(format)                                                                             \
    static void unpack_##format(const uint8_t *panel, size_t first, size_t n_blocks,               \
                                unpacked_panel *out)                                               \
    {                                                                                              \
        unpack_panel(PANEL_##format, panel, first, n_blocks, out);                                 \
    }

UNPACK(Q4_0)
UNPACK(Q4_1)
UNPACK(Q5_0)
UNPACK(Q5_1)
UNPACK(Q8_0)
UNPACK(Q2_K)
UNPACK(Q3_K)
UNPACK(Q4_K)
UNPACK(Q5_K)
UNPACK(Q6_K)
UNPACK(IQ4_NL)
UNPACK(IQ4_XS)
UNPACK(MXFP4)

static const unpack_kernel UNPACK_KERNELS[PANEL_F32] = {
    [PANEL_Q4_0] = unpack_Q4_0,   [PANEL_Q4_1] = unpack_Q4_1,     [PANEL_Q5_0] = unpack_Q5_0,
    [PANEL_Q5_1] = unpack_Q5_1,   [PANEL_Q8_0] = unpack_Q8_0,     [PANEL_Q2_K] = unpack_Q2_K,
    [PANEL_Q3_K] = unpack_Q3_K,   [PANEL_Q4_K] = unpack_Q4_K,     [PANEL_Q5_K] = unpack_Q5_K,
    [PANEL_Q6_K] = unpack_Q6_K,   [PANEL_IQ4_NL] = unpack_IQ4_NL, [PANEL_IQ4_XS] = unpack_IQ4_XS,
    [PANEL_MXFP4] = unpack_MXFP4,
};

typedef void (*tile_kernel)(const unpacked_panel *w, size_t n_blocks, const token_block *tokens,
                            float *sums);

/* The kind of the kernels of a class. Formats with minimums have no offset; else the starts hold it. */
ALWAYS_INLINE block_kind tile_kind(panel_class class, int n)
{
    const bool starts = class == CLASS_SCALE || class == CLASS_SUPER || class == CLASS_SUB;
    return (block_kind){CODES_BYTE, class, starts ? 1 : 0, true, n};
}

/* 16 rows x n tokens (a constant) over one K panel of blocks. sums [n][16]. */
ALWAYS_INLINE void multiply_blocks(panel_class class, int n, const unpacked_panel *w,
                                   size_t n_blocks, const token_block *tokens, float *sums)
{
    const block_kind kind = tile_kind(class, n);
    token_block x = *tokens;
    __m512 acc[KERNEL_TILE];
#pragma GCC unroll 12
    for (int t = 0; t < n; t++) {
        acc[t] = _mm512_load_ps(sums + 16 * t);
    }
    for (size_t b = 0; b < n_blocks; b++) {
        multiply_block(kind, w->codes[b][0], &w->scales[b], &x, acc);
        skip_block(&x, n == KERNEL_TILE ? KERNEL_TILE : x.width, true);
    }
#pragma GCC unroll 12
    for (int t = 0; t < n; t++) {
        _mm512_store_ps(sums + 16 * t, acc[t]);
    }
}

/* The same of superblocks: registers hold the sums of one, memory those of all. */
ALWAYS_INLINE void multiply_supers(panel_class class, int n, const unpacked_panel *w,
                                   size_t n_blocks, const token_block *tokens, float *sums)
{
    const block_kind kind = tile_kind(class, n);
    token_block x = *tokens;
    const size_t width = n == KERNEL_TILE ? KERNEL_TILE : x.width;
    for (size_t b = 0; b < n_blocks;) {
        __m512 inner[KERNEL_TILE];
#pragma GCC unroll 12
        for (int t = 0; t < n; t++) {
            inner[t] = _mm512_setzero_ps();
        }
        const super_scales *const super = &w->supers[b / KERNEL_SUPER];
        forget_loads();
        for (size_t end = b + KERNEL_SUPER; b < end; b++) {
            multiply_block(kind, w->codes[b][0], &w->scales[b], &x, inner);
            skip_block(&x, width, true);
        }
#pragma GCC unroll 12
        for (int t = 0; t < n; t++) {
            const __m512 acc = _mm512_load_ps(sums + 16 * t);
            _mm512_store_ps(sums + 16 * t, add_super(class, super, inner[t], &x, t, acc));
        }
        skip_super(&x, width);
    }
}

ALWAYS_INLINE void multiply_tile(panel_class class, int n, const unpacked_panel *w, size_t n_blocks,
                                 const token_block *tokens, float *sums)
{
    if (panel_is_super(class)) {
        multiply_supers(class, n, w, n_blocks, tokens, sums);
    } else {
        multiply_blocks(class, n, w, n_blocks, tokens, sums);
    }
}

#define TILE(class, n)                                                                             \
    static void tile_##class##_##n(const unpacked_panel *w, size_t n_blocks,                       \
                                   const token_block *tokens, float *sums)                         \
    {                                                                                              \
        multiply_tile(CLASS_##class, n, w, n_blocks, tokens, sums);                                \
    }

#define TILES(class)                                                                               \
    TILE(class, 1)                                                                                 \
    TILE(class, 2)                                                                                 \
    TILE(class, 3)                                                                                 \
    TILE(class, 4)                                                                                 \
    TILE(class, 5)                                                                                 \
    TILE(class, 6)                                                                                 \
    TILE(class, 12)

TILES(SCALE)
TILES(MINIMUM)
TILES(SUPER)
TILES(SUPER_MINIMUM)
TILES(SUB)
TILES(SUB_MINIMUM)

#define TILE_ROW(class)                                                                            \
    [CLASS_##class] = {tile_##class##_1,                                                           \
                       tile_##class##_2,                                                           \
                       tile_##class##_3,                                                           \
                       tile_##class##_4,                                                           \
                       tile_##class##_5,                                                           \
                       tile_##class##_6,                                                           \
                       [KERNEL_TILE - 1] = tile_##class##_12}

/* [n - 1]: full tiles, and passes over tiles that are not. */
static const tile_kernel TILE_KERNELS[CLASS_FLOAT][KERNEL_TILE] = {
    TILE_ROW(SCALE),         TILE_ROW(MINIMUM), TILE_ROW(SUPER),
    TILE_ROW(SUPER_MINIMUM), TILE_ROW(SUB),     TILE_ROW(SUB_MINIMUM),
};

/* Sums of a chunk of tokens for a group of panels, carried from K panel to K panel. */
typedef struct chunk_sums {
    float sum[CHUNK_TILES][PANEL_GROUP][KERNEL_TILE][KERNEL_PANEL_ROWS];
} chunk_sums;

typedef struct tile_job {
    const packed_matrix *w;
    const activations *x;
    size_t first_panel, n_panels; /* the group */
    size_t first_tile, n_tiles;   /* the chunk */
} tile_job;

/* Where the accumulators of a tile begin in each block of a K panel. */
typedef struct tile_starts {
    _Alignas(64) int32_t start[K_BLOCKS * KERNEL_TILE + 16];
    _Alignas(64) int32_t half_start[2 * K_BLOCKS * KERNEL_TILE + 16];
} tile_starts;

/* n_blocks activation blocks of a tile from `first` on, with their starts made ready in *starts. */
static token_block prepare_tile(const activations *x, const panel_format_info *f, size_t tile,
                                size_t first, size_t n_blocks, tile_starts *starts)
{
    const size_t width = activations_tile_width(x, tile);
    const size_t index = tile * KERNEL_TILE * x->n_blocks + first * width;
    const size_t super = activations_super_index(x, tile * KERNEL_TILE, first / KERNEL_SUPER);
    const size_t n = n_blocks * width;
    token_block tokens = token_block_at(x, index, super, width);
    tokens.start = starts->start;
    tokens.half_start = starts->half_start;
    if (f->class == CLASS_SCALE || f->class == CLASS_SUPER) {
        for (size_t i = 0; i < n; i += 16) {
            const __m512i sums = _mm512_loadu_si512(x->negative_sum + index + i);
            const unsigned shift = (unsigned)__builtin_ctz((unsigned)f->offset);
            _mm512_store_si512(starts->start + i, _mm512_slli_epi32(sums, shift));
        }
    } else if (f->class == CLASS_SUB) {
        const __m512i factor = _mm512_set1_epi16((int16_t)-f->offset);
        for (size_t i = 0; i < 2 * n; i += 16) {
            const __m512i pairs = _mm512_loadu_si512(x->part + 4 * index + 2 * i);
            _mm512_store_si512(starts->half_start + i, _mm512_madd_epi16(pairs, factor));
        }
    }
    return tokens;
}

/* The packed bytes that are unpacked next, brought to L2 while tiles are multiplied. */
typedef struct upcoming {
    const uint8_t *begin; /* of the first panel */
    size_t panel_bytes, n_panels;
    size_t n_bytes; /* of each panel */
} upcoming;

static upcoming find_upcoming(const tile_job *job, size_t next_block)
{
    const packed_matrix *const w = job->w;
    const panel_format_info *const f = &PANEL_FORMATS[w->format];
    const size_t n_blocks = w->n_cols / KERNEL_BLOCK;
    const bool same_panels = next_block < n_blocks;
    const size_t panel = same_panels ? job->first_panel : job->first_panel + job->n_panels;
    const size_t block = same_panels ? next_block : 0;
    const size_t end = block + K_BLOCKS < n_blocks ? block + K_BLOCKS : n_blocks;
    const size_t panels_left = w->n_panels - panel;
    return (upcoming){
        .begin = w->data + panel * w->panel_bytes + panel_block_offset(f, block),
        .panel_bytes = w->panel_bytes,
        .n_panels = panels_left < PANEL_GROUP ? panels_left : PANEL_GROUP,
        .n_bytes = panel_block_offset(f, end) - panel_block_offset(f, block),
    };
}

/* Share i of n. */
static void prefetch_share(const upcoming *u, size_t i, size_t n)
{
    for (size_t panel = 0; panel < u->n_panels; panel++) {
        const uint8_t *const p = u->begin + panel * u->panel_bytes;
        for (size_t at = u->n_bytes * i / n; at < u->n_bytes * (i + 1) / n; at += 64) {
            _mm_prefetch((const char *)p + at, _MM_HINT_T1);
        }
    }
}

/* One K panel of a group of panels for all tiles of a chunk. */
static void multiply_k_panel(const tile_job *job, size_t first_block, size_t n_blocks,
                             unpacked_panel unpacked[PANEL_GROUP], chunk_sums *sums)
{
    const upcoming next = find_upcoming(job, first_block + n_blocks);
    const packed_matrix *const w = job->w;
    const activations *const x = job->x;
    const panel_format_info *const f = &PANEL_FORMATS[w->format];
    for (size_t i = 0; i < job->n_panels; i++) {
        UNPACK_KERNELS[w->format](w->data + (job->first_panel + i) * w->panel_bytes, first_block,
                                  n_blocks, &unpacked[i]);
    }
    for (size_t j = 0; j < job->n_tiles; j++) {
        const size_t tile = job->first_tile + j;
        const size_t width = activations_tile_width(x, tile);
        UNINITIALIZED tile_starts starts;
        token_block tokens = prepare_tile(x, f, tile, first_block, n_blocks, &starts);
        prefetch_share(&next, j, job->n_tiles);
        for (size_t t = 0, n = 0; t < width; t += n) {
            n = width == KERNEL_TILE ? width : pass_tokens(width - t, REST_COLUMNS);
            for (size_t i = 0; i < job->n_panels; i++) {
                TILE_KERNELS[f->class][n - 1](&unpacked[i], n_blocks, &tokens, sums->sum[j][i][t]);
            }
            skip_block(&tokens, n, true);
            skip_super(&tokens, n);
        }
    }
}

static void store_chunk(const tile_job *job, const chunk_sums *sums, float *y, size_t y_stride,
                        const matmul_options *options)
{
    for (size_t j = 0; j < job->n_tiles; j++) {
        const size_t width = activations_tile_width(job->x, job->first_tile + j);
        const size_t first_token = (job->first_tile + j) * KERNEL_TILE;
        for (size_t i = 0; i < job->n_panels; i++) {
            const size_t row = (job->first_panel + i) * KERNEL_PANEL_ROWS;
            const __mmask16 rows = rows_of_panel(job->w, job->first_panel + i);
            const float *const bias = options->bias != NULL ? options->bias + row : NULL;
            for (size_t t = 0; t < width; t++) {
                store_rows(_mm512_load_ps(sums->sum[j][i][t]), rows, bias, options->accumulate,
                           y + (first_token + t) * y_stride + row);
            }
        }
    }
}

static void multiply_many(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                          const activations *x, float *y, size_t y_stride,
                          const matmul_options *options)
{
    UNINITIALIZED _Alignas(64) unpacked_panel unpacked[PANEL_GROUP];
    UNINITIALIZED _Alignas(64) chunk_sums sums;
    const size_t n_tiles = (x->n + KERNEL_TILE - 1) / KERNEL_TILE;
    for (size_t tile = 0; tile < n_tiles; tile += CHUNK_TILES) {
        for (size_t panel = panel_begin; panel < panel_end; panel += PANEL_GROUP) {
            const size_t panels_left = panel_end - panel;
            const size_t tiles_left = n_tiles - tile;
            const tile_job job = {
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

void avx512_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                   const activations *x, float *y, size_t y_stride, const matmul_options *options)
{
    if (PANEL_FORMATS[w->format].class == CLASS_FLOAT) {
        avx512_matmul_float(w, panel_begin, panel_end, x, y, y_stride, options);
    } else if (x->n <= FEW_TOKENS) {
        multiply_few(w, panel_begin, panel_end, x, y, y_stride, options);
    } else {
        multiply_many(w, panel_begin, panel_end, x, y, y_stride, options);
    }
}
