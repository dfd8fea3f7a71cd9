/*
 * blob_cache.h - a folder of files that were derived from another file and may be deleted at any
 * time: prefix checkpoints.
 *
 * A file is a header (magic, source, key, length, sum) and a blob, which is the business of whoever
 * made it. The source is known by size, inode and times, so that a model that was replaced or edited
 * has no blobs. Files are made under another name and renamed when they are whole, without a sync:
 * their readers sum what they read, so that a file that a power cut tore is refused like any other
 * damage. The folder is the user's alone (0700, files 0600); one that others may write to, and a
 * file that is not the user's own, is not used. The files that were used longest ago make room.
 */
#ifndef HUIS_BASE_BLOB_CACHE_H
#define HUIS_BASE_BLOB_CACHE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/file.h"
#include "base/span.h"
#include "huis/error.h"

enum { BLOB_KEY_LENGTH = 32 /* hexadecimal digits */, BLOB_LABEL_BYTES = 64 };

typedef struct blob_id {
    file_identity source; /* what the blobs were derived from */
    char key[BLOB_KEY_LENGTH + 1];
} blob_id;

/* False (and unchanged): not BLOB_KEY_LENGTH lower-case hexadecimal digits. */
bool blob_key_set(blob_id *id, span key);

/* *out_fd (the caller's to close) stands at the first of *out_bytes bytes; the file counts as used
 * now. NOT_FOUND: there is none; DENIED: not the user's own; BAD_FILE: damaged or of another source,
 * and removed. */
int blob_cache_open(int *out_fd, uint64_t *out_bytes, const char *folder, const blob_id *id,
                    huis_error *err);

/* A file in the making. */
typedef struct blob_writer {
    int fd;        /* -1: none */
    int folder_fd; /* -1: none */
    uint64_t left_bytes;
    char temporary[NAME_MAX + 1], name[NAME_MAX + 1];
} blob_writer;

/* Makes the folder when it is missing. `label` is what a person calls the source. */
int blob_writer_begin(blob_writer *out_writer, const char *folder, const blob_id *id,
                      const char *label, uint64_t blob_bytes, huis_error *err);
/* LIMIT: more than was declared. After an error only blob_writer_close makes sense. */
int blob_writer_add(blob_writer *w, span bytes, huis_error *err);
/* Makes a whole file visible, in place of an older one; otherwise nothing is left of it. */
int blob_writer_close(blob_writer *w, huis_error *err);

typedef struct blob_entry {
    const char *name; /* of the file, in its folder */
    uint64_t bytes;
    int64_t used_s;                   /* Unix time */
    char label[BLOB_LABEL_BYTES + 1]; /* "": not a blob, or damaged */
} blob_entry;

/* Every regular file of the folder, in no order; false from `on_entry` stops. A folder that is not
 * there has no files. */
int blob_cache_list(const char *folder, bool (*on_entry)(void *user, const blob_entry *entry),
                    void *user, huis_error *err);
/* Removes the files used longest ago until the rest have at most `max_bytes`, and what was left
 * half-written ten minutes ago or earlier. */
int blob_cache_trim(const char *folder, uint64_t max_bytes, huis_error *err);
/* Removes every regular file; counts them. */
int blob_cache_purge(const char *folder, uint64_t *out_files, uint64_t *out_bytes, huis_error *err);

#endif
