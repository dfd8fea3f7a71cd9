/*
 * bench_worker.c - what a command of huis meets: a worker that starts, its memory, its first token.
 *
 * Each run starts a fresh huis-worker. Its files lie in a folder of their own: the packed form of the
 * model, as large as the model, and a checkpoint of a constant prefix. A child of this program does
 * the work in shared memory, so that the folder is removed however it ends, Ctrl-C included.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/blob_cache.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench.h"
#include "bench_first_token.h"

static const double MIB = 1024 * 1024;

typedef struct worker_runs {
    char folder[PATH_MAX], packed[PATH_MAX], prefix[PATH_MAX];
    huis_model_options options;
    first_token_chat chat;
    bench_samples load_packed, cold_ms, warm_ms, ratio, peak;
    double load_file_ms;
    uint32_t n_tokens;
    int status;
    huis_error err;
} worker_runs;

static int make_folder(worker_runs *w, const bench_settings *s, huis_error *err)
{
    const char *const where = s->scratch != NULL ? s->scratch : "/tmp";
    const int n = snprintf(w->folder, sizeof(w->folder), "%s/bench-XXXXXX", where);
    if (n < 0 || (size_t)n + sizeof("/model.packed.part") > sizeof(w->folder) ||
        mkdtemp(w->folder) == NULL) {
        w->folder[0] = '\0';
        return error_from_errno(err, "cannot make a folder in", where);
    }
    (void)snprintf(w->packed, sizeof(w->packed), "%.*s/model.packed", n, w->folder);
    (void)snprintf(w->prefix, sizeof(w->prefix), "%.*s/prefix", n, w->folder);
    return HUIS_OK;
}

static void remove_folder(const worker_runs *w)
{
    uint64_t files = 0;
    uint64_t bytes = 0;
    char part[PATH_MAX + 8];
    if (w->folder[0] == '\0') {
        return;
    }
    (void)blob_cache_purge(w->prefix, &files, &bytes, NULL);
    (void)rmdir(w->prefix);
    (void)unlink(w->packed);
    (void)snprintf(part, sizeof(part), "%s.part", w->packed);
    (void)unlink(part);
    (void)rmdir(w->folder);
}

/* A run without a checkpoint, which leaves one, and one that finds it. */
static int run_pair(worker_runs *w, const bench_settings *s, huis_error *err)
{
    first_token cold, warm;
    uint64_t files = 0;
    uint64_t bytes = 0;
    bench_timer timer;
    bool disturbed = false;
    RETURN_IF_ERROR(blob_cache_purge(w->prefix, &files, &bytes, err));
    bench_timer_start(&timer);
    RETURN_IF_ERROR(first_token_ask(&cold, s->path, &w->options, &w->chat, err));
    RETURN_IF_ERROR(first_token_ask(&warm, s->path, &w->options, &w->chat, err));
    (void)bench_timer_stop(&timer, &disturbed);
    bench_samples_add(&w->cold_ms, cold.ms, disturbed);
    bench_samples_add(&w->warm_ms, warm.ms, disturbed);
    bench_samples_add(&w->ratio, warm.ms / cold.ms, disturbed);
    bench_samples_add(&w->peak, (double)cold.peak_bytes / MIB, disturbed);
    if (warm.is_packed) {
        bench_samples_add(&w->load_packed, warm.load_ms, disturbed);
    }
    w->n_tokens = cold.usage.prompt_tokens;
    return HUIS_OK;
}

static int measure(worker_runs *w, const bench_settings *s, huis_error *err)
{
    first_token first;
    huis_model_options_default(&w->options);
    w->options.n_threads = s->threads;
    w->options.level = s->level;
    w->options.packed_path = w->packed;
    first_token_long_chat(&w->chat);
    /* Packs the file and, as it ends, leaves the packed form. */
    RETURN_IF_ERROR(first_token_ask(&first, s->path, &w->options, &w->chat, err));
    w->load_file_ms = first.load_ms;
    w->options.prefix_directory = w->prefix;
    const int64_t start_us = clock_monotonic_us();
    do {
        RETURN_IF_ERROR(run_pair(w, s, err));
    } while (bench_again(s, start_us, w->ratio.n));
    return HUIS_OK;
}

static void add_rows(bench_report *r, const worker_runs *w)
{
    const double file_ms = w->load_file_ms;
    const bench_value file = {file_ms, file_ms, file_ms, file_ms > 0 ? 1 : 0, 0};
    const bench_measure rows[] = {
        {.what = "load", .detail = "from the file", .unit = "ms", .value = file},
        {.what = "load",
         .detail = "from its packed form",
         .unit = "ms",
         .value = bench_samples_value(&w->load_packed)},
        {.what = "peak memory",
         .detail = "of the worker",
         .tokens = w->n_tokens,
         .unit = "MiB",
         .value = bench_samples_value(&w->peak)},
        {.what = "first token",
         .detail = "cold",
         .tokens = w->n_tokens,
         .unit = "ms",
         .value = bench_samples_value(&w->cold_ms)},
        {.what = "first token",
         .detail = "warm, from disk",
         .tokens = w->n_tokens,
         .unit = "ms",
         .value = bench_samples_value(&w->warm_ms)},
        {.what = "first token",
         .detail = "warm beside cold",
         .tokens = w->n_tokens,
         .unit = "x",
         .value = bench_samples_value(&w->ratio)},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].value.n_runs > 0) {
            bench_report_add(r, &rows[i]);
        }
    }
}

/* Ends by the signal that ended the child. */
static int wait_for(pid_t child, const worker_runs *w, huis_error *err)
{
    int how = 0;
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_IGN);
    while (waitpid(child, &how, 0) < 0 && errno == EINTR) {
    }
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    if (WIFSIGNALED(how)) {
        remove_folder(w);
        (void)raise(WTERMSIG(how));
    }
    *err = w->err;
    return w->status;
}

static int measure_in_child(worker_runs *w, const bench_settings *s, huis_error *err)
{
    RETURN_IF_ERROR(make_folder(w, s, err));
    (void)fflush(stdout);
    const pid_t child = fork();
    if (child < 0) {
        return error_from_errno(err, "cannot start", "a process");
    }
    if (child == 0) {
        w->status = measure(w, s, &w->err);
        _exit(0);
    }
    return wait_for(child, w, err);
}

void bench_worker(bench_report *r, const bench_settings *s)
{
    huis_error err = {0};
    worker_runs *const w =
        mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (w == MAP_FAILED) {
        return;
    }
    const int status = measure_in_child(w, s, &err);
    add_rows(r, w);
    if (status != HUIS_OK) {
        (void)snprintf(r->note, sizeof(r->note), "load, memory and prefix: %s", err.message);
    }
    remove_folder(w);
    (void)munmap(w, sizeof(*w));
}
