/*
 * answer_score.c - how likely the model finds given continuations.
 */
#include "worker/answer.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* Rows of logits held at once: 16 rows of a vocabulary of 150,000 are 10 MB. */
enum { SCORE_CHUNK = 16 };

struct scoring {
    worker_model *m;
    reply *r;
    const prefill *prompt;
    const protocol_score *request;
    uint32_t n_prompt;
    uint32_t n_vocab;
    float *first; /* [n_vocab]: logits after the prompt */
    float *rows;  /* [SCORE_CHUNK][n_vocab] */
    json_t *scores;
    size_t i_text;  /* the continuation that is scored */
    token_list ids; /* of it */
    size_t n_done;  /* tokens that are in the context; the last one never is */
    bool is_open;   /* ids and sum are those of i_text */
    double sum;
};

int scoring_new(scoring **out_scoring, worker_model *m, reply *r, const prefill *prompt,
                const protocol_score *request, huis_error *err)
{
    scoring *const s = memory_alloc(1, sizeof(*s));
    json_t *const scores = json_array();
    if (s == NULL || scores == NULL) {
        memory_free(s);
        json_decref(scores);
        return error_no_memory(err, "the scores");
    }
    s->m = m;
    s->r = r;
    s->prompt = prompt;
    s->request = request;
    s->scores = scores;
    token_list_init(&s->ids);
    *out_scoring = s;
    return HUIS_OK;
}

scoring *scoring_free(scoring *s)
{
    if (s == NULL) {
        return NULL;
    }
    json_decref(s->scores);
    token_list_deinit(&s->ids);
    memory_free(s->first);
    memory_free(s->rows);
    return memory_free(s);
}

int scoring_begin(scoring *s, huis_error *err)
{
    s->n_prompt = s->prompt->usage.prompt_tokens;
    s->n_vocab = vocab_size(engine_vocab(s->m->engine));
    s->first = memory_alloc(s->n_vocab, sizeof(*s->first));
    s->rows = memory_alloc((size_t)SCORE_CHUNK * s->n_vocab, sizeof(*s->rows));
    if (s->first == NULL || s->rows == NULL) {
        return error_no_memory(err, "the logits");
    }
    const float *logits = NULL;
    RETURN_IF_ERROR(engine_all_logits(s->prompt->context, &logits, err));
    memcpy(s->first, logits, s->n_vocab * sizeof(*s->first));
    return HUIS_OK;
}

/* The next continuation. */
static int open_text(scoring *s, huis_error *err)
{
    const vocab_encode_options options = {.parse_special = false, .add_special = false};
    s->ids.count = 0;
    RETURN_IF_ERROR(vocab_encode(engine_vocab(s->m->engine), s->request->continuations[s->i_text],
                                 &options, &s->ids, err));
    s->sum = s->ids.count > 0 ? prefill_logprob(s->first, s->n_vocab, s->ids.ids[0]) : 0;
    s->n_done = 0;
    s->is_open = true;
    engine_context_truncate(s->prompt->context, s->n_prompt);
    return HUIS_OK;
}

static int score_chunk(scoring *s, size_t n, huis_error *err)
{
    const int32_t *const ids = s->ids.ids + s->n_done;
    RETURN_IF_ERROR(engine_prefill_logits(s->prompt->context, ids, (uint32_t)n, s->rows, err));
    for (size_t i = 0; i < n; i++) {
        s->sum += prefill_logprob(s->rows + i * s->n_vocab, s->n_vocab, ids[i + 1]);
    }
    s->n_done += n;
    return HUIS_OK;
}

static int close_text(scoring *s, huis_error *err)
{
    json_t *const score =
        json_pack("{s:f, s:I}", "logprob", s->sum, "n_tokens", (json_int_t)s->ids.count);
    if (json_array_append_new(s->scores, score) != 0) {
        return error_no_memory(err, "the scores");
    }
    s->is_open = false;
    s->i_text++;
    return HUIS_OK;
}

int scoring_step(scoring *s, bool *out_over, huis_error *err)
{
    if (!s->is_open) {
        RETURN_IF_ERROR(open_text(s, err));
    }
    if (s->n_done + 1 < s->ids.count) {
        const size_t left = s->ids.count - 1 - s->n_done;
        RETURN_IF_ERROR(score_chunk(s, left < SCORE_CHUNK ? left : SCORE_CHUNK, err));
    }
    if (s->n_done + 1 >= s->ids.count) {
        RETURN_IF_ERROR(close_text(s, err));
    }
    *out_over = s->i_text == s->request->n_continuations;
    if (*out_over) {
        reply_json(s->r, PROTOCOL_SCORES, json_pack("{s:O}", "scores", s->scores));
    }
    return HUIS_OK;
}
