/*
 * avx2_attention.c - attention over the f16 cache; the definition is in ref/ref_attention.c.
 *
 * Six queries x 16 keys of scores stay in registers while the dimensions run (lanes are keys), then
 * the softmax, then six queries x 16 dimensions of the output while the keys run.
 */
#include <immintrin.h>
#include <math.h>

#include "kernel/attention_walk.h"
#include "kernel/x86/avx2.h"
#include "kernel/x86/avx2_vector.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { QUERIES = ATTENTION_QUERIES, KEY_VECTORS = KERNEL_KEY_BLOCK / 8 };

void avx2_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                   uint16_t *k_cache, uint16_t *v_cache)
{
    uint16_t *const panel = k_cache + position / KERNEL_KEY_PANEL * head_dim * KERNEL_KEY_PANEL +
                            position % KERNEL_KEY_PANEL;
    uint16_t *const row = v_cache + position * head_dim;
    for (size_t d = 0; d < head_dim; d += 8) {
        uint16_t halves[8];
        const __m128i keys = _mm256_cvtps_ph(_mm256_loadu_ps(k + d), _MM_FROUND_TO_NEAREST_INT);
        const __m128i values = _mm256_cvtps_ph(_mm256_loadu_ps(v + d), _MM_FROUND_TO_NEAREST_INT);
        _mm_storeu_si128((void *)halves, keys);
        _mm_storeu_si128((void *)(row + d), values);
        for (size_t i = 0; i < 8; i++) {
            panel[(d + i) * KERNEL_KEY_PANEL] = halves[i];
        }
    }
}

ALWAYS_INLINE __m256 load_halves(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const void *)p));
}

/* Scores of n queries (a constant) with the 16 keys of the panel at k, to p[first_key]. */
ALWAYS_INLINE void score_panel(const attention_args *a, attention_query *queries, int n,
                               const uint16_t *k, size_t first_key)
{
    __m256 acc[QUERIES][2];
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        acc[i][0] = _mm256_setzero_ps();
        acc[i][1] = _mm256_setzero_ps();
    }
    for (size_t d = 0; d < a->head_dim; d++) {
        const __m256 low = load_halves(k + d * KERNEL_KEY_PANEL);
        const __m256 high = load_halves(k + d * KERNEL_KEY_PANEL + 8);
#pragma GCC unroll 6
        for (int i = 0; i < n; i++) {
            const __m256 q = _mm256_set1_ps(queries[i].q[d]);
            acc[i][0] = _mm256_fmadd_ps(q, low, acc[i][0]);
            acc[i][1] = _mm256_fmadd_ps(q, high, acc[i][1]);
        }
    }
    const __m256 scale = _mm256_set1_ps(a->scale);
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        _mm256_store_ps(queries[i].p + first_key, _mm256_mul_ps(acc[i][0], scale));
        _mm256_store_ps(queries[i].p + first_key + 8, _mm256_mul_ps(acc[i][1], scale));
    }
}

/* Turns scores into weights and updates maximum, weight and correction. */
static void soften(attention_query *x, size_t n_keys)
{
    __m256 s[KEY_VECTORS];
    __m256 max = _mm256_set1_ps(x->max);
    const __m256 low = _mm256_set1_ps(-INFINITY);
    const int n_vectors = (int)((n_keys + 15) / 16) * 2;
    for (int v = 0; v < n_vectors; v++) {
        const __m256 keys = _mm256_castsi256_ps(lanes_from(8 * (size_t)v, n_keys));
        s[v] = _mm256_blendv_ps(low, _mm256_load_ps(x->p + 8 * v), keys);
        max = _mm256_max_ps(max, s[v]);
    }
    const float new_max = max_lanes(max);
    const __m256 subtract = _mm256_set1_ps(new_max);
    __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    for (int v = 0; v < n_vectors; v++) {
        const __m256 p = exp_lanes(_mm256_sub_ps(s[v], subtract));
        sums[v % 2] = _mm256_add_ps(sums[v % 2], p);
        _mm256_store_ps(x->p + 8 * v, p);
    }
    x->correction = _mm256_cvtss_f32(exp_lanes(_mm256_set1_ps(x->max - new_max)));
    x->weight = fmaf(x->weight, x->correction, sum_lanes(sums[0], sums[1]));
    x->max = new_max;
}

/* 16 dimensions of n queries' output (a constant), from dimension d. */
ALWAYS_INLINE void add_values(const attention_args *a, attention_query *queries, int n,
                              const uint16_t *v, size_t n_keys, size_t d)
{
    __m256 acc[QUERIES][2];
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        const __m256 correction = _mm256_set1_ps(queries[i].correction);
        acc[i][0] = _mm256_mul_ps(_mm256_loadu_ps(queries[i].out + d), correction);
        acc[i][1] = _mm256_mul_ps(_mm256_loadu_ps(queries[i].out + d + 8), correction);
    }
    for (size_t key = 0; key < n_keys; key++) {
        const __m256 low = load_halves(v + key * a->head_dim + d);
        const __m256 high = load_halves(v + key * a->head_dim + d + 8);
#pragma GCC unroll 6
        for (int i = 0; i < n; i++) {
            const __m256 p = _mm256_set1_ps(queries[i].p[key]);
            acc[i][0] = _mm256_fmadd_ps(p, low, acc[i][0]);
            acc[i][1] = _mm256_fmadd_ps(p, high, acc[i][1]);
        }
    }
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        _mm256_storeu_ps(queries[i].out + d, acc[i][0]);
        _mm256_storeu_ps(queries[i].out + d + 8, acc[i][1]);
    }
}

ALWAYS_INLINE void attend(const attention_args *a, attention_query *queries, int n,
                          size_t first_key, size_t n_keys)
{
    const uint16_t *const k = a->k + first_key * a->head_dim;
    const uint16_t *const v = a->v + first_key * a->head_dim;
    for (size_t key = 0; key < n_keys; key += KERNEL_KEY_PANEL) {
        score_panel(a, queries, n, k + key * a->head_dim, key);
    }
    for (int i = 0; i < n; i++) {
        soften(&queries[i], n_keys);
    }
    for (size_t d = 0; d < a->head_dim; d += 16) {
        add_values(a, queries, n, v, n_keys, d);
    }
}

#define ATTEND(n)                                                                                  \
    static void attend_##n(const attention_args *a, attention_query *queries, size_t first_key,    \
                           size_t n_keys)                                                          \
    {                                                                                              \
        attend(a, queries, n, first_key, n_keys);                                                  \
    }

ATTEND(1)
ATTEND(2)
ATTEND(3)
ATTEND(4)
ATTEND(5)
ATTEND(6)

static void finish(const attention_args *a, const attention_query *x)
{
    const __m256 weight = _mm256_set1_ps(x->weight);
    for (size_t d = 0; d < a->head_dim; d += 8) {
        _mm256_storeu_ps(x->out + d, _mm256_div_ps(_mm256_loadu_ps(x->out + d), weight));
    }
}

void avx2_attention(const attention_args *a)
{
    static const attention_kernel KERNELS[ATTENTION_QUERIES] = {attend_1, attend_2, attend_3,
                                                                attend_4, attend_5, attend_6};
    attention_walk(a, KERNELS, finish);
}
