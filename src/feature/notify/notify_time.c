/*
 * notify_time.c - moments as RFC 3339 writes them. Strict: a day that is not in the calendar, an hour
 * of 24 or bytes behind the end are no moment.
 */
#include <stdio.h>

#include "base/calendar.h"
#include "feature/notify/notify.h"

enum { DAY_S = 86400 };

/* Exactly `n` digits at *pos; -1: they are not there. */
static int take_digits(span text, size_t *pos, size_t n)
{
    int value = 0;
    if (text.len - *pos < n) {
        return -1;
    }
    for (size_t i = 0; i < n; i++) {
        const char c = text.ptr[*pos + i];
        if (c < '0' || c > '9') {
            return -1;
        }
        value = value * 10 + (c - '0');
    }
    *pos += n;
    return value;
}

static bool take_char(span text, size_t *pos, char c)
{
    const bool is_there = *pos < text.len && text.ptr[*pos] == c;
    *pos += is_there ? 1 : 0;
    return is_there;
}

static int days_of_month(int year, int month)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return DAYS[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static bool take_day(span text, size_t *pos, int64_t *out_days)
{
    const int year = take_digits(text, pos, 4);
    const bool first = take_char(text, pos, '-');
    const int month = take_digits(text, pos, 2);
    const bool second = take_char(text, pos, '-');
    const int day = take_digits(text, pos, 2);
    if (year < 1 || !first || month < 1 || month > 12 || !second || day < 1 ||
        day > days_of_month(year, month)) {
        return false;
    }
    *out_days = calendar_count((calendar_day){year, month, day});
    return true;
}

static bool take_clock(span text, size_t *pos, int64_t *out_seconds)
{
    const int hour = take_digits(text, pos, 2);
    const bool colon = take_char(text, pos, ':');
    const int minute = take_digits(text, pos, 2);
    int second = 0;
    if (hour < 0 || hour > 23 || !colon || minute < 0 || minute > 59) {
        return false;
    }
    if (take_char(text, pos, ':')) {
        second = take_digits(text, pos, 2);
        if (second < 0 || second > 60) { /* 60: a leap second */
            return false;
        }
        if (take_char(text, pos, '.')) {
            const size_t start = *pos;
            while (*pos < text.len && text.ptr[*pos] >= '0' && text.ptr[*pos] <= '9') {
                (*pos)++;
            }
            if (*pos == start) {
                return false;
            }
        }
    }
    *out_seconds = hour * INT64_C(3600) + minute * INT64_C(60) + (second > 59 ? 59 : second);
    return true;
}

/* "Z", "+01:00", "+0100", "" (UTC). */
static bool take_zone(span text, size_t *pos, int32_t *out_minutes)
{
    *out_minutes = 0;
    if (*pos == text.len || take_char(text, pos, 'Z') || take_char(text, pos, 'z')) {
        return true;
    }
    const bool west = take_char(text, pos, '-');
    if (!west && !take_char(text, pos, '+')) {
        return false;
    }
    const int hours = take_digits(text, pos, 2);
    (void)take_char(text, pos, ':');
    const int minutes = take_digits(text, pos, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) {
        return false;
    }
    *out_minutes = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

bool notify_time_read(span text, huis_time *out_time)
{
    size_t pos = 0;
    int64_t days = 0;
    int64_t seconds = 0;
    int32_t zone = 0;
    if (!take_day(text, &pos, &days)) {
        return false;
    }
    if (!take_char(text, &pos, 'T') && !take_char(text, &pos, 't') && !take_char(text, &pos, ' ')) {
        return false;
    }
    if (!take_clock(text, &pos, &seconds) || !take_zone(text, &pos, &zone) || pos != text.len) {
        return false;
    }
    *out_time = (huis_time){.seconds = days * DAY_S + seconds - zone * INT64_C(60),
                            .zone_minutes = zone,
                            .known = true};
    return true;
}

bool notify_time_has_zone(span text)
{
    /* Behind "YYYY-MM-DDTHH:MM" no minus stands but a zone's. */
    for (size_t i = 16; i < text.len; i++) {
        const char c = text.ptr[i];
        if (c == 'Z' || c == 'z' || c == '+' || c == '-') {
            return true;
        }
    }
    return false;
}

bool notify_date_read(span text, int64_t *out_days)
{
    size_t pos = 0;
    int64_t days = 0;
    if (!take_day(text, &pos, &days) || pos != text.len) {
        return false;
    }
    *out_days = days;
    return true;
}

void notify_time_write(huis_time time, char out[NOTIFY_TIME_BYTES])
{
    int rest = 0;
    const calendar_day d = calendar_split(time.seconds + time.zone_minutes * INT64_C(60), &rest);
    const int size = time.zone_minutes < 0 ? -time.zone_minutes : time.zone_minutes;
    if (!time.known || d.year < 1 || d.year > 9999) {
        out[0] = '\0';
        return;
    }
    (void)snprintf(out, NOTIFY_TIME_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", d.year,
                   d.month, d.day, rest / 3600, rest / 60 % 60, rest % 60,
                   time.zone_minutes < 0 ? '-' : '+', size / 60 % 100, size % 60);
}
