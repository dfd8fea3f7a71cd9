/*
 * test_check.c - names, support, citations and hints of the checker.
 */
#include "evidence_fixture.h"

typedef struct row {
    const char *source, *text;
    const char *unsupported; /* the first unsupported name; NULL: all are supported */
} row;

static void test_names(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"Jair Bolsonaro est accusé.", "Bolsonaro est accusé.", NULL},
        {"Jair Bolsonaro est accusé.", "Le président Lula est accusé.", "Lula"},
        {"Jair Bolsonaro est accusé.", "Macron est accusé.", "Macron"},
        {"Jair Bolsonaro est accusé.", "Selon lui, la presse accuse Bolsonaro.", NULL},
        {"Les élèves de l'Ipam.", "L'Ipam et ses élèves.", NULL},
        {"Anne's car was sold in Turkey.", "Anne sold a Turkish car.", NULL},
        {"La Belgique gagne.", "Les Belges gagnent.", NULL},
        {"Le joueur turc part.", "Il quitte la Turquie.", NULL},
        {"He lives in the United Kingdom.", "He lives in the UK.", NULL},
        {"He lives in the UK.", "He lives in the United Kingdom.", NULL},
        {"He lives in the U.S. now.", "He lives in the United States.", NULL},
        {"The United States of America won.", "The USA won.", NULL},
        {"He gave it to us.", "He gave it to the US.", "US"},
        {"L'Institut national de recherches spatiales suit les feux.", "L'INRS suit les feux.",
         NULL},
        {"L'Institut national suit les feux.", "La NASA suit les feux.", "NASA"},
        {"Les Nations unies aident.", "L'ONU aide.", NULL},
        {"Jean Martin et sa fille ont rencontré hier Paul Dupont.", "Jean Dupont est là.",
         "Jean Dupont"},
        {"Jean Martin et sa fille ont rencontré hier Paul Dupont.", "Paul Dupont est là.", NULL},
        {"The meeting is on Friday.", "The meeting is on Monday.", "Monday"},
        {"La réunion est vendredi.", "Friday meeting", NULL},
        {"We met in June.", "They met in July.", "July"},
        {"La réunion est en juin.", "La réunion est en mars.", "mars"},
        {"He may come.", "He comes in May.", "May"},
        {"Write to anna@example.com.", "Write to anna@example.com.", NULL},
        {"Write to anna@example.com.", "Write to bob@example.com.", "bob"},
        {"The G20 met.", "The G7 met.", "G7"},
        {"#Person1#: I go home.", "#Person1# goes home.", NULL},
        {"#Person1#: I go home.", "#Person2# goes home.", "Person2"},
        {"M. Dupont est venu.", "M. Durand est venu.", "Durand"},
        {"The report is late.", "Meeting Reminder", NULL},
        {"The report is late.", "Late Report", NULL},
        {"The farm is near Mende.", "The farm is near Mendes.", "Mendes"},
        {"He wrote a report.", "Two Reports", NULL},
        {"O'Brien said no.", "O\u2019Brien said no.", NULL},
        {"Saint-Étienne l'emporte.", "SAINT ETIENNE l'emporte.", NULL},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        fixture f;
        fixture_open(&f, ROWS[i].source, DOCUMENT_ARTICLE);
        const evidence_verdict v = fixture_check(&f, ROWS[i].text);
        char got[64] = "";
        if (v.n_unsupported_names > 0) {
            const span s = v.unsupported_names[0];
            memcpy(got, s.ptr, s.len < 63 ? s.len : 63);
        }
        if (strcmp(got, ROWS[i].unsupported != NULL ? ROWS[i].unsupported : "") != 0) {
            fail_msg("source '%s', text '%s': unsupported '%s', not '%s'", ROWS[i].source,
                     ROWS[i].text, got, ROWS[i].unsupported != NULL ? ROWS[i].unsupported : "");
        }
        fixture_close(&f);
    }
}

static const char ARTICLE[] =
    "Le ministre de l'Agriculture n'a pas démissionné mardi. Les pompiers ont sauvé douze chevaux "
    "dans une ferme de Lozère. L'incendie a fait 3 morts et 40 blessés à Mende. Une enquête a été "
    "ouverte par le parquet.";

static void test_support(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool supported;
    } ROWS[] = {
        {"Les pompiers ont sauvé douze chevaux.", true},
        {"Douze chevaux sauvés par les pompiers en Lozère", true},
        {"Le parquet a ouvert une enquête.", true},
        {"Le ministre de l'Agriculture a démissionné mardi.", false},
        {"Les pompiers n'ont pas sauvé les chevaux.", false},
        {"Un avion transportant des touristes a atterri.", false},
        {"L'incendie a fait 40 chevaux.", false},
        {"L'incendie a fait 4 morts.", false},
        {"Le ministre n'a pas démissionné.", true},
    };
    fixture f;
    fixture_open(&f, ARTICLE, DOCUMENT_ARTICLE);
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const evidence_verdict v = fixture_check(&f, ROWS[i].text);
        if (v.supported != ROWS[i].supported) {
            fail_msg("'%s': supported %d, score %.2f", ROWS[i].text, v.supported, v.score);
        }
    }
    fixture_close(&f);
}

static void test_hints(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, ARTICLE, DOCUMENT_ARTICLE);
    assert_true(fixture_check(&f, "Le ministre a démissionné mardi.").negation_flip);
    assert_true(fixture_check(&f, "Les pompiers n'ont jamais sauvé de chevaux.").negation_flip);
    assert_false(fixture_check(&f, "Le ministre n'a pas démissionné.").negation_flip);
    assert_true(fixture_check(&f, "Il y a 40 chevaux.").number_moved);
    assert_false(fixture_check(&f, "Il y a 40 blessés.").number_moved);
    fixture_close(&f);
    fixture_open(&f, "She did not sign the contract. He paid the bill.", DOCUMENT_ARTICLE);
    assert_false(fixture_check(&f, "He paid the bill.").negation_flip);
    assert_false(fixture_check(&f, "She didn't sign the contract.").negation_flip);
    assert_true(fixture_check(&f, "He did not pay the bill.").negation_flip);
    fixture_close(&f);
}

static void test_opposites(void **state)
{
    (void)state;
    static const struct {
        const char *source, *text;
        bool reversed;
    } ROWS[] = {
        {"Revenue was £121 million, up 38% on the previous year.", "Revenue fell 38%.", true},
        {"Revenue was £121 million, up 38% on the previous year.", "Revenue rose 38%.", false},
        {"Revenue did not rise last year.", "Revenue fell last year.", false},
        {"She set up a company whose revenue fell by 3%.", "The revenue of the company fell.",
         false},
        {"L'inauguration est avancée du 18 au 11 décembre, parce que la ministre ne sera pas "
         "libre.",
         "L'inauguration est repoussée du 18 au 11 décembre.", true},
        {"La facture moyenne baissera de 18 %.", "La facture moyenne augmentera de 18 %.", true},
        {"La facture moyenne baissera de 18 %.", "Baisse de 18 % de la facture moyenne.", false},
        {"The council approved the plan of the harbour.", "The council rejected the plan.", true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        fixture f;
        fixture_open(&f, ROWS[i].source, DOCUMENT_ARTICLE);
        const evidence_verdict v = fixture_check(&f, ROWS[i].text);
        if (v.reversed != ROWS[i].reversed || (v.reversed && v.supported)) {
            fail_msg("'%s': reversed %d, supported %d", ROWS[i].text, v.reversed, v.supported);
        }
        fixture_close(&f);
    }
}

static void test_citations(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, ARTICLE, DOCUMENT_ARTICLE);
    evidence_verdict v = fixture_check(&f, "Douze chevaux sauvés par les pompiers.");
    assert_int_equal(v.n_sources, 1);
    assert_int_equal(v.sources[0].start, strstr(ARTICLE, "Les pompiers") - ARTICLE);
    assert_int_equal(v.sources[0].end, strstr(ARTICLE, " L'incendie") - ARTICLE);
    v = fixture_check(&f, "Les pompiers ont sauvé des chevaux et le parquet a ouvert une enquête.");
    assert_int_equal(v.n_sources, 2);
    v = fixture_check(&f, "Zzz qqq.");
    assert_int_equal(v.n_sources, 0);
    assert_false(v.supported);
    fixture_close(&f);
}

static void test_ranking(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, ARTICLE, DOCUMENT_ARTICLE);
    double scores[8];
    huis_error err;
    assert_int_equal(evidence_rank(f.index, scores, &err), 0);
    assert_int_equal(evidence_focus(f.index, SPAN("Qui a ouvert une enquête ?"), scores, &err), 0);
    uint32_t chosen[4];
    assert_int_equal(evidence_select(f.index, scores, 0, 1, chosen), 1);
    assert_int_equal(chosen[0], 3);
    assert_int_equal(evidence_rank(f.index, scores, &err), 0);
    assert_int_equal(evidence_select(f.index, scores, 20, 4, chosen), 2);
    assert_true(chosen[0] < chosen[1]);
    assert_int_equal(evidence_select(f.index, scores, 3, 4, chosen), 0);
    fixture_close(&f);
}

static void test_repetition(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f,
                 "The dam broke near the town. The dam broke near the town on Monday. Schools are "
                 "closed for a week.",
                 DOCUMENT_ARTICLE);
    double scores[8];
    huis_error err;
    uint32_t chosen[4];
    assert_int_equal(evidence_rank(f.index, scores, &err), 0);
    assert_int_equal(evidence_select(f.index, scores, 0, 2, chosen), 2);
    assert_int_equal(chosen[1], 2);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),      cmocka_unit_test(test_support),
        cmocka_unit_test(test_hints),      cmocka_unit_test(test_opposites),
        cmocka_unit_test(test_citations),  cmocka_unit_test(test_ranking),
        cmocka_unit_test(test_repetition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
