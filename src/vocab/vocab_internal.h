/*
 * vocab_internal.h - what a vocab holds. For the files of this folder only.
 */
#ifndef HUIS_VOCAB_VOCAB_INTERNAL_H
#define HUIS_VOCAB_VOCAB_INTERNAL_H

#include "vocab/bpe.h"
#include "vocab/merge_table.h"
#include "vocab/pretokenizer.h"
#include "vocab/special_tokens.h"
#include "vocab/token_table.h"
#include "vocab/vocab.h"

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
    bool *ends; /* [n_tokens] */
};

#endif
