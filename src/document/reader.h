/*
 * reader.h - formats to plain text, with the places of the original.
 *
 * Text and Markdown are read in the caller. The hostile ones (all others) are read by huis-reader
 * only, a program that gets the document on descriptor 0, enters the sandbox, writes one frame
 * (reader_frame.h) to descriptor 1 and ends; cli/document_source.c is its caller. This header is the
 * contract of both sides. A format is one row of FORMATS in reader.c, and one of READERS in
 * reader_main.c.
 */
#ifndef HUIS_DOCUMENT_READER_H
#define HUIS_DOCUMENT_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"
#include "document/document.h"
#include "huis/error.h"

typedef enum reader_format {
    READER_AUTO = 0,
    READER_TEXT = 1,
    READER_MARKDOWN = 2,
    READER_MAIL = 3,
    READER_MBOX = 4,
    READER_HTML = 5,
    READER_PDF = 6,
    READER_DOCX = 7,
    READER_ODT = 8,
    READER_PPTX = 9,
    READER_XLSX = 10,
    READER_EPUB = 11,
    READER_SUBTITLES = 12, /* SRT, WebVTT */
    READER_WHATSAPP = 13,  /* and texts like it: "[12/03/2025, 10:42] Anna: words" */
    READER_TELEGRAM = 14,  /* JSON */
    READER_SLACK = 15,     /* JSON */
    READER_CALENDAR = 16,  /* iCalendar */
    READER_FEED = 17,      /* RSS, Atom */
    READER_RTF = 18,
    READER_DISCORD = 30, /* JSON */
    READER_MATRIX = 31,  /* JSON */
    READER_JSON = 32     /* any other: an error that names those which are known */
} reader_format;

/* From the name's ending and the first bytes; never READER_AUTO. `file_name` may be NULL. */
reader_format reader_detect(const char *file_name, span bytes);

/* The name of a format, as huis-reader's argument: "pdf"; and back. */
const char *reader_format_name(reader_format format);
bool reader_format_find(const char *name, reader_format *out_format);

/* Whether the format is read by huis-reader rather than in the caller. */
bool reader_is_hostile(reader_format format);

/* Where in the original a stretch of the text stands. From the outermost kind to the innermost: a
 * place holds until the next one of its own or of an outer kind. Lines, paragraphs and speakers are
 * found in the text itself. */
typedef enum reader_place_kind {
    PLACE_DOCUMENT = 1, /* one of several files: its name */
    PLACE_CHAPTER = 2,  /* of a book: its title */
    PLACE_SHEET = 3,    /* of a workbook: its name */
    PLACE_PAGE = 4,
    PLACE_SLIDE = 5,
    PLACE_MESSAGE = 6, /* of a mail thread or chat: subject, who, when */
    PLACE_EVENT = 7,   /* of a calendar: title, organiser, when */
    PLACE_ENTRY = 8,   /* of a feed: title, author, when */
    PLACE_CUE = 9      /* of subtitles: when ("00:01:02") */
} reader_place_kind;
enum { N_PLACE_KINDS = 10 };

typedef struct reader_place {
    size_t start; /* byte of the text; ascending over the places */
    reader_place_kind kind;
    uint32_t number;           /* in its kind, from 1: page 3 */
    document_genre genre;      /* of this stretch; 0: to be detected */
    uint32_t label, who, when; /* for reader_label; 0: none */
} reader_place;

/* A place that is to be added. `when`: RFC 3339, a date, or a time into the recording. */
typedef struct reader_place_draft {
    size_t start;
    reader_place_kind kind;
    uint32_t number;
    document_genre genre;
    span label, who, when; /* may be empty; cleaned like titles and cut at 255 bytes */
} reader_place_draft;

/* What a reader gives back. */
typedef struct reader_result {
    buffer text;          /* UTF-8, "\n" line ends */
    document_genre genre; /* 0: to be detected */
    char title[256];      /* subject or title; "" when there is none */
    char note[256];       /* what was left out, for people: "3 of 12 pages hold no text"; "" */
    buffer places;        /* of reader_place; see reader_places */
    buffer labels;        /* terminated strings */
} reader_result;

void reader_result_init(reader_result *r);
void reader_result_deinit(reader_result *r);

/* Adds a place at draft->start, which is not before the last one's. Places past
 * LIMIT_READER_PLACES are left out. Without memory the buffers fail (reader_places_ok). */
void reader_add_place(reader_result *r, const reader_place_draft *draft);
bool reader_places_ok(const reader_result *r);
const reader_place *reader_places(const reader_result *r, size_t *out_n);
/* A label of a place, terminated; "" for 0. */
const char *reader_label(const reader_result *r, uint32_t offset);
/* Adds to the note, after "; " when there is one; cleaned and cut like a title. */
void reader_add_note(reader_result *r, span note);
/* The same with a count: "1 hidden sheet left out", "2 hidden sheets left out"; nothing for 0. */
void reader_add_count(reader_result *r, size_t n, const char *one, const char *many);
/* Copies a title: one line, white space collapsed, cut at a character. */
void reader_set_title(reader_result *r, span title);

/* Plain text and Markdown: in the caller. NO_TEXT, LIMIT, NO_MEMORY. */
int reader_read_text(reader_result *out, span bytes, reader_format format, huis_error *err);

/* Markdown to plain text: marks, links' addresses, tags and comments go; list marks and code fences
 * stay. `markdown` is UTF-8. Appends to `out`, whose status says whether there was room. */
void reader_append_markdown(buffer *out, span markdown, reader_result *title_to);

#endif
