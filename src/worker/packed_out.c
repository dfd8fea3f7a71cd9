/*
 * packed_out.c - see packed_out.h.
 */
#include "worker/packed_out.h"

#include <unistd.h>

void packed_out_begin(cache_writer *w, const engine *e, int fd, const cache_source *source)
{
    *w = (cache_writer){.fd = -1};
    if (fd >= 0 && engine_packed_writer(e, fd, source, w, NULL) != HUIS_OK) {
        (void)close(fd);
        *w = (cache_writer){.fd = -1};
    }
}

void packed_out_step(cache_writer *w)
{
    const int fd = w->fd;
    (void)cache_writer_step(w, NULL);
    if (!cache_writer_is_busy(w)) {
        (void)close(fd);
    }
}

void packed_out_finish(cache_writer *w)
{
    while (cache_writer_is_busy(w)) {
        packed_out_step(w);
    }
}
