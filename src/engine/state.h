/*
 * state.h - what an engine and a context are made of; for the files of this folder and their tests.
 */
#ifndef HUIS_ENGINE_STATE_H
#define HUIS_ENGINE_STATE_H

#include "arch/arch.h"
#include "base/buffer.h"
#include "base/pool.h"
#include "engine/engine.h"
#include "engine/plan.h"
#include "engine/weights.h"
#include "vocab/vocab.h"

struct engine {
    engine_info info;
    buffer name; /* general.name */
    buffer chat_template;
    arch_model *model; /* its tensor pointers are stale: the file may be gone */
    vocab *vocab;
    pool *team;
    weights weights;
    plan plan;
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
};

#endif
