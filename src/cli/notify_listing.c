/*
 * notify_listing.c - see notify_listing.h.
 */
#include "cli/notify_listing.h"

#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/notify_bus.h"
#include "cli/notify_home.h"
#include "cli/output.h"
#include "feature/notify/notify.h"

void notify_listing_free(notify_listing *view)
{
    huis_notify_ranking_free(view->ranking);
    huis_notify_weights_free(view->weights);
    huis_notify_context_free(view->context);
    stored_notifications_free(view->stored);
    arena_deinit(&view->memory);
    *view = (notify_listing){.stored = NULL};
}

/* NULL stays NULL; else a terminated text as a person reads it, or NULL with *status set. */
static const char *cleaned(arena *memory, const char *field, int *status, huis_error *err)
{
    notify_text text = {.n_hidden = 0};
    if (field == NULL || *status < 0) {
        return NULL;
    }
    *status = notify_text_clean(field, memory, &text, err);
    const char *const copy = *status == HUIS_OK ? arena_copy(memory, text.text) : NULL;
    if (*status == HUIS_OK && copy == NULL) {
        *status = error_no_memory(err, "the list of notifications");
    }
    return copy;
}

static int make_item(notify_listing *v, const huis_notify_rank_item *from, screen_item *to,
                     huis_error *err)
{
    const huis_notification *const r = &v->stored->records[from->record];
    int status = HUIS_OK;
    *to = (screen_item){.id = r->id,
                        .app = cleaned(&v->memory, r->app, &status, err),
                        .sender = cleaned(&v->memory, r->sender, &status, err),
                        .title = cleaned(&v->memory, r->title, &status, err),
                        .body = cleaned(&v->memory, r->body, &status, err),
                        .deadline = from->deadline,
                        .time = r->time,
                        .cls = from->cls,
                        .score = from->score,
                        .interrupt = from->interrupt,
                        .one_time_code = from->one_time_code,
                        .reasons = from->reasons,
                        .n_reasons = from->n_reasons,
                        .n_actions = r->n_actions};
    const char **const actions =
        arena_alloc(&v->memory, r->n_actions > 0 ? r->n_actions : 1, sizeof(*actions));
    if (status == HUIS_OK && actions == NULL) {
        return error_no_memory(err, "the list of notifications");
    }
    for (size_t i = 0; i < r->n_actions && status == HUIS_OK; i++) {
        actions[i] = cleaned(&v->memory, r->actions[i], &status, err);
    }
    to->actions = actions;
    return status;
}

static int load(notify_listing *v, notification_store *store, huis_error *err)
{
    const notification_query query = {.only_open = true, .max_items = LIMIT_VIEW_RECORDS};
    huis_notify_rank_options options;
    RETURN_IF_ERROR(notification_store_read(store, &query, &v->stored, err));
    RETURN_IF_ERROR(notify_home_context(store, (int64_t)time(NULL), &v->context, &v->weights, err));
    huis_notify_rank_options_default(&options);
    options.language = tr("en", "fr");
    options.now = bus_now();
    RETURN_IF_ERROR(huis_notify_rank(v->stored->records, v->stored->n_items, v->context, v->weights,
                                     &options, &v->ranking, err));
    const size_t n = v->ranking->n_items;
    v->items = arena_alloc(&v->memory, n > 0 ? n : 1, sizeof(*v->items));
    if (v->items == NULL) {
        return error_no_memory(err, "the list of notifications");
    }
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(make_item(v, &v->ranking->items[i], &v->items[i], err));
    }
    v->n_items = n;
    return HUIS_OK;
}

int notify_listing_load(notify_listing *out_view, notification_store *store, huis_error *err)
{
    notify_listing v = {.stored = NULL};
    arena_init(&v.memory, LIMIT_NOTIFY_MEMORY_BYTES);
    const int status = load(&v, store, err);
    if (status < 0) {
        notify_listing_free(&v);
        return status;
    }
    *out_view = v;
    return HUIS_OK;
}

static int learn(notify_listing *v, const huis_notification *record, notification_store *store,
                 huis_notify_verdict verdict, huis_error *err)
{
    bool on = false;
    void *bytes = NULL;
    size_t n_bytes = 0;
    RETURN_IF_ERROR(notification_store_is_on(store, "learn", record->app, true, &on, err));
    if (!on) {
        return HUIS_OK;
    }
    if (v->weights == NULL) {
        RETURN_IF_ERROR(huis_notify_weights_new(&v->weights, err));
    }
    RETURN_IF_ERROR(huis_notify_learn(v->weights, record, v->context, verdict, err));
    RETURN_IF_ERROR(huis_notify_weights_write(v->weights, &bytes, &n_bytes, err));
    const int status = notification_store_set_weights(store, bytes, n_bytes, err);
    huis_notify_bytes_free(bytes);
    return status;
}

int notify_listing_teach(notify_listing *view, size_t i_item, notification_store *store,
                         huis_notify_verdict verdict, huis_error *err)
{
    const huis_notification *const record =
        &view->stored->records[view->ranking->items[i_item].record];
    RETURN_IF_ERROR(
        notification_store_event(store, record->id, (int)verdict, (int64_t)time(NULL), err));
    return learn(view, record, store, verdict, err);
}
