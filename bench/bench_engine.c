/*
 * bench_engine.c - huis-bench: how fast a model runs on this machine.
 *
 *     huis-bench MODEL.gguf [--prefill N] [--decode N] [--threads N] [--level L] [--repeat N]
 *                [--chunk N] [--format text|json]
 *
 * As llama-bench's pp and tg: prefill takes N tokens into an empty context and computes the logits
 * of the last one only; decode takes N tokens one by one from an empty context. Tokens are random:
 * speed does not depend on them. Medians over the repetitions, after one run that does not count.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine/engine.h"

enum { REPEAT_MAX = 100, EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_INPUT = 3 };

typedef struct settings {
    const char *path;
    const char *level;
    uint32_t prefill, decode, threads, repeat, chunk;
    bool json;
} settings;

typedef struct figures {
    double prefill_per_s, decode_per_s, load_ms;
} figures;

static bool read_number(const char *text, uint32_t *out)
{
    char *end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > 1u << 20) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

static bool read_option(settings *s, const char *name, const char *value)
{
    const struct {
        const char *name;
        uint32_t *number;
    } numbers[] = {
        {"--prefill", &s->prefill}, {"--decode", &s->decode}, {"--threads", &s->threads},
        {"--repeat", &s->repeat},   {"--chunk", &s->chunk},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            return read_number(value, numbers[i].number);
        }
    }
    if (strcmp(name, "--level") == 0) {
        s->level = value;
        return true;
    }
    s->json = strcmp(value, "json") == 0;
    return strcmp(name, "--format") == 0 && (s->json || strcmp(value, "text") == 0);
}

static bool read_arguments(settings *s, int argc, char **argv)
{
    *s = (settings){.prefill = 512, .decode = 128, .repeat = 5};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0 && s->path == NULL) {
            s->path = argv[i];
        } else if (i + 1 >= argc || !read_option(s, argv[i], argv[i + 1])) {
            return false;
        } else {
            i++;
        }
    }
    return s->path != NULL && s->repeat >= 1 && s->repeat <= REPEAT_MAX;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare_doubles);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static int run_prefill(engine_context *c, const int32_t *tokens, uint32_t n, double *out_per_s,
                       huis_error *err)
{
    engine_context_truncate(c, 0);
    const int64_t start = clock_monotonic_us();
    RETURN_IF_ERROR(engine_prefill(c, tokens, n, NULL, NULL, err));
    *out_per_s = (double)n * 1e6 / (double)(clock_monotonic_us() - start);
    return HUIS_OK;
}

static int run_decode(engine_context *c, const int32_t *tokens, uint32_t n, double *out_per_s,
                      huis_error *err)
{
    engine_context_truncate(c, 0);
    const int64_t start = clock_monotonic_us();
    for (uint32_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(engine_prefill(c, tokens + i, 1, NULL, NULL, err));
    }
    *out_per_s = (double)n * 1e6 / (double)(clock_monotonic_us() - start);
    return HUIS_OK;
}

static int repeat_runs(const settings *s, engine_context *c, const int32_t *tokens, figures *out,
                       huis_error *err)
{
    double prefill[REPEAT_MAX] = {0};
    double decode[REPEAT_MAX] = {0};
    const uint32_t n_warm_prefill = s->prefill < 64 ? s->prefill : 64;
    const uint32_t n_warm_decode = s->decode < 8 ? s->decode : 8;
    double ignored = 0;
    if (n_warm_prefill > 0) {
        RETURN_IF_ERROR(run_prefill(c, tokens, n_warm_prefill, &ignored, err));
    }
    RETURN_IF_ERROR(run_decode(c, tokens, n_warm_decode, &ignored, err));
    for (uint32_t i = 0; i < s->repeat; i++) {
        if (s->prefill > 0) {
            RETURN_IF_ERROR(run_prefill(c, tokens, s->prefill, &prefill[i], err));
        }
        if (s->decode > 0) {
            RETURN_IF_ERROR(run_decode(c, tokens, s->decode, &decode[i], err));
        }
    }
    out->prefill_per_s = median(prefill, s->repeat);
    out->decode_per_s = median(decode, s->repeat);
    return HUIS_OK;
}

static int measure_engine(const settings *s, engine *e, figures *out, huis_error *err)
{
    const uint32_t most = s->prefill > s->decode ? s->prefill : s->decode;
    engine_context *c = NULL;
    int32_t *const tokens = memory_alloc(most, sizeof(*tokens));
    rng random;
    if (tokens == NULL) {
        return error_no_memory(err, "the tokens");
    }
    rng_init(&random, 1);
    for (uint32_t i = 0; i < most; i++) {
        tokens[i] = (int32_t)rng_next_below(&random, engine_get_info(e)->n_vocab);
    }
    int status = engine_context_new(&c, e, most > 0 ? most : 1, err);
    if (status == HUIS_OK) {
        status = repeat_runs(s, c, tokens, out, err);
    }
    (void)engine_context_free(c);
    memory_free(tokens);
    return status;
}

static void print_figures(const settings *s, const engine *e, const figures *f)
{
    const engine_info *const info = engine_get_info(e);
    char cpu[64];
    struct rusage usage = {0};
    cpu_brand(cpu, sizeof(cpu));
    (void)getrusage(RUSAGE_SELF, &usage);
    const long long peak = (long long)usage.ru_maxrss * 1024;
    const char *const slash = strrchr(s->path, '/');
    const char *const file = slash != NULL ? slash + 1 : s->path;
    if (!s->json) {
        (void)printf("%s\n%s, %s, %u threads, %s\n"
                     "prefill %u tokens: %.1f tokens/s\ndecode %u tokens: %.2f tokens/s\n"
                     "load %.0f ms, peak memory %.0f MiB\n",
                     cpu, file, info->quantisation, info->n_threads, info->level, s->prefill,
                     f->prefill_per_s, s->decode, f->decode_per_s, f->load_ms,
                     (double)peak / 1048576);
        return;
    }
    json_t *const root = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:{s:i, s:f}, s:{s:i, s:f}, s:f, s:I}", "cpu", cpu, "level",
        info->level, "threads", (int)info->n_threads, "model", file, "quantisation",
        info->quantisation, "prefill", "tokens", (int)s->prefill, "tokens_per_s", f->prefill_per_s,
        "decode", "tokens", (int)s->decode, "tokens_per_s", f->decode_per_s, "load_ms", f->load_ms,
        "peak_rss_bytes", (json_int_t)peak);
    (void)json_dumpf(root, stdout, JSON_REAL_PRECISION(6));
    (void)printf("\n");
    json_decref(root);
}

static int measure(const settings *s, huis_error *err)
{
    const engine_options options = {
        .n_threads = s->threads, .level = s->level, .chunk_tokens = s->chunk, .drop_pages = true};
    file_map map;
    figures f = {0};
    engine *e = NULL;
    const int64_t start = clock_monotonic_us();
    RETURN_IF_ERROR(file_map_open(&map, s->path, err));
    int status = engine_open(&e, map.data, map.size_bytes, s->path, &options, err);
    file_map_close(&map);
    f.load_ms = (double)(clock_monotonic_us() - start) / 1000;
    if (status == HUIS_OK) {
        status = measure_engine(s, e, &f, err);
    }
    if (status == HUIS_OK) {
        print_figures(s, e, &f);
    }
    (void)engine_close(e);
    return status;
}

static int exit_code(int status)
{
    switch (status) {
    case HUIS_OK:
        return 0;
    case HUIS_E_BAD_ARGUMENT:
        return EXIT_USAGE;
    case HUIS_E_BAD_FILE:
    case HUIS_E_UNSUPPORTED:
    case HUIS_E_NOT_FOUND:
        return EXIT_INPUT;
    default:
        return EXIT_INTERNAL;
    }
}

int main(int argc, char **argv)
{
    settings s;
    huis_error err = {0};
    if (!read_arguments(&s, argc, argv)) {
        (void)fprintf(stderr, "usage: huis-bench MODEL.gguf [--prefill N] [--decode N] "
                              "[--threads N] [--level L] [--repeat 1..100] [--chunk N] "
                              "[--format text|json]\n");
        return EXIT_USAGE;
    }
    const int status = measure(&s, &err);
    if (status < 0) {
        (void)fprintf(stderr, "huis-bench: %s\n", err.message);
    }
    return exit_code(status);
}
