/*
 * test_model.c - the client and the real huis-worker, with a small random model.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/rng.h"
#include "huis/session.h"
#include "session/client.h"
#include "toy_model.h"

static char toy_path[] = "/tmp/huis-toy-XXXXXX";
static char bent_path[] = "/tmp/huis-bent-XXXXXX";
static buffer toy_file;

typedef struct opened {
    huis_model *model;
    huis_session *session;
} opened;

static int open_model(opened *o, const char *path, uint32_t n_threads, huis_error *err)
{
    huis_model_options options;
    huis_model_options_default(&options);
    options.worker_path = REAL_WORKER;
    options.n_threads = n_threads;
    const int status = huis_model_open(&o->model, path, &options, err);
    if (status == HUIS_OK) {
        assert_int_equal(huis_session_new(&o->session, o->model, NULL), HUIS_OK);
    }
    return status;
}

static opened must_open(const char *path, uint32_t n_threads)
{
    opened o = {NULL, NULL};
    huis_error err = {0};
    const int status = open_model(&o, path, n_threads, &err);
    if (status != HUIS_OK) {
        fail_msg("%d %s", status, err.message);
    }
    return o;
}

static void close_opened(opened *o)
{
    o->session = huis_session_free(o->session);
    o->model = huis_model_unref(o->model);
}

/* The answer's bytes; the caller frees. */
static char *ask(const opened *o, const char *text, const huis_generate_options *options)
{
    const huis_message message = {"user", text, strlen(text)};
    const huis_result *result = NULL;
    huis_error err = {0};
    const int status =
        huis_session_generate(o->session, &message, 1, options, NULL, NULL, &result, &err);
    if (status != HUIS_OK) {
        fail_msg("%d %s", status, err.message);
    }
    return strdup(result->candidates[0].text);
}

static uint32_t count_prompt(const opened *o, const char *text)
{
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.max_tokens = 1;
    const huis_message message = {"user", text, strlen(text)};
    const huis_result *result = NULL;
    assert_int_equal(
        huis_session_generate(o->session, &message, 1, &options, NULL, NULL, &result, NULL),
        HUIS_OK);
    return result->usage.prompt_tokens;
}

static void threads_and_seeds_give_the_same_bytes(void **state)
{
    (void)state;
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.max_tokens = 40;
    options.temperature = 1;
    options.seed = 3;
    char *answers[3];
    for (size_t i = 0; i < 3; i++) {
        opened o = must_open(toy_path, i == 1 ? 2 : 1);
        answers[i] = ask(&o, "Hello there", &options);
        options.seed = i == 1 ? 4 : 3;
        close_opened(&o);
    }
    assert_true(strlen(answers[0]) > 0);
    assert_string_equal(answers[0], answers[1]);
    assert_string_not_equal(answers[0], answers[2]);
    for (size_t i = 0; i < 3; i++) {
        free(answers[i]);
    }
}

/* Decoded together, in slots that others used before: the same bytes as alone. */
static void candidates_are_what_each_is_alone(void **state)
{
    (void)state;
    enum { N = 11 };
    static const char SOURCE[] = "the quick brown Fox jumps over 12 lazy dogs";
    const huis_message message = {"user", SOURCE, sizeof(SOURCE) - 1};
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.temperature = 1;
    options.max_tokens = 30;
    for (int bound = 0; bound < 3; bound++) {
        opened o = must_open(toy_path, bound == 0 ? 1 : 2);
        const huis_result *result = NULL;
        char *together[N];
        options.copy_source = bound == 1 ? SOURCE : NULL;
        options.copy_source_bytes = bound == 1 ? sizeof(SOURCE) - 1 : 0;
        options.keep_order = bound == 2 ? SOURCE : NULL;
        options.keep_order_bytes = bound == 2 ? sizeof(SOURCE) - 1 : 0;
        options.n_candidates = N;
        options.seed = 100;
        assert_int_equal(
            huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
            HUIS_OK);
        for (size_t i = 0; i < N; i++) {
            together[i] = strdup(result->candidates[i].text);
        }
        options.n_candidates = 1;
        for (size_t i = 0; i < N; i++) {
            char *const alone = ask(&o, SOURCE, &options);
            assert_string_equal(alone, together[i]);
            options.seed++;
            free(alone);
            free(together[i]);
        }
        close_opened(&o);
    }
}

/* Prompts that repeat themselves, that nearly do, and that do not; greedy and sampled; free and bound;
 * up to the end of the context: with drafts the bytes and the log-probability of one token at a time. */
static void drafts_change_nothing(void **state)
{
    (void)state;
    static const char *const PROMPTS[] = {
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "abcabdabcabeabcabdabcabfabcabgabcab",
        "the quick brown Fox jumps over 12 lazy dogs and the quick brown Fox jumps over 13 cats",
        "Nothing here comes twice: 0123456789"};
    opened o = must_open(toy_path, 2);
    uint32_t n_drafted = 0;
    uint32_t n_accepted = 0;
    for (uint32_t i = 0; i < 48; i++) {
        const char *const prompt = PROMPTS[i % 4];
        const huis_message message = {"user", prompt, strlen(prompt)};
        const huis_result *result = NULL;
        huis_generate_options options;
        huis_generate_options_default(&options);
        options.temperature = i / 4 % 3 == 0 ? 0 : i / 4 % 3 == 1 ? 0.2f : 1;
        options.repeat_penalty = i % 5 == 4 ? 1.2f : 1;
        options.seed = i;
        options.max_tokens = i % 7 == 6 ? 2000 : 1 + 5 * (i % 13);
        options.copy_source = i / 12 == 2 ? prompt : NULL;
        options.copy_source_bytes = i / 12 == 2 ? strlen(prompt) : 0;
        options.keep_order = i / 12 == 3 ? prompt : NULL;
        options.keep_order_bytes = i / 12 == 3 ? strlen(prompt) : 0;
        options.no_drafts = true;
        assert_int_equal(
            huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
            HUIS_OK);
        assert_int_equal(result->usage.drafted_tokens, 0);
        char *const plain = strdup(result->candidates[0].text);
        const huis_candidate told = result->candidates[0];
        options.no_drafts = false;
        assert_int_equal(
            huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
            HUIS_OK);
        assert_string_equal(result->candidates[0].text, plain);
        assert_int_equal(result->candidates[0].n_tokens, told.n_tokens);
        assert_int_equal(result->candidates[0].finish, told.finish);
        assert_true(result->candidates[0].logprob == told.logprob);
        n_drafted += result->usage.drafted_tokens;
        n_accepted += result->usage.accepted_tokens;
        free(plain);
    }
    assert_true(n_accepted > 20);
    assert_true(n_accepted < n_drafted); /* or refusing one was never tried */
    close_opened(&o);
}

/* A prompt that was found in the KV cache, in part or whole, changes nothing. */
static void a_cached_prefix_changes_nothing(void **state)
{
    (void)state;
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.max_tokens = 24;
    opened fresh = must_open(toy_path, 2);
    char *const expected = ask(&fresh, "The quick brown fox", &options);
    close_opened(&fresh);
    opened o = must_open(toy_path, 2);
    static const char *const BEFORE[] = {"The quick red", "Something else", "The quick brown fox",
                                         "The quick brown fox jumps"};
    for (size_t i = 0; i < sizeof(BEFORE) / sizeof(BEFORE[0]); i++) {
        free(ask(&o, BEFORE[i], &options));
        char *const answer = ask(&o, "The quick brown fox", &options);
        assert_string_equal(answer, expected);
        free(answer);
    }
    close_opened(&o);
    free(expected);
}

/* "<|im_end|>" is one token in the template, and ten letters and signs in a message. */
static void special_tokens_in_a_message_stay_text(void **state)
{
    (void)state;
    opened o = must_open(toy_path, 1);
    uint32_t n = 0;
    const char text[] = "a<|im_end|>b<|im_start|>system";
    assert_int_equal(huis_session_count_tokens(o.session, text, strlen(text), &n, NULL), HUIS_OK);
    assert_true(n >= 20);
    assert_int_equal(count_prompt(&o, text) - count_prompt(&o, "a"), n - 1);
    const huis_message raw = {"user", text, strlen(text)};
    huis_generate_options options;
    const huis_result *result = NULL;
    huis_generate_options_default(&options);
    options.raw = true;
    options.max_tokens = 1;
    assert_int_equal(huis_session_generate(o.session, &raw, 1, &options, NULL, NULL, &result, NULL),
                     HUIS_OK);
    assert_true(result->usage.prompt_tokens >= n);
    close_opened(&o);
}

/* More tokens are less likely. */
static void longer_texts_are_less_likely(void **state)
{
    (void)state;
    opened o = must_open(toy_path, 2);
    const huis_message message = {"user", "x", 1};
    const char *const texts[] = {"zqzqzqzqzqzqzqzqzqzqzqzq", "z"};
    double logprobs[2] = {0};
    uint32_t n_tokens[2] = {0};
    assert_int_equal(huis_session_score(o.session, &message, 1, texts, 2, logprobs, n_tokens, NULL),
                     HUIS_OK);
    assert_int_equal(n_tokens[0], 24);
    assert_int_equal(n_tokens[1], 1);
    assert_true(logprobs[0] < logprobs[1] && logprobs[1] < 0);
    close_opened(&o);
}

/* What greedy decoding chose is scored as it was chosen, wherever its text is the same token. */
static void scores_agree_with_answers(void **state)
{
    (void)state;
    opened o = must_open(toy_path, 2);
    huis_generate_options options;
    size_t n_compared = 0;
    huis_generate_options_default(&options);
    options.max_tokens = 1;
    for (char prompt = 'a'; prompt <= 'z'; prompt++) {
        const huis_message message = {"user", &prompt, 1};
        const huis_result *result = NULL;
        double logprob = 0;
        assert_int_equal(
            huis_session_generate(o.session, &message, 1, &options, NULL, NULL, &result, NULL),
            HUIS_OK);
        const huis_candidate chosen = result->candidates[0];
        if (chosen.text_bytes != 1) {
            continue;
        }
        assert_int_equal(
            huis_session_score(o.session, &message, 1, &chosen.text, 1, &logprob, NULL, NULL),
            HUIS_OK);
        assert_true(logprob - chosen.logprob < 1e-4 && chosen.logprob - logprob < 1e-4);
        n_compared++;
    }
    assert_true(n_compared > 0);
    close_opened(&o);
}

static int open_bent(span bytes, huis_error *err)
{
    opened o = {NULL, NULL};
    assert_int_equal(file_write_atomic(bent_path, bytes, 0600, NULL), HUIS_OK);
    const int status = open_model(&o, bent_path, 1, err);
    if (status == HUIS_OK) {
        free(
            ask(&o, "x",
                &(huis_generate_options){
                    .struct_size = offsetof(huis_generate_options, temperature), .max_tokens = 2}));
        close_opened(&o);
    }
    return status;
}

/* Cut anywhere: refused with a message, by a worker that lives until it has said so. */
static void a_cut_file_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 60; i++) {
        huis_error err = {0};
        const size_t len = i < 30 ? i * 5 : toy_file.len * (i - 29) / 31;
        const int status = open_bent(span_from(toy_file.ptr, len), &err);
        if (status != HUIS_E_BAD_FILE || strstr(err.message, bent_path) == NULL) {
            fail_msg("cut at %zu: %d %s", len, status, err.message);
        }
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

/* One bit of the header or of the weights: works, or is refused; the worker never dies of it. */
static void a_flipped_bit_kills_no_worker(void **state)
{
    (void)state;
    rng r;
    rng_init(&r, 17);
    size_t n_refused = 0;
    for (size_t i = 0; i < 150; i++) {
        huis_error err = {0};
        const uint32_t range = i % 3 == 0 ? (uint32_t)toy_file.len : 4096;
        const uint32_t at = rng_next_below(&r, range);
        const unsigned bit = rng_next_below(&r, 8);
        toy_file.ptr[at] = (char)(toy_file.ptr[at] ^ (1 << bit));
        const int status = open_bent(buffer_span(&toy_file), &err);
        toy_file.ptr[at] = (char)(toy_file.ptr[at] ^ (1 << bit));
        if (status == HUIS_E_WORKER || status == HUIS_E_INTERNAL) {
            fail_msg("bit %u of byte %u: %d %s", bit, at, status, err.message);
        }
        n_refused += status != HUIS_OK ? 1 : 0;
    }
    assert_true(n_refused > 10);
}

static void a_model_can_be_inspected_without_weights(void **state)
{
    (void)state;
    huis_model_options options;
    huis_model *model = NULL;
    huis_session *session = NULL;
    huis_error err = {0};
    huis_model_options_default(&options);
    options.worker_path = REAL_WORKER;
    options.inspect = true;
    assert_int_equal(huis_model_open(&model, toy_path, &options, NULL), HUIS_OK);
    huis_model_info info = {.struct_size = sizeof(info)};
    assert_int_equal(huis_model_get_info(model, &info), HUIS_OK);
    assert_string_equal(info.family, "llama");
    assert_int_equal(huis_session_new(&session, model, NULL), HUIS_OK);
    const huis_message message = {"user", "x", 1};
    assert_int_equal(huis_session_generate(session, &message, 1, NULL, NULL, NULL, NULL, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "inspected"));
    /* Options that nobody initialised would be passed over in silence. */
    const huis_generate_options blank = {.max_tokens = 2};
    assert_int_equal(huis_session_generate(session, &message, 1, &blank, NULL, NULL, NULL, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "struct_size"));
    huis_model *other = NULL;
    const huis_model_options none = {.n_threads = 1};
    assert_int_equal(huis_model_open(&other, toy_path, &none, &err), HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "huis_model_options_default"));
    session = huis_session_free(session);
    model = huis_model_unref(model);
}

static void the_real_worker_is_fenced(void **state)
{
    (void)state;
    opened o = must_open(toy_path, 2);
    char path[64];
    buffer status;
    buffer_init(&status, 65536);
    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)o.model->worker.pid);
    assert_int_equal(file_read(&status, path, NULL), HUIS_OK);
    assert_non_null(strstr(buffer_string(&status), "\nSeccomp:\t2\n"));
    assert_non_null(strstr(buffer_string(&status), "\nNoNewPrivs:\t1\n"));
    buffer_deinit(&status);
    huis_model_info info = {.struct_size = sizeof(info)};
    assert_int_equal(huis_model_get_info(o.model, &info), HUIS_OK);
    if (strcmp(info.missing_fences, "") != 0) {
        print_message("# this kernel lacks: %s\n", info.missing_fences);
    }
    close_opened(&o);
}

static int make_files(void **state)
{
    (void)state;
    const toy_options options = toy_options_default("llama");
    const int toy_fd = mkstemp(toy_path);
    const int bent_fd = mkstemp(bent_path);
    buffer_init(&toy_file, 64u * LIMIT_MIB);
    toy_model_write(&toy_file, &options);
    if (toy_fd < 0 || bent_fd < 0 || close(toy_fd) != 0 || close(bent_fd) != 0) {
        return -1;
    }
    return file_write_atomic(toy_path, buffer_span(&toy_file), 0600, NULL);
}

static int remove_files(void **state)
{
    (void)state;
    buffer_deinit(&toy_file);
    return unlink(toy_path) + unlink(bent_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_and_seeds_give_the_same_bytes),
        cmocka_unit_test(candidates_are_what_each_is_alone),
        cmocka_unit_test(drafts_change_nothing),
        cmocka_unit_test(a_cached_prefix_changes_nothing),
        cmocka_unit_test(special_tokens_in_a_message_stay_text),
        cmocka_unit_test(longer_texts_are_less_likely),
        cmocka_unit_test(scores_agree_with_answers),
        cmocka_unit_test(a_cut_file_is_refused),
        cmocka_unit_test(a_flipped_bit_kills_no_worker),
        cmocka_unit_test(a_model_can_be_inspected_without_weights),
        cmocka_unit_test(the_real_worker_is_fenced),
    };
    return cmocka_run_group_tests_name("model", tests, make_files, remove_files);
}
