/*
 * rng.h - random numbers: PCG32 (O'Neill 2014, "PCG: A Family of Simple Fast Space-Efficient
 * Statistically Good Algorithms", the XSH-RR variant). The same seed gives the same numbers on
 * every machine. Not for secrets.
 */
#ifndef HUIS_BASE_RNG_H
#define HUIS_BASE_RNG_H

#include <stdint.h>

typedef struct rng {
    uint64_t state;
    uint64_t stream;
} rng;

void rng_init(rng *r, uint64_t seed);
uint32_t rng_next(rng *r);
/* Uniform in [0, 1), 24 bits. */
float rng_next_float(rng *r);
/* Uniform in [0, n); n > 0. */
uint32_t rng_next_below(rng *r, uint32_t n);

/* 64 bits from the kernel; a clock value where there is no getrandom. */
uint64_t rng_entropy(void);

#endif
