/*
 * reader.h - formats to plain text.
 *
 * Text and Markdown are read in the caller. The hostile ones (mail, pages) are read by huis-reader
 * only, a program that gets the document on descriptor 0, enters the sandbox, writes one frame
 * (reader_frame.h) to descriptor 1 and ends; cli/document_source.c is its caller. This header is the
 * contract of both sides.
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
    READER_HTML = 5
} reader_format;

/* From the name's ending and the first bytes; never READER_AUTO. `file_name` may be NULL. */
reader_format reader_detect(const char *file_name, span bytes);

/* Whether the format is read by huis-reader rather than in the caller. */
bool reader_is_hostile(reader_format format);

/* What a reader gives back. */
typedef struct reader_result {
    buffer text;          /* UTF-8, "\n" line ends */
    document_genre genre; /* 0: to be detected */
    char title[256];      /* subject or title; "" when there is none */
} reader_result;

void reader_result_init(reader_result *r);
void reader_result_deinit(reader_result *r);
/* Copies a title: one line, white space collapsed, cut at a character. */
void reader_set_title(reader_result *r, span title);

/* Plain text and Markdown: in the caller. NO_TEXT, LIMIT, NO_MEMORY. */
int reader_read_text(reader_result *out, span bytes, reader_format format, huis_error *err);

/* Markdown to plain text: marks, links' addresses, tags and comments go; list marks and code fences
 * stay. `markdown` is UTF-8. Appends to `out`, whose status says whether there was room. */
void reader_append_markdown(buffer *out, span markdown, reader_result *title_to);

#endif
