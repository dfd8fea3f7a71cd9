/*
 * reader_frame.h - the one answer of huis-reader, as bytes.
 *
 * 32 bytes, little-endian: magic "HRD1", status (0, or the negated huis_status), genre, length of the
 * title, error offset (8), length of the text (8); then the title and the text, or instead of the
 * text the error message. The caller trusts none of it: lengths must fit exactly, text and title
 * must be UTF-8.
 */
#ifndef HUIS_DOCUMENT_READER_FRAME_H
#define HUIS_DOCUMENT_READER_FRAME_H

#include "document/reader.h"

enum { READER_FRAME_BYTES = 32 };

/* What `status` and `err` (used when status is negative) or `result` say. False: no memory. */
bool reader_frame_encode(buffer *out, int status, const huis_error *err,
                         const reader_result *result);

/* The reader's own error, or HUIS_E_WORKER for nonsense. */
int reader_frame_decode(reader_result *out, span frame, huis_error *err);

#endif
