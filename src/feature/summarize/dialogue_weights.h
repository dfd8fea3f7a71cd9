/*
 * dialogue_weights.h - weights of what is seen in a clause (dialogue_value.c only). Made by
 * training/summaries/train.py; data, licences and scores: models/summary-scorer/README.md.
 */
#ifndef HUIS_FEATURE_DIALOGUE_WEIGHTS_H
#define HUIS_FEATURE_DIALOGUE_WEIGHTS_H

#include "feature/summarize/dialogue_value.h"

static const double DIALOGUE_WEIGHTS[DIALOGUE_N_FEATURES] = {
    [CLAUSE_ASK] = -0.030,   [CLAUSE_REQUEST] = 0.007,  [CLAUSE_SUGGEST] = 0.004,
    [CLAUSE_OFFER] = 0.000,  [CLAUSE_PROMISE] = 0.017,  [CLAUSE_WANT] = 0.020,
    [CLAUSE_THINK] = 0.003,  [CLAUSE_SAY] = -0.021,     [CLAUSE_AGREE] = 0.000,
    [CLAUSE_SCORE] = 0.036,  [CLAUSE_FIRST] = 0.016,    [CLAUSE_SECOND] = -0.018,
    [CLAUSE_LENGTH] = 0.024, [CLAUSE_SHORT] = -0.016,   [CLAUSE_VAGUE] = -0.026,
    [CLAUSE_OTHER] = -0.014, [CLAUSE_NAMES] = 0.005,    [CLAUSE_ANSWER] = 0.014,
    [CLAUSE_NUMBER] = 0.002, [CLAUSE_AFFIRMED] = 0.000, [CLAUSE_DENIED] = 0.000,
    [CLAUSE_ASKER] = 0.000,
};

#endif
