/*
 * notify_rank_command.c - huis notify rank: given records, or those of the store, best first.
 *
 * With --context neither the store nor what was learnt is read or written. Records that are given
 * without it are ranked with the person's own context, where there is one; nothing is written then
 * either. The store's own open records are ranked and what was decided is kept.
 */
#include <time.h>

#include "base/error.h"
#include "cli/environment.h"
#include "cli/notify_home.h"
#include "cli/notify_input.h"
#include "cli/notify_print.h"
#include "cli/output.h"

enum { STORE_RECORDS = 5000 };

static int print(const arguments *args, const huis_notification *records, size_t n_records,
                 const huis_notify_context *context, const huis_notify_weights *weights,
                 huis_notify_ranking **out_ranking, huis_error *err)
{
    huis_notify_rank_options options;
    huis_notify_rank_options_default(&options);
    options.language =
        argument_string(args, OPTION_LANGUAGE, context == NULL ? tr("en", "fr") : NULL);
    RETURN_IF_ERROR(
        huis_notify_rank(records, n_records, context, weights, &options, out_ranking, err));
    return notify_print_is_text(args) ? notify_print_text(records, *out_ranking, err)
                                      : notify_print_json(records, *out_ranking, err);
}

/* The person's own context, where there is a store; nothing is made. */
static int peek(const arguments *args, huis_notify_context **out_context,
                huis_notify_weights **out_weights, huis_error *err)
{
    notification_store *store = NULL;
    buffer directory;
    buffer_init(&directory, 1u << 16);
    int status = environment_data_directory(&directory, err);
    if (status != HUIS_OK) {
        status = HUIS_OK; /* no home: nothing is the person's own */
    } else if (notification_store_exists(directory.ptr)) {
        status = notify_home_open(args, &directory, &store, err);
        status = status != HUIS_OK ? status
                                   : notify_home_context(store, (int64_t)time(NULL), out_context,
                                                         out_weights, err);
    }
    (void)notification_store_close(store);
    buffer_deinit(&directory);
    return status;
}

static int rank_store(const arguments *args, huis_error *err)
{
    const notification_query query = {.only_open = true, .max_items = STORE_RECORDS};
    const int64_t now_s = (int64_t)time(NULL);
    notification_store *store = NULL;
    stored_notifications *stored = NULL;
    huis_notify_context *context = NULL;
    huis_notify_weights *weights = NULL;
    huis_notify_ranking *ranking = NULL;
    buffer directory;
    buffer_init(&directory, 1u << 16);
    int status = notify_home_open(args, &directory, &store, err);
    status =
        status != HUIS_OK ? status : notify_home_context(store, now_s, &context, &weights, err);
    status = status != HUIS_OK ? status : notification_store_read(store, &query, &stored, err);
    if (status == HUIS_OK && stored->n_items == 0) {
        output_note(
            args, "%s",
            tr("huis: no open notification in the store ('huis notify enable watch', then "
               "'huis notify watch')",
               "huis: aucune notification ouverte (« huis notify enable watch », puis « huis "
               "notify watch »)"));
    }
    if (status == HUIS_OK) {
        status = print(args, stored->records, stored->n_items, context, weights, &ranking, err);
    }
    if (status == HUIS_OK) {
        /* A full disk is no reason to fail after the answer. */
        (void)notification_store_decide(store, stored->records, ranking, now_s, NULL);
    }
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notify_weights_free(weights);
    (void)huis_notify_context_free(context);
    (void)stored_notifications_free(stored);
    (void)notification_store_close(store);
    buffer_deinit(&directory);
    return status;
}

static int rank_given(const arguments *args, huis_error *err)
{
    const char *const path = argument_string(args, OPTION_CONTEXT, NULL);
    huis_notifications *records = NULL;
    huis_notify_context *context = NULL;
    huis_notify_weights *weights = NULL;
    huis_notify_ranking *ranking = NULL;
    int status = path != NULL ? notify_input_context(path, &context, err)
                              : peek(args, &context, &weights, err);
    status = status != HUIS_OK ? status : notify_input_records(args, &records, err);
    /* A pipe that nobody wrote to: the caller's own input, not ours. */
    const bool is_nothing =
        status == HUIS_OK && records->n_items == 0 && args->n_operands == 0 && path == NULL;
    if (is_nothing) {
        status = rank_store(args, err);
    } else if (status == HUIS_OK) {
        status = print(args, records->items, records->n_items, context, weights, &ranking, err);
    }
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notifications_free(records);
    (void)huis_notify_weights_free(weights);
    (void)huis_notify_context_free(context);
    return status;
}

int run_notify_rank(const arguments *args)
{
    huis_error err = {.status = HUIS_OK};
    const int status =
        notify_input_is_given(args) ? rank_given(args, &err) : rank_store(args, &err);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
