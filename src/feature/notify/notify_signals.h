/*
 * notify_signals.h - the words of a notification, and what they are signs of (data/notify_words.txt).
 *
 * A text is cut into folded words once: lower case, no accents, compatibility forms undone, letters of
 * other scripts that pass for Latin ones read as these. Each phrase of the table that stands in the
 * words is a hit of its signal. Words between quotation marks are told of, not said: they are counted
 * apart. The work is linear in the words: phrases are looked up by their first two letters.
 */
#ifndef HUIS_FEATURE_NOTIFY_SIGNALS_H
#define HUIS_FEATURE_NOTIFY_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "feature/notify/notify_signal_names.h"

enum { NOTIFY_MAX_WORDS = 640, NOTIFY_WORD_BYTES = 40 };

typedef enum notify_field { NOTIFY_SENDER = 0, NOTIFY_TITLE, NOTIFY_BODY } notify_field;

typedef struct notify_word {
    span form;      /* folded; "%", "€", "$" and "£" are words */
    uint32_t start; /* byte of the text that was cut */
    uint8_t field;  /* a notify_field */
    bool capital, all_capitals;
    bool quoted;
    bool at; /* "@anna" */
    bool sentence_start;
    bool comma_before;
    bool question_after; /* a question mark follows at once */
    bool mixed;          /* letters of two scripts that look alike */
} notify_word;

typedef struct notify_words {
    notify_word items[NOTIFY_MAX_WORDS];
    size_t count;
    uint32_t n_questions, n_exclamations, n_emoji, n_mixed;
    uint32_t n_capital_words; /* of three letters or more, all capitals */
    bool out_of_memory;
} notify_words;

/* Appends the words of a cleaned text. Past NOTIFY_MAX_WORDS the rest is not read. */
void notify_words_add(notify_words *words, span text, notify_field field, arena *memory);

typedef struct notify_hits {
    uint8_t all[SIGNAL_COUNT];   /* hits, at most 255 */
    uint8_t bare[SIGNAL_COUNT];  /* of them outside quotation marks */
    uint8_t title[SIGNAL_COUNT]; /* of them in the sender and title */
} notify_hits;

/* Hits of words [first, end). Signals of apps count only with `app`, others only without. */
void notify_signals_find(const notify_words *words, size_t first, size_t end, bool app,
                         notify_hits *out_hits);

/* How many words of the phrase stand at `i` (its length); 0: it does not. */
size_t notify_words_match(const notify_words *words, size_t i, const char *phrase);

/* FNV-1a, for keys of repeats, of the person's history and of what is learnt. */
uint64_t notify_hash(uint64_t seed, span bytes);
#define NOTIFY_HASH_SEED UINT64_C(14695981039346656037)

#endif
