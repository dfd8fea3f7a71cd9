/*
 * summary_rerank.c - the best of several answers to one question.
 *
 * An answer is worth what the others agree with (mean of ROUGE-1, -2 and -L F1 with each of them:
 * minimum Bayes risk, Kumar and Byrne 2004) and the share of its content words that the source has.
 * What the model says once by chance loses against what it says again and again. Measured
 * (docs/summarize.md): log-probability and coverage of the source choose no better.
 */
#include "base/error.h"
#include "feature/summarize/summary_overlap.h"
#include "feature/summarize/summary_write.h"

static double mean_similarity(const overlap_run *answers, size_t n, size_t i)
{
    double sum = 0.0;
    for (size_t k = 0; k < n; k++) {
        sum += k != i ? overlap_agreement(&answers[i], &answers[k]) / 3.0 : 0.0;
    }
    return n > 1 ? sum / (double)(n - 1) : 0.0;
}

int summary_rerank(summary_job *job, const span *answers, size_t n, double *out_values)
{
    overlap_run *const runs = arena_alloc(&job->scratch, n + 1, sizeof(*runs));
    if (runs == NULL) {
        return summary_no_memory(job);
    }
    int status = HUIS_OK;
    for (size_t i = 0; i < n && status == HUIS_OK; i++) {
        runs[i] = (overlap_run){.count = 0};
        status = overlap_append(&runs[i], answers[i], OVERLAP_MAX_WORDS) ? HUIS_OK
                                                                         : summary_no_memory(job);
    }
    for (size_t i = 0; i < n && status == HUIS_OK; i++) {
        evidence_verdict v = {0};
        status = evidence_check(job->index, answers[i], &job->scratch, &v, job->err);
        const double support = v.n_content > 0 ? (double)v.n_found / (double)v.n_content : 0.0;
        out_values[i] = mean_similarity(runs, n, i) + support;
    }
    return status;
}
