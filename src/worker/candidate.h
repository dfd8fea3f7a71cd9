/*
 * candidate.h - one answer in the making: logits in, text out.
 *
 * A candidate holds all that its text depends on but the model: its random numbers, penalties,
 * constraints, filter and decoder. It knows nothing of contexts and batches, so that what it says is
 * the same whatever is decoded beside it. One step: choose a token (the constraints refuse some),
 * decode it to whole characters, let the filter decide what may be shown.
 */
#ifndef HUIS_WORKER_CANDIDATE_H
#define HUIS_WORKER_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "engine/sampler.h"
#include "huis/error.h"
#include "huis/session.h"
#include "vocab/vocab.h"
#include "worker/copy_guard.h"
#include "worker/keep_order.h"
#include "worker/text_filter.h"

typedef struct candidate {
    const vocab *v;
    uint32_t i;
    sampler *sampler;
    detokenizer decoder;
    copy_guard *guard; /* NULL: off */
    keep_order *order; /* NULL: off */
    text_filter filter;
    buffer text; /* may be shown; whoever sends it resets it */
    uint32_t n_tokens;
    bool no_logprob;
    double logprob;
    bool is_over;
    huis_finish finish;
} candidate;

/* The i-th candidate; `options` must outlive it. */
int candidate_init(candidate *c, const vocab *v, const huis_generate_options *options, uint32_t i,
                   huis_error *err);
/* A candidate of zeros is allowed. */
void candidate_deinit(candidate *c);
/* It is over: frees all but its text and what is told of it. */
void candidate_release(candidate *c);

/* Chooses a token from `logits` [n_vocab], or, when they are NULL, from those that `context` owes:
 * *out_token is what the next logits depend on. The answer is cut when it has max_tokens tokens. */
int candidate_step(candidate *c, const float *logits, engine_context *context, uint32_t max_tokens,
                   int32_t *out_token, huis_error *err);

#endif
