/*
 * gguf_reader.h - the cursor over a GGUF header, and the table that it fills (format/ only).
 *
 * Every read goes through this cursor: it never moves past `end`, which is the end of the bytes or
 * the limit of a header, whichever comes first. All numbers are little-endian and unaligned.
 */
#ifndef HUIS_FORMAT_GGUF_READER_H
#define HUIS_FORMAT_GGUF_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/map.h"
#include "base/span.h"
#include "format/gguf.h"
#include "huis/error.h"

/* One key with its value. */
typedef struct gguf_entry {
    span key;
    gguf_value_type type;
    union {
        uint64_t bits; /* numbers and bools: the bytes of the file, zero-extended */
        span string;
        gguf_array array;
    } value;
} gguf_entry;

struct gguf_table {
    arena memory; /* holds everything below but the maps */
    const char *name;
    const unsigned char *data;
    uint32_t version;
    uint64_t data_offset;
    gguf_entry *entries; /* [n_entries] */
    size_t n_entries;
    gguf_tensor *tensors; /* [n_tensors] */
    size_t n_tensors;
    map keys;  /* key -> index of its entry */
    map names; /* tensor name -> index */
};

typedef struct gguf_reader {
    const unsigned char *data;
    uint64_t pos;
    uint64_t end;           /* no header byte lies at or past this offset */
    uint64_t size_bytes;    /* of the data; end is smaller in a file with a large tensor part */
    uint64_t n_strings;     /* elements of string arrays so far, against LIMIT_GGUF_STRINGS */
    const char *shown_name; /* the file in messages */
    huis_error *err;
} gguf_reader;

/* "FILE: offset N: MESSAGE". Returns `status`. */
int gguf_fail(const gguf_reader *r, int status, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The bytes end inside `what`, which begins at the cursor. */
int gguf_fail_end(const gguf_reader *r, const char *what);

/* A name from the file as it may stand in a message: printable ASCII, cut to fit. */
typedef struct gguf_label {
    char text[72];
} gguf_label;
gguf_label gguf_label_of(span name);

static inline uint64_t gguf_left(const gguf_reader *r)
{
    return r->end - r->pos;
}

/* `n_bytes` <= 8 bytes as a number. */
static inline uint64_t gguf_load(const unsigned char *p, uint32_t n_bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < n_bytes; i++) {
        value |= (uint64_t)p[i] << (8 * i);
    }
    return value;
}

/* Each moves the cursor past what it read; `what` names it in messages. */
int gguf_read_u32(gguf_reader *r, const char *what, uint32_t *out);
int gguf_read_u64(gguf_reader *r, const char *what, uint64_t *out);
int gguf_read_string(gguf_reader *r, const char *what, uint64_t max_bytes, span *out);

/* The bytes of one number or bool; 0 for strings, arrays and unknown types. */
uint32_t gguf_scalar_bytes(uint32_t type);

/* gguf_metadata.c: fills entries and keys. */
int gguf_read_metadata(gguf_reader *r, gguf_table *t, uint64_t n_entries);
/* gguf_tensors.c: fills tensors, names and data_offset; after the metadata. */
int gguf_read_tensors(gguf_reader *r, gguf_table *t, uint64_t n_tensors, bool header_only);

#endif
