/*
 * eval_tokens.h - the words that the measures count: runs of letters, marks and numbers (Unicode
 * categories L, M, N), in lower case, character by character. No stemming, no normalisation: "l'eau"
 * is "l" and "eau", "#Person1#:" is "person1", "3,5" is "3" and "5". On text without "_" these are
 * the words of Python's re.findall(r"\w+", text.lower()).
 */
#ifndef HUIS_EVAL_TOKENS_H
#define HUIS_EVAL_TOKENS_H

#include "base/arena.h"
#include "base/span.h"
#include "huis/error.h"

typedef struct eval_token {
    span form; /* lower case */
    span word; /* as it stands in the text */
} eval_token;

typedef struct eval_tokens {
    eval_token *tokens;
    size_t count;
} eval_tokens;

/* `text` must be valid UTF-8 and outlive the result, which belongs to `memory`. */
int eval_tokens_read(eval_tokens *out, span text, arena *memory, huis_error *err);

#endif
