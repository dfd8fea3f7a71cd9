/*
 * bench_report.c - the measures as a table for people, or as the JSON of the contract.
 */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/cpu.h"
#include "bench.h"

static const double MIB = 1024 * 1024;

void bench_report_add(bench_report *r, const bench_measure *m)
{
    if (r->n_rows < BENCH_MEASURES_MAX) {
        r->rows[r->n_rows++] = *m;
    }
}

static const char *model_name(const bench_settings *s)
{
    const char *const slash = strrchr(s->path, '/');
    return s->name != NULL ? s->name : slash != NULL ? slash + 1 : s->path;
}

static void print_row(const bench_measure *m)
{
    char what[96];
    size_t n = 0;
    const double median = m->value.median;
    const int digits = median >= 1000 ? 0 : median >= 10 ? 1 : median >= 1 ? 2 : 3;
    n += (size_t)snprintf(what, sizeof(what), "%s", m->what);
    if (m->tokens > 0 && n < sizeof(what)) {
        n += (size_t)snprintf(what + n, sizeof(what) - n, " %u", m->tokens);
    }
    if (m->depth > 0 && n < sizeof(what)) {
        n += (size_t)snprintf(what + n, sizeof(what) - n, " after %u", m->depth);
    }
    if (m->detail[0] != '\0' && n < sizeof(what)) {
        n += (size_t)snprintf(what + n, sizeof(what) - n, ", %s", m->detail);
    }
    if (m->threads > 0 && n < sizeof(what)) {
        (void)snprintf(what + n, sizeof(what) - n, ", %u thread%s", m->threads,
                       m->threads > 1 ? "s" : "");
    }
    (void)printf("  %-46s %9.*f %-8s", what, digits, median, m->unit);
    if (m->value.n_runs > 1) {
        (void)printf(" (%.*f to %.*f, %u runs)", digits, m->value.low, digits, m->value.high,
                     m->value.n_runs);
    }
    if (m->value.n_disturbed > 0) {
        (void)printf(" [%u disturbed]", m->value.n_disturbed);
    }
    (void)printf("\n");
}

static void print_text(const bench_report *r, const bench_settings *s, const char *cpu)
{
    uint32_t n_disturbed = 0;
    (void)printf("%s, %u processors, level %s, %u threads\n%s, %s\n", cpu, cpu_available(),
                 r->level, r->n_threads, model_name(s), r->quantisation);
    for (uint32_t i = 0; i < r->n_rows; i++) {
        print_row(&r->rows[i]);
        n_disturbed += r->rows[i].value.n_disturbed;
    }
    (void)printf(
        "  load %.1f ms%s, peak memory of this program %.0f MiB after prefill and decode\n",
        r->load_ms, r->is_attached ? " from the packed form" : "", (double)r->peak_bytes / MIB);
    if (r->note[0] != '\0') {
        (void)printf("  not measured: %s\n", r->note);
    }
    if (n_disturbed > 0) {
        (void)printf(
            "  Other programs used the processors during runs that are marked: repeat on an "
            "idle machine.\n");
    }
}

static json_t *value_json(const bench_value *v)
{
    return json_pack("{s:f, s:f, s:f, s:i, s:i}", "median", v->median, "low", v->low, "high",
                     v->high, "runs", (int)v->n_runs, "disturbed", (int)v->n_disturbed);
}

static json_t *rows_json(const bench_report *r)
{
    json_t *const list = json_array();
    for (uint32_t i = 0; i < r->n_rows; i++) {
        const bench_measure *const m = &r->rows[i];
        json_t *const row = json_pack("{s:s, s:s, s:i, s:i, s:i, s:s}", "what", m->what, "detail",
                                      m->detail, "tokens", (int)m->tokens, "depth", (int)m->depth,
                                      "threads", (int)m->threads, "unit", m->unit);
        (void)json_object_update_new(row, value_json(&m->value));
        (void)json_array_append_new(list, row);
    }
    return list;
}

static json_t *speed_json(uint32_t n_tokens, const bench_value *v)
{
    return json_pack("{s:i, s:f, s:f, s:f, s:i, s:i}", "tokens", (int)n_tokens, "tokens_per_s",
                     v->median, "low", v->low, "high", v->high, "runs", (int)v->n_runs, "disturbed",
                     (int)v->n_disturbed);
}

static void print_json(const bench_report *r, const bench_settings *s, const char *cpu)
{
    json_t *const root = json_pack(
        "{s:s, s:s, s:i, s:s, s:s, s:i, s:o, s:o, s:f, s:b, s:I, s:o}", "cpu", cpu, "level",
        r->level, "threads", (int)r->n_threads, "model", model_name(s), "quantisation",
        r->quantisation, "depth", (int)s->depth, "prefill", speed_json(s->prefill, &r->prefill),
        "decode", speed_json(s->decode, &r->decode), "load_ms", r->load_ms, "packed",
        r->is_attached, "peak_rss_bytes", (json_int_t)r->peak_bytes, "measures", rows_json(r));
    if (r->note[0] != '\0') {
        (void)json_object_set_new(root, "not_measured", json_string(r->note));
    }
    (void)json_dumpf(root, stdout, JSON_REAL_PRECISION(6));
    (void)printf("\n");
    json_decref(root);
}

void bench_report_print(const bench_report *r, const bench_settings *s)
{
    char cpu[64];
    cpu_brand(cpu, sizeof(cpu));
    if (s->json) {
        print_json(r, s, cpu);
    } else {
        print_text(r, s, cpu);
    }
}
