/*
 * mail_threads.h - the messages of a mailbox by thread, each with what it quotes, in the order of
 * time. Pure; for reader_mail.c.
 */
#ifndef HUIS_DOCUMENT_MAIL_THREADS_H
#define HUIS_DOCUMENT_MAIL_THREADS_H

#include "document/reader.h"
#include "document/timestamp.h"

typedef struct mail_entry {
    buffer text;    /* headers, an empty line, the body */
    size_t body;    /* where it starts */
    buffer ids;     /* "<own id>", then those of References and In-Reply-To, one a line */
    int64_t date_s; /* since 1970; INT64_MIN: none */
    timestamp when;
    uint32_t index;  /* order in the file */
    uint32_t thread; /* order of the threads */
    bool reply;      /* the subject says so */
    char subject[256], who[256];
} mail_entry;

/* Puts the entries in order: threads by their newest message, messages by date. False: no memory. */
bool mail_threads_sort(mail_entry *entries, size_t n);

/* Writes all messages with places, and "=== 2 / 3 ===" before each when there are several. False: no
 * memory for it (`out->text` may have failed besides). */
bool mail_threads_write(reader_result *out, const mail_entry *entries, size_t n);

#endif
