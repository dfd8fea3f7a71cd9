/*
 * notify_timer.c - huis notify timer: a digest in the morning and in the evening, by systemd.
 *
 * Two units of the person's own are written (a service that runs once, a timer), and the person's
 * systemd is asked over the session bus to load and start them; where there is none, the command
 * that does it is told. Off until turned on.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-bus.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/command.h"
#include "cli/environment.h"
#include "cli/output.h"

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER "org.freedesktop.systemd1.Manager"
#define TIMER_UNIT "huis-digest.timer"
#define SERVICE_UNIT "huis-digest.service"
#define TIMES_DEFAULT "08:00,18:30"

enum { TIMES_MAX = 12, UNIT_BYTES = 64 * 1024 };

/* ---- what the units say ---- */

static bool is_clock(const char *t)
{
    const bool shaped = t[0] >= '0' && t[0] <= '2' && t[1] >= '0' && t[1] <= '9' && t[2] == ':' &&
                        t[3] >= '0' && t[3] <= '5' && t[4] >= '0' && t[4] <= '9';
    return shaped && (t[0] < '2' || t[1] < '4');
}

/* "08:00,18:30" as OnCalendar lines. */
static int put_times(const char *times, buffer *out, huis_error *err)
{
    size_t n = 0;
    const char *t = times;
    for (;; t += 6) {
        if (strnlen(t, 5) < 5 || !is_clock(t) || (t[5] != ',' && t[5] != '\0') || ++n > TIMES_MAX) {
            return error_set(err, HUIS_E_BAD_ARGUMENT,
                             tr("--at %s: must be one to %d times of day, as 08:00,18:30",
                                "--at %s : il faut une à %d heures du jour, comme 08:00,18:30"),
                             times, (int)TIMES_MAX);
        }
        (void)buffer_printf(out, "OnCalendar=*-*-* %.5s:00\n", t);
        if (t[5] == '\0') {
            return HUIS_OK;
        }
    }
}

static int make_timer(const char *times, buffer *out, huis_error *err)
{
    (void)buffer_append_string(out, "[Unit]\nDescription=huis: digests of notifications\n\n"
                                    "[Timer]\n");
    RETURN_IF_ERROR(put_times(times, out, err));
    (void)buffer_append_string(out, "Persistent=true\n\n[Install]\nWantedBy=timers.target\n");
    return buffer_ok(out) ? HUIS_OK : error_no_memory(err, "a unit");
}

/* The path in quotes, as systemd reads it. */
static void put_quoted(buffer *out, const char *path)
{
    (void)buffer_append_byte(out, '"');
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            (void)buffer_append_byte(out, '\\');
        } else if (*c == '%' || *c == '$') {
            (void)buffer_append_byte(out, *c);
        }
        (void)buffer_append_byte(out, *c);
    }
    (void)buffer_append_byte(out, '"');
}

static int make_service(buffer *out, huis_error *err)
{
    char program[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (n <= 0) {
        return error_from_errno(err, "cannot find", "/proc/self/exe");
    }
    program[n] = '\0';
    if (strpbrk(program, "\n\r") != NULL) {
        return error_set(err, HUIS_E_UNSUPPORTED, "huis lies under a name with a line break");
    }
    (void)buffer_append_string(out, "[Unit]\nDescription=huis: digest of notifications\n\n"
                                    "[Service]\nType=oneshot\nExecStart=");
    put_quoted(out, program);
    (void)buffer_append_string(out, " notify digest --desktop --quiet\n");
    return buffer_ok(out) ? HUIS_OK : error_no_memory(err, "a unit");
}

/* ---- where they lie ---- */

static int unit_path(const char *unit, buffer *out, huis_error *err)
{
    buffer_reset(out);
    RETURN_IF_ERROR(environment_config_directory(out, err));
    const size_t len = out->len; /* CONFIG/huis */
    const char *const slash = memrchr(out->ptr, '/', len);
    buffer_truncate(out, slash != NULL ? (size_t)(slash - out->ptr) : len);
    (void)buffer_append_string(out, "/systemd/user");
    RETURN_IF_ERROR(buffer_ok(out) ? HUIS_OK : error_no_memory(err, "a path"));
    RETURN_IF_ERROR(file_make_directories(buffer_string(out), err));
    return buffer_printf(out, "/%s", unit) ? HUIS_OK : error_no_memory(err, "a path");
}

static int write_unit(const char *unit, span text, buffer *path, huis_error *err)
{
    RETURN_IF_ERROR(unit_path(unit, path, err));
    return file_write_atomic(buffer_string(path), text, 0600, err);
}

static int remove_unit(const char *unit, buffer *path, bool *out_was, huis_error *err)
{
    RETURN_IF_ERROR(unit_path(unit, path, err));
    *out_was = unlink(buffer_string(path)) == 0;
    return HUIS_OK;
}

/* ---- the person's systemd ---- */

/* Loads and starts the timer, or stops and forgets it. Negative: no systemd on the bus. */
static int ask_systemd(bool on)
{
    sd_bus *bus = NULL;
    int r = sd_bus_open_user(&bus);
    if (r >= 0 && !on) {
        (void)sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "StopUnit", NULL,
                                 NULL, "ss", TIMER_UNIT, "replace");
        (void)sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                 "DisableUnitFiles", NULL, NULL, "asb", 1, TIMER_UNIT, 0);
    }
    r = r < 0 ? r
              : sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "Reload", NULL,
                                   NULL, "");
    if (r >= 0 && on) {
        r = sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "EnableUnitFiles",
                               NULL, NULL, "asbb", 1, TIMER_UNIT, 0, 1);
        r = r < 0 ? r
                  : sd_bus_call_method(bus, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER,
                                       "RestartUnit", NULL, NULL, "ss", TIMER_UNIT, "replace");
    }
    sd_bus_flush_close_unref(bus);
    return r;
}

/* ---- the command ---- */

static int enable(const arguments *args, buffer *path, buffer *text, huis_error *err)
{
    const char *const times = argument_string(args, OPTION_AT, TIMES_DEFAULT);
    RETURN_IF_ERROR(make_timer(times, text, err));
    RETURN_IF_ERROR(write_unit(TIMER_UNIT, buffer_span(text), path, err));
    buffer_reset(text);
    RETURN_IF_ERROR(make_service(text, err));
    RETURN_IF_ERROR(write_unit(SERVICE_UNIT, buffer_span(text), path, err));
    if (ask_systemd(true) >= 0) {
        output_note(args, tr("digests come at %s", "les résumés viennent à %s"), times);
    } else {
        output_note(args,
                    tr("written: %s; no systemd answers on the session bus, so start it with: "
                       "systemctl --user daemon-reload && systemctl --user enable --now %s",
                       "écrit : %s ; aucun systemd ne répond sur le bus de session, lancez : "
                       "systemctl --user daemon-reload && systemctl --user enable --now %s"),
                    buffer_string(path), TIMER_UNIT);
    }
    return HUIS_OK;
}

static int disable(const arguments *args, buffer *path, huis_error *err)
{
    bool had_timer = false, had_service = false;
    (void)ask_systemd(false); /* while the files are there to be disabled */
    RETURN_IF_ERROR(remove_unit(TIMER_UNIT, path, &had_timer, err));
    RETURN_IF_ERROR(remove_unit(SERVICE_UNIT, path, &had_service, err));
    (void)ask_systemd(false);
    output_note(args, "%s",
                had_timer || had_service
                    ? tr("timed digests are off", "les résumés à heure fixe sont arrêtés")
                    : tr("timed digests were off", "les résumés à heure fixe étaient arrêtés"));
    return HUIS_OK;
}

/* The units as they would be written, to be installed by hand. */
static int print_units(const arguments *args, buffer *text, huis_error *err)
{
    (void)buffer_append_string(text, "# " TIMER_UNIT "\n");
    RETURN_IF_ERROR(make_timer(argument_string(args, OPTION_AT, TIMES_DEFAULT), text, err));
    (void)buffer_append_string(text, "\n# " SERVICE_UNIT "\n");
    RETURN_IF_ERROR(make_service(text, err));
    output_text(buffer_span(text));
    return HUIS_OK;
}

static int show(buffer *path, buffer *text, huis_error *err)
{
    huis_error none = {0};
    RETURN_IF_ERROR(unit_path(TIMER_UNIT, path, err));
    if (file_read(text, buffer_string(path), &none) < 0) {
        (void)puts(tr("off", "arrêté"));
        return HUIS_OK;
    }
    const char *line = buffer_string(text);
    while ((line = strstr(line, "OnCalendar=*-*-* ")) != NULL) {
        line += strlen("OnCalendar=*-*-* ");
        (void)printf("%.5s\n", line);
    }
    return HUIS_OK;
}

int run_notify_timer(const arguments *args)
{
    const char *const verb = args->n_operands > 0 ? args->operands[0] : "show";
    huis_error err = {0};
    buffer path, text;
    buffer_init(&path, PATH_MAX);
    buffer_init(&text, UNIT_BYTES);
    int status = HUIS_OK;
    int code = EXIT_DONE;
    if (strcmp(verb, "enable") == 0) {
        status = enable(args, &path, &text, &err);
    } else if (strcmp(verb, "disable") == 0) {
        status = disable(args, &path, &err);
    } else if (strcmp(verb, "print") == 0) {
        status = print_units(args, &text, &err);
    } else if (strcmp(verb, "show") == 0) {
        status = show(&path, &text, &err);
    } else {
        code = output_usage_error(args->command,
                                  tr("%s: must be enable, disable, show or print",
                                     "%s : doit être enable, disable, show ou print"),
                                  verb);
    }
    buffer_deinit(&text);
    buffer_deinit(&path);
    return status < 0 ? output_error(&err) : code != EXIT_DONE ? code : output_finish();
}
