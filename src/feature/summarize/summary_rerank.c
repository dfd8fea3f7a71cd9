/*
 * summary_rerank.c - the best of several answers to one question.
 *
 * An answer is worth what the others agree with (mean of ROUGE-1, -2 and -L F1 with each of them:
 * minimum Bayes risk, Kumar and Byrne 2004) and the share of its content words that the source has.
 * What the model says once by chance loses against what it says again and again. Measured
 * (docs/summarize.md): log-probability and coverage of the source choose no better.
 */
#include "base/error.h"
#include "feature/summarize/summary_write.h"

static double f1(size_t hits, size_t a, size_t b)
{
    return a + b > 0 ? 2.0 * (double)hits / (double)(a + b) : 0.0;
}

static span form_at(const summary_words *w, size_t i)
{
    return w->words[i].form;
}

/* Runs of n words that both have, each counted as often as both have it. n is 1 or 2. */
static size_t common_runs(const summary_words *a, const summary_words *b, size_t n)
{
    bool taken[SUMMARY_MAX_WORDS] = {false};
    size_t hits = 0;
    for (size_t i = 0; i + n <= a->count; i++) {
        for (size_t k = 0; k + n <= b->count; k++) {
            if (!taken[k] && span_equal(form_at(a, i), form_at(b, k)) &&
                (n == 1 || span_equal(form_at(a, i + 1), form_at(b, k + 1)))) {
                taken[k] = true;
                hits++;
                break;
            }
        }
    }
    return hits;
}

/* Length of the longest common subsequence. */
static size_t common_subsequence(const summary_words *a, const summary_words *b)
{
    size_t row[SUMMARY_MAX_WORDS + 1] = {0};
    for (size_t i = 0; i < a->count; i++) {
        size_t diagonal = 0;
        for (size_t k = 1; k <= b->count; k++) {
            const size_t above = row[k];
            if (span_equal(form_at(a, i), form_at(b, k - 1))) {
                row[k] = diagonal + 1;
            } else if (row[k - 1] > row[k]) {
                row[k] = row[k - 1];
            }
            diagonal = above;
        }
    }
    return row[b->count];
}

static size_t count_runs(const summary_words *w, size_t n)
{
    return w->count >= n ? w->count - n + 1 : 0;
}

static double similarity(const summary_words *a, const summary_words *b)
{
    return (f1(common_runs(a, b, 1), a->count, b->count) +
            f1(common_runs(a, b, 2), count_runs(a, 2), count_runs(b, 2)) +
            f1(common_subsequence(a, b), a->count, b->count)) /
           3.0;
}

static double mean_similarity(const summary_words *words, size_t n, size_t i)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += k != i ? similarity(&words[i], &words[k]) : 0.0;
    }
    return n > 1 ? sum / (double)(n - 1) : 0.0;
}

int summary_rerank(summary_job *job, const span *answers, size_t n, double *out_values)
{
    summary_words *const words = arena_alloc(&job->scratch, n + 1, sizeof(*words));
    if (words == NULL) {
        return summary_no_memory(job);
    }
    size_t n_split = 0;
    bool ok = true;
    while (n_split < n && ok) {
        ok = summary_split_words(&words[n_split], answers[n_split]);
        n_split++;
    }
    int status = ok ? HUIS_OK : summary_no_memory(job);
    for (size_t i = 0; i < n && status == HUIS_OK; i++) {
        evidence_verdict v = {0};
        status = evidence_check(job->index, answers[i], &job->scratch, &v, job->err);
        const double support = v.n_content > 0 ? (double)v.n_found / (double)v.n_content : 0.0;
        out_values[i] = mean_similarity(words, n, i) + support;
    }
    for (size_t i = 0; i < n_split; i++) {
        summary_words_deinit(&words[i]);
    }
    return status;
}
