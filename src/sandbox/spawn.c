/*
 * spawn.c - see spawn.h.
 */
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"

enum {
    N_STANDARD = 3,
    MAX_TARGETS = N_STANDARD + (int)LIMIT_SPAWN_DESCRIPTORS,
    MAX_ARGUMENTS = 64,
    POLL_INTERVAL_US = 1000 /* without a pidfd */
};

void spawn_options_default(spawn_options *out_options, const char *path)
{
    *out_options = (spawn_options){.path = path, .standard = {-1, -1, -1}};
}

/* Copies of the descriptors above all targets, so that no dup2 overwrites a source. */
typedef struct raised_descriptors {
    int fds[MAX_TARGETS];
    int count;
} raised_descriptors;

static void close_raised(raised_descriptors *raised)
{
    for (int i = 0; i < raised->count; i++) {
        (void)close(raised->fds[i]);
    }
    raised->count = 0;
}

static int raise_descriptors(raised_descriptors *raised, const spawn_options *options,
                             huis_error *err)
{
    const int n_targets = N_STANDARD + (int)options->n_descriptors;
    *raised = (raised_descriptors){.count = 0};
    for (int i = 0; i < n_targets; i++) {
        const int given =
            i < N_STANDARD ? options->standard[i] : options->descriptors[i - N_STANDARD];
        const int fd = given >= 0 ? fcntl(given, F_DUPFD_CLOEXEC, n_targets)
                                  : open("/dev/null", O_RDWR | O_CLOEXEC);
        const int high = fd >= 0 && fd < n_targets ? fcntl(fd, F_DUPFD_CLOEXEC, n_targets) : fd;
        const int number = errno;
        if (high != fd) {
            (void)close(fd);
        }
        if (high < 0) {
            close_raised(raised);
            errno = number;
            return error_from_errno(err, "cannot pass descriptors to", options->path);
        }
        raised->fds[raised->count++] = high;
    }
    return HUIS_OK;
}

static int prepare_actions(posix_spawn_file_actions_t *actions, const raised_descriptors *raised)
{
    int number = 0;
    for (int i = 0; i < raised->count && number == 0; i++) {
        number = posix_spawn_file_actions_adddup2(actions, raised->fds[i], i);
    }
    return number != 0 ? number : posix_spawn_file_actions_addclosefrom_np(actions, raised->count);
}

/* Default handlers, no blocked signal, an own session. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all;
    sigset_t none;
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    int number = posix_spawnattr_setsigdefault(attributes, &all);
    if (number == 0) {
        number = posix_spawnattr_setsigmask(attributes, &none);
    }
    const short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID;
    return number != 0 ? number : posix_spawnattr_setflags(attributes, flags);
}

/* posix_spawn takes char *const[], and changes nothing. */
static int run_posix_spawn(pid_t *out_pid, const spawn_options *options,
                           const posix_spawn_file_actions_t *actions,
                           const posix_spawnattr_t *attributes)
{
    char *arguments[MAX_ARGUMENTS + 2] = {(char *)(uintptr_t)options->path};
    static char *const NOTHING[] = {NULL};
    for (size_t i = 0; options->arguments != NULL && options->arguments[i] != NULL; i++) {
        if (i == MAX_ARGUMENTS) {
            return E2BIG;
        }
        arguments[i + 1] = (char *)(uintptr_t)options->arguments[i];
    }
    char *const *const environment =
        options->environment != NULL ? (char *const *)(uintptr_t)options->environment : NOTHING;
    return posix_spawn(out_pid, options->path, actions, attributes, arguments, environment);
}

static int spawn_prepared(pid_t *out_pid, const spawn_options *options,
                          const raised_descriptors *raised)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int number = posix_spawn_file_actions_init(&actions);
    if (number != 0) {
        return number;
    }
    number = posix_spawnattr_init(&attributes);
    if (number == 0) {
        number = prepare_actions(&actions, raised);
        if (number == 0) {
            number = prepare_attributes(&attributes);
        }
        if (number == 0) {
            number = run_posix_spawn(out_pid, options, &actions, &attributes);
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return number;
}

int spawn_start(spawn_process *out_process, const spawn_options *options, huis_error *err)
{
    if (options->n_descriptors > LIMIT_SPAWN_DESCRIPTORS) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%s: %zu descriptors, at most %u", options->path,
                         options->n_descriptors, LIMIT_SPAWN_DESCRIPTORS);
    }
    raised_descriptors raised;
    RETURN_IF_ERROR(raise_descriptors(&raised, options, err));
    pid_t pid = 0;
    const int number = spawn_prepared(&pid, options, &raised);
    close_raised(&raised);
    if (number != 0) {
        errno = number;
        return error_from_errno(err, "cannot start", options->path);
    }
    *out_process = (spawn_process){pid, (int)syscall(SYS_pidfd_open, pid, 0u)};
    return HUIS_OK;
}

/* 1: ended and reaped; 0: still runs. */
static int try_reap(spawn_process *process, spawn_end *out_end)
{
    siginfo_t info = {0};
    const idtype_t kind = process->pidfd >= 0 ? P_PIDFD : P_PID;
    const id_t id = (id_t)(process->pidfd >= 0 ? process->pidfd : process->pid);
    int result = 0;
    do {
        result = waitid(kind, id, &info, WEXITED | WNOHANG);
    } while (result != 0 && errno == EINTR);
    if (result == 0 && info.si_pid == 0) {
        return 0;
    }
    spawn_end end = {-1, 0};
    if (result == 0 && info.si_code == CLD_EXITED) {
        end.exit_code = info.si_status;
    } else if (result == 0) {
        end.signal = info.si_status;
    }
    if (process->pidfd >= 0) {
        (void)close(process->pidfd);
    }
    *process = (spawn_process){0, -1};
    if (out_end != NULL) {
        *out_end = end;
    }
    return 1;
}

/* Until the process may have ended, or `left_us` (negative: no limit) have passed. */
static void wait_a_while(const spawn_process *process, int64_t left_us)
{
    if (process->pidfd >= 0) {
        struct pollfd p = {.fd = process->pidfd, .events = POLLIN};
        const int64_t left_ms = left_us < 0 ? -1 : (left_us + 999) / 1000;
        (void)poll(&p, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
    } else {
        const struct timespec interval = {0, POLL_INTERVAL_US * 1000L};
        (void)nanosleep(&interval, NULL);
    }
}

int spawn_wait(spawn_process *process, int64_t timeout_us, spawn_end *out_end, huis_error *err)
{
    const int64_t start_us = clock_monotonic_us();
    if (process->pid <= 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no process to wait for");
    }
    while (try_reap(process, out_end) == 0) {
        const int64_t left_us =
            timeout_us < 0 ? -1 : timeout_us - (clock_monotonic_us() - start_us);
        if (timeout_us >= 0 && left_us <= 0) {
            return error_set(err, HUIS_E_LIMIT, "process %d still runs after %lld ms",
                             (int)process->pid, (long long)(timeout_us / 1000));
        }
        wait_a_while(process, left_us);
    }
    return HUIS_OK;
}

void spawn_kill(spawn_process *process, spawn_end *out_end)
{
    if (process->pid <= 0) {
        return;
    }
    /* The number is ours until the process is reaped; a caller's own wait() may have done so. */
    const bool is_ours =
        process->pidfd < 0 || syscall(SYS_pidfd_send_signal, process->pidfd, 0, NULL, 0u) == 0;
    if (is_ours) {
        (void)kill(-process->pid, SIGKILL);
        (void)kill(process->pid, SIGKILL);
    }
    (void)spawn_wait(process, -1, out_end, NULL);
}

void spawn_describe(const spawn_end *end, char *out, size_t size_bytes)
{
    if (end->signal != 0) {
        const char *const name = sigdescr_np(end->signal);
        (void)snprintf(out, size_bytes, "signal %d (%s)", end->signal,
                       name != NULL ? name : "unknown");
    } else if (end->exit_code >= 0) {
        (void)snprintf(out, size_bytes, "exit code %d", end->exit_code);
    } else {
        (void)snprintf(out, size_bytes, "an unknown end");
    }
}

/* The directory of the running program with "/WAY" and "NAME" added. */
static bool append_near_program(buffer *path, const char *way, const char *name)
{
    buffer_reset(path);
    char self[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof(self));
    if (n <= 0 || (size_t)n == sizeof(self)) {
        return false;
    }
    const char *const slash = memrchr(self, '/', (size_t)n);
    return slash != NULL && buffer_append(path, span_from(self, (size_t)(slash - self) + 1)) &&
           buffer_append_string(path, way) && buffer_append_string(path, name);
}

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

int spawn_find_program(buffer *out_path, const char *name, const char *given, huis_error *err)
{
    buffer_reset(out_path);
    if (given != NULL) {
        if (!is_program(given)) {
            return error_from_errno(err, "cannot run", given);
        }
        return buffer_append_string(out_path, given) ? HUIS_OK : error_no_memory(err, given);
    }
    /* Beside it in a build folder; an installation may have been moved as a whole. */
    static const char *const WAYS[] = {"", HUIS_LIBEXEC_FROM_BIN "/"};
    for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
        if (append_near_program(out_path, WAYS[i], name) && is_program(buffer_string(out_path))) {
            return HUIS_OK;
        }
    }
    buffer_reset(out_path);
    if (buffer_printf(out_path, "%s/%s", HUIS_LIBEXEC_DIR, name) &&
        is_program(buffer_string(out_path))) {
        return HUIS_OK;
    }
    return error_set(err, HUIS_E_NOT_FOUND,
                     "%s is neither beside the program nor in %s: install huis, or name its path",
                     name, HUIS_LIBEXEC_DIR);
}
