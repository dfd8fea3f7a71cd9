/*
 * spawn_capture.c - run a helper to its end with bounded time and output; see spawn.h.
 *
 * Input goes through a socket pair, because a pipe whose reader is gone raises SIGPIPE, which a
 * library may neither handle nor block for its caller.
 */
#include "sandbox/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum { CAPTURE_STEP_BYTES = 64 * 1024 };

typedef struct capture {
    const char *path; /* for messages */
    int input_fd;     /* -1: done */
    int output_fd;    /* -1: the program closed it */
    span input;       /* what is left to feed */
    buffer *out;
    int64_t deadline_us; /* INT64_MAX: none */
} capture;

static void close_end(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* A program may stop reading before the end: that is its affair. */
static void feed(capture *c)
{
    const size_t step = c->input.len < CAPTURE_STEP_BYTES ? c->input.len : CAPTURE_STEP_BYTES;
    const ssize_t n = send(c->input_fd, c->input.ptr, step, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) {
        c->input = span_slice(c->input, (size_t)n, c->input.len);
    }
    const bool failed = n < 0 && errno != EAGAIN && errno != EINTR;
    if (failed || c->input.len == 0) {
        close_end(&c->input_fd);
    }
}

static int collect(capture *c, huis_error *err)
{
    char bytes[CAPTURE_STEP_BYTES];
    const ssize_t n = read(c->output_fd, bytes, sizeof(bytes));
    if (n < 0) {
        return errno == EAGAIN || errno == EINTR ? HUIS_OK
                                                 : error_from_errno(err, "cannot read", c->path);
    }
    if (n == 0) {
        close_end(&c->output_fd);
    } else if (!buffer_append(c->out, span_from(bytes, (size_t)n))) {
        return c->out->status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_LIMIT, "%s: more than %zu bytes of output", c->path,
                               c->out->max_bytes)
                   : error_no_memory(err, c->path);
    }
    return HUIS_OK;
}

static int exchange(capture *c, huis_error *err)
{
    while (c->output_fd >= 0) {
        const int64_t left_us = c->deadline_us - clock_monotonic_us();
        if (left_us <= 0) {
            return error_set(err, HUIS_E_LIMIT, "%s: not done in time", c->path);
        }
        const int64_t left_ms = left_us / 1000 + 1;
        struct pollfd polls[2] = {{.fd = c->output_fd, .events = POLLIN},
                                  {.fd = c->input_fd, .events = POLLOUT}};
        if (poll(polls, 2, left_ms > INT32_MAX ? INT32_MAX : (int)left_ms) < 0 && errno != EINTR) {
            return error_from_errno(err, "cannot wait for", c->path);
        }
        if (c->input_fd >= 0 && polls[1].revents != 0) {
            feed(c);
        }
        if (polls[0].revents != 0) {
            RETURN_IF_ERROR(collect(c, err));
        }
    }
    return HUIS_OK;
}

/* Starts the program with our ends of its standard input and output. */
static int start_captured(capture *c, const spawn_options *options, spawn_process *out_process,
                          huis_error *err)
{
    int input[2] = {-1, -1};
    int output[2] = {-1, -1};
    spawn_options inner = *options;
    const bool has_input = c->input.len > 0;
    if (pipe2(output, O_CLOEXEC) != 0 ||
        (has_input && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input) != 0)) {
        const int status = error_from_errno(err, "cannot make a pipe to", options->path);
        close_end(&output[0]);
        close_end(&output[1]);
        return status;
    }
    inner.standard[0] = has_input ? input[1] : options->standard[0];
    inner.standard[1] = output[1];
    const int status = spawn_start(out_process, &inner, err);
    close_end(&input[1]);
    close_end(&output[1]);
    c->input_fd = input[0];
    c->output_fd = output[0];
    return status;
}

int spawn_capture(const spawn_options *options, span input, int64_t timeout_us, buffer *out,
                  spawn_end *out_end, huis_error *err)
{
    const int64_t now_us = clock_monotonic_us();
    capture c = {.path = options->path,
                 .input_fd = -1,
                 .output_fd = -1,
                 .input = input,
                 .out = out,
                 .deadline_us = timeout_us < 0 ? INT64_MAX : now_us + timeout_us};
    spawn_process process = {0, -1};
    spawn_end end = {-1, 0};
    int status = start_captured(&c, options, &process, err);
    if (status == HUIS_OK) {
        status = exchange(&c, err);
    }
    close_end(&c.input_fd);
    close_end(&c.output_fd);
    if (status == HUIS_OK) {
        const int64_t left_us = timeout_us < 0 ? -1 : c.deadline_us - clock_monotonic_us();
        status = spawn_wait(&process, left_us < 0 && timeout_us >= 0 ? 0 : left_us, &end, err);
    }
    spawn_kill(&process, NULL);
    if (status == HUIS_OK) {
        *out_end = end;
    }
    return status;
}
