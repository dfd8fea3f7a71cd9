/*
 * channels.c - see channels.h.
 */
#include "worker/channels.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "wire/json.h"
#include "worker/packed_out.h"

enum {
    N_CHANNELS = LIMIT_WORKER_CHANNELS + 1,
    FRAMES_A_TURN = 16, /* of one channel, before others are looked at */
    QUIET_MS = 50,      /* a client that is about to ask does so sooner */
    STALL_POLL_MS = 1000
};

/* Of one answer and of one checkpoint together; what is beyond breaks the channel. */
#define MAX_OUT_BYTES (2 * (size_t)LIMIT_PREFIX_BYTES)

static bool is_open(const channel *c)
{
    return c->stream.fd >= 0;
}

static void open_channel(channels *all, channel *c, int fd, span caller)
{
    *c = (channel){.session = ++all->next_session};
    wire_stream_init(&c->stream, fd, LIMIT_FRAME_BYTES, MAX_OUT_BYTES);
    memcpy(c->caller, caller.ptr, caller.len);
    all->m->n_callers += c != &all->list[0] ? 1 : 0;
}

/* Its request ends, its KV cache is forgotten. */
static void close_channel(channels *all, channel *c)
{
    if (c->task != NULL) {
        schedule_drop(&all->schedule, c->task);
        c->task = NULL;
    }
    all->m->n_callers -= c != &all->list[0] && is_open(c) ? 1 : 0;
    context_store_forget(&all->m->contexts, c->session);
    if (c->caller[0] == '\0') {
        const prefix_owner owner = prefix_owner_of(c->caller, c->session);
        prefix_tree_forget(&all->m->prefixes, &owner);
    }
    wire_stream_deinit(&c->stream);
    c->is_broken = false;
}

/* --- Frames --- */

/* One more caller; without room for it the other end sees that the channel was closed. */
static void connect_caller(channels *all, channel *owner, span payload)
{
    json_t *json = NULL;
    protocol_connect request = {0};
    const int fd = wire_stream_take_passed(&owner->stream);
    channel *place = NULL;
    for (size_t i = 1; i < N_CHANNELS && place == NULL; i++) {
        place = is_open(&all->list[i]) ? NULL : &all->list[i];
    }
    wire_stream passed;
    wire_stream_init(&passed, fd, 0, 0);
    owner->is_broken = fd < 0 || wire_json_parse(payload, &json, NULL) != HUIS_OK ||
                       protocol_read_connect(json, &request, NULL) != HUIS_OK;
    if (owner->is_broken || place == NULL) {
        wire_stream_deinit(&passed);
    } else {
        open_channel(all, place, fd, request.caller);
    }
    json_decref(json);
}

static int count_tokens(const worker_model *m, reply *r, const json_t *json, huis_error *err)
{
    span text = {0};
    token_list ids;
    const vocab_encode_options options = {.parse_special = false, .add_special = false};
    if (!wire_json_string(json, "text", &text)) {
        return error_set(err, HUIS_E_WORKER, "message without a \"text\"");
    }
    token_list_init(&ids);
    const int status = vocab_encode(engine_vocab(m->engine), text, &options, &ids, err);
    if (status == HUIS_OK) {
        reply_json(r, PROTOCOL_COUNTED, json_pack("{s:I}", "n_tokens", (json_int_t)ids.count));
    }
    token_list_deinit(&ids);
    return status;
}

/* Takes the reference to `json`. */
static int add_task(channels *all, channel *c, const wire_header *header, json_t *json,
                    huis_error *err)
{
    task *t = NULL;
    const prefix_owner owner = prefix_owner_of(c->caller, c->session);
    RETURN_IF_ERROR(task_new(&t, all->m, c->session, &owner, &c->stream, header, json, err));
    const int status = schedule_add(&all->schedule, t, c->caller, err);
    if (status != HUIS_OK) {
        (void)task_free(t);
        return status;
    }
    c->task = t;
    return HUIS_OK;
}

static int take_request(channels *all, channel *c, reply *r, const wire_header *header,
                        span payload, huis_error *err)
{
    const bool is_count = header->type == PROTOCOL_COUNT;
    json_t *json = NULL;
    if (!is_count && header->type != PROTOCOL_GENERATE && header->type != PROTOCOL_SCORE) {
        return error_set(err, HUIS_E_WORKER, "unknown message type %u", header->type);
    }
    RETURN_IF_ERROR(wire_json_parse(payload, &json, err));
    if (!is_count) {
        return add_task(all, c, header, json, err);
    }
    const int status = count_tokens(all->m, r, json, err);
    json_decref(json);
    return status;
}

/* A wrong request is told; one in the middle of another breaks the protocol. */
static void answer_request(channels *all, channel *c, const wire_header *header, span payload)
{
    reply r = {.stream = &c->stream, .request = header->request};
    huis_error error = {.status = HUIS_OK};
    if (c->task != NULL) {
        c->is_broken = true;
        return;
    }
    if (take_request(all, c, &r, header, payload, &error) != HUIS_OK) {
        reply_error(&r, &error);
    }
    c->is_broken = r.status < 0;
}

static void take_frame(channels *all, channel *c, const wire_header *header, span payload)
{
    switch (header->type) {
    case PROTOCOL_CANCEL: /* one that comes when its request is over means nothing */
        if (payload.len > 0) {
            c->is_broken = true;
        } else if (c->task != NULL && c->task->r.request == header->request) {
            c->task->r.is_cancelled = true;
        }
        break;
    case PROTOCOL_CONNECT:
        if (c == &all->list[0]) {
            connect_caller(all, c, payload);
        } else {
            c->is_broken = true;
        }
        break;
    case PROTOCOL_PREFIX_PART:
    case PROTOCOL_PREFIX_END:
        c->is_broken = c->task == NULL || !task_take_prefix(c->task, header, payload);
        break;
    default:
        answer_request(all, c, header, payload);
        break;
    }
}

static void read_channel(channels *all, channel *c)
{
    int status = HUIS_OK;
    for (size_t i = 0; i < FRAMES_A_TURN && status == HUIS_OK && !c->is_broken; i++) {
        wire_header header;
        span payload;
        status = wire_stream_receive(&c->stream, &header, &payload, NULL);
        if (status == HUIS_OK) {
            take_frame(all, c, &header, payload);
            wire_stream_release(&c->stream);
        }
    }
    c->is_broken = c->is_broken || (status != HUIS_OK && status != WIRE_WAIT);
}

/* --- The loop --- */

static bool is_stalled(const channel *c)
{
    return wire_stream_unsent(&c->stream) > LIMIT_WORKER_UNREAD_BYTES ||
           (c->task != NULL && c->task->state == TASK_ASKING);
}

/* A caller that does not read, or does not say whether it has a checkpoint, may hold its place as long
 * as nobody else wants it, and LIMIT_WORKER_STALL_SECONDS. */
static void watch_stall(const channels *all, channel *c)
{
    const int64_t now_us = clock_monotonic_us();
    if (!is_stalled(c) || !schedule_has_waiting(&all->schedule)) {
        c->stalled_us = 0;
    } else if (c->stalled_us == 0) {
        c->stalled_us = now_us;
    } else if (now_us - c->stalled_us > INT64_C(1000000) * LIMIT_WORKER_STALL_SECONDS) {
        c->is_broken = true;
    }
}

static void drop_finished(channels *all, channel *c)
{
    if (c->task != NULL && c->task->state == TASK_OVER) {
        c->is_broken = c->is_broken || c->task->r.status < 0;
        schedule_drop(&all->schedule, c->task);
        c->task = NULL;
    } else if (c->task != NULL && c->task->r.status < 0) {
        c->is_broken = true;
    }
}

/* Sends, lets go of what is over, closes what is broken. False: the owner's channel is. */
static bool settle_channels(channels *all)
{
    for (size_t i = 0; i < N_CHANNELS; i++) {
        channel *const c = &all->list[i];
        if (!is_open(c)) {
            continue;
        }
        drop_finished(all, c);
        watch_stall(all, c);
        c->is_broken = c->is_broken || !wire_stream_flush(&c->stream);
        if (c->is_broken && i > 0) {
            close_channel(all, c);
        }
    }
    return !all->list[0].is_broken;
}

static int choose_timeout(const channels *all, bool was_quiet)
{
    if (schedule_is_busy(&all->schedule)) {
        return 0;
    }
    if (cache_writer_is_busy(all->packed)) {
        return was_quiet ? 0 : QUIET_MS;
    }
    return schedule_has_waiting(&all->schedule) ? STALL_POLL_MS : -1;
}

/* Waits for bytes or room to send; reads what came. False: nothing happened in time. */
static bool wait_and_read(channels *all, int timeout_ms)
{
    struct pollfd polled[N_CHANNELS];
    for (size_t i = 0; i < N_CHANNELS; i++) {
        const wire_stream *const s = &all->list[i].stream;
        polled[i] = (struct pollfd){.fd = s->fd, .events = POLLIN};
        polled[i].events |= is_open(&all->list[i]) && wire_stream_unsent(s) > 0 ? POLLOUT : 0;
    }
    if (poll(polled, N_CHANNELS, timeout_ms) <= 0) {
        return false;
    }
    /* The owner's last: it may connect a caller in the place of one that it has just let go. */
    for (size_t i = N_CHANNELS; i-- > 0;) {
        channel *const c = &all->list[i];
        if ((polled[i].revents & ~POLLOUT) != 0) {
            read_channel(all, c);
        }
        if (c->is_broken && i > 0) {
            close_channel(all, c);
        }
    }
    return true;
}

static void serve(channels *all)
{
    bool was_quiet = false;
    do {
        const int timeout_ms = choose_timeout(all, was_quiet);
        const bool is_idle = !schedule_is_busy(&all->schedule);
        const bool is_quiet = !wait_and_read(all, timeout_ms) && is_idle;
        if (is_quiet && cache_writer_is_busy(all->packed)) {
            packed_out_step(all->packed);
        }
        was_quiet = is_quiet;
        schedule_round(&all->schedule);
    } while (settle_channels(all));
}

void channels_serve(worker_model *m, cache_writer *packed, int fd)
{
    channels *const all = memory_alloc(1, sizeof(*all));
    if (all == NULL) {
        return;
    }
    *all = (channels){.m = m, .packed = packed};
    schedule_init(&all->schedule, m);
    for (size_t i = 0; i < N_CHANNELS; i++) {
        all->list[i].stream.fd = -1;
    }
    open_channel(all, &all->list[0], fd, SPAN(""));
    all->list[0].stream.may_pass = true;
    serve(all);
    (void)wire_stream_flush(&all->list[0].stream);
    all->list[0].stream.fd = -1; /* the caller's */
    for (size_t i = 0; i < N_CHANNELS; i++) {
        close_channel(all, &all->list[i]);
    }
    schedule_deinit(&all->schedule);
    memory_free(all);
}
