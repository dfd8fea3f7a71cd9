/*
 * template_functions.c - global functions: range, namespace, dict, raise_exception, strftime_now,
 * joiner, cycler.
 *
 * strftime_now exists only when the variables hold "now" (RFC 3339): a rendering reads no clock, so
 * the same input gives the same output. Names of days and months are English, as in the C locale.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "chat/template_value.h"

/* What Jinja2's sandbox allows too. */
enum { MAX_RANGE = 100000 };

static int function_range(tpl_call *c)
{
    int64_t values[3] = {0, 0, 1};
    const int n = c->argv[2] != NULL ? 3 : c->argv[1] != NULL ? 2 : 1;
    for (int i = 0; i < n; i++) {
        if (!tpl_as_integer(c->argv[i], &values[n == 1 ? 1 : i])) {
            return tpl_fail(c->r, HUIS_E_BAD_FILE, "range of %s", tpl_type_name(c->argv[i]));
        }
    }
    const int64_t step = values[2];
    if (step == 0) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "range with step 0");
    }
    const __int128 distance = (__int128)values[1] - values[0];
    const __int128 count = step > 0 ? (distance + step - 1) / step : (distance + step + 1) / step;
    if (count > MAX_RANGE) {
        return tpl_fail(c->r, HUIS_E_LIMIT, "a range longer than the limit of %d", MAX_RANGE);
    }
    tpl_list *const list = tpl_list_new(c->r, count > 0 ? (size_t)count : 0, TPL_PLAIN);
    if (list == NULL) {
        return tpl_no_memory(c->r);
    }
    for (int64_t i = 0; i < (int64_t)count; i++) {
        RETURN_IF_ERROR(tpl_list_push(c->r, list, tpl_int(values[0] + i * step)));
    }
    *c->out = tpl_from_list(list);
    return HUIS_OK;
}

/* dict(x, a=1) and namespace(x, a=1). */
static int make_dict(tpl_call *c, tpl_dict **out)
{
    tpl_dict *const dict = tpl_dict_new(c->r, 4);
    if (dict == NULL) {
        return tpl_no_memory(c->r);
    }
    *c->out = tpl_from_dict(dict);
    tpl_call update = *c;
    const tpl_value self = *c->out;
    update.self = &self;
    RETURN_IF_ERROR(tpl_find_method(TPL_DICT, SPAN("update"))->fn(&update));
    *c->out = self;
    *out = dict;
    return HUIS_OK;
}

static int function_dict(tpl_call *c)
{
    tpl_dict *dict = NULL;
    return make_dict(c, &dict);
}

static int function_namespace(tpl_call *c)
{
    tpl_dict *dict = NULL;
    RETURN_IF_ERROR(make_dict(c, &dict));
    *c->out = (tpl_value){.type = TPL_NAMESPACE, .trusted = true, .as.dict = dict};
    return HUIS_OK;
}

/* The template refuses the conversation: its own words, for the caller. */
static int function_raise(tpl_call *c)
{
    tpl_string s;
    RETURN_IF_ERROR(tpl_str(c->r, c->argv[0], &s));
    const span text = span_slice(tpl_span(s), 0, 300);
    return tpl_fail(c->r, HUIS_E_BAD_ARGUMENT, "%.*s", (int)text.len, text.ptr);
}

static int new_cycler(tpl_call *c, tpl_type type, const tpl_value *items, size_t n)
{
    tpl_cycler *const cycler = tpl_alloc(c->r, 1, sizeof(*cycler));
    tpl_list *const list = tpl_list_new(c->r, n, TPL_PLAIN);
    if (cycler == NULL || list == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(tpl_list_push(c->r, list, items[i]));
    }
    cycler->items = list;
    *c->out = (tpl_value){.type = type, .trusted = true, .as.cycler = cycler};
    return HUIS_OK;
}

static int function_joiner(tpl_call *c)
{
    tpl_string comma;
    RETURN_IF_ERROR(tpl_string_from(c->r, SPAN(", "), true, &comma));
    const tpl_value separator = c->argv[0] != NULL ? *c->argv[0] : tpl_from_string(comma);
    return new_cycler(c, TPL_JOINER, &separator, 1);
}

static int function_cycler(tpl_call *c)
{
    if (c->args->n_positional == 0) {
        return tpl_fail(c->r, HUIS_E_BAD_FILE, "a cycler without values");
    }
    return new_cycler(c, TPL_CYCLER, c->args->positional, c->args->n_positional);
}

/* Time. */

typedef struct civil_time {
    int year, month, day, hour, minute, second;
    int weekday;     /* 0: Sunday */
    int day_of_year; /* 1: 1 January */
} civil_time;

static bool digits_at(span s, size_t pos, size_t n, int low, int high, int *out)
{
    int value = 0;
    if (pos + n > s.len) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const char c = s.ptr[pos + i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *out = value;
    return value >= low && value <= high;
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* "2026-11-24T09:30:00+01:00": the wall time as written; the zone plays no part. */
static bool parse_now(span s, civil_time *t)
{
    static const int BEFORE[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const bool good =
        digits_at(s, 0, 4, 1, 9999, &t->year) && digits_at(s, 5, 2, 1, 12, &t->month) &&
        digits_at(s, 8, 2, 1, 31, &t->day) && digits_at(s, 11, 2, 0, 23, &t->hour) &&
        digits_at(s, 14, 2, 0, 59, &t->minute) && digits_at(s, 17, 2, 0, 60, &t->second);
    if (!good || s.ptr[4] != '-' || s.ptr[7] != '-' || s.ptr[13] != ':' || s.ptr[16] != ':') {
        return false;
    }
    const int leap = is_leap(t->year) ? 1 : 0;
    t->day_of_year = BEFORE[t->month - 1] + t->day + (t->month > 2 ? leap : 0);
    const int y = t->year - 1;
    t->weekday = (y + y / 4 - y / 100 + y / 400 + t->day_of_year) % 7;
    return true;
}

static const char *const DAYS[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
static const char *const MONTHS[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

/* One conversion; -1: not known. */
static int format_code(const civil_time *t, char code, bool bare, char *out, size_t size)
{
    const int hour12 = t->hour % 12 == 0 ? 12 : t->hour % 12;
    const struct {
        char code;
        int value, width;
    } numbers[] = {
        {'Y', t->year, 4},       {'m', t->month, 2},       {'d', t->day, 2},
        {'H', t->hour, 2},       {'M', t->minute, 2},      {'S', t->second, 2},
        {'y', t->year % 100, 2}, {'j', t->day_of_year, 3}, {'I', hour12, 2},
        {'w', t->weekday, 1},    {'e', t->day, 2},         {'f', 0, 6},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (numbers[i].code == code) {
            return code == 'e' && !bare
                       ? snprintf(out, size, "%2d", t->day)
                       : snprintf(out, size, "%0*d", bare ? 1 : numbers[i].width, numbers[i].value);
        }
    }
    switch (code) {
    case 'a':
        return snprintf(out, size, "%.3s", DAYS[t->weekday]);
    case 'A':
        return snprintf(out, size, "%s", DAYS[t->weekday]);
    case 'b':
    case 'h':
        return snprintf(out, size, "%.3s", MONTHS[t->month - 1]);
    case 'B':
        return snprintf(out, size, "%s", MONTHS[t->month - 1]);
    case 'p':
        return snprintf(out, size, "%s", t->hour < 12 ? "AM" : "PM");
    case 'F':
        return snprintf(out, size, "%04d-%02d-%02d", t->year, t->month, t->day);
    case 'T':
        return snprintf(out, size, "%02d:%02d:%02d", t->hour, t->minute, t->second);
    case 'D':
        return snprintf(out, size, "%02d/%02d/%02d", t->month, t->day, t->year % 100);
    case 'R':
        return snprintf(out, size, "%02d:%02d", t->hour, t->minute);
    case 'z':
    case 'Z':
        return 0; /* Python's naive time has no zone */
    case '%':
        return snprintf(out, size, "%%");
    case 'n':
        return snprintf(out, size, "\n");
    case 't':
        return snprintf(out, size, "\t");
    default:
        return -1;
    }
}

static int function_strftime(tpl_call *c)
{
    civil_time t = {0};
    const char *const now = json_string_value(c->r->now);
    if (now == NULL || !parse_now(span_from_string(now), &t)) {
        return tpl_fail(c->r, HUIS_E_BAD_ARGUMENT,
                        "the variable 'now' is not a time such as 2026-11-24T09:30:00Z");
    }
    tpl_string format;
    RETURN_IF_ERROR(tpl_str(c->r, c->argv[0], &format));
    tpl_store *const store = tpl_store_new(c->r, 64);
    if (store == NULL) {
        return tpl_no_memory(c->r);
    }
    for (size_t i = 0; i < format.len;) {
        const span text = tpl_span(format);
        char out[32];
        if (text.ptr[i] != '%') {
            RETURN_IF_ERROR(tpl_store_append_string(c->r, store, tpl_slice(format, i, i + 1)));
            i++;
            continue;
        }
        const bool bare = i + 1 < text.len && text.ptr[i + 1] == '-';
        const size_t at = i + 1 + (bare ? 1 : 0);
        const int n = at < text.len ? format_code(&t, text.ptr[at], bare, out, sizeof(out)) : -1;
        if (n < 0) {
            return tpl_fail(c->r, HUIS_E_UNSUPPORTED, "a time format that huis does not know: %.*s",
                            (int)(text.len - i > 3 ? 3 : text.len - i), text.ptr + i);
        }
        RETURN_IF_ERROR(tpl_store_append(c->r, store, span_from(out, (size_t)n), true));
        i = at + 1;
    }
    return tpl_return_string(c, HUIS_OK, tpl_store_string(store));
}

static const tpl_native FUNCTIONS[] = {
    {"range", function_range, "start,stop,step", 1},
    {"namespace", function_namespace, NULL, 0},
    {"dict", function_dict, NULL, 0},
    {"raise_exception", function_raise, "message", 1},
    {"strftime_now", function_strftime, "format", 1},
    {"joiner", function_joiner, "sep", 0},
    {"cycler", function_cycler, NULL, 0},
};

const tpl_native *tpl_find_function(span name)
{
    return tpl_find_in(FUNCTIONS, sizeof(FUNCTIONS) / sizeof(FUNCTIONS[0]), name);
}
