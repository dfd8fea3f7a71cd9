/*
 * test_summarize.c - extract mode, limits, short texts, arguments, and huis_check.
 */
#include "summarize_fixture.h"

static const char ARTICLE[] =
    "Un incendie s'est déclaré mardi 12 mars 2025 dans une ferme de Lozère, près de Mende, selon "
    "les pompiers. Une quarantaine de pompiers ont lutté contre les flammes pendant 3 heures. "
    "Douze chevaux ont été sauvés par les secours, a indiqué la préfecture de la Lozère. Le "
    "propriétaire, Jean Martin, 67 ans, a été légèrement blessé. Les dégâts sont estimés à "
    "250 000 euros. Une enquête a été ouverte par le parquet de Mende pour déterminer l'origine "
    "de l'incendie. Il s'agit du troisième incendie de ce type depuis 2023 dans le département.";

static const char MAIL[] =
    "From: Paul Durand <paul@example.com>\nTo: Anna Lee <anna@example.com>\nSubject: Budget "
    "review on Friday\nDate: Tue, 11 Mar 2025 09:00:00 +0100\n\nHi Anna,\n\nThe budget review "
    "takes place on Friday at 2:30 pm in room 12. Could you please send me the figures of the "
    "northern region by Thursday? I will prepare the slides. The total may not exceed $45,000 "
    "this year. Marc will book the room.\n\nBest regards,\nPaul\n";

static const char DIALOGUE[] =
    "Anna: Hi Tom, the printer on the third floor is broken again.\nTom: Did you call the service "
    "desk already?\nAnna: Yes, they said that nobody can come before Thursday.\nTom: I can lend "
    "you my printer until then.\nAnna: That would be great, I must print 40 pages today.\nTom: "
    "I'll bring it to your office at 3 pm.";

static const char *const TEXTS[] = {ARTICLE, MAIL, DIALOGUE};

static void test_limits(void **state)
{
    (void)state;
    for (size_t t = 0; t < 3; t++) {
        for (int kind = HUIS_SUMMARY_TLDR; kind <= HUIS_SUMMARY_DIGEST; kind++) {
            for (uint32_t n = 1; n <= 60; n++) {
                const huis_summarize_options o =
                    options_of((huis_summary_kind)kind, HUIS_SUMMARY_EXTRACT, n);
                huis_summary_free(summarize_with(TEXTS[t], &o, NULL));
            }
        }
    }
}

static void test_short_texts(void **state)
{
    (void)state;
    static const char *const SHORT[] = {"Oui.", "Meeting at 6 pm in room 12 with Anna.", "12",
                                        "Fini !", "1. Un\n2. Deux"};
    for (size_t i = 0; i < sizeof(SHORT) / sizeof(SHORT[0]); i++) {
        const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 30);
        huis_summary *s = summarize_with(SHORT[i], &o, NULL);
        assert_string_equal(s->text, SHORT[i]);
        assert_int_equal(s->tier, 0);
        huis_summary_free(s);
        for (uint32_t n = 1; n < 4; n++) {
            const huis_summarize_options tiny =
                options_of(HUIS_SUMMARY_HEADLINE, HUIS_SUMMARY_AUTO, n);
            huis_summary_free(summarize_with(SHORT[i], &tiny, NULL));
        }
    }
}

static void test_cuts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t words;
        const char *expected;
    } ROWS[] = {
        /* At a clause, never after a function word, never inside a number. */
        {"Les dégâts de la tempête sont estimés à 250 000 euros par les assureurs de la région, "
         "qui attendent encore des dossiers et des factures de la part des habitants du nord.",
         9, "Les dégâts de la tempête sont estimés…"},
        {"The council approved the plan, after a long debate that lasted until the early hours of "
         "the morning, while hundreds of residents were waiting outside the old town hall.",
         8, "The council approved the plan…"},
        {"The long song of the evening was written by Kanye West Junior while the whole city of "
         "Chicago slept in the dark and nobody listened to what was said about it on the radio.",
         10, "The long song of the evening was written…"},
        {"Prices of used cars went up by 34 % in the first half of the year across the whole "
         "country, which nobody had expected at the beginning of this strange season.",
         8, "Prices of used cars went up by 34 %…"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const huis_summarize_options o =
            options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, ROWS[i].words);
        huis_summary *s = summarize_with(ROWS[i].text, &o, NULL);
        assert_string_equal(s->text, ROWS[i].expected);
        huis_summary_free(s);
    }
}

static void test_fields(void **state)
{
    (void)state;
    huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_AUTO, 60);
    huis_summary *s = summarize_with(ARTICLE, &o, NULL);
    assert_string_equal(s->language, "fr");
    assert_int_equal(s->genre, HUIS_GENRE_ARTICLE);
    assert_int_equal(s->mode, HUIS_SUMMARY_EXTRACT);
    assert_true(s->n_items >= 3);
    assert_int_equal(s->usage.prompt_tokens, 0);
    assert_true(s->elapsed_ms >= s->first_item_ms && s->first_item_ms > 0);
    huis_summary_free(s);
    o = options_of(HUIS_SUMMARY_HEADLINE, HUIS_SUMMARY_AUTO, 12);
    s = summarize_with(MAIL, &o, NULL);
    assert_int_equal(s->genre, HUIS_GENRE_MAIL);
    assert_string_equal(s->text, "Budget review on Friday");
    huis_summary_free(s);
    o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 20);
    o.focus = "Quels dégâts en euros ?";
    s = summarize_with(ARTICLE, &o, NULL);
    assert_non_null(strstr(s->text, "250 000 euros"));
    huis_summary_free(s);
}

/* Titles, furniture, courtesies and chatter are not what a text says. */
static void test_fillers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        huis_summary_kind kind;
        uint32_t words;
        const char *expected;
    } ROWS[] = {
        {"FOR IMMEDIATE RELEASE\n\nHalden opens second plant in Coventry\n\nHalden Robotics will "
         "open a second plant in Coventry in September 2027, the company said on Tuesday. The "
         "plant will make 9,000 delivery robots a year.\n\nMedia contact: Josh Pryce, Halden "
         "Robotics, Coventry, telephone 020 7946 0991\n",
         HUIS_SUMMARY_HEADLINE, 0, "Halden opens second plant in Coventry"},
        {"FOR IMMEDIATE RELEASE\n\nHalden opens second plant in Coventry\n\nHalden Robotics will "
         "open a second plant in Coventry in September 2027, the company said on Tuesday. The "
         "plant will make 9,000 delivery robots a year.\n\nMedia contact: Josh Pryce, Halden "
         "Robotics, Coventry, telephone 020 7946 0991\n",
         HUIS_SUMMARY_TLDR, 40,
         "Halden Robotics will open a second plant in Coventry in September 2027, the company said "
         "on Tuesday.\nThe plant will make 9,000 delivery robots a year."},
        {"Weekly sync of the Tern team\n\nDate: 2026-11-19\nPresent: Aisha, Ben, Carlos and "
         "Dina\n\nThe release of the Tern application moves to 1 December because the payment "
         "provider changed its interface. Two bugs of the application remain.\n",
         HUIS_SUMMARY_TLDR, 20,
         "The release of the Tern application moves to 1 December because the payment provider "
         "changed its interface."},
        /* The writer's title is longer than a headline of ours, and is not cut. */
        {"À Saint-Alban, la régie de chaleur fête ses dix ans et double de taille\n\nLa petite "
         "ville de Saint-Alban a inauguré mardi la deuxième tranche de son réseau de chaleur, qui "
         "alimente désormais deux écoles et un hôpital. La régie avait ouvert en 2016.\n",
         HUIS_SUMMARY_HEADLINE, 0,
         "À Saint-Alban, la régie de chaleur fête ses dix ans et double de taille"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const huis_summarize_options o =
            options_of(ROWS[i].kind, HUIS_SUMMARY_EXTRACT, ROWS[i].words);
        huis_summary *s = summarize_with(ROWS[i].text, &o, NULL);
        assert_string_equal(s->text, ROWS[i].expected);
        huis_summary_free(s);
    }
}

static void test_uses_model(void **state)
{
    (void)state;
    static const char UNTITLED[] =
        "Hi Anna,\n\nThe budget review takes place on Friday in room 12.\n\nBest regards,\nPaul\n";
    huis_summarize_options o = options_of(HUIS_SUMMARY_HEADLINE, HUIS_SUMMARY_AUTO, 0);
    assert_false(huis_summarize_uses_model(MAIL, strlen(MAIL), &o));
    assert_true(huis_summarize_uses_model(UNTITLED, strlen(UNTITLED), &o));
    assert_false(huis_summarize_uses_model("a\xFFz", 3, &o));
    o.kind = HUIS_SUMMARY_TLDR;
    assert_false(huis_summarize_uses_model(UNTITLED, strlen(UNTITLED), &o));
    o.mode = HUIS_SUMMARY_HYBRID;
    assert_true(huis_summarize_uses_model(UNTITLED, strlen(UNTITLED), &o));
    o.kind = HUIS_SUMMARY_ACTION_ITEMS;
    assert_false(huis_summarize_uses_model(UNTITLED, strlen(UNTITLED), &o));
}

static void test_arguments(void **state)
{
    (void)state;
    huis_summary *s = NULL;
    huis_error err;
    assert_int_equal(huis_summarize("a\xFFz", 3, NULL, NULL, NULL, NULL, &s, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_int_equal(err.offset, 1);
    assert_int_equal(huis_summarize("", 0, NULL, NULL, NULL, NULL, &s, &err), HUIS_E_NO_TEXT);
    assert_int_equal(huis_summarize(" \n.", 3, NULL, NULL, NULL, NULL, &s, &err), HUIS_E_NO_TEXT);
    const huis_summarize_options bad = options_of((huis_summary_kind)9, HUIS_SUMMARY_AUTO, 0);
    assert_int_equal(huis_summarize("Hello.", 6, &bad, NULL, NULL, NULL, &s, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_null(s);
    assert_null(huis_summary_free(NULL));
    assert_null(huis_check_report_free(NULL));
}

static bool stop_at_first(void *user, const huis_summary_item *item)
{
    assert_non_null(item->text);
    ++*(int *)user;
    return false;
}

static void test_cancel(void **state)
{
    (void)state;
    int calls = 0;
    huis_summary *s = NULL;
    huis_error err;
    assert_int_equal(
        huis_summarize(ARTICLE, strlen(ARTICLE), NULL, NULL, stop_at_first, &calls, &s, &err),
        HUIS_E_CANCELLED);
    assert_int_equal(calls, 1);
    assert_null(s);
}

static void test_check(void **state)
{
    (void)state;
    huis_check_report *r = NULL;
    huis_error err;
    const char *text = "Douze chevaux ont été sauvés. Le propriétaire, Luc Martin, est mort.";
    assert_int_equal(huis_check(ARTICLE, strlen(ARTICLE), text, strlen(text), &r, &err), 0);
    assert_int_equal(r->n_sentences, 2);
    assert_true(r->sentences[0].supported);
    assert_false(r->sentences[1].supported);
    assert_string_equal(r->sentences[1].unsupported[0], "Luc");
    assert_false(r->supported);
    assert_true(r->score > 0.2 && r->score < 1.0);
    const huis_source_span *const at = &r->sentences[0].sources[0];
    assert_int_equal(strncmp(ARTICLE + at->start, "Douze chevaux", 13), 0);
    huis_check_report_free(r);
    r = NULL;
    assert_int_equal(huis_check(ARTICLE, strlen(ARTICLE), ARTICLE, strlen(ARTICLE), &r, &err), 0);
    assert_true(r->supported);
    huis_check_report_free(r);
    r = NULL;
    assert_int_equal(huis_check("", 0, "Yes.", 4, &r, &err), HUIS_E_NO_TEXT);
    assert_int_equal(huis_check("Yes.", 4, "\xC3", 1, &r, &err), HUIS_E_BAD_ARGUMENT);
    assert_null(r);
}

/* What a program does wrong, and one that was built against an older header. */
static void test_options_of_a_program(void **state)
{
    (void)state;
    static const char TEXT[] =
        "The council met on Tuesday in the old mill. It closed the bridge for "
        "three weeks because the works are late. They cost 45,000 euros more.";
    const size_t n = sizeof(TEXT) - 1;
    huis_summary *s = NULL;
    huis_error err = {0};
    huis_summarize_options o = {.struct_size = 0};
    assert_int_equal(huis_summarize(TEXT, n, &o, NULL, NULL, NULL, &s, &err), HUIS_E_BAD_ARGUMENT);
    assert_non_null(strstr(err.message, "huis_summarize_options_default"));
    assert_int_equal(huis_summarize(TEXT, n, NULL, NULL, NULL, NULL, NULL, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_int_equal(huis_check(TEXT, n, TEXT, n, NULL, &err), HUIS_E_BAD_ARGUMENT);
    huis_summarize_options_default(&o);
    o.focus = "what \xFF";
    assert_int_equal(huis_summarize(TEXT, n, &o, NULL, NULL, NULL, &s, &err), HUIS_E_BAD_ARGUMENT);
    o.focus = NULL;
    const huis_text_part part = {.end = n, .title = "\xC3"};
    o.parts = &part;
    o.n_parts = 1;
    assert_int_equal(huis_summarize(TEXT, n, &o, NULL, NULL, NULL, &s, &err), HUIS_E_BAD_ARGUMENT);
    /* What lies past the older struct is not looked at. */
    o.struct_size = offsetof(huis_summarize_options, parts);
    o.n_parts = SIZE_MAX;
    assert_int_equal(huis_summarize(TEXT, n, &o, NULL, NULL, NULL, &s, &err), HUIS_OK);
    assert_true(s->n_items > 0);
    huis_summary_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),     cmocka_unit_test(test_short_texts),
        cmocka_unit_test(test_cuts),       cmocka_unit_test(test_fields),
        cmocka_unit_test(test_arguments),  cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_check),      cmocka_unit_test(test_fillers),
        cmocka_unit_test(test_uses_model), cmocka_unit_test(test_options_of_a_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
