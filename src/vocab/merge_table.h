/*
 * merge_table.h - the merges of byte-level BPE: (left id, right id) to rank and merged id.
 *
 * One 64-bit word a merge: 20 bits of each id (LIMIT_VOCAB) and 24 bits of rank, in an open table
 * with a seeded hash. The merged id stands in a second array by rank.
 */
#ifndef HUIS_VOCAB_MERGE_TABLE_H
#define HUIS_VOCAB_MERGE_TABLE_H

#include <stdint.h>

#include "format/gguf.h"
#include "huis/error.h"
#include "vocab/token_table.h"

#define MERGE_NONE UINT32_MAX

typedef struct merge_table {
    uint64_t *slots;     /* left << 44 | right << 24 | rank + 1; 0: free */
    size_t n_slots;      /* a power of two */
    uint64_t multiplier; /* odd and random */
    unsigned shift;      /* 64 - log2(n_slots) */
    uint32_t *results;   /* [count], id by rank */
    uint32_t count;
    bool is_borrowed; /* the arrays belong to a mapped file */
} merge_table;

/* Reads tokenizer.ggml.merges. */
int merge_table_open(merge_table *out_table, const gguf_table *file, const token_table *tokens,
                     huis_error *err);
void merge_table_deinit(merge_table *m);

/* The rank of a pair; MERGE_NONE when it does not merge. */
static inline uint32_t merge_table_rank(const merge_table *m, uint32_t left, uint32_t right)
{
    const uint64_t key = (uint64_t)left << 20 | right;
    size_t i = (size_t)(key * m->multiplier >> m->shift);
    while (m->slots[i] != 0) {
        if (m->slots[i] >> 24 == key) {
            return (uint32_t)(m->slots[i] & 0xFFFFFF) - 1;
        }
        i = (i + 1) & (m->n_slots - 1);
    }
    return MERGE_NONE;
}

#endif
