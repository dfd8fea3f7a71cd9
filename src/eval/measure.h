/*
 * measure.h - what can be said of a summary without a reference: length, coverage of the source,
 * names and numbers that the source lacks, the checker's score.
 *
 * Names and numbers are judged twice: by huis_check, and by a plain comparison that shares no code
 * with it (eval_facts.c), so that a hole in the first is seen by the second.
 */
#ifndef HUIS_EVAL_MEASURE_H
#define HUIS_EVAL_MEASURE_H

#include <stdbool.h>

#include "base/span.h"
#include "huis/error.h"

typedef struct measure_source measure_source;

typedef struct measures {
    size_t n_words;
    bool over_limit;
    /* Centroid weight of the text's content words, divided by the most that as many words of the
     * source can have. Weight of a word: log(1 + n) * log(1 + (S - s + 0.5) / (s + 0.5)), n its
     * occurrences, s of S sentences hold it; content words: no function words, no single
     * characters; each counts once; one that the source lacks weighs 0. */
    double coverage;
    double score; /* huis_check, 0..1 */
    bool supported;
    size_t unsupported_names, unsupported_numbers; /* huis_check */
    size_t absent_names, absent_numbers;           /* the plain comparison */
} measures;

/* Reads a source once for the texts that are measured against it; `text` must outlive it. Errors:
 * NO_TEXT, BAD_ARGUMENT (not UTF-8), NO_MEMORY. */
int measure_source_new(measure_source **out_source, span text, huis_error *err);
measure_source *measure_source_free(measure_source *source);
/* An empty text measures 0 in all. max_words 0: no limit. */
int measure_text(const measure_source *source, span text, size_t max_words, measures *out,
                 huis_error *err);

#endif
