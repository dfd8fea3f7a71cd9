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
 * characters that nobody sees are gone. */
void encoding_append_clean(buffer *out, span text);

/* Spaces, byte for byte, in place of the characters that encoding_append_clean drops: offsets into
 * the text stay right. The text is valid UTF-8. */
void encoding_blank_hidden(buffer *text);

#endif
