/*
 * reader_frame.c - see reader_frame.h.
 */
#include "document/reader_frame.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"

static const span MAGIC = {"HRD1", 4};

static bool append_number(buffer *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        (void)buffer_append_byte(out, (char)(unsigned char)(value >> (8 * i)));
    }
    return buffer_ok(out);
}

static uint64_t read_number(span bytes, size_t pos, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)(unsigned char)bytes.ptr[pos + i] << (8 * i);
    }
    return value;
}

bool reader_frame_encode(buffer *out, int status, const huis_error *err,
                         const reader_result *result)
{
    const span title = status == 0 ? span_from_string(result->title) : span_from(NULL, 0);
    const span body = status == 0 ? buffer_span(&result->text) : span_from_string(err->message);
    (void)buffer_append(out, MAGIC);
    (void)append_number(out, (uint64_t)(uint32_t)-status, 4);
    (void)append_number(out, status == 0 ? (uint64_t)result->genre : 0, 4);
    (void)append_number(out, title.len, 4);
    (void)append_number(out, status == 0 ? ERROR_NO_OFFSET : err->offset, 8);
    (void)append_number(out, body.len, 8);
    (void)buffer_append(out, title);
    return buffer_append(out, body);
}

static int nonsense(huis_error *err)
{
    return error_set(err, HUIS_E_WORKER, "huis-reader gave an answer that makes no sense");
}

int reader_frame_decode(reader_result *out, span frame, huis_error *err)
{
    if (frame.len < READER_FRAME_BYTES || !span_starts_with(frame, MAGIC)) {
        return nonsense(err);
    }
    const uint64_t status = read_number(frame, 4, 4);
    const uint64_t genre = read_number(frame, 8, 4);
    const uint64_t title_len = read_number(frame, 12, 4);
    const uint64_t offset = read_number(frame, 16, 8);
    const uint64_t left = frame.len - READER_FRAME_BYTES;
    if (status > (uint64_t)-HUIS_E_INTERNAL || genre > DOCUMENT_DIALOGUE ||
        title_len >= sizeof(out->title) || title_len > left ||
        read_number(frame, 24, 8) != left - title_len) {
        return nonsense(err);
    }
    const size_t text_start = READER_FRAME_BYTES + (size_t)title_len;
    const span title = span_slice(frame, READER_FRAME_BYTES, text_start);
    const span text = span_slice(frame, text_start, frame.len);
    if (utf8_valid_prefix(title) != title.len || utf8_valid_prefix(text) != text.len) {
        return nonsense(err);
    }
    if (status != 0) {
        return error_set_at(err, -(int)status, offset, "%.*s",
                            (int)(text.len < 500 ? text.len : 500), text.ptr);
    }
    if (!buffer_append(&out->text, text)) {
        return out->text.status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_LIMIT, "the text is longer than %zu bytes",
                               out->text.max_bytes)
                   : error_no_memory(err, "the text of the document");
    }
    reader_set_title(out, title);
    out->genre = (document_genre)genre;
    return HUIS_OK;
}
