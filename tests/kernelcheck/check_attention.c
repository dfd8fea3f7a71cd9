/*
 * check_attention.c - attention in plain C against doubles, every level against plain C, and that a
 * token's result does not depend on how many tokens a call has.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernelcheck.h"

/* Error beside the largest value: codes of values and weights have 12 bits. */
#define DEFINITION_MAX 4e-4

typedef struct attention_case {
    size_t n_group, head_dim, n_tokens, first_position;
    size_t kv_bytes, n_blocks;
    float *q, *scratch, *parts;
    unsigned char *kv;
    float *keys, *values; /* [n_positions][head_dim] */
} attention_case;

static void case_init(attention_case *c, rng *r, check_pattern pattern, const kernel_ops *ops)
{
    const size_t n_positions = c->first_position + c->n_tokens;
    const size_t n_queries = c->n_tokens * c->n_group;
    c->kv_bytes = kernel_kv_bytes(c->head_dim, n_positions);
    c->n_blocks = (n_positions + KERNEL_KEY_BLOCK - 1) / KERNEL_KEY_BLOCK;
    c->q = check_alloc(n_queries * c->head_dim * sizeof(float));
    c->kv = check_alloc(c->kv_bytes);
    c->parts = check_alloc(n_queries * c->n_blocks * kernel_attention_part_floats(c->head_dim) *
                           sizeof(float));
    c->keys = check_alloc(n_positions * c->head_dim * sizeof(float));
    c->values = check_alloc(n_positions * c->head_dim * sizeof(float));
    c->scratch =
        check_alloc(kernel_attention_scratch_floats(c->n_group, c->head_dim) * sizeof(float));
    /* What lies past the end may be anything. */
    memset(c->kv, 0xFF, c->kv_bytes);
    check_fill_floats(r, pattern, c->n_tokens * c->n_group * c->head_dim, c->q);
    check_fill_floats(r, pattern, n_positions * c->head_dim, c->keys);
    check_fill_floats(r, PATTERN_RANDOM, n_positions * c->head_dim, c->values);
    for (size_t i = 0; i < n_positions * c->head_dim; i++) {
        c->keys[i] = fminf(fmaxf(c->keys[i], -1000.0f), 1000.0f);
        /* Scales of values differ from token to token. */
        c->values[i] = ldexpf(c->values[i], (int)(i / c->head_dim * 7 % 13) - 6);
    }
    for (size_t i = 0; i < n_positions; i++) {
        ops->store_kv(c->keys + i * c->head_dim, c->values + i * c->head_dim, c->head_dim, i,
                      c->kv);
    }
}

static void case_deinit(attention_case *c)
{
    check_free(c->q);
    check_free(c->kv);
    check_free(c->parts);
    check_free(c->keys);
    check_free(c->values);
    check_free(c->scratch);
}

static attention_args args_of(const attention_case *c, size_t begin, size_t end, float *out)
{
    const size_t stride = c->n_group * c->head_dim;
    return (attention_args){
        .q = c->q + begin * stride,
        .q_stride = stride,
        .kv = c->kv,
        .out = out + begin * stride,
        .out_stride = stride,
        .n_tokens = end - begin,
        .first_position = c->first_position + begin,
        .n_group = c->n_group,
        .head_dim = c->head_dim,
        .scale = 1.0f / sqrtf((float)c->head_dim),
        .scratch = c->scratch,
        .parts = c->parts,
        .n_blocks_max = c->n_blocks,
    };
}

/* Tokens [begin, end) of the case, to their place in out. */
static void run(const kernel_ops *ops, const attention_case *c, size_t begin, size_t end,
                float *out)
{
    const attention_args args = args_of(c, begin, end, out);
    ops->attention(&args);
}

/* All tokens, the blocks cut in two and the later ones first. */
static void run_split(const kernel_ops *ops, const attention_case *c, size_t cut, float *out)
{
    const attention_args args = args_of(c, 0, c->n_tokens, out);
    ops->attention_split(&args, cut, c->n_blocks);
    ops->attention_split(&args, 0, cut);
    ops->attention_join(&args);
}

/* Softmax in doubles for one query; the largest difference to `got`. */
static double query_error(const attention_case *c, const float *q, size_t n_keys, const float *got)
{
    double weights[512];
    double max = -INFINITY;
    for (size_t j = 0; j < n_keys; j++) {
        double dot = 0.0;
        for (size_t d = 0; d < c->head_dim; d++) {
            dot += (double)q[d] * (double)c->keys[j * c->head_dim + d];
        }
        weights[j] = dot / sqrt((double)c->head_dim);
        max = fmax(max, weights[j]);
    }
    double sum = 0.0;
    for (size_t j = 0; j < n_keys; j++) {
        weights[j] = exp(weights[j] - max);
        sum += weights[j];
    }
    double worst = 0.0;
    for (size_t d = 0; d < c->head_dim; d++) {
        double value = 0.0;
        for (size_t j = 0; j < n_keys; j++) {
            value += weights[j] * (double)c->values[j * c->head_dim + d];
        }
        worst = fmax(worst, fabs(value / sum - (double)got[d]));
    }
    return worst;
}

void check_attention_definition(uint64_t seed)
{
    const kernel_ops *const ops = kernel_select("c");
    attention_case c = {.n_group = 2, .head_dim = 64, .n_tokens = 140, .first_position = 9};
    double worst = 0.0;
    char detail[64];
    rng r;
    rng_init(&r, seed + 500);
    case_init(&c, &r, PATTERN_RANDOM, ops);
    const size_t stride = c.n_group * c.head_dim;
    float *const out = check_alloc(c.n_tokens * stride * sizeof(float));
    run(ops, &c, 0, c.n_tokens, out);
    for (size_t t = 0; t < c.n_tokens; t++) {
        for (size_t h = 0; h < c.n_group; h++) {
            const size_t i = t * stride + h * c.head_dim;
            worst = fmax(worst, query_error(&c, c.q + i, c.first_position + t + 1, out + i));
        }
    }
    double largest = 0.0;
    for (size_t i = 0; i < (c.first_position + c.n_tokens) * c.head_dim; i++) {
        largest = fmax(largest, fabs((double)c.values[i]));
    }
    worst /= largest;
    (void)snprintf(detail, sizeof(detail), "off by %g", worst);
    check_report(worst < DEFINITION_MAX, "c attention against doubles", detail);
    check_free(out);
    case_deinit(&c);
}

/* A level's stores and results against plain C: all tokens at once, cut in two, in key blocks. */
static bool case_matches(const kernel_ops *ops, attention_case *c, uint64_t seed,
                         check_pattern pattern)
{
    const kernel_ops *const definition = kernel_select("c");
    attention_case d = *c;
    rng r;
    rng_init(&r, seed);
    case_init(&d, &r, pattern, definition);
    rng_init(&r, seed);
    case_init(c, &r, pattern, ops);
    const size_t bytes = c->n_tokens * c->n_group * c->head_dim * sizeof(float);
    float *const expected = check_alloc(bytes);
    float *const got = check_alloc(bytes);
    bool ok = memcmp(d.kv, c->kv, c->kv_bytes) == 0;
    run(definition, &d, 0, d.n_tokens, expected);
    run(ops, c, 0, c->n_tokens, got);
    ok = ok && memcmp(expected, got, bytes) == 0 && check_guards(got) && check_guards(c->scratch);
    memset(got, 0, bytes);
    const size_t cut = rng_next_below(&r, (uint32_t)c->n_tokens);
    run(ops, c, cut, c->n_tokens, got);
    run(ops, c, 0, cut, got);
    ok = ok && memcmp(expected, got, bytes) == 0;
    memset(got, 0, bytes);
    run_split(ops, c, rng_next_below(&r, (uint32_t)c->n_blocks + 1), got);
    ok = ok && memcmp(expected, got, bytes) == 0 && check_guards(got) && check_guards(c->parts);
    check_free(expected);
    check_free(got);
    case_deinit(c);
    case_deinit(&d);
    return ok;
}

void check_attention(const kernel_ops *ops, uint64_t seed)
{
    static const size_t HEAD_DIMS[] = {16, 48, 64, 80, 128, 256};
    static const size_t GROUPS[] = {1, 2, 3, 4, 5, 6, 7, 8, 12};
    static const size_t TOKENS[] = {1, 1, 2, 3, 4, 5, 9, 16, 70};
    char name[64];
    char detail[128] = "";
    bool ok = true;
    rng r;
    rng_init(&r, seed + 600);
    for (size_t i = 0; ok && i < 60; i++) {
        attention_case c = {
            .n_group = GROUPS[rng_next_below(&r, 9)],
            .head_dim = HEAD_DIMS[rng_next_below(&r, 6)],
            .n_tokens = TOKENS[rng_next_below(&r, 9)],
            .first_position = rng_next_below(&r, 3) == 0 ? 0 : rng_next_below(&r, 400),
        };
        const check_pattern pattern = (check_pattern)(i % N_PATTERNS);
        ok = case_matches(ops, &c, seed + i, pattern);
        (void)snprintf(detail, sizeof(detail),
                       "group %zu, head %zu, %zu tokens at %zu, pattern %u, case %zu", c.n_group,
                       c.head_dim, c.n_tokens, c.first_position, pattern, i);
    }
    (void)snprintf(name, sizeof(name), "%s attention", ops->level);
    check_report(ok, name, detail);
}
