/*
 * person_events.c - iCalendar files as events with their occurrences; see person_books.h.
 *
 * Idea: a rule is asked of each day of the window whether it falls on it, so that no rule can make
 * many occurrences or take long. Of the rules, FREQ, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY and
 * BYMONTH are known; what a rule says beside them is passed over.
 */
#include "base/calendar.h"
#include "base/limits.h"
#include "cli/content_lines.h"
#include "cli/person_books.h"

enum {
    DAY_S = 86400,
    DAYS_BACK = 1,
    DAYS_AHEAD = 90,
    EXCEPTIONS = 256,
    MAX_COUNTED_DAYS = 40000,
    RULE_BYTES = 512,
    TITLE_BYTES = 512
};

/* A time as a calendar writes it. */
typedef struct local_time {
    int64_t day; /* since 1970-01-01, in its own zone */
    int hour, minute, second;
    bool known, all_day, utc;
} local_time;

typedef struct event {
    buffer title, zone;
    local_time start, end;
    int64_t duration_s; /* of DURATION; -1: none */
    char rule[RULE_BYTES];
    int64_t exceptions[EXCEPTIONS];
    size_t n_exceptions;
    bool is_open, is_cancelled;
    size_t depth; /* of components inside it: alarms */
} event;

static int number(span text, size_t pos, size_t n)
{
    int value = 0;
    if (pos + n > text.len) {
        return -1;
    }
    for (size_t i = pos; i < pos + n; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return -1;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return value;
}

/* "20260303", "20260303T101500", "20260303T101500Z". */
static local_time read_time(span text)
{
    const int year = number(text, 0, 4);
    const int month = number(text, 4, 2);
    const int day = number(text, 6, 2);
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31) {
        return (local_time){.known = false};
    }
    local_time t = {.day = calendar_count((calendar_day){year, month, day}), .known = true};
    const calendar_day back = calendar_at(t.day);
    const int hour = number(text, 9, 2);
    const int minute = number(text, 11, 2);
    const int second = number(text, 13, 2);
    if (back.month != month) {
        return (local_time){.known = false};
    }
    if (text.len < 15 || text.ptr[8] != 'T') {
        t.all_day = true;
        return t;
    }
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) {
        return (local_time){.known = false};
    }
    t.hour = hour;
    t.minute = minute;
    t.second = second > 59 ? 59 : second;
    t.utc = text.len > 15 && text.ptr[15] == 'Z';
    return t;
}

/* "P1DT2H30M", "PT45M", "P1W"; -1: none. */
static int64_t read_duration(span text)
{
    int64_t total = 0;
    int64_t value = 0;
    if (text.len == 0 || text.ptr[0] != 'P') {
        return -1;
    }
    for (size_t i = 1; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c >= '0' && c <= '9') {
            value = value < 1000000 ? value * 10 + (c - '0') : value;
            continue;
        }
        total += value * (c == 'W'   ? 7 * DAY_S
                          : c == 'D' ? DAY_S
                          : c == 'H' ? 3600
                          : c == 'M' ? 60
                                     : 1);
        value = 0;
    }
    return total < 366LL * DAY_S ? total : -1;
}

/* The value behind "KEY=" of a rule; empty: none. */
static span rule_part(const char *rule, const char *key)
{
    const content_line line = {.parameters = span_from_string(rule)};
    return content_parameter(&line, key);
}

static int64_t rule_number(const char *rule, const char *key, int64_t fallback)
{
    const span text = rule_part(rule, key);
    int64_t value = 0;
    for (size_t i = 0; i < text.len && i < 6; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return fallback;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return text.len > 0 && value > 0 ? value : fallback;
}

/* Whether a day of the month stands in "MO,2TU,-1FR". */
static bool by_day(span list, int64_t day, bool with_position)
{
    static const char NAMES[] = "MOTUWETHFRSASU";
    const calendar_day d = calendar_at(day);
    const char *const name = NAMES + 2 * (calendar_weekday(day) - 1);
    const int nth = (d.day - 1) / 7 + 1;
    const bool is_last = calendar_at(day + 7).month != d.month;
    size_t pos = 0;
    while (pos < list.len) {
        const span rest = span_slice(list, pos, list.len);
        const char *const comma = memchr(rest.ptr, ',', rest.len);
        const span one = span_slice(rest, 0, comma != NULL ? (size_t)(comma - rest.ptr) : rest.len);
        pos += one.len + 1;
        if (one.len < 2 || memcmp(one.ptr + one.len - 2, name, 2) != 0) {
            continue;
        }
        const bool from_end = one.ptr[0] == '-';
        const int position = number(one, from_end || one.ptr[0] == '+' ? 1 : 0, 1);
        if (!with_position || position < 0 ||
            (from_end ? position == 1 && is_last : position == nth)) {
            return true;
        }
    }
    return false;
}

static bool in_list(span list, int value)
{
    size_t pos = 0;
    while (pos < list.len) {
        int one = 0;
        while (pos < list.len && list.ptr[pos] >= '0' && list.ptr[pos] <= '9' && one < 1000) {
            one = one * 10 + (list.ptr[pos++] - '0');
        }
        if (one == value) {
            return true;
        }
        while (pos < list.len && list.ptr[pos] != ',') {
            pos++;
        }
        pos++;
    }
    return false;
}

/* Whether the rule falls on `day`, which is not before the start. */
static bool falls_on(const event *e, int64_t day)
{
    const span freq = rule_part(e->rule, "FREQ");
    const span days = rule_part(e->rule, "BYDAY");
    const span month_days = rule_part(e->rule, "BYMONTHDAY");
    const span months = rule_part(e->rule, "BYMONTH");
    const int64_t interval = rule_number(e->rule, "INTERVAL", 1);
    const calendar_day a = calendar_at(e->start.day);
    const calendar_day d = calendar_at(day);
    if (months.len > 0 && !in_list(months, d.month)) {
        return false;
    }
    if (content_is(freq, "DAILY")) {
        return (day - e->start.day) % interval == 0 && (days.len == 0 || by_day(days, day, false));
    }
    if (content_is(freq, "WEEKLY")) {
        const int64_t week = (day - calendar_weekday(day)) / 7;
        const int64_t first = (e->start.day - calendar_weekday(e->start.day)) / 7;
        return (week - first) % interval == 0 &&
               (days.len > 0 ? by_day(days, day, false)
                             : calendar_weekday(day) == calendar_weekday(e->start.day));
    }
    const bool on_day = days.len > 0         ? by_day(days, day, true)
                        : month_days.len > 0 ? in_list(month_days, d.day)
                                             : d.day == a.day;
    if (content_is(freq, "MONTHLY")) {
        return on_day && ((d.year - a.year) * 12 + d.month - a.month) % interval == 0;
    }
    return content_is(freq, "YEARLY") && on_day && (d.year - a.year) % interval == 0 &&
           (months.len > 0 || d.month == a.month);
}

static bool is_excepted(const event *e, int64_t day)
{
    for (size_t i = 0; i < e->n_exceptions; i++) {
        if (e->exceptions[i] == day) {
            return true;
        }
    }
    return false;
}

static huis_time moment(const event *e, const local_time *t, int64_t day, zone_fn zone)
{
    const calendar_day d = calendar_at(day);
    huis_time out = {.known = true};
    if (t->utc) {
        out.seconds = day * DAY_S + t->hour * 3600 + t->minute * 60 + t->second;
    } else {
        out.seconds = zone(buffer_span(&e->zone), d.year, d.month, d.day, t->hour, t->minute,
                           t->second, &out.zone_minutes);
    }
    return out;
}

static bool grow(person_books *b)
{
    if (b->n_events < b->events_room) {
        return true;
    }
    const size_t room = b->events_room == 0 ? 64 : 2 * b->events_room;
    stored_event *const wider = arena_alloc(&b->memory, room, sizeof(*wider));
    if (wider == NULL) {
        return false;
    }
    if (b->n_events > 0) {
        memcpy(wider, b->events, b->n_events * sizeof(*wider));
    }
    b->events = wider;
    b->events_room = room;
    return true;
}

static bool add_occurrence(person_books *b, const event *e, int64_t day, const char *title,
                           zone_fn zone)
{
    if (b->n_events == PERSON_BOOKS_ITEMS) {
        b->n_left_out++;
        return true;
    }
    if (!grow(b)) {
        return false;
    }
    stored_event *const to = &b->events[b->n_events++];
    *to = (stored_event){
        .title = title, .start = moment(e, &e->start, day, zone), .all_day = e->start.all_day};
    if (e->duration_s >= 0) {
        to->end = to->start;
        to->end.seconds += e->duration_s;
    } else if (e->end.known) {
        to->end = moment(e, &e->end, day + (e->end.day - e->start.day), zone);
        to->end.known = to->end.seconds >= to->start.seconds;
    }
    return true;
}

static bool add_event(person_books *b, const event *e, int64_t now_s, zone_fn zone)
{
    const int64_t first = now_s / DAY_S - DAYS_BACK;
    const int64_t last = now_s / DAY_S + DAYS_AHEAD;
    if (!e->start.known || e->is_cancelled) {
        b->n_left_out++;
        return true;
    }
    const char *const title =
        arena_copy(&b->memory, span_slice(buffer_span(&e->title), 0, TITLE_BYTES));
    if (title == NULL) {
        return false;
    }
    if (e->rule[0] == '\0') {
        return e->start.day < first || e->start.day > last || is_excepted(e, e->start.day) ||
               add_occurrence(b, e, e->start.day, title, zone);
    }
    const local_time until = read_time(rule_part(e->rule, "UNTIL"));
    const int64_t count = rule_number(e->rule, "COUNT", 0);
    int64_t day = count > 0 || e->start.day > first ? e->start.day : first;
    const int64_t stop = day + MAX_COUNTED_DAYS;
    int64_t n = 0;
    for (; day <= last && day < stop && !(until.known && day > until.day); day++) {
        if (!falls_on(e, day)) {
            continue;
        }
        n++;
        if (count > 0 && n > count) {
            break;
        }
        if (day >= first && !is_excepted(e, day) && !add_occurrence(b, e, day, title, zone)) {
            return false;
        }
    }
    return true;
}

static void open_event(event *e)
{
    buffer_reset(&e->title);
    buffer_reset(&e->zone);
    e->start = e->end = (local_time){.known = false};
    e->duration_s = -1;
    e->rule[0] = '\0';
    e->n_exceptions = 0;
    e->is_cancelled = false;
    e->is_open = true;
    e->depth = 0;
}

static void take_exceptions(event *e, span list)
{
    size_t pos = 0;
    while (pos < list.len && e->n_exceptions < EXCEPTIONS) {
        const local_time t = read_time(span_slice(list, pos, list.len));
        if (t.known) {
            e->exceptions[e->n_exceptions++] = t.day;
        }
        const char *const comma = memchr(list.ptr + pos, ',', list.len - pos);
        pos = comma != NULL ? (size_t)(comma - list.ptr) + 1 : list.len;
    }
}

/* What an event says of itself. */
static void take_property(event *e, const content_line *line)
{
    if (content_is(line->name, "SUMMARY")) {
        buffer_reset(&e->title);
        (void)content_text(line->value, '\0', &e->title);
    } else if (content_is(line->name, "DTSTART")) {
        e->start = read_time(line->value);
        buffer_reset(&e->zone);
        (void)buffer_append(&e->zone, content_parameter(line, "TZID"));
    } else if (content_is(line->name, "DTEND")) {
        e->end = read_time(line->value);
    } else if (content_is(line->name, "DURATION")) {
        e->duration_s = read_duration(line->value);
    } else if (content_is(line->name, "EXDATE")) {
        take_exceptions(e, line->value);
    } else if (content_is(line->name, "STATUS")) {
        e->is_cancelled = content_is(line->value, "CANCELLED");
    } else if (content_is(line->name, "RRULE") && line->value.len > 0 &&
               line->value.len < RULE_BYTES) {
        memcpy(e->rule, line->value.ptr, line->value.len);
        e->rule[line->value.len] = '\0';
    }
}

static bool take_line(person_books *b, event *e, const content_line *line, int64_t now_s,
                      zone_fn zone)
{
    const bool begins = content_is(line->name, "BEGIN");
    const bool ends = content_is(line->name, "END");
    if (begins && content_is(line->value, "VEVENT")) {
        open_event(e);
    } else if (!e->is_open) {
        return true;
    } else if (ends && content_is(line->value, "VEVENT")) {
        e->is_open = false;
        return add_event(b, e, now_s, zone);
    } else if (begins) {
        e->depth++;
    } else if (ends) {
        e->depth -= e->depth > 0 ? 1 : 0;
    } else if (e->depth == 0) {
        take_property(e, line);
    }
    return true;
}

bool person_books_add_events(person_books *b, span text, int64_t now_s, zone_fn zone)
{
    content_reader reader;
    content_line line;
    event e = {.is_open = false};
    bool is_whole = true;
    buffer_init(&e.title, CONTENT_LINE_BYTES);
    buffer_init(&e.zone, CONTENT_LINE_BYTES);
    content_reader_init(&reader, text);
    while (is_whole && content_next(&reader, &line)) {
        is_whole = take_line(b, &e, &line, now_s, zone);
    }
    content_reader_deinit(&reader);
    buffer_deinit(&e.title);
    buffer_deinit(&e.zone);
    return is_whole;
}
