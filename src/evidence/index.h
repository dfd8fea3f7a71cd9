/*
 * index.h - the inside of an evidence index (inside evidence only).
 *
 * The whole source text is cut into units without gaps: the sentences of the document, and each
 * line of what lies between them (headers, greetings, signatures, quotes). Every token belongs to
 * at most one unit. Names and numbers are looked up in the whole text; ranking sees sentences only.
 */
#ifndef HUIS_EVIDENCE_INDEX_H
#define HUIS_EVIDENCE_INDEX_H

#include "evidence/evidence.h"
#include "evidence/facts.h"
#include "evidence/terms.h"

enum { UNIT_NO_SENTENCE = UINT32_MAX, SPEAKER_MAX = 64, SPEAKER_MAX_TERMS = 4, SPEAKER_NONE = 255 };

typedef struct unit {
    size_t start, end;
    uint32_t first_token, end_token;
    uint32_t sentence; /* index of the document's sentence, or UNIT_NO_SENTENCE */
    uint32_t turn;     /* dialogues: counts the turns, from 0 */
    uint8_t speaker;   /* dialogues: index of who speaks, or SPEAKER_NONE */
} unit;

/* Who speaks in a dialogue. */
typedef struct speaker {
    span name;
    uint32_t terms[SPEAKER_MAX_TERMS]; /* the words of the name */
    size_t n_terms;
} speaker;

/* One key that the source offers. */
typedef struct offer {
    uint64_t key;
    uint32_t token; /* where */
} offer;

struct evidence_index {
    const document *source;
    arena memory;
    term_table table;
    word_list words;
    fact_list facts;
    unit *units;
    size_t n_units;
    uint32_t *unit_of_sentence; // [n_sentences]
    /* Units that hold each stem, ascending: postings[first[stem]] ... postings[first[stem + 1] - 1]. */
    uint32_t *first; // [n_stems + 1]
    uint32_t *postings;
    double *idf; // [n_stems]
    double idf_max;
    size_t n_stems;
    offer *offers; /* sorted by key, then token */
    size_t n_offers;
    double spread;      /* evidence_spread_choices */
    const bool *passed; // [n_sentences], or NULL: evidence_pass_places
    bool places[256];   /* places that the source names in any form */
    speaker speakers[SPEAKER_MAX];
    size_t n_speakers;
    size_t n_turns;
    const float *vectors; // [n_sentences][dim], or NULL
    const float *focus_vector;
    size_t dim;
    uint32_t *term_first; // [n_terms + 1]: tokens of each term, ascending
    uint32_t *term_tokens;
};

/* The unit that holds a token; n_units: none. */
size_t index_unit_of_token(const evidence_index *index, uint32_t token);
/* vectors.c: cosine of a sentence, and the best of all sentences. */
double index_cosine(const evidence_index *index, size_t i_sentence, const float *vector);
double index_best_cosine(const evidence_index *index, const float *vector);
/* The term of the vectors in ranking (false: no memory) and in answering a question; without vectors
 * nothing changes. */
bool index_rank_vectors(const evidence_index *index, double *scores);
void index_focus_vectors(const evidence_index *index, double *scores);
/* The first offer of a key, or NULL; *out_count: how many follow it with the same key. */
const offer *index_find_offer(const evidence_index *index, uint64_t key, size_t *out_count);

#endif
