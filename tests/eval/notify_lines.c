/*
 * notify_lines.c - ranks the scenarios of a file (tests/eval/notifications) and prints each item.
 *
 *   notify-lines FILE [--features]
 *
 * A line for each record: scenario, id, rank, class, interrupt, score, deadline and reasons, between tabs.
 * For recipes and for people who change the rules.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "huis/notify.h"

static char *lines_of(const json_t *records, size_t *out_len)
{
    char *text = NULL;
    FILE *const out = open_memstream(&text, out_len);
    size_t i = 0;
    const json_t *record = NULL;
    json_array_foreach(records, i, record)
    {
        char *const line = json_dumps(record, JSON_COMPACT);
        (void)fprintf(out, "%s\n", line);
        free(line);
    }
    (void)fclose(out);
    return text;
}

static void print_ranking(const char *name, const huis_notifications *records,
                          const huis_notify_ranking *ranking)
{
    for (size_t i = 0; i < ranking->n_items; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        (void)printf("%s\t%s\t%u\t%s\t%d\t%.6f\t%s\t", name, records->items[item->record].id,
                     item->rank, huis_notify_class_name(item->cls), item->interrupt, item->score,
                     item->deadline != NULL ? item->deadline : "-");
        for (size_t k = 0; k < item->n_reasons; k++) {
            (void)printf("%s%s", k > 0 ? "; " : "", item->reasons[k]);
        }
        (void)printf("\n");
    }
}

static int rank_scenario(const json_t *scenario)
{
    huis_error err = {0};
    huis_notifications *records = NULL;
    huis_notify_context *context = NULL;
    huis_notify_ranking *ranking = NULL;
    size_t len = 0;
    char *const lines = lines_of(json_object_get(scenario, "records"), &len);
    char *const said = json_dumps(json_object_get(scenario, "context"), JSON_COMPACT);
    int status = huis_notifications_read(lines, len, &records, &err);
    if (status == HUIS_OK) {
        status = huis_notify_context_read(said, strlen(said), &context, &err);
    }
    if (status == HUIS_OK) {
        status =
            huis_notify_rank(records->items, records->n_items, context, NULL, NULL, &ranking, &err);
    }
    if (status == HUIS_OK) {
        print_ranking(json_string_value(json_object_get(scenario, "id")), records, ranking);
    } else {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    free(lines);
    free(said);
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notify_context_free(context);
    (void)huis_notifications_free(records);
    return status;
}

int main(int argc, char **argv)
{
    FILE *const in = argc > 1 ? fopen(argv[1], "r") : NULL;
    char *line = NULL;
    size_t capacity = 0;
    int status = in != NULL ? 0 : 1;
    while (in != NULL && getline(&line, &capacity, in) > 0) {
        json_error_t why;
        json_t *const scenario = json_loads(line, 0, &why);
        if (scenario == NULL || rank_scenario(scenario) != HUIS_OK) {
            (void)fprintf(stderr, "notify-lines: %s\n", scenario == NULL ? why.text : "no ranking");
            status = 1;
        }
        json_decref(scenario);
    }
    free(line);
    if (in != NULL) {
        (void)fclose(in);
    }
    return status;
}
