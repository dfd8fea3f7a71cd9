/*
 * test_draft.c - what is looked up, and when it is tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "worker/draft.h"

static uint32_t propose(draft *d, const char *text, char last)
{
    int32_t before[256];
    uint32_t n = 0;
    while (text[n] != '\0') {
        before[n] = text[n];
        n++;
    }
    return draft_propose(d, before, n, last, DRAFT_MAX);
}

static void expect_found(const char *text, char last, const char *found, uint32_t match)
{
    draft_costs costs = {{0}};
    draft d;
    draft_init(&d, &costs);
    (void)propose(&d, text, last);
    uint32_t n = 0;
    while (found[n] != '\0') {
        assert_true(n < d.n_found);
        assert_int_equal(d.tokens[n], found[n]);
        n++;
    }
    assert_int_equal(d.n_found, n);
    assert_int_equal(d.match, match);
}

static void the_longest_match_wins_then_the_last(void **state)
{
    (void)state;
    expect_found("", 'a', "", 0);
    expect_found("bcd", 'a', "", 0);
    expect_found("abcdefgh", 'a', "bcdefgh", 1);
    expect_found("xab1234567yab7654321zxa", 'b', "1234567", 3);
    expect_found("ab1234567ab7654321", 'a', "b765432", 1);
    expect_found("0123456789abcdefghij__0123456789abcdefgh", 'i', "j__0123", DRAFT_MATCH_MAX);
}

/* Past the end of the text the draft repeats what it has. */
static void a_text_that_repeats_itself_goes_on(void **state)
{
    (void)state;
    expect_found("aaaa", 'a', "aaaaaaa", 4);
    expect_found("abcab", 'c', "abcabca", 3);
    expect_found("a", 'a', "aaaaaaa", 1);
}

/* Steps cost `extra` more for each further token; drafts are right with probability p. Returns how
 * many tokens 300 steps after 100 others gave for the time of one without drafts. */
static double tokens_for_a_step(draft *d, double extra, double p, uint64_t seed)
{
    double n_tokens = 0;
    double steps = 0;
    rng random;
    rng_init(&random, seed);
    for (uint32_t i = 0; i < 400; i++) {
        const uint32_t n = propose(d, "abcdefghijabcdefgh", 'i');
        bool goes_on = true;
        uint32_t j = 0;
        for (; j <= n && goes_on; j++) {
            const bool is_right = rng_next_below(&random, 1000) < (uint64_t)(p * 1000);
            goes_on = draft_check(d, j, is_right && j < d->n_found ? d->tokens[j] : -1);
        }
        draft_measure(d, n + 1, 1000 * (1 + extra * n));
        n_tokens += i < 100 ? 0 : j;
        steps += i < 100 ? 0 : 1 + extra * n;
    }
    return n_tokens / steps;
}

static void it_pays_or_is_not_tried(void **state)
{
    (void)state;
    draft_costs costs = {{0}};
    draft d;
    draft_init(&d, &costs);
    assert_true(tokens_for_a_step(&d, 0.05, 0.95, 1) > 4);    /* nearly free, mostly right */
    assert_true(tokens_for_a_step(&d, 0.05, 0.02, 2) > 0.97); /* mostly wrong */
    assert_true(tokens_for_a_step(&d, 0.05, 0.5, 3) > 1.4);   /* half of them right */
    assert_true(tokens_for_a_step(&d, 1.0, 0.9, 4) > 0.9);    /* each costs a whole step */
    assert_true(tokens_for_a_step(&d, 0.05, 0.95, 5) > 1.5);  /* cheap again */
}

static void no_more_than_allowed(void **state)
{
    (void)state;
    draft_costs costs = {{0}};
    const int32_t before[] = {1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2, 3, 4};
    draft d;
    draft_init(&d, &costs);
    for (uint32_t most = 0; most <= DRAFT_MAX; most++) {
        assert_int_equal(draft_propose(&d, before, 14, 5, most), most);
    }
    assert_false(draft_check(&d, DRAFT_MAX, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_match_wins_then_the_last),
        cmocka_unit_test(a_text_that_repeats_itself_goes_on),
        cmocka_unit_test(it_pays_or_is_not_tried),
        cmocka_unit_test(no_more_than_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
