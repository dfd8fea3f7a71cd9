/*
 * client.c - see client.h.
 */
#include "session/client.h"

#include <errno.h>
#include <poll.h>

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

/* Under m->lock. A callback that asks again would wait for itself. */
static bool is_busy(const huis_model *m, const client_turn *turn)
{
    return turn->is_active || (m->running != NULL && pthread_equal(m->runner, pthread_self()) != 0);
}

static int busy(huis_error *err)
{
    return error_set(err, HUIS_E_BUSY,
                     "the session is answering already: wait for its end, or cancel it");
}

int client_check_free(huis_model *m, const client_turn *turn, huis_error *err)
{
    (void)pthread_mutex_lock(&m->lock);
    const bool is_free = !is_busy(m, turn);
    (void)pthread_mutex_unlock(&m->lock);
    return is_free ? HUIS_OK : busy(err);
}

/* Waits until nobody else is in an exchange. */
static int take_turn(huis_model *m, client_turn *turn, huis_error *err)
{
    (void)pthread_mutex_lock(&m->lock);
    if (is_busy(m, turn)) {
        (void)pthread_mutex_unlock(&m->lock);
        return busy(err);
    }
    turn->is_active = true;
    atomic_store(&turn->is_cancelled, false);
    while (m->running != NULL && !atomic_load(&turn->is_cancelled)) {
        (void)pthread_cond_wait(&m->turn_is_free, &m->lock);
    }
    const bool is_mine = !atomic_load(&turn->is_cancelled);
    if (is_mine) {
        m->running = turn;
        m->runner = pthread_self();
    } else {
        turn->is_active = false;
    }
    (void)pthread_mutex_unlock(&m->lock);
    return is_mine ? HUIS_OK : cancelled(err);
}

static void give_turn(huis_model *m, client_turn *turn)
{
    (void)pthread_mutex_lock(&m->lock);
    m->running = NULL;
    turn->is_active = false;
    (void)pthread_cond_broadcast(&m->turn_is_free);
    (void)pthread_mutex_unlock(&m->lock);
}

/* Sends CANCEL for the request that runs, if one does. */
static void send_cancel(huis_model *m)
{
    (void)pthread_mutex_lock(&m->send_lock);
    if (m->channel >= 0 && m->request != 0) {
        (void)wire_send(m->channel, PROTOCOL_CANCEL, m->request, span_from(NULL, 0),
                        SEND_TIMEOUT_US, NULL);
    }
    (void)pthread_mutex_unlock(&m->send_lock);
}

void client_cancel(huis_model *m, client_turn *turn)
{
    (void)pthread_mutex_lock(&m->lock);
    const bool is_running = m->running == turn;
    if (turn->is_active) {
        atomic_store(&turn->is_cancelled, true);
        (void)pthread_cond_broadcast(&m->turn_is_free);
    }
    if (is_running) {
        send_cancel(m);
    }
    (void)pthread_mutex_unlock(&m->lock);
}

void client_forget(huis_model *m, uint32_t session)
{
    (void)pthread_mutex_lock(&m->send_lock);
    if (m->channel >= 0) {
        (void)wire_send(m->channel, PROTOCOL_FORGET, session, span_from(NULL, 0), SEND_TIMEOUT_US,
                        NULL);
    }
    (void)pthread_mutex_unlock(&m->send_lock);
}

int client_send(huis_model *m, protocol_type type, span payload, huis_error *err)
{
    (void)pthread_mutex_lock(&m->send_lock);
    const int status = wire_send(m->channel, type, m->request, payload, SEND_TIMEOUT_US, err);
    (void)pthread_mutex_unlock(&m->send_lock);
    return status;
}

/* Any failure leaves the channel unusable. */
static int send_request(huis_model *m, const client_turn *turn, protocol_type type, span payload,
                        huis_error *err)
{
    (void)pthread_mutex_lock(&m->send_lock);
    /* 0 means none, and PROTOCOL_OPEN_REQUEST is taken. */
    m->next_request =
        m->next_request < UINT32_MAX ? m->next_request + 1 : PROTOCOL_OPEN_REQUEST + 1;
    const int status = wire_send(m->channel, type, m->next_request, payload, SEND_TIMEOUT_US, err);
    if (status == HUIS_OK) {
        m->request = m->next_request;
    }
    (void)pthread_mutex_unlock(&m->send_lock);
    if (status == HUIS_OK && atomic_load(&turn->is_cancelled)) {
        send_cancel(m); /* it came too early to be sent */
    }
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
        struct pollfd p = {.fd = x->m->channel, .events = POLLIN};
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
        send_cancel(x->m);
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
    if (header->request == x->m->request && x->turn->prefix != NULL &&
        prefix_transfer_knows(header->type)) {
        return take_prefix_frame(x, header->type, payload, err);
    }
    int status = header->request == x->m->request
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
        status = wire_receive(x->m->channel, &header, payload, FRAME_TIMEOUT_US, err);
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
        status = worker_process_failed(x->m, status, &seen, &reason);
    }
    if (x->is_given_up) {
        return cancelled(err);
    }
    return status == HUIS_OK ? HUIS_OK
                             : error_set_at(err, status, reason.offset, "%s", reason.message);
}

static int exchange_in_turn(exchange *x, protocol_type type, span payload, huis_error *err)
{
    huis_model *const m = x->m;
    huis_error reason = {.status = HUIS_OK};
    /* A worker has nothing to say at rest: it has died, which costs nobody anything. */
    if (m->channel >= 0 && wire_is_readable(m->channel)) {
        (void)worker_process_failed(m, WIRE_END, &reason, NULL);
    }
    if (m->channel < 0) {
        RETURN_IF_ERROR(worker_process_start(m, err));
    }
    int status = send_request(m, x->turn, type, payload, &reason);
    if (status != HUIS_OK) {
        return worker_process_failed(m, status == HUIS_E_WORKER ? WIRE_END : status, &reason, err);
    }
    status = receive_answer(x, err);
    (void)pthread_mutex_lock(&m->send_lock);
    m->request = 0;
    (void)pthread_mutex_unlock(&m->send_lock);
    return status;
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
        status = take_turn(m, turn, told);
    }
    if (status == HUIS_OK) {
        status = exchange_in_turn(&x, type, buffer_span(&payload), told);
        if (turn->prefix != NULL) {
            prefix_transfer_end(turn->prefix);
        }
        give_turn(m, turn);
    }
    buffer_deinit(&payload);
    return status;
}
