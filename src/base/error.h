/*
 * error.h - fill a huis_error and return its status in one expression.
 */
#ifndef HUIS_BASE_ERROR_H
#define HUIS_BASE_ERROR_H

#include "huis/error.h"

#define ERROR_NO_OFFSET UINT64_MAX

/* Makes a line safe to show, in place: controls, marks that turn the order of writing round and bytes
 * that are no UTF-8 become "?", byte for byte. For names that come from files. */
void error_tidy_line(char *line);

/* return error_set(err, HUIS_E_BAD_FILE, "model.gguf: ..."); `err` may be NULL. The message is
 * made safe to show by error_tidy_line. */
int error_set(huis_error *err, int status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same with the byte offset of the fault. */
int error_set_at(huis_error *err, int status, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* HUIS_E_NO_MEMORY with a message that says what could not be held. */
int error_no_memory(huis_error *err, const char *what);
/* "WHAT PATH: strerror(errno)" with the status that fits: NOT_FOUND, NO_SPACE, DENIED or IO. */
int error_from_errno(huis_error *err, const char *what, const char *path);
/* "PREFIX: message": the place, added on the way up. Returns err->status. */
int error_prefix(huis_error *err, int status, const char *prefix);

/* The one macro with control flow. */
#define RETURN_IF_ERROR(expression)                                                                \
    do {                                                                                           \
        const int status_ = (expression);                                                          \
        if (status_ < 0) {                                                                         \
            return status_;                                                                        \
        }                                                                                          \
    } while (0)

#endif
