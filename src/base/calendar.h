/*
 * calendar.h - days of the Gregorian calendar, counted (H. Hinnant, "chrono-compatible low-level date
 * algorithms").
 */
#ifndef HUIS_BASE_CALENDAR_H
#define HUIS_BASE_CALENDAR_H

#include <stdint.h>

typedef struct calendar_day {
    int year, month, day; /* month from 1, day from 1 */
} calendar_day;

/* Days since 1970-01-01; also of days before the calendar was made. */
int64_t calendar_count(calendar_day d);
calendar_day calendar_at(int64_t days);
/* A moment, split: its day, and the seconds since that day began (0 .. 86,399). */
calendar_day calendar_split(int64_t seconds, int *out_second_of_day);
/* 1 Monday .. 7 Sunday. */
int calendar_weekday(int64_t days);

#endif
