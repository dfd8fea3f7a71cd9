/*
 * content_lines.c - see content_lines.h.
 */
#include "cli/content_lines.h"

#include "base/utf8.h"

void content_reader_init(content_reader *r, span text)
{
    *r = (content_reader){.text = text};
    buffer_init(&r->line, CONTENT_LINE_BYTES);
    buffer_init(&r->decoded, CONTENT_LINE_BYTES);
}

void content_reader_deinit(content_reader *r)
{
    buffer_deinit(&r->line);
    buffer_deinit(&r->decoded);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool content_is(span word, const char *name)
{
    if (word.len != strlen(name)) {
        return false;
    }
    for (size_t i = 0; i < word.len; i++) {
        if (lower(word.ptr[i]) != lower(name[i])) {
            return false;
        }
    }
    return true;
}

/* The physical line at r->pos, without its end. */
static span take_line(content_reader *r)
{
    const span rest = span_slice(r->text, r->pos, r->text.len);
    const char *const stop = rest.len > 0 ? memchr(rest.ptr, '\n', rest.len) : NULL;
    size_t len = stop != NULL ? (size_t)(stop - rest.ptr) : rest.len;
    r->pos += len + (stop != NULL ? 1 : 0);
    len -= len > 0 && rest.ptr[len - 1] == '\r' ? 1 : 0;
    return span_slice(rest, 0, len);
}

static bool is_quoted_printable(const content_line *line)
{
    const span encoding = content_parameter(line, "ENCODING");
    if (content_is(encoding, "QUOTED-PRINTABLE")) {
        return true;
    }
    /* vCard 2.1 leaves the parameter's name out. */
    return memmem(line->parameters.ptr != NULL ? line->parameters.ptr : "", line->parameters.len,
                  "QUOTED-PRINTABLE", 16) != NULL;
}

static int hex(char c)
{
    return c >= '0' && c <= '9'                 ? c - '0'
           : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10
                                                : -1;
}

static void decode(span value, buffer *out)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '=' && i + 2 < value.len && hex(value.ptr[i + 1]) >= 0 &&
            hex(value.ptr[i + 2]) >= 0) {
            (void)buffer_append_byte(out,
                                     (char)(hex(value.ptr[i + 1]) * 16 + hex(value.ptr[i + 2])));
            i += 2;
        } else {
            (void)buffer_append_byte(out, value.ptr[i]);
        }
    }
}

/* Splits at the first colon outside quotes; false: there is none. */
static bool split(span line, content_line *out)
{
    bool quoted = false;
    size_t colon = 0;
    while (colon < line.len && (quoted || line.ptr[colon] != ':')) {
        quoted = line.ptr[colon] == '"' ? !quoted : quoted;
        colon++;
    }
    if (colon == line.len || colon == 0) {
        return false;
    }
    const span head = span_slice(line, 0, colon);
    const char *const semicolon = memchr(head.ptr, ';', head.len);
    const size_t end = semicolon != NULL ? (size_t)(semicolon - head.ptr) : head.len;
    const char *const dot = memrchr(head.ptr, '.', end);
    const size_t start = dot != NULL ? (size_t)(dot - head.ptr) + 1 : 0;
    *out = (content_line){.name = span_slice(head, start, end),
                          .parameters = span_slice(head, end + 1, head.len),
                          .value = span_slice(line, colon + 1, line.len)};
    return true;
}

/* Gathers the logical line at r->pos; false: it is too long. */
static bool unfold(content_reader *r)
{
    buffer_reset(&r->line);
    bool fits = buffer_append(&r->line, take_line(r));
    while (r->pos < r->text.len && (r->text.ptr[r->pos] == ' ' || r->text.ptr[r->pos] == '\t')) {
        const span more = take_line(r);
        fits = fits && buffer_append(&r->line, span_slice(more, 1, more.len));
    }
    return fits;
}

/* Quoted-printable lines go on behind a "=" at their end. */
static void join_soft_breaks(content_reader *r, content_line *line)
{
    while (r->pos < r->text.len && r->line.len > 0 && r->line.ptr[r->line.len - 1] == '=') {
        buffer_truncate(&r->line, r->line.len - 1);
        if (!buffer_append(&r->line, take_line(r))) {
            return;
        }
    }
    if (split(buffer_span(&r->line), line)) {
        buffer_reset(&r->decoded);
        decode(line->value, &r->decoded);
        line->value = buffer_span(&r->decoded);
    }
}

bool content_next(content_reader *r, content_line *out_line)
{
    while (r->pos < r->text.len) {
        content_line line = {.name = {NULL, 0}};
        if (!unfold(r) || !split(buffer_span(&r->line), &line)) {
            continue;
        }
        if (is_quoted_printable(&line)) {
            join_soft_breaks(r, &line);
            if (!buffer_ok(&r->line) || !buffer_ok(&r->decoded)) {
                continue;
            }
        }
        *out_line = line;
        return true;
    }
    return false;
}

span content_parameter(const content_line *line, const char *name)
{
    const size_t len = strlen(name);
    size_t pos = 0;
    while (pos < line->parameters.len) {
        const span rest = span_slice(line->parameters, pos, line->parameters.len);
        const char *const stop = memchr(rest.ptr, ';', rest.len);
        const span one = span_slice(rest, 0, stop != NULL ? (size_t)(stop - rest.ptr) : rest.len);
        if (one.len > len && one.ptr[len] == '=' && content_is(span_slice(one, 0, len), name)) {
            span value = span_slice(one, len + 1, one.len);
            if (value.len >= 2 && value.ptr[0] == '"' && value.ptr[value.len - 1] == '"') {
                value = span_slice(value, 1, value.len - 1);
            }
            return value;
        }
        pos += one.len + 1;
    }
    return span_from(NULL, 0);
}

size_t content_text(span value, char stop, buffer *out)
{
    buffer raw;
    buffer_init(&raw, CONTENT_LINE_BYTES);
    size_t i = 0;
    for (; i < value.len && (stop == '\0' || value.ptr[i] != stop); i++) {
        char c = value.ptr[i];
        if (c == '\\' && i + 1 < value.len) {
            c = value.ptr[++i];
            c = c == 'n' || c == 'N' ? ' ' : c;
        }
        (void)buffer_append_byte(&raw, (unsigned char)c < 0x20 ? ' ' : c);
    }
    (void)utf8_append_repaired(out, buffer_span(&raw));
    buffer_deinit(&raw);
    return i;
}
