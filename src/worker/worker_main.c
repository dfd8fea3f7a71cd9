/*
 * worker_main.c - huis-worker: one model file behind a socket pair.
 *
 * Descriptor 3 is the channel, 4 the model file, read-only, 5 the cache file of its packed form,
 * read-only, 6 an empty file where to write one; the last two are files or something to be ignored.
 * The files are mapped (no byte is read by that), their descriptors closed but for 5 (rows are read from it) and 6, and the sandbox
 * entered; only then is anything parsed, be it of a file or of the channel. Leaves with _exit: nothing is to be flushed, and the memory goes back at
 * once.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "huis/huis.h"
#include "sandbox/sandbox.h"
#include "worker/server.h"

enum { CHANNEL_FD = 3, MODEL_FD = 4, PACKED_FD = 5, PACKED_OUT_FD = 6, EXIT_USAGE = 2 };

/* Packed weights, KV caches and the mapping fit well; a header that lies about sizes does not. */
static uint64_t memory_limit(size_t file_bytes)
{
    return 4 * (uint64_t)file_bytes + 16 * UINT64_C(1024) * LIMIT_MIB;
}

/* Panels are somewhat larger than the file; more is refused (EFBIG). */
static uint64_t packed_limit(size_t file_bytes)
{
    return 2 * (uint64_t)file_bytes + 64 * LIMIT_MIB;
}

static bool is_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static int enter(server_files *out_files, sandbox_report *out_fences, huis_error *err)
{
    int kept[3] = {CHANNEL_FD};
    size_t n_kept = 1;
    server_files files = {.packed_out = is_file(PACKED_OUT_FD) ? PACKED_OUT_FD : -1};
    RETURN_IF_ERROR(file_map_from_fd(&files.model, MODEL_FD, "model file", err));
    RETURN_IF_ERROR(cache_source_from_fd(&files.source, MODEL_FD, "model file", err));
    if (is_file(PACKED_FD) &&
        file_map_from_fd(&files.packed, PACKED_FD, "packed model", NULL) == HUIS_OK) {
        files.packed_fd = PACKED_FD;
        kept[n_kept++] = PACKED_FD;
    }
    if (files.packed_out >= 0) {
        kept[n_kept++] = PACKED_OUT_FD;
    }
    sandbox_options options;
    sandbox_options_default(&options, SANDBOX_WORKER);
    options.descriptors = kept;
    options.n_descriptors = n_kept;
    options.max_descriptors = LIMIT_SANDBOX_DESCRIPTORS + LIMIT_WORKER_CHANNELS;
    options.max_memory_bytes = memory_limit(files.model.size_bytes);
    options.max_file_bytes = packed_limit(files.model.size_bytes);
    RETURN_IF_ERROR(sandbox_enter(&options, out_fences, err));
    *out_files = files;
    return HUIS_OK;
}

static bool is_socket(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        (void)printf("huis-worker %d.%d.%d\n", HUIS_VERSION_MAJOR, HUIS_VERSION_MINOR,
                     HUIS_VERSION_PATCH);
        return 0;
    }
    if (!is_socket(CHANNEL_FD)) {
        (void)fprintf(stderr, "huis-worker: is started by libhuis, not by hand\n");
        return EXIT_USAGE;
    }
    server_files files = {.packed_out = -1};
    sandbox_report fences;
    huis_error error = {.status = HUIS_OK};
    if (enter(&files, &fences, &error) != HUIS_OK) {
        server_send_error(CHANNEL_FD, &error);
        _exit(1);
    }
    (void)signal(SIGXFSZ, SIG_IGN);
    server_run(CHANNEL_FD, &files, &fences);
    _exit(0);
}
