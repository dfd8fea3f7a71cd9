/*
 * notify_when.c - see notify_when.h.
 */
#include "feature/notify/notify_when.h"

#include <stdio.h>

#include "base/calendar.h"
#include "evidence/lexicon.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, MAX_SPAN_DAYS = 400 };

typedef struct reader {
    const notify_words *w;
    huis_time told;
    int64_t today; /* days since 1970 in the zone of the telling */
    notify_moments *out;
} reader;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int notify_minute_of_day(int64_t seconds, int32_t zone_minutes)
{
    const int64_t local = seconds + (int64_t)zone_minutes * MINUTE;
    return (int)((local - floor_div(local, DAY) * DAY) / MINUTE);
}

void notify_day_print(int64_t seconds, int32_t zone_minutes, char out[NOTIFY_TIME_BYTES])
{
    const int64_t days = floor_div(seconds + (int64_t)zone_minutes * MINUTE, DAY);
    const calendar_day d = calendar_at(days);
    (void)snprintf(out, NOTIFY_TIME_BYTES, "%04d-%02d-%02d", d.year, d.month, d.day);
}

/* ---- words ---- */

static bool is_at(const reader *r, size_t i, const char *phrase)
{
    return notify_words_match(r->w, i, phrase) > 0;
}

/* The length of the first of the phrases (a list between ';') that stands at `i`. */
static size_t any_at(const reader *r, size_t i, const char *const *phrases, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        const size_t found = notify_words_match(r->w, i, phrases[k]);
        if (found > 0) {
            return found;
        }
    }
    return 0;
}
#define ANY_AT(r, i, table) any_at((r), (i), (table), sizeof(table) / sizeof((table)[0]))

/* Digits at `*at` of the word; -1: none. */
static int digits(span form, size_t *at)
{
    int value = -1;
    size_t n = 0;
    while (*at < form.len && form.ptr[*at] >= '0' && form.ptr[*at] <= '9' && n < 5) {
        value = (value < 0 ? 0 : value * 10) + (form.ptr[*at] - '0');
        (*at)++;
        n++;
    }
    return value;
}

static int whole_number(span form)
{
    size_t at = 0;
    const int value = digits(form, &at);
    return at == form.len ? value : -1;
}

/* "20", "twenty", "une": -1: no number. */
static int number_at(const reader *r, size_t i)
{
    if (i >= r->w->count) {
        return -1;
    }
    const span form = r->w->items[i].form;
    if (is_at(r, i, "un") || is_at(r, i, "une") || is_at(r, i, "an") || is_at(r, i, "a")) {
        return 1;
    }
    const int value = whole_number(form);
    if (value >= 0) {
        return value;
    }
    const lexicon_entry *const entry = lexicon_find(form);
    return entry != NULL && (entry->classes & LEXICON_CARDINAL) != 0 && entry->number < 1000
               ? (int)entry->number
               : -1;
}

static int64_t unit_seconds(const reader *r, size_t i)
{
    static const struct {
        const char *word;
        int64_t seconds;
    } UNITS[] = {
        {"min", MINUTE},       {"mins", MINUTE},      {"minute*", MINUTE},  {"mn", MINUTE},
        {"h", HOUR},           {"hour*", HOUR},       {"hr", HOUR},         {"hrs", HOUR},
        {"heure*", HOUR},      {"day*", DAY},         {"jour*", DAY},       {"j", DAY},
        {"week*", 7 * DAY},    {"semaine*", 7 * DAY}, {"sec", 1},           {"second*", 1},
        {"m", MINUTE},         {"year*", 365 * DAY},  {"an", 365 * DAY},    {"ans", 365 * DAY},
        {"annee*", 365 * DAY}, {"mois", 30 * DAY},    {"month*", 30 * DAY}, {"d", DAY}};
    for (size_t k = 0; k < sizeof(UNITS) / sizeof(UNITS[0]); k++) {
        if (is_at(r, i, UNITS[k].word)) {
            return UNITS[k].seconds;
        }
    }
    return 0;
}

static void push(reader *r, notify_moment m)
{
    if (r->out->count < NOTIFY_MAX_MOMENTS) {
        r->out->items[r->out->count++] = m;
    }
}

/* ---- spans ---- */

/* "20 min", "1h30", "half an hour", "une demi-heure", "1 h 30", "45min". Words read; 0: none. */
static size_t read_length(const reader *r, size_t i, int64_t *out_seconds)
{
    static const char *const HALVES[] = {"half an hour",   "half hour", "une demi heure",
                                         "la demi heure",  "1 2 heure", "1/2 heure",
                                         "30 minutes max", "demi heure"};
    static const char *const QUARTERS[] = {"a quarter of an hour", "un quart d heure",
                                           "1 4 d heure", "quart d heure"};
    size_t n = ANY_AT(r, i, HALVES);
    if (n > 0) {
        *out_seconds = HOUR / 2;
        return n;
    }
    n = ANY_AT(r, i, QUARTERS);
    if (n > 0) {
        *out_seconds = HOUR / 4;
        return n;
    }
    if (i >= r->w->count) {
        return 0;
    }
    const span form = r->w->items[i].form;
    size_t at = 0;
    const int lead = digits(form, &at);
    if (lead >= 0 && at < form.len) { /* "45min", "1h30", "2h" */
        const span unit = span_slice(form, at, form.len);
        if (span_equal(unit, SPAN("min")) || span_equal(unit, SPAN("mn")) ||
            span_equal(unit, SPAN("mins")) || span_equal(unit, SPAN("m"))) {
            *out_seconds = (int64_t)lead * MINUTE;
            return 1;
        }
        if (unit.ptr[0] == 'h') {
            size_t minute_at = at + 1;
            const int minutes = digits(form, &minute_at);
            *out_seconds = (int64_t)lead * HOUR + (minutes > 0 ? minutes : 0) * MINUTE;
            return minute_at == form.len || span_equal(unit, SPAN("hrs")) ? 1 : 0;
        }
        if (span_equal(unit, SPAN("j")) || span_equal(unit, SPAN("d"))) {
            *out_seconds = (int64_t)lead * DAY;
            return 1;
        }
        return 0;
    }
    const int value = number_at(r, i);
    int64_t unit = value >= 0 && value < 10000 ? unit_seconds(r, i + 1) : 0;
    if (unit == 0) {
        return 0;
    }
    *out_seconds = value * unit;
    n = 2;
    if (unit == HOUR && whole_number(form) >= 0 && i + 2 < r->w->count) {
        const int minutes = whole_number(r->w->items[i + 2].form);
        if (minutes > 0 && minutes < 60 && r->w->items[i + 2].form.len == 2) {
            *out_seconds += minutes * MINUTE;
            n += 1 + (unit_seconds(r, i + 3) == MINUTE);
        }
    }
    return n;
}

/* "in 20 min", "dans une heure", "il reste 8 min", "12 minutes left", "il y a 5 min", "2h ago". */
static size_t read_span(reader *r, size_t i)
{
    static const char *const OPENINGS[] = {
        "in the next", "in about",    "in under",      "in less than",  "in",    "within the next",
        "within",      "dans les",    "dans environ",  "dans moins de", "dans",  "d ici",
        "sous",        "il reste",    "il vous reste", "il te reste",   "reste", "for the next",
        "expires in",  "eta",         "you have",      "vous avez",     "t as",  "tu as",
        "starts in",   "en moins de", "encore",        "left in",       "only"};
    static const char *const PASTS[] = {"il y a", "depuis", "for", "pendant", "since"};
    static const char *const ENDS_AHEAD[] = {"left",        "remaining", "restant*", "away",
                                             "d autonomie", "to go",     "until",    "avant",
                                             "before",      "de route",  "pour",     "to"};
    static const char *const WHOLE[] = {"within the hour", "dans l heure", "this hour"};
    int64_t length = 0;
    size_t opening = ANY_AT(r, i, WHOLE);
    if (opening > 0) {
        push(r, (notify_moment){.seconds = r->told.seconds + HOUR,
                                .first = i,
                                .end = i + opening,
                                .span = true,
                                .limit = true});
        return opening;
    }
    opening = ANY_AT(r, i, PASTS);
    size_t n = opening > 0 ? read_length(r, i + opening, &length) : 0;
    if (n > 0) {
        push(r, (notify_moment){.seconds = r->told.seconds - length,
                                .first = i,
                                .end = i + opening + n,
                                .span = true,
                                .past = true});
        return opening + n;
    }
    opening = ANY_AT(r, i, OPENINGS);
    n = read_length(r, i + opening, &length);
    const bool second = opening == 0 && i > 0 && (is_at(r, i - 1, "et") || is_at(r, i - 1, "and"));
    if (n == 0 || second || length > (int64_t)MAX_SPAN_DAYS * DAY) {
        return 0; /* "entre 14h et 16h pour" tells a clock time */
    }
    const size_t end = i + opening + n;
    if (is_at(r, end, "ago") || is_at(r, end, "plus tot") || is_at(r, end, "earlier")) {
        push(r, (notify_moment){.seconds = r->told.seconds - length,
                                .first = i,
                                .end = end + 1,
                                .span = true,
                                .past = true});
        return opening + n + 1;
    }
    /* "10 minutes · Hall B": a reminder's first words. */
    const bool reminder =
        opening == 0 && r->w->items[i].sentence_start && r->w->items[i].field == NOTIFY_BODY;
    if (opening == 0 && !reminder && ANY_AT(r, end, ENDS_AHEAD) == 0) {
        return 0;
    }
    const bool within = is_at(r, i, "within") || is_at(r, i, "sous") || is_at(r, i, "d ici") ||
                        is_at(r, i, "reste") || is_at(r, i, "il") || is_at(r, i, "expires") ||
                        (opening == 0 && !reminder);
    push(r, (notify_moment){.seconds = r->told.seconds + length,
                            .first = i,
                            .end = end,
                            .span = true,
                            .limit = within,
                            .day_only = length >= 2 * (int64_t)DAY});
    return opening + n;
}

/* ---- days ---- */

typedef struct day_phrase {
    const char *phrase;
    int offset;
    int hour; /* of the end of that part of the day; 0: the whole day */
} day_phrase;

static const day_phrase DAYS_SAID[] = {
    {"day after tomorrow", 2, 0},
    {"apres demain", 2, 0},
    {"tomorrow morning", 1, 0},
    {"demain matin", 1, 0},
    {"tomorrow", 1, 0},
    {"tmrw", 1, 0},
    {"tmr", 1, 0},
    {"demain", 1, 0},
    {"dem1", 1, 0},
    {"today", 0, 0},
    {"tonight", 0, 0},
    {"this evening", 0, 0},
    {"this afternoon", 0, 0},
    {"this morning", 0, 0},
    {"aujourd hui", 0, 0},
    {"ajd", 0, 0},
    {"ce soir", 0, 0},
    {"cet aprem", 0, 0},
    {"cet apres midi", 0, 0},
    {"cette aprem", 0, 0},
    {"ce matin", 0, 0},
    {"ce midi", 0, 0},
    {"end of day", 0, 0},
    {"end of the day", 0, 0},
    {"eod", 0, 0},
    {"fin de journee", 0, 0},
    {"cette nuit", 0, 0},
    {"yesterday", -1, 0},
    {"hier", -1, 0},
    {"last night", -1, 0},
};

/* The number of the day; -1: no day. *out_end is set. */
static int64_t read_numeric_date(const reader *r, size_t i)
{
    const span form = r->w->items[i].form;
    size_t at = 0;
    int part[3] = {digits(form, &at), -1, -1};
    char joint = 0;
    for (size_t k = 1; k < 3 && at < form.len && (form.ptr[at] == '/' || form.ptr[at] == '.');
         k++) {
        joint = form.ptr[at++];
        part[k] = digits(form, &at);
    }
    const bool whole = at == form.len && part[0] >= 0 && part[1] > 0;
    if (!whole || (joint == '.' && part[2] < 0)) {
        return -1;
    }
    int day = part[0];
    int month = part[1];
    if (month > 12 && day <= 12) {
        day = part[1];
        month = part[0];
    }
    const calendar_day base = calendar_at(r->today);
    const int year = part[2] < 0 ? base.year : part[2] < 100 ? 2000 + part[2] : part[2];
    if (day < 1 || day > 31 || month < 1 || month > 12 || year < 1970 || year > 9999) {
        return -1;
    }
    const int64_t days = calendar_count((calendar_day){year, month, day});
    if (part[2] < 0 && days < r->today - 60) {
        return calendar_count((calendar_day){year + 1, month, day});
    }
    return days;
}

static int month_at(const reader *r, size_t i)
{
    const lexicon_entry *const e = i < r->w->count ? lexicon_find(r->w->items[i].form) : NULL;
    return e != NULL && (e->classes & (LEXICON_MONTH | LEXICON_MONTH_SHORT)) != 0 ? e->month : 0;
}

static int ordinal_day(span form)
{
    size_t at = 0;
    const int day = digits(form, &at);
    const span rest = span_slice(form, at, form.len);
    const bool ending = rest.len == 0 || span_equal(rest, SPAN("st")) ||
                        span_equal(rest, SPAN("nd")) || span_equal(rest, SPAN("rd")) ||
                        span_equal(rest, SPAN("th")) || span_equal(rest, SPAN("er"));
    return ending && day >= 1 && day <= 31 ? day : 0;
}

/* "12 mai", "May 12th", "12 mai 2026". Words read. */
static size_t read_named_date(const reader *r, size_t i, int64_t *out_day)
{
    const notify_words *const w = r->w;
    int day = ordinal_day(w->items[i].form);
    int month = day > 0 ? month_at(r, i + 1) : month_at(r, i);
    if (day == 0 && month > 0 && i + 1 < w->count) {
        day = ordinal_day(w->items[i + 1].form);
        /* "may 4" is no date in "you may 4": months that are words need a capital. */
        day = w->items[i].capital ? day : 0;
    }
    if (day == 0 || month == 0) {
        return 0;
    }
    size_t n = 2;
    const calendar_day base = calendar_at(r->today);
    int year = base.year;
    const int said = i + 2 < w->count ? whole_number(w->items[i + 2].form) : -1;
    if (said >= 2000 && said < 2100) {
        year = said;
        n = 3;
    }
    int64_t days = calendar_count((calendar_day){year, month, day});
    if (n == 2 && days < r->today - 60) {
        days = calendar_count((calendar_day){year + 1, month, day});
    }
    *out_day = days;
    return n;
}

/* Words read of a day; 0: none. */
static size_t read_day(const reader *r, size_t i, int64_t *out_day)
{
    for (size_t k = 0; k < sizeof(DAYS_SAID) / sizeof(DAYS_SAID[0]); k++) {
        const size_t n = notify_words_match(r->w, i, DAYS_SAID[k].phrase);
        if (n > 0) {
            *out_day = r->today + DAYS_SAID[k].offset;
            return n;
        }
    }
    const size_t n = read_named_date(r, i, out_day);
    if (n > 0) {
        return n;
    }
    const int64_t numeric = read_numeric_date(r, i);
    if (numeric >= 0) {
        *out_day = numeric;
        return 1;
    }
    const lexicon_entry *const e = lexicon_find(r->w->items[i].form);
    const bool is_long = e != NULL && (e->classes & LEXICON_WEEKDAY) != 0;
    const bool is_short =
        e != NULL && (e->classes & LEXICON_WEEKDAY_SHORT) != 0 && r->w->items[i].capital;
    if (e != NULL && (is_long || is_short) && e->weekday > 0) {
        const int ahead = (e->weekday - calendar_weekday(r->today) + 7) % 7;
        const bool last = (is_at(r, i + 1, "dernier") && !is_at(r, i + 1, "dernier delai")) ||
                          (i > 0 && is_at(r, i - 1, "last"));
        *out_day = r->today + ahead - (last ? 7 : 0);
        return 1 + (is_at(r, i + 1, "prochain") || is_at(r, i + 1, "dernier"));
    }
    return 0;
}

/* ---- clocks ---- */

typedef struct clock_time {
    int hour, minute;
    bool exact; /* the half of the day is known */
    size_t n;   /* words; 0: none */
} clock_time;

static clock_time read_half(const reader *r, size_t i, clock_time t)
{
    size_t n = 0;
    bool pm = false;
    if (is_at(r, i, "pm") || is_at(r, i, "am")) {
        pm = is_at(r, i, "pm");
        n = 1;
    } else if (is_at(r, i, "p m") || is_at(r, i, "a m")) {
        pm = is_at(r, i, "p m");
        n = 2;
    }
    if (n > 0 && t.hour <= 12) {
        t.hour = pm ? t.hour % 12 + 12 : t.hour % 12;
        t.exact = true;
        t.n += n;
    }
    return t;
}

/* "18h", "18h30", "18:30", "6pm", "6:30 pm", "18 h 30", "noon", "midi"; with `bare` "6", "six". */
static clock_time read_clock(const reader *r, size_t i, bool bare)
{
    const clock_time none = {0};
    if (i >= r->w->count) {
        return none;
    }
    if (is_at(r, i, "noon") || is_at(r, i, "midi") || is_at(r, i, "midday")) {
        const bool half = is_at(r, i + 1, "trente") || is_at(r, i + 1, "et demi");
        return (clock_time){.hour = 12, .minute = half ? 30 : 0, .exact = true, .n = 1};
    }
    if (is_at(r, i, "midnight") || is_at(r, i, "minuit")) {
        return (clock_time){.hour = 23, .minute = 59, .exact = true, .n = 1};
    }
    const span form = r->w->items[i].form;
    size_t at = 0;
    clock_time t = {.hour = digits(form, &at), .n = 1};
    if (t.hour < 0) {
        const int said = number_at(r, i);
        const bool article =
            is_at(r, i, "a") || is_at(r, i, "an") || is_at(r, i, "un") || is_at(r, i, "une");
        t.hour = said;
        return bare && said >= 1 && said <= 12 && !article
                   ? read_half(r, i + 1 + is_at(r, i + 1, "heures"), t)
                   : none;
    }
    if (t.hour > 24) {
        return none;
    }
    const span rest = span_slice(form, at, form.len);
    if (rest.len == 0) {
        const clock_time half = read_half(r, i + 1, t);
        if (half.exact) {
            return half;
        }
        if (is_at(r, i + 1, "h") || is_at(r, i + 1, "heures") || is_at(r, i + 1, "heure")) {
            const int minutes = i + 2 < r->w->count ? whole_number(r->w->items[i + 2].form) : -1;
            const bool with = minutes >= 0 && minutes < 60 && r->w->items[i + 2].form.len == 2;
            return (clock_time){t.hour, with ? minutes : 0, true, 2 + (size_t)with};
        }
        if (is_at(r, i + 1, "o clock")) {
            t.n = 3;
            return t;
        }
        return bare && t.hour >= 1 && unit_seconds(r, i + 1) == 0 && !is_at(r, i + 1, "%") &&
                       !is_at(r, i + 1, "€")
                   ? t
                   : none;
    }
    if (rest.ptr[0] == 'h' || rest.ptr[0] == ':' || (rest.ptr[0] == '.' && bare)) {
        size_t minute_at = at + 1;
        t.minute = digits(form, &minute_at);
        t.exact = rest.ptr[0] == 'h' || t.hour > 12 || t.hour == 0;
        t.minute = t.minute < 0 ? 0 : t.minute;
        const span tail = span_slice(form, minute_at, form.len);
        if (rest.ptr[0] != 'h' && minute_at < at + 3) {
            return none;
        }
        if (span_equal(tail, SPAN("pm")) || span_equal(tail, SPAN("am"))) {
            t.hour = span_equal(tail, SPAN("pm")) ? t.hour % 12 + 12 : t.hour % 12;
            t.exact = true;
        } else if (tail.len > 0 && tail.ptr[0] != ':') {
            return none;
        }
        return t.minute < 60 && t.hour < 25 ? read_half(r, i + 1, t) : none;
    }
    if (span_equal(rest, SPAN("pm")) || span_equal(rest, SPAN("am"))) {
        t.hour = span_equal(rest, SPAN("pm")) ? t.hour % 12 + 12 : t.hour % 12;
        t.exact = true;
        return t;
    }
    return none;
}

static int64_t moment_of(const reader *r, int64_t day, clock_time t)
{
    return day * DAY + (int64_t)t.hour * HOUR + (int64_t)t.minute * MINUTE -
           (int64_t)r->told.zone_minutes * MINUTE;
}

/* A clock time by itself: the next one after the telling. *out_past: it had passed by then. */
static int64_t next_clock(const reader *r, clock_time t, bool *out_past)
{
    const int64_t at = moment_of(r, r->today, t);
    *out_past = false;
    if (at >= r->told.seconds - MINUTE) {
        return at;
    }
    if (!t.exact && t.hour < 12 && at + 12 * HOUR >= r->told.seconds) {
        return at + 12 * HOUR;
    }
    /* In the evening "7h" is the next morning's. */
    if (t.hour < 11 && notify_minute_of_day(r->told.seconds, r->told.zone_minutes) >= 17 * 60) {
        return at + DAY;
    }
    *out_past = true;
    return at;
}

/* ---- all of it ---- */

static bool limit_before(const reader *r, size_t first)
{
    static const char *const LIMITS[] = {
        "by",        "before",        "until",        "till",    "due",
        "avant",     "jusqu a",       "jusqu au",     "jusque",  "d ici",
        "deadline",  "no later than", "au plus tard", "expire*", "expires",
        "ends",      "closes",        "close",        "ferme",   "fermeture",
        "cloture",   "limite",        "limit",        "latest",  "dernier delai",
        "pour",      "shuts",         "shut",         "ends at", "finishes",
        "se termine"};
    for (size_t back = 1; back <= 3 && back <= first; back++) {
        const size_t n = ANY_AT(r, first - back, LIMITS);
        if (n > 0 && n <= back && r->w->items[first - back].field == r->w->items[first].field) {
            return true;
        }
    }
    return false;
}

static bool past_before(const reader *r, size_t first)
{
    static const char *const PASTS[] = {
        "since", "depuis",       "was",    "etait",        "had",       "from", "dernier",
        "last",  "le releve du", "hier a", "yesterday at", "effectue*", "du"};
    return first > 0 && ANY_AT(r, first - 1, PASTS) > 0;
}

static bool opens_clock(const reader *r, size_t i)
{
    static const char *const OPENINGS[] = {"at",    "a",    "by",      "before", "avant",
                                           "until", "till", "vers",    "around", "jusqu a",
                                           "from",  "pour", "between", "entre"};
    return i > 0 && ANY_AT(r, i - 1, OPENINGS) > 0;
}

static bool is_evening(const reader *r, size_t i)
{
    static const char *const PARTS[] = {"tonight",        "this evening",   "ce soir",
                                        "this afternoon", "cet apres midi", "cet aprem"};
    return ANY_AT(r, i, PARTS) > 0;
}

/* A day with the time behind it, or the time and the day behind it. Words read. */
static size_t read_day_and_clock(reader *r, size_t i)
{
    static const char *const JOINTS[] = {"at",      "a",   "before", "avant",  "by",
                                         "vers",    "des", "from",   "around", "entre",
                                         "between", "de",  "le",     "on",     "pour"};
    static const char *const DAY_JOINTS[] = {"on", "le", "this", "ce", "de"};
    int64_t day = 0;
    size_t n = read_day(r, i, &day);
    notify_moment m = {.first = i, .limit = limit_before(r, i)};
    if (n > 0) {
        int64_t later = 0;
        size_t more = read_day(r, i + n, &later); /* "vendredi 14 mars", "Fri 12/05" */
        if (more > 0 && later >= r->today - 60) {
            day = later;
            n += more;
        }
        const size_t joint = ANY_AT(r, i + n, JOINTS);
        const clock_time t = read_clock(r, i + n + joint, joint > 0);
        m.limit = m.limit || (t.n > 0 && joint > 0 && limit_before(r, i + n + joint));
        n += t.n > 0 ? joint + t.n : 0;
        m.day_only = t.n == 0;
        clock_time full = t;
        full.hour += t.n > 0 && !t.exact && t.hour < (is_evening(r, i) ? 12 : 8) ? 12 : 0;
        m.seconds = t.n > 0 ? moment_of(r, day, full)
                            : (day + 1) * DAY - 1 - (int64_t)r->told.zone_minutes * MINUTE;
        m.past = day < r->today;
    } else {
        const clock_time t = read_clock(r, i, opens_clock(r, i));
        if (t.n == 0) {
            return 0;
        }
        n = t.n;
        const size_t joint = ANY_AT(r, i + n, DAY_JOINTS);
        size_t after = read_day(r, i + n + joint, &day);
        after = after > 0 ? after : (joint > 0 ? read_day(r, i + n, &day) : 0);
        clock_time full = t;
        full.hour += !t.exact && t.hour < 8 ? 12 : 0;
        if (after > 0) {
            m.seconds = moment_of(r, day, full);
            m.past = day < r->today;
            n += joint + after;
        } else {
            m.seconds = next_clock(r, t, &m.past);
        }
    }
    m.past = m.past || (!m.limit && past_before(r, i));
    m.end = i + n;
    push(r, m);
    return n;
}

static void mark_ranges(reader *r)
{
    static const char *const JOINTS[] = {"and", "et", "to", "a", "until", "jusqu a"};
    notify_moments *const all = r->out;
    for (size_t k = 1; k < all->count; k++) {
        const notify_moment *const before = &all->items[k - 1];
        notify_moment *const m = &all->items[k];
        const bool near = m->first <= before->end + 1 && m->first >= before->end &&
                          (m->first == before->end || ANY_AT(r, before->end, JOINTS) > 0);
        if (near && !m->day_only && !before->day_only && !m->span) {
            m->range_end = true;
            m->limit = false;
        }
    }
}

void notify_moments_find(const notify_words *words, huis_time told, notify_moments *out_moments)
{
    *out_moments = (notify_moments){0};
    reader r = {.w = words, .told = told, .out = out_moments};
    r.today = floor_div(told.seconds + (int64_t)told.zone_minutes * MINUTE, DAY);
    for (size_t i = 0; i < words->count;) {
        size_t n = read_span(&r, i);
        n = n > 0 ? n : read_day_and_clock(&r, i);
        i += n > 0 ? n : 1;
    }
    mark_ranges(&r);
}

const notify_moment *notify_moments_deadline(const notify_moments *moments)
{
    const notify_moment *best = NULL;
    for (size_t k = 0; k < moments->count; k++) {
        const notify_moment *const m = &moments->items[k];
        if (m->past || m->range_end) {
            continue;
        }
        const bool better = best == NULL || (m->limit && !best->limit) ||
                            (m->limit == best->limit && m->seconds < best->seconds &&
                             (!m->day_only || best->day_only));
        best = better ? m : best;
    }
    return best;
}
