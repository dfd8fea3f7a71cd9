/*
 * reader_mail.h - mail and mbox threads to plain text, with gmime. For huis-reader and its tests
 * only.
 */
#ifndef HUIS_DOCUMENT_READER_MAIL_H
#define HUIS_DOCUMENT_READER_MAIL_H

#include "document/reader.h"

/* Starts gmime and loads the converters of common encodings: opens files, so call it before the
 * sandbox is entered. Once per process. */
void reader_mail_init(void);

/* One message (READER_MAIL) or a thread (READER_MBOX), its messages in the order of their dates
 * with "=== 2 / 3 ===" before each. Headers stay as From, To, Date, Subject, Attachment lines.
 * NO_TEXT, BAD_FILE, LIMIT, NO_MEMORY. */
int reader_read_mail(reader_result *out, span bytes, reader_format format, huis_error *err);

#endif
