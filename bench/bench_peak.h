/*
 * bench_peak.h - what one core can do at most: products of registers, and reading memory.
 */
#ifndef HUIS_BENCH_PEAK_H
#define HUIS_BENCH_PEAK_H

#include <stddef.h>
#include <stdint.h>

/* Does some work n times; returns how many multiply-accumulates that was. */
typedef double (*bench_peak_fn)(size_t n);

typedef struct bench_peak {
    const char *level;     /* of the kernels (kernel.h) */
    const char *products;  /* what is multiplied, for people */
    bench_peak_fn integer; /* int8 products, with the adds that the kernels cannot do without */
    bench_peak_fn floats;  /* float fused multiply-adds */
} bench_peak;

/* Ends with level NULL. Only levels that kernel_select knows may be run. */
extern const bench_peak BENCH_PEAKS[];

/* Touches every cache line of n words. The sum keeps the loop alive. */
uint64_t bench_peak_read(const uint64_t *words, size_t n);

#endif
