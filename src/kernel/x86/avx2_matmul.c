/*
 * avx2_matmul.c - products of packed weights and int8 activations without VNNI.
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
 *     0..63          32       32                        4                32,512
 *
 * and one vpmaddwd, by ones or by the integer scales of the halves, makes int32 of them. Codes of 8
 * bits use |w| and the activation with the sign of w: a pair is at most 2 * 128 * 127 = 32,512, and
 * every pair goes through vpmaddwd. Integer sums are exact, and the float steps are those of
 * ref/ref_matmul.c: the bits are the same.
 *
 * Four tokens x 16 rows are done at once; their float sums are in memory. Up to 12 tokens read the
 * packed panel (again for each four, from cache then); more tokens run over panels unpacked into
 * bytes, as in avx512_matmul.c.
 */
#include <string.h>

#include "kernel/x86/avx2.h"
#include "kernel/x86/avx2_panel.h"

#define UNINITIALIZED __attribute__((uninitialized))

enum {
    FEW_TOKENS = KERNEL_TILE, /* most tokens that stream */
    COLUMNS = 4,              /* tokens done at once */
    K_BLOCKS = 16,            /* blocks of a K panel */
    PANEL_GROUP = 4,          /* panels unpacked together */
    CHUNK_TILES = 20,         /* token tiles that share unpacked panels */
    PREFETCH = 2048           /* bytes ahead in streams */
};

/* What a kernel is made for: constants after inlining. */
typedef struct kernel_kind {
    panel_class class;
    bool sign;  /* 8-bit codes, signed */
    int center; /* 0: int16 lanes start at 0 */
    int offset;
    bool prepared; /* starts are prepared in memory */
} kernel_kind;

ALWAYS_INLINE kernel_kind kind_of(panel_format format)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const bool sign = f.codes == CODES_BYTE || f.codes == CODES_IQ4;
    const int center = f.codes == CODES_NIBBLE_BIT ? 16 : f.offset;
    return (kernel_kind){f.class, sign, sign ? 0 : center, sign ? 0 : f.offset, false};
}

/* Activations of one block from some token of a tile on; the next block is `width` further. */
typedef struct token_block {
    const int8_t *q;
    const float *scale, *scaled_sum;
    const int32_t *negative_sum;
    const int16_t *part;
    const int32_t *start;      /* prepared int16 pairs: of the block, or */
    const int32_t *half_start; /* of its halves */
    size_t width;
} token_block;

ALWAYS_INLINE token_block token_block_at(const activations *x, size_t index, size_t width)
{
    return (token_block){
        .q = x->q + index * KERNEL_BLOCK,
        .scale = x->scale + index,
        .scaled_sum = x->scaled_sum + index,
        .negative_sum = x->negative_sum + index,
        .part = x->part + index * 4,
        .width = width,
    };
}

ALWAYS_INLINE void step(token_block *x, bool prepared)
{
    x->q += x->width * KERNEL_BLOCK;
    x->scale += x->width;
    x->scaled_sum += x->width;
    x->negative_sum += x->width;
    x->part += x->width * 4;
    if (prepared) {
        x->start += x->width;
        x->half_start += x->width * 2;
    }
}

/* acc[r] += the products of half r of a code vector with four activations, pairs in int16. Written
 * as one block, since gcc 12 otherwise hoists the broadcasts and spills accumulators. KERNEL_TWIN
 * builds the same without assembly. */
#ifdef KERNEL_TWIN
ALWAYS_INLINE void dot(__m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
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
ALWAYS_INLINE void dot(__m256i acc[2], __m256i w0, __m256i w1, const int8_t *q)
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

/* Reads code vectors from a packed panel, or from an unpacked one, whose codes are bytes ready for
 * use. */
typedef struct code_source {
    panel_codes codes;
    bool unpacked;
} code_source;

ALWAYS_INLINE __m256i read_group(code_source source, const uint8_t *p, int g, int half)
{
    return source.unpacked ? load_codes(p + g * PANEL_VECTOR, half)
                           : unpack_group(source.codes, p, g, half);
}

/* Groups [begin, begin + n_groups) for n tokens. */
ALWAYS_INLINE void multiply_groups(code_source source, bool sign, int n, const uint8_t *p,
                                   int begin, int n_groups, const token_block *x, __m256i acc[][2])
{
    const __m256i ones = _mm256_set1_epi16(1);
#pragma GCC unroll 8
    for (int g = begin; g < begin + n_groups; g++) {
        const __m256i w0 = read_group(source, p, g, 0);
        const __m256i w1 = read_group(source, p, g, 1);
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            const int8_t *const q = x->q + t * KERNEL_BLOCK + 4 * g;
            if (sign) {
                dot_signed(acc[t], w0, w1, _mm256_abs_epi8(w0), _mm256_abs_epi8(w1), ones, q);
            } else {
                dot(acc[t], w0, w1, q);
            }
        }
    }
}

/* The int16 pairs at which the lanes of token t start: -center times the sums of what they meet. */
ALWAYS_INLINE __m256i first_pairs(kernel_kind kind, const token_block *x, int t)
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

ALWAYS_INLINE __m256i first_half_pairs(kernel_kind kind, const token_block *x, int t, int half)
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

/* Float steps of 8 rows and token t; `dots` are int32. */
ALWAYS_INLINE __m256 add_scaled(kernel_kind kind, const row_scales *s, __m256i dots,
                                const token_block *x, int t, __m256 acc)
{
    const __m256 scale = _mm256_set1_ps(x->scale[t]);
    acc = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots), _mm256_mul_ps(s->scale, scale), acc);
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

/* int16 pairs to int32 sums, with what the centre took away beyond the offset given back. */
ALWAYS_INLINE __m256i widen(kernel_kind kind, __m256i pairs, const token_block *x, int t)
{
    const __m256i dots = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    if (kind.center == kind.offset) {
        return dots;
    }
    const __m256i negative_sum = _mm256_set1_epi32(x->negative_sum[t]);
    const int shift = __builtin_ctz((unsigned)(kind.center - kind.offset));
    return _mm256_sub_epi32(dots, _mm256_slli_epi32(negative_sum, shift));
}

/* Scales in a packed panel (packed: scales, head) or in an unpacked one (ready). */
typedef struct scale_source {
    panel_scales scales;
    const uint8_t *p, *head;
    const row_scales *ready; /* [2], or NULL */
} scale_source;

ALWAYS_INLINE row_scales read_scales(const scale_source *source, int half)
{
    return source->ready != NULL ? source->ready[half]
                                 : load_scales(source->scales, source->p, source->head, half);
}

/* One block of one panel for n tokens (a constant). sums [n][16]. */
ALWAYS_INLINE void multiply_block(kernel_kind kind, code_source source, int n, const uint8_t *p,
                                  const scale_source *scales, const token_block *x, float *sums)
{
    __m256i acc[COLUMNS][2];
    if (kind.class == CLASS_SCALE || kind.class == CLASS_MINIMUM) {
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            acc[t][0] = first_pairs(kind, x, t);
            acc[t][1] = acc[t][0];
        }
        multiply_groups(source, kind.sign, n, p, 0, N_GROUPS, x, acc);
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            const row_scales s = read_scales(scales, half);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                float *const sum = sums + 16 * t + 8 * half;
                const __m256i dots = kind.sign ? acc[t][half] : widen(kind, acc[t][half], x, t);
                _mm256_store_ps(sum, add_scaled(kind, &s, dots, x, t, _mm256_load_ps(sum)));
            }
        }
        return;
    }
    /* The sums of the first half of k, scaled, wait while the second is summed. */
    __m256i dots[COLUMNS][2];
#pragma GCC unroll 2
    for (int h = 0; h < 2; h++) {
#pragma GCC unroll 4
        for (int t = 0; t < n; t++) {
            acc[t][0] = first_half_pairs(kind, x, t, h);
            acc[t][1] = acc[t][0];
        }
        multiply_groups(source, false, n, p, h * N_GROUPS / 2, N_GROUPS / 2, x, acc);
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            const row_scales s = read_scales(scales, half);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                const __m256i scaled = _mm256_madd_epi16(acc[t][half], s.sub_scale[h]);
                if (h == 0) {
                    dots[t][half] = scaled;
                    continue;
                }
                float *const sum = sums + 16 * t + 8 * half;
                const __m256i both = _mm256_add_epi32(dots[t][half], scaled);
                _mm256_store_ps(sum, add_scaled(kind, &s, both, x, t, _mm256_load_ps(sum)));
            }
        }
    }
}

/* n_rows rows of y for n tokens from sums [n][16]. */
static void store_sums(const float *sums, size_t n, size_t n_rows, float *y, size_t y_stride,
                       const float *bias, bool accumulate)
{
    for (size_t t = 0; t < n; t++) {
        float *const out = y + t * y_stride;
        for (size_t r = 0; r < n_rows; r++) {
            const float biased = bias != NULL ? sums[16 * t + r] + bias[r] : sums[16 * t + r];
            out[r] = accumulate ? out[r] + biased : biased;
        }
    }
}

static size_t rows_of_panel(const packed_matrix *w, size_t i_panel)
{
    const size_t left = w->n_rows - i_panel * KERNEL_PANEL_ROWS;
    return left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
}

/* n tokens (a constant) from `first` over a packed panel. */
ALWAYS_INLINE void stream_panel(panel_format format, int n, const uint8_t *p, const activations *a,
                                size_t first, float *sums)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const kernel_kind kind = kind_of(format);
    const code_source source = {f.codes, false};
    const size_t head_bytes = panel_head_bytes(f.scales);
    const size_t code_bytes = panel_code_bytes(f.codes);
    token_block x = token_block_at(a, first, a->n);
    const uint8_t *head = p;
    for (size_t b = 0; b < a->n_blocks; b++) {
        if (head_bytes != 0 && b % PANEL_HEAD_BLOCKS == 0) {
            head = p;
            p += head_bytes;
        }
        const scale_source scales = {f.scales, p + code_bytes, head, NULL};
        for (size_t i = 0; i < code_bytes + panel_scale_bytes(f.scales); i += 64) {
            _mm_prefetch((const char *)p + PREFETCH + i, _MM_HINT_T0);
        }
        multiply_block(kind, source, n, p, &scales, &x, sums);
        p += code_bytes + panel_scale_bytes(f.scales);
        step(&x, false);
    }
}

typedef void (*stream_kernel)(const uint8_t *panel, const activations *x, size_t first,
                              float *sums);

#define STREAM(format, n)                                                                          \
    static void stream_##format##_##n(const uint8_t *panel, const activations *x, size_t first,    \
                                      float *sums)                                                 \
    {                                                                                              \
        stream_panel(PANEL_##format, n, panel, x, first, sums);                                    \
    }

#define STREAMS(format)                                                                            \
    STREAM(format, 1)                                                                              \
    STREAM(format, 2)                                                                              \
    STREAM(format, 3)                                                                              \
    STREAM(format, 4)

STREAMS(Q4_0)
STREAMS(Q4_1)
STREAMS(Q5_0)
STREAMS(Q5_1)
STREAMS(Q8_0)
STREAMS(Q2_K)
STREAMS(Q3_K)
STREAMS(Q4_K)
STREAMS(Q5_K)
STREAMS(Q6_K)
STREAMS(IQ4_NL)
STREAMS(IQ4_XS)
STREAMS(MXFP4)

#define STREAM_ROW(format)                                                                         \
    [PANEL_##format] = {stream_##format##_1, stream_##format##_2, stream_##format##_3,             \
                        stream_##format##_4}

static const stream_kernel STREAM_KERNELS[PANEL_F32][COLUMNS] = {
    STREAM_ROW(Q4_0),   STREAM_ROW(Q4_1),   STREAM_ROW(Q5_0),  STREAM_ROW(Q5_1), STREAM_ROW(Q8_0),
    STREAM_ROW(Q2_K),   STREAM_ROW(Q3_K),   STREAM_ROW(Q4_K),  STREAM_ROW(Q5_K), STREAM_ROW(Q6_K),
    STREAM_ROW(IQ4_NL), STREAM_ROW(IQ4_XS), STREAM_ROW(MXFP4),
};

static void multiply_few(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                         const activations *x, float *y, size_t y_stride,
                         const matmul_options *options)
{
    for (size_t i = panel_begin; i < panel_end; i++) {
        UNINITIALIZED _Alignas(32) float sums[FEW_TOKENS * KERNEL_PANEL_ROWS];
        const size_t row = i * KERNEL_PANEL_ROWS;
        const float *const bias = options->bias != NULL ? options->bias + row : NULL;
        memset(sums, 0, x->n * KERNEL_PANEL_ROWS * sizeof(float));
        for (size_t first = 0; first < x->n; first += COLUMNS) {
            const size_t n = x->n - first < COLUMNS ? x->n - first : COLUMNS;
            STREAM_KERNELS[w->format][n - 1](w->data + i * w->panel_bytes, x, first,
                                             sums + first * KERNEL_PANEL_ROWS);
        }
        store_sums(sums, x->n, rows_of_panel(w, i), y + row, y_stride, bias, options->accumulate);
    }
}

/* A K panel of 16 rows, unpacked; 8-bit codes are signed here. */
typedef struct unpacked_panel {
    _Alignas(32) uint8_t codes[K_BLOCKS][N_GROUPS][PANEL_VECTOR];
    row_scales scales[K_BLOCKS][2];
} unpacked_panel;

ALWAYS_INLINE void unpack_panel(panel_format format, const uint8_t *panel, size_t first,
                                size_t n_blocks, unpacked_panel *out)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const size_t head_bytes = panel_head_bytes(f.scales);
    const uint8_t *p = panel + panel_block_offset(&f, first) - head_bytes;
    const uint8_t *head = p;
    for (size_t b = 0; b < n_blocks; b++) {
        if (head_bytes != 0 && b % PANEL_HEAD_BLOCKS == 0) {
            head = p;
            p += head_bytes;
        }
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
#pragma GCC unroll 8
            for (int g = 0; g < N_GROUPS; g++) {
                _mm256_store_si256((void *)(out->codes[b][g] + 32 * half),
                                   unpack_group(f.codes, p, g, half));
            }
            out->scales[b][half] = load_scales(f.scales, p + panel_code_bytes(f.codes), head, half);
        }
        p += panel_code_bytes(f.codes) + panel_scale_bytes(f.scales);
    }
}

typedef void (*unpack_kernel)(const uint8_t *panel, size_t first, size_t n_blocks,
                              unpacked_panel *out);

#define UNPACK(format)                                                                             \
    static void unpack_##format(const uint8_t *panel, size_t first, size_t n_blocks,               \
                                unpacked_panel *out)                                               \
    {                                                                                              \
        unpack_panel(PANEL_##format, panel, first, n_blocks, out);                                 \
    }

UNPACK(Q4_0)
UNPACK(Q4_1)
UNPACK(Q5_0)
UNPACK(Q5_1)
UNPACK(Q8_0)
UNPACK(Q2_K)
UNPACK(Q3_K)
UNPACK(Q4_K)
UNPACK(Q5_K)
UNPACK(Q6_K)
UNPACK(IQ4_NL)
UNPACK(IQ4_XS)
UNPACK(MXFP4)

static const unpack_kernel UNPACK_KERNELS[PANEL_F32] = {
    [PANEL_Q4_0] = unpack_Q4_0,   [PANEL_Q4_1] = unpack_Q4_1,     [PANEL_Q5_0] = unpack_Q5_0,
    [PANEL_Q5_1] = unpack_Q5_1,   [PANEL_Q8_0] = unpack_Q8_0,     [PANEL_Q2_K] = unpack_Q2_K,
    [PANEL_Q3_K] = unpack_Q3_K,   [PANEL_Q4_K] = unpack_Q4_K,     [PANEL_Q5_K] = unpack_Q5_K,
    [PANEL_Q6_K] = unpack_Q6_K,   [PANEL_IQ4_NL] = unpack_IQ4_NL, [PANEL_IQ4_XS] = unpack_IQ4_XS,
    [PANEL_MXFP4] = unpack_MXFP4,
};

/* n tokens (a constant) over an unpacked K panel. The starts are prepared, so that centre and offset
 * of the kind only say whether there are any. */
ALWAYS_INLINE void multiply_tile(panel_format format, int n, const unpacked_panel *w,
                                 size_t n_blocks, const token_block *tokens, float *sums)
{
    const code_source source = {CODES_BYTE, true};
    kernel_kind kind = kind_of(format);
    kind.prepared = true;
    token_block x = *tokens;
    for (size_t b = 0; b < n_blocks; b++) {
        const scale_source scales = {SCALES_NONE, NULL, NULL, w->scales[b]};
        multiply_block(kind, source, n, w->codes[b][0], &scales, &x, sums);
        step(&x, true);
    }
}

typedef void (*tile_kernel)(const unpacked_panel *w, size_t n_blocks, const token_block *tokens,
                            float *sums);

#define TILE(format, n)                                                                            \
    static void tile_##format##_##n(const unpacked_panel *w, size_t n_blocks,                      \
                                    const token_block *tokens, float *sums)                        \
    {                                                                                              \
        multiply_tile(PANEL_##format, n, w, n_blocks, tokens, sums);                               \
    }

#define TILES(format)                                                                              \
    TILE(format, 1)                                                                                \
    TILE(format, 2)                                                                                \
    TILE(format, 3)                                                                                \
    TILE(format, 4)

/* One format stands for all that run alike once unpacked. */
TILES(Q5_0)
TILES(Q4_1)
TILES(Q5_1)
TILES(Q8_0)
TILES(Q2_K)
TILES(Q6_K)

#define TILE_ROW(format, like)                                                                     \
    [PANEL_##format] = {tile_##like##_1, tile_##like##_2, tile_##like##_3, tile_##like##_4}

static const tile_kernel TILE_KERNELS[PANEL_F32][COLUMNS] = {
    TILE_ROW(Q4_0, Q5_0),  TILE_ROW(Q4_1, Q4_1), TILE_ROW(Q5_0, Q5_0),   TILE_ROW(Q5_1, Q5_1),
    TILE_ROW(Q8_0, Q8_0),  TILE_ROW(Q2_K, Q2_K), TILE_ROW(Q3_K, Q6_K),   TILE_ROW(Q4_K, Q4_1),
    TILE_ROW(Q5_K, Q5_1),  TILE_ROW(Q6_K, Q6_K), TILE_ROW(IQ4_NL, Q8_0), TILE_ROW(IQ4_XS, Q8_0),
    TILE_ROW(MXFP4, Q5_0),
};

/* Where the int16 lanes of a tile begin in each block of a K panel, as pairs. */
typedef struct tile_starts {
    int32_t start[K_BLOCKS * KERNEL_TILE];
    int32_t half_start[2 * K_BLOCKS * KERNEL_TILE];
} tile_starts;

static int32_t pair_word(int low, int high)
{
    return (int32_t)(((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16);
}

/* `n` activation blocks from `index`, with their starts made ready in *starts. */
static token_block prepare_tile(const activations *x, panel_format format, size_t index, size_t n,
                                size_t width, tile_starts *starts)
{
    const kernel_kind kind = kind_of(format);
    const int factor = -kind.center;
    token_block tokens = token_block_at(x, index, width);
    tokens.start = starts->start;
    tokens.half_start = starts->half_start;
    for (size_t i = 0; factor != 0 && i < n; i++) {
        const int16_t *const part = x->part + 4 * (index + i);
        starts->start[i] = pair_word(factor * (part[0] + part[2]), factor * (part[1] + part[3]));
        starts->half_start[2 * i] = pair_word(factor * part[0], factor * part[1]);
        starts->half_start[2 * i + 1] = pair_word(factor * part[2], factor * part[3]);
    }
    return tokens;
}

ALWAYS_INLINE void skip_tokens(token_block *x, size_t n)
{
    x->q += n * KERNEL_BLOCK;
    x->scale += n;
    x->scaled_sum += n;
    x->negative_sum += n;
    x->part += 4 * n;
    x->start += n;
    x->half_start += 2 * n;
}

/* Sums of a chunk of tokens for a group of panels, carried from K panel to K panel. */
typedef struct chunk_sums {
    float sum[CHUNK_TILES][PANEL_GROUP][KERNEL_TILE][KERNEL_PANEL_ROWS];
} chunk_sums;

typedef struct tile_job {
    const packed_matrix *w;
    const activations *x;
    size_t first_panel, n_panels; /* the group */
    size_t first_tile, n_tiles;   /* the chunk */
} tile_job;

/* One K panel of a group of panels for all tiles of a chunk. */
static void multiply_k_panel(const tile_job *job, size_t first_block, size_t n_blocks,
                             unpacked_panel unpacked[PANEL_GROUP], chunk_sums *sums)
{
    const packed_matrix *const w = job->w;
    const activations *const x = job->x;
    for (size_t i = 0; i < job->n_panels; i++) {
        UNPACK_KERNELS[w->format](w->data + (job->first_panel + i) * w->panel_bytes, first_block,
                                  n_blocks, &unpacked[i]);
    }
    for (size_t j = 0; j < job->n_tiles; j++) {
        const size_t tile = job->first_tile + j;
        const size_t width = activations_tile_width(x, tile);
        const size_t index = tile * KERNEL_TILE * x->n_blocks + first_block * width;
        UNINITIALIZED tile_starts starts;
        token_block tokens =
            prepare_tile(x, (panel_format)w->format, index, n_blocks * width, width, &starts);
        for (size_t t = 0; t < width; t += COLUMNS) {
            const size_t n = width - t < COLUMNS ? width - t : COLUMNS;
            for (size_t i = 0; i < job->n_panels; i++) {
                TILE_KERNELS[w->format][n - 1](&unpacked[i], n_blocks, &tokens, sums->sum[j][i][t]);
            }
            skip_tokens(&tokens, n);
        }
    }
}

static void store_chunk(const tile_job *job, const chunk_sums *sums, float *y, size_t y_stride,
                        const matmul_options *options)
{
    for (size_t j = 0; j < job->n_tiles; j++) {
        const size_t width = activations_tile_width(job->x, job->first_tile + j);
        const size_t first_token = (job->first_tile + j) * KERNEL_TILE;
        for (size_t i = 0; i < job->n_panels; i++) {
            const size_t panel = job->first_panel + i;
            const size_t row = panel * KERNEL_PANEL_ROWS;
            store_sums(sums->sum[j][i][0], width, rows_of_panel(job->w, panel),
                       y + first_token * y_stride + row, y_stride,
                       options->bias != NULL ? options->bias + row : NULL, options->accumulate);
        }
    }
}

static void multiply_many(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                          const activations *x, float *y, size_t y_stride,
                          const matmul_options *options)
{
    UNINITIALIZED unpacked_panel unpacked[PANEL_GROUP];
    UNINITIALIZED _Alignas(32) chunk_sums sums;
    const size_t n_tiles = (x->n + KERNEL_TILE - 1) / KERNEL_TILE;
    for (size_t tile = 0; tile < n_tiles; tile += CHUNK_TILES) {
        for (size_t panel = panel_begin; panel < panel_end; panel += PANEL_GROUP) {
            const size_t panels_left = panel_end - panel;
            const size_t tiles_left = n_tiles - tile;
            const tile_job job = {
                .w = w,
                .x = x,
                .first_panel = panel,
                .n_panels = panels_left < PANEL_GROUP ? panels_left : PANEL_GROUP,
                .first_tile = tile,
                .n_tiles = tiles_left < CHUNK_TILES ? tiles_left : CHUNK_TILES,
            };
            memset(&sums, 0, sizeof(sums));
            for (size_t b = 0; b < x->n_blocks; b += K_BLOCKS) {
                const size_t left = x->n_blocks - b;
                multiply_k_panel(&job, b, left < K_BLOCKS ? left : K_BLOCKS, unpacked, &sums);
            }
            store_chunk(&job, &sums, y, y_stride, options);
        }
    }
}

void avx2_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,
                 float *y, size_t y_stride, const matmul_options *options)
{
    if (PANEL_FORMATS[w->format].class == CLASS_FLOAT) {
        avx2_matmul_float(w, panel_begin, panel_end, x, y, y_stride, options);
    } else if (x->n <= FEW_TOKENS) {
        multiply_few(w, panel_begin, panel_end, x, y, y_stride, options);
    } else {
        multiply_many(w, panel_begin, panel_end, x, y, y_stride, options);
    }
}
