/*
 * notify_list.c - huis notify list: what matters first, and why; live on a terminal.
 *
 * On a terminal the alternate screen is used and given back however the view ends. The store is read
 * again when its files change. Off a terminal, or with --format json, the list is printed once.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <systemd/sd-bus.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/environment.h"
#include "cli/notify_home.h"
#include "cli/notify_listing.h"
#include "cli/notify_server.h"
#include "cli/output.h"
#include "cli/terminal_text.h"

enum { WAIT_MS = 1000, ESCAPE_MS = 40, RELOAD_US = 30000000, KEYS_BYTES = 256 };

typedef struct live {
    notification_store *store;
    char wal[PATH_MAX]; /* the store's log: changes with every commit */
    struct timespec seen;
    int64_t seen_bytes, loaded_us;
    notify_listing view;
    notify_screen screen;
    char focus[32];
    char opened[64]; /* id of the open text; told to the store as it is left */
    struct termios before;
    int signals;
    bool quit;
} live;

/* ---- printed once ---- */

static json_t *item_json(const screen_item *item, size_t rank)
{
    json_t *const reasons = json_array();
    json_t *const actions = json_array();
    char when[64];
    const time_t at = (time_t)item->time.seconds;
    struct tm utc;
    for (size_t i = 0; i < item->n_reasons; i++) {
        (void)json_array_append_new(reasons, json_string(item->reasons[i]));
    }
    for (size_t i = 0; i < item->n_actions; i++) {
        (void)json_array_append_new(actions, json_string(item->actions[i]));
    }
    when[0] = '\0';
    if (gmtime_r(&at, &utc) != NULL) {
        (void)strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    return json_pack("{s:s, s:I, s:s, s:f, s:b, s:o, s:s?, s:s, s:s?, s:s?, s:s?, s:s, s:o}", "id",
                     item->id, "rank", (json_int_t)rank, "class", huis_notify_class_name(item->cls),
                     "score", item->score, "interrupt", (int)item->interrupt, "reasons", reasons,
                     "deadline", item->deadline, "app", item->app, "sender", item->sender, "title",
                     item->title, "body", item->body, "time", when, "actions", actions);
}

static void print_json(const notify_listing *v)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < v->n_items; i++) {
        (void)json_array_append_new(list, item_json(&v->items[i], i + 1));
    }
    json_t *const root = json_pack("{s:o}", "notifications", list);
    output_json(root);
    json_decref(root);
}

static void print_text(const notify_listing *v)
{
    buffer line, text;
    buffer_init(&line, LIMIT_SCREEN_TEXT_BYTES);
    buffer_init(&text, LIMIT_SCREEN_TEXT_BYTES);
    for (size_t i = 0; i < v->n_items; i++) {
        const screen_item *const item = &v->items[i];
        char when[32];
        buffer_reset(&line);
        buffer_reset(&text);
        notify_screen_when(&item->time, (int64_t)time(NULL), when);
        terminal_put_padded(&line, span_from_string(notify_screen_class(item->cls)), 11);
        (void)buffer_printf(&line, "  %-10s  %s  ", when, item->id);
        notify_screen_line(item, &text);
        (void)terminal_put(&line, buffer_span(&text), SIZE_MAX);
        (void)buffer_append_string(&line, "\n    ");
        buffer_reset(&text);
        notify_screen_reasons(item, &text);
        (void)terminal_put(&line, buffer_span(&text), SIZE_MAX);
        (void)buffer_append_byte(&line, '\n');
        output_text(buffer_span(&line));
    }
    buffer_deinit(&text);
    buffer_deinit(&line);
}

static int print_once(const arguments *args, notification_store *store, huis_error *err)
{
    notify_listing v;
    RETURN_IF_ERROR(notify_listing_load(&v, store, err));
    if (argument_is(args, OPTION_NOTIFY_FORMAT, "json")) {
        print_json(&v);
    } else {
        print_text(&v);
    }
    notify_listing_free(&v);
    return HUIS_OK;
}

/* ---- the terminal ---- */

static void put(const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t n = write(STDOUT_FILENO, bytes, len);
        if (n <= 0 && errno != EINTR && errno != EAGAIN) {
            return;
        }
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
}

static void measure(notify_screen *s)
{
    struct winsize size;
    const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
    s->rows = known ? size.ws_row : 24;
    s->columns = known ? size.ws_col : 80;
}

static int enter(live *l, huis_error *err)
{
    static const char ENTER[] = "\033[?1049h\033[?25l\033[?7l\033[2J";
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    (void)sigaddset(&set, SIGWINCH);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l->signals < 0 || tcgetattr(STDIN_FILENO, &l->before) != 0) {
        return error_from_errno(err, "cannot use", "the terminal");
    }
    struct termios raw = l->before;
    cfmakeraw(&raw);
    raw.c_oflag |= OPOST;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
    put(ENTER, sizeof(ENTER) - 1);
    return HUIS_OK;
}

static void leave(live *l)
{
    static const char LEAVE[] = "\033[0m\033[?7h\033[?25h\033[?1049l";
    put(LEAVE, sizeof(LEAVE) - 1);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &l->before);
    (void)close(l->signals);
}

static void draw(live *l)
{
    buffer frame;
    buffer_init(&frame, 4 * LIMIT_SCREEN_TEXT_BYTES);
    l->screen.now = (int64_t)time(NULL);
    notify_screen_draw(&l->screen, &frame);
    put(buffer_string(&frame), frame.len);
    buffer_deinit(&frame);
}

/* ---- what is shown ---- */

static void note(live *l, const char *words)
{
    (void)snprintf(l->screen.note, sizeof(l->screen.note), " %.240s", words);
}

static int load(live *l, huis_error *err)
{
    notify_listing next;
    RETURN_IF_ERROR(notify_listing_load(&next, l->store, err));
    if (!notify_screen_set(&l->screen, next.items, next.n_items)) {
        notify_listing_free(&next);
        return error_no_memory(err, "the list of notifications");
    }
    notify_listing_free(&l->view);
    l->view = next;
    l->loaded_us = clock_monotonic_us();
    return HUIS_OK;
}

static bool has_changed(live *l)
{
    struct stat st = {.st_size = 0};
    (void)stat(l->wal, &st);
    const bool same = st.st_mtim.tv_sec == l->seen.tv_sec &&
                      st.st_mtim.tv_nsec == l->seen.tv_nsec && st.st_size == l->seen_bytes;
    l->seen = st.st_mtim;
    l->seen_bytes = st.st_size;
    return !same || clock_monotonic_us() - l->loaded_us > RELOAD_US;
}

/* While a text is open, it stays as it is. */
static void refresh(live *l)
{
    huis_error err = {0};
    const bool reading = l->screen.mode == SCREEN_OPEN || l->screen.mode == SCREEN_WHY;
    if (!reading && has_changed(l) && load(l, &err) < 0) {
        note(l, err.message);
    }
}

/* ---- what the person does ---- */

/* Lets huis's own server act, if it runs; false: it does not, or has no such notification. */
static bool ask_server(const char *id, const char *member, uint32_t action)
{
    sd_bus *bus = NULL;
    int r = sd_bus_open_user(&bus);
    if (r >= 0 && strcmp(member, "Invoke") == 0) {
        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, SERVER_HUIS_INTERFACE, member, NULL, NULL,
                               "sus", id, action, "");
    } else if (r >= 0) {
        r = sd_bus_call_method(bus, BUS_NAME, BUS_PATH, SERVER_HUIS_INTERFACE, member, NULL, NULL,
                               "s", id);
    }
    sd_bus_flush_close_unref(bus);
    return r >= 0;
}

static void teach(live *l, const char *id, huis_notify_verdict verdict, const char *words)
{
    huis_error err = {0};
    size_t i = 0;
    while (i < l->view.n_items && strcmp(l->view.items[i].id, id) != 0) {
        i++;
    }
    if (i == l->view.n_items) {
        return;
    }
    if (notify_listing_teach(&l->view, i, l->store, verdict, &err) < 0 || load(l, &err) < 0) {
        note(l, err.message);
    } else {
        note(l, words);
    }
}

static void grant(live *l, screen_wish wish)
{
    const screen_item *const item = notify_screen_selected(&l->screen);
    char id[64] = "";
    if (wish == WISH_QUIT) {
        l->quit = true;
    }
    if (item == NULL) {
        return;
    }
    (void)snprintf(id, sizeof(id), "%s", item->id);
    if (wish == WISH_OPENED) {
        (void)snprintf(l->opened, sizeof(l->opened), "%s", id);
    } else if (wish == WISH_DISMISS) {
        l->screen.mode = SCREEN_LIST;
        l->opened[0] = '\0';
        (void)ask_server(id, "Dismiss", 0);
        teach(l, id, HUIS_VERDICT_DISMISSED, tr("dismissed", "écartée"));
    } else if (wish == WISH_HIGHER) {
        teach(l, id, HUIS_VERDICT_UP, tr("noted: higher", "noté : plus haut"));
    } else if (wish == WISH_LOWER) {
        teach(l, id, HUIS_VERDICT_DOWN, tr("noted: lower", "noté : plus bas"));
    } else if (wish == WISH_ACTION) {
        note(l, ask_server(id, "Invoke", (uint32_t)l->screen.action)
                    ? tr("done", "fait")
                    : tr("only possible while 'huis notify watch --serve' is the server",
                         "possible seulement quand « huis notify watch --serve » est le serveur"));
    }
}

/* An open text that was left counts as opened. */
static void settle_opened(live *l)
{
    if (l->opened[0] != '\0' && l->screen.mode != SCREEN_OPEN && l->screen.mode != SCREEN_WHY) {
        char id[sizeof(l->opened)];
        memcpy(id, l->opened, sizeof(id));
        l->opened[0] = '\0';
        teach(l, id, HUIS_VERDICT_OPENED, tr("opened", "ouverte"));
    }
}

static void press_all(live *l, char *bytes, size_t *len, bool is_all)
{
    size_t used = 0;
    uint32_t key = 0;
    for (;;) {
        const size_t n = notify_screen_key(span_from(bytes + used, *len - used), is_all, &key);
        if (n == 0) {
            break;
        }
        used += n;
        if (key != KEY_NONE) {
            grant(l, notify_screen_press(&l->screen, key));
            settle_opened(l);
        }
    }
    memmove(bytes, bytes + used, *len - used);
    *len -= used;
}

static void take_signals(live *l)
{
    struct signalfd_siginfo info;
    while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGWINCH) {
            measure(&l->screen);
        } else {
            l->quit = true;
        }
    }
}

static void run(live *l)
{
    char bytes[KEYS_BYTES];
    size_t len = 0;
    while (!l->quit) {
        draw(l);
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = l->signals, .events = POLLIN}};
        const int ready = poll(fds, 2, len > 0 ? ESCAPE_MS : WAIT_MS);
        if (ready < 0 && errno != EINTR) {
            break;
        }
        take_signals(l);
        if (ready > 0 && fds[0].revents != 0) {
            const ssize_t n = read(STDIN_FILENO, bytes + len, sizeof(bytes) - len);
            if (n <= 0) {
                break; /* the terminal is gone */
            }
            len += (size_t)n;
            press_all(l, bytes, &len, len == sizeof(bytes));
        } else if (ready == 0) {
            press_all(l, bytes, &len, true);
            refresh(l);
        }
    }
}

static int show_live(notification_store *store, const char *directory, huis_error *err)
{
    live l = {.store = store};
    char *focus = NULL;
    bool on = false;
    (void)snprintf(l.wal, sizeof(l.wal), "%s/notifications.db-wal", directory);
    notify_screen_init(&l.screen, 24, 80, environment_wants_color(STDOUT_FILENO));
    measure(&l.screen);
    RETURN_IF_ERROR(notification_store_is_on(store, "watch", NULL, false, &on, err));
    RETURN_IF_ERROR(notification_store_setting(store, "focus", &focus, err));
    (void)snprintf(l.focus, sizeof(l.focus), "%s", focus != NULL ? focus : "");
    memory_free(focus);
    l.screen.watching = on;
    l.screen.focus = l.focus[0] != '\0' ? l.focus : NULL;
    (void)has_changed(&l);
    int status = load(&l, err);
    if (status == HUIS_OK) {
        status = enter(&l, err);
    }
    if (status == HUIS_OK) {
        run(&l);
        l.screen.mode = SCREEN_LIST;
        settle_opened(&l);
        leave(&l);
    }
    notify_screen_deinit(&l.screen);
    notify_listing_free(&l.view);
    return status;
}

int run_notify_list(const arguments *args)
{
    huis_error err = {0};
    notification_store *store = NULL;
    buffer directory;
    buffer_init(&directory, PATH_MAX);
    const bool is_live = isatty(STDIN_FILENO) != 0 && isatty(STDOUT_FILENO) != 0 &&
                         args->values[OPTION_NOTIFY_FORMAT] == NULL;
    int status = notify_home_open(args, &directory, &store, &err);
    if (status == HUIS_OK) {
        status = is_live ? show_live(store, buffer_string(&directory), &err)
                         : print_once(args, store, &err);
    }
    notification_store_close(store);
    buffer_deinit(&directory);
    return status < 0 ? output_error(&err) : output_finish();
}
