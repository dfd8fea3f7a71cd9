/*
 * output.c - see output.h.
 */
#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/utf8.h"
#include "cli/environment.h"

enum { USAGE_BYTES = 1024, PROGRESS_INTERVAL_US = 100000, PROGRESS_BAR_CELLS = 24 };

const char *tr(const char *en, const char *fr)
{
    return environment_is_french() ? fr : en;
}

const char *text_pick(bilingual t)
{
    return environment_is_french() && t.fr != NULL ? t.fr : t.en;
}

static const struct {
    int status;
    int exit_code;
} EXIT_CODES[] = {
    {HUIS_OK, EXIT_DONE},
    {HUIS_E_BAD_ARGUMENT, EXIT_USAGE},
    {HUIS_E_BAD_FILE, EXIT_BAD_INPUT},
    {HUIS_E_UNSUPPORTED, EXIT_BAD_INPUT},
    {HUIS_E_NO_TEXT, EXIT_BAD_INPUT},
    {HUIS_E_NOT_FOUND, EXIT_BAD_INPUT},
    {HUIS_E_NO_MODEL, EXIT_NO_MODEL},
    {HUIS_E_DENIED, EXIT_POLICY},
    {HUIS_E_LIMIT, EXIT_LIMIT},
    {HUIS_E_CONTEXT_FULL, EXIT_LIMIT},
    {HUIS_E_NO_MEMORY, EXIT_LIMIT},
};

int output_exit_code(int status)
{
    for (size_t i = 0; i < sizeof(EXIT_CODES) / sizeof(EXIT_CODES[0]); i++) {
        if (EXIT_CODES[i].status == status) {
            return EXIT_CODES[i].exit_code;
        }
    }
    return EXIT_INTERNAL;
}

int output_error(const huis_error *err)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "huis: %s\n",
                  err->message[0] != '\0' ? err->message : huis_status_name(err->status));
    return output_exit_code(err->status);
}

int output_usage_error(const command *c, const char *format, ...)
{
    char message[USAGE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    message[utf8_complete_prefix(span_from_string(message))] = '\0';
    error_tidy_line(message); /* words of the command line may come from anywhere */
    (void)fprintf(stderr, "huis: %s", message);
    (void)fprintf(stderr, tr(" (see 'huis %s%s--help')\n", " (voir « huis %s%s--help »)\n"),
                  c != NULL ? c->name : "", c != NULL ? " " : "");
    return EXIT_USAGE;
}

void output_note(const arguments *args, const char *format, ...)
{
    if (argument_flag(args, OPTION_QUIET)) {
        return;
    }
    va_list list;
    va_start(list, format);
    (void)fflush(stdout);
    (void)vfprintf(stderr, format, list);
    va_end(list);
    (void)fputc('\n', stderr);
}

void output_text(span bytes)
{
    (void)fwrite(bytes.ptr, 1, bytes.len, stdout);
}

void output_json(json_t *value)
{
    (void)json_dumpf(value, stdout,
                     JSON_INDENT(isatty(STDOUT_FILENO) ? 2 : 0) | JSON_REAL_PRECISION(9));
    (void)fputc('\n', stdout);
}

int output_finish(void)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return EXIT_DONE;
    }
    (void)fprintf(stderr, "huis: %s: %s\n", tr("cannot write the result", "résultat non écrit"),
                  strerror(errno));
    return EXIT_INTERNAL;
}

void output_format_bytes(char out[32], uint64_t bytes)
{
    static const char *const UNITS[] = {"B", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t i = 0;
    while (value >= 1000 && i + 1 < sizeof(UNITS) / sizeof(UNITS[0])) {
        value /= 1000;
        i++;
    }
    (void)snprintf(out, 32, value < 10 && i > 0 ? "%.1f %s" : "%.0f %s", value, UNITS[i]);
}

void progress_begin(progress *p, const arguments *args)
{
    *p = (progress){.visible = isatty(STDERR_FILENO) != 0 && !argument_flag(args, OPTION_QUIET),
                    .started_us = clock_monotonic_us()};
}

static void draw(const progress *p, const char *label, uint64_t done, uint64_t total,
                 const char *unit, int64_t now_us)
{
    char bar[PROGRESS_BAR_CELLS + 1];
    const uint64_t filled = total > 0 ? done * PROGRESS_BAR_CELLS / total : 0;
    for (uint64_t i = 0; i < PROGRESS_BAR_CELLS; i++) {
        bar[i] = i < filled ? '#' : '.';
    }
    bar[PROGRESS_BAR_CELLS] = '\0';
    const double seconds = (double)(now_us - p->started_us) / 1e6;
    const double speed = seconds > 0 ? (double)(done - p->first_done) / seconds : 0;
    char amounts[160];
    if (strcmp(unit, "B") == 0) {
        char a[32], b[32], s[32];
        output_format_bytes(a, done);
        output_format_bytes(b, total);
        output_format_bytes(s, (uint64_t)speed);
        (void)snprintf(amounts, sizeof(amounts), "%s / %s  %s/s", a, b, s);
    } else {
        (void)snprintf(amounts, sizeof(amounts), "%llu / %llu %s  %.0f/s", (unsigned long long)done,
                       (unsigned long long)total, unit, speed);
    }
    (void)fprintf(stderr, "\r\033[K%.40s [%s] %s", label, bar, amounts);
    (void)fflush(stderr);
}

void progress_show(progress *p, const char *label, uint64_t done, uint64_t total, const char *unit)
{
    const int64_t now_us = clock_monotonic_us();
    if (!p->counting) {
        p->counting = true;
        p->first_done = done;
    }
    if (p->visible && now_us - p->drawn_us >= PROGRESS_INTERVAL_US) {
        p->drawn_us = now_us;
        draw(p, label, done, total, unit, now_us);
    }
}

void progress_say(progress *p, const char *words)
{
    if (p->visible) {
        p->drawn_us = clock_monotonic_us();
        (void)fprintf(stderr, "\r\033[K%s", words);
        (void)fflush(stderr);
    }
}

void progress_clear(progress *p)
{
    if (p->visible && p->drawn_us != 0) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
    }
    p->drawn_us = 0;
}

void progress_end(progress *p)
{
    progress_clear(p);
    p->visible = false;
}
