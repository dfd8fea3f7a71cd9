/*
 * answer_score.c - how likely the model finds given continuations.
 */
#include "worker/answer.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Rows of logits held at once: 16 rows of a vocabulary of 150,000 are 10 MB. */
enum { SCORE_CHUNK = 16 };

typedef struct scoring {
    worker_model *m;
    reply *r;
    engine_context *context;
    uint32_t n_prompt;
    uint32_t n_vocab;
    float *first; /* [n_vocab]: logits after the prompt */
    float *rows;  /* [SCORE_CHUNK][n_vocab] */
} scoring;

static int score_tokens(const scoring *s, const token_list *ids, double *out_logprob,
                        huis_error *err)
{
    double sum = ids->count > 0 ? prefill_logprob(s->first, s->n_vocab, ids->ids[0]) : 0;
    engine_context_truncate(s->context, s->n_prompt);
    for (size_t i = 0; i + 1 < ids->count;) {
        const size_t left = ids->count - 1 - i;
        const size_t n = left < SCORE_CHUNK ? left : SCORE_CHUNK;
        RETURN_IF_ERROR(engine_prefill_logits(s->context, ids->ids + i, (uint32_t)n, s->rows, err));
        for (size_t j = 0; j < n; j++) {
            sum += prefill_logprob(s->rows + j * s->n_vocab, s->n_vocab, ids->ids[i + j + 1]);
        }
        i += n;
        if (!reply_continue(s->r)) {
            return error_set(err, HUIS_E_CANCELLED, "cancelled");
        }
    }
    *out_logprob = sum;
    return HUIS_OK;
}

static int score_text(const scoring *s, span text, double *out_logprob, uint32_t *out_n_tokens,
                      huis_error *err)
{
    token_list ids;
    token_list_init(&ids);
    const vocab_encode_options options = {.parse_special = false, .add_special = false};
    int status = vocab_encode(engine_vocab(s->m->engine), text, &options, &ids, err);
    if (status == HUIS_OK) {
        status = score_tokens(s, &ids, out_logprob, err);
    }
    *out_n_tokens = (uint32_t)ids.count;
    token_list_deinit(&ids);
    return status;
}

static int score_all(const scoring *s, const protocol_score *request, json_t *scores,
                     huis_error *err)
{
    for (size_t i = 0; i < request->n_continuations; i++) {
        double logprob = 0;
        uint32_t n_tokens = 0;
        RETURN_IF_ERROR(score_text(s, request->continuations[i], &logprob, &n_tokens, err));
        json_t *const score =
            json_pack("{s:f, s:I}", "logprob", logprob, "n_tokens", (json_int_t)n_tokens);
        if (json_array_append_new(scores, score) != 0) {
            return error_no_memory(err, "the scores");
        }
        if (!reply_continue(s->r)) {
            return error_set(err, HUIS_E_CANCELLED, "cancelled");
        }
    }
    return HUIS_OK;
}

static int prepare(scoring *s, const protocol_score *request, huis_error *err)
{
    const prefill_request prompt = {request->session, request->messages, request->n_messages, false,
                                    0};
    prefill_result result;
    RETURN_IF_ERROR(prefill_prompt(s->m, s->r, &prompt, &result, err));
    s->context = result.context;
    s->n_prompt = result.usage.prompt_tokens;
    s->n_vocab = vocab_size(engine_vocab(s->m->engine));
    s->first = memory_alloc(s->n_vocab, sizeof(*s->first));
    s->rows = memory_alloc((size_t)SCORE_CHUNK * s->n_vocab, sizeof(*s->rows));
    if (s->first == NULL || s->rows == NULL) {
        return error_no_memory(err, "the logits");
    }
    const float *logits = NULL;
    RETURN_IF_ERROR(engine_all_logits(s->context, &logits, err));
    memcpy(s->first, logits, s->n_vocab * sizeof(*s->first));
    return HUIS_OK;
}

int answer_score(worker_model *m, reply *r, const protocol_score *request, huis_error *err)
{
    scoring s = {.m = m, .r = r};
    json_t *const scores = json_array();
    int status = scores != NULL ? prepare(&s, request, err) : error_no_memory(err, "the scores");
    if (status == HUIS_OK) {
        status = score_all(&s, request, scores, err);
    }
    if (status == HUIS_OK) {
        reply_json(r, PROTOCOL_SCORES, json_pack("{s:O}", "scores", scores));
    }
    json_decref(scores);
    memory_free(s.first);
    memory_free(s.rows);
    return status;
}
