/*
 * file.h - read, map and atomically write files.
 */
#ifndef HUIS_BASE_FILE_H
#define HUIS_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

/* A file mapped read-only. */
typedef struct file_map {
    const unsigned char *data; /* NULL when empty */
    size_t size_bytes;
} file_map;

int file_map_open(file_map *out_map, const char *path, huis_error *err);
/* The same from a descriptor, which stays the caller's. `name` is for messages. */
int file_map_from_fd(file_map *out_map, int fd, const char *name, huis_error *err);
void file_map_close(file_map *map);

/* Which file it is and which writing of it: changes when the file is replaced or written to. No
 * padding: compared and summed as bytes, and kept on disk by what is derived from a file. */
typedef struct file_identity {
    uint64_t size_bytes, inode;
    int64_t mtime_ns, ctime_ns;
} file_identity;

/* Of a regular file; `name` is for messages. */
int file_identity_from_fd(file_identity *out_identity, int fd, const char *name, huis_error *err);

/* Appends a whole file or stream; HUIS_E_LIMIT past the buffer's limit. */
int file_read(buffer *out, const char *path, huis_error *err);
int file_read_fd(buffer *out, int fd, const char *name, huis_error *err);

/* Writes all bytes, through EINTR and short writes. */
int file_write_fd(int fd, span bytes, const char *name, huis_error *err);
/* Temporary file in the same directory, fsync, rename, directory fsync: the old file or the new
 * one, never half. */
int file_write_atomic(const char *path, span bytes, uint32_t mode, huis_error *err);
/* Syncs the directory that holds `path`, so that its name survives a power cut. */
int file_sync_parent(const char *path, huis_error *err);
/* mkdir -p with mode 0700. */
int file_make_directories(const char *path, huis_error *err);

#endif
