/*
 * token_table.c - see token_table.h.
 */
#include "vocab/token_table.h"

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/utf8.h"

enum { INDEX_BLOCK = 32 }; /* tokens that wait for memory together */

/*
 * GPT-2's alphabet: the 188 printable characters of Latin-1 stand for themselves; the other 68
 * bytes, in order, for U+0100 and up.
 */
static bool is_printable_latin1(uint32_t code)
{
    return (code >= 0x21 && code <= 0x7E) || (code >= 0xA1 && code <= 0xFF && code != 0xAD);
}

/* The byte for a character of the alphabet; -1 for other characters. */
static int byte_of_character(uint32_t code)
{
    if (code < 0x100) {
        return is_printable_latin1(code) ? (int)code : -1;
    }
    if (code <= 0x120) {
        return (int)(code - 0x100); /* 00..20 */
    }
    if (code <= 0x142) {
        return (int)(code - 0x121 + 0x7F); /* 7F..A0 */
    }
    return code == 0x143 ? 0xAD : -1;
}

bool token_decode_byte_level(span piece, char *out, size_t *out_len)
{
    size_t n = 0;
    for (size_t i = 0; i < piece.len;) {
        const unsigned char first = (unsigned char)piece.ptr[i];
        if (first >= 0x21 && first <= 0x7E) {
            out[n++] = (char)first;
            i++;
            continue;
        }
        /* The whole alphabet lies below U+0144: two bytes of UTF-8. */
        if (i + 1 >= piece.len || (first & 0xE0) != 0xC0) {
            return false;
        }
        const unsigned char second = (unsigned char)piece.ptr[i + 1];
        const uint32_t code = ((first & 0x1Fu) << 6) | (second & 0x3Fu);
        const int byte = byte_of_character(code);
        if ((second & 0xC0) != 0x80 || code < 0x80 || byte < 0) {
            return false;
        }
        out[n++] = (char)(unsigned char)byte;
        i += 2;
    }
    *out_len = n;
    return true;
}

static void decode_spm(span piece, char *out, size_t *out_len)
{
    size_t n = 0;
    for (size_t i = 0; i < piece.len;) {
        const span rest = span_from(piece.ptr + i, piece.len - i);
        if (span_starts_with(rest, SPAN("\xE2\x96\x81"))) {
            out[n++] = ' ';
            i += 3;
        } else {
            out[n++] = piece.ptr[i++];
        }
    }
    *out_len = n;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "<0xNN>" and nothing else: other spellings have been used to write out of bounds. */
static bool decode_byte_token(span piece, char *out)
{
    if (piece.len != 6 || !span_starts_with(piece, SPAN("<0x")) || piece.ptr[5] != '>') {
        return false;
    }
    const int high = hex_digit(piece.ptr[3]);
    const int low = hex_digit(piece.ptr[4]);
    if (high < 0 || low < 0) {
        return false;
    }
    *out = (char)(unsigned char)(high * 16 + low);
    return true;
}

/* Writes the bytes of one token; sets whether text may become it. */
static int decode_token(token_table *t, uint32_t id, token_spelling spelling, const char *name,
                        huis_error *err)
{
    const span piece = token_piece(t, id);
    char *const out = t->bytes + t->byte_starts[id];
    size_t n = 0;
    bool indexed = false;
    switch ((vocab_token_kind)t->kinds[id]) {
    case VOCAB_NORMAL:
        indexed = piece.len > 0;
        if (spelling == SPELLING_SPM) {
            decode_spm(piece, out, &n);
            break;
        }
        if (!token_decode_byte_level(piece, out, &n)) {
            indexed = false;
            n = piece.len;
            memcpy(out, piece.ptr, n);
        }
        break;
    case VOCAB_USER_DEFINED:
        indexed = piece.len > 0;
        n = piece.len;
        if (n > 0) {
            memcpy(out, piece.ptr, n);
        }
        break;
    case VOCAB_BYTE:
        if (!decode_byte_token(piece, out)) {
            return error_set(err, HUIS_E_BAD_FILE,
                             "%s: token %u is a byte token but is not spelled <0xNN>", name, id);
        }
        n = 1;
        break;
    case VOCAB_UNKNOWN:
    case VOCAB_CONTROL:
    case VOCAB_UNUSED:
        break;
    }
    t->indexed[id] = indexed;
    t->byte_starts[id + 1] = t->byte_starts[id] + (uint32_t)n;
    return HUIS_OK;
}

uint64_t token_table_hash(const token_table *t, span bytes)
{
    const uint64_t hash = map_hash(bytes, t->seed) & ~(uint64_t)UINT32_MAX;
    __builtin_prefetch(&t->slots[(size_t)(hash >> 32) & (t->n_slots - 1)]);
    return hash;
}

/* The slot that holds these bytes, or the free slot where they belong. The lower half of a hash is
 * lost to the id, so that places come from the upper half. */
static uint64_t *find_slot(const token_table *t, span bytes, uint64_t hash)
{
    size_t i = (size_t)(hash >> 32) & (t->n_slots - 1);
    while (t->slots[i] != 0) {
        const uint32_t id = (uint32_t)t->slots[i] - 1;
        if ((t->slots[i] & ~(uint64_t)UINT32_MAX) == hash &&
            span_equal(token_bytes(t, id), bytes)) {
            break;
        }
        i = (i + 1) & (t->n_slots - 1);
    }
    return &t->slots[i];
}

int32_t token_table_find_hashed(const token_table *t, span bytes, uint64_t hash)
{
    const uint64_t slot = *find_slot(t, bytes, hash);
    return slot != 0 ? (int32_t)((uint32_t)slot - 1) : VOCAB_NONE;
}

int32_t token_table_find(const token_table *t, span bytes)
{
    if (bytes.len == 0 || bytes.len > t->longest_bytes) {
        return VOCAB_NONE;
    }
    return token_table_find_hashed(t, bytes, token_table_hash(t, bytes));
}

int32_t token_table_find_piece(const token_table *t, token_spelling spelling, span piece)
{
    char *const bytes = memory_alloc(piece.len + 1, 1);
    size_t n = 0;
    if (bytes == NULL) {
        return VOCAB_NONE;
    }
    if (spelling == SPELLING_SPM) {
        decode_spm(piece, bytes, &n);
    } else if (!token_decode_byte_level(piece, bytes, &n)) {
        n = 0;
    }
    const int32_t id = token_table_find(t, span_from(bytes, n));
    memory_free(bytes);
    return id >= 0 && span_equal(token_piece(t, (uint32_t)id), piece) ? id : VOCAB_NONE;
}

/* Of tokens with the same bytes the first one counts. */
static void index_token(token_table *t, uint32_t id, uint64_t hash)
{
    const span bytes = token_bytes(t, id);
    uint64_t *const slot = find_slot(t, bytes, hash);
    if (*slot != 0) {
        t->indexed[id] = false;
        return;
    }
    *slot = hash | (id + 1);
    if (bytes.len > t->longest_bytes) {
        t->longest_bytes = (uint32_t)bytes.len;
    }
}

/* Normal tokens go before user-defined ones. */
static void index_kind(token_table *t, vocab_token_kind kind)
{
    uint64_t hashes[INDEX_BLOCK];
    for (uint32_t first = 0; first < t->count; first += INDEX_BLOCK) {
        const uint32_t n = t->count - first < INDEX_BLOCK ? t->count - first : INDEX_BLOCK;
        for (uint32_t i = 0; i < n; i++) {
            hashes[i] = token_table_hash(t, token_bytes(t, first + i));
        }
        for (uint32_t i = 0; i < n; i++) {
            if (t->indexed[first + i] && t->kinds[first + i] == kind) {
                index_token(t, first + i, hashes[i]);
            }
        }
    }
}

static int copy_pieces(token_table *t, const gguf_array *tokens, const char *name, huis_error *err)
{
    uint64_t total = 0;
    for (uint32_t id = 0; id < t->count; id++) {
        const span piece = tokens->strings[id];
        if (piece.len > LIMIT_TOKEN_BYTES) {
            return error_set(err, HUIS_E_BAD_FILE, "%s: token %u has %zu bytes (limit %u)", name,
                             id, piece.len, LIMIT_TOKEN_BYTES);
        }
        total += piece.len;
    }
    if (total > LIMIT_GGUF_HEADER_BYTES) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: tokens have %llu bytes in all (limit %u)", name,
                         (unsigned long long)total, LIMIT_GGUF_HEADER_BYTES);
    }
    t->pieces = memory_alloc((size_t)total + 1, 1);
    t->bytes = memory_alloc((size_t)total + 1, 1);
    if (t->pieces == NULL || t->bytes == NULL) {
        return error_no_memory(err, "the vocabulary");
    }
    for (uint32_t id = 0; id < t->count; id++) {
        const span piece = tokens->strings[id];
        if (piece.len > 0) {
            memcpy(t->pieces + t->piece_starts[id], piece.ptr, piece.len);
        }
        t->piece_starts[id + 1] = t->piece_starts[id] + (uint32_t)piece.len;
    }
    return HUIS_OK;
}

static int read_kinds(token_table *t, const gguf_table *file, huis_error *err)
{
    const char *const key = "tokenizer.ggml.token_type";
    gguf_array kinds;
    if (!gguf_get_array(file, key, &kinds)) {
        memset(t->kinds, VOCAB_NORMAL, t->count);
        return HUIS_OK;
    }
    if (kinds.count != t->count) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %s has %llu elements for %u tokens",
                         gguf_name(file), key, (unsigned long long)kinds.count, t->count);
    }
    for (uint32_t id = 0; id < t->count; id++) {
        uint32_t kind = 0;
        if (!gguf_array_u32(&kinds, id, &kind) || kind < VOCAB_NORMAL || kind > VOCAB_BYTE) {
            return error_set(err, HUIS_E_BAD_FILE, "%s: %s[%u] is not a kind from 1 to 6",
                             gguf_name(file), key, id);
        }
        t->kinds[id] = (uint8_t)kind;
    }
    return HUIS_OK;
}

static int allocate(token_table *t, huis_error *err)
{
    t->n_slots = 64;
    while (t->n_slots < (size_t)t->count + t->count / 2) {
        t->n_slots *= 2;
    }
    t->kinds = memory_alloc(t->count, sizeof(*t->kinds));
    t->indexed = memory_alloc(t->count, sizeof(*t->indexed));
    t->piece_starts = memory_alloc((size_t)t->count + 1, sizeof(*t->piece_starts));
    t->byte_starts = memory_alloc((size_t)t->count + 1, sizeof(*t->byte_starts));
    t->slots = memory_alloc(t->n_slots, sizeof(*t->slots));
    if (t->kinds == NULL || t->indexed == NULL || t->piece_starts == NULL ||
        t->byte_starts == NULL || t->slots == NULL) {
        return error_no_memory(err, "the vocabulary");
    }
    return HUIS_OK;
}

static int fill(token_table *t, const gguf_table *file, const gguf_array *tokens,
                token_spelling spelling, huis_error *err)
{
    RETURN_IF_ERROR(allocate(t, err));
    RETURN_IF_ERROR(copy_pieces(t, tokens, gguf_name(file), err));
    RETURN_IF_ERROR(read_kinds(t, file, err));
    for (uint32_t id = 0; id < t->count; id++) {
        RETURN_IF_ERROR(decode_token(t, id, spelling, gguf_name(file), err));
    }
    index_kind(t, VOCAB_NORMAL);
    index_kind(t, VOCAB_USER_DEFINED);
    return HUIS_OK;
}

int token_table_open(token_table *out_table, const gguf_table *file, token_spelling spelling,
                     huis_error *err)
{
    gguf_array tokens;
    *out_table = (token_table){0};
    if (!gguf_get_array(file, "tokenizer.ggml.tokens", &tokens) || tokens.type != GGUF_STRING ||
        tokens.count == 0) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: tokenizer.ggml.tokens is missing or empty",
                         gguf_name(file));
    }
    if (tokens.count > LIMIT_VOCAB) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: %llu tokens (limit %u)", gguf_name(file),
                         (unsigned long long)tokens.count, LIMIT_VOCAB);
    }
    token_table t = {.count = (uint32_t)tokens.count, .seed = rng_entropy()};
    const int status = fill(&t, file, &tokens, spelling, err);
    if (status < 0) {
        token_table_deinit(&t);
        return status;
    }
    *out_table = t;
    return HUIS_OK;
}

void token_table_deinit(token_table *t)
{
    if (t->is_borrowed) {
        *t = (token_table){0};
        return;
    }
    memory_free(t->kinds);
    memory_free(t->indexed);
    memory_free(t->pieces);
    memory_free(t->piece_starts);
    memory_free(t->bytes);
    memory_free(t->byte_starts);
    memory_free(t->slots);
    *t = (token_table){0};
}
