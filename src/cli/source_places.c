/*
 * source_places.c - see source_places.h.
 *
 * The places of a text are in the order of their starts; those that hold at a byte are found by
 * going back from it, each one of an outer kind than the last.
 */
#include "cli/source_places.h"

#include <string.h>

#include "cli/output.h"
#include "cli/summary_view.h"

enum { WHEN_BYTES = 96 };

/* What holds at one byte of the text. */
typedef struct held {
    const reader_place *places[N_PLACE_KINDS]; /* NULL: none of the kind */
    size_t start;                              /* of the innermost */
    size_t paragraph;                          /* in it, from 1 */
} held;

/* The last place that starts at or before `at`; n: none. */
static size_t last_before(const reader_place *places, size_t n, size_t at)
{
    size_t low = 0;
    size_t high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (places[middle].start <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low > 0 ? low - 1 : n;
}

/* Paragraphs are set apart by blank lines; `at` stands in the one returned. */
static size_t count_paragraphs(span text, size_t from, size_t at)
{
    size_t count = 0;
    bool blank = true;
    while (from <= at && from < text.len) {
        const char *const newline = memchr(text.ptr + from, '\n', text.len - from);
        const size_t end = newline != NULL ? (size_t)(newline - text.ptr) : text.len;
        const bool is_blank = end == from;
        count += blank && !is_blank;
        blank = is_blank;
        from = end + 1;
    }
    return count > 0 ? count : 1;
}

static held find_held(const reader_result *read, size_t at)
{
    held h = {.start = 0};
    size_t n = 0;
    const reader_place *const places = reader_places(read, &n);
    size_t outer = N_PLACE_KINDS;
    for (size_t i = last_before(places, n, at); i < n && outer > PLACE_DOCUMENT; i--) {
        if ((size_t)places[i].kind < outer) {
            h.start = outer == N_PLACE_KINDS ? places[i].start : h.start;
            outer = (size_t)places[i].kind;
            h.places[outer] = &places[i];
        }
    }
    h.paragraph = count_paragraphs(buffer_span(&read->text), h.start, at);
    return h;
}

/* One kind: its field, its name for people, and what stands for it. */
static const struct {
    reader_place_kind kind;
    const char *field;
    bilingual word; /* en NULL: the label speaks for itself */
    bool numbered;  /* the number is meant, else the label */
} KINDS[] = {
    {PLACE_DOCUMENT, "document", {NULL, NULL}, false},
    {PLACE_CHAPTER, "chapter", {"chapter", "chapitre"}, false},
    {PLACE_SHEET, "sheet", {"sheet", "feuille"}, false},
    {PLACE_PAGE, "page", {"page", "page"}, true},
    {PLACE_SLIDE, "slide", {"slide", "diapositive"}, true},
    {PLACE_MESSAGE, "message", {"message", "message"}, true},
    {PLACE_EVENT, "event", {"event", "événement"}, false},
    {PLACE_ENTRY, "entry", {"entry", "article"}, false},
};

enum { N_KINDS = sizeof(KINDS) / sizeof(KINDS[0]) };

/* The innermost label of a sort. */
static const char *innermost(const reader_result *read, const held *h, bool when)
{
    for (size_t kind = N_PLACE_KINDS; kind-- > 1;) {
        const reader_place *const p = h->places[kind];
        const char *const label = p != NULL ? reader_label(read, when ? p->when : p->who) : "";
        if (label[0] != '\0') {
            return label;
        }
    }
    return "";
}

static void set_string(json_t *object, const char *field, const char *value)
{
    if (value[0] != '\0') {
        (void)json_object_set_new(object, field, json_string(value));
    }
}

json_t *source_place_json(const reader_result *read, size_t at, bool dialogue)
{
    const held h = find_held(read, at);
    json_t *const object = json_object();
    for (size_t i = 0; i < N_KINDS; i++) {
        const reader_place *const p = h.places[KINDS[i].kind];
        const char *const label = p != NULL ? reader_label(read, p->label) : "";
        if (p != NULL && (KINDS[i].numbered || label[0] == '\0')) {
            (void)json_object_set_new(object, KINDS[i].field, json_integer(p->number));
        } else if (p != NULL) {
            set_string(object, KINDS[i].field, label);
        }
    }
    set_string(object, "who", innermost(read, &h, false));
    set_string(object, "when", innermost(read, &h, true));
    (void)json_object_set_new(object, "paragraph", json_integer((json_int_t)h.paragraph));
    const span speaker =
        dialogue ? document_speaker_at(buffer_span(&read->text), at) : span_from(NULL, 0);
    if (speaker.len > 0) {
        (void)json_object_set_new(object, "speaker", json_stringn(speaker.ptr, speaker.len));
    }
    return object;
}

json_t *output_sources_json(const huis_source_span *sources, size_t n, const reader_result *read,
                            bool dialogue)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < n; i++) {
        (void)json_array_append_new(
            list, json_pack("{s:I, s:I, s:o}", "start", (json_int_t)sources[i].start, "end",
                            (json_int_t)sources[i].end, "place",
                            source_place_json(read, (size_t)sources[i].start, dialogue)));
    }
    return list;
}

bool source_place_append(buffer *out, const reader_result *read, size_t at)
{
    const held h = find_held(read, at);
    for (size_t i = 0; i < N_KINDS; i++) {
        const reader_place *const p = h.places[KINDS[i].kind];
        const char *const label = p != NULL ? reader_label(read, p->label) : "";
        if (p == NULL) {
            continue;
        }
        const char *const comma = out->len > 0 ? ", " : "";
        if (KINDS[i].word.en == NULL) {
            (void)buffer_printf(out, "%s%s", comma, label);
        } else if (KINDS[i].numbered || label[0] == '\0') {
            (void)buffer_printf(out, "%s%s %u", comma, text_pick(KINDS[i].word), p->number);
        } else {
            (void)buffer_printf(out, tr("%s%s \"%s\"", "%s%s « %s »"), comma,
                                text_pick(KINDS[i].word), label);
        }
    }
    const char *const when = innermost(read, &h, true);
    if (when[0] != '\0') {
        char words[WHEN_BYTES];
        summary_view_when(when, words, sizeof(words));
        (void)buffer_printf(out, "%s%s", out->len > 0 ? ", " : "", words);
    }
    return buffer_printf(out, tr("%sparagraph %zu", "%sparagraphe %zu"), out->len > 0 ? ", " : "",
                         h.paragraph);
}
