/*
 * buffer.c - see buffer.h.
 */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/checked.h"
#include "base/memory.h"
#include "huis/error.h"

enum { BUFFER_FIRST_BYTES = 256 };

void buffer_init(buffer *b, size_t max_bytes)
{
    *b = (buffer){.max_bytes = max_bytes};
}

void buffer_deinit(buffer *b)
{
    memory_free(b->ptr);
    buffer_init(b, b->max_bytes);
}

void buffer_reset(buffer *b)
{
    b->len = 0;
    b->status = HUIS_OK;
    if (b->ptr != NULL) {
        b->ptr[0] = '\0';
    }
}

static bool fail(buffer *b, int status)
{
    buffer_deinit(b);
    b->status = status;
    return false;
}

bool buffer_reserve(buffer *b, size_t bytes)
{
    size_t needed = 0;
    if (b->status != HUIS_OK) {
        return false;
    }
    if (!checked_add_size(b->len, bytes, &needed) || needed > b->max_bytes) {
        return fail(b, HUIS_E_LIMIT);
    }
    if (needed < b->capacity_bytes) {
        return true;
    }
    size_t capacity = b->capacity_bytes > 0 ? b->capacity_bytes : BUFFER_FIRST_BYTES;
    while (capacity <= needed) {
        if (!checked_mul_size(capacity, 2, &capacity)) {
            return fail(b, HUIS_E_LIMIT);
        }
    }
    char *const grown = memory_resize(b->ptr, capacity, 1);
    if (grown == NULL) {
        return fail(b, HUIS_E_NO_MEMORY);
    }
    b->ptr = grown;
    b->capacity_bytes = capacity;
    b->ptr[b->len] = '\0';
    return true;
}

bool buffer_append(buffer *b, span bytes)
{
    if (!buffer_reserve(b, bytes.len)) {
        return false;
    }
    if (bytes.len > 0) {
        memcpy(b->ptr + b->len, bytes.ptr, bytes.len);
    }
    b->len += bytes.len;
    b->ptr[b->len] = '\0';
    return true;
}

bool buffer_append_byte(buffer *b, char byte)
{
    return buffer_append(b, span_from(&byte, 1));
}

bool buffer_append_string(buffer *b, const char *string)
{
    return buffer_append(b, span_from_string(string));
}

bool buffer_printf(buffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int needed = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (needed < 0) {
        return fail(b, HUIS_E_INTERNAL);
    }
    /* One byte more than the text: vsnprintf writes the NUL itself. */
    if (!buffer_reserve(b, (size_t)needed)) {
        return false;
    }
    va_start(args, format);
    (void)vsnprintf(b->ptr + b->len, (size_t)needed + 1, format, args);
    va_end(args);
    b->len += (size_t)needed;
    return true;
}

void buffer_truncate(buffer *b, size_t len)
{
    if (len < b->len) {
        b->len = len;
        b->ptr[len] = '\0';
    }
}

char *buffer_take(buffer *b, size_t *out_len)
{
    if (!buffer_reserve(b, 0)) {
        return NULL;
    }
    char *const bytes = b->ptr;
    if (out_len != NULL) {
        *out_len = b->len;
    }
    buffer_init(b, b->max_bytes);
    return bytes;
}
