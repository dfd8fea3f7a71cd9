/*
 * huis/notify.h - notifications: ranked by what matters to their owner, explained, taught, digested.
 *
 * Pure functions: records, context and learnt weights in, a result out. Nothing here reads a file,
 * a bus or a store, and no model ranks or writes. Content is data: no text of a record can change a rule, a
 * weight or another record's place but through the features named in docs/notify.md.
 *
 * Sources of the algorithms: importance as calibrated logistic regression, global and personal part
 * (Aberdeen, Pacovsky, Slater 2010, "The learning behind Gmail Priority Inbox"); FTRL-Proximal
 * (McMahan and others 2013); rules that are shown and accepted (Mehrotra and others 2016, PrefMiner).
 */
#ifndef HUIS_NOTIFY_H
#define HUIS_NOTIFY_H

#include <huis/error.h>
#include <huis/session.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- records ---- */

typedef enum huis_trust {
    HUIS_TRUST_UNSTATED = 0,
    HUIS_TRUST_VERIFIED = 1, /* the source vouches for the sender */
    HUIS_TRUST_UNKNOWN = 2,  /* the source does not know the sender */
    HUIS_TRUST_SPOOFED = 3   /* the source saw that the sender is forged */
} huis_trust;

/* A moment, and the zone in which it was told. */
typedef struct huis_time {
    int64_t seconds;      /* since 1970-01-01 UTC */
    int32_t zone_minutes; /* east of UTC, -1439..1439 */
    bool known;           /* false: not given; the others are then zero */
} huis_time;

/* One notification. Strings are UTF-8, terminated, as the source gave them (markup, entities and
 * hidden characters included: they are removed where a text is read or shown); NULL: not given. */
typedef struct huis_notification {
    const char *id;  /* unique among the records given */
    const char *app; /* never NULL or empty */
    const char *source;
    const char *sender;
    const char *conversation;
    const char *title, *body; /* at least one */
    const char *category;     /* freedesktop name, "im.received" */
    huis_time time;           /* known */
    huis_time expires;
    int urgency; /* the sender's own hint: 0 low, 1 normal, 2 critical; -1: not given */
    huis_trust trust;
    const char *const *actions; /* labels */
    size_t n_actions;
} huis_notification;

/* A line of the input that is no record. */
typedef struct huis_notify_skip {
    uint64_t line;      /* from 1 */
    const char *reason; /* one line, English */
} huis_notify_skip;

typedef struct huis_notifications {
    const huis_notification *items; /* in the order of the input */
    size_t n_items;
    const huis_notify_skip *skips; /* the first 100 */
    size_t n_skips;
    uint64_t n_skipped; /* all of them */
} huis_notifications;

/* Reads JSON Lines (docs/formats.md, "Notification records"). A line that is no record (no JSON; id,
 * app, title and body, or time missing or of another type; an id seen before; a date that cannot be)
 * is skipped and counted. Any other field that is not what it should be counts as not given; a body
 * over the limit is cut at a character; bytes that are no UTF-8 are U+FFFD. Errors: LIMIT (more
 * records or bytes than base/limits.h allows), NO_MEMORY. Freed with huis_notifications_free. */
HUIS_API int huis_notifications_read(const char *lines, size_t n_bytes,
                                     huis_notifications **out_records, huis_error *err);
HUIS_API huis_notifications *huis_notifications_free(huis_notifications *records);

/* ---- context ---- */

typedef struct huis_notify_context huis_notify_context; /* immutable; any thread */

/* Reads a context (docs/formats.md, "Notification context"): one JSON object, every field of which
 * may be missing. Unknown fields are ignored. Errors: BAD_ARGUMENT (no JSON object, a field of
 * another type: named), LIMIT, NO_MEMORY. */
HUIS_API int huis_notify_context_read(const char *json, size_t n_bytes,
                                      huis_notify_context **out_context, huis_error *err);
HUIS_API huis_notify_context *huis_notify_context_free(huis_notify_context *context);

/* ---- what was learnt ---- */

typedef struct huis_notify_weights huis_notify_weights; /* one thread at a time when changed */

typedef enum huis_notify_verdict {
    HUIS_VERDICT_OPENED = 1,
    HUIS_VERDICT_DISMISSED = 2,
    HUIS_VERDICT_REPLIED = 3,
    HUIS_VERDICT_SNOOZED = 4,
    HUIS_VERDICT_UP = 5,  /* should have stood higher */
    HUIS_VERDICT_DOWN = 6 /* should have stood lower */
} huis_notify_verdict;

/* A rule that the person's verdicts amount to. */
typedef struct huis_notify_rule {
    const char *key;  /* stable: names the rule in learnt_set */
    const char *text; /* in words, in the language asked for */
    double weight;    /* positive: higher; log-odds */
    uint32_t n_verdicts;
    bool accepted; /* by the person; else it counts at half its weight */
} huis_notify_rule;

typedef struct huis_notify_rules {
    const huis_notify_rule *items; /* strongest first */
    size_t n_items;
} huis_notify_rules;

typedef enum huis_notify_rule_action {
    HUIS_RULE_ACCEPT = 1,
    HUIS_RULE_UNDO = 2 /* forget what was learnt of it */
} huis_notify_rule_action;

/* Nothing learnt yet. */
HUIS_API int huis_notify_weights_new(huis_notify_weights **out_weights, huis_error *err);
/* From bytes that huis_notify_weights_write gave. Errors: BAD_FILE. */
HUIS_API int huis_notify_weights_read(const void *bytes, size_t n_bytes,
                                      huis_notify_weights **out_weights, huis_error *err);
/* *out_bytes is freed with huis_notify_bytes_free. */
HUIS_API int huis_notify_weights_write(const huis_notify_weights *weights, void **out_bytes,
                                       size_t *out_n_bytes, huis_error *err);
HUIS_API void *huis_notify_bytes_free(void *bytes);
HUIS_API huis_notify_weights *huis_notify_weights_free(huis_notify_weights *weights);
/* Learns from one verdict on a record; `context` as it was then (NULL: none). Hostile records and
 * one-time codes teach nothing; nothing learnt can lift a hostile record or hold back a critical
 * one (docs/notify.md). */
HUIS_API int huis_notify_learn(huis_notify_weights *weights, const huis_notification *record,
                               const huis_notify_context *context, huis_notify_verdict verdict,
                               huis_error *err);
/* The same with the vector of the record's text (of `n_dimensions`; NULL: none), so that what is near in
 * meaning moves along. The first that teaches sets the dimension, up to 4,096; a vector of another,
 * or with what is no number, is as if not given. */
HUIS_API int huis_notify_learn_vector(huis_notify_weights *weights, const huis_notification *record,
                                      const float *vector, size_t n_dimensions,
                                      const huis_notify_context *context,
                                      huis_notify_verdict verdict, huis_error *err);
/* The same from a choice: `better` was opened while `worse` stood above it. */
HUIS_API int huis_notify_prefer(huis_notify_weights *weights, const huis_notification *better,
                                const huis_notification *worse, const huis_notify_context *context,
                                huis_error *err);
HUIS_API int huis_notify_rules_list(const huis_notify_weights *weights, const char *language,
                                    huis_notify_rules **out_rules, huis_error *err);
HUIS_API huis_notify_rules *huis_notify_rules_free(huis_notify_rules *rules);
/* Errors: BAD_ARGUMENT (no such rule). */
HUIS_API int huis_notify_rule_set(huis_notify_weights *weights, const char *key,
                                  huis_notify_rule_action action, huis_error *err);

/* ---- ranking ---- */

typedef enum huis_notify_class {
    HUIS_NOTIFY_CRITICAL = 1,
    HUIS_NOTIFY_TODAY = 2,
    HUIS_NOTIFY_PERSONAL = 3,
    HUIS_NOTIFY_LATER = 4,
    HUIS_NOTIFY_NOISE = 5,
    HUIS_NOTIFY_HOSTILE = 6
} huis_notify_class;

/* "critical", "today", ... */
HUIS_API const char *huis_notify_class_name(huis_notify_class cls);

typedef struct huis_notify_rank_item {
    size_t record; /* index of the record given */
    uint32_t rank; /* from 1, best first; each record once */
    huis_notify_class cls;
    double score;               /* 0..1: how likely it is wanted now; falls with the rank */
    bool interrupt;             /* breaks through at `now` under the focus */
    bool one_time_code;         /* never in a prompt, a digest or a log */
    const char *const *reasons; /* 1 to 3, strongest first, in words, in the person's language */
    size_t n_reasons;
    const char *deadline; /* RFC 3339, or a date where only the day is said; NULL: none */
} huis_notify_rank_item;

typedef struct huis_notify_ranking {
    const huis_notify_rank_item *items; /* by rank */
    size_t n_items;
    const char *language; /* of the reasons: "fr" or "en" */
} huis_notify_ranking;

typedef struct huis_notify_rank_options {
    uint32_t struct_size; /* set by huis_notify_rank_options_default; without it: BAD_ARGUMENT */
    const char *language; /* of the reasons; NULL: the context's first, else English */
    huis_time now;        /* not known: the context's, else the newest record's time */
    /* One vector for each record, of `n_dimensions`, one behind the other; NULL: none. They count by
     * what huis_notify_learn_vector learnt from vectors of the same dimension. */
    const float *vectors;
    size_t n_dimensions;
} huis_notify_rank_options;

HUIS_API void huis_notify_rank_options_default(huis_notify_rank_options *out_options);

/* Ranks records. `context`, `weights` and `options` may be NULL. Deterministic: a total order, the
 * same for the same input. About 0.1 ms a record (docs/notify.md). Errors: BAD_ARGUMENT (an id
 * twice, no app), NO_MEMORY. Freed with huis_notify_ranking_free. */
HUIS_API int huis_notify_rank(const huis_notification *records, size_t n_records,
                              const huis_notify_context *context,
                              const huis_notify_weights *weights,
                              const huis_notify_rank_options *options,
                              huis_notify_ranking **out_ranking, huis_error *err);
HUIS_API huis_notify_ranking *huis_notify_ranking_free(huis_notify_ranking *ranking);

/* ---- digest ---- */

typedef struct huis_notify_source {
    size_t record;
    bool in_title;       /* else in the body */
    uint64_t start, end; /* bytes of that field as it was given */
} huis_notify_source;

typedef struct huis_notify_line {
    const char *text; /* at most ten words; "… " opens one that goes on about the line above */
    const size_t *records; /* that it speaks of */
    size_t n_records;
    const huis_notify_source *sources; /* at least one */
    size_t n_sources;
    uint32_t stack; /* lines of one conversation or app have one number, from 0 in order */
} huis_notify_line;

typedef struct huis_notify_digest {
    const char *text; /* lines joined by line breaks */
    const huis_notify_line *lines;
    size_t n_lines;
    const size_t *held_back; /* records that no line speaks of: noise, hostile, spent codes */
    size_t n_held_back;
    uint32_t n_fallbacks; /* written lines that were replaced by their source */
    uint32_t tier;
} huis_notify_digest;

typedef struct huis_notify_digest_options {
    uint32_t struct_size;
    uint32_t max_words; /* 0: 60 for ten records, 200 for sixty, between them in proportion */
    const char *language;
} huis_notify_digest_options;

HUIS_API void huis_notify_digest_options_default(huis_notify_digest_options *out_options);

/* Digests ranked records. `session` is not used (NULL will do): tier 0 always. No line holds a link, a phone number, a code, or
 * a name or number that its sources lack. Freed with huis_notify_digest_free. */
HUIS_API int huis_notify_digest_make(const huis_notification *records, size_t n_records,
                                     const huis_notify_ranking *ranking,
                                     const huis_notify_digest_options *options,
                                     huis_session *session, huis_notify_digest **out_digest,
                                     huis_error *err);
HUIS_API huis_notify_digest *huis_notify_digest_free(huis_notify_digest *digest);

#ifdef __cplusplus
}
#endif

#endif
