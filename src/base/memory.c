/*
 * memory.c - see memory.h.
 */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"

static atomic_uint_fast64_t fail_countdown = UINT64_MAX;

void memory_fail_after(uint64_t n)
{
    atomic_store(&fail_countdown, n);
}

static bool should_fail(void)
{
    if (atomic_load_explicit(&fail_countdown, memory_order_relaxed) == UINT64_MAX) {
        return false;
    }
    const uint64_t left = atomic_fetch_sub(&fail_countdown, 1);
    if (left == 0) {
        atomic_store(&fail_countdown, UINT64_MAX);
        return true;
    }
    return false;
}

void *memory_alloc(size_t count, size_t size)
{
    if (should_fail()) {
        return NULL;
    }
    return calloc(count > 0 ? count : 1, size > 0 ? size : 1);
}

void *memory_resize(void *block, size_t count, size_t size)
{
    size_t bytes = 0;
    if (!checked_mul_size(count, size, &bytes) || should_fail()) {
        return NULL;
    }
    return realloc(block, bytes > 0 ? bytes : 1);
}

void *memory_alloc_aligned(size_t alignment, size_t bytes)
{
    void *block = NULL;
    if (should_fail() || posix_memalign(&block, alignment, bytes > 0 ? bytes : 1) != 0) {
        return NULL;
    }
    return block;
}

char *memory_copy_string(const char *ptr, size_t len)
{
    size_t bytes = 0;
    if (!checked_add_size(len, 1, &bytes)) {
        return NULL;
    }
    char *const copy = memory_alloc(bytes, 1);
    if (copy != NULL && len > 0) {
        memcpy(copy, ptr, len);
    }
    return copy;
}

void *memory_free(void *block)
{
    free(block);
    return NULL;
}
