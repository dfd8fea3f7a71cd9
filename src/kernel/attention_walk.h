/*
 * attention_walk.h - in which order a level visits tokens, queries and key blocks. For the attention
 * files of the levels; the definition is in ref/ref_attention.c.
 *
 * Four tokens' queries of the group are taken together, up to ATTENTION_QUERIES of them by one call
 * of the level's kernel, so that a key or value is read and converted once for all. Where a block is
 * not complete for all four tokens, they are done one after the other: a key past a token's end is
 * never touched.
 */
#ifndef HUIS_KERNEL_ATTENTION_WALK_H
#define HUIS_KERNEL_ATTENTION_WALK_H

#include <math.h>
#include <string.h>

#include "kernel/kernel.h"

enum { ATTENTION_TOKENS = 4, ATTENTION_QUERIES = 6 };

typedef struct attention_query {
    const float *q; /* [head_dim] */
    float *out;     /* [head_dim], in the caller's array */
    float *p;       /* [KERNEL_KEY_BLOCK] scores, then weights */
    float max, weight, correction;
} attention_query;

/* Adds keys [first_key, first_key + n_keys) of one block to some queries. */
typedef void (*attention_kernel)(const attention_args *a, attention_query *queries,
                                 size_t first_key, size_t n_keys);

/* kernels[i] takes i + 1 queries. */
static inline void attention_walk_queries(const attention_args *a, attention_query *queries,
                                          size_t n, size_t first_key, size_t n_keys,
                                          const attention_kernel kernels[ATTENTION_QUERIES])
{
    while (n > 0) {
        /* 7 queries are 4 + 3, not 6 + 1. */
        const size_t n_passes = (n + ATTENTION_QUERIES - 1) / ATTENTION_QUERIES;
        const size_t now = (n + n_passes - 1) / n_passes;
        kernels[now - 1](a, queries, first_key, n_keys);
        queries += now;
        n -= now;
    }
}

/* Tokens [token, token + n_tokens) of the call. */
static inline void attention_walk_blocks(const attention_args *a, size_t token, size_t n_tokens,
                                         attention_query *queries,
                                         const attention_kernel kernels[ATTENTION_QUERIES])
{
    const size_t position = a->first_position + token;
    for (size_t b = 0; b < position + n_tokens; b += KERNEL_KEY_BLOCK) {
        if (b + KERNEL_KEY_BLOCK <= position + 1) {
            attention_walk_queries(a, queries, n_tokens * a->n_group, b, KERNEL_KEY_BLOCK, kernels);
            continue;
        }
        for (size_t t = 0; t < n_tokens; t++) {
            const size_t end = position + t + 1;
            const size_t left = end > b ? end - b : 0;
            if (left > 0) {
                attention_walk_queries(a, queries + t * a->n_group, a->n_group, b,
                                       left < KERNEL_KEY_BLOCK ? left : KERNEL_KEY_BLOCK, kernels);
            }
        }
    }
}

/* The whole op; `finish` divides a query's output by its weight. */
static inline void attention_walk(const attention_args *a,
                                  const attention_kernel kernels[ATTENTION_QUERIES],
                                  void (*finish)(const attention_args *, const attention_query *))
{
    /* Scratch: 64 weights per query, then the queries themselves. */
    float *const weights = a->scratch;
    attention_query *const queries =
        (void *)(weights + ATTENTION_TOKENS * a->n_group * KERNEL_KEY_BLOCK);
    for (size_t token = 0; token < a->n_tokens; token += ATTENTION_TOKENS) {
        const size_t left = a->n_tokens - token;
        const size_t n_tokens = left < ATTENTION_TOKENS ? left : ATTENTION_TOKENS;
        const size_t n_queries = n_tokens * a->n_group;
        for (size_t i = 0; i < n_queries; i++) {
            const size_t t = token + i / a->n_group;
            const size_t head = i % a->n_group * a->head_dim;
            queries[i] = (attention_query){
                .q = a->q + t * a->q_stride + head,
                .out = a->out + t * a->out_stride + head,
                .p = weights + i * KERNEL_KEY_BLOCK,
                .max = -INFINITY,
            };
            memset(queries[i].out, 0, a->head_dim * sizeof(float));
        }
        attention_walk_blocks(a, token, n_tokens, queries, kernels);
        for (size_t i = 0; i < n_queries; i++) {
            finish(a, &queries[i]);
        }
    }
}

#endif
