/*
 * error.c - see error.h.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

enum { MESSAGE_BYTES = sizeof(((huis_error *)NULL)->message) };

static const struct {
    int status;
    const char *name;
} STATUS_NAMES[] = {
    {HUIS_OK, "ok"},
    {HUIS_E_NO_MEMORY, "no-memory"},
    {HUIS_E_BAD_ARGUMENT, "bad-argument"},
    {HUIS_E_BAD_FILE, "bad-file"},
    {HUIS_E_UNSUPPORTED, "unsupported"},
    {HUIS_E_LIMIT, "limit"},
    {HUIS_E_CANCELLED, "cancelled"},
    {HUIS_E_BUSY, "busy"},
    {HUIS_E_DENIED, "denied"},
    {HUIS_E_SCHEMA, "schema"},
    {HUIS_E_CONTEXT_FULL, "context-full"},
    {HUIS_E_IO, "io"},
    {HUIS_E_NOT_FOUND, "not-found"},
    {HUIS_E_NO_MODEL, "no-model"},
    {HUIS_E_NO_TEXT, "no-text"},
    {HUIS_E_WORKER, "worker"},
    {HUIS_E_NETWORK, "network"},
    {HUIS_E_NO_SPACE, "no-space"},
    {HUIS_E_INTERNAL, "internal"},
};

const char *huis_status_name(int status)
{
    for (size_t i = 0; i < sizeof(STATUS_NAMES) / sizeof(STATUS_NAMES[0]); i++) {
        if (STATUS_NAMES[i].status == status) {
            return STATUS_NAMES[i].name;
        }
    }
    return "unknown";
}

/* Controls of both sets, and what turns the order of writing round: names of files may hold them. */
static bool is_unsafe(uint32_t code)
{
    return code < 0x20 || code == 0x85 || code == 0x2028 || code == 0x2029 || utf8_is_hidden(code);
}

void error_tidy_line(char *line)
{
    const span text = span_from_string(line);
    for (size_t i = 0; i < text.len;) {
        uint32_t code = 0;
        bool valid = false;
        const size_t n = utf8_decode(text, i, &code, &valid);
        if (!valid || is_unsafe(code)) {
            memset(line + i, '?', n);
        }
        i += n;
    }
}

/* A message that fills its array may end in half a character. */
static void tidy_message(char message[MESSAGE_BYTES])
{
    const size_t len = strlen(message);
    if (len + 1 == MESSAGE_BYTES) {
        message[utf8_complete_prefix(span_from(message, len))] = '\0';
    }
    error_tidy_line(message);
}

__attribute__((format(printf, 4, 0))) static int
set_error(huis_error *err, int status, uint64_t offset, const char *format, va_list args)
{
    if (err != NULL) {
        char message[sizeof(err->message)];
        (void)vsnprintf(message, sizeof(message), format, args);
        tidy_message(message);
        err->status = status;
        err->offset = offset;
        memcpy(err->message, message, sizeof(message));
    }
    return status;
}

int error_set(huis_error *err, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_error(err, status, ERROR_NO_OFFSET, format, args);
    va_end(args);
    return status;
}

int error_set_at(huis_error *err, int status, uint64_t offset, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_error(err, status, offset, format, args);
    va_end(args);
    return status;
}

int error_no_memory(huis_error *err, const char *what)
{
    return error_set(err, HUIS_E_NO_MEMORY, "not enough memory for %s: close other programs", what);
}

int error_from_errno(huis_error *err, const char *what, const char *path)
{
    const int number = errno;
    int status = HUIS_E_IO;
    if (number == ENOENT || number == ENOTDIR) {
        status = HUIS_E_NOT_FOUND;
    } else if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
        status = HUIS_E_NO_SPACE;
    } else if (number == EACCES || number == EPERM || number == EROFS) {
        status = HUIS_E_DENIED;
    } else if (number == ENOMEM) {
        status = HUIS_E_NO_MEMORY;
    }
    return error_set(err, status, "%s %s: %s", what, path, strerror(number));
}

int error_prefix(huis_error *err, int status, const char *prefix)
{
    if (err != NULL) {
        huis_error inner = *err;
        (void)error_set_at(err, status, inner.offset, "%s: %s", prefix, inner.message);
    }
    return status;
}
