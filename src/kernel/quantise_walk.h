/*
 * quantise_walk.h - how a level quantises tokens: a block by itself, or eight with one base (super_block.h).
 *
 * The file that includes it defines max_of(), the largest magnitude of 32 floats, and store_block(),
 * which stores 32 floats times `inverse` to nearest even as block `index`, with its sums.
 */
#ifndef HUIS_KERNEL_QUANTISE_WALK_H
#define HUIS_KERNEL_QUANTISE_WALK_H

#include "kernel/super_block.h"

/* Below this maximum a block is zero: 127 / max would leave the range of floats. */
#define QUANTISE_MIN 1e-35f

/* scale = max / 127. */
static inline void quantise_block(const activations *a, size_t token, size_t block)
{
    const float *const x = a->x + token * a->x_stride + block * KERNEL_BLOCK;
    const float max = max_of(x);
    const bool zero = max < QUANTISE_MIN;
    store_block(a, x, activations_index(a, token, block), zero ? 0.0f : 127.0f / max,
                zero ? 0.0f : max / 127.0f);
}

static inline void quantise_super(const activations *a, size_t token, size_t super)
{
    const float *const x = a->x + token * a->x_stride + super * KERNEL_SUPER * KERNEL_BLOCK;
    const size_t super_index = activations_super_index(a, token, super);
    float block_max[KERNEL_SUPER];
    float max = 0.0f;
    for (size_t i = 0; i < KERNEL_SUPER; i++) {
        block_max[i] = max_of(x + i * KERNEL_BLOCK);
        max = block_max[i] > max ? block_max[i] : max;
    }
    const super_base base = super_base_of(max);
    for (size_t i = 0; i < KERNEL_SUPER; i++) {
        const size_t index = activations_index(a, token, super * KERNEL_SUPER + i);
        const super_step step = super_step_of(&base, block_max[i]);
        store_block(a, x + i * KERNEL_BLOCK, index, step.inverse, step.scale);
        super_store_block(a, index, super_index, i, &step);
    }
    a->base[super_index] = base.scale;
}

/* Tokens begin .. end - 1. */
static inline void quantise_tokens(const activations *a, size_t begin, size_t end)
{
    const size_t n = a->in_supers ? a->n_blocks / KERNEL_SUPER : a->n_blocks;
    for (size_t token = begin; token < end; token++) {
        for (size_t i = 0; i < n; i++) {
            if (a->in_supers) {
                quantise_super(a, token, i);
            } else {
                quantise_block(a, token, i);
            }
        }
    }
}

#endif
