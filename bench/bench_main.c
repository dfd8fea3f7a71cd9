/*
 * bench_main.c - huis-bench: how fast a model runs on this machine.
 *
 *     huis-bench MODEL.gguf [--prefill N] [--decode N] [--depth N] [--threads N] [--level L]
 *                [--repeat N] [--chunk N] [--all-logits] [--roofline]
 *                [--packed FILE [--sha256 HEX]] [--scratch FOLDER] [--only PARTS] [--name NAME] [--format text|json]
 *     huis-bench MODEL.gguf --pack-to FILE
 *
 * With --prefill, --decode or --depth only these two are measured, as llama-bench's pp, tg and d; else
 * also long contexts, few tokens at once, one thread, load, memory and the warm prefix, or of these
 * --only few,batch,long,alone,worker,serve. With --roofline, what the processor can do and how near prefill
 * and decode come. --pack-to writes the packed form for --packed, and nothing is measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "bench.h"

enum { EXIT_INTERNAL = 1, EXIT_USAGE = 2, EXIT_INPUT = 3, DEFAULT_REPEAT = 5 };

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

/* False: no such option, or not its kind of value. */
static bool read_option(bench_settings *s, const char *name, const char *value)
{
    const struct {
        const char *name;
        uint32_t *number;
        bool is_narrow; /* only what was asked for is measured */
    } numbers[] = {
        {"--prefill", &s->prefill, true}, {"--decode", &s->decode, true},
        {"--depth", &s->depth, true},     {"--threads", &s->threads, false},
        {"--repeat", &s->repeat, false},  {"--chunk", &s->chunk, false},
    };
    const struct {
        const char *name;
        const char **string;
    } strings[] = {{"--level", &s->level},    {"--name", &s->name},       {"--packed", &s->packed},
                   {"--sha256", &s->sha256},  {"--scratch", &s->scratch}, {"--only", &s->only},
                   {"--pack-to", &s->pack_to}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            s->everything = s->everything && !numbers[i].is_narrow;
            return read_number(value, numbers[i].number);
        }
    }
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        if (strcmp(name, strings[i].name) == 0) {
            *strings[i].string = value;
            return true;
        }
    }
    s->json = strcmp(value, "json") == 0;
    return strcmp(name, "--format") == 0 && (s->json || strcmp(value, "text") == 0);
}

static bool read_arguments(bench_settings *s, int argc, char **argv)
{
    *s = (bench_settings){
        .prefill = 512, .decode = 128, .repeat = DEFAULT_REPEAT, .everything = true};
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0 && s->path == NULL) {
            s->path = argv[i];
        } else if (strcmp(argv[i], "--roofline") == 0) {
            s->roofline = true;
            s->everything = false;
        } else if (strcmp(argv[i], "--all-logits") == 0) {
            s->all_logits = true;
        } else if (i + 1 >= argc || !read_option(s, argv[i], argv[i + 1])) {
            return false;
        } else {
            i++;
        }
    }
    return s->path != NULL && s->repeat >= 1 && s->repeat <= BENCH_RUNS_MAX;
}

/* An engine on `n_threads` threads, and what it stands on. */
typedef struct opened {
    engine *e;
    file_map packed;
    int packed_fd; /* -1: none */
    bool is_mapped;
    double load_ms;
} opened;

/* A packed form that is missing, stale or damaged is not used; the engine says so. */
static bool map_packed(const bench_settings *s, opened *o, cache_source *out_source)
{
    const int model = open(s->path, O_RDONLY | O_CLOEXEC);
    const int packed = s->packed != NULL ? open(s->packed, O_RDONLY | O_CLOEXEC) : -1;
    bool ok = model >= 0 && packed >= 0 &&
              cache_source_from_fd(out_source, model, s->path, NULL) == HUIS_OK;
    if (ok && s->sha256 != NULL) {
        (void)cache_source_set_sha256(out_source, span_from_string(s->sha256));
    }
    ok = ok && file_map_from_fd(&o->packed, packed, s->packed, NULL) == HUIS_OK;
    if (model >= 0) {
        (void)close(model);
    }
    if (packed >= 0 && !ok) {
        (void)close(packed);
    }
    o->packed_fd = ok ? packed : -1;
    return ok;
}

static int open_engine(opened *o, const bench_settings *s, uint32_t n_threads, huis_error *err)
{
    cache_source source;
    file_map map;
    *o = (opened){0};
    const int64_t start_us = clock_monotonic_us();
    RETURN_IF_ERROR(file_map_open(&map, s->path, err));
    o->is_mapped = map_packed(s, o, &source);
    engine_options options = {
        .n_threads = n_threads, .level = s->level, .chunk_tokens = s->chunk, .drop_pages = true};
    if (o->is_mapped) {
        options.packed = span_from((const char *)o->packed.data, o->packed.size_bytes);
        options.packed_fd = o->packed_fd;
        options.source = &source;
    }
    const int status = engine_open(&o->e, map.data, map.size_bytes, s->path, &options, err);
    file_map_close(&map);
    o->load_ms = (double)(clock_monotonic_us() - start_us) / 1000;
    return status;
}

static void close_engine(opened *o)
{
    (void)engine_close(o->e);
    if (o->is_mapped) {
        file_map_close(&o->packed);
        (void)close(o->packed_fd);
    }
}

static uint64_t peak_bytes(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

static void describe(bench_report *r, const engine *e)
{
    const engine_info *const info = engine_get_info(e);
    (void)snprintf(r->quantisation, sizeof(r->quantisation), "%s", info->quantisation);
    (void)snprintf(r->level, sizeof(r->level), "%s", info->level);
    r->n_threads = info->n_threads;
    r->is_attached = info->is_attached;
}

/* Of what is measured beside prefill and decode. */
static bool wants(const bench_settings *s, const char *part)
{
    return s->only != NULL ? strstr(s->only, part) != NULL : s->everything;
}

static int measure_team(bench_report *r, const bench_settings *s, huis_error *err)
{
    opened o;
    int status = open_engine(&o, s, s->threads, err);
    if (status == HUIS_OK) {
        describe(r, o.e);
        r->load_ms = o.load_ms;
        status = bench_prefill_decode(r, s, o.e, err);
        r->peak_bytes = peak_bytes();
    }
    if (status == HUIS_OK && wants(s, "few")) {
        status = bench_few_tokens(r, s, o.e, err);
    }
    if (status == HUIS_OK && wants(s, "batch")) {
        status = bench_batch(r, s, o.e, err);
    }
    if (status == HUIS_OK && wants(s, "long")) {
        status = bench_long_context(r, s, o.e, err);
    }
    if (status == HUIS_OK && s->roofline) {
        status = bench_roofline(r, s, o.e, err);
    }
    close_engine(&o);
    return status;
}

/* Prefill and decode again, without the team; the contract's figures stay those of the team. */
static int measure_alone(bench_report *r, const bench_settings *s, huis_error *err)
{
    static bench_report alone;
    opened o;
    alone = (bench_report){.n_threads = 1};
    int status = open_engine(&o, s, 1, err);
    if (status == HUIS_OK) {
        status = bench_prefill_decode(&alone, s, o.e, err);
    }
    for (uint32_t i = 0; i < alone.n_rows; i++) {
        bench_report_add(r, &alone.rows[i]);
    }
    close_engine(&o);
    return status;
}

static int measure(const bench_settings *s, huis_error *err)
{
    static bench_report report; /* large: not for the stack */
    RETURN_IF_ERROR(measure_team(&report, s, err));
    if (wants(s, "alone") && report.n_threads > 1) {
        RETURN_IF_ERROR(measure_alone(&report, s, err));
    }
    if (wants(s, "worker")) {
        bench_worker(&report, s);
    }
    if (wants(s, "serve")) {
        bench_serve(&report, s);
    }
    bench_report_print(&report, s);
    return HUIS_OK;
}

static int write_all(const engine *e, int fd, const cache_source *source, huis_error *err)
{
    cache_writer w;
    RETURN_IF_ERROR(engine_packed_writer(e, fd, source, &w, err));
    int status = HUIS_OK;
    while (status == HUIS_OK && cache_writer_is_busy(&w)) {
        status = cache_writer_step(&w, err);
    }
    return status;
}

static int pack(const bench_settings *s, huis_error *err)
{
    opened o;
    cache_source source;
    const int model = open(s->path, O_RDONLY | O_CLOEXEC);
    const int out = open(s->pack_to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int status = open_engine(&o, s, s->threads, err);
    if (status == HUIS_OK && (model < 0 || out < 0)) {
        status = error_from_errno(err, "cannot open", out < 0 ? s->pack_to : s->path);
    }
    if (status == HUIS_OK) {
        status = cache_source_from_fd(&source, model, s->path, err);
    }
    if (status == HUIS_OK) {
        status = write_all(o.e, out, &source, err);
    }
    close_engine(&o);
    if (model >= 0) {
        (void)close(model);
    }
    if (out >= 0) {
        (void)close(out);
    }
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
    bench_settings s;
    huis_error err = {0};
    if (!read_arguments(&s, argc, argv)) {
        (void)fprintf(
            stderr,
            "usage: huis-bench MODEL.gguf [--prefill N] [--decode N] [--depth N] "
            "[--threads N] [--level L] [--repeat 1..%d] [--chunk N] [--all-logits] [--roofline] "
            "[--packed FILE [--sha256 HEX]] [--scratch FOLDER] "
            "[--only PARTS] [--name NAME] [--format text|json]\n"
            "       huis-bench MODEL.gguf --pack-to FILE\n",
            BENCH_RUNS_MAX);
        return EXIT_USAGE;
    }
    const int status = s.pack_to != NULL ? pack(&s, &err) : measure(&s, &err);
    if (status < 0) {
        (void)fprintf(stderr, "huis-bench: %s\n", err.message);
    }
    return exit_code(status);
}
