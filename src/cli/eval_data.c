/*
 * eval_data.c - see eval_data.h.
 */
#include "cli/eval_data.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/output.h"

/* Limits: the length that the references of each set have. */
const eval_set EVAL_SETS[] = {
    {"mail", "mail", "mail_dev.jsonl", "en", HUIS_SUMMARY_HEADLINE, HUIS_GENRE_MAIL, 10, "text",
     "subject_refs", "subject_refs", false, false, false},
    {"news", "news", "news_fr_valid.jsonl", "fr", HUIS_SUMMARY_TLDR, HUIS_GENRE_ARTICLE, 35, "text",
     "ref", "title", false, false, false},
    {"dialogue", "dialogue", "dialogue_dev.jsonl", "en", HUIS_SUMMARY_TLDR, HUIS_GENRE_DIALOGUE, 25,
     "text", "ref", "ref", false, false, false},
    {"clinical", "clinical", "clinical_dialogue.jsonl", "en", HUIS_SUMMARY_TLDR,
     HUIS_GENRE_DIALOGUE, 30, "text", "ref", "ref", false, false, false},
    {"meetings", "meetings, questions", "meetings_val.jsonl", "en", HUIS_SUMMARY_TLDR,
     HUIS_GENRE_DIALOGUE, 70, "turns", "queries", "queries", true, true, false},
    {"meetings", "meetings, whole", "meetings_val.jsonl", "en", HUIS_SUMMARY_TLDR,
     HUIS_GENRE_DIALOGUE, 70, "turns", "queries", "queries", true, false, false},
    {"own", "own", "english.jsonl", "en", HUIS_SUMMARY_TLDR, HUIS_GENRE_AUTO, 35, "text", "ref",
     "ref", false, false, true},
    {"own", "own", "french.jsonl", "fr", HUIS_SUMMARY_TLDR, HUIS_GENRE_AUTO, 35, "text", "ref",
     "ref", false, false, true},
};
const size_t N_EVAL_SETS = sizeof(EVAL_SETS) / sizeof(EVAL_SETS[0]);

static span copy_json(arena *memory, const json_t *value)
{
    const char *const text = json_string_value(value);
    const size_t len = json_string_length(value);
    return span_from(text != NULL ? arena_copy(memory, span_from(text, len)) : NULL, len);
}

static int add_item(eval_items *out, eval_item item, huis_error *err)
{
    if (out->count == out->capacity) {
        const size_t capacity = out->capacity * 2 + 16;
        eval_item *const items = memory_resize(out->items, capacity, sizeof(*items));
        if (items == NULL) {
            return error_no_memory(err, "the items of a set");
        }
        out->items = items;
        out->capacity = capacity;
    }
    out->items[out->count++] = item;
    return HUIS_OK;
}

int eval_line_error(huis_error *err, int status, size_t n_line)
{
    char prefix[64];
    (void)snprintf(prefix, sizeof(prefix), tr("line %zu", "ligne %zu"), n_line);
    return error_prefix(err, status, prefix);
}

static int bad_line(huis_error *err, const char *key)
{
    return error_set(err, HUIS_E_BAD_FILE, tr("no usable \"%s\"", "pas de « %s » utilisable"), key);
}

/* A string, or a list of strings. */
static int read_references(eval_item *item, arena *memory, const json_t *value, const char *key,
                           huis_error *err)
{
    const size_t n = json_is_array(value) ? json_array_size(value) : 1;
    span *const references = arena_alloc(memory, n, sizeof(*references));
    for (size_t i = 0; references != NULL && i < n; i++) {
        references[i] = copy_json(memory, json_is_array(value) ? json_array_get(value, i) : value);
        if (references[i].ptr == NULL) {
            return bad_line(err, key);
        }
    }
    if (references == NULL || n == 0) {
        return bad_line(err, key);
    }
    item->references = references;
    item->n_references = n;
    return HUIS_OK;
}

static int read_text_line(eval_items *out, const eval_set *set, huis_summary_kind kind,
                          const json_t *line, const char *id, huis_error *err)
{
    const char *const key = kind == HUIS_SUMMARY_HEADLINE ? set->title_key : set->reference_key;
    eval_item item = {.id = id,
                      .text = copy_json(&out->memory, json_object_get(line, set->text_key))};
    if (item.text.ptr == NULL) {
        return bad_line(err, set->text_key);
    }
    RETURN_IF_ERROR(read_references(&item, &out->memory, json_object_get(line, key), key, err));
    return add_item(out, item, err);
}

/* "Speaker: words", one turn a line. */
static int read_turns(span *out, arena *memory, const json_t *turns, huis_error *err)
{
    buffer text;
    buffer_init(&text, LIMIT_EVAL_DATA_BYTES);
    for (size_t i = 0; i < json_array_size(turns); i++) {
        const json_t *const turn = json_array_get(turns, i);
        const char *const speaker = json_string_value(json_object_get(turn, "speaker"));
        const char *const words = json_string_value(json_object_get(turn, "text"));
        if (speaker == NULL || words == NULL) {
            buffer_deinit(&text);
            return bad_line(err, "turns");
        }
        (void)buffer_printf(&text, "%s: %s\n", speaker, words);
    }
    const size_t len = text.len;
    *out = span_from(len > 0 ? arena_copy(memory, buffer_span(&text)) : NULL, len);
    buffer_deinit(&text);
    return out->ptr != NULL ? HUIS_OK : bad_line(err, "turns");
}

/* One item a question, or one for the whole meeting: the question that rests on no span of it. */
static int read_meeting_line(eval_items *out, const eval_set *set, const json_t *line,
                             const char *id, huis_error *err)
{
    span text;
    RETURN_IF_ERROR(read_turns(&text, &out->memory, json_object_get(line, set->text_key), err));
    const json_t *const queries = json_object_get(line, set->reference_key);
    for (size_t i = 0; i < json_array_size(queries); i++) {
        const json_t *const query = json_array_get(queries, i);
        const bool is_whole = json_array_size(json_object_get(query, "spans")) == 0;
        const span focus = copy_json(&out->memory, json_object_get(query, "query"));
        eval_item item = {.id = id, .text = text, .focus = set->has_focus ? focus.ptr : NULL};
        if (focus.ptr == NULL) {
            return bad_line(err, "query");
        }
        if (set->has_focus || is_whole) {
            RETURN_IF_ERROR(read_references(&item, &out->memory, json_object_get(query, "answer"),
                                            "answer", err));
            RETURN_IF_ERROR(add_item(out, item, err));
        }
    }
    return HUIS_OK;
}

static int read_line(eval_items *out, const eval_set *set, huis_summary_kind kind, span bytes,
                     huis_error *err)
{
    json_error_t where;
    json_t *const line = json_loadb(bytes.ptr, bytes.len, 0, &where);
    if (line == NULL) {
        return error_set(err, HUIS_E_BAD_FILE, tr("not JSON: %s", "pas du JSON : %s"), where.text);
    }
    const span id = copy_json(&out->memory, json_object_get(line, "id"));
    const char *const name = id.ptr != NULL ? id.ptr : "";
    const int status = set->is_meeting ? read_meeting_line(out, set, line, name, err)
                                       : read_text_line(out, set, kind, line, name, err);
    json_decref(line);
    return status;
}

static size_t line_end(span text, size_t pos)
{
    const char *const end = pos < text.len ? memchr(text.ptr + pos, '\n', text.len - pos) : NULL;
    return end != NULL ? (size_t)(end - text.ptr) : text.len;
}

static size_t count_lines(span text)
{
    size_t n = 0;
    for (size_t pos = 0; pos < text.len; pos = line_end(text, pos) + 1) {
        n += line_end(text, pos) > pos;
    }
    return n;
}

static int read_lines(eval_items *out, const eval_set *set, huis_summary_kind kind, span text,
                      eval_half half, huis_error *err)
{
    const size_t n_lines = count_lines(text);
    const size_t first = half == EVAL_HALF_SECOND ? n_lines / 2 : 0;
    const size_t last = half == EVAL_HALF_FIRST ? n_lines / 2 : n_lines;
    size_t i = 0;
    for (size_t pos = 0; pos < text.len; pos = line_end(text, pos) + 1) {
        const span line = span_slice(text, pos, line_end(text, pos));
        if (line.len == 0) {
            continue;
        }
        const int status = i >= first && i < last ? read_line(out, set, kind, line, err) : HUIS_OK;
        i++;
        if (status != HUIS_OK) {
            return eval_line_error(err, status, i);
        }
    }
    return HUIS_OK;
}

static int read_file(buffer *out, const char *path, huis_error *err)
{
    if (access(path, F_OK) != 0) {
        return error_set(err, HUIS_E_NOT_FOUND,
                         tr("%s: no such file: --data DIR is the directory of the sets",
                            "%s : fichier absent : --data DIR est le dossier des jeux de textes"),
                         path);
    }
    return file_read(out, path, err);
}

int eval_data_read(eval_items *out, const eval_set *set, huis_summary_kind kind,
                   const char *directory, eval_half half, size_t limit, huis_error *err)
{
    char path[PATH_MAX];
    buffer text;
    eval_items items = {0};
    (void)snprintf(path, sizeof(path), "%s/%s", directory, set->file);
    buffer_init(&text, LIMIT_EVAL_DATA_BYTES);
    arena_init(&items.memory, LIMIT_EVAL_MEMORY_BYTES);
    int status = read_file(&text, path, err);
    if (status == HUIS_OK) {
        status = read_lines(&items, set, kind, buffer_span(&text), half, err);
        if (status == HUIS_OK && items.count == 0) {
            status = error_set(err, HUIS_E_BAD_FILE,
                               tr("no item in this half", "aucun texte dans cette moitié"));
        }
        status = status == HUIS_OK ? status : error_prefix(err, status, path);
    }
    buffer_deinit(&text);
    if (status != HUIS_OK) {
        eval_items_deinit(&items);
        return status;
    }
    items.count = limit > 0 && limit < items.count ? limit : items.count;
    *out = items;
    return HUIS_OK;
}

void eval_items_deinit(eval_items *items)
{
    memory_free(items->items);
    arena_deinit(&items->memory);
    *items = (eval_items){0};
}
