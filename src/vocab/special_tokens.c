/*
 * special_tokens.c - see special_tokens.h.
 *
 * Matching at a position narrows a range of the sorted list byte by byte. The cost is bounded by
 * the longest matched token, which has a limit.
 */
#include "vocab/special_tokens.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

static int compare_pieces(span a, span b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_tokens(const void *left, const void *right)
{
    const special_token *const a = left;
    const special_token *const b = right;
    const int order = compare_pieces(a->piece, b->piece);
    return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

/* <tag>, [TAG], or anything with a bar, as in <|user|>. */
static bool looks_like_markup(span piece)
{
    if (piece.len < 3) {
        return false;
    }
    const char first = piece.ptr[0];
    const char last = piece.ptr[piece.len - 1];
    return (first == '<' && last == '>') || (first == '[' && last == ']') ||
           (memchr(piece.ptr, '|', piece.len) != NULL && first == '<');
}

/* A piece that is not UTF-8 must not cut a text inside a character. */
static special_class classify(vocab_token_kind kind, span piece)
{
    if (utf8_valid_prefix(piece) != piece.len) {
        return SPECIAL_NEVER;
    }
    switch (kind) {
    case VOCAB_CONTROL:
    case VOCAB_UNKNOWN:
        return SPECIAL_MARKUP;
    case VOCAB_USER_DEFINED:
        return looks_like_markup(piece) ? SPECIAL_MARKUP : SPECIAL_SPELLING;
    case VOCAB_NORMAL:
    case VOCAB_UNUSED:
    case VOCAB_BYTE:
        break;
    }
    return SPECIAL_NEVER;
}

static int add(special_tokens *s, const token_table *tokens, uint32_t id, const char *file,
               huis_error *err)
{
    const span piece = token_piece(tokens, id);
    const special_class class = classify((vocab_token_kind)tokens->kinds[id], piece);
    if (class != SPECIAL_NEVER && piece.len > LIMIT_SPECIAL_TOKEN_BYTES) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: special token %u has %zu bytes (limit %u)",
                         file, id, piece.len, LIMIT_SPECIAL_TOKEN_BYTES);
    }
    s->sorted[s->count++] = (special_token){.piece = piece, .id = id, .class = class};
    if (class != SPECIAL_NEVER) {
        const unsigned char first = (unsigned char)piece.ptr[0];
        s->starts[1][first] = true;
        s->starts[0][first] = s->starts[0][first] || class == SPECIAL_SPELLING;
    }
    return HUIS_OK;
}

static bool is_listed(const token_table *tokens, uint32_t id)
{
    return token_piece(tokens, id).len > 0 &&
           (!tokens->indexed[id] || tokens->kinds[id] == VOCAB_USER_DEFINED);
}

int special_tokens_open(special_tokens *out_specials, const token_table *tokens, const char *file,
                        huis_error *err)
{
    special_tokens s = {0};
    size_t count = 0;
    *out_specials = s;
    for (uint32_t id = 0; id < tokens->count; id++) {
        count += is_listed(tokens, id);
    }
    s.sorted = memory_alloc(count + 1, sizeof(*s.sorted));
    if (s.sorted == NULL) {
        return error_no_memory(err, "the special tokens");
    }
    for (uint32_t id = 0; id < tokens->count; id++) {
        const int status = is_listed(tokens, id) ? add(&s, tokens, id, file, err) : HUIS_OK;
        if (status < 0) {
            special_tokens_deinit(&s);
            return status;
        }
    }
    qsort(s.sorted, s.count, sizeof(*s.sorted), compare_tokens);
    *out_specials = s;
    return HUIS_OK;
}

void special_tokens_deinit(special_tokens *s)
{
    memory_free(s->sorted);
    *s = (special_tokens){0};
}

int32_t special_tokens_find(const special_tokens *s, span piece)
{
    size_t low = 0;
    size_t high = s->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_pieces(s->sorted[middle].piece, piece) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < s->count && span_equal(s->sorted[low].piece, piece) ? (int32_t)s->sorted[low].id
                                                                     : VOCAB_NONE;
}

/* The first index in [low, high) whose piece has at least `byte` at `depth`. All pieces there share
 * their first `depth` bytes and are longer. */
static size_t lower_bound(const special_tokens *s, size_t low, size_t high, size_t depth,
                          unsigned byte)
{
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((unsigned char)s->sorted[middle].piece.ptr[depth] < byte) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The longest allowed token at the start of `text`; NULL when there is none. */
static const special_token *longest_at(const special_tokens *s, special_class least, span text)
{
    const special_token *best = NULL;
    size_t low = 0;
    size_t high = s->count;
    for (size_t depth = 0; low < high; depth++) {
        /* Shorter pieces sort first: those that end here stand at the front of the range. */
        for (; low < high && s->sorted[low].piece.len == depth; low++) {
            const special_class class = s->sorted[low].class;
            const bool allowed = class == SPECIAL_SPELLING || class == least;
            const bool is_first = best == NULL || best->piece.len < depth;
            if (allowed && is_first) {
                best = &s->sorted[low];
            }
        }
        if (depth == text.len) {
            break;
        }
        const unsigned byte = (unsigned char)text.ptr[depth];
        low = lower_bound(s, low, high, depth, byte);
        high = lower_bound(s, low, high, depth, byte + 1);
    }
    return best;
}

/* How many bytes from `pos` on lie outside the plain ranges. */
static size_t trusted_length(special_ranges *ranges, span text, size_t pos)
{
    while (ranges->next < ranges->n_plain && ranges->plain[ranges->next].end <= pos) {
        ranges->next++;
    }
    if (ranges->next == ranges->n_plain) {
        return text.len - pos;
    }
    const size_t start = ranges->plain[ranges->next].start;
    const size_t end = start < text.len ? start : text.len;
    return end > pos ? end - pos : 0;
}

bool special_tokens_match(const special_tokens *s, special_ranges *ranges, span text, size_t pos,
                          special_match *out_match)
{
    for (size_t i = pos; i < text.len; i++) {
        if (!s->starts[1][(unsigned char)text.ptr[i]]) {
            continue;
        }
        const span rest = span_from(text.ptr + i, text.len - i);
        const size_t trusted = trusted_length(ranges, text, i);
        const special_token *token = NULL;
        if (trusted > 0) {
            token = longest_at(s, SPECIAL_MARKUP, span_slice(rest, 0, trusted));
        }
        if (trusted < rest.len && s->starts[0][(unsigned char)text.ptr[i]]) {
            const special_token *const spelling = longest_at(s, SPECIAL_SPELLING, rest);
            const bool longer =
                spelling != NULL && (token == NULL || spelling->piece.len > token->piece.len);
            token = longer ? spelling : token;
        }
        if (token != NULL) {
            *out_match = (special_match){i, i + token->piece.len, (int32_t)token->id};
            return true;
        }
    }
    return false;
}
