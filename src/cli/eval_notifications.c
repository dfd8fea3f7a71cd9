/*
 * eval_notifications.c - huis eval notifications: huis beside the orders that desktops have, on
 * scenarios with a person's own order.
 *
 * Desktops show each notification as it comes: the orders by time let all of them interrupt, the
 * order by the sender's hint those that call themselves critical.
 */
#include "cli/eval_notifications.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"

enum { SAMPLES_BYTES = 64 << 20, SAMPLES_MODE = 0600 };

/* The order of the choices of --set. */
static const char *const SETS[] = {"tuning", "second", "reporting", "day"};
enum { N_SETS = sizeof(SETS) / sizeof(SETS[0]), SET_TUNING = 0, SET_ALL = N_SETS };

const char *eval_order_name(eval_order order)
{
    switch (order) {
    case EVAL_ORDER_NEWEST:
        return "newest first";
    case EVAL_ORDER_ARRIVAL:
        return "arrival order";
    case EVAL_ORDER_URGENCY:
        return "urgency hint";
    case EVAL_ORDER_HUIS:
    case EVAL_ORDERS:
        break;
    }
    return "huis";
}

double eval_processor_ms(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- orders ---- */

typedef struct sort_key {
    size_t record;
    int urgency;
    int64_t seconds;
} sort_key;

static int newer_first(const void *a, const void *b)
{
    const sort_key *const x = a;
    const sort_key *const y = b;
    if (x->seconds != y->seconds) {
        return x->seconds > y->seconds ? -1 : 1;
    }
    return x->record > y->record ? -1 : 1;
}

static int arrived_first(const void *a, const void *b)
{
    return newer_first(b, a);
}

static int more_urgent_first(const void *a, const void *b)
{
    const sort_key *const x = a;
    const sort_key *const y = b;
    return x->urgency != y->urgency ? y->urgency - x->urgency : newer_first(a, b);
}

static int place_by(const eval_scenario *s, eval_order order, eval_place *places, huis_error *err)
{
    const size_t n = s->records->n_items;
    sort_key *const keys = memory_alloc(n, sizeof(*keys));
    if (keys == NULL) {
        return error_no_memory(err, "an order of notifications");
    }
    for (size_t i = 0; i < n; i++) {
        const huis_notification *const r = &s->records->items[i];
        keys[i] = (sort_key){i, r->urgency < 0 ? 1 : r->urgency, r->time.seconds};
    }
    qsort(keys, n, sizeof(*keys),
          order == EVAL_ORDER_URGENCY   ? more_urgent_first
          : order == EVAL_ORDER_ARRIVAL ? arrived_first
                                        : newer_first);
    for (size_t k = 0; k < n; k++) {
        places[k] = (eval_place){
            .record = keys[k].record,
            .interrupt = order != EVAL_ORDER_URGENCY || keys[k].urgency == 2,
        };
    }
    memory_free(keys);
    return HUIS_OK;
}

static int place_by_huis(const eval_scenario *s, eval_ranked *out, huis_error *err)
{
    RETURN_IF_ERROR(huis_notify_rank(s->records->items, s->records->n_items, s->context, NULL, NULL,
                                     &out->ranking, err));
    for (size_t k = 0; k < out->ranking->n_items; k++) {
        const huis_notify_rank_item *const item = &out->ranking->items[k];
        out->places[EVAL_ORDER_HUIS][k] = (eval_place){item->record, item->cls, item->interrupt};
    }
    return HUIS_OK;
}

/* How long one record takes that comes by itself. */
static int time_singles(eval_notify *all, const eval_scenario *s, huis_error *err)
{
    for (size_t i = 0; i < s->records->n_items; i++) {
        huis_notify_ranking *ranking = NULL;
        const double start = eval_processor_ms();
        RETURN_IF_ERROR(
            huis_notify_rank(&s->records->items[i], 1, s->context, NULL, NULL, &ranking, err));
        all->single_ms[all->n_singles++] = eval_processor_ms() - start;
        huis_notify_ranking_free(ranking);
    }
    return HUIS_OK;
}

static int run_scenario(const eval_run *run, eval_notify *all, const eval_scenario *s,
                        eval_ranked *out, huis_error *err)
{
    const size_t n = s->records->n_items;
    for (eval_order o = EVAL_ORDER_HUIS; o < EVAL_ORDERS; o++) {
        out->places[o] = arena_alloc(&all->scenarios.memory, n, sizeof(*out->places[o]));
        if (out->places[o] == NULL) {
            return error_no_memory(err, "an order of notifications");
        }
        RETURN_IF_ERROR(o == EVAL_ORDER_HUIS ? place_by_huis(s, out, err)
                                             : place_by(s, o, out->places[o], err));
        eval_ranking_measure(s->golds, out->places[o], n, &out->m[o]);
    }
    RETURN_IF_ERROR(eval_notify_digests(s, out, run->session, &all->scenarios.memory, err));
    return time_singles(all, s, err);
}

/* ---- the run ---- */

static int read_sets(eval_run *run, eval_notify *all, huis_error *err)
{
    const int choice = argument_choice(run->args, OPTION_NOTIFY_SET, SET_TUNING);
    for (int i = 0; i < N_SETS; i++) {
        if (choice == i || choice == SET_ALL) {
            RETURN_IF_ERROR(
                eval_scenarios_read(&all->scenarios, run->directory, SETS[i], run->limit, err));
        }
    }
    if (all->scenarios.count == 0) {
        return error_set(err, HUIS_E_BAD_FILE, "%s",
                         tr("no scenario in the set", "le jeu n'a pas de scénario"));
    }
    size_t n_records = 0;
    for (size_t i = 0; i < all->scenarios.count; i++) {
        n_records += all->scenarios.items[i].records->n_items;
    }
    all->results = memory_alloc(all->scenarios.count, sizeof(*all->results));
    all->single_ms = memory_alloc(n_records, sizeof(*all->single_ms));
    return all->results != NULL && all->single_ms != NULL
               ? HUIS_OK
               : error_no_memory(err, "the results of a set");
}

static int run_scenarios(eval_run *run, eval_notify *all, huis_error *err)
{
    eval_progress_begin(run);
    for (size_t i = 0; i < all->scenarios.count && !run->is_partial; i++) {
        eval_progress(run, "notifications", i, all->scenarios.count);
        const int status = run_scenario(run, all, &all->scenarios.items[i], &all->results[i], err);
        run->is_partial = eval_is_interrupted() || status != HUIS_OK;
        if (status != HUIS_OK) {
            progress_clear(&run->line);
            return error_prefix(err, status, all->scenarios.items[i].id);
        }
        all->n_done++;
    }
    progress_clear(&run->line);
    return HUIS_OK;
}

static int report(eval_run *run, const eval_notify *all, huis_error *err)
{
    const char *const path = argument_string(run->args, OPTION_SAMPLES, NULL);
    int status = argument_is(run->args, OPTION_FORMAT, "json") ? eval_notify_json(run, all, err)
                                                               : eval_notify_print(run, all, err);
    if (status == HUIS_OK && path != NULL) {
        buffer samples;
        buffer_init(&samples, SAMPLES_BYTES);
        status = eval_notify_samples(&samples, all, err);
        if (status == HUIS_OK) {
            status = file_write_atomic(path, buffer_span(&samples), SAMPLES_MODE, err);
        }
        buffer_deinit(&samples);
    }
    return status;
}

int eval_notifications(eval_run *run, huis_error *err)
{
    eval_notify all = {0};
    arena_init(&all.scenarios.memory, LIMIT_EVAL_MEMORY_BYTES);
    int status = read_sets(run, &all, err);
    if (status == HUIS_OK) {
        status = run_scenarios(run, &all, err);
    }
    if (all.n_done > 0) {
        huis_error failure = {0};
        const int reported = report(run, &all, &failure);
        if (status == HUIS_OK && reported != HUIS_OK) {
            status = reported;
            *err = failure;
        }
    }
    for (size_t i = 0; all.results != NULL && i < all.scenarios.count; i++) {
        huis_notify_ranking_free(all.results[i].ranking);
    }
    memory_free(all.results);
    memory_free(all.single_ms);
    eval_scenarios_deinit(&all.scenarios);
    return status;
}
