/*
 * weights.h - the packed weights of a model in one block of memory.
 *
 * Loading asks the kernels how large each matrix becomes, takes one block (2 MB pages where the
 * system gives them) and packs into it with all threads. Afterwards the file is not needed.
 */
#ifndef HUIS_ENGINE_WEIGHTS_H
#define HUIS_ENGINE_WEIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/pool.h"
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
    layer_weights *layers;    /* [n_layers] */
    packed_matrix head;       // [n_vocab] rows
    const float *output_norm; // [n_embd]
    /* Rows of token_embd as in the file; NULL: tied, taken from the head. */
    const unsigned char *embd_rows;
    const tensor_type_info *embd_type;
    size_t embd_row_bytes, n_embd;
    unsigned char *memory; /* holds all of the above but `layers` */
    size_t memory_bytes;
} weights;

/* With `drop_pages`, pages of the file are given back to the system as soon as they are packed: the
 * file must then be a read-only mapping. */
int weights_load(weights *out_weights, const arch_model *m, const gguf_table *table, pool *team,
                 bool drop_pages, huis_error *err);
void weights_deinit(weights *w);
/* The embedding of a token: out [n_embd]. */
void weights_embed(const weights *w, uint32_t token, float *out);

#endif
