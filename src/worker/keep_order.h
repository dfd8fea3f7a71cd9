/*
 * keep_order.h - an answer that is its source with words left out.
 *
 * The source (a sentence) is read as units: words, that is runs of non-space characters without the
 * marks around them, and marks, one character each. An answer keeps units in their order, each at
 * most once and each whole, and joins them as the source would: a space between two units unless
 * they touch there, and a closing mark right behind whatever stands before it. White space is one
 * space. The first letter of the answer may be a capital where the source has a small one, since
 * what opened the sentence may be what was left out. What to drop is the model's choice; that
 * nothing is added, repeated or moved is certain. Whether what is left is still true ("not", the
 * unit behind a number) is for the evidence layer.
 *
 * The same word may stand at several places, so that all of them are followed at once: a set of
 * positions, one bit for each byte of the source, and one for each unit behind which a space was
 * written. Cost: for each byte of a candidate token one pass over the positions.
 */
#ifndef HUIS_WORKER_KEEP_ORDER_H
#define HUIS_WORKER_KEEP_ORDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "huis/error.h"

typedef struct keep_order keep_order;

/* Copies `source`. Errors: BAD_ARGUMENT (no word, or over LIMIT_KEEP_ORDER_BYTES), NO_MEMORY. */
int keep_order_new(keep_order **out_keep, span source, huis_error *err);
keep_order *keep_order_free(keep_order *k);

/* A new answer begins. */
void keep_order_reset(keep_order *k);
/* Whether the answer may go on with these bytes (a token; may end inside a unit). No bytes: no. */
bool keep_order_allows(const keep_order *k, span bytes);
/* Whether it may end here: behind a whole unit. */
bool keep_order_allows_end(const keep_order *k);
/* The answer goes on with these bytes, which keep_order_allows allowed. */
void keep_order_push(keep_order *k, span bytes);

#endif
