/*
 * notify_context.c - the context as JSON to a table.
 *
 * Idea: every field may be missing or null; one that is there must be right, or the error names it.
 * What a list's element cannot do without (a contact's name, an event's start) makes the element
 * nothing; it is left out. Times without a zone have that of "now". Pure.
 */
#include "feature/notify/notify_context.h"

#include <math.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "feature/notify/notify_json.h"

enum { DAY_S = 86400 };

typedef struct context_reader {
    huis_notify_context *out;
    const char *field; /* being read, for messages */
    huis_error *err;
} context_reader;

static int wrong(const context_reader *r, const char *needed)
{
    return error_set(r->err, HUIS_E_BAD_ARGUMENT, "context: \"%s\" is not %s", r->field, needed);
}

static bool is_given(const json_t *value)
{
    return value != NULL && !json_is_null(value);
}

/* A text of the object; *out_text is left alone where there is none. */
static int read_text(context_reader *r, const json_t *object, const char *key,
                     const char **out_text)
{
    const json_t *const value = json_object_get(object, key);
    r->field = key;
    if (!is_given(value)) {
        return HUIS_OK;
    }
    if (!json_is_string(value)) {
        return wrong(r, "a text");
    }
    if (json_string_length(value) == 0) {
        return HUIS_OK;
    }
    return notify_json_copy(value, LIMIT_NOTIFY_NAME_BYTES, &r->out->memory, out_text)
               ? HUIS_OK
               : error_no_memory(r->err, "the context");
}

static int read_bool(context_reader *r, const json_t *object, const char *key, bool *out)
{
    const json_t *const value = json_object_get(object, key);
    r->field = key;
    if (!is_given(value)) {
        return HUIS_OK;
    }
    if (!json_is_boolean(value)) {
        return wrong(r, "true or false");
    }
    *out = json_is_true(value);
    return HUIS_OK;
}

static int read_count(context_reader *r, const json_t *object, const char *key, uint32_t *out)
{
    const json_t *const value = json_object_get(object, key);
    r->field = key;
    if (!is_given(value)) {
        return HUIS_OK;
    }
    const double number = json_is_number(value) ? json_number_value(value) : -1;
    if (!(number >= 0 && number <= 4e9)) {
        return wrong(r, "a count");
    }
    *out = (uint32_t)number;
    return HUIS_OK;
}

/* A moment, or with out_all_day a date (its first moment in the zone of "now"). */
static int read_moment(context_reader *r, const json_t *object, const char *key, huis_time *out,
                       bool *out_all_day)
{
    const json_t *const value = json_object_get(object, key);
    r->field = key;
    if (!is_given(value)) {
        return HUIS_OK;
    }
    const span text = span_from(json_string_value(value), json_string_length(value));
    const int32_t zone = r->out->now.zone_minutes;
    int64_t days = 0;
    if (json_is_string(value) && notify_time_read(text, out)) {
        if (!notify_time_has_zone(text)) {
            out->seconds -= zone * INT64_C(60);
            out->zone_minutes = zone;
        }
        return HUIS_OK;
    }
    if (json_is_string(value) && notify_date_read(text, &days)) {
        *out = (huis_time){days * DAY_S - zone * INT64_C(60), zone, true};
        if (out_all_day != NULL) {
            *out_all_day = true;
        }
        return HUIS_OK;
    }
    return wrong(r, "a moment as RFC 3339 writes it (2026-03-03T10:00:00+01:00)");
}

/* --- lists --- */

/* The list under `key`: its length, 0 when missing. */
static int read_list(context_reader *r, const json_t *object, const char *key,
                     const json_t **out_list, size_t *out_n)
{
    const json_t *const value = json_object_get(object, key);
    r->field = key;
    *out_list = value;
    *out_n = 0;
    if (!is_given(value)) {
        return HUIS_OK;
    }
    if (!json_is_array(value)) {
        return wrong(r, "a list");
    }
    *out_n = json_array_size(value);
    return *out_n <= LIMIT_NOTIFY_CONTEXT_ITEMS
               ? HUIS_OK
               : error_set(r->err, HUIS_E_LIMIT,
                           "context: \"%s\" holds more than %u entries: give fewer", key,
                           LIMIT_NOTIFY_CONTEXT_ITEMS);
}

static int read_texts(context_reader *r, const json_t *object, const char *key,
                      const char *const **out_texts, size_t *out_n)
{
    const json_t *list = NULL;
    size_t n = 0;
    const int status = read_list(r, object, key, &list, &n);
    if (status != HUIS_OK || n == 0) {
        return status;
    }
    const char **const texts = arena_alloc(&r->out->memory, n, sizeof(*texts));
    if (texts == NULL) {
        return error_no_memory(r->err, "the context");
    }
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *const item = json_array_get(list, i);
        if (!json_is_string(item)) {
            return wrong(r, "a list of texts");
        }
        if (json_string_length(item) > 0 &&
            !notify_json_copy(item, LIMIT_NOTIFY_NAME_BYTES, &r->out->memory, &texts[n_kept++])) {
            return error_no_memory(r->err, "the context");
        }
    }
    *out_texts = texts;
    *out_n = n_kept;
    return HUIS_OK;
}

/* Reads one element into the zeroed `out`; *out_kept false: it is nothing. */
typedef int (*element_fn)(context_reader *r, const json_t *item, void *out, bool *out_kept);

static int read_elements(context_reader *r, const json_t *object, const char *key, size_t size,
                         element_fn read, void **out_items, size_t *out_n)
{
    const json_t *list = NULL;
    size_t n = 0;
    int status = read_list(r, object, key, &list, &n);
    if (status != HUIS_OK || n == 0) {
        return status;
    }
    unsigned char *const items = arena_alloc(&r->out->memory, n, size);
    if (items == NULL) {
        return error_no_memory(r->err, "the context");
    }
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        const json_t *const item = json_array_get(list, i);
        bool is_kept = true;
        if (!json_is_object(item)) {
            r->field = key;
            return wrong(r, "a list of objects");
        }
        unsigned char *const place = items + n_kept * size;
        memset(place, 0, size);
        status = read(r, item, place, &is_kept);
        if (status != HUIS_OK) {
            return status;
        }
        n_kept += is_kept ? 1 : 0;
    }
    *out_items = items;
    *out_n = n_kept;
    return HUIS_OK;
}

static int read_contact(context_reader *r, const json_t *item, void *out, bool *out_kept)
{
    notify_contact *const c = out;
    int status = read_text(r, item, "name", &c->name);
    status = status != HUIS_OK ? status : read_text(r, item, "relation", &c->relation_said);
    status = status != HUIS_OK ? status : read_bool(r, item, "starred", &c->starred);
    status = status != HUIS_OK ? status
                               : read_texts(r, item, "addresses", &c->addresses, &c->n_addresses);
    c->relation = c->relation_said != NULL
                      ? notify_relation_read(span_from_string(c->relation_said))
                      : NOTIFY_RELATION_OTHER;
    *out_kept = c->name != NULL;
    return status;
}

static int read_event(context_reader *r, const json_t *item, void *out, bool *out_kept)
{
    notify_event *const e = out;
    bool ends_with_day = false;
    e->title = "";
    int status = read_text(r, item, "title", &e->title);
    status = status != HUIS_OK ? status : read_moment(r, item, "start", &e->start, &e->all_day);
    status = status != HUIS_OK ? status : read_moment(r, item, "end", &e->end, &ends_with_day);
    *out_kept = e->start.known;
    return status;
}

/* The verdict's word; 0: none of them. */
static huis_notify_verdict read_verdict(const char *word)
{
    static const char *const WORDS[] = {"opened", "dismissed", "replied", "snoozed", "up", "down"};
    for (int i = 0; i < 6; i++) {
        if (strcmp(word, WORDS[i]) == 0) {
            return (huis_notify_verdict)(HUIS_VERDICT_OPENED + i);
        }
    }
    return (huis_notify_verdict)0;
}

static int read_past(context_reader *r, const json_t *item, void *out, bool *out_kept)
{
    notify_past *const p = out;
    const char *action = NULL;
    int status = read_text(r, item, "app", &p->app);
    status = status != HUIS_OK ? status : read_text(r, item, "sender", &p->sender);
    status = status != HUIS_OK ? status : read_text(r, item, "title", &p->title);
    status = status != HUIS_OK ? status : read_moment(r, item, "time", &p->time, NULL);
    status = status != HUIS_OK ? status : read_text(r, item, "action", &action);
    if (status != HUIS_OK) {
        return status;
    }
    *out_kept = action != NULL;
    if (action != NULL) {
        p->action = read_verdict(action);
        return p->action != 0 ? HUIS_OK
                              : wrong(r, "opened, dismissed, replied, snoozed, up or down");
    }
    return HUIS_OK;
}

/* --- the rest --- */

static int read_focus(context_reader *r, const json_t *root)
{
    static const char *const NAMES[] = {"none", "personal", "work", "driving", "study", "sleep"};
    const char *name = "none";
    const int status = read_text(r, root, "focus", &name);
    for (int i = 0; status == HUIS_OK && i < 6; i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            r->out->focus = (notify_focus)i;
            return HUIS_OK;
        }
    }
    return status != HUIS_OK ? status : wrong(r, "none, personal, work, driving, study or sleep");
}

static int read_apps(context_reader *r, const json_t *root)
{
    const json_t *const apps = json_object_get(root, "apps");
    r->field = "apps";
    if (!is_given(apps)) {
        return HUIS_OK;
    }
    const size_t n = json_object_size(apps);
    if (!json_is_object(apps)) {
        return wrong(r, "an object of apps by name");
    }
    if (n > LIMIT_NOTIFY_CONTEXT_ITEMS) {
        return error_set(r->err, HUIS_E_LIMIT, "context: more than %u apps: give fewer",
                         LIMIT_NOTIFY_CONTEXT_ITEMS);
    }
    notify_app *const items = arena_alloc(&r->out->memory, n + 1, sizeof(*items));
    if (items == NULL) {
        return error_no_memory(r->err, "the context");
    }
    size_t i = 0;
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)apps, name, value)
    {
        notify_app *const app = &items[i++];
        if (!json_is_object(value)) {
            r->field = "apps";
            return wrong(r, "an object of objects");
        }
        app->name = arena_copy(&r->out->memory,
                               span_slice(span_from_string(name), 0, LIMIT_NOTIFY_NAME_BYTES));
        int status = app->name != NULL ? HUIS_OK : error_no_memory(r->err, "the context");
        status = status != HUIS_OK ? status : read_count(r, value, "shown_30d", &app->shown_30d);
        status = status != HUIS_OK ? status : read_count(r, value, "opened_30d", &app->opened_30d);
        status = status != HUIS_OK ? status : read_bool(r, value, "muted", &app->muted);
        if (status != HUIS_OK) {
            return status;
        }
    }
    r->out->apps = items;
    r->out->n_apps = n;
    return HUIS_OK;
}

/* "22:00" in minutes of the day. */
static int read_clock(context_reader *r, const json_t *object, const char *key, int *out_minutes)
{
    const char *text = NULL;
    const int status = read_text(r, object, key, &text);
    if (status != HUIS_OK || text == NULL) {
        return status;
    }
    const bool is_form = strlen(text) == 5 && text[2] == ':' && text[0] >= '0' && text[0] <= '2' &&
                         text[1] >= '0' && text[1] <= '9' && text[3] >= '0' && text[3] <= '5' &&
                         text[4] >= '0' && text[4] <= '9';
    const int hour = is_form ? (text[0] - '0') * 10 + (text[1] - '0') : 24;
    if (hour > 23) {
        return wrong(r, "a time of day (22:00)");
    }
    *out_minutes = hour * 60 + (text[3] - '0') * 10 + (text[4] - '0');
    return HUIS_OK;
}

static int read_object(context_reader *r, const json_t *parent, const char *key,
                       const json_t **out_object)
{
    const json_t *const value = json_object_get(parent, key);
    r->field = key;
    *out_object = NULL;
    if (!is_given(value)) {
        return HUIS_OK;
    }
    *out_object = value;
    return json_is_object(value) ? HUIS_OK : wrong(r, "an object");
}

static int read_quiet_hours(context_reader *r, const json_t *rules)
{
    notify_person_rules *const out = &r->out->rules;
    const json_t *quiet = NULL;
    int status = read_object(r, rules, "quiet", &quiet);
    if (status != HUIS_OK || quiet == NULL) {
        return status;
    }
    status = read_clock(r, quiet, "start", &out->quiet_start);
    status = status != HUIS_OK ? status : read_clock(r, quiet, "end", &out->quiet_end);
    if (status == HUIS_OK && (out->quiet_start < 0) != (out->quiet_end < 0)) {
        r->field = "quiet";
        return wrong(r, "a start and an end");
    }
    return status;
}

static int read_rules(context_reader *r, const json_t *root)
{
    notify_person_rules *const out = &r->out->rules;
    const json_t *rules = NULL;
    int status = read_object(r, root, "rules", &rules);
    if (status != HUIS_OK || rules == NULL) {
        return status;
    }
    status = read_texts(r, rules, "always", &out->always, &out->n_always);
    status = status != HUIS_OK ? status : read_texts(r, rules, "never", &out->never, &out->n_never);
    status = status != HUIS_OK ? status : read_texts(r, rules, "vips", &out->vips, &out->n_vips);
    status = status != HUIS_OK ? status : read_quiet_hours(r, rules);
    const json_t *const threshold = json_object_get(rules, "threshold");
    if (status != HUIS_OK || !is_given(threshold)) {
        return status;
    }
    const double value = json_is_number(threshold) ? json_number_value(threshold) : 2;
    r->field = "threshold";
    if (!(fabs(value) <= 1)) {
        return wrong(r, "a number from -1 to 1");
    }
    out->threshold = value;
    return HUIS_OK;
}

static int read_root(context_reader *r, const json_t *root)
{
    huis_notify_context *const c = r->out;
    void *contacts = NULL;
    void *calendar = NULL;
    void *history = NULL;
    int status = read_moment(r, root, "now", &c->now, NULL);
    status = status != HUIS_OK ? status : read_text(r, root, "owner", &c->owner);
    status = status != HUIS_OK ? status
                               : read_texts(r, root, "languages", &c->languages, &c->n_languages);
    status = status != HUIS_OK ? status : read_focus(r, root);
    status = status != HUIS_OK ? status
                               : read_elements(r, root, "contacts", sizeof(notify_contact),
                                               read_contact, &contacts, &c->n_contacts);
    status = status != HUIS_OK ? status
                               : read_elements(r, root, "calendar", sizeof(notify_event),
                                               read_event, &calendar, &c->n_calendar);
    status = status != HUIS_OK ? status : read_apps(r, root);
    status = status != HUIS_OK ? status
                               : read_elements(r, root, "history", sizeof(notify_past), read_past,
                                               &history, &c->n_history);
    c->contacts = contacts;
    c->calendar = calendar;
    c->history = history;
    return status != HUIS_OK ? status : read_rules(r, root);
}

int huis_notify_context_read(const char *json, size_t n_bytes, huis_notify_context **out_context,
                             huis_error *err)
{
    if (out_context == NULL || json == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "no context to read");
    }
    if (n_bytes > LIMIT_NOTIFY_CONTEXT_BYTES) {
        return error_set(err, HUIS_E_LIMIT, "a context of more than %u MiB: give less history",
                         LIMIT_NOTIFY_CONTEXT_BYTES / LIMIT_MIB);
    }
    huis_notify_context *const c = memory_alloc(1, sizeof(*c));
    if (c == NULL) {
        return error_no_memory(err, "the context");
    }
    arena_init(&c->memory, LIMIT_NOTIFY_MEMORY_BYTES);
    c->rules.quiet_start = c->rules.quiet_end = -1;
    buffer scratch;
    buffer_init(&scratch, 3u * LIMIT_NOTIFY_CONTEXT_BYTES);
    json_t *root = NULL;
    huis_error problem = {.status = HUIS_OK};
    int status = notify_json_read(span_from(json, n_bytes), &scratch, &root, &problem);
    if (status != HUIS_OK) {
        (void)error_set(err, status, "context: %s", problem.message);
    } else {
        context_reader r = {.out = c, .err = err};
        status = read_root(&r, root);
    }
    json_decref(root);
    buffer_deinit(&scratch);
    if (status != HUIS_OK) {
        (void)huis_notify_context_free(c);
        return status;
    }
    *out_context = c;
    return HUIS_OK;
}

huis_notify_context *huis_notify_context_free(huis_notify_context *context)
{
    if (context != NULL) {
        arena_deinit(&context->memory);
        (void)memory_free(context);
    }
    return NULL;
}
