/*
 * notify_teach.c - huis notify feedback, rules and explain: what the person says of decisions, what
 * was learnt of it, and why something stands where it stands.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "cli/notify_home.h"
#include "cli/notify_print.h"
#include "cli/output.h"

typedef struct teaching {
    const arguments *args;
    int64_t now_s;
    buffer directory;
    notification_store *store;
    stored_notifications *found; /* the one record */
    huis_notify_context *context;
    huis_notify_weights *weights; /* NULL: nothing learnt */
} teaching;

static int begin(teaching *t, const arguments *args, huis_error *err)
{
    *t = (teaching){.args = args, .now_s = (int64_t)time(NULL)};
    buffer_init(&t->directory, 1u << 16);
    RETURN_IF_ERROR(notify_home_open(args, &t->directory, &t->store, err));
    return notify_home_context(t->store, t->now_s, &t->context, &t->weights, err);
}

static int end(teaching *t, int status, const huis_error *err)
{
    (void)huis_notify_weights_free(t->weights);
    (void)huis_notify_context_free(t->context);
    (void)stored_notifications_free(t->found);
    (void)notification_store_close(t->store);
    buffer_deinit(&t->directory);
    return status == HUIS_OK ? output_finish() : output_error(err);
}

static int find_record(teaching *t, const char *id, huis_error *err)
{
    const notification_query query = {.id = id};
    RETURN_IF_ERROR(notification_store_read(t->store, &query, &t->found, err));
    return t->found->n_items == 1
               ? HUIS_OK
               : error_set(err, HUIS_E_NOT_FOUND,
                           tr("no notification '%s' in the store ('huis notify list' shows them)",
                              "aucune notification « %s » (« huis notify list » les montre)"),
                           id);
}

static int keep_weights(teaching *t, huis_error *err)
{
    void *bytes = NULL;
    size_t n = 0;
    RETURN_IF_ERROR(huis_notify_weights_write(t->weights, &bytes, &n, err));
    const int status = notification_store_set_weights(t->store, bytes, n, err);
    (void)huis_notify_bytes_free(bytes);
    return status;
}

/* --- rules --- */

static json_t *rule_json(const huis_notify_rule *rule)
{
    return json_pack("{s:s, s:s, s:f, s:I, s:b}", "key", rule->key, "text", rule->text, "weight",
                     rule->weight, "verdicts", (json_int_t)rule->n_verdicts, "accepted",
                     (int)rule->accepted);
}

static void print_rule(const huis_notify_rule *rule)
{
    (void)printf("%+.2f  %s%s  [%s]\n", rule->weight, rule->text,
                 rule->accepted ? tr(" (accepted)", " (accepté)") : "", rule->key);
}

static int list_rules(const huis_notify_weights *weights, huis_notify_rules **out_rules,
                      huis_error *err)
{
    *out_rules = NULL;
    return weights != NULL ? huis_notify_rules_list(weights, tr("en", "fr"), out_rules, err)
                           : HUIS_OK;
}

/* --- feedback --- */

static huis_notify_verdict read_verdict(const char *word)
{
    for (int v = HUIS_VERDICT_OPENED; v <= HUIS_VERDICT_DOWN; v++) {
        if (strcmp(notify_print_verdict(v), word) == 0) {
            return (huis_notify_verdict)v;
        }
    }
    return (huis_notify_verdict)0;
}

/* Whether the rule is not in `before`, or weighs something else there. */
static bool has_changed(const huis_notify_rule *rule, const huis_notify_rules *before)
{
    for (size_t i = 0; before != NULL && i < before->n_items; i++) {
        if (strcmp(before->items[i].key, rule->key) == 0) {
            return before->items[i].n_verdicts != rule->n_verdicts ||
                   before->items[i].weight != rule->weight;
        }
    }
    return true;
}

static void print_feedback(const teaching *t, huis_notify_verdict verdict, bool learns,
                           const huis_notify_rules *before, const huis_notify_rules *after)
{
    const bool is_text = notify_print_is_text(t->args);
    json_t *const learnt = json_array();
    for (size_t i = 0; after != NULL && i < after->n_items; i++) {
        if (!has_changed(&after->items[i], before)) {
            continue;
        }
        if (is_text) {
            print_rule(&after->items[i]);
        } else {
            (void)json_array_append_new(learnt, rule_json(&after->items[i]));
        }
    }
    if (!is_text) {
        json_t *const root =
            json_pack("{s:s, s:s, s:b, s:O}", "id", t->found->records[0].id, "verdict",
                      notify_print_verdict(verdict), "learns", (int)learns, "rules", learnt);
        output_json(root);
        json_decref(root);
    }
    json_decref(learnt);
}

static int learn(teaching *t, huis_notify_verdict verdict, huis_error *err)
{
    if (t->weights == NULL) {
        RETURN_IF_ERROR(huis_notify_weights_new(&t->weights, err));
    }
    RETURN_IF_ERROR(huis_notify_learn(t->weights, &t->found->records[0], t->context, verdict, err));
    return keep_weights(t, err);
}

/* Verdict and what is learnt of it are one change of the store. */
static int teach(teaching *t, const char *id, huis_notify_verdict verdict, huis_error *err)
{
    huis_notify_rules *before = NULL;
    huis_notify_rules *after = NULL;
    bool learns = true;
    RETURN_IF_ERROR(find_record(t, id, err));
    RETURN_IF_ERROR(
        notification_store_is_on(t->store, "learn", t->found->records[0].app, true, &learns, err));
    RETURN_IF_ERROR(list_rules(t->weights, &before, err));
    int status = notification_store_begin(t->store, err);
    if (status == HUIS_OK) {
        status = notification_store_event(t->store, id, (int)verdict, t->now_s, err);
        status = status != HUIS_OK || !learns ? status : learn(t, verdict, err);
        status = notification_store_end(t->store, status, err);
    }
    status = status != HUIS_OK ? status : list_rules(t->weights, &after, err);
    if (status == HUIS_OK) {
        print_feedback(t, verdict, learns, before, after);
    }
    (void)huis_notify_rules_free(before);
    (void)huis_notify_rules_free(after);
    return status;
}

int run_notify_feedback(const arguments *args)
{
    const huis_notify_verdict verdict = read_verdict(args->operands[1]);
    if (verdict == 0) {
        return output_usage_error(
            args->command,
            tr("%s: not a verdict (opened, dismissed, replied, snoozed, up, down)",
               "%s : pas un avis (opened, dismissed, replied, snoozed, up, down)"),
            args->operands[1]);
    }
    huis_error err = {.status = HUIS_OK};
    teaching t;
    int status = begin(&t, args, &err);
    status = status != HUIS_OK ? status : teach(&t, args->operands[0], verdict, &err);
    return end(&t, status, &err);
}

static int print_rules(const teaching *t, bool as_lines, huis_error *err)
{
    huis_notify_rules *rules = NULL;
    RETURN_IF_ERROR(list_rules(t->weights, &rules, err));
    const size_t n = rules != NULL ? rules->n_items : 0;
    for (size_t i = 0; i < n; i++) {
        if (as_lines) {
            json_t *const line = rule_json(&rules->items[i]);
            (void)json_dumpf(line, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
            (void)fputc('\n', stdout);
            json_decref(line);
        } else {
            print_rule(&rules->items[i]);
        }
    }
    if (n == 0) {
        output_note(t->args, "%s",
                    tr("huis: nothing learnt yet ('huis notify feedback ID VERDICT')",
                       "huis: rien d'appris (« huis notify feedback ID AVIS »)"));
    }
    (void)huis_notify_rules_free(rules);
    return HUIS_OK;
}

static int change_rule(teaching *t, const char *key, huis_notify_rule_action action,
                       huis_error *err)
{
    if (t->weights == NULL) {
        return error_set(
            err, HUIS_E_NOT_FOUND,
            tr("no rule '%s': nothing learnt yet", "aucune règle « %s » : rien d'appris"), key);
    }
    huis_error problem = {.status = HUIS_OK};
    const int status = huis_notify_rule_set(t->weights, key, action, &problem);
    if (status != HUIS_OK) {
        return error_set(err, status == HUIS_E_BAD_ARGUMENT ? HUIS_E_NOT_FOUND : status, "%s",
                         problem.message);
    }
    return keep_weights(t, err);
}

static int run_rules(teaching *t, huis_error *err)
{
    const arguments *const args = t->args;
    const char *const verb = args->n_operands > 0 ? args->operands[0] : "list";
    if (strcmp(verb, "accept") == 0) {
        return change_rule(t, args->operands[1], HUIS_RULE_ACCEPT, err);
    }
    if (strcmp(verb, "undo") == 0) {
        return change_rule(t, args->operands[1], HUIS_RULE_UNDO, err);
    }
    if (strcmp(verb, "reset") == 0) {
        return notification_store_set_weights(t->store, NULL, 0, err);
    }
    return print_rules(t, strcmp(verb, "export") == 0 || !notify_print_is_text(args), err);
}

int run_notify_rules(const arguments *args)
{
    static const struct {
        const char *verb;
        int n_operands;
    } VERBS[] = {{"accept", 2}, {"undo", 2}, {"reset", 1}, {"export", 1}, {"list", 1}};
    bool is_right = args->n_operands == 0;
    for (size_t i = 0; !is_right && i < sizeof(VERBS) / sizeof(VERBS[0]); i++) {
        is_right = strcmp(args->operands[0], VERBS[i].verb) == 0 &&
                   args->n_operands == VERBS[i].n_operands;
    }
    if (!is_right) {
        return output_usage_error(args->command, "%s",
                                  tr("list, accept KEY, undo KEY, reset or export",
                                     "list, accept CLÉ, undo CLÉ, reset ou export"));
    }
    huis_error err = {.status = HUIS_OK};
    teaching t;
    int status = begin(&t, args, &err);
    status = status != HUIS_OK ? status : run_rules(&t, &err);
    return end(&t, status, &err);
}

/* --- explain --- */

/* Ranks the record among the open ones, as it stands now. */
static int rank_now(teaching *t, const char *id, huis_error *err)
{
    const notification_query query = {.only_open = true, .max_items = 2000};
    stored_notifications *all = NULL;
    huis_notify_ranking *ranking = NULL;
    huis_notify_rank_options options;
    huis_notify_rank_options_default(&options);
    int status = notification_store_read(t->store, &query, &all, err);
    const huis_notification *records = status == HUIS_OK ? all->records : NULL;
    size_t n = status == HUIS_OK ? all->n_items : 0;
    bool is_open = false;
    for (size_t i = 0; i < n; i++) {
        is_open = is_open || strcmp(records[i].id, id) == 0;
    }
    if (!is_open) { /* it was dealt with: alone */
        records = t->found->records;
        n = 1;
    }
    status = status != HUIS_OK
                 ? status
                 : huis_notify_rank(records, n, t->context, t->weights, &options, &ranking, err);
    for (size_t i = 0; status == HUIS_OK && i < ranking->n_items; i++) {
        const huis_notify_rank_item *const item = &ranking->items[i];
        if (strcmp(records[item->record].id, id) == 0) {
            const huis_notify_ranking one = {.items = item, .n_items = 1};
            status = notify_print_is_text(t->args) ? notify_print_text(records, &one, err)
                                                   : notify_print_json(records, &one, err);
        }
    }
    (void)huis_notify_ranking_free(ranking);
    (void)stored_notifications_free(all);
    return status;
}

/* What was decided before, where it was something else. */
static void print_past(const teaching *t)
{
    const stored_state *const state = &t->found->states[0];
    if (!notify_print_is_text(t->args)) {
        return;
    }
    if (state->last_verdict > 0) {
        (void)printf(tr("your verdict: %s\n", "votre avis : %s\n"),
                     notify_print_verdict(state->last_verdict));
    }
    if (state->decision.is_known) {
        (void)printf(tr("decided before: %s", "décidé auparavant : %s"),
                     notify_print_class(state->decision.cls));
        for (size_t i = 0; i < state->decision.n_reasons; i++) {
            (void)printf("%s%s", i == 0 ? tr(": ", " : ") : ", ", state->decision.reasons[i]);
        }
        (void)puts("");
    }
}

int run_notify_explain(const arguments *args)
{
    huis_error err = {.status = HUIS_OK};
    teaching t;
    int status = begin(&t, args, &err);
    status = status != HUIS_OK ? status : find_record(&t, args->operands[0], &err);
    status = status != HUIS_OK ? status : rank_now(&t, args->operands[0], &err);
    if (status == HUIS_OK) {
        print_past(&t);
    }
    return end(&t, status, &err);
}
