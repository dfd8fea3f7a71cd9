/*
 * test_signals.c - why a sentence is not supported: reasons by row, vectors, hostile input.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/buffer.h"
#include "evidence_fixture.h"

typedef struct row {
    const char *text;
    const char *reason; /* one that must be given; NULL: the sentence is supported */
} row;

static bool has_reason(const evidence_verdict *v, const char *name)
{
    for (int r = 0; r < EVIDENCE_N_REASONS; r++) {
        if ((v->reasons & (1u << r)) != 0 &&
            strcmp(evidence_reason_name((evidence_reason)r), name) == 0) {
            return true;
        }
    }
    return false;
}

static void check_rows(const char *source, document_genre genre, const row *rows, size_t n)
{
    fixture f;
    fixture_open(&f, source, genre);
    for (size_t i = 0; i < n; i++) {
        const evidence_verdict v = fixture_check(&f, rows[i].text);
        const bool wanted = rows[i].reason == NULL;
        if (v.supported != wanted || (v.score >= 0.5) != wanted || (v.reasons == 0) != wanted ||
            (!wanted && !has_reason(&v, rows[i].reason))) {
            fail_msg("'%s': supported %d, score %.2f, reasons %x, not %s", rows[i].text,
                     v.supported, v.score, v.reasons, wanted ? "supported" : rows[i].reason);
        }
    }
    fixture_close(&f);
}

#define CHECK(source, genre, rows) check_rows(source, genre, rows, sizeof(rows) / sizeof((rows)[0]))

static void test_english(void **state)
{
    (void)state;
    static const row NEWS[] = {
        {"The ferry company Lindo raised its fares from 12 to 15 dollars.", NULL},
        {"Lindo raised its fares from 15 to 12 dollars.", "reversed"},
        {"Lindo lowered its fares to 15 dollars.", NULL}, /* no opposite in the table: a miss */
        {"Mayor Anna Reed criticised the decision.", NULL},
        {"The decision was criticised by Mayor Anna Reed.", NULL},
        {"Peter Holm criticised the decision.", "name"},
        {"The crossing takes 40 minutes.", NULL},
        {"The crossing takes 40 hours.", "number"},
        {"The night ferry leaves after midnight on Fridays.", NULL},
        {"The night ferry leaves before midnight on Fridays.", "reversed"},
        {"The night ferry leaves after midnight on Mondays.", "date"},
        {"The new ship will be ready in May.", "certain"},
        {"The new ship may be ready in May.", NULL},
        {"Peter Holm did not order the new ship.", "negation"},
        {"The crossing takes 40 minutes because the engines are old and loud.", "added"},
        {"Zebras paint purple violins.", "added"},
    };
    CHECK(
        "The ferry company Lindo raised its fares from 12 to 15 dollars in April. Mayor Anna Reed "
        "criticised the decision. The crossing takes 40 minutes. The night ferry leaves after "
        "midnight on Fridays; the morning ferry does not run on Mondays. Director Peter Holm has "
        "ordered a new ship, which may be ready in May.",
        DOCUMENT_ARTICLE, NEWS);
}

static void test_french(void **state)
{
    (void)state;
    static const row NEWS[] = {
        {"La compagnie Lindo a augmenté ses tarifs de 12 à 15 euros.", NULL},
        {"La compagnie Lindo a baissé ses tarifs de 15 à 12 euros.", "reversed"},
        {"La maire Anne Roy a critiqué la décision.", NULL},
        {"Pierre Holm a critiqué la décision.", "name"},
        {"La traversée dure 40 minutes.", NULL},
        {"La traversée dure 40 heures.", "number"},
        {"Le bateau de nuit part après minuit le vendredi.", NULL},
        {"Le bateau de nuit part avant minuit le vendredi.", "reversed"},
        {"Le nouveau navire sera prêt en mai.", "certain"},
        {"Le nouveau navire pourrait être prêt en mai.", NULL},
        {"Pierre Holm n'a pas commandé le nouveau navire.", "negation"},
        {"Le bateau du matin circule le lundi.", "negation"},
        {"La compagnie emploie 2350 marins.", NULL},
        {"La compagnie emploie 40 marins.", "number"},
    };
    CHECK("La compagnie Lindo a augmenté ses tarifs de 12 à 15 euros en avril. La maire Anne Roy a "
          "critiqué la décision. La traversée dure 40 minutes. Le bateau de nuit part après minuit "
          "le vendredi ; le bateau du matin ne circule pas le lundi. Le directeur Pierre Holm a "
          "commandé un nouveau navire, qui pourrait être prêt en mai. La compagnie emploie 2 350 "
          "marins.",
          DOCUMENT_ARTICLE, NEWS);
}

static void test_roles(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"Nordia bought Velmar in 2019.", NULL},
        {"Velmar was bought by Nordia in 2019.", NULL},
        {"Velmar bought Nordia in 2019.", "roles"},
        {"Nordia was bought by Velmar in 2019.", "roles"},
        {"The schools in Weldon stay closed until Thursday.", "name"},
        {"The schools in Arden stay closed until Thursday.", NULL},
    };
    CHECK("Nordia bought Velmar in 2019. The schools in Arden stay closed until Thursday, those in "
          "Weldon open again on Tuesday.",
          DOCUMENT_ARTICLE, ROWS);
    static const row FRENCH[] = {
        {"Nordia a racheté Velmar en 2019.", NULL},
        {"Velmar a été racheté par Nordia en 2019.", NULL},
        {"Velmar a racheté Nordia en 2019.", "roles"},
    };
    CHECK("Nordia a racheté Velmar en 2019.", DOCUMENT_ARTICLE, FRENCH);
    static const row PASSIVE[] = {
        {"Velmar was bought by Nordia in 2019.", NULL},
        {"Nordia bought Velmar in 2019.", NULL},
        {"Velmar bought Nordia in 2019.", "roles"},
    };
    CHECK("Velmar was bought by Nordia in 2019.", DOCUMENT_ARTICLE, PASSIVE);
}

static void test_spliced(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"The library will be closed for repairs until the end of June.", NULL},
        {"The swimming pool will be closed for repairs until the end of June.", "merged"},
        {"Mrs Toller will pay for the new benches in the park.", NULL}, /* "she" in the source */
    };
    CHECK(
        "The library will be closed for repairs until the end of June. The swimming pool has a new "
        "roof. Mrs Toller moved to Brill. She will pay for the new benches in the park.",
        DOCUMENT_ARTICLE, ROWS);
}

static void test_speakers(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"Lena says that she will bake the lemon cake.", NULL},
        {"Mark says that he will bake the lemon cake.", "speaker"},
        {"Mark brings the drinks.", NULL}, /* Lena asks him to */
        {"Lena asks Mark to bring the drinks.", NULL},
        {"Mark's train is late.", NULL},
    };
    CHECK("Lena: are you coming on Saturday?\nMark: yes, but my train is late\nLena: then I will "
          "bake "
          "the lemon cake myself. Could you bring the drinks?\nMark: sure, see you there\n",
          DOCUMENT_DIALOGUE, ROWS);
}

static void test_who_is_meant(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"Lena and Mark talk about the swimming pool and the ticket.", NULL},
        {"Mark has quit smoking.", NULL},
        {"Lena has quit smoking.", "speaker"},
        {"Mark is 12 euros per person.", "merged"}, /* the ticket is */
        {"Lena says that the ticket is 12 euros per person.", NULL},
        {"Lena is sure that the pool opens at nine.", "certain"}, /* she thinks so */
    };
    CHECK("Lena: do you still smoke?\nMark: no, I quit smoking in spring\nLena: good. The "
          "swimming pool "
          "is open on Sunday, the ticket is 12 euros per person\nMark: when does it open?\n"
          "Lena: I think the pool opens at nine\n",
          DOCUMENT_DIALOGUE, ROWS);
}

static void test_quotations(void **state)
{
    (void)state;
    static const row ENGLISH[] = {
        {"Mayor Reed said that the bridge is \"safe for cars\".", NULL},
        {"\"The old bridge is safe for cars,\" said Mayor Reed.", NULL},
        {"Mayor Reed said: “The old bridge is safe”.", NULL},
        {"Mayor Reed said: \"The old bridge is", NULL},    /* cut */
        {"we will close it to trucks\", she said.", NULL}, /* its other half stands before */
        {"Mayor Reed said that the bridge is \"unsafe for cars\".", "quotation"},
        {"\"The bridge is old,\" said Mayor Reed.", "quotation"},
        {"\"We will close the old bridge to trucks,\" said Mayor Reed.", "quotation"},
        {"\"The old bridge is safe,\" said Mayor Reed, \"for trucks\".", "quotation"},
        {"we will keep it\", she said.", "quotation"},
        {"Mayor Reed said: “The bridge is old", "quotation"},
        {"The 27\" screen shows the old bridge.", NULL},
        {"The screen of 27\" shows the bridge \"The Old Lady\".", NULL},
        {"The screen shows the bridge \"Old Lady of Brill\".", "quotation"},
    };
    static const row FRENCH[] = {
        {"Le maire a promis de « rouvrir le pont avant l'été ».", NULL},
        {"Le maire a promis de «\xC2\xA0ROUVRIR LE PONT\xC2\xA0».", NULL},
        {"Le maire a promis de « rouvrir le pont ».", NULL},
        {"Le maire a promis de « fermer le pont ».", "quotation"},
        {"Le maire a promis de « rouvrir avant l'été ».", "quotation"},
        {"« rouvrir le pont avant l'été »", NULL},
    };
    CHECK("Mayor Reed spoke on the square. \"The old bridge is safe for cars,\" she said, \"but we "
          "will close it to trucks.\" A 27\" screen shows the old bridge, called \"The Old Lady\", "
          "and the trucks.",
          DOCUMENT_ARTICLE, ENGLISH);
    CHECK("Le maire a promis de «\xC2\xA0rouvrir le pont avant l’été\xC2\xA0» si les travaux "
          "avancent, et de fermer la rue.",
          DOCUMENT_ARTICLE, FRENCH);
}

/* The quotation is told with its marks. */
static void test_quotation_is_shown(void **state)
{
    (void)state;
    fixture f;
    fixture_open(&f, "The pool is closed, said Anna. It opens on Monday.", DOCUMENT_ARTICLE);
    evidence_verdict v = fixture_check(&f, "Anna said: “The pool is full” and \"it opens\".");
    assert_int_equal(v.n_unsupported_quotations, 1);
    assert_true(span_equal(v.unsupported_quotations[0], SPAN("“The pool is full”")));
    assert_int_equal(v.n_unsupported_names + v.n_unsupported_numbers, 0);
    v = fixture_check(&f, "Anna said: \"closed\" \"opens\" \"\" « » “12”");
    assert_int_equal(v.n_unsupported_quotations, 0);
    fixture_close(&f);
}

static void test_synonyms(void **state)
{
    (void)state;
    static const row ROWS[] = {
        {"The firm repaired the bridge and purchased two new vehicles.", NULL},
        {"The firm repaired the bridge and painted forty wooden benches.", "number"},
        {"The firm repaired the bridge and painted wooden benches.", "added"},
    };
    CHECK("The company fixed the bridge and bought two new cars.", DOCUMENT_ARTICLE, ROWS);
}

static void test_vectors(void **state)
{
    (void)state;
    fixture f;
    huis_error err;
    fixture_open(&f, "The dam broke near the town. Schools are closed. Bread is cheap.",
                 DOCUMENT_ARTICLE);
    static const float VECTORS[3][2] = {{1.0f, 0.0f}, {0.6f, 0.8f}, {0.0f, 1.0f}};
    static const float SAME[2] = {1.0f, 0.0f};
    static const float AWAY[2] = {-1.0f, 0.0f};
    const span text = SPAN("The dam broke near the town.");
    double before[3];
    double after[3];
    evidence_verdict plain, near, far;
    assert_int_equal(evidence_rank(f.index, before, &err), HUIS_OK);
    assert_int_equal(evidence_check_vector(f.index, text, SAME, &f.memory, &plain, &err), HUIS_OK);
    evidence_set_vectors(f.index, &VECTORS[0][0], 2, VECTORS[2]);
    assert_int_equal(evidence_check_vector(f.index, text, SAME, &f.memory, &near, &err), HUIS_OK);
    assert_int_equal(evidence_check_vector(f.index, text, AWAY, &f.memory, &far, &err), HUIS_OK);
    assert_true(near.score > far.score);
    assert_true(fabs(near.signals[SIGNAL_FAR]) < 1e-6);
    assert_true(fabs(far.signals[SIGNAL_FAR] - 1.0) < 1e-6);
    assert_true(plain.signals[SIGNAL_FAR] == 0.0); /* no vectors were set yet */
    assert_int_equal(evidence_check(f.index, text, &f.memory, &plain, &err), HUIS_OK);
    assert_true(plain.signals[SIGNAL_FAR] == 0.0);
    /* The mean points between; the first sentence is farther from it than the second. */
    assert_int_equal(evidence_rank(f.index, after, &err), HUIS_OK);
    assert_true(after[0] / before[0] < after[1] / before[1]);
    assert_int_equal(evidence_focus(f.index, SPAN("bread"), after, &err), HUIS_OK);
    assert_true(after[2] > after[0]);
    evidence_set_vectors(f.index, NULL, 0, NULL);
    assert_int_equal(evidence_rank(f.index, after, &err), HUIS_OK);
    assert_memory_equal(before, after, sizeof(before));
    fixture_close(&f);
}

/* 4 KiB of one kind of word: an answer, whatever it is. */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const PIECES[] = {
        "NATO ",        "not ",        "from 5 to 7 ", "Anna ",         "3 ",
        "n'",           "\xC3\xA9",    ", ",           "fell",          "-",
        "may not be ",  "1/2 ",        "A.B.",         "Person1 says ", "\"",
        "\"from 5 to ", "\xC2\xAB no "};
    static const char SOURCE[] =
        "Anna: prices rose from 5 to 7 on 3 May, not from 7 to 5.\nBob: no\n";
    buffer text;
    fixture f;
    buffer_init(&text, 1 << 13);
    fixture_open(&f, SOURCE, (document_genre)0);
    for (size_t k = 0; k < sizeof(PIECES) / sizeof(PIECES[0]); k++) {
        huis_error err;
        evidence_verdict v;
        buffer_reset(&text);
        while (buffer_span(&text).len < 4096) {
            assert_true(buffer_append_string(&text, PIECES[k]));
        }
        assert_int_equal(evidence_check(f.index, buffer_span(&text), &f.memory, &v, &err), HUIS_OK);
        assert_true(v.score >= 0.0 && v.score <= 1.0);
        assert_true(v.supported == (v.reasons == 0));
    }
    fixture_close(&f);
    buffer_deinit(&text);
}

/* Processor time of ten sentences against 1,000 words; the goal is 5 ms. */
static void test_speed(void **state)
{
    (void)state;
    static const char *const SENTENCES[] = {
        "Le conseil municipal de Mende a vot\xC3\xA9 mardi un budget de 3,5 millions d'euros. ",
        "Jean Martin, le maire, a promis une r\xC3\xA9ponse avant le 12 mars \xC3\xA0 18h30. ",
        "The company said on Monday that it would hire 250 people by the end of the year. "};
    enum { SENTENCE_COUNT = 10, RUNS = 20 };
    buffer text;
    fixture f;
    double best = 1e9;
    buffer_init(&text, 1 << 16);
    for (size_t i = 0; document_count_words(buffer_span(&text)) < 1000; i++) {
        assert_true(buffer_append_string(&text, SENTENCES[i % 3]));
        assert_true(buffer_printf(&text, "Le point %zu concerne le secteur %c%zu. ", i,
                                  (char)('A' + i % 26), i * 7));
    }
    assert_true(buffer_append_byte(&text, '\0'));
    fixture_open(&f, text.ptr, DOCUMENT_ARTICLE);
    for (size_t run = 0; run < RUNS; run++) {
        const clock_t start = clock();
        for (size_t i = 0; i < SENTENCE_COUNT; i++) {
            (void)fixture_check(&f, SENTENCES[i % 3]);
        }
        const double ms = 1000.0 * (double)(clock() - start) / CLOCKS_PER_SEC;
        best = ms < best ? ms : best;
    }
    print_message("# ten sentences against 1,000 words: %.2f ms of processor time\n", best);
    assert_true(best < 5.0 * HUIS_TEST_SLOWNESS);
    fixture_close(&f);
    buffer_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_english),    cmocka_unit_test(test_french),
        cmocka_unit_test(test_roles),      cmocka_unit_test(test_spliced),
        cmocka_unit_test(test_speakers),   cmocka_unit_test(test_who_is_meant),
        cmocka_unit_test(test_quotations), cmocka_unit_test(test_quotation_is_shown),
        cmocka_unit_test(test_synonyms),   cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
