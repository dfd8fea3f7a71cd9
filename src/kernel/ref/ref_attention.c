/*
 * ref_attention.c - the definition of the KV cache's codes and of attention over them.
 *
 * Keys and queries are codes with a float scale each, values codes with a power of two (kv_panel.h).
 * For one query and each block of 128 keys (fewer in the last), all in base 2:
 *
 *     t_j = fma(float(sum_d q_d k_jd) f, scale_j, e_j)        f = scale_q / sqrt(head_dim) log2 e
 *     m_b = max_j t_j      w_j = 2^(t_j - m_b)                l_b = fma chain of w_j 2^-e_j
 *     p_j = w_j KV_WEIGHT_MAX, rounded                        o_b = float(sum_j p_j v_jd)
 *
 * with 16 partial sums for l_b. Adding e_j to a score multiplies the weight by its value's scale: the
 * integer sums need no other. Blocks are merged in order, from m = -infinity, l = o = 0:
 *
 *     m' = max(m, m_b)     l = fma(l, 2^(m - m'), l_b 2^(m_b - m'))     o likewise     m = m'
 *
 * and at the end o_d / (KV_WEIGHT_MAX l) (Milakov and Gimelshein 2018; Dao et al. 2022).
 */
#include <math.h>
#include <string.h>

#include "kernel/exp.h"
#include "kernel/kv_panel.h"
#include "kernel/ref/ref.h"

typedef struct query_codes {
    int16_t codes[KV_HEAD_DIM_MAX];
    float factor; /* of an integer score, in base 2 */
} query_codes;

static float max_of(const float *x, size_t n)
{
    float max = 0.0f;
    for (size_t i = 0; i < n; i++) {
        max = fmaxf(max, fabsf(x[i]));
    }
    return max;
}

static void round_codes(const float *x, size_t n, float inverse, int16_t *codes)
{
    for (size_t i = 0; i < n; i++) {
        codes[i] = (int16_t)rintf(x[i] * inverse);
    }
}

static const kv_rounding ROUNDING = {max_of, round_codes};

void ref_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                  unsigned char *kv)
{
    kv_store_token(&ROUNDING, k, v, head_dim, position, kv);
}

static int code_at(const unsigned char *p)
{
    int16_t code = 0;
    memcpy(&code, p, sizeof(code));
    return code;
}

static float scale_at(const attention_args *a, size_t position, size_t which)
{
    float scale = 0.0f;
    memcpy(&scale,
           a->kv + kv_panel_at(a->head_dim, position) + kv_scales_at(a->head_dim) +
               which * KV_VECTOR_BYTES + position % KERNEL_KEY_PANEL * 4,
           sizeof(scale));
    return scale;
}

static float score(const attention_args *a, const query_codes *q, size_t position)
{
    const unsigned char *const k =
        a->kv + kv_panel_at(a->head_dim, position) + position % KERNEL_KEY_PANEL * 4;
    int32_t sum = 0;
    for (size_t d = 0; d < a->head_dim; d++) {
        sum += q->codes[d] * code_at(k + d / 2 * KV_VECTOR_BYTES + d % 2 * 2);
    }
    return fmaf((float)sum * q->factor, scale_at(a, position, 0), scale_at(a, position, 1));
}

/* Code of dimension d of the value at a position. */
static int value_at(const attention_args *a, size_t position, size_t d)
{
    const size_t key = position % KERNEL_KEY_PANEL;
    return code_at(a->kv + kv_panel_at(a->head_dim, position) + kv_values_at(a->head_dim) +
                   (key / 2 * a->head_dim + d) * 4 + key % 2 * 2);
}

/* Keys [first, first + n_keys) of one block: part = o_b, m_b, l_b. */
static void compute_part(const attention_args *a, const query_codes *q, size_t first, size_t n_keys,
                         float *part)
{
    float w[KERNEL_KEY_BLOCK];
    int p[KERNEL_KEY_BLOCK];
    float max = -INFINITY;
    for (size_t j = 0; j < n_keys; j++) {
        w[j] = score(a, q, first + j);
        max = w[j] > max ? w[j] : max;
    }
    float partial[16] = {0};
    for (size_t j = 0; j < n_keys; j++) {
        w[j] = exp2_reference(w[j] - max);
        partial[j % 16] = fmaf(w[j], scale_at(a, first + j, 2), partial[j % 16]);
        p[j] = w[j] > 0.0f ? (int)rintf(w[j] * (float)KV_WEIGHT_MAX) : 0;
    }
    for (size_t d = 0; d < a->head_dim; d++) {
        int32_t sum = 0;
        for (size_t j = 0; j < n_keys; j++) {
            sum += p[j] * value_at(a, first + j, d);
        }
        part[d] = (float)sum;
    }
    part[a->head_dim] = max;
    part[a->head_dim + 1] = ref_reduce(partial);
}

/* state: o, m, l like a part. */
static void merge(float *state, const float *part, size_t head_dim)
{
    float *const max = &state[head_dim];
    float *const weight = &state[head_dim + 1];
    const float new_max = fmaxf(*max, part[head_dim]);
    const float keep = exp2_reference(*max - new_max);
    const float add = exp2_reference(part[head_dim] - new_max);
    for (size_t d = 0; d < head_dim; d++) {
        state[d] = fmaf(state[d], keep, part[d] * add);
    }
    *weight = fmaf(*weight, keep, part[head_dim + 1] * add);
    *max = new_max;
}

static void begin_query(const attention_args *a, size_t token, size_t head, query_codes *q)
{
    const float *const x = a->q + token * a->q_stride + head * a->head_dim;
    const float scale = kv_to_codes(&ROUNDING, x, a->head_dim, kv_query_max(a->head_dim), q->codes);
    q->factor = scale * (a->scale * KV_LOG2E);
}

static void begin_state(const attention_args *a, float *state)
{
    memset(state, 0, kernel_attention_part_floats(a->head_dim) * sizeof(*state));
    state[a->head_dim] = -INFINITY;
}

static void finish(const attention_args *a, size_t token, size_t head, const float *state)
{
    float *const out = a->out + token * a->out_stride + head * a->head_dim;
    const float weight = state[a->head_dim + 1] * (float)KV_WEIGHT_MAX;
    for (size_t d = 0; d < a->head_dim; d++) {
        out[d] = state[d] / weight;
    }
}

static size_t keys_of(size_t n_keys, size_t block)
{
    const size_t left = n_keys - block * KERNEL_KEY_BLOCK;
    return left < KERNEL_KEY_BLOCK ? left : KERNEL_KEY_BLOCK;
}

static size_t n_blocks_of(size_t n_keys)
{
    return (n_keys + KERNEL_KEY_BLOCK - 1) / KERNEL_KEY_BLOCK;
}

static float *part_at(const attention_args *a, size_t token, size_t head, size_t block)
{
    return a->parts + ((token * a->n_group + head) * a->n_blocks_max + block) *
                          kernel_attention_part_floats(a->head_dim);
}

void ref_attention(const attention_args *a)
{
    float *const state = a->scratch;
    float *const part = state + kernel_attention_part_floats(a->head_dim);
    query_codes q;
    for (size_t i = 0; i < a->n_tokens * a->n_group; i++) {
        const size_t token = i / a->n_group;
        const size_t head = i % a->n_group;
        const size_t n_keys = a->first_position + token + 1;
        begin_query(a, token, head, &q);
        begin_state(a, state);
        for (size_t b = 0; b < n_blocks_of(n_keys); b++) {
            compute_part(a, &q, b * KERNEL_KEY_BLOCK, keys_of(n_keys, b), part);
            merge(state, part, a->head_dim);
        }
        finish(a, token, head, state);
    }
}

void ref_attention_split(const attention_args *a, size_t begin, size_t end)
{
    query_codes q;
    for (size_t i = 0; i < a->n_tokens * a->n_group; i++) {
        const size_t token = i / a->n_group;
        const size_t head = i % a->n_group;
        const size_t n_keys = a->first_position + token + 1;
        begin_query(a, token, head, &q);
        for (size_t b = begin; b < end && b < n_blocks_of(n_keys); b++) {
            compute_part(a, &q, b * KERNEL_KEY_BLOCK, keys_of(n_keys, b),
                         part_at(a, token, head, b));
        }
    }
}

void ref_attention_join(const attention_args *a)
{
    float *const state = a->scratch;
    for (size_t i = 0; i < a->n_tokens * a->n_group; i++) {
        const size_t token = i / a->n_group;
        const size_t head = i % a->n_group;
        begin_state(a, state);
        for (size_t b = 0; b < n_blocks_of(a->first_position + token + 1); b++) {
            merge(state, part_at(a, token, head, b), a->head_dim);
        }
        finish(a, token, head, state);
    }
}
