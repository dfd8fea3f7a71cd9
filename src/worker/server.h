/*
 * server.h - a worker's life: open the model, then answer one request after the other.
 */
#ifndef HUIS_WORKER_SERVER_H
#define HUIS_WORKER_SERVER_H

#include "base/file.h"
#include "sandbox/sandbox.h"

/* Returns when the client closes the channel or breaks the protocol, or when the model cannot be
 * opened. The process is in its sandbox; `map` is closed as soon as the weights are packed. */
void server_run(int channel_fd, file_map *map, const sandbox_report *fences);

#endif
