/*
 * test_measure.c - length, coverage, unsupported and absent names and numbers; the baselines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eval/baseline.h"
#include "eval/measure.h"

static const char SOURCE[] =
    "Anna Keller opened the new bridge in Lyon on 12 March. The bridge cost 4,500 euros and the "
    "council of Lyon voted for it in 2019.\nThe old bridge was closed. Boats wait below.";

static measures measure(const char *source, const char *text, size_t max_words)
{
    measure_source *s = NULL;
    measures m = {0};
    assert_int_equal(measure_source_new(&s, span_from_string(source), NULL), HUIS_OK);
    assert_int_equal(measure_text(s, span_from_string(text), max_words, &m, NULL), HUIS_OK);
    measure_source_free(s);
    return m;
}

static void test_length(void **state)
{
    (void)state;
    const measures m = measure(SOURCE, "The bridge cost 4,500 euros -- voted.", 5);
    assert_int_equal(m.n_words, 6);
    assert_true(m.over_limit);
    assert_false(measure(SOURCE, "The bridge cost 4,500 euros", 5).over_limit);
    assert_false(measure(SOURCE, "The bridge cost 4,500 euros", 0).over_limit);
    assert_int_equal(measure(SOURCE, "", 5).n_words, 0);
}

static void test_coverage(void **state)
{
    (void)state;
    const char *const source = "Alpha beta. Alpha gamma. Alpha delta. Omega sigma.";
    /* "alpha": 3 times, but in 3 of 4 sentences: log 4 * log(1 + 1.5 / 3.5) = 0.494; the others once:
     * log 2 * log(1 + 3.5 / 1.5) = 0.835. The best two words weigh 1.669. */
    assert_true(measure(source, "alpha", 0).coverage > 0.592 - 0.002);
    assert_true(measure(source, "alpha", 0).coverage < 0.592 + 0.002);
    assert_true(measure(source, "beta Gamma", 0).coverage > 0.999);
    const double half = measure(source, "beta zeta", 0).coverage;
    assert_true(half > 0.499 && half < 0.501);
    assert_true(measure(source, "zeta theta", 0).coverage < 1e-9);
    assert_true(measure(source, "beta beta gamma of the", 0).coverage > 0.999);
}

static void assert_facts(const char *text, size_t names, size_t numbers)
{
    const measures m = measure(SOURCE, text, 0);
    if (m.absent_names != names || m.absent_numbers != numbers) {
        fail_msg("%s: %zu names, %zu numbers absent", text, m.absent_names, m.absent_numbers);
    }
    if (m.unsupported_names != names || m.unsupported_numbers != numbers) {
        fail_msg("%s: %zu names, %zu numbers unsupported", text, m.unsupported_names,
                 m.unsupported_numbers);
    }
    assert_int_equal(m.supported, names + numbers == 0);
}

static void test_names_and_numbers(void **state)
{
    (void)state;
    assert_facts("Anna Keller opened the bridge in Lyon.", 0, 0);
    assert_facts("The new bridge cost 4500 euros, voted in 2019.", 0, 0);
    assert_facts("The new bridge cost 4 500 euros.", 0, 0);
    assert_facts("The new bridge of Zorbax cost 4,500 euros.", 1, 0);
    assert_facts("The new bridge cost 5,400 euros.", 0, 1);
    assert_facts("In Lyon, Anna Dupont opened the bridge with 77 boats.", 1, 1);
}

/* The plain comparison alone. */
static void test_plain_comparison(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t names, numbers;
    } CASES[] = {
        {"Paris opened.", 0, 0},                /* opens a sentence: may be any word */
        {"Boats: Wait. \"Below\" is it", 0, 0}, /* so does what follows a colon or a quote */
        {"the council of Paris", 1, 0},
        {"on 12 March and 13 March", 0, 1},
        {"12.4500", 0, 0}, /* both runs are there */
        {"12.4501", 0, 1},
        {"20 19 and 201", 0, 3},
        {"on Monday in January", 0, 0}, /* common words are no names */
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const measures m = measure(SOURCE, CASES[i].text, 0);
        if (m.absent_names != CASES[i].names || m.absent_numbers != CASES[i].numbers) {
            fail_msg("%s: %zu names, %zu numbers", CASES[i].text, m.absent_names, m.absent_numbers);
        }
    }
}

static void assert_span(span got, const char *wanted)
{
    if (!span_equal(got, span_from_string(wanted))) {
        fail_msg("'%.*s', not '%s'", (int)got.len, got.ptr, wanted);
    }
}

static void test_lead(void **state)
{
    (void)state;
    const span text = SPAN("  Un deux trois. Quatre cinq !\nSix sept… Huit");
    assert_span(baseline_lead_cut(text, 4), "Un deux trois. Quatre");
    assert_span(baseline_lead_cut(text, 100), "Un deux trois. Quatre cinq !\nSix sept… Huit");
    assert_span(baseline_lead_sentences(text, 2), "Un deux");
    assert_span(baseline_lead_sentences(text, 4), "Un deux trois.");
    assert_span(baseline_lead_sentences(text, 6), "Un deux trois. Quatre cinq !");
    assert_span(baseline_lead_sentences(text, 7), "Un deux trois. Quatre cinq !\nSix sept…");
    assert_span(baseline_lead_sentences(text, 8), "Un deux trois. Quatre cinq !\nSix sept… Huit");
}

static void assert_answer(const char *answer, size_t max_words, const char *wanted)
{
    buffer out;
    buffer_init(&out, 1 << 16);
    assert_true(baseline_append_answer(&out, span_from_string(answer), max_words, false));
    assert_span(buffer_span(&out), wanted);
    buffer_deinit(&out);
}

static void test_answer(void **state)
{
    (void)state;
    assert_answer("Subject: \"Budget of  May\"\n", 5, "Budget of May");
    assert_answer("**Objet : Réunion jeudi**", 5, "Réunion jeudi");
    assert_answer("**Subject line:** Budget", 5, "Budget");
    assert_answer("One two three, four five six", 5, "One two three,");
    assert_answer("One, two three four five six", 5, "One, two three four five");
    assert_answer("One two three four of the end", 6, "One two three four");
    assert_answer("", 5, "");
    buffer out;
    buffer_init(&out, 1 << 16);
    assert_true(baseline_append_answer(&out, SPAN("\nBudget\n\nThis subject line says"), 9, true));
    assert_span(buffer_span(&out), "Budget");
    buffer_reset(&out);
    assert_true(baseline_append_answer(&out, SPAN("Subject:\n\"Budget\"\nAnd more"), 9, true));
    assert_span(buffer_span(&out), "Budget");
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_names_and_numbers),
        cmocka_unit_test(test_plain_comparison),
        cmocka_unit_test(test_lead),
        cmocka_unit_test(test_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
