/*
 * client.h - a model as its client sees it: the worker process, and whose turn it is.
 *
 * One exchange at a time: a request is sent, then frames are read until its last. The exchange that
 * has the turn is the only reader of the channel; CANCEL and FORGET, which are not answered, may be
 * sent by any thread under `send_lock`. A worker that died is started again, from the same
 * descriptor of the file, by the next exchange, unless it has died LIMIT_WORKER_DEATHS times within
 * LIMIT_WORKER_DEATHS_MINUTES: such a file is left alone.
 *
 * Locks are taken in the order lock, send_lock.
 */
#ifndef HUIS_SESSION_CLIENT_H
#define HUIS_SESSION_CLIENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/blob_cache.h"
#include "base/limits.h"
#include "huis/model.h"
#include "sandbox/spawn.h"
#include "wire/protocol.h"

typedef struct prefix_transfer prefix_transfer;

/* Why an exchange waits, and for whom. One for each session, and one for calls without. */
typedef struct client_turn {
    uint32_t session;
    atomic_bool is_cancelled;
    bool is_active;          /* waiting or running; under model->lock */
    prefix_transfer *prefix; /* NULL: no prefix checkpoint may be asked for or given */
} client_turn;

struct huis_model {
    atomic_uint n_references;
    char *path;
    int model_fd; /* read-only, for the first worker and the next */
    uint64_t bytes;
    char *worker_path;
    char *level; /* NULL: the best */
    uint32_t n_threads;
    uint32_t context_length; /* as asked for */
    bool inspect;            /* no weights are loaded */
    char *prefix_directory;  /* NULL: none */
    uint64_t prefix_max_bytes;
    file_identity prefix_source; /* the model file, as it was opened */
    /* Its packed form (packed_model.h); strings NULL: none is kept. */
    char *packed_path, *packed_part, *sha256;
    int packed_fd;          /* PATH.part, which the worker writes; -1: none */
    bool packed_is_offered; /* the worker was given PATH */
    /* Told by the first worker; owned. */
    char *name, *family, *quantisation, *level_in_use, *missing_fences;
    protocol_ready ready; /* numbers only */
    double load_ms;

    pthread_mutex_t lock;
    pthread_cond_t turn_is_free;
    client_turn *running; /* NULL: nobody */
    pthread_t runner;     /* thread of `running` */
    uint32_t next_request;
    uint32_t next_session;
    int64_t deaths_us[LIMIT_WORKER_DEATHS]; /* monotonic; 0: none */
    uint32_t n_deaths;
    int64_t patience_us; /* with a worker that goes on after it was cancelled */

    pthread_mutex_t send_lock;
    spawn_process worker; /* pid 0: none */
    int channel;          /* -1: none */
    uint32_t request;     /* that runs; 0: none. Under send_lock */
};

/* What an exchange does with a frame: CLIENT_MORE to read on, HUIS_OK when it was the last, an
 * error to give up (the rest is then cancelled and read away). */
enum { CLIENT_MORE = 2 };
typedef int (*client_frame_fn)(void *user, uint32_t type, const json_t *json, huis_error *err);

/* Sends `json` (stays the caller's; NULL: no memory) and hands each answer to `on_frame`. ERROR
 * frames, time-outs and deaths are dealt with here. Errors: BUSY when the calling thread, or this
 * turn, is in an exchange already; CANCELLED; WORKER; what the worker says. */
int client_exchange(huis_model *m, client_turn *turn, protocol_type type, const json_t *json,
                    client_frame_fn on_frame, void *user, huis_error *err);
/* Sends a frame of the exchange that runs, from its thread. */
int client_send(huis_model *m, protocol_type type, span payload, huis_error *err);
/* BUSY when an exchange of this turn, or of this thread, is going on. */
int client_check_free(huis_model *m, const client_turn *turn, huis_error *err);
/* Ends the turn's exchange, be it waiting or running. Any thread. */
void client_cancel(huis_model *m, client_turn *turn);
/* Tells the worker that the session has ended. */
void client_forget(huis_model *m, uint32_t session);

#endif
