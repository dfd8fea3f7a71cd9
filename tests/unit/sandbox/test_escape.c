/*
 * test_escape.c - a program in each profile of the sandbox tries to get out; every attempt must fail
 * with the errno of its fence.
 *
 * Each run is a child that enters the profile, with the Landlock of this kernel and with those of
 * older ones (ABI 0, 2, 4), and writes what each attempt returned to shared memory. The attempts
 * marked with `works_outside` are first made without a sandbox, so that a test that cannot fail is
 * noticed. Prints TAP.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <netinet/in.h>

#include "sandbox/landlock.h"
#include "sandbox/sandbox.h"

static pid_t parent;
static int channel; /* a descriptor that stays open in the sandbox */
static char scratch[] = "/tmp/huis-escape-XXXXXX";

static long ends_child_or(long pid)
{
    if (pid == 0) {
        _exit(0);
    }
    if (pid > 0) {
        (void)waitpid((pid_t)pid, NULL, __WALL);
    }
    return pid;
}

static long open_path(const char *path, int flags)
{
    const long fd = syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
    if (fd >= 0) {
        (void)close((int)fd);
    }
    return fd;
}

static long close_opened(long fd)
{
    if (fd >= 0) {
        (void)close((int)fd);
    }
    return fd;
}

/* Files. */
static long open_passwd(void)
{
    return open_path("/etc/passwd", O_RDONLY);
}
static long open_shadow(void)
{
    return open_path("/etc/shadow", O_RDONLY);
}
static long open_home(void)
{
    return open_path("/root", O_RDONLY | O_DIRECTORY);
}
static long open_root(void)
{
    return open_path("/", O_PATH);
}
static long open_null(void)
{
    return open_path("/dev/null", O_RDWR);
}
static long open_memory(void)
{
    return open_path("/proc/self/mem", O_RDWR);
}
static long open_maps(void)
{
    return open_path("/proc/self/maps", O_RDONLY);
}
static long open_init(void)
{
    return open_path("/proc/1/environ", O_RDONLY);
}
static long open_library(void)
{
    return open_path("/proc/self/exe", O_RDONLY);
}
static long open_tty(void)
{
    return open_path("/dev/tty", O_RDWR);
}
static long create_file(void)
{
    return open_path(scratch, O_WRONLY | O_CREAT);
}
static long create_unnamed(void)
{
    return open_path("/tmp", O_WRONLY | O_TMPFILE);
}
static long open_relative(void)
{
    return open_path("../../../../../etc/passwd", O_RDONLY);
}
static long open_how(void)
{
    const struct open_how how = {.flags = O_RDONLY};
    return close_opened(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof(how)));
}
static long open_handle(void)
{
    return syscall(SYS_open_by_handle_at, AT_FDCWD, scratch, 0);
}
static long make_directory(void)
{
    return syscall(SYS_mkdirat, AT_FDCWD, "/tmp/huis-escape-d", 0700);
}
static long remove_file(void)
{
    return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/huis-escape-d", AT_REMOVEDIR);
}
static long rename_file(void)
{
    return syscall(SYS_renameat2, AT_FDCWD, scratch, AT_FDCWD, scratch, 0);
}
static long make_symlink(void)
{
    return syscall(SYS_symlinkat, "/etc", AT_FDCWD, "/tmp/huis-escape-d/l");
}
static long make_link(void)
{
    return syscall(SYS_linkat, AT_FDCWD, "/etc/passwd", AT_FDCWD, scratch, 0);
}
static long make_node(void)
{
    return syscall(SYS_mknodat, AT_FDCWD, "/tmp/huis-escape-f", S_IFIFO | 0600, 0);
}
static long change_mode(void)
{
    return syscall(SYS_fchmodat, AT_FDCWD, scratch, 0777);
}
static long truncate_file(void)
{
    return syscall(SYS_truncate, scratch, 0L);
}
static long stat_path(void)
{
    struct stat st;
    return syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, 0);
}
static long statx_path(void)
{
    struct statx st;
    return syscall(SYS_statx, AT_FDCWD, "/etc/passwd", 0, STATX_SIZE, &st);
}
static long access_path(void)
{
    return syscall(SYS_faccessat, AT_FDCWD, "/etc/passwd", R_OK);
}
static long read_link(void)
{
    char path[16];
    return syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path, sizeof(path));
}
static long change_directory(void)
{
    return syscall(SYS_chdir, "/");
}
static long change_root(void)
{
    return syscall(SYS_chroot, "/tmp");
}
static long watch_files(void)
{
    return close_opened(syscall(SYS_inotify_init1, 0));
}

/* Programs and processes. */
static long execute(void)
{
    char *const arguments[] = {NULL};
    return syscall(SYS_execve, "/bin/true", arguments, arguments);
}
static long execute_descriptor(void)
{
    char *const arguments[] = {NULL};
    return syscall(SYS_execveat, channel, "", arguments, arguments, AT_EMPTY_PATH);
}
static long make_memory_file(void)
{
    return close_opened(syscall(SYS_memfd_create, "x", 0));
}
static long make_process(void)
{
    return ends_child_or(syscall(SYS_clone, (long)SIGCHLD, 0, 0, 0, 0));
}
static long make_user_namespace(void)
{
    return ends_child_or(syscall(SYS_clone, (long)(SIGCHLD | CLONE_NEWUSER), 0, 0, 0, 0));
}
static long make_process_new_call(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    return ends_child_or(syscall(SYS_clone3, &args, sizeof(args)));
}
static long leave_namespaces(void)
{
    return syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNET);
}
static long join_namespace(void)
{
    return syscall(SYS_setns, channel, 0);
}
static long trace_me(void)
{
    return syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
}
static long trace_parent(void)
{
    return syscall(SYS_ptrace, PTRACE_SEIZE, parent, 0, 0);
}
static long signal_parent(void)
{
    return syscall(SYS_kill, parent, 0);
}
static long signal_all(void)
{
    return syscall(SYS_kill, -1, 0);
}
static long signal_parent_thread(void)
{
    return syscall(SYS_tgkill, parent, parent, 0);
}
static long hold_parent(void)
{
    return close_opened(syscall(SYS_pidfd_open, parent, 0));
}
static long read_parent(void)
{
    char byte;
    const struct iovec mine = {&byte, 1};
    const struct iovec theirs = {&channel, 1};
    return syscall(SYS_process_vm_readv, parent, &mine, 1, &theirs, 1, 0);
}
static long write_parent(void)
{
    char byte = 0;
    const struct iovec mine = {&byte, 1};
    const struct iovec theirs = {&byte, 1};
    return syscall(SYS_process_vm_writev, parent, &mine, 1, &theirs, 1, 0);
}

/* Network. */
static long open_socket(int family, int type)
{
    return close_opened(syscall(SYS_socket, family, type, 0));
}
static long socket_tcp(void)
{
    return open_socket(AF_INET, SOCK_STREAM);
}
static long socket_udp(void)
{
    return open_socket(AF_INET, SOCK_DGRAM);
}
static long socket_tcp6(void)
{
    return open_socket(AF_INET6, SOCK_STREAM);
}
static long socket_unix(void)
{
    return open_socket(AF_UNIX, SOCK_STREAM);
}
static long socket_netlink(void)
{
    return open_socket(AF_NETLINK, SOCK_RAW);
}
static long socket_packet(void)
{
    return open_socket(AF_PACKET, SOCK_RAW);
}
static long socket_vsock(void)
{
    return open_socket(AF_VSOCK, SOCK_STREAM);
}
static long socket_crypto(void)
{
    return open_socket(AF_ALG, SOCK_SEQPACKET);
}
static long socket_pair(void)
{
    int fds[2] = {-1, -1};
    const long result = syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, fds);
    (void)close_opened(fds[0]);
    (void)close_opened(fds[1]);
    return result;
}
static long connect_loopback(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0x5000};
    return syscall(SYS_connect, channel, &address, sizeof(address));
}
static long bind_abstract(void)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {0, 'h', 'u', 'i', 's'}};
    return syscall(SYS_bind, channel, &address, sizeof(address));
}
static long listen_channel(void)
{
    return syscall(SYS_listen, channel, 1);
}
static long accept_channel(void)
{
    return syscall(SYS_accept4, channel, NULL, NULL, 0);
}
static long send_elsewhere(void)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = 0x3500};
    return syscall(SYS_sendto, channel, "x", 1, 0, &address, sizeof(address));
}

/* Memory that can run. */
static long map_executable(void)
{
    return (long)(intptr_t)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                                0);
}
static long protect_executable(void)
{
    static _Alignas(4096) unsigned char page[4096];
    return syscall(SYS_mprotect, page, sizeof(page), PROT_READ | PROT_EXEC);
}
static long protect_executable_key(void)
{
    static _Alignas(4096) unsigned char page[4096];
    return syscall(SYS_pkey_mprotect, page, sizeof(page), PROT_READ | PROT_EXEC, -1);
}
static long share_memory(void)
{
    return syscall(SYS_shmget, 0, 4096, 01600);
}
static long fault_in_user_space(void)
{
    return close_opened(syscall(SYS_userfaultfd, 1));
}

/* The kernel. */
static long start_ring(void)
{
    struct io_uring_params params = {0};
    return close_opened(syscall(SYS_io_uring_setup, 1, &params));
}
static long load_bpf(void)
{
    return syscall(SYS_bpf, 0, NULL, 0);
}
static long open_perf(void)
{
    return syscall(SYS_perf_event_open, NULL, 0, -1, -1, 0);
}
static long read_keys(void)
{
    return syscall(SYS_keyctl, 0, -3, 0);
}
static long add_key(void)
{
    return syscall(SYS_add_key, "user", "huis", "x", 1, -3);
}
static long mount_tmpfs(void)
{
    return syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, NULL);
}
static long unmount(void)
{
    return syscall(SYS_umount2, "/huis-none", 0);
}
static long pivot(void)
{
    return syscall(SYS_pivot_root, ".", ".");
}
static long set_time(void)
{
    return syscall(SYS_clock_settime, 0, NULL);
}
static long set_name(void)
{
    return syscall(SYS_sethostname, NULL, -1);
}
static long load_module(void)
{
    return syscall(SYS_finit_module, -1, "", 0);
}
static long load_kernel(void)
{
    return syscall(SYS_kexec_load, 0, 0, NULL, -1);
}
static long set_personality(void)
{
    return syscall(SYS_personality, 0xffffffff);
}
static long set_dumpable(void)
{
    return syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}
static long set_user(void)
{
    return syscall(SYS_setuid, getuid());
}
static long raise_limit(void)
{
    const struct rlimit limit = {64, 64};
    return syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}
static long limit_parent(void)
{
    struct rlimit limit;
    return syscall(SYS_prlimit64, parent, RLIMIT_NOFILE, NULL, &limit);
}
static long type_into_terminal(void)
{
    return syscall(SYS_ioctl, 0, 0x5412, "x");
}
static long own_signals(void)
{
    return syscall(SYS_fcntl, channel, F_SETOWN, parent);
}

typedef struct attempt {
    const char *name;
    long (*run)(void);
    int expected;       /* errno */
    bool works_outside; /* succeeds without a sandbox, whoever runs the test */
} attempt;

static const attempt ATTEMPTS[] = {
    {"open /etc/passwd", open_passwd, EPERM, true},
    {"open /etc/shadow", open_shadow, EPERM, false},
    {"open /root", open_home, EPERM, false},
    {"open / as a path", open_root, EPERM, true},
    {"open /dev/null", open_null, EPERM, true},
    {"open /proc/self/mem", open_memory, EPERM, true},
    {"open /proc/self/maps", open_maps, EPERM, true},
    {"open /proc/1/environ", open_init, EPERM, false},
    {"open /proc/self/exe", open_library, EPERM, true},
    {"open /dev/tty", open_tty, EPERM, false},
    {"create a file", create_file, EPERM, true},
    {"create an unnamed file", create_unnamed, EPERM, false},
    {"open a relative path", open_relative, EPERM, false},
    {"openat2", open_how, EPERM, true},
    {"open_by_handle_at", open_handle, EPERM, false},
    {"mkdir", make_directory, EPERM, true},
    {"mknod a fifo", make_node, EPERM, false},
    {"symlink", make_symlink, EPERM, false},
    {"rmdir", remove_file, EPERM, false},
    {"rename", rename_file, EPERM, true},
    {"link", make_link, EPERM, false},
    {"chmod", change_mode, EPERM, true},
    {"truncate", truncate_file, EPERM, true},
    {"stat", stat_path, EPERM, true},
    {"statx", statx_path, EPERM, true},
    {"access", access_path, EPERM, true},
    {"readlink", read_link, EPERM, true},
    {"chdir", change_directory, EPERM, true},
    {"chroot", change_root, EPERM, false},
    {"inotify", watch_files, EPERM, true},
    {"execve /bin/true", execute, EPERM, false},
    {"execveat of a descriptor", execute_descriptor, EPERM, false},
    {"memfd_create", make_memory_file, EPERM, true},
    {"fork", make_process, EPERM, true},
    {"clone a user namespace", make_user_namespace, EPERM, false},
    {"clone3", make_process_new_call, ENOSYS, true},
    {"unshare user and network", leave_namespaces, EPERM, false},
    {"setns", join_namespace, EPERM, false},
    {"ptrace itself", trace_me, EPERM, false},
    {"ptrace the parent", trace_parent, EPERM, false},
    {"signal the parent", signal_parent, EPERM, true},
    {"signal everyone", signal_all, EPERM, false},
    {"signal a thread of the parent", signal_parent_thread, EPERM, true},
    {"pidfd of the parent", hold_parent, EPERM, true},
    {"read the parent's memory", read_parent, EPERM, false},
    {"write the parent's memory", write_parent, EPERM, false},
    {"socket AF_INET tcp", socket_tcp, EPERM, true},
    {"socket AF_INET udp", socket_udp, EPERM, true},
    {"socket AF_INET6", socket_tcp6, EPERM, false},
    {"socket AF_UNIX", socket_unix, EPERM, true},
    {"socket AF_NETLINK", socket_netlink, EPERM, true},
    {"socket AF_PACKET", socket_packet, EPERM, false},
    {"socket AF_VSOCK", socket_vsock, EPERM, false},
    {"socket AF_ALG", socket_crypto, EPERM, false},
    {"socketpair", socket_pair, EPERM, true},
    {"connect the channel to loopback", connect_loopback, EPERM, false},
    {"bind the channel to an abstract name", bind_abstract, EPERM, false},
    {"listen on the channel", listen_channel, EPERM, false},
    {"accept on the channel", accept_channel, EPERM, false},
    {"sendto another address", send_elsewhere, EPERM, false},
    {"mmap executable", map_executable, EPERM, true},
    {"mprotect executable", protect_executable, EPERM, true},
    {"pkey_mprotect executable", protect_executable_key, EPERM, false},
    {"shmget", share_memory, EPERM, false},
    {"userfaultfd", fault_in_user_space, EPERM, false},
    {"io_uring_setup", start_ring, EPERM, false},
    {"bpf", load_bpf, EPERM, false},
    {"perf_event_open", open_perf, EPERM, false},
    {"keyctl", read_keys, EPERM, false},
    {"add_key", add_key, EPERM, false},
    {"mount", mount_tmpfs, EPERM, false},
    {"umount", unmount, EPERM, false},
    {"pivot_root", pivot, EPERM, false},
    {"clock_settime", set_time, EPERM, false},
    {"sethostname", set_name, EPERM, false},
    {"finit_module", load_module, EPERM, false},
    {"kexec_load", load_kernel, EPERM, false},
    {"personality", set_personality, EPERM, true},
    {"prctl dumpable", set_dumpable, EPERM, true},
    {"setuid", set_user, EPERM, true},
    {"raise a limit", raise_limit, EPERM, false},
    {"read the parent's limits", limit_parent, EPERM, true},
    {"type into the terminal", type_into_terminal, EPERM, false},
    {"fcntl F_SETOWN", own_signals, EPERM, true},
};

enum { N_ATTEMPTS = sizeof(ATTEMPTS) / sizeof(ATTEMPTS[0]) };

/* Written by a child, read by the test. */
typedef struct outcome {
    long result[N_ATTEMPTS];
    int number[N_ATTEMPTS]; /* errno */
    sandbox_report report;
    int entered;        /* status of sandbox_enter */
    int threads_before; /* of pthread_create: 0 or errno */
    int sealed;         /* status of sandbox_seal */
    int threads_after;
    int works; /* 1: the allowed calls still do their work */
} outcome;

static outcome *shared;
static int n_tests;
static int n_failed;

__attribute__((format(printf, 2, 3))) static void report_test(bool ok, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    n_tests++;
    n_failed += ok ? 0 : 1;
    printf("%s %d - ", ok ? "ok" : "not ok", n_tests);
    (void)vprintf(format, args);
    printf("\n");
    (void)fflush(stdout);
    va_end(args);
}

static void *return_at_once(void *argument)
{
    return argument;
}

static int start_thread(void)
{
    pthread_t thread;
    const int number = pthread_create(&thread, NULL, return_at_once, NULL);
    if (number == 0) {
        (void)pthread_join(thread, NULL);
    }
    return number;
}

/* What a helper lives on. */
static bool allowed_calls_work(void)
{
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct timespec now;
    void *const page =
        mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && munmap(page, 1 << 20) == 0 &&
           sendmsg(channel, &message, MSG_NOSIGNAL) == 1 &&
           syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now) == 0 && sched_yield() == 0 &&
           syscall(SYS_getrandom, &byte, 1, 0) == 1;
}

static void attempt_all(void)
{
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        errno = 0;
        shared->result[i] = ATTEMPTS[i].run();
        shared->number[i] = errno;
    }
}

static void run_confined(sandbox_profile profile, uint32_t landlock_limit)
{
    sandbox_options options;
    sandbox_options_default(&options, profile);
    options.descriptors = &channel;
    options.n_descriptors = 1;
    options.max_landlock_abi = landlock_limit;
    shared->entered = sandbox_enter(&options, &shared->report, NULL);
    if (shared->entered != HUIS_OK) {
        _exit(1);
    }
    shared->threads_before = start_thread();
    shared->sealed = profile == SANDBOX_WORKER ? sandbox_seal(NULL) : HUIS_OK;
    shared->threads_after = start_thread();
    attempt_all();
    shared->works = allowed_calls_work() ? 1 : 0;
    _exit(0);
}

static int wait_for(pid_t pid)
{
    int status = 0;
    (void)waitpid(pid, &status, 0);
    return status;
}

static bool was_refused(size_t i)
{
    return shared->result[i] == -1 && shared->number[i] == ATTEMPTS[i].expected;
}

/* One test for each attempt. */
static void check_each_attempt(const char *name)
{
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        report_test(was_refused(i), "%s: %s: %s", name, ATTEMPTS[i].name,
                    shared->result[i] == -1 ? strerrorname_np(shared->number[i]) : "succeeded");
    }
}

/* One test for all, naming the first hole. */
static void check_all_attempts(const char *name)
{
    size_t i = 0;
    while (i < N_ATTEMPTS && was_refused(i)) {
        i++;
    }
    report_test(i == N_ATTEMPTS, "%s: all %d attempts are refused%s%s", name, N_ATTEMPTS,
                i < N_ATTEMPTS ? " but " : "", i < N_ATTEMPTS ? ATTEMPTS[i].name : "");
}

static void check_report(const char *name, sandbox_profile profile, uint32_t landlock_limit)
{
    const sandbox_report *const r = &shared->report;
    const uint32_t kernel = landlock_abi();
    const uint32_t expected = kernel < landlock_limit ? kernel : landlock_limit;
    report_test(r->landlock_abi == expected, "%s: reports Landlock ABI %u", name, expected);
    report_test((strstr(r->missing, "landlock") != NULL) == (expected == 0),
                "%s: names the missing fences: \"%s\"", name, r->missing);
    report_test(r->no_new_privileges && r->undumpable && r->limits && r->descriptors &&
                    r->system_calls,
                "%s: reports the other fences", name);
    report_test(r->n_system_calls > 20 && r->n_system_calls <= 50,
                "%s: allows %u calls, at most 50", name, r->n_system_calls);
    report_test(shared->works == 1, "%s: allowed calls work", name);
    report_test((shared->threads_before == 0) == (profile == SANDBOX_WORKER), "%s: threads are %s",
                name, profile == SANDBOX_WORKER ? "allowed" : "refused");
    report_test(shared->sealed == HUIS_OK && shared->threads_after != 0,
                "%s: no threads once sealed", name);
}

static void test_profile(const char *profile_name, sandbox_profile profile, uint32_t landlock_limit)
{
    char name[64];
    (void)snprintf(name, sizeof(name), "%s, Landlock %s%u", profile_name,
                   landlock_limit == UINT32_MAX ? "ABI of this kernel: " : "held to ABI ",
                   landlock_limit == UINT32_MAX ? landlock_abi() : landlock_limit);
    memset(shared, 0, sizeof(*shared));
    const pid_t pid = fork();
    if (pid == 0) {
        run_confined(profile, landlock_limit);
    }
    const int status = wait_for(pid);
    report_test(WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: entered, lived to the end",
                name);
    check_report(name, profile, landlock_limit);
    if (landlock_limit == UINT32_MAX) {
        check_each_attempt(name);
    } else {
        check_all_attempts(name);
    }
}

/* A container may have a filter of its own. */
static void check_control(size_t i)
{
    const int number = shared->number[i];
    if (shared->result[i] == -1 && (number == EPERM || number == ENOSYS)) {
        printf("ok %d - outside: %s # SKIP this host forbids it already: %s\n", ++n_tests,
               ATTEMPTS[i].name, strerrorname_np(number));
        return;
    }
    report_test(shared->result[i] != -1, "outside: %s works", ATTEMPTS[i].name);
}

/* The control: without a sandbox the same calls do succeed. */
static void test_outside(void)
{
    memset(shared, 0, sizeof(*shared));
    const pid_t pid = fork();
    if (pid == 0) {
        for (size_t i = 0; i < N_ATTEMPTS; i++) {
            if (ATTEMPTS[i].works_outside) {
                shared->result[i] = ATTEMPTS[i].run();
                shared->number[i] = errno;
            }
        }
        _exit(0);
    }
    (void)wait_for(pid);
    int n_controls = 0;
    int n_working = 0;
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        if (ATTEMPTS[i].works_outside) {
            n_controls++;
            n_working += shared->result[i] != -1 ? 1 : 0;
            check_control(i);
        }
    }
    report_test(2 * n_working > n_controls, "outside: %d of %d controls work", n_working,
                n_controls);
    (void)rmdir("/tmp/huis-escape-d");
}

/* Landlock by itself, so that one fence does not hide a hole in the other. */
static void test_landlock_alone(void)
{
    const uint32_t abi = landlock_abi();
    if (abi == 0) {
        printf("ok %d - Landlock alone # SKIP this kernel has no Landlock\n", ++n_tests);
        return;
    }
    memset(shared, 0, sizeof(*shared));
    const pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (!landlock_deny_all(abi)) {
            _exit(1);
        }
        attempt_all();
        _exit(0);
    }
    const int status = wait_for(pid);
    report_test(WIFEXITED(status) && WEXITSTATUS(status) == 0, "Landlock alone: ABI %u", abi);
    static const char *const FENCED[] = {"open /etc/passwd", "create a file", "open / as a path",
                                         "mkdir", "signal the parent"};
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        for (size_t j = 0; j < sizeof(FENCED) / sizeof(FENCED[0]); j++) {
            const bool is_path = strcmp(FENCED[j], "open / as a path") == 0;
            const bool is_signal = strcmp(FENCED[j], "signal the parent") == 0;
            if (strcmp(FENCED[j], ATTEMPTS[i].name) == 0 && !(is_signal && abi < 6) && !is_path) {
                report_test(shared->result[i] == -1, "Landlock alone: %s: %s", FENCED[j],
                            strerrorname_np(shared->number[i]));
            }
        }
    }
}

/* The bit that makes a call one of the x32 architecture; 0: there is none beside ours. */
#if defined(__x86_64__)
static const long FOREIGN_CALL_BIT = 0x40000000L;
#else
static const long FOREIGN_CALL_BIT = 0;
#endif

/* A call by the door of another architecture kills. */
static void test_foreign_call(void)
{
    if (FOREIGN_CALL_BIT == 0) {
        printf("ok %d - foreign calls # SKIP this architecture has no second one\n", ++n_tests);
        return;
    }
    const pid_t pid = fork();
    if (pid == 0) {
        sandbox_options options;
        sandbox_options_default(&options, SANDBOX_READER);
        if (sandbox_enter(&options, NULL, NULL) != HUIS_OK) {
            _exit(1);
        }
        (void)syscall(FOREIGN_CALL_BIT | SYS_getpid);
        _exit(0);
    }
    const int status = wait_for(pid);
    report_test(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS,
                "a system call of another architecture kills");
}

static void test_probe(void)
{
    sandbox_report report;
    sandbox_probe(&report);
    report_test(report.landlock_abi == landlock_abi() && report.system_calls &&
                    report.no_new_privileges,
                "the probe sees Landlock ABI %u, seccomp and no_new_privs; missing: \"%s\"",
                report.landlock_abi, report.missing);
    report_test(open_passwd() >= 0, "the probe changes nothing");
}

int main(void)
{
    int fds[2];
    parent = getpid();
    const int scratch_fd = mkstemp(scratch);
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (scratch_fd < 0 || shared == MAP_FAILED ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        printf("Bail out! cannot set up\n");
        return 1;
    }
    channel = fds[0];
    test_outside();
    test_profile("worker", SANDBOX_WORKER, UINT32_MAX);
    test_profile("reader", SANDBOX_READER, UINT32_MAX);
    static const uint32_t OLDER[] = {0, 2, 4};
    for (size_t i = 0; i < sizeof(OLDER) / sizeof(OLDER[0]); i++) {
        test_profile("worker", SANDBOX_WORKER, OLDER[i]);
        test_profile("reader", SANDBOX_READER, OLDER[i]);
    }
    test_landlock_alone();
    test_foreign_call();
    test_probe();
    (void)unlink(scratch);
    (void)close(scratch_fd);
    printf("1..%d\n", n_tests);
    return n_failed == 0 ? 0 : 1;
}
