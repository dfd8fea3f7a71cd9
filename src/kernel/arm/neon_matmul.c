/*
 * neon_matmul.c - products of packed weights and int8 activations with sdot.
 *
 * sdot adds 4 signed x 4 signed products into each 32-bit lane; its form with an element takes the four
 * activations from one lane of a register, so that 16 bytes serve four groups of k without a
 * broadcast. Codes of up to 6 bits are signed bytes as they are, and the lanes start at -offset times
 * the sum of the activations; 8-bit codes lose their offset by a flipped bit. Four tokens x 16 rows
 * are done at once: 16 accumulators, 4 vectors of weights, 4 of activations, of 32 registers. Integer
 * sums are exact, and the float steps are those of ref/ref_matmul.c: the bits are the same.
 */
#include "kernel/arm/neon.h"
#include "kernel/arm/neon_panel.h"
#include "kernel/matmul_blocks.h"

enum { COLUMNS = 4, PREFETCH = 1024 /* bytes ahead in streams */ };

/* What a kernel is made for: constants after inlining. */
typedef struct kernel_kind {
    panel_class class;
    int offset; /* of the bytes that are multiplied */
    bool prepared;
} kernel_kind;

ALWAYS_INLINE kernel_kind kind_of(panel_format format)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const bool is_signed = f.codes == CODES_BYTE || f.codes == CODES_IQ4;
    return (kernel_kind){f.class, is_signed ? 0 : f.offset, false};
}

ALWAYS_INLINE int8x16_t read_group(code_source source, const uint8_t *p, int g, int quarter)
{
    return source.unpacked ? vreinterpretq_s8_u8(load_codes(p + g * PANEL_VECTOR, quarter))
                           : unpack_group(source.codes, p, g, quarter);
}

/* The element must be a constant in the source. */
ALWAYS_INLINE int32x4_t dot(int32x4_t acc, int8x16_t w, int8x16_t q, int element)
{
    switch (element) {
    case 0:
        return vdotq_laneq_s32(acc, w, q, 0);
    case 1:
        return vdotq_laneq_s32(acc, w, q, 1);
    case 2:
        return vdotq_laneq_s32(acc, w, q, 2);
    default:
        return vdotq_laneq_s32(acc, w, q, 3);
    }
}

/* The four groups of half h of k for n tokens. */
ALWAYS_INLINE void multiply_half(code_source source, int n, const uint8_t *p, int h,
                                 const token_block *x, int32x4_t acc[][QUARTERS])
{
    int8x16_t q[COLUMNS];
#pragma GCC unroll 4
    for (int t = 0; t < n; t++) {
        q[t] = vld1q_s8(x->q + t * KERNEL_BLOCK + 16 * h);
    }
#pragma GCC unroll 4
    for (int g = 0; g < N_GROUPS / 2; g++) {
#pragma GCC unroll 4
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
            const int8x16_t w = read_group(source, p, h * N_GROUPS / 2 + g, quarter);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                acc[t][quarter] = dot(acc[t][quarter], w, q[t], g);
            }
        }
    }
}

/* Where the lanes of token t start: -offset times the sum of the activations. */
ALWAYS_INLINE int32x4_t first_dots(kernel_kind kind, const token_block *x, int t)
{
    if (kind.offset == 0) {
        return vdupq_n_s32(0);
    }
    return vdupq_n_s32(kind.prepared ? x->start[t] : kind.offset * x->negative_sum[t]);
}

ALWAYS_INLINE int32x4_t first_half_dots(kernel_kind kind, const token_block *x, int t, int h)
{
    const int16_t *const part = x->part + 4 * t + 2 * h;
    if (kind.offset == 0) {
        return vdupq_n_s32(0);
    }
    return vdupq_n_s32(kind.prepared ? x->half_start[2 * t + h]
                                     : -kind.offset * (part[0] + part[1]));
}

/* Float steps of 4 rows and token t. */
ALWAYS_INLINE float32x4_t add_scaled(kernel_kind kind, const row_scales *s, float32x4_t dots,
                                     const token_block *x, int t, float32x4_t acc)
{
    acc = vfmaq_f32(acc, dots, vmulq_n_f32(s->scale, x->scale[t]));
    return kind.class == CLASS_MINIMUM ? vfmaq_n_f32(acc, s->minimum, x->scaled_sum[t]) : acc;
}

/* The float step of a part of a superblock. */
ALWAYS_INLINE float32x4_t add_part(float32x4_t sub_scale, int32x4_t dots, const token_block *x,
                                   int t, float32x4_t inner)
{
    return vfmaq_f32(inner, vcvtq_f32_s32(dots), vmulq_n_f32(sub_scale, x->power[t]));
}

/* Float steps of 4 rows and token t at the end of a superblock. */
ALWAYS_INLINE float32x4_t add_inner(panel_class class, const super_scales *s, float32x4_t inner,
                                    const token_block *x, int t, float32x4_t acc)
{
    float32x4_t value = vmulq_f32(s->d, inner);
    if (class == CLASS_SUPER_MINIMUM || class == CLASS_SUB_MINIMUM) {
        const int n = class == CLASS_SUPER_MINIMUM ? KERNEL_SUPER : 2 * KERNEL_SUPER;
        const int16_t *const sums =
            class == CLASS_SUPER_MINIMUM ? x->whole + 8 * t : x->halves + 16 * t;
        int32x4_t minimum = vdupq_n_s32(0);
#pragma GCC unroll 16
        for (int i = 0; i < n; i++) {
            minimum = vmlal_n_s16(minimum, s->minimums[i], sums[i]);
        }
        value = vfmaq_f32(value, s->minimum, vcvtq_f32_s32(minimum));
    }
    return vfmaq_n_f32(acc, value, x->base[t]);
}

ALWAYS_INLINE void clear_sums(int n, float *sums)
{
    for (int i = 0; i < 4 * n; i++) {
        vst1q_f32(sums + 4 * i, vdupq_n_f32(0.0f));
    }
}

ALWAYS_INLINE void add_super(panel_format format, int n, const super_source *scales,
                             const token_block *x, float *inner, float *sums)
{
    const panel_class class = PANEL_FORMATS[format].class;
#pragma GCC unroll 4
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
        const super_scales s =
            scales->ready != NULL
                ? ((const super_scales *)scales->ready)[quarter]
                : load_super(scales->scales, scales->head, scales->minimum, quarter);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            const int at = 16 * t + 4 * quarter;
            vst1q_f32(sums + at,
                      add_inner(class, &s, vld1q_f32(inner + at), x, t, vld1q_f32(sums + at)));
            vst1q_f32(inner + at, vdupq_n_f32(0.0f));
        }
    }
}

ALWAYS_INLINE row_scales read_scales(const scale_source *source, int quarter)
{
    return source->ready != NULL ? ((const row_scales *)source->ready)[quarter]
                                 : load_scales(source->scales, source->p, quarter);
}

/* One block of one panel with one scale for 32 columns. */
ALWAYS_INLINE void multiply_whole(kernel_kind kind, code_source source, int n, const uint8_t *p,
                                  const scale_source *scales, const token_block *x, float *sums)
{
    int32x4_t acc[COLUMNS][QUARTERS];
#pragma GCC unroll 4
    for (int t = 0; t < n; t++) {
        const int32x4_t first = first_dots(kind, x, t);
#pragma GCC unroll 4
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
            acc[t][quarter] = first;
        }
    }
    multiply_half(source, n, p, 0, x, acc);
    multiply_half(source, n, p, 1, x, acc);
#pragma GCC unroll 4
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
        const row_scales s = read_scales(scales, quarter);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            float *const sum = sums + 16 * t + 4 * quarter;
            const float32x4_t dots = vcvtq_f32_s32(acc[t][quarter]);
            vst1q_f32(sum, panel_is_super(kind.class)
                               ? add_part(s.sub_scale[0], acc[t][quarter], x, t, vld1q_f32(sum))
                               : add_scaled(kind, &s, dots, x, t, vld1q_f32(sum)));
        }
    }
}

/* One block of a superblock with scales for halves of 16 columns. */
ALWAYS_INLINE void multiply_halves(kernel_kind kind, code_source source, int n, const uint8_t *p,
                                   const scale_source *scales, const token_block *x, float *sums)
{
    int32x4_t acc[COLUMNS][QUARTERS];
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++) {
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            const int32x4_t start = first_half_dots(kind, x, t, h);
#pragma GCC unroll 4
            for (int quarter = 0; quarter < QUARTERS; quarter++) {
                acc[t][quarter] = start;
            }
        }
        multiply_half(source, n, p, h, x, acc);
#pragma GCC unroll 4
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
            const row_scales s = read_scales(scales, quarter);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                float *const sum = sums + 16 * t + 4 * quarter;
                vst1q_f32(sum, add_part(s.sub_scale[h], acc[t][quarter], x, t, vld1q_f32(sum)));
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
    if (kind.class == CLASS_SUB || kind.class == CLASS_SUB_MINIMUM) {
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
    const size_t head_bytes = panel_head_bytes(f.scales);
    const uint8_t *p = panel + panel_block_offset(&f, first) - head_bytes;
    panel_integers integers;
    for (size_t b = 0; b < n_blocks; b++) {
        row_scales *const scales = (void *)out->scales[b];
        super_scales *const super = (void *)out->supers[b / KERNEL_SUPER];
        const bool is_head = head_bytes != 0 && b % KERNEL_SUPER == 0;
        const uint8_t *const head = p;
        if (is_head) {
            panel_read_integers(f.scales, p, &integers);
            p += head_bytes;
        }
        const uint8_t *const at = head_bytes != 0
                                      ? part_scales(f.scales, &integers, b % KERNEL_SUPER)
                                      : p + panel_code_bytes(f.codes);
#pragma GCC unroll 4
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
#pragma GCC unroll 8
            for (int g = 0; g < N_GROUPS; g++) {
                vst1q_u8(out->codes[b][g] + 16 * quarter,
                         vreinterpretq_u8_s8(unpack_group(f.codes, p, g, quarter)));
            }
            scales[quarter] = load_scales(f.scales, at, quarter);
            if (is_head) {
                super[quarter] = load_super(f.scales, head, integers.minimum, quarter);
            }
        }
        p += panel_code_bytes(f.codes) + panel_scale_bytes(f.scales);
    }
}

static void prepare(panel_format format, const token_block *x, size_t n, tile_starts *out)
{
    tile_starts_fill(kind_of(format).offset, x, n, out);
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

void neon_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,
                 float *y, size_t y_stride, const matmul_options *options)
{
    if (PANEL_FORMATS[w->format].class == CLASS_FLOAT) {
        neon_matmul_float(w, panel_begin, panel_end, x, y, y_stride, options);
    } else {
        matmul_walk(&KERNELS, w, panel_begin, panel_end, x, y, y_stride, options);
    }
}
