/*
 * notify_watch.c - huis notify watch: follows notifications, or serves them, or reads them as lines.
 *
 * Off until turned on (huis notify enable watch). One watcher at a time: a lock on a file of the
 * data directory, which the system releases however the watcher ends. What waits is committed
 * before it ends; after kill -9 only what was never shown can be missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "cli/environment.h"
#include "cli/notify_home.h"
#include "cli/notify_keep.h"
#include "cli/notify_lines.h"
#include "cli/notify_monitor.h"
#include "cli/notify_server.h"
#include "cli/output.h"

enum { TICK_US = 20000000, SECOND_US = 1000000 };

typedef struct watch {
    const arguments *args;
    sd_event *loop;
    sd_event_source *tick, *commands;
    notify_keep keep;
    notify_queue queue;
    notify_monitor monitor;
    notify_server *server; /* NULL: the monitor follows */
    bool lost_bus;         /* of the server */
    buffer typed;          /* commands of --serve, up to the next line end */
} watch;

/* ---- before it starts ---- */

static int check_switch(notification_store *store, huis_error *err)
{
    bool on = false;
    RETURN_IF_ERROR(notification_store_is_on(store, "watch", NULL, false, &on, err));
    if (!on) {
        return error_set(err, HUIS_E_DENIED, "%s",
                         tr("watching notifications is off; turn it on with: huis notify enable "
                            "watch",
                            "le suivi des notifications est arrêté ; activez-le : huis notify "
                            "enable watch"));
    }
    return HUIS_OK;
}

/* *out_fd stays open as long as the watcher runs. */
static int take_lock(const char *data_directory, int *out_fd, huis_error *err)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%s/notify-watch.lock", data_directory);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", path);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)close(fd);
        return error_set(err, HUIS_E_DENIED, "%s",
                         tr("another 'huis notify watch' runs; one is enough",
                            "un autre « huis notify watch » tourne déjà ; un seul suffit"));
    }
    *out_fd = fd;
    return HUIS_OK;
}

/* ---- while it runs ---- */

static int on_tick(sd_event_source *source, uint64_t usec, void *user)
{
    watch *const w = user;
    huis_error err = {0};
    (void)usec;
    int status = notify_keep_tick(&w->keep, &err);
    if (status == HUIS_OK) {
        status = notify_queue_tell_held(&w->queue, clock_monotonic_us(), false, &err);
        notify_queue_flush_soon(&w->queue);
    }
    if (status == HUIS_OK && check_switch(w->keep.store, &err) == HUIS_E_DENIED) {
        notify_keep_tell(&w->keep, err.message);
        return sd_event_exit(w->loop, 0);
    }
    (void)sd_event_source_set_time(source, (uint64_t)clock_monotonic_us() + TICK_US);
    (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    return 0;
}

static void on_server_end(void *user)
{
    watch *const w = user;
    w->lost_bus = true;
    (void)sd_event_exit(w->loop, 0);
}

static uint32_t number_of(void *user, const char *id)
{
    const watch *const w = user;
    return notify_server_number(w->server, id);
}

/* "dismiss 3", "action 3 reply", "action 3 reply TOKEN". */
static void obey(watch *w, char *line)
{
    char *save = NULL;
    const char *const verb = strtok_r(line, " \t", &save);
    const char *const number = strtok_r(NULL, " \t", &save);
    const char *const key = strtok_r(NULL, " \t", &save);
    const char *const token = strtok_r(NULL, " \t", &save);
    const uint32_t n = number != NULL ? (uint32_t)strtoul(number, NULL, 10) : 0;
    bool done = false;
    if (verb == NULL) {
        return;
    }
    if (strcmp(verb, "dismiss") == 0 && key == NULL) {
        done = notify_server_dismiss(w->server, n);
    } else if (strcmp(verb, "action") == 0 && key != NULL) {
        done = notify_server_invoke(w->server, n, key, token);
    }
    if (!done) {
        notify_keep_tell(&w->keep,
                         tr("not understood, or not open: 'dismiss N', 'action N KEY [TOKEN]'",
                            "pas compris, ou pas ouverte : « dismiss N », « action N CLÉ "
                            "[JETON] »"));
    }
}

static int on_typed(sd_event_source *source, int fd, uint32_t revents, void *user)
{
    watch *const w = user;
    char bytes[512];
    (void)revents;
    const ssize_t n = read(fd, bytes, sizeof(bytes));
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            (void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
        }
        return 0;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (bytes[i] != '\n') {
            (void)buffer_append_byte(&w->typed, bytes[i]);
        } else {
            if (buffer_ok(&w->typed) && w->typed.len > 0) {
                obey(w, w->typed.ptr);
            }
            buffer_reset(&w->typed);
        }
    }
    return 0;
}

static int start(watch *w, huis_error *err)
{
    if (!argument_flag(w->args, OPTION_SERVE)) {
        RETURN_IF_ERROR(notify_monitor_start(&w->monitor, &w->queue, err));
        output_note(w->args, "%s",
                    w->monitor.way == MONITOR_KDE
                        ? tr("following notifications through Plasma; end with Ctrl-C",
                             "suivi des notifications par Plasma ; Ctrl-C pour finir")
                        : tr("following the notifications of this session; end with Ctrl-C",
                             "suivi des notifications de cette session ; Ctrl-C pour finir"));
        return HUIS_OK;
    }
    RETURN_IF_ERROR(notify_server_start(&w->server, &w->queue, on_server_end, w, err));
    w->keep.only_interrupting = true;
    w->keep.number_of = number_of;
    w->keep.user = w;
    /* A regular file or nothing to read is no harm. */
    (void)sd_event_add_io(w->loop, &w->commands, STDIN_FILENO, EPOLLIN, on_typed, w);
    output_note(w->args, "%s",
                tr("serving notifications; what interrupts is shown here, the rest waits in 'huis "
                   "notify list'; type 'dismiss N' or 'action N KEY'; end with Ctrl-C",
                   "serveur de notifications ; ce qui interrompt est montré ici, le reste attend "
                   "dans « huis notify list » ; tapez « dismiss N » ou « action N CLÉ » ; Ctrl-C "
                   "pour finir"));
    return HUIS_OK;
}

static void report(const watch *w)
{
    output_note(w->args,
                tr("kept %llu notifications (%llu interrupted, %llu wait); %llu more counted in "
                   "floods, %llu copies, %llu malformed",
                   "%llu notifications gardées (%llu ont interrompu, %llu attendent) ; %llu autres "
                   "comptées en rafale, %llu copies, %llu illisibles"),
                (unsigned long long)w->queue.n_kept, (unsigned long long)w->keep.n_interrupting,
                (unsigned long long)w->keep.n_waiting, (unsigned long long)w->queue.n_held,
                (unsigned long long)w->monitor.n_copies,
                (unsigned long long)w->monitor.n_malformed);
}

static int open_loop(watch *w, huis_error *err)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    int r = sd_event_new(&w->loop);
    r = r < 0 ? r : sd_event_add_signal(w->loop, NULL, SIGINT, NULL, NULL);
    r = r < 0 ? r : sd_event_add_signal(w->loop, NULL, SIGTERM, NULL, NULL);
    r = r < 0 ? r
              : sd_event_add_time(w->loop, &w->tick, CLOCK_MONOTONIC,
                                  (uint64_t)clock_monotonic_us() + TICK_US, SECOND_US, on_tick, w);
    return r < 0 ? error_set(err, HUIS_E_IO, "no event loop: %s", strerror(-r)) : HUIS_OK;
}

static void close_watch(watch *w)
{
    w->server = notify_server_free(w->server);
    notify_monitor_stop(&w->monitor);
    notify_queue_deinit(&w->queue);
    notify_keep_deinit(&w->keep);
    w->tick = sd_event_source_unref(w->tick);
    w->commands = sd_event_source_unref(w->commands);
    w->loop = sd_event_unref(w->loop);
    buffer_deinit(&w->typed);
}

static int follow(const arguments *args, notification_store *store, huis_error *err)
{
    watch *const w = memory_alloc(1, sizeof(*w));
    if (w == NULL) {
        return error_no_memory(err, "the watcher");
    }
    w->args = args;
    buffer_init(&w->typed, 4096);
    notify_keep_init(&w->keep, args, store);
    int status = open_loop(w, err);
    notify_queue_init(&w->queue,
                      (notify_sink){.user = &w->keep,
                                    .wants = notify_keep_wants,
                                    .commit = notify_keep_commit,
                                    .show = notify_keep_show,
                                    .announce = notify_keep_announce,
                                    .tell = notify_keep_tell},
                      w->loop);
    if (status == HUIS_OK) {
        status = start(w, err);
    }
    if (status == HUIS_OK) {
        (void)sd_event_loop(w->loop);
        (void)notify_queue_tell_held(&w->queue, clock_monotonic_us(), true, err);
        status = notify_queue_flush(&w->queue, err);
        report(w);
    }
    if (status == HUIS_OK && w->lost_bus) {
        status = error_set(err, HUIS_E_IO, "%s",
                           tr("the session bus went away", "le bus de session a disparu"));
    }
    close_watch(w);
    memory_free(w);
    return status;
}

static int watch_notifications(const arguments *args, huis_error *err)
{
    notification_store *store = NULL;
    buffer directory;
    int lock = -1;
    buffer_init(&directory, PATH_MAX);
    int status = notify_home_open(args, &directory, &store, err);
    if (status == HUIS_OK) {
        status = check_switch(store, err);
    }
    if (status == HUIS_OK && argument_flag(args, OPTION_STDIN)) {
        status = notify_lines_run(args, store, err);
    } else if (status == HUIS_OK) {
        status = take_lock(buffer_string(&directory), &lock, err);
        status = status == HUIS_OK ? follow(args, store, err) : status;
    }
    if (lock >= 0) {
        (void)close(lock);
    }
    notification_store_close(store);
    buffer_deinit(&directory);
    return status;
}

int run_notify_watch(const arguments *args)
{
    huis_error err = {0};
    if (argument_flag(args, OPTION_SERVE) && argument_flag(args, OPTION_STDIN)) {
        return output_usage_error(args->command, "%s",
                                  tr("--serve and --stdin do not go together",
                                     "--serve et --stdin ne vont pas ensemble"));
    }
    const int status = watch_notifications(args, &err);
    return status < 0 ? output_error(&err) : output_finish();
}
