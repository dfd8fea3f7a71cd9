/*
 * rng.c - see rng.h.
 */
#include "base/rng.h"

#include <sys/random.h>

#include "base/clock.h"

void rng_init(rng *r, uint64_t seed)
{
    r->state = 0;
    r->stream = (seed << 1) | 1u;
    (void)rng_next(r);
    r->state += seed;
    (void)rng_next(r);
}

uint32_t rng_next(rng *r)
{
    const uint64_t old = r->state;
    r->state = old * 6364136223846793005u + r->stream;
    const uint32_t shifted = (uint32_t)(((old >> 18u) ^ old) >> 27u);
    const uint32_t rotation = (uint32_t)(old >> 59u);
    return (shifted >> rotation) | (shifted << ((32u - rotation) & 31u));
}

float rng_next_float(rng *r)
{
    return (float)(rng_next(r) >> 8) * 0x1p-24f;
}

uint32_t rng_next_below(rng *r, uint32_t n)
{
    return (uint32_t)(((uint64_t)rng_next(r) * n) >> 32);
}

uint64_t rng_entropy(void)
{
    uint64_t value = 0;
    if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value)) {
        value = (uint64_t)clock_monotonic_us() * 0x9E3779B97F4A7C15u;
    }
    return value;
}
