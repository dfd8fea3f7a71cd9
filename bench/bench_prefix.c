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
#include <time.h>

#include "base/blob_cache.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "feature/summarize/summary_prompts.h"
#include "huis/session.h"
#include "session/client.h"

enum { MAX_ROUNDS = 99, MAX_MESSAGES = 2 + 2 * PROMPT_MAX_SHOTS, TEXT_BYTES = 1 << 20 };

typedef struct chat {
    const char *name;
    huis_message messages[MAX_MESSAGES];
    size_t n_messages;
    buffer texts[MAX_MESSAGES];
} chat;

typedef struct first_token {
    double ms, processor_ms;
    huis_usage usage;
} first_token;

static uint32_t n_threads;

static void add_message(chat *c, const char *role, const char *before, const char *text,
                        const char *after)
{
    buffer *const b = &c->texts[c->n_messages];
    buffer_init(b, TEXT_BYTES);
    (void)buffer_append_string(b, before);
    (void)buffer_append_string(b, text);
    (void)buffer_append_string(b, after);
    c->messages[c->n_messages++] = (huis_message){role, buffer_string(b), b->len};
}

static void add_summary_prompt(chat *c, const char *name, prompt_use use, const char *source)
{
    const prompt *const p = prompt_find(use, false);
    *c = (chat){.name = name};
    add_message(c, "system", "", p->system, "");
    for (size_t i = 0; i < p->n_shots; i++) {
        add_message(c, "user", p->before, p->shots[i].source, p->after);
        add_message(c, "assistant", "", p->shots[i].answer, "");
    }
    add_message(c, "user", p->before, source, p->after);
}

static void add_long_prompt(chat *c)
{
    static char text[16 * 1024];
    size_t used = 0;
    for (int i = 0; used + 100 < sizeof(text) && i < 114; i++) {
        const int n = snprintf(text + used, sizeof(text) - used,
                               "Rule: a letter of kind %d goes to desk %d before noon. ", i, i % 7);
        used += n > 0 ? (size_t)n : 0;
    }
    *c = (chat){.name = "2,000 constant tokens"};
    add_message(c, "system", "", text, "");
    add_message(c, "user", "",
                "A letter about a lost umbrella came this morning. Which desk takes it?", "");
}

static double processor_ms(const huis_model *m)
{
    clockid_t clock = CLOCK_MONOTONIC;
    struct timespec t = {0};
    if (clock_getcpuclockid(m->worker.pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
        return 0;
    }
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A worker of its own; false: it failed. */
static bool ask(const char *model_path, const char *folder, const chat *c, first_token *out)
{
    huis_model_options options;
    huis_generate_options how;
    huis_model *model = NULL;
    huis_session *session = NULL;
    const huis_result *result = NULL;
    huis_error err = {0};
    huis_model_options_default(&options);
    huis_generate_options_default(&how);
    options.worker_path = WORKER;
    options.prefix_directory = folder;
    options.n_threads = n_threads;
    how.max_tokens = 1;
    how.n_fixed_messages = (uint32_t)c->n_messages - 1;
    bool ok = huis_model_open(&model, model_path, &options, &err) == HUIS_OK &&
              huis_session_new(&session, model, &err) == HUIS_OK;
    const double before_ms = ok ? processor_ms(model) : 0;
    if (ok) {
        ok = huis_session_generate(session, c->messages, c->n_messages, &how, NULL, NULL, &result,
                                   &err) == HUIS_OK;
    }
    if (ok) {
        *out = (first_token){result->usage.prefill_ms + result->usage.decode_ms,
                             processor_ms(model) - before_ms, result->usage};
    } else {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    huis_session_free(session);
    huis_model_unref(model);
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

static bool measure(const char *model_path, const char *folder, const chat *c, size_t n_rounds)
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
    static chat chats[3];
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
    add_long_prompt(&chats[2]);
    bool ok = true;
    for (size_t i = 0; i < 3 && ok; i++) {
        ok = measure(argv[1], argv[2], &chats[i], n_rounds);
    }
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < chats[i].n_messages; k++) {
            buffer_deinit(&chats[i].texts[k]);
        }
    }
    return ok ? 0 : 1;
}
