/*
 * statistics.c - see statistics.h.
 */
#include "eval/statistics.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/rng.h"

/* Positions of the 2.5 % and 97.5 % quantiles among the sorted means. */
enum { LOW_RANK = STATISTICS_RESAMPLES / 40, HIGH_RANK = STATISTICS_RESAMPLES - 1 - LOW_RANK };

double statistics_mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += values[i];
    }
    return n > 0 ? sum / (double)n : 0.0;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

int statistics_paired(const double *a, const double *b, size_t n, statistics_interval *out,
                      huis_error *err)
{
    double *const means = memory_alloc(STATISTICS_RESAMPLES, sizeof(*means));
    if (means == NULL) {
        return error_no_memory(err, "the resamples of an interval");
    }
    rng r;
    rng_init(&r, STATISTICS_SEED);
    for (size_t k = 0; k < STATISTICS_RESAMPLES; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            const uint32_t at = rng_next_below(&r, (uint32_t)n);
            sum += a[at] - b[at];
        }
        means[k] = sum / (double)n;
    }
    qsort(means, STATISTICS_RESAMPLES, sizeof(*means), compare_doubles);
    *out = (statistics_interval){statistics_mean(a, n) - statistics_mean(b, n), means[LOW_RANK],
                                 means[HIGH_RANK]};
    memory_free(means);
    return HUIS_OK;
}
