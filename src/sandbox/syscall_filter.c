/*
 * syscall_filter.c - see syscall_filter.h.
 *
 * Everything that is not in a table below fails with EPERM. There is no call that opens, makes or
 * looks up a path (not even stat), none that makes a socket, a process or a memory file, and memory
 * can never become executable: code that was not in the program when it started cannot run.
 * Arguments are checked where a call has harmless and harmful forms.
 */
#include "sandbox/syscall_filter.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/seccomp.h>
#include <seccomp.h>

#include "base/error.h"

static const int ALLOWED[] = {
    /* Memory; mmap and mprotect are in CONDITIONAL. */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    /* Descriptors that are open already. */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(sendmsg),
    SCMP_SYS(recvmsg),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    /* Waiting and time. */
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(sched_yield),
    SCMP_SYS(restart_syscall),
    /* About this process. */
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(getrandom),
    /* Signals to itself (abort) and their handlers. */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    /* The end. */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

static const int ALLOWED_FOR_THREADS[] = {
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
};

enum { N_CONDITIONAL = 4, N_CONDITIONAL_FOR_THREADS = 2 };

/* What pthread_create asks for, and what would make a process or a namespace instead. */
static const scmp_datum_t THREAD_FLAGS =
    CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

bool syscall_filter_available(void)
{
    const uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int allow_all(scmp_filter_ctx filter, const int *calls, size_t n_calls)
{
    int result = 0;
    for (size_t i = 0; i < n_calls && result == 0; i++) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
    }
    return result;
}

/* Executable memory, other processes' limits and signals to others are refused. */
static int allow_conditional(scmp_filter_ctx filter)
{
    int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                                  SCMP_A0(SCMP_CMP_EQ, 0, 0), SCMP_A2(SCMP_CMP_EQ, 0, 0));
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    }
    return result;
}

/* clone is readable only in its old form; seccomp lets sandbox_seal add a filter, never lift one. */
static int allow_threads(scmp_filter_ctx filter)
{
    int result = allow_all(filter, ALLOWED_FOR_THREADS,
                           sizeof(ALLOWED_FOR_THREADS) / sizeof(ALLOWED_FOR_THREADS[0]));
    if (result == 0) {
        const scmp_datum_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                        CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
                                        CLONE_PTRACE | CLONE_VFORK;
        result =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                             SCMP_A0(SCMP_CMP_MASKED_EQ, THREAD_FLAGS | namespaces, THREAD_FLAGS));
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(seccomp), 1,
                                  SCMP_A0(SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER, 0));
    }
    return result;
}

static int build_filter(scmp_filter_ctx filter, sandbox_profile profile)
{
    int result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0) {
        /* A balanced tree: no call pays for the length of the list. Old libraries lack it. */
        (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
        result = allow_all(filter, ALLOWED, sizeof(ALLOWED) / sizeof(ALLOWED[0]));
    }
    if (result == 0) {
        result = allow_conditional(filter);
    }
    if (result == 0) {
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
    }
    if (result == 0 && profile == SANDBOX_WORKER) {
        result = allow_threads(filter);
    }
    return result;
}

static uint32_t count_allowed(sandbox_profile profile)
{
    const size_t n_always = sizeof(ALLOWED) / sizeof(ALLOWED[0]) + N_CONDITIONAL;
    const size_t n_threads =
        sizeof(ALLOWED_FOR_THREADS) / sizeof(ALLOWED_FOR_THREADS[0]) + N_CONDITIONAL_FOR_THREADS;
    return (uint32_t)(profile == SANDBOX_WORKER ? n_always + n_threads : n_always);
}

static int filter_error(huis_error *err, int result)
{
    return error_set(err, HUIS_E_DENIED,
                     "cannot raise the system call filter (%s): nothing hostile is read without "
                     "it; use a kernel with CONFIG_SECCOMP_FILTER",
                     strerror(-result));
}

int syscall_filter_load(sandbox_profile profile, uint32_t *out_n_allowed, huis_error *err)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL) {
        return error_no_memory(err, "the system call filter");
    }
    int result = build_filter(filter, profile);
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    if (result != 0) {
        return filter_error(err, result);
    }
    *out_n_allowed = count_allowed(profile);
    return HUIS_OK;
}

int syscall_filter_forbid_threads(huis_error *err)
{
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        return error_no_memory(err, "the system call filter");
    }
    int result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (result == 0) {
        /* no_new_privs is set, and prctl is not allowed any more. */
        result = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    }
    static const int FORBIDDEN[] = {SCMP_SYS(clone), SCMP_SYS(seccomp)};
    for (size_t i = 0; i < 2 && result == 0; i++) {
        result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), FORBIDDEN[i], 0);
    }
    if (result == 0) {
        result = seccomp_load(filter);
    }
    seccomp_release(filter);
    return result == 0 ? HUIS_OK : filter_error(err, result);
}
