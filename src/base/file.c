/*
 * file.c - see file.h.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"

enum { FILE_READ_CHUNK_BYTES = 64 * 1024 };

static int open_for_reading(const char *path, huis_error *err)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? fd : error_from_errno(err, "cannot open", path);
}

static int stat_regular(struct stat *out, int fd, const char *name, huis_error *err)
{
    if (fstat(fd, out) != 0) {
        return error_from_errno(err, "cannot read", name);
    }
    return S_ISREG(out->st_mode) ? HUIS_OK
                                 : error_set(err, HUIS_E_BAD_FILE, "%s: not a regular file", name);
}

static int64_t nanoseconds(struct timespec t)
{
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int file_identity_from_fd(file_identity *out_identity, int fd, const char *name, huis_error *err)
{
    struct stat st;
    RETURN_IF_ERROR(stat_regular(&st, fd, name, err));
    *out_identity = (file_identity){
        .size_bytes = (uint64_t)st.st_size,
        .inode = (uint64_t)st.st_ino,
        .mtime_ns = nanoseconds(st.st_mtim),
        .ctime_ns = nanoseconds(st.st_ctim),
    };
    return HUIS_OK;
}

int file_map_from_fd(file_map *out_map, int fd, const char *name, huis_error *err)
{
    struct stat st;
    RETURN_IF_ERROR(stat_regular(&st, fd, name, err));
    if (st.st_size == 0) {
        *out_map = (file_map){NULL, 0};
        return HUIS_OK;
    }
    void *const data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED) {
        return error_from_errno(err, "cannot map", name);
    }
    *out_map = (file_map){data, (size_t)st.st_size};
    return HUIS_OK;
}

int file_map_open(file_map *out_map, const char *path, huis_error *err)
{
    const int fd = open_for_reading(path, err);
    if (fd < 0) {
        return fd;
    }
    const int status = file_map_from_fd(out_map, fd, path, err);
    (void)close(fd);
    return status;
}

void file_map_close(file_map *map)
{
    if (map->data != NULL) {
        (void)munmap((void *)(uintptr_t)map->data, map->size_bytes);
    }
    *map = (file_map){NULL, 0};
}

int file_read_fd(buffer *out, int fd, const char *name, huis_error *err)
{
    for (;;) {
        if (!buffer_reserve(out, out->len < out->max_bytes ? 1 : 0)) {
            return out->status == HUIS_E_NO_MEMORY
                       ? error_no_memory(err, name)
                       : error_set(err, HUIS_E_LIMIT, "%s: larger than %zu bytes", name,
                                   out->max_bytes);
        }
        char overflow[1];
        const bool full = out->len == out->max_bytes;
        size_t room = out->capacity_bytes - 1 - out->len;
        room = room > out->max_bytes - out->len ? out->max_bytes - out->len : room;
        const ssize_t n = full ? read(fd, overflow, 1) : read(fd, out->ptr + out->len, room);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_from_errno(err, "cannot read", name);
        }
        if (n == 0) {
            return HUIS_OK;
        }
        if (full) {
            return error_set(err, HUIS_E_LIMIT, "%s: larger than %zu bytes", name, out->max_bytes);
        }
        out->len += (size_t)n;
        out->ptr[out->len] = '\0';
        if (out->capacity_bytes - out->len < FILE_READ_CHUNK_BYTES &&
            out->max_bytes - out->len > FILE_READ_CHUNK_BYTES) {
            (void)buffer_reserve(out, FILE_READ_CHUNK_BYTES);
        }
    }
}

int file_read(buffer *out, const char *path, huis_error *err)
{
    const int fd = open_for_reading(path, err);
    if (fd < 0) {
        return fd;
    }
    const int status = file_read_fd(out, fd, path, err);
    (void)close(fd);
    return status;
}

int file_write_fd(int fd, span bytes, const char *name, huis_error *err)
{
    size_t done = 0;
    while (done < bytes.len) {
        const ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_from_errno(err, "cannot write", name);
        }
        done += (size_t)n;
    }
    return HUIS_OK;
}

/* The directory part of a path, "." when there is none. */
static char *copy_directory(const char *path)
{
    const char *const slash = strrchr(path, '/');
    if (slash == NULL) {
        return memory_copy_string(".", 1);
    }
    return memory_copy_string(path, slash == path ? 1 : (size_t)(slash - path));
}

static int sync_directory(const char *directory, huis_error *err)
{
    const int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", directory);
    }
    const int result = fsync(fd);
    const int number = errno;
    (void)close(fd);
    errno = number;
    /* Some file systems have nothing to sync in a directory and say EINVAL. */
    return result == 0 || number == EINVAL ? HUIS_OK
                                           : error_from_errno(err, "cannot sync", directory);
}

static int write_and_rename(int fd, const char *temporary, const char *path, span bytes,
                            uint32_t mode, huis_error *err)
{
    int status = file_write_fd(fd, bytes, path, err);
    if (status == HUIS_OK && (fchmod(fd, (mode_t)mode) != 0 || fsync(fd) != 0)) {
        status = error_from_errno(err, "cannot write", path);
    }
    if (close(fd) != 0 && status == HUIS_OK) {
        status = error_from_errno(err, "cannot write", path);
    }
    if (status == HUIS_OK && rename(temporary, path) != 0) {
        status = error_from_errno(err, "cannot replace", path);
    }
    return status;
}

int file_sync_parent(const char *path, huis_error *err)
{
    char *const directory = copy_directory(path);
    if (directory == NULL) {
        return error_no_memory(err, path);
    }
    const int status = sync_directory(directory, err);
    memory_free(directory);
    return status;
}

int file_write_atomic(const char *path, span bytes, uint32_t mode, huis_error *err)
{
    char temporary[PATH_MAX];
    const int n = snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof(temporary)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "path too long (at most %d bytes): %s",
                         PATH_MAX - 8, path);
    }
    char *const directory = copy_directory(path);
    if (directory == NULL) {
        return error_no_memory(err, path);
    }
    const int fd = mkostemp(temporary, O_CLOEXEC);
    int status = HUIS_OK;
    if (fd < 0) {
        status = error_from_errno(err, "cannot create", path);
    } else {
        status = write_and_rename(fd, temporary, path, bytes, mode, err);
        if (status == HUIS_OK) {
            status = sync_directory(directory, err);
        } else {
            (void)unlink(temporary);
        }
    }
    memory_free(directory);
    return status;
}

int file_make_directories(const char *path, huis_error *err)
{
    char partial[PATH_MAX];
    const size_t len = strlen(path);
    if (len == 0 || len >= sizeof(partial)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "path too long (at most %d bytes): %s",
                         PATH_MAX - 1, path);
    }
    memcpy(partial, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (partial[i] != '/' && partial[i] != '\0') {
            continue;
        }
        partial[i] = '\0';
        if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
            return error_from_errno(err, "cannot create directory", partial);
        }
        if (i < len) {
            partial[i] = '/';
        }
    }
    return HUIS_OK;
}
