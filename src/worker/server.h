/*
 * server.h - a worker's life: open the model, then serve its callers (channels.h).
 */
#ifndef HUIS_WORKER_SERVER_H
#define HUIS_WORKER_SERVER_H

#include "base/cache_file.h"
#include "base/file.h"
#include "sandbox/sandbox.h"

/* What a worker is started with. */
typedef struct server_files {
    file_map model;      /* closed as soon as it is not needed */
    cache_source source; /* of it; its SHA-256 comes with OPEN */
    file_map packed;     /* a cache file of its packed form; empty: none */
    int packed_fd;       /* the same file; 0: none */
    int packed_out;      /* an empty file where to write one; -1: not wanted */
} server_files;

/* Returns when the client closes the channel or breaks the protocol, or when the model cannot be
 * opened. The process is in its sandbox. */
void server_run(int channel_fd, server_files *files, const sandbox_report *fences);
/* Answers OPEN with an error. */
void server_send_error(int channel_fd, const huis_error *error);

#endif
