/*
 * test_gguf_files.c - reads the vocabulary files of the shared data (HUIS_SHARED) and the real models
 * (HUIS_TEST_MODELS), one TAP line each; a file that is not there is skipped by name.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "format/file_type.h"
#include "format/gguf.h"

static const struct {
    const char *variable; /* of the environment: a directory */
    const char *file;
    size_t n_tensors;
    uint64_t n_tokens;
    const char *file_type;
} FILES[] = {
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-bert-bge.gguf", 0, 30522, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-deepseek-coder.gguf", 0, 32256, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-deepseek-llm.gguf", 0, 102400, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-falcon.gguf", 0, 65024, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-gpt-2.gguf", 0, 50257, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-llama-spm.gguf", 0, 32000, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-mpt.gguf", 0, 50432, "unknown"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-phi-3.gguf", 0, 32064, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-refact.gguf", 0, 49216, "F16"},
    {"HUIS_SHARED", "data/tokenizer/ggml-vocab-starcoder.gguf", 0, 49152, "F16"},
    {"HUIS_TEST_MODELS", "smollm2-135m.gguf", 272, 49152, "Q4_1"},
    {"HUIS_TEST_MODELS", "qwen-0.5b.gguf", 291, 151936, "Q4_K_M"},
    {"HUIS_TEST_MODELS", "qwen-1.5b.gguf", 339, 151936, "Q4_K_M"},
};

enum { N_FILES = sizeof(FILES) / sizeof(FILES[0]), RUNS = 11 };

/* Whether the table holds what is known of the i-th file. */
static bool check_table(const gguf_table *t, size_t i)
{
    gguf_array tokens = {0};
    span architecture = {0};
    const bool read = gguf_get_string(t, "general.architecture", &architecture) &&
                      gguf_get_array(t, "tokenizer.ggml.tokens", &tokens);
    printf("# %.*s, %zu keys, %zu tensors, %llu tokens, %s\n", (int)architecture.len,
           architecture.ptr, gguf_n_keys(t), gguf_n_tensors(t), (unsigned long long)tokens.count,
           file_type_of(t));
    return read && tokens.type == GGUF_STRING && tokens.count == FILES[i].n_tokens &&
           gguf_n_tensors(t) == FILES[i].n_tensors &&
           span_equal(span_from_string(file_type_of(t)), span_from_string(FILES[i].file_type));
}

static int compare_times(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Reads a mapped file RUNS times; the table of the last one is kept. */
static int read_often(gguf_table **out_table, const file_map *map, const char *path,
                      huis_error *err)
{
    int64_t times[RUNS];
    gguf_table *t = NULL;
    for (size_t i = 0; i < RUNS; i++) {
        t = gguf_free(t);
        const int64_t start = clock_monotonic_us();
        const int status = gguf_parse(&t, map->data, map->size_bytes, path, false, err);
        times[i] = clock_monotonic_us() - start;
        if (status < 0) {
            return status;
        }
    }
    qsort(times, RUNS, sizeof(times[0]), compare_times);
    printf("# read in %lld us, median of %d\n", (long long)times[RUNS / 2], RUNS);
    *out_table = t;
    return HUIS_OK;
}

static bool check_file(const char *path, size_t i)
{
    huis_error err = {0};
    file_map map = {0};
    gguf_table *t = NULL;
    if (file_map_open(&map, path, &err) != HUIS_OK || read_often(&t, &map, path, &err) != HUIS_OK) {
        printf("# %s\n", err.message);
        file_map_close(&map);
        return false;
    }
    const bool good = check_table(t, i);
    gguf_free(t);
    file_map_close(&map);
    return good;
}

int main(void)
{
    bool all_good = true;
    printf("1..%d\n", N_FILES);
    for (size_t i = 0; i < N_FILES; i++) {
        char path[4096];
        const char *const directory = getenv(FILES[i].variable);
        (void)snprintf(path, sizeof(path), "%s/%s", directory != NULL ? directory : "?",
                       FILES[i].file);
        if (directory == NULL || access(path, R_OK) != 0) {
            printf("ok %zu - %s # SKIP not in %s\n", i + 1, FILES[i].file, FILES[i].variable);
            continue;
        }
        const bool good = check_file(path, i);
        printf("%s %zu - %s\n", good ? "ok" : "not ok", i + 1, FILES[i].file);
        all_good = all_good && good;
    }
    return all_good ? 0 : 1;
}
