/*
 * source_parts.c - see source_parts.h.
 *
 * A part starts where a place of one of the kinds starts and ends where the next one does. What
 * stands before the first is a part of its own. Places at the same byte are one part: the innermost
 * says who and when, and gives its title unless it has none.
 */
#include "cli/source_parts.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"

static bool is_part(const reader_result *read, const reader_place *place,
                    document_genre genre_of_document)
{
    const bool in_chat =
        (genre_of_document != 0 ? genre_of_document : read->genre) == DOCUMENT_DIALOGUE ||
        place->genre == DOCUMENT_DIALOGUE;
    switch (place->kind) {
    case PLACE_DOCUMENT:
    case PLACE_CHAPTER:
    case PLACE_SHEET:
        return true;
    case PLACE_MESSAGE:
    case PLACE_EVENT:
    case PLACE_ENTRY:
        return !in_chat;
    case PLACE_PAGE:
    case PLACE_SLIDE:
    case PLACE_CUE:
        break;
    }
    return false;
}

/* Whether the text is the messages of one thread of mail: they are read together, since the last of
 * them tells how things stand. */
static bool is_one_thread(const reader_result *read, const reader_place *places, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (places[i].kind != PLACE_MESSAGE ||
            strcmp(reader_label(read, places[i].label), reader_label(read, places[0].label)) != 0) {
            return false;
        }
    }
    return read->genre == DOCUMENT_MAIL;
}

static const char *label_or(const reader_result *read, uint32_t offset, const char *other)
{
    return offset != 0 ? reader_label(read, offset) : other;
}

/* A file is called by the last part of its path. */
static const char *title_of(const reader_result *read, const reader_place *place, const char *other)
{
    const char *const label = label_or(read, place->label, other);
    const char *const slash = place->kind == PLACE_DOCUMENT ? strrchr(label, '/') : NULL;
    return slash != NULL && slash[1] != '\0' ? slash + 1 : label;
}

/* The parts so far; one with an empty stretch is overwritten by what starts at the same byte. */
typedef struct part_list {
    huis_text_part *parts;
    size_t count;
} part_list;

static void add_part(part_list *list, const reader_result *read, const reader_place *place,
                     document_genre genre_of_document)
{
    huis_text_part *last = list->count > 0 ? &list->parts[list->count - 1] : NULL;
    const huis_text_part before = last != NULL ? *last : (huis_text_part){0};
    const bool same = last != NULL && last->start == place->start;
    if (last == NULL || !same) {
        if (last != NULL) {
            last->end = place->start;
        }
        last = &list->parts[list->count++];
    }
    *last = (huis_text_part){.start = place->start,
                             .end = read->text.len,
                             .genre =
                                 (huis_genre)(place->genre != 0 ? place->genre : genre_of_document),
                             .title = title_of(read, place, same ? before.title : NULL),
                             .who = label_or(read, place->who, same ? before.who : NULL),
                             .when = label_or(read, place->when, same ? before.when : NULL)};
}

int source_parts_new(huis_text_part **out_parts, size_t *out_n_parts, const reader_result *read,
                     huis_error *err)
{
    size_t n = 0;
    const reader_place *const places = reader_places(read, &n);
    part_list list = {.parts = memory_alloc(n + 2, sizeof(*list.parts))};
    if (list.parts == NULL) {
        return error_no_memory(err, "the parts of the document");
    }
    document_genre genre = read->genre;
    const size_t n_used = is_one_thread(read, places, n) ? 0 : n;
    for (size_t i = 0; i < n_used; i++) {
        if (places[i].kind == PLACE_DOCUMENT) {
            genre = places[i].genre;
        }
        if (!is_part(read, &places[i], genre) || places[i].start >= read->text.len) {
            continue;
        }
        if (list.count == 0 && places[i].start > 0) {
            list.parts[list.count++] =
                (huis_text_part){.end = places[i].start, .genre = (huis_genre)read->genre};
        }
        add_part(&list, read, &places[i], genre);
    }
    *out_parts = list.parts;
    *out_n_parts = list.count;
    return HUIS_OK;
}

int source_times_new(huis_text_time **out_times, size_t *out_n_times, const reader_result *read,
                     huis_error *err)
{
    size_t n = 0;
    size_t count = 0;
    const reader_place *const places = reader_places(read, &n);
    huis_text_time *const times = memory_alloc(n + 1, sizeof(*times));
    if (times == NULL) {
        return error_no_memory(err, "the times of the messages");
    }
    for (size_t i = 0; i < n; i++) {
        if (places[i].kind == PLACE_MESSAGE || places[i].kind == PLACE_DOCUMENT) {
            times[count++] = (huis_text_time){.start = places[i].start,
                                              .when = label_or(read, places[i].when, NULL)};
        }
    }
    *out_times = times;
    *out_n_times = count;
    return HUIS_OK;
}
