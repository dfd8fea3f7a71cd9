/*
 * reply.c - see reply.h.
 */
#include "worker/reply.h"

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "wire/json.h"

static void send_frame(reply *r, protocol_type type, span payload)
{
    if (r->status >= 0 && !wire_stream_send(r->stream, (uint32_t)type, r->request, payload)) {
        r->status = HUIS_E_NO_MEMORY;
    }
}

void reply_json(reply *r, protocol_type type, json_t *json)
{
    buffer payload;
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    if (r->status >= 0) {
        r->status = wire_json_write(json, &payload, NULL);
    }
    send_frame(r, type, buffer_span(&payload));
    buffer_deinit(&payload);
    json_decref(json);
}

void reply_prefill(reply *r, uint32_t n_done, uint32_t n_total)
{
    reply_json(
        r, PROTOCOL_PREFILL,
        json_pack("{s:I, s:I}", "n_done", (json_int_t)n_done, "n_total", (json_int_t)n_total));
}

void reply_text(reply *r, uint32_t i_candidate, span text)
{
    reply_json(r, PROTOCOL_TEXT,
               json_pack("{s:I, s:o}", "candidate", (json_int_t)i_candidate, "text",
                         wire_json_text(text)));
}

void reply_error(reply *r, const huis_error *error)
{
    reply_json(r, PROTOCOL_ERROR, protocol_write_error(error));
}

bool reply_part(reply *r, span bytes)
{
    send_frame(r, PROTOCOL_PREFIX_PART, bytes);
    return r->status >= 0;
}
