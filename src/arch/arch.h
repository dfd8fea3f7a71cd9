/*
 * arch.h - model families as data: from a GGUF table to a checked description of the model.
 *
 * A family is one file that names its tensors, their shapes and its layer recipe, and one row in
 * the table of arch.c. arch_open reads the hyperparameters, refuses what huis would compute wrongly
 * (unknown family, scaling, tensor), and finds every tensor with exactly the expected shape, so
 * that nothing above needs to check sizes again. It computes nothing and copies no weights.
 */
#ifndef HUIS_ARCH_ARCH_H
#define HUIS_ARCH_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "format/gguf.h"
#include "huis/error.h"

/* Sizes that shapes are made of. */
typedef enum arch_dim {
    ARCH_ONE,      /* 1: the second dimension of a vector */
    ARCH_EMBD,     /* n_embd */
    ARCH_Q,        /* n_heads * head_dim */
    ARCH_KV,       /* n_kv_heads * head_dim */
    ARCH_FF,       /* n_ff */
    ARCH_VOCAB,    /* n_vocab */
    ARCH_ROT_HALF, /* n_rot / 2 */
    ARCH_N_DIMS
} arch_dim;

/* What a tensor is for. The first ones exist once, the others in each layer. */
typedef enum arch_slot {
    ARCH_TOKEN_EMBD,
    ARCH_OUTPUT_NORM,
    ARCH_OUTPUT,     /* absent: the head is tied to token_embd */
    ARCH_ROPE_FREQS, /* Llama 3: divides the frequencies */
    ARCH_N_GLOBAL_SLOTS,
    ARCH_ATTN_NORM = ARCH_N_GLOBAL_SLOTS,
    ARCH_ATTN_Q,
    ARCH_ATTN_K,
    ARCH_ATTN_V,
    ARCH_ATTN_Q_BIAS,
    ARCH_ATTN_K_BIAS,
    ARCH_ATTN_V_BIAS,
    ARCH_ATTN_OUTPUT,
    ARCH_FFN_NORM,
    ARCH_FFN_GATE,
    ARCH_FFN_UP,
    ARCH_FFN_DOWN,
    ARCH_N_SLOTS
} arch_slot;

typedef enum arch_presence { ARCH_REQUIRED, ARCH_OPTIONAL } arch_presence;

/* One tensor of a family: n_cols is contiguous (inputs), n_rows the outputs. */
typedef struct arch_tensor_row {
    arch_slot slot;
    const char *name; /* layers: after "blk.N." */
    arch_dim n_cols, n_rows;
    arch_presence presence;
} arch_tensor_row;

/* Which two elements of a head turn together (kernel.h, rope). */
typedef enum arch_rope {
    ARCH_ROPE_INTERLEAVED, /* (2i, 2i + 1): the converter permuted the rows of Q and K */
    ARCH_ROPE_HALVES       /* (i, i + n_rot / 2) */
} arch_rope;

/* Every family here: pre-norm RMSNorm, grouped-query attention, SwiGLU, residuals unscaled. */
typedef struct arch_family {
    const char *name; /* general.architecture, and the prefix of its keys */
    arch_rope rope;
    uint32_t nope_interval; /* n: layers n-1, 2n-1, ... have no rotary embedding; 0: all have */
    const arch_tensor_row *tensors;
    size_t n_tensors;
} arch_family;

typedef struct arch_layer {
    const gguf_tensor *tensors[ARCH_N_SLOTS]; /* NULL: the layer has none; only layer slots */
    bool use_rope;
} arch_layer;

typedef struct arch_model {
    const arch_family *family;
    uint32_t n_layers, n_embd, n_ff, n_heads, n_kv_heads, head_dim, n_rot, n_vocab;
    uint32_t context_length; /* trained */
    float norm_epsilon;
    float attention_scale;    /* of the scores */
    double *rope_frequencies; /* [n_rot / 2] radians per position */
    const gguf_tensor *tensors[ARCH_N_GLOBAL_SLOTS];
    arch_layer *layers; /* [n_layers] */
} arch_model;

/* The model points into the table, which must outlive it. Errors: UNSUPPORTED (family, scaling,
 * tensor or key that huis does not know), BAD_FILE (missing, wrong shape, over a limit). */
int arch_open(arch_model **out_model, const gguf_table *table, huis_error *err);
arch_model *arch_free(arch_model *m);

/* The size that a dimension stands for. */
uint64_t arch_dim_size(const arch_model *m, arch_dim dim);

/* One per file of this folder. */
extern const arch_family arch_llama;
extern const arch_family arch_qwen2;
extern const arch_family arch_smollm3;

#endif
