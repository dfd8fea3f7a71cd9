/*
 * bench_peak.c - see bench_peak.h. Chains of independent instructions, enough of them to hide their
 * latency; nothing is loaded. On a shared machine all of this changes from second to second.
 */
#include "bench_peak.h"

#if defined(__x86_64__)

/* Ten chains of 16 x 4 products each. */
static double vnni_512(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("vpdpbusd %%zmm16, %%zmm16, %%zmm20\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm21\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm22\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm23\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm24\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm25\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm26\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm27\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm28\n\t"
                         "vpdpbusd %%zmm16, %%zmm16, %%zmm29\n\t" ::
                             : "memory");
    }
    return (double)n * 640;
}

/* The same on 8 x 4, in the form of processors without AVX-512. */
static double vnni_256(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm0\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm1\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm2\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm3\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm4\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm5\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm6\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm7\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm8\n\t"
                         "%{vex%} vpdpbusd %%ymm15, %%ymm15, %%ymm9\n\t" ::
                             : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                               "xmm7", "xmm8", "xmm9");
    }
    return (double)n * 320;
}

/* Five chains of 32 products, each with the 16-bit add that sums them up. */
static double words_256(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile(
            "vpmaddubsw %%ymm15, %%ymm15, %%ymm10\n\tvpaddw %%ymm10, %%ymm5, %%ymm5\n\t"
            "vpmaddubsw %%ymm15, %%ymm15, %%ymm11\n\tvpaddw %%ymm11, %%ymm6, %%ymm6\n\t"
            "vpmaddubsw %%ymm15, %%ymm15, %%ymm12\n\tvpaddw %%ymm12, %%ymm7, %%ymm7\n\t"
            "vpmaddubsw %%ymm15, %%ymm15, %%ymm13\n\tvpaddw %%ymm13, %%ymm8, %%ymm8\n\t"
            "vpmaddubsw %%ymm15, %%ymm15, %%ymm14\n\tvpaddw %%ymm14, %%ymm9, %%ymm9\n\t" ::
                : "memory", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                  "xmm13", "xmm14");
    }
    return (double)n * 160;
}

static double floats_512(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("vfmadd231ps %%zmm16, %%zmm16, %%zmm20\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm21\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm22\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm23\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm24\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm25\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm26\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm27\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm28\n\t"
                         "vfmadd231ps %%zmm16, %%zmm16, %%zmm29\n\t" ::
                             : "memory");
    }
    return (double)n * 160;
}

static double floats_256(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("vfmadd231ps %%ymm15, %%ymm15, %%ymm0\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm1\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm2\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm3\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm4\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm5\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm6\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm7\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm8\n\t"
                         "vfmadd231ps %%ymm15, %%ymm15, %%ymm9\n\t" ::
                             : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                               "xmm7", "xmm8", "xmm9");
    }
    return (double)n * 80;
}

const bench_peak BENCH_PEAKS[] = {
    {"avx512vnni", "vpdpbusd, 512 bits", vnni_512, floats_512},
    {"avxvnni", "vpdpbusd, 256 bits", vnni_256, floats_256},
    {"avx2", "vpmaddubsw + vpaddw", words_256, floats_256},
    {0},
};

#elif defined(__aarch64__)

static double dots_128(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile(".arch armv8.2-a+dotprod\n\t"
                         "sdot v0.4s, v31.16b, v31.4b[0]\n\tsdot v1.4s, v31.16b, v31.4b[0]\n\t"
                         "sdot v2.4s, v31.16b, v31.4b[0]\n\tsdot v3.4s, v31.16b, v31.4b[0]\n\t"
                         "sdot v4.4s, v31.16b, v31.4b[0]\n\tsdot v5.4s, v31.16b, v31.4b[0]\n\t"
                         "sdot v6.4s, v31.16b, v31.4b[0]\n\tsdot v7.4s, v31.16b, v31.4b[0]\n\t" ::
                             : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
    }
    return (double)n * 128;
}

static double floats_128(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("fmla v0.4s, v31.4s, v31.4s\n\tfmla v1.4s, v31.4s, v31.4s\n\t"
                         "fmla v2.4s, v31.4s, v31.4s\n\tfmla v3.4s, v31.4s, v31.4s\n\t"
                         "fmla v4.4s, v31.4s, v31.4s\n\tfmla v5.4s, v31.4s, v31.4s\n\t"
                         "fmla v6.4s, v31.4s, v31.4s\n\tfmla v7.4s, v31.4s, v31.4s\n\t" ::
                             : "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
    }
    return (double)n * 32;
}

const bench_peak BENCH_PEAKS[] = {{"neon", "sdot, 128 bits", dots_128, floats_128}, {0}};

#else

const bench_peak BENCH_PEAKS[] = {{0}};

#endif

uint64_t bench_peak_read(const uint64_t *words, size_t n)
{
    uint64_t sums[4] = {0};
    for (size_t i = 0; i + 8 <= n; i += 8) {
        sums[i / 8 % 4] += words[i];
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}
