/*
 * checked.h - size arithmetic that cannot wrap.
 *
 * Every size that comes from a file or a caller passes through here. The functions return false on
 * overflow and write their result only on success.
 */
#ifndef HUIS_BASE_CHECKED_H
#define HUIS_BASE_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__attribute__((warn_unused_result)) static inline bool checked_add_u64(uint64_t a, uint64_t b,
                                                                       uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

__attribute__((warn_unused_result)) static inline bool checked_mul_u64(uint64_t a, uint64_t b,
                                                                       uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

__attribute__((warn_unused_result)) static inline bool checked_add_size(size_t a, size_t b,
                                                                        size_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

__attribute__((warn_unused_result)) static inline bool checked_mul_size(size_t a, size_t b,
                                                                        size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* Rounds up to a multiple of `alignment`, a power of two. */
__attribute__((warn_unused_result)) static inline bool
checked_align_u64(uint64_t value, uint64_t alignment, uint64_t *out)
{
    uint64_t sum = 0;
    if (!checked_add_u64(value, alignment - 1, &sum)) {
        return false;
    }
    *out = sum & ~(alignment - 1);
    return true;
}

#endif
