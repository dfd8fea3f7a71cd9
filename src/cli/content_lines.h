/*
 * content_lines.h - the lines of vCard and iCalendar files: NAME;PARAMETERS:VALUE, unfolded (RFC 6350,
 * RFC 5545, and what vCard 2.1 did before them).
 */
#ifndef HUIS_CLI_CONTENT_LINES_H
#define HUIS_CLI_CONTENT_LINES_H

#include "base/buffer.h"
#include "base/span.h"

typedef struct content_line {
    span name;       /* without the group: "TEL" of "item1.TEL"; as it stands */
    span parameters; /* "TYPE=home;PREF=1" */
    span value;      /* quoted-printable decoded; escapes stay */
} content_line;

typedef struct content_reader {
    span text;
    size_t pos;
    buffer line, decoded; /* of the line given last */
} content_reader;

void content_reader_init(content_reader *r, span text);
void content_reader_deinit(content_reader *r);
/* False: the end, or no memory. Lines of more than CONTENT_LINE_BYTES (pictures) are passed over. */
bool content_next(content_reader *r, content_line *out_line);
/* Case does not count. */
bool content_is(span word, const char *name);
/* The value of a parameter, without quotes; empty: none. */
span content_parameter(const content_line *line, const char *name);
/* Appends a value without its escapes, as valid UTF-8, on one line; up to an unescaped `stop`, which
 * '\0' is not. Returns the bytes of the value that it took. */
size_t content_text(span value, char stop, buffer *out);

enum { CONTENT_LINE_BYTES = 65536 };

#endif
