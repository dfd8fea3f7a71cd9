/*
 * client.h - a model as its client sees it: the worker process, and a channel to it for each session.
 *
 * The model's own channel is for opening and for connecting: each session has a socket pair of its own,
 * whose other end the worker gets over the model's channel when the session first asks. One exchange at
 * a time per session: a request is sent, then frames are read until its last, by the thread that asked;
 * several sessions are served side by side. A worker that died is started again, from the same
 * descriptor of the file, by the next exchange, unless it has died LIMIT_WORKER_DEATHS times within
 * LIMIT_WORKER_DEATHS_MINUTES: such a file is left alone.
 *
 * model->lock is held as long as it takes to start a worker or to see it end; turn->lock never long,
 * but for sending. Locks are taken in the order model->lock, turn->lock.
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

/* A session's channel and what goes on there. */
typedef struct client_turn {
    pthread_mutex_t lock; /* of all but is_cancelled and prefix */
    int channel;          /* -1: none */
    uint32_t worker;      /* to which it leads: huis_model.n_workers at that time */
    uint32_t request;     /* that runs; 0: none */
    uint32_t next_request;
    bool is_active;     /* in an exchange, perhaps before its request is sent */
    const char *caller; /* "": shares with nobody */
    atomic_bool is_cancelled;
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
    uint64_t prefix_max_bytes, prefix_memory_bytes;
    file_identity prefix_source; /* the model file, as it was opened */
    /* Its packed form (packed_model.h); strings NULL: none is kept. */
    char *packed_path, *packed_part, *sha256;
    int packed_fd;          /* PATH.part, which the worker writes; -1: none */
    bool packed_is_offered; /* the worker was given PATH */
    /* Told by the first worker; owned. */
    char *name, *family, *quantisation, *level_in_use, *missing_fences;
    protocol_ready ready; /* numbers only */
    double load_ms;

    pthread_mutex_t lock;                   /* of what follows, but patience_us */
    spawn_process worker;                   /* pid 0: none */
    int channel;                            /* the model's own; -1: none */
    uint32_t n_workers;                     /* started so far */
    uint32_t n_connected;                   /* sessions with a channel to the last one */
    int64_t deaths_us[LIMIT_WORKER_DEATHS]; /* monotonic; 0: none */
    uint32_t n_deaths;
    huis_error death;    /* of the last worker that failed */
    int64_t patience_us; /* with a worker that goes on after it was cancelled */
};

/* What an exchange does with a frame: CLIENT_MORE to read on, HUIS_OK when it was the last, an
 * error to give up (the rest is then cancelled and read away). */
enum { CLIENT_MORE = 2 };
typedef int (*client_frame_fn)(void *user, uint32_t type, const json_t *json, huis_error *err);

int client_turn_init(client_turn *turn, const char *caller);
/* The session has ended: the worker sees it by the end of the channel. */
void client_turn_deinit(huis_model *m, client_turn *turn);
/* Sends `json` (stays the caller's; NULL: no memory) and hands each answer to `on_frame`. ERROR
 * frames, time-outs and deaths are dealt with here. Errors: BUSY when this turn is in an exchange
 * already; CANCELLED; WORKER; LIMIT; what the worker says. */
int client_exchange(huis_model *m, client_turn *turn, protocol_type type, const json_t *json,
                    client_frame_fn on_frame, void *user, huis_error *err);
/* Sends a frame of the exchange that runs, from its thread. */
int client_send(client_turn *turn, protocol_type type, span payload, huis_error *err);
/* BUSY when an exchange of this turn is going on. */
int client_check_free(client_turn *turn, huis_error *err);
/* Ends the turn's exchange. Any thread. */
void client_cancel(client_turn *turn);

#endif
