/*
 * test_programs.c - the real huis-worker and huis-reader are behind their fences when they have
 * something hostile before them, as the kernel tells in /proc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/limits.h"
#include "sandbox/spawn.h"

/* A file of /proc/PID; the caller frees the buffer. */
static buffer read_proc(pid_t pid, const char *name)
{
    char path[64];
    buffer text;
    buffer_init(&text, LIMIT_MIB);
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    assert_int_equal(file_read(&text, path, NULL), HUIS_OK);
    return text;
}

static bool has_line(pid_t pid, const char *name, const char *line)
{
    buffer text = read_proc(pid, name);
    const bool has = strstr(buffer_string(&text), line) != NULL;
    buffer_deinit(&text);
    return has;
}

static void wait_until_fenced(pid_t pid)
{
    for (size_t i = 0; i < 10000; i++) {
        const struct timespec pause = {0, 1000000};
        if (has_line(pid, "status", "\nSeccomp:\t2\n")) {
            return;
        }
        (void)nanosleep(&pause, NULL);
    }
    fail_msg("process %d does not enter its sandbox", (int)pid);
}

/* Descriptors that the process holds; SIZE_MAX: only root may look at an undumpable process. */
static size_t count_descriptors(pid_t pid)
{
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *const directory = opendir(path);
    if (directory == NULL) {
        return SIZE_MAX;
    }
    size_t n = 0;
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        n += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(directory);
    return n;
}

static void check_fences(pid_t pid, size_t n_descriptors, uint32_t most)
{
    wait_until_fenced(pid);
    assert_true(has_line(pid, "status", "\nNoNewPrivs:\t1\n"));
    assert_true(has_line(pid, "status", "\nThreads:\t1\n"));
    assert_true(has_line(pid, "limits", "Max core file size        0                    0"));
    char limit[64];
    (void)snprintf(limit, sizeof(limit), "Max open files            %-20u %u", most, most);
    assert_true(has_line(pid, "limits", limit));
    const size_t n = count_descriptors(pid);
    assert_true(n == n_descriptors || n == SIZE_MAX);
    char path[64];
    (void)snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    buffer environment;
    buffer_init(&environment, LIMIT_MIB);
    /* Empty, or not readable for others than root. */
    if (file_read(&environment, path, NULL) == HUIS_OK) {
        assert_int_equal(environment.len, 0);
    }
    buffer_deinit(&environment);
}

static void start(spawn_process *out, const char *path, const char *argument, const int standard[3],
                  const int *descriptors, size_t n_descriptors)
{
    const char *const arguments[] = {argument, NULL};
    spawn_options options;
    spawn_options_default(&options, path);
    options.arguments = arguments;
    memcpy(options.standard, standard, sizeof(options.standard));
    options.descriptors = descriptors;
    options.n_descriptors = n_descriptors;
    assert_int_equal(spawn_start(out, &options, NULL), HUIS_OK);
}

/* It waits for its first request, the model file mapped and not yet read. */
static void the_worker_is_fenced(void **state)
{
    (void)state;
    int ends[2];
    char path[] = "/tmp/huis-fence-XXXXXX";
    const int model = mkstemp(path);
    assert_int_equal(write(model, "GGUF", 4), 4);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const int descriptors[] = {ends[1], model};
    const int standard[3] = {-1, -1, -1};
    spawn_process process;
    start(&process, REAL_WORKER, NULL, standard, descriptors, 2);
    check_fences(process.pid, 4, LIMIT_SANDBOX_DESCRIPTORS + LIMIT_WORKER_CHANNELS);
    spawn_kill(&process, NULL);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(model);
    (void)unlink(path);
}

/* It has read a large document, and waits for someone to take the text. */
static void the_reader_is_fenced(void **state)
{
    (void)state;
    int output[2];
    char path[] = "/tmp/huis-fence-XXXXXX";
    const int document = mkstemp(path);
    assert_int_equal(write(document, "<p>", 3), 3);
    for (size_t i = 0; i < 60000; i++) {
        assert_int_equal(write(document, "word word\n", 10), 10);
    }
    assert_int_equal(lseek(document, 0, SEEK_SET), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    const int standard[3] = {document, output[1], -1};
    spawn_process process;
    start(&process, REAL_READER, "html", standard, NULL, 0);
    check_fences(process.pid, 3, LIMIT_SANDBOX_DESCRIPTORS);
    spawn_kill(&process, NULL);
    (void)close(output[0]);
    (void)close(output[1]);
    (void)close(document);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worker_is_fenced),
        cmocka_unit_test(the_reader_is_fenced),
    };
    return cmocka_run_group_tests_name("programs", tests, NULL, NULL);
}
