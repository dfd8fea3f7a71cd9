/*
 * error.c - see error.h.
 */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

/* One line, no terminal escapes, no UTF-8 character cut in half by the end of the array. */
static void tidy_message(char *message)
{
    size_t len = strlen(message);
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)message[i];
        if (c < 0x20 || c == 0x7f) {
            message[i] = '?';
        }
    }
    if (len + 1 < sizeof(((huis_error *)NULL)->message)) {
        return;
    }
    while (len > 0 && ((unsigned char)message[len - 1] & 0xC0) == 0x80) {
        len--;
    }
    if (len > 0 && ((unsigned char)message[len - 1] & 0x80) != 0) {
        len--;
    }
    message[len] = '\0';
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
