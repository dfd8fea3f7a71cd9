/*
 * notify_server.c - see notify_server.h.
 *
 * Open notifications stand in one table, in the order in which they came; when it is full the
 * oldest is closed (reason 4). One timer stands at the earliest expiry.
 */
#include "cli/notify_server.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "cli/output.h"
#include "huis/huis.h"

enum {
    EXPIRE_DEFAULT_MS = 10000, /* -1: "as the server likes"; critical ones never do */
    CRITICAL = 2,
    ACCURACY_US = 1000,
    REASON_EXPIRED = 1,
    REASON_DISMISSED = 2,
    REASON_CLOSED = 3,
    REASON_OTHER = 4,
    KEYS_BYTES = 1024
};

typedef struct open_notice {
    uint32_t number;
    char id[BUS_ID_BYTES];
    int64_t expires_us; /* monotonic; 0: never */
    bool resident;      /* stays when an action is used */
    uint32_t n_keys;
    char keys[KEYS_BYTES]; /* of actions, each terminated, in the order of the record's labels */
} open_notice;

struct notify_server {
    sd_bus *bus;
    notify_queue *queue;
    sd_event_source *timer;
    open_notice *open; /* LIMIT_SERVER_OPEN */
    size_t n_open;
    uint32_t last_number;
    void (*on_end)(void *user);
    void *user;
};

/* ---- the table ---- */

static open_notice *find(const notify_server *s, uint32_t number)
{
    for (size_t i = 0; i < s->n_open; i++) {
        if (s->open[i].number == number) {
            return &s->open[i];
        }
    }
    return NULL;
}

static void set_timer(notify_server *s);

/* Takes it out, tells everybody why, and the queue `kind`. */
static void end(notify_server *s, open_notice *o, uint32_t reason, notify_event_kind kind)
{
    huis_error err = {0};
    (void)sd_bus_emit_signal(s->bus, BUS_PATH, BUS_NAME, "NotificationClosed", "uu", o->number,
                             reason);
    (void)notify_queue_event(s->queue, o->id, kind, &err);
    const size_t i = (size_t)(o - s->open);
    s->n_open--;
    memmove(&s->open[i], &s->open[i + 1], (s->n_open - i) * sizeof(*s->open));
    notify_queue_flush_soon(s->queue);
    set_timer(s);
}

static int on_expiry(sd_event_source *source, uint64_t usec, void *user)
{
    notify_server *const s = user;
    const int64_t now_us = clock_monotonic_us();
    (void)source;
    (void)usec;
    for (size_t i = s->n_open; i > 0; i--) {
        open_notice *const o = &s->open[i - 1];
        if (o->expires_us != 0 && o->expires_us <= now_us) {
            end(s, o, REASON_EXPIRED, NOTIFY_EVENT_EXPIRED);
        }
    }
    set_timer(s);
    return 0;
}

static void set_timer(notify_server *s)
{
    int64_t first_us = 0;
    for (size_t i = 0; i < s->n_open; i++) {
        const int64_t at_us = s->open[i].expires_us;
        first_us = at_us != 0 && (first_us == 0 || at_us < first_us) ? at_us : first_us;
    }
    if (first_us != 0 && s->timer == NULL) {
        (void)sd_event_add_time(s->queue->loop, &s->timer, CLOCK_MONOTONIC, (uint64_t)first_us,
                                ACCURACY_US, on_expiry, s);
    } else if (first_us != 0) {
        (void)sd_event_source_set_time(s->timer, (uint64_t)first_us);
        (void)sd_event_source_set_enabled(s->timer, SD_EVENT_ONESHOT);
    } else if (s->timer != NULL) {
        (void)sd_event_source_set_enabled(s->timer, SD_EVENT_OFF);
    }
}

static uint32_t next_number(notify_server *s)
{
    do {
        s->last_number++;
    } while (s->last_number == 0 || find(s, s->last_number) != NULL);
    return s->last_number;
}

/* ---- methods ---- */

static int on_capabilities(sd_bus_message *call, void *user, sd_bus_error *error)
{
    (void)user;
    (void)error;
    return sd_bus_reply_method_return(call, "as", 4, "actions", "body", "body-markup",
                                      "persistence");
}

static int on_information(sd_bus_message *call, void *user, sd_bus_error *error)
{
    (void)user;
    (void)error;
    return sd_bus_reply_method_return(call, "ssss", "huis", "huis", huis_version(), "1.2");
}

static int64_t expiry(const bus_notice *n)
{
    if (n->expire_ms == 0 || (n->expire_ms < 0 && n->record.urgency == CRITICAL)) {
        return 0;
    }
    const int64_t wait_ms = n->expire_ms > 0 ? n->expire_ms : EXPIRE_DEFAULT_MS;
    return clock_monotonic_us() + wait_ms * 1000;
}

static void fill(open_notice *o, const bus_notice *n)
{
    o->expires_us = expiry(n);
    o->resident = n->resident;
    (void)snprintf(o->id, sizeof(o->id), "%s", n->record.id);
    size_t at = 0;
    o->n_keys = 0;
    for (size_t i = 0; i < n->record.n_actions; i++) {
        const size_t len = strlen(n->action_keys[i]) + 1;
        if (at + len > sizeof(o->keys)) {
            break;
        }
        memcpy(&o->keys[at], n->action_keys[i], len);
        at += len;
        o->n_keys++;
    }
}

/* A place for the notice: that of the one it replaces, or the last. */
static open_notice *place(notify_server *s, const bus_notice *n)
{
    huis_error err = {0};
    open_notice *o = n->replaces != 0 ? find(s, n->replaces) : NULL;
    if (o != NULL) {
        (void)notify_queue_event(s->queue, o->id, NOTIFY_EVENT_REPLACED, &err);
        return o;
    }
    if (s->n_open == LIMIT_SERVER_OPEN) {
        end(s, &s->open[0], REASON_OTHER, NOTIFY_EVENT_CLOSED);
    }
    const uint32_t number = n->replaces != 0 ? n->replaces : next_number(s);
    o = &s->open[s->n_open++];
    *o = (open_notice){.number = number};
    return o;
}

static int on_notify(sd_bus_message *call, void *user, sd_bus_error *error)
{
    notify_server *const s = user;
    huis_error err = {0};
    bus_notice *notice = NULL;
    char id[BUS_ID_BYTES];
    const char *const sender = sd_bus_message_get_sender(call);
    if (bus_notice_read(&notice, call, BUS_FREEDESKTOP, bus_now(), &err) < 0) {
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, err.message);
    }
    bus_new_id(&s->queue->last_id, id);
    if (bus_notice_name(notice, id, &err) < 0) {
        bus_notice_free(notice);
        return -ENOMEM;
    }
    if (!notify_queue_admits(s->queue, notice->record.app, sender != NULL ? sender : "",
                             clock_monotonic_us())) {
        bus_notice_free(notice);
        return sd_bus_error_set(error, SD_BUS_ERROR_LIMITS_EXCEEDED,
                                "too many notifications at once");
    }
    open_notice *const o = place(s, notice);
    const uint32_t number = o->number;
    fill(o, notice);
    set_timer(s);
    if (notice->from_huis) {
        s->queue->sink.announce(s->queue->sink.user, notice);
        bus_notice_free(notice);
    } else {
        (void)notify_queue_add(s->queue, notice, &err); /* counted there */
        notify_queue_flush_soon(s->queue);
    }
    return sd_bus_reply_method_return(call, "u", number);
}

static int on_close(sd_bus_message *call, void *user, sd_bus_error *error)
{
    notify_server *const s = user;
    uint32_t number = 0;
    if (sd_bus_message_read_basic(call, 'u', &number) <= 0) {
        return -EINVAL;
    }
    open_notice *const o = find(s, number);
    if (o == NULL) { /* the specification: an empty error */
        return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "");
    }
    end(s, o, REASON_CLOSED, NOTIFY_EVENT_CLOSED);
    return sd_bus_reply_method_return(call, NULL);
}

/* ---- what the person does ---- */

uint32_t notify_server_number(const notify_server *s, const char *id)
{
    for (size_t i = 0; i < s->n_open; i++) {
        if (strcmp(s->open[i].id, id) == 0) {
            return s->open[i].number;
        }
    }
    return 0;
}

static bool has_key(const open_notice *o, const char *key)
{
    const char *k = o->keys;
    for (uint32_t i = 0; i < o->n_keys; i++, k += strlen(k) + 1) {
        if (strcmp(k, key) == 0) {
            return true;
        }
    }
    return false;
}

/* Keys lie one behind the other. */
static const char *key_at(const open_notice *o, uint32_t i_action)
{
    const char *key = o->keys;
    for (uint32_t i = 0; i < i_action && i < o->n_keys; i++) {
        key += strlen(key) + 1;
    }
    return i_action < o->n_keys ? key : NULL;
}

bool notify_server_invoke(notify_server *s, uint32_t number, const char *key, const char *token)
{
    huis_error err = {0};
    open_notice *const o = find(s, number);
    if (o == NULL || !has_key(o, key)) {
        return false;
    }
    if (token != NULL) {
        (void)sd_bus_emit_signal(s->bus, BUS_PATH, BUS_NAME, "ActivationToken", "us", number,
                                 token);
    }
    (void)sd_bus_emit_signal(s->bus, BUS_PATH, BUS_NAME, "ActionInvoked", "us", number, key);
    if (!o->resident) {
        end(s, o, REASON_DISMISSED, NOTIFY_EVENT_OPENED);
    } else {
        (void)notify_queue_event(s->queue, o->id, NOTIFY_EVENT_OPENED, &err);
        notify_queue_flush_soon(s->queue);
    }
    return true;
}

bool notify_server_dismiss(notify_server *s, uint32_t number)
{
    open_notice *const o = find(s, number);
    if (o != NULL) {
        end(s, o, REASON_DISMISSED, NOTIFY_EVENT_DISMISSED);
    }
    return o != NULL;
}

/* Dismiss(s id), Invoke(s id, u action, s token): ids are those of records, actions are counted from
 * 0 in the record's order. */
static int on_act(sd_bus_message *call, void *user, sd_bus_error *error)
{
    notify_server *const s = user;
    const char *id = NULL, *token = NULL;
    uint32_t action = 0;
    const bool invokes = sd_bus_message_is_method_call(call, NULL, "Invoke") > 0;
    const int r = invokes ? sd_bus_message_read(call, "sus", &id, &action, &token)
                          : sd_bus_message_read(call, "s", &id);
    if (r < 0) {
        return r;
    }
    const uint32_t number = notify_server_number(s, id);
    const open_notice *const o = find(s, number);
    const char *const key = o != NULL ? key_at(o, action) : NULL;
    const bool done = invokes ? key != NULL && notify_server_invoke(s, number, key,
                                                                    token[0] != '\0' ? token : NULL)
                              : notify_server_dismiss(s, number);
    return done ? sd_bus_reply_method_return(call, NULL)
                : sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, "not open");
}

static const sd_bus_vtable NOTIFICATIONS[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("GetCapabilities", "", "as", on_capabilities, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", on_notify, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CloseNotification", "u", "", on_close, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("GetServerInformation", "", "ssss", on_information, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("NotificationClosed", "uu", 0),
    SD_BUS_SIGNAL("ActionInvoked", "us", 0),
    SD_BUS_SIGNAL("ActivationToken", "us", 0),
    SD_BUS_VTABLE_END,
};

static const sd_bus_vtable OF_HUIS[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Dismiss", "s", "", on_act, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("Invoke", "sus", "", on_act, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_VTABLE_END,
};

/* ---- the life of a server ---- */

static int on_local(sd_bus_message *message, void *user, sd_bus_error *error)
{
    notify_server *const s = user;
    (void)error;
    if (sd_bus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected") > 0) {
        s->on_end(s->user);
    }
    return 0;
}

notify_server *notify_server_free(notify_server *s)
{
    if (s != NULL) {
        s->timer = sd_event_source_unref(s->timer);
        s->bus = sd_bus_flush_close_unref(s->bus);
        memory_free(s->open);
        memory_free(s);
    }
    return NULL;
}

static int refused(int r, huis_error *err)
{
    if (r == -EEXIST || r == -EALREADY) {
        return error_set(err, HUIS_E_DENIED, "%s",
                         tr("another notification server runs; follow it instead: huis notify "
                            "watch",
                            "un autre serveur de notifications tourne ; suivez-le plutôt : huis "
                            "notify watch"));
    }
    return error_set(err, HUIS_E_NOT_FOUND,
                     tr("no session bus (%s); start one, or set DBUS_SESSION_BUS_ADDRESS",
                        "pas de bus de session (%s) ; démarrez-en un ou donnez "
                        "DBUS_SESSION_BUS_ADDRESS"),
                     strerror(-r));
}

static int take_name(notify_server *s)
{
    int r = sd_bus_open_user(&s->bus);
    r = r < 0 ? r : sd_bus_add_object_vtable(s->bus, NULL, BUS_PATH, BUS_NAME, NOTIFICATIONS, s);
    r = r < 0 ? r
              : sd_bus_add_object_vtable(s->bus, NULL, BUS_PATH, SERVER_HUIS_INTERFACE, OF_HUIS, s);
    r = r < 0 ? r : sd_bus_request_name(s->bus, BUS_NAME, 0);
    r = r < 0 ? r : sd_bus_add_filter(s->bus, NULL, on_local, s);
    return r < 0 ? r : sd_bus_attach_event(s->bus, s->queue->loop, SD_EVENT_PRIORITY_NORMAL);
}

int notify_server_start(notify_server **out_server, notify_queue *queue, void (*on_end)(void *user),
                        void *user, huis_error *err)
{
    notify_server *s = memory_alloc(1, sizeof(*s));
    open_notice *const open = memory_alloc(LIMIT_SERVER_OPEN, sizeof(*open));
    if (s == NULL || open == NULL) {
        memory_free(s);
        memory_free(open);
        return error_no_memory(err, "the notification server");
    }
    *s = (notify_server){.queue = queue, .open = open, .on_end = on_end, .user = user};
    const int r = take_name(s);
    if (r < 0) {
        notify_server_free(s);
        return refused(r, err);
    }
    *out_server = s;
    return HUIS_OK;
}
