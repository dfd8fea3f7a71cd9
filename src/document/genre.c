/*
 * genre.c - article, mail or dialogue.
 *
 * Idea: a dialogue is told by its form (most lines start with a recurring speaker), a mail by its
 * parts (headers, greeting, quotation, sign-off) or, when it has lost them, by talking to "you"
 * about requests and replies. Whatever is neither is an article. Only the first SAMPLE_LINES lines
 * and SAMPLE_BYTES bytes are looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/text_chars.h"

enum {
    SAMPLE_BYTES = 24 * 1024,
    SAMPLE_LINES = 400,
    LETTER_BYTES = 8 * 1024, /* in which words are counted */
    MAX_SPEAKERS = 48,
    NAME_BYTES = 48,
    MAIL_THRESHOLD = 3
};

/* --- dialogue --- */

typedef struct speakers {
    span names[MAX_SPEAKERS];
    size_t n;
    size_t n_repeated; /* turns of somebody who had spoken before */
    size_t n_turns_all, n_dashes, n_numbered, n_lines;
    size_t n_spoken; /* turns of at least four words */
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

/* "+33612345678": who is not in the address book. */
static bool is_phone_number(span name)
{
    size_t i = 1;
    while (i < name.len && name.ptr[i] >= '0' && name.ptr[i] <= '9') {
        i++;
    }
    return name.len >= 8 && name.ptr[0] == '+' && i == name.len;
}

/* A name that may stand before the colon: a capital, '#' or '@', at most five words, no stops. */
static bool is_name(span text, size_t start, size_t end, bool timed)
{
    if (start >= end || end - start > NAME_BYTES) {
        return false;
    }
    if (is_phone_number(span_slice(text, start, end))) {
        return true;
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
        s->n_spoken += words_up_to(span_slice(text, mark.body, line.end), 4) >= 4 ? 1 : 0;
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
    if (named >= 2 && named == s.n_lines && s.n_spoken == named && s.n >= 2) {
        return true;
    }
    /* Lines "Key: value" have no key twice; speakers come back. */
    return named >= 3 && s.n >= 2 && named * 2 >= s.n_lines && s.n_repeated * 3 >= named;
}

/* --- mail --- */

/* Words of letters rather than of articles, sorted by bytes. Kind 0: first and second person, counted;
 * below KIND_WEAK: words of which each kind counts once; from there on: words that articles use as
 * well, so that they count in short texts only. */
typedef struct letter_word {
    const char *word;
    uint8_t kind;
} letter_word;

enum { KIND_WEAK = 16 };

static const letter_word LETTER_WORDS[] = {
    {"afternoon", 21},
    {"agenda", 17},
    {"asap", 1},
    {"attached", 3},
    {"attachment", 3},
    {"below", 23},
    {"besoin", 22},
    {"bonjour", 2},
    {"call", 16},
    {"can", 20},
    {"cc", 6},
    {"ci", 23},
    {"comments", 18},
    {"conference", 17},
    {"copied", 6},
    {"cordialement", 4},
    {"could", 20},
    {"dear", 2},
    {"demain", 21},
    {"draft", 23},
    {"email", 5},
    {"emails", 5},
    {"enclose", 3},
    {"enclosed", 3},
    {"envoie", 19},
    {"envoyer", 19},
    {"envoyé", 19},
    {"fax", 16},
    {"file", 23},
    {"following", 23},
    {"forward", 6},
    {"forwarded", 6},
    {"forwarding", 6},
    {"fyi", 1},
    {"hello", 2},
    {"hi", 2},
    {"hier", 21},
    {"i", 0},
    {"j", 0},
    {"je", 0},
    {"joins", 3},
    {"joint", 3},
    {"jointe", 3},
    {"know", 7},
    {"let", 7},
    {"mail", 5},
    {"mails", 5},
    {"me", 0},
    {"meeting", 17},
    {"merci", 8},
    {"morning", 21},
    {"my", 0},
    {"need", 22},
    {"needed", 22},
    {"note", 23},
    {"our", 0},
    {"peux", 20},
    {"phone", 16},
    {"please", 9},
    {"pls", 1},
    {"pourrais", 20},
    {"pourriez", 20},
    {"pouvez", 20},
    {"question", 18},
    {"questions", 18},
    {"regards", 4},
    {"réunion", 17},
    {"salut", 2},
    {"schedule", 17},
    {"scheduled", 17},
    {"send", 19},
    {"sent", 19},
    {"sincerely", 4},
    {"spreadsheet", 23},
    {"suggestions", 18},
    {"svp", 9},
    {"thank", 8},
    {"thanks", 8},
    {"thx", 8},
    {"today", 21},
    {"tomorrow", 21},
    {"tonight", 21},
    {"tu", 0},
    {"tél", 16},
    {"update", 23},
    {"updates", 23},
    {"veuillez", 9},
    {"vos", 0},
    {"votre", 0},
    {"vous", 0},
    {"want", 22},
    {"wanted", 22},
    {"we", 0},
    {"week", 21},
    {"would", 20},
    {"yesterday", 21},
    {"you", 0},
    {"your", 0},
};

typedef struct letter_count {
    size_t n_words, n_persons, n_quotes;
    uint32_t kinds; /* bit k: a word of kind k was seen */
} letter_count;

static int compare_letter_word(const void *key, const void *entry)
{
    return strcmp(key, ((const letter_word *)entry)->word);
}

static void count_letter_word(letter_count *c, const char *word)
{
    const letter_word *const found =
        bsearch(word, LETTER_WORDS, sizeof(LETTER_WORDS) / sizeof(LETTER_WORDS[0]),
                sizeof(LETTER_WORDS[0]), compare_letter_word);
    if (found != NULL && found->kind == 0) {
        c->n_persons++;
    } else if (found != NULL) {
        c->kinds |= 1u << found->kind;
    }
}

static void count_letter_words(letter_count *c, span text)
{
    char word[16];
    size_t word_len = 0;
    size_t pos = 0;
    const size_t end = text.len < LETTER_BYTES ? text.len : LETTER_BYTES;
    while (pos <= end) {
        uint32_t code = ' ';
        const bool line_starts = pos == 0 || text.ptr[pos - 1] == '\n';
        pos += pos < end ? utf8_next(text, pos, &code) : 1;
        c->n_quotes += code == 0xAB || code == 0x201C || code == '"' ? 1 : 0;
        c->n_quotes += line_starts && code == 0x2014 ? 1 : 0; /* speech of a novel */
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

static int person_points(const letter_count *c)
{
    const size_t per_mille = c->n_words > 0 ? 1000 * c->n_persons / c->n_words : 0;
    if (per_mille >= 60) {
        return 4; /* whoever talks about you and me that much may also quote */
    }
    const int points = per_mille >= 30                        ? 3
                       : per_mille >= 15                      ? 2
                       : c->n_persons > 0 && c->n_words < 300 ? 1
                                                              : 0;
    /* Quoted speech speaks in the first person too. */
    return points - (c->n_quotes >= 3 ? 2 : 0);
}

static int letter_points(span text)
{
    letter_count c = {.kinds = 0};
    count_letter_words(&c, text);
    const int strong = __builtin_popcount(c.kinds & ((1u << KIND_WEAK) - 1));
    const int weak = __builtin_popcount(c.kinds >> KIND_WEAK);
    int points = strong < 4 ? strong : 4;
    points += c.n_words < 200 ? (weak < 2 ? weak : 2) : c.n_words < 500 && weak >= 3 ? 1 : 0;
    return points + person_points(&c) - (c.n_words > 1000 ? 2 : 0);
}

/* What the lines say: headers are proof, the rest counts. */
typedef struct mail_form {
    size_t n_headers, n_lines;
    bool separator, forward, attribution, greeting, addressed, invitation, address, signature;
    bool name_last; /* the last line is a name */
    size_t n_quoted, sign_off_line;
    bool titled; /* the first line is a title: alone, short, without a stop */
} mail_form;

/* "name@host" with letters on both sides. */
static bool has_mail_address(span line)
{
    const char *at = line.len > 2 ? memchr(line.ptr + 1, '@', line.len - 2) : NULL;
    return at != NULL && (at[-1] | 0x20) >= 'a' && (at[-1] | 0x20) <= 'z' &&
           (at[1] | 0x20) >= 'a' && (at[1] | 0x20) <= 'z';
}

static void look_at_line(mail_form *form, span text, const text_line *line)
{
    const span trimmed = span_slice(text, line->first, line->end);
    if (form->n_lines == form->n_headers && mail_header_of(text, line) != MAIL_HEADER_NONE) {
        form->n_headers++;
    }
    if (form->n_lines == form->n_headers) {
        form->greeting = mail_greeting_end(text, line) > 0;
        form->addressed = mail_addresses_reader(text, line);
    }
    form->n_lines++;
    form->separator = form->separator || (form->n_lines == 1 && mail_is_separator(text, line));
    form->forward = form->forward || mail_is_forward_mark(text, line);
    form->attribution = form->attribution || mail_attribution_lines(text, line) > 0;
    form->signature =
        form->signature || span_equal(trimmed, SPAN("--")) || mail_is_device_line(text, line);
    form->invitation = form->invitation || memmem(trimmed.ptr, trimmed.len, "*~*~*", 5) != NULL;
    form->address = form->address || has_mail_address(trimmed);
    form->name_last = form->n_lines > 1 && mail_is_name(trimmed);
    form->n_quoted += text.ptr[line->first] == '>' ? 1 : 0;
    if (form->n_lines > 1 && mail_is_sign_off(text, line)) {
        form->sign_off_line = form->n_lines;
    }
}

/* Few mails start with a title; pages and notes do. */
static bool starts_with_title(span text)
{
    size_t pos = 0;
    while (pos < text.len) {
        const text_line line = line_at(text, pos);
        pos = line.next;
        if (!line_is_blank(&line)) {
            const text_line next = pos < text.len ? line_at(text, pos) : line;
            const size_t words = words_up_to(span_slice(text, line.first, line.end), 15);
            const char last = text.ptr[line.end - 1];
            return words >= 3 && words <= 14 && strchr(".,;:!?", last) == NULL && pos < text.len &&
                   line_is_blank(&next);
        }
    }
    return false;
}

static bool is_mail(span text)
{
    mail_form form = {.titled = starts_with_title(text)};
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
    points += form.greeting ? 3 : form.addressed ? 2 : 0;
    points += form.invitation ? 2 : 0;
    points += form.address ? 1 : 0;
    points += form.n_headers > 0 ? 2 : 0;
    points += form.sign_off_line > 0 && form.sign_off_line + 8 >= form.n_lines ? 3 : 0;
    points += form.name_last ? 3 : 0;
    points += form.attribution || form.forward ? 3 : 0;
    points += form.n_quoted >= 2 ? 1 : 0;
    points += form.signature ? 2 : 0;
    points -= form.titled && !form.greeting && form.n_headers == 0 ? 2 : 0;
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
