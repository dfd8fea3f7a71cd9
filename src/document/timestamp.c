/*
 * timestamp.c - see timestamp.h.
 *
 * Idea: a loose reader goes over the runs of digits and letters of a short text once and takes each
 * for what it can be (name of a month, year, clock, zone); what is left are day and month in order.
 */
#include "document/timestamp.h"

#include "base/calendar.h"

#include <stdio.h>
#include <string.h>

#include "document/text_chars.h"

enum { LOOSE_BYTES = 120 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool timestamp_is_day(int year, int month, int day)
{
    static const int DAYS[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= DAYS[month - 1];
}

/* --- writing --- */

void timestamp_format(const timestamp *t, char out[TIMESTAMP_BYTES])
{
    out[0] = '\0';
    if (t->year == 0) {
        return;
    }
    int n = snprintf(out, TIMESTAMP_BYTES, "%04d-%02d-%02d", t->year, t->month, t->day);
    if (t->has_time) {
        n += snprintf(out + n, (size_t)(TIMESTAMP_BYTES - n), "T%02d:%02d:%02d", t->hour, t->minute,
                      t->second);
    }
    if (t->has_time && t->has_zone) {
        const int size = t->zone_minutes < 0 ? -t->zone_minutes : t->zone_minutes;
        (void)snprintf(out + n, (size_t)(TIMESTAMP_BYTES - n), "%c%02d:%02d",
                       t->zone_minutes < 0 ? '-' : '+', size / 60 % 100, size % 60);
    }
}

void timestamp_format_header(const timestamp *t, char out[TIMESTAMP_BYTES])
{
    out[0] = '\0';
    if (t->year == 0) {
        return;
    }
    int n = snprintf(out, TIMESTAMP_BYTES, "%04d-%02d-%02d", t->year, t->month, t->day);
    if (t->has_time) {
        n += snprintf(out + n, (size_t)(TIMESTAMP_BYTES - n), " %02d:%02d", t->hour, t->minute);
    }
    if (t->has_time && t->has_zone) {
        const int size = t->zone_minutes < 0 ? -t->zone_minutes : t->zone_minutes;
        (void)snprintf(out + n, (size_t)(TIMESTAMP_BYTES - n), " %c%02d%02d",
                       t->zone_minutes < 0 ? '-' : '+', size / 60 % 100, size % 60);
    }
}

bool timestamp_from_unix(int64_t seconds, timestamp *out)
{
    if (seconds < -62135596800 || seconds > 253402300799) {
        return false;
    }
    int rest = 0;
    const calendar_day d = calendar_split(seconds, &rest);
    *out = (timestamp){.year = d.year,
                       .month = d.month,
                       .day = d.day,
                       .hour = rest / 3600,
                       .minute = rest / 60 % 60,
                       .second = rest % 60,
                       .has_time = true,
                       .has_zone = true};
    return true;
}

/* --- reading --- */

/* A run of at most `max` digits at *pos; -1: none. */
static int take_number(span text, size_t *pos, size_t max)
{
    int value = 0;
    size_t n = 0;
    while (*pos < text.len && n < max && is_digit(text.ptr[*pos])) {
        value = value * 10 + (text.ptr[*pos] - '0');
        (*pos)++;
        n++;
    }
    return n > 0 ? value : -1;
}

static bool take_char(span text, size_t *pos, char c)
{
    if (*pos < text.len && text.ptr[*pos] == c) {
        (*pos)++;
        return true;
    }
    return false;
}

/* "+0100", "-03:30", "Z" at *pos. */
static bool take_zone(span text, size_t *pos, timestamp *out)
{
    if (take_char(text, pos, 'Z')) {
        out->has_zone = true;
        out->zone_minutes = 0;
        return true;
    }
    size_t at = *pos;
    if (at + 4 >= text.len || (text.ptr[at] != '+' && text.ptr[at] != '-')) {
        return false;
    }
    const int sign = text.ptr[at] == '-' ? -1 : 1;
    at++;
    const size_t start = at;
    const int hours = take_number(text, &at, 2);
    const bool two = at == start + 2;
    (void)take_char(text, &at, ':');
    const int minutes = take_number(text, &at, 2);
    if (!two || hours < 0 || hours > 14 || minutes < 0 || minutes > 59) {
        return false;
    }
    out->has_zone = true;
    out->zone_minutes = sign * (hours * 60 + minutes);
    *pos = at;
    return true;
}

bool timestamp_parse_iso(span text, timestamp *out)
{
    timestamp t = {.year = 0};
    size_t pos = 0;
    t.year = take_number(text, &pos, 4);
    if (pos != 4 || !take_char(text, &pos, '-')) {
        return false;
    }
    t.month = take_number(text, &pos, 2);
    if (!take_char(text, &pos, '-')) {
        return false;
    }
    t.day = take_number(text, &pos, 2);
    if (!timestamp_is_day(t.year, t.month, t.day)) {
        return false;
    }
    if (pos < text.len && (text.ptr[pos] == 'T' || text.ptr[pos] == ' ')) {
        pos++;
        t.hour = take_number(text, &pos, 2);
        if (t.hour >= 0 && t.hour < 24 && take_char(text, &pos, ':')) {
            t.minute = take_number(text, &pos, 2);
            t.second = take_char(text, &pos, ':') ? take_number(text, &pos, 2) : 0;
            t.has_time = t.minute >= 0 && t.minute < 60 && t.second >= 0 && t.second <= 60;
        }
        if (take_char(text, &pos, '.')) {
            (void)take_number(text, &pos, 9);
        }
        pos += pos < text.len && text.ptr[pos] == ' ' ? 1 : 0;
        if (t.has_time) {
            (void)take_zone(text, &pos, &t);
        } else {
            t.hour = t.minute = t.second = 0;
        }
    }
    *out = t;
    return true;
}

typedef struct time_name {
    const char *start; /* lower case, without accents */
    int value;
} time_name;

/* The letters of a word, lower case and without accents, cut at 15. */
static size_t fold_word(span word, char out[16])
{
    size_t n = 0;
    for (size_t i = 0; i < word.len && n < 15; i++) {
        const unsigned char c = (unsigned char)word.ptr[i];
        if (c == 0xC3 && i + 1 < word.len) {
            const unsigned char d = (unsigned char)word.ptr[++i] | 0x20u;
            out[n++] = (char)(d >= 0xA8 && d <= 0xAB ? 'e' : d == 0xBB || d == 0xB9 ? 'u' : '?');
        } else {
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        }
    }
    out[n] = '\0';
    return n;
}

/* Whether `word` is `name` or its first letters, at least three. */
static bool shortens(const char *word, size_t len, const char *name)
{
    return len >= 3 && len <= strlen(name) && memcmp(word, name, len) == 0;
}

int timestamp_month(span word)
{
    static const time_name MONTHS[] = {
        {"january", 1},  {"february", 2},  {"march", 3},     {"april", 4},     {"may", 5},
        {"june", 6},     {"july", 7},      {"august", 8},    {"sept", 9},      {"september", 9},
        {"october", 10}, {"november", 11}, {"december", 12}, {"janvier", 1},   {"fevrier", 2},
        {"mars", 3},     {"avril", 4},     {"mai", 5},       {"juin", 6},      {"juillet", 7},
        {"aout", 8},     {"septembre", 9}, {"octobre", 10},  {"novembre", 11}, {"decembre", 12}};
    char folded[16];
    const size_t len = fold_word(word, folded);
    for (size_t i = 0; i < sizeof(MONTHS) / sizeof(MONTHS[0]); i++) {
        if (shortens(folded, len, MONTHS[i].start) && strcmp(folded, "jui") != 0) {
            return MONTHS[i].value;
        }
    }
    return 0;
}

bool timestamp_is_weekday(span word)
{
    static const char *const DAYS[] = {"monday",   "tuesday",  "wednesday", "thursday", "friday",
                                       "saturday", "sunday",   "lundi",     "mardi",    "mercredi",
                                       "jeudi",    "vendredi", "samedi",    "dimanche"};
    char folded[16];
    const size_t len = fold_word(word, folded);
    for (size_t i = 0; i < sizeof(DAYS) / sizeof(DAYS[0]); i++) {
        if (shortens(folded, len, DAYS[i])) {
            return true;
        }
    }
    return false;
}

/* What the loose reader has found. */
typedef struct loose {
    timestamp t;
    int numbers[4]; /* of one or two digits that are no clock, in order */
    int n_numbers;
    bool iso_order; /* the year came first */
} loose;

/* "AM", "p.m." after a clock. */
static void apply_half(timestamp *t, span text, size_t pos)
{
    pos = char_skip_spaces(text, pos, text.len);
    if (pos >= text.len) {
        return;
    }
    const char c = (char)(text.ptr[pos] | 0x20);
    const size_t m = pos + 1 < text.len && text.ptr[pos + 1] == '.' ? pos + 2 : pos + 1;
    if ((c != 'a' && c != 'p') || m >= text.len || (text.ptr[m] | 0x20) != 'm' || t->hour > 12) {
        return;
    }
    t->hour = t->hour % 12 + (c == 'p' ? 12 : 0);
}

/* "10:12", "10:12:31", "10h12" with the hour at `number`; moves *pos past it. */
static bool take_clock(loose *l, span text, size_t *pos, int hour)
{
    size_t at = *pos;
    if (at + 2 >= text.len || hour > 23 || l->t.has_time ||
        (text.ptr[at] != ':' && text.ptr[at] != 'h') || !is_digit(text.ptr[at + 1])) {
        return false;
    }
    at++;
    const int minute = take_number(text, &at, 2);
    int second = 0;
    if (minute > 59) {
        return false;
    }
    if (at + 1 < text.len && text.ptr[at] == ':' && is_digit(text.ptr[at + 1])) {
        at++;
        second = take_number(text, &at, 2);
    }
    l->t.hour = hour;
    l->t.minute = minute;
    l->t.second = second > 59 ? 0 : second;
    l->t.has_time = true;
    apply_half(&l->t, text, at);
    *pos = at;
    return true;
}

static void take_digits(loose *l, span text, size_t *pos)
{
    const size_t start = *pos;
    const int value = take_number(text, pos, 9);
    const size_t n = *pos - start;
    if (n <= 2 && take_clock(l, text, pos, value)) {
        return;
    }
    if (n == 4 && l->t.year == 0) {
        l->t.year = value;
        l->iso_order = l->n_numbers == 0 && l->t.month == 0;
    } else if (n <= 2 && l->n_numbers < 4) {
        l->numbers[l->n_numbers++] = value;
    }
}

static size_t word_end(span text, size_t pos)
{
    size_t len = 0;
    while (pos < text.len && char_is_letter(char_at(text, pos, &len))) {
        pos += len;
    }
    return pos;
}

/* Day and month out of the numbers that are left. */
static bool settle(loose *l)
{
    timestamp *const t = &l->t;
    const int *const n = l->numbers;
    int used = 0;
    if (t->month != 0) {
        t->day = l->n_numbers > 0 ? n[0] : 0;
        used = 1;
    } else if (l->n_numbers >= 2) {
        const bool month_first = l->iso_order || n[1] > 12;
        t->month = month_first ? n[0] : n[1];
        t->day = month_first ? n[1] : n[0];
        used = 2;
    }
    if (t->year == 0 && l->n_numbers > used && used > 0) {
        t->year = n[used] + (n[used] < 70 ? 2000 : 1900);
    }
    return timestamp_is_day(t->year, t->month, t->day);
}

bool timestamp_parse_words(span text, timestamp *out)
{
    loose l = {.n_numbers = 0};
    text = span_slice(text, 0, LOOSE_BYTES);
    size_t pos = 0;
    while (pos < text.len) {
        size_t len = 0;
        if (is_digit(text.ptr[pos])) {
            take_digits(&l, text, &pos);
        } else if (l.t.has_time && take_zone(text, &pos, &l.t)) {
            continue;
        } else if (char_is_letter(char_at(text, pos, &len))) {
            const size_t end = word_end(text, pos);
            const int month = timestamp_month(span_slice(text, pos, end));
            /* "mar." is March or mardi: a day of the week unless nothing else is the month. */
            l.t.month = l.t.month == 0 || (month != 0 && l.n_numbers > 0) ? month : l.t.month;
            pos = end > pos ? end : pos + len;
        } else {
            pos += len;
        }
    }
    if (!settle(&l)) {
        return false;
    }
    *out = l.t;
    return true;
}
