/*
 * notify_kde.c - see notify_kde.h.
 *
 * The manager calls Notify and CloseNotification of org.kde.NotificationWatcher at
 * /NotificationWatcher of each connection that called RegisterWatcher. It calls as it draws: what an
 * inhibited desktop keeps back is told too. Closing reasons come from the ordinary signals.
 */
#include "cli/notify_kde.h"

#include <errno.h>
#include <string.h>

#define KDE_MANAGER "org.kde.NotificationManager"
#define KDE_WATCHER "org.kde.NotificationWatcher"

/* Only the server may tell us what was shown. */
static bool comes_from_server(const notify_monitor *m, sd_bus_message *message)
{
    const char *const sender = sd_bus_message_get_sender(message);
    return sender != NULL && strcmp(sender, m->owner) == 0;
}

static int on_notify(sd_bus_message *message, void *user, sd_bus_error *error)
{
    notify_monitor *const m = user;
    (void)error;
    if (!comes_from_server(m, message)) {
        return -EACCES;
    }
    notify_monitor_add(m, message, BUS_KDE);
    return sd_bus_reply_method_return(message, NULL);
}

/* Why it closed comes with the signal. */
static int on_close(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)user;
    (void)error;
    return sd_bus_reply_method_return(message, NULL);
}

static const sd_bus_vtable WATCHER[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Notify", "ususssasa{sv}i", "", on_notify, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CloseNotification", "u", "", on_close, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

static int on_signal(sd_bus_message *message, void *user, sd_bus_error *error)
{
    notify_monitor *const m = user;
    (void)error;
    if (comes_from_server(m, message)) {
        notify_monitor_signal(m, message);
    }
    return 0;
}

/* Another Plasma knows nothing of its watchers: connect anew. */
static int on_owner(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)message;
    (void)error;
    notify_monitor_lost(user);
    return 0;
}

static int on_local(sd_bus_message *message, void *user, sd_bus_error *error)
{
    (void)error;
    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected") > 0) {
        notify_monitor_lost(user);
    }
    return 0;
}

int notify_kde_watch(notify_monitor *m)
{
    int r = sd_bus_call_method(m->sender, BUS_NAME, BUS_PATH, KDE_MANAGER, "RegisterWatcher", NULL,
                               NULL, "");
    r = r < 0 ? r
              : sd_bus_add_object_vtable(m->sender, NULL, "/NotificationWatcher", KDE_WATCHER,
                                         WATCHER, m);
    r = r < 0 ? r
              : sd_bus_add_match(m->sender, NULL,
                                 "type='signal',sender='" BUS_NAME "',interface='" BUS_NAME "'",
                                 on_signal, m);
    r = r < 0 ? r
              : sd_bus_add_match(m->sender, NULL,
                                 "type='signal',sender='org.freedesktop.DBus',"
                                 "member='NameOwnerChanged',arg0='" BUS_NAME "'",
                                 on_owner, m);
    r = r < 0 ? r : sd_bus_add_filter(m->sender, NULL, on_local, m);
    return r < 0 ? r : sd_bus_attach_event(m->sender, m->queue->loop, SD_EVENT_PRIORITY_NORMAL);
}
