/*
 * summary_forms.h - shorter forms of a sentence, made by leaving clauses out (feature/summarize
 * only). No model: rules on commas, brackets and the words that open a clause, French and English.
 */
#ifndef HUIS_FEATURE_SUMMARY_FORMS_H
#define HUIS_FEATURE_SUMMARY_FORMS_H

#include "base/buffer.h"
#include "base/span.h"

enum { SUMMARY_FORM_RUNS = 5, SUMMARY_MAX_FORMS = 10 };

/* What is left of a sentence: runs of it, in order. */
typedef struct summary_form {
    span runs[SUMMARY_FORM_RUNS];
    size_t n_runs;
    size_t n_words;
} summary_form;

/* The sentence itself comes first, without a connective that opens it ("But"). Returns how many. */
size_t summary_find_forms(span sentence, summary_form out[SUMMARY_MAX_FORMS]);
/* Whether words limit, negate or attribute what stands beside them: without them a sentence claims
 * more than it did. */
bool summary_binds(span text);
/* Whether a clause between `before` and `after`, parted by commas, holds the first of the things that
 * `after` goes on to list: "... un réseau, qui chauffe 300 logements, deux écoles et l'hôpital". */
bool summary_parts_list(span before, span after);
/* A connective, or a place, a time or the like that opens a sentence and may go. */
bool summary_is_opening(span text);
/* Appends the runs as one line that starts with a capital. */
bool summary_append_form(buffer *b, const summary_form *form);

#endif
