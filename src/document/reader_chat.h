/*
 * reader_chat.h - exports of chats, transcripts and subtitles to turns. For huis-reader and its tests
 * only, but for the looks at first bytes, which reader_detect uses.
 */
#ifndef HUIS_DOCUMENT_READER_CHAT_H
#define HUIS_DOCUMENT_READER_CHAT_H

#include "document/reader.h"

/* Texts with a time at each message: WhatsApp, Signal, IRC, transcripts of meetings. NO_TEXT, LIMIT,
 * NO_MEMORY. */
int reader_read_chat_text(reader_result *out, span bytes, huis_error *err);
/* Whether a text is one of them, from its first bytes. */
bool reader_is_chat_text(span start);

/* Exports of Telegram, Slack, Discord and Matrix. BAD_FILE for any other JSON. */
int reader_read_chat_json(reader_result *out, span bytes, huis_error *err);
/* Opens what jansson needs: before the sandbox. */
void reader_chat_init(void);

/* SRT and WebVTT. NO_TEXT, LIMIT, NO_MEMORY. */
int reader_read_subtitles(reader_result *out, span bytes, huis_error *err);
bool reader_is_subtitles(span start);

#endif
