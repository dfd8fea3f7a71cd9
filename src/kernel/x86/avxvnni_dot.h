/*
 * avxvnni_dot.h - integer sums with the 256-bit vpdpbusd, for matmul_256.h in avxvnni_matmul.c.
 *
 * Unsigned weights times signed activations go straight into int32 lanes, which start at -offset
 * times the sum of the activations: exact for every format. The instruction has two encodings: VEX
 * (AVX-VNNI: Alder Lake, Meteor Lake, Zen 5), and EVEX (AVX-512 with VL), by which a test runs the
 * same kernels on processors that have that one only. KERNEL_EVEX chooses the second; KERNEL_TWIN
 * leaves out the assembly.
 */
#ifndef HUIS_KERNEL_AVXVNNI_DOT_H
#define HUIS_KERNEL_AVXVNNI_DOT_H

#include "kernel/x86/avx2_panel.h"

#ifdef KERNEL_EVEX
#define DPBUSD "vpdpbusd"
#define DPBUSD_INTRINSIC _mm256_dpbusd_epi32
#else
#define DPBUSD "%{vex%} vpdpbusd"
#define DPBUSD_INTRINSIC _mm256_dpbusd_avx_epi32
#endif

ALWAYS_INLINE kernel_kind kind_of(panel_format format)
{
    const panel_format_info f = PANEL_FORMATS[format];
    return (kernel_kind){
        .class = f.class, .center = f.offset, .offset = f.offset, .form = SUB_FLOATS};
}

/* Codes as dot() takes them. */
ALWAYS_INLINE __m256i ready_codes(kernel_kind kind, __m256i codes)
{
    (void)kind;
    return codes;
}

/* acc[r] += the products of half r of a code vector with four activations. One block, since gcc 12
 * otherwise hoists the broadcasts and spills accumulators. */
#ifdef KERNEL_TWIN
ALWAYS_INLINE void dot(kernel_kind kind, __m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
{
    const __m256i a = load_word(q);
    (void)kind;
    acc[0] = DPBUSD_INTRINSIC(acc[0], w0, a);
    acc[1] = DPBUSD_INTRINSIC(acc[1], w1, a);
}
#else
ALWAYS_INLINE void dot(kernel_kind kind, __m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
{
    __m256i a;
    (void)kind;
    __asm__("vpbroadcastd %5, %2\n\t" DPBUSD " %2, %3, %0\n\t" DPBUSD " %2, %4, %1"
            : "+x"(acc[0]), "+x"(acc[1]), "=&x"(a)
            : "x"(w0), "x"(w1), "m"(*(const word *)(const void *)q));
}
#endif

/* Where the lanes of token t start: -offset times the sum of the activations. */
ALWAYS_INLINE __m256i first_dots(kernel_kind kind, const token_block *x, int t)
{
    if (kind.offset == 0) {
        return _mm256_setzero_si256();
    }
    if (kind.prepared) {
        return load_word(x->start + t);
    }
    return _mm256_slli_epi32(load_word(x->negative_sum + t), __builtin_ctz((unsigned)kind.offset));
}

ALWAYS_INLINE __m256i first_half_dots(kernel_kind kind, const token_block *x, int t, int half)
{
    if (kind.offset == 0) {
        return _mm256_setzero_si256();
    }
    if (kind.prepared) {
        return load_word(x->half_start + 2 * t + half);
    }
    return _mm256_madd_epi16(load_word(x->part + 4 * t + 2 * half),
                             _mm256_set1_epi16((int16_t)-kind.offset));
}

ALWAYS_INLINE __m256 whole_dots(kernel_kind kind, __m256i acc, const token_block *x, int t)
{
    (void)kind;
    (void)x;
    (void)t;
    return _mm256_cvtepi32_ps(acc);
}

/* The sums of a part of a superblock. */
ALWAYS_INLINE __m256i part_dots(kernel_kind kind, __m256i acc, __m256i sub_scale)
{
    (void)kind;
    (void)sub_scale;
    return acc;
}

static void prepare(panel_format format, const token_block *x, size_t n, tile_starts *out)
{
    tile_starts_fill(kind_of(format).offset, x, n, out);
}

#endif
