/*
 * test_choice.c - choices that people notice: what a bill, minutes, a change log and a recipe say
 * first, courtesies of mails, sentences that lean on one that is left out, and which clauses of a
 * dialogue are told.
 */
#include "feature/summarize/summary_papers.h"
#include "summarize_fixture.h"

static const char BILL[] =
    "Meridian Broadband\nInvoice 88-1042\nCustomer: Ana Brook, 3 Kiln Row\n\nYour plan Home 500 "
    "costs £31.00 a month. A call to Norway was billed at £2.40. We have upgraded the mast near "
    "your home, so that your connection is up to twice as fast in the evening. The total to pay is "
    "£33.40. Please pay by 9 May 2026. Would you like paperless bills? Visit the members' area for "
    "the details of all the calls that were made from your line.";

static const char BILL_FRENCH[] =
    "Chauffage urbain de Lorme\nFacture n° 5521\n\nVotre logement a consommé 840 kWh au premier "
    "trimestre, soit 12 % de moins qu'un an plus tôt. L'abonnement coûte 41,00 € et l'énergie "
    "92,40 €. Le réseau a été prolongé jusqu'au quartier des Tanneurs pendant l'automne. La somme "
    "de "
    "133,40 € sera prélevée le 18 mai 2026. Le saviez-vous ? Baisser le chauffage d'un degré "
    "réduit "
    "la consommation de 7 %.";

static const char MINUTES[] =
    "Minutes of the choir committee, 2 March\nPresent: Olga Reyes, Tim Boyle, Sana Iqbal\n\nOlga "
    "opened the meeting and thanked everybody for the concert. The hall was full and the choir "
    "sang better than ever, everybody agrees about the hall and the choir. It was decided to hire "
    "a "
    "pianist for the summer concert. Tim will ask Mr Farrow for his price by 20 March. Nothing was "
    "decided about the new robes. Next meeting: 6 April.";

static const char LOG[] =
    "commit 4e1d9ab77c\nAuthor: Rosa Lind <rosa@example.org>\nDate: Tue Mar 3 09:14:22 2026 "
    "+0100\n\n    cache: drop entries older than a day\n\n    Old entries were kept for ever and "
    "filled the disk of small machines.\n\ncommit 77ab01c2de\nAuthor: Jun Abe "
    "<jun@example.org>\nDate: Mon Mar 2 18:40:09 2026 +0100\n\n    docs: fix a typo\n";

static const char RECIPE[] =
    "Apple crumble with oats\n\nServes six.\n\nIngredients:\n- 800 g apples\n- 150 g oats\n- 100 g "
    "butter\n- 80 g sugar\n\nPeel the apples and cut them into cubes. Rub the butter into the oats "
    "and the sugar. Spread the crumbs over the apples and bake for 35 minutes at 190 degrees. "
    "Serve "
    "it warm.";

static const char BOOK[] =
    "The Harbour Handbook\n\nCopyright (c) 2021 Mara Lindqvist.\nPermission is granted to copy, "
    "distribute and modify this harbour handbook under the terms of the Free Documentation "
    "License.\n\nChapter 1. Moorings\n\nA harbour lives by its moorings. A boat that is tied with "
    "one "
    "line only will swing with the wind and strike the quay. See chapter 4 for the knots of a "
    "mooring "
    "of a harbour. The lines of a mooring are doubled before a storm, and the harbour master "
    "checks "
    "each mooring himself.\n";

static const char COURTESY[] =
    "Subject: roof\n\nDear Ms Quill,\n\nWe would like to thank you for the tea and the patience "
    "you "
    "had with us. I hope you are well. The roof needs 40 new tiles and a gutter. The work takes "
    "two days and costs 1,900 euros. We can start on 4 May if you agree by Friday.\n\nRegards,\nBo "
    "Hale\n";

static const char REQUEST[] =
    "Subject: keys\n\nHi Ines,\n\nThe keys of the boat house hang in the office of the club next "
    "to "
    "the door. The rowers painted the office in May. Could you lock the boat house and the office "
    "on Sunday evening? The boats of the club were cleaned after the regatta.\n\nBest,\nLars\n";

static const char LEANING[] =
    "The observatory on Mount Kerra opens its dome to visitors on Saturday night. Rudolf Ames gave "
    "the land in 1911. He bought the large telescope of the observatory and showed the rings of "
    "Saturn to visitors under the dome. The entrance to the observatory costs four euros for "
    "visitors who have not booked a telescope in the dome.";

static const struct {
    const char *text;
    huis_summary_kind kind;
    uint32_t words;
    const char *holds[3], *lacks[3];
} ROWS[] = {
    {BILL, HUIS_SUMMARY_TLDR, 30, {"£33.40", "9 May 2026"}, {"Would you", "mast", "Customer"}},
    {BILL, HUIS_SUMMARY_TLDR, 14, {"£33.40", "9 May 2026"}, {"Visit"}},
    {BILL, HUIS_SUMMARY_KEY_POINTS, 60, {"£33.40", "9 May 2026"}, {"Would you"}},
    {BILL_FRENCH, HUIS_SUMMARY_TLDR, 25, {"133,40", "18 mai 2026"}, {"saviez"}},
    {MINUTES, HUIS_SUMMARY_TLDR, 25, {"pianist", "20 March"}, {"Present", "Nothing"}},
    {MINUTES, HUIS_SUMMARY_KEY_POINTS, 40, {"pianist", "20 March"}, {"Present"}},
    {LOG, HUIS_SUMMARY_TLDR, 25, {"drop entries older than a day"}, {"Author", "Date", "4e1d9ab"}},
    {RECIPE, HUIS_SUMMARY_TLDR, 25, {"Apple crumble", "six"}, {"800 g", "Ingredients"}},
    {COURTESY, HUIS_SUMMARY_KEY_POINTS, 40, {"40 new tiles", "1,900"}, {"thank", "hope"}},
    {REQUEST, HUIS_SUMMARY_KEY_POINTS, 30, {"keys of the boat", "Could you lock"}, {"painted"}},
    {LEANING, HUIS_SUMMARY_KEY_POINTS, 36, {"Saturday"}, {"He bought"}},
};

static void test_choices(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const huis_summarize_options o = options_of(ROWS[i].kind, HUIS_SUMMARY_AUTO, ROWS[i].words);
        huis_summary *s = summarize_with(ROWS[i].text, &o, NULL);
        for (size_t k = 0; k < 3; k++) {
            if (ROWS[i].holds[k] != NULL && strstr(s->text, ROWS[i].holds[k]) == NULL) {
                fail_msg("row %zu: no '%s' in '%s'", i, ROWS[i].holds[k], s->text);
            }
            if (ROWS[i].lacks[k] != NULL && strstr(s->text, ROWS[i].lacks[k]) != NULL) {
                fail_msg("row %zu: '%s' in '%s'", i, ROWS[i].lacks[k], s->text);
            }
        }
        huis_summary_free(s);
    }
}

/* Whose a book is and where to look say nothing of it. */
static void test_imprint(void **state)
{
    (void)state;
    for (int kind = HUIS_SUMMARY_TLDR; kind <= HUIS_SUMMARY_KEY_POINTS; kind++) {
        const huis_summarize_options o =
            options_of((huis_summary_kind)kind, HUIS_SUMMARY_EXTRACT, 35);
        huis_summary *s = summarize_with(BOOK, &o, NULL);
        assert_non_null(strstr(s->text, "mooring"));
        assert_null(strstr(s->text, "Permission"));
        assert_null(strstr(s->text, "Copyright"));
        assert_null(strstr(s->text, "See chapter"));
        huis_summary_free(s);
    }
}

static void test_papers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        summary_paper paper;
    } KINDS[] = {
        {BILL, PAPER_BILL},
        {BILL_FRENCH, PAPER_BILL},
        {MINUTES, PAPER_MINUTES},
        {LOG, PAPER_LOG},
        {RECIPE, PAPER_RECIPE},
        {COURTESY, PAPER_NONE},
        {LEANING, PAPER_NONE},
        {"The bill was passed by both chambers. It forbids nets in the bay from May on.",
         PAPER_NONE},
        {"The ingredients of the sauce stay secret. Nobody but the cook knows them.", PAPER_NONE},
        {"commit to it. Do not give up after a week of practice.", PAPER_NONE},
    };
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        document d = {0};
        arena memory;
        huis_error err = {0};
        arena_init(&memory, (size_t)1 << 24);
        assert_int_equal(
            document_analyse(&d, span_from_string(KINDS[i].text), (document_genre)0, &memory, &err),
            HUIS_OK);
        if (summary_find_paper(&d) != KINDS[i].paper) {
            fail_msg("row %zu: %d, not %d", i, (int)summary_find_paper(&d), (int)KINDS[i].paper);
        }
        arena_deinit(&memory);
    }
}

static void test_leaning(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        bool leans;
    } SENTENCES[] = {
        {"She refused to sign.", true},
        {"It was too late for that.", true},
        {"However, the bridge held.", true},
        {"This is why they left.", true},
        {"This week the museum is closed.", false},
        {"It was decided to wait.", false},
        {"Heidi stayed at home.", false},
        {"So far nobody has answered.", false},
        {"Cela a pris un an.", true},
        {"Ainsi, la route est rouverte.", true},
        {"Elle a refusé.", true},
        {"Il faut des bottes.", false},
        {"Il y avait du monde.", false},
        {"Il a été décidé d'attendre.", false},
        {"Ce lundi, le musée est fermé.", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof(SENTENCES) / sizeof(SENTENCES[0]); i++) {
        if (summary_leans(span_from_string(SENTENCES[i].sentence)) != SENTENCES[i].leans) {
            fail_msg("'%s'", SENTENCES[i].sentence);
        }
    }
}

/* A plan is told before what was only asked or said beside it. */
static void test_clauses(void **state)
{
    (void)state;
    static const char TALK[] =
        "Nell: Is it cold outside?\nOtis: I need new brakes for the van before Friday because I "
        "have to drive to Bergen.\nNell: My brother likes vans.\nOtis: Can you lend me your car "
        "until the van is ready?\nNell: Sure, I'll bring you the keys tomorrow morning.";
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 36);
    huis_summary *s = summarize_with(TALK, &o, NULL);
    if (strstr(s->text, "brakes") == NULL || strstr(s->text, "cold") != NULL ||
        strstr(s->text, "likes") != NULL) {
        fail_msg("%s", s->text);
    }
    huis_summary_free(s);
}

/* What is to be paid is not left to a model; other mails are. */
static void test_papers_need_no_model(void **state)
{
    (void)state;
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_AUTO, 14);
    assert_false(huis_summarize_uses_model(BILL, strlen(BILL), &o));
    assert_true(huis_summarize_uses_model(COURTESY, strlen(COURTESY), &o));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choices), cmocka_unit_test(test_imprint),
        cmocka_unit_test(test_papers),  cmocka_unit_test(test_leaning),
        cmocka_unit_test(test_clauses), cmocka_unit_test(test_papers_need_no_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
