/*
 * candidate.c - see candidate.h.
 */
#include "worker/candidate.h"

#include "base/error.h"
#include "base/limits.h"
#include "worker/choose.h"

static int init_constraints(candidate *c, const huis_generate_options *o, huis_error *err)
{
    if (o->copy_source != NULL) {
        const span source = span_from(o->copy_source, o->copy_source_bytes);
        RETURN_IF_ERROR(copy_guard_new(&c->guard, source, err));
    }
    if (o->keep_order != NULL) {
        const span source = span_from(o->keep_order, o->keep_order_bytes);
        RETURN_IF_ERROR(keep_order_new(&c->order, source, err));
    }
    return HUIS_OK;
}

int candidate_init(candidate *c, const vocab *v, const huis_generate_options *options, uint32_t i,
                   huis_error *err)
{
    const sampler_options sampling = {
        .temperature = options->temperature,
        .top_k = options->top_k,
        .top_p = options->top_p,
        .min_p = options->min_p,
        .repeat_penalty = options->repeat_penalty,
        .presence_penalty = options->presence_penalty,
        .frequency_penalty = options->frequency_penalty,
        .seed = options->seed + i,
    };
    *c = (candidate){.v = v, .i = i, .no_logprob = options->no_logprob};
    buffer_init(&c->text, LIMIT_ANSWER_BYTES);
    text_filter_init(&c->filter, options);
    detokenizer_init(&c->decoder, v);
    int status = init_constraints(c, options, err);
    if (status == HUIS_OK) {
        status = sampler_new(&c->sampler, &sampling, vocab_size(v), err);
    }
    if (status < 0) {
        candidate_deinit(c);
    }
    return status;
}

void candidate_release(candidate *c)
{
    c->sampler = sampler_free(c->sampler);
    c->guard = copy_guard_free(c->guard);
    c->order = keep_order_free(c->order);
    text_filter_deinit(&c->filter);
}

void candidate_deinit(candidate *c)
{
    candidate_release(c);
    buffer_deinit(&c->text);
}

static bool allow_token(void *user, int32_t token)
{
    const candidate *const c = user;
    if (vocab_is_end(c->v, token)) {
        return (c->guard == NULL || copy_guard_allows_end(c->guard)) &&
               (c->order == NULL || keep_order_allows_end(c->order));
    }
    const span bytes = vocab_bytes(c->v, token);
    return (c->guard == NULL || copy_guard_allows(c->guard, bytes)) &&
           (c->order == NULL || keep_order_allows(c->order, bytes));
}

static void end_candidate(candidate *c, huis_finish finish)
{
    c->is_over = true;
    c->finish = finish;
}

/* The model chose to end: nothing is held back any longer. */
static bool finish_text(candidate *c)
{
    buffer rest;
    buffer_init(&rest, LIMIT_ANSWER_BYTES);
    const bool ok = detokenizer_finish(&c->decoder, &rest) &&
                    text_filter_push(&c->filter, buffer_span(&rest), &c->text) &&
                    text_filter_finish(&c->filter, &c->text);
    buffer_deinit(&rest);
    end_candidate(c, c->filter.finish);
    return ok;
}

/* A limit was reached: what is held back for a stop string is shown, half a character is not. */
static bool cut_text(candidate *c)
{
    const bool ok = text_filter_finish(&c->filter, &c->text);
    end_candidate(c, HUIS_FINISH_LENGTH);
    return ok;
}

/* A token becomes text. */
static bool take_token(candidate *c, int32_t token)
{
    buffer piece;
    buffer_init(&piece, LIMIT_ANSWER_BYTES);
    const bool ok = detokenizer_push(&c->decoder, token, &piece) &&
                    text_filter_push(&c->filter, buffer_span(&piece), &c->text);
    buffer_deinit(&piece);
    if (c->guard != NULL) {
        copy_guard_push(c->guard, vocab_bytes(c->v, token));
    }
    if (c->order != NULL) {
        keep_order_push(c->order, vocab_bytes(c->v, token));
    }
    if (c->filter.is_over) {
        end_candidate(c, c->filter.finish);
    }
    return ok;
}

static int choose(candidate *c, const float *logits, engine_context *context, int32_t *out_token,
                  double *out_logprob, huis_error *err)
{
    const bool is_bound = c->guard != NULL || c->order != NULL;
    const sampler_allow_fn allow = is_bound ? allow_token : NULL;
    double *const logprob = c->no_logprob ? NULL : out_logprob;
    if (logits == NULL) {
        return choose_token(context, c->sampler, allow, c, out_token, logprob, err);
    }
    *out_token = sampler_choose(c->sampler, logits, allow, c, logprob);
    return HUIS_OK;
}

int candidate_step(candidate *c, const float *logits, engine_context *context, uint32_t max_tokens,
                   int32_t *out_token, huis_error *err)
{
    double logprob = 0;
    int32_t token = VOCAB_NONE;
    RETURN_IF_ERROR(choose(c, logits, context, &token, &logprob, err));
    bool ok = true;
    if (token == VOCAB_NONE || vocab_is_end(c->v, token)) {
        ok = finish_text(c);
    } else {
        sampler_accept(c->sampler, token);
        c->n_tokens++;
        c->logprob += logprob;
        ok = take_token(c, token);
        if (ok && !c->is_over && c->n_tokens == max_tokens) {
            ok = cut_text(c);
        }
    }
    *out_token = token;
    return ok ? HUIS_OK : error_no_memory(err, "the answer");
}
