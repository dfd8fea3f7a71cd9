/*
 * lexicon.h - what huis knows about single words of French and English (data/lexicon.txt).
 */
#ifndef HUIS_EVIDENCE_LEXICON_H
#define HUIS_EVIDENCE_LEXICON_H

#include <stdint.h>

#include "base/span.h"

enum {
    LEXICON_STOP = 1 << 0,
    LEXICON_COMMON = 1 << 1,
    LEXICON_NEGATION = 1 << 2,
    LEXICON_CARDINAL = 1 << 3,
    LEXICON_SCALE = 1 << 4,
    LEXICON_SCALE_SHORT = 1 << 5,
    LEXICON_ORDINAL = 1 << 6,
    LEXICON_WEAK = 1 << 7,
    LEXICON_MONTH = 1 << 8,
    LEXICON_MONTH_SHORT = 1 << 9,
    LEXICON_WEEKDAY = 1 << 10,
    LEXICON_WEEKDAY_SHORT = 1 << 11,
    LEXICON_CURRENCY = 1 << 12,
    LEXICON_PERCENT = 1 << 13,
    LEXICON_TITLE = 1 << 14,
    LEXICON_PLACE = 1 << 15,
    LEXICON_PHRASE = 1 << 16, /* opens a place of two words, "united states" */
    LEXICON_HEDGE = 1 << 17,
    LEXICON_SURE = 1 << 18,
    LEXICON_SOFT_NEGATION = 1 << 19,
    LEXICON_THIRD_PERSON = 1 << 20,
    LEXICON_SECOND_PERSON = 1 << 21,
    LEXICON_REPORTING = 1 << 22,
    LEXICON_MEASURE = 1 << 23,
    LEXICON_BREAK = 1 << 24, /* may open a clause */
    LEXICON_TO = 1 << 25,
    LEXICON_INSTEAD = 1 << 26,
    LEXICON_MILD = 1 << 27,
    LEXICON_SYNONYM = 1 << 28
};

typedef struct lexicon_entry {
    const char *word; /* folded */
    uint32_t classes;
    uint32_t number;  /* value of cardinals and ordinals; power of ten of scales */
    uint8_t month;    /* 1..12 */
    uint8_t weekday;  /* 1 Monday .. 7 Sunday */
    uint8_t currency; /* 1 euro, 2 dollar, 3 pound, 4 yen, 5 yuan, 6 franc, 7 rouble */
    uint16_t synonym; /* words that may tell the same share a number; 0: none */
    uint8_t place;    /* country, people and adjective share a number */
} lexicon_entry;

/* The entry of a folded word; NULL: not known. */
const lexicon_entry *lexicon_find(span word);

#endif
