/*
 * bench_prefix.c - time to the first token with a cold and with a warm prefix, in fresh processes.
 *
 *     bench-prefix MODEL FOLDER [ROUNDS] [THREADS]
 *
 * Prompts: those of huis summarize with a short source, and a synthetic one of about 2,000 constant and
 * 32 new tokens. A round is a worker without a checkpoint, which leaves one, then another worker that
 * finds it. Printed: medians, and the median of the rounds' ratios, as one JSON object a line; of time,
 * and of the worker's processor time, in which other programs do not count (with one thread: with more,
 * threads that wait for another spin).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/blob_cache.h"
#include "bench_first_token.h"
#include "feature/summarize/summary_prompts.h"

enum { MAX_ROUNDS = 99 };

_Static_assert(FIRST_TOKEN_MESSAGES >= 2 + 2 * PROMPT_MAX_SHOTS, "room for every prompt");

static uint32_t n_threads;

static void add_summary_prompt(first_token_chat *c, const char *name, prompt_use use,
                               const char *source)
{
    const prompt *const p = prompt_find(use, false);
    *c = (first_token_chat){.name = name};
    first_token_add(c, "system", "", p->system, "");
    for (size_t i = 0; i < p->n_shots; i++) {
        first_token_add(c, "user", p->before, p->shots[i].source, p->after);
        first_token_add(c, "assistant", "", p->shots[i].answer, "");
    }
    first_token_add(c, "user", p->before, source, p->after);
}

/* A worker of its own; false: it failed. */
static bool ask(const char *model_path, const char *folder, const first_token_chat *c,
                first_token *out)
{
    huis_model_options options;
    huis_error err = {0};
    huis_model_options_default(&options);
    options.worker_path = WORKER;
    options.prefix_directory = folder;
    options.n_threads = n_threads;
    const bool ok = first_token_ask(out, model_path, &options, c, &err) == HUIS_OK;
    if (!ok) {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    return ok;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), by_value);
    return values[n / 2];
}

static bool measure(const char *model_path, const char *folder, const first_token_chat *c,
                    size_t n_rounds)
{
    double cold_ms[MAX_ROUNDS], warm_ms[MAX_ROUNDS], ratio[MAX_ROUNDS];
    double cold_cpu[MAX_ROUNDS], warm_cpu[MAX_ROUNDS], cpu_ratio[MAX_ROUNDS];
    first_token cold, warm;
    for (size_t i = 0; i < n_rounds; i++) {
        uint64_t files = 0;
        uint64_t bytes = 0;
        if (blob_cache_purge(folder, &files, &bytes, NULL) != HUIS_OK ||
            !ask(model_path, folder, c, &cold) || !ask(model_path, folder, c, &warm)) {
            return false;
        }
        cold_ms[i] = cold.ms;
        warm_ms[i] = warm.ms;
        ratio[i] = warm.ms / cold.ms;
        cold_cpu[i] = cold.processor_ms;
        warm_cpu[i] = warm.processor_ms;
        cpu_ratio[i] = warm.processor_ms / cold.processor_ms;
    }
    (void)printf("{\"prompt\":\"%s\",\"tokens\":%u,\"reused\":%u,\"cold_ms\":%.1f,\"warm_ms\":%.1f,"
                 "\"ratio\":%.3f,\"cold_processor_ms\":%.1f,\"warm_processor_ms\":%.1f,"
                 "\"processor_ratio\":%.3f}\n",
                 c->name, cold.usage.prompt_tokens, warm.usage.cached_tokens,
                 median(cold_ms, n_rounds), median(warm_ms, n_rounds), median(ratio, n_rounds),
                 median(cold_cpu, n_rounds), median(warm_cpu, n_rounds),
                 median(cpu_ratio, n_rounds));
    return fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    static first_token_chat chats[3];
    if (argc < 3) {
        (void)fprintf(stderr, "usage: bench-prefix MODEL FOLDER [ROUNDS] [THREADS]\n");
        return 2;
    }
    n_threads = argc > 4 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    const long asked = argc > 3 ? strtol(argv[3], NULL, 10) : 7;
    const size_t n_rounds = asked < 1 ? 1 : asked > MAX_ROUNDS ? MAX_ROUNDS : (size_t)asked;
    add_summary_prompt(&chats[0], "dialogue", PROMPT_DIALOGUE,
                       "Ann: Is the tea still on?\nBen: Yes, at four, and bring the blue cups.");
    add_summary_prompt(
        &chats[1], "title", PROMPT_TITLE,
        "The town council voted on Monday to keep the old bridge open until spring.");
    first_token_long_chat(&chats[2]);
    bool ok = true;
    for (size_t i = 0; i < 3 && ok; i++) {
        ok = measure(argv[1], argv[2], &chats[i], n_rounds);
    }
    for (size_t i = 0; i < 3; i++) {
        first_token_free(&chats[i]);
    }
    return ok ? 0 : 1;
}
