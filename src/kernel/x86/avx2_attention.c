/*
 * avx2_attention.c - attention over the KV cache; the definition is in ref/ref_attention.c.
 *
 * Six queries x 16 keys of integer scores stay in registers while the dimensions run (lanes are
 * keys), then the softmax, then six queries x 16 dimensions of the output while the keys run. A
 * `vpmaddwd` multiplies 16 pairs of codes, a `vpaddd` adds them.
 */
#include <immintrin.h>
#include <math.h>

#include "kernel/attention_walk.h"
#include "kernel/x86/avx2.h"
#include "kernel/x86/avx2_vector.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { QUERIES = ATTENTION_QUERIES, VECTORS = KERNEL_KEY_BLOCK / 8 };

static float max_of(const float *x, size_t n)
{
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 max = _mm256_setzero_ps();
    for (size_t i = 0; i < n; i += 8) {
        max = _mm256_max_ps(max, _mm256_andnot_ps(sign, _mm256_loadu_ps(x + i)));
    }
    return max_lanes(max);
}

/* The 8 codes of a vector, rounded. */
ALWAYS_INLINE __m128i round_lanes(__m256 x)
{
    const __m256i codes = _mm256_cvtps_epi32(x);
    return _mm_packs_epi32(_mm256_castsi256_si128(codes), _mm256_extracti128_si256(codes, 1));
}

static void round_codes(const float *x, size_t n, float inverse, int16_t *codes)
{
    for (size_t i = 0; i < n; i += 8) {
        const __m256 code = _mm256_mul_ps(_mm256_loadu_ps(x + i), _mm256_set1_ps(inverse));
        _mm_storeu_si128((void *)(codes + i), round_lanes(code));
    }
}

static const kv_rounding ROUNDING = {max_of, round_codes};

void avx2_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                   unsigned char *kv)
{
    kv_store_token(&ROUNDING, k, v, head_dim, position, kv);
}

ALWAYS_INLINE __m256i load_codes(const unsigned char *p)
{
    return _mm256_loadu_si256((const void *)p);
}

/* Two codes in every lane. */
ALWAYS_INLINE __m256i broadcast_pair(const int16_t *p)
{
    int32_t pair = 0;
    memcpy(&pair, p, sizeof(pair));
    return _mm256_set1_epi32(pair);
}

/* Scores of n queries (a constant) with the 16 keys of a panel, to scores[.][first]. */
ALWAYS_INLINE void score_panel(const attention_args *a, const attention_query *queries, int n,
                               const unsigned char *panel, attention_work *work, size_t first)
{
    __m256i acc[QUERIES][2];
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        acc[i][0] = _mm256_setzero_si256();
        acc[i][1] = _mm256_setzero_si256();
    }
    for (size_t d = 0; d < a->head_dim; d += 2) {
        const __m256i low = load_codes(panel + d / 2 * KV_VECTOR_BYTES);
        const __m256i high = load_codes(panel + d / 2 * KV_VECTOR_BYTES + 32);
#pragma GCC unroll 6
        for (int i = 0; i < n; i++) {
            const __m256i q = broadcast_pair(queries[i].codes + d);
            acc[i][0] = _mm256_add_epi32(acc[i][0], _mm256_madd_epi16(q, low));
            acc[i][1] = _mm256_add_epi32(acc[i][1], _mm256_madd_epi16(q, high));
        }
    }
    const float *const scales = (const void *)(panel + kv_scales_at(a->head_dim));
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        const __m256 factor = _mm256_set1_ps(queries[i].factor);
#pragma GCC unroll 2
        for (size_t v = 0; v < 2; v++) {
            const __m256 sum = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[i][v]), factor);
            _mm256_store_ps(&work->scores[i][first + 8 * v],
                            _mm256_fmadd_ps(sum, _mm256_loadu_ps(scales + 8 * v),
                                            _mm256_loadu_ps(scales + 16 + 8 * v)));
        }
    }
}

ALWAYS_INLINE __m256 exp2_lanes(__m256 x)
{
    const __m256 some = _mm256_cmp_ps(x, _mm256_set1_ps(EXP2_MIN), _CMP_GE_OQ);
    const __m256 magic = _mm256_set1_ps(EXP_MAGIC);
    const __m256 shifted = _mm256_add_ps(x, magic);
    const __m256 f = _mm256_sub_ps(x, _mm256_sub_ps(shifted, magic));
    __m256 p = _mm256_fmadd_ps(_mm256_set1_ps(EXP2_C3), f, _mm256_set1_ps(EXP2_C2));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(EXP2_C1));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(EXP2_C0));
    p = _mm256_fmadd_ps(p, f, _mm256_set1_ps(1.0f));
    const __m256i exponent = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    const __m256i bits = _mm256_add_epi32(_mm256_castps_si256(p), exponent);
    return _mm256_and_ps(some, _mm256_castsi256_ps(bits));
}

/* Scores behind the visible ones become -infinity; returns the largest. */
ALWAYS_INLINE float hide(float *scores, size_t n_keys, size_t n_panels)
{
    __m256 max = _mm256_set1_ps(-INFINITY);
    for (size_t i = n_keys; i < 16 * n_panels; i++) {
        scores[i] = -INFINITY;
    }
    for (size_t i = 0; i < 16 * n_panels; i += 8) {
        max = _mm256_max_ps(max, _mm256_load_ps(scores + i));
    }
    return max_lanes(max);
}

/* Turns n_keys scores into weights, zeros behind them to the end of the panels; takes over maximum and
 * weight. */
ALWAYS_INLINE void soften(const attention_args *a, attention_query *x, float *scores,
                          int16_t *weights, size_t n_keys, const unsigned char *panels,
                          size_t n_panels)
{
    const unsigned char *const inverses =
        panels + kv_scales_at(a->head_dim) + 2 * (size_t)KV_VECTOR_BYTES;
    const float max = hide(scores, n_keys, n_panels);
    __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (size_t v = 0; v < 2 * n_panels; v++) {
        const float *const inverse =
            (const void *)(inverses + v / 2 * kv_panel_bytes(a->head_dim) + v % 2 * 32);
        const __m256 t = _mm256_sub_ps(_mm256_load_ps(scores + 8 * v), _mm256_set1_ps(max));
        const __m256 w = exp2_lanes(t);
        /* Masked: behind the last key anything may stand, also what is not a number. */
        sums[v % 2] = _mm256_fmadd_ps(w, load_some(inverse, 0, n_keys > 8 * v ? n_keys - 8 * v : 0),
                                      sums[v % 2]);
        _mm_store_si128((void *)(weights + 8 * v),
                        round_lanes(_mm256_mul_ps(w, _mm256_set1_ps((float)KV_WEIGHT_MAX))));
    }
    attention_take(x, max, sum_lanes(sums[0], sums[1]));
}

/* 16 dimensions of n queries' output (a constant), from dimension d. */
ALWAYS_INLINE void add_values(const attention_args *a, attention_query *queries, int n,
                              const unsigned char *panels, size_t n_panels, size_t d,
                              const attention_work *work)
{
    __m256i acc[QUERIES][2];
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        acc[i][0] = _mm256_setzero_si256();
        acc[i][1] = _mm256_setzero_si256();
    }
    for (size_t pair = 0; pair < 8 * n_panels; pair++) {
        const unsigned char *const row = panels + pair / 8 * kv_panel_bytes(a->head_dim) +
                                         kv_values_at(a->head_dim) +
                                         (pair % 8 * a->head_dim + d) * 4;
        const __m256i low = load_codes(row);
        const __m256i high = load_codes(row + 32);
#pragma GCC unroll 6
        for (int i = 0; i < n; i++) {
            const __m256i p = broadcast_pair(&work->weights[i][2 * pair]);
            acc[i][0] = _mm256_add_epi32(acc[i][0], _mm256_madd_epi16(p, low));
            acc[i][1] = _mm256_add_epi32(acc[i][1], _mm256_madd_epi16(p, high));
        }
    }
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        const __m256 keep = _mm256_set1_ps(queries[i].keep);
        const __m256 add = _mm256_set1_ps(queries[i].add);
#pragma GCC unroll 2
        for (size_t v = 0; v < 2; v++) {
            float *const out = queries[i].out + d + 8 * v;
            const __m256 sum = _mm256_mul_ps(_mm256_cvtepi32_ps(acc[i][v]), add);
            _mm256_storeu_ps(out, _mm256_fmadd_ps(_mm256_loadu_ps(out), keep, sum));
        }
    }
}

ALWAYS_INLINE void attend(const attention_args *a, attention_query *queries, int n,
                          size_t first_key, size_t n_panels, attention_work *work)
{
    const unsigned char *const panels = a->kv + kv_panel_at(a->head_dim, first_key);
    for (size_t i = 0; i < n_panels; i++) {
        score_panel(a, queries, n, panels + i * kv_panel_bytes(a->head_dim), work, 16 * i);
    }
    for (int i = 0; i < n; i++) {
        soften(a, &queries[i], work->scores[i], work->weights[i],
               attention_keys(&queries[i], first_key), panels, n_panels);
    }
    for (size_t d = 0; d < a->head_dim; d += 16) {
        add_values(a, queries, n, panels, n_panels, d, work);
    }
}

ATTENTION_KERNEL(1)
ATTENTION_KERNEL(2)
ATTENTION_KERNEL(3)
ATTENTION_KERNEL(4)
ATTENTION_KERNEL(5)
ATTENTION_KERNEL(6)

static void merge(float *out, const float *part, size_t head_dim, float keep, float add)
{
    for (size_t d = 0; d < head_dim; d += 8) {
        const __m256 sum = _mm256_mul_ps(_mm256_loadu_ps(part + d), _mm256_set1_ps(add));
        const __m256 kept = _mm256_loadu_ps(out + d);
        _mm256_storeu_ps(out + d, _mm256_fmadd_ps(kept, _mm256_set1_ps(keep), sum));
    }
}

static void divide(float *out, const float *in, size_t head_dim, float divisor)
{
    for (size_t d = 0; d < head_dim; d += 8) {
        _mm256_storeu_ps(out + d, _mm256_div_ps(_mm256_loadu_ps(in + d), _mm256_set1_ps(divisor)));
    }
}

static const attention_level LEVEL = {
    .kernels = {attend_1, attend_2, attend_3, attend_4, attend_5, attend_6},
    .n_queries = QUERIES,
    .rounding = {max_of, round_codes},
    .merge = merge,
    .divide = divide,
};

void avx2_attention(const attention_args *a)
{
    attention_walk(a, &LEVEL);
}

void avx2_attention_split(const attention_args *a, size_t begin, size_t end)
{
    attention_walk_split(a, &LEVEL, begin, end);
}

void avx2_attention_join(const attention_args *a)
{
    attention_walk_join(a, &LEVEL);
}
