/*
 * sampler.h - choose the next token from logits.
 *
 * Order of the steps: penalties, mask, temperature, top-k, top-p (Holtzman et al. 2020), min-p
 * (Nguyen et al. 2024), draw. Temperature 0 is greedy: the first of the largest logits.
 */
#ifndef HUIS_ENGINE_SAMPLER_H
#define HUIS_ENGINE_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "huis/error.h"

typedef struct sampler sampler;

typedef struct sampler_options {
    float temperature;       /* 0: greedy */
    uint32_t top_k;          /* 0: off */
    float top_p;             /* 1: off */
    float min_p;             /* 0: off */
    float repeat_penalty;    /* 1: off */
    float presence_penalty;  /* 0: off */
    float frequency_penalty; /* 0: off */
    uint32_t penalty_window; /* last tokens that count; 0: 64 */
    uint64_t seed;
} sampler_options;

/* Whether a token may be chosen; called on candidates from the most likely down. */
typedef bool (*sampler_allow_fn)(void *user, int32_t token);

int sampler_new(sampler **out_sampler, const sampler_options *options, uint32_t n_vocab,
                huis_error *err);
sampler *sampler_free(sampler *s);
/* Records a token for the penalties (prompt or chosen). */
void sampler_accept(sampler *s, int32_t token);
/* `logits` [n_vocab] are not changed. `allow` may be NULL. Returns a token; when `allow` refuses
 * every one, VOCAB_NONE (-1). *out_logprob: ln p of it under the plain softmax; may be NULL. */
int32_t sampler_choose(sampler *s, const float *logits, sampler_allow_fn allow, void *user,
                       double *out_logprob);

/* How many of the best candidates, in order, sampler_choose_top would like to see: 1 to
 * ENGINE_TOP_MAX; 0: only all logits decide. `is_masked`: there is an `allow`. */
uint32_t sampler_n_top(const sampler *s, bool is_masked);
/* The same token from the best n logits (engine_top), when they decide; else SAMPLER_UNDECIDED, and
 * nothing has changed. */
enum { SAMPLER_UNDECIDED = -2 };
int32_t sampler_choose_top(sampler *s, const engine_candidate *best, uint32_t n,
                           sampler_allow_fn allow, void *user);

#endif
