/*
 * calibration.c - one probability from all signals, and the reasons for a refusal.
 *
 * A logistic model; its weights come from training/check (data and licences are named there). Names and numbers
 * that the source lacks, and signals that are hardly ever wrong, refuse whatever the model says: the
 * score then stays below one half.
 */
#include <math.h>

#include "evidence/verdict.h"

/* Made by training/check/train.py. KNOTS to CALIBRATED: from the model's probability to the score, for
 * texts and for dialogues; one half stays where it is. */
enum { N_KNOTS = 13 };
static const double BIAS = 2.088;
static const double WEIGHTS[EVIDENCE_N_SIGNALS] = {
    [SIGNAL_UNKNOWN] = -2.619,
    [SIGNAL_LOST] = 0.000,
    [SIGNAL_LOST_CLAUSE] = 0.000,
    [SIGNAL_LOST_WHOLE] = -2.787,
    [SIGNAL_LOST_EXCESS] = 0.000,
    [SIGNAL_SPREAD] = 0.000,
    [SIGNAL_SPREAD_CLAUSE] = 0.000,
    [SIGNAL_PAIRS_BROKEN] = -0.443,
    [SIGNAL_NAME_ELSEWHERE] = -4.000,
    [SIGNAL_NUMBER_ELSEWHERE] = 0.000,
    [SIGNAL_DATE_ELSEWHERE] = -4.000,
    [SIGNAL_NAME_RIVAL] = -1.987,
    [SIGNAL_NUMBER_RIVAL] = -1.217,
    [SIGNAL_DATE_RIVAL] = -4.000,
    [SIGNAL_APART] = -0.732,
    [SIGNAL_APART_CLAUSE] = -0.680,
    [SIGNAL_APART_EXCESS] = -0.070,
    [SIGNAL_NUMBER_MOVED] = -2.545,
    [SIGNAL_UNIT] = -0.252,
    [SIGNAL_NEGATION_ADDED] = -2.948,
    [SIGNAL_NEGATION_DROPPED] = -3.602,
    [SIGNAL_REVERSED] = -4.000,
    [SIGNAL_TURNED_ROUND] = -4.000,
    [SIGNAL_CERTAIN] = -4.000,
    [SIGNAL_CERTAIN_STRONG] = -4.000,
    [SIGNAL_ROLES] = -2.635,
    [SIGNAL_COUPLED] = -0.815,
    [SIGNAL_SPLICED] = -4.000,
    [SIGNAL_SPEAKER] = -4.000,
    [SIGNAL_DIALOGUE] = -0.356,
    [SIGNAL_LOST_DIALOGUE] = 0.424,
    [SIGNAL_CLAUSE_DIALOGUE] = 0.434,
    [SIGNAL_BROKEN_DIALOGUE] = -0.565,
    [SIGNAL_APART_DIALOGUE] = 1.241,
};
static const double KNOTS[N_KNOTS] = {0.00, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60,
                                      0.70, 0.75, 0.80, 0.85, 0.90, 1.00};
static const double CALIBRATED[2][N_KNOTS] = {
    {0.000, 0.007, 0.029, 0.181, 0.181, 0.500, 0.616, 0.652, 0.753, 0.831, 0.877, 0.904, 1.000},
    {0.145, 0.145, 0.145, 0.195, 0.346, 0.500, 0.500, 0.581, 0.651, 0.721, 0.728, 0.728, 0.910},
};

/* 1 - cosine of a paraphrase is small; set by hand, for there is no open data with vectors. */
static const double FAR_WEIGHT = -2.0;
static const double FAR_FREE = 0.3;

static const double THRESHOLD = 0.5;
/* A refused sentence scores at most this. */
static const double REFUSED = 0.49;

/* From which value on a signal is a reason of its own. */
typedef struct reason_rule {
    evidence_signal signal;
    double least;
    evidence_reason reason;
    bool refuses; /* whatever the model says */
} reason_rule;

static const reason_rule RULES[] = {
    {SIGNAL_NUMBER_MOVED, 1.0, EVIDENCE_REASON_NUMBER, true},
    {SIGNAL_UNIT, 1.0, EVIDENCE_REASON_NUMBER, true},
    {SIGNAL_NEGATION_ADDED, 1.0, EVIDENCE_REASON_NEGATION, true},
    {SIGNAL_NEGATION_DROPPED, 1.0, EVIDENCE_REASON_NEGATION, true},
    {SIGNAL_REVERSED, 1.0, EVIDENCE_REASON_REVERSED, true},
    {SIGNAL_TURNED_ROUND, 1.0, EVIDENCE_REASON_REVERSED, true},
    {SIGNAL_ROLES, 1.0, EVIDENCE_REASON_ROLES, true},
    {SIGNAL_SPLICED, 1.0, EVIDENCE_REASON_MERGED, true},
    {SIGNAL_CERTAIN_STRONG, 1.0, EVIDENCE_REASON_CERTAIN, false},
    {SIGNAL_CERTAIN, 1.0, EVIDENCE_REASON_CERTAIN, false},
    {SIGNAL_SPEAKER, 0.3, EVIDENCE_REASON_SPEAKER, false},
    {SIGNAL_NAME_ELSEWHERE, 0.3, EVIDENCE_REASON_NAME, false},
    {SIGNAL_NUMBER_ELSEWHERE, 0.3, EVIDENCE_REASON_NUMBER, false},
    {SIGNAL_DATE_ELSEWHERE, 0.3, EVIDENCE_REASON_DATE, false},
    {SIGNAL_NAME_RIVAL, 0.4, EVIDENCE_REASON_NAME, false},
    {SIGNAL_NUMBER_RIVAL, 0.4, EVIDENCE_REASON_NUMBER, false},
    {SIGNAL_DATE_RIVAL, 0.4, EVIDENCE_REASON_DATE, false},
    {SIGNAL_COUPLED, 1.0, EVIDENCE_REASON_NAME, false},
    {SIGNAL_LOST_WHOLE, 1.0, EVIDENCE_REASON_ADDED, false},
    {SIGNAL_LOST_CLAUSE, 0.5, EVIDENCE_REASON_ADDED, false},
    {SIGNAL_SPREAD_CLAUSE, 0.4, EVIDENCE_REASON_MERGED, false},
};

const char *evidence_reason_name(evidence_reason reason)
{
    static const char *const NAMES[EVIDENCE_N_REASONS] = {
        "name",    "number", "date",  "negation", "reversed",    "roles",
        "speaker", "merged", "added", "certain",  "unsupported", "quotation"};
    return (int)reason >= 0 && (int)reason < EVIDENCE_N_REASONS ? NAMES[reason] : NULL;
}

static double probability(const evidence_verdict *v, bool has_vectors)
{
    double z = BIAS;
    for (size_t i = 0; i < EVIDENCE_N_SIGNALS; i++) {
        z += WEIGHTS[i] * v->signals[i];
    }
    if (has_vectors) {
        z += FAR_WEIGHT * (v->signals[SIGNAL_FAR] - FAR_FREE);
    }
    return 1.0 / (1.0 + exp(-z));
}

/* Straight lines between the knots. */
static double calibrate(double p, bool dialogue)
{
    const double *const table = CALIBRATED[dialogue ? 1 : 0];
    size_t k = 1;
    while (k + 1 < N_KNOTS && p > KNOTS[k]) {
        k++;
    }
    const double t = (p - KNOTS[k - 1]) / (KNOTS[k] - KNOTS[k - 1]);
    return table[k - 1] + t * (table[k] - table[k - 1]);
}

void calibration_judge(evidence_verdict *v, bool has_vectors)
{
    const size_t n_unknown =
        v->n_unsupported_names + v->n_unsupported_numbers + v->n_unsupported_quotations;
    bool refused = n_unknown > 0 || v->n_sources == 0;
    uint32_t reasons = v->reasons; /* of names, numbers, dates, quotations that the source lacks */
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
        if (v->signals[RULES[i].signal] >= RULES[i].least) {
            reasons |= 1u << RULES[i].reason;
            refused = refused || RULES[i].refuses;
        }
    }
    v->negation_flip =
        v->signals[SIGNAL_NEGATION_ADDED] > 0.0 || v->signals[SIGNAL_NEGATION_DROPPED] > 0.0;
    v->reversed = v->signals[SIGNAL_REVERSED] > 0.0 || v->signals[SIGNAL_TURNED_ROUND] > 0.0;
    v->number_moved = v->signals[SIGNAL_NUMBER_MOVED] > 0.0 || v->signals[SIGNAL_UNIT] > 0.0;
    v->score = calibrate(probability(v, has_vectors), v->signals[SIGNAL_DIALOGUE] > 0.0);
    v->score = refused && v->score > REFUSED ? REFUSED : v->score;
    v->supported = v->score >= THRESHOLD;
    v->reasons = v->supported ? 0 : reasons != 0 ? reasons : 1u << EVIDENCE_REASON_UNSUPPORTED;
}
