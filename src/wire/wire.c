/*
 * wire.c - see wire.h.
 */
#include "wire/wire.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"

static const uint32_t WIRE_MAGIC = 0x31575548; /* "HUW1" as bytes */

enum { RECEIVE_STEP_BYTES = 64 * 1024 };

static void put_u32(unsigned char *out, uint32_t value)
{
    out[0] = (unsigned char)value;
    out[1] = (unsigned char)(value >> 8);
    out[2] = (unsigned char)(value >> 16);
    out[3] = (unsigned char)(value >> 24);
}

static uint32_t get_u32(const unsigned char *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

void wire_header_encode(const wire_header *header, unsigned char out[WIRE_HEADER_BYTES])
{
    put_u32(out, WIRE_MAGIC);
    put_u32(out + 4, header->type);
    put_u32(out + 8, header->request);
    put_u32(out + 12, header->length);
}

int wire_header_decode(const unsigned char in[WIRE_HEADER_BYTES], size_t max_bytes,
                       wire_header *out_header, huis_error *err)
{
    if (get_u32(in) != WIRE_MAGIC) {
        return error_set(err, HUIS_E_WORKER,
                         "frame does not begin with the magic number: the "
                         "other process is not a huis program");
    }
    const wire_header header = {get_u32(in + 4), get_u32(in + 8), get_u32(in + 12)};
    if (header.length > max_bytes) {
        return error_set(err, HUIS_E_WORKER, "frame of type %u declares %u bytes, at most %zu",
                         header.type, header.length, max_bytes);
    }
    *out_header = header;
    return HUIS_OK;
}

int wire_pair(int out_fds[2], huis_error *err)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
        return error_from_errno(err, "cannot make", "a socket pair");
    }
    out_fds[0] = fds[0];
    out_fds[1] = fds[1];
    return HUIS_OK;
}

/* Waits for `events` until `deadline_us` (WIRE_NO_TIMEOUT: for ever). */
static int wait_ready(int fd, short events, int64_t deadline_us, huis_error *err)
{
    for (;;) {
        int timeout_ms = -1;
        if (deadline_us != WIRE_NO_TIMEOUT) {
            const int64_t left_us = deadline_us - clock_monotonic_us();
            if (left_us <= 0) {
                return error_set(err, HUIS_E_LIMIT, "the other process did not answer in time");
            }
            const int64_t left_ms = (left_us + 999) / 1000;
            timeout_ms = left_ms > INT32_MAX ? INT32_MAX : (int)left_ms;
        }
        struct pollfd p = {.fd = fd, .events = events};
        const int n = poll(&p, 1, timeout_ms);
        if (n > 0) {
            return HUIS_OK;
        }
        if (n < 0 && errno != EINTR) {
            return error_from_errno(err, "cannot wait for", "a channel");
        }
    }
}

static int64_t deadline_after(int64_t timeout_us)
{
    return timeout_us == WIRE_NO_TIMEOUT ? WIRE_NO_TIMEOUT : clock_monotonic_us() + timeout_us;
}

static bool is_peer_gone(int number)
{
    return number == EPIPE || number == ECONNRESET || number == ENOTCONN;
}

/* Moves past `n` sent bytes. */
static void advance(struct iovec *parts, size_t n_parts, size_t n)
{
    for (size_t i = 0; i < n_parts; i++) {
        const size_t step = n < parts[i].iov_len ? n : parts[i].iov_len;
        parts[i].iov_base = (unsigned char *)parts[i].iov_base + step;
        parts[i].iov_len -= step;
        n -= step;
    }
}

/* Room for one descriptor beside a frame. */
typedef union control_room {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
} control_room;

static void attach(struct msghdr *message, control_room *room, int passed)
{
    memset(room, 0, sizeof(*room));
    message->msg_control = room;
    message->msg_controllen = sizeof(*room);
    struct cmsghdr *const c = CMSG_FIRSTHDR(message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(passed));
    memcpy(CMSG_DATA(c), &passed, sizeof(passed));
}

/* `passed` -1: none; it goes with the first byte. */
static int send_parts(int fd, struct iovec *parts, size_t n_parts, int passed, int64_t deadline_us,
                      huis_error *err)
{
    control_room room;
    size_t left = 0;
    for (size_t i = 0; i < n_parts; i++) {
        left += parts[i].iov_len;
    }
    while (left > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = n_parts};
        if (passed >= 0) {
            attach(&message, &room, passed);
        }
        const ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            advance(parts, n_parts, (size_t)n);
            left -= (size_t)n;
            passed = -1;
        } else if (errno == EAGAIN) {
            RETURN_IF_ERROR(wait_ready(fd, POLLOUT, deadline_us, err));
        } else if (is_peer_gone(errno)) {
            return error_set(err, HUIS_E_WORKER, "the other process closed its end");
        } else if (errno != EINTR) {
            return error_from_errno(err, "cannot send", "a frame");
        }
    }
    return HUIS_OK;
}

int wire_send_descriptor(int fd, uint32_t type, uint32_t request, span payload, int passed,
                         int64_t timeout_us, huis_error *err)
{
    if (payload.len > LIMIT_FRAME_BYTES) {
        return error_set(err, HUIS_E_LIMIT, "message of %zu bytes, at most %u: send less text",
                         payload.len, LIMIT_FRAME_BYTES);
    }
    const wire_header header = {type, request, (uint32_t)payload.len};
    unsigned char head[WIRE_HEADER_BYTES];
    wire_header_encode(&header, head);
    struct iovec parts[2] = {
        {head, sizeof(head)},
        {(void *)(uintptr_t)payload.ptr, payload.len},
    };
    return send_parts(fd, parts, payload.len > 0 ? 2 : 1, passed, deadline_after(timeout_us), err);
}

int wire_send(int fd, uint32_t type, uint32_t request, span payload, int64_t timeout_us,
              huis_error *err)
{
    return wire_send_descriptor(fd, type, request, payload, -1, timeout_us, err);
}

/* Reads up to `bytes` into `out`; *out_n is 0 at the end of the stream. */
static int receive_some(int fd, void *out, size_t bytes, int64_t deadline_us, size_t *out_n,
                        huis_error *err)
{
    for (;;) {
        struct iovec part = {out, bytes};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        const ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT);
        if (n >= 0) {
            *out_n = (size_t)n;
            return HUIS_OK;
        }
        if (errno == EAGAIN) {
            RETURN_IF_ERROR(wait_ready(fd, POLLIN, deadline_us, err));
        } else if (is_peer_gone(errno)) {
            *out_n = 0;
            return HUIS_OK;
        } else if (errno != EINTR) {
            return error_from_errno(err, "cannot receive", "a frame");
        }
    }
}

static int truncated_frame(huis_error *err)
{
    return error_set(err, HUIS_E_WORKER, "the other process ended inside a frame");
}

static int receive_payload(int fd, size_t length, buffer *payload, int64_t deadline_us,
                           huis_error *err)
{
    while (payload->len < length) {
        const size_t left = length - payload->len;
        const size_t step = left < RECEIVE_STEP_BYTES ? left : RECEIVE_STEP_BYTES;
        if (!buffer_reserve(payload, step)) {
            return error_no_memory(err, "a frame");
        }
        size_t n = 0;
        RETURN_IF_ERROR(receive_some(fd, payload->ptr + payload->len, step, deadline_us, &n, err));
        if (n == 0) {
            return truncated_frame(err);
        }
        payload->len += n;
        payload->ptr[payload->len] = '\0';
    }
    return HUIS_OK;
}

int wire_receive(int fd, wire_header *out_header, buffer *payload, int64_t timeout_us,
                 huis_error *err)
{
    const int64_t deadline_us = deadline_after(timeout_us);
    unsigned char head[WIRE_HEADER_BYTES];
    size_t have = 0;
    buffer_reset(payload);
    while (have < sizeof(head)) {
        size_t n = 0;
        RETURN_IF_ERROR(receive_some(fd, head + have, sizeof(head) - have, deadline_us, &n, err));
        if (n == 0) {
            return have == 0 ? WIRE_END : truncated_frame(err);
        }
        have += n;
    }
    wire_header header;
    const size_t max_bytes =
        payload->max_bytes < LIMIT_FRAME_BYTES ? payload->max_bytes : LIMIT_FRAME_BYTES;
    RETURN_IF_ERROR(wire_header_decode(head, max_bytes, &header, err));
    RETURN_IF_ERROR(receive_payload(fd, header.length, payload, deadline_us, err));
    *out_header = header;
    return HUIS_OK;
}

bool wire_is_readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}
