/*
 * test_facts.c - what counts as the same number, date and time (docs/evidence.md), row by row.
 */
#include "evidence_fixture.h"

typedef struct row {
    const char *source, *text;
    const char *unsupported; /* the first unsupported number; NULL: all are supported */
} row;

static void check_rows(const row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        fixture f;
        fixture_open(&f, rows[i].source, DOCUMENT_ARTICLE);
        const evidence_verdict v = fixture_check(&f, rows[i].text);
        char got[64] = "";
        if (v.n_unsupported_numbers > 0) {
            const span s = v.unsupported_numbers[0];
            memcpy(got, s.ptr, s.len < 63 ? s.len : 63);
        }
        if (strcmp(got, rows[i].unsupported != NULL ? rows[i].unsupported : "") != 0) {
            fail_msg("source '%s', text '%s': unsupported '%s', not '%s'", rows[i].source,
                     rows[i].text, got, rows[i].unsupported != NULL ? rows[i].unsupported : "");
        }
        fixture_close(&f);
    }
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_thousands(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"près de 60.000 morts", "60 000 morts", NULL},
        {"près de 60\u202f000 morts", "60000 morts", NULL},
        {"près de 60\u00a0000 morts", "60,000 morts", NULL},
        {"près de 60 000 morts", "60.000 morts", NULL},
        {"près de 60 000 morts", "6 000 morts", "6 000"},
        {"a total of $1,608,683.05", "1 608 683,05", NULL},
        {"a total of $1,608,683.05", "1,608,683.50", "1,608,683.50"},
        {"3.519 foyers", "3519 foyers", NULL},
        {"en 2019 300 personnes", "300 personnes en 2019", NULL},
        {"12 300 personnes", "12 personnes", "12"},
        {"1'250 francs", "1250 francs", NULL},
        {"3.11.2 is out", "version 3.11.2", NULL},
        {"3.11.2 is out", "version 3.11.4", "3.11.4"},
        {"0.5 point", "0,5 point", NULL},
        {"0,50 point", "0.5 point", NULL},
    };
    CHECK_ROWS(ROWS);
}

static void test_number_words(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"quatre-vingt-dix-sept personnes", "97 personnes", NULL},
        {"97 personnes", "quatre-vingt-dix-sept personnes", NULL},
        {"quatre-vingts ans", "80 ans", NULL},
        {"quatre-vingt-dix ans", "80 ans", "80"},
        {"soixante et onze ans", "71 ans", NULL},
        {"soixante-quinze ans", "75 ans", NULL},
        {"vingt et un jours", "21 jours", NULL},
        {"deux cent cinq pages", "205 pages", NULL},
        {"deux mille dix-neuf", "2019", NULL},
        {"trois millions d'euros", "3 000 000 euros", NULL},
        {"2,5 milliards d'euros", "2 500 millions d'euros", NULL},
        {"2,5 milliards d'euros", "2,5 millions d'euros", "2,5 millions d'euros"},
        {"twenty-one people", "21 people", NULL},
        {"two hundred and five people", "205 people", NULL},
        {"one million two hundred thousand", "1,200,000", NULL},
        {"twelve people", "12 people", NULL},
        {"12 people", "thirteen people", "thirteen"},
        {"une dizaine de blessés", "10 blessés", NULL},
        {"Dix personnes", "10 personnes", NULL},
        {"five or six cups", "5 cups", NULL},
        {"mille personnes", "1000 personnes", NULL},
        {"cent personnes", "100 personnes", NULL},
        {"la personne est là", "une personne est là", NULL},
        {"le 1er avril", "premier avril", NULL},
        {"the 21st century", "the twenty-first century", NULL},
        {"la troisième fois", "la 3e fois", NULL},
        {"la troisième fois", "la 4e fois", "4e"},
    };
    CHECK_ROWS(ROWS);
}

static void test_units(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"34% de plus", "34 % de plus", NULL},
        {"34% de plus", "34 pour cent de plus", NULL},
        {"34 percent more", "34% more", NULL},
        {"34 personnes", "34 %", "34 %"},
        {"entre 10 et 15 %", "10 % au moins", NULL},
        {"de 10 à 15%", "10%", NULL},
        {"$10 each", "10 dollars each", NULL},
        {"10 euros", "10 \u20ac", NULL},
        {"10 euros", "$10", "$10"},
        {"3,5 M\u20ac", "3,5 millions d'euros", NULL},
        {"$5bn", "5 billion dollars", NULL},
        {"$5m", "$5 million", NULL},
        {"2 à 3 millions", "2 millions", NULL},
        {"2 millions de personnes", "2 personnes", "2"},
        {"5k runners", "5,000 runners", NULL},
    };
    CHECK_ROWS(ROWS);
}

static void test_dates(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"le 12 mars 2025", "12/03/2025", NULL},
        {"le 12 mars 2025", "en mars 2025", NULL},
        {"le 12 mars 2025", "le 12", NULL},
        {"le 12 mars 2025", "le 13 mars", "13 mars"},
        {"le 12 mars 2025", "le 12 avril", "12 avril"},
        {"March 12, 2025", "12 March", NULL},
        {"October 30th from 9:00 am", "30 October", NULL},
        {"October 30th", "30/10", NULL},
        {"2025-03-12", "12 mars 2025", NULL},
        {"2025-03-12", "March 12", NULL},
        {"12.03.2025", "12 mars", NULL},
        {"12/03/25", "2025", NULL},
        {"10/30/01", "October 30", NULL},
        {"du 12 au 15 mars", "le 12 mars", NULL},
        {"les 3 et 4 juin", "le 3 juin", NULL},
        {"le 1er avril", "1 avril", NULL},
        {"the 3rd of May", "May 3", NULL},
    };
    CHECK_ROWS(ROWS);
}

static void test_times(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"à 18h30", "18:30", NULL},
        {"à 18 h 30", "18h30", NULL},
        {"at 6:30 pm", "18h30", NULL},
        {"at 6:30 p.m.", "18h30", NULL},
        {"at 6.30 pm", "6:30 pm", NULL},
        {"at 6:30", "6:30 pm", "6:30 pm"},
        {"at 6:30 am", "6:30 pm", "6:30 pm"},
        {"at 6 pm", "6 pm", NULL},
        {"at 6pm", "18h", NULL},
        {"à 18 heures", "18h", NULL},
        {"à 18h", "à 18 heures", NULL},
        {"à 18h30 à Paris", "6:30 pm", NULL},
        {"à 18h30", "à 18h45", "18h45"},
        {"from 9:00 am - 10:00 am", "9 am to 10 am", NULL},
    };
    CHECK_ROWS(ROWS);
}

static void test_ranges(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"won 46 - 26 in Paris", "46-26", NULL},
        {"won 46-26 in Paris", "46 \u2013 26", NULL},
        {"46 à 26", "46-26", NULL},
        {"won 46 - 26, then 30-10", "46-10", "46-10"},
        {"call 713-345-6687", "713-345-6687", NULL},
        {"call 713-345-6687", "713-345-6688", "6688"},
        {"EB 3267", "room 3267", NULL},
        {"G20 summit", "G20", NULL},
    };
    CHECK_ROWS(ROWS);
}

static void test_list_marks(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"Envoyer le rapport", "1. Envoyer le rapport", NULL},
        {"Envoyer le rapport", "2) Envoyer le rapport", NULL},
        {"1. Envoyer\n2. Payer", "7 envois", "7"},
        {"4. Envoyer le rapport", "4 rapports", "4"},
    };
    CHECK_ROWS(ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thousands),  cmocka_unit_test(test_number_words),
        cmocka_unit_test(test_units),      cmocka_unit_test(test_dates),
        cmocka_unit_test(test_times),      cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_list_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
