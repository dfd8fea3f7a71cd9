/*
 * test_batch.c - contexts decoded together give what each gives alone; a fork is its parent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "engine_fixture.h"
#include "kernel/kernel.h"

enum { N_CONTEXTS = ENGINE_BATCH_MAX, N_STEPS = 4, CAPACITY = 120 };

/* Context i holds LENGTHS[i] tokens before the first step: borders of key panels and key blocks. */
static const uint32_t LENGTHS[N_CONTEXTS] = {1, 15, 16, 63, 64, 65, 100, 5, 31, 32, 2, 47};

/* [context][step]: the logits of each context alone. */
typedef struct answers {
    float logits[N_CONTEXTS][N_STEPS][TOY_N_VOCAB];
} answers;

static int32_t token_of(uint32_t context, uint32_t step)
{
    return (int32_t)((context * 31 + step * 7 + 3) % TOY_N_VOCAB);
}

static void prefill_tokens(engine_context *c, uint32_t i)
{
    int32_t tokens[CAPACITY];
    huis_error err = {0};
    fixture_tokens(tokens, CAPACITY);
    tokens[0] = (int32_t)i;
    assert_int_equal(engine_prefill(c, tokens, LENGTHS[i], NULL, NULL, &err), HUIS_OK);
}

static void run_alone(const toy_options *toy, answers *out)
{
    huis_error err = {0};
    fixture f;
    fixture_open(&f, toy, &(engine_options){.n_threads = 1}, CAPACITY);
    for (uint32_t i = 0; i < N_CONTEXTS; i++) {
        engine_context_truncate(f.c, 0);
        prefill_tokens(f.c, i);
        for (uint32_t step = 0; step < N_STEPS; step++) {
            const int32_t token = token_of(i, step);
            assert_int_equal(engine_prefill(f.c, &token, 1, NULL, NULL, &err), HUIS_OK);
            memcpy(out->logits[i][step], engine_logits(f.c), sizeof(out->logits[i][step]));
        }
    }
    fixture_close(&f);
}

/* All contexts from `first` on, n at a time; those with an odd number leave after two steps. */
static void step_together(engine_context *const *contexts, uint32_t first, uint32_t n,
                          const answers *alone)
{
    static float logits[N_CONTEXTS][TOY_N_VOCAB];
    for (uint32_t step = 0; step < N_STEPS; step++) {
        engine_context *now[N_CONTEXTS];
        int32_t tokens[N_CONTEXTS];
        uint32_t index[N_CONTEXTS];
        uint32_t n_now = 0;
        huis_error err = {0};
        for (uint32_t i = first; i < first + n && i < N_CONTEXTS; i++) {
            if (step < 2 || i % 2 == 0) {
                now[n_now] = contexts[i];
                index[n_now] = i;
                tokens[n_now++] = token_of(i, step);
            }
        }
        if (n_now == 0) {
            return;
        }
        assert_int_equal(engine_decode_batch(now, tokens, n_now, logits[0], &err), HUIS_OK);
        for (uint32_t i = 0; i < n_now; i++) {
            assert_memory_equal(logits[i], alone->logits[index[i]][step], sizeof(logits[i]));
            assert_int_equal(engine_context_length(now[i]), LENGTHS[index[i]] + step + 1);
            assert_int_equal(engine_context_tokens(now[i])[LENGTHS[index[i]] + step], tokens[i]);
        }
    }
}

static void check_together(const toy_options *toy, const engine_options *options, uint32_t n,
                           const answers *alone)
{
    engine_context *contexts[N_CONTEXTS];
    huis_error err = {0};
    fixture f;
    fixture_open(&f, toy, options, 0);
    for (uint32_t i = 0; i < N_CONTEXTS; i++) {
        assert_int_equal(engine_context_new(&contexts[i], f.e, CAPACITY - i, &err), HUIS_OK);
        prefill_tokens(contexts[i], i);
    }
    for (uint32_t first = 0; first < N_CONTEXTS; first += n) {
        step_together(contexts, first, n, alone);
    }
    for (uint32_t i = 0; i < N_CONTEXTS; i++) {
        (void)engine_context_free(contexts[i]);
    }
    fixture_close(&f);
}

static void check_model(const toy_options *toy)
{
    static answers alone;
    run_alone(toy, &alone);
    static const uint32_t SIZES[] = {2, 3, 5, 8, N_CONTEXTS};
    for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++) {
        for (uint32_t n_threads = 1; n_threads <= 3; n_threads++) {
            check_together(toy, &(engine_options){.n_threads = n_threads}, SIZES[i], &alone);
        }
    }
    for (size_t i = 0; kernel_level_at(i) != NULL; i++) {
        const engine_options options = {
            .n_threads = 2, .level = kernel_level_at(i)->level, .chunk_tokens = 5};
        check_together(toy, &options, 4, &alone);
    }
}

static void test_families(void **state)
{
    (void)state;
    static const char *const FAMILIES[] = {"llama", "qwen2", "smollm3"};
    for (size_t i = 0; i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++) {
        toy_options toy = toy_options_default(FAMILIES[i]);
        toy.n_layers = 4;
        toy.tied = i == 2;
        check_model(&toy);
    }
}

static void test_types(void **state)
{
    (void)state;
    static const tensor_type TYPES[][3] = {
        {TENSOR_Q5_0, TENSOR_Q6_K, TENSOR_Q8_0},
        {TENSOR_Q4_K, TENSOR_Q6_K, TENSOR_Q4_1},
        {TENSOR_F16, TENSOR_Q2_K, TENSOR_F32},
        {TENSOR_IQ4_XS, TENSOR_MXFP4, TENSOR_Q3_K},
    };
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        toy_options toy = toy_options_default("qwen2");
        toy.n_embd = 256;
        toy.n_ff = 512;
        toy.n_heads = 8;
        toy.type = TYPES[i][0];
        toy.down_type = TYPES[i][1];
        toy.head_type = TYPES[i][2];
        check_model(&toy);
    }
}

/* A fork goes on as its parent does, and neither touches the other. */
static void test_fork(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("qwen2");
    static float logits[2][TOY_N_VOCAB];
    float first[TOY_N_VOCAB];
    huis_error err = {0};
    fixture f;
    fixture_open(&f, &toy, NULL, CAPACITY);
    for (uint32_t i = 0; i < N_CONTEXTS; i++) {
        engine_context *forks[2] = {NULL, NULL};
        const int32_t token = token_of(i, 0);
        const int32_t others[2] = {token, token + 1};
        engine_context_truncate(f.c, 0);
        prefill_tokens(f.c, i);
        assert_int_equal(engine_context_fork(&forks[0], f.c, LENGTHS[i] + 1, &err), HUIS_OK);
        assert_int_equal(engine_context_fork(&forks[1], f.c, CAPACITY + 60, &err), HUIS_OK);
        assert_memory_equal(engine_context_tokens(forks[0]), engine_context_tokens(f.c),
                            LENGTHS[i] * sizeof(int32_t));
        assert_int_equal(engine_decode_batch(forks, others, 2, logits[0], &err), HUIS_OK);
        assert_int_equal(engine_context_length(f.c), LENGTHS[i]);
        assert_int_equal(engine_prefill(f.c, &token, 1, NULL, NULL, &err), HUIS_OK);
        memcpy(first, engine_logits(f.c), sizeof(first));
        assert_memory_equal(logits[0], first, sizeof(first));
        assert_memory_not_equal(logits[1], first, sizeof(first));
        (void)engine_context_free(forks[0]);
        (void)engine_context_free(forks[1]);
    }
    fixture_close(&f);
}

static void test_errors(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("llama");
    static float logits[2][TOY_N_VOCAB];
    huis_error err = {0};
    engine_context *other = NULL;
    fixture f;
    fixture_open(&f, &toy, NULL, CAPACITY);
    prefill_tokens(f.c, 1);
    assert_int_equal(engine_context_fork(&other, f.c, LENGTHS[1] - 1, &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_context_fork(&other, f.c, LENGTHS[1], &err), HUIS_OK);
    engine_context *const both[2] = {f.c, other};
    engine_context *const same[2] = {f.c, f.c};
    const int32_t good[2] = {1, 2};
    const int32_t bad[2] = {TOY_N_VOCAB, 1};
    assert_int_equal(engine_decode_batch(both, good, 0, logits[0], &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_decode_batch(both, good, ENGINE_BATCH_MAX + 1, logits[0], &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_decode_batch(same, good, 2, logits[0], &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_decode_batch(both, bad, 2, logits[0], &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_decode_batch(both, good, 2, logits[0], &err), HUIS_E_CONTEXT_FULL);
    assert_int_equal(engine_context_length(f.c), LENGTHS[1]);
    assert_int_equal(engine_context_length(other), LENGTHS[1]);
    for (uint64_t n = 0; n < 9; n++) {
        engine_context *fork = NULL;
        memory_fail_after(n);
        const int status = engine_context_fork(&fork, f.c, CAPACITY, &err);
        memory_fail_after(UINT64_MAX);
        assert_int_equal(status, n < 8 ? HUIS_E_NO_MEMORY : HUIS_OK);
        (void)engine_context_free(fork);
    }
    (void)engine_context_free(other);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
