/*
 * notify_bus_read.c - see notify_bus.h.
 *
 * Idea: one cursor goes over the message once. Hints are found in a table; a hint of another type
 * than its own is skipped as if it were not there, since senders get types wrong (an urgency as an
 * int32 is common, and read).
 */
#include "cli/notify_bus.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { MINUTE_S = 60, BASE_36 = 36, ID_DIGITS = 10 };

/* ---- notices ---- */

bus_notice *bus_notice_free(bus_notice *notice)
{
    if (notice != NULL) {
        arena_deinit(&notice->memory);
        memory_free(notice);
    }
    return NULL;
}

static bus_notice *notice_new(huis_time now)
{
    bus_notice *const notice = memory_alloc(1, sizeof(*notice));
    if (notice != NULL) {
        arena_init(&notice->memory, LIMIT_BUS_NOTICE_BYTES);
        notice->record.urgency = -1;
        notice->record.time = now;
        notice->expire_ms = -1;
    }
    return notice;
}

/* A copy of at most `max` bytes, cut at a character. */
static const char *keep(bus_notice *notice, const char *text, size_t max)
{
    span s = span_from_string(text);
    if (s.len > max) {
        s.len = max;
        s.len = utf8_complete_prefix(s);
        notice->cut = true;
    }
    return arena_copy(&notice->memory, s);
}

const char *bus_notice_keep(bus_notice *notice, const char *text)
{
    return keep(notice, text, LIMIT_BUS_WORD_BYTES);
}

int bus_notice_name(bus_notice *notice, const char *id, huis_error *err)
{
    notice->record.id = arena_copy(&notice->memory, span_from_string(id));
    return notice->record.id != NULL ? HUIS_OK : error_no_memory(err, "a notification");
}

int bus_notice_make(bus_notice **out_notice, const char *app, const char *title, const char *body,
                    huis_time now, huis_error *err)
{
    bus_notice *const notice = notice_new(now);
    if (notice == NULL) {
        return error_no_memory(err, "a notification");
    }
    huis_notification *const r = &notice->record;
    r->app = keep(notice, app, LIMIT_BUS_WORD_BYTES);
    r->title = keep(notice, title, LIMIT_BUS_TITLE_BYTES);
    r->body = body != NULL ? keep(notice, body, LIMIT_BUS_BODY_BYTES) : NULL;
    if (r->app == NULL || r->title == NULL || (body != NULL && r->body == NULL)) {
        bus_notice_free(notice);
        return error_no_memory(err, "a notification");
    }
    *out_notice = notice;
    return HUIS_OK;
}

/* ---- names of apps ---- */

static bool is_one_of(span word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_equal(word, span_from_string(list[i]))) {
            return true;
        }
    }
    return false;
}

/* "org.gnome.Calendar" -> "Calendar"; "org.telegram.desktop" -> "telegram". */
static span short_app(span id)
{
    static const char *const EMPTY_WORDS[] = {"desktop", "Desktop", "app",
                                              "App",     "client",  "Client"};
    if (span_ends_with(id, SPAN(".desktop")) && memchr(id.ptr, '.', id.len - 8) == NULL) {
        id.len -= 8;
    }
    size_t n_dots = 0;
    for (size_t i = 0; i < id.len; i++) {
        n_dots += id.ptr[i] == '.';
    }
    if (n_dots < 2) {
        return id;
    }
    span word = id;
    for (size_t tries = 0; tries < 2; tries++) {
        const char *const dot = memrchr(id.ptr, '.', id.len);
        const size_t at = dot != NULL ? (size_t)(dot - id.ptr) : 0;
        word = dot != NULL ? span_slice(id, at + 1, id.len) : id;
        if (word.len > 0 && !is_one_of(word, EMPTY_WORDS, sizeof(EMPTY_WORDS) / sizeof(char *))) {
            break;
        }
        id.len = at;
    }
    return word;
}

/* Names that a tool gives, not the app that speaks through it. */
static bool names_a_tool(const char *name)
{
    static const char *const TOOLS[] = {"",       "notify-send", "gdbus",
                                        "busctl", "dbus-send",   "notify-desktop"};
    return is_one_of(span_from_string(name), TOOLS, sizeof(TOOLS) / sizeof(char *));
}

/* ---- hints ---- */

/* What hints say before it is settled what they mean together. */
typedef struct hints {
    const char *desktop_entry, *shown_app; /* x-kde-display-appname */
    const char *sender, *conversation, *stack;
    bool append; /* x-canonical-append */
} hints;

typedef enum hint_id {
    HINT_APPEND,
    HINT_CATEGORY,
    HINT_CONVERSATION,
    HINT_DESKTOP,
    HINT_HUIS,
    HINT_KDE_APP,
    HINT_ORIGIN,
    HINT_RESIDENT,
    HINT_SENDER,
    HINT_PID,
    HINT_STACK,
    HINT_TRANSIENT,
    HINT_URGENCY
} hint_id;

static const struct {
    const char *name;
    hint_id id;
} HINTS[] = {
    {"category", HINT_CATEGORY},
    {"conversation", HINT_CONVERSATION},
    {"desktop-entry", HINT_DESKTOP},
    {"resident", HINT_RESIDENT},
    {"sender", HINT_SENDER},
    {"sender-pid", HINT_PID},
    {"synchronous", HINT_STACK},
    {"transient", HINT_TRANSIENT},
    {"urgency", HINT_URGENCY},
    {"x-canonical-append", HINT_APPEND},
    {"x-canonical-private-synchronous", HINT_STACK},
    {"x-dunst-stack-tag", HINT_STACK},
    {"x-huis-digest", HINT_HUIS},
    {"x-kde-display-appname", HINT_KDE_APP},
    {"x-kde-origin-name", HINT_ORIGIN},
};

static bool find_hint(const char *name, hint_id *out_id)
{
    for (size_t i = 0; i < sizeof(HINTS) / sizeof(HINTS[0]); i++) {
        if (strcmp(name, HINTS[i].name) == 0) {
            *out_id = HINTS[i].id;
            return true;
        }
    }
    return false;
}

/* The value of a hint: text, or a number. */
typedef struct hint_value {
    const char *text; /* NULL: a number, or something skipped */
    int64_t number;
    bool is_number;
} hint_value;

/* Whole numbers and booleans of any width. */
static int read_number(sd_bus_message *m, char type, int64_t *out)
{
    union {
        uint8_t y;
        int16_t n;
        uint16_t q;
        int32_t i;
        uint32_t u;
        int64_t x;
        uint64_t t;
        int b;
    } v = {.t = 0};
    const int r = sd_bus_message_read_basic(m, type, &v);
    *out = type == 'y'   ? v.y
           : type == 'n' ? v.n
           : type == 'q' ? v.q
           : type == 'i' ? v.i
           : type == 'u' ? (int64_t)v.u
           : type == 'b' ? v.b
                         : v.x;
    return r;
}

/* The variant at the cursor, if it holds text or a number; else it is passed over. */
static int read_value(sd_bus_message *m, hint_value *out)
{
    const char *contents = NULL;
    char type = 0;
    int r = sd_bus_message_peek_type(m, &type, &contents);
    if (r <= 0 || type != 'v' || contents == NULL) {
        return r < 0 ? r : -EBADMSG;
    }
    *out = (hint_value){.text = NULL};
    if (contents[0] == '\0' || contents[1] != '\0' || strchr("sybnqiuxt", contents[0]) == NULL) {
        return sd_bus_message_skip(m, "v");
    }
    const char held[2] = {contents[0], '\0'};
    r = sd_bus_message_enter_container(m, 'v', held);
    if (r >= 0 && held[0] == 's') {
        r = sd_bus_message_read_basic(m, 's', &out->text);
    } else if (r >= 0) {
        r = read_number(m, held[0], &out->number);
        out->is_number = true;
    }
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

static void apply_text(bus_notice *notice, hints *h, hint_id id, const char *text)
{
    const char **const slot = id == HINT_CATEGORY       ? &notice->record.category
                              : id == HINT_CONVERSATION ? &h->conversation
                              : id == HINT_DESKTOP      ? &h->desktop_entry
                              : id == HINT_KDE_APP      ? &h->shown_app
                              : id == HINT_SENDER       ? &h->sender
                              : id == HINT_ORIGIN       ? (h->sender == NULL ? &h->sender : NULL)
                              : id == HINT_STACK        ? &h->stack
                                                        : NULL;
    if (slot != NULL && text[0] != '\0') {
        *slot = bus_notice_keep(notice, text);
    } else if (id == HINT_APPEND) {
        h->append = true; /* its value is an empty string by custom */
    }
}

static void apply_number(bus_notice *notice, hints *h, hint_id id, int64_t number)
{
    if (id == HINT_URGENCY && number >= 0 && number <= 2) {
        notice->record.urgency = (int)number;
    } else if (id == HINT_TRANSIENT) {
        notice->transient = number != 0;
    } else if (id == HINT_RESIDENT) {
        notice->resident = number != 0;
    } else if (id == HINT_PID && number > 0) {
        notice->sender_pid = number;
    } else if (id == HINT_HUIS) {
        notice->from_huis = number != 0;
    } else if (id == HINT_APPEND) {
        h->append = number != 0;
    }
}

/* a{sv}; the pairs after LIMIT_BUS_HINTS are passed over. */
static int read_hints(sd_bus_message *m, bus_notice *notice, hints *h)
{
    int r = sd_bus_message_enter_container(m, 'a', "{sv}");
    for (size_t n = 0; r >= 0; n++) {
        r = sd_bus_message_enter_container(m, 'e', "sv");
        if (r <= 0) {
            break;
        }
        const char *name = NULL;
        hint_value value = {.text = NULL};
        hint_id id = HINT_APPEND;
        r = sd_bus_message_read_basic(m, 's', &name);
        const bool known = r > 0 && n < LIMIT_BUS_HINTS && find_hint(name, &id);
        if (r >= 0) {
            r = known ? read_value(m, &value) : sd_bus_message_skip(m, "v");
        }
        if (known && value.text != NULL) {
            apply_text(notice, h, id, value.text);
        } else if (known && value.is_number) {
            apply_number(notice, h, id, value.number);
        }
        r = r < 0 ? r : sd_bus_message_exit_container(m);
    }
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* ---- calls ---- */

/* as: key, label, key, label; a last key without label is left out. */
static int read_actions(sd_bus_message *m, bus_notice *notice)
{
    const char **const keys = arena_alloc(&notice->memory, LIMIT_BUS_ACTIONS, sizeof(*keys));
    const char **const labels = arena_alloc(&notice->memory, LIMIT_BUS_ACTIONS, sizeof(*labels));
    if (keys == NULL || labels == NULL) {
        return -ENOMEM;
    }
    int r = sd_bus_message_enter_container(m, 'a', "s");
    size_t n = 0;
    const char *key = NULL;
    while (r >= 0 && (r = sd_bus_message_read_basic(m, 's', &key)) > 0) {
        const char *label = NULL;
        r = sd_bus_message_read_basic(m, 's', &label);
        if (r <= 0) {
            break;
        }
        if (n < LIMIT_BUS_ACTIONS) {
            keys[n] = bus_notice_keep(notice, key);
            labels[n] = bus_notice_keep(notice, label);
            if (keys[n] == NULL || labels[n] == NULL) {
                return -ENOMEM;
            }
            n++;
        }
    }
    notice->action_keys = keys;
    notice->record.actions = labels;
    notice->record.n_actions = n;
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* Sets a text field; false: no memory. An empty one is as if not given. */
static bool set_text(bus_notice *notice, const char **field, const char *text, size_t max)
{
    *field = text != NULL && text[0] != '\0' ? keep(notice, text, max) : NULL;
    return text == NULL || text[0] == '\0' || *field != NULL;
}

static bool settle_app(bus_notice *notice, const hints *h, const char *said)
{
    const char *const name = h->shown_app != NULL ? h->shown_app : said;
    span app = span_from_string(name);
    if (name == NULL || (names_a_tool(name) && h->desktop_entry != NULL)) {
        app = short_app(span_from_string(h->desktop_entry));
    }
    if (app.len == 0) {
        app = SPAN("?");
    }
    app.len = app.len > LIMIT_BUS_WORD_BYTES ? LIMIT_BUS_WORD_BYTES : app.len;
    app.len = utf8_complete_prefix(app);
    notice->record.app = arena_copy(&notice->memory, app);
    return notice->record.app != NULL;
}

/* Messengers put the person, or the group, into the title. */
static void settle_people(bus_notice *notice, const hints *h)
{
    huis_notification *const r = &notice->record;
    const bool is_chat = r->category != NULL && strncmp(r->category, "im", 2) == 0 &&
                         (r->category[2] == '\0' || r->category[2] == '.');
    r->sender = h->sender != NULL ? h->sender : is_chat ? r->title : NULL;
    r->conversation = h->conversation != NULL ? h->conversation
                      : h->stack != NULL      ? h->stack
                      : is_chat || h->append  ? r->title
                                              : NULL;
}

/* susssasa{sv}i, or u before it. */
static int read_notify(sd_bus_message *m, bus_notice *notice, bus_form form)
{
    const char *app = NULL, *icon = NULL, *title = NULL, *body = NULL;
    hints h = {.append = false};
    int r = form == BUS_KDE ? sd_bus_message_read(m, "u", &notice->number) : 0;
    r = r < 0 ? r : sd_bus_message_read(m, "susss", &app, &notice->replaces, &icon, &title, &body);
    r = r >= 0 && body == NULL ? -ENXIO : r; /* a message that ends here */
    r = r < 0 ? r : read_actions(m, notice);
    r = r < 0 ? r : read_hints(m, notice, &h);
    r = r < 0 ? r : sd_bus_message_read(m, "i", &notice->expire_ms);
    if (r < 0) {
        return r;
    }
    huis_notification *const record = &notice->record;
    if (!set_text(notice, &record->title, title, LIMIT_BUS_TITLE_BYTES) ||
        !set_text(notice, &record->body, body, LIMIT_BUS_BODY_BYTES) ||
        !settle_app(notice, &h, app)) {
        return -ENOMEM;
    }
    record->source = form == BUS_KDE ? "kde" : "freedesktop";
    settle_people(notice, &h);
    return 0;
}

/* The pairs of a GTK notification that are of use. */
static int apply_gtk(sd_bus_message *m, bus_notice *notice, const char *name)
{
    static const struct {
        const char *name;
        int urgency;
    } PRIORITIES[] = {{"low", 0}, {"normal", 1}, {"high", 1}, {"urgent", 2}};
    huis_notification *const r = &notice->record;
    hint_value value = {.text = NULL};
    const int status = read_value(m, &value);
    if (status < 0 || (value.text == NULL && !value.is_number)) {
        return status;
    }
    bool ok = true;
    if (value.text != NULL && strcmp(name, "title") == 0) {
        ok = set_text(notice, &r->title, value.text, LIMIT_BUS_TITLE_BYTES);
    } else if (value.text != NULL && strcmp(name, "body") == 0) {
        ok = set_text(notice, &r->body, value.text, LIMIT_BUS_BODY_BYTES);
    } else if (value.text != NULL && strcmp(name, "category") == 0) {
        ok = set_text(notice, &r->category, value.text, LIMIT_BUS_WORD_BYTES);
    } else if (value.is_number && strcmp(name, "urgent") == 0 && value.number != 0) {
        r->urgency = 2;
    } else if (value.text != NULL && strcmp(name, "priority") == 0) {
        for (size_t i = 0; i < sizeof(PRIORITIES) / sizeof(PRIORITIES[0]); i++) {
            r->urgency =
                strcmp(value.text, PRIORITIES[i].name) == 0 ? PRIORITIES[i].urgency : r->urgency;
        }
    }
    return ok ? 0 : -ENOMEM;
}

/* ssa{sv}: app id, name of the notification, what it holds. */
static int read_gtk(sd_bus_message *m, bus_notice *notice)
{
    const char *app = NULL, *tag = NULL;
    int r = sd_bus_message_read(m, "ss", &app, &tag);
    r = r >= 0 && tag == NULL ? -ENXIO : r;
    r = r < 0 ? r : sd_bus_message_enter_container(m, 'a', "{sv}");
    if (r < 0) {
        return r;
    }
    const hints h = {.desktop_entry = app};
    notice->tag = bus_notice_keep(notice, tag);
    notice->app_id = bus_notice_keep(notice, app);
    if (notice->tag == NULL || notice->app_id == NULL || !settle_app(notice, &h, NULL)) {
        return -ENOMEM;
    }
    while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
        const char *name = NULL;
        r = sd_bus_message_read_basic(m, 's', &name);
        r = r < 0 ? r : apply_gtk(m, notice, name);
        r = r < 0 ? r : sd_bus_message_exit_container(m);
        if (r < 0) {
            break;
        }
    }
    notice->record.source = "gtk";
    settle_people(notice, &h);
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

int bus_notice_read(bus_notice **out_notice, sd_bus_message *m, bus_form form, huis_time now,
                    huis_error *err)
{
    bus_notice *const notice = notice_new(now);
    if (notice == NULL) {
        return error_no_memory(err, "a notification");
    }
    const int r = form == BUS_GTK ? read_gtk(m, notice) : read_notify(m, notice, form);
    int status = HUIS_OK;
    if (r == -ENOMEM) {
        status = error_no_memory(err, "a notification");
    } else if (r < 0) {
        status = error_set(err, HUIS_E_BAD_FILE, "a notification on the bus is malformed: %s",
                           strerror(-r));
    } else if (notice->record.title == NULL && notice->record.body == NULL) {
        status = error_set(err, HUIS_E_BAD_FILE, "a notification on the bus has no text");
    }
    if (status != HUIS_OK) {
        bus_notice_free(notice);
        return status;
    }
    *out_notice = notice;
    return HUIS_OK;
}

/* ---- time and ids ---- */

huis_time bus_now(void)
{
    const int64_t seconds = clock_wall_us() / 1000000;
    const time_t when = (time_t)seconds;
    struct tm local;
    huis_time t = {.seconds = seconds, .known = true};
    if (localtime_r(&when, &local) != NULL) {
        t.zone_minutes = (int32_t)(local.tm_gmtoff / MINUTE_S);
    }
    return t;
}

void bus_new_id(int64_t *last, char out[BUS_ID_BYTES])
{
    const int64_t now = clock_wall_us();
    *last = now > *last ? now : *last + 1;
    int64_t rest = *last;
    out[0] = 'n';
    for (size_t i = ID_DIGITS; i > 0; i--) {
        out[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % BASE_36];
        rest /= BASE_36;
    }
    out[ID_DIGITS + 1] = '\0';
}
