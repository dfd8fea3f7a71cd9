/*
 * reader_frame.h - the one answer of huis-reader, as bytes.
 *
 * 44 bytes, little-endian: magic "HRD2", status (0, or the negated huis_status), genre, length of the
 * title, of the note, number of places, length of their labels, error offset (8), length of the text
 * (8); then the title, the note, the places (32 bytes each: start (8), kind, number, genre, and where
 * label, who and when start in the labels), the labels and the text, or instead of the text the error
 * message. The caller trusts none of it: lengths must fit exactly, all must be UTF-8, places must
 * ascend, labels are cleaned again.
 */
#ifndef HUIS_DOCUMENT_READER_FRAME_H
#define HUIS_DOCUMENT_READER_FRAME_H

#include "base/limits.h"
#include "document/reader.h"

enum { READER_FRAME_BYTES = 44, READER_FRAME_PLACE_BYTES = 32 };
/* At most, beside the text. */
#define READER_FRAME_EXTRA_BYTES                                                                   \
    (LIMIT_KIB + LIMIT_READER_LABEL_BYTES + (size_t)LIMIT_READER_PLACES * READER_FRAME_PLACE_BYTES)

/* What `status` and `err` (used when status is negative) or `result` say. False: no memory. */
bool reader_frame_encode(buffer *out, int status, const huis_error *err,
                         const reader_result *result);

/* The reader's own error, or HUIS_E_WORKER for nonsense. */
int reader_frame_decode(reader_result *out, span frame, huis_error *err);

#endif
