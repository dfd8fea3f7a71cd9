/*
 * summary_line.c - one line over a few chosen sentences: a subject, a title, a dialogue's sentence.
 *
 * The samples are decoded over the prefill of the greedy answer, and only if that one holds a word
 * that the source lacks or fails a check: measured, nine answers ranked by what they agree on are
 * then better than one, and else no better (docs/summarize.md). The best answer that the checks let
 * through is shown.
 */
#include "base/error.h"
#include "feature/summarize/summary_write.h"

enum {
    SAMPLES = 4,      /* of a second try */
    POOL_SAMPLES = 8, /* beside the greedy answer */
    POOL = POOL_SAMPLES + 1,
    PROMPT_BYTES = 1 << 20
};

/* The best verified candidate: the share of its content that the source has, then its score. */
static int add_best_candidate(summary_job *job, const huis_result *result, bool *out_added)
{
    double best = -1.0;
    size_t i_best = 0;
    for (size_t i = 0; i < result->n_candidates; i++) {
        buffer text;
        evidence_verdict v = {0};
        bool ok = false;
        buffer_init(&text, SUMMARY_ITEM_BYTES);
        const int status = summary_verify(job, summary_tidy(summary_candidate(result, i)),
                                          SUMMARY_MIN_SUPPORT, &text, &v, &ok);
        buffer_deinit(&text);
        RETURN_IF_ERROR(status);
        const double value = ok ? (double)v.n_found / (double)v.n_content + v.score : -1.0;
        if (value > best) {
            best = value;
            i_best = i;
        }
    }
    *out_added = false;
    return best < 0.0 ? HUIS_OK
                      : summary_add_verified(job, summary_tidy(summary_candidate(result, i_best)),
                                             job->words_left, SUMMARY_MIN_SUPPORT, out_added);
}

/* One answer over the chosen sentences: greedy first; if it cannot be shown, the best of a few
 * samples over the same prefill. */
int summary_write_one(summary_job *job, prompt_use use, size_t max_sentences)
{
    buffer source;
    bool added = false;
    const size_t limit = job->words_left + job->words_left / 2 + 2;
    buffer_init(&source, PROMPT_BYTES);
    int status = summary_show_best(job, max_sentences, &source);
    for (uint32_t n = 1; n <= SAMPLES && status == HUIS_OK && source.len > 0 && !added;
         n += SAMPLES - 1) {
        const huis_result *result = NULL;
        status = summary_ask(job, use, buffer_span(&source), limit, n, &result);
        if (status == HUIS_OK) {
            status = add_best_candidate(job, result, &added);
        }
    }
    buffer_deinit(&source);
    job->summary->n_fallbacks += status == HUIS_OK && !added;
    return status;
}

/* Answers that outlive the next call of the session. */
static int keep_answers(summary_job *job, const huis_result *result, span *answers, size_t *n)
{
    for (size_t i = 0; i < result->n_candidates && *n < POOL; i++) {
        const span answer = summary_tidy(summary_candidate(result, i));
        if (document_count_words(answer) == 0) {
            continue;
        }
        const char *const copy = arena_copy(&job->scratch, answer);
        if (copy == NULL) {
            return summary_no_memory(job);
        }
        answers[(*n)++] = span_from(copy, answer.len);
    }
    return HUIS_OK;
}

/* The best answer that the checks let through. */
static int add_best_answer(summary_job *job, const span *answers, size_t n, bool *out_added)
{
    double values[POOL];
    *out_added = false;
    RETURN_IF_ERROR(summary_rerank(job, answers, n, values));
    for (size_t tries = 0; tries < n && !*out_added; tries++) {
        size_t best = 0;
        for (size_t i = 1; i < n; i++) {
            best = values[i] > values[best] ? i : best;
        }
        values[best] = -1.0;
        RETURN_IF_ERROR(summary_add_verified(job, answers[best], job->words_left,
                                             SUMMARY_MIN_SUPPORT, out_added));
    }
    return HUIS_OK;
}

/* Whether an answer needs no others beside it: every content word of it stands in the source. */
static int is_certain(summary_job *job, span answer, bool *out_certain)
{
    buffer text;
    evidence_verdict v = {0};
    bool ok = false;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    const int status = summary_verify(job, answer, 1.0, &text, &v, &ok);
    buffer_deinit(&text);
    *out_certain = ok;
    return status;
}

int summary_write_best(summary_job *job, prompt_use use, size_t max_sentences)
{
    static const uint32_t ROUNDS[] = {1, POOL_SAMPLES};
    buffer source;
    span answers[POOL];
    size_t n = 0;
    bool certain = false;
    bool added = false;
    const size_t limit = job->words_left + job->words_left / 2 + 2;
    buffer_init(&source, PROMPT_BYTES);
    int status = summary_show_best(job, max_sentences, &source);
    for (size_t i = 0; i < 2 && status == HUIS_OK && source.len > 0 && !certain; i++) {
        const huis_result *result = NULL;
        status = summary_ask(job, use, buffer_span(&source), limit, ROUNDS[i], &result);
        status = status == HUIS_OK ? keep_answers(job, result, answers, &n) : status;
        if (status == HUIS_OK && n == 1) {
            status = is_certain(job, answers[0], &certain);
        }
    }
    buffer_deinit(&source);
    status = status == HUIS_OK ? add_best_answer(job, answers, n, &added) : status;
    job->summary->n_fallbacks += status == HUIS_OK && !added;
    return status;
}
