/*
 * test_rouge.c - ROUGE beside values worked out by hand and beside Google's rouge-score (goldens:
 * tools/make_rouge_goldens.py); the words that are counted; bootstrap intervals.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/rng.h"
#include "eval/eval_tokens.h"
#include "eval/rouge.h"
#include "eval/statistics.h"

static rouge_score compare(const char *text, const char *reference)
{
    const span r = span_from_string(reference);
    rouge_score score = {{0}};
    assert_int_equal(rouge_compare(span_from_string(text), &r, 1, &score, NULL), HUIS_OK);
    return score;
}

static void assert_close(double got, double wanted, const char *what)
{
    if (fabs(got - wanted) > 1e-8) {
        fail_msg("%s: %.9f, not %.9f", what, got, wanted);
    }
}

static void test_by_hand(void **state)
{
    (void)state;
    /* 6 words each; 5 in common; bigrams "the cat", "on the", "the mat" of 5 each; LCS 5. */
    const rouge_score cat = compare("The cat sat on the mat.", "the cat lay on the mat");
    assert_close(cat.f1[ROUGE_1], 5.0 / 6.0, "R1");
    assert_close(cat.f1[ROUGE_2], 3.0 / 5.0, "R2");
    assert_close(cat.f1[ROUGE_L], 5.0 / 6.0, "RL");
    /* A repeated word counts as often as the other text has it: hits 1, P 1/4, R 1/2. */
    assert_close(compare("the the the the", "the cat").f1[ROUGE_1], 2.0 / 6.0, "clipped");
    /* Reversed: all words, no bigram, LCS 1. */
    const rouge_score reversed = compare("a b c d", "d c b a");
    assert_close(reversed.f1[ROUGE_1], 1.0, "R1");
    assert_close(reversed.f1[ROUGE_2], 0.0, "R2");
    assert_close(reversed.f1[ROUGE_L], 1.0 / 4.0, "RL");
}

static void test_empty_and_short(void **state)
{
    (void)state;
    static const char *const PAIRS[][2] = {{"", ""}, {"", "a b"}, {"a b", ""}, {"?!", "--"}};
    for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
        const rouge_score s = compare(PAIRS[i][0], PAIRS[i][1]);
        assert_close(s.f1[ROUGE_1] + s.f1[ROUGE_2] + s.f1[ROUGE_L], 0.0, PAIRS[i][0]);
    }
    assert_close(compare("one", "one").f1[ROUGE_2], 0.0, "one word has no bigram");
}

static void test_several_references(void **state)
{
    (void)state;
    const span references[] = {SPAN("a b"), SPAN("c d"), SPAN("a c"), SPAN("a b c d")};
    rouge_score score;
    assert_int_equal(rouge_compare(SPAN("a b"), references, 4, &score, NULL), HUIS_OK);
    assert_close(score.f1[ROUGE_1], (1.0 + 0.0 + 0.5 + 4.0 / 6.0) / 4.0, "the mean");
    assert_close(score.f1[ROUGE_2], (1.0 + 0.0 + 0.0 + 2.0 / 4.0) / 4.0, "the mean");
}

static double number(const json_t *row, const char *key)
{
    return json_number_value(json_object_get(row, key));
}

static void test_goldens(void **state)
{
    (void)state;
    FILE *const file = fopen(GOLDENS, "r");
    assert_non_null(file);
    char *line = NULL;
    size_t capacity = 0;
    size_t n = 0;
    for (; getline(&line, &capacity, file) > 0; n++) {
        json_t *const row = json_loads(line, 0, NULL);
        const char *const text = json_string_value(json_object_get(row, "text"));
        const rouge_score s = compare(text, json_string_value(json_object_get(row, "reference")));
        assert_close(s.f1[ROUGE_1], number(row, "rouge1"), text);
        assert_close(s.f1[ROUGE_2], number(row, "rouge2"), text);
        assert_close(s.f1[ROUGE_L], number(row, "rougeL"), text);
        json_decref(row);
    }
    free(line);
    (void)fclose(file);
    assert_true(n >= 60);
}

static void test_words(void **state)
{
    (void)state;
    static const char *const FORMS[] = {"l", "été", "à", "12h30", "person1", "3", "5", "œuvre"};
    const span text = SPAN("L'Été\tÀ 12h30, #Person1#: 3,5 «ŒUVRE»…");
    arena memory;
    eval_tokens words;
    arena_init(&memory, 1 << 20);
    assert_int_equal(eval_tokens_read(&words, text, &memory, NULL), HUIS_OK);
    assert_int_equal(words.count, 8);
    for (size_t i = 0; i < words.count; i++) {
        assert_true(span_equal(words.tokens[i].form, span_from_string(FORMS[i])));
        assert_true(words.tokens[i].word.ptr >= text.ptr);
    }
    arena_deinit(&memory);
}

static void test_intervals(void **state)
{
    (void)state;
    enum { N = 400 };
    double a[N], b[N];
    rng r;
    rng_init(&r, 5);
    /* Differences uniform in [0.5, 1.5): mean 1, standard error sqrt(1 / 12) / 20 = 0.0144. */
    for (size_t i = 0; i < N; i++) {
        b[i] = 10.0 * (double)rng_next_float(&r);
        a[i] = b[i] + 0.5 + (double)rng_next_float(&r);
    }
    statistics_interval x, again;
    assert_int_equal(statistics_paired(a, b, N, &x, NULL), HUIS_OK);
    assert_true(x.low < x.mean && x.mean < x.high);
    assert_true(fabs(x.mean - 1.0) < 0.06);
    const double width = x.high - x.low;
    assert_true(width > 0.046 && width < 0.068); /* 2 * 1.96 * 0.0144 = 0.0566 */
    assert_int_equal(statistics_paired(a, b, N, &again, NULL), HUIS_OK);
    assert_close(again.low, x.low, "the same seed");
    /* One constant difference: no spread at all. */
    for (size_t i = 0; i < N; i++) {
        a[i] = b[i] - 2.0;
    }
    assert_int_equal(statistics_paired(a, b, N, &x, NULL), HUIS_OK);
    assert_close(x.low, -2.0, "low");
    assert_close(x.high, -2.0, "high");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_empty_and_short),
        cmocka_unit_test(test_several_references),
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_intervals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
