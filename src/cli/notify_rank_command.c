/*
 * notify_rank_command.c - huis notify rank: given records, or the store's open ones, best first.
 *
 * What was decided of the store's own records is kept; of given ones nothing is.
 */
#include "base/error.h"
#include "cli/notify_gather.h"
#include "cli/notify_print.h"
#include "cli/output.h"

static int rank(const arguments *args, const notify_gathered *g, huis_error *err)
{
    huis_notify_rank_options options;
    huis_notify_ranking *ranking = NULL;
    huis_notify_rank_options_default(&options);
    options.language = g->language;
    RETURN_IF_ERROR(huis_notify_rank(g->records, g->n_records, g->context, g->weights, &options,
                                     &ranking, err));
    const int status = notify_print_is_text(args) ? notify_print_text(g->records, ranking, err)
                                                  : notify_print_json(g->records, ranking, err);
    if (status == HUIS_OK && g->store != NULL) {
        /* A full disk is no reason to fail after the answer. */
        (void)notification_store_decide(g->store, g->records, ranking, g->now_s, NULL);
    }
    (void)huis_notify_ranking_free(ranking);
    return status;
}

int run_notify_rank(const arguments *args)
{
    huis_error err = {.status = HUIS_OK};
    notify_gathered g;
    int status = notify_gather(&g, args, NULL, &err);
    if (status == HUIS_OK) {
        status = rank(args, &g, &err);
        notify_gather_free(&g);
    }
    return status == HUIS_OK ? output_finish() : output_error(&err);
}
