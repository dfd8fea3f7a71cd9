/*
 * notify_gather.h - what a ranking is made of: records, context and weights, from the command line or
 * from the store.
 */
#ifndef HUIS_CLI_NOTIFY_GATHER_H
#define HUIS_CLI_NOTIFY_GATHER_H

#include "base/buffer.h"
#include "cli/command.h"
#include "huis/notify.h"
#include "store/notification_store.h"

typedef struct notify_gathered {
    const huis_notification *records;
    size_t n_records;
    huis_notify_context *context; /* NULL: none */
    huis_notify_weights *weights; /* NULL: nothing learnt, or --context */
    notification_store *store;    /* where the records are from; NULL: they were given */
    int64_t now_s;
    const char *language; /* for the rank options; NULL: the context's */
    huis_notifications *given;
    stored_notifications *stored;
    huis_notification *kept; /* of the stored ones, without apps that are switched off */
} notify_gathered;

/* With --context neither the store nor what was learnt is read. Records that are given without it
 * come with the person's own context, where there is one; without records the store's newest open
 * ones are taken, but not of apps for which `feature` (may be NULL) is switched off. */
int notify_gather(notify_gathered *out, const arguments *args, const char *feature,
                  huis_error *err);
void notify_gather_free(notify_gathered *g);

#endif
