/*
 * bench.h - what the files of huis-bench share: settings, timed runs, and the list of measures.
 *
 * A measure is repeated; its median is reported with the lowest and the highest run. A run during
 * which other programs (or, on a virtual machine, its neighbours) took the processors counts, but is
 * marked as disturbed: whoever compares figures repeats those.
 */
#ifndef HUIS_BENCH_BENCH_H
#define HUIS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cache_file.h"
#include "base/file.h"
#include "engine/engine.h"

enum { BENCH_RUNS_MAX = 1000, BENCH_MEASURES_MAX = 96, BENCH_LONG = 4096 };

typedef struct bench_settings {
    const char *path;
    const char *name;    /* of the model; NULL: the file's */
    const char *level;   /* NULL: the best */
    const char *packed;  /* the packed form to use, if it is whole; NULL: none */
    const char *pack_to; /* where to write the packed form, instead of measuring; NULL */
    const char *sha256;  /* of the model, known with `packed` */
    const char *only;    /* parts to measure, "few,worker"; NULL: all or none */
    const char *scratch; /* where a folder for files may be made for a while */
    uint32_t prefill, decode, depth, threads, repeat, chunk;
    bool json, everything, roofline, all_logits;
} bench_settings;

/* Runs of one measure. */
typedef struct bench_samples {
    double values[BENCH_RUNS_MAX];
    uint32_t n, n_disturbed;
} bench_samples;

typedef struct bench_value {
    double median, low, high;
    uint32_t n_runs, n_disturbed;
} bench_value;

/* From a start to a stop, and what else the machine did meanwhile. */
typedef struct bench_timer {
    int64_t start_us;
    double own_s; /* processor time of this program and its helpers */
    long n_switches;
    uint64_t busy, stolen, all; /* processor ticks of the whole machine */
} bench_timer;

void bench_timer_start(bench_timer *t);
/* Seconds since the start. *out_disturbed: others took more than a tenth of the machine, or the
 * hypervisor more than a fiftieth, or this program was put off its processors over and over. */
double bench_timer_stop(const bench_timer *t, bool *out_disturbed);
/* No more than BENCH_RUNS_MAX are kept. */
void bench_samples_add(bench_samples *s, double value, bool is_disturbed);
bench_value bench_samples_value(const bench_samples *s);
/* Whether a measure that began at `start_us` and has `n` runs is to be run again: `repeat` times,
 * but no longer than some seconds. */
bool bench_again(const bench_settings *s, int64_t start_us, uint32_t n);

typedef struct bench_measure {
    const char *what;                /* "prefill" */
    const char *detail;              /* "from the packed form"; "" */
    uint32_t tokens, depth, threads; /* 0: does not apply */
    const char *unit;
    bench_value value;
} bench_measure;

typedef struct bench_report {
    bench_measure rows[BENCH_MEASURES_MAX];
    uint32_t n_rows;
    bench_value prefill, decode; /* of the contract; n_runs 0: not asked for */
    double load_ms;
    bool is_attached; /* the weights are those of the packed form */
    uint64_t peak_bytes;
    char quantisation[32], level[16];
    uint32_t n_threads;
    char note[600]; /* why something is missing; "" */
} bench_report;

/* Rows past BENCH_MEASURES_MAX are dropped. */
void bench_report_add(bench_report *r, const bench_measure *m);
void bench_report_print(const bench_report *r, const bench_settings *s);

/* Those of a text, over and over, the same each time. */
int32_t *bench_tokens(const engine *e, uint32_t n);
/* Prefill and decode of the settings, at settings->depth. */
int bench_prefill_decode(bench_report *r, const bench_settings *s, engine *e, huis_error *err);
/* Up to 4,096 tokens, and decoding after them. */
int bench_long_context(bench_report *r, const bench_settings *s, engine *e, huis_error *err);
/* What computing the logits of 2 to 8 tokens costs, beside one. */
int bench_few_tokens(bench_report *r, const bench_settings *s, engine *e, huis_error *err);
/* 1 to 8 sequences decoded together: tokens of all of them a second. */
int bench_batch(bench_report *r, const bench_settings *s, engine *e, huis_error *err);
/* Through huis-worker, as every command does: load, peak memory, first token cold and warm. What
 * fails is noted: a full disk or a short context. */
void bench_worker(bench_report *r, const bench_settings *s);
/* Through huis-worker: several requests at once, and prompts that are remembered or not. What fails
 * is noted. */
void bench_serve(bench_report *r, const bench_settings *s);
/* What the processor can do, and, where the report holds prefill and decode, how near `e` came. */
int bench_roofline(bench_report *r, const bench_settings *s, const engine *e, huis_error *err);

#endif
