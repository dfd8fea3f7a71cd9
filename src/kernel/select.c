/*
 * select.c - the levels that are built for this kind of processor, and which of them it can run
 * (base/cpu.h).
 */
#include <string.h>

#include "base/cpu.h"
#include "kernel/level.h"

#if defined(__x86_64__)
static const kernel_ops *const LEVELS[] = {&AVX512_OPS, &AVXVNNI_OPS, &AVX2_OPS, &REF_OPS};
#elif defined(__aarch64__)
static const kernel_ops *const LEVELS[] = {&NEON_OPS, &REF_OPS};
#else
static const kernel_ops *const LEVELS[] = {&REF_OPS};
#endif

static const kernel_ops *find_level(const char *name)
{
    for (size_t i = 0; i < sizeof(LEVELS) / sizeof(LEVELS[0]); i++) {
        if (strcmp(LEVELS[i]->level, name) == 0) {
            return LEVELS[i];
        }
    }
    return NULL;
}

const kernel_ops *kernel_level_at(size_t i)
{
    for (size_t j = 0; cpu_level_at(j) != NULL; j++) {
        const kernel_ops *const ops = find_level(cpu_level_at(j));
        if (ops != NULL && i-- == 0) {
            return ops;
        }
    }
    return NULL;
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
