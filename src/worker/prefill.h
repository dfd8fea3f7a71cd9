/*
 * prefill.h - the tokens of a request into its session's KV cache, reusing what is there.
 */
#ifndef HUIS_WORKER_PREFILL_H
#define HUIS_WORKER_PREFILL_H

#include <stdint.h>

#include "chat/chat.h"
#include "engine/engine.h"
#include "huis/session.h"
#include "worker/context_store.h"
#include "worker/draft.h"
#include "worker/reply.h"

/* What a worker serves. */
typedef struct worker_model {
    engine *engine;
    chat_template *chat; /* NULL: the file has none */
    context_store contexts;
    draft_costs costs;
} worker_model;

typedef struct prefill_request {
    uint32_t session;
    const huis_message *messages;
    size_t n_messages;
    bool raw;
    size_t n_fixed; /* messages whose checkpoint the client may have; 0: it is not asked */
} prefill_request;

typedef struct prefill_result {
    engine_context *context;
    huis_usage usage;
    uint32_t n_unsaved; /* first tokens whose checkpoint the client does not have; 0: none */
} prefill_result;

/* After it, the context holds exactly the prompt, and owes the logits of its last token. The
 * longest common prefix with what the context held, or the client's checkpoint if that is longer, is
 * not computed again (`cached_tokens`). CONTEXT_FULL says by how many tokens the prompt is too long.
 */
int prefill_prompt(worker_model *m, reply *r, const prefill_request *request,
                   prefill_result *out_result, huis_error *err);

/* ln p of `token` under the softmax of `logits` [n_vocab]. */
double prefill_logprob(const float *logits, uint32_t n_vocab, int32_t token);

#endif
