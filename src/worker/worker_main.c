/*
 * worker_main.c - huis-worker: one model file behind a socket pair.
 *
 * Descriptor 3 is the channel, 4 the model file, read-only. The file is mapped (no byte is read by
 * that), its descriptor closed, and the sandbox entered; only then is anything parsed, be it of the
 * file or of the channel. Leaves with _exit: nothing is to be flushed, and the memory goes back at
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
#include "wire/protocol.h"
#include "wire/wire.h"
#include "worker/reply.h"
#include "worker/server.h"

enum { CHANNEL_FD = 3, MODEL_FD = 4, EXIT_USAGE = 2 };

/* Packed weights, KV caches and the mapping fit well; a header that lies about sizes does not. */
static uint64_t memory_limit(size_t file_bytes)
{
    return 4 * (uint64_t)file_bytes + 16 * UINT64_C(1024) * LIMIT_MIB;
}

static int enter(file_map *out_map, sandbox_report *out_fences, huis_error *err)
{
    static const int KEPT[] = {CHANNEL_FD};
    file_map map;
    RETURN_IF_ERROR(file_map_from_fd(&map, MODEL_FD, "model file", err));
    sandbox_options options;
    sandbox_options_default(&options, SANDBOX_WORKER);
    options.descriptors = KEPT;
    options.n_descriptors = 1;
    options.max_memory_bytes = memory_limit(map.size_bytes);
    RETURN_IF_ERROR(sandbox_enter(&options, out_fences, err));
    *out_map = map;
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
    file_map map = {NULL, 0};
    sandbox_report fences;
    huis_error error = {.status = HUIS_OK};
    if (enter(&map, &fences, &error) != HUIS_OK) {
        reply r = {.fd = CHANNEL_FD, .request = PROTOCOL_OPEN_REQUEST};
        reply_error(&r, &error);
        _exit(1);
    }
    server_run(CHANNEL_FD, &map, &fences);
    _exit(0);
}
