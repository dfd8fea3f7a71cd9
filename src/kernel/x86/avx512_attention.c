/*
 * avx512_attention.c - attention over the f16 cache; the definition is in ref/ref_attention.c.
 *
 * For a block of 64 keys: scores of six queries x 64 keys stay in registers while the dimensions run
 * (lanes are keys), then the softmax, then six queries x 64 dimensions of the output while the keys
 * run (lanes are dimensions). So each key and value is converted once per six queries.
 */
#include <immintrin.h>
#include <math.h>

#include "kernel/attention_walk.h"
#include "kernel/x86/avx512.h"
#include "kernel/x86/avx512_vector.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

enum { QUERIES = ATTENTION_QUERIES, KEY_VECTORS = KERNEL_KEY_BLOCK / 16 };

void avx512_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                     uint16_t *k_cache, uint16_t *v_cache)
{
    uint16_t *const panel = k_cache + position / KERNEL_KEY_PANEL * head_dim * KERNEL_KEY_PANEL +
                            position % KERNEL_KEY_PANEL;
    uint16_t *const row = v_cache + position * head_dim;
    for (size_t d = 0; d < head_dim; d += 16) {
        uint16_t halves[16];
        const __m256i keys =
            _mm512_cvtps_ph(_mm512_loadu_ps(k + d), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        const __m256i values =
            _mm512_cvtps_ph(_mm512_loadu_ps(v + d), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm256_storeu_si256((void *)halves, keys);
        _mm256_storeu_si256((void *)(row + d), values);
        for (size_t i = 0; i < 16; i++) {
            panel[(d + i) * KERNEL_KEY_PANEL] = halves[i];
        }
    }
}

ALWAYS_INLINE __m512 load_halves(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const void *)p));
}

/* Scores of n queries (a constant) with n_vectors x 16 keys (a constant), keys from `k`. */
ALWAYS_INLINE void score_keys(const attention_args *a, attention_query *queries, int n,
                              int n_vectors, const uint16_t *k, size_t first_vector)
{
    const size_t panel = a->head_dim * KERNEL_KEY_PANEL;
    __m512 acc[QUERIES * KEY_VECTORS];
#pragma GCC unroll 24
    for (int i = 0; i < n * n_vectors; i++) {
        acc[i] = _mm512_setzero_ps();
    }
    for (size_t d = 0; d < a->head_dim; d++) {
        __m512 keys[KEY_VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++) {
            keys[v] = load_halves(k + (size_t)v * panel + d * KERNEL_KEY_PANEL);
        }
#pragma GCC unroll 6
        for (int i = 0; i < n; i++) {
            const __m512 q = _mm512_set1_ps(queries[i].q[d]);
#pragma GCC unroll 4
            for (int v = 0; v < n_vectors; v++) {
                acc[i * n_vectors + v] = _mm512_fmadd_ps(q, keys[v], acc[i * n_vectors + v]);
            }
        }
    }
    const __m512 scale = _mm512_set1_ps(a->scale);
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
#pragma GCC unroll 4
        for (int v = 0; v < n_vectors; v++) {
            _mm512_store_ps(queries[i].p + 16 * (first_vector + (size_t)v),
                            _mm512_mul_ps(acc[i * n_vectors + v], scale));
        }
    }
}

ALWAYS_INLINE void score_block(const attention_args *a, attention_query *queries, int n,
                               size_t first_key, size_t n_keys)
{
    const uint16_t *const k = a->k + first_key * a->head_dim;
    const size_t n_vectors = (n_keys + 15) / 16;
    if (n_vectors == KEY_VECTORS) {
        score_keys(a, queries, n, KEY_VECTORS, k, 0);
        return;
    }
    for (size_t v = 0; v < n_vectors; v++) {
        score_keys(a, queries, n, 1, k + v * a->head_dim * KERNEL_KEY_PANEL, v);
    }
}

/* Turns scores into weights and updates maximum, weight and correction. */
static void soften(attention_query *x, size_t n_keys)
{
    __m512 s[KEY_VECTORS];
    __m512 max = _mm512_set1_ps(x->max);
    const __m512 low = _mm512_set1_ps(-INFINITY);
    const int n_vectors = (int)((n_keys + 15) / 16);
    for (int v = 0; v < n_vectors; v++) {
        const __mmask16 keys = lanes_from(16 * (size_t)v, n_keys);
        s[v] = _mm512_mask_loadu_ps(low, keys, x->p + 16 * v);
        max = _mm512_max_ps(max, s[v]);
    }
    const float new_max = _mm512_reduce_max_ps(max);
    const __m512 subtract = _mm512_set1_ps(new_max);
    __m512 sum = _mm512_setzero_ps();
    for (int v = 0; v < n_vectors; v++) {
        const __m512 p = exp_lanes(_mm512_sub_ps(s[v], subtract));
        sum = _mm512_add_ps(sum, p);
        _mm512_store_ps(x->p + 16 * v, p);
    }
    const __m512 correction = exp_lanes(_mm512_set1_ps(x->max - new_max));
    x->correction = _mm512_cvtss_f32(correction);
    x->weight = fmaf(x->weight, x->correction, sum_lanes(sum));
    x->max = new_max;
}

/* n_vectors x 16 dimensions (a constant) of n queries' output (a constant), from dimension d. */
ALWAYS_INLINE void add_values(const attention_args *a, attention_query *queries, int n,
                              int n_vectors, const uint16_t *v, size_t n_keys, size_t d)
{
    __m512 acc[QUERIES * 4];
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
        const __m512 correction = _mm512_set1_ps(queries[i].correction);
#pragma GCC unroll 4
        for (int j = 0; j < n_vectors; j++) {
            acc[i * n_vectors + j] =
                _mm512_mul_ps(_mm512_loadu_ps(queries[i].out + d + 16 * j), correction);
        }
    }
    for (size_t key = 0; key < n_keys; key++) {
        __m512 values[4];
#pragma GCC unroll 4
        for (int j = 0; j < n_vectors; j++) {
            values[j] = load_halves(v + key * a->head_dim + d + 16 * (size_t)j);
        }
#pragma GCC unroll 6
        for (int i = 0; i < n; i++) {
            const __m512 p = _mm512_set1_ps(queries[i].p[key]);
#pragma GCC unroll 4
            for (int j = 0; j < n_vectors; j++) {
                acc[i * n_vectors + j] = _mm512_fmadd_ps(p, values[j], acc[i * n_vectors + j]);
            }
        }
    }
#pragma GCC unroll 6
    for (int i = 0; i < n; i++) {
#pragma GCC unroll 4
        for (int j = 0; j < n_vectors; j++) {
            _mm512_storeu_ps(queries[i].out + d + 16 * j, acc[i * n_vectors + j]);
        }
    }
}

ALWAYS_INLINE void attend(const attention_args *a, attention_query *queries, int n,
                          size_t first_key, size_t n_keys)
{
    const uint16_t *const v = a->v + first_key * a->head_dim;
    score_block(a, queries, n, first_key, n_keys);
    for (int i = 0; i < n; i++) {
        soften(&queries[i], n_keys);
    }
    size_t d = 0;
    for (; d + 64 <= a->head_dim; d += 64) {
        add_values(a, queries, n, 4, v, n_keys, d);
    }
    for (; d < a->head_dim; d += 16) {
        add_values(a, queries, n, 1, v, n_keys, d);
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
    const __m512 weight = _mm512_set1_ps(x->weight);
    for (size_t d = 0; d < a->head_dim; d += 16) {
        _mm512_storeu_ps(x->out + d, _mm512_div_ps(_mm512_loadu_ps(x->out + d), weight));
    }
}

void avx512_attention(const attention_args *a)
{
    static const attention_kernel KERNELS[ATTENTION_QUERIES] = {attend_1, attend_2, attend_3,
                                                                attend_4, attend_5, attend_6};
    attention_walk(a, KERNELS, finish);
}
