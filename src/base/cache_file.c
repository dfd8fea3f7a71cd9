/*
 * cache_file.c - see cache_file.h.
 */
#include "base/cache_file.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/memory.h"

enum { BYTE_ORDER_MARK = 0x01020304, VERSION = 1, CHUNK_BYTES = 1 << 20 };

static const char MAGIC[8] = {'h', 'u', 'i', 's', 'c', 'a', 'c', '\n'};

_Static_assert(sizeof(cache_source) == 96, "no padding");
_Static_assert(sizeof(cache_section) == 48, "no padding");
_Static_assert(sizeof(cache_header) == 136, "no padding; the table is aligned behind it");

int cache_source_from_fd(cache_source *out_source, int fd, const char *name, huis_error *err)
{
    file_identity file;
    RETURN_IF_ERROR(file_identity_from_fd(&file, fd, name, err));
    *out_source = (cache_source){.file = file};
    return HUIS_OK;
}

bool cache_source_set_sha256(cache_source *source, span sha256)
{
    if (sha256.len != CACHE_SHA256_LENGTH || !span_is_hex(sha256)) {
        return false;
    }
    memcpy(source->sha256, sha256.ptr, CACHE_SHA256_LENGTH);
    return true;
}

static uint64_t sum(uint64_t before, const void *data, size_t size_bytes)
{
    return map_hash(span_from(data, size_bytes), before);
}

static uint64_t sum_of_head(const cache_header *header, const cache_section *sections)
{
    cache_header copy = *header;
    copy.check = 0;
    return sum(sum(0, &copy, sizeof(copy)), sections, copy.n_sections * sizeof(*sections));
}

uint64_t cache_file_head_bytes(uint32_t n_sections)
{
    const uint64_t bytes = sizeof(cache_header) + (uint64_t)n_sections * sizeof(cache_section);
    return (bytes + CACHE_FILE_ALIGNMENT - 1) & ~(uint64_t)(CACHE_FILE_ALIGNMENT - 1);
}

static int refuse(huis_error *err, const char *why)
{
    return error_set(err, HUIS_E_BAD_FILE, "cache file: %s", why);
}

/* What one header says by itself. */
static int check_header(const cache_header *h, uint64_t file_bytes, const cache_source *source,
                        uint32_t layout, huis_error *err)
{
    if (memcmp(h->magic, MAGIC, sizeof(MAGIC)) != 0) {
        return refuse(err, "not finished, or something else");
    }
    if (h->byte_order != BYTE_ORDER_MARK || h->version != VERSION || h->layout != layout) {
        return refuse(err, "of another huis or another processor");
    }
    if (memcmp(&h->source, source, sizeof(*source)) != 0) {
        return refuse(err, "of another source, or its source has changed");
    }
    if (h->file_bytes != file_bytes) {
        return refuse(err, "cut short");
    }
    if (h->n_sections == 0 || h->n_sections > LIMIT_CACHE_SECTIONS) {
        return refuse(err, "number of sections out of range");
    }
    return HUIS_OK;
}

/* Ascending, aligned, not overlapping, and the last one ends with the file. */
static bool places_are_right(const cache_section *sections, uint32_t n_sections,
                             uint64_t file_bytes)
{
    uint64_t end = cache_file_head_bytes(n_sections);
    for (uint32_t i = 0; i < n_sections; i++) {
        const cache_section *const s = &sections[i];
        if (s->offset < end || s->offset % CACHE_FILE_ALIGNMENT != 0 || s->size_bytes == 0 ||
            !checked_add_u64(s->offset, s->size_bytes, &end) || end > file_bytes) {
            return false;
        }
    }
    return end == file_bytes;
}

int cache_file_check(cache_file *out_file, span head, uint64_t file_bytes,
                     const cache_source *source, uint32_t layout, huis_error *err)
{
    cache_header header;
    if (head.len < sizeof(header)) {
        return refuse(err, "cut short");
    }
    memcpy(&header, head.ptr, sizeof(header));
    RETURN_IF_ERROR(check_header(&header, file_bytes, source, layout, err));
    if (header.n_sections * sizeof(cache_section) > head.len - sizeof(header)) {
        return refuse(err, "cut short");
    }
    const cache_section *const sections = (const void *)(head.ptr + sizeof(header));
    if (sum_of_head(&header, sections) != header.check) {
        return refuse(err, "header or table damaged");
    }
    if (!places_are_right(sections, header.n_sections, file_bytes)) {
        return refuse(err, "sections out of place");
    }
    *out_file = (cache_file){.sections = sections, .n_sections = header.n_sections};
    return HUIS_OK;
}

/* All bytes asked for, or an error. */
static int read_at(int fd, uint64_t offset, void *out, size_t size_bytes, huis_error *err)
{
    for (size_t done = 0; done < size_bytes;) {
        const ssize_t n = pread(fd, (char *)out + done, size_bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return error_from_errno(err, "cannot read", "cache file");
        }
        if (n == 0) {
            return refuse(err, "cut short");
        }
        done += (size_t)n;
    }
    return HUIS_OK;
}

/* Reads header and table; *out_head is the caller's to free. */
static int read_head(int fd, char **out_head, size_t *out_bytes, huis_error *err)
{
    cache_header header;
    RETURN_IF_ERROR(read_at(fd, 0, &header, sizeof(header), err));
    if (header.n_sections > LIMIT_CACHE_SECTIONS) {
        return refuse(err, "number of sections out of range");
    }
    const size_t bytes = sizeof(header) + header.n_sections * sizeof(cache_section);
    char *const head = memory_alloc(bytes, 1);
    if (head == NULL) {
        return error_no_memory(err, "the table of a cache file");
    }
    const int status = read_at(fd, 0, head, bytes, err);
    if (status < 0) {
        memory_free(head);
        return status;
    }
    *out_head = head;
    *out_bytes = bytes;
    return HUIS_OK;
}

static int open_head(int fd, const cache_source *source, uint32_t layout, char **out_head,
                     cache_file *out_file, huis_error *err)
{
    struct stat st;
    char *head = NULL;
    size_t bytes = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return refuse(err, "not a regular file");
    }
    RETURN_IF_ERROR(read_head(fd, &head, &bytes, err));
    const int status = cache_file_check(out_file, span_from(head, bytes), (uint64_t)st.st_size,
                                        source, layout, err);
    if (status < 0) {
        memory_free(head);
        return status;
    }
    *out_head = head;
    return HUIS_OK;
}

int cache_file_check_fd(int fd, const cache_source *source, uint32_t layout, huis_error *err)
{
    char *head = NULL;
    cache_file file = {0};
    RETURN_IF_ERROR(open_head(fd, source, layout, &head, &file, err));
    memory_free(head);
    return HUIS_OK;
}

static int verify_section(int fd, const cache_section *s, char *chunk, huis_error *err)
{
    uint64_t check = 0;
    for (uint64_t done = 0; done < s->size_bytes;) {
        const uint64_t left = s->size_bytes - done;
        const size_t n = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        RETURN_IF_ERROR(read_at(fd, s->offset + done, chunk, n, err));
        check = sum(check, chunk, n);
        done += n;
    }
    return check == s->check ? HUIS_OK : refuse(err, "contents damaged");
}

int cache_file_verify(int fd, const cache_source *source, uint32_t layout, huis_error *err)
{
    char *head = NULL;
    cache_file file = {0};
    RETURN_IF_ERROR(open_head(fd, source, layout, &head, &file, err));
    char *const chunk = memory_alloc(CHUNK_BYTES, 1);
    int status = chunk != NULL ? HUIS_OK : error_no_memory(err, "a part of a cache file");
    for (uint32_t i = 0; i < file.n_sections && status == HUIS_OK; i++) {
        status = verify_section(fd, &file.sections[i], chunk, err);
    }
    memory_free(chunk);
    memory_free(head);
    return status;
}

int cache_writer_init(cache_writer *out_writer, int fd, const cache_source *source, uint32_t layout,
                      const cache_section *sections, const unsigned char *const *parts,
                      uint32_t n_sections, huis_error *err)
{
    cache_writer w = {.fd = fd};
    if (n_sections == 0 || n_sections > LIMIT_CACHE_SECTIONS) {
        return error_set(err, HUIS_E_LIMIT, "a cache file of %u sections, at most %u", n_sections,
                         LIMIT_CACHE_SECTIONS);
    }
    w.sections = memory_alloc(n_sections, sizeof(*w.sections));
    w.parts = memory_alloc(n_sections, sizeof(*w.parts));
    if (w.sections == NULL || w.parts == NULL) {
        cache_writer_deinit(&w);
        return error_no_memory(err, "the table of a cache file");
    }
    const cache_section *const last = &sections[n_sections - 1];
    w.header = (cache_header){
        .byte_order = BYTE_ORDER_MARK,
        .version = VERSION,
        .layout = layout,
        .n_sections = n_sections,
        .source = *source,
        .file_bytes = last->offset + last->size_bytes,
    };
    memcpy(w.header.magic, MAGIC, sizeof(MAGIC));
    for (uint32_t i = 0; i < n_sections; i++) {
        w.sections[i] = sections[i];
        w.sections[i].check = 0;
        w.parts[i] = parts[i];
    }
    *out_writer = w;
    return HUIS_OK;
}

void cache_writer_deinit(cache_writer *w)
{
    memory_free(w->sections);
    memory_free(w->parts);
    *w = (cache_writer){.fd = -1};
}

bool cache_writer_is_busy(const cache_writer *w)
{
    return w->fd >= 0 && w->sections != NULL;
}

static int write_at(int fd, uint64_t offset, const void *data, size_t size_bytes, huis_error *err)
{
    if (lseek(fd, (off_t)offset, SEEK_SET) < 0) {
        return error_from_errno(err, "cannot write", "cache file");
    }
    return file_write_fd(fd, span_from(data, size_bytes), "cache file", err);
}

static int write_head(cache_writer *w, huis_error *err)
{
    w->header.check = sum_of_head(&w->header, w->sections);
    const size_t table_bytes = w->header.n_sections * sizeof(*w->sections);
    RETURN_IF_ERROR(write_at(w->fd, sizeof(w->header), w->sections, table_bytes, err));
    return write_at(w->fd, 0, &w->header, sizeof(w->header), err);
}

static int write_some(cache_writer *w, huis_error *err)
{
    uint64_t written = 0;
    while (written < CHUNK_BYTES && w->i_section < w->header.n_sections) {
        cache_section *const s = &w->sections[w->i_section];
        const unsigned char *const data = w->parts[w->i_section] + w->done_bytes;
        const uint64_t left = s->size_bytes - w->done_bytes;
        const size_t n = left < CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
        RETURN_IF_ERROR(write_at(w->fd, s->offset + w->done_bytes, data, n, err));
        s->check = sum(s->check, data, n);
        w->done_bytes += n;
        written += n;
        if (w->done_bytes == s->size_bytes) {
            w->done_bytes = 0;
            w->i_section++;
        }
    }
    return HUIS_OK;
}

int cache_writer_step(cache_writer *w, huis_error *err)
{
    int status = write_some(w, err);
    const bool is_last = w->i_section == w->header.n_sections;
    if (status == HUIS_OK && is_last) {
        status = write_head(w, err);
    }
    if (status < 0 || is_last) {
        cache_writer_deinit(w);
    }
    return status;
}
