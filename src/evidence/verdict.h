/*
 * verdict.h - one sentence while it is checked (inside evidence only).
 *
 * The sentence becomes items: content words, names, numbers and dates, each with the units of the
 * source that hold it. Items belong to clauses. A few units (those cited, and the best of each clause)
 * are laid beside the sentence as rows: which item each of their tokens is. Every signal is computed
 * from items, clauses and rows, and is 0 where the sentence says what the source says.
 */
#ifndef HUIS_EVIDENCE_VERDICT_H
#define HUIS_EVIDENCE_VERDICT_H

#include "evidence/index.h"

enum {
    LINK_NONE = UINT32_MAX,
    ITEM_NONE = UINT32_MAX,
    LINK_MAX_SYNONYMS = 4,
    CHECK_MAX_CLAUSES = 8,
    CHECK_MAX_ROWS = 12,
    CHECK_MAX_SCANS = 32, /* no sentence that people write has as many unknown acronyms */
};

/* Where a term of the sentence stands in the source. */
typedef struct term_link {
    uint32_t term;                        /* of the index, or LINK_NONE */
    uint32_t stem;                        /* of the index, or LINK_NONE */
    bool half;                            /* the stem is a near relative or a synonym only */
    uint32_t synonyms[LINK_MAX_SYNONYMS]; /* other stems of the index that may tell the same */
    size_t n_synonyms;
} term_link;

typedef enum item_kind { ITEM_WORD = 1, ITEM_NAME = 2, ITEM_NUMBER = 3, ITEM_DATE = 4 } item_kind;

/* A word, name, number or date of the sentence, with the units that hold it. */
typedef struct item {
    item_kind kind;
    uint32_t first, last; /* tokens of the sentence */
    uint32_t stem;        /* of a word or name: in the index, or LINK_NONE */
    const fact *fact;     /* of a number or date; else NULL */
    uint32_t same;        /* the first item with this stem or value */
    uint32_t clause;
    double weight;         /* rarity */
    const uint32_t *units; /* ascending; NULL: nowhere */
    size_t n_units;
    bool found; /* the source has it, though perhaps in another form */
    bool half;  /* a near relative or synonym only */
    bool covered;
} item;

/* A part of the sentence between commas and conjunctions. */
typedef struct clause {
    uint32_t first, end; /* tokens */
    uint32_t n_items;
    double weight, lost; /* of its items; of those that the source lacks */
    double best_share;   /* of its weight in the best single unit */
    uint32_t best_unit;  /* UINT32_MAX: none */
} clause;

/* A unit beside the sentence: the item (its `same`) that each token is, or ITEM_NONE. */
typedef struct row {
    uint32_t unit, first, count; /* tokens of the index */
    uint32_t *items;             // [count]
    uint32_t *segments;          // [count]: which part of the unit, from 0
    uint8_t *negated,
        *hedged; // [count]: 0 no, 1 within reach, 2 the first word after; 3 likewise, mild
} row;

typedef struct checked {
    const evidence_index *index;
    span text;
    arena *memory;
    term_table table;
    word_list words;
    fact_list facts;
    term_link *links; // [table.n_terms]
    item *items;
    size_t n_items;
    uint32_t *item_of_token; // [words.count]
    uint32_t *item_of_stem;  /* sorted by stem: pairs of stem and item */
    size_t n_item_stems;
    clause clauses[CHECK_MAX_CLAUSES];
    size_t n_clauses;
    row rows[CHECK_MAX_ROWS];
    size_t n_rows;
    uint8_t *negated, *hedged; // [words.count]
    double *gains;             // [n_units]: scratch
    uint32_t *stamps;          // [n_items]: scratch
    const float *vector;       /* of the sentence; NULL: none */
    uint32_t *n_scans;         /* walks over the whole source so far, for words that need one */
} checked;

/* names.c: adds the spans that name something the source does not; the list has room for every
 * token. */
void names_find_unsupported(const checked *c, evidence_verdict *v);
/* Whether a word with a capital is taken for a name at all. */
bool names_is_name(const checked *c, size_t i_token);
/* Whether two terms of the source stand within a few words of each other somewhere. */
bool names_stand_near(const evidence_index *x, uint32_t a, uint32_t b);

/* quotations.c: adds the runs between quotation marks that are no run of the source. False: no memory. */
bool quotations_find_unsupported(const checked *c, evidence_verdict *v);

/* support.c: items and clauses, citations, rows. False: no memory. */
bool support_collect(checked *c);
bool support_cite(checked *c, evidence_verdict *v);
bool support_lay_rows(checked *c, const evidence_verdict *v);
/* Adds to c->gains the weight of the items that `counts` takes; returns their sum. */
double support_gains(checked *c, bool (*counts)(const checked *c, const item *i, const void *user),
                     const void *user);
/* Whether a unit holds an item. */
bool support_unit_has(const item *i, size_t i_unit);

/* polarity.c. Marks each token of [first, end) that a negation (a hedge) reaches. */
void polarity_mark_negated(const term_table *table, const word_token *tokens, size_t first,
                           size_t end, uint8_t *out);
void polarity_mark_hedged(const term_table *table, const word_token *tokens, size_t first,
                          size_t end, uint8_t *out);
/* A word of negation in the tokens [first, end); `strong`: not "ne" alone, "sans" or "ni". */
bool polarity_has_negation(const term_table *table, const word_token *tokens, size_t first,
                           size_t end, bool strong);
bool polarity_signals(const checked *c, evidence_verdict *v);

/* opposites.c: "fell" where the source says "rose"; "from 5 to 3" where it says from 3 to 5. */
void opposites_signals(const checked *c, evidence_verdict *v);
/* What stands in a name's, number's or date's place: the items of one kind, [first, last]. */
typedef struct anchor {
    item_kind kind;
    uint32_t first, last;
    uint32_t clause;
} anchor;

/* phrases.c: how much of the anchor's clause (all of it weighs `total`) stands in a part of a row with
 * another anchor of its kind, over what stands with it; `outside`: what stands with it elsewhere. */
bool phrases_cut(checked *c);
/* Whether a token of the source could stand where the anchor stands. */
bool phrases_is_rival(const checked *c, const anchor *a, uint32_t token);
double phrases_rival(const checked *c, const anchor *a, double total, double outside);
void phrases_signals(const checked *c, evidence_verdict *v);
/* bindings.c: names, numbers and dates beside other words than in the source; roles swapped. */
bool bindings_signals(checked *c, evidence_verdict *v);
/* splice.c, after the others: a run of the source's own words said of another subject; a sentence that
 * is such a run has no name, number or role in a wrong place. */
void splice_signals(const checked *c, evidence_verdict *v);
/* speakers.c: words given to another speaker. */
bool speakers_signals(checked *c, evidence_verdict *v);
/* Whether a stem of the source is part of a speaker's name. */
bool speakers_has_name(const evidence_index *x, uint32_t stem);
/* calibration.c: score, reasons and verdict from the signals. */
void calibration_judge(evidence_verdict *v, bool has_vectors);

#endif
