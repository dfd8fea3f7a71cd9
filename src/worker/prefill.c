/*
 * prefill.c - see prefill.h.
 */
#include "worker/prefill.h"

#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "worker/prefix.h"
#include "worker/prompt.h"

typedef struct progress {
    reply *r;
    uint32_t n_cached;
    uint32_t n_prompt;
} progress;

static bool on_progress(void *user, uint32_t n_done, uint32_t n_total)
{
    const progress *const p = user;
    (void)n_total;
    reply_prefill(p->r, p->n_cached + n_done, p->n_prompt);
    return reply_continue(p->r);
}

/* At least one token is left to compute, for its logits. */
static uint32_t count_cached(const engine_context *c, const token_list *prompt)
{
    const int32_t *const held = engine_context_tokens(c);
    const size_t n_held = engine_context_length(c);
    const size_t most = n_held < prompt->count - 1 ? n_held : prompt->count - 1;
    size_t n = 0;
    while (n < most && held[n] == prompt->ids[n]) {
        n++;
    }
    return (uint32_t)n;
}

static int check_length(const token_list *prompt, uint32_t capacity, huis_error *err)
{
    if (prompt->count == 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "the prompt is empty");
    }
    if (prompt->count > capacity) {
        return error_set(err, HUIS_E_CONTEXT_FULL,
                         "prompt of %zu tokens, %zu more than the context of %u: shorten the text "
                         "or open the model with a longer context",
                         prompt->count, prompt->count - capacity, capacity);
    }
    return HUIS_OK;
}

/* How many tokens the context holds already, from the last request or from the client's checkpoint. */
static uint32_t reuse(worker_model *m, reply *r, const prefill_request *request,
                      const token_list *prompt, prefill_result *result)
{
    const uint32_t n_cached = count_cached(result->context, prompt);
    uint32_t n_fixed = 0;
    if (request->n_fixed > 0 && request->n_fixed <= request->n_messages && !request->raw) {
        n_fixed = prompt_fixed_tokens(engine_vocab(m->engine), m->chat, request->messages,
                                      request->n_fixed, prompt);
    }
    engine_context_truncate(result->context, n_cached);
    if (n_fixed >= prompt->count || n_fixed < n_cached + PREFIX_MIN_TOKENS) {
        return n_cached;
    }
    if (!prefix_restore(m, r, result->context, prompt->ids, n_fixed)) {
        result->n_unsaved = n_fixed;
    }
    return engine_context_length(result->context);
}

static int prefill_tokens(worker_model *m, reply *r, const prefill_request *request,
                          const token_list *prompt, prefill_result *out_result, huis_error *err)
{
    prefill_result result = {.context = NULL};
    RETURN_IF_ERROR(check_length(prompt, m->contexts.capacity, err));
    RETURN_IF_ERROR(context_store_get(&m->contexts, request->session, &result.context, err));
    const int64_t start_us = clock_monotonic_us();
    const uint32_t n_prompt = (uint32_t)prompt->count;
    const uint32_t n_cached = reuse(m, r, request, prompt, &result);
    progress p = {r, n_cached, n_prompt};
    RETURN_IF_ERROR(engine_prefill_deferred(result.context, prompt->ids + n_cached,
                                            n_prompt - n_cached, on_progress, &p, err));
    result.usage = (huis_usage){
        .prompt_tokens = n_prompt,
        .cached_tokens = n_cached,
        .prefill_ms = (double)(clock_monotonic_us() - start_us) / 1000.0,
    };
    *out_result = result;
    return HUIS_OK;
}

int prefill_prompt(worker_model *m, reply *r, const prefill_request *request,
                   prefill_result *out_result, huis_error *err)
{
    token_list prompt;
    token_list_init(&prompt);
    int status = prompt_tokenize(engine_vocab(m->engine), m->chat, request->messages,
                                 request->n_messages, request->raw, &prompt, err);
    if (status == HUIS_OK) {
        status = prefill_tokens(m, r, request, &prompt, out_result, err);
    }
    token_list_deinit(&prompt);
    return status;
}

double prefill_logprob(const float *logits, uint32_t n_vocab, int32_t token)
{
    float max = logits[0];
    for (uint32_t i = 1; i < n_vocab; i++) {
        max = logits[i] > max ? logits[i] : max;
    }
    double sum = 0;
    for (uint32_t i = 0; i < n_vocab; i++) {
        sum += exp((double)(logits[i] - max));
    }
    return (double)(logits[token] - max) - log(sum);
}
