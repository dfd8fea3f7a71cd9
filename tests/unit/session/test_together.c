/*
 * test_together.c - several sessions on one model, served side by side: each says what it says alone,
 * and what one does is nothing to the others.
 *
 * The same requests are made one after the other and then all at once, from a thread each, in several
 * mixtures: with a toy model, with a real one (HUIS_TEST_MODELS), and, for faults, with an engine that
 * follows a script.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/limits.h"
#include "huis/session.h"
#include "session/client.h"
#include "toy_model.h"

enum { N_JOBS = 12, MAX_CANDIDATES = 4, N_TEXTS = 2 };

static char file_path[] = "/tmp/huis-together-XXXXXX";

static const char SOURCE[] = "the quick brown Fox jumps over 12 lazy dogs";
static const char *const TEXTS[N_TEXTS] = {"the Fox is quick", "12 dogs"};

/* One request and what came of it. */
typedef struct job {
    huis_model *model;
    size_t i;
    uint32_t max_tokens;
    int status;
    huis_error err;
    uint32_t n_candidates;
    char *texts[MAX_CANDIDATES];
    double logprobs[MAX_CANDIDATES];
} job;

static void describe(const job *j, huis_generate_options *o)
{
    huis_generate_options_default(o);
    o->max_tokens = j->max_tokens + (uint32_t)(j->i % 5);
    o->seed = 7 * j->i;
    o->temperature = j->i % 3 == 0 ? 0 : 0.8f;
    o->n_candidates = j->i == 4 ? MAX_CANDIDATES : j->i == 7 ? 2 : 1;
    o->copy_source = j->i % 4 == 2 ? SOURCE : NULL;
    o->copy_source_bytes = j->i % 4 == 2 ? strlen(SOURCE) : 0;
    o->keep_order = j->i == 5 || j->i == 9 ? SOURCE : NULL;
    o->keep_order_bytes = j->i == 5 || j->i == 9 ? strlen(SOURCE) : 0;
    o->repeat_penalty = j->i == 8 ? 1.3f : 1;
    o->max_words = j->i == 6 ? 3 : 0;
    o->no_drafts = j->i == 3;
    o->no_logprob = j->i == 0;
}

/* Prompts of many lengths, some beyond a piece of the schedule. */
static void make_prompt(size_t i, buffer *out)
{
    buffer_init(out, 65536);
    for (size_t n = 0; n < 1 + 2 * (i % 4); n++) {
        assert_true(buffer_append_string(out, SOURCE));
        assert_true(buffer_printf(out, ". Number %zu. ", i * n));
    }
}

static void keep_result(job *j, const huis_result *result)
{
    j->n_candidates = result->n_candidates;
    for (uint32_t k = 0; k < result->n_candidates; k++) {
        j->texts[k] = strdup(result->candidates[k].text);
        j->logprobs[k] = result->candidates[k].logprob;
    }
}

static void *do_job(void *argument)
{
    job *const j = argument;
    huis_session *session = NULL;
    const huis_result *result = NULL;
    huis_generate_options options;
    buffer prompt;
    describe(j, &options);
    make_prompt(j->i, &prompt);
    const huis_message message = {"user", buffer_string(&prompt), prompt.len};
    huis_session_options whose;
    huis_session_options_default(&whose);
    whose.caller = j->i % 4 == 3 ? NULL : j->i % 2 == 0 ? "even" : "odd";
    j->status = huis_session_open(&session, j->model, &whose, &j->err);
    if (j->status == HUIS_OK && j->i % 6 == 1) {
        j->status =
            huis_session_score(session, &message, 1, TEXTS, N_TEXTS, j->logprobs, NULL, &j->err);
    } else if (j->status == HUIS_OK) {
        j->status =
            huis_session_generate(session, &message, 1, &options, NULL, NULL, &result, &j->err);
    }
    if (result != NULL) {
        keep_result(j, result);
    }
    huis_session_free(session);
    buffer_deinit(&prompt);
    return NULL;
}

static void compare(const job *alone, const job *together)
{
    if (alone->status != HUIS_OK || together->status != HUIS_OK) {
        fail_msg("job %zu: %d %s, %d %s", alone->i, alone->status, alone->err.message,
                 together->status, together->err.message);
    }
    assert_int_equal(alone->n_candidates, together->n_candidates);
    for (uint32_t k = 0; k < alone->n_candidates; k++) {
        assert_string_equal(alone->texts[k], together->texts[k]);
    }
    assert_memory_equal(alone->logprobs, together->logprobs, sizeof(alone->logprobs));
}

static void free_job(job *j)
{
    for (size_t k = 0; k < MAX_CANDIDATES; k++) {
        free(j->texts[k]);
    }
}

/* All jobs at once; the i-th thread has job (i + shift) mod N. */
static void do_together(huis_model *model, const job *alone, size_t shift)
{
    pthread_t threads[N_JOBS];
    static job together[N_JOBS];
    memset(together, 0, sizeof(together));
    for (size_t n = 0; n < N_JOBS; n++) {
        const size_t i = (n + shift) % N_JOBS;
        together[i] = (job){.model = model, .i = i, .max_tokens = alone[i].max_tokens};
        assert_int_equal(pthread_create(&threads[i], NULL, do_job, &together[i]), 0);
    }
    for (size_t i = 0; i < N_JOBS; i++) {
        (void)pthread_join(threads[i], NULL);
        compare(&alone[i], &together[i]);
        free_job(&together[i]);
    }
}

static void alone_and_together(const char *path, uint32_t max_tokens, size_t n_rounds)
{
    static job alone[N_JOBS];
    huis_model *model = NULL;
    huis_model_options options;
    huis_model_options_default(&options);
    options.worker_path = REAL_WORKER;
    options.n_threads = 2;
    assert_int_equal(huis_model_open(&model, path, &options, NULL), HUIS_OK);
    memset(alone, 0, sizeof(alone));
    for (size_t i = 0; i < N_JOBS; i++) {
        alone[i] = (job){.model = model, .i = i, .max_tokens = max_tokens};
        (void)do_job(&alone[i]);
    }
    for (size_t round = 0; round < n_rounds; round++) {
        do_together(model, alone, 5 * round);
    }
    for (size_t i = 0; i < N_JOBS; i++) {
        free_job(&alone[i]);
    }
    model = huis_model_unref(model);
}

static void a_toy_model_says_the_same_in_company(void **state)
{
    (void)state;
    const toy_options options = toy_options_default("llama");
    buffer file;
    buffer_init(&file, 64u * LIMIT_MIB);
    toy_model_write(&file, &options);
    assert_int_equal(file_write_atomic(file_path, buffer_span(&file), 0600, NULL), HUIS_OK);
    buffer_deinit(&file);
    alone_and_together(file_path, 24, 6);
}

static char real_path[4096];

static void a_real_model_says_the_same_in_company(void **state)
{
    (void)state;
    alone_and_together(real_path, 12, 2);
}

/* --- Faults, with an engine that follows a script --- */

static huis_model *open_script(const char *script)
{
    buffer text;
    huis_model *model = NULL;
    huis_model_options options;
    buffer_init(&text, 65536);
    assert_true(buffer_printf(&text, "HUIS-SCRIPT\n%s", script));
    assert_int_equal(file_write_atomic(file_path, buffer_span(&text), 0600, NULL), HUIS_OK);
    buffer_deinit(&text);
    huis_model_options_default(&options);
    options.worker_path = SCRIPTED_WORKER;
    options.n_threads = 1;
    assert_int_equal(huis_model_open(&model, file_path, &options, NULL), HUIS_OK);
    return model;
}

/* A request of a thread and how far it is. */
typedef struct stream {
    huis_session *session;
    const char *prompt;
    pthread_t thread;
    int status;
    huis_error err;
    char *text;
    atomic_uint n_pieces; /* of text */
    const struct stream
        *beside; /* NULL, or whose pieces are counted at each piece of this prompt */
    uint32_t n_prompt_pieces, first_beside, last_beside;
    bool is_slow; /* does not read for a while after the first piece */
    huis_usage usage;
} stream;

static bool on_stream(void *user, const huis_event *event)
{
    stream *const s = user;
    if (event->kind == HUIS_EVENT_TEXT) {
        (void)atomic_fetch_add(&s->n_pieces, 1);
    }
    if (event->kind == HUIS_EVENT_PREFILL && s->beside != NULL) {
        const uint32_t n = atomic_load(&s->beside->n_pieces);
        s->first_beside = s->n_prompt_pieces == 0 ? n : s->first_beside;
        s->last_beside = n;
        s->n_prompt_pieces++;
    }
    if (s->is_slow && event->kind == HUIS_EVENT_TEXT && atomic_load(&s->n_pieces) == 1) {
        (void)sleep(1);
    }
    return true;
}

static void *run_stream(void *argument)
{
    stream *const s = argument;
    const huis_message message = {"user", s->prompt, strlen(s->prompt)};
    const huis_result *result = NULL;
    s->status =
        huis_session_generate(s->session, &message, 1, NULL, on_stream, s, &result, &s->err);
    s->usage = s->status == HUIS_OK ? result->usage : s->usage;
    s->text = s->status == HUIS_OK ? strdup(result->candidates[0].text) : NULL;
    return NULL;
}

static void start(stream *s, huis_model *model, const char *prompt)
{
    s->prompt = prompt;
    assert_int_equal(huis_session_new(&s->session, model, NULL), HUIS_OK);
    assert_int_equal(pthread_create(&s->thread, NULL, run_stream, s), 0);
}

static void await_pieces(const stream *s, uint32_t n)
{
    for (size_t i = 0; i < 20000 && atomic_load(&s->n_pieces) < n; i++) {
        const struct timespec pause = {0, 1000000};
        (void)nanosleep(&pause, NULL);
    }
    assert_true(atomic_load(&s->n_pieces) >= n);
}

/* The status; the text must be `text` when it is HUIS_OK. */
static int finish(stream *s, const char *text)
{
    (void)pthread_join(s->thread, NULL);
    if (s->status == HUIS_OK) {
        assert_string_equal(s->text, text);
    }
    free(s->text);
    s->session = huis_session_free(s->session);
    return s->status;
}

#define HUNDRED                                                                                    \
    "0123456789abcdefghijklmnopqrstuvwxyz.0123456789abcdefghijklmnopqrstuvwxyz.0123456789abcdefgh" \
    "ijklmno."

static void one_cancels_and_the_other_goes_on(void **state)
{
    (void)state;
    huis_model *model = open_script("answer=" HUNDRED "\ndelay_us=5000\n");
    stream one = {.session = NULL};
    stream other = {.session = NULL};
    start(&one, model, "x");
    start(&other, model, "y");
    await_pieces(&one, 5);
    await_pieces(&other, 5);
    huis_session_cancel(one.session);
    assert_int_equal(finish(&one, ""), HUIS_E_CANCELLED);
    assert_int_equal(finish(&other, HUNDRED), HUIS_OK);
    model = huis_model_unref(model);
}

/* A prompt of thousands of tokens is read in pieces, with a step of the other between two. */
static void a_long_prompt_does_not_stall_a_stream(void **state)
{
    (void)state;
    static char prompt[3001];
    huis_model *model = open_script("answer=" HUNDRED "\ndelay_us=1000\nn_ctx=4000\n");
    stream writing = {.session = NULL};
    stream reading = {.beside = &writing};
    memset(prompt, 'p', sizeof(prompt) - 1);
    start(&writing, model, "x");
    await_pieces(&writing, 3);
    start(&reading, model, prompt);
    assert_int_equal(finish(&writing, HUNDRED), HUIS_OK);
    assert_int_equal(finish(&reading, HUNDRED), HUIS_OK);
    assert_true(reading.n_prompt_pieces >= 20);
    /* One step a piece; what threads of a busy machine see is a little off. */
    assert_true(reading.last_beside - reading.first_beside >= reading.n_prompt_pieces / 2);
    model = huis_model_unref(model);
}

/* One that is far over the context is refused at once, and so are requests beyond the queue; nobody
 * else notices. */
static void a_flood_is_refused_beyond_the_queue(void **state)
{
    (void)state;
    enum { N = LIMIT_WORKER_SEQUENCES + LIMIT_WORKER_WAITING + 12 };
    static stream streams[N];
    static char huge[4u * LIMIT_MIB + 1];
    huis_model *model = open_script("answer=" HUNDRED "\ndelay_us=1500\n");
    size_t n_right = 0;
    size_t n_refused = 0;
    memset(streams, 0, sizeof(streams));
    memset(huge, 'h', sizeof(huge) - 1);
    for (size_t i = 0; i < N; i++) {
        start(&streams[i], model, i == 3 ? huge : "x");
    }
    for (size_t i = 0; i < N; i++) {
        const int status = finish(&streams[i], HUNDRED);
        n_right += status == HUIS_OK ? 1 : 0;
        n_refused += status == HUIS_E_LIMIT ? 1 : 0;
        if (status == HUIS_E_LIMIT) {
            assert_non_null(strstr(streams[i].err.message, "try again"));
        }
        assert_true(status == HUIS_OK || status == HUIS_E_LIMIT ||
                    (i == 3 && status == HUIS_E_CONTEXT_FULL));
    }
    assert_true(n_right >= LIMIT_WORKER_SEQUENCES + LIMIT_WORKER_WAITING - 1);
    assert_true(n_refused > 0);
    model = huis_model_unref(model);
}

/* More sessions than channels: refused by name of the limit, and welcome when one was closed. */
static void too_many_sessions_are_refused(void **state)
{
    (void)state;
    static huis_session *sessions[LIMIT_WORKER_CHANNELS + 1];
    huis_model *model = open_script("answer=x\n");
    huis_error err = {0};
    uint32_t n = 0;
    for (size_t i = 0; i <= LIMIT_WORKER_CHANNELS; i++) {
        assert_int_equal(huis_session_new(&sessions[i], model, NULL), HUIS_OK);
        const int status = huis_session_count_tokens(sessions[i], "abc", 3, &n, &err);
        assert_int_equal(status, i < LIMIT_WORKER_CHANNELS ? HUIS_OK : HUIS_E_LIMIT);
    }
    assert_non_null(strstr(err.message, "64 sessions"));
    sessions[5] = huis_session_free(sessions[5]);
    huis_session *const last = sessions[LIMIT_WORKER_CHANNELS];
    assert_int_equal(huis_session_count_tokens(last, "abc", 3, &n, &err), HUIS_OK);
    assert_int_equal(n, 3);
    for (size_t i = 0; i <= LIMIT_WORKER_CHANNELS; i++) {
        sessions[i] = huis_session_free(sessions[i]);
    }
    model = huis_model_unref(model);
}

/* A caller that does not read its answer for a second. */
static void a_slow_reader_holds_up_nobody(void **state)
{
    (void)state;
    huis_model *model = open_script("answer=" HUNDRED "\ndelay_us=500\n");
    stream slow = {.is_slow = true};
    stream other = {.session = NULL};
    start(&slow, model, "x");
    await_pieces(&slow, 1);
    start(&other, model, "y");
    assert_int_equal(finish(&other, HUNDRED), HUIS_OK);
    assert_int_equal(atomic_load(&slow.n_pieces), 1);
    assert_int_equal(finish(&slow, HUNDRED), HUIS_OK);
    model = huis_model_unref(model);
}

/* All who are served are told, once each, of one death; the next request finds a new worker. */
static void a_death_is_told_to_all(void **state)
{
    (void)state;
    enum { N = 5 };
    huis_model *model = open_script("answer=" HUNDRED "\ndelay_us=5000\n");
    static stream streams[N];
    memset(streams, 0, sizeof(streams));
    for (size_t i = 0; i < N; i++) {
        start(&streams[i], model, "x");
    }
    for (size_t i = 0; i < N; i++) {
        await_pieces(&streams[i], 1);
    }
    assert_int_equal(kill(model->worker.pid, SIGKILL), 0);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(finish(&streams[i], ""), HUIS_E_WORKER);
        assert_non_null(strstr(streams[i].err.message, "it was killed"));
    }
    assert_int_equal(model->n_deaths, 1);
    stream again = {.session = NULL};
    start(&again, model, "x");
    assert_int_equal(finish(&again, HUNDRED), HUIS_OK);
    model = huis_model_unref(model);
}

/* A callback may ask another session. */
static bool ask_other(void *user, const huis_event *event)
{
    stream *const other = user;
    if (event->kind == HUIS_EVENT_TEXT && other->text == NULL) {
        (void)run_stream(other);
    }
    return true;
}

static void a_callback_may_ask_another_session(void **state)
{
    (void)state;
    huis_model *model = open_script("answer=hello\n");
    stream other = {.prompt = "x"};
    huis_session *session = NULL;
    const huis_message message = {"user", "y", 1};
    assert_int_equal(huis_session_new(&session, model, NULL), HUIS_OK);
    assert_int_equal(huis_session_new(&other.session, model, NULL), HUIS_OK);
    assert_int_equal(
        huis_session_generate(session, &message, 1, NULL, ask_other, &other, NULL, NULL), HUIS_OK);
    assert_int_equal(other.status, HUIS_OK);
    assert_string_equal(other.text, "hello");
    free(other.text);
    huis_session_free(other.session);
    huis_session_free(session);
    model = huis_model_unref(model);
}

/* --- What is remembered --- */

static huis_session *open_session(huis_model *model, const char *caller)
{
    huis_session *session = NULL;
    huis_session_options options;
    huis_session_options_default(&options);
    options.caller = caller;
    assert_int_equal(huis_session_open(&session, model, &options, NULL), HUIS_OK);
    return session;
}

/* Tokens of the prompt that were found. */
static uint32_t ask_cached(huis_session *session, const huis_message *messages, size_t n,
                           uint32_t n_fixed)
{
    const huis_result *result = NULL;
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.n_fixed_messages = n_fixed;
    assert_int_equal(
        huis_session_generate(session, messages, n, &options, NULL, NULL, &result, NULL), HUIS_OK);
    assert_string_equal(result->candidates[0].text, "fine");
    return result->usage.cached_tokens;
}

#define INSTRUCTION "Say in a word how this is, whatever it may be, and nothing else at all."
#define SECRET "My number is 12 34 56 78, and nobody is to know of it."

/* Sessions of one caller find what one of them read; those of others find the constant part only, and
 * only where it was declared. */
static void callers_share_what_is_constant(void **state)
{
    (void)state;
    huis_model *model = NULL;
    huis_model *const plain = open_script("answer=fine\n");
    huis_model_options options;
    huis_model_options_default(&options);
    options.worker_path = SCRIPTED_WORKER;
    options.prefix_directory = "/proc/none"; /* nothing comes from disk */
    assert_int_equal(huis_model_open(&model, file_path, &options, NULL), HUIS_OK);
    static const char *const CALLERS[] = {"a", "a", "b", NULL, NULL};
    const huis_message messages[] = {{"system", INSTRUCTION, strlen(INSTRUCTION)},
                                     {"user", SECRET, strlen(SECRET)}};
    const uint32_t n_whole = (uint32_t)strlen("system:" INSTRUCTION "user:" SECRET);
    const uint32_t n_constant = (uint32_t)strlen("system:" INSTRUCTION);
    huis_session *sessions[5];
    for (size_t i = 0; i < 5; i++) {
        sessions[i] = open_session(plain, CALLERS[i]);
        const uint32_t n = ask_cached(sessions[i], messages, 2, 0);
        assert_int_equal(n, i == 1 ? n_whole : 0);
        sessions[i] = huis_session_free(sessions[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        sessions[i] = open_session(model, CALLERS[i]);
        const uint32_t n = ask_cached(sessions[i], messages, 2, 1);
        assert_int_equal(n, i == 0 ? 0 : i == 1 ? n_whole : n_constant);
    }
    for (size_t i = 0; i < 5; i++) {
        sessions[i] = huis_session_free(sessions[i]);
    }
    huis_model_unref(plain);
    huis_model_unref(model);
}

/* A session that goes to and fro between two prompts finds both; without memory for it, neither. */
static void a_session_remembers_several_prompts(void **state)
{
    (void)state;
    huis_model_options options;
    for (int with = 0; with < 2; with++) {
        huis_model *model = huis_model_unref(open_script("answer=fine\n"));
        huis_model_options_default(&options);
        options.worker_path = SCRIPTED_WORKER;
        options.prefix_memory_bytes = with == 1 ? 0 : 1;
        assert_int_equal(huis_model_open(&model, file_path, &options, NULL), HUIS_OK);
        huis_session *session = open_session(model, NULL);
        const huis_message one = {"user", INSTRUCTION, strlen(INSTRUCTION)};
        const huis_message two = {"assistant", SECRET, strlen(SECRET)};
        assert_int_equal(ask_cached(session, &one, 1, 0), 0);
        assert_int_equal(ask_cached(session, &two, 1, 0), 0);
        assert_int_equal(ask_cached(session, &one, 1, 0),
                         with == 1 ? strlen("user:" INSTRUCTION) : 0);
        assert_int_equal(ask_cached(session, &two, 1, 0),
                         with == 1 ? strlen("assistant:" SECRET) : 0);
        session = huis_session_free(session);
        model = huis_model_unref(model);
    }
}

static void a_caller_has_a_name_of_its_own(void **state)
{
    (void)state;
    huis_model *const model = open_script("answer=fine\n");
    huis_session *session = NULL;
    huis_session_options options = {.caller = "x"};
    static char name[LIMIT_CALLER_BYTES + 2];
    assert_int_equal(huis_session_open(&session, model, &options, NULL), HUIS_E_BAD_ARGUMENT);
    huis_session_options_default(&options);
    options.caller = "\xff";
    assert_int_equal(huis_session_open(&session, model, &options, NULL), HUIS_E_BAD_ARGUMENT);
    memset(name, 'n', LIMIT_CALLER_BYTES + 1);
    options.caller = name;
    assert_int_equal(huis_session_open(&session, model, &options, NULL), HUIS_E_BAD_ARGUMENT);
    name[LIMIT_CALLER_BYTES] = '\0';
    assert_int_equal(huis_session_open(&session, model, &options, NULL), HUIS_OK);
    const huis_message message = {"user", "x", 1};
    assert_int_equal(ask_cached(session, &message, 1, 0), 0);
    huis_session_free(session);
    huis_model_unref(model);
}

/* Eight requests about one document at once: it is read about once. */
static void a_document_is_read_once_for_all(void **state)
{
    (void)state;
    enum { N = 8 };
    static char document[1501];
    static char prompts[N][1600];
    static stream streams[N];
    huis_model *const model = open_script("answer=fine\ndelay_us=300\nn_ctx=2000\n");
    memset(document, 'd', sizeof(document) - 1);
    memset(streams, 0, sizeof(streams));
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(prompts[i], sizeof(prompts[i]), "%s question %zu", document, i);
        streams[i].session = open_session(model, "reader");
        streams[i].prompt = prompts[i];
        assert_int_equal(pthread_create(&streams[i].thread, NULL, run_stream, &streams[i]), 0);
    }
    uint32_t n_computed = 0;
    for (size_t i = 0; i < N; i++) {
        (void)pthread_join(streams[i].thread, NULL);
        assert_int_equal(streams[i].status, HUIS_OK);
        assert_string_equal(streams[i].text, "fine");
        n_computed += streams[i].usage.prompt_tokens - streams[i].usage.cached_tokens;
        free(streams[i].text);
        huis_session_free(streams[i].session);
    }
    assert_true(n_computed < 2 * sizeof(document));
    huis_model_unref(model);
}

static int make_file(void **state)
{
    (void)state;
    const int fd = mkstemp(file_path);
    return fd >= 0 ? close(fd) : -1;
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(file_path);
}

/* With the argument "real": a model of HUIS_TEST_MODELS, or a skip by name. */
static int test_real_model(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_model_says_the_same_in_company),
    };
    const char *const folder = getenv("HUIS_TEST_MODELS");
    (void)snprintf(real_path, sizeof(real_path), "%s/smollm2-135m.gguf",
                   folder != NULL ? folder : "");
    if (folder == NULL || access(real_path, R_OK) != 0) {
        printf("1..1\nok 1 - a_real_model_says_the_same_in_company # SKIP no smollm2-135m.gguf in "
               "HUIS_TEST_MODELS\n");
        return 0;
    }
    return cmocka_run_group_tests_name("together-real", tests, NULL, NULL);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "real") == 0) {
        return test_real_model();
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_toy_model_says_the_same_in_company),
        cmocka_unit_test(one_cancels_and_the_other_goes_on),
        cmocka_unit_test(a_long_prompt_does_not_stall_a_stream),
        cmocka_unit_test(a_flood_is_refused_beyond_the_queue),
        cmocka_unit_test(too_many_sessions_are_refused),
        cmocka_unit_test(a_slow_reader_holds_up_nobody),
        cmocka_unit_test(a_death_is_told_to_all),
        cmocka_unit_test(a_callback_may_ask_another_session),
        cmocka_unit_test(callers_share_what_is_constant),
        cmocka_unit_test(a_session_remembers_several_prompts),
        cmocka_unit_test(a_caller_has_a_name_of_its_own),
        cmocka_unit_test(a_document_is_read_once_for_all),
    };
    return cmocka_run_group_tests_name("together", tests, make_file, remove_file);
}
