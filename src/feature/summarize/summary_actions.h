/*
 * summary_actions.h - who is to do what a sentence asks or promises (feature/summarize only).
 */
#ifndef HUIS_FEATURE_SUMMARY_ACTIONS_H
#define HUIS_FEATURE_SUMMARY_ACTIONS_H

#include "feature/summarize/summary.h"

typedef enum actor { ACTOR_NONE, ACTOR_YOU, ACTOR_SPEAKER, ACTOR_SUBJECT } actor;

typedef struct action {
    actor actor;
    size_t at; /* the first word of the pattern */
} action;

/* Verbs that, opening a sentence, ask for something. */
bool summary_is_imperative(const summary_words *w, size_t i);
/* The person of an action, in the words of the text; empty: several, or nobody known. `from`: the
 * first word of the sentence's own. */
span summary_find_person(const summary_job *job, size_t i_sentence, const summary_words *w,
                         const action *a, size_t from);

#endif
