/*
 * checkpoint.h - the keys and values of a context's first tokens as bytes, and back.
 *
 * A checkpoint is a header (what it is of, sums), the token ids, then K and V of each layer and KV
 * head exactly as the cache holds them, so that reading it is a copy. Keys are held in panels of 16
 * positions; what a last panel holds of later tokens is written as zeros: nothing that followed the
 * prefix is in the bytes. The tokens are compared, not only their hash, and everything is summed;
 * what differs in anything is refused. K and V have the same bits at every kernel level, so that a
 * checkpoint is good for all of them.
 *
 * It says nothing of the weights: whoever keeps checkpoints keeps them apart by model file.
 */
#ifndef HUIS_ENGINE_CHECKPOINT_H
#define HUIS_ENGINE_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "engine/engine.h"

enum { CHECKPOINT_KEY_LENGTH = 32 /* hexadecimal digits */ };

/* The name of the checkpoint of these tokens: of the tokens, the model's shape and the layout. */
void checkpoint_key(const engine *e, const int32_t *tokens, uint32_t n_tokens,
                    char out_key[CHECKPOINT_KEY_LENGTH + 1]);
/* Bytes of a checkpoint of n tokens; 0: more than LIMIT_PREFIX_BYTES. */
size_t checkpoint_bytes(const engine *e, uint32_t n_tokens);

/* Takes bytes in pieces of any size; false: stop. */
typedef bool (*checkpoint_write_fn)(void *user, span bytes);
/* Writes the first n tokens that the context holds. False: `write` stopped it. */
bool checkpoint_write(const engine_context *c, uint32_t n_tokens, checkpoint_write_fn write,
                      void *user);

/* Copies keys and values of the first n tokens to a context of the same engine that has room. */
void checkpoint_copy(engine_context *to, const engine_context *from, uint32_t n_tokens);

enum { CHECKPOINT_HEADER_BYTES = 88 };

/* Reads a checkpoint into a context, from pieces of any size. */
typedef struct checkpoint_reader {
    engine_context *context;
    const int32_t *tokens; /* [n_tokens], the caller's */
    uint32_t n_tokens;
    uint64_t taken_bytes;
    unsigned char header[CHECKPOINT_HEADER_BYTES];
    bool is_wrong;
} checkpoint_reader;

/* The context forgets its tokens. */
void checkpoint_reader_init(checkpoint_reader *r, engine_context *c, const int32_t *tokens,
                            uint32_t n_tokens);
void checkpoint_reader_push(checkpoint_reader *r, span bytes);
/* True: the context holds exactly the tokens. False: it was not their checkpoint, or not whole; the
 * context is empty. */
bool checkpoint_reader_finish(checkpoint_reader *r);

/* A page: K and V of some tokens in the middle of a context, in memory only (worker/prefix_tree.h). It
 * begins at a whole panel of keys (CHECKPOINT_PAGE_STEP) and is cleaned behind its last token, as above. */
enum { CHECKPOINT_PAGE_STEP = 16 };

size_t checkpoint_page_bytes(const engine *e, uint32_t n_tokens);
/* Copies tokens first ... first + n_tokens - 1 of a context that holds them. */
void checkpoint_page_read(const engine_context *c, uint32_t first, uint32_t n_tokens,
                          unsigned char *out);
/* The context, which holds the tokens before `first`, then holds these, too, and no more: the first
 * n_tokens of a page of n_page. False: they do not fit. It owes no logits that anybody may ask for. */
bool checkpoint_page_write(engine_context *c, uint32_t first, const int32_t *tokens,
                           uint32_t n_tokens, const unsigned char *page, uint32_t n_page);

#endif
