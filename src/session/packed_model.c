/*
 * packed_model.c - see packed_model.h.
 */
#include "session/packed_model.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/cache_file.h"
#include "base/file.h"
#include "base/memory.h"

/* Rows of pieces, scales that become bytes, and a reserve that is left to others. */
static uint64_t room_wanted(uint64_t model_bytes)
{
    return model_bytes + model_bytes / 2 + UINT64_C(256) * LIMIT_MIB;
}

bool packed_model_init(huis_model *m, const char *path, const char *sha256)
{
    m->packed_fd = -1;
    if (path == NULL) {
        return true;
    }
    const size_t len = strlen(path);
    m->packed_path = memory_copy_string(path, len);
    m->packed_part = memory_alloc(len + sizeof(".part"), 1);
    m->sha256 =
        memory_copy_string(sha256 != NULL ? sha256 : "", sha256 != NULL ? strlen(sha256) : 0);
    if (m->packed_path == NULL || m->packed_part == NULL || m->sha256 == NULL) {
        return false;
    }
    (void)snprintf(m->packed_part, len + sizeof(".part"), "%s.part", path);
    return true;
}

static bool read_source(const huis_model *m, cache_source *out_source)
{
    if (cache_source_from_fd(out_source, m->model_fd, "model", NULL) != HUIS_OK) {
        return false;
    }
    (void)cache_source_set_sha256(out_source, span_from_string(m->sha256));
    return true;
}

/* Nobody else can have written it. */
static bool is_own(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static int open_whole(const huis_model *m, const cache_source *source)
{
    const int fd = open(m->packed_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && is_own(fd) &&
        cache_file_check_fd(fd, source, CACHE_LAYOUT_PACKED_MODEL, NULL) == HUIS_OK) {
        (void)futimens(fd, NULL); /* `huis cache list` shows the last use */
        return fd;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return -1;
}

static bool make_directory(const char *path)
{
    char *const directory = memory_copy_string(path, strlen(path));
    char *const slash = directory != NULL ? strrchr(directory, '/') : NULL;
    bool ok = false;
    if (slash != NULL && slash != directory) {
        *slash = '\0';
        struct statvfs fs;
        ok = file_make_directories(directory, NULL) == HUIS_OK && statvfs(directory, &fs) == 0;
    }
    memory_free(directory);
    return ok;
}

static bool has_room(int fd, uint64_t model_bytes)
{
    struct statvfs fs;
    return fstatvfs(fd, &fs) == 0 &&
           (uint64_t)fs.f_bavail * fs.f_frsize >= room_wanted(model_bytes);
}

/* Whether the name still stands for the file that was locked: its last writer may have renamed it
 * between open and lock. */
static bool is_at(const char *path, int fd)
{
    struct stat named, opened;
    return lstat(path, &named) == 0 && fstat(fd, &opened) == 0 && named.st_ino == opened.st_ino &&
           named.st_dev == opened.st_dev;
}

static int open_part(const huis_model *m)
{
    if (!make_directory(m->packed_part)) {
        return -1;
    }
    const int fd =
        open(m->packed_part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0) {
        return -1;
    }
    const bool is_mine =
        is_own(fd) && flock(fd, LOCK_EX | LOCK_NB) == 0 && is_at(m->packed_part, fd);
    if (is_mine && ftruncate(fd, 0) == 0 && has_room(fd, m->bytes)) {
        return fd;
    }
    if (is_mine) {
        (void)unlink(m->packed_part);
    }
    (void)close(fd);
    return -1;
}

void packed_model_offer(huis_model *m, int *out_read_fd, int *out_write_fd)
{
    cache_source source;
    *out_read_fd = -1;
    *out_write_fd = -1;
    m->packed_is_offered = false;
    /* After a death the file is suspected as well as the model. */
    if (m->packed_path == NULL || m->inspect || m->n_deaths > 0 || !read_source(m, &source)) {
        return;
    }
    *out_read_fd = open_whole(m, &source);
    m->packed_is_offered = *out_read_fd >= 0;
    if (!m->packed_is_offered && m->packed_fd < 0) {
        m->packed_fd = open_part(m);
        *out_write_fd = m->packed_fd;
    }
}

void packed_model_ready(huis_model *m, bool is_attached)
{
    if (m->packed_is_offered && !is_attached) {
        (void)unlink(m->packed_path);
        m->packed_is_offered = false;
    }
}

bool packed_model_is_pending(const huis_model *m)
{
    return m->packed_fd >= 0;
}

/* Content first, then the name: after a power cut there is a whole file or none. */
static bool make_visible(const huis_model *m)
{
    return fsync(m->packed_fd) == 0 && rename(m->packed_part, m->packed_path) == 0 &&
           file_sync_parent(m->packed_path, NULL) == HUIS_OK;
}

void packed_model_end(huis_model *m, bool has_died)
{
    if (has_died && m->packed_is_offered) {
        (void)unlink(m->packed_path);
    }
    m->packed_is_offered = false;
    if (m->packed_fd < 0) {
        return;
    }
    cache_source source;
    const bool is_whole =
        !has_died && read_source(m, &source) &&
        cache_file_check_fd(m->packed_fd, &source, CACHE_LAYOUT_PACKED_MODEL, NULL) == HUIS_OK;
    if (!is_whole || !make_visible(m)) {
        (void)unlink(m->packed_part);
    }
    (void)close(m->packed_fd);
    m->packed_fd = -1;
}

void packed_model_deinit(huis_model *m)
{
    memory_free(m->packed_path);
    memory_free(m->packed_part);
    memory_free(m->sha256);
}
