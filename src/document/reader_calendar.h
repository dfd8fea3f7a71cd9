/*
 * reader_calendar.h - iCalendar to plain text. For huis-reader and its tests only.
 */
#ifndef HUIS_DOCUMENT_READER_CALENDAR_H
#define HUIS_DOCUMENT_READER_CALENDAR_H

#include "document/reader.h"

/* Events and tasks in the order of their times: a heading each, then when, where and who as
 * sentences in French or English (the calendar's own language), then the description. Recurring
 * events stand once, with their rule in words. NO_TEXT, BAD_FILE, LIMIT, NO_MEMORY. */
int reader_read_calendar(reader_result *out, span bytes, huis_error *err);

#endif
