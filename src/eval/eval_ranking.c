/*
 * eval_ranking.c - see eval_ranking.h.
 */
#include "eval/eval_ranking.h"

#include <math.h>

static double gain(unsigned grade, size_t place)
{
    return (exp2((double)grade) - 1.0) / log2((double)place + 2.0);
}

/* The most that any order can reach: the highest grades first. */
static double ideal(const eval_gold *golds, size_t n)
{
    double sum = 0;
    size_t place = 0;
    for (unsigned grade = 4; grade > 0; grade--) {
        for (size_t i = 0; i < n && place < EVAL_NDCG_PLACES; i++) {
            if (golds[i].grade == grade) {
                sum += gain(grade, place++);
            }
        }
    }
    return sum;
}

static double find_ndcg(const eval_gold *golds, const eval_place *places, size_t n)
{
    const double best = ideal(golds, n);
    double sum = 0;
    for (size_t k = 0; k < n && k < EVAL_NDCG_PLACES; k++) {
        sum += gain(golds[places[k].record].grade, k);
    }
    return best > 0 ? sum / best : 1.0;
}

static huis_notify_class class_of_first(const eval_gold *golds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (golds[i].rank == 1) {
            return golds[i].cls;
        }
    }
    return HUIS_NOTIFY_NOISE;
}

static bool is_missed(const eval_gold *gold, const eval_place *place, size_t k, size_t n_critical)
{
    const size_t seen = n_critical > EVAL_CRITICAL_PLACES ? n_critical : EVAL_CRITICAL_PLACES;
    return k >= seen || place->cls == HUIS_NOTIFY_NOISE || place->cls == HUIS_NOTIFY_HOSTILE ||
           (gold->interrupt && !place->interrupt);
}

static void count_place(const eval_gold *gold, const eval_place *place, ranking_measures *out)
{
    const bool is_unwanted = gold->cls == HUIS_NOTIFY_NOISE || gold->cls == HUIS_NOTIFY_HOSTILE;
    out->n_unwanted += is_unwanted;
    out->n_false_interrupts += is_unwanted && place->interrupt;
    out->n_wanted += gold->interrupt;
    out->n_held += gold->interrupt && !place->interrupt;
    if (place->cls > 0 && place->cls < EVAL_CLASSES) {
        out->confusion[gold->cls][place->cls]++;
    }
}

void eval_ranking_measure(const eval_gold *golds, const eval_place *places, size_t n,
                          ranking_measures *out)
{
    *out = (ranking_measures){.ndcg = find_ndcg(golds, places, n)};
    out->is_first_right = n > 0 && (golds[places[0].record].rank == 1 ||
                                    golds[places[0].record].cls == class_of_first(golds, n));
    for (size_t i = 0; i < n; i++) {
        out->n_critical += golds[i].cls == HUIS_NOTIFY_CRITICAL;
        out->n_hostile += golds[i].cls == HUIS_NOTIFY_HOSTILE;
    }
    bool has_wanted_below = false; /* walking up from the last place */
    for (size_t k = n; k-- > 0;) {
        const eval_gold *const gold = &golds[places[k].record];
        count_place(gold, &places[k], out);
        out->n_missed +=
            gold->cls == HUIS_NOTIFY_CRITICAL && is_missed(gold, &places[k], k, out->n_critical);
        out->n_promoted +=
            gold->cls == HUIS_NOTIFY_HOSTILE && (has_wanted_below || places[k].interrupt);
        has_wanted_below = has_wanted_below || gold->cls != HUIS_NOTIFY_HOSTILE;
    }
}

void eval_ranking_add(ranking_measures *sum, const ranking_measures *m)
{
    sum->n_critical += m->n_critical;
    sum->n_missed += m->n_missed;
    sum->n_unwanted += m->n_unwanted;
    sum->n_false_interrupts += m->n_false_interrupts;
    sum->n_wanted += m->n_wanted;
    sum->n_held += m->n_held;
    sum->n_hostile += m->n_hostile;
    sum->n_promoted += m->n_promoted;
    for (size_t i = 0; i < EVAL_CLASSES; i++) {
        for (size_t k = 0; k < EVAL_CLASSES; k++) {
            sum->confusion[i][k] += m->confusion[i][k];
        }
    }
}
