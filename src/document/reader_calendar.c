/*
 * reader_calendar.c - see reader_calendar.h.
 *
 * Idea: libical parses; each event becomes a short text that a person would write, so that it can be
 * cited and summarised like any other. Times are said as they stand, with the name of their zone:
 * nothing is converted but for the order.
 *
 * Invariant: no zone is looked up in files (there are none in the sandbox); a zone that the calendar
 * does not define counts as local time in the order.
 */
#include "document/reader_calendar.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libical/ical.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/text_chars.h"

enum { PEOPLE = 12 }; /* that are named; the others are counted */

typedef enum calendar_language { ENGLISH = 0, FRENCH = 1 } calendar_language;

/* What is said, in both languages. */
typedef struct calendar_words {
    const char *days[7]; /* from Sunday */
    const char *months[12];
    const char *units[4][2]; /* day, week, month, year: "every day", "every %d days" */
    const char *organiser, *with, *others, *due, *cancelled, *done, *moved, *until, *times, *on,
        *on_the, *working_days, *and, *except, *declined, *all_day;
    const char *positions[6]; /* of a day in a month: the last, the first, ... */
} calendar_words;

static const calendar_words WORDS[] = {
    {{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
     {"January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December"},
     {{"every day", "every %d days"},
      {"every week", "every %d weeks"},
      {"every month", "every %d months"},
      {"every year", "every %d years"}},

     "Organised by ",
     "With ",
     " and %d others",
     "due on ",
     "Cancelled: ",
     "Done: ",
     "One of a series, moved: ",
     ", until ",
     ", %d times",
     " on ",
     " on the ",
     "from Monday to Friday",
     " and ",
     ", except on ",
     " (declined)",
     "all day",
     {"last ", "first ", "second ", "third ", "fourth ", "fifth "}},
    {{"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
     {"janvier", "f\xC3\xA9vrier", "mars", "avril", "mai", "juin", "juillet", "ao\xC3\xBBt",
      "septembre", "octobre", "novembre",
      "d\xC3\xA9"
      "cembre"},
     {{"tous les jours", "tous les %d jours"},
      {"toutes les semaines", "toutes les %d semaines"},
      {"tous les mois", "tous les %d mois"},
      {"tous les ans", "tous les %d ans"}},

     "Organis\xC3\xA9 par ",
     "Avec ",
     " et %d autres",
     "\xC3\xA0 faire pour le ",
     "Annul\xC3\xA9 : ",
     "Fait : ",
     "Rendez-vous d'une s\xC3\xA9rie, d\xC3\xA9plac\xC3\xA9 : ",
     ", jusqu'au ",
     ", %d fois",
     " le ",
     " le ",
     "du lundi au vendredi",
     " et ",
     ", sauf le ",
     " (d\xC3\xA9"
     "clin\xC3\xA9)",
     "toute la journ\xC3\xA9"
     "e",
     {"dernier ", "premier ", "deuxi\xC3\xA8me ", "troisi\xC3\xA8me ", "quatri\xC3\xA8me ",
      "cinqui\xC3\xA8me "}},
};

typedef struct calendar_entry {
    icalcomponent *component;
    int64_t time_s; /* for the order; INT64_MAX: none */
    size_t index;
} calendar_entry;

typedef struct calendar_writer {
    reader_result *out;
    const calendar_words *words;
} calendar_writer;

/* --- properties --- */

static icalproperty *find(icalcomponent *c, icalproperty_kind kind)
{
    return icalcomponent_get_first_property(c, kind);
}

/* A text, without white space around it; "" when there is none. */
static span text_of(icalcomponent *c, icalproperty_kind kind)
{
    icalproperty *const p = find(c, kind);
    const icalvalue *const value = p != NULL ? icalproperty_get_value(p) : NULL;
    const char *const string =
        value != NULL && icalvalue_isa(value) == ICAL_TEXT_VALUE ? icalvalue_get_text(value) : NULL;
    const span text = string != NULL ? span_from_string(string) : SPAN("");
    const span valid = span_slice(text, 0, utf8_valid_prefix(text));
    const size_t start = char_skip_spaces(valid, 0, valid.len);
    return span_slice(valid, start, char_trim_end(valid, start, valid.len));
}

static icaltimetype time_of(icalcomponent *c, icalproperty_kind kind)
{
    icalproperty *const p = find(c, kind);
    return p != NULL ? icalproperty_get_datetime_with_component(p, c) : icaltime_null_time();
}

/* The name of the zone as the calendar writes it; NULL: none. */
static const char *zone_of(icalcomponent *c, icalproperty_kind kind, icaltimetype t)
{
    icalproperty *const p = find(c, kind);
    icalparameter *const zone =
        p != NULL ? icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER) : NULL;
    if (zone != NULL) {
        return icalparameter_get_tzid(zone);
    }
    return icaltime_is_utc(t) ? "UTC" : NULL;
}

/* A person: the common name, else the address. */
static span person_of(icalproperty *p)
{
    icalparameter *const cn = icalproperty_get_first_parameter(p, ICAL_CN_PARAMETER);
    const char *name = cn != NULL ? icalparameter_get_cn(cn) : NULL;
    if (name == NULL || name[0] == '\0') {
        name = icalproperty_get_value_as_string(p);
        name = name != NULL && strncasecmp(name, "mailto:", 7) == 0 ? name + 7 : name;
    }
    const span text = name != NULL ? span_from_string(name) : SPAN("");
    return span_slice(text, 0, utf8_valid_prefix(text));
}

/* Appends a text with the number in place of its "%d". */
static void append_number(buffer *out, const char *text, int number)
{
    const char *const mark = strstr(text, "%d");
    if (mark != NULL) {
        (void)buffer_append(out, span_from(text, (size_t)(mark - text)));
        (void)buffer_printf(out, "%d%s", number, mark + 2);
    }
}

/* --- times --- */

static void append_day(buffer *out, const calendar_words *w, icaltimetype t)
{
    const int day = icaltime_day_of_week(t);
    const int month = t.month >= 1 && t.month <= 12 ? t.month : 1;
    (void)buffer_printf(out, "%s %d %s %d", w->days[day >= 1 && day <= 7 ? day - 1 : 0], t.day,
                        w->months[month - 1], t.year);
}

static bool same_day(icaltimetype a, icaltimetype b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}

/* "Tuesday 2 December 2025, 14:00–15:30 (Europe/Paris)". */
static void append_times(calendar_writer *w, icalcomponent *c, icaltimetype start)
{
    static const char DASH[] = "\xE2\x80\x93";
    buffer *const out = &w->out->text;
    icaltimetype end = icalcomponent_get_dtend(c);
    const char *const zone = zone_of(c, ICAL_DTSTART_PROPERTY, start);
    append_day(out, w->words, start);
    if (start.is_date != 0) {
        /* The end of whole days is the first day after. */
        icaltime_adjust(&end, -1, 0, 0, 0);
        if (!icaltime_is_null_time(end) && icaltime_compare(end, start) > 0) {
            (void)buffer_printf(out, " %s ", DASH);
            append_day(out, w->words, end);
        } else {
            (void)buffer_printf(out, ", %s", w->words->all_day);
        }
    } else {
        (void)buffer_printf(out, ", %02d:%02d", start.hour, start.minute);
        if (!icaltime_is_null_time(end) && icaltime_compare(end, start) > 0) {
            (void)buffer_append_string(out, DASH);
            if (!same_day(start, end)) {
                (void)buffer_append_string(out, " ");
                append_day(out, w->words, end);
                (void)buffer_append_string(out, ", ");
            }
            (void)buffer_printf(out, "%02d:%02d", end.hour, end.minute);
        }
        if (zone != NULL) {
            const span name = span_from_string(zone);
            (void)buffer_append_string(out, " (");
            (void)buffer_append(out, span_slice(name, 0, utf8_valid_prefix(name)));
            (void)buffer_append_string(out, ")");
        }
    }
}

static int count_days(const struct icalrecurrencetype *r)
{
    int n = 0;
    while (n < ICAL_BY_DAY_SIZE && r->by_day[n] != ICAL_RECURRENCE_ARRAY_MAX) {
        n++;
    }
    return n;
}

/* Every Monday to Friday, and nothing more special. */
static bool is_working_days(const struct icalrecurrencetype *r)
{
    unsigned days = 0;
    const int n = count_days(r);
    for (int i = 0; i < n; i++) {
        days |= icalrecurrencetype_day_position(r->by_day[i]) == 0
                    ? 1u << (unsigned)icalrecurrencetype_day_day_of_week(r->by_day[i])
                    : 1u;
    }
    const bool often = r->freq == ICAL_DAILY_RECURRENCE || r->freq == ICAL_WEEKLY_RECURRENCE;
    return often && r->interval <= 1 && n == 5 &&
           days == (1u << 2 | 1u << 3 | 1u << 4 | 1u << 5 | 1u << 6);
}

/* " on Tuesday and the last Friday". */
static void append_days(calendar_writer *w, const struct icalrecurrencetype *r)
{
    buffer *const out = &w->out->text;
    const int n = count_days(r);
    for (int i = 0; i < n; i++) {
        const int day = (int)icalrecurrencetype_day_day_of_week(r->by_day[i]);
        const int position = icalrecurrencetype_day_position(r->by_day[i]);
        const bool counted = position >= -1 && position <= 5 && position != 0;
        (void)buffer_append_string(out, i == 0       ? counted ? w->words->on_the : w->words->on
                                        : i + 1 == n ? w->words->and
                                                     : ", ");
        (void)buffer_append_string(out,
                                   counted ? w->words->positions[position > 0 ? position : 0] : "");
        (void)buffer_append_string(out, w->words->days[day >= 1 && day <= 7 ? day - 1 : 0]);
    }
}

/* "every 2 weeks on Tuesday, until 1 March 2026". */
static void append_rule(calendar_writer *w, const struct icalrecurrencetype *r)
{
    buffer *const out = &w->out->text;
    const int kind = r->freq == ICAL_DAILY_RECURRENCE     ? 0
                     : r->freq == ICAL_WEEKLY_RECURRENCE  ? 1
                     : r->freq == ICAL_MONTHLY_RECURRENCE ? 2
                     : r->freq == ICAL_YEARLY_RECURRENCE  ? 3
                                                          : -1;
    if (kind < 0) {
        return;
    }
    (void)buffer_append_string(out, "; ");
    if (is_working_days(r)) {
        (void)buffer_append_string(out, w->words->working_days);
    } else if (r->interval > 1) {
        append_number(out, w->words->units[kind][1], r->interval);
        append_days(w, r);
    } else {
        (void)buffer_append_string(out, w->words->units[kind][0]);
        append_days(w, r);
    }
    if (r->count > 0) {
        append_number(out, w->words->times, r->count);
    } else if (!icaltime_is_null_time(r->until)) {
        (void)buffer_append_string(out, w->words->until);
        append_day(out, w->words, r->until);
    }
}

static void append_recurrence(calendar_writer *w, icalcomponent *c)
{
    buffer *const out = &w->out->text;
    icalproperty *const p = find(c, ICAL_RRULE_PROPERTY);
    if (p == NULL) {
        return;
    }
    const size_t before = out->len;
    const struct icalrecurrencetype rule = icalproperty_get_rrule(p);
    append_rule(w, &rule);
    bool first = true;
    icalproperty *x = find(c, ICAL_EXDATE_PROPERTY);
    for (int i = 0; x != NULL && i < PEOPLE && out->len > before; i++) {
        (void)buffer_append_string(out, first ? w->words->except : ", ");
        append_day(out, w->words, icalproperty_get_exdate(x));
        first = false;
        x = icalcomponent_get_next_property(c, ICAL_EXDATE_PROPERTY);
    }
}

/* --- people --- */

static void append_people(calendar_writer *w, icalcomponent *c)
{
    buffer *const out = &w->out->text;
    icalproperty *const organiser = find(c, ICAL_ORGANIZER_PROPERTY);
    if (organiser != NULL) {
        (void)buffer_append_string(out, w->words->organiser);
        (void)buffer_append(out, person_of(organiser));
        (void)buffer_append_string(out, ". ");
    }
    size_t n = 0;
    icalproperty *p = find(c, ICAL_ATTENDEE_PROPERTY);
    for (; p != NULL; p = icalcomponent_get_next_property(c, ICAL_ATTENDEE_PROPERTY)) {
        if (n++ >= PEOPLE) {
            continue;
        }
        (void)buffer_append_string(out, n == 1 ? w->words->with : ", ");
        (void)buffer_append(out, person_of(p));
        icalparameter *const status = icalproperty_get_first_parameter(p, ICAL_PARTSTAT_PARAMETER);
        if (status != NULL && icalparameter_get_partstat(status) == ICAL_PARTSTAT_DECLINED) {
            (void)buffer_append_string(out, w->words->declined);
        }
    }
    if (n > PEOPLE) {
        append_number(out, w->words->others, (int)(n - PEOPLE));
    }
    (void)buffer_append_string(out, n > 0 ? ". " : "");
}

/* --- entries --- */

static void add_place(calendar_writer *w, icalcomponent *c, icaltimetype start, uint32_t number)
{
    icalproperty *const organiser = find(c, ICAL_ORGANIZER_PROPERTY);
    buffer text;
    buffer_init(&text, 64);
    if (!icaltime_is_null_time(start)) {
        (void)buffer_printf(&text, "%04d-%02d-%02d", start.year, start.month, start.day);
        if (start.is_date == 0) {
            (void)buffer_printf(&text, "T%02d:%02d:%02d%s", start.hour, start.minute, start.second,
                                icaltime_is_utc(start) ? "Z" : "");
        }
    }
    reader_add_place(
        w->out, &(reader_place_draft){.start = w->out->text.len,
                                      .kind = PLACE_EVENT,
                                      .number = number,
                                      .genre = DOCUMENT_ARTICLE,
                                      .label = text_of(c, ICAL_SUMMARY_PROPERTY),
                                      .who = organiser != NULL ? person_of(organiser) : SPAN(""),
                                      .when = buffer_span(&text)});
    buffer_deinit(&text);
}

static void append_status(calendar_writer *w, icalcomponent *c)
{
    const icalproperty_status status = icalcomponent_get_status(c);
    if (status == ICAL_STATUS_CANCELLED) {
        (void)buffer_append_string(&w->out->text, w->words->cancelled);
    } else if (status == ICAL_STATUS_COMPLETED) {
        (void)buffer_append_string(&w->out->text, w->words->done);
    }
    if (find(c, ICAL_RECURRENCEID_PROPERTY) != NULL) {
        (void)buffer_append_string(&w->out->text, w->words->moved);
    }
}

/* White space and controls as single spaces. */
static void append_line(buffer *out, span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char c = (unsigned char)text.ptr[i];
        if (c > ' ') {
            (void)buffer_append_byte(out, text.ptr[i]);
        } else if (out->len > 0 && out->ptr[out->len - 1] != ' ') {
            (void)buffer_append_byte(out, ' ');
        }
    }
}

/* "Title — Tuesday 2 December 2025, 14:00–15:30 (Europe/Paris), Room 12; every week. ": one sentence,
 * so that what is cited says what it is about, and whether it comes again. */
static void append_head(calendar_writer *w, icalcomponent *c, icaltimetype start, icaltimetype due)
{
    buffer *const out = &w->out->text;
    const span title = text_of(c, ICAL_SUMMARY_PROPERTY);
    const span place = text_of(c, ICAL_LOCATION_PROPERTY);
    append_status(w, c);
    append_line(out, title);
    const bool timed = !icaltime_is_null_time(start) || !icaltime_is_null_time(due);
    (void)buffer_append_string(out, title.len > 0 && timed ? " \xE2\x80\x94 " : "");
    if (!icaltime_is_null_time(start)) {
        append_times(w, c, start);
    }
    if (!icaltime_is_null_time(due)) {
        (void)buffer_append_string(out, icaltime_is_null_time(start) ? "" : ", ");
        (void)buffer_append_string(out, w->words->due);
        append_day(out, w->words, due);
    }
    if (place.len > 0) {
        (void)buffer_append_string(out, title.len > 0 || timed ? ", " : "");
        append_line(out, place);
    }
    if (timed) {
        append_recurrence(w, c);
    }
    (void)buffer_append_string(out, title.len > 0 || timed || place.len > 0 ? ". " : "");
}

static void write_entry(calendar_writer *w, icalcomponent *c, uint32_t number)
{
    buffer *const out = &w->out->text;
    const icaltimetype start = time_of(c, ICAL_DTSTART_PROPERTY);
    const icaltimetype due = time_of(c, ICAL_DUE_PROPERTY);
    const span description = text_of(c, ICAL_DESCRIPTION_PROPERTY);
    (void)buffer_append_string(out, out->len == 0 || out->ptr[out->len - 1] == '\n' ? "" : "\n\n");
    const size_t first = out->len;
    add_place(w, c, icaltime_is_null_time(start) ? due : start, number);
    append_head(w, c, start, due);
    append_people(w, c);
    if (!buffer_ok(out)) {
        return;
    }
    buffer_truncate(out, char_trim_end(buffer_span(out), first, out->len));
    if (description.len > 0) {
        (void)buffer_append_string(out, "\n\n");
        (void)buffer_append(out, description);
    }
}

/* --- the calendar --- */

static void collect(icalcomponent *root, buffer *entries, buffer *words, uint32_t depth)
{
    icalcomponent *c = icalcomponent_get_first_component(root, ICAL_ANY_COMPONENT);
    for (; c != NULL; c = icalcomponent_get_next_component(root, ICAL_ANY_COMPONENT)) {
        const icalcomponent_kind kind = icalcomponent_isa(c);
        if (kind == ICAL_VCALENDAR_COMPONENT && depth < 4) {
            collect(c, entries, words, depth + 1);
            continue;
        }
        if (kind != ICAL_VEVENT_COMPONENT && kind != ICAL_VTODO_COMPONENT &&
            kind != ICAL_VJOURNAL_COMPONENT) {
            continue;
        }
        icaltimetype t = time_of(c, ICAL_DTSTART_PROPERTY);
        t = icaltime_is_null_time(t) ? time_of(c, ICAL_DUE_PROPERTY) : t;
        const calendar_entry e = {.component = c,
                                  .time_s = icaltime_is_null_time(t)
                                                ? INT64_MAX
                                                : (int64_t)icaltime_as_timet_with_zone(t, t.zone),
                                  .index = entries->len / sizeof(e)};
        (void)buffer_append(entries, span_from((const char *)&e, sizeof(e)));
        if (words->len < 4 * LIMIT_KIB) {
            (void)buffer_append(words, text_of(c, ICAL_SUMMARY_PROPERTY));
            (void)buffer_append_byte(words, '\n');
            (void)buffer_append(words, text_of(c, ICAL_DESCRIPTION_PROPERTY));
            (void)buffer_append_byte(words, '\n');
        }
    }
}

static int by_time(const void *a, const void *b)
{
    const calendar_entry *const p = a;
    const calendar_entry *const q = b;
    if (p->time_s != q->time_s) {
        return p->time_s < q->time_s ? -1 : 1;
    }
    return p->index < q->index ? -1 : p->index > q->index;
}

static void set_calendar_title(reader_result *out, icalcomponent *root)
{
    icalproperty *p = icalcomponent_get_first_property(root, ICAL_X_PROPERTY);
    for (; p != NULL; p = icalcomponent_get_next_property(root, ICAL_X_PROPERTY)) {
        const char *const name = icalproperty_get_x_name(p);
        const char *const value = icalproperty_get_x(p);
        if (name != NULL && value != NULL && strcasecmp(name, "X-WR-CALNAME") == 0) {
            const span text = span_from_string(value);
            reader_set_title(out, span_slice(text, 0, utf8_valid_prefix(text)));
        }
    }
}

static void write_calendar(reader_result *out, icalcomponent *root)
{
    buffer entries, words;
    buffer_init(&entries, LIMIT_TEXT_BYTES);
    buffer_init(&words, LIMIT_TEXT_BYTES);
    collect(root, &entries, &words, 0);
    set_calendar_title(out, root);
    calendar_entry *const e = (calendar_entry *)(void *)entries.ptr;
    const size_t n = entries.len / sizeof(*e);
    const size_t n_kept = n < LIMIT_CALENDAR_ENTRIES ? n : LIMIT_CALENDAR_ENTRIES;
    const bool french = strcmp(document_language(buffer_span(&words)), "fr") == 0;
    calendar_writer w = {.out = out, .words = &WORDS[french ? FRENCH : ENGLISH]};
    if (n > 0) {
        qsort(e, n, sizeof(*e), by_time);
    }
    /* Of too many the last are kept: they are nearest to now, or ahead. */
    for (size_t i = n - n_kept; i < n && buffer_ok(&out->text); i++) {
        write_entry(&w, e[i].component, (uint32_t)(i - (n - n_kept)) + 1);
    }
    if (n_kept < n) {
        buffer note;
        buffer_init(&note, LIMIT_KIB);
        (void)buffer_printf(&note, "the last %zu of %zu entries were read", n_kept, n);
        reader_add_note(out, buffer_span(&note));
        buffer_deinit(&note);
    }
    out->genre = DOCUMENT_ARTICLE;
    buffer_deinit(&entries);
    buffer_deinit(&words);
}

/* Whether components lie in components deeper than any calendar has them: libical recurses. */
static bool is_too_deep(span text)
{
    size_t depth = 0;
    for (size_t pos = 0; pos < text.len;) {
        const char *const newline = memchr(text.ptr + pos, '\n', text.len - pos);
        const size_t end = newline != NULL ? (size_t)(newline - text.ptr) : text.len;
        const span line = span_slice(text, pos, end);
        if (line.len > 6 && strncasecmp(line.ptr, "BEGIN:", 6) == 0) {
            depth++;
        } else if (line.len > 4 && strncasecmp(line.ptr, "END:", 4) == 0) {
            depth -= depth > 0 ? 1 : 0;
        }
        if (depth > LIMIT_READER_DEPTH) {
            return true;
        }
        pos = end + 1;
    }
    return false;
}

int reader_read_calendar(reader_result *out, span bytes, huis_error *err)
{
    buffer source;
    buffer_init(&source, LIMIT_TEXT_BYTES);
    int status = encoding_to_utf8(&source, bytes, NULL, NULL, err);
    if (status == HUIS_OK && is_too_deep(buffer_span(&source))) {
        status = error_set(err, HUIS_E_BAD_FILE,
                           "the calendar is hostile: components in components, more than %u deep",
                           LIMIT_READER_DEPTH);
    }
    icalerror_set_errors_are_fatal(false);
    icalcomponent *const root =
        status == HUIS_OK ? icalparser_parse_string(buffer_string(&source)) : NULL;
    if (root != NULL) {
        write_calendar(out, root);
        icalcomponent_free(root);
    } else if (status == HUIS_OK) {
        status = error_set(err, HUIS_E_BAD_FILE, "the calendar is damaged: it is no iCalendar");
    }
    if (status == HUIS_OK && (!buffer_ok(&out->text) || !reader_places_ok(out))) {
        status = out->text.status == HUIS_E_LIMIT
                     ? error_set(err, HUIS_E_LIMIT, "the calendar's text is longer than %zu bytes",
                                 out->text.max_bytes)
                     : error_no_memory(err, "the calendar");
    } else if (status == HUIS_OK && words_up_to(buffer_span(&out->text), 1) == 0) {
        status = error_set(err, HUIS_E_NO_TEXT, "the calendar holds no event and no task");
    }
    buffer_deinit(&source);
    return status;
}
