/*
 * notification_store.h - what the watcher saw, what was decided, what the person said: one SQLite file.
 *
 * A record that notification_store_add took is there after kill -9 and after a power cut. Records stay
 * for the retention (14 days unless said), one-time codes for ten minutes past their time; opening
 * the store and notification_store_tick remove what is due, and overwrite it. Over the limits of
 * base/limits.h the oldest records that are not critical go first.
 *
 * A damaged file is moved aside ("notifications.db.damaged-20260303T100000Z"), a new one is made and
 * what can be read of the old one is put into it; `notice` says so. Several processes may have the
 * store open: one writes at a time, others wait up to 5 s, readers never wait.
 */
#ifndef HUIS_STORE_NOTIFICATION_STORE_H
#define HUIS_STORE_NOTIFICATION_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "huis/error.h"
#include "huis/notify.h"

typedef struct notification_store notification_store; /* one thread at a time */

/* What happened when it was opened. */
typedef struct notification_notice {
    bool was_damaged;
    char moved_to[256];  /* file name of the damaged one, without its folder */
    uint64_t n_salvaged; /* records */
} notification_notice;

/* DATA/notifications.db. `now_s` is Unix time. *out_notice may be NULL. */
int notification_store_open(notification_store **out_store, const char *data_directory,
                            int64_t now_s, notification_notice *out_notice, huis_error *err);
/* Whether there is such a file. */
bool notification_store_exists(const char *data_directory);
notification_store *notification_store_close(notification_store *store);

/* Several changes as one: between begin and end (which commits when `status` is HUIS_OK and takes
 * all back else; returns the first failure) the functions below make no transactions of their own. */
int notification_store_begin(notification_store *store, huis_error *err);
int notification_store_end(notification_store *store, int status, huis_error *err);

/* ---- records ---- */

/* What the store knows of a record. */
typedef enum notification_event {
    /* 1 to 6: a huis_notify_verdict */
    NOTIFICATION_EXPIRED = 10,   /* its popup went by itself: nobody read it, it stays open */
    NOTIFICATION_CLOSED = 11,    /* closed, nobody knows by whom */
    NOTIFICATION_WITHDRAWN = 12, /* closed by its app */
    NOTIFICATION_SHOWN = 13      /* by huis */
} notification_event;

typedef struct stored_decision {
    bool is_known;
    huis_notify_class cls;
    double score;
    bool interrupt;
    bool one_time_code;
    const char *const *reasons;
    size_t n_reasons;
    const char *deadline; /* NULL: none */
    int64_t decided_s;
} stored_decision;

typedef struct stored_state {
    int64_t seen_s;   /* when the store took it */
    int64_t closed_s; /* 0: open */
    int last_verdict; /* a huis_notify_verdict; 0: none */
    bool is_code;     /* one-time code */
    stored_decision decision;
} stored_state;

typedef struct stored_notifications {
    const huis_notification *records; /* ascending by time */
    const stored_state *states;       /* [n_items] */
    size_t n_items;
    arena memory;
} stored_notifications;

typedef struct notification_query {
    const char *id, *app; /* NULL: any */
    int64_t since_s;      /* time of the record; 0: all */
    bool only_open;       /* not closed, and no verdict but snoozed, up and down */
    size_t max_items;     /* the newest; 0: all */
} notification_query;

/* Puts records in, all or none, in one durable transaction; a record whose id is there is replaced
 * and is open again. `codes` (may be NULL) marks one-time codes. Then enforces the size limits. */
int notification_store_add(notification_store *store, const huis_notification *records,
                           const bool *codes, size_t n_records, int64_t now_s, huis_error *err);
/* NULL query: all. Freed with stored_notifications_free. */
int notification_store_read(notification_store *store, const notification_query *query,
                            stored_notifications **out_records, huis_error *err);
stored_notifications *stored_notifications_free(stored_notifications *records);
/* NOT_FOUND: no record of that id. Events close it (but EXPIRED, SHOWN,
 * SNOOZED, UP, DOWN). */
int notification_store_event(notification_store *store, const char *id, int event, int64_t now_s,
                             huis_error *err);
/* Keeps what was decided of records that are in the store (others are passed over), in one
 * transaction; one-time codes are marked. */
int notification_store_decide(notification_store *store, const huis_notification *records,
                              const huis_notify_ranking *ranking, int64_t now_s, huis_error *err);
/* Removes what is due: retention, one-time codes. *out_removed may be NULL. */
int notification_store_tick(notification_store *store, int64_t now_s, uint64_t *out_removed,
                            huis_error *err);

typedef struct notification_purge {
    const char *app;  /* NULL: any */
    int64_t before_s; /* 0: any time */
    bool all; /* everything: records, history, weights, contacts, calendar, not the switches */
} notification_purge;

int notification_store_purge(notification_store *store, const notification_purge *what,
                             uint64_t *out_removed, huis_error *err);

typedef struct notification_totals {
    uint64_t n_records, n_open, n_events, n_contacts, n_calendar, bytes;
    int64_t oldest_s; /* 0: none */
    bool has_weights;
} notification_totals;

int notification_store_totals(notification_store *store, notification_totals *out_totals,
                              huis_error *err);

/* ---- what the context is made of ---- */

typedef struct stored_contact {
    const char *name, *relation; /* relation NULL: not said */
    bool starred;
    const char *const *addresses;
    size_t n_addresses;
} stored_contact;

typedef struct stored_event {
    const char *title;
    huis_time start, end; /* end may be unknown */
    bool all_day;
} stored_event;

typedef struct stored_app {
    const char *name;
    uint64_t shown_30d, opened_30d;
} stored_app;

typedef struct stored_past {
    const char *app, *sender, *title;
    huis_notify_verdict action;
    int64_t time_s;
} stored_past;

/* All of it; the newest 2,000 verdicts, events of the calendar from a day ago to a month ahead. */
typedef struct stored_context {
    const stored_contact *contacts;
    size_t n_contacts;
    const stored_event *calendar;
    size_t n_calendar;
    const stored_app *apps;
    size_t n_apps;
    const stored_past *history; /* newest first */
    size_t n_history;
    arena memory;
} stored_context;

int notification_store_context(notification_store *store, int64_t now_s,
                               stored_context **out_context, huis_error *err);
stored_context *stored_context_free(stored_context *context);
/* Replaces what the same source (the file's path) gave before. */
int notification_store_set_contacts(notification_store *store, const char *source,
                                    const stored_contact *contacts, size_t n, huis_error *err);
int notification_store_set_calendar(notification_store *store, const char *source,
                                    const stored_event *events, size_t n, huis_error *err);

/* ---- switches and settings ---- */

/* Whether a feature ("watch", "digest", "summaries", "learn") is on for an app; `app` NULL: for all.
 * What was said of the app counts before what was said of all, and that before `fallback`. */
int notification_store_is_on(notification_store *store, const char *feature, const char *app,
                             bool fallback, bool *out_on, huis_error *err);
int notification_store_switch(notification_store *store, const char *feature, const char *app,
                              bool on, huis_error *err);

typedef struct stored_switch {
    const char *feature, *app; /* app NULL: all */
    bool on;
} stored_switch;

typedef struct stored_switches {
    const stored_switch *items;
    size_t n_items;
    arena memory;
} stored_switches;

int notification_store_switches(notification_store *store, stored_switches **out_switches,
                                huis_error *err);
stored_switches *stored_switches_free(stored_switches *switches);

/* "retention_days", "focus", ...; *out_value is freed with memory_free, NULL: not set. */
int notification_store_setting(notification_store *store, const char *key, char **out_value,
                               huis_error *err);
int notification_store_set_setting(notification_store *store, const char *key, const char *value,
                                   huis_error *err);
/* The learnt weights; *out_bytes is freed with memory_free, NULL: none. `bytes` NULL removes them. */
int notification_store_weights(notification_store *store, void **out_bytes, size_t *out_n_bytes,
                               huis_error *err);
int notification_store_set_weights(notification_store *store, const void *bytes, size_t n_bytes,
                                   huis_error *err);

#endif
