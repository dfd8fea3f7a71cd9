/*
 * bench_roofline.c - what this machine can do, and how near a model came.
 *
 * Products and memory are measured in the moment they are compared with, on one thread and on all.
 * A prompt is bound by products: tokens a second times the multiply-accumulates of the layers'
 * matrices (attention is left out). Decoding is bound by memory: tokens a second times the bytes of
 * the packed matrices that one token reads: of a large head, its coarse copy.
 */
#include <string.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/pool.h"
#include "bench.h"
#include "bench_peak.h"
#include "engine/state.h"
#include "kernel/kernel.h"

enum { MEMORY_BYTES = 256 * 1024 * 1024, HUGE_PAGE = 2 * 1024 * 1024, RUNS = 5 };

static const double RUN_S = 0.1;

/* What every thread does in one run. */
typedef struct peak_job {
    bench_peak_fn work; /* NULL: read */
    size_t n;
    const uint64_t *words;
    size_t n_words;
    uint64_t sums[LIMIT_THREADS];
    double done[LIMIT_THREADS]; /* multiply-accumulates, or bytes */
} peak_job;

static void run_peak(void *user, pool_worker *w)
{
    peak_job *const job = user;
    if (job->work != NULL) {
        job->done[w->i_thread] = job->work(job->n);
        return;
    }
    const size_t share = job->n_words / w->n_threads / 8 * 8;
    job->sums[w->i_thread] = bench_peak_read(job->words + w->i_thread * share, share);
    job->done[w->i_thread] = (double)share * 8;
}

/* Billions a second of the whole team. */
static double rate(pool *team, peak_job *job, bool *out_disturbed)
{
    bench_timer timer;
    bench_timer_start(&timer);
    pool_run(team, run_peak, job);
    const double seconds = bench_timer_stop(&timer, out_disturbed);
    double sum = 0;
    for (uint32_t i = 0; i < pool_n_threads(team); i++) {
        sum += job->done[i];
    }
    return sum / seconds * 1e-9;
}

static bench_value measure_peak(pool *team, peak_job *job)
{
    static bench_samples samples;
    bool disturbed = false;
    samples.n = samples.n_disturbed = 0;
    if (job->work != NULL) { /* how much work fills a run */
        const int64_t start_us = clock_monotonic_us();
        (void)job->work(job->n = 100000);
        const double seconds = (double)(clock_monotonic_us() - start_us + 1) / 1e6;
        job->n = (size_t)(RUN_S / seconds * 100000) + 1;
    }
    for (int i = 0; i < RUNS; i++) {
        const double value = rate(team, job, &disturbed);
        bench_samples_add(&samples, value, disturbed);
    }
    return bench_samples_value(&samples);
}

static void add_row(bench_report *r, const char *what, const char *detail, uint32_t n_threads,
                    const char *unit, bench_value value)
{
    const bench_measure m = {
        .what = what, .detail = detail, .threads = n_threads, .unit = unit, .value = value};
    bench_report_add(r, &m);
}

/* The roof of the whole team at the report's level. */
typedef struct roof {
    double products, bytes;
} roof;

static int measure_team(bench_report *r, uint32_t n_threads, const uint64_t *words, roof *out,
                        huis_error *err)
{
    static peak_job job;
    pool *team = NULL;
    RETURN_IF_ERROR(pool_new(&team, n_threads, err));
    job = (peak_job){.words = words, .n_words = MEMORY_BYTES / sizeof(*words)};
    const bench_value reading = measure_peak(team, &job);
    add_row(r, "read memory", "", n_threads, "GB/s", reading);
    out->bytes = reading.median;
    for (const bench_peak *p = BENCH_PEAKS; p->level != NULL; p++) {
        if (kernel_select(p->level) == NULL) {
            continue;
        }
        job.work = p->integer;
        const bench_value products = measure_peak(team, &job);
        add_row(r, "int8 products", p->products, n_threads, "GMAC/s", products);
        job.work = p->floats;
        add_row(r, "float products", p->level, n_threads, "GMAC/s", measure_peak(team, &job));
        if (strcmp(p->level, r->level) == 0) {
            out->products = products.median;
        }
    }
    (void)pool_free(team);
    return HUIS_OK;
}

/* What one token of a prompt multiplies, and one decoded token reads. */
static void add_matrix(const packed_matrix *w, double *macs, double *bytes)
{
    *macs += (double)w->n_rows * (double)w->n_cols;
    *bytes += (double)w->n_panels * (double)w->panel_bytes;
}

static void add_shares(bench_report *r, const bench_settings *s, const engine *e, const roof *top)
{
    double macs = 0;
    double bytes = 0;
    double head_macs = 0;
    for (uint32_t i = 0; i < e->info.n_layers; i++) {
        const layer_weights *const l = &e->weights.layers[i];
        const packed_matrix *const all[] = {&l->q,    &l->k,  &l->v,   &l->output,
                                            &l->gate, &l->up, &l->down};
        for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
            add_matrix(all[k], &macs, &bytes);
        }
    }
    /* Greedy decoding reads the coarse copy of a large head, and hardly the head itself. */
    const coarse_matrix *const coarse = &e->weights.coarse_head;
    add_matrix(coarse->panels.data != NULL && !s->all_logits ? &coarse->panels : &e->weights.head,
               &head_macs, &bytes);
    const double scales[] = {macs * 1e-9, bytes * 1e-9};
    const double tops[] = {top->products, top->bytes};
    const bench_value reached[] = {r->prefill, r->decode};
    for (size_t i = 0; i < 2; i++) {
        bench_value v = reached[i];
        if (v.n_runs == 0 || tops[i] <= 0) {
            continue;
        }
        const bench_value rates = {v.median * scales[i], v.low * scales[i], v.high * scales[i],
                                   v.n_runs, v.n_disturbed};
        const double percent = 100 / tops[i];
        const bench_value share = {rates.median * percent, rates.low * percent,
                                   rates.high * percent, v.n_runs, v.n_disturbed};
        add_row(r, i == 0 ? "prefill reaches" : "decode reaches", "", r->n_threads,
                i == 0 ? "GMAC/s" : "GB/s", rates);
        add_row(r, i == 0 ? "prefill reaches" : "decode reaches",
                i == 0 ? "of the products" : "of the memory", r->n_threads, "%", share);
    }
}

int bench_roofline(bench_report *r, const bench_settings *s, const engine *e, huis_error *err)
{
    roof one, all;
    uint64_t *const words = memory_alloc_aligned(HUGE_PAGE, MEMORY_BYTES);
    if (words == NULL) {
        return error_no_memory(err, "the memory to read");
    }
    /* Pages of 2 MiB where the system gives them, as the engine asks for its weights. */
    (void)madvise(words, MEMORY_BYTES, MADV_HUGEPAGE);
    memset(words, 1, MEMORY_BYTES);
    all = (roof){0};
    int status = measure_team(r, 1, words, &one, err);
    if (status == HUIS_OK && r->n_threads > 1) {
        status = measure_team(r, r->n_threads, words, &all, err);
    } else {
        all = one;
    }
    if (status == HUIS_OK && e != NULL) {
        add_shares(r, s, e, &all);
    }
    memory_free(words);
    return status;
}
