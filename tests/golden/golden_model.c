/*
 * golden_model.c - see golden_model.h.
 */
#include "golden_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"

enum { PATH_BYTES = 4096, CAPACITY = 1024 };

static int n_results;

void golden_die(const char *what, const char *why)
{
    (void)printf("Bail out! %s: %s\n", what, why);
    exit(1);
}

void golden_result(bool ok, const char *name, const char *remark, ...)
{
    va_list arguments;
    va_start(arguments, remark);
    (void)printf("# ");
    (void)vprintf(remark, arguments);
    va_end(arguments);
    (void)printf("\n%s %d - %s\n", ok ? "ok" : "not ok", ++n_results, name);
    (void)fflush(stdout);
}

static void open_golden(golden_model *g, const char *folder, const char *name)
{
    char path[PATH_BYTES];
    json_error_t error;
    (void)snprintf(path, sizeof(path), "%s/%s.json", folder, name);
    g->root = json_load_file(path, 0, &error);
    if (g->root == NULL) {
        golden_die(path, error.text);
    }
}

bool golden_open_model(golden_model *g, const char *name)
{
    char path[PATH_BYTES];
    huis_error err = {0};
    const char *const models = getenv("HUIS_TEST_MODELS");
    const engine_options options = {.drop_pages = true};
    *g = (golden_model){0};
    (void)snprintf(path, sizeof(path), "%s/%s.gguf", models != NULL ? models : "", name);
    if (models == NULL || access(path, R_OK) != 0) {
        (void)printf("ok %d - %s # SKIP HUIS_TEST_MODELS has no %s.gguf\n", ++n_results, name,
                     name);
        return false;
    }
    if (file_map_open(&g->file, path, &err) < 0 ||
        engine_open(&g->e, g->file.data, g->file.size_bytes, path, &options, &err) < 0 ||
        engine_context_new(&g->c, g->e, CAPACITY, &err) < 0) {
        golden_die(name, err.message);
    }
    return true;
}

bool golden_open(golden_model *g, const char *folder, const char *name)
{
    const bool is_open = golden_open_model(g, name);
    if (is_open) {
        open_golden(g, folder, name);
    }
    return is_open;
}

void golden_close(golden_model *g)
{
    g->c = engine_context_free(g->c);
    g->e = engine_close(g->e);
    file_map_close(&g->file);
    json_decref(g->root);
}

uint32_t golden_tokens(const json_t *array, int32_t **out_tokens)
{
    const size_t n = json_array_size(array);
    int32_t *const tokens = memory_alloc(n, sizeof(*tokens));
    if (tokens == NULL || n == 0) {
        golden_die("golden", "no tokens");
    }
    for (size_t i = 0; i < n; i++) {
        tokens[i] = (int32_t)json_integer_value(json_array_get(array, i));
    }
    *out_tokens = tokens;
    return (uint32_t)n;
}
