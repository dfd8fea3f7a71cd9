/*
 * encoding.h - bytes of unknown encoding to valid UTF-8 with "\n" line ends.
 */
#ifndef HUIS_DOCUMENT_ENCODING_H
#define HUIS_DOCUMENT_ENCODING_H

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

/* Detects UTF-8 (with or without mark), UTF-16, and the 8-bit encodings of western Europe; converts
 * and normalises line ends. `declared` (NULL: none) is tried first. Binary data: HUIS_E_NO_TEXT with
 * the offset. `*out_encoding` (may be NULL): static name of what was found. */
int encoding_to_utf8(buffer *out, span bytes, const char *declared, const char **out_encoding,
                     huis_error *err);

/* Appends UTF-8 text as it would come out of a file: line ends are "\n", ill-formed runs U+FFFD, and
 * characters that nobody sees are gone, accents are on their letters and ligatures are letters. */
void encoding_append_clean(buffer *out, span text);

/* Joins an accent (U+0300 to U+036F) to the letter before it, which stands at `floor` or later: "e"
 * and U+0301 become "é", as people type it. False: it is no accent, or there is no such letter. */
bool encoding_join_mark(buffer *out, size_t floor, uint32_t mark);
/* Appends "fi" for the character U+FB01, and so on; false: it is no ligature. */
bool encoding_append_ligature(buffer *out, uint32_t code);

/* Spaces, byte for byte, in place of the characters that encoding_append_clean drops: offsets into
 * the text stay right. The text is valid UTF-8. */
void encoding_blank_hidden(buffer *text);

#endif
