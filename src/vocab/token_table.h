/*
 * token_table.h - the tokens of a vocabulary: kind, spelling, bytes, and an index from bytes.
 *
 * A token has a piece (as the file spells it: byte-level BPE writes " the" as "Ġthe", SPM as "▁the")
 * and bytes (what it stands for in running text). The index maps bytes to the id of a token that
 * ordinary text may become; control, unknown, unused and byte tokens are not in it, so that no
 * lookup of text can ever return one.
 */
#ifndef HUIS_VOCAB_TOKEN_TABLE_H
#define HUIS_VOCAB_TOKEN_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "format/gguf.h"
#include "huis/error.h"
#include "vocab/vocab.h"

typedef enum token_spelling {
    SPELLING_BYTE_LEVEL, /* GPT-2: each byte is one printable character */
    SPELLING_SPM         /* U+2581 is a space, <0xNN> a byte */
} token_spelling;

typedef struct token_table {
    uint32_t count;
    uint8_t *kinds;         /* [count], vocab_token_kind */
    char *pieces;           /* all pieces, one after the other */
    uint32_t *piece_starts; /* [count + 1], into pieces */
    char *bytes;            /* all bytes, one after the other */
    uint32_t *byte_starts;  /* [count + 1], into bytes */
    uint64_t *slots;        /* open addressing: hash in the upper half, id + 1 in the lower */
    size_t n_slots;         /* a power of two */
    uint64_t seed;          /* of the hash: a file cannot choose colliding tokens */
    uint32_t longest_bytes; /* of an indexed token */
    bool *indexed;          /* [count] */
    bool is_borrowed;       /* the arrays belong to a mapped file */
} token_table;

/* Reads tokenizer.ggml.tokens and .token_type. The table is left empty on failure. */
int token_table_open(token_table *out_table, const gguf_table *file, token_spelling spelling,
                     huis_error *err);
void token_table_deinit(token_table *t);

/* The id of the indexed token with exactly these bytes; VOCAB_NONE when there is none. */
int32_t token_table_find(const token_table *t, span bytes);

/* The same in two steps, so that many look-ups can wait for memory together: the hash, which also
 * asks for the memory, and what it finds. */
uint64_t token_table_hash(const token_table *t, span bytes);
int32_t token_table_find_hashed(const token_table *t, span bytes, uint64_t hash);

/* The same by piece: among the indexed tokens only. */
int32_t token_table_find_piece(const token_table *t, token_spelling spelling, span piece);

/* Turns a byte-level spelling into bytes (never more than it has). False when a character stands
 * for no byte: the piece is then literal text. `out` has room for piece.len bytes. */
bool token_decode_byte_level(span piece, char *out, size_t *out_len);

static inline span token_piece(const token_table *t, uint32_t id)
{
    return span_from(t->pieces + t->piece_starts[id],
                     t->piece_starts[id + 1] - t->piece_starts[id]);
}

static inline span token_bytes(const token_table *t, uint32_t id)
{
    return span_from(t->bytes + t->byte_starts[id], t->byte_starts[id + 1] - t->byte_starts[id]);
}

#endif
