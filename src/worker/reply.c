/*
 * reply.c - see reply.h.
 */
#include "worker/reply.h"

#include "base/error.h"
#include "base/limits.h"
#include "wire/json.h"
#include "wire/wire.h"

void reply_json(reply *r, protocol_type type, json_t *json)
{
    if (r->status >= 0) {
        r->status = wire_json_send(r->fd, type, r->request, json, WIRE_NO_TIMEOUT, NULL);
    }
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
    if (r->status >= 0) {
        r->status =
            wire_send(r->fd, PROTOCOL_PREFIX_PART, r->request, bytes, WIRE_NO_TIMEOUT, NULL);
    }
    return r->status >= 0;
}

/* What may arrive during a request: a cancellation, or the end of another session. */
static int take_frame(reply *r, const wire_header *header)
{
    if (header->type == PROTOCOL_CANCEL) {
        r->is_cancelled = r->is_cancelled || header->request == r->request;
        return HUIS_OK;
    }
    if (header->type == PROTOCOL_FORGET && header->request != r->session) {
        context_store_forget(r->contexts, header->request);
        return HUIS_OK;
    }
    return HUIS_E_WORKER;
}

bool reply_continue(reply *r)
{
    while (r->status >= 0 && wire_is_readable(r->fd)) {
        wire_header header;
        buffer payload;
        buffer_init(&payload, 0);
        const int status = wire_receive(r->fd, &header, &payload, WIRE_NO_TIMEOUT, NULL);
        buffer_deinit(&payload);
        r->status = status == HUIS_OK ? take_frame(r, &header) : HUIS_E_WORKER;
    }
    return r->status >= 0 && !r->is_cancelled;
}

bool reply_take_parts(reply *r, reply_part_fn on_part, void *user)
{
    uint64_t left_bytes = LIMIT_PREFIX_BYTES;
    bool is_over = false;
    buffer payload;
    buffer_init(&payload, LIMIT_PREFIX_PART_BYTES);
    while (r->status >= 0 && !is_over) {
        wire_header header;
        const int status = wire_receive(r->fd, &header, &payload, WIRE_NO_TIMEOUT, NULL);
        const bool is_mine = status == HUIS_OK && header.request == r->request;
        if (is_mine && header.type == PROTOCOL_PREFIX_PART && payload.len > 0 &&
            payload.len <= left_bytes) {
            left_bytes -= payload.len;
            on_part(user, buffer_span(&payload));
        } else if (is_mine && header.type == PROTOCOL_PREFIX_END && payload.len == 0) {
            is_over = true;
        } else {
            r->status =
                status == HUIS_OK && payload.len == 0 ? take_frame(r, &header) : HUIS_E_WORKER;
        }
    }
    buffer_deinit(&payload);
    return is_over;
}
