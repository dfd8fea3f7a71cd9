/*
 * avx2_float.c - products with float weights (F32, F16, BF16): one fmaf chain over k per output, as
 * the definition asks. For one token four panels run side by side to hide the latency.
 */
#include <immintrin.h>

#include "kernel/float_walk.h"
#include "kernel/x86/avx2.h"

/* Element k of rows 8 half ... 8 half + 7. */
ALWAYS_INLINE __m256 load_weights(panel_codes codes, const uint8_t *panel, size_t k, int half)
{
    if (codes == CODES_F32) {
        return _mm256_loadu_ps((const void *)(panel + k * 64 + (size_t)half * 32));
    }
    const __m128i halves = _mm_loadu_si128((const void *)(panel + k * 32 + (size_t)half * 16));
    if (codes == CODES_F16) {
        return _mm256_cvtph_ps(halves);
    }
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16));
}

static void store(const float_job *j, size_t i_panel, size_t token, __m256 low, __m256 high)
{
    float sums[KERNEL_PANEL_ROWS];
    _mm256_storeu_ps(sums, low);
    _mm256_storeu_ps(sums + 8, high);
    float_store(j, i_panel, token, sums);
}

/* n_panels panels from `panel`, n tokens from `token` (constants). */
ALWAYS_INLINE void multiply(panel_codes codes, int n_panels, int n, const float_job *j,
                            size_t panel, size_t token)
{
    const uint8_t *const p = j->w->data + panel * j->w->panel_bytes;
    const float *const x = j->x->x + token * j->x->x_stride;
    __m256 sums[FLOAT_PANELS * FLOAT_COLUMNS][2];
#pragma GCC unroll 4
    for (int i = 0; i < n_panels * n; i++) {
        sums[i][0] = _mm256_setzero_ps();
        sums[i][1] = _mm256_setzero_ps();
    }
    for (size_t k = 0; k < j->w->n_cols; k++) {
#pragma GCC unroll 4
        for (int i = 0; i < n_panels; i++) {
            const uint8_t *const from = p + (size_t)i * j->w->panel_bytes;
            const __m256 w0 = load_weights(codes, from, k, 0);
            const __m256 w1 = load_weights(codes, from, k, 1);
#pragma GCC unroll 4
            for (int t = 0; t < n; t++) {
                const __m256 value = _mm256_set1_ps(x[(size_t)t * j->x->x_stride + k]);
                sums[i * n + t][0] = _mm256_fmadd_ps(w0, value, sums[i * n + t][0]);
                sums[i * n + t][1] = _mm256_fmadd_ps(w1, value, sums[i * n + t][1]);
            }
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < n_panels * n; i++) {
        store(j, panel + (size_t)(i / n), token + (size_t)(i % n), sums[i][0], sums[i][1]);
    }
}

FLOAT_MATMUL(avx2_matmul_float, float_walk)
