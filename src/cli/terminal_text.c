/*
 * terminal_text.c - see terminal_text.h.
 */
#include "cli/terminal_text.h"

#include <utf8proc.h>

#include "base/utf8.h"

enum { ZERO_WIDTH_JOINER = 0x200D, ZERO_WIDTH_NON_JOINER = 0x200C };

/* What is drawn for a character, and its cells; false: nothing. */
static bool drawn(uint32_t code, uint32_t *out_code, size_t *out_cells)
{
    const bool is_space = code == '\n' || code == '\r' || code == '\t' || code == 0x2028;
    const bool is_selector =
        (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0xE0100 && code <= 0xE01EF);
    if (is_space) {
        *out_code = ' ';
        *out_cells = 1;
        return true;
    }
    if (code < 0x20 || (code >= 0x7F && code < 0xA0) || utf8_is_hidden(code) || is_selector ||
        code == ZERO_WIDTH_JOINER || code == ZERO_WIDTH_NON_JOINER) {
        return false;
    }
    const int width = utf8proc_charwidth((utf8proc_int32_t)code);
    *out_code = code;
    *out_cells = width > 0 ? (size_t)width : 0;
    return width > 0 || utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_MN ||
           utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_ME;
}

size_t terminal_width(span text)
{
    size_t cells = 0;
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        size_t width = 0;
        pos += utf8_next(text, pos, &code);
        cells += drawn(code, &code, &width) ? width : 0;
    }
    return cells;
}

size_t terminal_put(buffer *out, span text, size_t columns)
{
    const bool fits = terminal_width(text) <= columns;
    const size_t room = fits ? columns : columns > 0 ? columns - 1 : 0;
    size_t used = 0, pos = 0;
    while (pos < text.len) {
        uint32_t code = 0;
        size_t width = 0;
        char bytes[4];
        pos += utf8_next(text, pos, &code);
        if (!drawn(code, &code, &width)) {
            continue;
        }
        if (used + width > room) {
            break;
        }
        (void)buffer_append(out, span_from(bytes, utf8_encode(code, bytes)));
        used += width;
    }
    if (!fits && columns > 0) {
        (void)buffer_append_string(out, "…");
        used++;
    }
    return used;
}

void terminal_put_padded(buffer *out, span text, size_t columns)
{
    for (size_t used = terminal_put(out, text, columns); used < columns; used++) {
        (void)buffer_append_byte(out, ' ');
    }
}

size_t terminal_line(span text, size_t start, size_t columns, span *out_line)
{
    size_t pos = start, used = 0, space = 0;
    while (pos < text.len) {
        uint32_t code = 0;
        size_t width = 0;
        const size_t len = utf8_next(text, pos, &code);
        if (code == '\n') {
            *out_line = span_slice(text, start, pos);
            return pos + len;
        }
        const bool is_drawn = drawn(code, &code, &width);
        space = is_drawn && code == ' ' ? pos : space;
        if (is_drawn && used + width > columns && pos > start) {
            const size_t end = space > start ? space : pos;
            *out_line = span_slice(text, start, end);
            return space > start ? end + 1 : end;
        }
        used += is_drawn ? width : 0;
        pos += len;
    }
    *out_line = span_slice(text, start, text.len);
    return text.len;
}
