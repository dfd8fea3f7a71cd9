/*
 * sheet_format.c - see sheet_format.h.
 *
 * Of a code only the section of positive numbers is looked at, and of that what changes what a
 * reader understands: whether it is a date, a time or a percent, how many decimals, and what is
 * written before and after the digits. ECMA-376 part 1, 18.8.30 and 18.8.31.
 */
#include "document/sheet_format.h"

#include "base/calendar.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_DECIMALS = 15,
    DAYS_1904 = 1462,
    MAX_DAYS = 2958466, /* the year 9999 */
    SECONDS_A_DAY = 86400
};

typedef struct code_reader {
    sheet_format format;
    bool has_digits, in_decimals;
    bool plain; /* a fraction, a power of ten: shown as the number that it is */
    bool has_m; /* month or minute: what stands around tells */
} code_reader;

static void add_literal(code_reader *r, span text)
{
    char *const to = r->has_digits ? r->format.suffix : r->format.prefix;
    const size_t len = strlen(to);
    if (len + text.len < SHEET_AFFIX_BYTES) {
        memcpy(to + len, text.ptr, text.len);
        to[len + text.len] = '\0';
    }
}

/* "[$€-40C]", "[h]", "[Red]", "[>100]". */
static void read_bracket(code_reader *r, span inside)
{
    if (span_starts_with(inside, SPAN("$"))) {
        const char *const dash = memchr(inside.ptr, '-', inside.len);
        const size_t end = dash != NULL ? (size_t)(dash - inside.ptr) : inside.len;
        add_literal(r, span_slice(inside, 1, end));
    } else if (inside.len > 0 && inside.len <= 2 && strchr("hHmMsS", inside.ptr[0]) != NULL) {
        r->format.time = r->format.elapsed = true;
    }
}

static void read_sign(code_reader *r, span code, size_t pos)
{
    const char c = code.ptr[pos];
    if (strchr("0#?", c) != NULL) {
        r->has_digits = true;
        r->format.suffix[0] = '\0'; /* what stands between digits is left out */
        r->format.decimals = r->format.decimals == SHEET_GENERAL ? 0 : r->format.decimals;
        r->format.decimals += r->in_decimals && r->format.decimals < MAX_DECIMALS ? 1 : 0;
    } else if (c == '.') {
        r->in_decimals = true;
    } else if (c == '%') {
        r->format.percent = true;
    } else if (strchr("yYdDeEgGbB", c) != NULL) {
        const bool exponent = (c == 'e' || c == 'E') && pos + 1 < code.len &&
                              (code.ptr[pos + 1] == '+' || code.ptr[pos + 1] == '-');
        r->plain = r->plain || exponent;
        r->format.date = r->format.date || !exponent;
    } else if (strchr("hHsS", c) != NULL) {
        r->format.time = true;
    } else if (c == 'm' || c == 'M') {
        r->has_m = true;
    } else if (c == '/') {
        r->plain = true;
    } else if (strchr(",@aApP:", c) == NULL) {
        add_literal(r, span_slice(code, pos, pos + 1));
    }
}

/* Reads what starts at `pos`; returns where the next thing starts. */
static size_t read_piece(code_reader *r, span code, size_t pos)
{
    const char c = code.ptr[pos];
    const char close = c == '"' ? '"' : c == '[' ? ']' : '\0';
    if (close != '\0') {
        const char *const end = memchr(code.ptr + pos + 1, close, code.len - pos - 1);
        const size_t stop = end != NULL ? (size_t)(end - code.ptr) : code.len;
        const span inside = span_slice(code, pos + 1, stop);
        c == '"' ? add_literal(r, inside) : read_bracket(r, inside);
        return stop + 1;
    }
    if (c == '\\') {
        add_literal(r, span_slice(code, pos + 1, pos + 2));
        return pos + 2;
    }
    if (c == '_' || c == '*') {
        return pos + 2; /* a gap, a filling */
    }
    read_sign(r, code, pos);
    return pos + 1;
}

sheet_format sheet_format_parse(span code)
{
    code_reader r = {.format = {.decimals = SHEET_GENERAL}};
    if (code.len >= 7 && strncasecmp(code.ptr, "general", 7) == 0) {
        return r.format;
    }
    for (size_t pos = 0; pos < code.len && code.ptr[pos] != ';';) {
        pos = read_piece(&r, code, pos);
    }
    if (r.has_m && !r.format.time) {
        r.format.date = true;
    }
    if (r.format.date || r.format.time || r.plain) {
        r.format.prefix[0] = r.format.suffix[0] = '\0';
        r.format.percent = false;
        r.format.decimals = SHEET_GENERAL;
    }
    return r.format;
}

sheet_format sheet_format_builtin(int64_t id)
{
    static const struct {
        int64_t first, last;
        sheet_format format;
    } BUILTIN[] = {
        {1, 1, {.decimals = 0}},
        {2, 2, {.decimals = 2}},
        {3, 3, {.decimals = 0}},
        {4, 4, {.decimals = 2}},
        {9, 9, {.decimals = 0, .percent = true}},
        {10, 10, {.decimals = 2, .percent = true}},
        {14, 17, {.decimals = SHEET_GENERAL, .date = true}},
        {18, 21, {.decimals = SHEET_GENERAL, .time = true}},
        {22, 22, {.decimals = SHEET_GENERAL, .date = true, .time = true}},
        {27, 31, {.decimals = SHEET_GENERAL, .date = true}},
        {32, 35, {.decimals = SHEET_GENERAL, .time = true}},
        {36, 36, {.decimals = SHEET_GENERAL, .date = true}},
        {37, 38, {.decimals = 0}},
        {39, 40, {.decimals = 2}},
        {41, 42, {.decimals = 0}},
        {43, 44, {.decimals = 2}},
        {45, 45, {.decimals = SHEET_GENERAL, .time = true}},
        {46, 46, {.decimals = SHEET_GENERAL, .time = true, .elapsed = true}},
        {47, 47, {.decimals = SHEET_GENERAL, .time = true}},
        {50, 58, {.decimals = SHEET_GENERAL, .date = true}},
    };
    for (size_t i = 0; i < sizeof(BUILTIN) / sizeof(BUILTIN[0]); i++) {
        if (id >= BUILTIN[i].first && id <= BUILTIN[i].last) {
            return BUILTIN[i].format;
        }
    }
    return (sheet_format){.decimals = SHEET_GENERAL};
}

/* Days since 1970. */
static void append_date(buffer *out, int64_t days)
{
    const calendar_day d = calendar_at(days);
    (void)buffer_printf(out, "%04d-%02d-%02d", d.year, d.month, d.day);
}

static void append_moment(buffer *out, const sheet_format *format, double value, bool since_1904)
{
    const int64_t seconds = (int64_t)(value * SECONDS_A_DAY + 0.5);
    const int64_t day = seconds / SECONDS_A_DAY;
    const int64_t rest = seconds % SECONDS_A_DAY;
    if (format->date) {
        /* Day 60 is 29 February 1900, which never was. */
        const int64_t serial = since_1904 ? day + DAYS_1904 : day < 60 ? day + 1 : day;
        append_date(out, serial - 25569);
    }
    const bool has_time = format->time && !(format->date && rest == 0); /* midnight: a day */
    if (format->date && has_time) {
        (void)buffer_append_byte(out, ' ');
    }
    if (has_time) {
        const int64_t hours = format->elapsed ? seconds / 3600 : rest / 3600;
        (void)buffer_printf(out, "%02d:%02d", (int)hours, (int)(rest / 60 % 60));
        (void)(rest % 60 != 0 ? buffer_printf(out, ":%02d", (int)(rest % 60)) : true);
    }
}

static void append_number(buffer *out, const sheet_format *format, double value)
{
    const double shown = format->percent ? value * 100 : value;
    (void)(shown < 0 ? buffer_append_byte(out, '-') : true);
    (void)buffer_append_string(out, format->prefix);
    const double size = shown < 0 ? -shown : shown;
    (void)(format->decimals == SHEET_GENERAL ? buffer_printf(out, "%.15g", size)
                                             : buffer_printf(out, "%.*f", format->decimals, size));
    (void)buffer_append_string(out, format->suffix);
    (void)(format->percent ? buffer_append_byte(out, '%') : true);
}

void sheet_format_append(buffer *out, const sheet_format *format, span text, bool since_1904)
{
    char copy[64];
    char *end = NULL;
    if (text.len == 0 || text.len >= sizeof(copy) || strchr("+-.0123456789", text.ptr[0]) == NULL) {
        (void)buffer_append(out, text);
        return;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    const double value = strtod(copy, &end);
    const bool is_number = *end == '\0' && value > -1e300 && value < 1e300;
    const bool is_moment = format->date || format->time;
    if (!is_number || (is_moment && !(value >= 0 && value < MAX_DAYS))) {
        (void)buffer_append(out, text);
    } else if (is_moment) {
        append_moment(out, format, value, since_1904);
    } else if (value > -1e100 && value < 1e100) {
        append_number(out, format, value);
    } else {
        (void)buffer_append(out, text);
    }
}
