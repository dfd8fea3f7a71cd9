/*
 * notify_data.c - huis notify status, enable, disable, set, export and purge: what is kept, and the
 * person's hold on it.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "cli/environment.h"
#include "cli/notify_home.h"
#include "cli/notify_print.h"
#include "cli/output.h"
#include "feature/notify/notify.h"

enum { DAY_S = 86400, STAMP_BYTES = 40 };

/* A feature, and what it is until the person says so. */
typedef struct notify_feature {
    const char *name;
    bool is_on;
    bilingual what;
} notify_feature;

static const notify_feature FEATURES[] = {
    {"watch", false, {"keep what the desktop shows", "garder ce que montre le bureau"}},
    {"digest", false, {"digests by timer", "résumés à heure fixe"}},
    {"summaries", true, {"conversations told in digests", "conversations racontées"}},
    {"learn", true, {"learn from verdicts", "apprendre des avis"}},
};
enum { N_FEATURES = sizeof(FEATURES) / sizeof(FEATURES[0]) };

static const notify_feature *find_feature(const char *name)
{
    for (size_t i = 0; i < N_FEATURES; i++) {
        if (strcmp(FEATURES[i].name, name) == 0) {
            return &FEATURES[i];
        }
    }
    return NULL;
}

/* Opens the store, runs `work`, closes it. */
static int with_store(const arguments *args,
                      int (*work)(const arguments *args, notification_store *store,
                                  huis_error *err))
{
    huis_error err = {.status = HUIS_OK};
    notification_store *store = NULL;
    buffer directory;
    buffer_init(&directory, 1u << 16);
    int status = notify_home_open(args, &directory, &store, &err);
    status = status != HUIS_OK ? status : work(args, store, &err);
    (void)notification_store_close(store);
    buffer_deinit(&directory);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}

/* --- enable, disable, set --- */

static int switch_feature(const arguments *args, bool on)
{
    const char *const name = args->operands[0];
    if (find_feature(name) == NULL) {
        return output_usage_error(args->command,
                                  tr("%s: not a feature (watch, digest, summaries, learn)",
                                     "%s : pas une fonction (watch, digest, summaries, learn)"),
                                  name);
    }
    huis_error err = {.status = HUIS_OK};
    notification_store *store = NULL;
    buffer directory;
    buffer_init(&directory, 1u << 16);
    int status = notify_home_open(args, &directory, &store, &err);
    status = status != HUIS_OK
                 ? status
                 : notification_store_switch(store, name, argument_string(args, OPTION_APP, NULL),
                                             on, &err);
    (void)notification_store_close(store);
    buffer_deinit(&directory);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}

int run_notify_enable(const arguments *args)
{
    return switch_feature(args, true);
}

int run_notify_disable(const arguments *args)
{
    return switch_feature(args, false);
}

static bool is_focus(const char *value)
{
    static const char *const NAMES[] = {"none", "personal", "work", "driving", "study", "sleep"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(NAMES[i], value) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_days(const char *value)
{
    const size_t digits = strspn(value, "0123456789");
    return digits >= 1 && digits <= 4 && value[digits] == '\0' && value[0] != '0' &&
           (digits < 4 || strcmp(value, "3650") <= 0);
}

static int set_value(const arguments *args, notification_store *store, huis_error *err)
{
    return notification_store_set_setting(store, args->operands[0], args->operands[1], err);
}

int run_notify_set(const arguments *args)
{
    const char *const key = args->operands[0];
    const char *const value = args->operands[1];
    if (strcmp(key, "focus") == 0 && !is_focus(value)) {
        return output_usage_error(args->command, "%s: none, personal, work, driving, study, sleep",
                                  value);
    }
    if (strcmp(key, "retention_days") == 0 && !is_days(value)) {
        return output_usage_error(args->command,
                                  tr("%s: days, from 1 to 3650", "%s : jours, de 1 à 3650"), value);
    }
    if (strcmp(key, "focus") != 0 && strcmp(key, "retention_days") != 0 &&
        strcmp(key, "owner") != 0) {
        return output_usage_error(args->command,
                                  tr("%s: not a setting (focus, owner, retention_days)",
                                     "%s : pas un réglage (focus, owner, retention_days)"),
                                  key);
    }
    return with_store(args, set_value);
}

/* --- status --- */

static void print_switches(const stored_switches *switches, bool on_all[N_FEATURES])
{
    for (size_t i = 0; i < N_FEATURES; i++) {
        (void)printf("%-10s %s  %s\n", FEATURES[i].name,
                     on_all[i] ? tr("on ", "oui") : tr("off", "non"), text_pick(FEATURES[i].what));
        for (size_t k = 0; k < switches->n_items; k++) {
            const stored_switch *const s = &switches->items[k];
            if (s->app != NULL && strcmp(s->feature, FEATURES[i].name) == 0) {
                buffer app;
                buffer_init(&app, 1u << 16);
                (void)notify_print_field(&app, s->app, 60, NULL);
                (void)printf("%-10s %s  %s\n", "", s->on ? tr("on ", "oui") : tr("off", "non"),
                             buffer_string(&app));
                buffer_deinit(&app);
            }
        }
    }
}

static void print_status(const notification_totals *t, const stored_switches *switches,
                         bool on_all[N_FEATURES], const char *focus)
{
    char size[32];
    output_format_bytes(size, t->bytes);
    print_switches(switches, on_all);
    (void)printf(
        tr("%llu notifications kept, %llu open, %s; %llu verdicts and events; %llu contacts, "
           "%llu events of the calendar; %s; focus: %s\n",
           "%llu notifications gardées, %llu ouvertes, %s ; %llu avis et événements ; %llu "
           "contacts, %llu rendez-vous ; %s ; concentration : %s\n"),
        (unsigned long long)t->n_records, (unsigned long long)t->n_open, size,
        (unsigned long long)t->n_events, (unsigned long long)t->n_contacts,
        (unsigned long long)t->n_calendar,
        t->has_weights ? tr("something was learnt", "des préférences apprises")
                       : tr("nothing learnt yet", "rien d'appris"),
        focus);
}

static void print_status_json(const notification_totals *t, const stored_switches *switches,
                              bool on_all[N_FEATURES], const char *focus)
{
    json_t *const features = json_object();
    json_t *const apps = json_array();
    for (size_t i = 0; i < N_FEATURES; i++) {
        (void)json_object_set_new(features, FEATURES[i].name, json_boolean(on_all[i]));
    }
    for (size_t i = 0; i < switches->n_items; i++) {
        const stored_switch *const s = &switches->items[i];
        if (s->app != NULL) {
            (void)json_array_append_new(apps, json_pack("{s:s, s:s, s:b}", "feature", s->feature,
                                                        "app", s->app, "on", (int)s->on));
        }
    }
    json_t *const root = json_pack(
        "{s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "features", features, "apps", apps,
        "focus", focus, "notifications", (json_int_t)t->n_records, "open", (json_int_t)t->n_open,
        "events", (json_int_t)t->n_events, "contacts", (json_int_t)t->n_contacts, "calendar",
        (json_int_t)t->n_calendar, "bytes", (json_int_t)t->bytes, "learnt", (int)t->has_weights);
    output_json(root);
    json_decref(root);
}

static int show_status(const arguments *args, notification_store *store, huis_error *err)
{
    notification_totals totals;
    stored_switches *switches = NULL;
    char *focus = NULL;
    bool on_all[N_FEATURES];
    int status = notification_store_totals(store, &totals, err);
    status = status != HUIS_OK ? status : notification_store_setting(store, "focus", &focus, err);
    status = status != HUIS_OK ? status : notification_store_switches(store, &switches, err);
    for (size_t i = 0; status == HUIS_OK && i < N_FEATURES; i++) {
        status = notification_store_is_on(store, FEATURES[i].name, NULL, FEATURES[i].is_on,
                                          &on_all[i], err);
    }
    if (status == HUIS_OK) {
        const char *const said = focus != NULL ? focus : "none";
        if (notify_print_is_text(args)) {
            print_status(&totals, switches, on_all, said);
        } else {
            print_status_json(&totals, switches, on_all, said);
        }
    }
    (void)memory_free(focus);
    (void)stored_switches_free(switches);
    return status;
}

int run_notify_status(const arguments *args)
{
    return with_store(args, show_status);
}

/* --- export --- */

/* One-time codes stay where they are: an export outlives them. */
static int export_records(const arguments *args, notification_store *store, huis_error *err)
{
    const notification_query query = {.app = argument_string(args, OPTION_APP, NULL)};
    stored_notifications *all = NULL;
    RETURN_IF_ERROR(notification_store_read(store, &query, &all, err));
    int status = HUIS_OK;
    for (size_t i = 0; status == HUIS_OK && i < all->n_items; i++) {
        const stored_state *const state = &all->states[i];
        if (state->is_code) {
            continue;
        }
        json_t *const line = notify_print_record(&all->records[i]);
        if (line == NULL) {
            status = error_no_memory(err, "a line");
            break;
        }
        if (state->decision.is_known) {
            (void)json_object_set_new(line, "class",
                                      json_string(huis_notify_class_name(state->decision.cls)));
        }
        if (state->last_verdict > 0) {
            (void)json_object_set_new(line, "verdict",
                                      json_string(notify_print_verdict(state->last_verdict)));
        }
        (void)json_dumpf(line, stdout, JSON_COMPACT);
        (void)fputc('\n', stdout);
        json_decref(line);
    }
    (void)stored_notifications_free(all);
    return status;
}

int run_notify_export(const arguments *args)
{
    return with_store(args, export_records);
}

/* --- purge --- */

/* "2026-03-03", "2026-03-03T10:00:00+01:00". */
static bool read_before(const char *text, int64_t *out_s)
{
    huis_time time = {.known = false};
    int64_t days = 0;
    if (notify_time_read(span_from_string(text), &time)) {
        *out_s = time.seconds;
        return true;
    }
    if (notify_date_read(span_from_string(text), &days)) {
        *out_s = days * DAY_S;
        return true;
    }
    return false;
}

static bool is_agreed(const arguments *args)
{
    if (argument_flag(args, OPTION_YES)) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        return false;
    }
    (void)fputs(tr("Remove all notifications, what was learnt, contacts and calendar? [y/N] ",
                   "Supprimer notifications, préférences apprises, contacts et agenda ? [o/N] "),
                stderr);
    const int c = getchar();
    return c == 'y' || c == 'Y' || c == 'o' || c == 'O';
}

static int purge(const arguments *args, notification_store *store, huis_error *err)
{
    const char *const before = argument_string(args, OPTION_BEFORE, NULL);
    notification_purge what = {.app = argument_string(args, OPTION_APP, NULL),
                               .all = argument_flag(args, OPTION_ALL)};
    uint64_t removed = 0;
    if (before != NULL) {
        (void)read_before(before, &what.before_s);
    }
    RETURN_IF_ERROR(notification_store_purge(store, &what, &removed, err));
    output_note(args, tr("huis: %llu notifications removed", "huis: %llu notifications supprimées"),
                (unsigned long long)removed);
    return HUIS_OK;
}

int run_notify_purge(const arguments *args)
{
    const char *const before = argument_string(args, OPTION_BEFORE, NULL);
    const bool all = argument_flag(args, OPTION_ALL);
    int64_t before_s = 0;
    if (!all && before == NULL && argument_string(args, OPTION_APP, NULL) == NULL) {
        return output_usage_error(args->command, "%s",
                                  tr("say what: --all, --app NAME or --before DATE",
                                     "dites quoi : --all, --app NOM ou --before DATE"));
    }
    if (before != NULL && !read_before(before, &before_s)) {
        return output_usage_error(args->command,
                                  tr("--before %s: must be a date such as 2026-03-03",
                                     "--before %s : doit être une date, comme 2026-03-03"),
                                  before);
    }
    if (all && !is_agreed(args)) {
        huis_error err = {.status = HUIS_OK};
        (void)error_set(&err, HUIS_E_DENIED, "%s",
                        tr("nothing is removed without being asked: add --yes",
                           "rien n'est supprimé sans accord : ajoutez --yes"));
        return output_error(&err);
    }
    return with_store(args, purge);
}
