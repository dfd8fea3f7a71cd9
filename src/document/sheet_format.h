/*
 * sheet_format.h - numbers of a workbook as their format shows them: dates, percents, units.
 */
#ifndef HUIS_DOCUMENT_SHEET_FORMAT_H
#define HUIS_DOCUMENT_SHEET_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"

enum { SHEET_AFFIX_BYTES = 16, SHEET_GENERAL = -1 };

typedef struct sheet_format {
    int decimals; /* SHEET_GENERAL: as many as the number has */
    bool percent;
    bool date, time, elapsed;                                  /* elapsed: hours go past 24 */
    char prefix[SHEET_AFFIX_BYTES], suffix[SHEET_AFFIX_BYTES]; /* "$", " kg"; terminated */
} sheet_format;

/* From a format's code ("0.00%", "d mmm yyyy", "#,##0 [$€-40C]"). */
sheet_format sheet_format_parse(span code);
/* Of the formats that need no code. */
sheet_format sheet_format_builtin(int64_t id);
/* Appends the number: dates as 2026-03-14, times as 14:05; no separators of thousands. `text` is
 * what the file holds, given back when it is no number. `since_1904`: how the workbook counts days.
 */
void sheet_format_append(buffer *out, const sheet_format *format, span text, bool since_1904);

#endif
