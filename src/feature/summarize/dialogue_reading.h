/*
 * dialogue_reading.h - an English sentence of a turn while it is read (feature/summarize only).
 */
#ifndef HUIS_FEATURE_DIALOGUE_READING_H
#define HUIS_FEATURE_DIALOGUE_READING_H

#include "feature/summarize/dialogue_acts.h"

/* A sentence on its way. */
typedef struct dialogue_reading {
    dialogue_tokens tokens;
    size_t from, to; /* what is left of it */
    bool asks;       /* ends in a question mark */
    bool please;
    dialogue_answer answer; /* what a question was answered with, where that is told */
    dialogue_telling d;
    dialogue_told told;
} dialogue_reading;

/* Cuts what opens and closes the sentence; at a semicolon, colon or dash it ends. */
void dialogue_trim(dialogue_reading *r);
/* Whether what is left tells nothing: "nice to meet you", "I see". */
bool dialogue_is_courtesy(const dialogue_reading *r);
/* Whether it means nothing without what was said before it: "I agree with that", "I think you should
 * be", "I am, and so is he". */
bool dialogue_leans_back(const dialogue_reading *r);
/* A word with a capital that is no common word. */
bool dialogue_is_name(const dialogue_tokens *t, size_t i);

#endif
