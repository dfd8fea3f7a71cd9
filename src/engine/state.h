/*
 * state.h - what an engine and a context are made of; for the files of this folder and their tests.
 */
#ifndef HUIS_ENGINE_STATE_H
#define HUIS_ENGINE_STATE_H

#include "arch/arch.h"
#include "base/buffer.h"
#include "base/pool.h"
#include "engine/engine.h"
#include "engine/head.h"
#include "engine/plan.h"
#include "engine/weights.h"
#include "vocab/vocab.h"

_Static_assert((int)ENGINE_BATCH_MAX <= (int)PLAN_FEW_TOKENS, "a batch is one short run");

struct engine {
    engine_info info;
    buffer name; /* general.name */
    buffer chat_template;
    arch_model *model; /* its tensor pointers are stale: the file may be gone */
    vocab *vocab;
    pool *team;
    weights weights;
    plan plan;
    head head;
    uint32_t chunk_tokens;
};

struct engine_context {
    engine *owner;
    uint32_t length; /* tokens held */
    uint32_t max_length;
    int32_t *tokens; // [max_length]
    kv_cache cache;
    float *cos, *sin;  // [max_length][n_rot / 2]
    uint32_t n_angles; /* positions whose cos and sin are there */
    float *logits;     // [n_vocab]
    float *row;        // [n_embd]: of the last token, before the output norm, while logits are owed
    bool owes_logits;
};

/* Whether `n_tokens` tokens fit and are in the vocabulary. */
int context_check_tokens(const engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                         huis_error *err);
/* n_tokens tokens that follow what the context holds, as a sequence of a run; makes their angles. */
plan_sequence context_sequence(engine_context *c, uint32_t n_tokens);
/* BAD_FILE: the logits are no numbers. */
int context_no_numbers(huis_error *err);

#endif
