/*
 * reader_lines.h - the text/plain parts of mails, line by line; pure.
 */
#ifndef HUIS_DOCUMENT_READER_LINES_H
#define HUIS_DOCUMENT_READER_LINES_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/span.h"

typedef struct reader_lines_options {
    bool flowed;       /* RFC 3676: lines that end in a space go on */
    bool delete_space; /* ... and that space is no part of the text */
    bool mbox;         /* ">From " stands for "From " */
} reader_lines_options;

/* Appends the lines with soft breaks joined, and OpenPGP's armour of a signed text taken off. The
 * text is UTF-8 with "\n" line ends. */
void reader_append_plain_lines(buffer *out, span text, const reader_lines_options *options);

/* Appends the text as one line: runs of white space become one space. */
void reader_append_line(buffer *out, span text);

/* The subject without "Re:", "Fwd:", "TR :" and the like. */
span reader_skip_reply_marks(span subject);

#endif
