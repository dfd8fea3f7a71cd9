/*
 * calendar.c - see calendar.h. Years start in March here, so that the leap day is the last.
 */
#include "base/calendar.h"

enum {
    SECONDS_PER_DAY = 86400,
    DAYS_400_YEARS = 146097,
    DAYS_TO_1970 = 719468 /* from 0000-03-01 */
};

int64_t calendar_count(calendar_day d)
{
    const int64_t year = (int64_t)d.year - (d.month <= 2);
    const int64_t era = (year >= 0 ? year : year - 399) / 400;
    const int64_t year_of_era = year - era * 400;
    const int64_t month = d.month + (d.month > 2 ? -3 : 9);
    const int64_t day_of_year = (153 * month + 2) / 5 + d.day - 1;
    return era * DAYS_400_YEARS + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_1970;
}

calendar_day calendar_at(int64_t days)
{
    const int64_t z = days + DAYS_TO_1970;
    const int64_t era = (z >= 0 ? z : z - (DAYS_400_YEARS - 1)) / DAYS_400_YEARS;
    const int64_t day_of_era = z - era * DAYS_400_YEARS;
    const int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    calendar_day d = {.day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
                      .month = (int)(month < 10 ? month + 3 : month - 9)};
    d.year = (int)(year_of_era + era * 400 + (d.month <= 2));
    return d;
}

calendar_day calendar_split(int64_t seconds, int *out_second_of_day)
{
    int64_t days = seconds / SECONDS_PER_DAY;
    int64_t rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    *out_second_of_day = (int)rest;
    return calendar_at(days);
}

int calendar_weekday(int64_t days)
{
    return (int)((days % 7 + 7 + 3) % 7) + 1; /* 1970-01-01 was a Thursday */
}
