/*
 * test_across.c - a summary in another language: what is shown, what is refused, what needs a model.
 * The scripted model answers with the translation first, then with what it says when it is asked to
 * translate back.
 */
#include "scripted_session.h"
#include "summarize_fixture.h"

static const char MAIL[] =
    "Hi Anna,\n\nThe budget review takes place on Friday, 14 March at 2:30 pm in room 12, and the "
    "total may not exceed $45,000 this year, as Marc Dupont told the board in Germany.\n\nPaul\n";

static const char BACK[] =
    "The budget review takes place on Friday 14 March at 2:30 pm in room 12 and "
    "the total may not exceed $45,000 this year, as Marc Dupont told the "
    "board in Germany.";

static huis_summary *ask_french(const char *answer, const char *back)
{
    const char *const answers[] = {answer, back};
    huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 60);
    huis_summary *s = NULL;
    huis_error err = {0};
    o.language = "fr";
    scripted_session_answers(answers, 2);
    assert_int_equal(
        huis_summarize(MAIL, strlen(MAIL), &o, scripted_session(), NULL, NULL, &s, &err), HUIS_OK);
    return s;
}

static void test_shown(void **state)
{
    (void)state;
    huis_summary *s =
        ask_french("La revue du budget a lieu le vendredi 14 mars à 14h30 dans la salle 12 et le "
                   "total ne peut pas dépasser 45 000 dollars cette année, comme Marc Dupont l'a "
                   "dit au conseil en Allemagne.",
                   BACK);
    assert_true(s->cross_language);
    assert_string_equal(s->language, "fr");
    assert_int_equal(s->mode, HUIS_SUMMARY_HYBRID);
    assert_int_equal(s->tier, 1);
    assert_int_equal(s->n_items, 1);
    assert_non_null(strstr(s->text, "Allemagne"));
    const span cited = span_slice(span_from_string(MAIL), (size_t)s->items[0].sources[0].start,
                                  (size_t)s->items[0].sources[0].end);
    assert_true(span_starts_with(cited, SPAN("The budget review")));
    huis_summary_free(s);
}

/* What the checks refuse: then the text's own words are shown, and said to be in its language. */
static void test_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        /* another number, name, day; a lost number; no negation; another language; a reply */
        "La revue du budget a lieu le vendredi 14 mars à 14h30 dans la salle 12 et le total ne "
        "peut "
        "pas dépasser 54 000 dollars cette année, comme Marc Dupont l'a dit au conseil en "
        "Allemagne.",
        "La revue du budget a lieu le vendredi 14 mars à 14h30 dans la salle 12 et le total ne "
        "peut "
        "pas dépasser 45 000 dollars cette année, comme Jean Martin l'a dit au conseil en "
        "Allemagne.",
        "La revue du budget a lieu le lundi 14 mars à 14h30 dans la salle 12 et le total ne peut "
        "pas "
        "dépasser 45 000 dollars cette année, comme Marc Dupont l'a dit au conseil en Allemagne.",
        "La revue du budget a lieu le vendredi 14 mars à 14h30 et le total ne peut pas dépasser 45 "
        "000 dollars cette année, comme Marc Dupont l'a dit au conseil en Allemagne.",
        "La revue du budget a lieu le vendredi 14 mars à 14h30 dans la salle 12 et le total va "
        "dépasser 45 000 dollars cette année, comme Marc Dupont l'a dit au conseil en Allemagne.",
        "The budget review takes place on Friday, 14 March at 2:30 pm in room 12, and the total "
        "may "
        "not exceed $45,000 this year, as Marc Dupont told the board in Germany.",
        "Bien sûr, je peux vous aider avec cette demande. Que voulez-vous savoir au juste ?",
        "",
        "La revue du budget a lieu le Friday 14 March à 14h30 dans la salle 12 et le total ne peut "
        "pas dépasser 45 000 dollars cette année, comme Marc Dupont l'a dit au conseil en "
        "Allemagne.",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        huis_summary *s = ask_french(BAD[i], BACK);
        if (s->cross_language || strcmp(s->language, "en") != 0 || s->n_fallbacks == 0) {
            fail_msg("row %zu was shown: %s", i, s->text);
        }
        assert_sound(s, MAIL, 60);
        huis_summary_free(s);
    }
    /* Right to the eye of the checks, but nothing of it comes back. */
    huis_summary *s =
        ask_french("La revue du budget a lieu le vendredi 14 mars à 14h30 dans la salle 12 et le "
                   "total ne peut pas dépasser 45 000 dollars cette année, comme Marc Dupont l'a "
                   "dit au conseil en Allemagne.",
                   "The goats of the valley were sold to a circus before winter came.");
    assert_false(s->cross_language);
    huis_summary_free(s);
}

static void test_arguments(void **state)
{
    (void)state;
    huis_summary *s = NULL;
    huis_error err = {0};
    huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 60);
    o.language = "fr";
    assert_true(huis_summarize_uses_model(MAIL, strlen(MAIL), &o));
    assert_int_equal(huis_summarize(MAIL, strlen(MAIL), &o, NULL, NULL, NULL, &s, &err),
                     HUIS_E_NO_MODEL);
    assert_non_null(strstr(err.message, "huis model pull"));
    o.mode = HUIS_SUMMARY_EXTRACT;
    assert_int_equal(
        huis_summarize(MAIL, strlen(MAIL), &o, scripted_session(), NULL, NULL, &s, &err),
        HUIS_E_BAD_ARGUMENT);
    o.mode = HUIS_SUMMARY_AUTO;
    o.kind = HUIS_SUMMARY_ACTION_ITEMS;
    assert_int_equal(
        huis_summarize(MAIL, strlen(MAIL), &o, scripted_session(), NULL, NULL, &s, &err),
        HUIS_E_BAD_ARGUMENT);
    o.kind = HUIS_SUMMARY_TLDR;
    o.language = "de";
    assert_int_equal(huis_summarize(MAIL, strlen(MAIL), &o, NULL, NULL, NULL, &s, &err),
                     HUIS_E_BAD_ARGUMENT);
    /* The text's own language needs nothing. */
    o.language = "en";
    assert_int_equal(huis_summarize(MAIL, strlen(MAIL), &o, NULL, NULL, NULL, &s, &err), HUIS_OK);
    assert_false(s->cross_language);
    huis_summary_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shown),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
