/*
 * spawn.h - start a helper program, talk to it, and make sure that it ends.
 *
 * The child gets exactly the descriptors, arguments and environment that are named, default signal
 * handling, and a session of its own, so that a key pressed in a terminal reaches the caller only.
 * posix_spawn starts it: safe in a program with threads. Through a pidfd it is waited for and
 * killed without racing with the caller's own wait(), and without signal handlers; a caller that
 * ignores SIGCHLD loses the exit code only.
 */
#ifndef HUIS_SANDBOX_SPAWN_H
#define HUIS_SANDBOX_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

typedef struct spawn_options {
    const char *path;               /* of the program; absolute or with a slash */
    const char *const *arguments;   /* argv[1] ...; NULL-terminated; NULL: none */
    const char *const *environment; /* "NAME=value"; NULL-terminated; NULL: empty */
    int standard[3];                /* become 0, 1, 2; -1: /dev/null */
    const int *descriptors;         /* become 3, 4, ... */
    size_t n_descriptors;           /* at most LIMIT_SPAWN_DESCRIPTORS */
} spawn_options;

typedef struct spawn_process {
    pid_t pid; /* 0: none */
    int pidfd; /* -1: the kernel has none (before Linux 5.3) */
} spawn_process;

/* How a process ended. */
typedef struct spawn_end {
    int exit_code; /* -1: by a signal, or unknown */
    int signal;    /* 0: not by a signal */
} spawn_end;

void spawn_options_default(spawn_options *out_options, const char *path);

/* NOT_FOUND, DENIED, NO_MEMORY, IO. The caller keeps its descriptors. */
int spawn_start(spawn_process *out_process, const spawn_options *options, huis_error *err);
/* Waits at most `timeout_us` (negative: for ever) and reaps. LIMIT: it still runs. */
int spawn_wait(spawn_process *process, int64_t timeout_us, spawn_end *out_end, huis_error *err);
/* SIGKILL for the process and its session, then reaps. Nothing to do when there is none. */
void spawn_kill(spawn_process *process, spawn_end *out_end);
/* "exit code 3" or "signal 11 (Segmentation fault)", for messages. */
void spawn_describe(const spawn_end *end, char *out, size_t size_bytes);

/* Runs a program to its end: feeds `input` to its standard input (an empty span: /dev/null, or
 * options->standard[0]) and appends its standard output to `out`. On time-out, or when the output
 * passes the buffer's limit, the program is killed: HUIS_E_LIMIT. */
int spawn_capture(const spawn_options *options, span input, int64_t timeout_us, buffer *out,
                  spawn_end *out_end, huis_error *err);

/* The path of a helper such as "huis-worker": `given` when not NULL, else beside the running
 * program, else in the installation's libexec directory. NOT_FOUND names all places. */
int spawn_find_program(buffer *out_path, const char *name, const char *given, huis_error *err);

#endif
