/*
 * statistics.h - means and bootstrap intervals of paired differences (Efron and Tibshirani 1993,
 * "An Introduction to the Bootstrap", percentile method).
 */
#ifndef HUIS_EVAL_STATISTICS_H
#define HUIS_EVAL_STATISTICS_H

#include <stddef.h>

#include "huis/error.h"

enum { STATISTICS_RESAMPLES = 1000, STATISTICS_SEED = 1 };

typedef struct statistics_interval {
    double mean, low, high; /* 95 % */
} statistics_interval;

double statistics_mean(const double *values, size_t n);
/* Of a[i] - b[i] over items drawn with replacement; the same seed in each call, so that several
 * measures of the same items see the same draws. n > 0. */
int statistics_paired(const double *a, const double *b, size_t n, statistics_interval *out,
                      huis_error *err);

#endif
