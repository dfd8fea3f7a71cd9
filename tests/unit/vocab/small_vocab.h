/*
 * small_vocab.h - small vocabularies made in memory, to be broken one field at a time.
 *
 * Tokens are appended one by one; small_vocab_open writes a GGUF header of them and opens it.
 */
#ifndef HUIS_TESTS_SMALL_VOCAB_H
#define HUIS_TESTS_SMALL_VOCAB_H

#include "../format/gguf_builder.h"
#include "vocab/vocab.h"

enum { SMALL_TOKENS = 1024, SMALL_MERGES = 512, SMALL_KEYS = 8 };

typedef struct small_key {
    const char *name;
    gguf_value_type type; /* GGUF_U32, GGUF_BOOL or GGUF_STRING */
    uint32_t number;
    const char *string;
} small_key;

typedef struct small_vocab {
    const char *model; /* NULL: no key */
    const char *pre;
    char tokens[SMALL_TOKENS][48];
    int32_t kinds[SMALL_TOKENS];
    float scores[SMALL_TOKENS];
    uint32_t n_tokens;
    uint32_t n_kinds;  /* follow n_tokens unless set after the last token */
    uint32_t n_scores; /* 0: no key */
    char merges[SMALL_MERGES][100];
    uint32_t n_merges;
    bool has_merges;
    small_key keys[SMALL_KEYS];
    uint32_t n_keys;
} small_vocab;

/* Byte-level with the 256 byte tokens (id = byte), SPM with <unk> <s> </s> and 256 byte tokens. */
void small_vocab_byte_level(small_vocab *s, const char *pre);
void small_vocab_spm(small_vocab *s);
/* Returns the id. */
int32_t small_vocab_add(small_vocab *s, const char *piece, vocab_token_kind kind, float score);
/* A merge and the token it makes. */
int32_t small_vocab_merge(small_vocab *s, const char *left, const char *right);
void small_vocab_key(small_vocab *s, const char *name, gguf_value_type type, uint32_t number,
                     const char *string);
/* The GGUF table by itself; `b` holds its bytes. */
int small_vocab_table(const small_vocab *s, buffer *b, gguf_table **out_table, huis_error *err);
int small_vocab_open(const small_vocab *s, vocab **out_vocab, huis_error *err);
/* The GPT-2 spelling of a byte. */
void small_vocab_spell(unsigned byte, char out[4]);

#endif
