/*
 * test_spawn.c - helpers start with what they are given and nothing else, and always end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "sandbox/spawn.h"

static const char SHELL[] = "/bin/sh";
static const int64_t SECOND_US = 1000000;

static int capture_shell(const char *script, span input, int64_t timeout_us, buffer *out,
                         spawn_end *end, huis_error *err)
{
    const char *const arguments[] = {"-c", script, NULL};
    spawn_options options;
    spawn_options_default(&options, SHELL);
    options.arguments = arguments;
    return spawn_capture(&options, input, timeout_us, out, end, err);
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

static void output_and_exit_code_come_back(void **state)
{
    (void)state;
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 1000);
    assert_int_equal(
        capture_shell("echo hello; exit 7", span_from(NULL, 0), 10 * SECOND_US, &out, &end, NULL),
        HUIS_OK);
    assert_string_equal(buffer_string(&out), "hello\n");
    assert_int_equal(end.exit_code, 7);
    assert_int_equal(end.signal, 0);
    buffer_deinit(&out);
}

static void large_input_comes_back_whole(void **state)
{
    (void)state;
    const size_t bytes = 3u * LIMIT_MIB + 17;
    char *const input = memory_alloc(bytes, 1);
    assert_non_null(input);
    for (size_t i = 0; i < bytes; i++) {
        input[i] = (char)(i * 131 >> 3);
    }
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 2 * bytes);
    assert_int_equal(
        capture_shell("exec cat", span_from(input, bytes), 20 * SECOND_US, &out, &end, NULL),
        HUIS_OK);
    assert_int_equal(out.len, bytes);
    assert_memory_equal(out.ptr, input, bytes);
    buffer_deinit(&out);
    memory_free(input);
}

/* No SIGPIPE, and the rest of the input is dropped. */
static void a_program_may_leave_its_input(void **state)
{
    (void)state;
    const size_t bytes = 4u * LIMIT_MIB;
    char *const input = memory_alloc(bytes, 1);
    assert_non_null(input);
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 100);
    assert_int_equal(
        capture_shell("echo done", span_from(input, bytes), 10 * SECOND_US, &out, &end, NULL),
        HUIS_OK);
    assert_string_equal(buffer_string(&out), "done\n");
    buffer_deinit(&out);
    memory_free(input);
}

static void a_slow_program_is_killed(void **state)
{
    (void)state;
    buffer out;
    spawn_end end = {5, 5};
    buffer_init(&out, 100);
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(capture_shell("sleep 100", span_from(NULL, 0), 50000, &out, &end, NULL),
                     HUIS_E_LIMIT);
    assert_true(clock_monotonic_us() - start_us < 5 * SECOND_US);
    assert_int_equal(end.exit_code, 5);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    buffer_deinit(&out);
}

static void a_flood_is_cut(void **state)
{
    (void)state;
    buffer out;
    spawn_end end = {0};
    huis_error err = {0};
    buffer_init(&out, LIMIT_MIB);
    assert_int_equal(
        capture_shell("exec yes", span_from(NULL, 0), 20 * SECOND_US, &out, &end, &err),
        HUIS_E_LIMIT);
    assert_non_null(strstr(err.message, "1048576 bytes"));
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    buffer_deinit(&out);
}

/* It closed its output, but does not end. */
static void a_silent_program_that_stays_is_killed(void **state)
{
    (void)state;
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 100);
    assert_int_equal(
        capture_shell("exec >&-; sleep 100", span_from(NULL, 0), 100000, &out, &end, NULL),
        HUIS_E_LIMIT);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    buffer_deinit(&out);
}

static void a_missing_program_is_named(void **state)
{
    (void)state;
    spawn_options options;
    spawn_process process = {0};
    huis_error err = {0};
    const size_t before = count_descriptors();
    spawn_options_default(&options, "/nonexistent/huis-helper");
    assert_int_equal(spawn_start(&process, &options, &err), HUIS_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "/nonexistent/huis-helper"));
    assert_int_equal(count_descriptors(), before);
}

static void too_many_descriptors_are_refused(void **state)
{
    (void)state;
    int fds[LIMIT_SPAWN_DESCRIPTORS + 1] = {0};
    spawn_options options;
    spawn_process process = {0};
    spawn_options_default(&options, SHELL);
    options.descriptors = fds;
    options.n_descriptors = LIMIT_SPAWN_DESCRIPTORS + 1;
    assert_int_equal(spawn_start(&process, &options, NULL), HUIS_E_BAD_ARGUMENT);
}

/* 0, 1, 2 and the given one are open, an inheritable one of the caller is not; swapped numbers do
 * not overwrite each other. */
static void only_the_given_descriptors_are_passed(void **state)
{
    (void)state;
    const int stray = dup(STDERR_FILENO);
    int ends[2];
    int swapped[2];
    assert_int_equal(pipe(ends), 0);
    swapped[0] = dup2(ends[0], 34);
    swapped[1] = dup2(ends[1], 33);
    (void)close(ends[0]);
    (void)close(ends[1]);
    const char *const arguments[] = {
        "-c", "echo via four >&4; for fd in /proc/self/fd/*; do echo ${fd##*/}; done", NULL};
    spawn_options options;
    spawn_options_default(&options, SHELL);
    options.arguments = arguments;
    options.descriptors = swapped;
    options.n_descriptors = 2;
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 1000);
    assert_int_equal(spawn_capture(&options, span_from(NULL, 0), 10 * SECOND_US, &out, &end, NULL),
                     HUIS_OK);
    /* 5 is the shell's own view of the directory it lists. */
    assert_true(span_starts_with(buffer_span(&out), SPAN("0\n1\n2\n3\n4\n")));
    assert_true(out.len <= strlen("0\n1\n2\n3\n4\n5\n"));
    char line[16] = {0};
    assert_int_equal(read(swapped[0], line, sizeof(line) - 1), 9);
    assert_string_equal(line, "via four\n");
    (void)close(swapped[0]);
    (void)close(swapped[1]);
    (void)close(stray);
    buffer_deinit(&out);
}

static void the_environment_is_what_was_given(void **state)
{
    (void)state;
    assert_int_equal(setenv("HUIS_SECRET", "canary", 1), 0);
    const char *const environment[] = {"GIVEN=yes", NULL};
    spawn_options options;
    spawn_options_default(&options, "/usr/bin/env");
    options.environment = environment;
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 1000);
    assert_int_equal(spawn_capture(&options, span_from(NULL, 0), 10 * SECOND_US, &out, &end, NULL),
                     HUIS_OK);
    assert_string_equal(buffer_string(&out), "GIVEN=yes\n");
    buffer_deinit(&out);
}

static void a_signal_is_told(void **state)
{
    (void)state;
    buffer out;
    spawn_end end = {0};
    char text[64];
    buffer_init(&out, 100);
    assert_int_equal(
        capture_shell("kill -SEGV $$", span_from(NULL, 0), 10 * SECOND_US, &out, &end, NULL),
        HUIS_OK);
    assert_int_equal(end.signal, SIGSEGV);
    spawn_describe(&end, text, sizeof(text));
    assert_string_equal(text, "signal 11 (Segmentation fault)");
    buffer_deinit(&out);
}

/* Signals that the caller ignores or blocks are ordinary in the child. */
static void signals_are_reset(void **state)
{
    (void)state;
    sigset_t blocked;
    (void)sigemptyset(&blocked);
    (void)sigaddset(&blocked, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    void (*const before)(int) = signal(SIGPIPE, SIG_IGN);
    buffer out;
    spawn_end end = {0};
    buffer_init(&out, 200);
    assert_int_equal(capture_shell("grep -E 'SigIgn|SigBlk' /proc/self/status", span_from(NULL, 0),
                                   10 * SECOND_US, &out, &end, NULL),
                     HUIS_OK);
    const char *const ignored = strstr(buffer_string(&out), "SigIgn:\t");
    assert_true(span_starts_with(buffer_span(&out), SPAN("SigBlk:\t0000000000000000\n")));
    assert_non_null(ignored);
    /* Signals 32 and 33 belong to libc. */
    assert_int_equal(strtoull(ignored + strlen("SigIgn:\t"), NULL, 16) & 0x7fffffff, 0);
    (void)signal(SIGPIPE, before);
    (void)sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    buffer_deinit(&out);
}

/* The whole session of the helper ends, not the helper alone. */
static void grandchildren_are_killed(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const char *const arguments[] = {"-c", "sleep 100 & echo; sleep 100", NULL};
    spawn_options options;
    spawn_process process = {0};
    spawn_end end = {0};
    spawn_options_default(&options, SHELL);
    options.arguments = arguments;
    options.standard[1] = ends[1];
    assert_int_equal(spawn_start(&process, &options, NULL), HUIS_OK);
    (void)close(ends[1]);
    char bytes[4];
    assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 1);
    spawn_kill(&process, &end);
    assert_int_equal(end.signal, SIGKILL);
    /* The end of the pipe: nobody holds its other side. */
    assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 0);
    (void)close(ends[0]);
}

/* The exit code is lost, nothing hangs. */
static void an_ignored_sigchld_does_not_hang(void **state)
{
    (void)state;
    void (*const before)(int) = signal(SIGCHLD, SIG_IGN);
    buffer out;
    spawn_end end = {3, 3};
    buffer_init(&out, 100);
    assert_int_equal(
        capture_shell("echo x; exit 4", span_from(NULL, 0), 10 * SECOND_US, &out, &end, NULL),
        HUIS_OK);
    assert_int_equal(end.exit_code, -1);
    (void)signal(SIGCHLD, before);
    buffer_deinit(&out);
}

static void fifty_runs_leak_nothing(void **state)
{
    (void)state;
    const size_t before = count_descriptors();
    for (size_t i = 0; i < 50; i++) {
        buffer out;
        spawn_end end = {0};
        buffer_init(&out, 100);
        const bool is_killed = i % 2 == 1;
        const int status = capture_shell(is_killed ? "sleep 9" : "true", SPAN("input"),
                                         is_killed ? 2000 : 10 * SECOND_US, &out, &end, NULL);
        assert_int_equal(status, is_killed ? HUIS_E_LIMIT : HUIS_OK);
        buffer_deinit(&out);
    }
    assert_int_equal(count_descriptors(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void programs_are_found_beside_this_one(void **state)
{
    (void)state;
    buffer path;
    huis_error err = {0};
    buffer_init(&path, 4096);
    assert_int_equal(spawn_find_program(&path, "test-sandbox-spawn", NULL, NULL), HUIS_OK);
    assert_int_equal(access(buffer_string(&path), X_OK), 0);
    assert_int_equal(spawn_find_program(&path, "huis-no-such-helper", NULL, &err),
                     HUIS_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "huis-no-such-helper"));
    assert_int_equal(spawn_find_program(&path, "x", "/bin/sh", NULL), HUIS_OK);
    assert_string_equal(buffer_string(&path), "/bin/sh");
    assert_int_equal(spawn_find_program(&path, "x", "/etc/passwd", NULL), HUIS_E_DENIED);
    buffer_deinit(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_exit_code_come_back),
        cmocka_unit_test(large_input_comes_back_whole),
        cmocka_unit_test(a_program_may_leave_its_input),
        cmocka_unit_test(a_slow_program_is_killed),
        cmocka_unit_test(a_flood_is_cut),
        cmocka_unit_test(a_silent_program_that_stays_is_killed),
        cmocka_unit_test(a_missing_program_is_named),
        cmocka_unit_test(too_many_descriptors_are_refused),
        cmocka_unit_test(only_the_given_descriptors_are_passed),
        cmocka_unit_test(the_environment_is_what_was_given),
        cmocka_unit_test(a_signal_is_told),
        cmocka_unit_test(signals_are_reset),
        cmocka_unit_test(grandchildren_are_killed),
        cmocka_unit_test(an_ignored_sigchld_does_not_hang),
        cmocka_unit_test(fifty_runs_leak_nothing),
        cmocka_unit_test(programs_are_found_beside_this_one),
    };
    return cmocka_run_group_tests_name("spawn", tests, NULL, NULL);
}
