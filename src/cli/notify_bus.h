/*
 * notify_bus.h - notifications as they pass on the session bus, made records.
 *
 * Three callings are read: Notify of org.freedesktop.Notifications (Desktop Notifications
 * Specification), AddNotification of org.gtk.Notifications, and Notify of KDE's watcher, which has
 * the number first. Everything in a message is the sender's word: text is bounded and kept as
 * given, pictures and sounds are skipped without being looked at, unknown hints are ignored.
 */
#ifndef HUIS_CLI_NOTIFY_BUS_H
#define HUIS_CLI_NOTIFY_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "base/arena.h"
#include "base/span.h"
#include "huis/notify.h"

#define BUS_NAME "org.freedesktop.Notifications"
#define BUS_PATH "/org/freedesktop/Notifications"
#define BUS_GTK_NAME "org.gtk.Notifications"

/* One notification seen; freed as a whole. */
typedef struct bus_notice {
    arena memory;
    huis_notification record;       /* strings in `memory`; id NULL until one is given */
    const char *const *action_keys; /* beside record.actions */
    const char *app_id, *tag; /* org.gtk: the app's name on the bus, and the notification's name
                               * within it; NULL: none */
    uint32_t replaces;        /* the server's number of an earlier one; 0: none */
    uint32_t number;          /* KDE's watcher: the server's number; 0: not known yet */
    int32_t expire_ms;        /* how long it is drawn: 0 until closed, -1 as the server likes. Says
                          * nothing of how long it is of use: not record.expires */
    int64_t sender_pid;       /* 0: not said */
    bool transient, resident;
    bool from_huis; /* a digest of ours: not recorded again */
    bool cut;       /* a text was over its limit */
} bus_notice;

typedef enum bus_form { BUS_FREEDESKTOP = 0, BUS_GTK, BUS_KDE } bus_form;

/* Reads the body of a call. `now`: the time of arrival. Errors: BAD_FILE (not the call it says it
 * is: a signature, a string, no text at all), NO_MEMORY. Freed with bus_notice_free. */
int bus_notice_read(bus_notice **out_notice, sd_bus_message *m, bus_form form, huis_time now,
                    huis_error *err);
/* A notice with nothing but app and texts, copied. */
int bus_notice_make(bus_notice **out_notice, const char *app, const char *title, const char *body,
                    huis_time now, huis_error *err);
/* Gives the record its id. */
int bus_notice_name(bus_notice *notice, const char *id, huis_error *err);
/* A copy of `text` owned by the notice; NULL: no memory. */
const char *bus_notice_keep(bus_notice *notice, const char *text);
bus_notice *bus_notice_free(bus_notice *notice);

/* Now, in the zone of this computer. */
huis_time bus_now(void);
/* A new id, "n" and ten characters of the time in microseconds; `*last` (0 at first) makes them
 * rise. */
enum { BUS_ID_BYTES = 16 };
void bus_new_id(int64_t *last, char out[BUS_ID_BYTES]);

#endif
