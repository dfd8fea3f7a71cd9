/*
 * bench_run.c - timed runs, who disturbed them, and their median.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench.h"

/* Of the machine's time; times a second that a thread was put off its processor. */
static const double OTHERS_MAX = 0.10;
static const double STOLEN_MAX = 0.02;
static const double SWITCHES_MAX = 40;
/* Shorter runs are less than a few of the kernel's ticks. */
static const double JUDGED_S = 0.05;
static const int64_t PATIENCE_US = 10 * 1000000;

/* The first line of /proc/stat: user nice system idle iowait irq softirq steal. */
static void read_ticks(bench_timer *t)
{
    unsigned long long v[8] = {0};
    char line[256] = "";
    FILE *const f = fopen("/proc/stat", "re");
    if (f == NULL || fgets(line, sizeof(line), f) == NULL) {
        line[0] = '\0';
    }
    if (f != NULL) {
        (void)fclose(f);
    }
    char *at = line + strcspn(line, " ");
    for (size_t i = 0; i < 8; i++) {
        v[i] = strtoull(at, &at, 10);
        t->all += v[i];
    }
    t->busy = t->all - v[3] - v[4];
    t->stolen = v[7];
}

static double processor_seconds(const struct rusage *u)
{
    return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
           (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) / 1e6;
}

/* This program and its helpers that have ended. */
static void read_own(bench_timer *t)
{
    struct rusage u = {0};
    (void)getrusage(RUSAGE_SELF, &u);
    t->own_s = processor_seconds(&u);
    t->n_switches = u.ru_nivcsw;
    (void)getrusage(RUSAGE_CHILDREN, &u);
    t->own_s += processor_seconds(&u);
    t->n_switches += u.ru_nivcsw;
}

void bench_timer_start(bench_timer *t)
{
    *t = (bench_timer){0};
    read_ticks(t);
    read_own(t);
    t->start_us = clock_monotonic_us();
}

double bench_timer_stop(const bench_timer *t, bool *out_disturbed)
{
    const double seconds = (double)(clock_monotonic_us() - t->start_us) / 1e6;
    bench_timer now = {0};
    read_ticks(&now);
    read_own(&now);
    const double all = now.all > t->all ? (double)(now.all - t->all) : 1;
    const double own = (now.own_s - t->own_s) * (double)sysconf(_SC_CLK_TCK);
    const double others = ((double)(now.busy - t->busy) - own) / all;
    const double stolen = (double)(now.stolen - t->stolen) / all;
    const double switches = (double)(now.n_switches - t->n_switches) / seconds;
    *out_disturbed = seconds > JUDGED_S &&
                     (others > OTHERS_MAX || stolen > STOLEN_MAX || switches > SWITCHES_MAX);
    return seconds;
}

void bench_samples_add(bench_samples *s, double value, bool is_disturbed)
{
    if (s->n < BENCH_RUNS_MAX) {
        s->values[s->n++] = value;
        s->n_disturbed += is_disturbed;
    }
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

bench_value bench_samples_value(const bench_samples *s)
{
    if (s->n == 0) {
        return (bench_value){0};
    }
    bench_samples sorted = *s;
    double *const v = sorted.values;
    qsort(v, s->n, sizeof(*v), compare_doubles);
    const double median = s->n % 2 == 1 ? v[s->n / 2] : (v[s->n / 2 - 1] + v[s->n / 2]) / 2;
    return (bench_value){median, v[0], v[s->n - 1], s->n, s->n_disturbed};
}

bool bench_again(const bench_settings *s, int64_t start_us, uint32_t n)
{
    return n == 0 || (n < s->repeat && clock_monotonic_us() - start_us < PATIENCE_US);
}
