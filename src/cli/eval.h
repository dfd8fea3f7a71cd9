/*
 * eval.h - what the evaluations of `huis eval NAME` share: arguments, the model, progress, the end by
 * Ctrl-C. eval.c holds their table; a new one is a row there and one in commands.c.
 */
#ifndef HUIS_CLI_EVAL_H
#define HUIS_CLI_EVAL_H

#include <jansson.h>

#include "base/buffer.h"
#include "cli/command.h"
#include "cli/eval_data.h"
#include "cli/output.h"
#include "store/sha256.h"

typedef struct eval_run {
    const arguments *args;
    const char *directory;
    eval_half half;
    size_t limit;          /* items of each set; 0: all */
    huis_model *model;     /* NULL: none */
    huis_session *session; /* NULL: none */
    huis_session *plain; /* for baselines: a session keeps its own prefix, and both are to profit */
    huis_model_info info;
    buffer model_name;
    char model_hash[SHA256_HEX_LENGTH + 1]; /* "" without a model */
    progress line;
    int64_t started_us; /* of the set in progress */
    bool is_partial;    /* it ended before its end */
    bool is_announced;  /* the conditions are printed */
} eval_run;

/* Opens the model of the arguments. `may_go_without`: none installed is no error. */
int eval_open_model(eval_run *run, bool may_go_without, huis_error *err);
/* One set begins; so many of its items are done. */
void eval_progress_begin(eval_run *run);
void eval_progress(eval_run *run, const char *set, size_t n_done, size_t n_items);
/* Whether the user pressed Ctrl-C: what is done is printed. A second one ends the program. */
bool eval_is_interrupted(void);

/* The i-th choice of an option: what it is called. */
span eval_choice_name(option_id id, size_t i);

/* Processor, threads, model, date, as the JSON of every evaluation has them. */
json_t *eval_conditions_json(const eval_run *run);
/* The same in a line for people, with the command; once. */
void eval_print_conditions(eval_run *run);

/* eval_summaries.c */
int eval_summaries(eval_run *run, huis_error *err);
/* eval_notifications.c */
int eval_notifications(eval_run *run, huis_error *err);
/* eval_check.c */
int eval_check(eval_run *run, huis_error *err);

#endif
