/*
 * bench_peak.c - what the processor can do at this moment: int8 products of registers, and bytes
 * read from memory. On a shared machine both change from second to second.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernelcheck.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* Ten chains of independent vpdpbusd, 64 products each. Returns the number of products. */
__attribute__((target("avx512f,avx512vnni"))) double bench_peak_avx512(size_t n)
{
    __m512i a = _mm512_set1_epi8(1);
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("vpdpbusd %0, %0, %%zmm20\n\tvpdpbusd %0, %0, %%zmm21\n\t"
                         "vpdpbusd %0, %0, %%zmm22\n\tvpdpbusd %0, %0, %%zmm23\n\t"
                         "vpdpbusd %0, %0, %%zmm24\n\tvpdpbusd %0, %0, %%zmm25\n\t"
                         "vpdpbusd %0, %0, %%zmm26\n\tvpdpbusd %0, %0, %%zmm27\n\t"
                         "vpdpbusd %0, %0, %%zmm28\n\tvpdpbusd %0, %0, %%zmm29\n\t"
                         :
                         : "v"(a)
                         : "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26", "xmm27",
                           "xmm28", "xmm29");
    }
    return (double)n * 640.0;
}

/* Five chains each of vpmaddubsw + vpaddw on ymm: 32 products each. */
__attribute__((target("avx2"))) double bench_peak_avx2(size_t n)
{
    __m256i a = _mm256_set1_epi8(1);
    for (size_t i = 0; i < n; i++) {
        __asm__ volatile("vpmaddubsw %0, %0, %%ymm10\n\tvpaddw %%ymm10, %%ymm5, %%ymm5\n\t"
                         "vpmaddubsw %0, %0, %%ymm11\n\tvpaddw %%ymm11, %%ymm6, %%ymm6\n\t"
                         "vpmaddubsw %0, %0, %%ymm12\n\tvpaddw %%ymm12, %%ymm7, %%ymm7\n\t"
                         "vpmaddubsw %0, %0, %%ymm13\n\tvpaddw %%ymm13, %%ymm8, %%ymm8\n\t"
                         "vpmaddubsw %0, %0, %%ymm14\n\tvpaddw %%ymm14, %%ymm9, %%ymm9\n\t"
                         :
                         : "x"(a)
                         : "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
                           "xmm13", "xmm14");
    }
    return (double)n * 160.0;
}
#else
double bench_peak_avx512(size_t n)
{
    (void)n;
    return 0.0;
}

double bench_peak_avx2(size_t n)
{
    (void)n;
    return 0.0;
}
#endif

uint64_t bench_read(const uint64_t *words, size_t n)
{
    uint64_t sums[4] = {0};
    for (size_t i = 0; i + 8 <= n; i += 8) {
        sums[i / 8 % 4] += words[i];
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}
