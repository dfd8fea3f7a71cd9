/*
 * head.h - from the last row of the residual stream to logits: all of them, or the best few.
 *
 * The head is the largest matrix: a row for each of up to 150,000 tokens, a third of the bytes of a
 * small model. Greedy decoding wants one of them. Two stages find the best k exactly: a coarse copy
 * of the head (engine/coarse.h) gives each logit within a bound; the k that look best are computed
 * exactly, and so is every row that can still be among the best k. The results are the bits of the
 * whole product, because the same kernels compute them. Where the bounds leave too many rows the
 * whole product is made, and the first stage left out for some tokens.
 */
#ifndef HUIS_ENGINE_HEAD_H
#define HUIS_ENGINE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pool.h"
#include "engine/coarse.h"
#include "engine/engine.h"
#include "engine/sparse.h"
#include "huis/error.h"
#include "kernel/kernel.h"

/* What it is made of; all of it outlives the head. */
typedef struct head_parts {
    const kernel_ops *ops;
    pool *team;
    const float *norm; /* [n_cols]: RMS norm before the product */
    float epsilon;
    const packed_matrix *exact;
    const coarse_matrix *coarse; /* panels.data NULL: one stage */
    const sparse_part *part;     /* of `exact`: its file, for single panels; NULL: none */
} head_parts;

/* The best so far, in order. */
typedef struct head_list {
    uint32_t n;
    engine_candidate best[ENGINE_TOP_MAX];
} head_list;

typedef struct head_thread {
    float *row;           // [n_cols]: normalised
    float *estimate;      // [HEAD_UNIT_PANELS * KERNEL_PANEL_ROWS]
    unsigned char *panel; // [panel_bytes]: one that was read
    activations x;
    head_list list;
} head_thread;

enum { HEAD_UNIT_PANELS = 64 };

typedef struct head {
    head_parts parts;
    head_thread *threads;          /* [pool_n_threads] */
    float *upper;                  // [n_panels]: no logit of the panel is larger
    uint32_t skip_left;            /* tokens without a first stage, because it did not pay */
    uint32_t skip_next;            /* how many it will be the next time */
    uint64_t n_two_stage, n_whole; /* for tests and measurements */
} head;

int head_init(head *h, const head_parts *parts, huis_error *err);
void head_deinit(head *h);
/* All logits [n_rows] of `row` [n_cols], which is before the norm. `alone`: on this thread. */
void head_logits(head *h, const float *row, bool alone, float *out_logits);
/* The best n (1 to ENGINE_TOP_MAX). Either by two stages, or all: *out_has_logits says that
 * `logits` [n_rows] was written. */
uint32_t head_top(head *h, const float *row, bool alone, engine_candidate *out, uint32_t n,
                  float *logits, bool *out_has_logits);
/* The best n of logits that are there. */
uint32_t head_top_of(const float *logits, size_t n_logits, engine_candidate *out, uint32_t n);

#endif
