/*
 * avx512_attention.c - attention over the KV cache; the definition is in ref/ref_attention.c.
 *
 * For a block of 128 keys: integer scores of four queries x 64 keys stay in registers while the
 * dimensions run (lanes are keys), then the softmax, then four queries x 64 dimensions of the output
 * while the keys run (lanes are dimensions). So each key and value is read once per four queries (with six it was not faster);
 * `vpdpwssd` multiplies and adds 32 pairs of codes.
 */
#include <immintrin.h>
#include <math.h>

#include "kernel/attention_walk.h"
#include "kernel/x86/avx512.h"
#include "kernel/x86/avx512_vector.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { QUERIES = 4, SIDE_BY_SIDE = 4, PANELS = KERNEL_KEY_BLOCK / 16 };

static float max_of(const float *x, size_t n)
{
    __m512 max = _mm512_setzero_ps();
    for (size_t i = 0; i < n; i += 16) {
        max = _mm512_max_ps(max, _mm512_abs_ps(_mm512_loadu_ps(x + i)));
    }
    return _mm512_reduce_max_ps(max);
}

static void round_codes(const float *x, size_t n, float inverse, int16_t *codes)
{
    for (size_t i = 0; i < n; i += 16) {
        const __m512 code = _mm512_mul_ps(_mm512_loadu_ps(x + i), _mm512_set1_ps(inverse));
        _mm256_storeu_si256((void *)(codes + i), _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(code)));
    }
}

static const kv_rounding ROUNDING = {max_of, round_codes};

void avx512_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                     unsigned char *kv)
{
    kv_store_token(&ROUNDING, k, v, head_dim, position, kv);
}

ALWAYS_INLINE __m512i load_codes(const unsigned char *p)
{
    return _mm512_loadu_si512((const void *)p);
}

/* Two codes in every lane. */
ALWAYS_INLINE __m512i broadcast_pair(const int16_t *p)
{
    int32_t pair = 0;
    memcpy(&pair, p, sizeof(pair));
    return _mm512_set1_epi32(pair);
}

/* Scores of n queries (a constant) with n_panels (a constant) x 16 keys, to scores[.][first]. */
ALWAYS_INLINE void score_keys(const attention_args *a, const attention_query *queries, int n,
                              int n_panels, const unsigned char *panels, attention_work *work,
                              size_t first)
{
    const size_t panel_bytes = kv_panel_bytes(a->head_dim);
    __m512i acc[QUERIES * SIDE_BY_SIDE];
#pragma GCC unroll 16
    for (int i = 0; i < n * n_panels; i++) {
        acc[i] = _mm512_setzero_si512();
    }
    for (size_t d = 0; d < a->head_dim; d += 2) {
        __m512i keys[SIDE_BY_SIDE];
#pragma GCC unroll 4
        for (int v = 0; v < n_panels; v++) {
            keys[v] = load_codes(panels + (size_t)v * panel_bytes + d / 2 * KV_VECTOR_BYTES);
        }
#pragma GCC unroll 4
        for (int i = 0; i < n; i++) {
            const __m512i q = broadcast_pair(queries[i].codes + d);
#pragma GCC unroll 4
            for (int v = 0; v < n_panels; v++) {
                acc[i * n_panels + v] = _mm512_dpwssd_epi32(acc[i * n_panels + v], q, keys[v]);
            }
        }
    }
#pragma GCC unroll 4
    for (int v = 0; v < n_panels; v++) {
        const unsigned char *const s = panels + (size_t)v * panel_bytes + kv_scales_at(a->head_dim);
        const __m512 scale = _mm512_loadu_ps((const void *)s);
        const __m512 exponent = _mm512_loadu_ps((const void *)(s + KV_VECTOR_BYTES));
#pragma GCC unroll 4
        for (int i = 0; i < n; i++) {
            const __m512 sum = _mm512_mul_ps(_mm512_cvtepi32_ps(acc[i * n_panels + v]),
                                             _mm512_set1_ps(queries[i].factor));
            _mm512_store_ps(&work->scores[i][first + 16 * (size_t)v],
                            _mm512_fmadd_ps(sum, scale, exponent));
        }
    }
}

ALWAYS_INLINE void score_block(const attention_args *a, const attention_query *queries, int n,
                               const unsigned char *panels, size_t n_panels, attention_work *work)
{
    const size_t panel_bytes = kv_panel_bytes(a->head_dim);
    size_t i = 0;
    for (; i + SIDE_BY_SIDE <= n_panels; i += SIDE_BY_SIDE) {
        score_keys(a, queries, n, SIDE_BY_SIDE, panels + i * panel_bytes, work, 16 * i);
    }
    for (; i < n_panels; i++) {
        score_keys(a, queries, n, 1, panels + i * panel_bytes, work, 16 * i);
    }
}

ALWAYS_INLINE __m512 exp2_lanes(__m512 x)
{
    const __mmask16 some = _mm512_cmp_ps_mask(x, _mm512_set1_ps(EXP2_MIN), _CMP_GE_OQ);
    const __m512 magic = _mm512_set1_ps(EXP_MAGIC);
    const __m512 shifted = _mm512_add_ps(x, magic);
    const __m512 f = _mm512_sub_ps(x, _mm512_sub_ps(shifted, magic));
    __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(EXP2_C3), f, _mm512_set1_ps(EXP2_C2));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(EXP2_C1));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(EXP2_C0));
    p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(1.0f));
    const __m512i exponent = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    return _mm512_castsi512_ps(_mm512_maskz_add_epi32(some, _mm512_castps_si512(p), exponent));
}

/* The lanes of panel v that a query sees. */
ALWAYS_INLINE __mmask16 visible(size_t n_keys, size_t v)
{
    return n_keys <= 16 * v ? 0 : lanes_from(16 * v, n_keys);
}

/* Turns n_keys scores into weights, zeros behind them to the end of the panels; takes over maximum and
 * weight. */
ALWAYS_INLINE void soften(const attention_args *a, attention_query *x, const float *scores,
                          int16_t *weights, size_t n_keys, const unsigned char *panels,
                          size_t n_panels)
{
    const size_t panel_bytes = kv_panel_bytes(a->head_dim);
    const unsigned char *const inverses =
        panels + kv_scales_at(a->head_dim) + 2 * (size_t)KV_VECTOR_BYTES;
    const __m512 low = _mm512_set1_ps(-INFINITY);
    __m512 t[PANELS];
    __m512 max = low;
    for (size_t v = 0; v < n_panels; v++) {
        t[v] = _mm512_mask_loadu_ps(low, visible(n_keys, v), scores + 16 * v);
        max = _mm512_max_ps(max, t[v]);
    }
    const float block_max = _mm512_reduce_max_ps(max);
    __m512 sum = _mm512_setzero_ps();
    for (size_t v = 0; v < n_panels; v++) {
        const __m512 w = exp2_lanes(_mm512_sub_ps(t[v], _mm512_set1_ps(block_max)));
        const __m512 inverse =
            _mm512_maskz_loadu_ps(visible(n_keys, v), (const void *)(inverses + v * panel_bytes));
        sum = _mm512_fmadd_ps(w, inverse, sum);
        const __m512 weight = _mm512_mul_ps(w, _mm512_set1_ps((float)KV_WEIGHT_MAX));
        _mm256_store_si256((void *)(weights + 16 * v),
                           _mm512_cvtepi32_epi16(_mm512_cvtps_epi32(weight)));
    }
    attention_take(x, block_max, sum_lanes(sum));
}

/* n_vectors x 16 dimensions (a constant) of n queries' output (a constant), from dimension d. */
ALWAYS_INLINE void add_values(const attention_args *a, attention_query *queries, int n,
                              int n_vectors, const unsigned char *panels, size_t n_panels, size_t d,
                              const attention_work *work)
{
    __m512i acc[QUERIES * SIDE_BY_SIDE];
#pragma GCC unroll 16
    for (int i = 0; i < n * n_vectors; i++) {
        acc[i] = _mm512_setzero_si512();
    }
    for (size_t pair = 0; pair < 8 * n_panels; pair++) {
        const unsigned char *const row = panels + pair / 8 * kv_panel_bytes(a->head_dim) +
                                         kv_values_at(a->head_dim) +
                                         (pair % 8 * a->head_dim + d) * 4;
        __m512i values[SIDE_BY_SIDE];
#pragma GCC unroll 4
        for (int j = 0; j < n_vectors; j++) {
            values[j] = load_codes(row + (size_t)j * KV_VECTOR_BYTES);
        }
#pragma GCC unroll 4
        for (int i = 0; i < n; i++) {
            const __m512i p = broadcast_pair(&work->weights[i][2 * pair]);
#pragma GCC unroll 4
            for (int j = 0; j < n_vectors; j++) {
                acc[i * n_vectors + j] = _mm512_dpwssd_epi32(acc[i * n_vectors + j], p, values[j]);
            }
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < n; i++) {
        const __m512 keep = _mm512_set1_ps(queries[i].keep);
        const __m512 add = _mm512_set1_ps(queries[i].add);
#pragma GCC unroll 4
        for (int j = 0; j < n_vectors; j++) {
            float *const out = queries[i].out + d + 16 * (size_t)j;
            const __m512 sum = _mm512_mul_ps(_mm512_cvtepi32_ps(acc[i * n_vectors + j]), add);
            _mm512_storeu_ps(out, _mm512_fmadd_ps(_mm512_loadu_ps(out), keep, sum));
        }
    }
}

ALWAYS_INLINE void attend(const attention_args *a, attention_query *queries, int n,
                          size_t first_key, size_t n_panels, attention_work *work)
{
    const unsigned char *const panels = a->kv + kv_panel_at(a->head_dim, first_key);
    score_block(a, queries, n, panels, n_panels, work);
    for (int i = 0; i < n; i++) {
        soften(a, &queries[i], work->scores[i], work->weights[i],
               attention_keys(&queries[i], first_key), panels, n_panels);
    }
    size_t d = 0;
    for (; d + 64 <= a->head_dim; d += 64) {
        add_values(a, queries, n, 4, panels, n_panels, d, work);
    }
    for (; d < a->head_dim; d += 16) {
        add_values(a, queries, n, 1, panels, n_panels, d, work);
    }
}

ATTENTION_KERNEL(1)
ATTENTION_KERNEL(2)
ATTENTION_KERNEL(3)
ATTENTION_KERNEL(4)

static void merge(float *out, const float *part, size_t head_dim, float keep, float add)
{
    for (size_t d = 0; d < head_dim; d += 16) {
        const __m512 sum = _mm512_mul_ps(_mm512_loadu_ps(part + d), _mm512_set1_ps(add));
        const __m512 kept = _mm512_loadu_ps(out + d);
        _mm512_storeu_ps(out + d, _mm512_fmadd_ps(kept, _mm512_set1_ps(keep), sum));
    }
}

static void divide(float *out, const float *in, size_t head_dim, float divisor)
{
    for (size_t d = 0; d < head_dim; d += 16) {
        _mm512_storeu_ps(out + d, _mm512_div_ps(_mm512_loadu_ps(in + d), _mm512_set1_ps(divisor)));
    }
}

static const attention_level LEVEL = {
    .kernels = {attend_1, attend_2, attend_3, attend_4},
    .n_queries = QUERIES,
    .rounding = {max_of, round_codes},
    .merge = merge,
    .divide = divide,
};

void avx512_attention(const attention_args *a)
{
    attention_walk(a, &LEVEL);
}

void avx512_attention_split(const attention_args *a, size_t begin, size_t end)
{
    attention_walk_split(a, &LEVEL, begin, end);
}

void avx512_attention_join(const attention_args *a)
{
    attention_walk_join(a, &LEVEL);
}
