/*
 * plan.c - see plan.h.
 *
 * Steps named ..._few work on the last n_few() tokens of the run, with rows 0, 1, ... of q, heads and
 * ff, and each thread normalises and quantises all of them for itself; steps named ..._many work on
 * all tokens. Units are so large that claiming one costs nothing beside it, and so small
 * that a thread that lost its processor leaves little undone.
 */
#include "engine/plan.h"

#include "base/error.h"
#include "base/memory.h"

enum {
    UNITS_PER_THREAD = 6,          /* of a loop over panels, at least */
    PANELS_PER_UNIT = 64,          /* at most */
    TOKENS_PER_UNIT = KERNEL_TILE, /* of a loop over tokens */
    CUTS_PER_THREAD = 4,           /* units of split attention, at least */
    ALONE_MIN = 4,                 /* tokens decoded on one thread after a disturbance */
    ALONE_MAX = 64,
    DISTURBED = 2 /* long waits in one run of few tokens */
};

typedef void (*step_fn)(const plan_run *run, uint32_t layer, pool_worker *w);

static size_t width_of(const arch_model *m)
{
    return (size_t)m->n_heads * m->head_dim;
}

/* y [x->n][y_stride] = (y +) W x, all panels, shared out over the threads. */
static void multiply(const plan_run *run, const packed_matrix *m, const activations *x, float *y,
                     size_t y_stride, bool accumulate, pool_worker *w)
{
    const matmul_options options = {.accumulate = accumulate};
    const size_t least = (size_t)UNITS_PER_THREAD * w->n_threads;
    const size_t small = m->n_panels / PANELS_PER_UNIT;
    const size_t wanted = small > least ? small : least;
    const size_t n_units = m->n_panels < wanted ? m->n_panels : wanted;
    uint32_t unit = 0;
    pool_loop_begin(w, (uint32_t)n_units);
    while (pool_loop_next(w, &unit)) {
        const size_t begin = m->n_panels * unit / n_units;
        const size_t end = m->n_panels * (unit + 1) / n_units;
        run->p->ops->matmul(m, begin, end, x, y, y_stride, &options);
    }
}

/* --- Norm and quantisation --- */

/* What the input of a layer's products is quantised in: superblocks when one of them wants these. */
static bool attn_in_supers(const plan_run *run, uint32_t layer)
{
    const layer_weights *const lw = &run->p->weights->layers[layer];
    return kernel_is_super(&lw->q) || kernel_is_super(&lw->k) || kernel_is_super(&lw->v);
}

static bool ffn_in_supers(const plan_run *run, uint32_t layer)
{
    const layer_weights *const lw = &run->p->weights->layers[layer];
    return kernel_is_super(&lw->gate) || kernel_is_super(&lw->up);
}

/* Rows [begin, end) of what all threads share; layers differ in what they want. */
static void quantise_shared(const plan_run *run, const activations *shared, bool in_supers,
                            size_t begin, size_t end)
{
    activations x = *shared;
    x.in_supers = in_supers;
    run->p->ops->quantise(&x, begin, end);
}

/* Tokens that the ..._few steps of a layer work on: all of a short run, but only the last one where
 * no other's logits are wanted. */
static uint32_t n_few(const plan_run *run, uint32_t layer)
{
    const bool is_last_layer = layer + 1 == run->p->model->n_layers;
    const bool is_all = !is_last_layer || run->output == PLAN_ALL_LOGITS;
    return run->n_tokens <= PLAN_FEW_TOKENS && is_all ? run->n_tokens : 1;
}

/* The residual stream of the last n tokens. */
static float *last_rows(const plan_run *run, uint32_t n)
{
    return run->p->x + (size_t)(run->n_tokens - n) * run->p->model->n_embd;
}

/* The last n tokens, for this thread alone: in t->embd. */
static void normalise_few(const plan_run *run, const float *weight, bool in_supers, uint32_t n,
                          thread_scratch *t)
{
    const arch_model *const m = run->p->model;
    const float *const x = last_rows(run, n);
    for (size_t i = 0; i < n; i++) {
        run->p->ops->rms_norm(x + i * m->n_embd, weight, m->n_embd, m->norm_epsilon,
                              t->rows + i * m->n_embd);
    }
    activations_set(&t->embd, t->rows, m->n_embd, n, m->n_embd, in_supers);
    run->p->ops->quantise(&t->embd, 0, n);
}

static uint32_t token_units(const plan_run *run)
{
    return (run->n_tokens + TOKENS_PER_UNIT - 1) / TOKENS_PER_UNIT;
}

static uint32_t unit_end(const plan_run *run, uint32_t begin)
{
    const uint32_t end = begin + TOKENS_PER_UNIT;
    return end < run->n_tokens ? end : run->n_tokens;
}

static void normalise_many(const plan_run *run, const float *weight, bool in_supers, pool_worker *w)
{
    plan *const p = run->p;
    const arch_model *const m = p->model;
    uint32_t unit = 0;
    pool_loop_begin(w, token_units(run));
    while (pool_loop_next(w, &unit)) {
        const uint32_t begin = unit * TOKENS_PER_UNIT;
        const uint32_t end = unit_end(run, begin);
        for (size_t i = begin; i < end; i++) {
            p->ops->rms_norm(p->x + i * m->n_embd, weight, m->n_embd, m->norm_epsilon,
                             p->normed + i * m->n_embd);
        }
        quantise_shared(run, &p->act_embd, in_supers, begin, end);
    }
}

static void attn_norm_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    normalise_many(run, run->p->weights->layers[layer].attn_norm, attn_in_supers(run, layer), w);
}

static void ffn_norm_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    normalise_many(run, run->p->weights->layers[layer].ffn_norm, ffn_in_supers(run, layer), w);
}

/* --- Queries, keys and values --- */

/* Turns one head of each token of the run from row `first` on; head: the first one's. */
static void rotate(const plan_run *run, uint32_t layer, float *head, size_t stride, size_t first)
{
    const arch_model *const m = run->p->model;
    if (!run->p->weights->layers[layer].use_rope) {
        return;
    }
    const bool interleaved = m->family->rope == ARCH_ROPE_INTERLEAVED;
    for (size_t i = 0; i < run->n_sequences; i++) {
        const plan_sequence *const s = &run->sequences[i];
        const size_t end = s->first_row + s->n_tokens;
        for (size_t row = s->first_row > first ? s->first_row : first; row < end; row++) {
            const size_t angle = (row - s->first_row) * (m->n_rot / 2);
            run->p->ops->rope(head + (row - first) * stride, m->n_rot, s->cos + angle,
                              s->sin + angle, interleaved);
        }
    }
}

/* One query head of x: all tokens of the run, or the last. */
static void project_query(const plan_run *run, uint32_t layer, const activations *x,
                          uint32_t i_head)
{
    plan *const p = run->p;
    const layer_weights *const lw = &p->weights->layers[layer];
    const size_t width = width_of(p->model);
    const size_t head_dim = p->model->head_dim;
    const size_t panels = head_dim / KERNEL_PANEL_ROWS;
    const matmul_options options = {.bias = lw->q_bias};
    p->ops->matmul(&lw->q, i_head * panels, (i_head + 1) * panels, x, p->q, width, &options);
    rotate(run, layer, p->q + i_head * head_dim, width, run->n_tokens - x->n);
}

/* One head of K or V of all tokens: out [n_tokens][head_dim]. */
static void project_head(const plan_run *run, const packed_matrix *m, const float *bias,
                         const activations *x, uint32_t i_head, float *out)
{
    const size_t head_dim = run->p->model->head_dim;
    const size_t panels = head_dim / KERNEL_PANEL_ROWS;
    const packed_matrix part = kernel_panels(m, i_head * panels, (i_head + 1) * panels);
    const matmul_options options = {.bias = bias != NULL ? bias + i_head * head_dim : NULL};
    run->p->ops->matmul(&part, 0, panels, x, out, head_dim, &options);
}

/* One head's keys and values [n_tokens][head_dim] into the cache of their context. */
static void store_sequence(const plan_run *run, const plan_sequence *s, uint32_t layer,
                           uint32_t i_head, const float *k, const float *v)
{
    const arch_model *const m = run->p->model;
    const size_t head_dim = m->head_dim;
    unsigned char *const kv = kv_cache_head(s->cache, m, layer, i_head);
    for (size_t i = 0; i < s->n_tokens; i++) {
        run->p->ops->store_kv(k + i * head_dim, v + i * head_dim, head_dim, s->position + i, kv);
    }
}

static void project_kv(const plan_run *run, uint32_t layer, const activations *x, uint32_t i_head,
                       thread_scratch *t)
{
    const layer_weights *const lw = &run->p->weights->layers[layer];
    const size_t head_dim = run->p->model->head_dim;
    project_head(run, &lw->k, lw->k_bias, x, i_head, t->k);
    project_head(run, &lw->v, lw->v_bias, x, i_head, t->v);
    rotate(run, layer, t->k, head_dim, 0);
    for (size_t i = 0; i < run->n_sequences; i++) {
        const plan_sequence *const s = &run->sequences[i];
        store_sequence(run, s, layer, i_head, t->k + s->first_row * head_dim,
                       t->v + s->first_row * head_dim);
    }
}

/* A unit is a head, so that it can be turned and stored as soon as it is there. x_q NULL: keys and
 * values only. */
static void project_heads(const plan_run *run, uint32_t layer, const activations *x_q,
                          const activations *x_kv, pool_worker *w)
{
    const arch_model *const m = run->p->model;
    thread_scratch *const t = &run->p->threads[w->i_thread];
    const uint32_t n_q = x_q != NULL ? m->n_heads : 0;
    uint32_t unit = 0;
    pool_loop_begin(w, n_q + m->n_kv_heads);
    while (pool_loop_next(w, &unit)) {
        if (unit < n_q) {
            project_query(run, layer, x_q, unit);
        } else {
            project_kv(run, layer, x_kv, unit - n_q, t);
        }
    }
}

/* Of a short run: all tokens. */
static void qkv_few(const plan_run *run, uint32_t layer, pool_worker *w)
{
    thread_scratch *const t = &run->p->threads[w->i_thread];
    normalise_few(run, run->p->weights->layers[layer].attn_norm, attn_in_supers(run, layer),
                  run->n_tokens, t);
    project_heads(run, layer, &t->embd, &t->embd, w);
}

static void qkv_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    project_heads(run, layer, &run->p->act_embd, &run->p->act_embd, w);
}

/* Keys and values of all tokens, queries of the last. */
static void qkv_last(const plan_run *run, uint32_t layer, pool_worker *w)
{
    thread_scratch *const t = &run->p->threads[w->i_thread];
    normalise_few(run, run->p->weights->layers[layer].attn_norm, attn_in_supers(run, layer), 1, t);
    project_heads(run, layer, &t->embd, &run->p->act_embd, w);
}

static void kv_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    project_heads(run, layer, NULL, &run->p->act_embd, w);
}

/* --- Attention --- */

/* What one call of the kernel attends to: all query heads of one KV head. */
typedef struct attention_part {
    const plan_sequence *sequence;
    size_t token, n_tokens; /* of the sequence */
    size_t row;             /* of q and heads: the first token's */
    uint32_t i_head;        /* the first of the group */
} attention_part;

static attention_args args_of(const plan_run *run, uint32_t layer, const attention_part *part,
                              const thread_scratch *t)
{
    const arch_model *const m = run->p->model;
    const kv_cache *const cache = part->sequence->cache;
    const size_t width = width_of(m);
    const size_t group = m->n_heads / m->n_kv_heads;
    const size_t i_kv = part->i_head / group;
    const size_t offset = part->row * width + (size_t)part->i_head * m->head_dim;
    const size_t part_floats = kernel_attention_part_floats(m->head_dim);
    return (attention_args){
        .q = run->p->q + offset,
        .q_stride = width,
        .kv = kv_cache_head(cache, m, layer, i_kv),
        .out = run->p->heads + offset,
        .out_stride = width,
        .n_tokens = part->n_tokens,
        .first_position = part->sequence->position + part->token,
        .n_group = group,
        .head_dim = m->head_dim,
        .scale = m->attention_scale,
        .scratch = t->attention,
        .parts = cache->parts + i_kv * PLAN_FEW_TOKENS * group * cache->n_blocks_max * part_floats,
        .n_blocks_max = cache->n_blocks_max,
    };
}

/* KV head i_kv of sequence i_sequence, with its group of query heads: the last n_few() tokens. */
static attention_part part_few(const plan_run *run, uint32_t layer, uint32_t i_sequence,
                               uint32_t i_kv)
{
    const arch_model *const m = run->p->model;
    const plan_sequence *const s = &run->sequences[i_sequence];
    const uint32_t n = n_few(run, layer);
    const uint32_t n_tokens = n < run->n_tokens ? n : s->n_tokens;
    return (attention_part){
        .sequence = s,
        .token = s->n_tokens - n_tokens,
        .n_tokens = n_tokens,
        .row = n < run->n_tokens ? 0 : s->first_row,
        .i_head = i_kv * (m->n_heads / m->n_kv_heads),
    };
}

static uint32_t n_key_blocks(const plan_sequence *s)
{
    return (s->position + s->n_tokens + KERNEL_KEY_BLOCK - 1) / KERNEL_KEY_BLOCK;
}

/* Runs of key blocks that one KV head of a sequence is cut into: 1 where the KV heads divide among the
 * threads or there is one block only. */
static uint32_t n_cuts(const plan_run *run, const pool_worker *w)
{
    const uint32_t n_units = run->p->model->n_kv_heads * run->n_sequences;
    uint32_t n_blocks = 1;
    for (uint32_t i = 0; i < run->n_sequences; i++) {
        const uint32_t n = n_key_blocks(&run->sequences[i]);
        n_blocks = n > n_blocks ? n : n_blocks;
    }
    const uint32_t wanted = (CUTS_PER_THREAD * w->n_threads + n_units - 1) / n_units;
    return n_units % w->n_threads == 0 ? 1 : n_blocks < wanted ? n_blocks : wanted;
}

/* A unit is a KV head of one context with its group of query heads, so that keys and values are read
 * once; where these do not divide among the threads, it is a run of its key blocks, and the blocks are
 * joined afterwards. */
static void attention_few(const plan_run *run, uint32_t layer, pool_worker *w)
{
    const kernel_ops *const ops = run->p->ops;
    const uint32_t n_kv_heads = run->p->model->n_kv_heads;
    const thread_scratch *const t = &run->p->threads[w->i_thread];
    const uint32_t cuts = n_cuts(run, w);
    const uint32_t n_units = n_kv_heads * run->n_sequences;
    uint32_t unit = 0;
    pool_loop_begin(w, n_units * cuts);
    while (pool_loop_next(w, &unit)) {
        const uint32_t i = unit / cuts;
        const attention_part part = part_few(run, layer, i / n_kv_heads, i % n_kv_heads);
        const attention_args args = args_of(run, layer, &part, t);
        const uint32_t n_blocks = n_key_blocks(part.sequence);
        if (cuts == 1) {
            ops->attention(&args);
        } else {
            ops->attention_split(&args, (size_t)n_blocks * (unit % cuts) / cuts,
                                 (size_t)n_blocks * (unit % cuts + 1) / cuts);
        }
    }
    if (cuts == 1) {
        return;
    }
    pool_barrier(w);
    pool_loop_begin(w, n_units);
    while (pool_loop_next(w, &unit)) {
        const attention_part part = part_few(run, layer, unit / n_kv_heads, unit % n_kv_heads);
        const attention_args args = args_of(run, layer, &part, t);
        ops->attention_join(&args);
    }
}

/* A unit is a run of tokens with all heads, so that their rows can be quantised at once. Late
 * tokens see more keys: the last units, the dearest, come first. */
static void attention_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    const arch_model *const m = run->p->model;
    const thread_scratch *const t = &run->p->threads[w->i_thread];
    const uint32_t group = m->n_heads / m->n_kv_heads;
    const uint32_t n_units = token_units(run);
    uint32_t unit = 0;
    pool_loop_begin(w, n_units);
    while (pool_loop_next(w, &unit)) {
        const uint32_t begin = (n_units - 1 - unit) * TOKENS_PER_UNIT;
        const uint32_t end = unit_end(run, begin);
        attention_part part = {.sequence = run->sequences};
        part.token = begin;
        part.row = begin;
        part.n_tokens = end - begin;
        for (part.i_head = 0; part.i_head < m->n_heads; part.i_head += group) {
            const attention_args args = args_of(run, layer, &part, t);
            run->p->ops->attention(&args);
        }
        quantise_shared(run, &run->p->act_heads,
                        kernel_is_super(&run->p->weights->layers[layer].output), begin, end);
    }
}

/* Adds m * (rows 0 to n of x, quantised for this thread alone) to the last n tokens. */
static void add_product_few(const plan_run *run, const packed_matrix *m, activations *x,
                            const float *rows, uint32_t n, pool_worker *w)
{
    activations_set(x, rows, m->n_cols, n, m->n_cols, kernel_is_super(m));
    run->p->ops->quantise(x, 0, n);
    multiply(run, m, x, last_rows(run, n), run->p->model->n_embd, true, w);
}

static void output_few(const plan_run *run, uint32_t layer, pool_worker *w)
{
    add_product_few(run, &run->p->weights->layers[layer].output,
                    &run->p->threads[w->i_thread].heads, run->p->heads, n_few(run, layer), w);
}

static void output_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    multiply(run, &run->p->weights->layers[layer].output, &run->p->act_heads, run->p->x,
             run->p->model->n_embd, true, w);
}

/* --- Feed-forward --- */

/* Panels [begin, end) of gate and up, and their product, in ff. */
static void gate_unit(const plan_run *run, const layer_weights *lw, const activations *x,
                      size_t begin, size_t end, const thread_scratch *t)
{
    plan *const p = run->p;
    const size_t n_ff = p->model->n_ff;
    const packed_matrix gate = kernel_panels(&lw->gate, begin, end);
    const matmul_options options = {.bias = NULL};
    p->ops->matmul(&gate, 0, gate.n_panels, x, t->gate, PLAN_FF_COLUMNS, &options);
    p->ops->matmul(&lw->up, begin, end, x, p->ff, n_ff, &options);
    for (size_t i = 0; i < x->n; i++) {
        float *const up = p->ff + i * n_ff + begin * KERNEL_PANEL_ROWS;
        p->ops->silu_mul(t->gate + i * PLAN_FF_COLUMNS, up, gate.n_rows, up);
    }
}

static void gate_up(const plan_run *run, uint32_t layer, const activations *x, pool_worker *w)
{
    const layer_weights *const lw = &run->p->weights->layers[layer];
    const thread_scratch *const t = &run->p->threads[w->i_thread];
    const size_t n_panels = lw->gate.n_panels;
    uint32_t unit = 0;
    pool_loop_begin(w, (uint32_t)((n_panels + PLAN_FF_PANELS - 1) / PLAN_FF_PANELS));
    while (pool_loop_next(w, &unit)) {
        const size_t begin = (size_t)unit * PLAN_FF_PANELS;
        const size_t end = begin + PLAN_FF_PANELS;
        gate_unit(run, lw, x, begin, end < n_panels ? end : n_panels, t);
    }
}

static void ffn_few(const plan_run *run, uint32_t layer, pool_worker *w)
{
    thread_scratch *const t = &run->p->threads[w->i_thread];
    normalise_few(run, run->p->weights->layers[layer].ffn_norm, ffn_in_supers(run, layer),
                  n_few(run, layer), t);
    gate_up(run, layer, &t->embd, w);
}

static void ffn_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    gate_up(run, layer, &run->p->act_embd, w);
}

static void ffn_quantise_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    const bool in_supers = kernel_is_super(&run->p->weights->layers[layer].down);
    uint32_t unit = 0;
    pool_loop_begin(w, token_units(run));
    while (pool_loop_next(w, &unit)) {
        const uint32_t begin = unit * TOKENS_PER_UNIT;
        quantise_shared(run, &run->p->act_ff, in_supers, begin, unit_end(run, begin));
    }
}

static void down_few(const plan_run *run, uint32_t layer, pool_worker *w)
{
    add_product_few(run, &run->p->weights->layers[layer].down, &run->p->threads[w->i_thread].ff,
                    run->p->ff, n_few(run, layer), w);
}

static void down_many(const plan_run *run, uint32_t layer, pool_worker *w)
{
    multiply(run, &run->p->weights->layers[layer].down, &run->p->act_ff, run->p->x,
             run->p->model->n_embd, true, w);
}

/* --- Head --- */

/* Logits of the last n tokens. */
static void head_few(const plan_run *run, uint32_t n, pool_worker *w)
{
    const weights *const ws = run->p->weights;
    thread_scratch *const t = &run->p->threads[w->i_thread];
    normalise_few(run, ws->output_norm, kernel_is_super(&ws->head), n, t);
    multiply(run, &ws->head, &t->embd, run->logits, ws->head.n_rows, false, w);
}

static void head_all(const plan_run *run, pool_worker *w)
{
    const weights *const ws = run->p->weights;
    normalise_many(run, ws->output_norm, kernel_is_super(&ws->head), w);
    pool_barrier(w);
    multiply(run, &ws->head, &run->p->act_embd, run->logits, ws->head.n_rows, false, w);
}

/* --- The lists --- */

typedef struct step_list {
    size_t n_steps;
    step_fn steps[8];
} step_list;

static const step_list FEW_TOKENS = {5, {qkv_few, attention_few, output_few, ffn_few, down_few}};
static const step_list MANY_TOKENS = {8,
                                      {attn_norm_many, qkv_many, attention_many, output_many,
                                       ffn_norm_many, ffn_many, ffn_quantise_many, down_many}};
/* The last layer, by what is wanted of many tokens. */
static const step_list LAST_TOKEN = {
    6, {attn_norm_many, qkv_last, attention_few, output_few, ffn_few, down_few}};
static const step_list NO_TOKEN = {2, {attn_norm_many, kv_many}};

static const step_list *list_of(const plan_run *run, uint32_t layer)
{
    const bool is_few = run->n_tokens <= PLAN_FEW_TOKENS;
    if (layer + 1 < run->p->model->n_layers || run->output == PLAN_ALL_LOGITS ||
        (run->n_tokens == 1 && run->output != PLAN_NO_LOGITS)) {
        return is_few ? &FEW_TOKENS : &MANY_TOKENS;
    }
    return run->output == PLAN_NO_LOGITS ? &NO_TOKEN : &LAST_TOKEN;
}

static void run_on_thread(void *user, pool_worker *w)
{
    const plan_run *const run = user;
    for (uint32_t layer = 0; layer < run->p->model->n_layers; layer++) {
        const step_list *const list = list_of(run, layer);
        for (size_t i = 0; i < list->n_steps; i++) {
            list->steps[i](run, layer, w);
            pool_barrier(w);
        }
    }
    if (run->output == PLAN_LAST_LOGITS) {
        head_few(run, 1, w);
    } else if (run->output == PLAN_ALL_LOGITS && run->n_tokens <= PLAN_FEW_TOKENS) {
        head_few(run, run->n_tokens, w);
    } else if (run->output == PLAN_ALL_LOGITS) {
        head_all(run, w);
    }
}

/* A few tokens on the whole team, unless it was disturbed lately. */
static void run_few(plan *p, plan_run *run)
{
    if (p->alone_left > 0) {
        p->alone_left--;
        pool_run_alone(p->team, run_on_thread, run);
        return;
    }
    pool_run(p->team, run_on_thread, run);
    if (pool_n_long_waits(p->team) < DISTURBED) {
        p->alone_next = ALONE_MIN;
        return;
    }
    p->alone_left = p->alone_next;
    p->alone_next = p->alone_next < ALONE_MAX ? 2 * p->alone_next : ALONE_MAX;
}

void plan_execute(plan_run *run)
{
    plan *const p = run->p;
    const size_t n_embd = p->model->n_embd;
    const size_t width = width_of(p->model);
    for (size_t i = 0; i < run->n_tokens; i++) {
        weights_embed(p->weights, (uint32_t)run->tokens[i], p->x + i * n_embd);
    }
    activations_set(&p->act_embd, p->normed, n_embd, run->n_tokens, n_embd, false);
    activations_set(&p->act_heads, p->heads, width, run->n_tokens, width, false);
    activations_set(&p->act_ff, p->ff, p->model->n_ff, run->n_tokens, p->model->n_ff, false);
    if (run->n_tokens <= PLAN_FEW_TOKENS) {
        run_few(p, run);
    } else {
        pool_run(p->team, run_on_thread, run);
    }
}

/* --- Memory --- */

/* Limits of base/limits.h keep the product far below 2^63. */
static float *new_floats(size_t rows, size_t columns)
{
    return memory_alloc_aligned(64, rows * columns * sizeof(float));
}

static int init_thread(thread_scratch *t, const plan *p, huis_error *err)
{
    const arch_model *const m = p->model;
    t->rows = new_floats(PLAN_FEW_TOKENS, m->n_embd);
    t->gate = new_floats(p->max_tokens, PLAN_FF_COLUMNS);
    t->k = new_floats(p->max_tokens, m->head_dim);
    t->v = new_floats(p->max_tokens, m->head_dim);
    t->attention =
        new_floats(1, kernel_attention_scratch_floats(m->n_heads / m->n_kv_heads, m->head_dim));
    if (t->rows == NULL || t->gate == NULL || t->k == NULL || t->v == NULL ||
        t->attention == NULL) {
        return error_no_memory(err, "the work space of a thread");
    }
    const size_t n = PLAN_FEW_TOKENS;
    RETURN_IF_ERROR(activations_init(&t->embd, n * m->n_embd, err));
    RETURN_IF_ERROR(activations_init(&t->heads, n * width_of(m), err));
    return activations_init(&t->ff, n * m->n_ff, err);
}

static int init_memory(plan *p, huis_error *err)
{
    const arch_model *const m = p->model;
    const size_t n = p->max_tokens;
    p->x = new_floats(n, m->n_embd);
    p->normed = new_floats(n, m->n_embd);
    p->q = new_floats(n, width_of(m));
    p->heads = new_floats(n, width_of(m));
    p->ff = new_floats(n, m->n_ff);
    p->threads = memory_alloc(pool_n_threads(p->team), sizeof(*p->threads));
    if (p->x == NULL || p->normed == NULL || p->q == NULL || p->heads == NULL || p->ff == NULL ||
        p->threads == NULL) {
        return error_no_memory(err, "the work space of the model");
    }
    RETURN_IF_ERROR(activations_init(&p->act_embd, n * m->n_embd, err));
    RETURN_IF_ERROR(activations_init(&p->act_heads, n * width_of(m), err));
    RETURN_IF_ERROR(activations_init(&p->act_ff, n * m->n_ff, err));
    for (uint32_t i = 0; i < pool_n_threads(p->team); i++) {
        RETURN_IF_ERROR(init_thread(&p->threads[i], p, err));
    }
    return HUIS_OK;
}

int plan_init(plan *p, const arch_model *model, const weights *w, const kernel_ops *ops, pool *team,
              uint32_t max_tokens, huis_error *err)
{
    *p = (plan){.model = model,
                .weights = w,
                .ops = ops,
                .team = team,
                .max_tokens = max_tokens,
                .alone_next = ALONE_MIN};
    const int status = init_memory(p, err);
    if (status < 0) {
        plan_deinit(p);
    }
    return status;
}

static void deinit_thread(thread_scratch *t)
{
    memory_free(t->rows);
    memory_free(t->gate);
    memory_free(t->k);
    memory_free(t->v);
    memory_free(t->attention);
    activations_deinit(&t->embd);
    activations_deinit(&t->heads);
    activations_deinit(&t->ff);
}

void plan_deinit(plan *p)
{
    for (uint32_t i = 0; p->threads != NULL && i < pool_n_threads(p->team); i++) {
        deinit_thread(&p->threads[i]);
    }
    memory_free(p->threads);
    memory_free(p->x);
    memory_free(p->normed);
    memory_free(p->q);
    memory_free(p->heads);
    memory_free(p->ff);
    activations_deinit(&p->act_embd);
    activations_deinit(&p->act_heads);
    activations_deinit(&p->act_ff);
    *p = (plan){0};
}
