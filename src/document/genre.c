/*
 * genre.c - article, mail or dialogue.
 *
 * Idea: a dialogue is told by its form (most lines start with a recurring speaker), a mail by its
 * parts (headers, greeting, quotation, sign-off) or, when it has lost them, by talking to "you"
 * about requests and replies. Whatever is neither is an article. Only the first SAMPLE_LINES lines
 * and SAMPLE_BYTES bytes are looked at.
 */
#include <string.h>

#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    SAMPLE_BYTES = 24 * 1024,
    SAMPLE_LINES = 400,
    MAX_SPEAKERS = 48,
    NAME_BYTES = 48,
    MAIL_THRESHOLD = 4
};

/* --- dialogue --- */

typedef struct speakers {
    span names[MAX_SPEAKERS];
    size_t n;
    size_t n_repeated; /* turns of somebody who had spoken before */
    size_t n_turns_all, n_dashes, n_numbered, n_lines;
} speakers;

static void count_speaker(speakers *s, span name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (span_equal(s->names[i], name)) {
            s->n_repeated++;
            return;
        }
    }
    if (s->n < MAX_SPEAKERS) {
        s->names[s->n++] = name;
    }
}

/* "12/03/2024, 10:42 - ", "[10:42] ": the offset after a time that opens the line. */
static size_t skip_time(span text, size_t pos, size_t end)
{
    const char open = text.ptr[pos];
    const bool bracket = open == '[' || open == '(';
    size_t i = bracket ? pos + 1 : pos;
    const size_t first = i;
    size_t digits = 0;
    bool clock = false;
    for (; i < end && i < first + 28; i++) {
        const char c = text.ptr[i];
        digits += c >= '0' && c <= '9' ? 1 : 0;
        clock = clock || (digits > 0 && (c == ':' || c == 'h'));
        if (strchr("0123456789:/.,- hHapmAPMàT", c) == NULL || (i == first && digits == 0)) {
            break;
        }
    }
    if (digits < 3 || !clock) {
        return pos;
    }
    if (bracket) {
        return i < end && (text.ptr[i] == ']' || text.ptr[i] == ')')
                   ? char_skip_spaces(text, i + 1, end)
                   : pos;
    }
    /* Back over a name that starts with one of those letters ("10:42 Anna"). */
    while (i > first && text.ptr[i - 1] != ' ') {
        i--;
    }
    return i > first ? char_skip_spaces(text, i, end) : pos;
}

static bool is_no_name(span text, size_t start, size_t end)
{
    static const span NO_NAMES[] = {
        {"note", 4},     {"ps", 2},       {"nb", 2},     {"remarque", 8},  {"attention", 9},
        {"re", 2},       {"fw", 2},       {"fwd", 3},    {"tr", 2},        {"example", 7},
        {"exemple", 7},  {"http", 4},     {"https", 5},  {"important", 9}, {"source", 6},
        {"warning", 7},  {"question", 8}, {"update", 6}, {"rappel", 6},    {"todo", 4},
        {"location", 8}, {"lieu", 4},     {"time", 4},   {"heure", 5},     {"where", 5},
        {"when", 4},     {"quand", 5},    {"où", 3},
    };
    for (size_t i = 0; i < sizeof(NO_NAMES) / sizeof(NO_NAMES[0]); i++) {
        if (char_match(text, start, end, NO_NAMES[i]) == end - start) {
            return true;
        }
    }
    return false;
}

/* A name that may stand before the colon: a capital, '#' or '@', at most five words, no stops. */
static bool is_name(span text, size_t start, size_t end, bool timed)
{
    if (start >= end || end - start > NAME_BYTES) {
        return false;
    }
    size_t len = 0;
    const char_kind kind = char_at(text, start, &len);
    const char c = text.ptr[start];
    if (kind != CHAR_UPPER && kind != CHAR_LETTER && c != '#' && c != '@' &&
        !(timed && kind != CHAR_SPACE) && !(kind == CHAR_LOWER && end - start <= 16)) {
        return false;
    }
    for (size_t i = start; i < end; i++) {
        const bool title = text.ptr[i] == '.' && i > start && i - start <= 4;
        if (strchr("!?,;\"=<>|/", text.ptr[i]) != NULL || (text.ptr[i] == '.' && !title)) {
            return false;
        }
    }
    return words_up_to(span_slice(text, start, end), 6) <= 5 && !is_no_name(text, start, end);
}

static bool parse_named(span text, size_t pos, const text_line *line, bool timed, turn_mark *out)
{
    const size_t reach = line->end - pos < NAME_BYTES + 4 ? line->end - pos : NAME_BYTES + 4;
    const char *const colon = memchr(text.ptr + pos, ':', reach);
    if (colon == NULL) {
        return false;
    }
    const size_t at = (size_t)(colon - text.ptr);
    const size_t name_end = char_trim_end(text, pos, at);
    size_t len = 0;
    if (at + 1 < line->end && char_at(text, at + 1, &len) != CHAR_SPACE) {
        return false;
    }
    if (!is_name(text, pos, name_end, timed)) {
        return false;
    }
    *out = (turn_mark){pos, name_end, char_skip_spaces(text, at + 1, line->end)};
    return true;
}

bool turn_parse(span text, const text_line *line, turn_mark *out_mark)
{
    if (line_is_blank(line)) {
        return false;
    }
    size_t pos = skip_time(text, line->first, line->end);
    const bool timed = pos > line->first;
    if (timed && pos + 1 < line->end && text.ptr[pos] == '-') {
        pos = char_skip_spaces(text, pos + 1, line->end);
    }
    if (pos < line->end && text.ptr[pos] == '<') {
        const size_t reach = line->end - pos < NAME_BYTES ? line->end - pos : NAME_BYTES;
        const char *const close = memchr(text.ptr + pos, '>', reach);
        const size_t at = close != NULL ? (size_t)(close - text.ptr) : 0;
        if (close == NULL || at + 1 >= line->end || text.ptr[at + 1] != ' ' ||
            !is_name(text, pos + 1, at, true)) {
            return false;
        }
        *out_mark = (turn_mark){pos + 1, at, char_skip_spaces(text, at + 1, line->end)};
        return true;
    }
    if (span_starts_with(span_slice(text, pos, line->end), SPAN("— ")) ||
        span_starts_with(span_slice(text, pos, line->end), SPAN("– "))) {
        *out_mark = (turn_mark){pos, pos, char_skip_spaces(text, pos + 3, line->end)};
        return true;
    }
    return mail_header_of(text, line) == MAIL_HEADER_NONE &&
           parse_named(text, pos, line, timed, out_mark);
}

static void count_turns(speakers *s, span text)
{
    size_t pos = 0;
    while (pos < text.len && s->n_lines < SAMPLE_LINES) {
        const text_line line = line_at(text, pos);
        turn_mark mark;
        pos = line.next;
        if (line_is_blank(&line)) {
            continue;
        }
        s->n_lines++;
        if (!turn_parse(text, &line, &mark)) {
            continue;
        }
        s->n_turns_all++;
        if (mark.name_end == mark.name_start) {
            s->n_dashes++;
        } else {
            s->n_numbered += text.ptr[mark.name_start] == '#' ? 1 : 0;
            count_speaker(s, span_slice(text, mark.name_start, mark.name_end));
        }
    }
}

static bool is_dialogue(span text)
{
    speakers s = {.n = 0};
    count_turns(&s, text);
    const size_t named = s.n_turns_all - s.n_dashes;
    if (s.n_dashes >= 4 && s.n_dashes * 10 >= s.n_lines * 6) {
        return true;
    }
    if (s.n_numbered >= 2 && s.n_numbered * 2 >= s.n_lines) {
        return true;
    }
    /* Lines "Key: value" have no key twice; speakers come back. */
    return named >= 3 && s.n >= 2 && named * 2 >= s.n_lines && s.n_repeated * 3 >= named;
}

/* --- mail --- */

/* Words of letters rather than of articles. Sorted by bytes. `kind` 0: first and second person,
 * counted; else asked for once each. */
typedef struct letter_word {
    const char *word;
    uint8_t kind;
} letter_word;

static const letter_word LETTER_WORDS[] = {
    {"asap", 1},       {"attached", 1},     {"attachment", 1}, {"bonjour", 2}, {"call", 3},
    {"ci", 4},         {"cordialement", 5}, {"email", 6},      {"fax", 7},     {"forward", 8},
    {"fyi", 9},        {"hi", 2},           {"i", 0},          {"j", 0},       {"je", 0},
    {"joint", 4},      {"jointe", 4},       {"know", 10},      {"let", 10},    {"m", 0},
    {"mail", 6},       {"me", 0},           {"meeting", 11},   {"merci", 12},  {"my", 0},
    {"n'hésitez", 13}, {"our", 0},          {"phone", 14},     {"please", 15}, {"pls", 15},
    {"questions", 16}, {"regards", 5},      {"réunion", 11},   {"send", 17},   {"thank", 12},
    {"thanks", 12},    {"thx", 12},         {"tu", 0},         {"us", 0},      {"vos", 0},
    {"votre", 0},      {"vous", 0},         {"we", 0},         {"would", 18},  {"you", 0},
    {"your", 0},
};

typedef struct letter_count {
    size_t n_words, n_persons, n_quotes;
    uint32_t kinds; /* bit k: a word of kind k was seen */
} letter_count;

static void count_letter_word(letter_count *c, const char *word)
{
    for (size_t i = 0; i < sizeof(LETTER_WORDS) / sizeof(LETTER_WORDS[0]); i++) {
        if (strcmp(LETTER_WORDS[i].word, word) == 0) {
            c->n_persons += LETTER_WORDS[i].kind == 0 ? 1 : 0;
            c->kinds |= LETTER_WORDS[i].kind == 0 ? 0 : 1u << LETTER_WORDS[i].kind;
        }
    }
}

static void count_letter_words(letter_count *c, span text)
{
    char word[16];
    size_t word_len = 0;
    size_t pos = 0;
    while (pos <= text.len) {
        uint32_t code = ' ';
        pos += pos < text.len ? utf8_next(text, pos, &code) : 1;
        c->n_quotes += code == 0xAB || code == 0x201C || code == '"' ? 1 : 0;
        if (char_is_letter(char_kind_of(code))) {
            if (word_len + 4 < sizeof(word)) {
                word_len += utf8_encode(char_fold(code), word + word_len);
            }
        } else if (word_len > 0) {
            word[word_len] = '\0';
            word_len = 0;
            c->n_words++;
            count_letter_word(c, word);
        }
    }
}

static int letter_points(span text)
{
    letter_count c = {.kinds = 0};
    count_letter_words(&c, text);
    const int kinds = __builtin_popcount(c.kinds);
    const size_t percent = c.n_words > 0 ? 100 * c.n_persons / c.n_words : 0;
    int points = kinds < 4 ? kinds : 4;
    points += percent >= 7 ? 4 : percent >= 4 ? 3 : percent >= 2 ? 1 : 0;
    /* Quoted speech speaks in the first person too. */
    return points - (c.n_quotes >= 3 ? 2 : 0) - (c.n_words > 1500 ? 2 : 0);
}

/* What the lines say: headers are proof, the rest counts. */
typedef struct mail_form {
    size_t n_headers, n_lines;
    bool separator, forward, attribution, greeting, signature;
    size_t n_quoted, sign_off_line;
} mail_form;

static void look_at_line(mail_form *form, span text, const text_line *line)
{
    const span trimmed = span_slice(text, line->first, line->end);
    if (form->n_lines == form->n_headers && mail_header_of(text, line) != MAIL_HEADER_NONE) {
        form->n_headers++;
    }
    if (form->n_lines == form->n_headers) {
        form->greeting = mail_greeting_end(text, line) > 0;
    }
    form->n_lines++;
    form->separator = form->separator || (form->n_lines == 1 && mail_is_separator(text, line));
    form->forward = form->forward || mail_is_forward_mark(text, line);
    form->attribution = form->attribution || mail_attribution_lines(text, line) > 0;
    form->signature =
        form->signature || span_equal(trimmed, SPAN("--")) || mail_is_device_line(text, line);
    form->n_quoted += text.ptr[line->first] == '>' ? 1 : 0;
    if (form->n_lines > 1 && mail_is_sign_off(text, line)) {
        form->sign_off_line = form->n_lines;
    }
}

static bool is_mail(span text)
{
    mail_form form = {.n_headers = 0};
    size_t pos = 0;
    while (pos < text.len && form.n_lines < SAMPLE_LINES) {
        const text_line line = line_at(text, pos);
        pos = line.next;
        if (!line_is_blank(&line)) {
            look_at_line(&form, text, &line);
        }
    }
    if (form.n_headers >= 2 || form.separator) {
        return true;
    }
    int points = letter_points(text);
    points += form.greeting ? 3 : 0;
    points += form.n_headers > 0 ? 2 : 0;
    points += form.sign_off_line > 0 && form.sign_off_line + 8 >= form.n_lines ? 3 : 0;
    points += form.attribution || form.forward ? 3 : 0;
    points += form.n_quoted >= 2 ? 1 : 0;
    points += form.signature ? 2 : 0;
    return points >= MAIL_THRESHOLD;
}

document_genre genre_detect(span text)
{
    size_t sample = text.len;
    if (sample > SAMPLE_BYTES) {
        sample = utf8_complete_prefix(span_from(text.ptr, SAMPLE_BYTES));
    }
    const span start = span_from(text.ptr, sample);
    if (is_dialogue(start)) {
        return DOCUMENT_DIALOGUE;
    }
    return is_mail(start) ? DOCUMENT_MAIL : DOCUMENT_ARTICLE;
}
