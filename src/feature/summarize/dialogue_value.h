/*
 * dialogue_value.h - how much a clause of a dialogue is worth telling (feature/summarize only).
 */
#ifndef HUIS_FEATURE_DIALOGUE_VALUE_H
#define HUIS_FEATURE_DIALOGUE_VALUE_H

#include "feature/summarize/summary_dialogue.h"

/* What is seen in a clause; the recipe in training/summaries reads the names here. */
typedef enum dialogue_feature {
    CLAUSE_ASK = 0, /* one per act, in the order of dialogue_act without ACT_NONE: 0 or 1 */
    CLAUSE_REQUEST,
    CLAUSE_SUGGEST,
    CLAUSE_OFFER,
    CLAUSE_PROMISE,
    CLAUSE_WANT,
    CLAUSE_THINK,
    CLAUSE_SAY,
    CLAUSE_AGREE,
    CLAUSE_SCORE,    /* of its sentence, as a share of the best */
    CLAUSE_FIRST,    /* it is the first clause */
    CLAUSE_SECOND,   /* the second */
    CLAUSE_LENGTH,   /* words / 25, at most 1 */
    CLAUSE_SHORT,    /* at most six words */
    CLAUSE_VAGUE,    /* opens with a pronoun without its noun */
    CLAUSE_OTHER,    /* its subject is not the speaker */
    CLAUSE_NAMES,    /* mentions of the first two speakers / 3, at most 1 */
    CLAUSE_ANSWER,   /* the other one agrees to it */
    CLAUSE_NUMBER,   /* holds a digit */
    CLAUSE_AFFIRMED, /* of a note (dialogue_notes.h): a question with its yes, */
    CLAUSE_DENIED,   /* with its no; */
    CLAUSE_ASKER,    /* told by who asks */
    DIALOGUE_N_FEATURES
} dialogue_feature;

/* Those of clause k. */
void dialogue_features(const summary_job *job, const dialogue_clauses *c, size_t k, double *out);
double dialogue_value(const summary_job *job, const dialogue_clauses *c, size_t k);

#endif
