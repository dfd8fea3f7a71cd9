/*
 * eval_notifications.h - what the files of `huis eval notifications` share: scenarios, systems,
 * results.
 */
#ifndef HUIS_CLI_EVAL_NOTIFICATIONS_H
#define HUIS_CLI_EVAL_NOTIFICATIONS_H

#include "base/arena.h"
#include "cli/eval.h"
#include "eval/eval_phrases.h"
#include "eval/eval_ranking.h"
#include "huis/notify.h"

/* A line of a set (tests/eval/notifications/README.md). Strings belong to the list's memory. */
typedef struct eval_scenario {
    const char *id, *language, *story;
    huis_notifications *records;
    huis_notify_context *context;
    eval_gold *golds;          // [records->n_items]
    const char *gold_digest;   /* as a person wrote it */
    span *musts, *must_nots;   /* folded (eval_phrases.h) */
    const char **must_strings; /* as they are written */
    size_t n_musts, n_must_nots;
} eval_scenario;

typedef struct eval_scenarios {
    eval_scenario *items;
    size_t count, capacity;
    arena memory;
} eval_scenarios;

typedef enum eval_order {
    EVAL_ORDER_HUIS = 0,
    EVAL_ORDER_NEWEST,
    EVAL_ORDER_ARRIVAL,
    EVAL_ORDER_URGENCY, /* the sender's hint, the newer first */
    EVAL_ORDERS
} eval_order;

typedef enum eval_digest_maker {
    EVAL_DIGEST_HUIS = 0,
    EVAL_DIGEST_GOLD, /* of the order that was wanted */
    EVAL_DIGEST_FIRST_LINES,
    EVAL_DIGESTS
} eval_digest_maker;

typedef struct eval_digest {
    const char *text;
    size_t n_words, max_words, n_longest; /* words of the longest line */
    size_t n_said, n_must_nots_said;      /* musts covered; forbidden phrases said */
    bool *said;                           // [n_musts]
    size_t n_absent_names, n_absent_numbers;
    uint32_t n_fallbacks;
    double ms; /* processor time */
} eval_digest;

typedef struct eval_ranked {
    huis_notify_ranking *ranking; /* of huis */
    eval_place *places[EVAL_ORDERS];
    ranking_measures m[EVAL_ORDERS];
    eval_digest digests[EVAL_DIGESTS];
} eval_ranked;

/* Everything of one call. */
typedef struct eval_notify {
    eval_scenarios scenarios;
    eval_ranked *results; // [scenarios.count], of which n_done are filled
    size_t n_done;
    double *single_ms; /* processor time of every record ranked by itself */
    size_t n_singles;
} eval_notify;

const char *eval_order_name(eval_order order);
const char *eval_digest_name(eval_digest_maker maker);
/* Of this thread. */
double eval_processor_ms(void);

/* eval_notify_digest.c: makes and measures the digests of a ranked scenario. */
int eval_notify_digests(const eval_scenario *s, eval_ranked *r, huis_session *session,
                        arena *memory, huis_error *err);

/* eval_notify_data.c: DIRECTORY/NAME.jsonl. Errors: NOT_FOUND, BAD_FILE with the line, NO_MEMORY. */
int eval_scenarios_read(eval_scenarios *out, const char *directory, const char *name, size_t limit,
                        huis_error *err);
void eval_scenarios_deinit(eval_scenarios *s);

/* eval_notify_report.c */
int eval_notify_print(eval_run *run, const eval_notify *all, huis_error *err);
int eval_notify_json(const eval_run *run, const eval_notify *all, huis_error *err);

/* eval_notify_samples.c: every ranking and digest beside what a person wanted, as Markdown. */
int eval_notify_samples(buffer *out, const eval_notify *all, huis_error *err);

#endif
