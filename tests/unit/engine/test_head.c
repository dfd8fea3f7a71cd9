/*
 * test_head.c - the best k of a head, by two stages or by one: exactly those of all logits.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "engine/head.h"
#include "engine/state.h"
#include "engine_fixture.h"

enum { N_ROWS = 3003, N_COLS = 256, N_PANELS = (N_ROWS + 15) / 16 };

/* A head made of blocks of a type, with the norm that changes nothing but the length. */
typedef struct bench {
    unsigned char *file, *panels, *copy;
    packed_matrix exact;
    coarse_matrix coarse;
    float norm[N_COLS];
    pool *team;
    head h;
} bench;

/* What is done to the random codes and scales of the rows. */
typedef enum shape {
    SHAPE_RANDOM,
    SHAPE_EQUAL,    /* all rows are one */
    SHAPE_TWINS,    /* all rows are one but for the lowest bits of a few codes */
    SHAPE_ZERO,     /* all scales are 0 */
    SHAPE_ONE_LOUD, /* one row a hundred times as long */
    SHAPE_INFINITE, /* one scale is infinity, one is not a number */
    SHAPE_TINY,     /* scales are the smallest halves */
    N_SHAPES
} shape;

static const char *const SHAPE_NAMES[] = {"random", "equal",    "twins", "zero",
                                          "loud",   "infinite", "tiny"};

static size_t row_bytes(tensor_type type)
{
    const tensor_type_info *const info = tensor_type_find(type);
    return N_COLS / info->block_elements * info->block_bytes;
}

/* Where the half that scales block `i` of a row is. */
static unsigned char *scale_of(unsigned char *row, tensor_type type, size_t i)
{
    return type == TENSOR_Q8_0 ? row + i * 34 : row + i / 8 * 210 + 208;
}

static void set_scales(unsigned char *row, tensor_type type, uint16_t half)
{
    for (size_t i = 0; i < N_COLS / 32; i++) {
        memcpy(scale_of(row, type, i), &half, sizeof(half));
    }
}

static void fill(unsigned char *file, tensor_type type, shape s)
{
    const size_t bytes = row_bytes(type);
    rng random;
    rng_init(&random, 7);
    for (size_t r = 0; r < N_ROWS; r++) {
        unsigned char *const row = file + r * bytes;
        const bool is_copy = (s == SHAPE_EQUAL || s == SHAPE_TWINS) && r > 0;
        for (size_t i = 0; i < bytes; i++) {
            row[i] = is_copy ? file[i] : (unsigned char)rng_next_below(&random, 256);
        }
        if (!is_copy) {
            set_scales(row, type, tensor_float_to_half(0.001f + rng_next_float(&random) * 0.002f));
        }
        if (s == SHAPE_TWINS && r % 5 == 1) {
            row[2 + rng_next_below(&random, 30)] ^= 1;
        }
        if (s == SHAPE_ZERO || s == SHAPE_TINY) {
            set_scales(row, type, s == SHAPE_TINY ? 1 : 0);
        }
    }
    if (s == SHAPE_ONE_LOUD) {
        set_scales(file + 1234 * bytes, type, tensor_float_to_half(0.3f));
    }
    if (s == SHAPE_INFINITE) {
        set_scales(file + 1000 * bytes, type, 0x7C00);
        set_scales(file + 2000 * bytes, type, 0x7E00);
    }
}

static void bench_open(bench *b, tensor_type type, shape s, uint32_t n_threads, const char *level)
{
    size_t bytes = 0;
    *b = (bench){.file = memory_alloc(N_ROWS, row_bytes(type))};
    fill(b->file, type, s);
    assert_int_equal(kernel_packed_bytes(type, N_ROWS, N_COLS, &bytes, NULL), HUIS_OK);
    b->panels = memory_alloc_aligned(64, bytes);
    assert_int_equal(
        kernel_pack(&b->exact, type, b->file, N_ROWS, N_COLS, b->panels, 0, N_PANELS, NULL),
        HUIS_OK);
    assert_int_equal(coarse_bytes(N_ROWS, N_COLS, &bytes, NULL), HUIS_OK);
    b->copy = memory_alloc_aligned(64, bytes);
    assert_int_equal(coarse_pack(type, b->file, N_ROWS, N_COLS, b->copy, 0, 100, NULL), HUIS_OK);
    assert_int_equal(coarse_pack(type, b->file, N_ROWS, N_COLS, b->copy, 100, N_PANELS, NULL),
                     HUIS_OK);
    assert_int_equal(coarse_use(&b->coarse, N_ROWS, N_COLS, b->copy, NULL), HUIS_OK);
    for (size_t i = 0; i < N_COLS; i++) {
        b->norm[i] = 1;
    }
    assert_int_equal(pool_new(&b->team, n_threads, NULL), HUIS_OK);
    const head_parts parts = {kernel_select(level), b->team, b->norm, 1e-6f, &b->exact,
                              &b->coarse,           NULL};
    assert_int_equal(head_init(&b->h, &parts, NULL), HUIS_OK);
}

static void bench_close(bench *b)
{
    head_deinit(&b->h);
    (void)pool_free(b->team);
    memory_free(b->file);
    memory_free(b->panels);
    memory_free(b->copy);
}

/* What is asked of a head: kind 0 random, 1 near one row, 2 one large value, 3 zeros, 4 what the
 * copy of a row leaves out, 5 near one row of the middle of a panel. */
enum { N_KINDS = 6 };

static void make_row(const bench *b, tensor_type type, uint32_t kind, float *out)
{
    float copy[N_COLS];
    const tensor_type_info *const info = tensor_type_find(type);
    const size_t i_row = kind == 1 ? N_ROWS - 1 : kind == 4 ? 17 : 777;
    rng random;
    rng_init(&random, 100 + kind);
    info->dequantise(b->file + i_row * row_bytes(type), out, N_COLS / info->block_elements);
    kernel_unpack_row(&b->coarse.panels, i_row, copy);
    for (size_t i = 0; i < N_COLS; i++) {
        const float noise = rng_next_float(&random) - 0.5f;
        if (kind == 0 || !isfinite(out[i])) {
            out[i] = noise;
        } else if (kind == 2 || kind == 3) {
            out[i] = kind == 2 && i == 100 ? 1000.0f : 0.0f;
        } else if (kind == 4) {
            out[i] -= copy[i];
        } else {
            out[i] += noise * 0.1f;
        }
    }
}

static int by_logit(const void *a, const void *b)
{
    const engine_candidate *const x = a;
    const engine_candidate *const y = b;
    if (x->logit != y->logit) {
        return x->logit > y->logit ? -1 : 1;
    }
    return x->token - y->token;
}

/* All that are numbers, sorted. */
static size_t sort_all(const float *logits, engine_candidate *out)
{
    size_t n = 0;
    for (int32_t i = 0; i < N_ROWS; i++) {
        if (!isnan(logits[i])) {
            out[n++] = (engine_candidate){logits[i], i};
        }
    }
    qsort(out, n, sizeof(*out), by_logit);
    return n;
}

static void check_top(bench *b, const float *row, bool alone)
{
    static const uint32_t COUNTS[] = {1, 2, 3, 8, 40, ENGINE_TOP_MAX};
    static float logits[N_ROWS], others[N_ROWS];
    static engine_candidate sorted[N_ROWS];
    engine_candidate best[ENGINE_TOP_MAX];
    head_logits(&b->h, row, alone, logits);
    const size_t n_sorted = sort_all(logits, sorted);
    for (size_t i = 0; i < sizeof(COUNTS) / sizeof(COUNTS[0]); i++) {
        bool has_logits = false;
        b->h.skip_left = 0;
        const uint32_t n = head_top(&b->h, row, alone, best, COUNTS[i], others, &has_logits);
        assert_int_equal(n, COUNTS[i] < n_sorted ? COUNTS[i] : n_sorted);
        assert_memory_equal(best, sorted, n * sizeof(*best));
        if (has_logits) {
            assert_memory_equal(others, logits, sizeof(logits));
        }
        const uint32_t m = head_top_of(logits, N_ROWS, best, COUNTS[i]);
        assert_int_equal(m, n);
        assert_memory_equal(best, sorted, n * sizeof(*best));
    }
}

static void test_exact(void **state)
{
    (void)state;
    static const tensor_type TYPES[] = {TENSOR_Q8_0, TENSOR_Q6_K};
    float row[N_COLS];
    for (size_t t = 0; t < 2; t++) {
        for (int s = 0; s < N_SHAPES; s++) {
            for (uint32_t n_threads = 1; n_threads <= 3; n_threads++) {
                bench b;
                bench_open(&b, TYPES[t], (shape)s, n_threads, NULL);
                for (uint32_t kind = 0; kind < N_KINDS; kind++) {
                    make_row(&b, TYPES[t], kind, row);
                    check_top(&b, row, false);
                    check_top(&b, row, true);
                }
                bench_close(&b);
            }
        }
    }
}

static void test_levels(void **state)
{
    (void)state;
    float row[N_COLS];
    for (size_t i = 0; kernel_level_at(i) != NULL; i++) {
        bench b;
        bench_open(&b, TENSOR_Q8_0, SHAPE_RANDOM, 2, kernel_level_at(i)->level);
        for (uint32_t kind = 0; kind < N_KINDS; kind++) {
            make_row(&b, TENSOR_Q8_0, kind, row);
            check_top(&b, row, false);
        }
        bench_close(&b);
    }
}

/* What is not a number gives no candidate, as all logits would. */
static void test_not_numbers(void **state)
{
    (void)state;
    float row[N_COLS];
    bench b;
    bench_open(&b, TENSOR_Q8_0, SHAPE_RANDOM, 2, NULL);
    for (int i = 0; i < 3; i++) {
        make_row(&b, TENSOR_Q8_0, 0, row);
        row[5] = i == 0 ? NAN : i == 1 ? INFINITY : 3e38f;
        check_top(&b, row, false);
    }
    bench_close(&b);
}

/* The promise of coarse.h, where it is tightest: against what a copy leaves out. */
static void test_bounds(void **state)
{
    (void)state;
    static float exact[N_ROWS], copy[N_ROWS];
    static const tensor_type TYPES[] = {TENSOR_Q8_0, TENSOR_Q6_K};
    for (size_t t = 0; t < 2; t++) {
        double tightest = 0;
        bench b;
        bench_open(&b, TYPES[t], SHAPE_RANDOM, 1, NULL);
        for (uint32_t kind = 0; kind < N_KINDS; kind++) {
            const matmul_options options = {.bias = NULL};
            head_thread *const w = &b.h.threads[0];
            double norm = 0;
            make_row(&b, TYPES[t], kind, w->row);
            b.h.parts.ops->quantise(&w->x, 0, 1);
            for (size_t i = 0; i < N_COLS; i++) {
                const double x = (double)w->x.scale[i / 32] * w->x.q[i];
                norm += x * x;
            }
            b.h.parts.ops->matmul(&b.exact, 0, N_PANELS, &w->x, exact, N_ROWS, &options);
            b.h.parts.ops->matmul(&b.coarse.panels, 0, N_PANELS, &w->x, copy, N_ROWS, &options);
            for (size_t r = 0; r < N_ROWS; r++) {
                const double away = fabs((double)exact[r] - (double)copy[r]);
                const double bound = (double)b.coarse.bounds[r] * sqrt(norm);
                assert_true(away <= bound);
                tightest = norm > 0 ? fmax(tightest, away / bound) : tightest;
            }
        }
        assert_true(tightest > 0.99); /* a bound that is far too wide would pass, too */
        bench_close(&b);
    }
}

/* Where one row stands out the first stage is enough; where all are alike it is given up. */
static void test_stages(void **state)
{
    (void)state;
    for (int s = 0; s < N_SHAPES; s++) {
        float row[N_COLS];
        static float logits[N_ROWS];
        engine_candidate best;
        bool has_logits = false;
        bench b;
        bench_open(&b, TENSOR_Q8_0, (shape)s, 2, NULL);
        make_row(&b, TENSOR_Q8_0, s == SHAPE_EQUAL || s == SHAPE_TWINS ? 0 : 5, row);
        for (int i = 0; i < 20; i++) {
            (void)head_top(&b.h, row, false, &best, 1, logits, &has_logits);
        }
        print_message("# %s: %d by two stages, %d whole\n", SHAPE_NAMES[s], (int)b.h.n_two_stage,
                      (int)b.h.n_whole);
        if (s == SHAPE_RANDOM || s == SHAPE_INFINITE) {
            assert_int_equal(b.h.n_two_stage, 20);
            assert_int_equal(best.token, s == SHAPE_RANDOM ? 777 : best.token);
        } else if (s == SHAPE_EQUAL || s == SHAPE_TWINS) {
            assert_int_equal(b.h.n_whole, 20); /* of which 3 tried: skip 4, then 8, then 16 */
            assert_int_equal(b.h.skip_next, 32);
        }
        bench_close(&b);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    bench b;
    bench_open(&b, TENSOR_Q8_0, SHAPE_RANDOM, 2, NULL);
    const head_parts parts = b.h.parts;
    bool is_done = false;
    for (uint64_t i = 0; !is_done; i++) {
        head h;
        memory_fail_after(i);
        is_done = head_init(&h, &parts, NULL) == HUIS_OK;
        memory_fail_after(UINT64_MAX);
        if (is_done) {
            head_deinit(&h);
            assert_true(i > 4);
        }
    }
    for (uint64_t i = 0; i < 2; i++) {
        memory_fail_after(i);
        assert_int_equal(coarse_pack(TENSOR_Q8_0, b.file, N_ROWS, N_COLS, b.copy, 0, 1, NULL),
                         HUIS_E_NO_MEMORY);
    }
    memory_fail_after(UINT64_MAX);
    bench_close(&b);
}

/* A whole model: the deferred head says what the eager one does, after any cut and truncation. */
static void test_deferred(void **state)
{
    (void)state;
    enum { N_TOKENS = 40 };
    static const char *const FAMILIES[] = {"llama", "qwen2"};
    for (int i = 0; i < 4; i++) {
        toy_options toy = toy_options_default(FAMILIES[i % 2]);
        toy.n_embd = 256;
        toy.n_ff = 512;
        toy.head_type = i < 2 ? TENSOR_Q8_0 : TENSOR_Q6_K;
        toy.tied = i % 2 == 0;
        const engine_options options = {.n_threads = 2, .coarse_min_bytes = 1, .chunk_tokens = 16};
        int32_t tokens[N_TOKENS];
        fixture eager, lazy;
        fixture_tokens(tokens, N_TOKENS);
        fixture_open(&eager, &toy, NULL, N_TOKENS);
        fixture_open(&lazy, &toy, &options, N_TOKENS);
        assert_non_null(lazy.e->weights.coarse_head.panels.data);
        for (uint32_t n = 1; n <= N_TOKENS; n += 13) {
            engine_candidate expected[8], best[8];
            const float *logits = NULL;
            engine_context_truncate(eager.c, 0);
            engine_context_truncate(lazy.c, 0);
            assert_int_equal(engine_prefill(eager.c, tokens, n, NULL, NULL, NULL), HUIS_OK);
            assert_int_equal(engine_prefill_deferred(lazy.c, tokens, n, NULL, NULL, NULL), HUIS_OK);
            assert_int_equal(engine_top(eager.c, expected, 8), 8);
            assert_int_equal(engine_top(lazy.c, best, 8), 8);
            assert_memory_equal(best, expected, sizeof(best));
            assert_int_equal(engine_all_logits(lazy.c, &logits, NULL), HUIS_OK);
            assert_memory_equal(logits, engine_logits(eager.c), TOY_N_VOCAB * sizeof(float));
            assert_int_equal(engine_top(lazy.c, best, 1), 1);
            assert_memory_equal(best, expected, sizeof(best[0]));
        }
        fixture_close(&eager);
        fixture_close(&lazy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),       cmocka_unit_test(test_levels),
        cmocka_unit_test(test_not_numbers), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_stages),      cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_deferred),
    };
    return cmocka_run_group_tests_name("head", tests, NULL, NULL);
}
