/*
 * chat_text.h - one line of a chat's text export: its time, who speaks, where the words start.
 * For reader_chat_text.c and the look at first bytes; pure.
 */
#ifndef HUIS_DOCUMENT_CHAT_TEXT_H
#define HUIS_DOCUMENT_CHAT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "document/document_parts.h"
#include "document/timestamp.h"

/* The numbers of a date in their order; which is the day is found over the whole chat. */
typedef struct raw_date {
    int n[3];
    bool year_first;
} raw_date;

typedef struct chat_head {
    bool has_date, has_time, marked; /* marked: "[...]" or " - " set the time apart */
    raw_date date;
    timestamp clock;             /* hour, minute, second, zone */
    size_t name_start, name_end; /* equal: nobody */
    size_t body;
    bool bracket_name; /* "<nick> words" */
    bool action;       /* "* nick waves" */
    bool noise;        /* "*** nick joined" */
} chat_head;

/* Whether the line starts a message (or a notice) with a time or "<nick>". */
bool chat_parse_head(span text, const text_line *line, chat_head *out);
/* "Anna Roux   0:03", "Anna Roux (00:12):": a speaker and a time alone; the words come below. */
bool chat_parse_speaker_line(span text, const text_line *line, chat_head *out);

#endif
