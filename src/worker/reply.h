/*
 * reply.h - the worker's side of one request: what it sends, and whether the client cancelled.
 *
 * A client that is gone, or breaks the protocol, ends the worker: `status` becomes negative and
 * everything that follows is skipped.
 */
#ifndef HUIS_WORKER_REPLY_H
#define HUIS_WORKER_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"
#include "wire/protocol.h"
#include "worker/context_store.h"

typedef struct reply {
    int fd;
    uint32_t request;
    bool is_cancelled;
    int status;              /* of the channel */
    context_store *contexts; /* sessions may end while another is answered */
    uint32_t session;        /* the one that is answered */
} reply;

void reply_json(reply *r, protocol_type type, json_t *json); /* takes the reference */
void reply_prefill(reply *r, uint32_t n_done, uint32_t n_total);
void reply_text(reply *r, uint32_t i_candidate, span text);
void reply_error(reply *r, const huis_error *error);
/* At most LIMIT_PREFIX_PART_BYTES of a prefix checkpoint. False: the channel is broken. */
bool reply_part(reply *r, span bytes);

/* Takes the parts of a prefix checkpoint that was asked for, until their end; a cancellation waits
 * that long. False: the channel is broken. */
typedef void (*reply_part_fn)(void *user, span bytes);
bool reply_take_parts(reply *r, reply_part_fn on_part, void *user);

/* Takes what the client has sent meanwhile. False: stop (cancelled, or the channel is broken). */
bool reply_continue(reply *r);

#endif
