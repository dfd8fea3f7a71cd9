/*
 * stream.c - see stream.h.
 */
#include "wire/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"

enum {
    STEP_BYTES = 64 * 1024,
    STEPS = 16 /* of one call: others want to be read, too */,
    KEPT_BYTES = 1 << 20 /* of a buffer between frames: new memory for each would cost more */
};

void wire_stream_init(wire_stream *s, int fd, size_t max_bytes, size_t max_out_bytes)
{
    *s = (wire_stream){.fd = fd};
    buffer_init(&s->payload, max_bytes);
    buffer_init(&s->out, max_out_bytes);
}

void wire_stream_deinit(wire_stream *s)
{
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    while (s->n_passed > 0) {
        (void)close(wire_stream_take_passed(s));
    }
    buffer_deinit(&s->payload);
    buffer_deinit(&s->out);
    s->fd = -1;
}

int wire_stream_take_passed(wire_stream *s)
{
    if (s->n_passed == 0) {
        return -1;
    }
    const int fd = s->passed[0];
    s->n_passed--;
    memmove(s->passed, s->passed + 1, s->n_passed * sizeof(*s->passed));
    return fd;
}

static bool is_peer_gone(int number)
{
    return number == EPIPE || number == ECONNRESET || number == ENOTCONN;
}

typedef union control_room {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(WIRE_PASSED_MAX * sizeof(int))];
} control_room;

/* Keeps the descriptors of a message; those that find no room are closed. */
static void keep_passed(wire_stream *s, struct msghdr *message)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd = -1;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
            if (s->n_passed < WIRE_PASSED_MAX) {
                s->passed[s->n_passed++] = fd;
            } else {
                (void)close(fd);
            }
        }
    }
}

/* WIRE_WAIT: nothing is there. *out_n is 0 at the end of the stream. */
static int read_some(wire_stream *s, void *out, size_t bytes, size_t *out_n, huis_error *err)
{
    for (;;) {
        control_room room;
        struct iovec part = {out, bytes};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (s->may_pass) {
            message.msg_control = &room;
            message.msg_controllen = sizeof(room);
        }
        const ssize_t n = recvmsg(s->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (n >= 0) {
            if (s->may_pass) {
                keep_passed(s, &message);
            }
            *out_n = (size_t)n;
            return HUIS_OK;
        }
        if (errno == EAGAIN) {
            return WIRE_WAIT;
        }
        if (is_peer_gone(errno)) {
            *out_n = 0;
            return HUIS_OK;
        }
        if (errno != EINTR) {
            return error_from_errno(err, "cannot receive", "a frame");
        }
    }
}

static int truncated_frame(huis_error *err)
{
    return error_set(err, HUIS_E_WORKER, "the other process ended inside a frame");
}

static int receive_head(wire_stream *s, huis_error *err)
{
    while (s->have_head < sizeof(s->head)) {
        size_t n = 0;
        const int status =
            read_some(s, s->head + s->have_head, sizeof(s->head) - s->have_head, &n, err);
        if (status != HUIS_OK) {
            return status;
        }
        if (n == 0) {
            return s->have_head == 0 ? WIRE_END : truncated_frame(err);
        }
        s->have_head += n;
    }
    return wire_header_decode(s->head, s->payload.max_bytes, &s->header, err);
}

static int receive_payload(wire_stream *s, huis_error *err)
{
    for (size_t i = 0; s->payload.len < s->header.length; i++) {
        const size_t left = s->header.length - s->payload.len;
        const size_t step = left < STEP_BYTES ? left : STEP_BYTES;
        size_t n = 0;
        if (i == STEPS) {
            return WIRE_WAIT;
        }
        if (!buffer_reserve(&s->payload, step)) {
            return error_no_memory(err, "a frame");
        }
        const int status = read_some(s, s->payload.ptr + s->payload.len, step, &n, err);
        if (status != HUIS_OK) {
            return status;
        }
        if (n == 0) {
            return truncated_frame(err);
        }
        s->payload.len += n;
        s->payload.ptr[s->payload.len] = '\0';
    }
    return HUIS_OK;
}

int wire_stream_receive(wire_stream *s, wire_header *out_header, span *out_payload, huis_error *err)
{
    if (s->is_whole) {
        s->is_whole = false;
        s->have_head = 0;
        buffer_reset(&s->payload);
    }
    int status = HUIS_OK;
    if (s->is_broken) {
        return error_set(err, HUIS_E_WORKER, "the other process broke the protocol before");
    }
    if (s->have_head < sizeof(s->head)) {
        status = receive_head(s, err);
    }
    if (status == HUIS_OK) {
        status = receive_payload(s, err);
    }
    if (status == HUIS_OK) {
        s->is_whole = true;
        *out_header = s->header;
        *out_payload = buffer_span(&s->payload);
    }
    s->is_broken = status < 0;
    return status;
}

size_t wire_stream_expected(const wire_stream *s)
{
    return s->have_head == sizeof(s->head) ? s->header.length : 0;
}

void wire_stream_release(wire_stream *s)
{
    const size_t max_bytes = s->payload.max_bytes;
    if (!s->is_whole) {
        return;
    }
    s->is_whole = false;
    s->have_head = 0;
    buffer_reset(&s->payload);
    if (s->payload.capacity_bytes > KEPT_BYTES) {
        buffer_deinit(&s->payload);
        buffer_init(&s->payload, max_bytes);
    }
}

bool wire_stream_send(wire_stream *s, uint32_t type, uint32_t request, span payload)
{
    const wire_header header = {type, request, (uint32_t)payload.len};
    unsigned char head[WIRE_HEADER_BYTES];
    if (payload.len > LIMIT_FRAME_BYTES) {
        return false;
    }
    wire_header_encode(&header, head);
    const bool ok = buffer_append(&s->out, span_from((const char *)head, sizeof(head))) &&
                    buffer_append(&s->out, payload);
    s->n_sent = ok ? s->n_sent : 0; /* all is lost */
    return ok;
}

/* What was sent makes room, as soon as moving the rest costs no more than sending did. */
static void forget_sent(wire_stream *s)
{
    const size_t left = s->out.len - s->n_sent;
    if (s->n_sent >= left) {
        memmove(s->out.ptr, s->out.ptr + s->n_sent, left);
        buffer_truncate(&s->out, left);
        s->n_sent = 0;
    }
}

bool wire_stream_flush(wire_stream *s)
{
    while (s->n_sent < s->out.len) {
        struct iovec part = {s->out.ptr + s->n_sent, s->out.len - s->n_sent};
        const struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        const ssize_t n = sendmsg(s->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            s->n_sent += (size_t)n;
        } else if (errno == EAGAIN) {
            forget_sent(s);
            return true;
        } else if (errno != EINTR) {
            return false;
        }
    }
    if (s->out.capacity_bytes > KEPT_BYTES) {
        const size_t max_bytes = s->out.max_bytes;
        buffer_deinit(&s->out);
        buffer_init(&s->out, max_bytes);
    }
    buffer_reset(&s->out);
    s->n_sent = 0;
    return true;
}

bool wire_stream_drain(wire_stream *s, size_t most_bytes, int64_t until_us)
{
    bool ok = true;
    while (ok && wire_stream_unsent(s) > most_bytes) {
        const int64_t left_us = until_us - clock_monotonic_us();
        struct pollfd polled = {.fd = s->fd, .events = POLLOUT};
        if (left_us <= 0 || poll(&polled, 1, (int)(left_us / 1000) + 1) < 0) {
            return wire_stream_flush(s);
        }
        ok = wire_stream_flush(s);
    }
    return ok;
}

size_t wire_stream_unsent(const wire_stream *s)
{
    return s->out.len - s->n_sent;
}
