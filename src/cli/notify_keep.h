/*
 * notify_keep.h - what is done with new records: judged, committed to the store, told.
 *
 * Used by everything that brings records (the monitor, the server, standard input). The order is
 * fixed: ranked with the person's context, committed, then shown; a one-time code is marked before
 * it is stored and its text never goes to a log.
 */
#ifndef HUIS_CLI_NOTIFY_KEEP_H
#define HUIS_CLI_NOTIFY_KEEP_H

#include "cli/command.h"
#include "cli/notify_queue.h"
#include "store/notification_store.h"

typedef struct notify_keep {
    const arguments *args;
    notification_store *store;
    huis_notify_context *context; /* NULL: none yet */
    huis_notify_weights *weights; /* NULL: nothing learnt */
    huis_notify_ranking *ranking; /* of the batch that is being shown; NULL: could not be ranked */
    size_t i_shown;               /* of that batch */
    int64_t context_us;           /* when the context was made; 0: never */
    uint64_t n_interrupting, n_waiting;
    bool only_interrupting; /* the rest waits for the list and the digest */
    uint32_t (*number_of)(void *user, const char *id); /* the server's; NULL: no server */
    void *user;
} notify_keep;

void notify_keep_init(notify_keep *k, const arguments *args, notification_store *store);
void notify_keep_deinit(notify_keep *k);
/* As of notify_sink; `user` is the notify_keep. */
bool notify_keep_wants(void *user, const char *app);
int notify_keep_commit(void *user, const bus_notice *const *notices, size_t n_notices,
                       const notify_seen_event *events, size_t n_events, huis_error *err);
void notify_keep_show(void *user, const bus_notice *notice);
void notify_keep_announce(void *user, const bus_notice *notice);
void notify_keep_tell(void *user, const char *line);
/* The same for records from elsewhere: commits and shows. Those of apps that are switched off are
 * passed over. */
int notify_keep_records(notify_keep *k, const huis_notification *records, size_t n_records,
                        huis_error *err);
/* Retention and codes that are due; called each minute. */
int notify_keep_tick(notify_keep *k, huis_error *err);

#endif
