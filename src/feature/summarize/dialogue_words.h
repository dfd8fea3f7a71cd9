/*
 * dialogue_words.h - the words of a turn, with contractions undone (feature/summarize only).
 */
#ifndef HUIS_FEATURE_DIALOGUE_WORDS_H
#define HUIS_FEATURE_DIALOGUE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"

enum { DIALOGUE_MAX_TOKENS = 72, DIALOGUE_TOKEN_BYTES = 2048 };

typedef struct dialogue_token {
    span text; /* as written, or a part of a contraction spelt out */
    span low;  /* lower case */
    bool word; /* false: one mark */
    bool capital;
} dialogue_token;

/* Its bytes are its own: do not copy. */
typedef struct dialogue_tokens {
    dialogue_token list[DIALOGUE_MAX_TOKENS];
    size_t count;
    char bytes[DIALOGUE_TOKEN_BYTES];
    size_t used;
    char flat[DIALOGUE_TOKEN_BYTES]; /* the sentence with "I ' m" written "I'm" */
} dialogue_tokens;

/* False: too long for the rules. French keeps elisions as tokens of their own ("j'", "ai"). */
bool dialogue_split(dialogue_tokens *out, span sentence, bool french);

/* Whether the words from i on are those of the phrase (lower case, single spaces); how many, or 0. */
size_t dialogue_match(const dialogue_tokens *t, size_t i, const char *phrase);
/* The longest of the phrases in a list for dialogue_match_any. */
enum { DIALOGUE_PHRASE_BYTES = 64 };
/* The first of several phrases, separated by '|', that stands at i and ends before `to`. */
size_t dialogue_match_any(const dialogue_tokens *t, size_t i, size_t to, const char *phrases);
/* Whether [i, to) is one of the phrases as a whole. */
bool dialogue_is_any(const dialogue_tokens *t, size_t i, size_t to, const char *phrases);
/* Whether one of several words, separated by spaces in `list`, is this one. */
bool dialogue_is_one_of(span low, const char *list);
/* The same for the word at i; false past the end. */
bool dialogue_at(const dialogue_tokens *t, size_t i, const char *list);
bool dialogue_is_mark(const dialogue_tokens *t, size_t i, char mark);

#endif
