/*
 * test_prefix.c - prefix checkpoints on disk: the same answers, warm or cold, whatever is wrong with
 * the files; the real huis-worker with a small random model, and one that lies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/blob_cache.h"
#include "base/file.h"
#include "base/limits.h"
#include "huis/session.h"
#include "toy_model.h"

enum { MAX_TOKENS = 12, ANSWER_BYTES = 256 };

static char folder[] = "/tmp/huis-prefix-XXXXXX";
static char toy_path[80], other_path[80], cache[80];

static const char SYSTEM[] = "Say in one word what the text is about.";
static const char SHOT[] = "Text: the lift is out of order until Friday.";

/* What a run said, and how much it had not to compute. */
typedef struct run_result {
    int status;
    char answer[ANSWER_BYTES];
    uint32_t n_cached, n_prompt;
} run_result;

typedef struct run_options {
    const char *model, *cache, *level, *question, *worker;
    uint32_t n_threads, n_fixed;
    uint64_t max_bytes;
    huis_event_fn on_event;
} run_options;

static run_options default_run(void)
{
    return (run_options){.model = toy_path,
                         .cache = cache,
                         .question = "Text: who pays for the tea?",
                         .worker = REAL_WORKER,
                         .n_threads = 1,
                         .n_fixed = 3};
}

static int ask(huis_session *session, const run_options *o, run_result *out)
{
    const huis_message messages[] = {{"system", SYSTEM, strlen(SYSTEM)},
                                     {"user", SHOT, strlen(SHOT)},
                                     {"assistant", "lift", 4},
                                     {"user", o->question, strlen(o->question)}};
    huis_generate_options options;
    const huis_result *result = NULL;
    huis_generate_options_default(&options);
    options.max_tokens = MAX_TOKENS;
    options.n_fixed_messages = o->n_fixed;
    out->status =
        huis_session_generate(session, messages, 4, &options, o->on_event, NULL, &result, NULL);
    if (out->status == HUIS_OK) {
        out->n_cached = result->usage.cached_tokens;
        out->n_prompt = result->usage.prompt_tokens;
        (void)snprintf(out->answer, sizeof(out->answer), "%s", result->candidates[0].text);
    }
    return out->status;
}

/* A fresh worker each time. */
static run_result run(const run_options *o)
{
    run_result result = {.status = HUIS_OK};
    huis_model_options options;
    huis_model *model = NULL;
    huis_session *session = NULL;
    huis_model_options_default(&options);
    options.worker_path = o->worker;
    options.n_threads = o->n_threads;
    options.level = o->level;
    options.prefix_directory = o->cache;
    options.prefix_max_bytes = o->max_bytes;
    assert_int_equal(huis_model_open(&model, o->model, &options, NULL), HUIS_OK);
    assert_int_equal(huis_session_new(&session, model, NULL), HUIS_OK);
    (void)ask(session, o, &result);
    huis_session_free(session);
    huis_model_unref(model);
    return result;
}

static size_t list_files(char path[400])
{
    DIR *const d = opendir(cache);
    size_t n = 0;
    for (const struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        if (e->d_name[0] != '.') {
            (void)snprintf(path, 400, "%s/%s", cache, e->d_name);
            n++;
        }
    }
    if (d != NULL) {
        (void)closedir(d);
    }
    return n;
}

static int empty_cache(void **state)
{
    uint64_t files = 0;
    uint64_t bytes = 0;
    (void)state;
    return blob_cache_purge(cache, &files, &bytes, NULL);
}

/* The run without any cache is what every other must say. */
static run_result cold(const run_options *like)
{
    run_options o = *like;
    o.cache = NULL;
    const run_result result = run(&o);
    assert_int_equal(result.status, HUIS_OK);
    assert_int_equal(result.n_cached, 0);
    return result;
}

static void check_same(const run_result *a, const run_result *b)
{
    assert_int_equal(a->status, HUIS_OK);
    assert_string_equal(a->answer, b->answer);
    assert_int_equal(a->n_prompt, b->n_prompt);
}

static void the_next_process_need_not_read_it_again(void **state)
{
    (void)state;
    char path[400];
    struct stat st;
    run_options o = default_run();
    const run_result without = cold(&o);
    const run_result first = run(&o);
    const run_result second = run(&o);
    check_same(&first, &without);
    check_same(&second, &without);
    assert_int_equal(first.n_cached, 0);
    assert_true(second.n_cached > strlen(SYSTEM) + strlen(SHOT));
    assert_true(second.n_cached < second.n_prompt - strlen(o.question));
    assert_int_equal(list_files(path), 1);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    /* Another question, any number of threads, any level: the same checkpoint. */
    o.question = "Text: nobody came.";
    const run_result other = cold(&o);
    for (uint32_t n_threads = 1; n_threads <= 2; n_threads++) {
        o.n_threads = n_threads;
        o.level = n_threads == 1 ? "c" : NULL;
        const run_result warm = run(&o);
        check_same(&warm, &other);
        assert_int_equal(warm.n_cached, second.n_cached);
    }
    assert_int_equal(list_files(path), 1);
}

static void only_what_is_marked_is_kept(void **state)
{
    (void)state;
    char path[400];
    run_options o = default_run();
    o.n_fixed = 0;
    const run_result unmarked = run(&o);
    assert_int_equal(unmarked.status, HUIS_OK);
    assert_int_equal(list_files(path), 0);
    /* A file without the question's text, and of a length that the question does not change. */
    struct stat st[2];
    o.n_fixed = 3;
    for (size_t i = 0; i < 2; i++) {
        o.question = i == 0 ? "A secret" : "Another secret, which is longer";
        assert_int_equal(empty_cache(NULL), 0);
        assert_int_equal(run(&o).status, HUIS_OK);
        assert_int_equal(list_files(path), 1);
        assert_int_equal(stat(path, &st[i]), 0);
    }
    assert_int_equal(st[0].st_size, st[1].st_size);
    o.n_fixed = 5;
    assert_int_equal(run(&o).status, HUIS_E_BAD_ARGUMENT);
}

static void damage(const char *path, size_t which)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    const int fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    if (which % 2 == 0) {
        assert_int_equal(ftruncate(fd, st.st_size * (off_t)(which + 1) / 40), 0);
    } else {
        const off_t at = which < 20 ? (off_t)which * 16 : st.st_size * (off_t)which / 40;
        unsigned char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 0x10;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    (void)close(fd);
}

/* Cut, or with one bit turned, in header, tokens, keys, values: found, not used, made again. */
static void a_damaged_file_is_made_again(void **state)
{
    (void)state;
    char path[400];
    const run_options o = default_run();
    const run_result good = run(&o);
    for (size_t which = 0; which < 38; which++) {
        assert_int_equal(list_files(path), 1);
        damage(path, which);
        const run_result bad = run(&o);
        check_same(&bad, &good);
        if (bad.n_cached != 0) {
            fail_msg("damage %zu was not found", which);
        }
        const run_result again = run(&o);
        check_same(&again, &good);
        assert_true(again.n_cached > 0);
    }
}

static void another_model_has_its_own(void **state)
{
    (void)state;
    char path[400];
    run_options o = default_run();
    const run_result mine = run(&o);
    o.model = other_path;
    const run_result other = run(&o);
    const run_result without = cold(&o);
    check_same(&other, &without);
    assert_int_equal(other.n_cached, 0);
    assert_string_not_equal(other.answer, mine.answer);
    assert_int_equal(list_files(path), 2);
}

/* The file is edited: what was kept for it is of no more use. */
static void an_edited_model_starts_again(void **state)
{
    (void)state;
    run_options o = default_run();
    buffer bytes;
    o.model = other_path;
    assert_true(run(&o).n_cached == 0 && run(&o).n_cached > 0);
    buffer_init(&bytes, 64u * LIMIT_MIB);
    assert_int_equal(file_read(&bytes, other_path, NULL), HUIS_OK);
    const int fd = open(other_path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes.ptr, bytes.len, 0), (ssize_t)bytes.len);
    (void)close(fd);
    buffer_deinit(&bytes);
    assert_int_equal(run(&o).n_cached, 0);
}

static void no_room_costs_speed_only(void **state)
{
    (void)state;
    char path[400];
    struct rlimit before;
    run_options o = default_run();
    const run_result without = cold(&o);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (rlim_t size = 0; size < 20000; size += 6000) {
        const struct rlimit full = {size, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
        const run_result result = run(&o);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        check_same(&result, &without);
        assert_int_equal(list_files(path), 0);
    }
    o.max_bytes = 100; /* smaller than any checkpoint */
    const run_result small = run(&o);
    check_same(&small, &without);
    assert_int_equal(list_files(path), 0);
    o.max_bytes = 0;
    o.cache = "/proc/none/prefix"; /* cannot be made */
    const run_result nowhere = run(&o);
    check_same(&nowhere, &without);
    o.cache = toy_path; /* is no folder */
    const run_result no_folder = run(&o);
    check_same(&no_folder, &without);
}

static void two_processes_at_once(void **state)
{
    (void)state;
    char path[400];
    const run_options o = default_run();
    const run_result without = cold(&o);
    pid_t children[3];
    for (size_t i = 0; i < 3; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            bool ok = true;
            for (int k = 0; k < 5; k++) {
                char mine[400];
                const run_result result = run(&o);
                ok = ok && result.status == HUIS_OK && strcmp(result.answer, without.answer) == 0;
                if (list_files(mine) > 0 && k == 1) {
                    (void)unlink(mine);
                }
            }
            _exit(ok ? 0 : 1);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        int how = -1;
        assert_int_equal(waitpid(children[i], &how, 0), children[i]);
        assert_int_equal(how, 0);
    }
    const run_result after = run(&o);
    check_same(&after, &without);
    assert_int_equal(list_files(path), 1);
}

static bool cancel_at_once(void *user, const huis_event *event)
{
    (void)user;
    (void)event;
    return false;
}

/* In a session: what the last request left is longer than a checkpoint or is not; sessions share
 * the files and, in the worker's memory, what is constant, and nothing else. */
static void sessions_take_the_longest(void **state)
{
    (void)state;
    run_options o = default_run();
    run_result r[5] = {0};
    huis_model_options options;
    huis_model *model = NULL;
    huis_session *a = NULL;
    huis_session *b = NULL;
    const run_result without = cold(&o);
    (void)run(&o);
    const run_result warm = run(&o);
    assert_true(warm.n_cached > 40);
    huis_model_options_default(&options);
    options.worker_path = REAL_WORKER;
    options.prefix_directory = cache;
    assert_int_equal(huis_model_open(&model, toy_path, &options, NULL), HUIS_OK);
    assert_int_equal(huis_session_new(&a, model, NULL), HUIS_OK);
    assert_int_equal(huis_session_new(&b, model, NULL), HUIS_OK);
    run_options stopped = o;
    stopped.on_event = cancel_at_once;
    assert_int_equal(ask(a, &stopped, &r[0]), HUIS_E_CANCELLED);
    /* The worker may have been quicker than the cancellation. */
    assert_int_equal(empty_cache(NULL), 0);
    assert_int_equal(ask(b, &o, &r[0]), HUIS_OK);
    assert_true(r[0].n_cached == warm.n_cached || r[0].n_cached == 0);
    assert_int_equal(ask(a, &stopped, &r[1]), HUIS_E_CANCELLED);
    assert_int_equal(ask(a, &o, &r[1]), HUIS_OK);
    assert_int_equal(ask(a, &o, &r[2]), HUIS_OK);
    assert_true(r[1].n_cached > 0);
    assert_int_equal(r[2].n_cached, r[2].n_prompt - 1);
    const huis_message message = {"user", "something else", 14};
    assert_int_equal(huis_session_generate(a, &message, 1, NULL, NULL, NULL, NULL, NULL), HUIS_OK);
    assert_int_equal(ask(a, &o, &r[3]), HUIS_OK);
    assert_true(r[3].n_cached > 40);
    for (size_t i = 0; i < 4; i++) {
        check_same(&r[i], &without);
    }
    huis_session_free(a);
    huis_session_free(b);
    huis_model_unref(model);
}

/* What a worker may not do with checkpoints ends it; nothing of it is kept. */
static void a_lying_worker_is_stopped(void **state)
{
    (void)state;
    static const char *const MISDEEDS[] = {
        "prefix-not-json",  "prefix-short-key",  "prefix-path",       "prefix-upper-key",
        "prefix-huge",      "prefix-no-bytes",   "prefix-part-first", "prefix-too-much",
        "prefix-two-saves", "prefix-asks-twice", "prefix-asks-late",  "prefix-empty-part",
    };
    char path[400];
    char script[80];
    (void)snprintf(script, sizeof(script), "%s/script", folder);
    run_options o = default_run();
    o.worker = HOSTILE_WORKER;
    o.model = script;
    for (size_t i = 0; i < sizeof(MISDEEDS) / sizeof(MISDEEDS[0]); i++) {
        assert_int_equal(file_write_atomic(script, span_from_string(MISDEEDS[i]), 0600, NULL),
                         HUIS_OK);
        for (uint32_t n_fixed = 0; n_fixed <= 3; n_fixed += 3) {
            o.n_fixed = n_fixed;
            const run_result result = run(&o);
            if (result.status != HUIS_E_WORKER) {
                fail_msg("%s, %u fixed: %d", MISDEEDS[i], n_fixed, result.status);
            }
            assert_int_equal(list_files(path), 0);
        }
    }
    assert_int_equal(unlink(script), 0);
}

static int write_toy(const char *path, uint64_t seed)
{
    toy_options options = toy_options_default("llama");
    buffer bytes;
    options.seed = seed;
    buffer_init(&bytes, 64u * LIMIT_MIB);
    toy_model_write(&bytes, &options);
    const int status = file_write_atomic(path, buffer_span(&bytes), 0600, NULL);
    buffer_deinit(&bytes);
    return status;
}

static int make_files(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(toy_path, sizeof(toy_path), "%s/toy.gguf", folder);
    (void)snprintf(other_path, sizeof(other_path), "%s/other.gguf", folder);
    (void)snprintf(cache, sizeof(cache), "%s/prefix", folder);
    return write_toy(toy_path, 1) + write_toy(other_path, 2);
}

static int remove_files(void **state)
{
    (void)state;
    return empty_cache(NULL) + rmdir(cache) + unlink(toy_path) + unlink(other_path) + rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_next_process_need_not_read_it_again, empty_cache),
        cmocka_unit_test_setup(only_what_is_marked_is_kept, empty_cache),
        cmocka_unit_test_setup(a_damaged_file_is_made_again, empty_cache),
        cmocka_unit_test_setup(another_model_has_its_own, empty_cache),
        cmocka_unit_test_setup(an_edited_model_starts_again, empty_cache),
        cmocka_unit_test_setup(no_room_costs_speed_only, empty_cache),
        cmocka_unit_test_setup(two_processes_at_once, empty_cache),
        cmocka_unit_test_setup(sessions_take_the_longest, empty_cache),
        cmocka_unit_test_setup(a_lying_worker_is_stopped, empty_cache),
    };
    return cmocka_run_group_tests_name("prefix", tests, make_files, remove_files);
}
