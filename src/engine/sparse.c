/*
 * sparse.c - see sparse.h.
 */
#include "engine/sparse.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Anything but all bytes, such as a file that was cut short, is left to the mapping. */
const unsigned char *sparse_read(const sparse_part *p, size_t at, size_t size_bytes,
                                 unsigned char *room)
{
    ssize_t n = -1;
    if (p->fd > 0) {
        do {
            n = pread(p->fd, room, size_bytes, (off_t)(p->offset + at));
        } while (n < 0 && errno == EINTR);
    }
    return n == (ssize_t)size_bytes ? room : p->data + at;
}

void sparse_give_back(const unsigned char *data, size_t size_bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)data + page - 1) & ~(page - 1);
    const uintptr_t last = ((uintptr_t)data + size_bytes) & ~(page - 1);
    if (last > first) {
        (void)madvise((void *)first, last - first, MADV_DONTNEED);
    }
}
