/*
 * activations.c - room for quantised activations. The layout is in kernel.h.
 */
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"
#include "kernel/kernel.h"
#include "kernel/panel.h"

enum { ALIGNMENT = 64 };

int activations_init(activations *a, size_t n_values_max, huis_error *err)
{
    memset(a, 0, sizeof(*a));
    size_t bytes = 0;
    if (!checked_mul_size(n_values_max, 4, &bytes)) {
        return error_set(err, HUIS_E_LIMIT, "%zu activations are too many", n_values_max);
    }
    const size_t n_blocks = (n_values_max + KERNEL_BLOCK - 1) / KERNEL_BLOCK;
    /* At least one vector each, so that a vector load at the last block stays inside. */
    a->q = memory_alloc_aligned(ALIGNMENT, n_blocks * KERNEL_BLOCK + ALIGNMENT);
    a->scale = memory_alloc_aligned(ALIGNMENT, n_blocks * sizeof(float) + ALIGNMENT);
    a->scaled_sum = memory_alloc_aligned(ALIGNMENT, n_blocks * sizeof(float) + ALIGNMENT);
    a->negative_sum = memory_alloc_aligned(ALIGNMENT, n_blocks * sizeof(int32_t) + ALIGNMENT);
    a->part = memory_alloc_aligned(ALIGNMENT, n_blocks * 4 * sizeof(int16_t) + ALIGNMENT);
    const size_t n_supers = n_blocks / KERNEL_SUPER;
    a->power = memory_alloc_aligned(ALIGNMENT, n_blocks * sizeof(float) + ALIGNMENT);
    a->exponent = memory_alloc_aligned(ALIGNMENT, n_blocks * sizeof(float) + ALIGNMENT);
    a->base = memory_alloc_aligned(ALIGNMENT, n_supers * sizeof(float) + ALIGNMENT);
    a->halves = memory_alloc_aligned(ALIGNMENT, n_supers * 16 * sizeof(int16_t) + ALIGNMENT);
    a->whole = memory_alloc_aligned(ALIGNMENT, n_supers * 8 * sizeof(int16_t) + ALIGNMENT);
    if (a->q == NULL || a->scale == NULL || a->scaled_sum == NULL || a->negative_sum == NULL ||
        a->part == NULL || a->power == NULL || a->exponent == NULL || a->base == NULL ||
        a->halves == NULL || a->whole == NULL) {
        activations_deinit(a);
        return error_no_memory(err, "activations");
    }
    a->n_values_max = n_values_max;
    return HUIS_OK;
}

void activations_deinit(activations *a)
{
    memory_free(a->q);
    memory_free(a->scale);
    memory_free(a->scaled_sum);
    memory_free(a->negative_sum);
    memory_free(a->part);
    memory_free(a->power);
    memory_free(a->exponent);
    memory_free(a->base);
    memory_free(a->halves);
    memory_free(a->whole);
    memset(a, 0, sizeof(*a));
}

void activations_set(activations *a, const float *x, size_t x_stride, size_t n, size_t n_cols,
                     bool in_supers)
{
    a->x = x;
    a->x_stride = x_stride;
    a->n = n;
    a->n_cols = n_cols;
    a->n_blocks = n_cols / KERNEL_BLOCK;
    a->in_supers = in_supers;
}

bool kernel_is_super(const packed_matrix *w)
{
    return panel_is_super(PANEL_FORMATS[w->format].class);
}
