/*
 * notify_listing.h - what the person sees of the store: open notifications, ranked now, texts cleaned.
 */
#ifndef HUIS_CLI_NOTIFY_LISTING_H
#define HUIS_CLI_NOTIFY_LISTING_H

#include "base/arena.h"
#include "cli/notify_screen.h"
#include "store/notification_store.h"

typedef struct notify_listing {
    stored_notifications *stored;
    huis_notify_context *context;
    huis_notify_weights *weights; /* NULL: nothing learnt */
    huis_notify_ranking *ranking;
    screen_item *items; /* by rank, in `memory` */
    size_t n_items;
    arena memory;
} notify_listing;

/* The newest open ones, at most LIMIT_VIEW_RECORDS. */
int notify_listing_load(notify_listing *out_view, notification_store *store, huis_error *err);
void notify_listing_free(notify_listing *view);

/* The person's verdict on items[i_item]: an event of the store, and, where learning is switched on,
 * a step of the weights. */
int notify_listing_teach(notify_listing *view, size_t i_item, notification_store *store,
                         huis_notify_verdict verdict, huis_error *err);

#endif
