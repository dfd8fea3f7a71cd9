/*
 * bench_speed.c - tokens a second of an engine: prefill, decode, a few tokens or sequences at once.
 *
 * As llama-bench's pp and tg: prefill takes N tokens and computes the logits of the last one only;
 * decode takes N tokens one by one; both start from a context of `depth` tokens. After each decoded
 * token the likeliest next one is asked for, as greedy decoding does, or all logits. One short run that
 * does not count comes first.
 */
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "bench.h"

enum {
    WARM_PREFILL = 64,
    WARM_DECODE = 8,
    FEW_MAX = 8,
    FEW_DEPTH = 64,
    FEW_CALLS = 6,
    DECODE_LONG = 64,
    BATCH_MAX = 8,
    BATCH_STEPS = 24
};

/* One engine at work. */
typedef struct bench_job {
    const bench_settings *s;
    engine_context *c;
    const int32_t *tokens;
    uint32_t depth, n;
    float *logits; /* [FEW_MAX][n_vocab] */
} bench_job;

typedef int (*bench_body)(const bench_job *job, huis_error *err);

/* The likeliest next token, without computing all logits; it reaches into the head for a few rows. */
static int find_best(const bench_job *job, huis_error *err)
{
    engine_candidate best;
    return engine_top(job->c, &best, 1) == 1
               ? HUIS_OK
               : error_set(err, HUIS_E_BAD_FILE, "the weights give no numbers");
}

static int prefill(const bench_job *job, huis_error *err)
{
    const int32_t *const tokens = job->tokens + job->depth;
    if (job->s->all_logits) {
        return engine_prefill(job->c, tokens, job->n, NULL, NULL, err);
    }
    RETURN_IF_ERROR(engine_prefill_deferred(job->c, tokens, job->n, NULL, NULL, err));
    return find_best(job, err);
}

static int decode_all_logits(const bench_job *job, huis_error *err)
{
    for (uint32_t i = 0; i < job->n; i++) {
        RETURN_IF_ERROR(engine_prefill(job->c, job->tokens + job->depth + i, 1, NULL, NULL, err));
    }
    return HUIS_OK;
}

static int decode(const bench_job *job, huis_error *err)
{
    if (job->s->all_logits) {
        return decode_all_logits(job, err);
    }
    for (uint32_t i = 0; i < job->n; i++) {
        const int32_t *const token = job->tokens + job->depth + i;
        RETURN_IF_ERROR(engine_prefill_deferred(job->c, token, 1, NULL, NULL, err));
        RETURN_IF_ERROR(find_best(job, err));
    }
    return HUIS_OK;
}

/* Makes the context hold exactly `depth` tokens. */
static int reach_depth(const bench_job *job, huis_error *err)
{
    const uint32_t held = engine_context_length(job->c);
    engine_context_truncate(job->c, job->depth);
    return held >= job->depth
               ? HUIS_OK
               : engine_prefill(job->c, job->tokens + held, job->depth - held, NULL, NULL, err);
}

static int timed(const bench_job *job, bench_body body, bench_samples *out, huis_error *err)
{
    bench_timer timer;
    bool disturbed = false;
    RETURN_IF_ERROR(reach_depth(job, err));
    bench_timer_start(&timer);
    RETURN_IF_ERROR(body(job, err));
    const double seconds = bench_timer_stop(&timer, &disturbed);
    bench_samples_add(out, (double)job->n / seconds, disturbed);
    return HUIS_OK;
}

static int warm_up(const bench_job *job, huis_error *err)
{
    bench_job short_job = *job;
    short_job.depth = 0;
    engine_context_truncate(job->c, 0);
    short_job.n = job->s->prefill < WARM_PREFILL ? job->s->prefill : WARM_PREFILL;
    if (short_job.n > 0) {
        RETURN_IF_ERROR(prefill(&short_job, err));
    }
    engine_context_truncate(job->c, 0);
    short_job.n = job->s->decode < WARM_DECODE ? job->s->decode : WARM_DECODE;
    return decode(&short_job, err);
}

static void add_row(bench_report *r, const char *what, const char *detail, const bench_job *job,
                    bench_value value)
{
    const bench_measure m = {.what = what,
                             .detail = detail,
                             .tokens = job->n,
                             .depth = job->depth,
                             .threads = r->n_threads,
                             .unit = "tokens/s",
                             .value = value};
    bench_report_add(r, &m);
}

static int job_open(bench_job *job, const bench_settings *s, engine *e, uint32_t capacity,
                    huis_error *err)
{
    *job = (bench_job){.s = s};
    job->tokens = bench_tokens(e, capacity);
    if (job->tokens == NULL) {
        return error_no_memory(err, "the tokens");
    }
    return engine_context_new(&job->c, e, capacity > 0 ? capacity : 1, err);
}

static void job_close(bench_job *job)
{
    (void)engine_context_free(job->c);
    memory_free((void *)(uintptr_t)job->tokens);
    memory_free(job->logits);
}

static int repeat_both(bench_report *r, bench_job *job, huis_error *err)
{
    static bench_samples samples[3];
    memset(samples, 0, sizeof(samples));
    const bench_settings *const s = job->s;
    const int64_t start_us = clock_monotonic_us();
    RETURN_IF_ERROR(warm_up(job, err));
    /* What was asked for is done in full; further measures have an end. */
    for (uint32_t i = 0; s->everything ? bench_again(s, start_us, i) : i < s->repeat; i++) {
        job->n = s->prefill;
        if (job->n > 0) {
            RETURN_IF_ERROR(timed(job, prefill, &samples[0], err));
        }
        job->n = s->decode;
        if (job->n > 0) {
            RETURN_IF_ERROR(timed(job, decode, &samples[1], err));
        }
        if (job->n > 0 && s->everything) {
            RETURN_IF_ERROR(timed(job, decode_all_logits, &samples[2], err));
        }
    }
    job->n = s->prefill;
    r->prefill = bench_samples_value(&samples[0]);
    if (job->n > 0) {
        add_row(r, "prefill", "", job, r->prefill);
    }
    job->n = s->decode;
    r->decode = bench_samples_value(&samples[1]);
    if (job->n > 0) {
        add_row(r, "decode", s->all_logits ? "all logits" : "", job, r->decode);
    }
    if (s->everything && job->n > 0) {
        add_row(r, "decode", "all logits", job, bench_samples_value(&samples[2]));
    }
    return HUIS_OK;
}

int bench_prefill_decode(bench_report *r, const bench_settings *s, engine *e, huis_error *err)
{
    const uint32_t most = s->prefill > s->decode ? s->prefill : s->decode;
    bench_job job;
    int status = job_open(&job, s, e, s->depth + most, err);
    job.depth = s->depth;
    if (status == HUIS_OK) {
        status = repeat_both(r, &job, err);
    }
    job_close(&job);
    return status;
}

static int repeat_long(bench_report *r, bench_job *job, uint32_t n_long, huis_error *err)
{
    static bench_samples samples;
    samples.n = samples.n_disturbed = 0;
    int64_t start_us = clock_monotonic_us();
    job->n = n_long;
    RETURN_IF_ERROR(warm_up(job, err));
    do {
        engine_context_truncate(job->c, 0);
        RETURN_IF_ERROR(timed(job, prefill, &samples, err));
    } while (bench_again(job->s, start_us, samples.n));
    add_row(r, "prefill", "", job, bench_samples_value(&samples));
    samples.n = samples.n_disturbed = 0;
    start_us = clock_monotonic_us();
    job->depth = n_long;
    job->n = DECODE_LONG;
    do {
        RETURN_IF_ERROR(timed(job, decode, &samples, err));
    } while (bench_again(job->s, start_us, samples.n));
    add_row(r, "decode", "", job, bench_samples_value(&samples));
    return HUIS_OK;
}

int bench_long_context(bench_report *r, const bench_settings *s, engine *e, huis_error *err)
{
    const uint32_t trained = engine_get_info(e)->trained_context_length;
    const uint32_t capacity =
        trained < BENCH_LONG + DECODE_LONG ? trained : BENCH_LONG + DECODE_LONG;
    if (capacity <= 2 * DECODE_LONG) {
        return HUIS_OK;
    }
    bench_job job;
    int status = job_open(&job, s, e, capacity, err);
    if (status == HUIS_OK) {
        status = repeat_long(r, &job, capacity - DECODE_LONG, err);
    }
    job_close(&job);
    return status;
}

/* Milliseconds of a call that computes the logits of job->n tokens. */
static int time_few(const bench_job *job, double *out_ms, bool *out_disturbed, huis_error *err)
{
    bench_timer timer;
    bench_timer_start(&timer);
    for (uint32_t i = 0; i < FEW_CALLS; i++) {
        engine_context_truncate(job->c, FEW_DEPTH);
        RETURN_IF_ERROR(
            engine_prefill_logits(job->c, job->tokens + FEW_DEPTH, job->n, job->logits, err));
    }
    *out_ms = bench_timer_stop(&timer, out_disturbed) * 1000 / FEW_CALLS;
    return HUIS_OK;
}

/* All counts in turns, so that a change of the machine's speed meets them alike. */
static int repeat_few(bench_report *r, bench_job *job, huis_error *err)
{
    static bench_samples samples[FEW_MAX + 1];
    for (uint32_t n = 1; n <= FEW_MAX; n++) {
        samples[n].n = samples[n].n_disturbed = 0;
    }
    const int64_t start_us = clock_monotonic_us();
    RETURN_IF_ERROR(reach_depth(job, err));
    do {
        double one_ms = 0;
        for (job->n = 1; job->n <= FEW_MAX; job->n++) {
            double ms = 0;
            bool disturbed = false;
            RETURN_IF_ERROR(time_few(job, &ms, &disturbed, err));
            one_ms = job->n == 1 ? ms : one_ms;
            bench_samples_add(&samples[job->n], job->n == 1 ? ms : ms / one_ms, disturbed);
        }
    } while (bench_again(job->s, start_us, samples[1].n));
    for (uint32_t n = 1; n <= FEW_MAX; n++) {
        const bench_measure m = {.what = n == 1 ? "one token" : "few tokens",
                                 .detail = n == 1 ? "with its logits" : "beside one",
                                 .tokens = n > 1 ? n : 0,
                                 .depth = FEW_DEPTH,
                                 .threads = r->n_threads,
                                 .unit = n == 1 ? "ms" : "x",
                                 .value = bench_samples_value(&samples[n])};
        bench_report_add(r, &m);
    }
    return HUIS_OK;
}

int bench_few_tokens(bench_report *r, const bench_settings *s, engine *e, huis_error *err)
{
    bench_job job;
    int status = job_open(&job, s, e, FEW_DEPTH + FEW_MAX, err);
    if (status == HUIS_OK) {
        job.depth = FEW_DEPTH;
        job.logits = memory_alloc((size_t)FEW_MAX * engine_get_info(e)->n_vocab, sizeof(float));
        status = job.logits != NULL ? repeat_few(r, &job, err) : error_no_memory(err, "the logits");
    }
    job_close(&job);
    return status;
}

/* n sequences decoded in one pass over the weights, from empty contexts. */
static int time_batch(bench_job *job, engine_context *const *contexts, uint32_t n,
                      double *out_per_s, bool *out_disturbed, huis_error *err)
{
    bench_timer timer;
    for (uint32_t i = 0; i < n; i++) {
        engine_context_truncate(contexts[i], 0);
    }
    bench_timer_start(&timer);
    for (uint32_t k = 0; k < BATCH_STEPS; k++) {
        RETURN_IF_ERROR(engine_decode_batch(contexts, job->tokens + k, n, job->logits, err));
    }
    *out_per_s = BATCH_STEPS * n / bench_timer_stop(&timer, out_disturbed);
    return HUIS_OK;
}

static int repeat_batch(bench_report *r, bench_job *job, engine_context *const *contexts,
                        huis_error *err)
{
    static const uint32_t COUNTS[] = {1, 2, 4, 8};
    static bench_samples samples[4];
    const int64_t start_us = clock_monotonic_us();
    memset(samples, 0, sizeof(samples));
    do {
        for (size_t i = 0; i < 4; i++) {
            double per_s = 0;
            bool disturbed = false;
            RETURN_IF_ERROR(time_batch(job, contexts, COUNTS[i], &per_s, &disturbed, err));
            bench_samples_add(&samples[i], per_s, disturbed);
        }
    } while (bench_again(job->s, start_us, samples[0].n));
    for (size_t i = 0; i < 4; i++) {
        const bench_measure m = {.what = "decode together",
                                 .detail = "sequences",
                                 .tokens = COUNTS[i],
                                 .threads = r->n_threads,
                                 .unit = "tokens/s",
                                 .value = bench_samples_value(&samples[i])};
        bench_report_add(r, &m);
    }
    return HUIS_OK;
}

int bench_batch(bench_report *r, const bench_settings *s, engine *e, huis_error *err)
{
    bench_job job;
    engine_context *contexts[BATCH_MAX] = {NULL};
    int status = job_open(&job, s, e, BATCH_STEPS + BATCH_MAX, err);
    for (uint32_t i = 0; status == HUIS_OK && i < BATCH_MAX; i++) {
        status = engine_context_new(&contexts[i], e, BATCH_STEPS, err);
    }
    if (status == HUIS_OK) {
        job.logits = memory_alloc((size_t)BATCH_MAX * engine_get_info(e)->n_vocab, sizeof(float));
        status = job.logits != NULL ? repeat_batch(r, &job, contexts, err)
                                    : error_no_memory(err, "the logits");
    }
    for (uint32_t i = 0; i < BATCH_MAX; i++) {
        (void)engine_context_free(contexts[i]);
    }
    job_close(&job);
    return status;
}
