/*
 * batch.c - several contexts of one engine: copies of a context, and one token of each in one pass
 * over the weights.
 *
 * Decoding streams all weights for one row of activations; a few rows more cost little. Each row
 * attends to its own context's keys and values at its own position, and no step mixes rows, so that
 * a context's logits have the bits that they have alone.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "engine/checkpoint.h"
#include "engine/engine.h"
#include "engine/state.h"

int engine_context_fork(engine_context **out_context, const engine_context *c, uint32_t capacity,
                        huis_error *err)
{
    engine_context *copy = NULL;
    if (capacity < c->length) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "a context of %u tokens cannot hold a copy of %u", capacity, c->length);
    }
    RETURN_IF_ERROR(engine_context_new(&copy, c->owner, capacity, err));
    const uint32_t n_angles = c->n_angles < capacity ? c->n_angles : capacity;
    const size_t angle_bytes = (size_t)n_angles * (c->owner->model->n_rot / 2) * sizeof(*c->cos);
    memcpy(copy->tokens, c->tokens, c->length * sizeof(*c->tokens));
    memcpy(copy->cos, c->cos, angle_bytes);
    memcpy(copy->sin, c->sin, angle_bytes);
    copy->n_angles = n_angles;
    checkpoint_copy(copy, c, c->length);
    copy->length = c->length;
    *out_context = copy;
    return HUIS_OK;
}

static int check_batch(engine_context *const *contexts, const int32_t *tokens, uint32_t n,
                       huis_error *err)
{
    if (n < 1 || n > ENGINE_BATCH_MAX) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "a batch of %u contexts: 1 to %d are possible",
                         n, ENGINE_BATCH_MAX);
    }
    for (uint32_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(context_check_tokens(contexts[i], &tokens[i], 1, err));
        for (uint32_t j = 0; j < i; j++) {
            if (contexts[j] == contexts[i] || contexts[j]->owner != contexts[i]->owner) {
                return error_set(err, HUIS_E_BAD_ARGUMENT,
                                 "a batch needs different contexts of one model");
            }
        }
    }
    return HUIS_OK;
}

int engine_decode_batch(engine_context *const *contexts, const int32_t *tokens, uint32_t n,
                        float *out_logits, huis_error *err)
{
    RETURN_IF_ERROR(check_batch(contexts, tokens, n, err));
    engine *const e = contexts[0]->owner;
    plan_sequence sequences[ENGINE_BATCH_MAX];
    for (uint32_t i = 0; i < n; i++) {
        sequences[i] = context_sequence(contexts[i], 1);
        sequences[i].first_row = i;
    }
    plan_run run = {
        .p = &e->plan,
        .sequences = sequences,
        .n_sequences = n,
        .tokens = tokens,
        .n_tokens = n,
        .output = PLAN_ALL_LOGITS,
        .logits = out_logits,
    };
    plan_execute(&run);
    for (uint32_t i = 0; i < n; i++) {
        if (isnan(out_logits[(size_t)i * e->model->n_vocab])) {
            return context_no_numbers(err);
        }
    }
    for (uint32_t i = 0; i < n; i++) {
        contexts[i]->tokens[contexts[i]->length++] = tokens[i];
    }
    return HUIS_OK;
}
