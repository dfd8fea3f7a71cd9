/*
 * packed_out.c - see packed_out.h.
 */
#include "worker/packed_out.h"

#include <poll.h>
#include <unistd.h>

enum { QUIET_MS = 50 /* a client that is about to ask does so sooner */ };

void packed_out_begin(cache_writer *w, const engine *e, int fd, const cache_source *source)
{
    *w = (cache_writer){.fd = -1};
    if (fd >= 0 && engine_packed_writer(e, fd, source, w, NULL) != HUIS_OK) {
        (void)close(fd);
        *w = (cache_writer){.fd = -1};
    }
}

static void step(cache_writer *w)
{
    const int fd = w->fd;
    (void)cache_writer_step(w, NULL);
    if (!cache_writer_is_busy(w)) {
        (void)close(fd);
    }
}

void packed_out_while_idle(cache_writer *w, int channel_fd)
{
    int wait_ms = QUIET_MS;
    while (cache_writer_is_busy(w)) {
        struct pollfd channel = {.fd = channel_fd, .events = POLLIN};
        if (poll(&channel, 1, wait_ms) != 0) {
            return;
        }
        step(w);
        wait_ms = 0;
    }
}

void packed_out_finish(cache_writer *w)
{
    while (cache_writer_is_busy(w)) {
        step(w);
    }
}
