/*
 * reader_lines.c - see reader_lines.h.
 */
#include "document/reader_lines.h"

#include <stdint.h>

#include "document/document_parts.h"
#include "document/text_chars.h"

typedef enum armour_state {
    ARMOUR_NONE,
    ARMOUR_HEADERS,
    ARMOUR_TEXT,
    ARMOUR_SIGNATURE
} armour_state;

/* Follows the armour of a signed text; true: the line is part of it and is left out. */
static bool skip_armour(armour_state *state, span line)
{
    if (span_equal(line, SPAN("-----BEGIN PGP SIGNED MESSAGE-----"))) {
        *state = ARMOUR_HEADERS;
        return true;
    }
    if (*state == ARMOUR_HEADERS) {
        *state = line.len == 0 ? ARMOUR_TEXT : ARMOUR_HEADERS;
        return true;
    }
    if (*state == ARMOUR_TEXT && span_equal(line, SPAN("-----BEGIN PGP SIGNATURE-----"))) {
        *state = ARMOUR_SIGNATURE;
        return true;
    }
    if (*state == ARMOUR_SIGNATURE) {
        *state =
            span_equal(line, SPAN("-----END PGP SIGNATURE-----")) ? ARMOUR_NONE : ARMOUR_SIGNATURE;
        return true;
    }
    return false;
}

/* A line of format=flowed. */
typedef struct flowed_line {
    uint32_t depth; /* quote marks */
    span text;      /* after them, without the stuffed space */
    bool soft;      /* goes on in the next line */
} flowed_line;

static flowed_line read_flowed(span line)
{
    flowed_line f = {.depth = 0};
    size_t pos = 0;
    while (pos < line.len && line.ptr[pos] == '>') {
        f.depth++;
        pos++;
    }
    pos += pos < line.len && line.ptr[pos] == ' ' ? 1 : 0;
    f.text = span_slice(line, pos, line.len);
    f.soft =
        f.text.len > 0 && f.text.ptr[f.text.len - 1] == ' ' && !span_equal(f.text, SPAN("-- "));
    return f;
}

typedef struct line_writer {
    buffer *out;
    const reader_lines_options *options;
    bool joining;   /* the line before was soft */
    uint32_t depth; /* its quote depth */
} line_writer;

static void end_line(line_writer *w)
{
    if (w->joining) {
        (void)buffer_append_byte(w->out, '\n');
        w->joining = false;
    }
}

static void write_flowed(line_writer *w, span line)
{
    const flowed_line f = read_flowed(line);
    const bool signature = span_equal(f.text, SPAN("-- "));
    if (w->joining && (f.depth != w->depth || signature)) {
        end_line(w);
    }
    if (!w->joining) {
        for (uint32_t i = 0; i < f.depth && i < 32; i++) {
            (void)buffer_append_byte(w->out, '>');
        }
        (void)buffer_append_string(w->out, f.depth > 0 ? " " : "");
    }
    const bool cut = f.soft && w->options->delete_space;
    (void)buffer_append(w->out, cut ? span_slice(f.text, 0, f.text.len - 1) : f.text);
    w->joining = true;
    w->depth = f.depth;
    if (!f.soft) {
        end_line(w);
    }
}

static void write_line(line_writer *w, span line)
{
    if (w->options->mbox && span_starts_with(line, SPAN(">From "))) {
        line = span_slice(line, 1, line.len);
    }
    if (w->options->flowed) {
        write_flowed(w, line);
    } else {
        (void)buffer_append(w->out, line);
        (void)buffer_append_byte(w->out, '\n');
    }
}

void reader_append_plain_lines(buffer *out, span text, const reader_lines_options *options)
{
    line_writer w = {.out = out, .options = options};
    armour_state armour = ARMOUR_NONE;
    size_t pos = 0;
    while (pos < text.len && buffer_ok(out)) {
        const text_line at = line_at(text, pos);
        const size_t raw_end =
            at.next > at.start && text.ptr[at.next - 1] == '\n' ? at.next - 1 : at.next;
        span line = span_slice(text, at.start, raw_end);
        pos = at.next;
        if (skip_armour(&armour, span_slice(text, at.start, at.end))) {
            continue;
        }
        if (armour == ARMOUR_TEXT && span_starts_with(line, SPAN("- "))) {
            line = span_slice(line, 2, line.len); /* dash-escaped */
        }
        write_line(&w, line);
    }
    end_line(&w);
}

void reader_append_line(buffer *out, span text)
{
    size_t pos = char_skip_spaces(text, 0, text.len);
    bool space = false;
    while (pos < text.len) {
        size_t end = pos;
        size_t len = 0;
        while (end < text.len && char_at(text, end, &len) != CHAR_SPACE) {
            end += len;
        }
        (void)buffer_append_string(out, space ? " " : "");
        (void)buffer_append(out, span_slice(text, pos, end));
        space = true;
        pos = char_skip_spaces(text, end, text.len);
    }
}

span reader_skip_reply_marks(span subject)
{
    static const span MARKS[] = {{"re", 2},  {"fwd", 3}, {"fw", 2}, {"tr", 2},
                                 {"réf", 4}, {"rép", 4}, {"aw", 2}, {"wg", 2}};
    size_t pos = char_skip_spaces(subject, 0, subject.len);
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        const size_t len = char_match(subject, pos, subject.len, MARKS[i]);
        const size_t colon = len > 0 ? char_skip_spaces(subject, pos + len, subject.len) : pos;
        if (len > 0 && colon < subject.len && subject.ptr[colon] == ':') {
            pos = char_skip_spaces(subject, colon + 1, subject.len);
            i = SIZE_MAX; /* from the first mark again */
        }
    }
    return span_slice(subject, pos, subject.len);
}
