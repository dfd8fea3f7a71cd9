/*
 * reader_feed.h - RSS 0.9x, 1.0, 2.0 and Atom to plain text. For huis-reader and its tests only.
 */
#ifndef HUIS_DOCUMENT_READER_FEED_H
#define HUIS_DOCUMENT_READER_FEED_H

#include "document/reader.h"

/* The entries, newest first, each a heading, who and when, and its text. After reader_mail_init.
 * NO_TEXT, BAD_FILE, LIMIT, NO_MEMORY. */
int reader_read_feed(reader_result *out, span bytes, huis_error *err);

#endif
