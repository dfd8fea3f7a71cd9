/*
 * arena.c - see arena.h.
 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/memory.h"

enum { ARENA_BLOCK_BYTES = 64 * 1024 };

struct arena_block {
    arena_block *next;
    size_t used_bytes;
    size_t size_bytes;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(arena *a, size_t max_bytes)
{
    *a = (arena){.max_bytes = max_bytes};
}

static arena_block *add_block(arena *a, size_t bytes)
{
    const size_t size_bytes = bytes > ARENA_BLOCK_BYTES ? bytes : ARENA_BLOCK_BYTES;
    size_t total_bytes = 0;
    if (!checked_add_size(size_bytes, sizeof(arena_block), &total_bytes)) {
        return NULL;
    }
    arena_block *const block = memory_alloc(total_bytes, 1);
    if (block == NULL) {
        return NULL;
    }
    block->next = a->newest;
    block->size_bytes = size_bytes;
    a->newest = block;
    return block;
}

void *arena_alloc(arena *a, size_t count, size_t size)
{
    size_t bytes = 0;
    uint64_t padded = 0;
    if (!checked_mul_size(count, size, &bytes) ||
        !checked_align_u64(bytes, alignof(max_align_t), &padded) ||
        padded > a->max_bytes - a->used_bytes) {
        return NULL;
    }
    arena_block *block = a->newest;
    if (block == NULL || padded > block->size_bytes - block->used_bytes) {
        block = add_block(a, (size_t)padded);
        if (block == NULL) {
            return NULL;
        }
    }
    void *const result = block->data + block->used_bytes;
    block->used_bytes += (size_t)padded;
    a->used_bytes += (size_t)padded;
    return result;
}

char *arena_copy(arena *a, span bytes)
{
    size_t size = 0;
    if (!checked_add_size(bytes.len, 1, &size)) {
        return NULL;
    }
    char *const copy = arena_alloc(a, size, 1);
    if (copy != NULL && bytes.len > 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    return copy;
}

void arena_deinit(arena *a)
{
    arena_block *block = a->newest;
    while (block != NULL) {
        arena_block *const next = block->next;
        memory_free(block);
        block = next;
    }
    arena_init(a, a->max_bytes);
}
