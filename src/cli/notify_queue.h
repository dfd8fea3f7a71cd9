/*
 * notify_queue.h - between what is seen and what is kept: batches, floods, commit before show.
 *
 * A notification waits at most a moment for others, then all are committed in one transaction, and
 * only then shown. An app that floods (more than 100 at once, or than two a second after that)
 * is counted instead, and the count becomes one record. Memory is bounded by LIMIT_BUS_PENDING.
 */
#ifndef HUIS_CLI_NOTIFY_QUEUE_H
#define HUIS_CLI_NOTIFY_QUEUE_H

#include <systemd/sd-event.h>

#include "base/limits.h"
#include "cli/notify_bus.h"

typedef enum notify_event_kind {
    NOTIFY_EVENT_OPENED = 1, /* an action of it was used */
    NOTIFY_EVENT_REPLIED,
    NOTIFY_EVENT_DISMISSED, /* by the person */
    NOTIFY_EVENT_EXPIRED,
    NOTIFY_EVENT_CLOSED,  /* by the app */
    NOTIFY_EVENT_REPLACED /* by a newer one */
} notify_event_kind;

typedef struct notify_seen_event {
    char id[BUS_ID_BYTES];
    notify_event_kind kind;
    huis_time time;
} notify_seen_event;

/* Where batches go. */
typedef struct notify_sink {
    void *user;
    /* Whether the person wants those of this app kept; NULL: of every app. */
    bool (*wants)(void *user, const char *app);
    /* All of it in one transaction, or nothing. */
    int (*commit)(void *user, const bus_notice *const *notices, size_t n_notices,
                  const notify_seen_event *events, size_t n_events, huis_error *err);
    /* After the commit, one by one. */
    void (*show)(void *user, const bus_notice *notice);
    /* A digest of huis's own, which is not kept. */
    void (*announce)(void *user, const bus_notice *notice);
    /* One line for the person: what went wrong, what is right again. */
    void (*tell)(void *user, const char *line);
} notify_sink;

enum { QUEUE_BUCKETS = 64 };

/* What a source may still send, in thousandths of a notification. */
typedef struct queue_bucket {
    uint64_t key; /* of app and connection; 0: free */
    int64_t level, filled_us;
    uint64_t n_held; /* counted instead of kept */
    char app[64];    /* as first seen, cut */
} queue_bucket;

typedef struct notify_queue {
    notify_sink sink;
    sd_event *loop;
    sd_event_source *timer; /* to the next flush */
    bool failing;           /* the last commit failed, and that was told */
    bus_notice *notices[LIMIT_BUS_PENDING];
    notify_seen_event events[LIMIT_BUS_PENDING];
    size_t n_notices, n_events;
    queue_bucket buckets[QUEUE_BUCKETS], all;
    uint64_t n_kept, n_held, n_lost_events; /* of this run */
    int64_t last_id;
} notify_queue;

void notify_queue_init(notify_queue *q, notify_sink sink, sd_event *loop);
void notify_queue_deinit(notify_queue *q);

/* Whether one more of this app, from this connection of the bus, is kept; else it is counted (or,
 * of an app that is switched off, not even that). */
bool notify_queue_admits(notify_queue *q, const char *app, const char *connection,
                         int64_t monotonic_us);
/* Takes the notice, which has its id. When the queue is full it is flushed; when that fails the
 * notice is freed and counted. */
int notify_queue_add(notify_queue *q, bus_notice *notice, huis_error *err);
/* `id` was opened, closed ... A record that is still waiting and was replaced leaves the queue. */
int notify_queue_event(notify_queue *q, const char *id, notify_event_kind kind, huis_error *err);
bool notify_queue_is_empty(const notify_queue *q);
/* Commits, then shows. On failure everything stays, to be tried again. */
int notify_queue_flush(notify_queue *q, huis_error *err);
/* The same from the loop, a moment after now; a commit that fails is tried again. */
void notify_queue_flush_soon(notify_queue *q);
/* Turns counts into records ("1,234 more from Mail"): of sources that are quiet again, or of all. */
int notify_queue_tell_held(notify_queue *q, int64_t monotonic_us, bool all, huis_error *err);

#endif
