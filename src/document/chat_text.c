/*
 * chat_text.c - see chat_text.h.
 *
 * The grammar of a head: ["["] [date [","] [word]] time [half] ["]"] ["-"] ("<" name ">" | name ":")
 * words. Logs of programs look alike: a name that is a level ("ERROR") or has their punctuation is
 * none.
 */
#include "document/chat_text.h"

#include <string.h>
#include <strings.h>

#include "document/reader_chat.h"
#include "document/text_chars.h"

enum { NAME_BYTES = 120, SAMPLE_LINES = 300, MAX_NAMES = 64, SPEAKER_LINE_BYTES = 90 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A cursor over one line. */
typedef struct cursor {
    span text;
    size_t pos, end;
} cursor;

static char peek(const cursor *c)
{
    return c->pos < c->end ? c->text.ptr[c->pos] : '\0';
}

static bool take(cursor *c, char wanted)
{
    if (peek(c) != wanted || wanted == '\0') {
        return false;
    }
    c->pos++;
    return true;
}

static void skip_spaces(cursor *c)
{
    c->pos = char_skip_spaces(c->text, c->pos, c->end);
}

static int take_number(cursor *c, size_t max, size_t *out_digits)
{
    int value = 0;
    *out_digits = 0;
    while (*out_digits < max && is_digit(peek(c))) {
        value = value * 10 + (peek(c) - '0');
        c->pos++;
        (*out_digits)++;
    }
    return value;
}

/* "12/03/2025", "12.3.25", "2025-03-12", with single spaces allowed after the separators. */
static bool take_date(cursor *c, raw_date *out)
{
    cursor at = *c;
    size_t digits = 0;
    char separator = '\0';
    for (int i = 0; i < 3; i++) {
        out->n[i] = take_number(&at, 4, &digits);
        if (digits == 0 || digits == 3 || (digits == 4 && i == 1)) {
            return false;
        }
        out->year_first = i == 0 ? digits == 4 : out->year_first;
        if (i == 2) {
            break;
        }
        const char found = peek(&at);
        if ((found != '/' && found != '.' && found != '-') || (i == 1 && found != separator)) {
            return false;
        }
        separator = found;
        at.pos++;
        (void)take(&at, ' ');
    }
    *c = at;
    return true;
}

/* "AM", "p.m.", "p. m." after a clock. */
static void take_half(cursor *c, timestamp *clock)
{
    cursor at = *c;
    skip_spaces(&at);
    const char half = (char)(peek(&at) | 0x20);
    if ((half != 'a' && half != 'p') || clock->hour > 12) {
        return;
    }
    at.pos++;
    (void)take(&at, '.');
    skip_spaces(&at);
    if ((peek(&at) | 0x20) != 'm') {
        return;
    }
    at.pos++;
    (void)take(&at, '.');
    size_t len = 0;
    if (at.pos < at.end && char_is_word(char_at(at.text, at.pos, &len))) {
        return;
    }
    clock->hour = clock->hour % 12 + (half == 'p' ? 12 : 0);
    *c = at;
}

/* Minutes or seconds after their mark: two digits exactly. */
static bool take_sixty(cursor *c, int *out)
{
    size_t digits = 0;
    cursor at = *c;
    const int value = take_number(&at, 2, &digits);
    if (digits != 2 || value > 59 || is_digit(peek(&at))) {
        return false;
    }
    *c = at;
    *out = value;
    return true;
}

/* "+0100" or "Z" right after a clock: left out, the day is a local one. */
static void skip_zone(cursor *c)
{
    size_t digits = 0;
    cursor at = *c;
    if (take(&at, 'Z')) {
        *c = at;
        return;
    }
    if (take(&at, '+') || take(&at, '-')) {
        (void)take_number(&at, 2, &digits);
        (void)take(&at, ':');
        size_t more = 0;
        (void)take_number(&at, 2, &more);
        if (digits == 2 && more == 2) {
            *c = at;
        }
    }
}

/* "10:42", "10:42:31.123", "10.42" (beside a date), "10h42", "9:05 PM", "0:03" (into a recording). */
static bool take_clock(cursor *c, bool dated, timestamp *out)
{
    cursor at = *c;
    size_t digits = 0;
    *out = (timestamp){.has_time = true};
    out->hour = take_number(&at, 3, &digits);
    const char mark = peek(&at);
    if (digits == 0 || !(mark == ':' || mark == 'h' || (dated && mark == '.'))) {
        return false;
    }
    at.pos++;
    if (!take_sixty(&at, &out->minute)) {
        return false;
    }
    cursor seconds = at;
    if ((take(&seconds, ':') || (mark == '.' && take(&seconds, '.'))) &&
        take_sixty(&seconds, &out->second)) {
        at = seconds;
        if (peek(&at) == '.' || peek(&at) == ',') {
            cursor fraction = at;
            fraction.pos++;
            (void)take_number(&fraction, 6, &digits);
            at = digits > 0 ? fraction : at;
        }
    }
    take_half(&at, out);
    skip_zone(&at);
    *c = at;
    return true;
}

/* Between date and time: ", ", " ", "T", " à ", " at ", " um ". */
static void skip_joint(cursor *c)
{
    if (take(c, 'T')) {
        return;
    }
    (void)take(c, ',');
    skip_spaces(c);
    cursor at = *c;
    size_t len = 0;
    size_t letters = 0;
    while (at.pos < at.end && letters < 3 && char_is_letter(char_at(at.text, at.pos, &len))) {
        at.pos += len;
        letters++;
    }
    (void)take(&at, '.');
    if (letters > 0 && peek(&at) == ' ') {
        skip_spaces(&at);
        *c = at;
    }
}

/* The time that opens a line. False: none. */
static bool take_times(cursor *c, chat_head *out)
{
    const cursor start = *c;
    const char open = peek(c);
    const bool bracket = open == '[' || open == '(';
    c->pos += bracket ? 1 : 0;
    out->has_date = take_date(c, &out->date);
    if (out->has_date) {
        skip_joint(c);
    }
    out->has_time = take_clock(c, out->has_date, &out->clock);
    if (!out->has_time || (out->has_date && out->clock.hour > 23)) {
        *c = start;
        *out = (chat_head){.has_time = false};
        return false;
    }
    if (bracket && !take(c, open == '[' ? ']' : ')')) {
        *c = start;
        *out = (chat_head){.has_time = false};
        return false;
    }
    const size_t before = c->pos;
    skip_spaces(c);
    const bool spaced = c->pos > before;
    static const span DASHES[] = {{"- ", 2}, {"– ", 4}, {"— ", 4}};
    bool dash = false;
    for (size_t i = 0; i < sizeof(DASHES) / sizeof(DASHES[0]) && spaced; i++) {
        if (span_starts_with(span_slice(c->text, c->pos, c->end), DASHES[i])) {
            c->pos += DASHES[i].len;
            skip_spaces(c);
            dash = true;
            break;
        }
    }
    out->marked = bracket || dash;
    return bracket || spaced || c->pos >= c->end;
}

/* --- names --- */

/* "ERROR", "production.ERROR": a word of a log. */
static bool is_level(span name)
{
    static const span LEVELS[] = {{"ERROR", 5},    {"WARN", 4},  {"WARNING", 7}, {"INFO", 4},
                                  {"DEBUG", 5},    {"TRACE", 5}, {"FATAL", 5},   {"NOTICE", 6},
                                  {"CRITICAL", 8}, {"ERR", 3},   {"VERBOSE", 7}, {"SEVERE", 6}};
    for (size_t start = 0; start < name.len;) {
        size_t end = start;
        while (end < name.len && (name.ptr[end] & ~0x20) >= 'A' && (name.ptr[end] & ~0x20) <= 'Z') {
            end++;
        }
        for (size_t i = 0; i < sizeof(LEVELS) / sizeof(LEVELS[0]); i++) {
            if (end - start == LEVELS[i].len &&
                strncasecmp(name.ptr + start, LEVELS[i].ptr, LEVELS[i].len) == 0) {
                return true;
            }
        }
        start = end + 1;
    }
    return false;
}

static bool can_be_name(span name)
{
    if (name.len == 0 || name.len > NAME_BYTES || words_up_to(name, 9) > 8) {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (strchr("[]=<>|\\{}\"", name.ptr[i]) != NULL || name.ptr[i] == '\n') {
            return false;
        }
    }
    return !is_level(name);
}

/* "<nick> words", "<@nick> words". */
static bool take_bracket_name(cursor *c, chat_head *out)
{
    cursor at = *c;
    if (!take(&at, '<')) {
        return false;
    }
    while (peek(&at) == '@' || peek(&at) == '+' || peek(&at) == '~' || peek(&at) == '%' ||
           peek(&at) == '&' || peek(&at) == ' ') {
        at.pos++;
    }
    const size_t reach = at.end - at.pos < NAME_BYTES ? at.end - at.pos : NAME_BYTES;
    size_t name_end = at.pos;
    while (name_end < at.pos + reach && at.text.ptr[name_end] != '>') {
        name_end++;
    }
    if (name_end == at.pos + reach || name_end == at.pos ||
        (name_end + 1 < at.end && at.text.ptr[name_end + 1] != ' ')) {
        return false;
    }
    out->bracket_name = true;
    out->name_start = at.pos;
    out->name_end = name_end;
    out->body = char_skip_spaces(at.text, name_end + 1, at.end);
    return true;
}

/* "name: words" and "name<tab>words". */
static bool take_plain_name(cursor *c, chat_head *out)
{
    const size_t reach = c->end - c->pos < NAME_BYTES + 1 ? c->end - c->pos : NAME_BYTES + 1;
    for (size_t i = c->pos; i < c->pos + reach; i++) {
        const char at = c->text.ptr[i];
        if (at != ':' && at != '\t') {
            continue;
        }
        size_t len = 0;
        if (i + 1 < c->end && at == ':' && char_at(c->text, i + 1, &len) != CHAR_SPACE) {
            continue;
        }
        const size_t name_end = char_trim_end(c->text, c->pos, i);
        if (!can_be_name(span_slice(c->text, c->pos, name_end))) {
            return false;
        }
        out->name_start = c->pos;
        out->name_end = name_end;
        out->body = char_skip_spaces(c->text, i + 1, c->end);
        return true;
    }
    return false;
}

/* "From Anna Roux to Everyone: words" of the chat of a meeting: the name is Anna Roux. */
static void cut_meeting_name(span text, chat_head *out)
{
    static const span OPENERS[] = {{"from ", 5}, {"de ", 3}};
    static const span TO[] = {{" to ", 4}, {" à ", 4}};
    for (size_t k = 0; k < 2; k++) {
        const size_t len = char_match(text, out->name_start, out->name_end, OPENERS[k]);
        for (size_t i = out->name_start + len; len > 0 && i + 4 < out->name_end; i++) {
            if (text.ptr[i] == ' ' && char_match(text, i, out->name_end, TO[k]) > 0) {
                out->name_start = char_skip_spaces(text, out->name_start + len, i);
                out->name_end = i;
                return;
            }
        }
    }
}

/* "* nick waves" (an action), "*** nick joined", "-!- nick has quit", "--> nick": notices. */
static bool take_irc_notice(cursor *c, chat_head *out)
{
    static const span NOTICES[] = {{"***", 3}, {"-!-", 3},  {"-->", 3}, {"<--", 3}, {"---", 3},
                                   {"=-=", 3}, {"--\t", 3}, {"→", 3},   {"←", 3}};
    const span rest = span_slice(c->text, c->pos, c->end);
    for (size_t i = 0; i < sizeof(NOTICES) / sizeof(NOTICES[0]); i++) {
        if (span_starts_with(rest, NOTICES[i])) {
            out->noise = true;
            out->body = c->pos;
            return true;
        }
    }
    if (!span_starts_with(rest, SPAN("* ")) || rest.len < 4) {
        return false;
    }
    const size_t start = char_skip_spaces(c->text, c->pos + 2, c->end);
    size_t end = start;
    while (end < c->end && c->text.ptr[end] != ' ') {
        end++;
    }
    out->action = true;
    out->name_start = start;
    out->name_end = end;
    out->body = char_skip_spaces(c->text, end, c->end);
    return end > start && end - start < NAME_BYTES && can_be_name(span_slice(c->text, start, end));
}

bool chat_parse_head(span text, const text_line *line, chat_head *out)
{
    *out = (chat_head){.has_time = false};
    if (line_is_blank(line)) {
        return false;
    }
    cursor c = {text, line->first, line->end};
    const bool timed = take_times(&c, out);
    if (!timed) {
        *out = (chat_head){.has_time = false};
        c.pos = line->first;
        return take_bracket_name(&c, out);
    }
    if (take_bracket_name(&c, out) || take_irc_notice(&c, out)) {
        return true;
    }
    while (take(&c, '~')) { /* a number that is not in the address book */
        skip_spaces(&c);
    }
    if (take_plain_name(&c, out)) {
        cut_meeting_name(text, out);
        return true;
    }
    out->name_start = out->name_end = out->body = c.pos;
    return out->has_date && out->marked; /* a notice */
}

bool chat_parse_speaker_line(span text, const text_line *line, chat_head *out)
{
    *out = (chat_head){.has_time = false};
    if (line_is_blank(line) || line->end - line->first > SPEAKER_LINE_BYTES) {
        return false;
    }
    size_t len = 0;
    const char_kind first = char_at(text, line->first, &len);
    size_t at = line->first;
    while (at < line->end && !is_digit(text.ptr[at])) {
        at++;
    }
    if ((first != CHAR_UPPER && first != CHAR_LETTER) || at >= line->end) {
        return false;
    }
    /* "Speaker 1  0:03": the number belongs to the name. */
    cursor c = {text, at, line->end};
    if (!take_clock(&c, false, &out->clock)) {
        while (at < line->end && text.ptr[at] != ' ') {
            at++;
        }
        at = char_skip_spaces(text, at, line->end);
        while (at < line->end && (text.ptr[at] == '(' || text.ptr[at] == '[')) {
            at++;
        }
        c = (cursor){text, at, line->end};
        if (at >= line->end || !take_clock(&c, false, &out->clock)) {
            return false;
        }
    }
    while (peek(&c) == ')' || peek(&c) == ']' || peek(&c) == ':') {
        c.pos++;
    }
    size_t end = at;
    while (end > line->first &&
           (strchr(" \t([-|", text.ptr[end - 1]) != NULL || text.ptr[end - 1] == '\xA0')) {
        end--;
    }
    end = char_trim_end(text, line->first, end);
    out->has_time = true;
    out->name_start = line->first;
    out->name_end = end;
    out->body = line->end;
    const span name = span_slice(text, line->first, end);
    return c.pos == line->end && end < at && words_up_to(name, 6) <= 5 && can_be_name(name) &&
           memchr(name.ptr, ':', name.len) == NULL && memchr(name.ptr, ',', name.len) == NULL;
}

/* --- is it a chat? --- */

typedef struct chat_signs {
    size_t n_lines, n_heads, n_named, n_repeated, n_marked_dates, n_bracket, n_speaker_lines;
    size_t n_speaker_repeated, n_signal, n_names;
    span names[MAX_NAMES];
} chat_signs;

static bool seen_name(chat_signs *s, span name)
{
    for (size_t i = 0; i < s->n_names; i++) {
        if (span_equal(s->names[i], name)) {
            return true;
        }
    }
    if (s->n_names < MAX_NAMES) {
        s->names[s->n_names++] = name;
    }
    return false;
}

static void look_at_line(chat_signs *s, span text, const text_line *line)
{
    static const span SIGNAL[] = {
        {"Type: incoming", 14}, {"Type: outgoing", 14}, {"Envelope from: ", 15}};
    chat_head head;
    s->n_lines++;
    for (size_t i = 0; i < 3; i++) {
        s->n_signal += span_starts_with(span_slice(text, line->first, line->end), SIGNAL[i]);
    }
    if (chat_parse_head(text, line, &head)) {
        const bool named = head.name_end > head.name_start;
        s->n_heads++;
        s->n_named += named;
        s->n_marked_dates += head.has_date && head.marked;
        s->n_bracket += head.bracket_name;
        s->n_repeated += named && seen_name(s, span_slice(text, head.name_start, head.name_end));
    } else if (chat_parse_speaker_line(text, line, &head)) {
        s->n_speaker_lines++;
        s->n_speaker_repeated += seen_name(s, span_slice(text, head.name_start, head.name_end));
    }
}

bool reader_is_chat_text(span start)
{
    chat_signs s = {.n_lines = 0};
    size_t pos = 0;
    while (pos < start.len && s.n_lines < SAMPLE_LINES) {
        const text_line line = line_at(start, pos);
        pos = line.next;
        if (!line_is_blank(&line)) {
            look_at_line(&s, start, &line);
        }
    }
    if (s.n_signal >= 2) {
        return true;
    }
    /* A date and a time set apart in front of a name: nobody else writes so. */
    if (s.n_marked_dates >= 2 && s.n_named >= 2 && s.n_heads * 4 >= s.n_lines &&
        s.n_marked_dates * 2 >= s.n_heads) {
        return true;
    }
    if (s.n_named >= 4 && s.n_names >= 2 && s.n_repeated * 3 >= s.n_named &&
        s.n_heads * 2 >= s.n_lines) {
        return true;
    }
    return s.n_speaker_lines >= 3 && s.n_names >= 2 && s.n_speaker_repeated >= 1 &&
           s.n_speaker_lines * 6 >= s.n_lines;
}

/* A number alone, then a line "00:01:02,345 --> ...". */
static bool starts_srt(span start, const text_line *line)
{
    for (size_t i = line->first; i < line->end; i++) {
        if (!is_digit(start.ptr[i])) {
            return false;
        }
    }
    if (line->next >= start.len || line->end - line->first > 6) {
        return false;
    }
    const text_line next = line_at(start, line->next);
    const span timing = span_slice(start, next.first, next.end);
    return timing.len >= 9 && is_digit(timing.ptr[0]) &&
           memmem(timing.ptr, timing.len, " --> ", 5) != NULL;
}

bool reader_is_subtitles(span start)
{
    size_t pos = span_starts_with(start, SPAN("\xEF\xBB\xBF")) ? 3 : 0;
    while (pos < start.len) {
        const text_line line = line_at(start, pos);
        pos = line.next;
        if (!line_is_blank(&line)) {
            const span words = span_slice(start, line.first, line.end);
            return (span_starts_with(words, SPAN("WEBVTT")) &&
                    (words.len == 6 || words.ptr[6] == ' ' || words.ptr[6] == '\t')) ||
                   starts_srt(start, &line);
        }
    }
    return false;
}
