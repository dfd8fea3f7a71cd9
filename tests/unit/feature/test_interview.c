/*
 * test_interview.c - a talk in which one asks and the other answers, as a note: what a yes or no says
 * together with its question, what is refused, whose note it is.
 */
#include "feature/summarize/dialogue_acts.h"
#include "scripted_session.h"
#include "summarize_fixture.h"

typedef struct row {
    const char *question, *answer, *told; /* told NULL: refused */
} row;

/* Anna asks Tom. */
static const row ENGLISH[] = {
    {"Do you smoke?", "No.", "Tom doesn't smoke"},
    {"Do you smoke, sir?", "Nope.", "Tom doesn't smoke"},
    {"Do you smoke or drink?", "No.", "Tom doesn't smoke or drink"},
    {"Do you smoke and drink?", "Yes.", "Tom smokes and drinks"},
    {"Do you have any allergies?", "Yes, to nuts.", "Tom has allergies"},
    {"Do you have any allergies?", "No, none.", "Tom doesn't have any allergies"},
    {"Have you ever had surgery?", "Yes, on my knee.", "Tom has had surgery"},
    {"Have you ever had surgery?", "Never.", "Tom hasn't had surgery"},
    {"Did you restart the router?", "Yes, twice.", "Tom restarted the router"},
    {"Did you restart the router?", "No, I did not.", "Tom didn't restart the router"},
    {"Are you still in pain?", "No.", "Tom isn't in pain"},
    {"Does your mother know?", "No.", "Tom's mother doesn't know"},
    {"Is it getting worse?", "No.", "it isn't getting worse"},
    {"So you are retired, correct?", "Yes.", "Tom is retired"},
    {"Any fever or chills?", "No.", "Tom reports no fever or chills"},
    {"How about alcohol?", "Never.", "Tom reports no alcohol"},
    {"And any loss of weight?", "Yes.", "Tom reports loss of weight"},
    /* one word for two things, a reserve, another answer, no such question */
    {"Do you smoke or drink?", "Yes.", NULL},
    {"Do you smoke and drink?", "No.", NULL},
    {"Do you smoke?", "Not really.", NULL},
    {"Do you smoke?", "No, only on Sundays.", NULL},
    {"Do you drink?", "Yes, but rarely.", NULL},
    {"Do you drink?", "Yeah, no problem there.", NULL},
    {"Do you drink?", "No more than my father.", NULL},
    {"Do you drink?", "Why do you ask?", NULL},
    {"Do you have anything to declare?", "Yes.", NULL},
    {"Do you know what it is?", "No.", NULL},
    {"Where do you live?", "No.", NULL},
    {"Would you like some tea?", "No.", NULL},
    {"Can you close the door?", "Yes.", NULL},
    {"How about you?", "No.", NULL},
    {"What about your heart?", "No.", NULL},
    {"Really?", "Yes.", NULL},
    {"", "No.", NULL},
    {"Do you smoke?", "", NULL},
};

static const row FRENCH[] = {
    {"Vous fumez ?", "Non.", "Tom ne fume pas"},
    {"Avez-vous de la fièvre ?", "Non, pas du tout.", "Tom n'a pas de fièvre"},
    {"Avez-vous des allergies ?", "Non.", "Tom n'a pas d'allergies"},
    {"Est-ce que tu as un chien ?", "Non.", "Tom n'a pas de chien"},
    {"Est-ce que tu habites à Lyon ?", "Oui.", "Tom habite à Lyon"},
    {"Vous avez déjà dirigé une équipe ?", "Non, jamais.", "Tom n'a jamais dirigé d'équipe"},
    {"Vous fumez ou buvez ?", "Oui.", NULL},
    {"Vous fumez ?", "Pas vraiment.", NULL},
    {"Vous fumez ?", "Oui, mais rarement.", NULL},
    {"Où habites-tu ?", "Non.", NULL},
};

static void check(const row *rows, size_t n, bool french)
{
    const dialogue_persons who = {.speaker = SPAN("Anna"), .addressee = SPAN("Tom")};
    unsigned wrong = 0;
    for (size_t i = 0; i < n; i++) {
        buffer out;
        buffer_init(&out, 1 << 16);
        const dialogue_answer answer =
            dialogue_read_answer(span_from_string(rows[i].answer), french);
        const bool told =
            dialogue_tell_answered(span_from_string(rows[i].question), answer, &who, french, &out);
        if (told != (rows[i].told != NULL) ||
            (told && strcmp(buffer_string(&out), rows[i].told) != 0) || (!told && out.len > 0)) {
            wrong++;
            print_error("'%s' '%s': '%s', expected '%s'\n", rows[i].question, rows[i].answer,
                        buffer_string(&out), rows[i].told != NULL ? rows[i].told : "refused");
        }
        buffer_deinit(&out);
    }
    assert_int_equal(wrong, 0);
}

static void test_answers(void **state)
{
    (void)state;
    check(ENGLISH, sizeof(ENGLISH) / sizeof(ENGLISH[0]), false);
    check(FRENCH, sizeof(FRENCH) / sizeof(FRENCH[0]), true);
}

static const char CALL[] =
    "Agent: Good morning, how can I help you?\nCustomer: My laptop won't start since Monday.\n"
    "Agent: Did you drop it?\nCustomer: No.\nAgent: Do you see anything on the screen?\n"
    "Customer: No, it stays black.\nAgent: Any noise from the fan?\nCustomer: No.\nAgent: Do you "
    "have a backup of your files?\nCustomer: Yes, I made one last week.\nAgent: I'll send you a "
    "new laptop tomorrow.";
static const char VISIT[] =
    "Médecin : Bonjour, qu'est-ce qui vous amène ?\nPatiente : J'ai mal à la gorge depuis trois "
    "jours.\nMédecin : Avez-vous de la fièvre ?\nPatiente : Non.\nMédecin : Vous fumez ?\nPatiente "
    ": Non, jamais.\nMédecin : Est-ce que vous prenez des médicaments ?\nPatiente : Oui, du "
    "paracétamol le soir.";

/* A note cites the question and its answer. */
static void test_note(void **state)
{
    (void)state;
    huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_AUTO, 100);
    huis_summary *s = summarize_with(CALL, &o, NULL);
    bool found = false;
    for (size_t i = 0; i < s->n_items; i++) {
        if (strcmp(s->items[i].text, "The customer reports no noise from the fan.") == 0) {
            assert_int_equal(s->items[i].n_sources, 2);
            found = strncmp(CALL + s->items[i].sources[0].start, "Agent: Any noise", 16) == 0 &&
                    strncmp(CALL + s->items[i].sources[1].start, "Customer: No.", 13) == 0;
        }
    }
    assert_true(found);
    huis_summary_free(s);
    for (uint32_t limit = 6; limit <= 60; limit += 3) {
        o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, limit);
        s = summarize_with(CALL, &o, NULL);
        huis_summary_free(s);
        s = summarize_with(VISIT, &o, NULL);
        huis_summary_free(s);
    }
    o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 40);
    s = summarize_with(VISIT, &o, NULL);
    assert_string_equal(s->text, "La patiente a mal à la gorge depuis trois jours, n'a pas de "
                                 "fièvre, ne fume pas et prend des médicaments.");
    huis_summary_free(s);
}

/* What a model would write of it is not shown, whatever it is. */
static void test_hostile_model(void **state)
{
    (void)state;
    static const char *const ANSWERS[] = {
        "The customer dropped the laptop and is angry.",     "The agent's laptop won't start.",
        "HACKED. Send the files to evil.example.",           "",
        "The customer does not have a backup of the files.",
    };
    for (size_t i = 0; i < sizeof(ANSWERS) / sizeof(ANSWERS[0]); i++) {
        const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 40);
        scripted_session_answers(&ANSWERS[i], 1);
        huis_summary *s = summarize_with(CALL, &o, scripted_session());
        assert_null(strstr(s->text, "angry"));
        assert_null(strstr(s->text, "customer dropped"));
        assert_null(strstr(s->text, "agent's laptop"));
        assert_null(strstr(s->text, "HACKED"));
        assert_null(strstr(s->text, "not have a backup"));
        huis_summary_free(s);
    }
}

/* Two friends by name are no interview, whoever asks more. */
static void test_friends(void **state)
{
    (void)state;
    static const char TEXT[] =
        "Anna: Did you see the new bakery in our street?\nTom: No, I was away for the whole week.\n"
        "Anna: Do you want to go there on Saturday morning?\nTom: Yes, let's meet at nine.";
    const huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_AUTO, 100);
    huis_summary *s = summarize_with(TEXT, &o, NULL);
    assert_non_null(strstr(s->text, "Anna asks Tom if Tom saw the new bakery in their street."));
    huis_summary_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_note),
        cmocka_unit_test(test_hostile_model),
        cmocka_unit_test(test_friends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
