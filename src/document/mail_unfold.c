/*
 * mail_unfold.c - see mail_unfold.h.
 *
 * Idea: every line has a level: how many quote marks it has, plus one for each "On ... wrote:" or
 * block of headers above it whose quotation has no marks. The line that names an author names that of
 * the next level. Lines of one level in a row are a run. Runs are then put in the order of time: what
 * is quoted below somebody's words is older than they are; where words follow a quotation they answer
 * it, and the order of the page stays. A level without a name is no level: its marks stay.
 *
 * Invariants: at most MAX_LEVELS levels; no word of the body is lost or written twice, but the lines
 * that name authors; linear in the body for each level.
 */
#include "document/mail_unfold.h"

#include <string.h>

#include "base/limits.h"
#include "document/document_parts.h"
#include "document/reader_lines.h"
#include "document/text_chars.h"

enum {
    MAX_LEVELS = 16,
    HEADER_LINES = 12, /* how far a block of headers is read */
    LINE_BYTES = 400   /* of a line that names an author */
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef struct author {
    span who, said_when;
    timestamp when;
} author;

/* A run of lines of one level. */
typedef struct run {
    uint32_t level, author; /* author: index + 1 into authors; 0: the mail's own */
    size_t start, end;      /* in the text */
} run;

/* Lines with `marks` marks have this level. */
typedef struct base {
    size_t level, marks;
} base;

typedef struct unfolder {
    span body;
    buffer *text;
    buffer runs;                 /* of run */
    buffer authors;              /* of author */
    uint32_t levels[MAX_LEVELS]; /* the author of each; 0 above the first: not known */
    base bases[MAX_LEVELS];      /* quotations without marks that are open */
    size_t n_bases;
    bool forwarded; /* the rest is a mail that somebody forwarded: left as it is */
    size_t forwarded_level;
    size_t n_blank; /* empty lines that were seen but not written */
} unfolder;

/* --- lines --- */

/* A line without its quote marks: how many there were. */
static size_t strip_marks(span text, text_line *line)
{
    size_t depth = 0;
    size_t pos = line->first;
    while (pos < line->end && text.ptr[pos] == '>') {
        depth++;
        pos = char_skip_spaces(text, pos + 1, line->end);
    }
    line->start = line->first = pos;
    return depth;
}

static bool next_stripped(span text, const text_line *line, text_line *out)
{
    if (line->next >= text.len) {
        return false;
    }
    *out = line_at(text, line->next);
    (void)strip_marks(text, out);
    return true;
}

static span value_of(span text, const text_line *line)
{
    const char *const colon = memchr(text.ptr + line->first, ':', line->end - line->first);
    const size_t at = colon != NULL ? (size_t)(colon + 1 - text.ptr) : line->end;
    return span_slice(text, char_skip_spaces(text, at, line->end), line->end);
}

/* A block of headers as Outlook writes it; the number of its lines, 0: none. */
static size_t read_block(span text, const text_line *line, author *out)
{
    text_line at = *line;
    bool subject = false;
    bool to = false;
    size_t n = 0;
    *out = (author){.who = {0}};
    if (mail_header_of(text, &at) != MAIL_HEADER_FROM) {
        return 0;
    }
    for (; n < HEADER_LINES; n++) {
        const mail_header header =
            line_is_blank(&at) ? MAIL_HEADER_NONE : mail_header_of(text, &at);
        if (header == MAIL_HEADER_NONE || (header == MAIL_HEADER_FROM && n > 0)) {
            break;
        }
        const span value = value_of(text, &at);
        out->who = header == MAIL_HEADER_FROM ? value : out->who;
        if (header == MAIL_HEADER_SENT || header == MAIL_HEADER_DATE) {
            out->said_when = value;
        }
        subject = subject || header == MAIL_HEADER_SUBJECT;
        to = to || header == MAIL_HEADER_TO;
        if (!next_stripped(text, &at, &at)) {
            n++;
            break;
        }
    }
    const bool whole = out->who.len > 0 && out->said_when.len > 0 && (subject || to);
    (void)timestamp_parse_words(out->said_when, &out->when);
    return whole ? n : 0;
}

/* --- "On Tue, 3 Mar 2026 at 10:12, Anna Roux <anna@example.org> wrote:" --- */

/* A word of a date rather than of a name. */
static bool is_date_word(span word)
{
    static const span WORDS[] = {{"am", 2}, {"pm", 2}, {"a.m.", 4}, {"p.m.", 4}, {"at", 2},
                                 {"à", 2},  {"um", 2}, {"utc", 3},  {"gmt", 3},  {"cet", 3},
                                 {"le", 2}, {"on", 2}, {"h", 1}};
    while (word.len > 0 && (word.ptr[word.len - 1] == ',' || word.ptr[word.len - 1] == '.')) {
        word.len--;
    }
    for (size_t i = 0; i < COUNT(WORDS); i++) {
        if (char_match(word, 0, word.len, WORDS[i]) == word.len && word.len > 0) {
            return true;
        }
    }
    return word.len == 0 || span_has_digit(word) || word.ptr[0] == '(' ||
           timestamp_month(word) != 0 || timestamp_is_weekday(word);
}

/* The start of the name that ends at `end`: back to a word of the date. */
static size_t name_start(span text, size_t floor, size_t end)
{
    size_t start = char_trim_end(text, floor, end);
    while (start > floor) {
        size_t word = start;
        while (word > floor && text.ptr[word - 1] != ' ' && text.ptr[word - 1] != '\n') {
            word--;
        }
        if (is_date_word(span_slice(text, word, start))) {
            break;
        }
        end = word;
        start = char_trim_end(text, floor, word);
    }
    return char_skip_spaces(text, end, text.len);
}

static size_t trim_attribution(span text, size_t start, size_t end)
{
    static const span ENDS[] = {{"wrote", 5}, {"a écrit", 8}, {"writes", 6}, {"écrivait", 9}};
    size_t last = char_trim_end(text, start, end > start ? end - 1 : end); /* the colon */
    for (size_t i = 0; i < COUNT(ENDS); i++) {
        if (last >= start + ENDS[i].len &&
            char_match(text, last - ENDS[i].len, last, ENDS[i]) == ENDS[i].len) {
            last = char_trim_end(text, start, last - ENDS[i].len);
            break;
        }
    }
    /* "..., \n> wrote:": a quote mark of the line before its last word. */
    while (last > start + 1 &&
           (text.ptr[last - 1] == ',' || text.ptr[last - 1] == ':' ||
            (text.ptr[last - 1] == '>' && strchr(" \n>", text.ptr[last - 2]) != NULL))) {
        last = char_trim_end(text, start, last - 1);
    }
    return last;
}

/* Reads who and when; false: nobody is named. */
static bool read_attribution(span text, const text_line *first, const text_line *last, author *out)
{
    static const span STARTS[] = {{"on ", 3}, {"le ", 3}, {"el ", 3}, {"am ", 3}};
    *out = (author){.who = {0}};
    const size_t end = trim_attribution(text, first->first, last->end);
    size_t start = first->first;
    for (size_t i = 0; i < COUNT(STARTS); i++) {
        start += start == first->first ? char_match(text, start, end, STARTS[i]) : 0;
    }
    if (end <= start || end - start > LINE_BYTES) {
        return false;
    }
    size_t name_end = end;
    if (text.ptr[end - 1] == '>') {
        const char *const open = memrchr(text.ptr + start, '<', end - start);
        name_end = open != NULL ? (size_t)(open - text.ptr) : end;
    }
    const size_t name = name_start(span_slice(text, 0, end), start, name_end);
    out->who = span_slice(text, name < end ? name : name_end, end);
    size_t date_end = char_trim_end(text, start, name < end ? name : name_end);
    while (date_end > start && text.ptr[date_end - 1] == ',') {
        date_end = char_trim_end(text, start, date_end - 1);
    }
    out->said_when = span_slice(text, start, date_end);
    (void)timestamp_parse_words(out->said_when, &out->when);
    return out->who.len > 0;
}

/* --- runs --- */

static const run *last_run(const unfolder *u)
{
    const size_t n = u->runs.len / sizeof(run);
    return n > 0 ? (const run *)(const void *)u->runs.ptr + (n - 1) : NULL;
}

static uint32_t add_author(unfolder *u, const author *a)
{
    (void)buffer_append(&u->authors, span_from((const char *)a, sizeof(*a)));
    return (uint32_t)(u->authors.len / sizeof(author));
}

/* Names the author of the level below `level`. */
static void name_level(unfolder *u, size_t level, const author *a)
{
    if (level + 1 < MAX_LEVELS) {
        u->levels[level + 1] = add_author(u, a);
        for (size_t i = level + 2; i < MAX_LEVELS; i++) {
            u->levels[i] = 0;
        }
    }
}

/* The level that a line with this many marks has; marks of levels without a name are left over. */
static size_t level_of(unfolder *u, size_t marks, size_t *out_left)
{
    while (u->n_bases > 0 && marks < u->bases[u->n_bases - 1].marks) {
        u->n_bases--; /* somebody further out goes on */
    }
    const base from = u->n_bases > 0 ? u->bases[u->n_bases - 1] : (base){0, 0};
    const size_t wanted = from.level + (marks - from.marks);
    size_t level = 0;
    while (level < wanted && level + 1 < MAX_LEVELS && u->levels[level + 1] != 0) {
        level++;
    }
    *out_left = wanted - level;
    return level;
}

static void add_line(unfolder *u, size_t level, size_t left, span words)
{
    const run *const before = last_run(u);
    const uint32_t author_index = u->levels[level];
    if (before == NULL || before->level != level || before->author != author_index) {
        const run fresh = {(uint32_t)level, author_index, u->text->len, u->text->len};
        (void)buffer_append(&u->runs, span_from((const char *)&fresh, sizeof(fresh)));
    } else {
        for (size_t i = 0; i < u->n_blank && i < 2; i++) {
            (void)buffer_append_byte(u->text, '\n');
        }
    }
    u->n_blank = 0;
    for (size_t i = 0; i < left && i < MAX_LEVELS; i++) {
        (void)buffer_append_string(u->text, "> ");
    }
    (void)buffer_append(u->text, words);
    (void)buffer_append_byte(u->text, '\n');
    if (buffer_ok(&u->runs) && buffer_ok(u->text)) {
        run *const open = (run *)(void *)(u->runs.ptr + u->runs.len - sizeof(run));
        open->end = u->text->len;
    }
}

static bool is_original_mark(span text, const text_line *line)
{
    static const span WORDS[] = {
        {"original message", 16}, {"message d'origine", 17}, {"message original", 16}};
    if (!mail_is_forward_mark(text, line)) {
        return false;
    }
    for (size_t i = line->first; i < line->end; i++) {
        for (size_t k = 0; k < COUNT(WORDS); k++) {
            if (((unsigned char)text.ptr[i] & 0xC0u) != 0x80u &&
                char_match(text, i, line->end, WORDS[k]) > 0) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the next line with words has more marks than `marks`. */
static bool deeper_follows(span text, size_t pos, size_t marks)
{
    for (int i = 0; i < 4 && pos < text.len; i++) {
        text_line line = line_at(text, pos);
        const size_t depth = strip_marks(text, &line);
        pos = line.next;
        if (!line_is_blank(&line)) {
            return depth > marks;
        }
    }
    return false;
}

/* A rule of underscores or a mark over a block of headers: part of it. */
static bool is_block_rule(span text, const text_line *line)
{
    size_t pos = line->next;
    author ignored;
    for (size_t i = line->first; i < line->end; i++) {
        if (text.ptr[i] != '_' && text.ptr[i] != '-') {
            return false;
        }
    }
    for (int i = 0; i < 3 && pos < text.len && line->end - line->first >= 5; i++) {
        text_line at = line_at(text, pos);
        (void)strip_marks(text, &at);
        pos = at.next;
        if (!line_is_blank(&at)) {
            return read_block(text, &at, &ignored) > 0;
        }
    }
    return false;
}

/* A line that names the author of what follows; returns where to go on, 0: it is none. */
static size_t take_author(unfolder *u, const text_line *line, size_t marks)
{
    author a;
    size_t left = 0;
    const size_t level = level_of(u, marks, &left);
    size_t n = read_block(u->body, line, &a);
    const bool block = n > 0;
    if (n == 0) {
        n = mail_attribution_lines(u->body, line);
    }
    /* With the marks of its own quotation: some programs write it so. */
    const bool inside = left == 1 && !block;
    if (n == 0 || (left > 0 && !inside) || level + 1 >= MAX_LEVELS) {
        return 0;
    }
    text_line last = *line;
    for (size_t i = 1; i < n; i++) {
        (void)next_stripped(u->body, &last, &last);
    }
    if (!block && !read_attribution(u->body, line, &last, &a)) {
        return 0;
    }
    name_level(u, level, &a);
    if (inside) {
        return last.next;
    }
    if (block || !deeper_follows(u->body, last.next, marks)) {
        if (u->n_bases < MAX_LEVELS) { /* quoted without marks: the rest */
            u->bases[u->n_bases++] = (base){level + 1, marks};
        }
    }
    return last.next;
}

static void cut_into_runs(unfolder *u)
{
    for (size_t pos = 0; pos < u->body.len && buffer_ok(u->text);) {
        text_line line = line_at(u->body, pos);
        const size_t marks = u->forwarded ? 0 : strip_marks(u->body, &line);
        pos = line.next;
        if (line_is_blank(&line)) {
            u->n_blank++;
            continue;
        }
        size_t left = 0;
        const size_t level = u->forwarded ? u->forwarded_level : level_of(u, marks, &left);
        if (!u->forwarded) {
            const bool original = is_original_mark(u->body, &line);
            u->forwarded = !original && mail_is_forward_mark(u->body, &line);
            u->forwarded_level = level;
            if (original || is_block_rule(u->body, &line)) {
                continue;
            }
            const size_t next = u->forwarded ? 0 : take_author(u, &line, marks);
            if (next > 0) {
                pos = next;
                continue;
            }
        }
        add_line(u, level, left, span_slice(u->body, line.first, line.end));
    }
}

/* --- the order of time --- */

typedef struct orderer {
    const run *runs;
    const author *authors;
    mail_pieces *out;
    span text;     /* of the runs */
    uint32_t last; /* 1 + the level of the piece that was written last; 0: none */
    uint32_t last_author;
} orderer;

static void put(orderer *o, const run *r)
{
    const bool same = o->last == r->level + 1 && o->last_author == r->author;
    if (same && o->out->list.len > 0 && buffer_ok(&o->out->list)) {
        mail_piece *const open =
            (mail_piece *)(void *)(o->out->list.ptr + o->out->list.len - sizeof(mail_piece));
        (void)buffer_append_byte(&o->out->text, '\n');
        (void)buffer_append(&o->out->text, span_slice(o->text, r->start, r->end));
        open->end = o->out->text.len;
        return;
    }
    mail_piece piece = {.own = r->level == 0, .start = o->out->text.len};
    if (r->author > 0) {
        piece.who = o->authors[r->author - 1].who;
        piece.said_when = o->authors[r->author - 1].said_when;
        piece.when = o->authors[r->author - 1].when;
    }
    (void)buffer_append(&o->out->text, span_slice(o->text, r->start, r->end));
    piece.end = o->out->text.len;
    (void)buffer_append(&o->out->list, span_from((const char *)&piece, sizeof(piece)));
    o->last = r->level + 1;
    o->last_author = r->author;
}

/* Words after a quotation that are no answer to it: a signature or the footer of a list. */
static bool is_footer(const orderer *o, const run *r)
{
    const span words = span_slice(o->text, r->start, r->end);
    return span_starts_with(words, SPAN("--")) || span_starts_with(words, SPAN("__")) ||
           words_up_to(words, 1) == 0;
}

/* Writes runs[from, to), all of at least this level, in the order of time. */
static void order(orderer *o, size_t from, size_t to, uint32_t level)
{
    size_t first_quote = to;
    bool answers = false; /* own words follow a quotation */
    for (size_t i = from; i < to; i++) {
        if (o->runs[i].level > level) {
            first_quote = i < first_quote ? i : first_quote;
        } else {
            answers = answers || (first_quote < i && !is_footer(o, &o->runs[i]));
        }
    }
    o->out->interleaved = o->out->interleaved || answers;
    size_t group = from;
    bool led = false; /* the words before the first quotation were written */
    for (size_t i = from; i <= to; i++) {
        const bool own = i < to && o->runs[i].level == level;
        if ((own || i == to) && group < i) {
            order(o, group, i, level + 1);
        }
        if (own || i == to) {
            group = i + 1;
        }
        /* Words above come after all that is quoted below, or open the first answer. */
        if (!led && ((own && i > first_quote) || i == to)) {
            for (size_t k = from; k < first_quote && k < to; k++) {
                put(o, &o->runs[k]);
            }
            led = true;
        }
        if (own && i > first_quote) {
            put(o, &o->runs[i]);
        }
    }
}

bool mail_unfold(mail_pieces *out, span body)
{
    buffer text;
    *out = (mail_pieces){.interleaved = false};
    buffer_init(&out->text, 2 * (size_t)LIMIT_TEXT_BYTES);
    buffer_init(&out->list, LIMIT_TEXT_BYTES);
    buffer_init(&text, 2 * (size_t)LIMIT_TEXT_BYTES);
    unfolder u = {.body = body, .text = &text};
    buffer_init(&u.runs, LIMIT_TEXT_BYTES);
    buffer_init(&u.authors, LIMIT_TEXT_BYTES);
    cut_into_runs(&u);
    const bool read = buffer_ok(&text) && buffer_ok(&u.runs) && buffer_ok(&u.authors);
    if (read) {
        orderer o = {.runs = (const run *)(const void *)u.runs.ptr,
                     .authors = (const author *)(const void *)u.authors.ptr,
                     .out = out,
                     .text = buffer_span(&text)};
        order(&o, 0, u.runs.len / sizeof(run), 0);
    }
    buffer_deinit(&u.authors);
    buffer_deinit(&u.runs);
    buffer_deinit(&text);
    return read && buffer_ok(&out->text) && buffer_ok(&out->list);
}

void mail_pieces_deinit(mail_pieces *p)
{
    buffer_deinit(&p->text);
    buffer_deinit(&p->list);
}

const mail_piece *mail_piece_list(const mail_pieces *p, size_t *out_n)
{
    *out_n = p->list.len / sizeof(mail_piece);
    return (const mail_piece *)(const void *)p->list.ptr;
}

/* --- pasted text --- */

/* The end of the headers that a text starts with; 0: none. */
static size_t headers_end(span text)
{
    size_t pos = 0;
    size_t n = 0;
    while (pos < text.len) {
        const text_line line = line_at(text, pos);
        const bool continued = n > 0 && line.first > line.start && !line_is_blank(&line);
        if (line_is_blank(&line) ||
            (!continued && mail_header_of(text, &line) == MAIL_HEADER_NONE)) {
            return n >= 2 ? pos : 0;
        }
        n++;
        pos = line.next;
    }
    return 0;
}

/* The value of the own From line. */
static span own_from(span headers)
{
    for (size_t pos = 0; pos < headers.len;) {
        const text_line line = line_at(headers, pos);
        if (mail_header_of(headers, &line) == MAIL_HEADER_FROM) {
            return value_of(headers, &line);
        }
        pos = line.next;
    }
    return span_from(NULL, 0);
}

static void append_piece_headers(buffer *out, const mail_piece *piece, span headers, bool first_own)
{
    char when[TIMESTAMP_BYTES];
    if (piece->own && first_own) {
        (void)buffer_append(out, headers);
        return;
    }
    const span who = piece->own ? own_from(headers) : piece->who;
    timestamp_format_header(&piece->when, when);
    if (who.len > 0) {
        (void)buffer_append_string(out, "From: ");
        reader_append_line(out, who);
        (void)buffer_append_byte(out, '\n');
    }
    if (!piece->own && (when[0] != '\0' || piece->said_when.len > 0)) {
        (void)buffer_append_string(out, "Date: ");
        reader_append_line(out, when[0] != '\0' ? span_from_string(when) : piece->said_when);
        (void)buffer_append_byte(out, '\n');
    }
}

/* Whether it is a thread already: the text of one that was read before. */
static bool starts_with_separator(span text)
{
    const size_t start = char_skip_spaces(text, 0, text.len);
    if (start == text.len) {
        return false;
    }
    const text_line line = line_at(text, start);
    return mail_is_separator(text, &line);
}

bool mail_unfold_text(buffer *out, span text)
{
    mail_pieces pieces;
    if (starts_with_separator(text)) {
        return false;
    }
    const size_t body = headers_end(text);
    size_t n = 0;
    bool written = false;
    const bool read = mail_unfold(&pieces, span_slice(text, body, text.len));
    const mail_piece *const list = mail_piece_list(&pieces, &n);
    bool first_own = true;
    for (size_t i = 0; read && n > 1 && i < n; i++) {
        (void)buffer_printf(out, "%s=== %zu / %zu ===\n", i > 0 ? "\n" : "", i + 1, n);
        append_piece_headers(out, &list[i], span_slice(text, 0, body), first_own);
        first_own = first_own && !list[i].own;
        (void)buffer_append_byte(out, '\n');
        (void)buffer_append(out, span_slice(buffer_span(&pieces.text), list[i].start, list[i].end));
        written = true;
    }
    mail_pieces_deinit(&pieces);
    return written && buffer_ok(out);
}
