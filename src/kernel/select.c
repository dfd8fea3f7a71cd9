/*
 * select.c - which levels this processor can run, best first.
 */
#include <string.h>

#include "base/cpu.h"
#include "kernel/level.h"

enum { N_LEVELS_MAX = 8 };

#if defined(__x86_64__)
static size_t n_wide_levels(const kernel_ops *out[N_LEVELS_MAX])
{
    const cpu_features cpu = cpu_detect();
    size_t n = 0;
    if (cpu.avx512_vnni) {
        out[n++] = &AVX512_OPS;
    }
    if (cpu.avx2) {
        out[n++] = &AVX2_OPS;
    }
    return n;
}
#else
static size_t n_wide_levels(const kernel_ops *out[N_LEVELS_MAX])
{
    (void)out;
    return 0;
}
#endif

static size_t list_levels(const kernel_ops *out[N_LEVELS_MAX])
{
    size_t n = n_wide_levels(out);
    out[n++] = &REF_OPS;
    return n;
}

const kernel_ops *kernel_level_at(size_t i)
{
    const kernel_ops *levels[N_LEVELS_MAX];
    return i < list_levels(levels) ? levels[i] : NULL;
}

const kernel_ops *kernel_select(const char *level)
{
    for (size_t i = 0;; i++) {
        const kernel_ops *const ops = kernel_level_at(i);
        if (ops == NULL || level == NULL || strcmp(level, ops->level) == 0) {
            return ops;
        }
    }
}
