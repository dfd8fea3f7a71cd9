/*
 * buffer.h - a growable byte buffer that must know its limit.
 *
 * Appending past the limit, or without memory, makes the buffer fail: its bytes are freed and every
 * later append is refused, so that a chain of appends needs one check at its end (buffer_ok).
 * The bytes are always followed by a NUL that does not count.
 */
#ifndef HUIS_BASE_BUFFER_H
#define HUIS_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

typedef struct buffer {
    char *ptr;             /* NULL while empty or failed */
    size_t len;            /* bytes in use */
    size_t capacity_bytes; /* bytes allocated, with the NUL */
    size_t max_bytes;      /* limit on len */
    int status;            /* HUIS_OK, HUIS_E_LIMIT or HUIS_E_NO_MEMORY */
} buffer;

void buffer_init(buffer *b, size_t max_bytes);
void buffer_deinit(buffer *b);
/* Empties without giving the memory back; clears a failure. */
void buffer_reset(buffer *b);

/* Each returns false once the buffer has failed. */
bool buffer_append(buffer *b, span bytes);
bool buffer_append_byte(buffer *b, char byte);
bool buffer_append_string(buffer *b, const char *string);
bool buffer_printf(buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Makes room for `bytes` more bytes; the caller may write them at ptr + len, then add to len. */
bool buffer_reserve(buffer *b, size_t bytes);
/* Drops bytes from the end, so that `len` are left. */
void buffer_truncate(buffer *b, size_t len);

static inline bool buffer_ok(const buffer *b)
{
    return b->status == 0;
}

static inline span buffer_span(const buffer *b)
{
    return span_from(b->ptr, b->len);
}

/* A terminated view that is never NULL. */
static inline const char *buffer_string(const buffer *b)
{
    return b->ptr != NULL ? b->ptr : "";
}

/* Hands the terminated bytes to the caller (memory_free) and leaves the buffer empty; NULL if it
 * has failed or there is no memory. */
__attribute__((warn_unused_result)) char *buffer_take(buffer *b, size_t *out_len);

#endif
