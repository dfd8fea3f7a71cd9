/*
 * eval_summaries.h - inside `huis eval summaries`: one set run by several systems, the report, the
 * samples.
 */
#ifndef HUIS_CLI_EVAL_SUMMARIES_H
#define HUIS_CLI_EVAL_SUMMARIES_H

#include "cli/eval.h"
#include "eval/measure.h"
#include "eval/rouge.h"

typedef enum eval_system {
    EVAL_HUIS = 0,
    EVAL_LEAD_CUT = 1,
    EVAL_LEAD_SENTENCES = 2,
    EVAL_ASKED = 3, /* the same model, simply asked */
    EVAL_SYSTEMS = 4
} eval_system;

/* One text by one system. */
typedef struct eval_answer {
    const char *text;
    rouge_score rouge;
    measures m;
    double seconds, first_seconds; /* whole; until the first checked item, or first piece of text */
    uint32_t n_fallbacks;
} eval_answer;

/* One set. */
typedef struct eval_outcome {
    const eval_set *set;
    huis_summary_kind kind;
    huis_summary_mode mode;
    char label[32]; /* "huis, hybrid" */
    uint32_t max_words;
    eval_items items;
    eval_answer *answers[EVAL_SYSTEMS]; // [items.count] each; NULL: not run
    size_t n_done;                      /* the items that every system has answered */
} eval_outcome;

/* eval_ask.c: asks the run's model plainly. `memory` holds the answer. */
int eval_ask(const eval_run *run, const eval_outcome *o, const eval_item *item, arena *memory,
             eval_answer *out, huis_error *err);

/* eval_report.c: the table of one set, as text or Markdown on standard output, or as JSON. */
int eval_report_print(const eval_run *run, const eval_outcome *o, huis_error *err);
int eval_report_json(const eval_outcome *o, json_t **out, huis_error *err);
/* How words are cut for ROUGE, in a sentence. */
const char *eval_report_tokenisation(void);
/* "huis, hybrid", "lead, cut" */
const char *eval_system_name(eval_system system, const eval_outcome *o);

/* eval_samples.c: appends ten outputs of a set, at even distances, as Markdown. */
int eval_samples_append(buffer *out, const eval_outcome *o, huis_error *err);

#endif
