/*
 * notify_look.h - one record looked at: the steps of notify_view.h in their order.
 */
#ifndef HUIS_FEATURE_NOTIFY_LOOK_H
#define HUIS_FEATURE_NOTIFY_LOOK_H

#include "feature/notify/notify_view.h"

/* Fills reading and view (all but class, score and repeats over several records). reading->record is set;
 * memory from `memory`. */
int notify_look(notify_reading *reading, const notify_people *people, const notify_moment_now *at,
                arena *memory, notify_view *view, huis_error *err);

/* A record by itself, with class and score by what is shipped. */
typedef struct notify_looked {
    notify_reading reading;
    notify_view view;
    arena memory;
    notify_people *people;
} notify_looked;

int notify_look_one(const huis_notification *record, const huis_notify_context *context,
                    notify_looked **out_looked, huis_error *err);
notify_looked *notify_looked_free(notify_looked *looked);

#endif
