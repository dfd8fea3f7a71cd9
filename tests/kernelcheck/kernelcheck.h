/*
 * kernelcheck.h - compares every kernel of every level with plain C, in the manner of dav1d's
 * checkasm: random and extreme data, many shapes, guarded outputs, bits compared.
 */
#ifndef HUIS_KERNELCHECK_H
#define HUIS_KERNELCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "kernel/kernel.h"

/* How test data look. Extreme data reach the bounds that the kernels rely on. */
typedef enum check_pattern {
    PATTERN_RANDOM,
    PATTERN_ONES,        /* every bit of the codes set; activations all at the same maximum */
    PATTERN_ZEROS,       /* every bit of the codes clear; activations at minus the maximum */
    PATTERN_ALTERNATING, /* 0x80 bytes (Q8_0: -128); activations of alternating sign */
    PATTERN_SPARSE,      /* random codes; many zero blocks, spikes, tiny and huge values */
    N_PATTERNS
} check_pattern;

extern const tensor_type CHECK_TYPES[];
extern const size_t N_CHECK_TYPES;

/* One TAP line; prints `detail` as a diagnostic when it failed. */
void check_report(bool ok, const char *name, const char *detail);
void check_skip(const char *name, const char *reason);

/* Zeroed memory with guards on both sides; check_guards tells whether they are intact. Ends the
 * program when there is no memory. */
void *check_alloc(size_t bytes);
bool check_guards(const void *block);
void check_free(void *block);

/* n_rows rows of n_cols columns of random, finite weights. */
void check_fill_weights(rng *r, tensor_type type, check_pattern pattern, size_t n_rows,
                        size_t n_cols, uint8_t *dst);
void check_fill_floats(rng *r, check_pattern pattern, size_t n, float *dst);
/* Standard normal, roughly. */
float check_normal(rng *r);

/* For emulators: all types, patterns and kinds of kernels, but few shapes. */
extern bool check_is_quick;

void check_pack(uint64_t seed);
void check_matmul_definition(uint64_t seed);
void check_matmul(const kernel_ops *ops, uint64_t seed);
void check_elementwise_definition(uint64_t seed);
void check_elementwise(const kernel_ops *ops, uint64_t seed);
void check_attention_definition(uint64_t seed);
void check_attention(const kernel_ops *ops, uint64_t seed);
/* The AVX-512 level on SIMDe; NULL where it was not built or this processor has no AVX2. */
const kernel_ops *check_simde_level(void);
/* The i-th other build of the level's product that this processor can run, as a level; false past the
 * last. */
bool check_make_twin(const char *level, size_t i, kernel_ops *out_twin);
/* The AVX-VNNI level with its instruction emulated; false where the processor has it, or no AVX2. */
bool check_emulate_avxvnni(kernel_ops *out_ops);
/* `only`: the name of one type, or NULL. */
void bench_kernels(const kernel_ops *ops, const char *only);

int64_t bench_now_us(void);
double bench_median(double *values, size_t n);
void bench_ops(const kernel_ops *ops);
void bench_pack(const char *only);

#endif
