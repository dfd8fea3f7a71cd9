/*
 * document.c - document_analyse: genre, segments, then the sentences of each segment, kept in the
 * caller's arena. While they are being found the lists grow on the heap.
 */
#include "document/document.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    OWN_WORDS = 8 /* a mail with fewer words of its own is about what it quotes */
};

/* Where to cut a line that is too long: after its last space, else at a character. */
static size_t cut_line(span text, size_t start)
{
    size_t pos = start + LIMIT_LINE_BYTES;
    const size_t floor = pos - LIMIT_SENTENCE_BYTES;
    for (size_t i = pos; i > floor; i--) {
        if (text.ptr[i - 1] == ' ' || text.ptr[i - 1] == '\t') {
            return i;
        }
    }
    while (((unsigned char)text.ptr[pos] & 0xC0u) == 0x80u) {
        pos--;
    }
    return pos;
}

text_line line_at(span text, size_t pos)
{
    const size_t left = text.len - pos;
    const size_t reach = left < LIMIT_LINE_BYTES ? left : LIMIT_LINE_BYTES;
    const char *const newline = memchr(text.ptr + pos, '\n', reach);
    text_line line = {.start = pos};
    if (newline != NULL) {
        line.end = (size_t)(newline - text.ptr);
        line.next = line.end + 1;
    } else if (left <= LIMIT_LINE_BYTES) {
        line.end = line.next = text.len;
    } else {
        line.end = line.next = cut_line(text, pos);
    }
    line.first = char_skip_spaces(text, pos, line.end);
    line.end = char_trim_end(text, line.first, line.end);
    return line;
}

size_t words_up_to(span text, size_t limit)
{
    size_t count = 0;
    size_t pos = 0;
    size_t len = 0;
    bool in_word = false;
    while (pos < text.len && count < limit) {
        const char_kind kind = char_at(text, pos, &len);
        if (kind == CHAR_SPACE) {
            in_word = false;
        } else if (!in_word && char_is_word(kind)) {
            in_word = true;
            count++;
        }
        pos += len;
    }
    return count;
}

/* Makes room for one more element; false: no memory. */
static bool grow(void **list, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    size_t wanted = 0;
    if (!checked_mul_size(*capacity > 0 ? *capacity : 32, 2, &wanted)) {
        return false;
    }
    void *const bigger = memory_resize(*list, wanted, size);
    if (bigger == NULL) {
        return false;
    }
    *list = bigger;
    *capacity = wanted;
    return true;
}

bool builder_add_segment(document_builder *b, const document_segment *segment)
{
    void *list = b->segments;
    if (b->n_segments == UINT32_MAX ||
        !grow(&list, &b->segments_capacity, b->n_segments, sizeof(*segment))) {
        return false;
    }
    b->segments = list;
    b->segments[b->n_segments++] = *segment;
    return true;
}

bool builder_add_sentence(document_builder *b, const document_sentence *sentence)
{
    void *list = b->sentences;
    if (!grow(&list, &b->sentences_capacity, b->n_sentences, sizeof(*sentence))) {
        return false;
    }
    b->sentences = list;
    b->sentences[b->n_sentences++] = *sentence;
    return true;
}

static void builder_deinit(document_builder *b)
{
    b->segments = memory_free(b->segments);
    b->sentences = memory_free(b->sentences);
}

/* Adds what is between start and end, trimmed, if it holds a word. */
static bool add_trimmed(document_builder *b, size_t start, size_t end, size_t i_segment)
{
    const size_t first = char_skip_spaces(b->text, start, end);
    const size_t last = char_trim_end(b->text, first, end);
    if (words_up_to(span_slice(b->text, first, last), 1) == 0) {
        return true;
    }
    const document_sentence sentence = {first, last, (uint32_t)i_segment};
    return builder_add_sentence(b, &sentence);
}

/* Where the text of a forwarded or quoted part starts: past its marks and headers. */
static size_t quote_start(span text, const document_segment *segment)
{
    size_t pos = segment->start;
    while (pos < segment->end) {
        const text_line line = line_at(text, pos);
        const size_t wrote = mail_attribution_lines(text, &line);
        if (!line_is_blank(&line) && !mail_is_forward_mark(text, &line) && wrote != 1 &&
            mail_header_of(text, &line) == MAIL_HEADER_NONE && text.ptr[line.first] != '_') {
            break;
        }
        pos = line.next;
    }
    if (pos >= segment->end) {
        return segment->end;
    }
    return pos > segment->body ? pos : segment->body;
}

static bool split_segment(document_builder *b, size_t i_segment)
{
    const document_segment *const segment = &b->segments[i_segment];
    size_t pos = segment->kind == SEGMENT_QUOTE ? quote_start(b->text, segment) : segment->body;
    size_t named = segment->name_end > segment->name_start ? segment->name_start : SIZE_MAX;
    if (segment->kind == SEGMENT_HEADING) {
        return add_trimmed(b, pos, segment->end, i_segment);
    }
    pos = char_skip_spaces(b->text, pos, segment->end);
    size_t len = 0;
    const bool lower = b->genre != DOCUMENT_ARTICLE && pos < segment->end &&
                       char_at(b->text, pos, &len) == CHAR_LOWER;
    while (pos < segment->end) {
        const size_t end = sentence_end(b->text, pos, segment->end, lower);
        if (!add_trimmed(b, named < pos ? named : pos, end, i_segment)) {
            return false;
        }
        named = SIZE_MAX;
        pos = char_skip_spaces(b->text, end, segment->end);
    }
    return true;
}

/* Kinds of segments, as bits. */
#define KIND(kind) (1u << (kind))
static const uint32_t OWN_TEXT =
    KIND(SEGMENT_PARAGRAPH) | KIND(SEGMENT_HEADING) | KIND(SEGMENT_LIST_ITEM) | KIND(SEGMENT_TURN);
static const uint32_t ANY_TEXT = ~0u;

static bool split_segments(document_builder *b, uint32_t kinds)
{
    b->n_sentences = 0;
    for (size_t i = 0; i < b->n_segments; i++) {
        if ((kinds & KIND(b->segments[i].kind)) != 0 && !split_segment(b, i)) {
            return false;
        }
    }
    return true;
}

static size_t count_own_words(const document_builder *b, size_t limit)
{
    size_t words = 0;
    for (size_t i = 0; i < b->n_sentences && words < limit; i++) {
        const document_sentence *const s = &b->sentences[i];
        words += words_up_to(span_slice(b->text, s->start, s->end), limit);
    }
    return words;
}

/* The sentences of the text's own parts; of the quoted parts too when next to nothing else was
 * written; of everything when even that is empty. */
static bool find_sentences(document_builder *b)
{
    if (!split_segments(b, OWN_TEXT)) {
        return false;
    }
    if (count_own_words(b, OWN_WORDS) < OWN_WORDS &&
        !split_segments(b, OWN_TEXT | KIND(SEGMENT_QUOTE))) {
        return false;
    }
    return b->n_sentences > 0 || split_segments(b, ANY_TEXT);
}

/* A copy of the list in the arena; NULL without memory or when it is empty. */
static const void *keep(arena *memory, const void *list, size_t count, size_t size)
{
    void *const copy = arena_alloc(memory, count > 0 ? count : 1, size);
    if (copy != NULL && count > 0) {
        memcpy(copy, list, count * size);
    }
    return copy;
}

enum { MAX_TURN_LINES = 32 };

static int finish(document *out, document_builder *b, arena *memory, huis_error *err)
{
    const document_segment *const segments =
        keep(memory, b->segments, b->n_segments, sizeof(*segments));
    const document_sentence *const sentences =
        keep(memory, b->sentences, b->n_sentences, sizeof(*sentences));
    if (segments == NULL || sentences == NULL) {
        return error_no_memory(err, "the sentences of the document");
    }
    *out = (document){.text = b->text,
                      .genre = b->genre,
                      .segments = segments,
                      .n_segments = b->n_segments,
                      .sentences = sentences,
                      .n_sentences = b->n_sentences};
    const char *const language = document_language(b->text);
    memcpy(out->language, language, strlen(language) + 1);
    return HUIS_OK;
}

span document_speaker_at(span text, size_t at)
{
    size_t start = at < text.len ? at : text.len;
    for (unsigned i = 0; i < MAX_TURN_LINES && start <= text.len; i++) {
        while (start > 0 && text.ptr[start - 1] != '\n') {
            start--;
        }
        if (start == text.len) {
            break;
        }
        const text_line line = line_at(text, start);
        turn_mark mark;
        if (line_is_blank(&line)) {
            break;
        }
        if (turn_parse(text, &line, &mark)) {
            return span_slice(text, mark.name_start, mark.name_end);
        }
        if (start == 0) {
            break;
        }
        start--;
    }
    return span_from(NULL, 0);
}

int document_analyse(document *out_document, span text, document_genre genre, arena *memory,
                     huis_error *err)
{
    if (words_up_to(text, 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "the document holds no word");
    }
    document_builder b = {.text = text, .genre = genre != 0 ? genre : genre_detect(text)};
    int status = HUIS_OK;
    if (segments_find(&b) && find_sentences(&b)) {
        status = finish(out_document, &b, memory, err);
    } else {
        status = error_no_memory(err, "the sentences of the document");
    }
    builder_deinit(&b);
    return status;
}

/* Offsets of a part become those of the whole text. */
static void shift(document *d, document_segment *segments, document_sentence *sentences, size_t by)
{
    for (size_t i = 0; i < d->n_segments; i++) {
        segments[i].start += by;
        segments[i].end += by;
        segments[i].body += by;
        segments[i].name_start += by;
        segments[i].name_end += by;
    }
    for (size_t i = 0; i < d->n_sentences; i++) {
        sentences[i].start += by;
        sentences[i].end += by;
    }
}

int document_analyse_part(document *out_document, span text, const document_part *part,
                          arena *memory, huis_error *err)
{
    document d;
    RETURN_IF_ERROR(
        document_analyse(&d, span_slice(text, part->start, part->end), part->genre, memory, err));
    document_segment *const segments = arena_alloc(memory, d.n_segments + 1, sizeof(*segments));
    document_sentence *const sentences = arena_alloc(memory, d.n_sentences + 1, sizeof(*sentences));
    if (segments == NULL || sentences == NULL) {
        return error_no_memory(err, "the sentences of a part");
    }
    memcpy(segments, d.segments, d.n_segments * sizeof(*segments));
    memcpy(sentences, d.sentences, d.n_sentences * sizeof(*sentences));
    shift(&d, segments, sentences, part->start);
    d.text = text;
    d.segments = segments;
    d.sentences = sentences;
    *out_document = d;
    return HUIS_OK;
}
