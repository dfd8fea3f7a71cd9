/*
 * segments.c - line by line, what each part of a text is.
 *
 * Idea: a table of rules, tried in order on every line; the first that knows the line takes it,
 * either by opening a new segment or by adding the line to the open one. A mode carries what a mark
 * says about all that follows it (code fence, signature, quoted rest of a mail). The rules of mail
 * apply to mails, those of turns to dialogues, the rest to all.
 *
 * Invariants: segments are in order and do not overlap; blank lines belong to none (inside code they
 * do). A rule looks ahead a bounded number of lines.
 */
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    HEADER_BLOCK_LINES = 12, /* how far a block of headers is read ahead */
    SIGNATURE_LINES = 12,    /* a sign-off is followed by at most so many lines */
    SIGNATURE_WORDS = 12,    /* ... each of at most so many words */
    HEADING_WORDS = 14,
    SHORT_HASH_DIGITS = 7,
    HASH_DIGITS = 40,
    WRAP_MIN = 45, /* columns at which hand-wrapped text breaks lines */
    WRAP_MAX = 110
};

typedef enum segment_mode {
    MODE_BODY = 0,
    MODE_CODE = 1,
    MODE_SIGNATURE = 2,
    MODE_QUOTED = 3,
    MODE_HEADERS = 4
} segment_mode;

typedef struct segmenter {
    document_builder *builder;
    span text;
    segment_mode mode;
    bool open; /* `current` is being added to */
    document_segment current;
    bool after_blank;         /* the line before was blank, or there was none */
    bool message_starts;      /* no line of the message's own text was seen yet */
    size_t attribution_lines; /* so many more lines belong to "On ... wrote:" */
    size_t signature_lines;
    size_t block_end;   /* the lines up to here were measured: */
    size_t block_width; /* the longest of them, in characters */
    bool failed;
} segmenter;

typedef bool (*line_rule)(segmenter *s, const text_line *line);

/* --- segments --- */

static void close_segment(segmenter *s)
{
    if (s->open && !builder_add_segment(s->builder, &s->current)) {
        s->failed = true;
    }
    s->open = false;
}

static void open_segment(segmenter *s, segment_kind kind, const text_line *line, size_t body,
                         uint32_t depth)
{
    close_segment(s);
    s->open = true;
    s->current = (document_segment){.kind = kind,
                                    .start = line->first,
                                    .end = line->end,
                                    .body = body,
                                    .name_start = body,
                                    .name_end = body,
                                    .depth = depth};
}

/* Adds the line to the open segment if it is of this kind and depth, else opens one. */
static void extend_or_open(segmenter *s, segment_kind kind, const text_line *line, uint32_t depth)
{
    if (s->open && s->current.kind == kind && s->current.depth == depth) {
        s->current.end = line->end;
    } else {
        open_segment(s, kind, line, line->first, depth);
    }
}

static span line_span(const segmenter *s, const text_line *line)
{
    return span_slice(s->text, line->first, line->end);
}

static bool line_starts(const segmenter *s, const text_line *line, span prefix)
{
    return span_starts_with(line_span(s, line), prefix);
}

/* The next line that is not blank, within three lines. */
static bool peek_line(const segmenter *s, const text_line *line, text_line *out)
{
    size_t pos = line->next;
    for (int i = 0; i < 3 && pos < s->text.len; i++) {
        *out = line_at(s->text, pos);
        if (!line_is_blank(out)) {
            return true;
        }
        pos = out->next;
    }
    return false;
}

static bool is_all(span text, const char *characters)
{
    for (size_t i = 0; i < text.len; i++) {
        if (strchr(characters, text.ptr[i]) == NULL || text.ptr[i] == '\0') {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_mail(const segmenter *s)
{
    return s->builder->genre == DOCUMENT_MAIL;
}

/* --- code and blank lines --- */

static bool take_fence(segmenter *s, const text_line *line)
{
    const bool fence = line_starts(s, line, SPAN("```")) || line_starts(s, line, SPAN("~~~"));
    if (s->mode == MODE_CODE) {
        s->current.end = line->end > s->current.end ? line->end : s->current.end;
        if (fence) {
            close_segment(s);
            s->mode = MODE_BODY;
        }
        return true;
    }
    if (!fence || s->mode == MODE_QUOTED) {
        return false;
    }
    open_segment(s, SEGMENT_CODE, line, line->first, 0);
    s->mode = MODE_CODE;
    return true;
}

static bool take_blank(segmenter *s, const text_line *line)
{
    if (!line_is_blank(line)) {
        return false;
    }
    if (s->mode == MODE_HEADERS) {
        s->mode = MODE_BODY;
    }
    if (s->mode == MODE_BODY) {
        close_segment(s);
    }
    return true;
}

/* A program text's line: much punctuation that prose does not use. */
static bool looks_like_code(const segmenter *s, const text_line *line)
{
    const span text = line_span(s, line);
    size_t marks = 0;
    size_t others = 0;
    for (size_t i = 0; i < text.len && i < 400; i++) {
        const bool cell = text.ptr[i] == '|' && i > 0 && text.ptr[i - 1] == ' '; /* "a | b" */
        marks += !cell && strchr("{}[]=<>;_|&", text.ptr[i]) != NULL ? 1 : 0;
        others += text.ptr[i] != ' ' ? 1 : 0;
    }
    const bool brace = is_all(text, "{}();, ");
    return brace || (marks >= 3 && marks * 8 >= others && text.ptr[0] != '<' && text.ptr[0] != '|');
}

static bool take_code(segmenter *s, const text_line *line)
{
    if (s->mode != MODE_BODY || !looks_like_code(s, line)) {
        return false;
    }
    text_line next;
    const bool goes_on = s->open && s->current.kind == SEGMENT_CODE;
    if (!goes_on && !(peek_line(s, line, &next) && looks_like_code(s, &next))) {
        return false;
    }
    extend_or_open(s, SEGMENT_CODE, line, 0);
    return true;
}

/* --- mail --- */

static bool take_separator(segmenter *s, const text_line *line)
{
    if (!is_mail(s) || !mail_is_separator(s->text, line)) {
        return false;
    }
    open_segment(s, SEGMENT_HEADER, line, line->first, 0);
    s->mode = MODE_HEADERS;
    s->message_starts = true;
    return true;
}

/* What a block of headers that starts at this line holds. */
typedef struct header_block {
    size_t n;
    bool from, sent, other;
} header_block;

static void read_header_block(const segmenter *s, const text_line *line, header_block *out)
{
    *out = (header_block){.n = 0};
    text_line at = *line;
    for (int i = 0; i < HEADER_BLOCK_LINES; i++) {
        const mail_header header = mail_header_of(s->text, &at);
        const bool continued = out->n > 0 && at.first > at.start && !line_is_blank(&at);
        if (header == MAIL_HEADER_NONE && !continued) {
            return;
        }
        out->n += header != MAIL_HEADER_NONE ? 1 : 0;
        out->from = out->from || header == MAIL_HEADER_FROM;
        out->sent = out->sent || header == MAIL_HEADER_SENT;
        out->other = out->other || header == MAIL_HEADER_SUBJECT || header == MAIL_HEADER_DATE;
        if (at.next >= s->text.len) {
            return;
        }
        at = line_at(s->text, at.next);
    }
}

static bool take_header(segmenter *s, const text_line *line)
{
    if (!is_mail(s)) {
        return false;
    }
    if (s->mode == MODE_HEADERS) {
        const bool continued = line->first > line->start;
        if (!continued && mail_header_of(s->text, line) == MAIL_HEADER_NONE) {
            s->mode = MODE_BODY;
            return false;
        }
        extend_or_open(s, SEGMENT_HEADER, line, 0);
        return true;
    }
    if (mail_header_of(s->text, line) == MAIL_HEADER_NONE) {
        return false;
    }
    header_block block;
    read_header_block(s, line, &block);
    const bool first = s->message_starts && !s->open && s->builder->n_segments == 0;
    if (first && (block.n >= 2 || block.from || block.other)) {
        open_segment(s, SEGMENT_HEADER, line, line->first, 0);
        s->mode = MODE_HEADERS;
        return true;
    }
    /* Further down a block of headers opens what is quoted (Outlook's way). */
    if (s->mode == MODE_QUOTED || !(block.from && block.n >= 2 && (block.sent || block.other))) {
        return false;
    }
    open_segment(s, SEGMENT_QUOTE, line, line->first, 1);
    s->mode = MODE_QUOTED;
    return true;
}

static bool take_forward_mark(segmenter *s, const text_line *line)
{
    if (!is_mail(s)) {
        return false;
    }
    text_line next;
    const bool rule = line->end - line->first >= 20 && is_all(line_span(s, line), "_") &&
                      peek_line(s, line, &next) &&
                      mail_header_of(s->text, &next) != MAIL_HEADER_NONE;
    if (!rule && !mail_is_forward_mark(s->text, line)) {
        return false;
    }
    extend_or_open(s, SEGMENT_QUOTE, line, 1);
    s->mode = MODE_QUOTED;
    return true;
}

static uint32_t quote_depth(span line, size_t *out_body)
{
    uint32_t depth = 0;
    size_t i = 0;
    while (i < line.len && (line.ptr[i] == '>' || (line.ptr[i] == ' ' && depth > 0))) {
        depth += line.ptr[i] == '>' ? 1 : 0;
        i++;
    }
    *out_body = i;
    return depth < 32 ? depth : 32;
}

static bool take_quote(segmenter *s, const text_line *line)
{
    size_t body = 0;
    const uint32_t depth = quote_depth(line_span(s, line), &body);
    if (depth == 0) {
        return false;
    }
    if (s->mode == MODE_SIGNATURE) {
        s->mode = MODE_BODY;
    }
    const bool same = s->open && s->current.kind == SEGMENT_QUOTE && s->current.depth == depth;
    extend_or_open(s, SEGMENT_QUOTE, line, depth);
    if (!same) {
        s->current.body = line->first + body;
    }
    return true;
}

static bool take_attribution(segmenter *s, const text_line *line)
{
    if (!is_mail(s) || s->mode == MODE_QUOTED) {
        return false;
    }
    if (s->attribution_lines == 0) {
        s->attribution_lines = mail_attribution_lines(s->text, line);
        if (s->attribution_lines == 0) {
            return false;
        }
        open_segment(s, SEGMENT_QUOTE, line, line->first, 1);
        s->mode = MODE_BODY;
    }
    s->current.end = line->end;
    s->attribution_lines--;
    text_line next;
    if (s->attribution_lines == 0 && peek_line(s, line, &next) && s->text.ptr[next.first] != '>') {
        s->mode = MODE_QUOTED; /* quoted without marks: the rest */
    }
    return true;
}

static bool take_quoted_rest(segmenter *s, const text_line *line)
{
    if (s->mode != MODE_QUOTED) {
        return false;
    }
    extend_or_open(s, SEGMENT_QUOTE, line, 1);
    return true;
}

/* Whether the lines after a sign-off are a signature: few and short, up to the end of the message. */
static bool signature_follows(const segmenter *s, const text_line *line)
{
    size_t pos = line->next;
    bool blank = false;
    for (int i = 0; i < SIGNATURE_LINES && pos < s->text.len; i++) {
        const text_line at = line_at(s->text, pos);
        pos = at.next;
        if (line_is_blank(&at)) {
            blank = i > 0;
            continue;
        }
        size_t body = 0;
        if (quote_depth(line_span(s, &at), &body) > 0 || mail_is_forward_mark(s->text, &at) ||
            mail_attribution_lines(s->text, &at) > 0 || mail_is_separator(s->text, &at) ||
            mail_header_of(s->text, &at) != MAIL_HEADER_NONE) {
            return true;
        }
        const char last = s->text.ptr[at.end - 1];
        const size_t words = words_up_to(line_span(s, &at), SIGNATURE_WORDS + 1);
        if (!blank && (words > SIGNATURE_WORDS || (words > 4 && (last == '.' || last == '?')))) {
            return false;
        }
    }
    return true;
}

/* A name alone as the last line of a message of several lines. */
static bool is_closing_name(const segmenter *s, const text_line *line)
{
    const char last = s->text.ptr[line->end - 1];
    text_line next;
    size_t body = 0;
    if (s->message_starts || last == '.' || !mail_is_name(line_span(s, line))) {
        return false;
    }
    return !peek_line(s, line, &next) || quote_depth(line_span(s, &next), &body) > 0 ||
           mail_is_forward_mark(s->text, &next) || mail_is_separator(s->text, &next) ||
           mail_attribution_lines(s->text, &next) > 0 || mail_is_device_line(s->text, &next) ||
           span_equal(line_span(s, &next), SPAN("--"));
}

static bool leaves_signature(const segmenter *s, const text_line *line)
{
    static const span POSTSCRIPTS[] = {{"ps", 2}, {"p.s.", 4}, {"p.-s.", 5}, {"nb", 2}};
    for (size_t i = 0; i < sizeof(POSTSCRIPTS) / sizeof(POSTSCRIPTS[0]); i++) {
        const size_t len = char_match(s->text, line->first, line->end, POSTSCRIPTS[i]);
        if (len > 0 && line->first + len < line->end &&
            strchr(": .-", s->text.ptr[line->first + len]) != NULL) {
            return true;
        }
    }
    return s->after_blank && s->signature_lines > 0 &&
           words_up_to(line_span(s, line), 2 * SIGNATURE_WORDS) >= 2 * SIGNATURE_WORDS;
}

static bool take_signature(segmenter *s, const text_line *line)
{
    if (!is_mail(s)) {
        return false;
    }
    if (s->mode == MODE_SIGNATURE) {
        if (!leaves_signature(s, line)) {
            extend_or_open(s, SEGMENT_SIGNATURE, line, 0);
            s->signature_lines++;
            return true;
        }
        s->mode = MODE_BODY;
        return false;
    }
    const span text = line_span(s, line);
    const bool dashes = span_equal(text, SPAN("--")) || span_equal(text, SPAN("—"));
    const bool footer = text.len >= 20 && is_all(text, "_");
    const bool sign_off =
        !s->message_starts && mail_is_sign_off(s->text, line) && signature_follows(s, line);
    if (dashes || footer || sign_off || is_closing_name(s, line)) {
        open_segment(s, SEGMENT_SIGNATURE, line, line->first, 0);
        s->mode = MODE_SIGNATURE;
        s->signature_lines = 0;
        return true;
    }
    if (mail_is_device_line(s->text, line)) {
        open_segment(s, SEGMENT_SIGNATURE, line, line->first, 0);
        close_segment(s);
        return true;
    }
    return false;
}

static bool take_paragraph(segmenter *s, const text_line *line);

/* "Hi Anna, hi Bob," and "Dear Anna, dear all," are one greeting. Returns its end, 0: none. */
static size_t whole_greeting_end(const segmenter *s, const text_line *line)
{
    size_t end = mail_greeting_end(s->text, line);
    text_line rest = *line;
    for (size_t next = end; next > 0;) {
        end = next;
        rest.first = char_skip_spaces(s->text, end, line->end);
        next = line_is_blank(&rest) ? 0 : mail_greeting_end(s->text, &rest);
    }
    const bool comma = s->text.ptr[line->end - 1] == ',';
    return end > 0 && comma && words_up_to(line_span(s, &rest), 5) <= 4 ? line->end : end;
}

static bool take_greeting(segmenter *s, const text_line *line)
{
    if (!is_mail(s) || !s->message_starts) {
        return false;
    }
    s->message_starts = false;
    const size_t end = whole_greeting_end(s, line);
    if (end == 0) {
        return false;
    }
    open_segment(s, SEGMENT_GREETING, line, line->first, 0);
    s->current.end = char_trim_end(s->text, line->first, end);
    close_segment(s);
    text_line rest = *line;
    rest.first = char_skip_spaces(s->text, end, line->end);
    if (!line_is_blank(&rest)) {
        (void)take_paragraph(s, &rest);
    }
    return true;
}

/* --- turns, lists, headings, paragraphs --- */

static bool take_turn(segmenter *s, const text_line *line)
{
    turn_mark mark;
    if (s->builder->genre != DOCUMENT_DIALOGUE || !turn_parse(s->text, line, &mark)) {
        return false;
    }
    open_segment(s, SEGMENT_TURN, line, mark.body, 0);
    s->current.name_start = mark.name_start;
    s->current.name_end = mark.name_end;
    return true;
}

/* The length of a list mark at the start of `line` with the spaces after it; 0: none. */
static size_t list_mark(span line)
{
    static const span BULLETS[] = {{"- ", 2},  {"* ", 2},  {"+ ", 2}, {"• ", 4}, {"– ", 4},
                                   {"— ", 4},  {"· ", 3},  {"▪ ", 4}, {"◦ ", 4}, {"→ ", 4},
                                   {"☐ ", 4},  {"☑ ", 4},  {"✓ ", 4}, {"o ", 2}, {"-\t", 2},
                                   {"*\t", 2}, {"•\t", 4}, {"‣ ", 4}, {"● ", 4}, {"■ ", 4}};
    size_t len = 0;
    for (size_t i = 0; i < sizeof(BULLETS) / sizeof(BULLETS[0]); i++) {
        if (span_starts_with(line, BULLETS[i])) {
            len = BULLETS[i].len;
        }
    }
    if (len > 0) {
        const span rest = span_slice(line, len, line.len);
        const bool box =
            span_starts_with(rest, SPAN("[ ] ")) || span_starts_with(rest, SPAN("[x] "));
        return char_skip_spaces(line, box ? len + 4 : len, line.len);
    }
    size_t i = line.len > 0 && line.ptr[0] == '(' ? 1 : 0;
    const size_t first = i;
    while (i < line.len && i - first < 3 && line.ptr[i] >= '0' && line.ptr[i] <= '9') {
        i++;
    }
    const bool letter = i == first && i < line.len && line.ptr[i] >= 'a' && line.ptr[i] <= 'h';
    i += letter ? 1 : 0;
    const bool stop = i > first && i + 1 < line.len &&
                      (line.ptr[i] == ')' || (line.ptr[i] == '.' && !letter && first == 0));
    return stop && line.ptr[i + 1] == ' ' ? char_skip_spaces(line, i + 1, line.len) : 0;
}

/* "2. Results" alone between empty lines, with text below rather than another item. */
static bool is_numbered_heading(const segmenter *s, const text_line *line)
{
    const span text = line_span(s, line);
    text_line next;
    if (!s->after_blank || text.ptr[0] < '0' || text.ptr[0] > '9' || !peek_line(s, line, &next) ||
        next.start == line->next) {
        return false;
    }
    return list_mark(line_span(s, &next)) == 0 &&
           strchr(".!?;:,", text.ptr[text.len - 1]) == NULL &&
           words_up_to(text, HEADING_WORDS) < HEADING_WORDS;
}

/* The short hash that a line of `git log --oneline` begins with, and the space after it; 0: none.
 * *out_letter: it is no decimal number. */
static size_t hash_mark(span line, bool *out_letter)
{
    size_t i = 0;
    *out_letter = false;
    while (i < line.len && i <= HASH_DIGITS) {
        const char c = line.ptr[i];
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            break;
        }
        *out_letter = *out_letter || c >= 'a';
        i++;
    }
    const bool fits = i >= SHORT_HASH_DIGITS && i <= HASH_DIGITS;
    return fits && i + 1 < line.len && line.ptr[i] == ' ' ? i + 1 : 0;
}

/* A hash marks an entry where another one stands beside it; of the first two, one has a letter. */
static size_t log_mark(const segmenter *s, const text_line *line)
{
    text_line next;
    bool letter = false;
    bool other = false;
    const size_t mark = hash_mark(line_span(s, line), &letter);
    if (mark == 0) {
        return 0;
    }
    const bool follows =
        s->open && s->current.kind == SEGMENT_LIST_ITEM &&
        hash_mark(span_slice(s->text, s->current.start, s->current.end), &other) > 0;
    const bool leads = !follows && peek_line(s, line, &next) &&
                       hash_mark(line_span(s, &next), &other) > 0 && (letter || other);
    return follows || leads ? mark : 0;
}

static bool take_list_item(segmenter *s, const text_line *line)
{
    const size_t item = list_mark(line_span(s, line));
    const size_t mark = item > 0 ? item : log_mark(s, line);
    if (mark == 0 || line->first + mark >= line->end || is_numbered_heading(s, line)) {
        return false;
    }
    size_t columns = 0;
    for (size_t i = line->start; i < line->first; i++) {
        columns += s->text.ptr[i] == '\t' ? 4 : 1;
    }
    open_segment(s, SEGMENT_LIST_ITEM, line, line->first + mark,
                 columns / 2 < 16 ? (uint32_t)(columns / 2) : 16);
    return true;
}

static size_t count_columns(span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += ((unsigned char)text.ptr[i] & 0xC0u) != 0x80u ? 1 : 0;
    }
    return n;
}

/* The longest line of the block (lines up to a blank one) that holds this line. */
static size_t measure_block(segmenter *s, const text_line *line)
{
    if (line->start < s->block_end) {
        return s->block_width;
    }
    s->block_width = 0;
    size_t pos = line->start;
    while (pos < s->text.len) {
        const text_line at = line_at(s->text, pos);
        if (line_is_blank(&at)) {
            break;
        }
        const size_t width = count_columns(line_span(s, &at));
        s->block_width = width > s->block_width ? width : s->block_width;
        pos = at.next;
    }
    s->block_end = pos;
    return s->block_width;
}

static bool ends_sentence(span line)
{
    if (line.len == 0) {
        return false;
    }
    size_t len = 0;
    const size_t last = char_trim_end(line, 0, line.len);
    const char c = line.ptr[last - 1];
    return strchr(".!?:;", c) != NULL || c == '"' ||
           char_before(line, 0, last, &len) == CHAR_CLOSE ||
           (last >= 3 && memcmp(line.ptr + last - 3, "…", 3) == 0);
}

/* Whether this line goes on a paragraph that the line before left unfinished: hand-wrapped text. */
static bool is_continuation(segmenter *s, const text_line *line)
{
    const span row = line_span(s, line);
    if (!s->open || s->after_blank || memmem(row.ptr, row.len, " | ", 3) != NULL) {
        return false;
    }
    const span before = span_slice(s->text, s->current.start, s->current.end);
    const char *const newline = memrchr(before.ptr, '\n', before.len);
    const size_t last_start =
        newline != NULL ? (size_t)(newline + 1 - s->text.ptr) : s->current.start;
    const span last = span_slice(s->text, last_start, s->current.end);
    size_t len = 0;
    if (!ends_sentence(last) && char_at(s->text, line->first, &len) == CHAR_LOWER) {
        return true;
    }
    const size_t width = measure_block(s, line);
    if (width < WRAP_MIN || width > WRAP_MAX) {
        return false;
    }
    size_t word = line->first;
    while (word < line->end && s->text.ptr[word] != ' ') {
        word++;
    }
    const size_t next_word = count_columns(span_slice(s->text, line->first, word));
    return count_columns(last) + 1 + next_word + 4 >= width;
}

static bool is_underline(const segmenter *s, const text_line *line)
{
    const span text = line_span(s, line);
    return text.len >= 3 && (is_all(text, "=") || is_all(text, "-"));
}

/* A short line alone, that starts like a title and does not end like a sentence. */
static bool looks_like_heading(segmenter *s, const text_line *line)
{
    const span text = line_span(s, line);
    size_t len = 0;
    const char_kind kind = char_at(s->text, line->first, &len);
    if (text.len > 160 || !(kind == CHAR_UPPER || kind == CHAR_DIGIT || kind == CHAR_LETTER)) {
        return false;
    }
    const char last = text.ptr[text.len - 1];
    const bool table_row = memmem(text.ptr, text.len, " | ", 3) != NULL;
    if (table_row || strchr(".!;,", last) != NULL ||
        words_up_to(text, HEADING_WORDS + 1) > HEADING_WORDS) {
        return false;
    }
    text_line next;
    if (!peek_line(s, line, &next)) {
        return false;
    }
    const bool alone = s->after_blank && next.start > line->next;
    /* One paragraph a line: a heading is a short line before a long one. */
    const bool before_long = next.end - next.first > 3 * WRAP_MAX / 2 && last != ':' &&
                             (s->after_blank || s->builder->genre == DOCUMENT_ARTICLE);
    if (is_mail(s)) {
        return alone && last == ':' ? false : alone && words_up_to(text, 9) <= 8 && last != '?';
    }
    return alone || before_long;
}

static bool take_heading(segmenter *s, const text_line *line)
{
    if (s->mode != MODE_BODY) {
        return false;
    }
    const span text = line_span(s, line);
    size_t level = 0;
    while (level < text.len && level < 7 && text.ptr[level] == '#') {
        level++;
    }
    if (level >= 1 && level <= 6 && level < text.len && text.ptr[level] == ' ') {
        open_segment(s, SEGMENT_HEADING, line,
                     char_skip_spaces(s->text, line->first + level, line->end), (uint32_t)level);
        close_segment(s);
        return true;
    }
    if (is_underline(s, line)) {
        if (s->open && s->current.kind == SEGMENT_PARAGRAPH && !s->after_blank &&
            memchr(s->text.ptr + s->current.start, '\n', s->current.end - s->current.start) ==
                NULL) {
            s->current.kind = SEGMENT_HEADING;
            s->current.depth = text.ptr[0] == '=' ? 1 : 2;
        }
        close_segment(s);
        return true;
    }
    if (s->builder->genre == DOCUMENT_DIALOGUE || is_continuation(s, line) ||
        !looks_like_heading(s, line)) {
        return false;
    }
    open_segment(s, SEGMENT_HEADING, line, line->first, s->builder->n_segments == 0 ? 1 : 2);
    close_segment(s);
    return true;
}

static bool take_paragraph(segmenter *s, const text_line *line)
{
    const bool text_kind =
        s->open && (s->current.kind == SEGMENT_PARAGRAPH || s->current.kind == SEGMENT_LIST_ITEM);
    const bool turn = s->open && s->current.kind == SEGMENT_TURN && !s->after_blank;
    const bool indented = s->open && s->current.kind == SEGMENT_LIST_ITEM && !s->after_blank &&
                          line->first > line->start;
    const bool fits = s->open && line->end - s->current.start <= LIMIT_LINE_BYTES;
    if (fits && (turn || indented || (text_kind && is_continuation(s, line)))) {
        s->current.end = line->end;
    } else {
        open_segment(s, SEGMENT_PARAGRAPH, line, line->first, 0);
    }
    return true;
}

static const line_rule RULES[] = {
    take_separator, take_fence,       take_blank,       take_header,    take_forward_mark,
    take_quote,     take_attribution, take_quoted_rest, take_signature, take_greeting,
    take_turn,      take_code,        take_list_item,   take_heading,   take_paragraph,
};

bool segments_find(document_builder *b)
{
    segmenter s = {.builder = b, .text = b->text, .after_blank = true, .message_starts = true};
    size_t pos = 0;
    while (pos < b->text.len && !s.failed) {
        const text_line line = line_at(b->text, pos);
        for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]); i++) {
            if (RULES[i](&s, &line)) {
                break;
            }
        }
        s.after_blank = line_is_blank(&line);
        pos = line.next;
    }
    close_segment(&s);
    return !s.failed;
}
