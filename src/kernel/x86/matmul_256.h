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

/* Float steps of 8 rows and token t; `dots` are the integer sums, scaled in classes with halves. */
ALWAYS_INLINE __m256 add_scaled(kernel_kind kind, const row_scales *s, __m256 dots,
                                const token_block *x, int t, __m256 acc)
{
    const __m256 scale = _mm256_set1_ps(x->scale[t]);
    acc = _mm256_fmadd_ps(dots, _mm256_mul_ps(s->scale, scale), acc);
    if (kind.class == CLASS_MINIMUM) {
        acc = _mm256_fmadd_ps(s->minimum, _mm256_set1_ps(x->scaled_sum[t]), acc);
    } else if (kind.class == CLASS_SUB_MINIMUM) {
        const int16_t *const part = x->part + 4 * t;
        const int32_t low = part[0] + part[1];
        const int32_t high = part[2] + part[3];
        const __m256i sums = _mm256_set1_epi32((low & 0xFFFF) | (int32_t)((uint32_t)high << 16));
        const __m256 total = _mm256_cvtepi32_ps(_mm256_madd_epi16(s->sub_minimum, sums));
        acc = _mm256_fmadd_ps(total, _mm256_mul_ps(s->minimum, scale), acc);
    }
    return acc;
}

ALWAYS_INLINE row_scales read_scales(const scale_source *source, int half)
{
    return source->ready != NULL
               ? ((const row_scales *)source->ready)[half]
               : load_scales(source->scales, SUB_FORM, source->p, source->head, half);
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
        const row_scales s = read_scales(scales, half);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            float *const sum = sums + 16 * t + 8 * half;
            const __m256 dots = whole_dots(kind, acc[t][half], x, t);
            _mm256_store_ps(sum, add_scaled(kind, &s, dots, x, t, _mm256_load_ps(sum)));
        }
    }
}

/* One block of one panel with scales for halves of 16 columns: the sums of the first half, scaled,
 * wait while the second is summed. */
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
            const row_scales s = read_scales(scales, half);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                if (h == 0) {
                    first[t][half] = half_dots(acc[t][half], &s);
                    continue;
                }
                float *const sum = sums + 16 * t + 8 * half;
                const __m256 dots = both_dots(first[t][half], acc[t][half], &s);
                _mm256_store_ps(sum, add_scaled(kind, &s, dots, x, t, _mm256_load_ps(sum)));
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
    if (kind.class == CLASS_SCALE || kind.class == CLASS_MINIMUM) {
        multiply_whole(kind, source, n, p, scales, x, sums);
    } else {
        multiply_halves(kind, source, n, p, scales, x, sums);
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
    const uint8_t *head = p;
    for (size_t b = 0; b < n_blocks; b++) {
        row_scales *const scales = (void *)out->scales[b];
        if (head_bytes != 0 && b % PANEL_HEAD_BLOCKS == 0) {
            head = p;
            p += head_bytes;
        }
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
#pragma GCC unroll 8
            for (int g = 0; g < N_GROUPS; g++) {
                _mm256_store_si256((void *)(out->codes[b][g] + 32 * half),
                                   ready_codes(kind, unpack_group(f.codes, p, g, half)));
            }
            scales[half] =
                load_scales(f.scales, SUB_FORM, p + panel_code_bytes(f.codes), head, half);
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
