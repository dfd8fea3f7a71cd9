/*
 * client.c - see client.h.
 */
#include "session/client.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "session/prefix_transfer.h"
#include "session/worker_process.h"
#include "wire/json.h"
#include "wire/wire.h"

static const int64_t SEND_TIMEOUT_US = INT64_C(30) * 1000000;
/* For the rest of a frame whose first byte has come. */
static const int64_t FRAME_TIMEOUT_US = INT64_C(30) * 1000000;

enum { POLL_SLICE_MS = 500 };

static int cancelled(huis_error *err)
{
    return error_set(err, HUIS_E_CANCELLED, "cancelled");
}

static int busy(huis_error *err)
{
    return error_set(err, HUIS_E_BUSY,
                     "the session is answering already: wait for its end, or cancel it");
}

int client_turn_init(client_turn *turn, const char *caller)
{
    *turn = (client_turn){.channel = -1, .caller = caller};
    atomic_init(&turn->is_cancelled, false);
    return pthread_mutex_init(&turn->lock, NULL) == 0 ? HUIS_OK : HUIS_E_NO_MEMORY;
}

int client_check_free(client_turn *turn, huis_error *err)
{
    (void)pthread_mutex_lock(&turn->lock);
    const bool is_free = !turn->is_active;
    (void)pthread_mutex_unlock(&turn->lock);
    return is_free ? HUIS_OK : busy(err);
}

static int take_turn(client_turn *turn, huis_error *err)
{
    (void)pthread_mutex_lock(&turn->lock);
    const bool is_free = !turn->is_active;
    if (is_free) {
        turn->is_active = true;
        atomic_store(&turn->is_cancelled, false);
    }
    (void)pthread_mutex_unlock(&turn->lock);
    return is_free ? HUIS_OK : busy(err);
}

static void give_turn(client_turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    turn->is_active = false;
    turn->request = 0;
    (void)pthread_mutex_unlock(&turn->lock);
}

/* Under turn->lock. */
static void send_cancel(client_turn *turn)
{
    if (turn->channel >= 0 && turn->request != 0) {
        (void)wire_send(turn->channel, PROTOCOL_CANCEL, turn->request, span_from(NULL, 0),
                        SEND_TIMEOUT_US, NULL);
    }
}

void client_cancel(client_turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    if (turn->is_active) {
        atomic_store(&turn->is_cancelled, true);
        send_cancel(turn);
    }
    (void)pthread_mutex_unlock(&turn->lock);
}

int client_send(client_turn *turn, protocol_type type, span payload, huis_error *err)
{
    (void)pthread_mutex_lock(&turn->lock);
    const int status =
        wire_send(turn->channel, (uint32_t)type, turn->request, payload, SEND_TIMEOUT_US, err);
    (void)pthread_mutex_unlock(&turn->lock);
    return status;
}

/* --- Channels --- */

/* Under m->lock. */
static void disconnect(huis_model *m, client_turn *turn)
{
    (void)pthread_mutex_lock(&turn->lock);
    if (turn->channel >= 0) {
        (void)close(turn->channel);
        /* Of a worker that has ended none is counted. */
        m->n_connected -= m->channel >= 0 && turn->worker == m->n_workers ? 1 : 0;
    }
    turn->channel = -1;
    (void)pthread_mutex_unlock(&turn->lock);
}

void client_turn_deinit(huis_model *m, client_turn *turn)
{
    (void)pthread_mutex_lock(&m->lock);
    disconnect(m, turn);
    (void)pthread_mutex_unlock(&m->lock);
    (void)pthread_mutex_destroy(&turn->lock);
}

/* Gives the worker one end of a new channel. Under m->lock. */
static int send_connect(huis_model *m, const client_turn *turn, int end, huis_error *err)
{
    const protocol_connect request = {.caller = span_from_string(turn->caller)};
    buffer payload;
    json_t *const json = protocol_write_connect(&request);
    buffer_init(&payload, LIMIT_MIB);
    int status = wire_json_write(json, &payload, err);
    if (status == HUIS_OK) {
        status = wire_send_descriptor(m->channel, PROTOCOL_CONNECT, 0, buffer_span(&payload), end,
                                      SEND_TIMEOUT_US, err);
    }
    buffer_deinit(&payload);
    json_decref(json);
    return status;
}

static int connect_turn(huis_model *m, client_turn *turn, huis_error *err)
{
    int ends[2];
    if (m->n_connected >= LIMIT_WORKER_CHANNELS) {
        return error_set(err, HUIS_E_LIMIT, "%s: %u sessions are in use already: close some first",
                         m->path, LIMIT_WORKER_CHANNELS);
    }
    RETURN_IF_ERROR(wire_pair(ends, err));
    huis_error reason = {.status = HUIS_OK};
    const int status = send_connect(m, turn, ends[1], &reason);
    (void)close(ends[1]);
    if (status != HUIS_OK) {
        (void)close(ends[0]);
        return worker_process_failed(m, status == HUIS_E_WORKER ? WIRE_END : status, &reason, err);
    }
    (void)pthread_mutex_lock(&turn->lock);
    turn->channel = ends[0];
    turn->worker = m->n_workers;
    (void)pthread_mutex_unlock(&turn->lock);
    m->n_connected++;
    return HUIS_OK;
}

/* A channel to a worker that lives. At rest a worker has nothing to say: one that does has died, which
 * costs nobody anything. Under m->lock. */
static int prepare_channel(huis_model *m, client_turn *turn, huis_error *err)
{
    const huis_error reason = {.status = HUIS_OK};
    if (m->channel >= 0 && wire_is_readable(m->channel)) {
        (void)worker_process_failed(m, WIRE_END, &reason, NULL);
    }
    if (m->channel < 0) {
        RETURN_IF_ERROR(worker_process_start(m, err));
    }
    if (turn->channel >= 0 && (turn->worker != m->n_workers || wire_is_readable(turn->channel))) {
        disconnect(m, turn);
    }
    return turn->channel >= 0 ? HUIS_OK : connect_turn(m, turn, err);
}

/* The channel is of no more use, because of `status` and `reason`: so is the worker, for everybody.
 * Whoever sees it first ends it; the others are told the same. */
static int fail_worker(huis_model *m, client_turn *turn, int status, const huis_error *reason,
                       huis_error *err)
{
    (void)pthread_mutex_lock(&m->lock);
    const bool is_first = m->channel >= 0 && turn->worker == m->n_workers;
    const int failed =
        is_first ? worker_process_failed(m, status, reason, err)
                 : error_set_at(err, m->death.status, m->death.offset, "%s", m->death.message);
    disconnect(m, turn);
    (void)pthread_mutex_unlock(&m->lock);
    return failed;
}

/* --- One exchange --- */

/* Any failure leaves the channel unusable. */
static int send_request(client_turn *turn, protocol_type type, span payload, huis_error *err)
{
    (void)pthread_mutex_lock(&turn->lock);
    /* 0 means none, and PROTOCOL_OPEN_REQUEST is taken. */
    turn->next_request = turn->next_request < UINT32_MAX && turn->next_request > 0
                             ? turn->next_request + 1
                             : PROTOCOL_OPEN_REQUEST + 1;
    const int status =
        wire_send(turn->channel, (uint32_t)type, turn->next_request, payload, SEND_TIMEOUT_US, err);
    if (status == HUIS_OK) {
        turn->request = turn->next_request;
    }
    if (status == HUIS_OK && atomic_load(&turn->is_cancelled)) {
        send_cancel(turn); /* it came too early to be sent */
    }
    (void)pthread_mutex_unlock(&turn->lock);
    return status;
}

typedef struct exchange {
    huis_model *m;
    client_turn *turn;
    client_frame_fn on_frame;
    void *user;
    int64_t cancelled_us; /* when it was first seen to be cancelled; 0: not */
    bool is_given_up;     /* on_frame cancelled: what still comes is read away */
    bool is_broken;       /* the worker broke the protocol, or cannot be waited for */
} exchange;

/* A cancelled request ends within a token, or a chunk of the prompt; a worker that goes on is stuck. */
static bool is_patient(exchange *x)
{
    if (!x->is_given_up && !atomic_load(&x->turn->is_cancelled)) {
        return true;
    }
    const int64_t now_us = clock_monotonic_us();
    x->cancelled_us = x->cancelled_us == 0 ? now_us : x->cancelled_us;
    return now_us - x->cancelled_us < x->m->patience_us;
}

static int wait_frame(exchange *x, huis_error *err)
{
    while (is_patient(x)) {
        struct pollfd p = {.fd = x->turn->channel, .events = POLLIN};
        const int n = poll(&p, 1, POLL_SLICE_MS);
        if (n > 0) {
            return HUIS_OK;
        }
        if (n < 0 && errno != EINTR) {
            return error_from_errno(err, "cannot wait for", "huis-worker");
        }
    }
    return error_set(err, HUIS_E_LIMIT, "it did not stop when it was cancelled");
}

/* What the worker reports as an error. */
static int take_error(const json_t *json, bool *out_is_broken, huis_error *err)
{
    huis_error told = {.status = HUIS_OK};
    const int status = protocol_read_error(json, &told, err);
    if (status != HUIS_OK) {
        *out_is_broken = true;
        return status;
    }
    return error_set_at(err, told.status, told.offset, "%s", told.message);
}

/* A frame that is the request's. What on_frame refuses ends the worker, but for a cancellation. */
static int use_frame(exchange *x, uint32_t type, const json_t *json, huis_error *err)
{
    if (type == PROTOCOL_ERROR) {
        return take_error(json, &x->is_broken, err);
    }
    if (x->is_given_up) {
        const bool is_last =
            type == PROTOCOL_RESULT || type == PROTOCOL_SCORES || type == PROTOCOL_COUNTED;
        return is_last ? HUIS_OK : CLIENT_MORE;
    }
    const int status = x->on_frame(x->user, type, json, err);
    if (status == HUIS_E_CANCELLED) {
        x->is_given_up = true;
        client_cancel(x->turn);
        return CLIENT_MORE;
    }
    x->is_broken = status < 0;
    return status;
}

/* The worker waits for its checkpoint also when nobody waits for its answer any longer. */
static int take_prefix_frame(exchange *x, uint32_t type, span payload, huis_error *err)
{
    const int status = prefix_transfer_frame(x->turn->prefix, type, payload, err);
    x->is_broken = status < 0;
    return status;
}

/* One frame. CLIENT_MORE, HUIS_OK at the end, or an error. */
static int take_frame(exchange *x, const wire_header *header, span payload, huis_error *err)
{
    json_t *json = NULL;
    if (header->request == x->turn->request && x->turn->prefix != NULL &&
        prefix_transfer_knows(header->type)) {
        return take_prefix_frame(x, header->type, payload, err);
    }
    int status = header->request == x->turn->request
                     ? wire_json_parse(payload, &json, err)
                     : error_set(err, HUIS_E_WORKER, "answer to a request that was not sent");
    x->is_broken = status != HUIS_OK;
    if (status == HUIS_OK) {
        status = use_frame(x, header->type, json, err);
    }
    json_decref(json);
    return status;
}

static int receive_frame(exchange *x, buffer *payload, huis_error *err)
{
    wire_header header;
    int status = wait_frame(x, err);
    if (status == HUIS_OK) {
        status = wire_receive(x->turn->channel, &header, payload, FRAME_TIMEOUT_US, err);
    }
    if (status != HUIS_OK) {
        x->is_broken = true;
        return status;
    }
    return take_frame(x, &header, buffer_span(payload), err);
}

/* Reads frames until the last one. */
static int receive_answer(exchange *x, huis_error *err)
{
    huis_error reason = {.status = HUIS_OK};
    buffer payload;
    buffer_init(&payload, LIMIT_EVENT_FRAME_BYTES);
    int status = CLIENT_MORE;
    do {
        status = receive_frame(x, &payload, &reason);
    } while (status == CLIENT_MORE);
    buffer_deinit(&payload);
    if (x->is_broken) {
        const huis_error seen = reason;
        status = fail_worker(x->m, x->turn, status, &seen, &reason);
    }
    if (x->is_given_up) {
        return cancelled(err);
    }
    return status == HUIS_OK ? HUIS_OK
                             : error_set_at(err, status, reason.offset, "%s", reason.message);
}

static int exchange_in_turn(exchange *x, protocol_type type, span payload, huis_error *err)
{
    huis_error reason = {.status = HUIS_OK};
    (void)pthread_mutex_lock(&x->m->lock);
    int status = prepare_channel(x->m, x->turn, err);
    (void)pthread_mutex_unlock(&x->m->lock);
    RETURN_IF_ERROR(status);
    if (atomic_load(&x->turn->is_cancelled)) {
        return cancelled(err);
    }
    status = send_request(x->turn, type, payload, &reason);
    if (status != HUIS_OK) {
        return fail_worker(x->m, x->turn, status == HUIS_E_WORKER ? WIRE_END : status, &reason,
                           err);
    }
    return receive_answer(x, err);
}

int client_exchange(huis_model *m, client_turn *turn, protocol_type type, const json_t *json,
                    client_frame_fn on_frame, void *user, huis_error *err)
{
    huis_error ignored = {.status = HUIS_OK};
    huis_error *const told = err != NULL ? err : &ignored;
    exchange x = {.m = m, .turn = turn, .on_frame = on_frame, .user = user};
    buffer payload;
    buffer_init(&payload, LIMIT_FRAME_BYTES);
    int status = wire_json_write(json, &payload, told);
    if (status == HUIS_OK) {
        status = take_turn(turn, told);
    }
    if (status == HUIS_OK) {
        status = exchange_in_turn(&x, type, buffer_span(&payload), told);
        if (turn->prefix != NULL) {
            prefix_transfer_end(turn->prefix);
        }
        give_turn(turn);
    }
    buffer_deinit(&payload);
    return status;
}
