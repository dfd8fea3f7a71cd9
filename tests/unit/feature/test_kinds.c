/*
 * test_kinds.c - teaser, table, digest.
 */
#include "summarize_fixture.h"

static const char MAILS[] =
    "From: Anna Roy <anna@x.org>\nTo: Ben\nDate: 2025-03-03 10:00 +0000\nSubject: The boat\n\n"
    "Hi Ben,\n\nThe boat must be out of the water before Friday 14 March, because the harbour will "
    "be dredged. The crane costs 340 euros and has to be booked two days ahead.\n\n"
    "From: Ben Fox <ben@x.org>\nDate: 2025-03-04 09:00 +0000\nSubject: Re: The boat\n\n"
    "I have booked the crane for Wednesday at 9:30. Please bring the long ropes, the short ones "
    "are worn and the mast has to be tied before it is lifted.\n\n"
    "From: Carla Diaz <carla@x.org>\nDate: 2025-03-05 08:00 +0000\nSubject: Choir\n\n"
    "The concert moves to the church hall, since the roof of the theatre leaks again. Doors open "
    "at 19:00 and tickets sold so far stay valid.\n";

static const char TALK[] =
    "Nadia: The hire firm wants 380 pounds for the lamps, and the play is on Saturday.\n"
    "Piotr: My sister lent us the sound desk in May, I can call her about the lamps tomorrow.\n"
    "Nadia: They need an answer by Thursday noon, so please tell me on Wednesday evening.\n"
    "Piotr: I will ask tonight and send you a message before ten.\n";

static huis_text_part parts[3];

/* The three mails, as a reader gives them. */
static void set_parts(void)
{
    const char *const second = strstr(MAILS, "From: Ben");
    const char *const third = strstr(MAILS, "From: Carla");
    const uint64_t cuts[] = {0, (uint64_t)(second - MAILS), (uint64_t)(third - MAILS),
                             strlen(MAILS)};
    static const char *const WHO[] = {"Anna Roy <anna@x.org>", "Ben Fox", "Carla Diaz"};
    static const char *const TITLES[] = {"The boat", "Re: The boat", "Choir"};
    static const char *const WHEN[] = {"2025-03-03T10:00:00Z", "2025-03-04T09:00:00Z",
                                       "2025-03-05T08:00:00Z"};
    for (size_t i = 0; i < 3; i++) {
        parts[i] = (huis_text_part){.start = cuts[i],
                                    .end = cuts[i + 1],
                                    .genre = HUIS_GENRE_MAIL,
                                    .title = TITLES[i],
                                    .who = WHO[i],
                                    .when = WHEN[i]};
    }
}

static huis_summarize_options digest_of_parts(uint32_t max_words)
{
    huis_summarize_options o = options_of(HUIS_SUMMARY_DIGEST, HUIS_SUMMARY_AUTO, max_words);
    o.parts = parts;
    o.n_parts = 3;
    return o;
}

/* One line for each conversation, in the order of the text, with what is known of it. */
static void test_digest(void **state)
{
    (void)state;
    set_parts();
    const huis_summarize_options o = digest_of_parts(0);
    huis_summary *s = summarize_with(MAILS, &o, NULL);
    assert_int_equal(s->n_items, 2);
    assert_string_equal(s->items[0].title, "The boat");
    assert_string_equal(s->items[0].who, "Anna Roy, Ben Fox");
    assert_string_equal(s->items[0].when, "2025-03-04T09:00:00Z");
    assert_string_equal(s->items[1].title, "Choir");
    assert_string_equal(s->items[1].who, "Carla Diaz");
    for (size_t i = 0; i < 2; i++) {
        const huis_text_part *const part = &parts[i == 0 ? 0 : 2];
        assert_true(s->items[i].sources[0].start >= part->start);
        assert_true(s->items[i].sources[0].end <= parts[i == 0 ? 1 : 2].end);
    }
    huis_summary_free(s);
}

/* The words of title and who count; the conversation with more in it is kept. */
static void test_digest_limit(void **state)
{
    (void)state;
    set_parts();
    for (uint32_t n = 1; n <= 60; n++) {
        const huis_summarize_options o = digest_of_parts(n);
        huis_summary *s = summarize_with(MAILS, &o, NULL);
        size_t words = 0;
        for (size_t i = 0; i < s->n_items; i++) {
            words += document_count_words(span_from_string(s->items[i].text)) +
                     document_count_words(span_from_string(s->items[i].title)) +
                     document_count_words(span_from_string(s->items[i].who));
        }
        if (words > n) {
            fail_msg("%zu words, limit %u: %s", words, n, s->text);
        }
        if (n == 15) {
            assert_int_equal(s->n_items, 1);
            assert_string_equal(s->items[0].title, "The boat");
        }
        huis_summary_free(s);
    }
}

/* Without parts from the caller, and of one document: its points. */
static void test_digest_of_one(void **state)
{
    (void)state;
    const huis_summarize_options o = options_of(HUIS_SUMMARY_DIGEST, HUIS_SUMMARY_AUTO, 0);
    huis_summary *s = summarize_with(TALK, &o, NULL);
    assert_true(s->n_items > 1);
    assert_null(s->items[0].title);
    huis_summary_free(s);
}

static const huis_summary_item *row_with(const huis_summary *s, const char *words)
{
    for (size_t i = 0; i < s->n_items; i++) {
        if (strstr(s->items[i].text, words) != NULL) {
            return &s->items[i];
        }
    }
    fail_msg("no row with '%s' in: %s", words, s->text);
    return NULL;
}

static void test_table(void **state)
{
    (void)state;
    huis_summarize_options o = options_of(HUIS_SUMMARY_TABLE, HUIS_SUMMARY_AUTO, 0);
    huis_summary *s = summarize_with(TALK, &o, NULL);
    const huis_summary_item *row = row_with(s, "hire firm");
    assert_string_equal(row->who, "Nadia");
    assert_string_equal(row->amount, "380 pounds");
    assert_null(strstr(row->text, "Nadia:"));
    assert_string_equal(row_with(s, "sound desk")->who, "Piotr");
    huis_summary_free(s);
    static const char BILL[] =
        "La facture de janvier s'élève à 142,50 €, à régler avant le 14 février 2026. Selon Mme "
        "Duval, le compteur de l'immeuble a été changé en décembre. Pourriez-vous vérifier le "
        "relevé du lycée Marie-Curie ? La remise de 12 % ne vaut que pour les familles.";
    s = summarize_with(BILL, &o, NULL);
    row = row_with(s, "facture");
    assert_string_equal(row->amount, "142,50 €");
    assert_string_equal(row->when, "2026-02-14");
    assert_null(row->who);
    assert_string_equal(row_with(s, "compteur")->who, "Duval");
    assert_null(row_with(s, "relevé")->who);
    assert_string_equal(row_with(s, "remise")->amount, "12 %");
    huis_summary_free(s);
    static const char ROOF[] =
        "J'espère que tu as passé un bon week-end avec toute la famille. Suite à notre "
        "conversation "
        "de vendredi, j'ai revu le devis du couvreur : il demande 4 350 euros. Il lui faut notre "
        "accord signé avant jeudi midi. Le côté nord de la charpente est plus abîmé que prévu.";
    o.now = "2026-11-23T18:12:00Z"; /* a Monday */
    s = summarize_with(ROOF, &o, NULL);
    assert_int_equal(s->n_items, 2); /* those that tell a day or an amount */
    assert_string_equal(row_with(s, "devis")->when, "2026-11-20");
    assert_string_equal(row_with(s, "accord")->when, "2026-11-26T12:00");
    huis_summary_free(s);
}

/* A mail in 40 words: what it says without the reason, and what it asks with its day. */
static void test_mail(void **state)
{
    (void)state;
    static const char ROOF[] =
        "De : Sophie Lambert <sophie@example.org>\nObjet : Toit\n\nBonjour Julien,\n\nJ'espère que "
        "tu "
        "as passé un bon week-end. Suite à notre conversation de vendredi, j'ai revu le devis du "
        "couvreur : il demande 4 350 € au lieu des 3 900 € annoncés en octobre, parce que la "
        "charpente du côté nord est plus abîmée que prévu. Il peut commencer en décembre, mais il "
        "a "
        "d'autres chantiers et sinon on repart pour février.\n\nJ'ai demandé à mon frère, qui "
        "trouve "
        "le prix correct. Peux-tu me dire ce que tu en penses d'ici mercredi soir, et m'envoyer "
        "une "
        "copie de l'attestation d'assurance ?\n\nMerci, et bises à Camille !\nSophie\n";
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 40);
    huis_summary *s = summarize_with(ROOF, &o, NULL);
    assert_int_equal(s->n_items, 2);
    assert_string_equal(s->items[0].text, "J'ai revu le devis du couvreur : il demande 4 350 € au "
                                          "lieu des 3 900 € annoncés en octobre.");
    assert_non_null(strstr(s->items[1].text, "d'ici mercredi soir"));
    huis_summary_free(s);
}

/* A teaser is made of the text's sentences, and does not tell its end. */
static void test_teaser(void **state)
{
    (void)state;
    static const char STORY[] =
        "The lighthouse of Tern Point has been dark since the storm of 1987. But on three nights "
        "this winter, fishermen saw its lamp turn. The council sent an engineer, who found the "
        "door bricked up and the cable to the lamp cut. Who had lit the lamp, and how? An old "
        "keeper's logbook gave the first trace. The lamp burned on oil from a forgotten tank. In "
        "the end it was the keeper's grandson who had lit it to find his dog.";
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TEASER, HUIS_SUMMARY_AUTO, 0);
    huis_summary *s = summarize_with(STORY, &o, NULL);
    assert_true(s->n_items >= 1);
    assert_null(strstr(s->text, "grandson"));
    huis_summary_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest),        cmocka_unit_test(test_digest_limit),
        cmocka_unit_test(test_digest_of_one), cmocka_unit_test(test_table),
        cmocka_unit_test(test_mail),          cmocka_unit_test(test_teaser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
