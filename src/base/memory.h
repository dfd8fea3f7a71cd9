/*
 * memory.h - the only place that calls malloc and free.
 *
 * All sizes are bytes. Failures return NULL and are ordinary errors. Tests make the k-th allocation
 * fail through memory_fail_after.
 */
#ifndef HUIS_BASE_MEMORY_H
#define HUIS_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory for `count` elements of `size` bytes; NULL on overflow or when there is none. */
__attribute__((warn_unused_result)) void *memory_alloc(size_t count, size_t size);
/* As realloc for `count` elements; new bytes are not zeroed. The old block stays on failure. */
__attribute__((warn_unused_result)) void *memory_resize(void *block, size_t count, size_t size);
/* `alignment`: a power of two, at least 16. Not zeroed. Freed with memory_free. */
__attribute__((warn_unused_result)) void *memory_alloc_aligned(size_t alignment, size_t bytes);
/* A terminated copy of `len` bytes. */
__attribute__((warn_unused_result)) char *memory_copy_string(const char *ptr, size_t len);
/* NULL is allowed. Returns NULL, so that `p = memory_free(p)` leaves nothing dangling. */
void *memory_free(void *block);

/* Tests only: the allocation after `n` more successful ones fails, once. UINT64_MAX: never. */
void memory_fail_after(uint64_t n);

#endif
