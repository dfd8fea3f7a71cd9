/*
 * prefill.c - see prefill.h.
 */
#include "worker/prefill.h"

#include <math.h>

#include "base/clock.h"
#include "base/error.h"
#include "worker/prefix.h"
#include "worker/prompt.h"

/* Normalising shortens a text by three at most. */
enum { NORMALISED_SHARE = 4 };

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

/* A text that cannot fit however it is cut is refused before it is cut: others wait meanwhile. */
static int check_bytes(const worker_model *m, const prefill_request *request, huis_error *err)
{
    const uint64_t capacity = m->contexts.capacity;
    const uint64_t longest = vocab_longest_bytes(engine_vocab(m->engine));
    uint64_t bytes = 0;
    for (size_t i = 0; i < request->n_messages; i++) {
        bytes += request->messages[i].text_bytes;
    }
    if (longest > 0 && bytes / NORMALISED_SHARE / longest > capacity) {
        return error_set(
            err, HUIS_E_CONTEXT_FULL,
            "prompt of %llu bytes, at least %llu tokens more than the context of %llu: "
            "shorten the text or open the model with a longer context",
            (unsigned long long)bytes,
            (unsigned long long)(bytes / NORMALISED_SHARE / longest - capacity),
            (unsigned long long)capacity);
    }
    return HUIS_OK;
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

/* What this caller's sessions have read; at least one token is left to compute. */
static void restore(prefill *p)
{
    prefix_tree_restore(&p->m->prefixes, &p->owner, p->context, p->prompt.ids,
                        (uint32_t)p->prompt.count - 1);
}

/* Keeps what was read so far if others may want it: sessions of this caller, and, of what is constant,
 * everybody, if there is anybody else. */
static void keep(prefill *p)
{
    const uint32_t n = engine_context_length(p->context);
    if (prefix_owner_is_shared(&p->owner)) {
        prefix_tree_keep(&p->m->prefixes, &p->owner, p->context, n);
    }
    if (p->n_fixed > 0 && n >= p->n_fixed && p->m->n_callers > 1 && !p->is_common) {
        prefix_tree_share(&p->m->prefixes, &p->owner, p->context, p->n_fixed);
        p->is_common = true;
    }
}

/* Forgets what the context holds beyond the beginning of the prompt; it is remembered elsewhere when it is
 * worth it. */
static void forget_rest(prefill *p)
{
    const uint32_t n = engine_context_length(p->context);
    const uint32_t n_same = count_cached(p->context, &p->prompt);
    if (n >= n_same + PREFIX_MIN_TOKENS) {
        prefix_tree_keep(&p->m->prefixes, &p->owner, p->context, n);
    }
    engine_context_truncate(p->context, n_same);
}

/* Keeps what the context holds already, from the last request, or what is known of others; asks the
 * client when its checkpoint may hold more. */
static void reuse(prefill *p, const prefill_request *request)
{
    if (request->n_fixed > 0 && request->n_fixed <= request->n_messages && !request->raw) {
        p->n_fixed = prompt_fixed_tokens(engine_vocab(p->m->engine), p->m->chat, request->messages,
                                         request->n_fixed, &p->prompt);
    }
    forget_rest(p);
    restore(p);
    if (p->n_fixed < p->prompt.count &&
        p->n_fixed >= engine_context_length(p->context) + PREFIX_MIN_TOKENS) {
        p->is_asking = prefix_ask(p->m, p->r, p->prompt.ids, p->n_fixed);
        p->left_part_bytes = LIMIT_PREFIX_BYTES;
        p->n_unsaved = p->is_asking ? 0 : p->n_fixed;
    }
}

int prefill_begin(prefill *p, worker_model *m, reply *r, const prefill_request *request,
                  huis_error *err)
{
    *p = (prefill){.m = m, .r = r, .session = request->session, .owner = request->owner};
    token_list_init(&p->prompt);
    RETURN_IF_ERROR(check_bytes(m, request, err));
    RETURN_IF_ERROR(prompt_tokenize(engine_vocab(m->engine), m->chat, request->messages,
                                    request->n_messages, request->raw, &p->prompt, err));
    RETURN_IF_ERROR(check_length(&p->prompt, m->contexts.capacity, err));
    RETURN_IF_ERROR(
        context_store_take(&m->contexts, request->session, &request->owner, &p->context, err));
    p->start_us = clock_monotonic_us();
    reuse(p, request);
    return HUIS_OK;
}

void prefill_deinit(prefill *p)
{
    if (p->context != NULL) {
        context_store_give_back(&p->m->contexts, p->session);
    }
    p->context = NULL;
    token_list_deinit(&p->prompt);
}

bool prefill_part(prefill *p, span bytes)
{
    if (bytes.len == 0 || bytes.len > p->left_part_bytes) {
        return false;
    }
    p->left_part_bytes -= bytes.len;
    /* The context is left alone until something comes. */
    if (!p->has_arrival) {
        checkpoint_reader_init(&p->arrival, p->context, p->prompt.ids, p->n_fixed);
        p->has_arrival = true;
    }
    checkpoint_reader_push(&p->arrival, bytes);
    return true;
}

void prefill_end_parts(prefill *p)
{
    const bool is_restored = p->has_arrival && checkpoint_reader_finish(&p->arrival);
    p->n_unsaved = is_restored ? 0 : p->n_fixed;
    p->is_asking = false;
    if (is_restored) {
        keep(p);
    }
}

bool prefill_is_done(const prefill *p)
{
    return p->usage.prompt_tokens > 0;
}

static int compute(prefill *p, uint32_t at, uint32_t n, huis_error *err)
{
    const int32_t *const tokens = p->prompt.ids + at;
    p->n_computed += n;
    return at + n < p->prompt.count
               ? engine_prefill_part(p->context, tokens, n, err)
               : engine_prefill_deferred(p->context, tokens, n, NULL, NULL, err);
}

int prefill_step(prefill *p, uint32_t most, huis_error *err)
{
    const uint32_t n_prompt = (uint32_t)p->prompt.count;
    restore(p);
    const uint32_t at = engine_context_length(p->context);
    const uint32_t n = n_prompt - at < most ? n_prompt - at : most;
    RETURN_IF_ERROR(compute(p, at, n, err));
    keep(p);
    reply_prefill(p->r, at + n, n_prompt);
    if (at + n == n_prompt) {
        p->usage = (huis_usage){
            .prompt_tokens = n_prompt,
            .cached_tokens = n_prompt - p->n_computed,
            .prefill_ms = (double)(clock_monotonic_us() - p->start_us) / 1000.0,
        };
    }
    return HUIS_OK;
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
