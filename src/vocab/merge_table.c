/*
 * merge_table.c - see merge_table.h.
 *
 * Each merge is a string "LEFT RIGHT". Vocabularies are nearly always written in the order of their
 * merges, so that the merged token is tried at the id after the last one before it is looked up.
 */
#include "vocab/merge_table.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/rng.h"

_Static_assert(LIMIT_VOCAB <= 1u << 20, "ids have 20 bits in a slot");
_Static_assert(LIMIT_MERGES < 1u << 24, "ranks have 24 bits in a slot");

enum {
    BLOCK = 32,             /* merges that wait for memory together */
    BLOCK_BYTES = 16 * 1024 /* room for the bytes of an ordinary block */
};

_Static_assert(BLOCK_BYTES < LIMIT_TOKEN_BYTES, "a block holds at least one merge");

/* One merge on its way: where its bytes are, and the hashes of its halves. */
typedef struct pending_merge {
    const char *bytes; /* left, then right */
    size_t left_len, len;
    uint64_t left_hash, right_hash;
} pending_merge;

/* Some merges, decoded and asked for. */
typedef struct merge_block {
    pending_merge merges[BLOCK];
    uint32_t first_rank;
    uint32_t count;
    size_t used;
    char bytes[BLOCK_BYTES + 2 * LIMIT_TOKEN_BYTES];
} merge_block;

static span left_of(const pending_merge *m)
{
    return span_from(m->bytes, m->left_len);
}

static span right_of(const pending_merge *m)
{
    return span_from(m->bytes + m->left_len, m->len - m->left_len);
}

static bool split_merge(span text, char *out, pending_merge *m)
{
    const char *const space = text.len > 1 ? memchr(text.ptr + 1, ' ', text.len - 1) : NULL;
    if (space == NULL) {
        return false;
    }
    const size_t left_len = (size_t)(space - text.ptr);
    const span left = span_from(text.ptr, left_len);
    const span right = span_from(space + 1, text.len - left_len - 1);
    size_t n_right = 0;
    if (left.len > LIMIT_TOKEN_BYTES || right.len > LIMIT_TOKEN_BYTES || right.len == 0 ||
        !token_decode_byte_level(left, out, &m->left_len) ||
        !token_decode_byte_level(right, out + m->left_len, &n_right)) {
        return false;
    }
    m->bytes = out;
    m->len = m->left_len + n_right;
    return true;
}

static void insert(merge_table *m, uint32_t left, uint32_t right, uint32_t rank)
{
    const uint64_t key = (uint64_t)left << 20 | right;
    size_t i = (size_t)(key * m->multiplier >> m->shift);
    while (m->slots[i] != 0) {
        if (m->slots[i] >> 24 == key) {
            return; /* a repeated merge: the first, lower rank counts */
        }
        i = (i + 1) & (m->n_slots - 1);
    }
    m->slots[i] = key << 24 | (rank + 1);
}

static int32_t find_merged(const token_table *tokens, span bytes, uint32_t guess)
{
    if (guess < tokens->count && tokens->indexed[guess] &&
        span_equal(token_bytes(tokens, guess), bytes)) {
        return (int32_t)guess;
    }
    return token_table_find(tokens, bytes);
}

/* Decodes merges from first_rank + count on until the block is full. */
static int read_block(merge_block *b, const gguf_array *merges, const token_table *tokens,
                      const char *name, huis_error *err)
{
    b->count = 0;
    b->used = 0;
    while (b->count < BLOCK && b->used < BLOCK_BYTES && b->first_rank + b->count < merges->count) {
        const uint32_t rank = b->first_rank + b->count;
        pending_merge *const m = &b->merges[b->count];
        if (!split_merge(merges->strings[rank], b->bytes + b->used, m)) {
            return error_set(err, HUIS_E_BAD_FILE,
                             "%s: tokenizer.ggml.merges[%u] is not two tokens and a space", name,
                             rank);
        }
        m->left_hash = token_table_hash(tokens, left_of(m));
        m->right_hash = token_table_hash(tokens, right_of(m));
        b->used += m->len;
        b->count++;
    }
    return HUIS_OK;
}

/* Enters the merges of a block. *guess: the id that the next merged token probably has. */
static int enter_block(merge_table *table, const merge_block *b, const gguf_array *merges,
                       const token_table *tokens, uint32_t *guess, const char *name,
                       huis_error *err)
{
    for (uint32_t i = 0; i < b->count; i++) {
        const pending_merge *const m = &b->merges[i];
        const uint32_t rank = b->first_rank + i;
        const int32_t left = token_table_find_hashed(tokens, left_of(m), m->left_hash);
        const int32_t right = token_table_find_hashed(tokens, right_of(m), m->right_hash);
        const int32_t merged = find_merged(tokens, span_from(m->bytes, m->len), *guess);
        if (left < 0 || right < 0 || merged < 0) {
            const span text = merges->strings[rank];
            return error_set(err, HUIS_E_BAD_FILE,
                             "%s: tokenizer.ggml.merges[%u] \"%.*s\" names a token that is not in "
                             "the vocabulary",
                             name, rank, (int)(text.len < 64 ? text.len : 64), text.ptr);
        }
        *guess = (uint32_t)merged + 1;
        table->results[rank] = (uint32_t)merged;
        insert(table, (uint32_t)left, (uint32_t)right, rank);
    }
    return HUIS_OK;
}

static int fill(merge_table *m, const gguf_array *merges, const token_table *tokens,
                const char *name, huis_error *err)
{
    merge_block *const block = memory_alloc(1, sizeof(*block));
    if (block == NULL) {
        return error_no_memory(err, "the merges");
    }
    int status = HUIS_OK;
    uint32_t guess = 0;
    while (block->first_rank < m->count && status == HUIS_OK) {
        status = read_block(block, merges, tokens, name, err);
        if (status == HUIS_OK) {
            status = enter_block(m, block, merges, tokens, &guess, name, err);
        }
        block->first_rank += block->count;
    }
    memory_free(block);
    return status;
}

static int allocate(merge_table *m, huis_error *err)
{
    m->n_slots = 64;
    m->shift = 64 - 6;
    while (m->n_slots < (size_t)m->count + m->count / 2) {
        m->n_slots *= 2;
        m->shift--;
    }
    m->multiplier = rng_entropy() | 1;
    m->slots = memory_alloc(m->n_slots, sizeof(*m->slots));
    m->results = memory_alloc((size_t)m->count + 1, sizeof(*m->results));
    return m->slots != NULL && m->results != NULL ? HUIS_OK : error_no_memory(err, "the merges");
}

int merge_table_open(merge_table *out_table, const gguf_table *file, const token_table *tokens,
                     huis_error *err)
{
    gguf_array merges;
    *out_table = (merge_table){0};
    if (!gguf_get_array(file, "tokenizer.ggml.merges", &merges) || merges.type != GGUF_STRING) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: tokenizer.ggml.merges is missing",
                         gguf_name(file));
    }
    if (merges.count > LIMIT_MERGES) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %llu merges (limit %u)", gguf_name(file),
                         (unsigned long long)merges.count, LIMIT_MERGES);
    }
    merge_table m = {.count = (uint32_t)merges.count};
    int status = allocate(&m, err);
    if (status == HUIS_OK) {
        status = fill(&m, &merges, tokens, gguf_name(file), err);
    }
    if (status < 0) {
        merge_table_deinit(&m);
        return status;
    }
    *out_table = m;
    return HUIS_OK;
}

void merge_table_deinit(merge_table *m)
{
    if (m->is_borrowed) {
        *m = (merge_table){0};
        return;
    }
    memory_free(m->slots);
    memory_free(m->results);
    *m = (merge_table){0};
}
