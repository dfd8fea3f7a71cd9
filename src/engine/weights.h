/*
 * weights.h - the packed weights of a model in one block of memory, or in a mapped cache file.
 *
 * Loading asks the kernels how large each matrix becomes, takes one block (2 MB pages where the
 * system gives them) and packs into it with all threads. Afterwards the file is not needed. A cache
 * file (base/cache_file.h) whose sections are exactly those that would be made is used instead.
 */
#ifndef HUIS_ENGINE_WEIGHTS_H
#define HUIS_ENGINE_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/cache_file.h"
#include "base/pool.h"
#include "engine/coarse.h"
#include "engine/sparse.h"
#include "huis/error.h"
#include "kernel/kernel.h"

typedef struct layer_weights {
    packed_matrix q, k, v, output;         // [n_heads * head_dim | KV | KV | n_embd] rows
    packed_matrix gate, up, down;          // [n_ff | n_ff | n_embd] rows
    const float *attn_norm, *ffn_norm;     // [n_embd]
    const float *q_bias, *k_bias, *v_bias; // one a row, or NULL
    bool use_rope;
} layer_weights;

typedef struct weights {
    layer_weights *layers;     /* [n_layers] */
    packed_matrix head;        // [n_vocab] rows
    coarse_matrix coarse_head; /* of a large head; else none */
    size_t coarse_min_bytes;
    const float *output_norm; // [n_embd]
    /* Rows of token_embd as in the file; NULL: tied, taken from the head. */
    const unsigned char *embd_rows;
    const tensor_type_info *embd_type;
    size_t embd_row_bytes, n_embd;
    sparse_part embd_part, head_part; /* of a cache file; fd 0: read as they are mapped */
    unsigned char *row;               /* [embd_row_bytes or a panel]: room for one that was read */
    unsigned char *memory; /* holds all of the above but `layers`; NULL: a cache file does */
    size_t memory_bytes;
    cache_section *sections;     /* [n_sections] what a cache file of them holds, from offset 0 */
    const unsigned char **parts; /* [n_sections] */
    uint32_t n_sections;
} weights;

/* The sections of a checked cache file that hold weights. */
typedef struct packed_weights {
    const unsigned char *data;     /* of the whole file */
    int fd;                        /* of the same file; 0: not open */
    const cache_section *sections; /* NULL: there is none */
    uint32_t n_sections;
} packed_weights;

enum { WEIGHTS_ALIGNMENT = 2 * 1024 * 1024 /* of the block, also in a file: a huge page */ };

typedef struct weights_options {
    bool drop_pages; /* the file is a read-only mapping: give its pages back as they are packed */
    size_t coarse_min_bytes; /* from what size in the file on a head gets a coarse copy */
} weights_options;

int weights_load(weights *out_weights, const arch_model *m, const gguf_table *table, pool *team,
                 const weights_options *options, huis_error *err);
/* The weights of a cache file, which must outlive them. BAD_FILE: not exactly what weights_load would
 * make of this model. */
int weights_attach(weights *out_weights, const arch_model *m, const packed_weights *packed,
                   const weights_options *options, huis_error *err);
void weights_deinit(weights *w);
/* The embedding of a token: out [n_embd]. */
void weights_embed(const weights *w, uint32_t token, float *out);

#endif
