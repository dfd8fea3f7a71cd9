/*
 * test_engine.c - the promises of engine.h: the same bytes for any threads and any cut, errors that
 * leave the context as it was, limits.
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

enum { N_TOKENS = 100 };

static toy_options mixed_toy(const char *family)
{
    toy_options toy = toy_options_default(family);
    toy.n_embd = 256;
    toy.n_ff = 512;
    toy.n_heads = 8;
    toy.type = TENSOR_Q5_0;
    toy.down_type = TENSOR_Q6_K;
    toy.head_type = TENSOR_Q4_K;
    return toy;
}

/* Logits after N_TOKENS tokens, given in calls of `call` tokens. */
static void run(const toy_options *toy, const engine_options *options, uint32_t call,
                float out[TOY_N_VOCAB])
{
    int32_t tokens[N_TOKENS];
    huis_error err = {0};
    fixture f;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&f, toy, options, N_TOKENS);
    for (uint32_t i = 0; i < N_TOKENS; i += call) {
        const uint32_t n = call < N_TOKENS - i ? call : N_TOKENS - i;
        assert_int_equal(engine_prefill(f.c, tokens + i, n, NULL, NULL, &err), HUIS_OK);
    }
    assert_int_equal(engine_context_length(f.c), N_TOKENS);
    assert_memory_equal(engine_context_tokens(f.c), tokens, sizeof(tokens));
    memcpy(out, engine_logits(f.c), TOY_N_VOCAB * sizeof(*out));
    fixture_close(&f);
}

/* Threads x chunk x call: one set of bytes. And every level gives them. */
static void test_same_bytes(void **state)
{
    (void)state;
    static const char *const FAMILIES[] = {"llama", "qwen2"};
    static const uint32_t THREADS[] = {1, 2, 3};
    static const struct {
        uint32_t chunk, call;
    } CUTS[] = {{0, N_TOKENS}, {1, N_TOKENS}, {7, N_TOKENS}, {64, N_TOKENS},
                {0, 1},        {0, 13},       {12, 50}};
    for (size_t i = 0; i < 2; i++) {
        const toy_options toy = mixed_toy(FAMILIES[i]);
        float first[TOY_N_VOCAB];
        float other[TOY_N_VOCAB];
        run(&toy, &(engine_options){.n_threads = 1}, N_TOKENS, first);
        for (size_t j = 0; j < sizeof(THREADS) / sizeof(THREADS[0]); j++) {
            for (size_t k = 0; k < sizeof(CUTS) / sizeof(CUTS[0]); k++) {
                const engine_options options = {.n_threads = THREADS[j],
                                                .chunk_tokens = CUTS[k].chunk};
                run(&toy, &options, CUTS[k].call, other);
                assert_memory_equal(first, other, sizeof(first));
            }
        }
        for (size_t j = 0; kernel_level_at(j) != NULL; j++) {
            const engine_options options = {.n_threads = 2, .level = kernel_level_at(j)->level};
            run(&toy, &options, 17, other);
            assert_memory_equal(first, other, sizeof(first));
        }
    }
}

static void test_truncate(void **state)
{
    (void)state;
    const toy_options toy = mixed_toy("qwen2");
    int32_t tokens[N_TOKENS];
    int32_t others[N_TOKENS] = {0};
    float first[TOY_N_VOCAB];
    huis_error err = {0};
    fixture f;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&f, &toy, NULL, N_TOKENS);
    assert_int_equal(engine_prefill(f.c, tokens, N_TOKENS, NULL, NULL, &err), HUIS_OK);
    memcpy(first, engine_logits(f.c), sizeof(first));
    for (uint32_t keep = 0; keep < N_TOKENS; keep += 33) {
        engine_context_truncate(f.c, keep);
        assert_int_equal(engine_context_length(f.c), keep);
        assert_int_equal(engine_prefill(f.c, others, N_TOKENS - keep, NULL, NULL, &err), HUIS_OK);
        engine_context_truncate(f.c, keep);
        assert_int_equal(engine_prefill(f.c, tokens + keep, N_TOKENS - keep, NULL, NULL, &err),
                         HUIS_OK);
        assert_memory_equal(engine_logits(f.c), first, sizeof(first));
    }
    engine_context_truncate(f.c, 1000);
    assert_int_equal(engine_context_length(f.c), N_TOKENS);
    fixture_close(&f);
}

static void test_all_logits(void **state)
{
    (void)state;
    enum { N = 30 };
    static float all[N * TOY_N_VOCAB];
    const toy_options toy = mixed_toy("llama");
    int32_t tokens[N];
    huis_error err = {0};
    fixture f;
    fixture_tokens(tokens, N);
    fixture_open(&f, &toy, &(engine_options){.chunk_tokens = 8}, N);
    assert_int_equal(engine_prefill_logits(f.c, tokens, N, all, &err), HUIS_OK);
    assert_memory_equal(engine_logits(f.c), all + (N - 1) * TOY_N_VOCAB,
                        TOY_N_VOCAB * sizeof(float));
    engine_context_truncate(f.c, 0);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(engine_prefill(f.c, tokens + i, 1, NULL, NULL, &err), HUIS_OK);
        assert_memory_equal(engine_logits(f.c), all + i * TOY_N_VOCAB, TOY_N_VOCAB * sizeof(float));
    }
    fixture_close(&f);
}

static bool stop_at_second(void *user, uint32_t n_done, uint32_t n_total)
{
    uint32_t *const calls = user;
    assert_true(n_done <= n_total);
    return ++*calls < 2;
}

static void test_errors_change_nothing(void **state)
{
    (void)state;
    const toy_options toy = mixed_toy("llama");
    int32_t tokens[N_TOKENS];
    huis_error err = {0};
    fixture f;
    uint32_t calls = 0;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&f, &toy, &(engine_options){.chunk_tokens = 16}, N_TOKENS);
    assert_int_equal(engine_prefill(f.c, tokens, 10, NULL, NULL, &err), HUIS_OK);
    assert_int_equal(engine_prefill(f.c, tokens, N_TOKENS - 9, NULL, NULL, &err),
                     HUIS_E_CONTEXT_FULL);
    assert_non_null(strstr(err.message, "10 of 100"));
    assert_int_equal(engine_prefill(f.c, tokens, 0, NULL, NULL, &err), HUIS_E_BAD_ARGUMENT);
    const int32_t bad[] = {1, TOY_N_VOCAB};
    const int32_t negative[] = {-1};
    assert_int_equal(engine_prefill(f.c, bad, 2, NULL, NULL, &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_prefill(f.c, negative, 1, NULL, NULL, &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_prefill(f.c, tokens, 80, stop_at_second, &calls, &err),
                     HUIS_E_CANCELLED);
    assert_int_equal(calls, 2);
    assert_int_equal(engine_context_length(f.c), 10);
    fixture_close(&f);
}

static void test_open_errors(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("llama");
    huis_error err = {0};
    fixture f;
    engine *e = NULL;
    engine_context *c = NULL;
    fixture_open(&f, &toy, NULL, 0);
    const unsigned char *const data = (const unsigned char *)f.file.ptr;
    assert_int_equal(
        engine_open(&e, data, f.file.len, "toy.gguf", &(engine_options){.level = "sse9"}, &err),
        HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "sse9"));
    assert_int_equal(engine_open(&e, data, f.file.len - 100, "toy.gguf", NULL, &err),
                     HUIS_E_BAD_FILE);
    assert_int_equal(engine_context_new(&c, f.e, 0, &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(engine_context_new(&c, f.e, 513, &err), HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "512"));
    const engine_info *const info = engine_get_info(f.e);
    assert_string_equal(info->family, "llama");
    assert_string_equal(info->name, "huis toy");
    assert_int_equal(info->n_vocab, TOY_N_VOCAB);
    assert_true(engine_chat_template(f.e).len > 0);
    fixture_close(&f);
}

/* Every allocation fails once: an error or, where it only slows, none; nothing leaks (under ASan). */
static void test_no_memory(void **state)
{
    (void)state;
    enum { N_ALLOCATIONS = 150 };
    const toy_options toy = toy_options_default("qwen2");
    buffer file;
    uint32_t n_failed = 0;
    buffer_init(&file, 16u << 20);
    toy_model_write(&file, &toy);
    for (uint64_t n = 0; n < N_ALLOCATIONS; n++) {
        huis_error err = {0};
        engine *e = NULL;
        engine_context *c = NULL;
        memory_fail_after(n);
        int status = engine_open(&e, (const unsigned char *)file.ptr, file.len, "toy.gguf",
                                 &(engine_options){.n_threads = 1}, &err);
        if (status == HUIS_OK) {
            status = engine_context_new(&c, e, 64, &err);
        }
        memory_fail_after(UINT64_MAX);
        if (status != HUIS_OK && status != HUIS_E_NO_MEMORY) {
            fail_msg("allocation %llu: %s", (unsigned long long)n, err.message);
        }
        n_failed += status == HUIS_E_NO_MEMORY ? 1 : 0;
        (void)engine_context_free(c);
        (void)engine_close(e);
    }
    assert_in_range(n_failed, 30, N_ALLOCATIONS - 1); /* the last ones were not reached */
    buffer_deinit(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes),  cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_all_logits),  cmocka_unit_test(test_errors_change_nothing),
        cmocka_unit_test(test_open_errors), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
