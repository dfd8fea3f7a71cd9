/*
 * vocab.h - tokenizers: text to token ids and back.
 *
 * A vocab is immutable after vocab_open and may be used from several threads. Byte-level BPE
 * (Sennrich et al. 2016; Radford et al. 2019) and SPM-style BPE with byte fallback (SentencePiece).
 * The pre-tokenizer comes from tokenizer.ggml.pre; an unknown name is HUIS_E_UNSUPPORTED.
 */
#ifndef HUIS_VOCAB_VOCAB_H
#define HUIS_VOCAB_VOCAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "format/gguf.h"
#include "huis/error.h"

typedef struct vocab vocab;

typedef enum vocab_token_kind {
    VOCAB_NORMAL = 1,
    VOCAB_UNKNOWN = 2,
    VOCAB_CONTROL = 3,
    VOCAB_USER_DEFINED = 4,
    VOCAB_UNUSED = 5,
    VOCAB_BYTE = 6
} vocab_token_kind;

enum { VOCAB_NONE = -1 };

typedef struct vocab_special {
    int32_t bos, eos, eot, eom, unk, sep, pad; /* VOCAB_NONE when the file names none */
    bool add_bos, add_eos, add_space_prefix;
} vocab_special;

/* A growable list of token ids. */
typedef struct token_list {
    int32_t *ids;
    size_t count;
    size_t capacity;
} token_list;

void token_list_init(token_list *list);
void token_list_deinit(token_list *list);
__attribute__((warn_unused_result)) bool token_list_push(token_list *list, int32_t id);

/* Copies what it needs: the table may be freed afterwards. */
int vocab_open(vocab **out_vocab, const gguf_table *table, huis_error *err);
vocab *vocab_free(vocab *v);

uint32_t vocab_size(const vocab *v);
/* Of its longest token: no text has fewer tokens than its normalised bytes divided by this. */
uint32_t vocab_longest_bytes(const vocab *v);
const vocab_special *vocab_specials(const vocab *v);
/* Whether the token ends an answer (eos, eot, eom, and the end-of-turn tokens that are known by
 * their text, such as <|im_end|>). */
bool vocab_is_end(const vocab *v, int32_t id);
vocab_token_kind vocab_kind(const vocab *v, int32_t id);
/* The bytes that the token stands for in running text ("" for control tokens). */
span vocab_bytes(const vocab *v, int32_t id);
/* The token's own text as the file spells it, such as "<|im_end|>". */
span vocab_piece(const vocab *v, int32_t id);
/* The token with exactly this piece; VOCAB_NONE when there is none. */
int32_t vocab_find(const vocab *v, span piece);

typedef struct vocab_encode_options {
    bool parse_special; /* control tokens written in the text become control tokens */
    bool add_special;   /* bos and eos as the file asks */
} vocab_encode_options;

/* Appends the ids of `text`. Ill-formed UTF-8 becomes U+FFFD first. With parse_special false no
 * control token can come out of the text. */
int vocab_encode(const vocab *v, span text, const vocab_encode_options *options,
                 token_list *out_ids, huis_error *err);

/* A stretch of a text. */
typedef struct vocab_range {
    size_t start, end; /* bytes */
} vocab_range;

/* As vocab_encode with parse_special, for a text of which parts come from elsewhere: a token that
 * looks like markup is recognised only where it lies wholly outside the `plain` ranges (in order, not
 * overlapping, none empty). Text on both sides of a border is tokenised together, so that ranges
 * that hold no such spelling change nothing. The text must be well-formed UTF-8. */
int vocab_encode_mixed(const vocab *v, span text, const vocab_range *plain, size_t n_plain,
                       const vocab_encode_options *options, token_list *out_ids, huis_error *err);

/* Streaming detokenizer: hands out whole UTF-8 characters only. */
typedef struct detokenizer {
    const vocab *v;
    char pending[8]; /* the start of a character that later tokens complete */
    size_t n_pending;
    bool at_start; /* SPM: the space of the first word is dropped */
} detokenizer;

void detokenizer_init(detokenizer *d, const vocab *v);
/* Appends what is complete after this token. False: the buffer failed. */
bool detokenizer_push(detokenizer *d, int32_t id, buffer *out);
/* Appends a U+FFFD for a character that never was completed. */
bool detokenizer_finish(detokenizer *d, buffer *out);

#endif
