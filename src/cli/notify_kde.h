/*
 * notify_kde.h - Plasma's own way to follow notifications: org.kde.NotificationManager calls its
 * watchers. Only where the bus cannot be monitored; notify_monitor.c decides.
 */
#ifndef HUIS_CLI_NOTIFY_KDE_H
#define HUIS_CLI_NOTIFY_KDE_H

#include "cli/notify_monitor.h"

/* Registers with Plasma on m->sender and attaches it to the loop. Negative: no Plasma here. */
int notify_kde_watch(notify_monitor *m);

/* notify_monitor.c: one more notification; an event of the server; the connection ended. */
void notify_monitor_add(notify_monitor *m, sd_bus_message *message, bus_form form);
void notify_monitor_signal(notify_monitor *m, sd_bus_message *message);
void notify_monitor_lost(notify_monitor *m);

#endif
