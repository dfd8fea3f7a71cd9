/*
 * test_arch.c - what arch_open takes and what it refuses, and that each refusal says why.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "arch/arch.h"
#include "toy_model.h"

static int open_toy(const toy_options *toy, arch_model **out_model, huis_error *err)
{
    buffer file;
    gguf_table *table = NULL;
    buffer_init(&file, 64u << 20);
    toy_model_write(&file, toy);
    assert_true(buffer_ok(&file));
    int status =
        gguf_parse(&table, (const unsigned char *)file.ptr, file.len, "toy.gguf", false, err);
    if (status == HUIS_OK) {
        status = arch_open(out_model, table, err);
    }
    (void)gguf_free(table);
    buffer_deinit(&file);
    return status;
}

/* The message holds every word given; NULL ends them. */
static void expect_refusal(const toy_options *toy, int expected, const char *word,
                           const char *second)
{
    arch_model *m = NULL;
    huis_error err = {0};
    const int status = open_toy(toy, &m, &err);
    if (status != expected || strstr(err.message, word) == NULL ||
        (second != NULL && strstr(err.message, second) == NULL)) {
        fail_msg("status %d: %s", status, err.message);
    }
    assert_null(m);
}

static void test_reads_models(void **state)
{
    (void)state;
    huis_error err = {0};
    arch_model *m = NULL;
    toy_options toy = toy_options_default("llama");
    toy.rope_freqs = true;
    assert_int_equal(open_toy(&toy, &m, &err), HUIS_OK);
    assert_string_equal(m->family->name, "llama");
    assert_int_equal(m->n_layers, 2);
    assert_int_equal(m->n_heads, 4);
    assert_int_equal(m->head_dim, 32);
    assert_int_equal(m->n_rot, 32);
    assert_int_equal(m->n_vocab, TOY_N_VOCAB);
    assert_true(fabs((double)m->attention_scale - 1 / sqrt(32.0)) < 1e-7);
    assert_true(m->rope_frequencies[0] < 1); /* divided by rope_freqs */
    m = arch_free(m);
    toy = toy_options_default("smollm3");
    toy.n_layers = 5;
    assert_int_equal(open_toy(&toy, &m, &err), HUIS_OK);
    assert_true(m->layers[2].use_rope && m->layers[4].use_rope);
    assert_false(m->layers[3].use_rope);
    m = arch_free(m);
    toy = toy_options_default("qwen2");
    toy.tied = true;
    toy.rope_scaling = "linear";
    assert_int_equal(open_toy(&toy, &m, &err), HUIS_OK);
    assert_null(m->tensors[ARCH_OUTPUT]);
    assert_true(fabs(m->rope_frequencies[0] - 0.5) < 1e-12);
    m = arch_free(m);
}

static void test_unknown_family(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("mamba");
    expect_refusal(&toy, HUIS_E_UNSUPPORTED, "\"mamba\"", "llama, qwen2");
}

static void test_tensors(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("qwen2");
    toy.skip_tensor = "blk.1.attn_k.bias";
    expect_refusal(&toy, HUIS_E_BAD_FILE, "blk.1.attn_k.bias", "missing");
    toy = toy_options_default("llama");
    toy.skip_tensor = "token_embd.weight";
    expect_refusal(&toy, HUIS_E_BAD_FILE, "token_embd.weight", "missing");
    toy = toy_options_default("llama");
    toy.bent_tensor = "blk.0.ffn_down.weight";
    expect_refusal(&toy, HUIS_E_BAD_FILE, "blk.0.ffn_down.weight", "needs 192 x 128");
    toy = toy_options_default("llama");
    toy.add_tensor = "blk.0.attn_q_norm.weight";
    expect_refusal(&toy, HUIS_E_UNSUPPORTED, "blk.0.attn_q_norm.weight", "llama");
    toy.add_tensor = "blk.2.attn_norm.weight"; /* of a layer that does not exist */
    expect_refusal(&toy, HUIS_E_UNSUPPORTED, "blk.2.attn_norm.weight", NULL);
}

static void test_scaling(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("llama");
    toy.rope_scaling = "yarn";
    expect_refusal(&toy, HUIS_E_UNSUPPORTED, "\"yarn\"", "linear");
}

static void test_keys(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        uint32_t value;
        int status;
        const char *word;
    } cases[] = {
        {"llama.expert_count", 8, HUIS_E_UNSUPPORTED, "mixtures of experts"},
        {"llama.attention.sliding_window", 128, HUIS_E_UNSUPPORTED, "sliding windows"},
        {"llama.vocab_size", 7, HUIS_E_BAD_FILE, "263"},
        {"llama.rope.dimension_count", 31, HUIS_E_BAD_FILE, "even"},
        {"llama.rope.dimension_count", 64, HUIS_E_BAD_FILE, "at most the head size 32"},
        {"llama.attention.key_length", 24, HUIS_E_UNSUPPORTED, "multiple of 16"},
        {"llama.attention.value_length", 64, HUIS_E_UNSUPPORTED, "same multiple"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        toy_options toy = toy_options_default("llama");
        toy.extra_key = cases[i].key;
        toy.extra_value = cases[i].value;
        expect_refusal(&toy, cases[i].status, cases[i].word, NULL);
    }
    toy_options harmless = toy_options_default("llama");
    arch_model *m = NULL;
    huis_error err = {0};
    harmless.extra_key = "llama.expert_count";
    assert_int_equal(open_toy(&harmless, &m, &err), HUIS_OK);
    m = arch_free(m);
    harmless.extra_key = "llama.attention.sliding_window";
    harmless.extra_value = 512; /* as wide as the context */
    assert_int_equal(open_toy(&harmless, &m, &err), HUIS_OK);
    m = arch_free(m);
}

static void test_limits(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("llama");
    toy.n_layers = 0;
    expect_refusal(&toy, HUIS_E_BAD_FILE, "block_count", "1 to 512");
    toy = toy_options_default("llama");
    toy.n_kv_heads = 3;
    expect_refusal(&toy, HUIS_E_BAD_FILE, "4 query heads", "3 key");
    toy = toy_options_default("llama");
    toy.n_heads = 4000;
    toy.n_kv_heads = 4000;
    toy.head_dim = 16;
    expect_refusal(&toy, HUIS_E_BAD_FILE, "head_count", "1024");
    toy = toy_options_default("llama");
    toy.n_ff = 200;
    toy.type = TENSOR_F32;
    toy.down_type = TENSOR_F32;
    expect_refusal(&toy, HUIS_E_UNSUPPORTED, "feed_forward_length", "multiple of 32");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_models), cmocka_unit_test(test_unknown_family),
        cmocka_unit_test(test_tensors),      cmocka_unit_test(test_scaling),
        cmocka_unit_test(test_keys),         cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
