/*
 * vocab_packed.c - see vocab_packed.h.
 */
#include "vocab/vocab_packed.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "vocab/vocab_internal.h"

static span piece_of(const void *data, size_t count, size_t size)
{
    return span_from(data, count * size);
}

bool vocab_pack(const vocab *v, vocab_packed *out_packed)
{
    const token_table *const t = &v->tokens;
    const merge_table *const m = &v->merges;
    if (v->spelling != SPELLING_BYTE_LEVEL || t->is_borrowed) {
        return false;
    }
    const size_t text = (size_t)t->piece_starts[t->count] + 1;
    span *const p = out_packed->pieces;
    p[VOCAB_NUMBERS] = piece_of(&v->numbers, 1, sizeof(v->numbers));
    p[VOCAB_KINDS] = piece_of(t->kinds, t->count, sizeof(*t->kinds));
    p[VOCAB_INDEXED] = piece_of(t->indexed, t->count, sizeof(*t->indexed));
    p[VOCAB_PIECES] = piece_of(t->pieces, text, 1);
    p[VOCAB_PIECE_STARTS] = piece_of(t->piece_starts, (size_t)t->count + 1, sizeof(uint32_t));
    p[VOCAB_BYTES] = piece_of(t->bytes, text, 1);
    p[VOCAB_BYTE_STARTS] = piece_of(t->byte_starts, (size_t)t->count + 1, sizeof(uint32_t));
    p[VOCAB_SLOTS] = piece_of(t->slots, t->n_slots, sizeof(*t->slots));
    p[VOCAB_MERGE_SLOTS] = piece_of(m->slots, m->n_slots, sizeof(*m->slots));
    p[VOCAB_MERGE_RESULTS] = piece_of(m->results, (size_t)m->count + 1, sizeof(*m->results));
    return true;
}

void vocab_note_numbers(vocab *v)
{
    v->numbers = (vocab_numbers){
        .seed = v->tokens.seed,
        .n_slots = v->tokens.n_slots,
        .multiplier = v->merges.multiplier,
        .n_merge_slots = v->merges.n_slots,
        .count = v->tokens.count,
        .longest_bytes = v->tokens.longest_bytes,
        .n_merges = v->merges.count,
        .shift = v->merges.shift,
    };
}

static int refuse(huis_error *err)
{
    return error_set(err, HUIS_E_BAD_FILE, "cache file: not the vocabulary of this model");
}

static bool numbers_are_right(const vocab_numbers *n, const gguf_table *file)
{
    gguf_array tokens, merges;
    return gguf_get_array(file, "tokenizer.ggml.tokens", &tokens) && tokens.count == n->count &&
           n->count > 0 && n->count <= LIMIT_VOCAB &&
           gguf_get_array(file, "tokenizer.ggml.merges", &merges) && merges.count == n->n_merges &&
           n->n_merges <= LIMIT_MERGES && n->n_slots >= 64 &&
           (n->n_slots & (n->n_slots - 1)) == 0 && n->n_slots <= 4 * (uint64_t)LIMIT_VOCAB &&
           n->n_merge_slots >= 64 && n->n_merge_slots <= 4 * (uint64_t)LIMIT_MERGES &&
           n->shift > 0 && n->shift < 64 && n->n_merge_slots == UINT64_C(1) << (64 - n->shift) &&
           n->longest_bytes <= LIMIT_TOKEN_BYTES;
}

static bool sizes_are_right(const vocab_numbers *n, const span *p)
{
    return p[VOCAB_KINDS].len == n->count && p[VOCAB_INDEXED].len == n->count &&
           p[VOCAB_PIECE_STARTS].len == ((size_t)n->count + 1) * sizeof(uint32_t) &&
           p[VOCAB_BYTE_STARTS].len == ((size_t)n->count + 1) * sizeof(uint32_t) &&
           p[VOCAB_PIECES].len > 0 && p[VOCAB_BYTES].len > 0 &&
           p[VOCAB_SLOTS].len == n->n_slots * sizeof(uint64_t) &&
           p[VOCAB_MERGE_SLOTS].len == n->n_merge_slots * sizeof(uint64_t) &&
           p[VOCAB_MERGE_RESULTS].len == ((size_t)n->n_merges + 1) * sizeof(uint32_t);
}

/* Ascending, and one byte is left behind the last, so that a first byte can always be read. */
static bool starts_are_right(const uint32_t *starts, uint32_t count, size_t size_bytes)
{
    bool ok = starts[0] == 0;
    for (uint32_t i = 0; i < count; i++) {
        ok &= starts[i] <= starts[i + 1] && starts[i + 1] - starts[i] <= LIMIT_TOKEN_BYTES;
    }
    return ok && starts[count] < size_bytes;
}

/* `indexed` as bytes: a bool that is neither 0 nor 1 must not be read. */
static bool kinds_are_right(const token_table *t, const uint8_t *indexed)
{
    bool ok = true;
    for (uint32_t i = 0; i < t->count; i++) {
        const bool is_text = t->kinds[i] == VOCAB_NORMAL || t->kinds[i] == VOCAB_USER_DEFINED;
        ok &= t->kinds[i] >= VOCAB_NORMAL && t->kinds[i] <= VOCAB_BYTE;
        ok &= indexed[i] <= 1 && (indexed[i] == 0 || is_text);
        ok &= t->kinds[i] != VOCAB_BYTE || t->byte_starts[i + 1] - t->byte_starts[i] == 1;
    }
    return ok;
}

/* Every id is that of an indexed token; a search ends at a free slot. */
static bool slots_are_right(const token_table *t)
{
    bool has_free = false;
    for (size_t i = 0; i < t->n_slots; i++) {
        const uint32_t id = (uint32_t)t->slots[i] - 1;
        if (t->slots[i] == 0) {
            has_free = true;
        } else if (id >= t->count || !t->indexed[id]) {
            return false;
        }
    }
    return has_free;
}

static bool merges_are_right(const merge_table *m, const token_table *t)
{
    bool has_free = false;
    for (size_t i = 0; i < m->n_slots; i++) {
        const uint32_t rank = (uint32_t)(m->slots[i] & 0xFFFFFF) - 1;
        if (m->slots[i] == 0) {
            has_free = true;
        } else if (rank >= m->count) {
            return false;
        }
    }
    bool ok = true;
    for (uint32_t i = 0; i < m->count; i++) {
        ok &= m->results[i] < t->count;
    }
    return ok && has_free;
}

/* The tables are written while they are built only; what is mapped is never written. */
static void *borrow(span piece)
{
    return (void *)(uintptr_t)piece.ptr;
}

int vocab_attach_tables(vocab *v, const gguf_table *file, const vocab_packed *packed,
                        huis_error *err)
{
    const span *const p = packed->pieces;
    vocab_numbers n;
    if (p[VOCAB_NUMBERS].len != sizeof(n)) {
        return refuse(err);
    }
    memcpy(&n, p[VOCAB_NUMBERS].ptr, sizeof(n));
    if (!numbers_are_right(&n, file) || !sizes_are_right(&n, p)) {
        return refuse(err);
    }
    const token_table tokens = {
        .count = n.count,
        .kinds = borrow(p[VOCAB_KINDS]),
        .pieces = borrow(p[VOCAB_PIECES]),
        .piece_starts = borrow(p[VOCAB_PIECE_STARTS]),
        .bytes = borrow(p[VOCAB_BYTES]),
        .byte_starts = borrow(p[VOCAB_BYTE_STARTS]),
        .slots = borrow(p[VOCAB_SLOTS]),
        .n_slots = (size_t)n.n_slots,
        .seed = n.seed,
        .longest_bytes = n.longest_bytes,
        .indexed = borrow(p[VOCAB_INDEXED]),
        .is_borrowed = true,
    };
    const merge_table merges = {
        .slots = borrow(p[VOCAB_MERGE_SLOTS]),
        .n_slots = (size_t)n.n_merge_slots,
        .multiplier = n.multiplier,
        .shift = n.shift,
        .results = borrow(p[VOCAB_MERGE_RESULTS]),
        .count = n.n_merges,
        .is_borrowed = true,
    };
    if (!starts_are_right(tokens.piece_starts, n.count, p[VOCAB_PIECES].len) ||
        !starts_are_right(tokens.byte_starts, n.count, p[VOCAB_BYTES].len) ||
        !kinds_are_right(&tokens, (const uint8_t *)p[VOCAB_INDEXED].ptr) ||
        !slots_are_right(&tokens) || !merges_are_right(&merges, &tokens)) {
        return refuse(err);
    }
    v->tokens = tokens;
    v->merges = merges;
    return HUIS_OK;
}
