/*
 * notify_print.c - see notify_print.h.
 *
 * Texts of records reach the terminal cleaned only (notify_text_clean): no control character, no mark
 * of direction.
 */
#include "cli/notify_print.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "cli/environment.h"
#include "cli/output.h"
#include "feature/notify/notify.h"

enum { WHO_CHARS = 32, TEXT_CHARS = 90 };

bool notify_print_is_text(const arguments *args)
{
    const char *const format = argument_string(args, OPTION_NOTIFY_FORMAT, NULL);
    return format != NULL ? strcmp(format, "text") == 0 : isatty(STDOUT_FILENO) != 0;
}

const char *notify_print_class(huis_notify_class cls)
{
    switch (cls) {
    case HUIS_NOTIFY_CRITICAL:
        return tr("critical", "critique");
    case HUIS_NOTIFY_TODAY:
        return tr("today", "aujourd'hui");
    case HUIS_NOTIFY_PERSONAL:
        return tr("personal", "personnel");
    case HUIS_NOTIFY_LATER:
        return tr("later", "plus tard");
    case HUIS_NOTIFY_NOISE:
        return tr("noise", "bruit");
    case HUIS_NOTIFY_HOSTILE:
        return tr("hostile", "hostile");
    default:
        return "?";
    }
}

const char *notify_print_verdict(int verdict)
{
    static const char *const WORDS[] = {"",        "opened", "dismissed", "replied",
                                        "snoozed", "up",     "down"};
    return verdict >= HUIS_VERDICT_OPENED && verdict <= HUIS_VERDICT_DOWN ? WORDS[verdict] : "?";
}

/* The first `max_chars` characters, with "…" where more follow. */
static span cut(span text, size_t max_chars, bool *out_more)
{
    size_t pos = 0;
    for (size_t n = 0; pos < text.len && n < max_chars; n++) {
        uint32_t code = 0;
        pos += utf8_next(text, pos, &code);
    }
    *out_more = pos < text.len;
    return span_slice(text, 0, pos);
}

int notify_print_field(buffer *out, const char *field, size_t max_chars, huis_error *err)
{
    arena memory;
    arena_init(&memory, LIMIT_NOTIFY_MEMORY_BYTES);
    notify_text text;
    const int status = notify_text_clean(field, &memory, &text, err);
    if (status == HUIS_OK) {
        bool more = false;
        (void)buffer_append(out, cut(text.text, max_chars, &more));
        if (more) {
            (void)buffer_append_string(out, "…");
        }
    }
    arena_deinit(&memory);
    return status != HUIS_OK ? status : buffer_ok(out) ? HUIS_OK : error_no_memory(err, "a line");
}

/* --- for programs --- */

static json_t *item_json(const huis_notification *record, const huis_notify_rank_item *item)
{
    json_t *const reasons = json_array();
    for (size_t i = 0; i < item->n_reasons; i++) {
        (void)json_array_append_new(reasons, json_string(item->reasons[i]));
    }
    return json_pack("{s:s, s:I, s:s, s:f, s:b, s:o, s:s?}", "id", record->id, "rank",
                     (json_int_t)item->rank, "class", huis_notify_class_name(item->cls), "score",
                     item->score, "interrupt", (int)item->interrupt, "reasons", reasons, "deadline",
                     item->deadline);
}

int notify_print_json(const huis_notification *records, const huis_notify_ranking *ranking,
                      huis_error *err)
{
    for (size_t i = 0; i < ranking->n_items; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        json_t *const line = item_json(&records[item->record], item);
        if (line == NULL) {
            return error_no_memory(err, "a line");
        }
        (void)json_dumpf(line, stdout, JSON_REAL_PRECISION(9));
        (void)fputc('\n', stdout);
        json_decref(line);
    }
    return HUIS_OK;
}

static void add_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL) {
        (void)json_object_set_new(object, key, json_string(text));
    }
}

static void add_time(json_t *object, const char *key, huis_time time)
{
    char text[NOTIFY_TIME_BYTES];
    notify_time_write(time, text);
    add_text(object, key, text[0] != '\0' ? text : NULL);
}

json_t *notify_print_record(const huis_notification *r)
{
    static const char *const TRUST[] = {NULL, "verified", "unknown", "spoofed"};
    json_t *const object = json_object();
    if (object == NULL) {
        return NULL;
    }
    add_text(object, "id", r->id);
    add_text(object, "source", r->source);
    add_text(object, "app", r->app);
    add_text(object, "sender", r->sender);
    add_text(object, "conversation", r->conversation);
    add_text(object, "title", r->title);
    add_text(object, "body", r->body);
    add_time(object, "time", r->time);
    add_time(object, "expires", r->expires);
    if (r->urgency >= 0) {
        (void)json_object_set_new(object, "urgency", json_integer(r->urgency));
    }
    add_text(object, "category", r->category);
    if (r->n_actions > 0) {
        json_t *const actions = json_array();
        for (size_t i = 0; i < r->n_actions; i++) {
            (void)json_array_append_new(actions, json_string(r->actions[i]));
        }
        (void)json_object_set_new(object, "actions", actions);
    }
    add_text(object, "trust", TRUST[r->trust]);
    return object;
}

/* --- for people --- */

static const char *color_of(huis_notify_class cls)
{
    switch (cls) {
    case HUIS_NOTIFY_CRITICAL:
    case HUIS_NOTIFY_HOSTILE:
        return "\033[31m";
    case HUIS_NOTIFY_TODAY:
        return "\033[33m";
    case HUIS_NOTIFY_PERSONAL:
        return "\033[32m";
    case HUIS_NOTIFY_LATER:
    case HUIS_NOTIFY_NOISE:
    default:
        return "\033[2m";
    }
}

/* "Signal, Zoé: On mange à 8 h ?" */
static int describe(const huis_notification *r, buffer *out, huis_error *err)
{
    const char *const who = r->sender != NULL ? r->sender : r->title;
    int status = notify_print_field(out, r->app, WHO_CHARS, err);
    if (status == HUIS_OK && who != NULL) {
        (void)buffer_append_string(out, " · ");
        status = notify_print_field(out, who, r->sender != NULL ? WHO_CHARS : TEXT_CHARS, err);
    }
    const char *const text = r->body != NULL ? r->body : r->sender != NULL ? r->title : NULL;
    if (status == HUIS_OK && text != NULL) {
        (void)buffer_append_string(out, tr(": ", " : "));
        status = notify_print_field(out, text, TEXT_CHARS, err);
    }
    return status;
}

static int print_item(const huis_notification *r, const huis_notify_rank_item *item, bool color,
                      buffer *line, huis_error *err)
{
    const char *const name = notify_print_class(item->cls);
    size_t width = 0;
    for (const char *p = name; *p != '\0'; p++) {
        width += ((unsigned char)*p & 0xC0u) != 0x80;
    }
    buffer_reset(line);
    (void)buffer_printf(line, "%3u  %s%s%s%*s %s ", item->rank, color ? color_of(item->cls) : "",
                        name, color ? "\033[0m" : "", (int)(width < 11 ? 11 - width : 0), "",
                        item->interrupt ? "!" : " ");
    const int status = describe(r, line, err);
    if (status != HUIS_OK) {
        return status;
    }
    (void)buffer_printf(line, "\n%20s%s", "", color ? "\033[2m" : "");
    for (size_t i = 0; i < item->n_reasons; i++) {
        (void)buffer_printf(line, "%s%s", i > 0 ? ", " : "", item->reasons[i]);
    }
    (void)buffer_printf(line, "%s  [", color ? "\033[0m" : "");
    RETURN_IF_ERROR(notify_print_field(line, r->id, TEXT_CHARS, err));
    (void)buffer_append_string(line, "]\n");
    if (!buffer_ok(line)) {
        return error_no_memory(err, "a line");
    }
    output_text(buffer_span(line));
    return HUIS_OK;
}

int notify_print_text(const huis_notification *records, const huis_notify_ranking *ranking,
                      huis_error *err)
{
    const bool color = environment_wants_color(STDOUT_FILENO);
    buffer line;
    buffer_init(&line, 1u << 20);
    int status = HUIS_OK;
    for (size_t i = 0; status == HUIS_OK && i < ranking->n_items; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        status = print_item(&records[item->record], item, color, &line, err);
    }
    buffer_deinit(&line);
    return status;
}
