/*
 * span.h - a borrowed run of bytes. Never owns, need not be terminated.
 */
#ifndef HUIS_BASE_SPAN_H
#define HUIS_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct span {
    const char *ptr; /* NULL only when len is 0 */
    size_t len;      /* bytes */
} span;

/* A span over a string literal: SPAN("text"). */
#define SPAN(literal) ((span){"" literal, sizeof(literal) - 1})

static inline span span_from(const char *ptr, size_t len)
{
    return (span){ptr, len};
}

static inline span span_from_string(const char *string)
{
    return (span){string, string != NULL ? strlen(string) : 0};
}

static inline bool span_equal(span a, span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool span_starts_with(span s, span prefix)
{
    return s.len >= prefix.len && span_equal(span_from(s.ptr, prefix.len), prefix);
}

static inline bool span_ends_with(span s, span suffix)
{
    return s.len >= suffix.len &&
           span_equal(span_from(s.ptr + (s.len - suffix.len), suffix.len), suffix);
}

/* Lower-case hexadecimal digits only. */
static inline bool span_is_hex(span s)
{
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return true;
}

static inline bool span_has_digit(span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] >= '0' && s.ptr[i] <= '9') {
            return true;
        }
    }
    return false;
}

/* The part of `s` from `start` up to `end`; both are clamped to the span. */
static inline span span_slice(span s, size_t start, size_t end)
{
    const size_t last = end < s.len ? end : s.len;
    const size_t first = start < last ? start : last;
    return s.ptr == NULL ? s : span_from(s.ptr + first, last - first);
}

#endif
