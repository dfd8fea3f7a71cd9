/*
 * text_chars.h - what kind of character stands at a position. ASCII by table, Latin by range, the
 * rest by utf8proc's categories. For document only; the text is valid UTF-8.
 */
#ifndef HUIS_DOCUMENT_TEXT_CHARS_H
#define HUIS_DOCUMENT_TEXT_CHARS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

typedef enum char_kind {
    CHAR_SPACE = 1, /* white space of Unicode, line ends and no-break spaces included */
    CHAR_LOWER = 2,
    CHAR_UPPER = 3,  /* also title case */
    CHAR_LETTER = 4, /* letters without case, marks */
    CHAR_DIGIT = 5,  /* any number */
    CHAR_OPEN = 6,   /* opening bracket or quote; straight quotes are CHAR_OTHER */
    CHAR_CLOSE = 7,
    CHAR_OTHER = 8
} char_kind;

/* The kind of a code point. */
char_kind char_kind_of(uint32_t code);

/* The character at text.ptr[pos] (pos < text.len): its kind, and its length in bytes in *out_len. */
char_kind char_at(span text, size_t pos, size_t *out_len);
/* The character that ends before `pos` (pos > floor). */
char_kind char_before(span text, size_t floor, size_t pos, size_t *out_len);

static inline bool char_is_letter(char_kind kind)
{
    return kind == CHAR_LOWER || kind == CHAR_UPPER || kind == CHAR_LETTER;
}

static inline bool char_is_word(char_kind kind)
{
    return char_is_letter(kind) || kind == CHAR_DIGIT;
}

/* The offset of the first character from `pos` on that is not white space, at most `end`. */
size_t char_skip_spaces(span text, size_t pos, size_t end);
/* `end` moved back over white space, not below `floor`. */
size_t char_trim_end(span text, size_t floor, size_t end);

/* Lower case of ASCII and Latin-1 letters and of Œ; other codes are themselves. */
uint32_t char_fold(uint32_t code);
/* Whether the text from `pos` on starts with `prefix` (lower case), letters folded as char_fold;
 * U+2019 counts as an apostrophe and a no-break space as a space. Returns the length matched in the
 * text, 0: no. */
size_t char_match(span text, size_t pos, size_t end, span prefix);

#endif
