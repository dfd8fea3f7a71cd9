/*
 * prefix_transfer.h - the client's half of prefix checkpoints: the worker asks for one by name, or
 * gives one; the files are the client's (base/blob_cache.h).
 *
 * What a checkpoint holds is the worker's business: it checks what it gets. Here it is bytes under a
 * key, kept apart by model file, bounded, and written at most once in an exchange. A disk that is
 * full, or a directory that cannot be written to, costs speed and nothing else: it is not reported.
 */
#ifndef HUIS_SESSION_PREFIX_TRANSFER_H
#define HUIS_SESSION_PREFIX_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/blob_cache.h"
#include "session/client.h"

/* One exchange. */
struct prefix_transfer {
    huis_model *model;
    client_turn *turn;
    bool was_asked, was_given;
    uint64_t expected_bytes; /* of a checkpoint that the worker gives, still to come */
    bool is_writing;         /* false: they are dropped */
    blob_writer writer;
};

void prefix_transfer_init(prefix_transfer *t, huis_model *m, client_turn *turn);
/* Whether frames of this type are meant for prefix_transfer_frame. */
bool prefix_transfer_knows(uint32_t type);
/* CLIENT_MORE, or an error: WORKER when the frame is none that may come now. */
int prefix_transfer_frame(prefix_transfer *t, uint32_t type, span payload, huis_error *err);
/* Drops what is not whole; keeps the budget when something was added. */
void prefix_transfer_end(prefix_transfer *t);

#endif
