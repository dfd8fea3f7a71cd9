/*
 * summary_when.c - the date or time that a request names.
 *
 * Reads weekdays, "tomorrow", dates, times and spans ("in three days", "fin de semaine") in French
 * and English, and counts from the day of writing where it is known. Nothing is guessed: without
 * that day a weekday stays as it is said, and a date without a year keeps "--MM-DD" (ISO 8601).
 */
#include "feature/summarize/summary.h"

#include "base/calendar.h"

typedef struct when {
    bool has_date, has_year, has_time;
    summary_day date;
    int hour, minute;
    size_t first, end; /* words */
    size_t said_end;   /* without the time */
    bool relative;     /* needs the day of writing */
    int offset_days;   /* from the day of writing */
    int weekday;       /* 0: none */
    bool month_end, week_end;
    bool marked; /* "by", "avant": said to be the limit */
    bool past;   /* "last Friday", "hier": no limit */
} when;

static int64_t days_of(int year, int month, int day)
{
    return calendar_count((calendar_day){year, month, day});
}

static summary_day day_at(int64_t days)
{
    const calendar_day d = calendar_at(days);
    return (summary_day){d.year, d.month, d.day, calendar_weekday(days)};
}

static bool is_date(int year, int month, int day)
{
    if (month < 1 || month > 12 || day < 1 || day > 31) {
        return false;
    }
    const summary_day back = day_at(days_of(year, month, day));
    return back.day == day && back.month == month;
}

/* Names and abbreviations as they are written, whole: "mardi", "Marchand" and "jungle" are no
 * months. */
static const struct {
    const char *name;
    int month;
} MONTHS[] = {
    {"january", 1},   {"janvier", 1},   {"jan", 1},      {"janv", 1},      {"february", 2},
    {"fevrier", 2},   {"feb", 2},       {"fev", 2},      {"fevr", 2},      {"march", 3},
    {"mars", 3},      {"mar", 3},       {"april", 4},    {"avril", 4},     {"apr", 4},
    {"avr", 4},       {"may", 5},       {"mai", 5},      {"june", 6},      {"juin", 6},
    {"jun", 6},       {"july", 7},      {"juillet", 7},  {"jul", 7},       {"juil", 7},
    {"august", 8},    {"aout", 8},      {"aug", 8},      {"september", 9}, {"septembre", 9},
    {"sept", 9},      {"sep", 9},       {"october", 10}, {"octobre", 10},  {"oct", 10},
    {"november", 11}, {"novembre", 11}, {"nov", 11},     {"december", 12}, {"decembre", 12},
    {"dec", 12},
};
static const char *const DAYS[] = {"monday", "tuesday",  "wednesday", "thursday",
                                   "friday", "saturday", "sunday"};
static const char *const JOURS[] = {"lundi",    "mardi",  "mercredi", "jeudi",
                                    "vendredi", "samedi", "dimanche"};

static int weekday_of(const summary_words *w, size_t i)
{
    for (int k = 0; k < 7 && i < w->count; k++) {
        if (summary_match(w, i, DAYS[k]) > 0 || summary_match(w, i, JOURS[k]) > 0) {
            return k + 1;
        }
    }
    return 0;
}

/* 0: none. "may" is a verb, "May" the month. */
static int month_of(const summary_words *w, size_t i)
{
    for (size_t k = 0; k < sizeof(MONTHS) / sizeof(MONTHS[0]) && i < w->count; k++) {
        if (summary_match(w, i, MONTHS[k].name) > 0) {
            return w->words[i].capital || strcmp(MONTHS[k].name, "may") != 0 ? MONTHS[k].month : 0;
        }
    }
    return 0;
}

/* Digits at the start of a span; *out_n: how many. */
static int read_number(span s, size_t *out_n)
{
    int value = 0;
    size_t n = 0;
    while (n < s.len && n < 6 && s.ptr[n] >= '0' && s.ptr[n] <= '9') {
        value = value * 10 + (s.ptr[n] - '0');
        n++;
    }
    *out_n = n;
    return n > 0 ? value : -1;
}

static int small_word(span form)
{
    static const struct {
        const char *word;
        int value;
    } WORDS[] = {{"a", 1},   {"one", 1},   {"two", 2},  {"three", 3}, {"four", 4},   {"five", 5},
                 {"un", 1},  {"une", 1},   {"deux", 2}, {"trois", 3}, {"quatre", 4}, {"cinq", 5},
                 {"six", 6}, {"seven", 7}, {"sept", 7}, {"huit", 8},  {"dix", 10},   {"ten", 10}};
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (span_equal(form, span_from_string(WORDS[i].word))) {
            return WORDS[i].value;
        }
    }
    size_t n = 0;
    const int value = read_number(form, &n);
    return n == form.len ? value : -1;
}

/* A day of a month: "12", "1er", "30th". */
static int day_number(span form)
{
    static const char *const SUFFIXES[] = {"", "er", "st", "nd", "rd", "th"};
    size_t n = 0;
    const int day = read_number(form, &n);
    for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
        if (n > 0 && day >= 1 && day <= 31 &&
            span_equal(span_slice(form, n, form.len), span_from_string(SUFFIXES[i]))) {
            return day;
        }
    }
    return 0;
}

static void take_year(const summary_words *w, when *t)
{
    size_t n = 0;
    if (t->end < w->count) {
        const int year = read_number(w->words[t->end].form, &n);
        if (n == 4 && n == w->words[t->end].form.len && year >= 1900) {
            t->date.year = year;
            t->has_year = true;
            t->end++;
        }
    }
}

/* "12 mars 2025", "March 12". */
static bool read_named_date(const summary_words *w, size_t i, when *t)
{
    int day = day_number(w->words[i].form);
    int month = 0;
    size_t end = i + 1;
    if (day > 0 && end < w->count) {
        end += summary_match(w, end, "of") > 0;
        month = month_of(w, end);
        end++;
    } else if (end < w->count && !w->words[end].comma_before) { /* not "In March, 8 people" */
        month = month_of(w, i);
        day = month > 0 ? day_number(w->words[end].form) : 0;
        end++;
    }
    if (day == 0 || month == 0 || !is_date(2024, month, day)) {
        return false;
    }
    *t = (when){.has_date = true, .date = {.month = month, .day = day}, .first = i, .end = end};
    take_year(w, t);
    return true;
}

/* "12/03", "12/03/2025" (day first in French, month first in English), "2025-03-12". */
static bool read_digit_date(const summary_words *w, size_t i, bool french, when *t)
{
    const span form = w->words[i].form;
    int parts[3] = {0};
    size_t n_parts = 0;
    char joint = 0;
    for (size_t at = 0; at < form.len && n_parts < 3;) {
        size_t n = 0;
        parts[n_parts] = read_number(span_slice(form, at, form.len), &n);
        at += n;
        if (n == 0 || (at < form.len && form.ptr[at] != '/' && form.ptr[at] != '-')) {
            return false;
        }
        joint = at < form.len ? form.ptr[at] : joint;
        at++;
        n_parts++;
    }
    if (n_parts < 2 || joint == 0) {
        return false;
    }
    *t = (when){.has_date = true, .first = i, .end = i + 1};
    if (parts[0] >= 1900 && n_parts == 3) {
        t->date = (summary_day){.year = parts[0], .month = parts[1], .day = parts[2]};
        t->has_year = true;
    } else if (joint == '/') {
        const bool day_first = french ? parts[1] <= 12 : parts[0] > 12;
        t->date.day = day_first ? parts[0] : parts[1];
        t->date.month = day_first ? parts[1] : parts[0];
        if (n_parts == 3) {
            t->date.year = parts[2] < 100 ? 2000 + parts[2] : parts[2];
            t->has_year = true;
        }
    }
    return is_date(t->has_year ? t->date.year : 2024, t->date.month, t->date.day);
}

/* Two digits by themselves, after "6 h". */
static void read_minutes(const summary_words *w, when *t)
{
    size_t n = 0;
    const span form = t->end < w->count ? w->words[t->end].form : span_from(NULL, 0);
    const int minute = read_number(form, &n);
    if (n == 2 && form.len == 2 && minute < 60 && !w->words[t->end].comma_before) {
        t->minute = minute;
        t->end++;
    }
}

/* "18h30", "18:30", "6 h 45", "18h", "6 pm", "6:30pm", "noon", "midi". */
static bool read_clock(const summary_words *w, size_t i, when *t)
{
    const span form = w->words[i].form;
    size_t n = 0;
    size_t n_minutes = 0;
    const int hour = read_number(form, &n);
    *t = (when){.has_time = true, .hour = hour, .first = i, .end = i + 1};
    if (summary_match(w, i, "noon") > 0 || summary_match(w, i, "midi") > 0) {
        t->hour = 12;
        return true;
    }
    if (n == 0 || n > 2 || hour > 24) {
        return false;
    }
    span rest = span_slice(form, n, form.len);
    bool is_clock = false;
    if (rest.len > 0 && (rest.ptr[0] == 'h' || rest.ptr[0] == ':')) {
        t->minute = read_number(span_slice(rest, 1, rest.len), &n_minutes);
        t->minute = t->minute < 0 ? 0 : t->minute;
        is_clock = rest.ptr[0] == 'h' || n_minutes == 2;
        rest = span_slice(rest, 1 + n_minutes, rest.len);
    } else if (rest.len == 0 &&
               (summary_match(w, i + 1, "h") > 0 || summary_match(w, i + 1, "heures") > 0)) {
        is_clock = true;
        t->end++;
        read_minutes(w, t); /* "6 h 45" */
    }
    if (rest.len == 0 && t->end < w->count &&
        (summary_match(w, t->end, "pm") > 0 || summary_match(w, t->end, "am") > 0 ||
         summary_match(w, t->end, "p.m") > 0 || summary_match(w, t->end, "a.m") > 0)) {
        rest = w->words[t->end].form;
        t->end++;
    }
    const bool pm = span_equal(rest, SPAN("pm")) || span_equal(rest, SPAN("p.m"));
    const bool am = span_equal(rest, SPAN("am")) || span_equal(rest, SPAN("a.m"));
    if (rest.len > 0 && !pm && !am) {
        return false;
    }
    t->hour = pm && hour < 12 ? hour + 12 : am && hour == 12 ? 0 : hour;
    return (is_clock || pm || am) && t->hour < 24 && t->minute < 60;
}

typedef struct relative_phrase {
    const char *phrase;
    int offset_days;
    bool week_end, month_end;
} relative_phrase;

static const relative_phrase RELATIVE[] = {
    {"day after tomorrow", 2, false, false},
    {"apres demain", 2, false, false},
    {"tomorrow", 1, false, false},
    {"demain", 1, false, false},
    {"today", 0, false, false},
    {"tonight", 0, false, false},
    {"this afternoon", 0, false, false},
    {"this evening", 0, false, false},
    {"this morning", 0, false, false},
    {"aujourd'hui", 0, false, false},
    {"ce soir", 0, false, false},
    {"cet apres midi", 0, false, false},
    {"ce matin", 0, false, false},
    {"end of day", 0, false, false},
    {"end of the day", 0, false, false},
    {"eod", 0, false, false},
    {"fin de journee", 0, false, false},
    {"end of the week", 0, true, false},
    {"end of week", 0, true, false},
    {"fin de semaine", 0, true, false},
    {"fin de la semaine", 0, true, false},
    {"end of the month", 0, false, true},
    {"end of month", 0, false, true},
    {"fin du mois", 0, false, true},
    {"fin de mois", 0, false, true},
    {"yesterday", -1, false, false},
    {"hier", -1, false, false},
};

/* "last Friday", "vendredi dernier", "since Friday", "suite à notre conversation de vendredi". */
static bool is_past_weekday(const summary_words *w, size_t i)
{
    static const char *const BEFORE[] = {"last", "since", "depuis"};
    static const char *const AFTER[] = {"dernier", "passe", "last"};
    static const char *const OPENINGS[] = {
        "suite a", "following our", "following your", "following the", "after", "apres", "lors de"};
    enum { REACH = 6 }; /* words from an opening to its day */
    bool past =
        (i > 0 && SUMMARY_MATCHES(w, i - 1, BEFORE) > 0) || SUMMARY_MATCHES(w, i + 1, AFTER) > 0;
    for (size_t back = 1;
         back <= i && back < REACH && !past && !w->words[i + 1 - back].comma_before; back++) {
        past = SUMMARY_MATCHES(w, i - back, OPENINGS) > 0;
    }
    return past;
}

/* "tomorrow", "in three days", "dans 2 semaines", a weekday. */
static bool read_relative(const summary_words *w, size_t i, when *t)
{
    for (size_t k = 0; k < sizeof(RELATIVE) / sizeof(RELATIVE[0]); k++) {
        const size_t n = summary_match(w, i, RELATIVE[k].phrase);
        if (n > 0) {
            *t = (when){.relative = true,
                        .offset_days = RELATIVE[k].offset_days,
                        .past = RELATIVE[k].offset_days < 0,
                        .week_end = RELATIVE[k].week_end,
                        .month_end = RELATIVE[k].month_end,
                        .first = i,
                        .end = i + n};
            return true;
        }
    }
    if (i + 2 < w->count && (summary_match(w, i, "in") > 0 || summary_match(w, i, "within") > 0 ||
                             summary_match(w, i, "dans") > 0 || summary_match(w, i, "sous") > 0)) {
        const int n = small_word(w->words[i + 1].form);
        const bool days =
            summary_match(w, i + 2, "day*") > 0 || summary_match(w, i + 2, "jour*") > 0;
        const bool weeks =
            summary_match(w, i + 2, "week*") > 0 || summary_match(w, i + 2, "semaine*") > 0;
        if (n > 0 && n < 400 && (days || weeks)) {
            *t = (when){
                .relative = true, .offset_days = weeks ? 7 * n : n, .first = i, .end = i + 3};
            return true;
        }
    }
    const int weekday = weekday_of(w, i);
    if (weekday > 0) {
        *t = (when){.relative = true,
                    .weekday = weekday,
                    .past = is_past_weekday(w, i),
                    .first = i,
                    .end = i + 1};
        return true;
    }
    return false;
}

static bool read_when(const summary_words *w, size_t i, bool french, when *t)
{
    return read_digit_date(w, i, french, t) || read_named_date(w, i, t) || read_relative(w, i, t) ||
           read_clock(w, i, t);
}

/* Whether the words before say that this is a limit. */
static bool is_marked(const summary_words *w, size_t first)
{
    static const char *const MARKS[] = {"by",    "before",  "until",    "due",  "than",    "d'ici",
                                        "avant", "jusqu'a", "jusqu'au", "tard", "deadline"};
    for (size_t back = 1; back <= 3 && back <= first; back++) {
        for (size_t k = 0; k < sizeof(MARKS) / sizeof(MARKS[0]); k++) {
            if (summary_match(w, first - back, MARKS[k]) > 0) {
                return true;
            }
        }
    }
    return false;
}

/* A time right after a date belongs to it, over one joining word: "vendredi à 18h". */
static void take_time(const summary_words *w, bool french, when *t)
{
    static const char *const JOINTS[] = {"at", "a", "before", "avant", "by", "le", "midi"};
    for (size_t skip = 0; skip <= 1 && t->end + skip < w->count && !t->has_time; skip++) {
        bool joint = skip == 0;
        for (size_t k = 0; k < sizeof(JOINTS) / sizeof(JOINTS[0]) && !joint; k++) {
            joint = summary_match(w, t->end, JOINTS[k]) > 0;
        }
        when later;
        if (joint && read_clock(w, t->end + skip, &later)) {
            t->has_time = true;
            t->hour = later.hour;
            t->minute = later.minute;
            t->end = later.end;
        }
    }
    /* "vendredi 14 mars", "Tuesday, October 30th": the date says more than the weekday. */
    when date;
    if (t->weekday > 0 && t->end < w->count &&
        (read_named_date(w, t->end, &date) || read_digit_date(w, t->end, french, &date))) {
        const size_t first = t->first;
        *t = date;
        t->first = first;
        take_time(w, french, t);
    }
}

static summary_day resolve(const when *t, const summary_day *base)
{
    const int64_t today = days_of(base->year, base->month, base->day);
    if (t->month_end) {
        const bool december = base->month == 12;
        return day_at(days_of(base->year + december, december ? 1 : base->month + 1, 1) - 1);
    }
    if (t->week_end) {
        return day_at(today + (base->weekday <= 5 ? 5 - base->weekday : 12 - base->weekday));
    }
    if (t->weekday > 0) {
        const int ahead = (t->weekday - base->weekday + 7) % 7;
        return day_at(today + (t->past ? ahead - 7 : ahead == 0 ? 7 : ahead));
    }
    if (t->relative || !t->has_date) {
        return day_at(today + t->offset_days);
    }
    summary_day date = t->date;
    if (!t->has_year) {
        date.year = base->year;
        /* Without a year the next such day is meant; a day long past belongs to next year. */
        if (days_of(date.year, date.month, date.day) < today - 60) {
            date.year++;
        }
    }
    return date;
}

/* The folded word, with the capital that it has in the sentence: "Friday". */
static bool append_as_said(buffer *out, const summary_word *word)
{
    const size_t at = out->len;
    const bool ok = buffer_append(out, word->form);
    if (ok && word->capital && out->len > at && out->ptr[at] >= 'a' && out->ptr[at] <= 'z') {
        out->ptr[at] = (char)(out->ptr[at] - 'a' + 'A');
    }
    return ok;
}

static bool print_when(const when *t, const summary_words *w, const summary_day *base, buffer *out)
{
    if (t->has_date && t->has_year) {
        (void)buffer_printf(out, "%04d-%02d-%02d", t->date.year, t->date.month, t->date.day);
    } else if (base != NULL) {
        const summary_day d = resolve(t, base);
        (void)buffer_printf(out, "%04d-%02d-%02d", d.year, d.month, d.day);
    } else if (t->has_date) {
        (void)buffer_printf(out, "--%02d-%02d", t->date.month, t->date.day);
    } else if (t->relative) {
        for (size_t i = t->first; i < t->said_end; i++) {
            (void)(out->len > 0 && buffer_append_byte(out, ' '));
            (void)append_as_said(out, &w->words[i]);
        }
        if (t->has_time) {
            (void)buffer_printf(out, " %02d:%02d", t->hour, t->minute);
        }
        return buffer_ok(out);
    }
    if (t->has_time) {
        (void)buffer_printf(out, "%s%02d:%02d", out->len > 0 ? "T" : "", t->hour, t->minute);
    }
    return buffer_ok(out);
}

/* A deadline after the words that ask says more than one before, a marked one more than another. */
static int rank_of(const when *t, const summary_words *w, size_t from)
{
    return (w->words[t->first].start >= from ? 2 : 0) + (t->marked ? 1 : 0);
}

static bool find_when(span sentence, size_t from, const summary_day *base, bool french,
                      bool past_too, buffer *out, bool *out_marked)
{
    summary_words w;
    when best = {0};
    bool found = false;
    if (!summary_split_words(&w, sentence)) {
        summary_words_deinit(&w);
        return false;
    }
    *out_marked = false;
    for (size_t i = 0; i < w.count;) {
        when t;
        if (!read_when(&w, i, french, &t) || (t.past && !past_too)) {
            i++;
            continue;
        }
        t.said_end = t.end;
        take_time(&w, french, &t);
        t.marked = is_marked(&w, t.first) || summary_match(&w, t.end, "at the latest") > 0 ||
                   summary_match(&w, t.end, "au plus tard") > 0;
        if (!found || rank_of(&t, &w, from) > rank_of(&best, &w, from)) {
            best = t;
            found = true;
        }
        i = t.end;
    }
    const bool ok = found && print_when(&best, &w, base, out);
    *out_marked = found && best.marked;
    summary_words_deinit(&w);
    return ok;
}

bool summary_find_deadline(span sentence, size_t from, const summary_day *base, bool french,
                           buffer *out, bool *out_marked)
{
    return find_when(sentence, from, base, french, false, out, out_marked);
}

bool summary_find_day(span sentence, const summary_day *base, bool french, buffer *out)
{
    bool marked = false;
    return find_when(sentence, 0, base, french, true, out, &marked);
}

bool summary_read_day(span text, summary_day *out)
{
    summary_words w;
    bool found = false;
    const span head = span_slice(text, 0, 64);
    /* The T of RFC 3339 ends the date. */
    const char *const t = memchr(head.ptr != NULL ? head.ptr : "", 'T', head.len);
    const bool rfc3339 = t != NULL && t - head.ptr == 10;
    if (!summary_split_words(&w, rfc3339 ? span_slice(head, 0, 10) : head)) {
        summary_words_deinit(&w);
        return false;
    }
    for (size_t i = 0; i < w.count && !found; i++) {
        when date;
        if ((read_digit_date(&w, i, true, &date) || read_named_date(&w, i, &date)) &&
            date.has_year) {
            *out = day_at(days_of(date.date.year, date.date.month, date.date.day));
            found = true;
        }
    }
    summary_words_deinit(&w);
    return found;
}
