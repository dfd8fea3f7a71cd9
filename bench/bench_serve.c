/*
 * bench_serve.c - several requests at once on one worker, and what it brings that prompts are remembered.
 *
 * A thread and a session each, as programs would. Requests together: different short prompts, a long
 * answer each, no drafts; tokens of all answers a second, prompts included. One document: eight questions
 * about 550 tokens of text, at once, of one caller. A chat: eight turns, each a session of its own that
 * sends all before it, as callers of an HTTP service do. Both with what the worker remembers and, in
 * another worker, without; a worker is new to each measurement, or it would know the answer.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "bench.h"
#include "huis/session.h"

enum {
    N_MOST = 8,
    N_TURNS = 8,
    ANSWER_TOKENS = 48,
    SHORT_TOKENS = 8,
    N_SENTENCES = 28, /* of the document */
    TEXT_BYTES = 1 << 20,
    N_MESSAGES = 2 * N_TURNS
};

/* One request of a thread. */
typedef struct request {
    huis_model *model;
    const char *caller; /* NULL: a stranger */
    huis_message messages[N_MESSAGES];
    size_t n_messages;
    buffer text;
    uint32_t max_tokens;
    huis_usage usage;
    int status;
    huis_error err;
    char answer[1024];
} request;

typedef struct serve_runs {
    huis_model_options options;
    bench_samples together[4];
    bench_samples document_ms[2], document_tokens[2], document_ratio; /* [1]: remembered */
    bench_samples chat_ms[2], chat_tokens[2], chat_ratio;
} serve_runs;

static const uint32_t COUNTS[] = {1, 2, 4, 8};

static void add_document(buffer *out)
{
    for (int i = 0; i < N_SENTENCES; i++) {
        (void)buffer_printf(out, "On day %d the boat of pier %d took %d baskets across the bay. ",
                            i, i * 7 % 13, 30 + i * 11 % 40);
    }
}

static void *serve_one(void *argument)
{
    request *const r = argument;
    huis_session_options whose;
    huis_generate_options how;
    huis_session *session = NULL;
    const huis_result *result = NULL;
    huis_session_options_default(&whose);
    whose.caller = r->caller;
    huis_generate_options_default(&how);
    how.max_tokens = r->max_tokens;
    how.no_drafts = true;
    how.no_logprob = true;
    r->status = huis_session_open(&session, r->model, &whose, &r->err);
    if (r->status == HUIS_OK) {
        r->status = huis_session_generate(session, r->messages, r->n_messages, &how, NULL, NULL,
                                          &result, &r->err);
    }
    if (r->status == HUIS_OK) {
        r->usage = result->usage;
        (void)snprintf(r->answer, sizeof(r->answer), "%s", result->candidates[0].text);
    }
    huis_session_free(session);
    return NULL;
}

/* All at once. *out_s: until the last is answered. */
static int serve_all(request *requests, uint32_t n, double *out_s, bool *out_disturbed,
                     huis_error *err)
{
    pthread_t threads[N_MOST];
    bench_timer timer;
    uint32_t n_started = 0;
    bench_timer_start(&timer);
    while (n_started < n &&
           pthread_create(&threads[n_started], NULL, serve_one, &requests[n_started]) == 0) {
        n_started++;
    }
    for (uint32_t i = 0; i < n_started; i++) {
        (void)pthread_join(threads[i], NULL);
    }
    *out_s = bench_timer_stop(&timer, out_disturbed);
    for (uint32_t i = 0; i < n_started; i++) {
        if (requests[i].status != HUIS_OK) {
            return error_set(err, requests[i].status, "%s", requests[i].err.message);
        }
    }
    return n_started == n ? HUIS_OK : error_set(err, HUIS_E_INTERNAL, "cannot start threads");
}

static void ask_of(request *r, huis_model *model, const char *caller, uint32_t max_tokens)
{
    *r = (request){.model = model, .caller = caller, .max_tokens = max_tokens, .n_messages = 1};
    buffer_init(&r->text, TEXT_BYTES);
}

static void end_text(request *r)
{
    r->messages[0] = (huis_message){"user", buffer_string(&r->text), r->text.len};
}

static void free_requests(request *requests, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        buffer_deinit(&requests[i].text);
    }
}

/* --- Requests together --- */

static int run_together(serve_runs *w, huis_model *model, size_t i_count, huis_error *err)
{
    static request requests[N_MOST];
    const uint32_t n = COUNTS[i_count];
    double s = 0;
    bool disturbed = false;
    uint32_t n_tokens = 0;
    for (uint32_t i = 0; i < n; i++) {
        ask_of(&requests[i], model, NULL, ANSWER_TOKENS);
        (void)buffer_printf(&requests[i].text, "Tell a long story about %u boats and a bay.",
                            i + 2);
        end_text(&requests[i]);
    }
    const int status = serve_all(requests, n, &s, &disturbed, err);
    for (uint32_t i = 0; i < n; i++) {
        n_tokens += requests[i].usage.output_tokens;
    }
    free_requests(requests, n);
    if (status == HUIS_OK) {
        bench_samples_add(&w->together[i_count], n_tokens / s, disturbed);
    }
    return status;
}

/* --- What is remembered --- */

static int open_worker(huis_model **out_model, serve_runs *w, const bench_settings *s,
                       bool remembers, huis_error *err)
{
    w->options.prefix_memory_bytes = remembers ? 0 : 1;
    return huis_model_open(out_model, s->path, &w->options, err);
}

static int run_document(serve_runs *w, huis_model *model, bool remembers, double *out_s,
                        huis_error *err)
{
    static request requests[N_MOST];
    bool disturbed = false;
    uint32_t n_read = 0;
    for (uint32_t i = 0; i < N_MOST; i++) {
        ask_of(&requests[i], model, "bench", SHORT_TOKENS);
        add_document(&requests[i].text);
        (void)buffer_printf(&requests[i].text, "How many baskets went on day %u?", 3 * i);
        end_text(&requests[i]);
    }
    const int status = serve_all(requests, N_MOST, out_s, &disturbed, err);
    for (uint32_t i = 0; i < N_MOST; i++) {
        n_read += requests[i].usage.prompt_tokens - requests[i].usage.cached_tokens;
    }
    free_requests(requests, N_MOST);
    if (status == HUIS_OK) {
        bench_samples_add(&w->document_ms[remembers], *out_s * 1000, disturbed);
        bench_samples_add(&w->document_tokens[remembers], n_read, disturbed);
    }
    return status;
}

/* Each turn is a request with all that was said before. */
static int run_chat(serve_runs *w, huis_model *model, bool remembers, double *out_s,
                    huis_error *err)
{
    static request turns[N_TURNS];
    static const char QUESTION[] = "And what of the day after that? Say it in one sentence.";
    bool any = false;
    uint32_t n_read = 0;
    double all_s = 0;
    int status = HUIS_OK;
    uint32_t n = 0;
    for (; n < N_TURNS && status == HUIS_OK; n++) {
        double s = 0;
        bool disturbed = false;
        request *const r = &turns[n];
        ask_of(r, model, "bench", ANSWER_TOKENS);
        if (n == 0) {
            add_document(&r->text);
            (void)buffer_append_string(&r->text, "What happened on day 5?");
            end_text(r);
        } else {
            const request *const before = &turns[n - 1];
            r->n_messages = before->n_messages + 2;
            memcpy(r->messages, before->messages, before->n_messages * sizeof(*r->messages));
            r->messages[r->n_messages - 2] =
                (huis_message){"assistant", before->answer, strlen(before->answer)};
            r->messages[r->n_messages - 1] = (huis_message){"user", QUESTION, strlen(QUESTION)};
        }
        status = serve_all(r, 1, &s, &disturbed, err);
        n_read += r->usage.prompt_tokens - r->usage.cached_tokens;
        all_s += s;
        any = any || disturbed;
    }
    free_requests(turns, n);
    *out_s = all_s;
    if (status == HUIS_OK) {
        bench_samples_add(&w->chat_ms[remembers], all_s * 1000, any);
        bench_samples_add(&w->chat_tokens[remembers], n_read, any);
    }
    return status;
}

typedef int (*serve_fn)(serve_runs *w, huis_model *model, bool remembers, double *out_s,
                        huis_error *err);

/* In a worker without memory of prompts, and in one with it. */
static int run_pair(serve_runs *w, const bench_settings *s, serve_fn run, bench_samples *ratio,
                    huis_error *err)
{
    double seconds[2] = {0};
    for (int remembers = 0; remembers < 2; remembers++) {
        huis_model *model = NULL;
        int status = open_worker(&model, w, s, remembers == 1, err);
        if (status == HUIS_OK) {
            status = run(w, model, remembers == 1, &seconds[remembers], err);
        }
        model = huis_model_unref(model);
        RETURN_IF_ERROR(status);
    }
    bench_samples_add(ratio, seconds[1] / seconds[0], false);
    return HUIS_OK;
}

/* --- Rows --- */

static void add_rows(bench_report *r, const serve_runs *w)
{
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(COUNTS[0]); i++) {
        const bench_measure m = {.what = "requests together",
                                 .detail = "of one worker",
                                 .tokens = COUNTS[i],
                                 .threads = r->n_threads,
                                 .unit = "tokens/s",
                                 .value = bench_samples_value(&w->together[i])};
        bench_report_add(r, &m);
    }
    const struct {
        const char *what, *detail, *unit;
        const bench_samples *samples;
    } rows[] = {
        {"8 questions on a text", "nothing remembered", "ms", &w->document_ms[0]},
        {"8 questions on a text", "remembered", "ms", &w->document_ms[1]},
        {"8 questions on a text", "remembered beside not", "x", &w->document_ratio},
        {"8 questions on a text", "read, nothing remembered", "tokens", &w->document_tokens[0]},
        {"8 questions on a text", "read, remembered", "tokens", &w->document_tokens[1]},
        {"chat of 8 turns", "nothing remembered", "ms", &w->chat_ms[0]},
        {"chat of 8 turns", "remembered", "ms", &w->chat_ms[1]},
        {"chat of 8 turns", "remembered beside not", "x", &w->chat_ratio},
        {"chat of 8 turns", "read, nothing remembered", "tokens", &w->chat_tokens[0]},
        {"chat of 8 turns", "read, remembered", "tokens", &w->chat_tokens[1]},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const bench_measure m = {.what = rows[i].what,
                                 .detail = rows[i].detail,
                                 .unit = rows[i].unit,
                                 .value = bench_samples_value(rows[i].samples)};
        if (m.value.n_runs > 0) {
            bench_report_add(r, &m);
        }
    }
}

static int measure_together(serve_runs *w, const bench_settings *s, huis_error *err)
{
    huis_model *model = NULL;
    RETURN_IF_ERROR(open_worker(&model, w, s, true, err));
    int status = HUIS_OK;
    const int64_t start_us = clock_monotonic_us();
    do {
        for (size_t i = 0; i < 4 && status == HUIS_OK; i++) {
            status = run_together(w, model, i, err);
        }
    } while (status == HUIS_OK && bench_again(s, start_us, w->together[0].n));
    model = huis_model_unref(model);
    return status;
}

static int measure_memory(serve_runs *w, const bench_settings *s, huis_error *err)
{
    const int64_t start_us = clock_monotonic_us();
    do {
        RETURN_IF_ERROR(run_pair(w, s, run_document, &w->document_ratio, err));
        RETURN_IF_ERROR(run_pair(w, s, run_chat, &w->chat_ratio, err));
    } while (bench_again(s, start_us, w->chat_ratio.n));
    return HUIS_OK;
}

void bench_serve(bench_report *r, const bench_settings *s)
{
    static serve_runs w;
    huis_error err = {0};
    memset(&w, 0, sizeof(w));
    huis_model_options_default(&w.options);
    w.options.n_threads = s->threads;
    w.options.level = s->level;
    int status = measure_together(&w, s, &err);
    if (status == HUIS_OK) {
        status = measure_memory(&w, s, &err);
    }
    add_rows(r, &w);
    if (status != HUIS_OK && r->note[0] == '\0') {
        (void)snprintf(r->note, sizeof(r->note), "several requests: %s", err.message);
    }
}
