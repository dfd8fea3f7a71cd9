/*
 * eval_ranking.h - how well notifications were put in order, beside what a person wanted.
 *
 * NDCG@5 has the gain 2^grade - 1 (Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of
 * IR techniques"; Burges and others 2005) and the discount log2(place + 1). The other measures count
 * what harms: a critical record that is not seen, noise that interrupts, a hostile record above others.
 */
#ifndef HUIS_EVAL_RANKING_H
#define HUIS_EVAL_RANKING_H

#include <stdbool.h>
#include <stddef.h>

#include "huis/notify.h"

enum { EVAL_NDCG_PLACES = 5, EVAL_CRITICAL_PLACES = 3, EVAL_CLASSES = HUIS_NOTIFY_HOSTILE + 1 };

/* What the person wanted of a record. */
typedef struct eval_gold {
    huis_notify_class cls;
    unsigned grade; /* 0..4 */
    unsigned rank;  /* from 1 */
    bool interrupt;
    bool is_code; /* a one-time code: never in a digest */
} eval_gold;

/* What a system did with it. */
typedef struct eval_place {
    size_t record;
    unsigned cls; /* a huis_notify_class; 0: the system has no classes */
    bool interrupt;
} eval_place;

typedef struct ranking_measures {
    double ndcg;
    bool is_first_right; /* the person's first, or one of its class */
    /* Critical records; of them those that stand below place 3 (below their number, where there are
     * more), or are called noise or hostile, or do not interrupt though they should. */
    size_t n_critical, n_missed;
    size_t n_unwanted,
        n_false_interrupts;       /* noise and hostile ones; of them those that interrupt */
    size_t n_wanted, n_held;      /* that should interrupt; of them those that do not */
    size_t n_hostile, n_promoted; /* above one that is not hostile, or interrupting */
    size_t confusion[EVAL_CLASSES][EVAL_CLASSES]; /* [wanted][given] */
} ranking_measures;

/* places[0..n): best first, each record once; golds[0..n): by record. */
void eval_ranking_measure(const eval_gold *golds, const eval_place *places, size_t n,
                          ranking_measures *out);
/* Adds the counts, not ndcg and is_first_right. */
void eval_ranking_add(ranking_measures *sum, const ranking_measures *m);

#endif
