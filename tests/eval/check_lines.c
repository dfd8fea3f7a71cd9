/*
 * check_lines.c - JSON Lines in, verdicts out, for tools/eval_check.py and training/check.
 *
 * A line {"source": ...} opens a source; each line {"text": ...} after it is checked against that
 * source as one sentence and comes back with "supported", "score", "reasons" and "signals". Other
 * members are kept as they are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "evidence/evidence.h"

typedef struct source {
    json_t *line;
    arena memory;
    document text;
    evidence_index *index;
} source;

static void source_close(source *s)
{
    s->index = evidence_index_free(s->index);
    arena_deinit(&s->memory);
    json_decref(s->line);
    *s = (source){0};
}

static int source_open(source *s, json_t *line, huis_error *err)
{
    source_close(s);
    s->line = json_incref(line);
    arena_init(&s->memory, (size_t)1 << 30);
    const char *const text = json_string_value(json_object_get(line, "source"));
    const int status =
        document_analyse(&s->text, span_from_string(text), (document_genre)0, &s->memory, err);
    return status == HUIS_OK ? evidence_index_new(&s->index, &s->text, err) : status;
}

static void add_verdict(json_t *line, const evidence_verdict *v)
{
    json_t *const reasons = json_array();
    json_t *const signals = json_array();
    for (int r = 0; r < EVIDENCE_N_REASONS; r++) {
        if ((v->reasons & (1u << r)) != 0) {
            (void)json_array_append_new(reasons,
                                        json_string(evidence_reason_name((evidence_reason)r)));
        }
    }
    for (size_t i = 0; i < EVIDENCE_N_SIGNALS; i++) {
        (void)json_array_append_new(signals, json_real(v->signals[i]));
    }
    (void)json_object_set_new(line, "supported", json_boolean(v->supported));
    (void)json_object_set_new(line, "score", json_real(v->score));
    (void)json_object_set_new(line, "reasons", reasons);
    (void)json_object_set_new(line, "signals", signals);
}

static int check_line(source *s, json_t *line, huis_error *err)
{
    if (json_object_get(line, "source") != NULL) {
        return source_open(s, line, err);
    }
    const char *const text = json_string_value(json_object_get(line, "text"));
    if (text == NULL || s->index == NULL) {
        return HUIS_OK;
    }
    arena memory;
    evidence_verdict v;
    arena_init(&memory, (size_t)1 << 28);
    const int status = evidence_check(s->index, span_from_string(text), &memory, &v, err);
    if (status == HUIS_OK) {
        static const char *const KEPT[] = {"set", "language", "half", "genre"};
        add_verdict(line, &v);
        for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
            (void)json_object_set(line, KEPT[i], json_object_get(s->line, KEPT[i]));
        }
        char *const dump = json_dumps(line, JSON_COMPACT);
        (void)puts(dump != NULL ? dump : "{}");
        free(dump);
    }
    arena_deinit(&memory);
    return status;
}

int main(void)
{
    source s = {0};
    char *input = NULL;
    size_t capacity = 0;
    int failed = 0;
    while (!failed && getline(&input, &capacity, stdin) > 0) {
        huis_error err = {0};
        json_t *const line = json_loads(input, 0, NULL);
        failed = line == NULL || check_line(&s, line, &err) != HUIS_OK;
        if (failed) {
            (void)fprintf(stderr, "%s\n", line == NULL ? "no JSON" : err.message);
        }
        json_decref(line);
    }
    source_close(&s);
    free(input);
    return failed;
}
