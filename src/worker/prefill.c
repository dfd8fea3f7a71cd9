/*
 * prefill.c - see prefill.h.
 */
#include "worker/prefill.h"

#include <math.h>

#include "base/clock.h"
#include "base/error.h"
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

static int prefill_tokens(worker_model *m, reply *r, const prefill_request *request,
                          const token_list *prompt, engine_context **out_context,
                          huis_usage *out_usage, huis_error *err)
{
    engine_context *c = NULL;
    RETURN_IF_ERROR(check_length(prompt, m->contexts.capacity, err));
    RETURN_IF_ERROR(context_store_get(&m->contexts, request->session, &c, err));
    const int64_t start_us = clock_monotonic_us();
    const uint32_t n_prompt = (uint32_t)prompt->count;
    const uint32_t n_cached = count_cached(c, prompt);
    engine_context_truncate(c, n_cached);
    progress p = {r, n_cached, n_prompt};
    RETURN_IF_ERROR(
        engine_prefill(c, prompt->ids + n_cached, n_prompt - n_cached, on_progress, &p, err));
    *out_usage = (huis_usage){
        .prompt_tokens = n_prompt,
        .cached_tokens = n_cached,
        .prefill_ms = (double)(clock_monotonic_us() - start_us) / 1000.0,
    };
    *out_context = c;
    return HUIS_OK;
}

int prefill_prompt(worker_model *m, reply *r, const prefill_request *request,
                   engine_context **out_context, huis_usage *out_usage, huis_error *err)
{
    token_list prompt;
    token_list_init(&prompt);
    int status = prompt_tokenize(engine_vocab(m->engine), m->chat, request->messages,
                                 request->n_messages, request->raw, &prompt, err);
    if (status == HUIS_OK) {
        status = prefill_tokens(m, r, request, &prompt, out_context, out_usage, err);
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
