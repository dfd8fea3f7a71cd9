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

/* Analyses, indexes and ranks one part by itself: sets the job's source, index and scores. NO_TEXT:
 * it holds no word. */
int summary_rank_part(summary_job *of_run, span text, const document_part *run, document *out,
                      arena *memory);

/* summary_digest.c: what each part of many offers, then a line for each that has room. */
typedef struct summary_digest summary_digest;
summary_digest *summary_digest_new(const summary_job *job, size_t n_parts);
summary_digest *summary_digest_free(summary_digest *g);
int summary_digest_offer(summary_job *of_run, size_t i_part, size_t i_run);
int summary_digest_add(summary_job *job, span text, const summary_runs *runs);

#endif
