/*
 * super_block.h - scales of activations that are quantised in superblocks: the few scalar steps that
 * every level shares (kernel.h: in_supers). For the quantise ops only.
 *
 * A superblock of 256 values has one scale, max / 127; each of its blocks of 32 is as much finer as its
 * own maximum allows, by a power of two. So weights with superblocks need no multiplication of scales
 * per block, and a few very large activations cost the others few bits.
 */
#ifndef HUIS_KERNEL_SUPER_BLOCK_H
#define HUIS_KERNEL_SUPER_BLOCK_H

#include <math.h>
#include <string.h>

#include "kernel/panel.h"

/* Superblocks whose largest magnitude is below this are zero. */
#define SUPER_MIN 1e-30f

/* A block is finer than its superblock by 2^15 at most. */
enum { SUPER_EXPONENT_MAX = 15 };

typedef struct super_base {
    float max, scale, inverse;
} super_base;

typedef struct super_step {
    float scale, inverse;
    float power; /* scale / the superblock's */
    float exponent;
} super_step;

static inline super_base super_base_of(float max)
{
    const bool zero = max < SUPER_MIN;
    return (super_base){max, zero ? 0.0f : max / 127.0f, zero ? 0.0f : 127.0f / max};
}

static inline float float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* Positive floats are ordered as their bits, and what is above bit 23 counts powers of two. */
static inline super_step super_step_of(const super_base *base, float block_max)
{
    uint32_t whole;
    uint32_t part;
    memcpy(&whole, &base->max, sizeof(whole));
    memcpy(&part, &block_max, sizeof(part));
    const uint32_t most = SUPER_EXPONENT_MAX;
    const uint32_t finer = (whole - part) >> 23 < most ? (whole - part) >> 23 : most;
    const float power = float_of_bits((127u - finer) << 23);
    return (super_step){
        .scale = base->scale * power,
        .inverse = base->inverse * float_of_bits((127u + finer) << 23),
        .power = power,
        .exponent = -(float)finer,
    };
}

/* What a superblock wants of block i, whose part sums are there. */
static inline void super_store_block(const activations *a, size_t index, size_t super_index,
                                     size_t i, const super_step *step)
{
    const int16_t *const part = a->part + 4 * index;
    int16_t *const halves = a->halves + 16 * super_index + 2 * i;
    a->power[index] = step->power;
    a->exponent[index] = step->exponent;
    for (size_t h = 0; h < 2; h++) {
        const int sum = part[2 * h] + part[2 * h + 1];
        halves[h] = (int16_t)rintf((float)sum * (8.0f * step->power));
    }
    a->whole[8 * super_index + i] = (int16_t)(halves[0] + halves[1]);
}

#endif
