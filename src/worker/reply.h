/*
 * reply.h - the worker's side of one request: what it sends, and whether the client cancelled.
 *
 * Nothing waits: frames go into the channel's stream, which sends them as the caller takes them. When
 * they find no room there `status` becomes negative and everything that follows is skipped: the channel
 * is of no more use.
 */
#ifndef HUIS_WORKER_REPLY_H
#define HUIS_WORKER_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "huis/error.h"
#include "wire/protocol.h"
#include "wire/stream.h"

typedef struct reply {
    wire_stream *stream;
    uint32_t request;
    bool is_cancelled;
    int status; /* of the channel */
} reply;

void reply_json(reply *r, protocol_type type, json_t *json); /* takes the reference */
void reply_prefill(reply *r, uint32_t n_done, uint32_t n_total);
void reply_text(reply *r, uint32_t i_candidate, span text);
void reply_error(reply *r, const huis_error *error);
/* At most LIMIT_PREFIX_PART_BYTES of a prefix checkpoint. False: the channel is broken. */
bool reply_part(reply *r, span bytes);

#endif
