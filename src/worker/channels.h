/*
 * channels.h - the callers of a worker: reads their requests, lets the schedule serve them, sends what
 * there is to be sent. One loop, one thread; nobody is waited for.
 *
 * The first channel is that of the model's owner, who may add others (PROTOCOL_CONNECT), each the
 * session of one caller. A caller that breaks the protocol or goes away loses its channel and its
 * request, and nobody else notices; when the owner does, the worker ends.
 */
#ifndef HUIS_WORKER_CHANNELS_H
#define HUIS_WORKER_CHANNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cache_file.h"
#include "base/limits.h"
#include "wire/stream.h"
#include "worker/schedule.h"

typedef struct channel {
    wire_stream stream; /* fd -1: free */
    uint32_t session;   /* never used twice */
    char caller[LIMIT_CALLER_BYTES + 1];
    task *task; /* NULL: at rest */
    bool is_broken;
    int64_t stalled_us; /* since when it has not read what others could not send; 0: it reads */
} channel;

typedef struct channels {
    worker_model *m;
    cache_writer *packed; /* written while nobody asks */
    schedule schedule;
    channel list[LIMIT_WORKER_CHANNELS + 1]; /* [0]: the owner's */
    uint32_t next_session;
} channels;

/* Serves until the owner's channel ends. `fd` stays open. */
void channels_serve(worker_model *m, cache_writer *packed, int fd);

#endif
