/*
 * notify.h - what the files of notify/ share: cleaned texts and the context as a table.
 *
 * Order of the work: records are read (notify_read.c), each text is cleaned once (notify_text.c),
 * its form, times and dangers are seen (notify_form.c, notify_when.c, notify_hostile.c), features
 * are weighed (notify_features.c, notify_weigh.c), records are put in order (notify_rank.c) and
 * told (notify_reasons.c, notify_digest*.c).
 */
#ifndef HUIS_FEATURE_NOTIFY_NOTIFY_H
#define HUIS_FEATURE_NOTIFY_NOTIFY_H

#include "base/arena.h"
#include "base/span.h"
#include "huis/notify.h"

/* A field as a person reads it: no markup, entities resolved, no control, bidirectional or
 * zero-width characters, runs of spaces single. */
typedef struct notify_text {
    span text;              /* UTF-8 */
    const uint32_t *origin; /* of each byte, and of the end (text.len + 1 entries): its byte in the
                             * field as it was given */
    uint32_t n_hidden;      /* bidirectional, zero-width and control characters taken out */
    bool had_link;          /* an address stood in it or in its markup */
    /* Of the addresses in it and in its markup, the first NOTIFY_TEXT_HOSTS: lower case, as they
     * stand ("example.org", "xn--...", "203.0.113.7"), without user, port and path. */
    const span *hosts;
    size_t n_hosts;
} notify_text;

enum { NOTIFY_TEXT_HOSTS = 8, NOTIFY_TIME_BYTES = 72 };

/* notify_time.c. "2026-03-03T10:12:00+01:00"; without a zone it is UTC. False: no moment. */
bool notify_time_read(span text, huis_time *out_time);
/* Whether a text that notify_time_read took names a zone. */
bool notify_time_has_zone(span text);
/* "2026-03-03", in days since 1970-01-01. */
bool notify_date_read(span text, int64_t *out_days);
/* In its own zone; "" when not known or past the year 9999. */
void notify_time_write(huis_time time, char out[NOTIFY_TIME_BYTES]);

/* Memory from `arena`. `field` NULL: an empty text. */
int notify_text_clean(const char *field, arena *memory, notify_text *out_text, huis_error *err);

typedef enum notify_focus {
    NOTIFY_FOCUS_NONE = 0,
    NOTIFY_FOCUS_PERSONAL,
    NOTIFY_FOCUS_WORK,
    NOTIFY_FOCUS_DRIVING,
    NOTIFY_FOCUS_STUDY,
    NOTIFY_FOCUS_SLEEP
} notify_focus;

typedef enum notify_relation { /* from the context's words, French and English */
                               NOTIFY_RELATION_NONE = 0, /* not in the contacts */
                               NOTIFY_RELATION_OTHER,
                               NOTIFY_RELATION_ACQUAINTANCE,
                               NOTIFY_RELATION_SERVICE, /* doctor, school, landlord, bank */
                               NOTIFY_RELATION_COLLEAGUE,
                               NOTIFY_RELATION_MANAGER,
                               NOTIFY_RELATION_FRIEND,
                               NOTIFY_RELATION_FAMILY,
                               NOTIFY_RELATION_PARTNER /* whom the person lives with */
} notify_relation;

typedef struct notify_contact {
    const char *name;
    const char *relation_said; /* as in the context; NULL: none */
    notify_relation relation;
    bool starred;
    const char *const *addresses; /* mail, telephone, handles; from "addresses" (added field) */
    size_t n_addresses;
} notify_contact;

typedef struct notify_event {
    const char *title;
    huis_time start, end; /* end not known: an hour after the start */
    bool all_day;
} notify_event;

typedef struct notify_app {
    const char *name;
    uint32_t shown_30d, opened_30d;
    bool muted;
} notify_app;

typedef struct notify_past {
    const char *app, *sender, *title; /* NULL: not known */
    huis_notify_verdict action;
    huis_time time;
} notify_past;

/* The person's own word, before all else ("rules" of the context: an added field). */
typedef struct notify_person_rules {
    const char *const *always; /* apps, senders or conversations that break through */
    size_t n_always;
    const char *const *never; /* never interrupt, rank with noise */
    size_t n_never;
    const char *const *vips;
    size_t n_vips;
    int quiet_start, quiet_end; /* minutes of the day; -1: none. From 22:00 to 07:00: 1320, 420 */
    double threshold;           /* -1..1: fewer .. more interruptions; default 0 */
} notify_person_rules;

struct huis_notify_context {
    arena memory;
    huis_time now;
    const char *owner; /* NULL: not known */
    const char *const *languages;
    size_t n_languages;
    notify_focus focus;
    const notify_contact *contacts;
    size_t n_contacts;
    const notify_event *calendar;
    size_t n_calendar;
    const notify_app *apps;
    size_t n_apps;
    const notify_past *history;
    size_t n_history;
    notify_person_rules rules;
};

#endif
