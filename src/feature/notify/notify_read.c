/*
 * notify_read.c - JSON Lines to records.
 *
 * Idea: a line is a record or it is skipped and counted; nothing that a line holds stops the others.
 * What a record cannot do without (id, app, title or body, time) must be right; any other field that
 * is not what it should be counts as not given, since a bad hint should not cost the message.
 * Reasons hold nothing of the line: they reach logs. Pure; called by huis_notifications_read's users.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "feature/notify/notify.h"
#include "feature/notify/notify_json.h"

typedef struct record_reader {
    arena memory;
    map ids; /* of the records kept */
    buffer scratch;
    huis_notification *items;
    size_t n_items, capacity;
    huis_notify_skip skips[LIMIT_NOTIFY_SKIPS];
    uint64_t n_skipped;
} record_reader;

/* What the caller frees: the public part first. */
typedef struct record_set {
    huis_notifications given;
    arena memory;
} record_set;

/* A string field; NULL: not there, empty or no string. False: no memory. */
static bool read_string(record_reader *r, const json_t *line, const char *key, size_t max_bytes,
                        const char **out_text)
{
    const json_t *const value = json_object_get(line, key);
    if (!json_is_string(value) || json_string_length(value) == 0) {
        *out_text = NULL;
        return true;
    }
    return notify_json_copy(value, max_bytes, &r->memory, out_text);
}

static void read_time(const json_t *line, const char *key, huis_time *out_time)
{
    const json_t *const value = json_object_get(line, key);
    if (!json_is_string(value) ||
        !notify_time_read(span_from(json_string_value(value), json_string_length(value)),
                          out_time)) {
        *out_time = (huis_time){.known = false};
    }
}

static huis_trust read_trust(const json_t *line)
{
    static const char *const NAMES[] = {"verified", "unknown", "spoofed"};
    const char *const said = json_string_value(json_object_get(line, "trust"));
    for (int i = 0; said != NULL && i < 3; i++) {
        if (strcmp(said, NAMES[i]) == 0) {
            return (huis_trust)(HUIS_TRUST_VERIFIED + i);
        }
    }
    return HUIS_TRUST_UNSTATED;
}

static int read_urgency(const json_t *line)
{
    const json_t *const value = json_object_get(line, "urgency");
    const json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    return number >= 0 && number <= 2 ? (int)number : -1;
}

static bool read_actions(record_reader *r, const json_t *line, huis_notification *out)
{
    const json_t *const list = json_object_get(line, "actions");
    const size_t n = json_array_size(list);
    const size_t n_kept = n < LIMIT_NOTIFY_ACTIONS ? n : LIMIT_NOTIFY_ACTIONS;
    if (n_kept == 0) {
        return true;
    }
    const char **const labels = arena_alloc(&r->memory, n_kept, sizeof(*labels));
    if (labels == NULL) {
        return false;
    }
    for (size_t i = 0; i < n_kept; i++) {
        const json_t *const label = json_array_get(list, i);
        if (json_is_string(label) && !notify_json_copy(label, LIMIT_NOTIFY_NAME_BYTES, &r->memory,
                                                       &labels[out->n_actions++])) {
            return false;
        }
    }
    out->actions = labels;
    return true;
}

/* Why an object is no record; NULL: it may be one. */
static const char *find_fault(const record_reader *r, const json_t *line)
{
    static const char *const TEXTS[] = {"id", "app"};
    static const char *const MISSING[] = {"no id", "no app"};
    for (size_t i = 0; i < 2; i++) {
        const json_t *const value = json_object_get(line, TEXTS[i]);
        if (!json_is_string(value) || json_string_length(value) == 0) {
            return MISSING[i];
        }
    }
    const json_t *const id = json_object_get(line, "id");
    if (json_string_length(id) > LIMIT_NOTIFY_NAME_BYTES) {
        return "an id of more than 1,024 bytes";
    }
    if (map_get(&r->ids, span_from(json_string_value(id), json_string_length(id)), NULL)) {
        return "an id that was there before";
    }
    if (json_string_length(json_object_get(line, "title")) == 0 &&
        json_string_length(json_object_get(line, "body")) == 0) {
        return "neither title nor body";
    }
    huis_time time;
    read_time(line, "time", &time);
    return time.known ? NULL : "no time as RFC 3339 writes it";
}

static bool read_fields(record_reader *r, const json_t *line, huis_notification *out)
{
    *out = (huis_notification){.urgency = read_urgency(line), .trust = read_trust(line)};
    read_time(line, "time", &out->time);
    read_time(line, "expires", &out->expires);
    return read_string(r, line, "id", LIMIT_NOTIFY_NAME_BYTES, &out->id) &&
           read_string(r, line, "app", LIMIT_NOTIFY_NAME_BYTES, &out->app) &&
           read_string(r, line, "source", LIMIT_NOTIFY_NAME_BYTES, &out->source) &&
           read_string(r, line, "sender", LIMIT_NOTIFY_NAME_BYTES, &out->sender) &&
           read_string(r, line, "conversation", LIMIT_NOTIFY_NAME_BYTES, &out->conversation) &&
           read_string(r, line, "category", LIMIT_NOTIFY_NAME_BYTES, &out->category) &&
           read_string(r, line, "title", LIMIT_NOTIFY_TITLE_BYTES, &out->title) &&
           read_string(r, line, "body", LIMIT_NOTIFY_BODY_BYTES, &out->body) &&
           read_actions(r, line, out);
}

static int add_record(record_reader *r, const json_t *line, huis_error *err)
{
    if (r->n_items == LIMIT_NOTIFY_RECORDS) {
        return error_set(err, HUIS_E_LIMIT,
                         "more than %u notifications: give them in several parts",
                         LIMIT_NOTIFY_RECORDS);
    }
    if (r->n_items == r->capacity) {
        const size_t capacity = r->capacity == 0 ? 64 : 2 * r->capacity;
        huis_notification *const items = memory_resize(r->items, capacity, sizeof(*items));
        if (items == NULL) {
            return error_no_memory(err, "notifications");
        }
        r->items = items;
        r->capacity = capacity;
    }
    huis_notification *const item = &r->items[r->n_items];
    if (!read_fields(r, line, item) ||
        !map_set(&r->ids, span_from_string(item->id), (uint32_t)r->n_items)) {
        return error_no_memory(err, "notifications");
    }
    r->n_items++;
    return HUIS_OK;
}

static void skip_line(record_reader *r, uint64_t line, const char *reason)
{
    if (r->n_skipped < LIMIT_NOTIFY_SKIPS) {
        r->skips[r->n_skipped] = (huis_notify_skip){line, reason};
    }
    r->n_skipped++;
}

static int read_line(record_reader *r, span text, uint64_t line, huis_error *err)
{
    if (text.len > LIMIT_NOTIFY_LINE_BYTES) {
        skip_line(r, line, "a line of more than 16 MiB");
        return HUIS_OK;
    }
    json_t *json = NULL;
    const int status = notify_json_read(text, &r->scratch, &json, NULL);
    if (status == HUIS_E_BAD_ARGUMENT) {
        skip_line(r, line, "no JSON object");
        return HUIS_OK;
    }
    if (status != HUIS_OK) {
        return error_no_memory(err, "notifications");
    }
    const char *const fault = find_fault(r, json);
    int added = HUIS_OK;
    if (fault != NULL) {
        skip_line(r, line, fault);
    } else {
        added = add_record(r, json, err);
    }
    json_decref(json);
    return added;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static int read_lines(record_reader *r, span text, huis_error *err)
{
    uint64_t line = 0;
    size_t pos = span_starts_with(text, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    while (pos < text.len) {
        const char *const stop = memchr(text.ptr + pos, '\n', text.len - pos);
        const size_t next = stop != NULL ? (size_t)(stop - text.ptr) : text.len;
        size_t start = pos;
        size_t end = next;
        while (start < end && is_space(text.ptr[start])) {
            start++;
        }
        while (end > start && is_space(text.ptr[end - 1])) {
            end--;
        }
        line++;
        if (end > start) {
            const int status = read_line(r, span_slice(text, start, end), line, err);
            if (status != HUIS_OK) {
                return status;
            }
        }
        pos = next + 1;
    }
    return HUIS_OK;
}

/* Moves what was read into one block that the caller frees. */
static int hand_over(record_reader *r, huis_notifications **out_records, huis_error *err)
{
    const size_t n_skips =
        r->n_skipped < LIMIT_NOTIFY_SKIPS ? (size_t)r->n_skipped : LIMIT_NOTIFY_SKIPS;
    record_set *const set = memory_alloc(1, sizeof(*set));
    huis_notify_skip *const skips = arena_alloc(&r->memory, n_skips + 1, sizeof(*skips));
    if (set == NULL || skips == NULL) {
        (void)memory_free(set);
        return error_no_memory(err, "notifications");
    }
    memcpy(skips, r->skips, n_skips * sizeof(*skips));
    set->given = (huis_notifications){.items = r->items,
                                      .n_items = r->n_items,
                                      .skips = skips,
                                      .n_skips = n_skips,
                                      .n_skipped = r->n_skipped};
    set->memory = r->memory;
    r->items = NULL;
    arena_init(&r->memory, 0);
    *out_records = &set->given;
    return HUIS_OK;
}

int huis_notifications_read(const char *lines, size_t n_bytes, huis_notifications **out_records,
                            huis_error *err)
{
    if (out_records == NULL || (lines == NULL && n_bytes > 0)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no notifications to read");
    }
    if (n_bytes > LIMIT_NOTIFY_INPUT_BYTES) {
        return error_set(err, HUIS_E_LIMIT,
                         "notifications of more than %u MiB: give them in several parts",
                         LIMIT_NOTIFY_INPUT_BYTES / LIMIT_MIB);
    }
    record_reader *const r = memory_alloc(1, sizeof(*r));
    if (r == NULL) {
        return error_no_memory(err, "notifications");
    }
    arena_init(&r->memory, LIMIT_NOTIFY_MEMORY_BYTES);
    map_init(&r->ids);
    buffer_init(&r->scratch, 3u * LIMIT_NOTIFY_LINE_BYTES);
    int status = read_lines(r, span_from(lines, n_bytes), err);
    if (status == HUIS_OK) {
        status = hand_over(r, out_records, err);
    }
    map_deinit(&r->ids);
    buffer_deinit(&r->scratch);
    arena_deinit(&r->memory);
    (void)memory_free(r->items);
    (void)memory_free(r);
    return status;
}

huis_notifications *huis_notifications_free(huis_notifications *records)
{
    if (records != NULL) {
        record_set *const set = (record_set *)(void *)records;
        huis_notification *const items = (huis_notification *)(uintptr_t)set->given.items;
        (void)memory_free(items);
        arena_deinit(&set->memory);
        (void)memory_free(set);
    }
    return NULL;
}
