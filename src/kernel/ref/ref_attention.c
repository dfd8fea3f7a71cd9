/*
 * ref_attention.c - the definition of attention over the f16 cache.
 *
 * For one query and each block of 64 keys (fewer in the last), with the running maximum m (from
 * -infinity), weight l and output o (from 0):
 *
 *     s_j = (fma chain over d of q_d k_jd) scale      m' = max(m, max_j s_j)   c = e^(m - m')
 *     p_j = e^(s_j - m')                              l = fma(l, c, sum_j p_j)  (16 partial sums)
 *     o_d = o_d c, then o_d = fma(p_j, v_jd, o_d) for every j in order
 *
 * and at the end o_d / l (Milakov and Gimelshein 2018; Dao et al. 2022).
 */
#include <math.h>
#include <string.h>

#include "kernel/exp.h"
#include "kernel/ref/ref.h"

typedef struct query_state {
    float max;
    float weight;
} query_state;

void ref_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                  uint16_t *k_cache, uint16_t *v_cache)
{
    const size_t panel = position / KERNEL_KEY_PANEL;
    const size_t lane = position % KERNEL_KEY_PANEL;
    uint16_t *const k_panel = k_cache + panel * head_dim * KERNEL_KEY_PANEL;
    uint16_t *const v_row = v_cache + position * head_dim;
    for (size_t d = 0; d < head_dim; d++) {
        k_panel[d * KERNEL_KEY_PANEL + lane] = tensor_float_to_half(k[d]);
        v_row[d] = tensor_float_to_half(v[d]);
    }
}

size_t kernel_attention_scratch_floats(size_t n_group, size_t head_dim)
{
    /* Up to four tokens of the group: scores, output, maximum and weight; one block of keys and
     * values as floats. */
    const size_t n_queries = 4 * n_group;
    return n_queries * (KERNEL_KEY_BLOCK + head_dim + 32) + 2 * KERNEL_KEY_BLOCK * head_dim + 64;
}

static float score(const attention_args *a, const float *q, size_t position)
{
    const uint16_t *const panel =
        a->k + position / KERNEL_KEY_PANEL * a->head_dim * KERNEL_KEY_PANEL;
    float acc = 0.0f;
    for (size_t d = 0; d < a->head_dim; d++) {
        const uint16_t half = panel[d * KERNEL_KEY_PANEL + position % KERNEL_KEY_PANEL];
        acc = fmaf(q[d], tensor_half_to_float(half), acc);
    }
    return acc * a->scale;
}

static void add_key_block(const attention_args *a, const float *q, size_t first, size_t n_keys,
                          query_state *state, float *out)
{
    float p[KERNEL_KEY_BLOCK];
    float max = state->max;
    for (size_t j = 0; j < n_keys; j++) {
        p[j] = score(a, q, first + j);
        max = p[j] > max ? p[j] : max;
    }
    const float correction = exp_reference(state->max - max);
    float partial[16] = {0};
    for (size_t j = 0; j < n_keys; j++) {
        p[j] = exp_reference(p[j] - max);
        partial[j % 16] += p[j];
    }
    state->max = max;
    state->weight = fmaf(state->weight, correction, ref_reduce(partial));
    for (size_t d = 0; d < a->head_dim; d++) {
        float acc = out[d] * correction;
        for (size_t j = 0; j < n_keys; j++) {
            acc = fmaf(p[j], tensor_half_to_float(a->v[(first + j) * a->head_dim + d]), acc);
        }
        out[d] = acc;
    }
}

void ref_attention(const attention_args *a)
{
    for (size_t t = 0; t < a->n_tokens; t++) {
        const size_t n_keys = a->first_position + t + 1;
        for (size_t h = 0; h < a->n_group; h++) {
            const float *const q = a->q + t * a->q_stride + h * a->head_dim;
            float *const out = a->out + t * a->out_stride + h * a->head_dim;
            query_state state = {-INFINITY, 0.0f};
            memset(out, 0, a->head_dim * sizeof(*out));
            for (size_t b = 0; b < n_keys; b += KERNEL_KEY_BLOCK) {
                const size_t left = n_keys - b;
                add_key_block(a, q, b, left < KERNEL_KEY_BLOCK ? left : KERNEL_KEY_BLOCK, &state,
                              out);
            }
            for (size_t d = 0; d < a->head_dim; d++) {
                out[d] /= state.weight;
            }
        }
    }
}
