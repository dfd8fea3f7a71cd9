/*
 * vocab_packed.h - the tables of a byte-level vocabulary as pieces of bytes, for a file that is mapped
 * instead of building them again.
 *
 * What cannot be wrong without reading out of bounds, looking for ever or finding a control token in
 * a text is checked when they are used: sizes, starts, kinds, ids and free slots.
 */
#ifndef HUIS_VOCAB_VOCAB_PACKED_H
#define HUIS_VOCAB_VOCAB_PACKED_H

#include "vocab/vocab.h"

typedef enum vocab_packed_piece {
    VOCAB_NUMBERS,
    VOCAB_KINDS,
    VOCAB_INDEXED,
    VOCAB_PIECES,
    VOCAB_PIECE_STARTS,
    VOCAB_BYTES,
    VOCAB_BYTE_STARTS,
    VOCAB_SLOTS,
    VOCAB_MERGE_SLOTS,
    VOCAB_MERGE_RESULTS,
    VOCAB_N_PIECES
} vocab_packed_piece;

typedef struct vocab_packed {
    span pieces[VOCAB_N_PIECES]; /* none is empty; aligned to 8 bytes */
} vocab_packed;

/* Pieces of `v`, valid as long as it is. False: it is not byte-level, or was itself opened so. */
bool vocab_pack(const vocab *v, vocab_packed *out_packed);
/* As vocab_open of the same file, with its tables from `packed` (NULL: built), which must outlive the vocab.
 * BAD_FILE: they cannot be right. */
int vocab_open_packed(vocab **out_vocab, const gguf_table *table, const vocab_packed *packed,
                      huis_error *err);

#endif
