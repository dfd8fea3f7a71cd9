/*
 * answer.h - the requests that use the model, a step at a time: generate and score.
 *
 * Both begin with a prompt (prefill.h). When it is computed, a generate has slots, each a candidate in
 * a context of its own, whose next tokens may be decoded together with those of other requests; a
 * score goes on by itself, a few tokens a step. What an answer says depends on nothing but its request.
 */
#ifndef HUIS_WORKER_ANSWER_H
#define HUIS_WORKER_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "huis/error.h"
#include "wire/protocol.h"
#include "worker/candidate.h"
#include "worker/prefill.h"
#include "worker/reply.h"

enum { ANSWER_SLOTS = 8 };

_Static_assert((int)ANSWER_SLOTS <= (int)ENGINE_BATCH_MAX, "an answer is decoded in one batch");

typedef struct answer answer;
typedef struct scoring scoring;

/* A context and who answers in it. */
typedef struct answer_slot {
    answer *owner;
    engine_context *context; /* that of slot 0 is the session's */
    candidate *now;          /* NULL: free */
    int32_t token;           /* chosen, not yet in the context */
} answer_slot;

/* Options that are wrong are found before anything is computed. `prompt`, `r` and `request` must
 * outlive it. */
int answer_new(answer **out_answer, worker_model *m, reply *r, const prefill *prompt,
               const protocol_generate *request, huis_error *err);
answer *answer_free(answer *a);
/* The prompt is computed: makes the slots. */
int answer_begin(answer *a, huis_error *err);
/* Begins candidates in free slots and sends what may be sent. *out_over: everything is sent, RESULT
 * too. After answer_begin, and after each round of steps. */
int answer_settle(answer *a, bool *out_over, huis_error *err);
/* Slots whose token is to be decoded; returns how many, at most ANSWER_SLOTS. */
uint32_t answer_busy_slots(answer *a, answer_slot **out_slots);
/* `logits` follow the slot's token, which is in its context. */
int answer_step(answer_slot *s, const float *logits, huis_error *err);
/* Decodes the slot's token by itself, with drafts where they pay (`may_draft`), and steps. */
int answer_decode_alone(answer_slot *s, bool may_draft, huis_error *err);

int scoring_new(scoring **out_scoring, worker_model *m, reply *r, const prefill *prompt,
                const protocol_score *request, huis_error *err);
scoring *scoring_free(scoring *s);
/* The prompt is computed. */
int scoring_begin(scoring *s, huis_error *err);
/* A few tokens of a continuation. *out_over: everything is sent, SCORES too. */
int scoring_step(scoring *s, bool *out_over, huis_error *err);

#endif
