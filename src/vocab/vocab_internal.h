/*
 * vocab_internal.h - what a vocab holds. For the files of this folder only.
 */
#ifndef HUIS_VOCAB_VOCAB_INTERNAL_H
#define HUIS_VOCAB_VOCAB_INTERNAL_H

#include <stdatomic.h>

#include "vocab/bpe.h"
#include "vocab/merge_table.h"
#include "vocab/pretokenizer.h"
#include "vocab/special_tokens.h"
#include "vocab/token_table.h"
#include "vocab/vocab.h"
#include "vocab/vocab_packed.h"

enum { WHOLE_UNKNOWN = 0, WHOLE_YES = 1, WHOLE_NO = 2 };

/* The first piece of a packed vocabulary. */
typedef struct vocab_numbers {
    uint64_t seed, n_slots;             /* token_table */
    uint64_t multiplier, n_merge_slots; /* merge_table */
    uint32_t count, longest_bytes;
    uint32_t n_merges, shift;
} vocab_numbers;

struct vocab {
    token_table tokens;
    token_spelling spelling;
    merge_table merges;   /* byte-level */
    pretokenizer pre;     /* byte-level */
    uint32_t *priorities; /* SPM: [n_tokens] */
    bool cuts_at_spaces;  /* SPM: no token holds a space after another character */
    special_tokens specials;
    bool strips_after_special; /* Phi-3: white space after a special token is dropped */
    int32_t byte_ids[256];
    vocab_special special;
    bool *ends;            /* [n_tokens] */
    vocab_numbers numbers; /* byte-level */
    /* Byte-level: whether the bytes of a token are encoded as that token alone, learnt from use.
     * Any thread may write here, and only what each would find by itself. [n_tokens] */
    _Atomic(uint8_t) *whole;
};

/* vocab_packed.c, for vocab.c: tables from pieces instead of from the file; numbers for the pieces. */
int vocab_attach_tables(vocab *v, const gguf_table *file, const vocab_packed *packed,
                        huis_error *err);
void vocab_note_numbers(vocab *v);

#endif
