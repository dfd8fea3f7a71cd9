/*
 * test_exact.c - logits of toy models against the plain double-precision forward pass.
 *
 * The engine quantises activations to 8 bits per 32 values before each product and keeps keys and
 * values as f16. One rounding to 1/254 of a block's maximum costs an NMSE of about 2e-5 of a
 * product of random numbers; the bound leaves room for the handful of products of each layer. A
 * wrong recipe (rotary pairs, bias, order) is off by 0.1 and more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "engine_fixture.h"
#include "reference_model.h"

enum { N_TOKENS = 21 };

#define NMSE_MAX_A_LAYER 1e-3

static void compare(const toy_options *toy, const char *what)
{
    static float logits[N_TOKENS * TOY_N_VOCAB];
    static double reference[N_TOKENS * TOY_N_VOCAB];
    int32_t tokens[N_TOKENS];
    huis_error err = {0};
    fixture f;
    gguf_table *table = NULL;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&f, toy, NULL, N_TOKENS);
    assert_int_equal(engine_prefill_logits(f.c, tokens, N_TOKENS, logits, &err), HUIS_OK);
    assert_int_equal(
        gguf_parse(&table, (const unsigned char *)f.file.ptr, f.file.len, "toy.gguf", false, &err),
        HUIS_OK);
    reference_logits(table, tokens, N_TOKENS, reference);
    const double nmse = fixture_nmse(reference, logits, N_TOKENS * TOY_N_VOCAB);
    (void)printf("# %s: NMSE %.2e\n", what, nmse);
    assert_true(nmse < NMSE_MAX_A_LAYER * toy->n_layers);
    (void)gguf_free(table);
    fixture_close(&f);
}

static void test_families(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("llama");
    compare(&toy, "llama");
    toy.tied = true;
    toy.rope_freqs = true;
    compare(&toy, "llama, tied, rope_freqs");
    toy = toy_options_default("qwen2");
    compare(&toy, "qwen2");
    toy.rope_scaling = "linear";
    compare(&toy, "qwen2, linear scaling");
    toy = toy_options_default("smollm3");
    toy.n_layers = 4;
    compare(&toy, "smollm3");
}

static void test_shapes(void **state)
{
    (void)state;
    toy_options toy = toy_options_default("llama");
    toy.head_dim = 48; /* not n_embd / n_heads; no multiple of 32 */
    compare(&toy, "heads of 48");
    toy.n_heads = 6;
    toy.n_kv_heads = 1;
    compare(&toy, "six heads on one");
    toy.n_kv_heads = 6;
    compare(&toy, "a KV head for each");
}

static void test_types(void **state)
{
    (void)state;
    static const tensor_type TYPES[] = {TENSOR_F32,  TENSOR_F16,    TENSOR_BF16,   TENSOR_Q4_0,
                                        TENSOR_Q4_1, TENSOR_Q5_0,   TENSOR_Q5_1,   TENSOR_Q8_0,
                                        TENSOR_Q2_K, TENSOR_Q3_K,   TENSOR_Q4_K,   TENSOR_Q5_K,
                                        TENSOR_Q6_K, TENSOR_IQ4_NL, TENSOR_IQ4_XS, TENSOR_MXFP4};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        const tensor_type_info *const info = tensor_type_find(TYPES[i]);
        toy_options toy = toy_options_default(i % 2 == 0 ? "llama" : "qwen2");
        toy.n_embd = 256; /* K-quants need rows of whole superblocks */
        toy.n_ff = 256;
        toy.type = TYPES[i];
        toy.down_type = TYPES[i];
        toy.head_type = TYPES[i];
        toy.tied = i % 3 == 0;
        compare(&toy, info->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
