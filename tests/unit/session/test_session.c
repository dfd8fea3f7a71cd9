/*
 * test_session.c - the client and the worker program, sandbox and all, with an engine that follows a
 * script (scripted_engine.c): what a real model does only by luck is here made to happen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "huis/huis.h"
#include "huis/session.h"
#include "session/client.h"
#include "wire/wire.h"

static char script_path[] = "/tmp/huis-session-XXXXXX";

typedef struct opened {
    huis_model *model;
    huis_session *session;
} opened;

static void write_script(const char *script)
{
    buffer text;
    buffer_init(&text, 65536);
    assert_true(buffer_printf(&text, "HUIS-SCRIPT\n%s", script));
    assert_int_equal(file_write_atomic(script_path, buffer_span(&text), 0600, NULL), HUIS_OK);
    buffer_deinit(&text);
}

static int open_path(opened *o, const char *path, huis_error *err)
{
    huis_model_options options;
    huis_model_options_default(&options);
    options.worker_path = SCRIPTED_WORKER;
    options.n_threads = 2;
    const int status = huis_model_open(&o->model, path, &options, err);
    if (status == HUIS_OK) {
        assert_int_equal(huis_session_new(&o->session, o->model, NULL), HUIS_OK);
    }
    return status;
}

static opened open_script(const char *script)
{
    opened o = {NULL, NULL};
    huis_error err = {0};
    write_script(script);
    const int status = open_path(&o, script_path, &err);
    if (status != HUIS_OK) {
        fail_msg("open: %d %s", status, err.message);
    }
    return o;
}

static void close_opened(opened *o)
{
    o->session = huis_session_free(o->session);
    o->model = huis_model_unref(o->model);
}

static int ask(opened *o, const huis_generate_options *options, const huis_result **out,
               huis_error *err)
{
    const huis_message message = {"user", "What is said?", 13};
    return huis_session_generate(o->session, &message, 1, options, NULL, NULL, out, err);
}

static const char *answer_of(opened *o, const huis_generate_options *options)
{
    const huis_result *result = NULL;
    huis_error err = {0};
    const int status = ask(o, options, &result, &err);
    if (status != HUIS_OK) {
        fail_msg("generate: %d %s", status, err.message);
    }
    return result->candidates[0].text;
}

static size_t count_descriptors(void)
{
    DIR *const directory = opendir("/proc/self/fd");
    assert_non_null(directory);
    size_t n = 0;
    while (readdir(directory) != NULL) {
        n++;
    }
    (void)closedir(directory);
    return n;
}

static void no_child_is_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void an_answer_comes_back(void **state)
{
    (void)state;
    opened o = open_script("answer=Hello, world.\n");
    const huis_result *result = NULL;
    assert_int_equal(ask(&o, NULL, &result, NULL), HUIS_OK);
    assert_int_equal(result->n_candidates, 1);
    assert_string_equal(result->candidates[0].text, "Hello, world.");
    assert_int_equal(result->candidates[0].finish, HUIS_FINISH_STOP);
    assert_int_equal(result->candidates[0].n_tokens, 13);
    assert_true(result->candidates[0].logprob < 0);
    assert_int_equal(result->usage.prompt_tokens, strlen("user:What is said?") + 1);
    assert_int_equal(result->usage.cached_tokens, 0);
    assert_int_equal(result->usage.output_tokens, 13);
    close_opened(&o);
    no_child_is_left();
}

static void the_model_describes_itself(void **state)
{
    (void)state;
    opened o = open_script("answer=x\nn_ctx=300\n");
    huis_model_info info = {.struct_size = sizeof(info)};
    assert_int_equal(huis_model_get_info(o.model, &info), HUIS_OK);
    assert_string_equal(info.family, "scripted");
    assert_string_equal(info.name, strrchr(script_path, '/') + 1);
    assert_int_equal(info.trained_context_length, 300);
    assert_int_equal(info.context_length, 300);
    assert_int_equal(info.n_threads, 2);
    assert_true(info.bytes > 0);
    assert_true(info.load_ms > 0);
    /* An older caller has a shorter struct. */
    huis_model_info older = {.struct_size = offsetof(huis_model_info, bytes)};
    assert_int_equal(huis_model_get_info(o.model, &older), HUIS_OK);
    assert_string_equal(older.family, "scripted");
    assert_int_equal(older.bytes, 0);
    close_opened(&o);
}

/* What the events of one call were. */
typedef struct heard {
    buffer text[4];
    uint32_t n_prefill, n_text, n_done;
    uint32_t cancel_after; /* TEXT events; 0: never */
    bool is_split;         /* a piece was not whole characters */
    opened *o;
    int nested; /* status of a call from the callback */
} heard;

static bool hear(void *user, const huis_event *event)
{
    heard *const h = user;
    if (event->kind == HUIS_EVENT_PREFILL) {
        h->n_prefill++;
    } else if (event->kind == HUIS_EVENT_DONE) {
        h->n_done++;
    } else {
        const span piece = span_from(event->text, event->text_bytes);
        h->is_split = h->is_split || utf8_valid_prefix(piece) != piece.len;
        (void)buffer_append(&h->text[event->i_candidate % 4], piece);
        h->n_text++;
    }
    return h->cancel_after == 0 || h->n_text < h->cancel_after;
}

static void init_heard(heard *h)
{
    *h = (heard){.nested = 1};
    for (size_t i = 0; i < 4; i++) {
        buffer_init(&h->text[i], 65536);
    }
}

static void deinit_heard(heard *h)
{
    for (size_t i = 0; i < 4; i++) {
        buffer_deinit(&h->text[i]);
    }
}

/* Each token is one byte here: every character of two to four bytes spans tokens. */
static void pieces_are_whole_characters(void **state)
{
    (void)state;
    opened o = open_script("answer=Été à Besançon: 5 €, 🎉 fin\n");
    heard h;
    const huis_message message = {"user", "x", 1};
    const huis_result *result = NULL;
    init_heard(&h);
    assert_int_equal(huis_session_generate(o.session, &message, 1, NULL, hear, &h, &result, NULL),
                     HUIS_OK);
    assert_false(h.is_split);
    assert_string_equal(buffer_string(&h.text[0]), "Été à Besançon: 5 €, 🎉 fin");
    assert_string_equal(result->candidates[0].text, buffer_string(&h.text[0]));
    assert_int_equal(h.n_text, 26);
    assert_int_equal(h.n_done, 1);
    deinit_heard(&h);
    close_opened(&o);
}

static void a_cut_never_leaves_half_a_character(void **state)
{
    (void)state;
    opened o = open_script("answer=a🎉b\n");
    huis_generate_options options;
    huis_generate_options_default(&options);
    static const char *const EXPECTED[] = {"a", "a", "a", "a", "a🎉", "a🎉b"};
    for (uint32_t n = 1; n <= 6; n++) {
        const huis_result *result = NULL;
        options.max_tokens = n;
        assert_int_equal(ask(&o, &options, &result, NULL), HUIS_OK);
        assert_string_equal(result->candidates[0].text, EXPECTED[n - 1]);
        assert_int_equal(result->candidates[0].finish, HUIS_FINISH_LENGTH);
        assert_int_equal(result->candidates[0].n_tokens, n);
    }
    close_opened(&o);
}

static void stop_strings_work_across_tokens(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        const char *stop[2];
        const char *expected;
    } CASES[] = {
        {"one\\n\\ntwo", {"\n\n", NULL}, "one"}, {"one\\ntwo", {"\n\n", NULL}, "one\ntwo"},
        {"aab aaab", {"aaab", NULL}, "aab "},    {"ends in sto", {"stop", NULL}, "ends in sto"},
        {"Human: hi", {"Human:", NULL}, ""},     {"x END y", {"y", "END"}, "x "},
        {"abcde", {"cd", "bcde"}, "ab"},         {"abcde", {"cd", "bcd"}, "a"},
        {"Ça va, é", {"é", NULL}, "Ça va, "},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char script[256];
        (void)snprintf(script, sizeof(script), "answer=%s\n", CASES[i].answer);
        opened o = open_script(script);
        huis_generate_options options;
        huis_generate_options_default(&options);
        options.stop = CASES[i].stop;
        options.n_stop = CASES[i].stop[1] != NULL ? 2 : 1;
        assert_string_equal(answer_of(&o, &options), CASES[i].expected);
        close_opened(&o);
    }
}

static void max_words_is_hard(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        uint32_t max_words;
        const char *expected;
        huis_finish finish;
    } CASES[] = {
        {"one two three four", 2, "one two", HUIS_FINISH_LENGTH},
        {"one two.", 2, "one two.", HUIS_FINISH_STOP},
        {"one two .", 2, "one two .", HUIS_FINISH_STOP},
        {"un mot ! Encore", 2, "un mot", HUIS_FINISH_LENGTH},
        {"un mot !", 2, "un mot !", HUIS_FINISH_STOP},
        {"- one - two - three", 2, "- one - two", HUIS_FINISH_LENGTH},
        {"one (two) (three)", 2, "one (two)", HUIS_FINISH_LENGTH},
        {"l'été 2024, à 5 €", 3, "l'été 2024, à", HUIS_FINISH_LENGTH},
        {"one", 5, "one", HUIS_FINISH_STOP},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char script[256];
        (void)snprintf(script, sizeof(script), "answer=%s\n", CASES[i].answer);
        opened o = open_script(script);
        huis_generate_options options;
        const huis_result *result = NULL;
        huis_generate_options_default(&options);
        options.max_words = CASES[i].max_words;
        assert_int_equal(ask(&o, &options, &result, NULL), HUIS_OK);
        assert_string_equal(result->candidates[0].text, CASES[i].expected);
        assert_int_equal(result->candidates[0].finish, CASES[i].finish);
        close_opened(&o);
    }
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    opened o = open_script("answer=aaaaaaaaaaaaaaaaaaaaaaaa\nsecond=bbbbbbbbbbbbbbbbbbbbbbbb\n");
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.temperature = 1;
    options.seed = UINT64_C(0xFEDCBA9876543210);
    char first[64];
    (void)snprintf(first, sizeof(first), "%s", answer_of(&o, &options));
    assert_non_null(strchr(first, 'b'));
    assert_string_equal(answer_of(&o, &options), first);
    options.seed++;
    assert_string_not_equal(answer_of(&o, &options), first);
    close_opened(&o);
}

static void candidates_share_a_prefill(void **state)
{
    (void)state;
    opened o = open_script("answer=aaaaaaaaaaaaaaaaaaaaaaaa\nsecond=bbbbbbbbbbbbbbbbbbbbbbbb\n");
    huis_generate_options options;
    heard h;
    const huis_message message = {"user", "x", 1};
    const huis_result *result = NULL;
    huis_generate_options_default(&options);
    init_heard(&h);
    options.temperature = 1;
    options.n_candidates = 4;
    options.seed = 5;
    assert_int_equal(
        huis_session_generate(o.session, &message, 1, &options, hear, &h, &result, NULL), HUIS_OK);
    assert_int_equal(result->n_candidates, 4);
    assert_int_equal(h.n_done, 4);
    assert_int_equal(result->usage.prompt_tokens, strlen("user:x") + 1);
    assert_int_equal(result->usage.output_tokens, 4 * 24);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(result->candidates[i].text, buffer_string(&h.text[i]));
        assert_int_equal(result->candidates[i].text_bytes, 24);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(result->candidates[i].text, result->candidates[j].text);
        }
    }
    /* Candidate i is what seed + i gives alone: the others left nothing behind. */
    char third[64];
    (void)snprintf(third, sizeof(third), "%s", result->candidates[2].text);
    options.n_candidates = 1;
    options.seed = 7;
    assert_string_equal(answer_of(&o, &options), third);
    deinit_heard(&h);
    close_opened(&o);
}

/* More candidates than are decoded at once, of different lengths: each is what it is alone, and their
 * text arrives in their order (the client refuses another). */
static void many_candidates_are_what_each_is_alone(void **state)
{
    (void)state;
    enum { N = 21 };
    opened o = open_script("answer=aaaa aaaa. aaaa aaaa aaaa aaaa\nsecond=bb.b bbbb bbbb b.bb\n");
    huis_generate_options options;
    heard h;
    const huis_message message = {"user", "x", 1};
    const huis_result *result = NULL;
    static const char *const STOP[] = {".", "aba"};
    char together[N][64];
    uint32_t n_tokens[N];
    double logprobs[N];
    init_heard(&h);
    huis_generate_options_default(&options);
    options.temperature = 1;
    options.n_candidates = N;
    options.max_words = 5;
    options.stop = STOP;
    options.n_stop = 2;
    assert_int_equal(
        huis_session_generate(o.session, &message, 1, &options, hear, &h, &result, NULL), HUIS_OK);
    assert_int_equal(result->n_candidates, N);
    assert_int_equal(h.n_done, N);
    for (size_t i = 0; i < N; i++) {
        (void)snprintf(together[i], sizeof(together[i]), "%s", result->candidates[i].text);
        n_tokens[i] = result->candidates[i].n_tokens;
        logprobs[i] = result->candidates[i].logprob;
    }
    options.n_candidates = 1;
    for (size_t i = 0; i < N; i++) {
        options.seed = i;
        assert_int_equal(
            huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
            HUIS_OK);
        assert_string_equal(result->candidates[0].text, together[i]);
        assert_int_equal(result->candidates[0].n_tokens, n_tokens[i]);
        assert_true(result->candidates[0].logprob == logprobs[i]);
    }
    deinit_heard(&h);
    close_opened(&o);
}

/* Text that repeats itself: several tokens a step, and none of it shows. */
static void drafts_change_nothing(void **state)
{
    (void)state;
    opened o = open_script(
        "answer=the cat and the dog and the cat and the dog and the bat and the dog and the cat\n"
        "second=the cow and the dig and the cut and the dog xnd the bat and the dog and the cat\n");
    static const char *const STOP[] = {"bat"};
    huis_generate_options options;
    const huis_message message = {"user", "the cat and the dog", 19};
    const huis_result *result = NULL;
    uint32_t n_accepted = 0;
    for (uint32_t i = 0; i < 12; i++) {
        char plain[128];
        huis_generate_options_default(&options);
        options.temperature = i % 3 == 0 ? 0 : 1;
        options.seed = i;
        options.max_words = i % 4 == 1 ? 3 + i : 0;
        options.max_tokens = i % 4 == 2 ? 20 + i : 0;
        options.stop = STOP;
        options.n_stop = i % 2;
        options.no_drafts = true;
        (void)snprintf(plain, sizeof(plain), "%s", answer_of(&o, &options));
        options.no_drafts = false;
        assert_int_equal(
            huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
            HUIS_OK);
        assert_string_equal(result->candidates[0].text, plain);
        assert_true(result->usage.accepted_tokens <= result->usage.drafted_tokens);
        assert_true(result->usage.accepted_tokens < result->usage.output_tokens);
        n_accepted += result->usage.accepted_tokens;
    }
    assert_true(n_accepted > 50);
    close_opened(&o);
}

static void a_common_prefix_is_not_computed_again(void **state)
{
    (void)state;
    opened o = open_script("answer=x\n");
    const huis_message messages[] = {{"system", "instruction", 11}, {"user", "one", 3}};
    const huis_message others[] = {{"system", "instruction", 11}, {"user", "two", 3}};
    const huis_result *result = NULL;
    assert_int_equal(huis_session_generate(o.session, messages, 2, NULL, NULL, NULL, &result, NULL),
                     HUIS_OK);
    assert_int_equal(result->usage.cached_tokens, 0);
    assert_int_equal(huis_session_generate(o.session, others, 2, NULL, NULL, NULL, &result, NULL),
                     HUIS_OK);
    assert_int_equal(result->usage.cached_tokens, strlen("system:instructionuser:"));
    assert_int_equal(huis_session_generate(o.session, others, 2, NULL, NULL, NULL, &result, NULL),
                     HUIS_OK);
    /* All but the last token, whose logits are needed. */
    assert_int_equal(result->usage.cached_tokens, result->usage.prompt_tokens - 1);
    /* Another session sees nothing of it. */
    huis_session *other = NULL;
    assert_int_equal(huis_session_new(&other, o.model, NULL), HUIS_OK);
    assert_int_equal(huis_session_generate(other, others, 2, NULL, NULL, NULL, &result, NULL),
                     HUIS_OK);
    assert_int_equal(result->usage.cached_tokens, 0);
    huis_session_free(other);
    close_opened(&o);
}

/* More sessions than KV caches: the oldest makes room, answers stay right. */
static void many_sessions_take_turns(void **state)
{
    (void)state;
    enum { N = 2 * LIMIT_WORKER_CONTEXTS };
    opened o = open_script("answer=fine\n");
    huis_session *sessions[N];
    const huis_message message = {"user", "x", 1};
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(huis_session_new(&sessions[i], o.model, NULL), HUIS_OK);
    }
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < N; i++) {
            const huis_result *result = NULL;
            assert_int_equal(
                huis_session_generate(sessions[i], &message, 1, NULL, NULL, NULL, &result, NULL),
                HUIS_OK);
            assert_string_equal(result->candidates[0].text, "fine");
            assert_int_equal(result->usage.cached_tokens, 0);
        }
    }
    for (size_t i = 0; i < N; i++) {
        sessions[i] = huis_session_free(sessions[i]);
    }
    close_opened(&o);
}

static void the_copy_constraint_holds(void **state)
{
    (void)state;
    opened o = open_script("answer=in Zork\nsecond=in Oslo\n");
    huis_generate_options options;
    huis_generate_options_default(&options);
    assert_string_equal(answer_of(&o, &options), "in Zork");
    options.copy_source = "They met in Oslo.";
    options.copy_source_bytes = strlen(options.copy_source);
    assert_string_equal(answer_of(&o, &options), "in Oslo");
    close_opened(&o);
}

static void the_order_constraint_holds(void **state)
{
    (void)state;
    opened o = open_script("answer=Zork met they\nsecond=They met in Oslo\n");
    huis_generate_options options;
    const huis_message message = {"user", "x", 1};
    const huis_result *result = NULL;
    static char long_sentence[5000];
    huis_generate_options_default(&options);
    options.keep_order = "They met, at last, in Oslo.";
    options.keep_order_bytes = strlen(options.keep_order);
    assert_string_equal(answer_of(&o, &options), "They met in Oslo");
    memset(long_sentence, 'x', sizeof(long_sentence));
    options.keep_order = long_sentence;
    options.keep_order_bytes = sizeof(long_sentence);
    assert_int_equal(
        huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
        HUIS_E_BAD_ARGUMENT);
    close_opened(&o);
}

static void a_callback_cancels(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789012345678901234567890123456789\ndelay_us=2000\n");
    heard h;
    const huis_message message = {"user", "x", 1};
    const huis_result *result = NULL;
    init_heard(&h);
    h.cancel_after = 3;
    assert_int_equal(huis_session_generate(o.session, &message, 1, NULL, hear, &h, &result, NULL),
                     HUIS_E_CANCELLED);
    assert_null(result);
    assert_int_equal(h.n_text, 3);
    /* The session goes on. */
    assert_string_equal(answer_of(&o, NULL), "0123456789012345678901234567890123456789");
    deinit_heard(&h);
    close_opened(&o);
}

static void *cancel_soon(void *argument)
{
    const struct timespec pause = {0, 50 * 1000000};
    (void)nanosleep(&pause, NULL);
    huis_session_cancel(argument);
    return NULL;
}

/* 100 s of answer, cancelled from another thread after 50 ms. */
static void another_thread_cancels(void **state)
{
    (void)state;
    opened o = open_script("answer=01234567890123456789\ndelay_us=500000\n");
    huis_error err = {0};
    const huis_message message = {"user", "", 0};
    pthread_t thread;
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.raw = true;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, o.session), 0);
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(
        huis_session_generate(o.session, &message, 1, &options, NULL, NULL, NULL, &err),
        HUIS_E_CANCELLED);
    const int64_t elapsed_us = clock_monotonic_us() - start_us;
    (void)pthread_join(thread, NULL);
    /* Within a token, which takes half a second here (a busy machine may add to it). */
    assert_true(elapsed_us < 3000000);
    close_opened(&o);
}

static void a_long_prompt_is_cancelled_between_chunks(void **state)
{
    (void)state;
    opened o = open_script("answer=x\ndelay_us=20000\nn_ctx=4000\n");
    char prompt[3000];
    memset(prompt, 'p', sizeof(prompt));
    const huis_message message = {"user", prompt, sizeof(prompt)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, o.session), 0);
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(huis_session_generate(o.session, &message, 1, NULL, NULL, NULL, NULL, NULL),
                     HUIS_E_CANCELLED);
    (void)pthread_join(thread, NULL);
    assert_true(clock_monotonic_us() - start_us < 10000000);
    close_opened(&o);
}

/* It neither answers nor stops: it is killed, and the next request finds a new one. */
static void a_stuck_worker_is_replaced(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789\nhang_at=4\n");
    pthread_t thread;
    huis_error err = {0};
    o.model->patience_us = 100000;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, o.session), 0);
    assert_int_equal(ask(&o, NULL, NULL, &err), HUIS_E_WORKER);
    (void)pthread_join(thread, NULL);
    assert_non_null(strstr(err.message, "did not stop"));
    no_child_is_left();
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.max_tokens = 2;
    assert_string_equal(answer_of(&o, &options), "01");
    close_opened(&o);
}

static void cancelling_nothing_does_nothing(void **state)
{
    (void)state;
    opened o = open_script("answer=x\n");
    huis_session_cancel(o.session);
    assert_string_equal(answer_of(&o, NULL), "x");
    huis_session_cancel(NULL);
    close_opened(&o);
}

static bool ask_again(void *user, const huis_event *event)
{
    heard *const h = user;
    const huis_message message = {"user", "x", 1};
    (void)event;
    h->nested = huis_session_generate(h->o->session, &message, 1, NULL, NULL, NULL, NULL, NULL);
    uint32_t n = 0;
    assert_int_equal(huis_session_count_tokens(h->o->session, "x", 1, &n, NULL), HUIS_E_BUSY);
    return true;
}

static void a_busy_session_says_so(void **state)
{
    (void)state;
    opened o = open_script("answer=hello\n");
    heard h;
    const huis_message message = {"user", "x", 1};
    const huis_result *result = NULL;
    init_heard(&h);
    h.o = &o;
    assert_int_equal(
        huis_session_generate(o.session, &message, 1, NULL, ask_again, &h, &result, NULL), HUIS_OK);
    assert_int_equal(h.nested, HUIS_E_BUSY);
    assert_string_equal(result->candidates[0].text, "hello");
    deinit_heard(&h);
    close_opened(&o);
}

static void *ask_in_thread(void *argument)
{
    opened *const o = argument;
    huis_session *session = NULL;
    const huis_message message = {"user", "x", 1};
    intptr_t n_right = 0;
    assert_int_equal(huis_session_new(&session, o->model, NULL), HUIS_OK);
    for (size_t i = 0; i < 10; i++) {
        const huis_result *result = NULL;
        const int status =
            huis_session_generate(session, &message, 1, NULL, NULL, NULL, &result, NULL);
        n_right += status == HUIS_OK && strcmp(result->candidates[0].text, "threads") == 0;
    }
    huis_session_free(session);
    return (void *)n_right;
}

static void sessions_of_several_threads_take_turns(void **state)
{
    (void)state;
    opened o = open_script("answer=threads\n");
    pthread_t threads[6];
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, &o), 0);
    }
    for (size_t i = 0; i < 6; i++) {
        void *n_right = NULL;
        (void)pthread_join(threads[i], &n_right);
        assert_int_equal((intptr_t)n_right, 10);
    }
    close_opened(&o);
}

static void scores_are_log_probabilities(void **state)
{
    (void)state;
    opened o = open_script("answer=yes\nsecond=nay\n");
    const huis_message message = {"user", "x", 1};
    const char *const texts[] = {"yes", "nay", "", "yez"};
    double logprobs[4] = {0};
    uint32_t n_tokens[4] = {9, 9, 9, 9};
    assert_int_equal(huis_session_score(o.session, &message, 1, texts, 4, logprobs, n_tokens, NULL),
                     HUIS_OK);
    assert_int_equal(n_tokens[0], 3);
    assert_int_equal(n_tokens[2], 0);
    assert_true(logprobs[2] == 0);
    /* Each position: 10 against 9.5, and nothing else. */
    const double likely = -0.474077, less = -0.974077;
    assert_true(logprobs[0] - 3 * likely < 1e-4 && 3 * likely - logprobs[0] < 1e-4);
    assert_true(logprobs[1] - 3 * less < 1e-4 && 3 * less - logprobs[1] < 1e-4);
    assert_true(logprobs[3] < -20);
    uint32_t n = 0;
    assert_int_equal(huis_session_count_tokens(o.session, "héllo", 6, &n, NULL), HUIS_OK);
    assert_int_equal(n, 6);
    close_opened(&o);
}

static void a_prompt_that_is_too_long_says_by_how_much(void **state)
{
    (void)state;
    opened o = open_script("answer=x\nn_ctx=16\n");
    const huis_message message = {"user", "0123456789ABCDEF", 16};
    huis_error err = {0};
    assert_int_equal(huis_session_generate(o.session, &message, 1, NULL, NULL, NULL, NULL, &err),
                     HUIS_E_CONTEXT_FULL);
    assert_non_null(strstr(err.message, "22 tokens, 6 more"));
    close_opened(&o);
}

static void an_answer_ends_where_the_context_does(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789ABCDEF\nn_ctx=16\n");
    const huis_message message = {"user", "0123", 4};
    const huis_result *result = NULL;
    assert_int_equal(huis_session_generate(o.session, &message, 1, NULL, NULL, NULL, &result, NULL),
                     HUIS_OK);
    /* The prompt has 10 tokens; 6 fit, and one more is known without being held. */
    assert_string_equal(result->candidates[0].text, "0123456");
    assert_int_equal(result->candidates[0].finish, HUIS_FINISH_LENGTH);
    close_opened(&o);
}

static void bad_arguments_are_refused(void **state)
{
    (void)state;
    opened o = open_script("answer=x\n");
    huis_generate_options options;
    huis_error err = {0};
    const huis_message odd_role = {"root", "x", 1};
    assert_int_equal(huis_session_generate(o.session, &odd_role, 1, NULL, NULL, NULL, NULL, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "root"));
    assert_int_equal(huis_session_generate(o.session, NULL, 0, NULL, NULL, NULL, NULL, NULL),
                     HUIS_E_BAD_ARGUMENT);
    huis_generate_options_default(&options);
    options.n_candidates = LIMIT_CANDIDATES + 1;
    assert_int_equal(ask(&o, &options, NULL, &err), HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "n_candidates"));
    huis_generate_options_default(&options);
    options.top_p = 1.5f;
    assert_int_equal(ask(&o, &options, NULL, NULL), HUIS_E_BAD_ARGUMENT);
    huis_generate_options_default(&options);
    const char *const empty = "";
    options.stop = &empty;
    options.n_stop = 1;
    assert_int_equal(ask(&o, &options, NULL, NULL), HUIS_E_BAD_ARGUMENT);
    assert_string_equal(answer_of(&o, NULL), "x");
    close_opened(&o);
}

static void ill_formed_text_is_repaired(void **state)
{
    (void)state;
    opened o = open_script("answer=x\n");
    const huis_message message = {"user", "a\xff\0b", 4};
    const huis_result *result = NULL;
    assert_int_equal(huis_session_generate(o.session, &message, 1, NULL, NULL, NULL, &result, NULL),
                     HUIS_OK);
    assert_int_equal(result->usage.prompt_tokens, strlen("user:") + 6 + 1);
    close_opened(&o);
}

static void what_cannot_be_opened_says_why(void **state)
{
    (void)state;
    opened o = {NULL, NULL};
    huis_error err = {0};
    assert_int_equal(open_path(&o, "/nonexistent/model.gguf", &err), HUIS_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "/nonexistent/model.gguf"));
    assert_int_equal(open_path(&o, "/tmp", &err), HUIS_E_BAD_FILE);
    write_script("open_status=-3\n");
    assert_int_equal(open_path(&o, script_path, &err), HUIS_E_BAD_FILE);
    assert_int_equal(err.offset, 7);
    assert_non_null(strstr(err.message, script_path));
    write_script("open_status=-4\n");
    assert_int_equal(open_path(&o, script_path, &err), HUIS_E_UNSUPPORTED);
    huis_model_options options;
    huis_model_options_default(&options);
    options.worker_path = "/nonexistent/huis-worker";
    assert_int_equal(huis_model_open(&o.model, script_path, &options, &err), HUIS_E_NOT_FOUND);
    options.worker_path = "/bin/true";
    assert_int_equal(huis_model_open(&o.model, script_path, &options, &err), HUIS_E_WORKER);
    options.worker_path = SCRIPTED_WORKER;
    options.context_length = 100000;
    write_script("answer=x\n");
    assert_int_equal(huis_model_open(&o.model, script_path, &options, &err), HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "512 at most"));
    assert_null(o.model);
    no_child_is_left();
}

/* SIGSEGV at the fifth token; afterwards a new worker answers. */
static void a_crash_is_told_and_survived(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789\ncrash_at=5\n");
    huis_error err = {0};
    assert_int_equal(ask(&o, NULL, NULL, &err), HUIS_E_WORKER);
    assert_non_null(strstr(err.message, "signal 11"));
    assert_non_null(strstr(err.message, script_path));
    no_child_is_left();
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.max_tokens = 3;
    assert_string_equal(answer_of(&o, &options), "012");
    close_opened(&o);
    no_child_is_left();
}

static void a_cut_file_is_told(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789\ncrash_at=5\ncrash_signal=7\n");
    huis_error err = {0};
    assert_int_equal(ask(&o, NULL, NULL, &err), HUIS_E_WORKER);
    assert_non_null(strstr(err.message, "cut short"));
    close_opened(&o);
}

static void a_file_that_kills_its_workers_is_left_alone(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789\ncrash_at=5\n");
    huis_error err = {0};
    for (size_t i = 0; i < LIMIT_WORKER_DEATHS; i++) {
        assert_int_equal(ask(&o, NULL, NULL, &err), HUIS_E_WORKER);
        assert_null(strstr(err.message, "not started again"));
    }
    assert_int_equal(ask(&o, NULL, NULL, &err), HUIS_E_WORKER);
    assert_non_null(strstr(err.message, "not started again"));
    close_opened(&o);
    no_child_is_left();
}

static bool kill_worker(void *user, const huis_event *event)
{
    opened *const o = user;
    if (event->kind == HUIS_EVENT_TEXT && o->model->worker.pid > 0) {
        (void)kill(o->model->worker.pid, SIGKILL);
    }
    return true;
}

static void a_killed_worker_is_told_and_replaced(void **state)
{
    (void)state;
    opened o = open_script("answer=0123456789\ndelay_us=1000\n");
    huis_error err = {0};
    const huis_message message = {"user", "x", 1};
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(
        huis_session_generate(o.session, &message, 1, NULL, kill_worker, &o, NULL, &err),
        HUIS_E_WORKER);
    assert_true(clock_monotonic_us() - start_us < 1000000);
    assert_non_null(strstr(err.message, "signal 9"));
    no_child_is_left();
    assert_string_equal(answer_of(&o, NULL), "0123456789");
    close_opened(&o);
}

/* Killed while nobody asks: the next request gets a new one, and its answer. */
static void a_worker_killed_at_rest_is_replaced(void **state)
{
    (void)state;
    opened o = open_script("answer=fine\n");
    (void)kill(o.model->worker.pid, SIGKILL);
    for (size_t i = 0; i < 5000 && !wire_is_readable(o.model->channel); i++) {
        const struct timespec pause = {0, 1000000};
        (void)nanosleep(&pause, NULL);
    }
    assert_string_equal(answer_of(&o, NULL), "fine");
    close_opened(&o);
    no_child_is_left();
}

/* Every allocation of the client fails once: a clean error, and the next call works. */
static void failing_allocations_are_survived(void **state)
{
    (void)state;
    size_t n_failed = 0;
    int status = HUIS_E_NO_MEMORY;
    for (uint64_t k = 0; k < 300 && status != HUIS_OK; k++) {
        opened o = open_script("answer=a longer answer with stop strings and words\n");
        static const char *const STOP[] = {"never"};
        huis_generate_options options;
        const huis_result *result = NULL;
        huis_generate_options_default(&options);
        options.stop = STOP;
        options.n_stop = 1;
        options.n_candidates = 2;
        memory_fail_after(k);
        status = ask(&o, &options, &result, NULL);
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        n_failed += status != HUIS_OK ? 1 : 0;
        assert_string_equal(answer_of(&o, NULL), "a longer answer with stop strings and words");
        close_opened(&o);
        no_child_is_left();
    }
    assert_int_equal(status, HUIS_OK);
    assert_true(n_failed > 5);
}

/* The same for opening. */
static void failing_allocations_at_opening_are_survived(void **state)
{
    (void)state;
    write_script("answer=x\n");
    const size_t before = count_descriptors();
    int status = HUIS_E_NO_MEMORY;
    size_t n_failed = 0;
    for (uint64_t k = 0; k < 300 && status != HUIS_OK; k++) {
        huis_model_options options;
        huis_model *model = NULL;
        huis_model_options_default(&options);
        options.worker_path = SCRIPTED_WORKER;
        memory_fail_after(k);
        status = huis_model_open(&model, script_path, &options, NULL);
        memory_fail_after(UINT64_MAX);
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        n_failed += status != HUIS_OK ? 1 : 0;
        model = huis_model_unref(model);
        no_child_is_left();
    }
    assert_int_equal(status, HUIS_OK);
    assert_true(n_failed > 5);
    assert_int_equal(count_descriptors(), before);
}

static void the_worker_is_fenced(void **state)
{
    (void)state;
    opened o = open_script("answer=x\n");
    char path[64];
    buffer status;
    buffer_init(&status, 65536);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)o.model->worker.pid);
    assert_int_equal(file_read(&status, path, NULL), HUIS_OK);
    assert_non_null(strstr(buffer_string(&status), "\nSeccomp:\t2\n"));
    assert_non_null(strstr(buffer_string(&status), "\nNoNewPrivs:\t1\n"));
    buffer_deinit(&status);
    close_opened(&o);
}

static void fifty_models_leak_nothing(void **state)
{
    (void)state;
    write_script("answer=x\n");
    opened warm = {NULL, NULL};
    assert_int_equal(open_path(&warm, script_path, NULL), HUIS_OK);
    close_opened(&warm);
    const size_t before = count_descriptors();
    for (size_t i = 0; i < 50; i++) {
        opened o = {NULL, NULL};
        assert_int_equal(open_path(&o, script_path, NULL), HUIS_OK);
        if (i % 3 == 0) {
            assert_string_equal(answer_of(&o, NULL), "x");
        } else if (i % 3 == 1) {
            (void)kill(o.model->worker.pid, SIGKILL);
        }
        close_opened(&o);
        no_child_is_left();
    }
    assert_int_equal(count_descriptors(), before);
}

/* The worker ends with its client, even one that is killed. */
static void a_worker_does_not_outlive_its_client(void **state)
{
    (void)state;
    int ends[2];
    write_script("answer=0123456789\ndelay_us=1000\n");
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        opened o = {NULL, NULL};
        if (open_path(&o, script_path, NULL) == HUIS_OK) {
            const pid_t worker = o.model->worker.pid;
            (void)!write(ends[1], &worker, sizeof(worker));
        }
        (void)kill(getpid(), SIGKILL);
    }
    pid_t worker = 0;
    assert_int_equal(read(ends[0], &worker, sizeof(worker)), sizeof(worker));
    (void)waitpid(child, NULL, 0);
    bool is_gone = false;
    for (size_t i = 0; i < 1000 && !is_gone; i++) {
        const struct timespec pause = {0, 5 * 1000000};
        char path[64];
        char text[256] = {0};
        (void)nanosleep(&pause, NULL);
        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)worker);
        FILE *const file = fopen(path, "r");
        const bool is_there = file != NULL && fgets(text, sizeof(text), file) != NULL;
        /* Its new parent may leave it a zombie for ever. */
        is_gone = !is_there || strstr(text, ") Z ") != NULL;
        if (file != NULL) {
            (void)fclose(file);
        }
    }
    assert_true(is_gone);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void the_library_knows_itself(void **state)
{
    (void)state;
    assert_string_equal(huis_version(), "0.1.0");
    assert_true(huis_has_feature("session"));
    assert_false(huis_has_feature("telepathy"));
    assert_false(huis_has_feature(NULL));
}

static int make_script_file(void **state)
{
    (void)state;
    const int fd = mkstemp(script_path);
    return fd >= 0 ? close(fd) : -1;
}

static int remove_script_file(void **state)
{
    (void)state;
    return unlink(script_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_back),
        cmocka_unit_test(the_model_describes_itself),
        cmocka_unit_test(pieces_are_whole_characters),
        cmocka_unit_test(a_cut_never_leaves_half_a_character),
        cmocka_unit_test(stop_strings_work_across_tokens),
        cmocka_unit_test(max_words_is_hard),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(candidates_share_a_prefill),
        cmocka_unit_test(many_candidates_are_what_each_is_alone),
        cmocka_unit_test(drafts_change_nothing),
        cmocka_unit_test(a_common_prefix_is_not_computed_again),
        cmocka_unit_test(many_sessions_take_turns),
        cmocka_unit_test(the_copy_constraint_holds),
        cmocka_unit_test(the_order_constraint_holds),
        cmocka_unit_test(a_callback_cancels),
        cmocka_unit_test(another_thread_cancels),
        cmocka_unit_test(a_long_prompt_is_cancelled_between_chunks),
        cmocka_unit_test(a_stuck_worker_is_replaced),
        cmocka_unit_test(cancelling_nothing_does_nothing),
        cmocka_unit_test(a_busy_session_says_so),
        cmocka_unit_test(sessions_of_several_threads_take_turns),
        cmocka_unit_test(scores_are_log_probabilities),
        cmocka_unit_test(a_prompt_that_is_too_long_says_by_how_much),
        cmocka_unit_test(an_answer_ends_where_the_context_does),
        cmocka_unit_test(bad_arguments_are_refused),
        cmocka_unit_test(ill_formed_text_is_repaired),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(a_crash_is_told_and_survived),
        cmocka_unit_test(a_cut_file_is_told),
        cmocka_unit_test(a_file_that_kills_its_workers_is_left_alone),
        cmocka_unit_test(a_killed_worker_is_told_and_replaced),
        cmocka_unit_test(a_worker_killed_at_rest_is_replaced),
        cmocka_unit_test(failing_allocations_are_survived),
        cmocka_unit_test(failing_allocations_at_opening_are_survived),
        cmocka_unit_test(the_worker_is_fenced),
        cmocka_unit_test(fifty_models_leak_nothing),
        cmocka_unit_test(a_worker_does_not_outlive_its_client),
        cmocka_unit_test(the_library_knows_itself),
    };
    return cmocka_run_group_tests_name("session", tests, make_script_file, remove_script_file);
}
