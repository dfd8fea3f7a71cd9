/*
 * utf8.h - decode, validate and repair UTF-8 (Unicode 15, table 3-7; repair as in the WHATWG
 * Encoding Standard: one U+FFFD for each maximal ill-formed run).
 */
#ifndef HUIS_BASE_UTF8_H
#define HUIS_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"

#define UTF8_REPLACEMENT 0xFFFDu

/* Decodes the character at text.ptr[pos] (pos < text.len). Returns its length in bytes, 1 to 4; for
 * an ill-formed sequence *out_code is UTF8_REPLACEMENT, *out_valid false and the length that of the
 * maximal ill-formed part. */
size_t utf8_decode(span text, size_t pos, uint32_t *out_code, bool *out_valid);
/* As utf8_decode for text known to be valid. */
static inline size_t utf8_next(span text, size_t pos, uint32_t *out_code)
{
    bool valid = false;
    return utf8_decode(text, pos, out_code, &valid);
}
/* Writes 1 to 4 bytes to `out`; returns how many. Surrogates and codes past U+10FFFF become
 * U+FFFD. */
size_t utf8_encode(uint32_t code, char out[4]);
/* The offset of the first ill-formed byte, or text.len. */
size_t utf8_valid_prefix(span text);
/* The length of the longest prefix that does not end inside a character that more bytes could
 * complete; for streaming. */
size_t utf8_complete_prefix(span text);
/* Appends the text with every ill-formed run replaced by U+FFFD. */
bool utf8_append_repaired(buffer *b, span text);
/* Shows nothing, or reorders what is shown: controls but tab and line ends (U+0085 among them), marks
 * of direction, zero-width spaces, soft hyphens, tags. Zero-width joiners are not: emoji and some
 * scripts need them. */
bool utf8_is_hidden(uint32_t code);

#endif
