/*
 * copy_guard.h - names, numbers and quotations of an answer must occur in its source.
 *
 * The answer is read as runs of letters and runs of digits. A run of digits, and a run of letters
 * with a capital in it, must be a run of the source (letters compare without case, so that "Paris"
 * is found in "PARIS" and a sentence may begin with a word that the source has inside one). While a
 * run is open, it must be the beginning of one. Runs are what lies between other characters, so that
 * "l'Élysée" and "3,5" have two each. Letters of a script without case pass if the source has them. The check is hard but local: that a sentence is true, and that
 * the order of the digits is right, is for the evidence layer.
 *
 * Between quotation marks (« », “ ”, " ") the runs must be a run of the source's runs: word for word,
 * whatever marks, spaces and capitals stand there. A quotation that was opened must be closed, behind
 * a whole word. A " right behind a digit opens none (inches). From
 * a source of over 2 MiB nothing can be quoted.
 *
 * Cost: a binary search in the sorted words of the source for each character of a candidate token;
 * in a quotation another one, in what is left of the sorted places where one may begin.
 */
#ifndef HUIS_WORKER_COPY_GUARD_H
#define HUIS_WORKER_COPY_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"
#include "huis/error.h"

typedef struct copy_guard copy_guard;

/* Copies what it needs of `source`. */
int copy_guard_new(copy_guard **out_guard, span source, huis_error *err);
copy_guard *copy_guard_free(copy_guard *g);

/* A new answer begins. */
void copy_guard_reset(copy_guard *g);
/* Whether the answer may go on with these bytes (a token; may end inside a character). */
bool copy_guard_allows(const copy_guard *g, span bytes);
/* Whether it may end here. */
bool copy_guard_allows_end(const copy_guard *g);
/* The answer goes on with these bytes. */
void copy_guard_push(copy_guard *g, span bytes);

#endif
