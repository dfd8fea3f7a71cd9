/*
 * bench_ops.c - kernelcheck --bench: attention, the ops over vectors, packing; one thread.
 */
#include <stdio.h>
#include <string.h>

#include "kernelcheck.h"

enum { N_RUNS = 7, N_VALUES = 4096, N_POSITIONS = 1024 };

/* One timed op on a set of buffers. */
typedef struct op_case {
    const kernel_ops *ops;
    float *a, *b, *c;
    activations x;
    attention_args attention;
} op_case;

typedef void (*op_run)(op_case *c);

static void run_quantise(op_case *c)
{
    c->ops->quantise(&c->x, 0, c->x.n);
}

static void run_norm(op_case *c)
{
    c->ops->rms_norm(c->a, c->b, N_VALUES, 1e-5f, c->c);
}

static void run_silu(op_case *c)
{
    c->ops->silu_mul(c->a, c->b, N_VALUES, c->c);
}

static void run_add(op_case *c)
{
    c->ops->add(c->c, c->a, N_VALUES);
}

static void run_rope(op_case *c)
{
    for (size_t i = 0; i < N_VALUES; i += 64) {
        c->ops->rope(c->c + i, 64, c->a, c->b, false);
    }
}

static void run_attention(op_case *c)
{
    c->ops->attention(&c->attention);
}

/* Seconds of one run: the median of several batches. */
static double time_op(op_case *c, op_run op, size_t n_repeat)
{
    double seconds[N_RUNS];
    for (size_t run = 0; run < N_RUNS; run++) {
        const int64_t start = bench_now_us();
        for (size_t i = 0; i < n_repeat; i++) {
            op(c);
        }
        seconds[run] = (double)(bench_now_us() - start) * 1e-6 / (double)n_repeat;
    }
    return bench_median(seconds, N_RUNS);
}

static void bench_vectors(op_case *c, size_t n_repeat)
{
    static const struct {
        const char *name;
        op_run op;
    } OPS[] = {
        {"quantise", run_quantise}, {"rms_norm", run_norm}, {"silu_mul", run_silu},
        {"add", run_add},           {"rope", run_rope},
    };
    for (size_t i = 0; i < sizeof(OPS) / sizeof(OPS[0]); i++) {
        const double time = time_op(c, OPS[i].op, n_repeat);
        printf("%-11s %-9s %6.3f ns a value\n", c->ops->level, OPS[i].name, time * 1e9 / N_VALUES);
    }
}

/* `n_tokens` that end at N_POSITIONS; shape of Qwen2.5-0.5B: 7 query heads of 64 per KV head. */
static void bench_attention(op_case *c, size_t n_tokens, size_t n_repeat)
{
    const size_t n_group = 7;
    const size_t head_dim = 64;
    const size_t stride = n_group * head_dim;
    float *const q = check_alloc(n_tokens * stride * sizeof(float));
    float *const out = check_alloc(n_tokens * stride * sizeof(float));
    float *const scratch =
        check_alloc(kernel_attention_scratch_floats(n_group, head_dim) * sizeof(float));
    unsigned char *const kv = check_alloc(kernel_kv_bytes(head_dim, N_POSITIONS));
    for (size_t i = 0; i < N_POSITIONS; i++) {
        c->ops->store_kv(c->a + i % 64, c->b + i % 64, head_dim, i, kv);
    }
    memcpy(q, c->a, stride * sizeof(float));
    c->attention = (attention_args){
        .q = q,
        .q_stride = stride,
        .kv = kv,
        .out = out,
        .out_stride = stride,
        .n_tokens = n_tokens,
        .first_position = N_POSITIONS - n_tokens,
        .n_group = n_group,
        .head_dim = head_dim,
        .scale = 0.125f,
        .scratch = scratch,
    };
    const double time = time_op(c, run_attention, n_repeat);
    double macs = 0.0;
    for (size_t t = 0; t < n_tokens; t++) {
        macs += 2.0 * (double)(N_POSITIONS - n_tokens + t + 1) * (double)stride;
    }
    printf("%-11s attention n=%-4zu at %d keys: %6.1f GMAC/s\n", c->ops->level, n_tokens,
           N_POSITIONS, macs / time * 1e-9);
    check_free(q);
    check_free(out);
    check_free(scratch);
    check_free(kv);
}

void bench_ops(const kernel_ops *ops)
{
    const bool slow = strcmp(ops->level, "c") == 0;
    const size_t n_repeat = slow ? 5 : 500;
    huis_error err = {0};
    rng r;
    rng_init(&r, 1);
    op_case c = {.ops = ops};
    c.a = check_alloc(N_VALUES * sizeof(float));
    c.b = check_alloc(N_VALUES * sizeof(float));
    c.c = check_alloc(N_VALUES * sizeof(float));
    check_fill_floats(&r, PATTERN_RANDOM, N_VALUES, c.a);
    check_fill_floats(&r, PATTERN_RANDOM, N_VALUES, c.b);
    if (activations_init(&c.x, N_VALUES, &err) == 0) {
        activations_set(&c.x, c.a, N_VALUES, 1, N_VALUES, false);
        bench_vectors(&c, n_repeat);
        bench_attention(&c, 1, n_repeat);
        bench_attention(&c, 64, slow ? 1 : 20);
        activations_deinit(&c.x);
    }
    check_free(c.a);
    check_free(c.b);
    check_free(c.c);
}

void bench_pack(const char *only)
{
    enum { ROWS = 512, COLS = 1792 };
    rng r;
    rng_init(&r, 1);
    for (size_t i = 0; i < N_CHECK_TYPES; i++) {
        const tensor_type_info *const info = tensor_type_find(CHECK_TYPES[i]);
        huis_error err = {0};
        size_t bytes = 0;
        packed_matrix w;
        double seconds[N_RUNS];
        if ((only != NULL && strcmp(only, info->name) != 0) ||
            kernel_packed_bytes(info->type, ROWS, COLS, &bytes, &err) < 0) {
            continue;
        }
        uint8_t *const memory = check_alloc(bytes);
        uint8_t *const file =
            check_alloc((size_t)ROWS * COLS / info->block_elements * info->block_bytes);
        check_fill_weights(&r, info->type, PATTERN_RANDOM, ROWS, COLS, file);
        for (size_t run = 0; run < N_RUNS; run++) {
            const int64_t start = bench_now_us();
            (void)kernel_pack(&w, info->type, file, ROWS, COLS, memory, 0, ROWS / KERNEL_PANEL_ROWS,
                              &err);
            seconds[run] = (double)(bench_now_us() - start) * 1e-6;
        }
        printf("pack %-7s %6.0f million weights/s\n", info->name,
               ROWS * COLS / bench_median(seconds, N_RUNS) * 1e-6);
        check_free(memory);
        check_free(file);
    }
}
