/*
 * blob_cache.c - see blob_cache.h.
 */
#include "base/blob_cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/rng.h"

enum { VERSION = 1, BYTE_ORDER_MARK = 0x01020304, STALE_PARTIAL_S = 600 };

static const char MAGIC[8] = {'h', 'u', 'i', 's', 'b', 'l', 'o', '\n'};
static const char PARTIAL[] = ".partial";

/* No padding: summed as bytes. */
typedef struct blob_header {
    char magic[8];
    uint32_t byte_order, version;
    file_identity source;
    char key[BLOB_KEY_LENGTH];
    char label[BLOB_LABEL_BYTES];
    uint64_t blob_bytes;
    uint64_t check; /* of the header up to here */
} blob_header;

_Static_assert(sizeof(blob_header) == 160, "no padding");

static uint64_t sum_of(const blob_header *h)
{
    return map_hash(span_from((const char *)h, offsetof(blob_header, check)), 0);
}

bool blob_key_set(blob_id *id, span key)
{
    if (key.len != BLOB_KEY_LENGTH || !span_is_hex(key)) {
        return false;
    }
    memcpy(id->key, key.ptr, key.len);
    id->key[key.len] = '\0';
    return true;
}

static void name_file(char out[NAME_MAX + 1], const blob_id *id)
{
    const span source = span_from((const char *)&id->source, sizeof(id->source));
    (void)snprintf(out, NAME_MAX + 1, "%016llx-%s", (unsigned long long)map_hash(source, 0),
                   id->key);
}

/* The folder must be the user's, and nobody else's to look into. */
static int open_folder(int *out_fd, const char *folder, huis_error *err)
{
    struct stat st;
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", folder);
    }
    if (fstat(fd, &st) != 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
        (void)close(fd);
        return error_set(err, HUIS_E_DENIED, "%s: not yours alone: chmod 700, or remove it",
                         folder);
    }
    *out_fd = fd;
    return HUIS_OK;
}

/* False: cut short, damaged, or by another huis. */
static bool read_header(int fd, blob_header *out, uint64_t file_bytes)
{
    blob_header h;
    size_t done = 0;
    while (done < sizeof(h)) {
        const ssize_t n = read(fd, (char *)&h + done, sizeof(h) - done);
        if (n <= 0 && !(n < 0 && errno == EINTR)) {
            return false;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    if (memcmp(h.magic, MAGIC, sizeof(MAGIC)) != 0 || h.byte_order != BYTE_ORDER_MARK ||
        h.version != VERSION || h.check != sum_of(&h) || file_bytes < sizeof(h) ||
        h.blob_bytes != file_bytes - sizeof(h)) {
        return false;
    }
    *out = h;
    return true;
}

static int check_file(int fd, const char *name, const blob_id *id, uint64_t *out_bytes,
                      huis_error *err)
{
    struct stat st;
    blob_header h;
    if (fstat(fd, &st) != 0) {
        return error_from_errno(err, "cannot read", name);
    }
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
        return error_set(err, HUIS_E_DENIED, "%s: not yours alone", name);
    }
    if (!read_header(fd, &h, (uint64_t)st.st_size) ||
        memcmp(&h.source, &id->source, sizeof(h.source)) != 0 ||
        memcmp(h.key, id->key, sizeof(h.key)) != 0) {
        return error_set(err, HUIS_E_BAD_FILE, "%s: damaged, or of another source", name);
    }
    *out_bytes = h.blob_bytes;
    return HUIS_OK;
}

static int open_in_folder(int *out_fd, uint64_t *out_bytes, int folder_fd, const blob_id *id,
                          huis_error *err)
{
    char name[NAME_MAX + 1];
    uint64_t bytes = 0;
    name_file(name, id);
    const int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", name);
    }
    const int status = check_file(fd, name, id, &bytes, err);
    if (status != HUIS_OK) {
        (void)close(fd);
        if (status == HUIS_E_BAD_FILE) {
            (void)unlinkat(folder_fd, name, 0);
        }
        return status;
    }
    (void)futimens(fd, NULL);
    *out_fd = fd;
    *out_bytes = bytes;
    return HUIS_OK;
}

int blob_cache_open(int *out_fd, uint64_t *out_bytes, const char *folder, const blob_id *id,
                    huis_error *err)
{
    int folder_fd = -1;
    RETURN_IF_ERROR(open_folder(&folder_fd, folder, err));
    const int status = open_in_folder(out_fd, out_bytes, folder_fd, id, err);
    (void)close(folder_fd);
    return status;
}

static void forget(blob_writer *w)
{
    if (w->fd >= 0) {
        (void)close(w->fd);
        (void)unlinkat(w->folder_fd, w->temporary, 0);
    }
    if (w->folder_fd >= 0) {
        (void)close(w->folder_fd);
    }
    w->fd = -1;
    w->folder_fd = -1;
}

static blob_header make_header(const blob_id *id, const char *label, uint64_t blob_bytes)
{
    blob_header h = {.byte_order = BYTE_ORDER_MARK,
                     .version = VERSION,
                     .source = id->source,
                     .blob_bytes = blob_bytes};
    const size_t n = strlen(label);
    memcpy(h.magic, MAGIC, sizeof(MAGIC));
    memcpy(h.key, id->key, sizeof(h.key));
    memcpy(h.label, label, n < sizeof(h.label) ? n : sizeof(h.label));
    h.check = sum_of(&h);
    return h;
}

int blob_writer_begin(blob_writer *out_writer, const char *folder, const blob_id *id,
                      const char *label, uint64_t blob_bytes, huis_error *err)
{
    blob_writer w = {.fd = -1, .folder_fd = -1, .left_bytes = blob_bytes};
    const blob_header h = make_header(id, label, blob_bytes);
    RETURN_IF_ERROR(file_make_directories(folder, err));
    RETURN_IF_ERROR(open_folder(&w.folder_fd, folder, err));
    name_file(w.name, id);
    (void)snprintf(w.temporary, sizeof(w.temporary), "%016llx%s", (unsigned long long)rng_entropy(),
                   PARTIAL);
    w.fd = openat(w.folder_fd, w.temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  0600);
    int status = w.fd >= 0
                     ? file_write_fd(w.fd, span_from((const char *)&h, sizeof(h)), folder, err)
                     : error_from_errno(err, "cannot create a file in", folder);
    if (status != HUIS_OK) {
        forget(&w);
        return status;
    }
    *out_writer = w;
    return HUIS_OK;
}

int blob_writer_add(blob_writer *w, span bytes, huis_error *err)
{
    if (bytes.len > w->left_bytes) {
        return error_set(err, HUIS_E_LIMIT, "%s: more bytes than declared", w->name);
    }
    RETURN_IF_ERROR(file_write_fd(w->fd, bytes, w->name, err));
    w->left_bytes -= bytes.len;
    return HUIS_OK;
}

int blob_writer_close(blob_writer *w, huis_error *err)
{
    int status = HUIS_OK;
    if (w->fd >= 0 && w->left_bytes == 0) {
        if (renameat(w->folder_fd, w->temporary, w->folder_fd, w->name) == 0) {
            (void)close(w->fd);
            w->fd = -1;
        } else {
            status = error_from_errno(err, "cannot make", w->name);
        }
    }
    forget(w);
    return status;
}

/* A regular file of a folder. */
typedef struct found {
    char name[NAME_MAX + 1];
    uint64_t bytes;
    int64_t used_s;
} found;

typedef struct found_list {
    found *files;
    size_t count;
} found_list;

static bool stat_file(int folder_fd, const char *name, found *out)
{
    struct stat st;
    const size_t n = strlen(name);
    if (n > NAME_MAX || fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode)) {
        return false;
    }
    *out = (found){.bytes = (uint64_t)st.st_size, .used_s = st.st_mtim.tv_sec};
    memcpy(out->name, name, n);
    return true;
}

/* Takes folder_fd. Files that come and go meanwhile may be missed. */
static int find_files(int folder_fd, found_list *out, huis_error *err)
{
    found_list list = {.files = memory_alloc(LIMIT_PREFIX_FOLDER_FILES, sizeof(*list.files))};
    DIR *const directory = list.files != NULL ? fdopendir(folder_fd) : NULL;
    if (directory == NULL) {
        (void)close(folder_fd);
        memory_free(list.files);
        return error_no_memory(err, "a list of files");
    }
    for (const struct dirent *e = readdir(directory);
         e != NULL && list.count < LIMIT_PREFIX_FOLDER_FILES; e = readdir(directory)) {
        list.count += stat_file(folder_fd, e->d_name, &list.files[list.count]) ? 1 : 0;
    }
    (void)closedir(directory);
    *out = list;
    return HUIS_OK;
}

/* The folder, and its files. A folder that is not there has none: *out_fd is then -1. */
static int find_in(const char *folder, int *out_fd, found_list *out, huis_error *err)
{
    int fd = -1;
    *out = (found_list){.files = NULL};
    *out_fd = -1;
    const int status = open_folder(&fd, folder, err);
    if (status == HUIS_E_NOT_FOUND) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(status);
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    const int listed =
        copy >= 0 ? find_files(copy, out, err) : error_from_errno(err, "cannot read", folder);
    if (listed != HUIS_OK) {
        (void)close(fd);
        return listed;
    }
    *out_fd = fd;
    return HUIS_OK;
}

static void read_label(int folder_fd, blob_entry *e)
{
    blob_header h;
    const int fd = openat(folder_fd, e->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && read_header(fd, &h, e->bytes)) {
        memcpy(e->label, h.label, sizeof(h.label));
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

int blob_cache_list(const char *folder, bool (*on_entry)(void *user, const blob_entry *entry),
                    void *user, huis_error *err)
{
    int fd = -1;
    found_list list;
    RETURN_IF_ERROR(find_in(folder, &fd, &list, err));
    bool goes_on = true;
    for (size_t i = 0; i < list.count && goes_on; i++) {
        const found *const f = &list.files[i];
        blob_entry e = {.name = f->name, .bytes = f->bytes, .used_s = f->used_s};
        read_label(fd, &e);
        goes_on = on_entry(user, &e);
    }
    memory_free(list.files);
    if (fd >= 0) {
        (void)close(fd);
    }
    return HUIS_OK;
}

/* The one that was used longest ago last. */
static int by_use(const void *a, const void *b)
{
    const found *const x = a;
    const found *const y = b;
    if (x->used_s != y->used_s) {
        return x->used_s > y->used_s ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

static bool is_partial(const found *f)
{
    const size_t n = strlen(f->name);
    return n >= sizeof(PARTIAL) && strcmp(f->name + n - (sizeof(PARTIAL) - 1), PARTIAL) == 0;
}

int blob_cache_trim(const char *folder, uint64_t max_bytes, huis_error *err)
{
    int fd = -1;
    found_list list;
    RETURN_IF_ERROR(find_in(folder, &fd, &list, err));
    if (list.count > 1) {
        qsort(list.files, list.count, sizeof(*list.files), by_use);
    }
    const int64_t now_s = (int64_t)time(NULL);
    uint64_t total = 0;
    for (size_t i = 0; i < list.count; i++) {
        const found *const f = &list.files[i];
        const bool is_young = is_partial(f) && now_s - f->used_s < STALE_PARTIAL_S;
        const bool fits = f->bytes <= max_bytes - total && !is_partial(f);
        if (fits) {
            total += f->bytes;
        } else if (!is_young) {
            (void)unlinkat(fd, f->name, 0);
        }
    }
    memory_free(list.files);
    if (fd >= 0) {
        (void)close(fd);
    }
    return HUIS_OK;
}

int blob_cache_purge(const char *folder, uint64_t *out_files, uint64_t *out_bytes, huis_error *err)
{
    int fd = -1;
    found_list list;
    RETURN_IF_ERROR(find_in(folder, &fd, &list, err));
    int status = HUIS_OK;
    *out_files = 0;
    *out_bytes = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (unlinkat(fd, list.files[i].name, 0) == 0) {
            *out_files += 1;
            *out_bytes += list.files[i].bytes;
        } else if (errno != ENOENT && status == HUIS_OK) {
            status = error_from_errno(err, "cannot remove", list.files[i].name);
        }
    }
    memory_free(list.files);
    if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}
