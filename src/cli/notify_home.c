/*
 * notify_home.c - see notify_home.h.
 *
 * The context is written as the JSON that --context takes (docs/formats.md) and read back: there is
 * one reader, with one set of checks.
 */
#include "cli/notify_home.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/environment.h"
#include "cli/output.h"

enum { RULES_BYTES = 1024 * 1024, TIME_BYTES = 40 };

int notify_home_open(const arguments *args, buffer *directory, notification_store **out_store,
                     huis_error *err)
{
    notification_notice notice = {.was_damaged = false};
    RETURN_IF_ERROR(environment_data_directory(directory, err));
    RETURN_IF_ERROR(file_make_directories(buffer_string(directory), err));
    RETURN_IF_ERROR(notification_store_open(out_store, buffer_string(directory),
                                            (int64_t)time(NULL), &notice, err));
    if (notice.was_damaged) {
        output_note(args,
                    tr("huis: the store of notifications was damaged: moved to %s, %llu records "
                       "saved",
                       "huis: la base des notifications était abîmée : déplacée vers %s, %llu "
                       "notifications sauvées"),
                    notice.moved_to, (unsigned long long)notice.n_salvaged);
    }
    return HUIS_OK;
}

/* RFC 3339. */
static json_t *time_json(int64_t seconds, int32_t zone_minutes)
{
    char text[TIME_BYTES];
    int rest = 0;
    const calendar_day d = calendar_split(seconds + (int64_t)zone_minutes * 60, &rest);
    const int zone = abs(zone_minutes);
    (void)snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", d.year, d.month,
                   d.day, rest / 3600, rest / 60 % 60, rest % 60, zone_minutes < 0 ? '-' : '+',
                   zone / 60, zone % 60);
    return json_string(text);
}

static void set(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value != NULL ? value : json_null());
}

static json_t *text_json(const char *text)
{
    return text != NULL ? json_string(text) : NULL;
}

static json_t *contacts_json(const stored_context *c)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < c->n_contacts; i++) {
        const stored_contact *const from = &c->contacts[i];
        json_t *const to = json_object();
        json_t *const addresses = json_array();
        for (size_t j = 0; j < from->n_addresses; j++) {
            (void)json_array_append_new(addresses, text_json(from->addresses[j]));
        }
        set(to, "name", text_json(from->name));
        set(to, "relation", text_json(from->relation));
        set(to, "starred", json_boolean(from->starred));
        set(to, "addresses", addresses);
        (void)json_array_append_new(list, to);
    }
    return list;
}

static json_t *calendar_json(const stored_context *c)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < c->n_calendar; i++) {
        const stored_event *const from = &c->calendar[i];
        json_t *const to = json_object();
        json_t *start = time_json(from->start.seconds, from->start.zone_minutes);
        if (from->all_day && start != NULL) {
            json_t *const day = json_stringn(json_string_value(start), 10);
            json_decref(start);
            start = day;
        }
        set(to, "title", text_json(from->title));
        set(to, "start", start);
        if (from->end.known && !from->all_day) {
            set(to, "end", time_json(from->end.seconds, from->end.zone_minutes));
        }
        (void)json_array_append_new(list, to);
    }
    return list;
}

static json_t *apps_json(const stored_context *c)
{
    json_t *const all = json_object();
    for (size_t i = 0; i < c->n_apps; i++) {
        set(all, c->apps[i].name,
            json_pack("{s:I, s:I}", "shown_30d", (json_int_t)c->apps[i].shown_30d, "opened_30d",
                      (json_int_t)c->apps[i].opened_30d));
    }
    return all;
}

static json_t *history_json(const stored_context *c)
{
    static const char *const ACTIONS[] = {"",        "opened", "dismissed", "replied",
                                          "snoozed", "up",     "down"};
    json_t *const list = json_array();
    for (size_t i = 0; i < c->n_history; i++) {
        const stored_past *const from = &c->history[i];
        if (from->action < HUIS_VERDICT_OPENED || from->action > HUIS_VERDICT_DOWN) {
            continue;
        }
        json_t *const to = json_object();
        set(to, "app", text_json(from->app));
        set(to, "sender", text_json(from->sender));
        set(to, "title", text_json(from->title));
        set(to, "action", json_string(ACTIONS[from->action]));
        set(to, "time", time_json(from->time_s, 0));
        (void)json_array_append_new(list, to);
    }
    return list;
}

/* The rules of ~/.config/huis/notify.json, an object with the field "rules" or they themselves. */
static int add_rules(json_t *root, huis_error *err)
{
    buffer path, text;
    huis_error missing = {0};
    buffer_init(&path, PATH_MAX);
    buffer_init(&text, RULES_BYTES);
    int status = environment_config_directory(&path, err);
    if (status == HUIS_OK && !buffer_append_string(&path, "/notify.json")) {
        status = error_no_memory(err, "a path");
    }
    if (status == HUIS_OK && file_read(&text, buffer_string(&path), &missing) == HUIS_OK) {
        json_error_t fault;
        json_t *const said =
            json_loadb(buffer_string(&text), text.len, JSON_REJECT_DUPLICATES, &fault);
        if (!json_is_object(said)) {
            status = error_set(err, HUIS_E_BAD_FILE, "%s: line %d: %s", buffer_string(&path),
                               fault.line, fault.text);
        } else {
            json_t *const rules = json_object_get(said, "rules");
            (void)json_object_set(root, "rules", rules != NULL ? rules : said);
        }
        json_decref(said);
    } else if (status == HUIS_OK && missing.status != HUIS_E_NOT_FOUND) {
        status = HUIS_OK; /* no home, or no leave to read it: as if there were none */
    }
    buffer_deinit(&text);
    buffer_deinit(&path);
    return status;
}

static int add_setting(json_t *root, notification_store *store, const char *key, huis_error *err)
{
    char *value = NULL;
    RETURN_IF_ERROR(notification_store_setting(store, key, &value, err));
    if (value != NULL) {
        set(root, key, json_string(value));
    }
    memory_free(value);
    return HUIS_OK;
}

static int compose(notification_store *store, const stored_context *c, int64_t now_s, json_t *root,
                   huis_error *err)
{
    struct tm local;
    const time_t when = (time_t)now_s;
    const int32_t zone = localtime_r(&when, &local) != NULL ? (int32_t)(local.tm_gmtoff / 60) : 0;
    set(root, "now", time_json(now_s, zone));
    set(root, "languages", json_pack("[s, s]", tr("en", "fr"), tr("fr", "en")));
    set(root, "contacts", contacts_json(c));
    set(root, "calendar", calendar_json(c));
    set(root, "apps", apps_json(c));
    set(root, "history", history_json(c));
    RETURN_IF_ERROR(add_setting(root, store, "owner", err));
    RETURN_IF_ERROR(add_setting(root, store, "focus", err));
    return add_rules(root, err);
}

static int read_back(const json_t *root, huis_notify_context **out_context, huis_error *err)
{
    char *const text = json_dumps(root, JSON_COMPACT);
    if (text == NULL) {
        return error_no_memory(err, "the context");
    }
    huis_error problem = {.status = HUIS_OK};
    int status = huis_notify_context_read(text, strlen(text), out_context, &problem);
    free(text); /* free: json_dumps */
    if (status != HUIS_OK) {
        /* All else is the store's: only the person's own rules can be of another form. */
        status = error_set(err, status == HUIS_E_BAD_ARGUMENT ? HUIS_E_BAD_FILE : status,
                           "~/.config/huis/notify.json: %s", problem.message);
    }
    return status;
}

static int read_weights(notification_store *store, huis_notify_weights **out_weights,
                        huis_error *err)
{
    void *bytes = NULL;
    size_t n_bytes = 0;
    *out_weights = NULL;
    RETURN_IF_ERROR(notification_store_weights(store, &bytes, &n_bytes, err));
    const int status =
        bytes != NULL ? huis_notify_weights_read(bytes, n_bytes, out_weights, err) : HUIS_OK;
    memory_free(bytes);
    return status;
}

int notify_home_context(notification_store *store, int64_t now_s, huis_notify_context **out_context,
                        huis_notify_weights **out_weights, huis_error *err)
{
    stored_context *stored = NULL;
    huis_notify_context *context = NULL;
    huis_notify_weights *weights = NULL;
    RETURN_IF_ERROR(notification_store_context(store, now_s, &stored, err));
    json_t *const root = json_object();
    int status = compose(store, stored, now_s, root, err);
    status = status == HUIS_OK ? read_back(root, &context, err) : status;
    status = status == HUIS_OK ? read_weights(store, &weights, err) : status;
    json_decref(root);
    stored_context_free(stored);
    if (status < 0) {
        huis_notify_context_free(context);
        return status;
    }
    *out_context = context;
    *out_weights = weights;
    return HUIS_OK;
}
