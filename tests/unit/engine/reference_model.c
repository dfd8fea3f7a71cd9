/*
 * reference_model.c - see reference_model.h. Every position is computed from nothing but the text
 * of the papers: no cache, no quantised activations, no order of sums worth mentioning.
 */
#include "reference_model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct shape {
    const gguf_table *table;
    char family[32];
    uint32_t n_layers, n_embd, n_ff, n_heads, n_kv_heads, head_dim, n_vocab;
    float epsilon, rope_base;
    double rope_factor;
} shape;

static double *zeros(size_t n)
{
    double *const x = calloc(n, sizeof(*x));
    if (x == NULL) {
        abort();
    }
    return x;
}

static uint32_t number(const shape *s, const char *suffix, uint32_t fallback)
{
    char key[128];
    uint32_t value = fallback;
    (void)snprintf(key, sizeof(key), "%s.%s", s->family, suffix);
    (void)gguf_get_u32(s->table, key, &value);
    return value;
}

static float real(const shape *s, const char *suffix, float fallback)
{
    char key[128];
    float value = fallback;
    (void)snprintf(key, sizeof(key), "%s.%s", s->family, suffix);
    (void)gguf_get_f32(s->table, key, &value);
    return value;
}

static shape read_shape(const gguf_table *table)
{
    shape s = {.table = table};
    span family = SPAN("");
    gguf_array tokens = {0};
    (void)gguf_get_string(table, "general.architecture", &family);
    (void)snprintf(s.family, sizeof(s.family), "%.*s", (int)family.len, family.ptr);
    (void)gguf_get_array(table, "tokenizer.ggml.tokens", &tokens);
    s.n_vocab = (uint32_t)tokens.count;
    s.n_layers = number(&s, "block_count", 0);
    s.n_embd = number(&s, "embedding_length", 0);
    s.n_ff = number(&s, "feed_forward_length", 0);
    s.n_heads = number(&s, "attention.head_count", 0);
    s.n_kv_heads = number(&s, "attention.head_count_kv", 0);
    s.head_dim = number(&s, "attention.key_length", s.n_embd / s.n_heads);
    s.epsilon = real(&s, "attention.layer_norm_rms_epsilon", 0);
    s.rope_base = real(&s, "rope.freq_base", 10000);
    s.rope_factor = (double)real(&s, "rope.scaling.factor", 1);
    return s;
}

/* The floats of a tensor; NULL when the model has none of this name. */
static float *load(const gguf_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static float *load(const gguf_table *table, const char *format, ...)
{
    char name[128];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(name, sizeof(name), format, arguments);
    va_end(arguments);
    const gguf_tensor *const t = gguf_find_tensor(table, name);
    if (t == NULL) {
        return NULL;
    }
    float *const x = calloc(t->n_elements, sizeof(*x));
    if (x == NULL) {
        abort();
    }
    t->type->dequantise(gguf_data(table) + t->offset, x, t->n_elements / t->type->block_elements);
    return x;
}

/* y [n_rows] = W x + bias */
static void product(const float *w, const float *bias, const double *x, size_t n_cols,
                    size_t n_rows, double *y)
{
    for (size_t r = 0; r < n_rows; r++) {
        double sum = bias != NULL ? (double)bias[r] : 0;
        for (size_t c = 0; c < n_cols; c++) {
            sum += (double)w[r * n_cols + c] * x[c];
        }
        y[r] = sum;
    }
}

static void norm(const shape *s, const double *x, const float *weight, double *out)
{
    double squares = 0;
    for (size_t i = 0; i < s->n_embd; i++) {
        squares += x[i] * x[i];
    }
    const double inverse = 1 / sqrt(squares / s->n_embd + (double)s->epsilon);
    for (size_t i = 0; i < s->n_embd; i++) {
        out[i] = x[i] * inverse * (double)weight[i];
    }
}

static void turn(const shape *s, double *head, size_t position, const float *divisors)
{
    const size_t half = s->head_dim / 2;
    const int halves = strcmp(s->family, "qwen2") == 0;
    for (size_t i = 0; i < half; i++) {
        const double frequency = pow((double)s->rope_base, -2.0 * (double)i / s->head_dim);
        const double divisor = s->rope_factor * (divisors != NULL ? (double)divisors[i] : 1);
        const double angle = (double)position * frequency / divisor;
        double *const a = halves ? &head[i] : &head[2 * i];
        double *const b = halves ? &head[i + half] : &head[2 * i + 1];
        const double x = *a;
        *a = x * cos(angle) - *b * sin(angle);
        *b = x * sin(angle) + *b * cos(angle);
    }
}

/* One query head at position t: out [head_dim]. */
static void attend(const shape *s, const double *q, const double *k, const double *v, size_t t,
                   size_t i_kv, double *out)
{
    const size_t kv = (size_t)s->n_kv_heads * s->head_dim;
    double *const p = zeros(t + 1);
    double max = -INFINITY;
    double sum = 0;
    for (size_t j = 0; j <= t; j++) {
        for (size_t d = 0; d < s->head_dim; d++) {
            p[j] += q[d] * k[j * kv + i_kv * s->head_dim + d];
        }
        p[j] /= sqrt((double)s->head_dim);
        max = fmax(max, p[j]);
    }
    for (size_t j = 0; j <= t; j++) {
        p[j] = exp(p[j] - max);
        sum += p[j];
    }
    for (size_t d = 0; d < s->head_dim; d++) {
        out[d] = 0;
        for (size_t j = 0; j <= t; j++) {
            out[d] += p[j] / sum * v[j * kv + i_kv * s->head_dim + d];
        }
    }
    free(p);
}

static void attention_block(const shape *s, uint32_t layer, double *x, size_t n)
{
    const size_t width = (size_t)s->n_heads * s->head_dim;
    const size_t kv = (size_t)s->n_kv_heads * s->head_dim;
    float *const norm_weight = load(s->table, "blk.%u.attn_norm.weight", layer);
    float *const wq = load(s->table, "blk.%u.attn_q.weight", layer);
    float *const wk = load(s->table, "blk.%u.attn_k.weight", layer);
    float *const wv = load(s->table, "blk.%u.attn_v.weight", layer);
    float *const wo = load(s->table, "blk.%u.attn_output.weight", layer);
    float *const bq = load(s->table, "blk.%u.attn_q.bias", layer);
    float *const bk = load(s->table, "blk.%u.attn_k.bias", layer);
    float *const bv = load(s->table, "blk.%u.attn_v.bias", layer);
    float *const divisors = load(s->table, "rope_freqs.weight");
    const int use_rope = strcmp(s->family, "smollm3") != 0 || (layer + 1) % 4 != 0;
    double *const row = zeros(s->n_embd);
    double *const q = zeros(width);
    double *const k = zeros(n * kv);
    double *const v = zeros(n * kv);
    double *const heads = zeros(width);
    for (size_t t = 0; t < n; t++) {
        norm(s, x + t * s->n_embd, norm_weight, row);
        product(wq, bq, row, s->n_embd, width, q);
        product(wk, bk, row, s->n_embd, kv, k + t * kv);
        product(wv, bv, row, s->n_embd, kv, v + t * kv);
        for (size_t h = 0; use_rope && h < s->n_heads; h++) {
            turn(s, q + h * s->head_dim, t, divisors);
        }
        for (size_t h = 0; use_rope && h < s->n_kv_heads; h++) {
            turn(s, k + t * kv + h * s->head_dim, t, divisors);
        }
        for (size_t h = 0; h < s->n_heads; h++) {
            attend(s, q + h * s->head_dim, k, v, t, h / (s->n_heads / s->n_kv_heads),
                   heads + h * s->head_dim);
        }
        product(wo, NULL, heads, width, s->n_embd, row);
        for (size_t i = 0; i < s->n_embd; i++) {
            x[t * s->n_embd + i] += row[i];
        }
    }
    float *const weights[] = {norm_weight, wq, wk, wv, wo, bq, bk, bv, divisors};
    double *const rows[] = {row, q, k, v, heads};
    for (size_t i = 0; i < sizeof(weights) / sizeof(weights[0]); i++) {
        free(weights[i]);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        free(rows[i]);
    }
}

static void feed_forward_block(const shape *s, uint32_t layer, double *x, size_t n)
{
    float *const norm_weight = load(s->table, "blk.%u.ffn_norm.weight", layer);
    float *const gate_weight = load(s->table, "blk.%u.ffn_gate.weight", layer);
    float *const up_weight = load(s->table, "blk.%u.ffn_up.weight", layer);
    float *const down_weight = load(s->table, "blk.%u.ffn_down.weight", layer);
    double *const row = zeros(s->n_embd);
    double *const gate = zeros(s->n_ff);
    double *const up = zeros(s->n_ff);
    for (size_t t = 0; t < n; t++) {
        norm(s, x + t * s->n_embd, norm_weight, row);
        product(gate_weight, NULL, row, s->n_embd, s->n_ff, gate);
        product(up_weight, NULL, row, s->n_embd, s->n_ff, up);
        for (size_t i = 0; i < s->n_ff; i++) {
            gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i];
        }
        product(down_weight, NULL, gate, s->n_ff, s->n_embd, row);
        for (size_t i = 0; i < s->n_embd; i++) {
            x[t * s->n_embd + i] += row[i];
        }
    }
    free(norm_weight);
    free(gate_weight);
    free(up_weight);
    free(down_weight);
    free(row);
    free(gate);
    free(up);
}

void reference_logits(const gguf_table *table, const int32_t *tokens, size_t n_tokens, double *out)
{
    const shape s = read_shape(table);
    float *const embd = load(table, "token_embd.weight");
    float *const output = load(table, "output.weight");
    float *const output_norm = load(table, "output_norm.weight");
    double *const x = zeros(n_tokens * s.n_embd);
    double *const row = zeros(s.n_embd);
    for (size_t t = 0; t < n_tokens; t++) {
        for (size_t i = 0; i < s.n_embd; i++) {
            x[t * s.n_embd + i] = (double)embd[(size_t)tokens[t] * s.n_embd + i];
        }
    }
    for (uint32_t layer = 0; layer < s.n_layers; layer++) {
        attention_block(&s, layer, x, n_tokens);
        feed_forward_block(&s, layer, x, n_tokens);
    }
    for (size_t t = 0; t < n_tokens; t++) {
        norm(&s, x + t * s.n_embd, output_norm, row);
        product(output != NULL ? output : embd, NULL, row, s.n_embd, s.n_vocab,
                out + t * s.n_vocab);
    }
    free(embd);
    free(output);
    free(output_norm);
    free(x);
    free(row);
}
