/*
 * zip_parts.h - the members of a zip in memory, by name, with limits. For huis-reader and its tests.
 *
 * Nothing is written to files: names are looked up, never followed. What a member unpacks to is
 * bounded by itself, by its ratio and by the sum over all members.
 */
#ifndef HUIS_DOCUMENT_ZIP_PARTS_H
#define HUIS_DOCUMENT_ZIP_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <zip.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

typedef struct zip_parts {
    zip_t *archive;
    uint64_t total_bytes; /* unpacked so far */
} zip_parts;

/* `bytes` must outlive it. BAD_FILE (no zip, damaged), UNSUPPORTED (an old binary office file, or one
 * with a password, each with its remedy), LIMIT (too many members), NO_MEMORY. */
int zip_parts_open(zip_parts *out, span bytes, huis_error *err);
void zip_parts_close(zip_parts *z);

bool zip_parts_has(const zip_parts *z, const char *name);

/* A member that is being unpacked. */
typedef struct zip_part {
    zip_parts *archive;
    const char *name;
    zip_file_t *file;
    uint64_t packed_bytes, unpacked_bytes;
    int status;      /* why zip_part_read failed */
    huis_error *err; /* ... in words; may be NULL */
} zip_part;

/* BAD_FILE (no such member, damaged), UNSUPPORTED (encrypted), NO_MEMORY. `name` must outlive it. */
int zip_part_open(zip_part *out, zip_parts *z, const char *name, huis_error *err);
/* The number of bytes; 0: the end; -1: an error, in out->status. */
int64_t zip_part_read(zip_part *part, char *out, size_t size);
void zip_part_close(zip_part *part);

/* Appends a whole member. */
int zip_parts_read(zip_parts *z, const char *name, buffer *out, huis_error *err);

/* The member that `target` names as seen from the member `base`: "../x.xml#y" from "a/b/c.xml" is
 * "a/x.xml". `escaped`: %20 stands for a space. False: no memory, or it leads out of the archive. */
bool zip_parts_resolve(buffer *out, const char *base, span target, bool escaped);

#endif
