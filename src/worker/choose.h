/*
 * choose.h - the next token, from as little of the head as decides it.
 */
#ifndef HUIS_WORKER_CHOOSE_H
#define HUIS_WORKER_CHOOSE_H

#include "engine/engine.h"
#include "engine/sampler.h"
#include "huis/error.h"

/* Chooses after what `context` holds. out_logprob NULL: nobody asks, and a greedy choice may then
 * read fewer bytes (engine_top). Returns a token or VOCAB_NONE in *out_token. */
int choose_token(engine_context *context, sampler *s, sampler_allow_fn allow, void *user,
                 int32_t *out_token, double *out_logprob, huis_error *err);

#endif
