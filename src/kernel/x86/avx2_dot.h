/*
 * avx2_dot.h - integer sums without VNNI, for matmul_256.h in avx2_matmul.c.
 *
 * vpmaddubsw multiplies unsigned weights by signed activations and adds pairs into int16, where they
 * would saturate beyond 32767. Codes of up to 6 bits are therefore summed in int16 lanes that start
 * at minus `center` times the sum of the activations which the lane will meet: intermediate sums may
 * wrap (vpaddw), the final one is the centred sum and fits:
 *
 *     codes          center   largest |code - center|   pairs per lane   bound
 *     0..3           0        3                         4                3,048
 *     0..7           4        4                         4                4,064
 *     0..15          0 or 8   15                        8                30,480
 *     0..31, 4..28   16       16                        8                32,512
 *     0..31          0        31                        4                31,496
 *     0..63          32       32                        4                32,512
 *
 * and one vpmaddwd, by ones or by the integer scales of superblocks, makes int32 of them (Q5_K, whose
 * offset is 0, sums halves of blocks). Codes of 8
 * bits use |w| and the activation with the sign of w: a pair is at most 2 * 128 * 127 = 32,512, and
 * every pair goes through vpmaddwd.
 */
#ifndef HUIS_KERNEL_AVX2_DOT_H
#define HUIS_KERNEL_AVX2_DOT_H

#include "kernel/x86/avx2_panel.h"

ALWAYS_INLINE kernel_kind kind_of(panel_format format)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const bool sign = f.codes == CODES_BYTE || f.codes == CODES_IQ4;
    const bool split = f.codes == CODES_NIBBLE_BIT && panel_is_super(f.class);
    const int center = f.codes == CODES_NIBBLE_BIT && !split ? 16 : f.offset;
    return (kernel_kind){
        .class = f.class,
        .sign = sign,
        .split = split,
        .center = sign ? 0 : center,
        .offset = sign ? 0 : f.offset,
        .form = sign ? SUB_FLOATS : SUB_PAIRS,
    };
}

/* acc[r] += the products of half r of a code vector with four activations, pairs in int16. Written
 * as one block, since gcc 12 otherwise hoists the broadcasts and spills accumulators. KERNEL_TWIN
 * builds the same without assembly. */
#ifdef KERNEL_TWIN
ALWAYS_INLINE void dot_pairs(__m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
{
    const __m256i a = load_word(q);
    acc[0] = _mm256_add_epi16(acc[0], _mm256_maddubs_epi16(w0, a));
    acc[1] = _mm256_add_epi16(acc[1], _mm256_maddubs_epi16(w1, a));
}

ALWAYS_INLINE void dot_signed(__m256i acc[2], __m256i w0, __m256i w1, __m256i abs0, __m256i abs1,
                              __m256i ones, const int8_t *q)
{
    const __m256i a = load_word(q);
    const __m256i pairs0 = _mm256_maddubs_epi16(abs0, _mm256_sign_epi8(a, w0));
    const __m256i pairs1 = _mm256_maddubs_epi16(abs1, _mm256_sign_epi8(a, w1));
    acc[0] = _mm256_add_epi32(acc[0], _mm256_madd_epi16(pairs0, ones));
    acc[1] = _mm256_add_epi32(acc[1], _mm256_madd_epi16(pairs1, ones));
}
#else
ALWAYS_INLINE void dot_pairs(__m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
{
    __m256i a;
    __m256i pairs;
    __asm__("vpbroadcastd %6, %2\n\t"
            "vpmaddubsw %2, %4, %3\n\t"
            "vpmaddubsw %2, %5, %2\n\t"
            "vpaddw %3, %0, %0\n\t"
            "vpaddw %2, %1, %1"
            : "+x"(acc[0]), "+x"(acc[1]), "=&x"(a), "=&x"(pairs)
            : "x"(w0), "x"(w1), "m"(*(const word *)(const void *)q));
}

ALWAYS_INLINE void dot_signed(__m256i acc[2], __m256i w0, __m256i w1, __m256i abs0, __m256i abs1,
                              __m256i ones, const int8_t *q)
{
    __m256i a;
    __m256i pairs;
    __asm__("vpbroadcastd %9, %2\n\t"
            "vpsignb %4, %2, %3\n\t"
            "vpsignb %5, %2, %2\n\t"
            "vpmaddubsw %3, %6, %3\n\t"
            "vpmaddubsw %2, %7, %2\n\t"
            "vpmaddwd %3, %8, %3\n\t"
            "vpmaddwd %2, %8, %2\n\t"
            "vpaddd %3, %0, %0\n\t"
            "vpaddd %2, %1, %1"
            : "+x"(acc[0]), "+x"(acc[1]), "=&x"(a), "=&x"(pairs)
            : "x"(w0), "x"(w1), "x"(abs0), "x"(abs1), "x"(ones),
              "m"(*(const word *)(const void *)q));
}
#endif

/* Codes as dot() takes them. */
ALWAYS_INLINE __m256i ready_codes(kernel_kind kind, __m256i codes)
{
    return kind.sign ? _mm256_xor_si256(codes, _mm256_set1_epi8((char)0x80)) : codes;
}

ALWAYS_INLINE void dot(kernel_kind kind, __m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
{
    if (kind.sign) {
        dot_signed(acc, w0, w1, _mm256_abs_epi8(w0), _mm256_abs_epi8(w1), _mm256_set1_epi16(1), q);
    } else {
        dot_pairs(acc, w0, w1, q);
    }
}

/* The int16 pairs at which the lanes of token t start: -center times the sums of what they meet. */
ALWAYS_INLINE __m256i first_dots(kernel_kind kind, const token_block *x, int t)
{
    if (kind.center == 0) {
        return _mm256_setzero_si256();
    }
    if (kind.prepared) {
        return load_word(x->start + t);
    }
    const __m256i low = load_word(x->part + 4 * t);
    const __m256i high = load_word(x->part + 4 * t + 2);
    const __m256i factor = _mm256_set1_epi16((int16_t)-kind.center);
    return _mm256_mullo_epi16(_mm256_add_epi16(low, high), factor);
}

ALWAYS_INLINE __m256i first_half_dots(kernel_kind kind, const token_block *x, int t, int half)
{
    if (kind.center == 0) {
        return _mm256_setzero_si256();
    }
    if (kind.prepared) {
        return load_word(x->half_start + 2 * t + half);
    }
    return _mm256_mullo_epi16(load_word(x->part + 4 * t + 2 * half),
                              _mm256_set1_epi16((int16_t)-kind.center));
}

/* The sums of a block as floats: int16 pairs become int32, and what the centre took away beyond the
 * offset is given back. */
ALWAYS_INLINE __m256 whole_dots(kernel_kind kind, __m256i acc, const token_block *x, int t)
{
    if (kind.sign) {
        return _mm256_cvtepi32_ps(acc);
    }
    __m256i dots = _mm256_madd_epi16(acc, _mm256_set1_epi16(1));
    if (kind.center != kind.offset) {
        const __m256i negative_sum = _mm256_set1_epi32(x->negative_sum[t]);
        const int shift = __builtin_ctz((unsigned)(kind.center - kind.offset));
        dots = _mm256_sub_epi32(dots, _mm256_slli_epi32(negative_sum, shift));
    }
    return _mm256_cvtepi32_ps(dots);
}

/* The sums of a part of a superblock as int32, scaled if integer scales are pairs. */
ALWAYS_INLINE __m256i part_dots(kernel_kind kind, __m256i acc, __m256i sub_scale)
{
    return kind.sign ? acc : _mm256_madd_epi16(acc, sub_scale);
}

static int32_t pair_word(int low, int high)
{
    return (int32_t)(((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16);
}

static void prepare(panel_format format, const token_block *x, size_t n, tile_starts *out)
{
    const int factor = -kind_of(format).center;
    for (size_t i = 0; factor != 0 && i < n; i++) {
        const int16_t *const part = x->part + 4 * i;
        out->start[i] = pair_word(factor * (part[0] + part[2]), factor * (part[1] + part[3]));
        out->half_start[2 * i] = pair_word(factor * part[0], factor * part[1]);
        out->half_start[2 * i + 1] = pair_word(factor * part[2], factor * part[3]);
    }
}

#endif
