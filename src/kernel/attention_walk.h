/*
 * attention_walk.h - in which order a level visits tokens, queries and key blocks. For the attention
 * files of the levels; the definition is in ref/ref_attention.c.
 *
 * Four tokens' queries of the group are taken together, up to ATTENTION_QUERIES of them by one call
 * of the level's kernel, so that a key or value is read once for all. The kernel computes whole
 * panels: what a key past a token's end would say gets the weight 0.
 */
#ifndef HUIS_KERNEL_ATTENTION_WALK_H
#define HUIS_KERNEL_ATTENTION_WALK_H

#include <math.h>
#include <string.h>

#include "kernel/exp.h"
#include "kernel/kv_panel.h"

enum { ATTENTION_TOKENS = 4, ATTENTION_QUERIES = 6 };

typedef struct attention_query {
    const int16_t *codes; /* [head_dim] */
    float *out;           /* o [head_dim] */
    float factor;         /* of an integer score, in base 2 */
    float max, weight;    /* m, l */
    float keep, add;      /* what o and the block in hand are multiplied by */
    size_t n_keys;        /* that it sees, from the first of all */
} attention_query;

/* What the kernel of one block works in: rows of up to ATTENTION_QUERIES queries. */
typedef struct attention_work {
    float scores[ATTENTION_QUERIES][KERNEL_KEY_BLOCK];
    int16_t weights[ATTENTION_QUERIES][KERNEL_KEY_BLOCK];
} attention_work;

/* Adds the block at `panels`, whose first key is first_key, to some queries; n_panels of it are
 * visible to the last query. */
typedef void (*attention_kernel)(const attention_args *a, attention_query *queries,
                                 size_t first_key, size_t n_panels, attention_work *work);

typedef struct attention_level {
    attention_kernel kernels[ATTENTION_QUERIES]; /* [i]: of i + 1 queries */
    size_t n_queries;                            /* the most that it has a kernel for */
    kv_rounding rounding;
    /* out = out keep + part add */
    void (*merge)(float *out, const float *part, size_t head_dim, float keep, float add);
    /* out = in / divisor; out may be in. */
    void (*divide)(float *out, const float *in, size_t head_dim, float divisor);
} attention_level;

/* A kernel of n queries, from the level's always-inlined attend(). */
#define ATTENTION_KERNEL(n)                                                                        \
    static void attend_##n(const attention_args *a, attention_query *queries, size_t first_key,    \
                           size_t n_panels, attention_work *work)                                  \
    {                                                                                              \
        attend(a, queries, n, first_key, n_panels, work);                                          \
    }

/* Visible keys of a block. */
static inline size_t attention_keys(const attention_query *x, size_t first_key)
{
    const size_t left = x->n_keys - first_key;
    return left < KERNEL_KEY_BLOCK ? left : KERNEL_KEY_BLOCK;
}

/* Takes over maximum and weight of a block; keep and add are for its output. One of them is 1. */
static inline void attention_take(attention_query *x, float max, float weight)
{
    const float factor = exp2_reference(-fabsf(x->max - max));
    x->keep = max > x->max ? factor : 1.0f;
    x->add = max > x->max ? 1.0f : factor;
    x->weight = fmaf(x->weight, x->keep, weight * x->add);
    x->max = max > x->max ? max : x->max;
}

static inline void attention_begin(attention_query *x, float *out, size_t head_dim)
{
    x->out = out;
    x->max = -INFINITY;
    x->weight = 0.0f;
    memset(out, 0, head_dim * sizeof(*out));
}

/* Queries of which the first ones may not see the block. */
static inline void attention_walk_block(const attention_args *a, const attention_level *level,
                                        attention_query *queries, size_t n, size_t first_key)
{
    attention_work *const work = (void *)a->scratch;
    for (; n > 0 && queries->n_keys <= first_key; n--) {
        queries++;
    }
    while (n > 0) {
        /* 7 queries are 4 + 3, not 6 + 1. */
        const size_t n_passes = (n + level->n_queries - 1) / level->n_queries;
        const size_t now = (n + n_passes - 1) / n_passes;
        const size_t n_keys = attention_keys(&queries[now - 1], first_key);
        level->kernels[now - 1](a, queries, first_key,
                                (n_keys + KERNEL_KEY_PANEL - 1) / KERNEL_KEY_PANEL, work);
        queries += now;
        n -= now;
    }
}

/* The queries of up to ATTENTION_TOKENS tokens from `token` on; returns how many. */
static inline size_t attention_load(const attention_args *a, const attention_level *level,
                                    size_t token, attention_query *queries)
{
    const size_t left = a->n_tokens - token;
    const size_t n = (left < ATTENTION_TOKENS ? left : ATTENTION_TOKENS) * a->n_group;
    int16_t *const codes = (void *)(queries + ATTENTION_TOKENS * a->n_group);
    for (size_t i = 0; i < n; i++) {
        const size_t t = token + i / a->n_group;
        const float *const q = a->q + t * a->q_stride + i % a->n_group * a->head_dim;
        int16_t *const own = codes + i * a->head_dim;
        const float scale =
            kv_to_codes(&level->rounding, q, a->head_dim, kv_query_max(a->head_dim), own);
        queries[i] = (attention_query){
            .codes = own,
            .factor = scale * (a->scale * KV_LOG2E),
            .n_keys = a->first_position + t + 1,
        };
    }
    return n;
}

static inline attention_query *attention_queries(const attention_args *a)
{
    return (void *)((attention_work *)(void *)a->scratch + 1);
}

static inline float *attention_out(const attention_args *a, size_t token, size_t i)
{
    return a->out + (token + i / a->n_group) * a->out_stride + i % a->n_group * a->head_dim;
}

static inline float *attention_part(const attention_args *a, size_t token, size_t i, size_t block)
{
    return a->parts + ((token * a->n_group + i) * a->n_blocks_max + block) *
                          kernel_attention_part_floats(a->head_dim);
}

/* The ops of a level. */
static inline void attention_walk(const attention_args *a, const attention_level *level)
{
    attention_query *const queries = attention_queries(a);
    for (size_t token = 0; token < a->n_tokens; token += ATTENTION_TOKENS) {
        const size_t n = attention_load(a, level, token, queries);
        for (size_t i = 0; i < n; i++) {
            attention_begin(&queries[i], attention_out(a, token, i), a->head_dim);
        }
        for (size_t b = 0; b < queries[n - 1].n_keys; b += KERNEL_KEY_BLOCK) {
            attention_walk_block(a, level, queries, n, b);
        }
        for (size_t i = 0; i < n; i++) {
            level->divide(queries[i].out, queries[i].out, a->head_dim,
                          queries[i].weight * (float)KV_WEIGHT_MAX);
        }
    }
}

static inline void attention_walk_split(const attention_args *a, const attention_level *level,
                                        size_t begin, size_t end)
{
    attention_query *const queries = attention_queries(a);
    for (size_t token = 0; token < a->n_tokens; token += ATTENTION_TOKENS) {
        const size_t n = attention_load(a, level, token, queries);
        for (size_t b = begin; b < end && b * KERNEL_KEY_BLOCK < queries[n - 1].n_keys; b++) {
            for (size_t i = 0; i < n; i++) {
                attention_begin(&queries[i], attention_part(a, token, i, b), a->head_dim);
            }
            attention_walk_block(a, level, queries, n, b * KERNEL_KEY_BLOCK);
            for (size_t i = 0; i < n; i++) {
                queries[i].out[a->head_dim] = queries[i].max;
                queries[i].out[a->head_dim + 1] = queries[i].weight;
            }
        }
    }
}

static inline void attention_walk_join(const attention_args *a, const attention_level *level)
{
    for (size_t i = 0; i < a->n_tokens * a->n_group; i++) {
        const size_t n_keys = a->first_position + i / a->n_group + 1;
        attention_query x;
        attention_begin(&x, attention_out(a, 0, i), a->head_dim);
        for (size_t b = 0; b * KERNEL_KEY_BLOCK < n_keys; b++) {
            const float *const part = attention_part(a, 0, i, b);
            attention_take(&x, part[a->head_dim], part[a->head_dim + 1]);
            level->merge(x.out, part, a->head_dim, x.keep, x.add);
        }
        level->divide(x.out, x.out, a->head_dim, x.weight * (float)KV_WEIGHT_MAX);
    }
}

#endif
