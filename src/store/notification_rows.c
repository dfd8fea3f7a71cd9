/*
 * notification_rows.c - columns to texts in an arena, and lists to columns.
 */
#include <jansson.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "store/notification_parts.h"

bool notification_column(sqlite3_stmt *statement, int i, arena *memory, const char **out_text)
{
    *out_text = NULL;
    if (sqlite3_column_type(statement, i) == SQLITE_NULL) {
        return true;
    }
    const char *const text = (const char *)sqlite3_column_text(statement, i);
    if (text == NULL) {
        return false;
    }
    /* A damaged file may hold any bytes. */
    const span bytes = span_from(text, strlen(text));
    if (utf8_valid_prefix(bytes) == bytes.len) {
        *out_text = arena_copy(memory, bytes);
        return *out_text != NULL;
    }
    buffer repaired;
    buffer_init(&repaired, 3 * bytes.len);
    if (utf8_append_repaired(&repaired, bytes)) {
        *out_text = arena_copy(memory, buffer_span(&repaired));
    }
    buffer_deinit(&repaired);
    return *out_text != NULL;
}

bool notification_list_read(sqlite3_stmt *statement, int i, arena *memory,
                            const char *const **out_items, size_t *out_n)
{
    *out_items = NULL;
    *out_n = 0;
    const char *const text = (const char *)sqlite3_column_text(statement, i);
    json_t *const list = text != NULL ? json_loads(text, 0, NULL) : NULL;
    const size_t n = json_array_size(list);
    if (n == 0) {
        json_decref(list);
        return true;
    }
    const char **const items = arena_alloc(memory, n, sizeof(*items));
    bool is_whole = items != NULL;
    size_t n_kept = 0;
    for (size_t k = 0; is_whole && k < n; k++) {
        const json_t *const item = json_array_get(list, k);
        if (json_is_string(item)) {
            items[n_kept] = arena_copy(memory, span_from_string(json_string_value(item)));
            is_whole = items[n_kept++] != NULL;
        }
    }
    json_decref(list);
    *out_items = items;
    *out_n = n_kept;
    return is_whole;
}

static int append_to_buffer(const char *bytes, size_t size, void *user)
{
    return buffer_append(user, span_from(bytes, size)) ? 0 : -1;
}

char *notification_list_write(const char *const *items, size_t n)
{
    json_t *const list = json_array();
    bool is_whole = list != NULL;
    for (size_t i = 0; is_whole && i < n; i++) {
        is_whole = json_array_append_new(list, json_string(items[i])) == 0;
    }
    buffer text;
    buffer_init(&text, 1u << 20);
    is_whole = is_whole && json_dump_callback(list, append_to_buffer, &text, JSON_COMPACT) == 0;
    json_decref(list);
    char *const result = is_whole ? buffer_take(&text, NULL) : NULL;
    buffer_deinit(&text);
    return result;
}

bool notification_grow(arena *memory, void **items, size_t n_items, size_t *capacity, size_t size)
{
    if (n_items < *capacity) {
        return true;
    }
    const size_t wider = *capacity == 0 ? 32 : 2 * *capacity;
    void *const grown = arena_alloc(memory, wider, size);
    if (grown == NULL) {
        return false;
    }
    if (n_items > 0) {
        memcpy(grown, *items, n_items * size);
    }
    *items = grown;
    *capacity = wider;
    return true;
}
