/*
 * notify_monitor.h - follows the notifications of the session bus without taking part.
 *
 * A monitor connection sees calls, replies and signals but can never send, so a second connection
 * asks what must be asked (who the server is) and, on Plasma, takes the part of a watcher where the
 * bus forbids monitoring. The bus may go away and come back: it is tried again, ever more slowly.
 */
#ifndef HUIS_CLI_NOTIFY_MONITOR_H
#define HUIS_CLI_NOTIFY_MONITOR_H

#include <systemd/sd-event.h>

#include "cli/notify_queue.h"
#include "cli/notify_trace.h"

enum { MONITOR_OWNER_BYTES = 64 };

typedef enum monitor_way {
    MONITOR_NONE = 0, /* no bus at the moment */
    MONITOR_BUS,      /* org.freedesktop.DBus.Monitoring */
    MONITOR_KDE       /* org.kde.NotificationManager's watchers */
} monitor_way;

typedef struct notify_monitor {
    notify_queue *queue;
    sd_bus *sender, *monitor; /* monitor NULL with MONITOR_KDE */
    sd_event_source *retry;
    bus_trace trace;
    monitor_way way;
    char owner[MONITOR_OWNER_BYTES]; /* of org.freedesktop.Notifications; "": nobody */
    unsigned n_tries;
    uint64_t n_malformed, n_copies, n_lost_bus;
} notify_monitor;

/* Opens the bus. Errors: NOT_FOUND (no session bus), DENIED (the bus forbids monitoring and there
 * is no Plasma: the message says what to do). */
int notify_monitor_start(notify_monitor *m, notify_queue *queue, huis_error *err);
void notify_monitor_stop(notify_monitor *m);

#endif
