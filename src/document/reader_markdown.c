/*
 * reader_markdown.c - Markdown to plain text, line by line (CommonMark's common part).
 *
 * What shows structure in plain text too stays: list marks, code with its fences, blank lines (put
 * around headings, which lose their "#"). Marks of emphasis, addresses of links, tags, comments,
 * front matter and link definitions go. Looks ahead are bounded, so that the work is linear.
 */
#include <string.h>

#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/reader.h"
#include "document/text_chars.h"

enum {
    LINK_BYTES = 2000, /* the longest text or address of a link */
    TAG_BYTES = 400
};

typedef struct markdown {
    buffer *out;
    span text;
    bool in_fence, in_comment;
    char fence;
} markdown;

/* --- inline --- */

/* The offset of `close` within reach of `pos` on this line; `end` when there is none. */
static size_t find_close(span text, size_t pos, size_t end, char close, size_t reach)
{
    const size_t n = end - pos < reach ? end - pos : reach;
    const char *const found = memchr(text.ptr + pos, close, n);
    return found != NULL ? (size_t)(found - text.ptr) : end;
}

static void append_inline(markdown *m, size_t pos, size_t end, int depth);

/* "[text](address)", "![alt](address)", "[text][ref]", "[^1]"; 0: not a link. Returns its end. */
static size_t take_link(markdown *m, size_t pos, size_t end, int depth)
{
    const span text = m->text;
    const size_t open = text.ptr[pos] == '!' ? pos + 1 : pos;
    if (open >= end || text.ptr[open] != '[') {
        return 0;
    }
    size_t close = find_close(text, open + 1, end, ']', LINK_BYTES);
    if (close < end && close + 1 < end && text.ptr[close + 1] == ']') {
        close++; /* "[a [b]]" */
    }
    if (close >= end) {
        return 0;
    }
    if (text.ptr[open + 1] == '^') {
        return close + 1;
    }
    size_t after = close + 1;
    if (after < end && (text.ptr[after] == '(' || text.ptr[after] == '[')) {
        const char last = text.ptr[after] == '(' ? ')' : ']';
        after = find_close(text, after + 1, end, last, LINK_BYTES);
        if (after >= end) {
            return 0;
        }
        append_inline(m, open + 1, close, depth + 1);
        return after + 1;
    }
    return 0;
}

/* "<https://...>" keeps its address; "<b>", "</b>", "<br/>" go; 0: neither. */
static size_t take_tag(markdown *m, size_t pos, size_t end)
{
    const size_t close = find_close(m->text, pos + 1, end, '>', TAG_BYTES);
    if (close >= end || pos + 1 == close) {
        return 0;
    }
    const span inner = span_slice(m->text, pos + 1, close);
    if (memmem(inner.ptr, inner.len, "://", 3) != NULL &&
        memchr(inner.ptr, ' ', inner.len) == NULL) {
        (void)buffer_append(m->out, inner);
        return close + 1;
    }
    const char c = inner.ptr[0] == '/' && inner.len > 1 ? inner.ptr[1] : inner.ptr[0];
    if ((c | 0x20) < 'a' || (c | 0x20) > 'z') {
        return 0;
    }
    if (memchr(inner.ptr, '@', inner.len) != NULL) {
        (void)buffer_append(m->out, inner);
    }
    return close + 1;
}

static size_t take_entity(markdown *m, size_t pos, size_t end)
{
    static const struct {
        span name;
        span text;
    } ENTITIES[] = {
        {{"&amp;", 5}, {"&", 1}},       {{"&lt;", 4}, {"<", 1}},     {{"&gt;", 4}, {">", 1}},
        {{"&quot;", 6}, {"\"", 1}},     {{"&#39;", 5}, {"'", 1}},    {{"&apos;", 6}, {"'", 1}},
        {{"&nbsp;", 6}, {"\u00A0", 2}}, {{"&hellip;", 8}, {"…", 3}}, {{"&mdash;", 7}, {"—", 3}},
        {{"&ndash;", 7}, {"–", 3}},     {{"&laquo;", 7}, {"«", 2}},  {{"&raquo;", 7}, {"»", 2}},
    };
    const span rest = span_slice(m->text, pos, end);
    for (size_t i = 0; i < sizeof(ENTITIES) / sizeof(ENTITIES[0]); i++) {
        if (span_starts_with(rest, ENTITIES[i].name)) {
            (void)buffer_append(m->out, ENTITIES[i].text);
            return pos + ENTITIES[i].name.len;
        }
    }
    return 0;
}

static bool is_word_at(span text, size_t pos, size_t end)
{
    size_t len = 0;
    return pos < end && char_is_word(char_at(text, pos, &len));
}

static bool is_word_before(span text, size_t floor, size_t pos)
{
    size_t len = 0;
    return pos > floor && char_is_word(char_before(text, floor, pos, &len));
}

/* The length of a run of emphasis marks at `pos` that opens or closes; 0: they are text. */
static size_t emphasis_run(span text, size_t start, size_t pos, size_t end)
{
    const char mark = text.ptr[pos];
    size_t stop = pos;
    while (stop < end && text.ptr[stop] == mark && stop - pos < 4) {
        stop++;
    }
    const bool space_before = pos == start || text.ptr[pos - 1] == ' ';
    const bool space_after = stop == end || text.ptr[stop] == ' ';
    const bool word_before = is_word_before(text, start, pos);
    const bool word_after = is_word_at(text, stop, end);
    const size_t len = stop - pos;
    if (len > 3 || (space_before && space_after) || (mark == '~' && len != 2)) {
        return 0;
    }
    /* Inside a word "_" is a letter of a name, "*" a product. */
    return word_before && word_after && (mark == '_' || len == 1) ? 0 : len;
}

static size_t take_code_span(markdown *m, size_t pos, size_t end)
{
    size_t stop = pos;
    while (stop < end && m->text.ptr[stop] == '`') {
        stop++;
    }
    const span ticks = span_slice(m->text, pos, stop);
    const size_t reach = end - stop < LINK_BYTES ? end - stop : LINK_BYTES;
    const char *const close = memmem(m->text.ptr + stop, reach, ticks.ptr, ticks.len);
    if (close == NULL || ticks.len > 4) {
        return stop; /* stray ticks are dropped */
    }
    const size_t at = (size_t)(close - m->text.ptr);
    (void)buffer_append(m->out, span_slice(m->text, stop, at));
    return at + ticks.len;
}

/* One special character; returns where to go on, or `pos` when it is text. */
static size_t take_special(markdown *m, size_t start, size_t pos, size_t end, int depth)
{
    const char c = m->text.ptr[pos];
    size_t next = 0;
    switch (c) {
    case '\\':
        if (pos + 1 < end && strchr("\\`*_{}[]()#+-.!|<>~", m->text.ptr[pos + 1]) != NULL) {
            (void)buffer_append_byte(m->out, m->text.ptr[pos + 1]);
            return pos + 2;
        }
        return pos;
    case '`':
        return take_code_span(m, pos, end);
    case '!':
    case '[':
        next = depth < 3 ? take_link(m, pos, end, depth) : 0;
        break;
    case '<':
        next = take_tag(m, pos, end);
        break;
    case '&':
        next = take_entity(m, pos, end);
        break;
    case '*':
    case '_':
    case '~':
        next = pos + emphasis_run(m->text, start, pos, end);
        break;
    default:
        break;
    }
    return next > pos ? next : pos;
}

static void append_inline(markdown *m, size_t pos, size_t end, int depth)
{
    const size_t start = pos;
    size_t plain = pos;
    while (pos < end) {
        if (strchr("\\`![<&*_~", m->text.ptr[pos]) == NULL || m->text.ptr[pos] == '\0') {
            pos++;
            continue;
        }
        (void)buffer_append(m->out, span_slice(m->text, plain, pos));
        const size_t next = take_special(m, start, pos, end, depth);
        if (next == pos) {
            (void)buffer_append_byte(m->out, m->text.ptr[pos]);
        }
        plain = next > pos ? next : pos + 1;
        pos = plain;
    }
    (void)buffer_append(m->out, span_slice(m->text, plain, end));
}

/* --- lines --- */

/* Ends what was written with an empty line, unless there is one. */
static void blank_line(markdown *m)
{
    const span out = buffer_span(m->out);
    if (out.len > 0 && !span_ends_with(out, SPAN("\n\n"))) {
        (void)buffer_append_string(m->out, span_ends_with(out, SPAN("\n")) ? "\n" : "\n\n");
    }
}

static bool is_rule(span line)
{
    size_t marks = 0;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == ' ') {
            continue;
        }
        if (line.ptr[i] != line.ptr[0] || strchr("-*_=", line.ptr[i]) == NULL) {
            return false;
        }
        marks++;
    }
    return marks >= 3;
}

/* "| --- | :-: |" under the head of a table. */
static bool is_table_rule(span line)
{
    bool dash = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '\0' || strchr("|-: ", line.ptr[i]) == NULL) {
            return false;
        }
        dash = dash || line.ptr[i] == '-';
    }
    return dash && memchr(line.ptr, '|', line.len) != NULL;
}

static bool is_link_definition(span line)
{
    if (line.ptr == NULL || line.len < 4 || line.ptr[0] != '[') {
        return false;
    }
    const char *const close = memmem(line.ptr, line.len, "]:", 2);
    return close != NULL && memchr(line.ptr, ' ', (size_t)(close - line.ptr)) == NULL;
}

static size_t heading_mark(span line)
{
    size_t level = 0;
    while (level < line.len && line.ptr[level] == '#') {
        level++;
    }
    return level >= 1 && level <= 6 && level < line.len && line.ptr[level] == ' ' ? level + 1 : 0;
}

static void append_heading(markdown *m, size_t pos, size_t end, reader_result *title_to)
{
    while (end > pos && (m->text.ptr[end - 1] == '#' || m->text.ptr[end - 1] == ' ')) {
        end--;
    }
    blank_line(m);
    const size_t start = m->out->len;
    append_inline(m, char_skip_spaces(m->text, pos, end), end, 0);
    if (buffer_ok(m->out) && title_to != NULL && title_to->title[0] == '\0') {
        reader_set_title(title_to, span_slice(buffer_span(m->out), start, m->out->len));
    }
    (void)buffer_append_string(m->out, "\n\n");
}

static void append_table_row(markdown *m, size_t pos, size_t end)
{
    bool first = true;
    while (pos < end) {
        size_t stop = find_close(m->text, pos, end, '|', end - pos);
        const size_t from = char_skip_spaces(m->text, pos, stop);
        const size_t to = char_trim_end(m->text, from, stop);
        if (from < to) {
            (void)buffer_append_string(m->out, first ? "" : " | ");
            append_inline(m, from, to, 0);
            first = false;
        }
        pos = stop + 1;
    }
    (void)buffer_append_byte(m->out, '\n');
}

static bool take_code(markdown *m, const text_line *line)
{
    const span text = span_slice(m->text, line->first, line->end);
    const bool fence = span_starts_with(text, SPAN("```")) || span_starts_with(text, SPAN("~~~"));
    if (!m->in_fence && !fence) {
        return false;
    }
    if (fence && (!m->in_fence || text.ptr[0] == m->fence)) {
        m->fence = text.ptr[0];
        m->in_fence = !m->in_fence;
        (void)buffer_append_string(m->out, "```\n");
        return true;
    }
    (void)buffer_append(m->out, span_slice(m->text, line->start, line->end));
    (void)buffer_append_byte(m->out, '\n');
    return true;
}

static bool take_comment(markdown *m, const text_line *line)
{
    const span text = span_slice(m->text, line->first, line->end);
    if (!m->in_comment && !span_starts_with(text, SPAN("<!--"))) {
        return false;
    }
    m->in_comment = memmem(text.ptr, text.len, "-->", 3) == NULL;
    return true;
}

/* The marks of a block quote at the start of the line; what follows them is ordinary text. */
static size_t skip_quote_marks(span text, size_t pos, size_t end)
{
    while (pos < end && text.ptr[pos] == '>') {
        pos = char_skip_spaces(text, pos + 1, end);
    }
    return pos;
}

static void append_line(markdown *m, const text_line *line, reader_result *title_to)
{
    const size_t first = skip_quote_marks(m->text, line->first, line->end);
    const span text = span_slice(m->text, first, line->end);
    if (text.len == 0) {
        blank_line(m);
        return;
    }
    const size_t mark = heading_mark(text);
    if (mark > 0) {
        append_heading(m, first + mark, line->end, title_to);
        return;
    }
    if (is_rule(text) || is_table_rule(text) || is_link_definition(text)) {
        return;
    }
    if (text.ptr[0] == '|') {
        append_table_row(m, first, line->end);
        return;
    }
    size_t pos = first;
    if (text.len > 2 && strchr("*+-", text.ptr[0]) != NULL && text.ptr[1] == ' ') {
        (void)buffer_append(m->out, span_slice(m->text, line->start, line->first));
        (void)buffer_append_string(m->out, "- ");
        pos += 2;
        const span rest = span_slice(m->text, pos, line->end);
        if (span_starts_with(rest, SPAN("[ ] ")) || span_starts_with(rest, SPAN("[x] "))) {
            (void)buffer_append(m->out, span_slice(rest, 0, 4));
            pos += 4;
        }
    } else if (text.ptr[0] >= '0' && text.ptr[0] <= '9') {
        (void)buffer_append(m->out, span_slice(m->text, line->start, line->first));
    }
    append_inline(m, pos, line->end, 0);
    (void)buffer_append_byte(m->out, '\n');
}

/* Where the text starts: past a block between lines "---" at its start. */
static size_t skip_front_matter(span text)
{
    if (!span_starts_with(text, SPAN("---\n"))) {
        return 0;
    }
    const span sample = span_slice(text, 0, 16 * 1024);
    const char *const close = memmem(sample.ptr + 3, sample.len - 3, "\n---\n", 5);
    return close != NULL ? (size_t)(close + 5 - text.ptr) : 0;
}

/* A line "===" or "---" under this one makes it a heading. */
static bool is_underlined(span text, const text_line *line)
{
    if (line->next >= text.len || line_is_blank(line)) {
        return false;
    }
    const text_line next = line_at(text, line->next);
    const span under = span_slice(text, next.first, next.end);
    return under.len >= 2 && is_rule(under) && (under.ptr[0] == '=' || under.ptr[0] == '-') &&
           memchr(under.ptr, ' ', under.len) == NULL;
}

void reader_append_markdown(buffer *out, span text, reader_result *title_to)
{
    markdown m = {.out = out, .text = text};
    size_t pos = skip_front_matter(text);
    bool after_blank = true;
    while (pos < text.len && buffer_ok(out)) {
        const text_line line = line_at(text, pos);
        pos = line.next;
        const bool heading = after_blank && !m.in_fence && is_underlined(text, &line);
        after_blank = line_is_blank(&line);
        if (take_code(&m, &line) || take_comment(&m, &line)) {
            continue;
        }
        if (heading) {
            append_heading(&m, line.first, line.end, title_to);
            pos = line_at(text, pos).next;
        } else {
            append_line(&m, &line, title_to);
        }
    }
}
