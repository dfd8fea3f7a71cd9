/*
 * toy_model.h - small GGUF files with random weights, made in memory, for tests of everything that
 * needs a model. The weights are blocks of random codes with scales chosen so that activations
 * neither vanish nor explode: the model says nothing, but exactly the same on every machine.
 */
#ifndef HUIS_TESTS_TOY_MODEL_H
#define HUIS_TESTS_TOY_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "tensor/type.h"

typedef struct toy_options {
    const char *family; /* "llama", "qwen2", "smollm3" */
    uint32_t n_layers, n_embd, n_ff, n_heads, n_kv_heads;
    uint32_t head_dim;     /* 0: n_embd / n_heads */
    tensor_type type;      /* of the matrices */
    tensor_type down_type; /* of ffn_down and attn_v, as in Q4_K_M mixes */
    tensor_type head_type; /* of token_embd and output */
    bool tied;             /* no output.weight */
    bool rope_freqs;       /* Llama 3's tensor of divisors */
    uint32_t context_length;
    uint64_t seed;
    /* Faults, for tests of refusal; each NULL or 0 for none. */
    const char *skip_tensor;  /* leave it out */
    const char *add_tensor;   /* a further one, [32] F32 */
    const char *bent_tensor;  /* with 32 more columns */
    const char *rope_scaling; /* rope.scaling.type */
    const char *extra_key;    /* a u32 key with value extra_value */
    uint32_t extra_value;
} toy_options;

/* A llama with 2 layers; change what the test is about. */
toy_options toy_options_default(const char *family);
/* Appends a whole file. */
void toy_model_write(buffer *out, const toy_options *options);
/* Tokens of every toy model: 256 bytes, 3 merges, 4 control tokens. Not a multiple of 16. */
enum { TOY_N_VOCAB = 263, TOY_ENDOFTEXT = 259, TOY_IM_START = 260, TOY_IM_END = 261 };

#endif
