/*
 * engine.h - a loaded model and its contexts: prefill, decode, logits.
 *
 * engine: immutable weights, vocab and plan. context: one KV cache with its tokens. The result of a
 * context depends on its tokens only: not on the number of threads, nor on how they were cut into
 * calls. One call at a time per engine (its threads serve one context).
 */
#ifndef HUIS_ENGINE_ENGINE_H
#define HUIS_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cache_file.h"
#include "base/span.h"
#include "format/gguf.h"
#include "huis/error.h"
#include "vocab/vocab.h"

typedef struct engine engine;
typedef struct engine_context engine_context;

typedef struct engine_options {
    uint32_t n_threads;    /* 0: the cores available */
    const char *level;     /* kernel level; NULL: the best */
    uint32_t chunk_tokens; /* prompt tokens computed at once; 0: 264 */
    bool inspect;          /* validate, but load no weights: contexts are refused */
    bool drop_pages;       /* `data` is a read-only file mapping: give its pages back when packed */
    uint32_t coarse_min_bytes; /* heads so large in the file are read in two stages; 0: 64 MiB */
    /* A cache file made by engine_packed_writer, mapped, which must outlive the engine; empty: none.
     * Used when it is whole, of `source` and of this model. */
    span packed;
    int packed_fd; /* the file of which `packed` is a read-only mapping; stays open as long: what is
                      read here and there is copied from it, not mapped; 0: none */
    const cache_source *source; /* the model file; needed with `packed` */
} engine_options;

typedef struct engine_info {
    const char *family;       /* "llama", "qwen2" */
    const char *name;         /* general.name, or "" */
    const char *quantisation; /* "Q4_K_M", from general.file_type */
    const char *level;
    uint32_t n_threads;
    uint32_t trained_context_length;
    uint32_t n_layers, n_embd, n_heads, n_kv_heads, n_vocab;
    bool is_attached; /* the weights are those of options->packed */
} engine_info;

/* `data` is the whole file; it may be unmapped once the engine is open (weights are packed).
 * `options` NULL: all defaults. Errors: BAD_FILE, UNSUPPORTED, NO_MEMORY, BAD_ARGUMENT. */
int engine_open(engine **out_engine, const unsigned char *data, size_t size_bytes, const char *name,
                const engine_options *options, huis_error *err);
engine *engine_close(engine *e);
const engine_info *engine_get_info(const engine *e);
const vocab *engine_vocab(const engine *e);
/* tokenizer.chat_template; an empty span when the file has none. Valid as long as the engine. */
span engine_chat_template(const engine *e);

/* Writes a cache file of what this engine packed: step by step (cache_writer_step), before it is
 * closed. BAD_ARGUMENT: its weights came from such a file, or were not loaded. */
int engine_packed_writer(const engine *e, int fd, const cache_source *source,
                         cache_writer *out_writer, huis_error *err);

/* Room for `capacity` tokens, 1 to the trained context length; memory is taken at once. The engine
 * must outlive the context. */
int engine_context_new(engine_context **out_context, engine *e, uint32_t capacity, huis_error *err);
engine_context *engine_context_free(engine_context *c);
uint32_t engine_context_length(const engine_context *c); /* tokens held */
const int32_t *engine_context_tokens(const engine_context *c);
/* Forgets all but the first `length` tokens. */
void engine_context_truncate(engine_context *c, uint32_t length);
/* A context with the tokens of `c`, their keys and values copied, and no logits yet. `capacity` is at
 * least the length of `c`. */
int engine_context_fork(engine_context **out_context, const engine_context *c, uint32_t capacity,
                        huis_error *err);

/* Called between chunks of a prompt; return false to stop with HUIS_E_CANCELLED. */
typedef bool (*engine_progress_fn)(void *user, uint32_t n_done, uint32_t n_total);

/* Appends tokens and computes the logits of the last one. After an error (CONTEXT_FULL when they do
 * not fit, BAD_ARGUMENT for none or unknown tokens, CANCELLED, BAD_FILE when the weights give no
 * numbers) the context holds the tokens that it held before. */
int engine_prefill(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                   engine_progress_fn on_progress, void *user, huis_error *err);
/* The same, but the head waits until engine_top or engine_all_logits asks what it would say. */
int engine_prefill_deferred(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                            engine_progress_fn on_progress, void *user, huis_error *err);
/* The same without logits, which nobody may ask for then: more of the prompt follows. */
int engine_prefill_part(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                        huis_error *err);
enum { ENGINE_TOP_MAX = 64 };
typedef struct engine_candidate {
    float logit;
    int32_t token;
} engine_candidate;
/* The n (1 to ENGINE_TOP_MAX) largest logits of the last token, the largest first, of equal ones the
 * smaller token first: the bits of engine_all_logits, mostly from fewer bytes. Returns how many there
 * are; what is not a number is none. */
uint32_t engine_top(engine_context *c, engine_candidate *out, uint32_t n);
/* All of them, computed now if they were not: as engine_logits. BAD_FILE: the weights give no
 * numbers. */
int engine_all_logits(engine_context *c, const float **out_logits, huis_error *err);
/* The same, also storing the logits of every given token: out_logits [n_tokens][n_vocab]. */
int engine_prefill_logits(engine_context *c, const int32_t *tokens, uint32_t n_tokens,
                          float *out_logits, huis_error *err);
/* [n_vocab], of the last token of engine_prefill or engine_prefill_logits; valid until the next
 * call. */
const float *engine_logits(const engine_context *c);

enum { ENGINE_BATCH_MAX = 12 /* contexts of one batch */ };

/* Appends tokens[i] to contexts[i], n different contexts of one engine, in one pass over the weights:
 * out_logits [n][n_vocab]. What each gives is what it would give alone. After an error (as above)
 * every context holds the tokens that it held before. */
int engine_decode_batch(engine_context *const *contexts, const int32_t *tokens, uint32_t n,
                        float *out_logits, huis_error *err);

#endif
