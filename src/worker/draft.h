/*
 * draft.h - what the next tokens may be, looked up in those that stand before: speculation without a
 * second model.
 *
 * A few tokens cost hardly more than one, since decoding waits for the weights. So the tokens that
 * followed when the end of the text stood there before (in the prompt or the answer; the longest such
 * place, of equal ones the last) are computed together with the token that was chosen, and each is
 * kept if it is the one that is chosen at its place (prompt lookup: Saxena 2023; speculative decoding:
 * Leviathan et al. 2023). The chooser, with its random numbers and constraints, sees the logits that
 * it would see without, so that the answer has the same bytes.
 *
 * How many are tried: as many as give the most tokens for the time, by the share of drafts that were
 * right (for each length of the matching place) and the time that steps of n tokens took. None pay:
 * none are tried, but what would have been right is still counted, so that it begins again by itself.
 */
#ifndef HUIS_WORKER_DRAFT_H
#define HUIS_WORKER_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

enum { DRAFT_MAX = 7, DRAFT_MATCH_MAX = 8 /* tokens of a matching place that count */ };

/* Of a machine and a model: running time of a step of n tokens. */
typedef struct draft_costs {
    double step_us[DRAFT_MAX + 2]; /* [n]; 0: not measured */
} draft_costs;

/* Of one answer: nothing of it outlives the request, so that no session tells another by its speed. */
typedef struct draft {
    draft_costs *costs;
    int32_t tokens[DRAFT_MAX]; /* what may follow */
    uint32_t n_found;          /* of them */
    uint32_t match;            /* tokens of the place they come from, 1 to DRAFT_MATCH_MAX */
    /* By length of the match, older ones count less. */
    double n_tried[DRAFT_MATCH_MAX + 1], n_right[DRAFT_MATCH_MAX + 1];
    uint32_t n_drafted, n_accepted; /* tokens computed as drafts, and kept */
} draft;

void draft_init(draft *d, draft_costs *costs);

/* Looks up what may follow before[0 ... n_before) and `last`. Returns how many of d->tokens, at most
 * `most`, are worth computing. */
uint32_t draft_propose(draft *d, const int32_t *before, uint32_t n_before, int32_t last,
                       uint32_t most);
/* `token` was chosen at the place of d->tokens[i], those before it were right. True: so is this. */
bool draft_check(draft *d, uint32_t i, int32_t token);
/* A step of n_tokens tokens took so long. */
void draft_measure(draft *d, uint32_t n_tokens, double us);

#endif
