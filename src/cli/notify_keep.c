/*
 * notify_keep.c - see notify_keep.h.
 */
#include "cli/notify_keep.h"

#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "cli/notify_home.h"
#include "cli/notify_screen.h"
#include "cli/output.h"
#include "cli/terminal_text.h"
#include "feature/notify/notify.h"

enum { CONTEXT_FRESH_US = 60000000, SECOND_US = 1000000 };

static int64_t now_s(void)
{
    return clock_wall_us() / SECOND_US;
}

void notify_keep_init(notify_keep *k, const arguments *args, notification_store *store)
{
    *k = (notify_keep){.args = args, .store = store};
}

void notify_keep_deinit(notify_keep *k)
{
    huis_notify_ranking_free(k->ranking);
    huis_notify_weights_free(k->weights);
    huis_notify_context_free(k->context);
    *k = (notify_keep){.args = NULL};
}

/* The person's contacts, calendar, rules and weights, not older than a minute. Without them records
 * are still judged. */
static void refresh_context(notify_keep *k)
{
    const int64_t now_us = clock_monotonic_us();
    if (k->context_us != 0 && now_us - k->context_us < CONTEXT_FRESH_US) {
        return;
    }
    huis_notify_context *context = NULL;
    huis_notify_weights *weights = NULL;
    if (notify_home_context(k->store, now_s(), &context, &weights, NULL) == HUIS_OK) {
        huis_notify_context_free(k->context);
        huis_notify_weights_free(k->weights);
        k->context = context;
        k->weights = weights;
    }
    k->context_us = now_us;
}

/* By index of the record given; NULL: not ranked. */
static const huis_notify_rank_item *judged(const notify_keep *k, size_t i_record)
{
    for (size_t i = 0; k->ranking != NULL && i < k->ranking->n_items; i++) {
        if (k->ranking->items[i].record == i_record) {
            return &k->ranking->items[i];
        }
    }
    return NULL;
}

static void rank(notify_keep *k, const huis_notification *records, size_t n, bool *codes)
{
    huis_notify_rank_options options;
    huis_notify_rank_options_default(&options);
    options.language = tr("en", "fr");
    options.now = bus_now();
    k->ranking = huis_notify_ranking_free(k->ranking);
    refresh_context(k);
    if (huis_notify_rank(records, n, k->context, k->weights, &options, &k->ranking, NULL) < 0) {
        k->ranking = NULL;
        return;
    }
    for (size_t i = 0; i < k->ranking->n_items; i++) {
        codes[k->ranking->items[i].record] = k->ranking->items[i].one_time_code;
    }
}

static int store_events(notify_keep *k, const notify_seen_event *events, size_t n)
{
    static const int KINDS[] = {
        [NOTIFY_EVENT_OPENED] = HUIS_VERDICT_OPENED,
        [NOTIFY_EVENT_REPLIED] = HUIS_VERDICT_REPLIED,
        [NOTIFY_EVENT_DISMISSED] = NOTIFICATION_CLOSED,
        [NOTIFY_EVENT_EXPIRED] = 0, /* not drawn any more; the person has not seen it */
        [NOTIFY_EVENT_CLOSED] = NOTIFICATION_WITHDRAWN,
        [NOTIFY_EVENT_REPLACED] = NOTIFICATION_WITHDRAWN,
    };
    for (size_t i = 0; i < n; i++) {
        const int kind = KINDS[events[i].kind];
        huis_error err = {0};
        const int status = kind == 0 ? HUIS_OK
                                     : notification_store_event(k->store, events[i].id, kind,
                                                                events[i].time.seconds, &err);
        if (status < 0 && status != HUIS_E_NOT_FOUND) { /* removed since: a code, a purge */
            return status;
        }
    }
    return HUIS_OK;
}

static int store_records(notify_keep *k, const huis_notification *records, size_t n,
                         huis_error *err)
{
    bool *const codes = memory_alloc(n, sizeof(*codes));
    if (codes == NULL) {
        return error_no_memory(err, "notifications");
    }
    rank(k, records, n, codes);
    int status = notification_store_add(k->store, records, codes, n, now_s(), err);
    if (status == HUIS_OK && k->ranking != NULL) {
        status = notification_store_decide(k->store, records, k->ranking, now_s(), err);
    }
    k->i_shown = 0;
    memory_free(codes);
    return status;
}

bool notify_keep_wants(void *user, const char *app)
{
    notify_keep *const k = user;
    bool on = true;
    return notification_store_is_on(k->store, "watch", app, true, &on, NULL) < 0 || on;
}

int notify_keep_commit(void *user, const bus_notice *const *notices, size_t n_notices,
                       const notify_seen_event *events, size_t n_events, huis_error *err)
{
    notify_keep *const k = user;
    int status = HUIS_OK;
    if (n_notices > 0) {
        huis_notification *const records = memory_alloc(n_notices, sizeof(*records));
        if (records == NULL) {
            return error_no_memory(err, "notifications");
        }
        for (size_t i = 0; i < n_notices; i++) {
            records[i] = notices[i]->record;
        }
        status = store_records(k, records, n_notices, err);
        memory_free(records);
    }
    if (status == HUIS_OK) {
        (void)store_events(k, events, n_events); /* the records are there: not tried again */
    }
    return status;
}

/* ---- showing ---- */

static void put_clean(buffer *out, const char *field, arena *memory)
{
    notify_text clean = {.n_hidden = 0};
    if (field != NULL && notify_text_clean(field, memory, &clean, NULL) == HUIS_OK) {
        (void)terminal_put(out, clean.text, SIZE_MAX);
    }
}

/* "14:02  today        Signal · Anna: text (reason)" */
static void show_line(const huis_notification *r, const huis_notify_rank_item *item,
                      uint32_t number)
{
    char when[32];
    buffer line;
    arena memory;
    buffer_init(&line, LIMIT_SCREEN_TEXT_BYTES);
    arena_init(&memory, LIMIT_SCREEN_TEXT_BYTES);
    notify_screen_when(&r->time, r->time.seconds, when);
    (void)buffer_printf(&line, "%s  %-11s  ", when,
                        item != NULL ? notify_screen_class(item->cls) : "-");
    if (number != 0) {
        (void)buffer_printf(&line, "[%u] ", number);
    }
    put_clean(&line, r->app, &memory);
    const bool is_code = item != NULL && item->one_time_code;
    if (r->sender != NULL && !is_code && (r->title == NULL || strcmp(r->sender, r->title) != 0)) {
        (void)buffer_append_string(&line, " · ");
        put_clean(&line, r->sender, &memory);
    }
    (void)buffer_append_string(&line, ": ");
    if (is_code) {
        (void)buffer_append_string(&line, tr("a one-time code: see 'huis notify list'",
                                             "un code : voir « huis notify list »"));
    } else {
        put_clean(&line, r->title, &memory);
        (void)buffer_append_string(&line, r->title != NULL && r->body != NULL ? " — " : "");
        put_clean(&line, r->body, &memory);
    }
    if (item != NULL && item->n_reasons > 0) {
        (void)buffer_printf(&line, " (%s)", item->reasons[0]);
    }
    (void)buffer_append_byte(&line, '\n');
    output_text(buffer_span(&line));
    arena_deinit(&memory);
    buffer_deinit(&line);
}

static void set_text(json_t *object, const char *key, const char *text, bool is_secret)
{
    json_t *const value = text != NULL && !is_secret ? json_string(text) : NULL;
    (void)json_object_set_new(object, key, value != NULL ? value : json_null());
}

/* One line of JSON; a code's texts are null. */
static void show_json(const huis_notification *r, const huis_notify_rank_item *item,
                      uint32_t number)
{
    const bool is_code = item != NULL && item->one_time_code;
    json_t *const object = json_object();
    json_t *const reasons = json_array();
    json_t *const actions = json_array();
    set_text(object, "id", r->id, false);
    set_text(object, "app", r->app, false);
    set_text(object, "sender", r->sender, is_code); /* messengers repeat the title there */
    set_text(object, "title", r->title, is_code);
    set_text(object, "body", r->body, is_code);
    for (size_t i = 0; i < r->n_actions; i++) {
        (void)json_array_append_new(actions, json_string(r->actions[i]));
    }
    (void)json_object_set_new(object, "actions", actions);
    set_text(object, "class", item != NULL ? huis_notify_class_name(item->cls) : NULL, false);
    (void)json_object_set_new(object, "interrupt", json_boolean(item != NULL && item->interrupt));
    for (size_t i = 0; item != NULL && i < item->n_reasons; i++) {
        (void)json_array_append_new(reasons, json_string(item->reasons[i]));
    }
    (void)json_object_set_new(object, "reasons", reasons);
    if (number != 0) {
        (void)json_object_set_new(object, "number", json_integer(number));
    }
    (void)json_dumpf(object, stdout, JSON_COMPACT);
    (void)fputc('\n', stdout);
    json_decref(object);
}

static void show_record(notify_keep *k, const huis_notification *r, size_t i_record)
{
    const huis_notify_rank_item *const item = judged(k, i_record);
    const bool interrupts = item == NULL || item->interrupt;
    k->n_interrupting += interrupts;
    k->n_waiting += !interrupts;
    if (argument_flag(k->args, OPTION_QUIET) || (k->only_interrupting && !interrupts)) {
        return;
    }
    const uint32_t number = k->number_of != NULL ? k->number_of(k->user, r->id) : 0;
    if (argument_is(k->args, OPTION_NOTIFY_FORMAT, "json")) {
        show_json(r, item, number);
    } else {
        show_line(r, item, number);
    }
    (void)fflush(stdout);
}

void notify_keep_show(void *user, const bus_notice *notice)
{
    notify_keep *const k = user;
    show_record(k, &notice->record, k->i_shown++);
}

void notify_keep_announce(void *user, const bus_notice *notice)
{
    const notify_keep *const k = user;
    if (!argument_flag(k->args, OPTION_QUIET) &&
        !argument_is(k->args, OPTION_NOTIFY_FORMAT, "json")) {
        show_line(&notice->record, NULL, 0);
        (void)fflush(stdout);
    }
}

void notify_keep_tell(void *user, const char *line)
{
    const notify_keep *const k = user;
    output_note(k->args, "huis: %s", line);
}

int notify_keep_records(notify_keep *k, const huis_notification *records, size_t n_records,
                        huis_error *err)
{
    huis_notification *const wanted = memory_alloc(n_records > 0 ? n_records : 1, sizeof(*wanted));
    size_t n = 0;
    if (wanted == NULL) {
        return error_no_memory(err, "notifications");
    }
    for (size_t i = 0; i < n_records; i++) {
        if (notify_keep_wants(k, records[i].app)) {
            wanted[n++] = records[i];
        }
    }
    const int status = n > 0 ? store_records(k, wanted, n, err) : HUIS_OK;
    for (size_t i = 0; status == HUIS_OK && i < n; i++) {
        show_record(k, &wanted[i], i);
    }
    memory_free(wanted);
    return status;
}

int notify_keep_tick(notify_keep *k, huis_error *err)
{
    return notification_store_tick(k->store, now_s(), NULL, err);
}
