/*
 * baseline.h - what any summary must beat: the start of the text, and a model's answer to a plain
 * question, made to fit.
 *
 * Written apart from feature/summarize on purpose: the yardstick does not change with what it
 * measures. Words are those of every limit of huis (document_count_words).
 */
#ifndef HUIS_EVAL_BASELINE_H
#define HUIS_EVAL_BASELINE_H

#include "base/buffer.h"
#include "base/span.h"

/* The first max_words words. */
span baseline_lead_cut(span text, size_t max_words);
/* Whole sentences from the start while they fit; a first one that is too long is cut. A sentence ends
 * after . ! ? or … before white space, and at a line break. */
span baseline_lead_sentences(span text, size_t max_words);

/* Appends a model's answer (its first line only, with `one_line`) on one line, without the label ("Subject:"), quotes and asterisks around
 * it, cut after the last clause mark that keeps 60 % of max_words, else at the limit without a
 * dangling function word. False: the buffer has failed. */
bool baseline_append_answer(buffer *out, span answer, size_t max_words, bool one_line);

#endif
