/*
 * chat_writer.h - the one shape of every chat: a turn a line, "Name: words".
 *
 * Readers of chats and transcripts give their messages in order; this writes them so that the rest
 * of document reads them back as turns (genre.c). Times are not in the text: they are the places.
 * For the readers of document only.
 */
#ifndef HUIS_DOCUMENT_CHAT_WRITER_H
#define HUIS_DOCUMENT_CHAT_WRITER_H

#include "document/reader.h"
#include "document/timestamp.h"

typedef struct chat_message {
    span who;  /* empty: a line of the chat itself, "The group is now called Lyon." */
    span body; /* UTF-8, may have several lines */
    timestamp when;
    int64_t into_s; /* seconds into a recording, when there is no date; -1: not known */
} chat_message;

typedef struct chat_writer {
    reader_result *out;
    uint32_t n_messages; /* that were written */
    size_t n_turns;
    int day; /* of the last message, as year * 366 + ...; 0: none yet */
    buffer line;
} chat_writer;

void chat_writer_init(chat_writer *w, reader_result *out);
void chat_writer_deinit(chat_writer *w);
/* Writes a message; nothing for one without words. */
void chat_add(chat_writer *w, const chat_message *message);
/* Ends the text. NO_TEXT when nothing was said (`what`: "the chat"), LIMIT, NO_MEMORY. */
int chat_finish(chat_writer *w, const char *what, huis_error *err);

/* Whether the words are a system line that says nothing of the talk: joins, encryption notices. */
bool chat_is_noise(span words);
/* Whether a system line matters: the subject of the group changed. */
bool chat_is_rename(span words);
/* Appends the words of one message as one line: lines joined, media as "[picture]", marks of editing
 * dropped. */
void chat_append_body(buffer *out, span body);
/* Appends a name that a turn can have: one line, no punctuation that turns do not have, at most 44
 * bytes. */
void chat_append_name(buffer *out, span name);

#endif
