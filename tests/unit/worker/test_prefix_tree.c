/*
 * test_prefix_tree.c - what is found in memory has the bits of what was computed; nobody finds what is
 * another's; the budget holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/rng.h"
#include "engine_fixture.h"
#include "worker/prefix_tree.h"

enum { CAPACITY = 256, N_TOKENS = 200 };

static void compute(engine_context *c, const int32_t *tokens, uint32_t n)
{
    assert_int_equal(engine_prefill(c, tokens, n, NULL, NULL, NULL), HUIS_OK);
}

/* How many of n tokens an empty context finds. */
static uint32_t find(prefix_tree *t, const prefix_owner *owner, engine_context *c,
                     const int32_t *tokens, uint32_t n)
{
    engine_context_truncate(c, 0);
    prefix_tree_restore(t, owner, c, tokens, n);
    const uint32_t found = engine_context_length(c);
    assert_memory_equal(engine_context_tokens(c), tokens, found * sizeof(*tokens));
    return found;
}

/* Every length of what is kept and of what is asked for, across pages and panels: the logits of all
 * that follows are those of computing everything. */
static void what_is_found_has_the_bits_of_computing(void **state)
{
    (void)state;
    static const uint32_t LENGTHS[] = {32, 33, 47, 48, 63, 64, 65, 96, 100, 128, 199};
    const toy_options toy = toy_options_default("qwen2");
    const engine_options options = {.n_threads = 2};
    const prefix_owner owner = prefix_owner_of("me", 1);
    int32_t tokens[N_TOKENS];
    static float expected[TOY_N_VOCAB];
    fixture a, b;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&a, &toy, &options, CAPACITY);
    fixture_open(&b, &toy, &options, CAPACITY);
    compute(a.c, tokens, N_TOKENS);
    memcpy(expected, engine_logits(a.c), sizeof(expected));
    for (size_t i = 0; i < sizeof(LENGTHS) / sizeof(LENGTHS[0]); i++) {
        for (uint32_t ask = 32; ask < N_TOKENS; ask += 9) {
            prefix_tree t;
            prefix_tree_init(&t, a.e, 1u << 28);
            prefix_tree_keep(&t, &owner, a.c, LENGTHS[i]);
            const uint32_t n = find(&t, &owner, b.c, tokens, ask);
            assert_int_equal(n, ask < LENGTHS[i] ? ask : LENGTHS[i]);
            compute(b.c, tokens + n, N_TOKENS - n);
            assert_memory_equal(engine_logits(b.c), expected, sizeof(expected));
            prefix_tree_deinit(&t);
        }
    }
    fixture_close(&a);
    fixture_close(&b);
}

/* Sequences that part at random places, kept in any order and grown: what is found is the longest
 * beginning that any of them has, and each page is kept once. */
static void branches_share_what_they_have_in_common(void **state)
{
    (void)state;
    enum { N_SEQUENCES = 24 };
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    const prefix_owner owner = prefix_owner_of("", 7);
    static int32_t tokens[N_SEQUENCES][N_TOKENS];
    static uint32_t lengths[N_SEQUENCES];
    fixture f, g;
    rng r;
    rng_init(&r, 3);
    fixture_open(&f, &toy, &options, CAPACITY);
    fixture_open(&g, &toy, &options, CAPACITY);
    prefix_tree t;
    prefix_tree_init(&t, f.e, 1u << 28);
    for (size_t i = 0; i < N_SEQUENCES; i++) {
        const size_t from = i > 0 ? rng_next_below(&r, (uint32_t)i) : 0;
        const uint32_t shared = i > 0 ? rng_next_below(&r, N_TOKENS) : 0;
        for (uint32_t k = 0; k < N_TOKENS; k++) {
            tokens[i][k] = k < shared ? tokens[from][k] : (int32_t)rng_next_below(&r, 64);
        }
        lengths[i] = 32 + rng_next_below(&r, N_TOKENS - 32);
        engine_context_truncate(f.c, 0);
        compute(f.c, tokens[i], N_TOKENS);
        prefix_tree_keep(&t, &owner, f.c, lengths[i] / 2 < 32 ? 32 : lengths[i] / 2);
        prefix_tree_keep(&t, &owner, f.c, lengths[i]);
        for (size_t j = 0; j < N_SEQUENCES; j++) {
            const size_t of = j <= i ? j : i;
            const uint32_t n = find(&t, &owner, g.c, tokens[of], N_TOKENS - 1);
            assert_true(n >= lengths[of]);
            if (j % 5 == 0) {
                compute(g.c, tokens[of] + n, N_TOKENS - n);
                engine_context_truncate(f.c, 0);
                compute(f.c, tokens[of], N_TOKENS);
                assert_memory_equal(engine_logits(g.c), engine_logits(f.c),
                                    TOY_N_VOCAB * sizeof(float));
            }
        }
    }
    assert_int_equal(t.bytes, (uint64_t)t.n_pages * t.page_bytes);
    const uint32_t n_pages = t.n_pages;
    engine_context_truncate(f.c, 0);
    compute(f.c, tokens[0], N_TOKENS);
    prefix_tree_keep(&t, &owner, f.c, lengths[0]);
    assert_int_equal(t.n_pages, n_pages);
    prefix_tree_deinit(&t);
    fixture_close(&f);
    fixture_close(&g);
}

static void nobody_finds_what_is_anothers(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    const prefix_owner a = prefix_owner_of("a", 1);
    const prefix_owner a_again = prefix_owner_of("a", 2);
    const prefix_owner b = prefix_owner_of("b", 1);
    const prefix_owner alone = prefix_owner_of("", 1);
    const prefix_owner other = prefix_owner_of("", 2);
    const prefix_owner tricky =
        prefix_owner_of("s1", 3); /* as the first one alone is called inside */
    const prefix_owner common = prefix_owner_common();
    int32_t tokens[N_TOKENS];
    fixture f, g;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&f, &toy, &options, CAPACITY);
    fixture_open(&g, &toy, &options, CAPACITY);
    compute(f.c, tokens, N_TOKENS);
    prefix_tree t;
    prefix_tree_init(&t, f.e, 1u << 28);
    prefix_tree_keep(&t, &a, f.c, 100);
    prefix_tree_keep(&t, &alone, f.c, 120);
    assert_int_equal(find(&t, &a_again, g.c, tokens, 150), 100);
    assert_int_equal(find(&t, &b, g.c, tokens, 150), 0);
    assert_int_equal(find(&t, &alone, g.c, tokens, 150), 120);
    assert_int_equal(find(&t, &other, g.c, tokens, 150), 0);
    assert_int_equal(find(&t, &tricky, g.c, tokens, 150), 0);
    prefix_tree_keep(&t, &common, f.c, 70);
    assert_int_equal(find(&t, &b, g.c, tokens, 150), 70);
    assert_int_equal(find(&t, &a, g.c, tokens, 150), 100);
    prefix_tree_forget(&t, &alone);
    assert_int_equal(find(&t, &alone, g.c, tokens, 150), 70);
    prefix_tree_deinit(&t);
    fixture_close(&f);
    fixture_close(&g);
}

/* What the common tree and a caller's hold is there once, until nobody uses it. */
static void full_pages_are_shared(void **state)
{
    (void)state;
    enum { N_FULL = 2, REST = 8, N = N_FULL * PREFIX_PAGE_TOKENS + REST };
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    const prefix_owner a = prefix_owner_of("a", 1);
    const prefix_owner b = prefix_owner_of("b", 2);
    int32_t tokens[N];
    fixture f, g;
    fixture_tokens(tokens, N);
    fixture_open(&f, &toy, &options, CAPACITY);
    fixture_open(&g, &toy, &options, CAPACITY);
    compute(f.c, tokens, N);
    prefix_tree t;
    prefix_tree_init(&t, f.e, 1u << 28);
    prefix_tree_keep(&t, &a, f.c, N);
    assert_int_equal(t.bytes, (N_FULL + 1) * t.page_bytes);
    prefix_tree_share(&t, &a, f.c, N);
    assert_int_equal(t.bytes, (N_FULL + 2) * t.page_bytes);
    prefix_tree_keep(&t, &b, f.c, N - REST);
    assert_int_equal(t.bytes, (N_FULL + 2) * t.page_bytes);
    prefix_tree_forget(&t, &a);
    assert_int_equal(t.bytes, (N_FULL + 1) * t.page_bytes);
    assert_int_equal(find(&t, &a, g.c, tokens, N), N);
    prefix_owner common = prefix_owner_common();
    prefix_tree_forget(&t, &common);
    assert_int_equal(t.bytes, N_FULL * t.page_bytes);
    assert_int_equal(find(&t, &b, g.c, tokens, N), N - REST);
    prefix_tree_deinit(&t);
    assert_int_equal(t.bytes, 0);
    fixture_close(&f);
    fixture_close(&g);
}

/* The one who holds most gives first, what was used longest ago; no budget, no page. */
static void the_budget_holds(void **state)
{
    (void)state;
    enum { N_PAGES = 8 };
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    const prefix_owner small = prefix_owner_of("small", 1);
    const prefix_owner large = prefix_owner_of("large", 1);
    int32_t tokens[N_TOKENS];
    fixture f, g;
    fixture_open(&f, &toy, &options, CAPACITY);
    fixture_open(&g, &toy, &options, CAPACITY);
    const size_t page_bytes = checkpoint_page_bytes(f.e, PREFIX_PAGE_TOKENS);
    prefix_tree t;
    prefix_tree_init(&t, f.e, N_PAGES * page_bytes + page_bytes / 2);
    fixture_tokens(tokens, N_TOKENS);
    compute(f.c, tokens, N_TOKENS);
    prefix_tree_keep(&t, &small, f.c, 2 * PREFIX_PAGE_TOKENS);
    for (int32_t i = 0; i < 20; i++) {
        tokens[0] = i;
        engine_context_truncate(f.c, 0);
        compute(f.c, tokens, N_TOKENS);
        prefix_tree_keep(&t, &large, f.c, 3 * PREFIX_PAGE_TOKENS);
        assert_true(t.bytes <= t.max_bytes);
        assert_int_equal(find(&t, &large, g.c, tokens, N_TOKENS), 3 * PREFIX_PAGE_TOKENS);
    }
    tokens[0] = 0;
    assert_int_equal(find(&t, &large, g.c, tokens, N_TOKENS), 0);
    fixture_tokens(tokens, N_TOKENS);
    assert_int_equal(find(&t, &small, g.c, tokens, N_TOKENS), 2 * PREFIX_PAGE_TOKENS);
    assert_int_equal(t.n_pages, N_PAGES);
    /* One that is longer than the whole budget is kept as far as that goes. */
    prefix_tree_deinit(&t);
    prefix_tree_init(&t, f.e, 3 * page_bytes);
    engine_context_truncate(f.c, 0);
    compute(f.c, tokens, N_TOKENS);
    prefix_tree_keep(&t, &large, f.c, N_TOKENS);
    assert_int_equal(find(&t, &large, g.c, tokens, N_TOKENS), 3 * PREFIX_PAGE_TOKENS);
    prefix_tree_deinit(&t);
    prefix_tree_init(&t, f.e, page_bytes - 1);
    prefix_tree_keep(&t, &large, f.c, N_TOKENS);
    assert_int_equal(find(&t, &large, g.c, tokens, N_TOKENS), 0);
    prefix_tree_deinit(&t);
    fixture_close(&f);
    fixture_close(&g);
}

/* Any allocation may fail: less is kept, what is kept is right. */
static void without_memory_less_is_kept(void **state)
{
    (void)state;
    const toy_options toy = toy_options_default("llama");
    const engine_options options = {.n_threads = 1};
    const prefix_owner owner = prefix_owner_of("me", 1);
    int32_t tokens[N_TOKENS];
    fixture f, g;
    fixture_tokens(tokens, N_TOKENS);
    fixture_open(&f, &toy, &options, CAPACITY);
    fixture_open(&g, &toy, &options, CAPACITY);
    compute(f.c, tokens, N_TOKENS);
    for (uint64_t n = 0; n < 12; n++) {
        prefix_tree t;
        prefix_tree_init(&t, f.e, 1u << 28);
        memory_fail_after(n);
        prefix_tree_keep(&t, &owner, f.c, 128);
        memory_fail_after(UINT64_MAX);
        const uint32_t found = find(&t, &owner, g.c, tokens, 150);
        assert_true(found <= 128 && found % PREFIX_PAGE_TOKENS == 0);
        prefix_tree_deinit(&t);
    }
    fixture_close(&f);
    fixture_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_has_the_bits_of_computing),
        cmocka_unit_test(branches_share_what_they_have_in_common),
        cmocka_unit_test(nobody_finds_what_is_anothers),
        cmocka_unit_test(full_pages_are_shared),
        cmocka_unit_test(the_budget_holds),
        cmocka_unit_test(without_memory_less_is_kept),
    };
    return cmocka_run_group_tests_name("prefix-tree", tests, NULL, NULL);
}
