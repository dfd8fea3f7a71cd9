/*
 * language_table.h - weights of letter trigrams by language, and the order of the languages.
 */
#ifndef HUIS_DOCUMENT_LANGUAGE_TABLE_H
#define HUIS_DOCUMENT_LANGUAGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* The first two are the languages that huis knows; the others are there to be told apart. */
enum {
    LANGUAGE_FR = 0,
    LANGUAGE_EN = 1,
    LANGUAGE_ES = 2,
    LANGUAGE_DE = 3,
    LANGUAGE_IT = 4,
    LANGUAGE_PT = 5,
    LANGUAGE_NL = 6,
    N_LANGUAGE_WORD_LISTS = 7, /* those above also have function words */
    N_LANGUAGES = 17           /* + ca ro sv da nb pl tr fi cs hu */
};

typedef struct language_trigram {
    uint32_t key; /* three code points below U+0400, ten bits each, first highest */
    uint8_t weights[N_LANGUAGES];
} language_trigram;

extern const language_trigram LANGUAGE_TRIGRAMS[]; /* sorted by key */
extern const size_t LANGUAGE_TRIGRAM_COUNT;

#endif
