/*
 * prefix.c - see prefix.h.
 */
#include "worker/prefix.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/limits.h"
#include "engine/checkpoint.h"
#include "wire/protocol.h"

_Static_assert((int)CHECKPOINT_KEY_LENGTH == (int)PROTOCOL_PREFIX_KEY_LENGTH, "the same keys");

static protocol_prefix describe(const worker_model *m, const int32_t *tokens, uint32_t n_tokens,
                                char key[CHECKPOINT_KEY_LENGTH + 1])
{
    checkpoint_key(m->engine, tokens, n_tokens, key);
    return (protocol_prefix){span_from(key, CHECKPOINT_KEY_LENGTH),
                             checkpoint_bytes(m->engine, n_tokens)};
}

bool prefix_ask(const worker_model *m, reply *r, const int32_t *tokens, uint32_t n_tokens)
{
    char key[CHECKPOINT_KEY_LENGTH + 1];
    const protocol_prefix wanted = describe(m, tokens, n_tokens, key);
    if (wanted.bytes > 0) {
        reply_json(r, PROTOCOL_PREFIX_WANTED, protocol_write_prefix(&wanted));
    }
    return wanted.bytes > 0;
}

/* A client that is there takes a checkpoint as fast as it is made: waiting for it a little keeps the
 * whole of it from piling up here. One that does not read costs the others so much, once. */
enum { WAITING_BYTES = 1 << 20, PATIENCE_US = 500 * 1000 };

/* A checkpoint on its way out: pieces of any size become frames. */
typedef struct departure {
    reply *r;
    buffer part;
    int64_t until_us;
} departure;

static bool send_part(departure *d)
{
    const bool ok = reply_part(d->r, buffer_span(&d->part));
    buffer_reset(&d->part);
    return ok && wire_stream_drain(d->r->stream, WAITING_BYTES, d->until_us);
}

static bool add_bytes(void *user, span bytes)
{
    departure *const d = user;
    bool ok = true;
    while (bytes.len > 0 && ok) {
        const size_t room = LIMIT_PREFIX_PART_BYTES - d->part.len;
        const size_t n = bytes.len < room ? bytes.len : room;
        ok = buffer_append(&d->part, span_from(bytes.ptr, n)) && (n < room || send_part(d));
        bytes = span_from(bytes.ptr + n, bytes.len - n);
    }
    return ok;
}

void prefix_save(const worker_model *m, reply *r, const engine_context *c, uint32_t n_tokens)
{
    char key[CHECKPOINT_KEY_LENGTH + 1];
    departure d = {.r = r, .until_us = clock_monotonic_us() + PATIENCE_US};
    buffer_init(&d.part, LIMIT_PREFIX_PART_BYTES);
    if (n_tokens == 0 || !buffer_reserve(&d.part, LIMIT_PREFIX_PART_BYTES)) {
        buffer_deinit(&d.part);
        return;
    }
    const protocol_prefix told = describe(m, engine_context_tokens(c), n_tokens, key);
    if (told.bytes > 0) {
        reply_json(r, PROTOCOL_PREFIX_SAVE, protocol_write_prefix(&told));
        if (checkpoint_write(c, n_tokens, add_bytes, &d) && d.part.len > 0) {
            (void)send_part(&d);
        }
    }
    buffer_deinit(&d.part);
}
