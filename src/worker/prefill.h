/*
 * prefill.h - the tokens of a request into its session's KV cache, reusing what is there, a part at a
 * time so that others can be served in between.
 */
#ifndef HUIS_WORKER_PREFILL_H
#define HUIS_WORKER_PREFILL_H

#include <stdbool.h>
#include <stdint.h>

#include "chat/chat.h"
#include "engine/checkpoint.h"
#include "engine/engine.h"
#include "huis/session.h"
#include "worker/context_store.h"
#include "worker/draft.h"
#include "worker/prefix_tree.h"
#include "worker/reply.h"

/* What a worker serves. */
typedef struct worker_model {
    engine *engine;
    chat_template *chat; /* NULL: the file has none */
    context_store contexts;
    prefix_tree prefixes;
    draft_costs costs;
    uint32_t n_callers; /* sessions that are connected beside the owner's */
} worker_model;

typedef struct prefill_request {
    uint32_t session;
    prefix_owner owner; /* whose prefixes it may find */
    const huis_message *messages;
    size_t n_messages;
    bool raw;
    size_t n_fixed; /* messages whose checkpoint the client may have; 0: it is not asked */
} prefill_request;

typedef struct prefill {
    worker_model *m;
    reply *r;
    uint32_t session;
    prefix_owner owner;
    engine_context *context; /* NULL: none is taken yet */
    token_list prompt;
    uint32_t n_computed; /* tokens of it that were neither in the context nor found */
    uint32_t n_fixed;    /* first tokens that depend on fixed messages only */
    uint32_t n_unsaved;  /* first tokens whose checkpoint the client does not have; 0: none */
    bool is_common;      /* those are in the common tree */
    bool is_asking;      /* the client answers with prefill_part and prefill_end_parts */
    bool has_arrival;    /* `arrival` is in use, and the context of no other */
    checkpoint_reader arrival;
    uint64_t left_part_bytes;
    int64_t start_us;
    huis_usage usage; /* once it is done */
} prefill;

/* Tokenises, takes the session's context and asks the client for a checkpoint if that is worth it.
 * The longest common prefix with what the context held, with what the owner's sessions have read
 * (prefix_tree.h), even while this prompt is read, or the client's checkpoint if that is longer, is not
 * computed again (`cached_tokens`). CONTEXT_FULL says by how many tokens the prompt is too long.
 * prefill_deinit also after an error. */
int prefill_begin(prefill *p, worker_model *m, reply *r, const prefill_request *request,
                  huis_error *err);
/* Gives the context back. A prefill of zeros is allowed. */
void prefill_deinit(prefill *p);

/* Bytes of the checkpoint that was asked for. False: more than there can be. */
bool prefill_part(prefill *p, span bytes);
/* It is whole, or there is none. */
void prefill_end_parts(prefill *p);

/* Computes at most `most` tokens. Nothing is being asked. */
int prefill_step(prefill *p, uint32_t most, huis_error *err);
/* True: the context holds exactly the prompt, and owes the logits of its last token. */
bool prefill_is_done(const prefill *p);

/* ln p of `token` under the softmax of `logits` [n_vocab]. */
double prefill_logprob(const float *logits, uint32_t n_vocab, int32_t token);

#endif
