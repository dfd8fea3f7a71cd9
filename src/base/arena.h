/*
 * arena.h - many small allocations with one lifetime.
 *
 * Memory is taken in blocks and given back all at once. An arena has a budget: past it, and when
 * there is no memory, arena_alloc returns NULL. Not for use from several threads at once.
 */
#ifndef HUIS_BASE_ARENA_H
#define HUIS_BASE_ARENA_H

#include <stddef.h>

#include "base/span.h"

typedef struct arena_block arena_block;

typedef struct arena {
    arena_block *newest; /* singly linked, newest first */
    size_t used_bytes;   /* handed out, with padding */
    size_t max_bytes;    /* budget */
} arena;

void arena_init(arena *a, size_t max_bytes);
/* Zeroed memory, aligned for any type, for `count` elements of `size` bytes. */
__attribute__((warn_unused_result)) void *arena_alloc(arena *a, size_t count, size_t size);
/* A terminated copy of the span's bytes. */
__attribute__((warn_unused_result)) char *arena_copy(arena *a, span bytes);
/* Frees every block; the arena can be used again. */
void arena_deinit(arena *a);

#endif
