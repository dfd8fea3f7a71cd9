/*
 * immintrin.h - the one AVX-VNNI call of src/kernel/x86/avxvnni_dot.h, made of AVX2 instructions, for
 * kernelcheck. In front of the compiler's header of the same name (tests/kernelcheck/meson.build).
 * Bytes are widened first, so that nothing saturates.
 */
#ifndef HUIS_KERNELCHECK_VNNI_H
#define HUIS_KERNELCHECK_VNNI_H

#include_next <immintrin.h>

/* 4 unsigned x 4 signed bytes of each 32-bit lane: even and odd bytes as int16, vpmaddwd each. */
static inline __attribute__((always_inline)) __m256i shim_dpbusd(__m256i acc, __m256i u, __m256i s)
{
    const __m256i even_u = _mm256_and_si256(u, _mm256_set1_epi16(255));
    const __m256i odd_u = _mm256_srli_epi16(u, 8);
    const __m256i even_s = _mm256_srai_epi16(_mm256_slli_epi16(s, 8), 8);
    const __m256i odd_s = _mm256_srai_epi16(s, 8);
    const __m256i even = _mm256_madd_epi16(even_u, even_s);
    const __m256i odd = _mm256_madd_epi16(odd_u, odd_s);
    return _mm256_add_epi32(acc, _mm256_add_epi32(even, odd));
}

#define _mm256_dpbusd_avx_epi32(acc, u, s) shim_dpbusd(acc, u, s)

#endif
