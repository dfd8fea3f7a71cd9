/*
 * terms.h - text to tokens and terms (inside evidence only).
 *
 * A token is a word, a number as written, or a symbol that belongs to numbers. Words are split at
 * hyphens and after elided articles (l'homme: l, homme), English clitics stand alone (don't: do,
 * n't). A term is a distinct word: its folded form (lower case, no accents) and the folded stem of
 * its accented form. The same function reads sources and checked sentences, so that both sides
 * always agree on what a word is.
 */
#ifndef HUIS_EVIDENCE_TERMS_H
#define HUIS_EVIDENCE_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/span.h"
#include "evidence/lexicon.h"
#include "huis/error.h"

struct sb_stemmer;

typedef enum token_kind { TOKEN_WORD = 1, TOKEN_NUMBER = 2, TOKEN_SYMBOL = 3 } token_kind;

/* What stands between a token and the one before. */
typedef enum token_gap {
    GAP_NONE = 0, /* they touch */
    GAP_SPACE = 1,
    GAP_NARROW = 2, /* one no-break or thin space: joins groups of digits */
    GAP_HYPHEN = 3,
    GAP_APOSTROPHE = 4,
    GAP_COMMA = 5,
    GAP_PUNCTUATION = 6,
    GAP_BREAK = 7 /* a line break, or the start of the text */
} token_gap;

enum {
    TOKEN_CAPITAL = 1,  /* begins with a capital */
    TOKEN_ALL_CAPS = 2, /* two letters or more, all capitals */
    TOKEN_INITIAL = 4,  /* opens a sentence, a line, a quotation or what follows a colon */
    TOKEN_DIGITS = 8,   /* a word that holds digits: G20, CO2 */
    TOKEN_STRICT = 16   /* part of an address or handle: must be in the source as it is */
};

typedef struct word_token {
    uint32_t start, end; /* bytes in the text */
    uint32_t term;       /* WORD: index of a term; SYMBOL: its character */
    uint8_t kind, gap, flags;
} word_token;

typedef struct term {
    span form;
    span stem;
    uint32_t stem_id;
    uint32_t classes;           /* LEXICON_... */
    const lexicon_entry *entry; /* NULL: not in the lexicon */
    uint32_t n_total, n_capital;
    uint32_t n_capital_inside; /* occurrences with a capital that is not INITIAL */
    uint32_t n_all_caps;
} term;

typedef struct term_table {
    map by_form; /* folded form -> index of a term */
    map by_stem; /* stem -> stem id */
    term *terms;
    size_t n_terms, capacity;
    arena *memory; /* holds forms and stems */
    struct sb_stemmer *stemmer;
} term_table;

typedef struct word_list {
    word_token *tokens;
    size_t count, capacity;
} word_list;

/* `language`: "fr" or anything else for English stems. */
int term_table_init(term_table *table, const char *language, arena *memory, huis_error *err);
void term_table_deinit(term_table *table);

void word_list_deinit(word_list *list);

/* Appends the tokens of text[start, end) in order. */
int terms_tokenise(term_table *table, span text, size_t start, size_t end, word_list *out_list,
                   huis_error *err);

/* False: no such word or stem. */
bool term_find_form(const term_table *table, span form, uint32_t *out_term);
bool term_find_stem(const term_table *table, span stem, uint32_t *out_stem);

/* Whether the token is a word that carries content. */
bool token_is_content(const term_table *table, const word_token *t);

/* The place that two words in a row name ("united states"); 0: none. */
uint8_t terms_place_phrase(const term_table *table, const word_token *a, const word_token *b);

#endif
