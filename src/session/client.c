/*
 * client.c - see client.h.
 */
#include "session/client.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/error.h"
#include "session/worker_process.h"
#include "wire/json.h"
#include "wire/wire.h"

static const int64_t SEND_TIMEOUT_US = INT64_C(30) * 1000000;
/* For the rest of a frame whose first byte has come. */
static const int64_t FRAME_TIMEOUT_US = INT64_C(30) * 1000000;
/* A cancelled request ends within a token; a worker that goes on is stuck. */
static const int64_t CANCEL_TIMEOUT_US = INT64_C(10) * 1000000;

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

/* Waits for a frame; gives up on a worker that goes on CANCEL_TIMEOUT_US after it was cancelled. */
static int wait_frame(const huis_model *m, const client_turn *turn, bool is_draining,
                      huis_error *err)
{
    int64_t cancelled_us = 0;
    for (;;) {
        struct pollfd p = {.fd = m->channel, .events = POLLIN};
        const int n = poll(&p, 1, POLL_SLICE_MS);
        if (n > 0) {
            return HUIS_OK;
        }
        if (n < 0 && errno != EINTR) {
            return error_from_errno(err, "cannot wait for", "huis-worker");
        }
        if (!is_draining && !atomic_load(&turn->is_cancelled)) {
            continue;
        }
        const int64_t now_us = clock_monotonic_us();
        cancelled_us = cancelled_us == 0 ? now_us : cancelled_us;
        if (now_us - cancelled_us > CANCEL_TIMEOUT_US) {
            return error_set(err, HUIS_E_LIMIT, "it did not stop when it was cancelled");
        }
    }
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

typedef struct exchange {
    huis_model *m;
    client_turn *turn;
    client_frame_fn on_frame;
    void *user;
    int given_up;   /* error of on_frame, returned once the worker has stopped */
    bool is_broken; /* the worker broke the protocol */
} exchange;

/* One frame. CLIENT_MORE, HUIS_OK at the end, or an error. */
static int take_frame(exchange *x, const wire_header *header, span payload, huis_error *err)
{
    json_t *json = NULL;
    int status = header->request == x->m->request
                     ? wire_json_parse(payload, &json, err)
                     : error_set(err, HUIS_E_WORKER, "answer to a request that was not sent");
    if (status != HUIS_OK) {
        x->is_broken = true;
        return status;
    }
    if (header->type == PROTOCOL_ERROR) {
        huis_error *const told = x->given_up == HUIS_OK ? err : NULL;
        status = take_error(json, &x->is_broken, told);
    } else if (x->given_up == HUIS_OK) {
        status = x->on_frame(x->user, header->type, json, err);
        if (status < 0 && status != HUIS_E_WORKER) {
            x->given_up = status;
            send_cancel(x->m);
            status = CLIENT_MORE;
        }
        x->is_broken = status == HUIS_E_WORKER;
    } else {
        /* Read away; the request may have ended before it was cancelled. */
        const bool is_last = header->type == PROTOCOL_RESULT || header->type == PROTOCOL_SCORES ||
                             header->type == PROTOCOL_COUNTED;
        status = is_last ? HUIS_OK : CLIENT_MORE;
    }
    json_decref(json);
    return status;
}

/* Reads frames until the last one. */
static int receive_answer(exchange *x, huis_error *err)
{
    huis_error reason = {.status = HUIS_OK};
    buffer payload;
    buffer_init(&payload, LIMIT_EVENT_FRAME_BYTES);
    int status = CLIENT_MORE;
    bool has_ended = false;
    while (status == CLIENT_MORE) {
        wire_header header;
        status = wait_frame(x->m, x->turn, x->given_up != HUIS_OK, &reason);
        if (status == HUIS_OK) {
            status = wire_receive(x->m->channel, &header, &payload, FRAME_TIMEOUT_US, &reason);
        }
        if (status == WIRE_END || status < 0) {
            has_ended = status == WIRE_END;
            x->is_broken = true;
            status = HUIS_E_WORKER;
        } else {
            status = take_frame(x, &header, buffer_span(&payload), err);
            if (x->is_broken) {
                reason = *err;
            }
        }
    }
    buffer_deinit(&payload);
    if (x->is_broken) {
        const char *const message =
            reason.message[0] != '\0' ? reason.message : "it spoke nonsense";
        huis_error *const told = x->given_up == HUIS_OK ? err : NULL;
        status = worker_process_died(x->m, has_ended ? NULL : message, told);
    }
    return x->given_up != HUIS_OK ? x->given_up : status;
}

static int exchange_in_turn(exchange *x, protocol_type type, span payload, huis_error *err)
{
    huis_model *const m = x->m;
    huis_error reason = {.status = HUIS_OK};
    if (m->channel < 0) {
        RETURN_IF_ERROR(worker_process_start(m, err));
    }
    int status = send_request(m, x->turn, type, payload, &reason);
    if (status != HUIS_OK) {
        return worker_process_died(m, status == HUIS_E_WORKER ? NULL : reason.message, err);
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
        give_turn(m, turn);
    }
    buffer_deinit(&payload);
    return status;
}
