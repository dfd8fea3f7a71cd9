/*
 * answer_generate.c - several answers decoded after one prefill.
 *
 * Each candidate starts from the same prompt: the KV cache is cut back to it, and the logits of its
 * last token were kept. One step of a candidate: choose a token (the constraints refuse some),
 * decode it to whole characters, let the filter decide what may be shown, send it, look whether the
 * client cancelled, then compute the next logits.
 */
#include "worker/answer.h"

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "engine/sampler.h"
#include "worker/copy_guard.h"
#include "worker/keep_order.h"
#include "worker/prefix.h"
#include "worker/text_filter.h"

enum { DEFAULT_MAX_TOKENS = 512 };

typedef struct answer {
    worker_model *m;
    reply *r;
    const huis_generate_options *options;
    const vocab *v;
    engine_context *context;
    uint32_t n_prompt;
    uint32_t n_unsaved;   /* first tokens of the prompt, to be given to the client in the end */
    float *prompt_logits; /* [n_vocab]; NULL with one candidate */
    copy_guard *guard;    /* NULL: off */
    keep_order *order;    /* NULL: off */
    text_filter filter;
    buffer text; /* one piece to send */
    huis_usage usage;
} answer;

/* One candidate in the making. */
typedef struct candidate {
    uint32_t i;
    sampler *sampler;
    detokenizer decoder;
    uint32_t n_tokens;
    double logprob;
    bool is_over;
    huis_finish finish;
} candidate;

static bool allow_token(void *user, int32_t token)
{
    const answer *const a = user;
    if (vocab_is_end(a->v, token)) {
        return (a->guard == NULL || copy_guard_allows_end(a->guard)) &&
               (a->order == NULL || keep_order_allows_end(a->order));
    }
    const span bytes = vocab_bytes(a->v, token);
    return (a->guard == NULL || copy_guard_allows(a->guard, bytes)) &&
           (a->order == NULL || keep_order_allows(a->order, bytes));
}

static void end_candidate(candidate *c, huis_finish finish)
{
    c->is_over = true;
    c->finish = finish;
}

static void send_text(answer *a, const candidate *c)
{
    if (a->text.len > 0) {
        reply_text(a->r, c->i, buffer_span(&a->text));
        buffer_reset(&a->text);
    }
}

/* The model chose to end: nothing is held back any longer. */
static bool finish_text(answer *a, candidate *c)
{
    buffer rest;
    buffer_init(&rest, LIMIT_ANSWER_BYTES);
    const bool ok = detokenizer_finish(&c->decoder, &rest) &&
                    text_filter_push(&a->filter, buffer_span(&rest), &a->text) &&
                    text_filter_finish(&a->filter, &a->text);
    buffer_deinit(&rest);
    send_text(a, c);
    end_candidate(c, a->filter.finish);
    return ok;
}

/* A limit was reached: what is held back for a stop string is shown, half a character is not. */
static bool cut_text(answer *a, candidate *c)
{
    const bool ok = text_filter_finish(&a->filter, &a->text);
    send_text(a, c);
    end_candidate(c, HUIS_FINISH_LENGTH);
    return ok;
}

/* A token becomes text. */
static bool take_token(answer *a, candidate *c, int32_t token)
{
    buffer piece;
    buffer_init(&piece, LIMIT_ANSWER_BYTES);
    const bool ok = detokenizer_push(&c->decoder, token, &piece) &&
                    text_filter_push(&a->filter, buffer_span(&piece), &a->text);
    buffer_deinit(&piece);
    if (a->guard != NULL) {
        copy_guard_push(a->guard, vocab_bytes(a->v, token));
    }
    if (a->order != NULL) {
        keep_order_push(a->order, vocab_bytes(a->v, token));
    }
    send_text(a, c);
    if (a->filter.is_over) {
        end_candidate(c, a->filter.finish);
    }
    return ok;
}

/* Chooses a token and shows it; *out_token is what the next logits depend on. */
static int step(answer *a, candidate *c, const float *logits, int32_t *out_token, huis_error *err)
{
    double logprob = 0;
    const uint32_t max_tokens =
        a->options->max_tokens > 0 ? a->options->max_tokens : DEFAULT_MAX_TOKENS;
    const bool is_bound = a->guard != NULL || a->order != NULL;
    const int32_t token =
        sampler_choose(c->sampler, logits, is_bound ? allow_token : NULL, a, &logprob);
    bool ok = true;
    if (token == VOCAB_NONE || vocab_is_end(a->v, token)) {
        ok = finish_text(a, c);
    } else {
        sampler_accept(c->sampler, token);
        c->n_tokens++;
        c->logprob += logprob;
        ok = take_token(a, c, token);
        const bool is_full = engine_context_length(a->context) == a->m->contexts.capacity;
        if (ok && !c->is_over && (c->n_tokens == max_tokens || is_full)) {
            ok = cut_text(a, c);
        }
    }
    *out_token = token;
    return ok ? HUIS_OK : error_no_memory(err, "the answer");
}

static int decode_candidate(answer *a, candidate *c, huis_error *err)
{
    const float *logits =
        c->i == 0 || a->prompt_logits == NULL ? engine_logits(a->context) : a->prompt_logits;
    while (true) {
        int32_t token = VOCAB_NONE;
        RETURN_IF_ERROR(step(a, c, logits, &token, err));
        if (!reply_continue(a->r)) {
            return error_set(err, HUIS_E_CANCELLED, "cancelled");
        }
        if (c->is_over) {
            return HUIS_OK;
        }
        RETURN_IF_ERROR(engine_prefill(a->context, &token, 1, NULL, NULL, err));
        logits = engine_logits(a->context);
    }
}

static int new_sampler(sampler **out_sampler, const answer *a, uint32_t i, huis_error *err)
{
    const huis_generate_options *const o = a->options;
    const sampler_options options = {
        .temperature = o->temperature,
        .top_k = o->top_k,
        .top_p = o->top_p,
        .min_p = o->min_p,
        .repeat_penalty = o->repeat_penalty,
        .presence_penalty = o->presence_penalty,
        .frequency_penalty = o->frequency_penalty,
        .seed = o->seed + i,
    };
    return sampler_new(out_sampler, &options, vocab_size(a->v), err);
}

static void send_candidate(answer *a, const candidate *c)
{
    const protocol_candidate message = {
        .i_candidate = c->i,
        .finish = c->finish,
        .n_tokens = c->n_tokens,
        .logprob = c->logprob,
        .usage = a->usage,
    };
    reply_json(a->r, PROTOCOL_CANDIDATE, protocol_write_candidate(&message));
}

static int answer_candidate(answer *a, uint32_t i, huis_error *err)
{
    const int64_t start_us = clock_monotonic_us();
    candidate c = {.i = i};
    RETURN_IF_ERROR(new_sampler(&c.sampler, a, i, err));
    detokenizer_init(&c.decoder, a->v);
    text_filter_reset(&a->filter);
    if (a->guard != NULL) {
        copy_guard_reset(a->guard);
    }
    if (a->order != NULL) {
        keep_order_reset(a->order);
    }
    engine_context_truncate(a->context, a->n_prompt);
    const int status = decode_candidate(a, &c, err);
    sampler_free(c.sampler);
    a->usage.output_tokens += c.n_tokens;
    a->usage.decode_ms += (double)(clock_monotonic_us() - start_us) / 1000.0;
    if (status == HUIS_OK) {
        send_candidate(a, &c);
    }
    return status;
}

static int keep_prompt_logits(answer *a, huis_error *err)
{
    if (a->options->n_candidates == 1) {
        return HUIS_OK;
    }
    const size_t n_vocab = vocab_size(a->v);
    a->prompt_logits = memory_alloc(n_vocab, sizeof(*a->prompt_logits));
    if (a->prompt_logits == NULL) {
        return error_no_memory(err, "the logits of the prompt");
    }
    memcpy(a->prompt_logits, engine_logits(a->context), n_vocab * sizeof(*a->prompt_logits));
    return HUIS_OK;
}

static int prepare(answer *a, const protocol_generate *request, huis_error *err)
{
    const prefill_request prompt = {request->session, request->messages, request->n_messages,
                                    request->options.raw, request->options.n_fixed_messages};
    if (a->options->copy_source != NULL) {
        const span source = span_from(a->options->copy_source, a->options->copy_source_bytes);
        RETURN_IF_ERROR(copy_guard_new(&a->guard, source, err));
    }
    if (a->options->keep_order != NULL) {
        const span source = span_from(a->options->keep_order, a->options->keep_order_bytes);
        RETURN_IF_ERROR(keep_order_new(&a->order, source, err));
    }
    prefill_result result;
    RETURN_IF_ERROR(prefill_prompt(a->m, a->r, &prompt, &result, err));
    a->context = result.context;
    a->usage = result.usage;
    a->n_prompt = result.usage.prompt_tokens;
    a->n_unsaved = result.n_unsaved;
    return keep_prompt_logits(a, err);
}

int answer_generate(worker_model *m, reply *r, const protocol_generate *request, huis_error *err)
{
    answer a = {.m = m, .r = r, .options = &request->options, .v = engine_vocab(m->engine)};
    text_filter_init(&a.filter, a.options);
    buffer_init(&a.text, LIMIT_ANSWER_BYTES);
    int status = prepare(&a, request, err);
    for (uint32_t i = 0; i < a.options->n_candidates && status == HUIS_OK; i++) {
        status = answer_candidate(&a, i, err);
    }
    if (status == HUIS_OK) {
        prefix_save(m, r, a.context, a.n_unsaved);
        reply_json(r, PROTOCOL_RESULT, json_object());
    }
    memory_free(a.prompt_logits);
    copy_guard_free(a.guard);
    keep_order_free(a.order);
    text_filter_deinit(&a.filter);
    buffer_deinit(&a.text);
    return status;
}
