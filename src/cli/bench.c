/*
 * bench.c - huis bench: runs huis-bench, the program that links the engine for measuring, on the
 * chosen model. Its standard output is the JSON of the design's contract.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "sandbox/spawn.h"

enum { MAX_WORDS = 24 };

static void add(char **argv, int *n, const char *word)
{
    /* execv takes char *const[] for historical reasons and does not write. */
    argv[(*n)++] = (char *)(uintptr_t)word;
}

static void add_option(char **argv, int *n, const arguments *args, option_id id, const char *name)
{
    if (args->values[id] != NULL) {
        add(argv, n, name);
        add(argv, n, args->values[id]);
    }
}

int run_bench(const arguments *args)
{
    huis_error err = {0};
    buffer program, model;
    buffer_init(&program, PATH_MAX);
    buffer_init(&model, PATH_MAX);
    int status = spawn_find_program(&program, "huis-bench", NULL, &err);
    if (status == HUIS_OK) {
        status = model_choice_path(&model, args, &err);
    }
    if (status == HUIS_OK) {
        char *argv[MAX_WORDS];
        int n = 0;
        add(argv, &n, buffer_string(&program));
        add(argv, &n, buffer_string(&model));
        add_option(argv, &n, args, OPTION_PREFILL, "--prefill");
        add_option(argv, &n, args, OPTION_DECODE, "--decode");
        add_option(argv, &n, args, OPTION_REPEAT, "--repeat");
        add_option(argv, &n, args, OPTION_THREADS, "--threads");
        add_option(argv, &n, args, OPTION_LEVEL, "--level");
        add_option(argv, &n, args, OPTION_FORMAT, "--format");
        argv[n] = NULL;
        (void)execv(buffer_string(&program), argv);
        status = error_from_errno(&err, "cannot start", buffer_string(&program));
    }
    buffer_deinit(&program);
    buffer_deinit(&model);
    return output_error(&err);
}
