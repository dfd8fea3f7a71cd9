/*
 * reader_rtf.c - see reader_rtf.h.
 *
 * Idea. RTF is groups in braces, control words ("\par", "\u233") and text. A control word is looked
 * up in one table of what it does; one that is not there does nothing. A group whose first word
 * names something that is no text (fonts, pictures, headers) is passed over, and so is every group
 * that starts with "\*". A paragraph is collected and written when it ends.
 *
 * Kept: text, titles by the outline level of their paragraph or style, marks of lists, tables,
 * footnotes. Left out: hidden and deleted text, fields' instructions, headers, pictures, comments.
 *
 * Invariants: one forward pass; groups deeper than MAX_DEPTH share the deepest one's state; a file
 * that is cut off gives what stands before.
 */
#include "document/reader_rtf.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/text_chars.h"

enum {
    MAX_DEPTH = 64,
    WORD_BYTES = 32, /* of a control word */
    N_STYLES = 512,  /* whose outline level is remembered */
    MAX_LEVEL = 6,   /* of a heading */
    MARK_BYTES = 32, /* of a list's mark */
    MAX_NUMBER = 100000000
};

typedef enum destination {
    DESTINATION_TEXT,
    DESTINATION_NONE, /* passed over */
    DESTINATION_STYLES,
    DESTINATION_TITLE,
    DESTINATION_MARK /* of a list item */
} destination;

/* What holds up to the end of the group. */
typedef struct rtf_state {
    destination to;
    uint32_t fallback; /* characters that stand for one of \u */
    bool hidden, note, in_info;
} rtf_state;

typedef struct rtf_reader {
    reader_result *out;
    span bytes;
    size_t pos;
    rtf_state states[MAX_DEPTH];
    size_t depth; /* open groups */
    buffer line;  /* the paragraph or the row of a table */
    buffer mark;  /* of the list item */
    buffer title;
    buffer raw;    /* bytes of the code page that are not decoded yet */
    char page[24]; /* name of the code page */
    uint32_t fallback_left;
    uint32_t high; /* half of a pair of \u */
    uint32_t level;
    uint32_t style; /* that the table of styles is at */
    uint8_t levels[N_STYLES];
    bool in_table, row_before;
} rtf_reader;

static rtf_state *state_of(rtf_reader *r)
{
    return &r->states[r->depth < MAX_DEPTH ? r->depth : MAX_DEPTH - 1];
}

/* Where text goes now; NULL: nowhere. */
static buffer *target_of(rtf_reader *r)
{
    const rtf_state *const s = state_of(r);
    if (s->hidden) {
        return NULL;
    }
    switch (s->to) {
    case DESTINATION_TEXT:
        return &r->line;
    case DESTINATION_TITLE:
        return &r->title;
    case DESTINATION_MARK:
        return &r->mark;
    case DESTINATION_NONE:
    case DESTINATION_STYLES:
        break;
    }
    return NULL;
}

/* --- text --- */

static void flush_raw(rtf_reader *r)
{
    buffer *const target = target_of(r);
    if (r->raw.len > 0 && target != NULL) {
        const size_t before = target->len;
        if (encoding_to_utf8(target, buffer_span(&r->raw), r->page, NULL, NULL) != HUIS_OK &&
            buffer_ok(target)) {
            buffer_truncate(target, before);
        }
    }
    buffer_reset(&r->raw);
}

static void put_string(rtf_reader *r, const char *text)
{
    flush_raw(r);
    buffer *const target = target_of(r);
    if (target != NULL) {
        (void)buffer_append_string(target, text);
    }
}

static void put_code(rtf_reader *r, uint32_t code)
{
    char bytes[4];
    flush_raw(r);
    buffer *const target = target_of(r);
    if (target != NULL) {
        encoding_append_clean(target, span_from(bytes, utf8_encode(code, bytes)));
    }
}

/* A byte of the code page. */
static void put_byte(rtf_reader *r, char byte)
{
    if (r->fallback_left > 0) {
        r->fallback_left--;
    } else if (target_of(r) != NULL) {
        (void)buffer_append_byte(&r->raw, byte);
    }
}

/* \u: signed, pairs of halves for what is beyond 16 bits. */
static void put_unit(rtf_reader *r, int32_t value)
{
    const uint32_t unit = (uint32_t)(value < 0 ? value + 65536 : value);
    const bool low = unit >= 0xDC00 && unit < 0xE000;
    r->fallback_left = state_of(r)->fallback;
    if (unit >= 0xD800 && unit < 0xDC00) {
        r->high = unit;
        return;
    }
    if (low && r->high != 0) {
        put_code(r, 0x10000 + ((r->high - 0xD800) << 10) + (unit - 0xDC00));
    } else if (!low && unit > 0 && unit < 0x110000) {
        put_code(r, unit);
    }
    r->high = 0;
}

/* --- paragraphs --- */

/* "1.", "b)" stay; bullets of all fonts become "-". */
static void write_mark(rtf_reader *r)
{
    const span mark = buffer_span(&r->mark);
    const size_t start = char_skip_spaces(mark, 0, mark.len);
    const span text = span_slice(mark, start, char_trim_end(mark, start, mark.len));
    size_t len = 0;
    const bool counts = text.len > 1 && text.len < MARK_BYTES &&
                        (char_is_word(char_at(text, 0, &len)) || text.ptr[0] == '(');
    (void)buffer_append(&r->out->text, counts ? text : SPAN("-"));
    (void)buffer_append_byte(&r->out->text, ' ');
}

static void write_paragraph(rtf_reader *r, bool row)
{
    buffer *const out = &r->out->text;
    const span line = buffer_span(&r->line);
    const size_t start = char_skip_spaces(line, 0, line.len);
    const size_t end = char_trim_end(line, start, line.len);
    if (end > start) {
        const bool item = r->mark.len > 0;
        const bool close = (row && r->row_before) || (item && r->row_before);
        (void)buffer_append_string(out, out->len == 0 ? "" : close ? "\n" : "\n\n");
        if (r->level > 0 && !row) {
            (void)buffer_append(out, span_slice(SPAN("######"), 0, r->level));
            (void)buffer_append_byte(out, ' ');
        } else if (item) {
            write_mark(r);
        }
        (void)buffer_append(out, span_slice(line, start, end));
        r->row_before = row || item;
    }
    buffer_reset(&r->line);
    buffer_reset(&r->mark);
}

static void end_paragraph(rtf_reader *r)
{
    flush_raw(r);
    if (state_of(r)->to != DESTINATION_TEXT) {
        return;
    }
    if (r->in_table || state_of(r)->note) {
        put_string(r, " ");
    } else {
        write_paragraph(r, false);
    }
}

/* A row without the empty cells at its end. */
static void end_row(rtf_reader *r)
{
    flush_raw(r);
    size_t end = r->line.len;
    while (end > 0 && strchr(" |", r->line.ptr[end - 1]) != NULL) {
        end--;
    }
    buffer_truncate(&r->line, end);
    write_paragraph(r, true);
}

/* --- control words --- */

typedef enum rtf_action {
    ACTION_TEXT, /* stands for a character */
    ACTION_SKIP, /* its group is no text */
    ACTION_PARAGRAPH,
    ACTION_RESET, /* of the paragraph's own */
    ACTION_PLAIN,
    ACTION_CELL,
    ACTION_ROW,
    ACTION_IN_TABLE,
    ACTION_UNIT,
    ACTION_FALLBACK,
    ACTION_PAGE,
    ACTION_MAC,
    ACTION_HIDDEN,
    ACTION_STYLES,
    ACTION_STYLE,
    ACTION_LEVEL,
    ACTION_INFO,
    ACTION_TITLE,
    ACTION_MARK,
    ACTION_NOTE,
    ACTION_BINARY
} rtf_action;

static const struct {
    const char *word;
    rtf_action action;
    const char *text;
} WORDS[] = {
    {"par", ACTION_PARAGRAPH, NULL},
    {"sect", ACTION_PARAGRAPH, NULL},
    {"page", ACTION_PARAGRAPH, NULL},
    {"pard", ACTION_RESET, NULL},
    {"plain", ACTION_PLAIN, NULL},
    {"line", ACTION_TEXT, "\n"},
    {"tab", ACTION_TEXT, " "},
    {"emdash", ACTION_TEXT, "\xE2\x80\x94"},
    {"endash", ACTION_TEXT, "\xE2\x80\x93"},
    {"lquote", ACTION_TEXT, "\xE2\x80\x98"},
    {"rquote", ACTION_TEXT, "\xE2\x80\x99"},
    {"ldblquote", ACTION_TEXT, "\xE2\x80\x9C"},
    {"rdblquote", ACTION_TEXT, "\xE2\x80\x9D"},
    {"bullet", ACTION_TEXT, "\xE2\x80\xA2"},
    {"emspace", ACTION_TEXT, " "},
    {"enspace", ACTION_TEXT, " "},
    {"cell", ACTION_CELL, NULL},
    {"nestcell", ACTION_CELL, NULL},
    {"row", ACTION_ROW, NULL},
    {"nestrow", ACTION_ROW, NULL},
    {"intbl", ACTION_IN_TABLE, NULL},
    {"u", ACTION_UNIT, NULL},
    {"uc", ACTION_FALLBACK, NULL},
    {"ansicpg", ACTION_PAGE, NULL},
    {"mac", ACTION_MAC, NULL},
    {"v", ACTION_HIDDEN, NULL},
    {"deleted", ACTION_HIDDEN, NULL},
    {"stylesheet", ACTION_STYLES, NULL},
    {"s", ACTION_STYLE, NULL},
    {"outlinelevel", ACTION_LEVEL, NULL},
    {"info", ACTION_INFO, NULL},
    {"title", ACTION_TITLE, NULL},
    {"listtext", ACTION_MARK, NULL},
    {"pntext", ACTION_MARK, NULL},
    {"footnote", ACTION_NOTE, NULL},
    {"bin", ACTION_BINARY, NULL},
    {"fonttbl", ACTION_SKIP, NULL},
    {"colortbl", ACTION_SKIP, NULL},
    {"pict", ACTION_SKIP, NULL},
    {"object", ACTION_SKIP, NULL},
    {"header", ACTION_SKIP, NULL},
    {"headerl", ACTION_SKIP, NULL},
    {"headerr", ACTION_SKIP, NULL},
    {"headerf", ACTION_SKIP, NULL},
    {"footer", ACTION_SKIP, NULL},
    {"footerl", ACTION_SKIP, NULL},
    {"footerr", ACTION_SKIP, NULL},
    {"footerf", ACTION_SKIP, NULL},
    {"fldinst", ACTION_SKIP, NULL},
    {"nonshppict", ACTION_SKIP, NULL},
    {"annotation", ACTION_SKIP, NULL},
    {"atnid", ACTION_SKIP, NULL},
    {"atnauthor", ACTION_SKIP, NULL},
    {"listtable", ACTION_SKIP, NULL},
    {"filetbl", ACTION_SKIP, NULL},
    {"revtbl", ACTION_SKIP, NULL},
    {"tc", ACTION_SKIP, NULL},
    {"xe", ACTION_SKIP, NULL},
    {"sn", ACTION_SKIP, NULL},
    {"sv", ACTION_SKIP, NULL},
};

static void set_style(rtf_reader *r, uint32_t style)
{
    if (state_of(r)->to == DESTINATION_STYLES) {
        r->style = style < N_STYLES ? style : 0;
    } else if (style < N_STYLES && r->levels[style] > 0) {
        r->level = r->levels[style];
    }
}

/* 0 is the first level of headings, 9 that of text. */
static void set_level(rtf_reader *r, uint32_t level)
{
    const uint32_t own = level < MAX_LEVEL ? level + 1 : 0;
    if (state_of(r)->to == DESTINATION_STYLES) {
        r->levels[r->style] = (uint8_t)own;
    } else {
        r->level = own;
    }
}

static void change_state(rtf_reader *r, rtf_action action, int32_t value, bool has_value)
{
    rtf_state *const s = state_of(r);
    const uint32_t number = value > 0 ? (uint32_t)value : 0;
    switch ((int)action) {
    case ACTION_FALLBACK:
        s->fallback = number < 16 ? number : 16;
        break;
    case ACTION_PAGE:
        (void)snprintf(r->page, sizeof(r->page), "windows-%u", number);
        break;
    case ACTION_MAC:
        (void)snprintf(r->page, sizeof(r->page), "macintosh");
        break;
    case ACTION_HIDDEN:
        s->hidden = !has_value || value != 0;
        break;
    case ACTION_PLAIN:
        s->hidden = false;
        break;
    case ACTION_RESET:
        r->level = 0;
        r->in_table = false;
        break;
    case ACTION_IN_TABLE:
        r->in_table = !has_value || value != 0;
        break;
    case ACTION_STYLE:
        set_style(r, number);
        break;
    case ACTION_LEVEL:
        set_level(r, number);
        break;
    default:
        break;
    }
}

static void enter_destination(rtf_reader *r, rtf_action action)
{
    rtf_state *const s = state_of(r);
    if (s->to == DESTINATION_NONE && !s->in_info) {
        return;
    }
    switch ((int)action) {
    case ACTION_SKIP:
        s->to = DESTINATION_NONE;
        break;
    case ACTION_STYLES:
        s->to = DESTINATION_STYLES;
        break;
    case ACTION_INFO:
        s->to = DESTINATION_NONE;
        s->in_info = true;
        break;
    case ACTION_TITLE:
        s->to = s->in_info ? DESTINATION_TITLE : s->to;
        break;
    case ACTION_MARK:
        s->to = DESTINATION_MARK;
        break;
    case ACTION_NOTE:
        put_string(r, " [");
        s->note = true;
        break;
    default:
        break;
    }
}

static void act(rtf_reader *r, size_t i_word, int32_t value, bool has_value)
{
    const rtf_action action = WORDS[i_word].action;
    const size_t left = r->bytes.len - r->pos;
    switch (action) {
    case ACTION_TEXT:
        put_string(r, WORDS[i_word].text);
        break;
    case ACTION_PARAGRAPH:
        end_paragraph(r);
        break;
    case ACTION_CELL:
        put_string(r, " | ");
        break;
    case ACTION_ROW:
        end_row(r);
        break;
    case ACTION_UNIT:
        put_unit(r, value);
        break;
    case ACTION_BINARY:
        r->pos += value <= 0 ? 0 : (size_t)value < left ? (size_t)value : left;
        break;
    case ACTION_SKIP:
    case ACTION_STYLES:
    case ACTION_INFO:
    case ACTION_TITLE:
    case ACTION_MARK:
    case ACTION_NOTE:
        enter_destination(r, action);
        break;
    case ACTION_RESET:
    case ACTION_PLAIN:
    case ACTION_IN_TABLE:
    case ACTION_FALLBACK:
    case ACTION_PAGE:
    case ACTION_MAC:
    case ACTION_HIDDEN:
    case ACTION_STYLE:
    case ACTION_LEVEL:
        change_state(r, action, value, has_value);
        break;
    }
}

/* --- the file --- */

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A control word with its number and the space after it; `pos` is at its first letter. */
static void read_word(rtf_reader *r)
{
    char word[WORD_BYTES] = "";
    size_t len = 0;
    while (r->pos < r->bytes.len && is_ascii_letter(r->bytes.ptr[r->pos])) {
        if (len + 1 < WORD_BYTES) {
            word[len++] = r->bytes.ptr[r->pos];
        }
        r->pos++;
    }
    word[len] = '\0';
    const char *const at = r->bytes.ptr;
    const bool minus = r->pos < r->bytes.len && at[r->pos] == '-';
    r->pos += minus ? 1 : 0;
    int32_t value = 0;
    bool has_value = false;
    while (r->pos < r->bytes.len && at[r->pos] >= '0' && at[r->pos] <= '9') {
        value = value < MAX_NUMBER ? value * 10 + (at[r->pos] - '0') : value;
        has_value = true;
        r->pos++;
    }
    r->pos += r->pos < r->bytes.len && at[r->pos] == ' ' ? 1 : 0;
    flush_raw(r);
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (strcmp(WORDS[i].word, word) == 0) {
            act(r, i, minus ? -value : value, has_value);
            break;
        }
    }
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* What stands after a backslash. */
static void read_control(rtf_reader *r)
{
    if (r->pos >= r->bytes.len) {
        return;
    }
    const char c = r->bytes.ptr[r->pos];
    if (is_ascii_letter(c)) {
        read_word(r);
        return;
    }
    r->pos++;
    if (c == '\'' && r->pos + 1 < r->bytes.len) {
        const int high = hex_of(r->bytes.ptr[r->pos]);
        const int low = hex_of(r->bytes.ptr[r->pos + 1]);
        r->pos += high >= 0 && low >= 0 ? 2 : 0;
        if (high >= 0 && low >= 0 && high + low > 0) {
            put_byte(r, (char)(high * 16 + low));
        }
    } else if (c == '*') {
        state_of(r)->to = DESTINATION_NONE;
    } else if (c == '\n' || c == '\r') {
        end_paragraph(r);
    } else if (strchr("{}\\", c) != NULL && c != '\0') {
        put_byte(r, c);
    } else if (c == '~' || c == '_') {
        put_string(r, c == '~' ? "\xC2\xA0" : "-");
    }
}

static void open_group(rtf_reader *r)
{
    flush_raw(r);
    const rtf_state outer = *state_of(r);
    r->depth++;
    if (r->depth < MAX_DEPTH) {
        *state_of(r) = outer;
    }
}

static void close_group(rtf_reader *r)
{
    flush_raw(r);
    const bool note = state_of(r)->note;
    r->fallback_left = 0;
    if (r->depth > 0) {
        r->depth--;
    }
    if (note && !state_of(r)->note) {
        buffer_truncate(&r->line, char_trim_end(buffer_span(&r->line), 0, r->line.len));
        put_string(r, "]");
    }
}

static void read_all(rtf_reader *r)
{
    while (r->pos < r->bytes.len && buffer_ok(&r->line) && buffer_ok(&r->out->text)) {
        const char c = r->bytes.ptr[r->pos++];
        if (c == '\\') {
            read_control(r);
        } else if (c == '{') {
            open_group(r);
        } else if (c == '}') {
            close_group(r);
        } else if (c != '\n' && c != '\r' && c != '\0') {
            put_byte(r, c == '\t' ? ' ' : c);
        }
    }
    flush_raw(r);
    write_paragraph(r, r->in_table);
}

static int finish(rtf_reader *r, huis_error *err)
{
    reader_result *const out = r->out;
    if (out->text.status == HUIS_E_LIMIT || r->line.status == HUIS_E_LIMIT) {
        return error_set(err, HUIS_E_LIMIT, "the document's text is longer than %u bytes",
                         LIMIT_TEXT_BYTES);
    }
    if (!buffer_ok(&out->text) || !buffer_ok(&r->line) || !buffer_ok(&r->raw) ||
        !buffer_ok(&r->mark)) {
        return error_no_memory(err, "the text of the document");
    }
    if (words_up_to(buffer_span(&out->text), 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "the document holds no text");
    }
    reader_set_title(out, buffer_span(&r->title));
    if (r->depth > 0) {
        reader_add_note(out, SPAN("the document is cut off; this is what stands before"));
    }
    return HUIS_OK;
}

int reader_read_rtf(reader_result *out, span bytes, huis_error *err)
{
    rtf_reader r = {.out = out, .bytes = bytes, .page = "windows-1252"};
    r.states[0].fallback = 1;
    buffer_init(&r.line, LIMIT_TEXT_BYTES);
    buffer_init(&r.mark, LIMIT_TEXT_BYTES);
    buffer_init(&r.title, LIMIT_TEXT_BYTES);
    buffer_init(&r.raw, LIMIT_TEXT_BYTES);
    read_all(&r);
    const int status = finish(&r, err);
    buffer_deinit(&r.line);
    buffer_deinit(&r.mark);
    buffer_deinit(&r.title);
    buffer_deinit(&r.raw);
    return status;
}
