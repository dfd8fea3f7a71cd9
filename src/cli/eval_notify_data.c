/*
 * eval_notify_data.c - reads scenarios: records, context, labels and the reference digest.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/eval_data.h"
#include "cli/eval_notifications.h"

static int bad(huis_error *err, const char *key)
{
    return error_set(err, HUIS_E_BAD_FILE, tr("no usable \"%s\"", "pas de « %s » utilisable"), key);
}

static const char *keep(eval_scenarios *all, const char *text)
{
    return text != NULL ? arena_copy(&all->memory, span_from_string(text)) : NULL;
}

/* The records as the JSON Lines that a person would pipe in. */
static int read_records(eval_scenario *s, const json_t *records, huis_error *err)
{
    buffer lines;
    buffer_init(&lines, LIMIT_EVAL_DATA_BYTES);
    for (size_t i = 0; i < json_array_size(records); i++) {
        char *const line = json_dumps(json_array_get(records, i), JSON_COMPACT);
        (void)buffer_append_string(&lines, line != NULL ? line : "");
        (void)buffer_append_byte(&lines, '\n');
        free(line); /* free: jansson */
    }
    int status = buffer_ok(&lines) ? HUIS_OK : error_no_memory(err, "a scenario");
    if (status == HUIS_OK) {
        status = huis_notifications_read(lines.ptr, lines.len, &s->records, err);
    }
    buffer_deinit(&lines);
    if (status == HUIS_OK &&
        (s->records->n_items == 0 || s->records->n_items != json_array_size(records))) {
        return bad(err, "records");
    }
    return status;
}

static int read_context(eval_scenario *s, const json_t *context, huis_error *err)
{
    char *const text = json_is_object(context) ? json_dumps(context, JSON_COMPACT) : NULL;
    if (text == NULL) {
        return bad(err, "context");
    }
    const int status = huis_notify_context_read(text, strlen(text), &s->context, err);
    free(text); /* free: jansson */
    return status;
}

static huis_notify_class class_named(const char *name)
{
    for (huis_notify_class c = HUIS_NOTIFY_CRITICAL; c <= HUIS_NOTIFY_HOSTILE; c++) {
        if (name != NULL && strcmp(name, huis_notify_class_name(c)) == 0) {
            return c;
        }
    }
    return (huis_notify_class)0;
}

static size_t record_named(const huis_notifications *records, const char *id)
{
    for (size_t i = 0; id != NULL && i < records->n_items; i++) {
        if (strcmp(records->items[i].id, id) == 0) {
            return i;
        }
    }
    return records->n_items;
}

static int read_labels(eval_scenarios *all, eval_scenario *s, const json_t *labels, huis_error *err)
{
    const size_t n = s->records->n_items;
    s->golds = arena_alloc(&all->memory, n, sizeof(*s->golds));
    if (s->golds == NULL) {
        return error_no_memory(err, "a scenario");
    }
    for (size_t k = 0; k < json_array_size(labels); k++) {
        const json_t *const label = json_array_get(labels, k);
        const size_t i = record_named(s->records, json_string_value(json_object_get(label, "id")));
        const eval_gold gold = {
            .cls = class_named(json_string_value(json_object_get(label, "class"))),
            .grade = (unsigned)json_integer_value(json_object_get(label, "grade")),
            .rank = (unsigned)json_integer_value(json_object_get(label, "gold_rank")),
            .interrupt = json_is_true(json_object_get(label, "interrupt"))};
        const char *const kind = json_string_value(json_object_get(label, "kind"));
        if (i == n || gold.cls == 0 || gold.grade > 4 || gold.rank < 1 || gold.rank > n) {
            return bad(err, "labels");
        }
        s->golds[i] = gold;
        s->golds[i].is_code = kind != NULL && strcmp(kind, "code") == 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (s->golds[i].rank == 0) {
            return bad(err, "labels");
        }
    }
    return HUIS_OK;
}

static int read_phrases(eval_scenarios *all, const json_t *list, span **out_phrases,
                        const char ***out_strings, size_t *out_n, huis_error *err)
{
    const size_t n = json_array_size(list);
    span *const phrases = arena_alloc(&all->memory, n + 1, sizeof(*phrases));
    const char **const strings = arena_alloc(&all->memory, n + 1, sizeof(*strings));
    if (phrases == NULL || strings == NULL) {
        return error_no_memory(err, "a scenario");
    }
    for (size_t i = 0; i < n; i++) {
        strings[i] = keep(all, json_string_value(json_array_get(list, i)));
        if (strings[i] == NULL) {
            return bad(err, "digest");
        }
        RETURN_IF_ERROR(
            eval_phrases_fold(span_from_string(strings[i]), &all->memory, &phrases[i], err));
    }
    *out_phrases = phrases;
    if (out_strings != NULL) {
        *out_strings = strings;
    }
    *out_n = n;
    return HUIS_OK;
}

static int read_scenario(eval_scenarios *all, eval_scenario *s, const json_t *line, huis_error *err)
{
    const json_t *const digest = json_object_get(line, "digest");
    s->id = keep(all, json_string_value(json_object_get(line, "id")));
    s->language = keep(all, json_string_value(json_object_get(line, "language")));
    s->story = keep(all, json_string_value(json_object_get(line, "story")));
    s->gold_digest = keep(all, json_string_value(json_object_get(digest, "text")));
    if (s->id == NULL || s->language == NULL || s->story == NULL || s->gold_digest == NULL) {
        return bad(err, s->id == NULL ? "id" : "digest");
    }
    RETURN_IF_ERROR(read_records(s, json_object_get(line, "records"), err));
    RETURN_IF_ERROR(read_context(s, json_object_get(line, "context"), err));
    RETURN_IF_ERROR(read_labels(all, s, json_object_get(line, "labels"), err));
    RETURN_IF_ERROR(read_phrases(all, json_object_get(digest, "must"), &s->musts, &s->must_strings,
                                 &s->n_musts, err));
    return read_phrases(all, json_object_get(digest, "must_not"), &s->must_nots, NULL,
                        &s->n_must_nots, err);
}

static int add_line(eval_scenarios *all, span line, huis_error *err)
{
    if (all->count == all->capacity) {
        const size_t capacity = all->capacity * 2 + 16;
        eval_scenario *const items = memory_resize(all->items, capacity, sizeof(*items));
        if (items == NULL) {
            return error_no_memory(err, "the scenarios");
        }
        all->items = items;
        all->capacity = capacity;
    }
    json_error_t where;
    json_t *const json = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, &where);
    if (json == NULL) {
        return error_set(err, HUIS_E_BAD_FILE, tr("not JSON: %s", "pas du JSON : %s"), where.text);
    }
    eval_scenario *const s = &all->items[all->count++];
    *s = (eval_scenario){0};
    const int status = read_scenario(all, s, json, err);
    json_decref(json);
    return status;
}

int eval_scenarios_read(eval_scenarios *out, const char *directory, const char *name, size_t limit,
                        huis_error *err)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/%s.jsonl", directory, name);
    buffer bytes;
    buffer_init(&bytes, LIMIT_EVAL_DATA_BYTES);
    int status = file_read(&bytes, path, err);
    const span text = buffer_span(&bytes);
    size_t n_line = 0;
    size_t n_read = 0;
    for (size_t pos = 0; status == HUIS_OK && pos < text.len && (limit == 0 || n_read < limit);) {
        const char *const end = memchr(text.ptr + pos, '\n', text.len - pos);
        const span line = span_slice(text, pos, end != NULL ? (size_t)(end - text.ptr) : text.len);
        pos += line.len + 1;
        n_line++;
        if (line.len > 0) {
            status = add_line(out, line, err);
            n_read++;
        }
        if (status != HUIS_OK) {
            status = eval_line_error(err, status, n_line);
            status = error_prefix(err, status, path);
        }
    }
    buffer_deinit(&bytes);
    return status;
}

void eval_scenarios_deinit(eval_scenarios *s)
{
    for (size_t i = 0; i < s->count; i++) {
        huis_notifications_free(s->items[i].records);
        huis_notify_context_free(s->items[i].context);
    }
    memory_free(s->items);
    arena_deinit(&s->memory);
}
