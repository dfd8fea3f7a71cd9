/*
 * test_packed_model.c - the packed form of a model between client and real worker: made at the end of
 * the first, used by the next, and made again when anything is wrong with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cache_file.h"
#include "base/file.h"
#include "base/limits.h"
#include "huis/session.h"
#include "session/client.h"
#include "toy_model.h"

static const char SHA256[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static char directory[] = "/tmp/huis-packed-XXXXXX";
static char model_path[64], packed_path[80], part_path[96];
static char *expected; /* what the model answers without a packed form */

static int open_with(huis_model **out_model, const char *packed, huis_error *err)
{
    huis_model_options options;
    huis_model_options_default(&options);
    options.worker_path = REAL_WORKER;
    options.n_threads = 2;
    options.packed_path = packed;
    options.sha256 = SHA256;
    return huis_model_open(out_model, model_path, &options, err);
}

static char *ask(huis_model *m, int *out_status)
{
    huis_session *session = NULL;
    const huis_message message = {"user", "Hello there", 11};
    const huis_result *result = NULL;
    huis_generate_options options;
    huis_generate_options_default(&options);
    options.max_tokens = 24;
    assert_int_equal(huis_session_new(&session, m, NULL), HUIS_OK);
    *out_status = huis_session_generate(session, &message, 1, &options, NULL, NULL, &result, NULL);
    char *const text = *out_status == HUIS_OK ? strdup(result->candidates[0].text) : NULL;
    huis_session_free(session);
    return text;
}

/* Opens, asks, checks the answer, closes; whether the packed form was used. */
static bool use(const char *packed)
{
    huis_model *m = NULL;
    huis_error err = {0};
    if (open_with(&m, packed, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    huis_model_info info = {.struct_size = sizeof(info)};
    assert_int_equal(huis_model_get_info(m, &info), HUIS_OK);
    int status = HUIS_OK;
    char *const text = ask(m, &status);
    assert_int_equal(status, HUIS_OK);
    assert_string_equal(text, expected);
    free(text);
    huis_model_unref(m);
    return info.is_packed;
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void forget(void)
{
    (void)unlink(packed_path);
    (void)unlink(part_path);
}

static void the_second_time_it_is_used(void **state)
{
    (void)state;
    struct stat st;
    forget();
    assert_false(use(packed_path));
    assert_int_equal(stat(packed_path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_false(exists(part_path));
    const ino_t inode = st.st_ino;
    for (int i = 0; i < 3; i++) {
        assert_true(use(packed_path));
    }
    assert_int_equal(stat(packed_path, &st), 0);
    assert_int_equal(st.st_ino, inode);
    assert_false(use(NULL));
}

static void directories_are_made(void **state)
{
    (void)state;
    char deep[160], parent[128];
    (void)snprintf(parent, sizeof(parent), "%s/a/b", directory);
    (void)snprintf(deep, sizeof(deep), "%s/c", parent);
    assert_false(use(deep));
    struct stat st;
    assert_int_equal(stat(parent, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_true(use(deep));
    (void)unlink(deep);
    (void)rmdir(parent);
    *strrchr(parent, '/') = '\0';
    (void)rmdir(parent);
}

static void a_changed_model_has_it_made_again(void **state)
{
    (void)state;
    forget();
    assert_false(use(packed_path));
    assert_true(use(packed_path));
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1000000, .tv_nsec = 7}};
    assert_int_equal(utimensat(AT_FDCWD, model_path, times, 0), 0);
    assert_false(use(packed_path));
    assert_true(use(packed_path));
}

/* Whatever stands there: garbage, nothing, a cut or bent file, a link, a file that others may write. */
static void a_bad_one_is_made_again(void **state)
{
    (void)state;
    forget();
    assert_false(use(packed_path));
    struct stat st;
    assert_int_equal(stat(packed_path, &st), 0);
    const off_t cuts[] = {0, 1, 100, 136, 4096, st.st_size / 2, st.st_size - 1, st.st_size + 1};
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        assert_int_equal(truncate(packed_path, cuts[i]), 0);
        assert_false(use(packed_path));
        assert_true(use(packed_path));
    }
    for (off_t at = 0; at < 200; at += 23) {
        const int fd = open(packed_path, O_RDWR | O_CLOEXEC);
        unsigned char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= 16;
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        (void)close(fd);
        assert_false(use(packed_path));
        assert_true(use(packed_path));
    }
    assert_int_equal(chmod(packed_path, 0622), 0);
    assert_false(use(packed_path));
    assert_true(use(packed_path));
    char elsewhere[96];
    (void)snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", directory);
    assert_int_equal(rename(packed_path, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, packed_path), 0);
    assert_false(use(packed_path));
    assert_true(use(packed_path));
    (void)unlink(elsewhere);
}

static void without_a_place_it_works_as_well(void **state)
{
    (void)state;
    assert_false(use("/dev/null/packed"));
    assert_false(use("/proc/packed"));
    assert_false(use("packed-in-no-directory"));
    assert_false(exists("packed-in-no-directory"));
    forget();
    assert_int_equal(mkdir(packed_path, 0700), 0);
    assert_false(use(packed_path));
    assert_int_equal(rmdir(packed_path), 0);
    forget();
    /* The worker inherits the limit: its write fails half way, as on a full disk. */
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit limit = {2200000, before.rlim_max};
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(use(packed_path));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_false(exists(packed_path));
    assert_false(exists(part_path));
}

static void only_one_writes(void **state)
{
    (void)state;
    forget();
    huis_model *first = NULL;
    assert_int_equal(open_with(&first, packed_path, NULL), HUIS_OK);
    assert_true(exists(part_path));
    assert_false(use(packed_path)); /* a second one finds it taken */
    assert_false(exists(packed_path));
    assert_true(exists(part_path));
    huis_model_unref(first);
    assert_true(use(packed_path));
    /* What a killed one left behind is taken over. */
    forget();
    assert_int_equal(file_write_atomic(part_path, SPAN("rubbish"), 0600, NULL), HUIS_OK);
    assert_false(use(packed_path));
    assert_true(use(packed_path));
}

/* A client and a worker that are killed at any moment leave nothing that is used. */
static void killed_at_any_moment(void **state)
{
    (void)state;
    for (int i = 0; i < 30; i++) {
        forget();
        const pid_t pid = fork();
        if (pid == 0) {
            huis_model *m = NULL;
            if (open_with(&m, packed_path, NULL) == HUIS_OK) {
                huis_model_unref(m);
            }
            _exit(0);
        }
        const struct timespec wait = {.tv_nsec = 500000 * i};
        (void)nanosleep(&wait, NULL);
        (void)kill(pid, SIGKILL);
        (void)waitpid(pid, NULL, 0);
        (void)use(packed_path); /* the worker that was left alone may still hold the lock */
        for (int tries = 0; tries < 100 && !use(packed_path); tries++) {
            (void)usleep(1000);
        }
        assert_true(use(packed_path));
    }
}

static void a_killed_worker_leaves_nothing(void **state)
{
    (void)state;
    forget();
    huis_model *m = NULL;
    int status = HUIS_OK;
    assert_int_equal(open_with(&m, packed_path, NULL), HUIS_OK);
    assert_int_equal(kill(m->worker.pid, SIGKILL), 0);
    /* A death that is seen before the request is sent is mended unseen; else it is told. */
    char *const first = ask(m, &status);
    assert_true(status == HUIS_E_WORKER || (status == HUIS_OK && strcmp(first, expected) == 0));
    free(first);
    assert_false(exists(part_path));
    char *const text = ask(m, &status);
    assert_int_equal(status, HUIS_OK);
    assert_string_equal(text, expected);
    free(text);
    huis_model_unref(m);
    assert_false(exists(packed_path));
}

/* Cut while it is mapped: the worker dies of it, the next does without, the file goes. */
static void cut_while_mapped(void **state)
{
    (void)state;
    forget();
    assert_false(use(packed_path));
    huis_model *m = NULL;
    int status = HUIS_OK;
    assert_int_equal(open_with(&m, packed_path, NULL), HUIS_OK);
    assert_int_equal(truncate(packed_path, 0), 0);
    char *text = ask(m, &status);
    assert_int_equal(status, HUIS_E_WORKER);
    assert_null(text);
    assert_false(exists(packed_path));
    text = ask(m, &status);
    assert_int_equal(status, HUIS_OK);
    assert_string_equal(text, expected);
    free(text);
    huis_model_unref(m);
    assert_false(use(packed_path));
    assert_true(use(packed_path));
}

/* Deleted while it is mapped, as `huis cache purge` may: nothing happens to those that run. */
static void deleted_while_mapped(void **state)
{
    (void)state;
    forget();
    assert_false(use(packed_path));
    huis_model *m = NULL;
    int status = HUIS_OK;
    assert_int_equal(open_with(&m, packed_path, NULL), HUIS_OK);
    forget();
    char *const text = ask(m, &status);
    assert_int_equal(status, HUIS_OK);
    assert_string_equal(text, expected);
    free(text);
    huis_model_unref(m);
}

static int make_model(void **state)
{
    (void)state;
    buffer file;
    toy_options toy = toy_options_default("qwen2");
    toy.n_embd = 512;
    toy.n_ff = 1024;
    toy.n_layers = 4;
    buffer_init(&file, 64u * LIMIT_MIB);
    toy_model_write(&file, &toy);
    if (!buffer_ok(&file) || mkdtemp(directory) == NULL) {
        return -1;
    }
    (void)snprintf(model_path, sizeof(model_path), "%s/toy.gguf", directory);
    (void)snprintf(packed_path, sizeof(packed_path), "%s/toy.packed", directory);
    (void)snprintf(part_path, sizeof(part_path), "%s.part", packed_path);
    const int status = file_write_atomic(model_path, buffer_span(&file), 0600, NULL);
    buffer_deinit(&file);
    huis_model *m = NULL;
    int answered = HUIS_E_INTERNAL;
    if (status == HUIS_OK && open_with(&m, NULL, NULL) == HUIS_OK) {
        expected = ask(m, &answered);
        huis_model_unref(m);
    }
    return answered;
}

static int remove_model(void **state)
{
    (void)state;
    forget();
    (void)unlink(model_path);
    (void)rmdir(directory);
    free(expected);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_time_it_is_used),
        cmocka_unit_test(directories_are_made),
        cmocka_unit_test(a_changed_model_has_it_made_again),
        cmocka_unit_test(a_bad_one_is_made_again),
        cmocka_unit_test(without_a_place_it_works_as_well),
        cmocka_unit_test(only_one_writes),
        cmocka_unit_test(killed_at_any_moment),
        cmocka_unit_test(a_killed_worker_leaves_nothing),
        cmocka_unit_test(cut_while_mapped),
        cmocka_unit_test(deleted_while_mapped),
    };
    return cmocka_run_group_tests(tests, make_model, remove_model);
}
