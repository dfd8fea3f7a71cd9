/*
 * bpe.h - merges the symbols of one word into tokens.
 *
 * Both kinds of BPE here: by rank of a pair of ids (byte-level; Sennrich et al. 2016), and by score
 * of the token that two neighbours spell together (SentencePiece). The best pair is merged first,
 * of equal ones the leftmost. Short words scan their few pairs; long ones keep a heap, so that a
 * word of a million letters costs n log n.
 */
#ifndef HUIS_VOCAB_BPE_H
#define HUIS_VOCAB_BPE_H

#include <stdint.h>

#include "base/span.h"
#include "huis/error.h"
#include "vocab/merge_table.h"
#include "vocab/token_table.h"
#include "vocab/vocab.h"

typedef struct bpe_model {
    const token_table *tokens;
    const merge_table *merges;  /* NULL: by score */
    const uint32_t *priorities; /* by score: [n_tokens], lower merges first */
    const int32_t *byte_ids;    /* [256], VOCAB_NONE where the vocabulary has no such token */
    int32_t unknown;            /* by score: for bytes without a token; or VOCAB_NONE */
} bpe_model;

/* A run of bytes that became one token so far. */
typedef struct bpe_symbol {
    uint32_t start;    /* offset in the word */
    int32_t id;        /* VOCAB_NONE: no token (yet) */
    uint32_t priority; /* of merging with the next symbol; MERGE_NONE: does not merge */
    int32_t merged;    /* what that would give */
} bpe_symbol;

/* A candidate in the heap; stale once the two symbols are not `len` bytes long together. */
typedef struct bpe_candidate {
    uint32_t priority;
    uint32_t left;
    uint32_t len;
    int32_t merged;
} bpe_candidate;

/* Memory kept from word to word. */
typedef struct bpe_scratch {
    bpe_symbol *symbols;
    uint32_t *next; /* long words: linked lists over symbols */
    uint32_t *previous;
    bpe_candidate *heap;
    size_t capacity;      /* of symbols */
    size_t list_capacity; /* of next and previous */
    size_t heap_capacity;
} bpe_scratch;

void bpe_scratch_deinit(bpe_scratch *s);

/* Appends the tokens of one word. HUIS_E_LIMIT past LIMIT_WORD_BYTES. */
int bpe_encode_word(const bpe_model *model, bpe_scratch *scratch, span word, token_list *out_ids,
                    huis_error *err);

#endif
