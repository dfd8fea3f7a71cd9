/*
 * reader_frame.c - see reader_frame.h.
 */
#include "document/reader_frame.h"

#include <string.h>

#include "base/error.h"
#include "base/utf8.h"
#include "document/encoding.h"

static const span MAGIC = {"HRD2", 4};

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

static bool append_places(buffer *out, const reader_result *r)
{
    size_t n = 0;
    const reader_place *const places = reader_places(r, &n);
    for (size_t i = 0; i < n; i++) {
        (void)append_number(out, places[i].start, 8);
        (void)append_number(out, (uint64_t)places[i].kind, 4);
        (void)append_number(out, places[i].number, 4);
        (void)append_number(out, (uint64_t)places[i].genre, 4);
        (void)append_number(out, places[i].label, 4);
        (void)append_number(out, places[i].who, 4);
        (void)append_number(out, places[i].when, 4);
    }
    return buffer_append(out, buffer_span(&r->labels));
}

bool reader_frame_encode(buffer *out, int status, const huis_error *err,
                         const reader_result *result)
{
    const bool fine = status == 0;
    const span title = fine ? span_from_string(result->title) : span_from(NULL, 0);
    const span note = fine ? span_from_string(result->note) : span_from(NULL, 0);
    const span body = fine ? buffer_span(&result->text) : span_from_string(err->message);
    size_t n_places = 0;
    (void)reader_places(result, &n_places);
    (void)buffer_append(out, MAGIC);
    (void)append_number(out, (uint64_t)(uint32_t)-status, 4);
    (void)append_number(out, fine ? (uint64_t)result->genre : 0, 4);
    (void)append_number(out, title.len, 4);
    (void)append_number(out, note.len, 4);
    (void)append_number(out, fine ? n_places : 0, 4);
    (void)append_number(out, fine ? result->labels.len : 0, 4);
    (void)append_number(out, fine ? ERROR_NO_OFFSET : err->offset, 8);
    (void)append_number(out, body.len, 8);
    (void)buffer_append(out, title);
    (void)buffer_append(out, note);
    if (fine && (!reader_places_ok(result) || !append_places(out, result))) {
        return false;
    }
    return buffer_append(out, body);
}

static int nonsense(huis_error *err)
{
    return error_set(err, HUIS_E_WORKER, "huis-reader gave an answer that makes no sense");
}

/* The parts of a frame, with lengths that fit. */
typedef struct frame_parts {
    uint64_t status, genre, n_places;
    span title, note, places, labels, body;
} frame_parts;

static bool split(span frame, frame_parts *out)
{
    if (frame.len < READER_FRAME_BYTES || !span_starts_with(frame, MAGIC)) {
        return false;
    }
    const uint64_t n_places = read_number(frame, 20, 4);
    const uint64_t lengths[] = {read_number(frame, 12, 4), read_number(frame, 16, 4),
                                n_places * READER_FRAME_PLACE_BYTES, read_number(frame, 24, 4),
                                read_number(frame, 36, 8)};
    span *const parts[] = {&out->title, &out->note, &out->places, &out->labels, &out->body};
    uint64_t at = READER_FRAME_BYTES;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (lengths[i] > frame.len - at) {
            return false;
        }
        *parts[i] = span_slice(frame, (size_t)at, (size_t)(at + lengths[i]));
        at += lengths[i];
    }
    out->status = read_number(frame, 4, 4);
    out->genre = read_number(frame, 8, 4);
    out->n_places = n_places;
    return at == frame.len && out->status <= (uint64_t)-HUIS_E_INTERNAL &&
           out->genre <= DOCUMENT_DIALOGUE && utf8_valid_prefix(out->title) == out->title.len &&
           utf8_valid_prefix(out->note) == out->note.len &&
           utf8_valid_prefix(out->labels) == out->labels.len &&
           utf8_valid_prefix(out->body) == out->body.len &&
           (out->labels.len == 0 || out->labels.ptr[out->labels.len - 1] == '\0');
}

/* The terminated string at an offset of the labels; false: outside. */
static bool label_at(span labels, uint64_t offset, span *out)
{
    if (offset >= labels.len) {
        *out = span_from(NULL, 0);
        return offset == 0;
    }
    *out = span_from_string(labels.ptr + offset);
    return utf8_valid_prefix(*out) == out->len;
}

static bool read_place(const frame_parts *parts, size_t i, size_t after, reader_place_draft *out)
{
    const size_t at = i * READER_FRAME_PLACE_BYTES;
    const uint64_t start = read_number(parts->places, at, 8);
    const uint64_t kind = read_number(parts->places, at + 8, 4);
    const uint64_t genre = read_number(parts->places, at + 16, 4);
    if (start < after || start > parts->body.len || kind == 0 || kind >= N_PLACE_KINDS ||
        genre > DOCUMENT_DIALOGUE) {
        return false;
    }
    *out = (reader_place_draft){.start = (size_t)start,
                                .kind = (reader_place_kind)kind,
                                .number = (uint32_t)read_number(parts->places, at + 12, 4),
                                .genre = (document_genre)genre};
    return label_at(parts->labels, read_number(parts->places, at + 20, 4), &out->label) &&
           label_at(parts->labels, read_number(parts->places, at + 24, 4), &out->who) &&
           label_at(parts->labels, read_number(parts->places, at + 28, 4), &out->when);
}

static int add_places(reader_result *out, const frame_parts *parts, huis_error *err)
{
    size_t after = 0;
    for (size_t i = 0; i < parts->n_places; i++) {
        reader_place_draft draft;
        if (!read_place(parts, i, after, &draft)) {
            return nonsense(err);
        }
        after = draft.start;
        reader_add_place(out, &draft);
    }
    return reader_places_ok(out) ? HUIS_OK : error_no_memory(err, "the places of the document");
}

int reader_frame_decode(reader_result *out, span frame, huis_error *err)
{
    frame_parts parts;
    if (!split(frame, &parts)) {
        return nonsense(err);
    }
    if (parts.status != 0) {
        return error_set_at(err, -(int)parts.status, read_number(frame, 28, 8), "%.*s",
                            (int)(parts.body.len < 500 ? parts.body.len : 500), parts.body.ptr);
    }
    if (!buffer_append(&out->text, parts.body)) {
        return out->text.status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_LIMIT, "the text is longer than %zu bytes",
                               out->text.max_bytes)
                   : error_no_memory(err, "the text of the document");
    }
    /* Readers drop what is hidden; one that was taken over would not. */
    encoding_blank_hidden(&out->text);
    reader_set_title(out, parts.title);
    reader_add_note(out, parts.note);
    out->genre = (document_genre)parts.genre;
    return add_places(out, &parts, err);
}
