/*
 * bench.c - huis bench: runs huis-bench, the program that links the engine for measuring, on the
 * chosen model and, where there is one, on its packed form. Its standard output is the JSON of the
 * design's contract.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/environment.h"
#include "cli/model_choice.h"
#include "cli/output.h"
#include "sandbox/spawn.h"

enum { MAX_WORDS = 32, SHA256_BYTES = 72 };

/* Strings that the words of the new program point into. */
typedef struct bench_words {
    buffer program, model, name, packed, sha256, scratch;
    char *argv[MAX_WORDS];
    int n;
} bench_words;

static void add(bench_words *w, const char *word)
{
    /* execv takes char *const[] for historical reasons and does not write. */
    w->argv[w->n++] = (char *)(uintptr_t)word;
    w->argv[w->n] = NULL;
}

static void add_pair(bench_words *w, const char *name, const char *value)
{
    if (value != NULL) {
        add(w, name);
        add(w, value);
    }
}

static void add_options(bench_words *w, const arguments *args)
{
    const struct {
        option_id id;
        const char *name;
    } options[] = {
        {OPTION_PREFILL, "--prefill"}, {OPTION_DECODE, "--decode"},   {OPTION_DEPTH, "--depth"},
        {OPTION_REPEAT, "--repeat"},   {OPTION_THREADS, "--threads"}, {OPTION_LEVEL, "--level"},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        add_pair(w, options[i].name, args->values[options[i].id]);
    }
    if (argument_flag(args, OPTION_ROOFLINE)) {
        add(w, "--roofline");
    }
    add_pair(w, "--format", argument_is(args, OPTION_FORMAT, "json") ? "json" : "text");
}

/* The packed form that is measured is made in the cache directory and removed at the end. */
static void add_files(bench_words *w)
{
    if (model_choice_packed_path(&w->packed, &w->sha256, buffer_string(&w->model))) {
        add_pair(w, "--packed", buffer_string(&w->packed));
        add_pair(w, "--sha256", buffer_string(&w->sha256));
    }
    if (environment_cache_directory(&w->scratch, NULL) == HUIS_OK &&
        file_make_directories(buffer_string(&w->scratch), NULL) == HUIS_OK) {
        add_pair(w, "--scratch", buffer_string(&w->scratch));
    }
}

static int start(bench_words *w, const arguments *args, huis_error *err)
{
    RETURN_IF_ERROR(spawn_find_program(&w->program, "huis-bench", NULL, err));
    RETURN_IF_ERROR(model_choice_path(&w->model, args, err));
    add(w, buffer_string(&w->program));
    add(w, buffer_string(&w->model));
    add_options(w, args);
    if (model_choice_name(&w->name, args, "") == HUIS_OK && w->name.len > 0) {
        add_pair(w, "--name", buffer_string(&w->name));
    }
    add_files(w);
    (void)execv(buffer_string(&w->program), w->argv);
    return error_from_errno(err, "cannot start", buffer_string(&w->program));
}

int run_bench(const arguments *args)
{
    huis_error err = {0};
    bench_words w = {0};
    buffer_init(&w.program, PATH_MAX);
    buffer_init(&w.model, PATH_MAX);
    buffer_init(&w.name, PATH_MAX);
    buffer_init(&w.packed, PATH_MAX);
    buffer_init(&w.sha256, SHA256_BYTES);
    buffer_init(&w.scratch, PATH_MAX);
    (void)start(&w, args, &err);
    buffer_deinit(&w.program);
    buffer_deinit(&w.model);
    buffer_deinit(&w.name);
    buffer_deinit(&w.packed);
    buffer_deinit(&w.sha256);
    buffer_deinit(&w.scratch);
    return output_error(&err);
}
