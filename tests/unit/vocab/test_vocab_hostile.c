/*
 * test_vocab_hostile.c - vocabularies with one thing wrong each: a typed error that names it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "small_vocab.h"

static small_vocab spec;

static void assert_refused(int expected, const char *part)
{
    vocab *v = NULL;
    huis_error err = {0};
    assert_int_equal(small_vocab_open(&spec, &v, &err), expected);
    assert_null(v);
    assert_int_equal(err.status, expected);
    assert_non_null(strstr(err.message, "small.gguf"));
    if (strstr(err.message, part) == NULL) {
        fail_msg("\"%s\" does not hold \"%s\"", err.message, part);
    }
}

static void assert_accepted(void)
{
    vocab *v = NULL;
    huis_error err = {0};
    if (small_vocab_open(&spec, &v, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    vocab_free(v);
}

static void test_model_names(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    assert_accepted();
    spec.model = NULL;
    assert_refused(HUIS_E_BAD_FILE, "tokenizer.ggml.model");
    spec.model = "bert";
    assert_refused(HUIS_E_UNSUPPORTED, "\"bert\"");
    spec.model = "gpt2";
    spec.pre = NULL;
    assert_refused(HUIS_E_UNSUPPORTED, "tokenizer.ggml.pre is missing");
    spec.pre = "default";
    assert_refused(HUIS_E_UNSUPPORTED, "\"default\" is not known (known: ");
    assert_refused(HUIS_E_UNSUPPORTED, " qwen2 ");
    spec.pre = "gpt-2 ";
    assert_refused(HUIS_E_UNSUPPORTED, "\"gpt-2 \"");
}

static void test_all_rules_compile(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
        "gpt-2",     "smollm",    "falcon",    "llama-bpe",      "qwen2",
        "qwen35",    "gpt-4o",    "tekken",    "deepseek-llm",   "deepseek-v3",
        "olmo",      "exaone",    "smaug-bpe", "deepseek-coder", "deepseek-r1-qwen",
        "hunyuan",   "codeshell", "phi-2",     "starcoder",      "refact",
        "command-r", "mpt",       "lfm2",      "falcon3",        "dbrx",
        "glm4",      "gpt2",      "llama3",
    };
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        small_vocab_byte_level(&spec, NAMES[i]);
        (void)small_vocab_add(&spec, "<s>", VOCAB_CONTROL, 0);
        small_vocab_key(&spec, "tokenizer.ggml.bos_token_id", GGUF_U32, 256, NULL);
        assert_accepted();
    }
}

static void test_arrays(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    spec.n_kinds = 255;
    assert_refused(HUIS_E_BAD_FILE, "token_type has 255 elements for 256 tokens");
    spec.n_kinds = 256;
    spec.kinds[7] = 9;
    assert_refused(HUIS_E_BAD_FILE, "token_type[7]");
    spec.kinds[7] = -1;
    assert_refused(HUIS_E_BAD_FILE, "token_type[7]");
    small_vocab_byte_level(&spec, "gpt-2");
    spec.n_tokens = 0;
    spec.n_kinds = 0;
    assert_refused(HUIS_E_BAD_FILE, "tokenizer.ggml.tokens");
    small_vocab_spm(&spec);
    spec.n_scores = 3;
    assert_refused(HUIS_E_BAD_FILE, "tokenizer.ggml.scores");
    spec.n_scores = 0;
    assert_refused(HUIS_E_BAD_FILE, "tokenizer.ggml.scores");
}

static void test_byte_tokens(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"<0x-1>", "<0x1>", "<0x123>", "0x0A",
                                        "<0xGG>", "",      "<0x0A"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        small_vocab_spm(&spec);
        (void)small_vocab_add(&spec, WRONG[i], VOCAB_BYTE, 0);
        assert_refused(HUIS_E_BAD_FILE, "token 259 is a byte token");
    }
}

static void test_merge_lines(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"a", " a", "a ", "", " ", "a\tb", "\xFF b", "你 a"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
        small_vocab_byte_level(&spec, "gpt-2");
        (void)snprintf(spec.merges[0], sizeof(spec.merges[0]), "%s", WRONG[i]);
        spec.n_merges = 1;
        assert_refused(HUIS_E_BAD_FILE, "tokenizer.ggml.merges[0] is not two tokens");
    }
    small_vocab_byte_level(&spec, "gpt-2");
    (void)small_vocab_merge(&spec, "a", "b");
    assert_accepted();
    (void)snprintf(spec.tokens[256], sizeof(spec.tokens[0]), "%s", "ac");
    assert_refused(HUIS_E_BAD_FILE, "merges[0] \"a b\" names a token that is not");
    /* A merge that would make a control token is no merge either. */
    (void)snprintf(spec.tokens[256], sizeof(spec.tokens[0]), "%s", "ab");
    spec.kinds[256] = VOCAB_CONTROL;
    assert_refused(HUIS_E_BAD_FILE, "merges[0]");
    spec.has_merges = false;
    assert_refused(HUIS_E_BAD_FILE, "tokenizer.ggml.merges is missing");
}

static void test_ids(void **state)
{
    (void)state;
    static const char *const KEYS[] = {
        "tokenizer.ggml.bos_token_id",       "tokenizer.ggml.eos_token_id",
        "tokenizer.ggml.eot_token_id",       "tokenizer.ggml.eom_token_id",
        "tokenizer.ggml.unknown_token_id",   "tokenizer.ggml.padding_token_id",
        "tokenizer.ggml.seperator_token_id",
    };
    for (size_t i = 0; i < sizeof(KEYS) / sizeof(KEYS[0]); i++) {
        small_vocab_byte_level(&spec, "gpt-2");
        small_vocab_key(&spec, KEYS[i], GGUF_U32, 256, NULL);
        assert_refused(HUIS_E_BAD_FILE, KEYS[i]);
        spec.keys[0] = (small_key){KEYS[i], GGUF_STRING, 0, "1"};
        assert_refused(HUIS_E_BAD_FILE, KEYS[i]);
        spec.keys[0] = (small_key){KEYS[i], GGUF_U32, 255, NULL};
        assert_accepted();
    }
    small_vocab_byte_level(&spec, "gpt-2");
    small_vocab_key(&spec, "tokenizer.ggml.add_bos_token", GGUF_BOOL, 1, NULL);
    assert_refused(HUIS_E_BAD_FILE, "add_bos_token");
    small_vocab_byte_level(&spec, "gpt-2");
    small_vocab_key(&spec, "tokenizer.ggml.add_eos_token", GGUF_BOOL, 1, NULL);
    assert_refused(HUIS_E_BAD_FILE, "add_eos_token");
}

/* Odd, but harmless: empty and repeated tokens, tokens that are not UTF-8, scores that are not
 * numbers. */
static void test_odd(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    (void)small_vocab_add(&spec, "", VOCAB_NORMAL, 0);
    (void)small_vocab_add(&spec, "", VOCAB_CONTROL, 0);
    (void)small_vocab_add(&spec, "", VOCAB_USER_DEFINED, 0);
    (void)small_vocab_add(&spec, "a", VOCAB_NORMAL, 0);
    (void)small_vocab_add(&spec, "a", VOCAB_CONTROL, 0);
    (void)small_vocab_add(&spec, "\xFF\xFE", VOCAB_NORMAL, 0);
    (void)small_vocab_add(&spec, "\xC4", VOCAB_USER_DEFINED, 0);
    assert_accepted();
    small_vocab_spm(&spec);
    (void)small_vocab_add(&spec, "ab", VOCAB_NORMAL, __builtin_nanf(""));
    (void)small_vocab_add(&spec, "bc", VOCAB_NORMAL, __builtin_inff());
    (void)small_vocab_add(&spec, "cd", VOCAB_NORMAL, -__builtin_inff());
    vocab *v = NULL;
    huis_error err;
    token_list ids;
    token_list_init(&ids);
    const vocab_encode_options options = {0};
    assert_int_equal(small_vocab_open(&spec, &v, &err), HUIS_OK);
    assert_int_equal(vocab_encode(v, SPAN("abcd"), &options, &ids, &err), HUIS_OK);
    /* " ", "a", "bc", "d": infinity first, and then nothing else fits. */
    assert_int_equal(ids.count, 4);
    assert_int_equal(ids.ids[2], 260);
    token_list_deinit(&ids);
    vocab_free(v);
}

/* A special token that is half a character must not cut a text there. */
static void test_half_characters(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "qwen2");
    (void)small_vocab_add(&spec, "\x81", VOCAB_CONTROL, 0);
    (void)small_vocab_add(&spec, "\xCC", VOCAB_USER_DEFINED, 0);
    vocab *v = NULL;
    huis_error err;
    token_list ids;
    token_list_init(&ids);
    const vocab_encode_options options = {.parse_special = true};
    assert_int_equal(small_vocab_open(&spec, &v, &err), HUIS_OK);
    assert_int_equal(vocab_encode(v, SPAN("\xCC\x81"), &options, &ids, &err), HUIS_OK);
    assert_int_equal(ids.count, 2);
    assert_int_equal(ids.ids[0], 0xCC);
    assert_int_equal(ids.ids[1], 0x81);
    token_list_deinit(&ids);
    vocab_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_names), cmocka_unit_test(test_all_rules_compile),
        cmocka_unit_test(test_arrays),      cmocka_unit_test(test_byte_tokens),
        cmocka_unit_test(test_merge_lines), cmocka_unit_test(test_ids),
        cmocka_unit_test(test_odd),         cmocka_unit_test(test_half_characters),
    };
    return cmocka_run_group_tests_name("vocab-hostile", tests, NULL, NULL);
}
