/*
 * plan.h - the forward pass as a flat list of fused steps, and the memory it works in.
 *
 * A step is a loop over independent units that the threads share, then a barrier. One token (decode)
 * takes five steps a layer, because each thread normalises and quantises the row for itself rather
 * than wait for another:
 *
 *     norm, quantise | Q K V, bias, rotary, store     attention     quantise | output, residual
 *     norm, quantise | gate, up, SiLU, product        quantise | down, residual
 *
 * A few tokens (PLAN_FEW_TOKENS: drafts to check, or one token of each of several contexts) take the
 * same five steps. Many (prefill) take three more: there the rows are normalised and quantised once
 * and shared. In the last layer only tokens whose logits are wanted go on after their keys and
 * values are stored.
 *
 * A team is as slow as its slowest thread: when another program takes a processor away, decoding
 * goes on with one thread for some tokens, twice as many each time that it happens again. One thread
 * alone reaches most of the memory's speed.
 *
 * All lists call the same kernels with the same numbers, hence give the same bits for any number of
 * threads and any cut of a prompt into calls.
 */
#ifndef HUIS_ENGINE_PLAN_H
#define HUIS_ENGINE_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "arch/arch.h"
#include "base/pool.h"
#include "engine/weights.h"
#include "huis/error.h"
#include "kernel/kernel.h"

enum { PLAN_FEW_TOKENS = KERNEL_TILE }; /* of a run that takes the short list */

/* What one thread needs for itself. */
typedef struct thread_scratch {
    float *rows;                 // [PLAN_FEW_TOKENS][n_embd]: normalised tokens
    float *gate;                 // [max_tokens][PLAN_FF_COLUMNS]
    float *k, *v;                // [max_tokens][head_dim]: before they are stored
    float *attention;            // [kernel_attention_scratch_floats]
    activations embd, heads, ff; /* a few tokens: of rows, plan.heads, plan.ff */
} thread_scratch;

enum { PLAN_FF_PANELS = 8, PLAN_FF_COLUMNS = PLAN_FF_PANELS * KERNEL_PANEL_ROWS };

typedef struct plan {
    const arch_model *model;
    const weights *weights;
    const kernel_ops *ops;
    pool *team;
    uint32_t max_tokens; /* in one run */
    float *x;            // [max_tokens][n_embd]: the residual stream
    float *normed;       // [max_tokens][n_embd]
    float *q;            // [max_tokens][n_heads * head_dim]
    float *heads;        // [max_tokens][n_heads * head_dim]: what attention says
    float *ff;           // [max_tokens][n_ff]
    activations act_embd, act_heads, act_ff; /* of normed, heads, ff */
    thread_scratch *threads;                 /* [n_threads] */
    uint32_t alone_left; /* tokens to decode on one thread, because the team was disturbed */
    uint32_t alone_next; /* how many it will be the next time */
} plan;

/* Keys and values: [layer][kv_head], then as the kernels want them. */
typedef struct kv_cache {
    unsigned char *data;
    size_t head_bytes;   /* of one head: kernel_kv_bytes of the capacity */
    size_t n_blocks_max; /* key blocks of the capacity */
    float *parts;        // [kv_head][PLAN_FEW_TOKENS][group]: attention_args.parts
} kv_cache;

static inline unsigned char *kv_cache_head(const kv_cache *c, const arch_model *m, size_t layer,
                                           size_t i_kv)
{
    return c->data + (layer * m->n_kv_heads + i_kv) * c->head_bytes;
}

typedef enum plan_output {
    PLAN_NO_LOGITS,
    PLAN_LAST_ROW,    /* the last token's row of x is whole: for head.h */
    PLAN_LAST_LOGITS, /* logits [n_vocab] of the last token */
    PLAN_ALL_LOGITS   /* logits [n_tokens][n_vocab] */
} plan_output;

/* Tokens of a run that follow each other in one context. */
typedef struct plan_sequence {
    const kv_cache *cache;
    uint32_t first_row, n_tokens; /* in the run */
    uint32_t position;            /* of the first, in the context */
    const float *cos, *sin;       // [n_tokens][n_rot / 2]: of these positions
} plan_sequence;

/* One run: the tokens of one context, or PLAN_FEW_TOKENS at most of several. The sequences' rows are
 * all rows, in order. */
typedef struct plan_run {
    plan *p;
    const plan_sequence *sequences;
    uint32_t n_sequences;
    const int32_t *tokens;
    uint32_t n_tokens;
    plan_output output; /* of several contexts: PLAN_ALL_LOGITS */
    float *logits;
} plan_run;

int plan_init(plan *p, const arch_model *model, const weights *w, const kernel_ops *ops, pool *team,
              uint32_t max_tokens, huis_error *err);
void plan_deinit(plan *p);
void plan_execute(plan_run *run);

#endif
