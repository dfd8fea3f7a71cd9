/*
 * document_source.c - see document_source.h.
 */
#include "cli/document_source.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "document/reader_frame.h"
#include "sandbox/spawn.h"

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

static int read_bytes(buffer *out, const char *path, huis_error *err)
{
    if (strcmp(path, "-") == 0) {
        return read_fd(out, STDIN_FILENO, "standard input", err);
    }
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return error_from_errno(err, "cannot open", path);
    }
    const int status = read_fd(out, fd, path, err);
    (void)close(fd);
    return status;
}

/* Whether the reader ended well; what went wrong otherwise. */
static int check_end(const spawn_end *end, huis_error *err)
{
    if (end->exit_code == 0) {
        return HUIS_OK;
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
        status =
            spawn_capture(&options, bytes, (int64_t)LIMIT_READER_TIME_MS * 1000, &frame, &end, err);
        if (status == HUIS_OK) {
            status = check_end(&end, err);
        }
    }
    if (status == HUIS_OK) {
        status = reader_frame_decode(out, buffer_span(&frame), err);
    }
    buffer_deinit(&frame);
    buffer_deinit(&program);
    return status;
}

int document_source_read_by(reader_result *out, const char *path, uint64_t max_bytes,
                            const char *helper, huis_error *err)
{
    const bool is_input = strcmp(path, "-") == 0;
    buffer bytes;
    buffer_init(&bytes,
                max_bytes < LIMIT_DOCUMENT_BYTES ? (size_t)max_bytes : LIMIT_DOCUMENT_BYTES);
    int status = read_bytes(&bytes, path, err);
    if (status == HUIS_OK) {
        const reader_format format = reader_detect(is_input ? NULL : path, buffer_span(&bytes));
        status = bytes.len == 0 ? error_set(err, HUIS_E_NO_TEXT, "the document is empty")
                 : reader_is_hostile(format)
                     ? read_by_helper(out, buffer_span(&bytes), format, helper, err)
                     : reader_read_text(out, buffer_span(&bytes), format, err);
    }
    buffer_deinit(&bytes);
    /* A system error names the path itself. */
    const bool named = status == HUIS_E_NOT_FOUND || status == HUIS_E_DENIED;
    return status == HUIS_OK || named
               ? status
               : error_prefix(err, status, is_input ? "standard input" : path);
}

int document_source_read(reader_result *out, const char *path, uint64_t max_bytes, huis_error *err)
{
    return document_source_read_by(out, path, max_bytes, NULL, err);
}
