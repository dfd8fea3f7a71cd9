/*
 * kernel.h - the op table: every numeric kernel of huis, one table per instruction set level.
 *
 * Rows (outputs) of a weight matrix are held in panels of 16, packed once when a model is loaded.
 * Activations are quantised to int8 per 32 values, for weights with superblocks of 256 columns by scales
 * that are one scale per 256 values times powers of two. The plain C level (ref/) is the definition: every
 * other level gives the same bits, because the int8 sums are exact and every float step is one fmaf
 * in a fixed order; a reduction over floats keeps 16 partial sums (lane = index mod 16) that are
 * added pairwise (8+8, 4+4, 2+2, 1+1). Which thread computes a panel, how many tokens are given at
 * once and how a prompt is cut never change a bit of the result (docs/kernel.md).
 *
 * Kernels trust their arguments: sizes were checked when the model was loaded, floats are finite.
 * They do not allocate and need at most 256 KiB of stack.
 */
#ifndef HUIS_KERNEL_KERNEL_H
#define HUIS_KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"
#include "tensor/type.h"

enum {
    KERNEL_PANEL_ROWS = 16,
    KERNEL_BLOCK = 32,     /* values that share one activation scale */
    KERNEL_SUPER = 8,      /* blocks of a superblock */
    KERNEL_TILE = 12,      /* tokens of one activation tile */
    KERNEL_KEY_PANEL = 16, /* keys of one panel of the KV cache */
    KERNEL_KEY_BLOCK = 128 /* keys that share one softmax, before they are merged */
};

/* A packed weight matrix of n_rows x n_cols (y = W x: n_cols inputs, n_rows outputs). */
typedef struct packed_matrix {
    const unsigned char *data;
    size_t n_rows, n_cols, n_panels;
    size_t panel_bytes;
    uint32_t format; /* a panel_format of kernel/panel.h */
} packed_matrix;

/* n rows of floats and their int8 form. Tokens are grouped in tiles of KERNEL_TILE (the last tile
 * holds the rest); a tile of `width` tokens keeps block after block: q [n_blocks][width][32], part
 * [n_blocks][width][4], the others [n_blocks][width]; of superblocks base [n_supers][width], whole
 * [n_supers][width][8], halves [n_supers][width][16]. Only the kernels look inside. */
typedef struct activations {
    int8_t *q;
    float *scale;          /* x = scale * q */
    float *scaled_sum;     /* scale * sum of the 32 q of a block */
    int32_t *negative_sum; /* -sum: where accumulators start, times the offset of the codes */
    int16_t *part;         /* sums of 8 q each: [half of the block][(k mod 4) / 2] */
    /* With in_supers only: scale = base * power, power = 2^exponent, exponent -15 to 0. */
    float *base, *power, *exponent;
    int16_t *halves; /* 8 * power * sum of the 16 q of a half, rounded */
    int16_t *whole;  /* of a block: the sum of its halves */
    bool in_supers;
    const float *x; /* [n][x_stride]: float weights read the rows themselves */
    size_t x_stride, n, n_cols, n_blocks;
    size_t n_values_max; /* room */
} activations;

/* What is added to a product: y = W x (+ bias) (+ y as it was), in this order. */
typedef struct matmul_options {
    const float *bias; /* [n_rows] or NULL */
    bool accumulate;   /* add to y: the residual */
} matmul_options;

typedef struct attention_args attention_args;

typedef struct kernel_ops {
    const char *level; /* "c", "avx2", "avxvnni", "avx512vnni", "neon" */

    /* Quantises rows [begin, end) of a->x (activations_set first). Threads may share the rows. */
    void (*quantise)(const activations *a, size_t begin, size_t end);
    /* Panels [panel_begin, panel_end) of y [x->n][y_stride]; column r of y is output row r. */
    void (*matmul)(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                   const activations *x, float *y, size_t y_stride, const matmul_options *options);
    /* out = x / rms(x) * weight, one token; n values; out may be x. (Zhang and Sennrich 2019) */
    void (*rms_norm)(const float *x, const float *weight, size_t n, float epsilon, float *out);
    /* out = silu(gate) * up; out may be gate or up. */
    void (*silu_mul)(const float *gate, const float *up, size_t n, float *out);
    /* y += x. */
    void (*add)(float *y, const float *x, size_t n);
    /* Rotary embedding of one head in place (Su et al. 2021). cos, sin [n_rot / 2]; pairs are (2i,
     * 2i+1) with `interleaved` (llama in GGUF), else (i, i + n_rot / 2) (neox: qwen). */
    void (*rope)(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved);
    /* Stores one token of one KV head, k and v [head_dim], at `position` of the head's cache. */
    void (*store_kv)(const float *k, const float *v, size_t head_dim, size_t position,
                     unsigned char *kv);
    /* See attention_args. */
    void (*attention)(const attention_args *args);
    /* Key blocks [begin, end) alone, to their place in args->parts; blocks that a token does not see
     * are left as they are. Threads may share the blocks. */
    void (*attention_split)(const attention_args *args, size_t begin, size_t end);
    /* What attention() would have said, from the parts of all blocks. */
    void (*attention_join)(const attention_args *args);
} kernel_ops;

/* Causal attention of the query heads that share one KV head, for a run of tokens. Keys are visited
 * in blocks at fixed positions (multiples of KERNEL_KEY_BLOCK); each block has a softmax of its own
 * (Dao et al. 2022), and the blocks are merged in order, so that the bits depend neither on how a
 * prompt was cut nor on who computed which block. What lies beyond the last position of the cache may
 * be uninitialised. */
struct attention_args {
    const float *q; /* [n_tokens][q_stride]: the group's heads, head_dim each */
    size_t q_stride;
    const unsigned char *kv; /* one KV head, all positions: kernel_kv_bytes, 64-byte aligned */
    float *out;              /* [n_tokens][out_stride]; must not overlap q */
    size_t out_stride;
    size_t n_tokens; /* tokens first_position ... first_position + n_tokens - 1 */
    size_t first_position;
    size_t n_group;  /* query heads per KV head */
    size_t head_dim; /* a multiple of 16, at most 1024 */
    float scale;     /* of the scores: 1 / sqrt(head_dim) */
    float *scratch;  /* kernel_attention_scratch_floats() floats, 64-byte aligned, per thread */
    /* For attention_split and attention_join: [n_tokens][n_group][n_blocks_max][part floats], with
     * n_blocks_max blocks or more up to the last position; 64-byte aligned. */
    float *parts;
    size_t n_blocks_max;
};

size_t kernel_attention_scratch_floats(size_t n_group, size_t head_dim);
/* Floats of one query's part of one block. */
size_t kernel_attention_part_floats(size_t head_dim);
/* Bytes of the keys and values of one KV head: whole panels of KERNEL_KEY_PANEL positions. */
size_t kernel_kv_bytes(size_t head_dim, size_t n_positions);
/* Clears in 64-byte vector i of a panel (its bytes, at `vector`) what belongs to key n_keys of the
 * panel and later ones, so that it can be shown to others. */
void kernel_kv_clear(size_t head_dim, size_t i_vector, size_t n_keys, unsigned char *vector);

/* The best level of this processor, or the one named; NULL: that level does not exist here. */
const kernel_ops *kernel_select(const char *level);
/* The i-th level that this processor can run, best first; NULL past the end. */
const kernel_ops *kernel_level_at(size_t i);

/* Bytes of a packed matrix of any tensor type; n_cols is a multiple of 32 and of the type's block;
 * n_rows may be anything (the last panel is padded). BAD_ARGUMENT, UNSUPPORTED, LIMIT. */
int kernel_packed_bytes(tensor_type type, size_t n_rows, size_t n_cols, size_t *out_bytes,
                        huis_error *err);
/* Packs panels [panel_begin, panel_end), so that threads can share the work; the same arguments
 * otherwise. `src` holds n_rows rows as in the file. `memory` (64-byte aligned) stays the caller's
 * and must outlive the matrix. out_matrix is written by every call alike. */
int kernel_pack(packed_matrix *out_matrix, tensor_type type, const void *src, size_t n_rows,
                size_t n_cols, unsigned char *memory, size_t panel_begin, size_t panel_end,
                huis_error *err);
/* A matrix that was packed before: `data` (64-byte aligned) holds kernel_packed_bytes of it, stays the
 * caller's and must outlive the matrix. Any bytes are safe to compute with. */
int kernel_use_packed(packed_matrix *out_matrix, tensor_type type, size_t n_rows, size_t n_cols,
                      const unsigned char *data, huis_error *err);
/* Panels [begin, end) as a matrix of their own. */
static inline packed_matrix kernel_panels(const packed_matrix *w, size_t begin, size_t end)
{
    packed_matrix part = *w;
    const size_t last = end * KERNEL_PANEL_ROWS;
    part.data += begin * w->panel_bytes;
    part.n_panels = end - begin;
    part.n_rows = (last < w->n_rows ? last : w->n_rows) - begin * KERNEL_PANEL_ROWS;
    return part;
}
/* Row `row` of a packed matrix as floats: embedding look-up from a tied head. */
void kernel_unpack_row(const packed_matrix *w, size_t row, float *out);

/* Memory for up to n_values_max = n x n_cols values (base/memory.h); any shape within it. */
int activations_init(activations *a, size_t n_values_max, huis_error *err);
void activations_deinit(activations *a);
/* The rows that `quantise` will read and their shape. x must stay until the last matmul of float
 * weights. Threads may each hold a copy of the struct that was set alike. in_supers: for products with
 * weights of which one is_super at least (the others can take such activations, too). */
void activations_set(activations *a, const float *x, size_t x_stride, size_t n, size_t n_cols,
                     bool in_supers);
/* These weights need activations in superblocks. */
bool kernel_is_super(const packed_matrix *w);

#endif
