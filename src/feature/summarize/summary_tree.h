/*
 * summary_tree.h - reading a text of any length part by part (feature/summarize only).
 */
#ifndef HUIS_FEATURE_SUMMARY_TREE_H
#define HUIS_FEATURE_SUMMARY_TREE_H

#include "feature/summarize/summary.h"

/* A piece that is read in one go, and the part that it belongs to. */
typedef struct summary_run {
    document_part run;
    size_t part;
} summary_run;

typedef struct summary_runs {
    summary_run *list;
    size_t count, capacity;
    size_t n_parts;
} summary_runs;

/* summary_parts.c. BAD_ARGUMENT: the parts given are no parts of the text. */
int summary_check_parts(span text, const huis_summarize_options *options, huis_error *err);
int summary_find_runs(summary_runs *runs, span text, const huis_summarize_options *options,
                      huis_error *err);
void summary_runs_deinit(summary_runs *runs);

/* summary_tree.c: chooses what each part offers, then sets the job's source, index and scores to
 * what the whole is chosen from. Action items are found part by part and added at once. */
int summary_read_tree(summary_job *job, span text, const summary_runs *runs, document *out_source);

#endif
