/*
 * test_notify_learn.c - learning from verdicts: rules, undo, bytes, and what may never be learnt.
 */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_move_what_they_are_of),
        cmocka_unit_test(rules_are_told_accepted_and_undone),
        cmocka_unit_test(critical_is_not_held_back),
        cmocka_unit_test(hostile_and_codes_teach_nothing),
        cmocka_unit_test(bytes_come_back_or_are_refused),
        cmocka_unit_test(a_choice_teaches_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
