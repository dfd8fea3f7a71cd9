/*
 * dialogue_note_weights.h - weights of what is seen in a note (dialogue_value.c only). Made by
 * training/summaries/train.py; data, licences and scores: models/summary-scorer/README.md.
 */
#ifndef HUIS_FEATURE_DIALOGUE_NOTE_WEIGHTS_H
#define HUIS_FEATURE_DIALOGUE_NOTE_WEIGHTS_H

#include "feature/summarize/dialogue_value.h"

static const double NOTE_WEIGHTS[DIALOGUE_N_FEATURES] = {
    [CLAUSE_ASK] = 0.000,    [CLAUSE_REQUEST] = -0.003, [CLAUSE_SUGGEST] = 0.000,
    [CLAUSE_OFFER] = 0.000,  [CLAUSE_PROMISE] = 0.000,  [CLAUSE_WANT] = -0.002,
    [CLAUSE_THINK] = -0.002, [CLAUSE_SAY] = 0.005,      [CLAUSE_AGREE] = 0.000,
    [CLAUSE_SCORE] = 0.040,  [CLAUSE_FIRST] = -0.010,   [CLAUSE_SECOND] = -0.010,
    [CLAUSE_LENGTH] = 0.025, [CLAUSE_SHORT] = -0.020,   [CLAUSE_VAGUE] = -0.010,
    [CLAUSE_OTHER] = 0.006,  [CLAUSE_NAMES] = -0.001,   [CLAUSE_ANSWER] = -0.001,
    [CLAUSE_NUMBER] = 0.000, [CLAUSE_AFFIRMED] = 0.016, [CLAUSE_DENIED] = -0.017,
    [CLAUSE_ASKER] = -0.002,
};

#endif
