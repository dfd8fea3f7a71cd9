/*
 * reader.h - formats to plain text. The hostile ones (mail, HTML) run in huis-reader only; this
 * header is the contract between that program and its caller.
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

/* From the name's ending and the first bytes. */
reader_format reader_detect(const char *file_name, span bytes);

/* What a reader gives back. */
typedef struct reader_result {
    buffer text;          /* UTF-8, "\n" line ends */
    document_genre genre; /* 0: to be detected */
    char title[256];      /* subject or title; "" when there is none */
} reader_result;

void reader_result_init(reader_result *r);
void reader_result_deinit(reader_result *r);

/* Plain text and Markdown: in the caller. */
int reader_read_text(reader_result *out, span bytes, reader_format format, huis_error *err);

#endif
