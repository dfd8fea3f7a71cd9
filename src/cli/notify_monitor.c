/*
 * notify_monitor.c - see notify_monitor.h.
 *
 * Every message of the monitor goes through one filter.
 */
#include "cli/notify_monitor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "cli/notify_kde.h"
#include "cli/output.h"

enum {
    RETRY_FIRST_US = 250000,
    RETRY_LAST_US = 30000000,
    REASON_EXPIRED = 1,
    REASON_DISMISSED = 2,
    REASON_CLOSED = 3
};

#define DBUS_NAME "org.freedesktop.DBus"

static const char *const RULES[] = {
    "type='method_call',interface='" BUS_NAME "',member='Notify'",
    "type='method_return',sender='" BUS_NAME "'",
    "type='signal',interface='" BUS_NAME "'",
    "type='method_call',interface='" BUS_GTK_NAME "'",
    "type='signal',sender='" DBUS_NAME "',member='NameOwnerChanged',arg0='" BUS_NAME "'",
};

static void lose_bus(notify_monitor *m);

static void say(const notify_monitor *m, const char *line)
{
    m->queue->sink.tell(m->queue->sink.user, line);
}

/* ---- into the queue ---- */

static void note_event(notify_monitor *m, const char *id, notify_event_kind kind)
{
    huis_error err = {0};
    (void)notify_queue_event(m->queue, id, kind, &err); /* counted there */
    notify_queue_flush_soon(m->queue);
}

/* Gives the notice its id, marks what it replaces, and hands it over. `owner` and `name` are how a
 * later one may speak of it: the server, or with a tag the app. */
static void take(notify_monitor *m, bus_notice *notice, const char *owner, const char *destination,
                 const char *connection, uint64_t serial)
{
    huis_error err = {0};
    char id[BUS_ID_BYTES], earlier[BUS_ID_BYTES];
    const int64_t now_us = clock_monotonic_us();
    bus_new_id(&m->queue->last_id, id);
    if (notice->from_huis || bus_notice_name(notice, id, &err) < 0) {
        bus_notice_free(notice);
        return;
    }
    if (trace_is_copy(&m->trace, notice, destination, now_us, earlier)) {
        trace_call(&m->trace, connection, serial, earlier); /* its number means the first */
        m->n_copies++;
        bus_notice_free(notice);
        return;
    }
    if (!notify_queue_admits(m->queue, notice->record.app, connection, now_us)) {
        bus_notice_free(notice);
        return;
    }
    const bool again = notice->tag != NULL || notice->replaces != 0;
    if (again && trace_find(&m->trace, owner, notice->replaces, notice->tag, earlier)) {
        note_event(m, earlier, NOTIFY_EVENT_REPLACED);
    }
    if (notice->tag != NULL || notice->number != 0) {
        trace_set(&m->trace, owner, notice->number, notice->tag, id);
    } else {
        trace_call(&m->trace, connection, serial, id);
    }
    (void)notify_queue_add(m->queue, notice, &err); /* counted there */
    notify_queue_flush_soon(m->queue);
}

void notify_monitor_add(notify_monitor *m, sd_bus_message *message, bus_form form)
{
    huis_error err = {0};
    bus_notice *notice = NULL;
    uint64_t serial = 0;
    const char *const sender = sd_bus_message_get_sender(message);
    const char *destination = sd_bus_message_get_destination(message);
    if (bus_notice_read(&notice, message, form, bus_now(), &err) < 0) {
        m->n_malformed++;
        return;
    }
    if (destination != NULL && strcmp(destination, BUS_NAME) == 0 && m->owner[0] != '\0') {
        destination = m->owner;
    }
    (void)sd_bus_message_get_cookie(message, &serial);
    const char *const owner = form == BUS_GTK ? notice->app_id : m->owner;
    take(m, notice, owner, destination, sender != NULL ? sender : "", serial);
}

/* ---- signals ---- */

static notify_event_kind kind_of_reason(uint32_t reason)
{
    return reason == REASON_DISMISSED ? NOTIFY_EVENT_DISMISSED
           : reason == REASON_EXPIRED ? NOTIFY_EVENT_EXPIRED
                                      : NOTIFY_EVENT_CLOSED;
}

void notify_monitor_signal(notify_monitor *m, sd_bus_message *message)
{
    const char *const member = sd_bus_message_get_member(message);
    const char *const sender = sd_bus_message_get_sender(message);
    const char *const owner = sender != NULL && m->way == MONITOR_BUS ? sender : m->owner;
    uint32_t number = 0, reason = 0;
    char id[BUS_ID_BYTES];
    if (member == NULL || sd_bus_message_read_basic(message, 'u', &number) <= 0 ||
        !trace_find(&m->trace, owner, number, NULL, id)) {
        return;
    }
    if (strcmp(member, "ActionInvoked") == 0) {
        note_event(m, id, NOTIFY_EVENT_OPENED);
    } else if (strcmp(member, "NotificationReplied") == 0) {
        note_event(m, id, NOTIFY_EVENT_REPLIED);
    } else if (strcmp(member, "NotificationClosed") == 0 &&
               sd_bus_message_read_basic(message, 'u', &reason) > 0) {
        note_event(m, id, kind_of_reason(reason));
    }
}

/* RemoveNotification(app, name): the app takes it back. */
static void gtk_removed(notify_monitor *m, sd_bus_message *message)
{
    const char *app = NULL, *tag = NULL;
    char id[BUS_ID_BYTES];
    if (sd_bus_message_read(message, "ss", &app, &tag) > 0 && tag != NULL &&
        trace_find(&m->trace, app, 0, tag, id)) {
        note_event(m, id, NOTIFY_EVENT_CLOSED);
    }
}

static void set_owner(notify_monitor *m, const char *name)
{
    (void)snprintf(m->owner, sizeof(m->owner), "%s", name != NULL ? name : "");
}

/* ---- the monitor ---- */

static void on_reply(notify_monitor *m, sd_bus_message *message)
{
    uint64_t serial = 0;
    uint32_t number = 0;
    char id[BUS_ID_BYTES];
    const char *const caller = sd_bus_message_get_destination(message);
    const char *const server = sd_bus_message_get_sender(message);
    if (caller != NULL && server != NULL &&
        sd_bus_message_get_reply_cookie(message, &serial) >= 0 &&
        trace_reply(&m->trace, caller, serial, id) &&
        sd_bus_message_read_basic(message, 'u', &number) > 0) {
        trace_set(&m->trace, server, number, NULL, id);
    }
}

static void on_call(notify_monitor *m, sd_bus_message *message)
{
    if (sd_bus_message_is_method_call(message, BUS_NAME, "Notify") > 0) {
        notify_monitor_add(m, message, BUS_FREEDESKTOP);
    } else if (sd_bus_message_is_method_call(message, BUS_GTK_NAME, "AddNotification") > 0) {
        notify_monitor_add(m, message, BUS_GTK);
    } else if (sd_bus_message_is_method_call(message, BUS_GTK_NAME, "RemoveNotification") > 0) {
        gtk_removed(m, message);
    }
}

static int on_message(sd_bus_message *message, void *user, sd_bus_error *error)
{
    notify_monitor *const m = user;
    uint8_t type = 0;
    const char *name = NULL, *before = NULL, *after = NULL;
    (void)error;
    (void)sd_bus_message_get_type(message, &type);
    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected") > 0) {
        lose_bus(m);
    } else if (sd_bus_message_is_signal(message, DBUS_NAME, "NameOwnerChanged") > 0) {
        if (sd_bus_message_read(message, "sss", &name, &before, &after) > 0 && name != NULL &&
            strcmp(name, BUS_NAME) == 0) {
            set_owner(m, after);
        }
    } else if (type == SD_BUS_MESSAGE_METHOD_CALL) {
        on_call(m, message);
    } else if (type == SD_BUS_MESSAGE_METHOD_RETURN) {
        on_reply(m, message);
    } else if (sd_bus_message_is_signal(message, BUS_NAME, NULL) > 0) {
        notify_monitor_signal(m, message);
    }
    return 1; /* nobody else looks at it */
}

/* ---- connecting ---- */

static int become_monitor(notify_monitor *m)
{
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message *call = NULL;
    int r = sd_bus_message_new_method_call(m->monitor, &call, DBUS_NAME, "/org/freedesktop/DBus",
                                           DBUS_NAME ".Monitoring", "BecomeMonitor");
    r = r < 0 ? r : sd_bus_message_open_container(call, 'a', "s");
    for (size_t i = 0; i < sizeof(RULES) / sizeof(RULES[0]) && r >= 0; i++) {
        r = sd_bus_message_append_basic(call, 's', RULES[i]);
    }
    r = r < 0 ? r : sd_bus_message_close_container(call);
    r = r < 0 ? r : sd_bus_message_append(call, "u", 0u);
    r = r < 0 ? r : sd_bus_call(m->monitor, call, 0, &error, NULL);
    sd_bus_message_unref(call);
    sd_bus_error_free(&error);
    return r;
}

static int open_monitor(notify_monitor *m)
{
    const char *address = NULL;
    int r = sd_bus_get_address(m->sender, &address);
    r = r < 0 ? r : sd_bus_new(&m->monitor);
    r = r < 0 ? r : sd_bus_set_address(m->monitor, address);
    r = r < 0 ? r : sd_bus_set_bus_client(m->monitor, 1);
    r = r < 0 ? r : sd_bus_set_monitor(m->monitor, 1);
    r = r < 0 ? r : sd_bus_start(m->monitor);
    r = r < 0 ? r : become_monitor(m);
    r = r < 0 ? r : sd_bus_add_filter(m->monitor, NULL, on_message, m);
    return r < 0 ? r : sd_bus_attach_event(m->monitor, m->queue->loop, SD_EVENT_PRIORITY_NORMAL);
}

static void find_owner(notify_monitor *m)
{
    sd_bus_creds *creds = NULL;
    const char *unique = NULL;
    set_owner(m, NULL);
    if (sd_bus_get_name_creds(m->sender, BUS_NAME, SD_BUS_CREDS_UNIQUE_NAME, &creds) >= 0 &&
        sd_bus_creds_get_unique_name(creds, &unique) >= 0) {
        set_owner(m, unique);
    }
    sd_bus_creds_unref(creds);
}

static void close_buses(notify_monitor *m)
{
    m->monitor = sd_bus_close_unref(m->monitor);
    m->sender = sd_bus_close_unref(m->sender);
    m->way = MONITOR_NONE;
}

static int refused(notify_monitor *m, int r, huis_error *err)
{
    close_buses(m);
    if (r == -EACCES || r == -EPERM || r == -EBADR || r == -EOPNOTSUPP) {
        return error_set(err, HUIS_E_DENIED, "%s",
                         tr("this session bus does not let programs monitor it; allow "
                            "org.freedesktop.DBus.Monitoring in its policy, or let huis be the "
                            "notification server: huis notify watch --serve",
                            "ce bus de session interdit l'écoute ; autorisez "
                            "org.freedesktop.DBus.Monitoring dans sa politique, ou laissez huis "
                            "servir les notifications : huis notify watch --serve"));
    }
    return error_set(err, HUIS_E_NOT_FOUND,
                     tr("no session bus (%s); start one, or set DBUS_SESSION_BUS_ADDRESS",
                        "pas de bus de session (%s) ; démarrez-en un ou donnez "
                        "DBUS_SESSION_BUS_ADDRESS"),
                     strerror(-r));
}

static int connect_bus(notify_monitor *m, huis_error *err)
{
    int r = sd_bus_open_user(&m->sender);
    if (r < 0) {
        return refused(m, r, err);
    }
    find_owner(m);
    r = open_monitor(m);
    m->way = MONITOR_BUS;
    if (r < 0 && notify_kde_watch(m) >= 0) {
        m->monitor = sd_bus_close_unref(m->monitor);
        m->way = MONITOR_KDE;
        r = 0;
    }
    return r < 0 ? refused(m, r, err) : HUIS_OK;
}

/* ---- a bus that went away ---- */

static int on_retry(sd_event_source *source, uint64_t usec, void *user);

static void retry_later(notify_monitor *m)
{
    const unsigned doublings = m->n_tries < 7 ? m->n_tries : 7;
    const uint64_t wait_us = (uint64_t)RETRY_FIRST_US << doublings;
    const uint64_t at_us = (uint64_t)clock_monotonic_us() +
                           (wait_us < RETRY_LAST_US ? wait_us : (uint64_t)RETRY_LAST_US);
    m->n_tries++;
    m->retry = sd_event_source_unref(m->retry);
    (void)sd_event_add_time(m->queue->loop, &m->retry, CLOCK_MONOTONIC, at_us, 1000, on_retry, m);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *user)
{
    notify_monitor *const m = user;
    huis_error err = {0};
    (void)source;
    (void)usec;
    close_buses(m);
    if (connect_bus(m, &err) < 0) {
        retry_later(m);
    } else {
        m->n_tries = 0;
        say(m, tr("the session bus is back", "le bus de session est revenu"));
    }
    return 0;
}

static void lose_bus(notify_monitor *m)
{
    m->n_lost_bus++;
    say(m, tr("the session bus went away; waiting for it to come back",
              "le bus de session a disparu ; en attente de son retour"));
    retry_later(m);
}

void notify_monitor_lost(notify_monitor *m)
{
    lose_bus(m);
}

int notify_monitor_start(notify_monitor *m, notify_queue *queue, huis_error *err)
{
    m->queue = queue;
    trace_init(&m->trace);
    return connect_bus(m, err);
}

void notify_monitor_stop(notify_monitor *m)
{
    m->retry = sd_event_source_unref(m->retry);
    close_buses(m);
}
