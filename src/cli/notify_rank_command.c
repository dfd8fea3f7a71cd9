/*
 * notify_rank_command.c - huis notify rank: given records, best first.
 */
#include "base/error.h"
#include "cli/notify_input.h"
#include "cli/notify_print.h"
#include "cli/output.h"

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

static int rank_given(const arguments *args, huis_error *err)
{
    const char *const path = argument_string(args, OPTION_CONTEXT, NULL);
    huis_notifications *records = NULL;
    huis_notify_context *context = NULL;
    huis_notify_ranking *ranking = NULL;
    int status = path != NULL ? notify_input_context(path, &context, err) : HUIS_OK;
    status = status != HUIS_OK ? status : notify_input_records(args, &records, err);
    if (status == HUIS_OK) {
        status = print(args, records->items, records->n_items, context, NULL, &ranking, err);
    }
    (void)huis_notify_ranking_free(ranking);
    (void)huis_notifications_free(records);
    (void)huis_notify_context_free(context);
    return status;
}

int run_notify_rank(const arguments *args)
{
    huis_error err = {.status = HUIS_OK};
    const int status = rank_given(args, &err);
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
