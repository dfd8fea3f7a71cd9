/*
 * draft.c - see draft.h.
 */
#include "worker/draft.h"

/* What is believed before anything was seen: the share of right drafts by length of the match, and
 * that much experience; how much longer a step takes for each token more. */
static const double FIRST_SHARE[DRAFT_MATCH_MAX + 1] = {0,    0.15, 0.35, 0.5, 0.6,
                                                        0.65, 0.7,  0.75, 0.8};
#define FIRST_WEIGHT 2.0
#define FIRST_COST 0.06
#define MEMORY 0.97       /* of an experience when one more is made */
#define COST_RATE 0.25    /* of a new measurement in the running time */
#define COST_FORGET 0.001 /* of a running time, towards what is believed, each plain step */
#define COST_OUTLIER 2.0  /* a step that was disturbed counts as so many times the running time */
#define WORTHWHILE 1.03   /* tokens for the time, against none */

void draft_init(draft *d, draft_costs *costs)
{
    *d = (draft){.costs = costs};
}

/* How many tokens before `end` are those before the end of the text. */
static uint32_t match_length(const int32_t *before, uint32_t n_before, uint32_t end)
{
    uint32_t n = 0;
    while (n < end && n + 1 < DRAFT_MATCH_MAX && before[end - 1 - n] == before[n_before - 1 - n]) {
        n++;
    }
    return n;
}

/* The place after the longest match, 0: none. */
static uint32_t find_place(draft *d, const int32_t *before, uint32_t n_before, int32_t last)
{
    uint32_t place = 0;
    d->match = 0;
    for (uint32_t i = n_before; i > 0 && d->match < DRAFT_MATCH_MAX; i--) {
        if (before[i - 1] != last) {
            continue;
        }
        const uint32_t match = 1 + match_length(before, n_before, i - 1);
        if (match > d->match) {
            d->match = match;
            place = i;
        }
    }
    return place;
}

static double share(const draft *d, uint32_t match)
{
    const uint32_t i = match < DRAFT_MATCH_MAX ? match : DRAFT_MATCH_MAX;
    return (d->n_right[i] + FIRST_SHARE[i] * FIRST_WEIGHT) / (d->n_tried[i] + FIRST_WEIGHT);
}

static double believed_cost(uint32_t n_tokens)
{
    return 1 + FIRST_COST * (n_tokens - 1);
}

/* Time of a step of n tokens in times of a step of one. */
static double cost(const draft *d, uint32_t n_tokens)
{
    const double one = d->costs->step_us[1];
    const double some = d->costs->step_us[n_tokens];
    return one > 0 && some > 0 ? some / one : believed_cost(n_tokens);
}

static uint32_t choose_count(const draft *d, uint32_t most)
{
    double best = WORTHWHILE;
    double expected = 1;
    double all_right = 1;
    uint32_t n_best = 0;
    for (uint32_t n = 1; n <= most; n++) {
        all_right *= share(d, d->match + n - 1);
        expected += all_right;
        const double rate = expected / cost(d, n + 1);
        if (rate > best) {
            best = rate;
            n_best = n;
        }
    }
    return n_best;
}

uint32_t draft_propose(draft *d, const int32_t *before, uint32_t n_before, int32_t last,
                       uint32_t most)
{
    const uint32_t place = find_place(d, before, n_before, last);
    d->n_found = 0;
    /* Past the end of the text the draft itself goes on: a text that repeats itself. */
    for (uint32_t i = 0; place > 0 && i < DRAFT_MAX; i++) {
        const uint32_t at = place + i;
        d->tokens[i] = at < n_before    ? before[at]
                       : at == n_before ? last
                                        : d->tokens[at - n_before - 1];
        d->n_found = i + 1;
    }
    return choose_count(d, most < d->n_found ? most : d->n_found);
}

bool draft_check(draft *d, uint32_t i, int32_t token)
{
    if (i >= d->n_found) {
        return false;
    }
    const uint32_t match = d->match + i < DRAFT_MATCH_MAX ? d->match + i : DRAFT_MATCH_MAX;
    const bool is_right = d->tokens[i] == token;
    d->n_tried[match] = d->n_tried[match] * MEMORY + 1;
    d->n_right[match] = d->n_right[match] * MEMORY + (is_right ? 1 : 0);
    return is_right;
}

static void add_measure(double *running, double us)
{
    const double most = *running * COST_OUTLIER;
    *running += COST_RATE * ((us < most ? us : most) - *running);
}

void draft_measure(draft *d, uint32_t n_tokens, double us)
{
    double *const step_us = d->costs->step_us;
    if (step_us[n_tokens] > 0) {
        add_measure(&step_us[n_tokens], us);
    } else {
        step_us[n_tokens] = us;
    }
    for (uint32_t n = 2; n_tokens == 1 && n <= DRAFT_MAX + 1; n++) {
        if (step_us[n] > 0) {
            step_us[n] += COST_FORGET * (believed_cost(n) * step_us[1] - step_us[n]);
        }
    }
}
