/*
 * fuzz_notify_rank.c - records as JSON Lines through the ranking, with a context that is the same always,
 * then a verdict on each; and the input as learnt weights. Each record comes back once, in order, with
 * reasons that hold no control character; hostile ones and noise never interrupt.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "huis/notify.h"

enum { MAX_TAUGHT = 8, MAX_RECORDS = 512 };

static const char CONTEXT[] =
    "{\"now\":\"2026-05-14T14:20:00+02:00\",\"owner\":\"Lou Marchand\",\"languages\":[\"fr\"],"
    "\"contacts\":[{\"name\":\"Karim\",\"relation\":\"partner\",\"starred\":true},"
    "{\"name\":\"Anna Berger\",\"relation\":\"colleague\"}],"
    "\"calendar\":[{\"title\":\"Point budget\",\"start\":\"2026-05-14T14:30:00+02:00\"}],"
    "\"focus\":\"work\",\"apps\":{\"Slack\":{\"shown_30d\":10,\"opened_30d\":4}},"
    "\"history\":[{\"app\":\"Slack\",\"sender\":\"Anna Berger\",\"action\":\"replied\","
    "\"time\":\"2026-05-13T10:00:00+02:00\"}]}";

static void must(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check(const huis_notify_ranking *ranking, size_t n)
{
    static bool seen[MAX_RECORDS];
    memset(seen, 0, sizeof(seen));
    must(ranking->n_items == n);
    for (size_t i = 0; i < n; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        must(item->record < n && item->rank == i + 1 && !seen[item->record]);
        seen[item->record] = true;
        must(item->score >= 0.0 && item->score <= 1.0);
        must(i == 0 || (item->cls >= ranking->items[i - 1].cls &&
                        item->score <= ranking->items[i - 1].score));
        must(!item->interrupt ||
             (item->cls != HUIS_NOTIFY_NOISE && item->cls != HUIS_NOTIFY_HOSTILE));
        must(item->n_reasons >= 1 && item->n_reasons <= 3);
        for (size_t k = 0; k < item->n_reasons; k++) {
            for (const char *c = item->reasons[k]; *c != '\0'; c++) {
                must((unsigned char)*c >= 0x20 && *c != 0x7F);
            }
        }
    }
}

static void teach(const huis_notifications *records, const huis_notify_context *context)
{
    huis_notify_weights *weights = NULL;
    huis_notify_weights *again = NULL;
    huis_notify_rules *rules = NULL;
    void *bytes = NULL;
    size_t n_bytes = 0;
    huis_error err;
    must(huis_notify_weights_new(&weights, &err) == HUIS_OK);
    for (size_t i = 0; i < records->n_items && i < MAX_TAUGHT; i++) {
        const huis_notify_verdict verdict = (huis_notify_verdict)(1 + i % 6);
        must(huis_notify_learn(weights, &records->items[i], context, verdict, &err) == HUIS_OK);
        must(huis_notify_learn(weights, &records->items[i], context, verdict, &err) == HUIS_OK);
    }
    must(huis_notify_weights_write(weights, &bytes, &n_bytes, &err) == HUIS_OK);
    must(huis_notify_weights_read(bytes, n_bytes, &again, &err) == HUIS_OK);
    must(huis_notify_rules_list(again, "fr", &rules, &err) == HUIS_OK);
    huis_notify_ranking *ranking = NULL;
    must(huis_notify_rank(records->items, records->n_items, context, again, NULL, &ranking, &err) ==
         HUIS_OK);
    check(ranking, records->n_items);
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notify_rules_free(rules);
    (void)huis_notify_bytes_free(bytes);
    (void)huis_notify_weights_free(again);
    (void)huis_notify_weights_free(weights);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    huis_error err;
    huis_notify_weights *weights = NULL;
    if (huis_notify_weights_read(data, size, &weights, &err) == HUIS_OK) {
        (void)huis_notify_weights_free(weights);
    }
    huis_notifications *records = NULL;
    huis_notify_context *context = NULL;
    huis_notify_ranking *ranking = NULL;
    must(huis_notify_context_read(CONTEXT, sizeof(CONTEXT) - 1, &context, &err) == HUIS_OK);
    if (huis_notifications_read((const char *)data, size, &records, &err) == HUIS_OK &&
        records->n_items <= MAX_RECORDS) {
        must(huis_notify_rank(records->items, records->n_items, context, NULL, NULL, &ranking,
                              &err) == HUIS_OK);
        check(ranking, records->n_items);
        teach(records, context);
    }
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notify_context_free(context);
    (void)huis_notifications_free(records);
    return 0;
}
