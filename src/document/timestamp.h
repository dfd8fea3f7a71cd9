/*
 * timestamp.h - dates and times as people and programs write them in mails and chats, to RFC 3339.
 * For document only; pure.
 */
#ifndef HUIS_DOCUMENT_TIMESTAMP_H
#define HUIS_DOCUMENT_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

typedef struct timestamp {
    int year;         /* 1 to 9999; 0: no date */
    int month, day;   /* from 1 */
    int hour, minute; /* when has_time */
    int second;
    int zone_minutes; /* east of UTC, when has_zone */
    bool has_time, has_zone;
} timestamp;

enum { TIMESTAMP_BYTES = 40 };

/* "2026-03-03T10:12:00+01:00", without what is not known; "" when there is no date. */
void timestamp_format(const timestamp *t, char out[TIMESTAMP_BYTES]);
/* "2026-03-03 10:12 +0100", as our mail reader writes it in a Date line. */
void timestamp_format_header(const timestamp *t, char out[TIMESTAMP_BYTES]);

/* In UTC. False: outside the years 1 to 9999. */
bool timestamp_from_unix(int64_t seconds, timestamp *out);
/* "2026-03-03T10:12:00.123+01:00", "2026-03-03 10:12". False: no date at the start. */
bool timestamp_parse_iso(span text, timestamp *out);
/* "Tue, 3 Mar 2026 10:12:00 +0100", "mardi 3 mars 2026 à 10h12", "March 3, 2026 10:12 AM",
 * "03/03/2026 10:12" (day first unless that cannot be). False: no day, month and year in it. */
bool timestamp_parse_words(span text, timestamp *out);

/* Whether a day and month can be. */
bool timestamp_is_day(int year, int month, int day);
/* A month by its name or its first letters, French or English, at a word's start: 1 to 12; 0: no.
 * `word` holds letters only. */
int timestamp_month(span word);
/* Whether the word names a day of the week, French or English, also shortened. */
bool timestamp_is_weekday(span word);

#endif
