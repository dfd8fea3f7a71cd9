/*
 * eval_phrases.h - whether a text says a phrase: case-folded, runs of spaces of any kind as one. A
 * phrase that begins or ends in a digit does not match inside a longer number ("8h" is not in "18h").
 */
#ifndef HUIS_EVAL_PHRASES_H
#define HUIS_EVAL_PHRASES_H

#include "base/arena.h"
#include "base/span.h"
#include "huis/error.h"

/* The text as it is compared; memory from `arena`. */
int eval_phrases_fold(span text, arena *memory, span *out_folded, huis_error *err);
/* Both folded. An empty phrase is nowhere. */
bool eval_phrases_say(span text, span phrase);
/* `alternatives`, folded, are parted by '|': one of them. */
bool eval_phrases_say_one(span text, span alternatives);

#endif
