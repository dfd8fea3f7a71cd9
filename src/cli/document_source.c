/*
 * document_source.c - see document_source.h.
 */
#include "cli/document_source.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "document/reader_frame.h"
#include "sandbox/spawn.h"

enum { NOT_STARTED = 127 /* how the loader of programs ends */ };

static int refuse_size(uint64_t size, uint64_t max_bytes, huis_error *err)
{
    return error_set_at(err, HUIS_E_LIMIT, max_bytes,
                        "%llu bytes are more than the limit of %llu; raise it with "
                        "--max-bytes, or give a part",
                        (unsigned long long)size, (unsigned long long)max_bytes);
}

static int read_fd(buffer *out, int fd, const char *name, huis_error *err)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        return error_set(err, HUIS_E_BAD_FILE, "is a directory; give a file in it");
    }
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && (uint64_t)info.st_size > out->max_bytes) {
        return refuse_size((uint64_t)info.st_size, out->max_bytes, err);
    }
    const int status = file_read_fd(out, fd, name, err);
    return status == HUIS_E_LIMIT ? error_set_at(err, HUIS_E_LIMIT, out->max_bytes,
                                                 "more bytes than the limit of %zu; raise it with "
                                                 "--max-bytes, or give a part",
                                                 out->max_bytes)
                                  : status;
}

/* huis reads no address of the web: only huis-egress has a network, and not for this. */
static int refuse_url(const char *path, huis_error *err)
{
    return error_set(err, HUIS_E_BAD_ARGUMENT,
                     "%.300s: an address of the web, which huis does not fetch; save the page from "
                     "the browser, or pipe it in: curl -fsSL ADDRESS | huis summarize -",
                     path);
}

/* A file that may not be read is bad input; DENIED is what the person's own rules refuse. */
static int refuse_path(const char *path, huis_error *err)
{
    const int status = error_from_errno(err, "cannot open", path);
    if (status == HUIS_E_DENIED && err != NULL) {
        err->status = HUIS_E_NOT_FOUND;
    }
    return status == HUIS_E_DENIED ? HUIS_E_NOT_FOUND : status;
}

static bool is_url(const char *path)
{
    static const char *const SCHEMES[] = {"http://", "https://", "ftp://", "file://"};
    for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        if (strncasecmp(path, SCHEMES[i], strlen(SCHEMES[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_changed(const struct stat *before, const struct stat *after)
{
    return before->st_size != after->st_size || before->st_mtim.tv_sec != after->st_mtim.tv_sec ||
           before->st_mtim.tv_nsec != after->st_mtim.tv_nsec;
}

/* A file that is written to meanwhile is read anew once; *out_changed: it did not hold still. */
static int read_path(buffer *out, const char *path, bool *out_changed, huis_error *err)
{
    int status = HUIS_OK;
    *out_changed = true;
    for (int i = 0; i < 2 && status == HUIS_OK && *out_changed; i++) {
        struct stat before, after;
        const int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            return is_url(path) ? refuse_url(path, err) : refuse_path(path, err);
        }
        buffer_reset(out);
        const bool known = fstat(fd, &before) == 0;
        status = read_fd(out, fd, path, err);
        *out_changed = known && S_ISREG(before.st_mode) && fstat(fd, &after) == 0 &&
                       has_changed(&before, &after);
        (void)close(fd);
    }
    return status;
}

static int read_bytes(buffer *out, const char *path, bool *out_changed, huis_error *err)
{
    *out_changed = false;
    return strcmp(path, "-") == 0 ? read_fd(out, STDIN_FILENO, "standard input", err)
                                  : read_path(out, path, out_changed, err);
}

/* Whether the reader ended well; what went wrong otherwise. */
static int check_end(const spawn_end *end, huis_error *err)
{
    if (end->exit_code == 0) {
        return HUIS_OK;
    }
    struct rlimit memory;
    if (end->exit_code == NOT_STARTED && getrlimit(RLIMIT_AS, &memory) == 0 &&
        memory.rlim_cur != RLIM_INFINITY) {
        return error_set(err, HUIS_E_NO_MEMORY,
                         "huis-reader cannot start under this limit on memory; raise it with "
                         "ulimit -v");
    }
    char what[96];
    spawn_describe(end, what, sizeof(what));
    return error_set(err, HUIS_E_WORKER, "huis-reader could not read it: it ended with %s", what);
}

/* Starts huis-reader, feeds it the document and decodes its one answer. */
static int read_by_helper(reader_result *out, span bytes, reader_format format, const char *helper,
                          huis_error *err)
{
    buffer program, frame;
    buffer_init(&program, LIMIT_KIB * 8);
    buffer_init(&frame, out->text.max_bytes + READER_FRAME_EXTRA_BYTES);
    int status = spawn_find_program(&program, "huis-reader", helper, err);
    if (status == HUIS_OK) {
        const char *const arguments[] = {reader_format_name(format), NULL};
        const char *const environment[] = {"LC_ALL=C.UTF-8", NULL};
        spawn_options options;
        spawn_options_default(&options, buffer_string(&program));
        options.arguments = arguments;
        options.environment = environment;
        spawn_end end = {.exit_code = 0};
        const int64_t started_us = clock_monotonic_us();
        status =
            spawn_capture(&options, bytes, (int64_t)LIMIT_READER_TIME_MS * 1000, &frame, &end, err);
        if (status == HUIS_OK) {
            status = check_end(&end, err);
        } else if (status == HUIS_E_LIMIT &&
                   clock_monotonic_us() - started_us >= (int64_t)LIMIT_READER_TIME_MS * 1000) {
            status = error_set(err, HUIS_E_LIMIT,
                               "reading it takes longer than the limit of %u s; give a part of it",
                               LIMIT_READER_TIME_MS / 1000);
        }
    }
    if (status == HUIS_OK) {
        status = reader_frame_decode(out, buffer_span(&frame), err);
    }
    buffer_deinit(&frame);
    buffer_deinit(&program);
    return status;
}

int document_source_read_bytes(reader_result *out, span bytes, reader_format format,
                               const char *name, const char *helper, huis_error *err)
{
    const int status = bytes.len == 0 ? error_set(err, HUIS_E_NO_TEXT, "the document is empty")
                       : reader_is_hostile(format) ? read_by_helper(out, bytes, format, helper, err)
                                                   : reader_read_text(out, bytes, format, err);
    return status == HUIS_OK ? HUIS_OK : error_prefix(err, status, name);
}

int document_source_read_by(reader_result *out, const char *path, uint64_t max_bytes,
                            const char *helper, huis_error *err)
{
    const bool is_input = strcmp(path, "-") == 0;
    const char *const name = is_input ? "standard input" : path;
    bool changed = false;
    buffer bytes;
    buffer_init(&bytes,
                max_bytes < LIMIT_DOCUMENT_BYTES ? (size_t)max_bytes : LIMIT_DOCUMENT_BYTES);
    int status = read_bytes(&bytes, path, &changed, err);
    /* A system error names the path itself. */
    if (status != HUIS_OK && status != HUIS_E_NOT_FOUND && status != HUIS_E_DENIED &&
        status != HUIS_E_BAD_ARGUMENT) {
        status = error_prefix(err, status, name);
    }
    if (status == HUIS_OK) {
        const reader_format format = reader_detect(is_input ? NULL : path, buffer_span(&bytes));
        status = document_source_read_bytes(out, buffer_span(&bytes), format, name, helper, err);
    }
    if (status == HUIS_OK && changed) {
        reader_add_note(out, SPAN("the file was written to while it was read; this is what it "
                                  "held"));
    }
    buffer_deinit(&bytes);
    return status;
}

int document_source_read(reader_result *out, const char *path, uint64_t max_bytes, huis_error *err)
{
    return document_source_read_by(out, path, max_bytes, NULL, err);
}
