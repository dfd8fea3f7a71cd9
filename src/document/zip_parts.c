/*
 * zip_parts.c - see zip_parts.h.
 */
#include "document/zip_parts.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"

enum {
    TAIL_BYTES = 64 * 1024 + 22, /* in which a zip's last record starts */
    MAX_LAST_RECORDS = 16,       /* more are an attempt to keep the library busy */
    RATIO_GRACE_BYTES = 8 * 1024 * 1024
};

/* UTF-16 names of streams in old office containers. */
static bool has_stream(span bytes, const char *name)
{
    char wide[64];
    const size_t len = strlen(name);
    for (size_t i = 0; i < len; i++) {
        wide[2 * i] = name[i];
        wide[2 * i + 1] = '\0';
    }
    return memmem(bytes.ptr, bytes.len, wide, 2 * len) != NULL;
}

static int refuse_ole(span bytes, huis_error *err)
{
    if (has_stream(bytes, "EncryptedPackage")) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "is encrypted with a password; save it without one and try again");
    }
    if (has_stream(bytes, "__substg1.0_")) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "is an Outlook message (.msg), which huis does not read; save it as .eml");
    }
    return error_set(err, HUIS_E_UNSUPPORTED,
                     "has the old binary format of Office (.doc, .xls, .ppt), which huis does not "
                     "read; save it as DOCX, XLSX or PPTX");
}

static size_t count_last_records(span bytes)
{
    const size_t start = bytes.len > TAIL_BYTES ? bytes.len - TAIL_BYTES : 0;
    const char *at = bytes.ptr + start;
    size_t n = 0;
    while ((at = memmem(at, bytes.len - (size_t)(at - bytes.ptr), "PK\5\6", 4)) != NULL) {
        n++;
        at++;
    }
    return n;
}

static int open_error(int code, span bytes, huis_error *err)
{
    if (code == ZIP_ER_MEMORY) {
        return error_no_memory(err, "the archive");
    }
    if (code == ZIP_ER_NOZIP && span_starts_with(bytes, SPAN("PK"))) {
        return error_set_at(err, HUIS_E_BAD_FILE, bytes.len,
                            "is cut off after %zu bytes: the archive's directory is missing; fetch "
                            "or save it again",
                            bytes.len);
    }
    if (code == ZIP_ER_NOZIP) {
        return error_set(err, HUIS_E_BAD_FILE, "is no zip archive, which its format needs");
    }
    return error_set(err, HUIS_E_BAD_FILE, "is damaged: the archive's directory does not fit");
}

int zip_parts_open(zip_parts *out, span bytes, huis_error *err)
{
    if (span_starts_with(bytes, SPAN("\xD0\xCF\x11\xE0"))) {
        return refuse_ole(bytes, err);
    }
    if (bytes.len == 0) {
        return open_error(ZIP_ER_NOZIP, bytes, err); /* to libzip it would be an empty archive */
    }
    if (count_last_records(bytes) > MAX_LAST_RECORDS) {
        return open_error(ZIP_ER_INCONS, bytes, err);
    }
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *const source = zip_source_buffer_create(bytes.ptr, bytes.len, 0, &error);
    zip_t *const archive = source != NULL ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    const int code = zip_error_code_zip(&error);
    zip_error_fini(&error);
    if (archive == NULL) {
        zip_source_free(source);
        return open_error(code, bytes, err);
    }
    const zip_int64_t n = zip_get_num_entries(archive, 0);
    if (n > (zip_int64_t)LIMIT_ZIP_MEMBERS) {
        zip_discard(archive);
        return error_set(err, HUIS_E_BAD_FILE, "holds %lld parts, more than the limit of %u",
                         (long long)n, LIMIT_ZIP_MEMBERS);
    }
    *out = (zip_parts){.archive = archive};
    return HUIS_OK;
}

void zip_parts_close(zip_parts *z)
{
    if (z->archive != NULL) {
        zip_discard(z->archive);
    }
    z->archive = NULL;
}

/* Names of members differ in case in some writers' archives. -1: no such member. */
static zip_int64_t find_member(const zip_parts *z, const char *name)
{
    const zip_int64_t index = zip_name_locate(z->archive, name, 0);
    return index >= 0 ? index : zip_name_locate(z->archive, name, ZIP_FL_NOCASE);
}

bool zip_parts_has(const zip_parts *z, const char *name)
{
    return find_member(z, name) >= 0;
}

static int part_error(const char *name, int code, huis_error *err)
{
    if (code == ZIP_ER_MEMORY) {
        return error_no_memory(err, "a part of the archive");
    }
    if (code == ZIP_ER_COMPNOTSUPP || code == ZIP_ER_ENCRNOTSUPP) {
        return error_set(err, HUIS_E_UNSUPPORTED, "its part %s is packed in an unknown way", name);
    }
    return error_set(err, HUIS_E_BAD_FILE, "is damaged: its part %s cannot be unpacked", name);
}

int zip_part_open(zip_part *out, zip_parts *z, const char *name, huis_error *err)
{
    const zip_int64_t index = find_member(z, name);
    if (index < 0) {
        return error_set(err, HUIS_E_BAD_FILE, "is damaged: its part %s is missing", name);
    }
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_stat_index(z->archive, (zip_uint64_t)index, 0, &info) == 0 &&
        (info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "is encrypted with a password; save it without one and try again");
    }
    zip_file_t *const file = zip_fopen_index(z->archive, (zip_uint64_t)index, 0);
    if (file == NULL) {
        return part_error(name, zip_error_code_zip(zip_get_error(z->archive)), err);
    }
    *out = (zip_part){.archive = z,
                      .name = name,
                      .file = file,
                      .packed_bytes = info.comp_size,
                      .status = HUIS_OK,
                      .err = err};
    return HUIS_OK;
}

/* A member that unpacks to more than its share. */
static bool is_bomb(zip_part *part)
{
    zip_parts *const z = part->archive;
    if (part->unpacked_bytes > LIMIT_ZIP_MEMBER_BYTES || z->total_bytes > LIMIT_ZIP_TOTAL_BYTES) {
        part->status = error_set(
            part->err, HUIS_E_LIMIT,
            "unpacks to more than the limit of %u MiB for a part and %u MiB in all (at "
            "its part %s); give a part of it, or save it as plain text",
            LIMIT_ZIP_MEMBER_BYTES / LIMIT_MIB, LIMIT_ZIP_TOTAL_BYTES / LIMIT_MIB, part->name);
        return true;
    }
    if (part->unpacked_bytes > RATIO_GRACE_BYTES &&
        part->unpacked_bytes / LIMIT_ZIP_RATIO > part->packed_bytes) {
        part->status = error_set(part->err, HUIS_E_BAD_FILE,
                                 "its part %s unpacks to more than %u times its size, as only a "
                                 "zip bomb does",
                                 part->name, LIMIT_ZIP_RATIO);
        return true;
    }
    return false;
}

int64_t zip_part_read(zip_part *part, char *out, size_t size)
{
    if (part->status != HUIS_OK) {
        return -1;
    }
    const zip_int64_t n = zip_fread(part->file, out, size);
    if (n < 0) {
        part->status =
            part_error(part->name, zip_error_code_zip(zip_file_get_error(part->file)), part->err);
        return -1;
    }
    part->unpacked_bytes += (uint64_t)n;
    part->archive->total_bytes += (uint64_t)n;
    return is_bomb(part) ? -1 : n;
}

void zip_part_close(zip_part *part)
{
    if (part->file != NULL) {
        (void)zip_fclose(part->file);
    }
    part->file = NULL;
}

int zip_parts_read(zip_parts *z, const char *name, buffer *out, huis_error *err)
{
    enum { CHUNK_BYTES = 64 * 1024 };
    zip_part part;
    RETURN_IF_ERROR(zip_part_open(&part, z, name, err));
    int64_t n = 1;
    while (n > 0 && buffer_reserve(out, CHUNK_BYTES)) {
        n = zip_part_read(&part, out->ptr + out->len, CHUNK_BYTES);
        out->len += n > 0 ? (size_t)n : 0;
    }
    zip_part_close(&part);
    if (!buffer_ok(out)) {
        return out->status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_BAD_FILE, "its part %s is longer than %zu bytes", name,
                               out->max_bytes)
                   : error_no_memory(err, "a part of the archive");
    }
    if (part.status == HUIS_OK && out->ptr != NULL) {
        out->ptr[out->len] = '\0';
    }
    return part.status;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = (char)(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* "%20" to a space; anything else as it stands. */
static void append_unescaped(buffer *out, span text)
{
    for (size_t i = 0; i < text.len; i++) {
        const int high = text.ptr[i] == '%' && i + 2 < text.len ? hex_value(text.ptr[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text.ptr[i + 2]) : -1;
        if (low >= 0 && high * 16 + low != 0) {
            (void)buffer_append_byte(out, (char)(high * 16 + low));
            i += 2;
        } else {
            (void)buffer_append_byte(out, text.ptr[i]);
        }
    }
}

/* Cuts the last folder off "a/b/". False: there is none. */
static bool drop_folder(buffer *path)
{
    if (path->len == 0) {
        return false;
    }
    const char *const slash = memrchr(path->ptr, '/', path->len - 1);
    buffer_truncate(path, slash != NULL ? (size_t)(slash + 1 - path->ptr) : 0);
    return true;
}

bool zip_parts_resolve(buffer *out, const char *base, span target, bool escaped)
{
    buffer_reset(out);
    const char *const sharp = target.len > 0 ? memchr(target.ptr, '#', target.len) : NULL;
    span rest = span_slice(target, 0, sharp != NULL ? (size_t)(sharp - target.ptr) : target.len);
    const char *const slash = strrchr(base, '/');
    if (span_starts_with(rest, SPAN("/"))) {
        rest = span_slice(rest, 1, rest.len);
    } else if (slash != NULL) {
        (void)buffer_append(out, span_from(base, (size_t)(slash + 1 - base)));
    }
    while (rest.len > 0) {
        const char *const next = memchr(rest.ptr, '/', rest.len);
        const size_t len = next != NULL ? (size_t)(next + 1 - rest.ptr) : rest.len;
        const span step = span_slice(rest, 0, len);
        rest = span_slice(rest, len, rest.len);
        if (span_equal(step, SPAN("../"))) {
            if (!drop_folder(out)) {
                return false;
            }
        } else if (!span_equal(step, SPAN("./"))) {
            escaped ? append_unescaped(out, step) : (void)buffer_append(out, step);
        }
    }
    return buffer_ok(out) && out->len > 0;
}
