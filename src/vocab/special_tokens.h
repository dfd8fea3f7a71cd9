/*
 * special_tokens.h - tokens that are matched by their spelling before text is cut into words.
 *
 * A sorted list of every token that the byte index does not hold (control, unknown, ...) and of the
 * user-defined ones. Text is matched leftmost first, then longest. User-defined tokens are part of
 * how plain text is spelled (runs of spaces, letters), unless they look like markup, such as
 * <tool_call>: those are matched, like control tokens, only where the caller trusts the text.
 */
#ifndef HUIS_VOCAB_SPECIAL_TOKENS_H
#define HUIS_VOCAB_SPECIAL_TOKENS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "huis/error.h"
#include "vocab/token_table.h"
#include "vocab/vocab.h"

typedef enum special_class {
    SPECIAL_NEVER,    /* unused, byte, literal: found by name only */
    SPECIAL_SPELLING, /* matched in any text */
    SPECIAL_MARKUP    /* matched where the text is trusted */
} special_class;

typedef struct special_token {
    span piece; /* into the token table */
    uint32_t id;
    special_class class;
} special_token;

typedef struct special_tokens {
    special_token *sorted; /* by piece, bytewise */
    size_t count;
    bool starts[2][256]; /* first bytes of what is matched: [trusted] */
} special_tokens;

typedef struct special_match {
    size_t begin, end;
    int32_t id;
} special_match;

int special_tokens_open(special_tokens *out_specials, const token_table *tokens, const char *file,
                        huis_error *err);
void special_tokens_deinit(special_tokens *s);
/* The token with this piece; VOCAB_NONE when the list has none. */
int32_t special_tokens_find(const special_tokens *s, span piece);
/* The places of a text that the caller does not trust, with a cursor that moves as it is matched. */
typedef struct special_ranges {
    const vocab_range *plain; /* in order, not overlapping, none empty */
    size_t n_plain;
    size_t next; /* the first range that does not end before the position */
} special_ranges;

/* The first match in `text` from `pos` on; false when there is none. Markup matches only where it
 * lies wholly outside the plain ranges. `pos` never goes back between calls. */
bool special_tokens_match(const special_tokens *s, special_ranges *ranges, span text, size_t pos,
                          special_match *out_match);

#endif
