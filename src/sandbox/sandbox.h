/*
 * sandbox.h - a program gives up its powers before it touches hostile bytes.
 *
 * sandbox_enter closes every descriptor that was not named, lowers the resource limits, makes the
 * process undumpable, forbids new privileges, then raises two fences: Landlock (no file can be
 * opened, no TCP port used, no signal sent out) where the kernel has it, and a seccomp filter, an
 * allow-list of system calls. The filter is enough by itself to deny network, new files, new
 * programs and new processes, so that a kernel without Landlock loses the second fence only.
 *
 * A refused call returns EPERM rather than killing: libraries probe harmlessly (an iconv table, a
 * time zone) and go on, a wrong program fails with a message, and tests can see each refusal. Calls
 * of another architecture kill the process. clone3 returns ENOSYS so that libc falls back to clone,
 * whose flags a filter can read. docs/process.md holds the list and the tests.
 *
 * Must be called while the process has one thread. There is no way back.
 */
#ifndef HUIS_SANDBOX_SANDBOX_H
#define HUIS_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"

typedef enum sandbox_profile {
    SANDBOX_WORKER = 1, /* may start threads until sandbox_seal */
    SANDBOX_READER = 2  /* one thread, for one document */
} sandbox_profile;

typedef struct sandbox_options {
    sandbox_profile profile;
    const int *descriptors; /* stay open besides 0, 1 and 2 */
    size_t n_descriptors;
    uint64_t max_memory_bytes; /* address space; 0: unlimited */
    uint64_t max_file_bytes;   /* of a file that is written; 0: unlimited */
    uint32_t max_descriptors;  /* 0: LIMIT_SANDBOX_DESCRIPTORS */
    uint32_t max_cpu_seconds;  /* then the kernel ends the program; 0: unlimited */
    uint32_t max_landlock_abi; /* UINT32_MAX; tests lower it to play an older kernel */
} sandbox_options;

/* Which fences are up (after sandbox_enter) or could be raised (sandbox_probe). */
typedef struct sandbox_report {
    bool no_new_privileges;
    bool undumpable;         /* no core file, no ptrace */
    bool limits;             /* resource limits are lowered */
    bool descriptors;        /* all but the named ones are closed */
    uint32_t landlock_abi;   /* 0: the kernel has no Landlock; 4: with TCP; 6: with signals */
    bool system_calls;       /* seccomp */
    uint32_t n_system_calls; /* allowed by the filter */
    char missing[96];        /* "landlock, seccomp": fences that are down; "" when none is */
} sandbox_report;

void sandbox_options_default(sandbox_options *out_options, sandbox_profile profile);

/* DENIED when the seccomp filter or no_new_privs cannot be had: without them nothing hostile may
 * be read. Landlock is best effort and reported. `out_report` may be NULL. */
int sandbox_enter(const sandbox_options *options, sandbox_report *out_report, huis_error *err);

/* Forbids further threads, in all threads of a process that entered SANDBOX_WORKER. */
int sandbox_seal(huis_error *err);

/* What this kernel offers; changes nothing. For `huis doctor`. */
void sandbox_probe(sandbox_report *out_report);

#endif
