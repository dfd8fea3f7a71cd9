/*
 * sparse.h - parts of a cache file of which a row is read here and there.
 *
 * One byte that is read of a mapped file brings in whatever the kernel maps around it, up to the large
 * folio that holds it (Linux 6.18: often a MiB), so that a few hundred rows make a whole matrix resident. Where
 * the file is open as well, such a row is copied out of the page cache instead. The copy and the
 * mapping hold the same bytes.
 */
#ifndef HUIS_ENGINE_SPARSE_H
#define HUIS_ENGINE_SPARSE_H

#include <stddef.h>
#include <stdint.h>

typedef struct sparse_part {
    int fd; /* 0: read what is mapped */
    const unsigned char *data;
    uint64_t offset; /* of data in the file */
} sparse_part;

/* The bytes [at, at + size_bytes) of the part: in `room`, or where they are mapped. */
const unsigned char *sparse_read(const sparse_part *p, size_t at, size_t size_bytes,
                                 unsigned char *room);
/* The whole pages of mapped bytes leave this process, not the page cache. For read-only mappings. */
void sparse_give_back(const unsigned char *data, size_t size_bytes);

#endif
