/*
 * test_vocab.c - the algorithms on vocabularies made in memory: merges, scores, byte fallback,
 * special tokens, streaming, and memory that runs out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "small_vocab.h"

static small_vocab spec;

static vocab *open_spec(void)
{
    vocab *v = NULL;
    huis_error err;
    if (small_vocab_open(&spec, &v, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return v;
}

static token_list encode(const vocab *v, span text, vocab_encode_options options)
{
    token_list ids;
    huis_error err;
    token_list_init(&ids);
    if (vocab_encode(v, text, &options, &ids, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return ids;
}

static void assert_ids(const vocab *v, const char *text, vocab_encode_options options,
                       const int32_t *expected, size_t count)
{
    token_list ids = encode(v, span_from_string(text), options);
    assert_int_equal(ids.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ids.ids[i], expected[i]);
    }
    token_list_deinit(&ids);
}

#define ASSERT_IDS(v, text, options, ...)                                                          \
    assert_ids(v, text, options, (const int32_t[]){__VA_ARGS__},                                   \
               sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

static const vocab_encode_options PLAIN = {0};
static const vocab_encode_options TRUSTED = {.parse_special = true};

static void test_merges(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    const int32_t ll = small_vocab_merge(&spec, "l", "l");
    const int32_t he = small_vocab_merge(&spec, "h", "e");
    const int32_t llo = small_vocab_merge(&spec, "ll", "o");
    const int32_t hello = small_vocab_merge(&spec, "he", "llo");
    const int32_t space_w = small_vocab_merge(&spec, "Ġ", "w");
    const int32_t aa = small_vocab_merge(&spec, "a", "a");
    const int32_t accent = small_vocab_merge(&spec, "Ã", "©");
    vocab *v = open_spec();
    ASSERT_IDS(v, "hello", PLAIN, hello);
    ASSERT_IDS(v, "hell world", PLAIN, he, ll, space_w, 'o', 'r', 'l', 'd');
    ASSERT_IDS(v, "llo  w", PLAIN, llo, ' ', space_w);
    /* Of equal ranks the leftmost pair merges first. */
    ASSERT_IDS(v, "aaaaa", PLAIN, aa, aa, 'a');
    ASSERT_IDS(v, "\xC3\xA9", PLAIN, accent);
    ASSERT_IDS(v, "\n\n", PLAIN, '\n', '\n');
    /* Ill-formed bytes are repaired first. */
    ASSERT_IDS(v, "\xFF", PLAIN, 0xEF, 0xBF, 0xBD);
    assert_int_equal(vocab_find(v, SPAN("hello")), hello);
    assert_int_equal(vocab_find(v, span_from_string("Ġw")), space_w);
    assert_int_equal(vocab_find(v, SPAN(" w")), VOCAB_NONE);
    assert_true(span_equal(vocab_bytes(v, space_w), SPAN(" w")));
    assert_true(span_equal(vocab_piece(v, space_w), span_from_string("Ġw")));
    vocab_free(v);
}

/* Merging by the definition: again and again the pair of lowest rank, leftmost first. */
static size_t merge_slowly(const vocab *v, const int32_t (*merges)[3], size_t n_merges,
                           int32_t *ids, size_t n)
{
    (void)v;
    for (;;) {
        size_t best = n_merges;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            for (size_t m = 0; m < best; m++) {
                if (merges[m][0] == ids[i] && merges[m][1] == ids[i + 1]) {
                    best = m;
                    at = i;
                }
            }
        }
        if (best == n_merges) {
            return n;
        }
        ids[at] = merges[best][2];
        memmove(&ids[at + 1], &ids[at + 2], (n - at - 2) * sizeof(*ids));
        n--;
    }
}

/* Random merges over three letters; words short enough to scan and long enough for the heap. */
static void test_scan_and_heap(void **state)
{
    (void)state;
    enum { N_MERGES = 60 };
    int32_t merges[N_MERGES][3];
    rng r;
    rng_init(&r, 7);
    for (unsigned round = 0; round < 20; round++) {
        small_vocab_byte_level(&spec, "gpt-2");
        int32_t pool[N_MERGES + 3] = {'a', 'b', 'c'};
        size_t n_pool = 3;
        size_t n_merges = 0;
        while (n_merges < N_MERGES) {
            const int32_t left = pool[rng_next_below(&r, (uint32_t)n_pool)];
            const int32_t right = pool[rng_next_below(&r, (uint32_t)n_pool)];
            char piece[64];
            (void)snprintf(piece, sizeof(piece), "%s%s", spec.tokens[left], spec.tokens[right]);
            bool is_new = strlen(piece) < 8;
            for (uint32_t i = 256; i < spec.n_tokens; i++) {
                is_new = is_new && strcmp(spec.tokens[i], piece) != 0;
            }
            if (is_new) {
                const int32_t id = small_vocab_merge(&spec, spec.tokens[left], spec.tokens[right]);
                memcpy(merges[n_merges++], (const int32_t[]){left, right, id}, sizeof(merges[0]));
                pool[n_pool++] = id;
            }
        }
        vocab *v = open_spec();
        for (unsigned k = 0; k < 40; k++) {
            char word[300];
            int32_t slow[300];
            const size_t n = 1 + rng_next_below(&r, k % 2 == 0 ? 40 : 299);
            for (size_t i = 0; i < n; i++) {
                word[i] = (char)('a' + rng_next_below(&r, 3));
                slow[i] = word[i];
            }
            const size_t n_slow = merge_slowly(v, merges, N_MERGES, slow, n);
            token_list ids = encode(v, span_from(word, n), PLAIN);
            assert_int_equal(ids.count, n_slow);
            assert_memory_equal(ids.ids, slow, n_slow * sizeof(*slow));
            token_list_deinit(&ids);
        }
        vocab_free(v);
    }
}

static void test_ignore_merges(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "llama-bpe");
    const int32_t ab = small_vocab_merge(&spec, "a", "b");
    const int32_t abc = small_vocab_add(&spec, "abc", VOCAB_NORMAL, 0);
    vocab *v = open_spec();
    ASSERT_IDS(v, "abc", PLAIN, abc);
    ASSERT_IDS(v, "abcc", PLAIN, ab, 'c', 'c');
    vocab_free(v);
    spec.pre = "dbrx";
    v = open_spec();
    ASSERT_IDS(v, "abc", PLAIN, ab, 'c');
    vocab_free(v);
}

static void test_special(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    const int32_t end = small_vocab_add(&spec, "<|im_end|>", VOCAB_CONTROL, 0);
    const int32_t longer = small_vocab_add(&spec, "<|im_end|>x", VOCAB_CONTROL, 0);
    const int32_t call = small_vocab_add(&spec, "<tool_call>", VOCAB_USER_DEFINED, 0);
    const int32_t spaces = small_vocab_add(&spec, "   ", VOCAB_USER_DEFINED, 0);
    const int32_t bc = small_vocab_add(&spec, "bcd", VOCAB_USER_DEFINED, 0);
    const int32_t ab = small_vocab_add(&spec, "ab", VOCAB_USER_DEFINED, 0);
    (void)small_vocab_add(&spec, "[PAD]", VOCAB_UNUSED, 0);
    /* Merges that would spell a control token out of ordinary text. */
    (void)small_vocab_merge(&spec, "<", "|");
    vocab *v = open_spec();
    ASSERT_IDS(v, "a<|im_end|>b", TRUSTED, 'a', end, 'b');
    ASSERT_IDS(v, "<|im_end|>x", TRUSTED, longer);
    ASSERT_IDS(v, "<tool_call>", TRUSTED, call);
    /* Spelling tokens match in any text: leftmost, then longest. */
    ASSERT_IDS(v, "abcd", PLAIN, ab, 'c', 'd');
    ASSERT_IDS(v, "xbcd", PLAIN, 'x', bc);
    ASSERT_IDS(v, "    .", PLAIN, spaces, ' ', '.');
    token_list ids = encode(v, SPAN("a<|im_end|>x<tool_call>[PAD]"), PLAIN);
    for (size_t i = 0; i < ids.count; i++) {
        assert_int_equal(vocab_kind(v, ids.ids[i]), VOCAB_NORMAL);
    }
    token_list_deinit(&ids);
    assert_int_equal(vocab_find(v, SPAN("<|im_end|>")), end);
    assert_int_equal(vocab_find(v, SPAN("[PAD]")), ab + 1);
    assert_int_equal(vocab_find(v, SPAN("ab")), ab);
    assert_int_equal(vocab_bytes(v, end).len, 0);
    assert_int_equal(vocab_bytes(v, spaces).len, 3);
    vocab_free(v);
}

static void test_ends(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    const int32_t im_end = small_vocab_add(&spec, "<|im_end|>", VOCAB_CONTROL, 0);
    const int32_t text = small_vocab_add(&spec, "<|endoftext|>", VOCAB_USER_DEFINED, 0);
    const int32_t eos = small_vocab_add(&spec, "<stop>", VOCAB_CONTROL, 0);
    small_vocab_key(&spec, "tokenizer.ggml.eos_token_id", GGUF_U32, (uint32_t)eos, NULL);
    small_vocab_key(&spec, "tokenizer.ggml.padding_token_id", GGUF_U32, UINT32_MAX, NULL);
    vocab *v = open_spec();
    assert_true(vocab_is_end(v, im_end));
    assert_true(vocab_is_end(v, eos));
    assert_false(vocab_is_end(v, text));
    assert_false(vocab_is_end(v, 'a'));
    assert_false(vocab_is_end(v, VOCAB_NONE));
    assert_false(vocab_is_end(v, 1 << 20));
    assert_int_equal(vocab_specials(v)->eot, im_end);
    assert_int_equal(vocab_specials(v)->pad, VOCAB_NONE);
    assert_int_equal(vocab_specials(v)->bos, VOCAB_NONE);
    vocab_free(v);
    /* Harmony: <|end|> closes a message in the middle of an answer. */
    small_vocab_byte_level(&spec, "gpt-4o");
    const int32_t end = small_vocab_add(&spec, "<|end|>", VOCAB_CONTROL, 0);
    const int32_t call = small_vocab_add(&spec, "<|call|>", VOCAB_CONTROL, 0);
    v = open_spec();
    assert_true(vocab_is_end(v, end));
    vocab_free(v);
    (void)small_vocab_add(&spec, "<|return|>", VOCAB_CONTROL, 0);
    v = open_spec();
    assert_true(vocab_is_end(v, call));
    assert_false(vocab_is_end(v, end));
    vocab_free(v);
}

static void test_spm(void **state)
{
    (void)state;
    small_vocab_spm(&spec);
    const int32_t space = small_vocab_add(&spec, "▁", VOCAB_NORMAL, -10);
    const int32_t a = small_vocab_add(&spec, "a", VOCAB_NORMAL, -11);
    const int32_t b = small_vocab_add(&spec, "b", VOCAB_NORMAL, -12);
    const int32_t ab = small_vocab_add(&spec, "ab", VOCAB_NORMAL, -2);
    const int32_t ba = small_vocab_add(&spec, "ba", VOCAB_NORMAL, -1);
    const int32_t space_a = small_vocab_add(&spec, "▁a", VOCAB_NORMAL, -3);
    const int32_t accent = small_vocab_add(&spec, "é", VOCAB_NORMAL, -13);
    const int32_t two = small_vocab_add(&spec, "▁▁", VOCAB_NORMAL, -1.5f);
    vocab *v = open_spec();
    const int32_t byte = 3;
    ASSERT_IDS(v, "aba", PLAIN, space_a, ba);
    ASSERT_IDS(v, "bab", PLAIN, space, ba, b);
    ASSERT_IDS(v, "a a", PLAIN, space_a, space_a);
    ASSERT_IDS(v, "  a", PLAIN, two, space_a);
    ASSERT_IDS(v, "▁a", PLAIN, two, a);
    ASSERT_IDS(v, "é", PLAIN, space, accent);
    ASSERT_IDS(v, "ü\n", PLAIN, space, byte + 0xC3, byte + 0xBC, byte + '\n');
    /* The characters of a control token do not merge into it. */
    ASSERT_IDS(v, "<s>", PLAIN, space, byte + '<', byte + 's', byte + '>');
    ASSERT_IDS(v, "<s>ab</s>b", TRUSTED, 1, space, ab, 2, space, b);
    ASSERT_IDS(v, "ab", ((vocab_encode_options){.add_special = true}), 1, space, ab);
    assert_int_equal(vocab_find(v, span_from_string("▁a")), space_a);
    assert_int_equal(vocab_find(v, SPAN("<0x0A>")), byte + '\n');
    vocab_free(v);
}

/* Without byte tokens a run of unknown characters is one unknown token. */
static void test_spm_unknown(void **state)
{
    (void)state;
    small_vocab_spm(&spec);
    spec.n_tokens = 3;
    spec.n_kinds = 3;
    spec.n_scores = 3;
    const int32_t a = small_vocab_add(&spec, "▁a", VOCAB_NORMAL, -1);
    small_vocab_key(&spec, "tokenizer.ggml.add_bos_token", GGUF_BOOL, 0, NULL);
    small_vocab_key(&spec, "tokenizer.ggml.add_eos_token", GGUF_BOOL, 1, NULL);
    vocab *v = open_spec();
    ASSERT_IDS(v, "a\xC3\xA9", ((vocab_encode_options){.add_special = true}), a, 0, 2);
    vocab_free(v);
}

static void check_stream(const vocab *v, const int32_t *ids, size_t n, const char *expected)
{
    detokenizer d;
    buffer out;
    buffer_init(&out, 1000);
    detokenizer_init(&d, v);
    for (size_t i = 0; i < n; i++) {
        assert_true(detokenizer_push(&d, ids[i], &out));
        assert_int_equal(utf8_valid_prefix(buffer_span(&out)), out.len);
    }
    assert_true(detokenizer_finish(&d, &out));
    assert_string_equal(buffer_string(&out), expected);
    buffer_deinit(&out);
}

#define CHECK_STREAM(v, expected, ...)                                                             \
    check_stream(v, (const int32_t[]){__VA_ARGS__},                                                \
                 sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t), expected)

static void test_stream(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    const int32_t end = small_vocab_add(&spec, "<|im_end|>", VOCAB_CONTROL, 0);
    const int32_t tail_and_more = small_vocab_merge(&spec, "Ģ", "a");
    vocab *v = open_spec();
    CHECK_STREAM(v, "\xF0\x9F\x98\x80!", 0xF0, 0x9F, 0x98, 0x80, end, '!');
    CHECK_STREAM(v,
                 "\xF0\x9F\x98\x80"
                 "a",
                 0xF0, 0x9F, 0x98, tail_and_more);
    CHECK_STREAM(v,
                 "a\xEF\xBF\xBD"
                 "b",
                 'a', 0xF0, 0x9F, 'b');
    CHECK_STREAM(v, "\xEF\xBF\xBD\xC3\xA9", 0xF0, 0x9F, 0xC3, 0xA9);
    CHECK_STREAM(v, "\xEF\xBF\xBD", 0xE2, 0x82);
    CHECK_STREAM(v, " a", ' ', 'a');
    CHECK_STREAM(v, "", -1, 100000, end);
    vocab_free(v);
    small_vocab_spm(&spec);
    const int32_t space_a = small_vocab_add(&spec, "▁a", VOCAB_NORMAL, -1);
    v = open_spec();
    CHECK_STREAM(v, "a a\n", 1, space_a, space_a, 3 + '\n');
    CHECK_STREAM(v, "\xC3\xA9", 3 + 0xC3, 3 + 0xA9);
    vocab_free(v);
}

/* A word of a million letters takes n log n, one of more than the limit an error. */
static void test_long_words(void **state)
{
    (void)state;
    small_vocab_byte_level(&spec, "gpt-2");
    (void)small_vocab_merge(&spec, "a", "a");
    (void)small_vocab_merge(&spec, "aa", "aa");
    (void)small_vocab_merge(&spec, "aaaa", "aaaa");
    vocab *v = open_spec();
    const size_t len = (size_t)LIMIT_WORD_BYTES + 1;
    char *const text = memory_alloc(len, 1);
    assert_non_null(text);
    memset(text, 'a', len);
    const int64_t start_us = clock_monotonic_us();
    token_list ids = encode(v, span_from(text, 1u << 20), PLAIN);
    assert_int_equal(ids.count, 1u << 17);
    assert_true(clock_monotonic_us() - start_us < 20 * 1000 * 1000);
    huis_error err;
    assert_int_equal(vocab_encode(v, span_from(text, len), &PLAIN, &ids, &err), HUIS_E_LIMIT);
    assert_int_equal(ids.count, 1u << 17);
    assert_int_equal(
        vocab_encode(v, span_from(text, (size_t)LIMIT_TEXT_BYTES + 1), &PLAIN, &ids, &err),
        HUIS_E_LIMIT);
    token_list_deinit(&ids);
    memory_free(text);
    vocab_free(v);
}

/* A million marks of two classes on one letter: sorting them would take hours. */
static void test_many_marks(void **state)
{
    (void)state;
    enum { N = 500000 };
    small_vocab_byte_level(&spec, "qwen2");
    vocab *v = open_spec();
    char *const text = memory_alloc(4 * N, 1);
    assert_non_null(text);
    for (size_t i = 0; i < N; i++) {
        memcpy(text + 4 * i, "\xCC\x81\xCC\xA3", 4);
    }
    const int64_t start_us = clock_monotonic_us();
    token_list ids = encode(v, span_from(text, 4 * N), PLAIN);
    assert_int_equal(ids.count, 4 * N);
    assert_true(clock_monotonic_us() - start_us < 20 * 1000 * 1000);
    token_list_deinit(&ids);
    /* Few marks are sorted and composed: e, dot below, acute. */
    ASSERT_IDS(v, "e\xCC\x81\xCC\xA3x", PLAIN, 0xE1, 0xBA, 0xB9, 0xCC, 0x81, 'x');
    ASSERT_IDS(v, "\xE1\x84\x80\xE1\x85\xA1", PLAIN, 0xEA, 0xB0, 0x80);
    ASSERT_IDS(v, "\xE2\x84\xAB", PLAIN, 0xC3, 0x85);
    memory_free(text);
    vocab_free(v);
}

/* Every allocation of opening and encoding fails once: an error, nothing leaks, nothing half-done. */
static void check_memory(const char *text)
{
    huis_error err;
    buffer b;
    gguf_table *table = NULL;
    assert_int_equal(small_vocab_table(&spec, &b, &table, &err), HUIS_OK);
    for (uint64_t n = 0;; n++) {
        vocab *v = NULL;
        memory_fail_after(n);
        const int status = vocab_open(&v, table, &err);
        memory_fail_after(UINT64_MAX);
        if (status == HUIS_OK) {
            vocab_free(v);
            break;
        }
        assert_int_equal(status, HUIS_E_NO_MEMORY);
        assert_null(v);
    }
    gguf_free(table);
    buffer_deinit(&b);
    vocab *v = open_spec();
    bool done = false;
    for (uint64_t n = 0; !done; n++) {
        token_list ids;
        token_list_init(&ids);
        memory_fail_after(n);
        const int status = vocab_encode(v, span_from_string(text), &TRUSTED, &ids, &err);
        memory_fail_after(UINT64_MAX);
        done = status == HUIS_OK;
        assert_true(done || (status == HUIS_E_NO_MEMORY && ids.count == 0));
        token_list_deinit(&ids);
    }
    vocab_free(v);
}

static void test_memory(void **state)
{
    (void)state;
    static const char TEXT[] =
        "hello \xFF <s> e\xCC\x81 "
        "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww"
        "wwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwwww";
    small_vocab_byte_level(&spec, "qwen2");
    (void)small_vocab_merge(&spec, "w", "w");
    (void)small_vocab_add(&spec, "<s>", VOCAB_CONTROL, 0);
    check_memory(TEXT);
    small_vocab_spm(&spec);
    (void)small_vocab_add(&spec, "ww", VOCAB_NORMAL, -1);
    check_memory(TEXT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merges),        cmocka_unit_test(test_scan_and_heap),
        cmocka_unit_test(test_ignore_merges), cmocka_unit_test(test_special),
        cmocka_unit_test(test_ends),          cmocka_unit_test(test_spm),
        cmocka_unit_test(test_spm_unknown),   cmocka_unit_test(test_stream),
        cmocka_unit_test(test_long_words),    cmocka_unit_test(test_memory),
        cmocka_unit_test(test_many_marks),
    };
    return cmocka_run_group_tests_name("vocab", tests, NULL, NULL);
}
