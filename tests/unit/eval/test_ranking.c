/*
 * test_ranking.c - measures of an order of notifications, by hand; phrases that a digest must say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "eval/eval_phrases.h"
#include "eval/eval_ranking.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static const eval_gold GOLDS[] = {
    {HUIS_NOTIFY_NOISE, 0, 4, false, false},   {HUIS_NOTIFY_CRITICAL, 4, 1, true, false},
    {HUIS_NOTIFY_HOSTILE, 0, 5, false, false}, {HUIS_NOTIFY_TODAY, 3, 2, false, false},
    {HUIS_NOTIFY_LATER, 1, 3, false, false},
};

static ranking_measures measure(const eval_place *places)
{
    ranking_measures m;
    eval_ranking_measure(GOLDS, places, N(GOLDS), &m);
    return m;
}

static void test_perfect_order(void **state)
{
    (void)state;
    const eval_place places[] = {{1, HUIS_NOTIFY_CRITICAL, true},
                                 {3, HUIS_NOTIFY_TODAY, false},
                                 {4, HUIS_NOTIFY_LATER, false},
                                 {0, HUIS_NOTIFY_NOISE, false},
                                 {2, HUIS_NOTIFY_HOSTILE, false}};
    const ranking_measures m = measure(places);
    assert_true(fabs(m.ndcg - 1.0) < 1e-12);
    assert_true(m.is_first_right);
    assert_int_equal(m.n_critical, 1);
    assert_int_equal(m.n_missed, 0);
    assert_int_equal(m.n_unwanted, 2);
    assert_int_equal(m.n_false_interrupts, 0);
    assert_int_equal(m.n_held, 0);
    assert_int_equal(m.n_promoted, 0);
    assert_int_equal(m.confusion[HUIS_NOTIFY_LATER][HUIS_NOTIFY_LATER], 1);
}

/* Gains 15, 7, 1 at places 3, 1, 5; the discounts are 1, log2 3, 2, log2 5, log2 6. */
static void test_ndcg_by_hand(void **state)
{
    (void)state;
    const eval_place places[] = {
        {3, 0, false}, {0, 0, true}, {1, 0, false}, {2, 0, false}, {4, 0, false}};
    const ranking_measures m = measure(places);
    const double got = 7.0 + 15.0 / 2.0 + 1.0 / log2(6.0);
    const double best = 15.0 + 7.0 / log2(3.0) + 1.0 / 2.0;
    assert_true(fabs(m.ndcg - got / best) < 1e-12);
    assert_false(m.is_first_right);
    assert_int_equal(m.n_false_interrupts, 1);
    assert_int_equal(m.n_missed, 1); /* third, but silent */
    assert_int_equal(m.n_held, 1);
    assert_int_equal(m.n_promoted, 1); /* above the fifth */
}

static void test_missed_by_place_and_class(void **state)
{
    (void)state;
    const eval_place fourth[] = {
        {3, 0, true}, {0, 0, true}, {4, 0, true}, {1, 0, true}, {2, 0, true}};
    assert_int_equal(measure(fourth).n_missed, 1);
    assert_int_equal(measure(fourth).n_promoted, 1); /* last, but interrupting */
    const eval_place as_noise[] = {{1, HUIS_NOTIFY_NOISE, true},
                                   {3, HUIS_NOTIFY_TODAY, false},
                                   {4, HUIS_NOTIFY_LATER, false},
                                   {0, HUIS_NOTIFY_NOISE, false},
                                   {2, HUIS_NOTIFY_HOSTILE, false}};
    assert_int_equal(measure(as_noise).n_missed, 1);
}

/* With four critical ones the fourth place is still seen. */
static void test_many_critical(void **state)
{
    (void)state;
    const eval_gold golds[] = {{HUIS_NOTIFY_CRITICAL, 4, 1, true, false},
                               {HUIS_NOTIFY_CRITICAL, 4, 2, true, false},
                               {HUIS_NOTIFY_CRITICAL, 4, 3, true, false},
                               {HUIS_NOTIFY_CRITICAL, 4, 4, true, false}};
    const eval_place places[] = {{3, 1, true}, {2, 1, true}, {1, 1, true}, {0, 1, true}};
    ranking_measures m;
    eval_ranking_measure(golds, places, N(places), &m);
    assert_int_equal(m.n_missed, 0);
    assert_true(m.is_first_right); /* of the first's class */
    ranking_measures sum = {0};
    eval_ranking_add(&sum, &m);
    eval_ranking_add(&sum, &m);
    assert_int_equal(sum.n_critical, 8);
}

static bool says(const char *text, const char *phrase)
{
    arena memory;
    arena_init(&memory, 1 << 16);
    span a;
    span b;
    assert_int_equal(eval_phrases_fold(span_from_string(text), &memory, &a, NULL), HUIS_OK);
    assert_int_equal(eval_phrases_fold(span_from_string(phrase), &memory, &b, NULL), HUIS_OK);
    const bool said = eval_phrases_say_one(a, b);
    arena_deinit(&memory);
    return said;
}

static void test_phrases(void **state)
{
    (void)state;
    assert_true(says("Rendez-vous à 17\xC2\xA0h  30", "17 h 30"));
    assert_true(says("ÉCOLE fermée", "école FERMÉE"));
    assert_true(says("Pump stopped", "halted|stopped|off"));
    assert_false(says("Pump stopped", "halted|off"));
    assert_false(says("at 18h", "8h"));
    assert_true(says("at 18h, then 8h", "8h"));
    assert_false(says("Lag 4", "lag 4m"));
    assert_false(says("anything", ""));
    assert_false(says("", "word"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perfect_order),
        cmocka_unit_test(test_ndcg_by_hand),
        cmocka_unit_test(test_missed_by_place_and_class),
        cmocka_unit_test(test_many_critical),
        cmocka_unit_test(test_phrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
