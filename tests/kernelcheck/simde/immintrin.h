/*
 * immintrin.h - the AVX-512 calls of src/kernel/x86/avx512_*.c on a processor that has AVX2 only,
 * for kernelcheck: SIMDe's where it has them, else made here from two halves. In front of the
 * compiler's header of the same name (tests/kernelcheck/meson.build). Test only, and slow.
 */
#ifndef HUIS_KERNELCHECK_SIMDE_H
#define HUIS_KERNELCHECK_SIMDE_H

#include_next <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SIMDE_ENABLE_NATIVE_ALIASES
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wunused-but-set-parameter"
#pragma GCC diagnostic ignored "-Wpsabi"
#include <simde/x86/avx512.h>

#define SHIM static inline __attribute__((always_inline))

/* A vector as two halves, or as lanes. */
typedef union shim_vector {
    simde__m512 f;
    simde__m512i i;
    __m256 half_f[2];
    __m256i half_i[2];
    float lane_f[16];
    int32_t lane[16];
    uint32_t lane_u[16];
} shim_vector;

#define SHIM_F(x) ((shim_vector){.f = (x)})
#define SHIM_I(x) ((shim_vector){.i = (x)})

/* SIMDe 0.7.4 multiplies and adds with two roundings. */
SHIM simde__m512 shim_fmadd(simde__m512 a, simde__m512 b, simde__m512 c)
{
    shim_vector x = SHIM_F(a), y = SHIM_F(b), z = SHIM_F(c);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_fmadd_ps(x.half_f[h], y.half_f[h], z.half_f[h]);
    }
    return x.f;
}

SHIM simde__m512 shim_fmsub(simde__m512 a, simde__m512 b, simde__m512 c)
{
    shim_vector x = SHIM_F(a), y = SHIM_F(b), z = SHIM_F(c);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_fmsub_ps(x.half_f[h], y.half_f[h], z.half_f[h]);
    }
    return x.f;
}

/* Which operand wins over NaN is the instruction's business. */
SHIM simde__m512 shim_min(simde__m512 a, simde__m512 b)
{
    shim_vector x = SHIM_F(a), y = SHIM_F(b);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_min_ps(x.half_f[h], y.half_f[h]);
    }
    return x.f;
}

SHIM simde__m512 shim_max(simde__m512 a, simde__m512 b)
{
    shim_vector x = SHIM_F(a), y = SHIM_F(b);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_max_ps(x.half_f[h], y.half_f[h]);
    }
    return x.f;
}

SHIM float shim_reduce_max(simde__m512 a)
{
    shim_vector x = SHIM_F(a);
    for (int width = 8; width > 0; width /= 2) {
        for (int i = 0; i < width; i++) {
            const float p = x.lane_f[i], q = x.lane_f[i + width];
            x.lane_f[i] = p > q ? p : q;
        }
    }
    return x.lane_f[0];
}

SHIM simde__m512 shim_cvtepi32_ps(simde__m512i a)
{
    shim_vector x = SHIM_I(a);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_cvtepi32_ps(x.half_i[h]);
    }
    return x.f;
}

SHIM simde__m512i shim_cvtps_epi32(simde__m512 a)
{
    shim_vector x = SHIM_F(a);
    for (int h = 0; h < 2; h++) {
        x.half_i[h] = _mm256_cvtps_epi32(x.half_f[h]);
    }
    return x.i;
}

SHIM simde__m512i shim_cvtepi8_epi32(__m128i a)
{
    shim_vector x;
    x.half_i[0] = _mm256_cvtepi8_epi32(a);
    x.half_i[1] = _mm256_cvtepi8_epi32(_mm_srli_si128(a, 8));
    return x.i;
}

SHIM simde__m512i shim_cvtepu8_epi32(__m128i a)
{
    shim_vector x;
    x.half_i[0] = _mm256_cvtepu8_epi32(a);
    x.half_i[1] = _mm256_cvtepu8_epi32(_mm_srli_si128(a, 8));
    return x.i;
}

SHIM simde__m512i shim_cvtepu16_epi32(__m256i a)
{
    shim_vector x;
    x.half_i[0] = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(a));
    x.half_i[1] = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(a, 1));
    return x.i;
}

SHIM simde__m512 shim_cvtph_ps(__m256i a)
{
    shim_vector x;
    x.half_f[0] = _mm256_cvtph_ps(_mm256_castsi256_si128(a));
    x.half_f[1] = _mm256_cvtph_ps(_mm256_extracti128_si256(a, 1));
    return x.f;
}

#define shim_cvtps_ph(a, rounding)                                                                 \
    _mm256_set_m128i(_mm256_cvtps_ph(SHIM_F(a).half_f[1], rounding),                               \
                     _mm256_cvtps_ph(SHIM_F(a).half_f[0], rounding))

SHIM __mmask16 shim_cmplt_epi32_mask(simde__m512i a, simde__m512i b)
{
    const shim_vector x = SHIM_I(a), y = SHIM_I(b);
    uint32_t mask = 0;
    for (int i = 0; i < 16; i++) {
        mask |= (uint32_t)(x.lane[i] < y.lane[i]) << i;
    }
    return (__mmask16)mask;
}

SHIM simde__m512i shim_mask_sllv_epi32(simde__m512i src, __mmask16 mask, simde__m512i a,
                                       simde__m512i count)
{
    shim_vector x = SHIM_I(src), y = SHIM_I(a), n = SHIM_I(count);
    for (int i = 0; i < 16; i++) {
        if ((mask >> i & 1) != 0) {
            x.lane_u[i] = n.lane_u[i] < 32 ? y.lane_u[i] << n.lane_u[i] : 0;
        }
    }
    return x.i;
}

SHIM simde__m512 shim_mask_loadu_ps(simde__m512 src, __mmask16 mask, const void *from)
{
    shim_vector x = SHIM_F(src);
    for (int i = 0; i < 16; i++) {
        if ((mask >> i & 1) != 0) {
            memcpy(&x.lane_f[i], (const char *)from + 4 * i, 4);
        }
    }
    return x.f;
}

SHIM void shim_mask_storeu_ps(void *to, __mmask16 mask, simde__m512 a)
{
    const shim_vector x = SHIM_F(a);
    for (int i = 0; i < 16; i++) {
        if ((mask >> i & 1) != 0) {
            memcpy((char *)to + 4 * i, &x.lane_f[i], 4);
        }
    }
}

SHIM simde__m512 shim_movehdup_ps(simde__m512 a)
{
    shim_vector x = SHIM_F(a);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_movehdup_ps(x.half_f[h]);
    }
    return x.f;
}

SHIM simde__m512 shim_moveldup_ps(simde__m512 a)
{
    shim_vector x = SHIM_F(a);
    for (int h = 0; h < 2; h++) {
        x.half_f[h] = _mm256_moveldup_ps(x.half_f[h]);
    }
    return x.f;
}

/* SIMDe's alias has the arguments of the masked form. */
SHIM simde__m512i shim_madd_epi16(simde__m512i a, simde__m512i b)
{
    shim_vector x = SHIM_I(a), y = SHIM_I(b);
    for (int h = 0; h < 2; h++) {
        x.half_i[h] = _mm256_madd_epi16(x.half_i[h], y.half_i[h]);
    }
    return x.i;
}

/* The low half of each lane. */
SHIM __m256i shim_cvtepi32_epi16(simde__m512i a)
{
    const shim_vector x = SHIM_I(a);
    int16_t low[16];
    for (int i = 0; i < 16; i++) {
        low[i] = (int16_t)x.lane[i];
    }
    return _mm256_loadu_si256((const void *)low);
}

#undef _mm512_fmadd_ps
#undef _mm512_fmsub_ps
#undef _mm512_min_ps
#undef _mm512_max_ps
#undef _mm512_extractf32x8_ps
#undef _mm512_cvtss_f32
#define _mm512_fmadd_ps(a, b, c) shim_fmadd(a, b, c)
#define _mm512_fmsub_ps(a, b, c) shim_fmsub(a, b, c)
#define _mm512_min_ps(a, b) shim_min(a, b)
#define _mm512_max_ps(a, b) shim_max(a, b)
#undef _mm512_madd_epi16
#define _mm512_madd_epi16(a, b) shim_madd_epi16(a, b)
#define _mm512_reduce_max_ps(a) shim_reduce_max(a)
#define _mm512_cvtepi32_ps(a) shim_cvtepi32_ps(a)
#define _mm512_cvtps_epi32(a) shim_cvtps_epi32(a)
#define _mm512_cvtepi32_epi16(a) shim_cvtepi32_epi16(a)
#define _mm512_cvtepi8_epi32(a) shim_cvtepi8_epi32(a)
#define _mm512_cvtepu8_epi32(a) shim_cvtepu8_epi32(a)
#define _mm512_cvtepu16_epi32(a) shim_cvtepu16_epi32(a)
#define _mm512_cvtph_ps(a) shim_cvtph_ps(a)
#undef _mm512_cvtps_ph
#define _mm512_cvtps_ph(a, rounding) shim_cvtps_ph(a, rounding)
#define _mm512_cmplt_epi32_mask(a, b) shim_cmplt_epi32_mask(a, b)
#define _mm512_mask_sllv_epi32(s, m, a, n) shim_mask_sllv_epi32(s, m, a, n)
#define _mm512_mask_loadu_ps(s, m, p) shim_mask_loadu_ps(s, m, p)
#define _mm512_maskz_loadu_ps(m, p) shim_mask_loadu_ps(simde_mm512_setzero_ps(), m, p)
#define _mm512_mask_storeu_ps(p, m, a) shim_mask_storeu_ps(p, m, a)
#define _mm512_movehdup_ps(a) shim_movehdup_ps(a)
#define _mm512_moveldup_ps(a) shim_moveldup_ps(a)
#define _mm512_cvtss_f32(a) (SHIM_F(a).lane_f[0])
#define _mm512_extractf32x8_ps(a, i) (SHIM_F(a).half_f[i])

#pragma GCC diagnostic pop

#endif
