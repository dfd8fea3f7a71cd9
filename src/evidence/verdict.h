/*
 * verdict.h - one sentence while it is checked (inside evidence only).
 */
#ifndef HUIS_EVIDENCE_VERDICT_H
#define HUIS_EVIDENCE_VERDICT_H

#include "evidence/index.h"

enum { LINK_NONE = UINT32_MAX };

/* Where a term of the sentence stands in the source. */
typedef struct term_link {
    uint32_t term; /* of the index, or LINK_NONE */
    uint32_t stem; /* of the index, or LINK_NONE */
    bool half;     /* the stem is a near relative only */
} term_link;

typedef struct checked {
    const evidence_index *index;
    span text;
    arena *memory;
    term_table table;
    word_list words;
    fact_list facts;
    term_link *links; // [table.n_terms]
} checked;

/* names.c: adds the spans that name something the source does not; the list has room for every
 * token. */
void names_find_unsupported(const checked *c, evidence_verdict *v);
/* A word of negation in the tokens [first, end); `strong`: not "ne" alone, "sans" or "ni". */
bool verdict_has_negation(const term_table *table, const word_token *tokens, size_t first,
                          size_t end, bool strong);
/* opposites.c: the sentence says the reverse of this unit ("fell", "rose"). */
bool opposites_says_reverse(const checked *c, const unit *u);
/* Whether a word with a capital is taken for a name at all. */
bool names_is_name(const checked *c, size_t i_token);

#endif
