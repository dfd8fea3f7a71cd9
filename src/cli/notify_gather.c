/*
 * notify_gather.c - see notify_gather.h.
 */
#include "cli/notify_gather.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "cli/environment.h"
#include "cli/notify_home.h"
#include "cli/notify_input.h"
#include "cli/output.h"

enum { STORE_RECORDS = 5000, PATH_BYTES = 1 << 16 };

/* The person's own context, where there is a store; nothing is made. */
static int peek(notify_gathered *g, const arguments *args, huis_error *err)
{
    notification_store *store = NULL;
    buffer directory;
    buffer_init(&directory, PATH_BYTES);
    int status = HUIS_OK;
    if (environment_data_directory(&directory, NULL) == HUIS_OK &&
        notification_store_exists(buffer_string(&directory))) {
        status = notify_home_open(args, &directory, &store, err);
        status = status != HUIS_OK
                     ? status
                     : notify_home_context(store, g->now_s, &g->context, &g->weights, err);
    }
    (void)notification_store_close(store);
    buffer_deinit(&directory);
    return status;
}

static bool is_off(const stored_switches *switches, const char *feature, const char *app)
{
    for (size_t i = 0; i < switches->n_items; i++) {
        const stored_switch *const s = &switches->items[i];
        if (s->app != NULL && !s->on && strcmp(s->feature, feature) == 0 &&
            strcmp(s->app, app) == 0) {
            return true;
        }
    }
    return false;
}

/* Leaves out what is switched off by app. */
static int filter(notify_gathered *g, const char *feature, huis_error *err)
{
    stored_switches *switches = NULL;
    RETURN_IF_ERROR(notification_store_switches(g->store, &switches, err));
    g->kept = memory_alloc(g->stored->n_items + 1, sizeof(*g->kept));
    for (size_t i = 0; g->kept != NULL && i < g->stored->n_items; i++) {
        if (!is_off(switches, feature, g->stored->records[i].app)) {
            g->kept[g->n_records++] = g->stored->records[i];
        }
    }
    (void)stored_switches_free(switches);
    g->records = g->kept;
    return g->kept != NULL ? HUIS_OK : error_no_memory(err, "notifications");
}

static int take_stored(notify_gathered *g, const arguments *args, const char *feature,
                       huis_error *err)
{
    const notification_query query = {.only_open = true, .max_items = STORE_RECORDS};
    buffer directory;
    buffer_init(&directory, PATH_BYTES);
    int status = notify_home_open(args, &directory, &g->store, err);
    buffer_deinit(&directory);
    if (status == HUIS_OK && g->context == NULL) {
        status = notify_home_context(g->store, g->now_s, &g->context, &g->weights, err);
    }
    status =
        status != HUIS_OK ? status : notification_store_read(g->store, &query, &g->stored, err);
    if (status == HUIS_OK && feature != NULL) {
        status = filter(g, feature, err);
    } else if (status == HUIS_OK) {
        g->records = g->stored->records;
        g->n_records = g->stored->n_items;
    }
    if (status == HUIS_OK && g->n_records == 0) {
        output_note(args, "%s",
                    tr("huis: no open notification in the store ('huis notify enable watch', then "
                       "'huis notify watch')",
                       "huis: aucune notification ouverte (« huis notify enable watch », puis "
                       "« huis notify watch »)"));
    }
    return status;
}

static int gather(notify_gathered *g, const arguments *args, const char *feature, huis_error *err)
{
    const char *const path = argument_string(args, OPTION_CONTEXT, NULL);
    if (!notify_input_is_given(args)) {
        return take_stored(g, args, feature, err);
    }
    RETURN_IF_ERROR(path != NULL ? notify_input_context(path, &g->context, err)
                                 : peek(g, args, err));
    RETURN_IF_ERROR(notify_input_records(args, &g->given, err));
    if (g->given->n_items == 0 && args->n_operands == 0 && path == NULL) {
        /* A pipe that nobody wrote to: the caller's own input, not ours. */
        return take_stored(g, args, feature, err);
    }
    g->records = g->given->items;
    g->n_records = g->given->n_items;
    return HUIS_OK;
}

int notify_gather(notify_gathered *out, const arguments *args, const char *feature, huis_error *err)
{
    notify_gathered g = {.now_s = (int64_t)time(NULL)};
    const int status = gather(&g, args, feature, err);
    if (status != HUIS_OK) {
        notify_gather_free(&g);
        return status;
    }
    g.language = argument_string(args, OPTION_LANGUAGE, g.context == NULL ? tr("en", "fr") : NULL);
    *out = g;
    return HUIS_OK;
}

void notify_gather_free(notify_gathered *g)
{
    (void)memory_free(g->kept);
    (void)stored_notifications_free(g->stored);
    (void)huis_notifications_free(g->given);
    (void)huis_notify_weights_free(g->weights);
    (void)huis_notify_context_free(g->context);
    (void)notification_store_close(g->store);
    *g = (notify_gathered){.records = NULL};
}
