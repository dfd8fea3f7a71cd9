/*
 * notify_when.h - the moments that a notification names, in French and English.
 *
 * Everything is counted from the moment at which the notification was told, in its zone. Nothing is
 * guessed: "at 6" without a half of the day is the next six o'clock after the telling, a clock time
 * that had passed by then is no deadline.
 */
#ifndef HUIS_FEATURE_NOTIFY_WHEN_H
#define HUIS_FEATURE_NOTIFY_WHEN_H

#include "feature/notify/notify.h"
#include "feature/notify/notify_signals.h"

enum { NOTIFY_MAX_MOMENTS = 8 };

typedef struct notify_moment {
    int64_t seconds;   /* since 1970 UTC; of a day: its last second in the zone */
    size_t first, end; /* words */
    bool day_only;     /* "tomorrow", "vendredi": no time of day is said */
    bool limit;        /* "before", "avant", "by", "expires": said to be the limit */
    bool span;         /* "in 20 minutes": counted from the telling */
    bool past;         /* "since 9:00", "il y a 5 min", "hier" */
    bool range_end;    /* the second time of "between 2 and 4" */
} notify_moment;

typedef struct notify_moments {
    notify_moment items[NOTIFY_MAX_MOMENTS]; /* in the order of the text */
    size_t count;
} notify_moments;

void notify_moments_find(const notify_words *words, huis_time told, notify_moments *out_moments);

/* The deadline among them: a limit before another moment, the soonest first; NULL: none. Moments
 * that are past are none. */
const notify_moment *notify_moments_deadline(const notify_moments *moments);

/* "2026-05-12", the day of the moment in the zone. */
void notify_day_print(int64_t seconds, int32_t zone_minutes, char out[NOTIFY_TIME_BYTES]);
/* Minutes since midnight in the zone. */
int notify_minute_of_day(int64_t seconds, int32_t zone_minutes);

#endif
