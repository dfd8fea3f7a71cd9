/*
 * matmul_256.h - products of packed weights and int8 activations in 256-bit registers: one source for
 * AVX2 and AVX-VNNI. The file that includes it has included before how its level makes integer sums
 * (avx2_dot.h or avxvnni_dot.h).
 *
 * Four tokens x 16 rows are done at once; their float sums are in memory. Integer sums are exact, and
 * the float steps are those of ref/ref_matmul.c: the bits are the same.
 */
#ifndef HUIS_KERNEL_MATMUL_256_H
#define HUIS_KERNEL_MATMUL_256_H

#include "kernel/matmul_blocks.h"
#include "kernel/x86/avx2_panel.h"

enum { COLUMNS = 4, PREFETCH = 2048 /* bytes ahead in streams */ };

ALWAYS_INLINE __m256i read_group(kernel_kind kind, code_source source, const uint8_t *p, int g,
                                 int half)
{
    return source.unpacked ? load_codes(p + g * PANEL_VECTOR, half)
                           : ready_codes(kind, unpack_group(source.codes, p, g, half));
}

/* Groups [begin, begin + n_groups) for n tokens. */
ALWAYS_INLINE void multiply_groups(kernel_kind kind, code_source source, int n, const uint8_t *p,
                                   int begin, int n_groups, const token_block *x, __m256i acc[][2])
{
#pragma GCC unroll 8
    for (int g = begin; g < begin + n_groups; g++) {
        const __m256i w0 = read_group(kind, source, p, g, 0);
        const __m256i w1 = read_group(kind, source, p, g, 1);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            dot(kind, acc[t], w0, w1, x->q + t * KERNEL_BLOCK + 4 * g);
        }
    }
}

/* Float steps of 8 rows and token t. */
ALWAYS_INLINE __m256 add_scaled(kernel_kind kind, const row_scales *s, __m256 dots,
                                const token_block *x, int t, __m256 acc)
{
    acc = _mm256_fmadd_ps(dots, _mm256_mul_ps(s->scale, _mm256_set1_ps(x->scale[t])), acc);
    if (kind.class == CLASS_MINIMUM) {
        acc = _mm256_fmadd_ps(s->minimum, _mm256_set1_ps(x->scaled_sum[t]), acc);
    }
    return acc;
}

/* The float step of a part of a superblock. */
ALWAYS_INLINE __m256 add_part(kernel_kind kind, __m256i dots, __m256i sub_scale,
                              const token_block *x, int t, __m256 inner)
{
    const __m256 power = _mm256_set1_ps(x->power[t]);
    return _mm256_fmadd_ps(
        _mm256_cvtepi32_ps(dots),
        kind.form == SUB_PAIRS ? power : _mm256_mul_ps(_mm256_castsi256_ps(sub_scale), power),
        inner);
}

/* Float steps of 8 rows and token t at the end of a superblock. */
ALWAYS_INLINE __m256 add_inner(panel_class class, const super_scales *s, __m256 inner,
                               const token_block *x, int t, __m256 acc)
{
    __m256 value = _mm256_mul_ps(s->d, inner);
    if (class == CLASS_SUPER_MINIMUM || class == CLASS_SUB_MINIMUM) {
        const int n_pairs = class == CLASS_SUPER_MINIMUM ? KERNEL_SUPER / 2 : KERNEL_SUPER;
        const int16_t *const sums =
            class == CLASS_SUPER_MINIMUM ? x->whole + 8 * t : x->halves + 16 * t;
        __m256i minimum = _mm256_setzero_si256();
#pragma GCC unroll 8
        for (int i = 0; i < n_pairs; i++) {
            const __m256i products = _mm256_madd_epi16(s->pairs[i], load_word(sums + 2 * i));
            minimum = _mm256_add_epi32(minimum, products);
        }
        value = _mm256_fmadd_ps(s->minimum, _mm256_cvtepi32_ps(minimum), value);
    }
    return _mm256_fmadd_ps(value, _mm256_set1_ps(x->base[t]), acc);
}

ALWAYS_INLINE void clear_sums(int n, float *sums)
{
#pragma GCC unroll 8
    for (int i = 0; i < 2 * n; i++) {
        _mm256_store_ps(sums + 8 * i, _mm256_setzero_ps());
    }
}

ALWAYS_INLINE void add_super(panel_format format, int n, const super_source *scales,
                             const token_block *x, float *inner, float *sums)
{
    const panel_class class = PANEL_FORMATS[format].class;
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        const super_scales s =
            scales->ready != NULL ? ((const super_scales *)scales->ready)[half]
                                  : load_super(scales->scales, scales->head, scales->minimum, half);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            const int at = 16 * t + 8 * half;
            const __m256 sum =
                add_inner(class, &s, _mm256_load_ps(inner + at), x, t, _mm256_load_ps(sums + at));
            _mm256_store_ps(sums + at, sum);
            _mm256_store_ps(inner + at, _mm256_setzero_ps());
        }
    }
}

ALWAYS_INLINE row_scales read_scales(kernel_kind kind, const scale_source *source, int half)
{
    return source->ready != NULL ? ((const row_scales *)source->ready)[half]
                                 : load_scales(source->scales, kind.form, source->p, half);
}

/* One block of one panel with one scale for 32 columns. */
ALWAYS_INLINE void multiply_whole(kernel_kind kind, code_source source, int n, const uint8_t *p,
                                  const scale_source *scales, const token_block *x, float *sums)
{
    __m256i acc[COLUMNS][2];
#pragma GCC unroll 4
    for (int t = 0; t < n; t++) {
        acc[t][0] = first_dots(kind, x, t);
        acc[t][1] = acc[t][0];
    }
    multiply_groups(kind, source, n, p, 0, N_GROUPS, x, acc);
#pragma GCC unroll 2
    for (int half = 0; half < 2; half++) {
        const row_scales s = read_scales(kind, scales, half);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            float *const at = sums + 16 * t + 8 * half;
            const __m256 sum = _mm256_load_ps(at);
            if (panel_is_super(kind.class)) {
                const __m256i dots = part_dots(kind, acc[t][half], s.sub_scale[0]);
                _mm256_store_ps(at, add_part(kind, dots, s.sub_scale[0], x, t, sum));
            } else {
                const __m256 dots = whole_dots(kind, acc[t][half], x, t);
                _mm256_store_ps(at, add_scaled(kind, &s, dots, x, t, sum));
            }
        }
    }
}

/* One block of a superblock in halves of 16 columns. Where the block's scale is one, the sums of the
 * first half wait for those of the second. */
ALWAYS_INLINE void multiply_halves(kernel_kind kind, code_source source, int n, const uint8_t *p,
                                   const scale_source *scales, const token_block *x, float *sums)
{
    __m256i acc[COLUMNS][2];
    __m256i first[COLUMNS][2];
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++) {
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            acc[t][0] = first_half_dots(kind, x, t, h);
            acc[t][1] = acc[t][0];
        }
        multiply_groups(kind, source, n, p, h * N_GROUPS / 2, N_GROUPS / 2, x, acc);
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            const row_scales s = read_scales(kind, scales, half);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                __m256i dots = part_dots(kind, acc[t][half], s.sub_scale[h]);
                if (kind.split && h == 0) {
                    first[t][half] = dots;
                    continue;
                }
                dots = kind.split ? _mm256_add_epi32(first[t][half], dots) : dots;
                float *const at = sums + 16 * t + 8 * half;
                _mm256_store_ps(at, add_part(kind, dots, s.sub_scale[h], x, t, _mm256_load_ps(at)));
            }
        }
    }
}

/* The starts of unpacked panels are prepared: what the kind says of them only says whether there are
 * any. */
ALWAYS_INLINE void multiply_block(panel_format format, code_source source, int n, const uint8_t *p,
                                  const scale_source *scales, const token_block *x, float *sums)
{
    kernel_kind kind = kind_of(format);
    kind.prepared = source.unpacked;
    if (kind.class == CLASS_SUB || kind.class == CLASS_SUB_MINIMUM || kind.split) {
        multiply_halves(kind, source, n, p, scales, x, sums);
    } else {
        multiply_whole(kind, source, n, p, scales, x, sums);
    }
}

ALWAYS_INLINE void prefetch_ahead(const uint8_t *p)
{
    __builtin_prefetch(p + PREFETCH);
}

ALWAYS_INLINE void unpack_panel(panel_format format, const uint8_t *panel, size_t first,
                                size_t n_blocks, unpacked_panel *out)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const kernel_kind kind = kind_of(format);
    const size_t head_bytes = panel_head_bytes(f.scales);
    const uint8_t *p = panel + panel_block_offset(&f, first) - head_bytes;
    panel_integers integers;
    for (size_t b = 0; b < n_blocks; b++) {
        row_scales *const scales = (void *)out->scales[b];
        super_scales *const super = (void *)out->supers[b / KERNEL_SUPER];
        if (head_bytes != 0 && b % KERNEL_SUPER == 0) {
            panel_read_integers(f.scales, p, &integers);
            super[0] = load_super(f.scales, p, integers.minimum, 0);
            super[1] = load_super(f.scales, p, integers.minimum, 1);
            p += head_bytes;
        }
        const uint8_t *const at = head_bytes != 0
                                      ? part_scales(f.scales, &integers, b % KERNEL_SUPER)
                                      : p + panel_code_bytes(f.codes);
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
#pragma GCC unroll 8
            for (int g = 0; g < N_GROUPS; g++) {
                _mm256_store_si256((void *)(out->codes[b][g] + 32 * half),
                                   ready_codes(kind, unpack_group(f.codes, p, g, half)));
            }
            scales[half] = load_scales(f.scales, kind.form, at, half);
        }
        p += panel_code_bytes(f.codes) + panel_scale_bytes(f.scales);
    }
}

EACH_FORMAT(FOUR_STREAMS)
EACH_FORMAT(UNPACK)
EACH_TILE(FOUR_TILES)

static const matmul_kernels KERNELS = {
    .n_columns = COLUMNS,
    .stream = {EACH_FORMAT(FOUR_STREAMS_ROW)},
    .unpack = {EACH_FORMAT(UNPACK_ENTRY)},
    .tile = {TILE_ROWS(FOUR_TILES_ROW)},
    .prepare = prepare,
};

#endif
