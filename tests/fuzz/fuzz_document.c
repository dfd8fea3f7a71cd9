/*
 * fuzz_document.c - any bytes through encoding_to_utf8, the Markdown reader and document_analyse.
 *
 * The first byte chooses a declared encoding and the genre. What comes out must be valid UTF-8
 * without carriage returns, and its segments and sentences must be in order, inside the text and cut
 * between characters.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/encoding.h"
#include "document/reader.h"
#include "document/reader_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_boundary(span text, size_t pos)
{
    return pos == text.len || ((unsigned char)text.ptr[pos] & 0xC0u) != 0x80u;
}

static void check(const document *d)
{
    size_t pos = 0;
    for (size_t i = 0; i < d->n_segments; i++) {
        const document_segment *const s = &d->segments[i];
        require(s->start >= pos && s->start <= s->end && s->end <= d->text.len);
        require(s->body >= s->start && s->name_start <= s->name_end && s->name_end <= d->text.len);
        require(is_boundary(d->text, s->start) && is_boundary(d->text, s->end));
        pos = s->end;
    }
    pos = 0;
    for (size_t i = 0; i < d->n_sentences; i++) {
        const document_sentence *const s = &d->sentences[i];
        require(s->start >= pos && s->start < s->end && s->segment < d->n_segments);
        require(s->start >= d->segments[s->segment].start && s->end <= d->segments[s->segment].end);
        require(is_boundary(d->text, s->start) && is_boundary(d->text, s->end));
        require(document_count_words(span_slice(d->text, s->start, s->end)) > 0);
        pos = s->end;
    }
}

static void analyse(span text, document_genre genre)
{
    arena memory;
    arena_init(&memory, 64 * (size_t)LIMIT_MIB);
    document d;
    if (document_analyse(&d, text, genre, &memory, NULL) == 0) {
        check(&d);
        require(document_word_end(text, document_count_words(text)) <= text.len);
    } else {
        require(document_count_words(text) == 0);
    }
    arena_deinit(&memory);
}

static void read_frame(span bytes)
{
    reader_result result;
    reader_result_init(&result);
    huis_error err = {0};
    if (reader_frame_decode(&result, bytes, &err) == 0) {
        require(utf8_valid_prefix(buffer_span(&result.text)) == result.text.len);
    }
    reader_result_deinit(&result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const DECLARED[] = {NULL,        "utf-8",  "iso-8859-1", "iso-8859-15",
                                           "shift_jis", "utf-16", "koi8-r",     "gb18030"};
    if (size == 0) {
        return 0;
    }
    const span bytes = span_from((const char *)data + 1, size - 1);
    buffer text, plain;
    buffer_init(&text, 16 * (size_t)LIMIT_MIB);
    buffer_init(&plain, 16 * (size_t)LIMIT_MIB);
    if (encoding_to_utf8(&text, bytes, DECLARED[data[0] & 7], NULL, NULL) == 0) {
        const span clean = buffer_span(&text);
        require(utf8_valid_prefix(clean) == clean.len);
        require(clean.len == 0 || memchr(clean.ptr, '\r', clean.len) == NULL);
        analyse(clean, (document_genre)(data[0] >> 3 & 3));
        reader_append_markdown(&plain, clean, NULL);
        require(utf8_valid_prefix(buffer_span(&plain)) == plain.len);
    }
    (void)reader_detect(NULL, bytes);
    read_frame(bytes);
    buffer_deinit(&text);
    buffer_deinit(&plain);
    return 0;
}
