/*
 * summary_overlap.h - how much two texts have in common, word for word (feature/summarize only):
 * ROUGE-1, -2 and -L (Lin 2004) on the folded words of patterns, as hashes.
 */
#ifndef HUIS_FEATURE_SUMMARY_OVERLAP_H
#define HUIS_FEATURE_SUMMARY_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum { OVERLAP_MAX_WORDS = 256 };

/* The words of a text in order. {0}: none. */
typedef struct overlap_run {
    uint64_t words[OVERLAP_MAX_WORDS];
    size_t count;
} overlap_run;

/* Adds the words of a text, until there are max_words (at most OVERLAP_MAX_WORDS). False: no memory. */
bool overlap_append(overlap_run *run, span text, size_t max_words);
/* Runs of n words (1 or 2) that both have, each as often as in the rarer one. */
size_t overlap_shared(const overlap_run *a, const overlap_run *b, size_t n);
/* 2 hits / (a + b); 0 for two empty ones. */
double overlap_f1(size_t hits, size_t a, size_t b);
/* F1 of runs of n words (1 or 2), 0 to 1. */
double overlap_of_runs(const overlap_run *a, const overlap_run *b, size_t n);
/* ROUGE-1, -2 and -L, F1, added up: 0 to 3. */
double overlap_agreement(const overlap_run *a, const overlap_run *b);

#endif
