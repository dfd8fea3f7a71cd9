/*
 * test_notify_learn.c - learning from verdicts: rules, undo, bytes, and what may never be learnt.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "huis/notify.h"

#define NOW 1778761200

static huis_notification record(const char *id, const char *app, const char *sender,
                                const char *title, const char *body)
{
    return (huis_notification){.id = id,
                               .app = app,
                               .sender = sender,
                               .title = title,
                               .body = body,
                               .urgency = -1,
                               .time = {NOW, 120, true}};
}

/* Two of a kind: by themselves the newsletter stands behind the statement. */
static void fill(huis_notification out[3])
{
    out[0] = record("letter", "Garden Weekly", NULL, "Newsletter", "This week: what to sow in May");
    out[1] = record("bank", "N26", NULL, "Statement", "Your statement for April is available");
    out[2] = record("smoke", "Nest Protect", NULL, "Kitchen", "Smoke detected");
}

static size_t rank_of(const huis_notify_weights *weights, const char *id,
                      huis_notify_class *out_cls)
{
    huis_notification records[3];
    fill(records);
    huis_notify_ranking *ranking = NULL;
    huis_error err = {0};
    assert_int_equal(huis_notify_rank(records, 3, NULL, weights, NULL, &ranking, &err), HUIS_OK);
    size_t rank = 0;
    for (size_t i = 0; i < ranking->n_items; i++) {
        if (strcmp(records[ranking->items[i].record].id, id) == 0) {
            rank = ranking->items[i].rank;
            *out_cls = ranking->items[i].cls;
        }
    }
    (void)huis_notify_ranking_free(ranking);
    return rank;
}

static huis_notify_weights *taught(const char *id, huis_notify_verdict verdict, int times)
{
    huis_notification records[3];
    fill(records);
    huis_notify_weights *weights = NULL;
    huis_error err = {0};
    assert_int_equal(huis_notify_weights_new(&weights, &err), HUIS_OK);
    for (int i = 0; i < times; i++) {
        for (size_t k = 0; k < 3; k++) {
            if (strcmp(records[k].id, id) == 0) {
                assert_int_equal(huis_notify_learn(weights, &records[k], NULL, verdict, &err),
                                 HUIS_OK);
            }
        }
    }
    return weights;
}

static void verdicts_move_what_they_are_of(void **state)
{
    (void)state;
    huis_notify_class before = 0;
    huis_notify_class after = 0;
    assert_int_equal(rank_of(NULL, "letter", &before), 3);
    huis_notify_weights *weights = taught("letter", HUIS_VERDICT_UP, 8);
    assert_int_equal(rank_of(weights, "letter", &after), 2);
    assert_true(after < before);
    (void)huis_notify_weights_free(weights);
}

static void rules_are_told_accepted_and_undone(void **state)
{
    (void)state;
    huis_error err = {0};
    huis_notify_weights *weights = taught("letter", HUIS_VERDICT_UP, 8);
    huis_notify_rules *rules = NULL;
    assert_int_equal(huis_notify_rules_list(weights, "fr", &rules, &err), HUIS_OK);
    assert_true(rules->n_items >= 1);
    assert_non_null(strstr(rules->items[0].text, "Garden Weekly"));
    assert_non_null(strstr(rules->items[0].text, "plus tôt"));
    assert_true(rules->items[0].weight > 0.0 && rules->items[0].n_verdicts == 8);
    for (size_t i = 0; i < rules->n_items; i++) {
        assert_int_equal(huis_notify_rule_set(weights, rules->items[i].key, HUIS_RULE_ACCEPT, &err),
                         HUIS_OK);
        assert_int_equal(huis_notify_rule_set(weights, rules->items[i].key, HUIS_RULE_UNDO, &err),
                         HUIS_OK);
        assert_int_equal(huis_notify_rule_set(weights, rules->items[i].key, HUIS_RULE_UNDO, &err),
                         HUIS_E_BAD_ARGUMENT);
    }
    (void)huis_notify_rules_free(rules);
    assert_int_equal(huis_notify_rules_list(weights, "en", &rules, &err), HUIS_OK);
    assert_int_equal(rules->n_items, 0);
    (void)huis_notify_rules_free(rules);
    huis_notify_class cls = 0;
    assert_int_equal(rank_of(weights, "letter", &cls), 3);
    (void)huis_notify_weights_free(weights);
}

static void critical_is_not_held_back(void **state)
{
    (void)state;
    huis_notify_class cls = 0;
    huis_notify_weights *weights = taught("smoke", HUIS_VERDICT_DOWN, 200);
    assert_int_equal(rank_of(weights, "smoke", &cls), 1);
    assert_int_equal(cls, HUIS_NOTIFY_CRITICAL);
    (void)huis_notify_weights_free(weights);
}

static void hostile_and_codes_teach_nothing(void **state)
{
    (void)state;
    const huis_notification lures[] = {
        record("a", "SMS", "+33 7 55", NULL,
               "Ameli : mettez à jour vos coordonnées : https://ameli-renouv.info/fr"),
        record("b", "N26", NULL, "Code", "Your code is 482913. Never share it with anyone."),
    };
    huis_notify_weights *weights = NULL;
    huis_error err = {0};
    assert_int_equal(huis_notify_weights_new(&weights, &err), HUIS_OK);
    void *empty = NULL;
    size_t n_empty = 0;
    assert_int_equal(huis_notify_weights_write(weights, &empty, &n_empty, &err), HUIS_OK);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(huis_notify_learn(weights, &lures[i % 2], NULL, HUIS_VERDICT_UP, &err),
                         HUIS_OK);
    }
    void *bytes = NULL;
    size_t n_bytes = 0;
    assert_int_equal(huis_notify_weights_write(weights, &bytes, &n_bytes, &err), HUIS_OK);
    assert_int_equal(n_bytes, n_empty);
    assert_memory_equal(bytes, empty, n_bytes);
    /* Whatever else was learnt of the app and its words, a lure stays last. */
    for (int i = 0; i < 60; i++) {
        const huis_notification kind =
            record("c", "SMS", "+33 7 55", NULL, "vos coordonnées ici, Ameli");
        assert_int_equal(huis_notify_learn(weights, &kind, NULL, HUIS_VERDICT_UP, &err), HUIS_OK);
    }
    huis_notify_ranking *ranking = NULL;
    assert_int_equal(huis_notify_rank(lures, 2, NULL, weights, NULL, &ranking, &err), HUIS_OK);
    assert_int_equal(ranking->items[1].record, 0);
    assert_int_equal(ranking->items[1].cls, HUIS_NOTIFY_HOSTILE);
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notify_bytes_free(bytes);
    (void)huis_notify_bytes_free(empty);
    (void)huis_notify_weights_free(weights);
}

static void bytes_come_back_or_are_refused(void **state)
{
    (void)state;
    huis_error err = {0};
    huis_notify_weights *weights = taught("letter", HUIS_VERDICT_UP, 8);
    void *bytes = NULL;
    size_t n = 0;
    assert_int_equal(huis_notify_weights_write(weights, &bytes, &n, &err), HUIS_OK);
    (void)huis_notify_weights_free(weights);
    assert_int_equal(huis_notify_weights_read(bytes, n, &weights, &err), HUIS_OK);
    void *again = NULL;
    size_t n_again = 0;
    assert_int_equal(huis_notify_weights_write(weights, &again, &n_again, &err), HUIS_OK);
    assert_int_equal(n_again, n);
    assert_memory_equal(again, bytes, n);
    huis_notify_class cls = 0;
    assert_int_equal(rank_of(weights, "letter", &cls), 2);
    (void)huis_notify_weights_free(weights);
    weights = NULL;
    for (size_t cut = 0; cut < n; cut++) {
        assert_int_equal(huis_notify_weights_read(bytes, cut, &weights, &err), HUIS_E_BAD_FILE);
    }
    for (size_t i = 0; i < n; i++) {
        ((unsigned char *)bytes)[i] ^= 0x10;
        assert_int_equal(huis_notify_weights_read(bytes, n, &weights, &err), HUIS_E_BAD_FILE);
        ((unsigned char *)bytes)[i] ^= 0x10;
    }
    assert_null(weights);
    (void)huis_notify_bytes_free(again);
    (void)huis_notify_bytes_free(bytes);
}

static void a_choice_teaches_both(void **state)
{
    (void)state;
    huis_notification records[3];
    fill(records);
    huis_notify_weights *weights = NULL;
    huis_error err = {0};
    assert_int_equal(huis_notify_weights_new(&weights, &err), HUIS_OK);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(huis_notify_prefer(weights, &records[0], &records[1], NULL, &err),
                         HUIS_OK);
    }
    huis_notify_class cls = 0;
    assert_int_equal(rank_of(weights, "letter", &cls), 2);
    (void)huis_notify_weights_free(weights);
}

/* ---- vectors ---- */

enum { DIMENSIONS = 48 };

/* Unit vectors of two subjects, each with a part of its own. */
static void subject(float out[DIMENSIONS], int which, int own)
{
    memset(out, 0, DIMENSIONS * sizeof(*out));
    for (int i = 0; i < 8; i++) {
        out[8 * which + i] = (i % 2 == 0 ? 0.95F : -0.95F) / 2.8284271F;
    }
    out[20 + own] = 0.31225F;
}

static const huis_notification TRAINED_APP = {.id = "t",
                                              .app = "Choir",
                                              .sender = "Odile",
                                              .title = "Rehearsal",
                                              .body = "We sing the Fauré on Thursday",
                                              .urgency = -1,
                                              .time = {NOW, 120, true}};

/* By `verdict` on the first subject, `times`. */
static huis_notify_weights *taught_subject(huis_notify_verdict verdict, int times)
{
    huis_notify_weights *weights = NULL;
    huis_error err = {0};
    assert_int_equal(huis_notify_weights_new(&weights, &err), HUIS_OK);
    for (int i = 0; i < times; i++) {
        float vector[DIMENSIONS];
        subject(vector, 0, i % 4);
        assert_int_equal(huis_notify_learn_vector(weights, &TRAINED_APP, vector, DIMENSIONS, NULL,
                                                  verdict, &err),
                         HUIS_OK);
    }
    return weights;
}

/* Two alike from apps that taught nothing: the second is of the subject that was taught. */
static double gain(const huis_notify_weights *weights, size_t n_dimensions, bool with_vectors)
{
    const huis_notification records[] = {
        record("other", "Heron", NULL, "Bulletin", "The quarterly overview is on the shelf"),
        record("same", "Osprey", NULL, "Bulletin", "The quarterly overview is on the shelf"),
    };
    float vectors[2 * DIMENSIONS];
    double scores[2] = {0.0, 0.0};
    huis_notify_rank_options options;
    huis_notify_ranking *ranking = NULL;
    huis_error err = {0};
    subject(vectors, 1, 10);
    subject(vectors + n_dimensions, 0, 11);
    huis_notify_rank_options_default(&options);
    options.vectors = with_vectors ? vectors : NULL;
    options.n_dimensions = n_dimensions;
    assert_int_equal(huis_notify_rank(records, 2, NULL, weights, &options, &ranking, &err),
                     HUIS_OK);
    for (size_t i = 0; i < 2; i++) {
        scores[ranking->items[i].record] = ranking->items[i].score;
    }
    (void)huis_notify_ranking_free(ranking);
    return scores[1] - scores[0];
}

static void what_is_near_moves_along_whoever_sends_it(void **state)
{
    (void)state;
    huis_notify_weights *weights = taught_subject(HUIS_VERDICT_UP, 12);
    assert_true(gain(weights, DIMENSIONS, true) > 0.02);
    assert_true(gain(weights, DIMENSIONS, false) < 1e-6);
    weights = huis_notify_weights_free(weights);
    weights = taught_subject(HUIS_VERDICT_DOWN, 12);
    assert_true(gain(weights, DIMENSIONS, true) < -0.02);
    (void)huis_notify_weights_free(weights);
}

static void other_dimensions_and_no_numbers_are_passed_over(void **state)
{
    (void)state;
    huis_error err = {0};
    huis_notify_weights *weights = taught_subject(HUIS_VERDICT_UP, 12);
    const double before = gain(weights, DIMENSIONS, true);
    float odd[DIMENSIONS] = {0.0F};
    void *bytes = NULL, *again = NULL;
    size_t n = 0, n_again = 0;
    assert_true(gain(weights, DIMENSIONS - 1, true) < 1e-6);
    /* Of another dimension, of no length, of no number: the rest learns as without a vector. */
    huis_notify_weights *plain = NULL;
    assert_int_equal(huis_notify_weights_write(weights, &bytes, &n, &err), HUIS_OK);
    assert_int_equal(huis_notify_weights_read(bytes, n, &plain, &err), HUIS_OK);
    for (int i = 0; i < 4; i++) {
        odd[3] = i == 2 ? (float)INFINITY : i == 3 ? (float)NAN : 0.0F;
        assert_int_equal(huis_notify_learn_vector(weights, &TRAINED_APP, odd,
                                                  i == 0 ? DIMENSIONS - 1 : DIMENSIONS, NULL,
                                                  HUIS_VERDICT_DOWN, &err),
                         HUIS_OK);
        assert_int_equal(huis_notify_learn(plain, &TRAINED_APP, NULL, HUIS_VERDICT_DOWN, &err),
                         HUIS_OK);
    }
    (void)huis_notify_bytes_free(bytes);
    assert_int_equal(huis_notify_weights_write(weights, &bytes, &n, &err), HUIS_OK);
    assert_int_equal(huis_notify_weights_write(plain, &again, &n_again, &err), HUIS_OK);
    assert_int_equal(n, n_again);
    assert_memory_equal(bytes, again, n);
    assert_true(gain(weights, DIMENSIONS, true) > 0.9 * before);
    (void)huis_notify_bytes_free(bytes);
    (void)huis_notify_bytes_free(again);
    (void)huis_notify_weights_free(plain);
    (void)huis_notify_weights_free(weights);
}

static void vectors_are_kept_in_the_bytes(void **state)
{
    (void)state;
    huis_error err = {0};
    huis_notify_weights *weights = taught_subject(HUIS_VERDICT_UP, 12);
    const double before = gain(weights, DIMENSIONS, true);
    void *bytes = NULL;
    size_t n = 0;
    assert_int_equal(huis_notify_weights_write(weights, &bytes, &n, &err), HUIS_OK);
    (void)huis_notify_weights_free(weights);
    assert_int_equal(huis_notify_weights_read(bytes, n, &weights, &err), HUIS_OK);
    assert_true(gain(weights, DIMENSIONS, true) == before);
    (void)huis_notify_weights_free(weights);
    weights = NULL;
    for (size_t cut = 0; cut < n; cut++) {
        assert_int_equal(huis_notify_weights_read(bytes, cut, &weights, &err), HUIS_E_BAD_FILE);
    }
    assert_null(weights);
    (void)huis_notify_bytes_free(bytes);
}

/* A lure and an alarm with the very vector that was taught, the wrong way. */
static void vectors_lift_no_lure_and_hold_back_no_alarm(void **state)
{
    (void)state;
    const huis_notification records[] = {
        record("lure", "SMS", "+33 7 55", NULL,
               "Ameli : mettez à jour vos coordonnées : https://ameli-renouv.info/fr"),
        record("smoke", "Nest Protect", NULL, "Kitchen", "Smoke detected"),
        record("bank", "N26", NULL, "Statement", "Your statement for April is available"),
    };
    for (int way = 0; way < 2; way++) {
        float vectors[3 * DIMENSIONS];
        huis_notify_rank_options options;
        huis_notify_ranking *ranking = NULL;
        huis_error err = {0};
        huis_notify_weights *weights =
            taught_subject(way == 0 ? HUIS_VERDICT_UP : HUIS_VERDICT_DOWN, 300);
        for (size_t i = 0; i < 3; i++) {
            subject(vectors + i * DIMENSIONS, 0, 0);
        }
        huis_notify_rank_options_default(&options);
        options.vectors = vectors;
        options.n_dimensions = DIMENSIONS;
        assert_int_equal(huis_notify_rank(records, 3, NULL, weights, &options, &ranking, &err),
                         HUIS_OK);
        assert_int_equal(ranking->items[0].record, 1);
        assert_int_equal(ranking->items[0].cls, HUIS_NOTIFY_CRITICAL);
        assert_true(ranking->items[0].interrupt);
        assert_int_equal(ranking->items[2].record, 0);
        assert_int_equal(ranking->items[2].cls, HUIS_NOTIFY_HOSTILE);
        assert_false(ranking->items[2].interrupt);
        (void)huis_notify_ranking_free(ranking);
        (void)huis_notify_weights_free(weights);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_move_what_they_are_of),
        cmocka_unit_test(rules_are_told_accepted_and_undone),
        cmocka_unit_test(critical_is_not_held_back),
        cmocka_unit_test(hostile_and_codes_teach_nothing),
        cmocka_unit_test(bytes_come_back_or_are_refused),
        cmocka_unit_test(a_choice_teaches_both),
        cmocka_unit_test(what_is_near_moves_along_whoever_sends_it),
        cmocka_unit_test(other_dimensions_and_no_numbers_are_passed_over),
        cmocka_unit_test(vectors_are_kept_in_the_bytes),
        cmocka_unit_test(vectors_lift_no_lure_and_hold_back_no_alarm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
