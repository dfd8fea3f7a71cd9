/*
 * notify_rank.c - ranks notifications: each is looked at once, then all are put in one total order.
 *
 * Looking at a record takes time linear in its words, of which a fixed number is read: the start of a
 * long body and its end. What is kept of it is a notify_view; texts and words go with the record.
 * Order: class, score, the newer first, the order of the input. The same input gives the same order.
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "feature/notify/notify_look.h"
#include "feature/notify/notify_reasons.h"
#include "feature/notify/notify_weights.h"

enum {
    READING_BYTES = 16 * 1024 * 1024, /* of one record */
};

const char *huis_notify_class_name(huis_notify_class cls)
{
    switch (cls) {
    case HUIS_NOTIFY_CRITICAL:
        return "critical";
    case HUIS_NOTIFY_TODAY:
        return "today";
    case HUIS_NOTIFY_PERSONAL:
        return "personal";
    case HUIS_NOTIFY_LATER:
        return "later";
    case HUIS_NOTIFY_NOISE:
        return "noise";
    case HUIS_NOTIFY_HOSTILE:
        return "hostile";
    }
    return "noise";
}

void huis_notify_rank_options_default(huis_notify_rank_options *out_options)
{
    *out_options = (huis_notify_rank_options){.struct_size = sizeof(*out_options)};
}

/* ---- all records ---- */

static int look_at_all(const huis_notification *records, size_t n, const notify_people *people,
                       const huis_notify_weights *weights, const huis_notify_rank_options *options,
                       const notify_moment_now *at, notify_view *views, huis_error *err)
{
    const float *const vectors = options != NULL ? options->vectors : NULL;
    notify_reading *const r = memory_alloc(1, sizeof(*r));
    if (r == NULL) {
        return error_no_memory(err, "a notification");
    }
    int status = HUIS_OK;
    for (size_t i = 0; i < n && status == HUIS_OK; i++) {
        arena memory;
        arena_init(&memory, READING_BYTES);
        *r = (notify_reading){.record = &records[i]};
        status = notify_look(r, people, at, &memory, &views[i], err);
        if (status == HUIS_OK && weights != NULL) {
            notify_features features;
            notify_features_of(r, &views[i], &features);
            const size_t n_dimensions = vectors != NULL ? options->n_dimensions : 0;
            const notify_vector text = {.items =
                                            vectors != NULL ? vectors + i * n_dimensions : NULL,
                                        .n_dimensions = n_dimensions};
            views[i].personal = notify_weights_sum(weights, &features, &text);
        }
        arena_deinit(&memory);
    }
    (void)memory_free(r);
    return status;
}

/* ---- the order ---- */

typedef struct place {
    const notify_view *view;
    int64_t seconds;
    size_t record;
} place;

static int by_place(const void *a, const void *b)
{
    const place *const x = a;
    const place *const y = b;
    if (x->view->cls != y->view->cls) {
        return x->view->cls < y->view->cls ? -1 : 1;
    }
    if (x->view->score != y->view->score) {
        return x->view->score > y->view->score ? -1 : 1;
    }
    if (x->seconds != y->seconds) {
        return x->seconds > y->seconds ? -1 : 1;
    }
    return (x->record > y->record) - (x->record < y->record);
}

typedef struct ranking_block { /* what a ranking hands out, and its memory */
    huis_notify_ranking ranking;
    arena memory;
} ranking_block;

static const char *deadline_text(const notify_view *v, const notify_moment_now *at, arena *memory)
{
    char text[NOTIFY_TIME_BYTES] = "";
    if (v->deadline_is_day) {
        notify_day_print(v->deadline, at->now.zone_minutes, text);
    } else {
        notify_time_write((huis_time){v->deadline, at->now.zone_minutes, true}, text);
    }
    return text[0] != '\0' ? arena_copy(memory, span_from_string(text)) : NULL;
}

static bool tells_deadline(const notify_view *v)
{
    return v->has_deadline && v->cls != HUIS_NOTIFY_NOISE && v->cls != HUIS_NOTIFY_HOSTILE;
}

static int write_items(const huis_notification *records, const place *places, size_t n,
                       const notify_moment_now *at, ranking_block *block, huis_error *err)
{
    huis_notify_rank_item *const items = arena_alloc(&block->memory, n, sizeof(*items));
    if (items == NULL) {
        return error_no_memory(err, "a ranking");
    }
    double before = 1.0;
    for (size_t i = 0; i < n; i++) {
        const notify_view *const v = places[i].view;
        huis_notify_rank_item *const item = &items[i];
        const double score = (double)v->score < before ? (double)v->score : before - 1e-9;
        *item = (huis_notify_rank_item){.record = places[i].record,
                                        .rank = (uint32_t)(i + 1),
                                        .cls = v->cls,
                                        .score = score > 0.0 ? score : 0.0,
                                        .interrupt = v->interrupt,
                                        .one_time_code = v->learnt_code};
        before = item->score;
        if (tells_deadline(v)) {
            item->deadline = deadline_text(v, at, &block->memory);
            if (item->deadline == NULL) {
                return error_no_memory(err, "a ranking");
            }
        }
        RETURN_IF_ERROR(notify_reasons_write(&records[places[i].record], v, at,
                                             block->ranking.language, &block->memory, item, err));
    }
    block->ranking.items = items;
    block->ranking.n_items = n;
    return HUIS_OK;
}

static int order(const huis_notification *records, const notify_view *views, size_t n,
                 const notify_moment_now *at, ranking_block *block, huis_error *err)
{
    place *const places = memory_alloc(n + 1, sizeof(*places));
    if (places == NULL) {
        return error_no_memory(err, "a ranking");
    }
    for (size_t i = 0; i < n; i++) {
        places[i] = (place){&views[i], records[i].time.seconds, i};
    }
    qsort(places, n, sizeof(*places), by_place);
    const int status = write_items(records, places, n, at, block, err);
    (void)memory_free(places);
    return status;
}

/* ---- the call ---- */

static int compare_ids(const void *a, const void *b)
{
    const char *const *const x = a;
    const char *const *const y = b;
    return strcmp(*x, *y);
}

static int check(const huis_notification *records, size_t n, huis_error *err)
{
    const char **const ids = memory_alloc(n + 1, sizeof(*ids));
    if (ids == NULL) {
        return error_no_memory(err, "ids");
    }
    int status = HUIS_OK;
    for (size_t i = 0; i < n && status == HUIS_OK; i++) {
        const huis_notification *const r = &records[i];
        if (r->id == NULL || r->app == NULL || r->app[0] == '\0' ||
            (r->title == NULL && r->body == NULL) || !r->time.known) {
            status =
                error_set(err, HUIS_E_BAD_ARGUMENT,
                          "notification %zu: id, app, time, and title or body are required", i + 1);
        }
        ids[i] = r->id;
    }
    if (status == HUIS_OK) {
        qsort(ids, n, sizeof(*ids), compare_ids);
    }
    for (size_t i = 1; i < n && status == HUIS_OK; i++) {
        if (strcmp(ids[i - 1], ids[i]) == 0) {
            status =
                error_set(err, HUIS_E_BAD_ARGUMENT, "notification id %.80s: given twice", ids[i]);
        }
    }
    (void)memory_free(ids);
    return status;
}

static huis_time now_of(const huis_notification *records, size_t n,
                        const huis_notify_context *context, const huis_notify_rank_options *options)
{
    if (options != NULL && options->now.known) {
        return options->now;
    }
    if (context != NULL && context->now.known) {
        return context->now;
    }
    huis_time newest = {0};
    for (size_t i = 0; i < n; i++) {
        if (!newest.known || records[i].time.seconds > newest.seconds) {
            newest = records[i].time;
        }
    }
    return newest;
}

static const char *language_of(const huis_notify_context *context,
                               const huis_notify_rank_options *options)
{
    const char *said = options != NULL ? options->language : NULL;
    if (said == NULL && context != NULL && context->n_languages > 0) {
        said = context->languages[0];
    }
    return said != NULL && strncmp(said, "fr", 2) == 0 ? "fr" : "en";
}

static int rank_views(const huis_notification *records, size_t n, const notify_people *people,
                      const huis_notify_weights *weights, const huis_notify_rank_options *options,
                      const notify_moment_now *at, ranking_block *block, huis_error *err)
{
    notify_view *const views = memory_alloc(n + 1, sizeof(*views));
    if (views == NULL) {
        return error_no_memory(err, "notifications");
    }
    int status = look_at_all(records, n, people, weights, options, at, views, err);
    status = status == HUIS_OK ? notify_repeat_find(records, views, n, err) : status;
    for (size_t i = 0; i < n && status == HUIS_OK; i++) {
        notify_class_by_rules(&views[i], at);
        notify_weigh(&views[i], at);
        views[i].interrupt = notify_interrupts(&views[i], at);
    }
    status = status == HUIS_OK ? order(records, views, n, at, block, err) : status;
    (void)memory_free(views);
    return status;
}

int huis_notify_rank(const huis_notification *records, size_t n_records,
                     const huis_notify_context *context, const huis_notify_weights *weights,
                     const huis_notify_rank_options *options, huis_notify_ranking **out_ranking,
                     huis_error *err)
{
    if (options != NULL && options->struct_size < sizeof(*options)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "rank options: set them by huis_notify_rank_options_default");
    }
    RETURN_IF_ERROR(check(records, n_records, err));
    notify_people *people = NULL;
    RETURN_IF_ERROR(notify_people_new(context, &people, err));
    const notify_moment_now at = {.threshold = weights != NULL ? weights->threshold : 0.0F,
                                  .now = now_of(records, n_records, context, options),
                                  .focus = context != NULL ? context->focus : NOTIFY_FOCUS_NONE,
                                  .rules = context != NULL ? &context->rules : NULL,
                                  .context = context};
    ranking_block *const block = memory_alloc(1, sizeof(*block));
    int status = block != NULL ? HUIS_OK : error_no_memory(err, "a ranking");
    if (status == HUIS_OK) {
        arena_init(&block->memory, LIMIT_NOTIFY_MEMORY_BYTES);
        block->ranking.language = language_of(context, options);
        status = rank_views(records, n_records, people, weights, options, &at, block, err);
    }
    (void)notify_people_free(people);
    if (status != HUIS_OK) {
        (void)huis_notify_ranking_free(block != NULL ? &block->ranking : NULL);
        return status;
    }
    *out_ranking = &block->ranking;
    return HUIS_OK;
}

huis_notify_ranking *huis_notify_ranking_free(huis_notify_ranking *ranking)
{
    ranking_block *const block = (ranking_block *)(void *)ranking; /* its first member */
    if (block != NULL) {
        arena_deinit(&block->memory);
    }
    return memory_free(block);
}
