/*
 * notify_queue.c - see notify_queue.h.
 *
 * Floods: token buckets (J. Turner 1986), one for each app on each connection, so that a program
 * which calls itself "Mail" cannot use up what the mail program may send, and one over all, for
 * floods through many short connections.
 */
#include "cli/notify_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/map.h"
#include "base/utf8.h"
#include "cli/output.h"

enum {
    ONE = 1000,
    BURST = 100 * ONE,
    REFILL = 2 * ONE, /* a second */
    BURST_ALL = 1000 * ONE,
    REFILL_ALL = 20 * ONE,
    QUIET_US = 5000000,
    SECOND_US = 1000000,
    FLUSH_AFTER_US = 30000,
    COMMIT_RETRY_US = 1000000,
    ACCURACY_US = 1000
};

void notify_queue_init(notify_queue *q, notify_sink sink, sd_event *loop)
{
    *q = (notify_queue){.sink = sink, .loop = loop, .all = {.key = 1, .level = BURST_ALL}};
}

void notify_queue_deinit(notify_queue *q)
{
    for (size_t i = 0; i < q->n_notices; i++) {
        bus_notice_free(q->notices[i]);
    }
    q->n_notices = q->n_events = 0;
    q->timer = sd_event_source_unref(q->timer);
}

/* ---- floods ---- */

static void fill(queue_bucket *b, int64_t burst, int64_t refill, int64_t now_us)
{
    const int64_t gained = (now_us - b->filled_us) * refill / SECOND_US;
    if (gained > 0) {
        b->level = b->level + gained < burst ? b->level + gained : burst;
        b->filled_us = now_us;
    }
}

/* The bucket of the source; else the one that was used longest ago and has nothing to tell. */
static queue_bucket *find_bucket(notify_queue *q, const char *app, const char *connection,
                                 int64_t now_us)
{
    const uint64_t key =
        map_hash(span_from_string(app), map_hash(span_from_string(connection), 1)) | 1;
    queue_bucket *oldest = NULL;
    for (size_t i = 0; i < QUEUE_BUCKETS; i++) {
        queue_bucket *const b = &q->buckets[i];
        if (b->key == key) {
            return b;
        }
        if (b->n_held == 0 && (oldest == NULL || b->filled_us < oldest->filled_us)) {
            oldest = b;
        }
    }
    if (oldest != NULL) {
        *oldest = (queue_bucket){.key = key, .level = BURST, .filled_us = now_us};
        (void)snprintf(oldest->app, sizeof(oldest->app), "%.60s", app);
        oldest->app[utf8_complete_prefix(span_from_string(oldest->app))] = '\0';
    }
    return oldest;
}

bool notify_queue_admits(notify_queue *q, const char *app, const char *connection,
                         int64_t monotonic_us)
{
    if (q->sink.wants != NULL && !q->sink.wants(q->sink.user, app)) {
        return false;
    }
    queue_bucket *const own = find_bucket(q, app, connection, monotonic_us);
    queue_bucket *const counted = own != NULL ? own : &q->all;
    fill(&q->all, BURST_ALL, REFILL_ALL, monotonic_us);
    if (own != NULL) {
        fill(own, BURST, REFILL, monotonic_us);
    }
    if (q->all.level < ONE || counted->level < ONE) {
        counted->n_held++;
        q->n_held++;
        return false;
    }
    q->all.level -= ONE;
    if (own != NULL) {
        own->level -= ONE;
    }
    return true;
}

static int tell(notify_queue *q, queue_bucket *b, huis_error *err)
{
    char title[96], id[BUS_ID_BYTES];
    bus_notice *notice = NULL;
    (void)snprintf(title, sizeof(title),
                   tr("%" PRIu64 " more notifications in a flood, not kept one by one",
                      "%" PRIu64 " autres notifications en rafale, non gardées une à une"),
                   b->n_held);
    RETURN_IF_ERROR(
        bus_notice_make(&notice, b->app[0] != '\0' ? b->app : "?", title, NULL, bus_now(), err));
    bus_new_id(&q->last_id, id);
    notice->record.source = "huis";
    notice->record.urgency = 0;
    const int status = bus_notice_name(notice, id, err);
    if (status < 0) {
        bus_notice_free(notice);
        return status;
    }
    b->n_held = 0;
    return notify_queue_add(q, notice, err);
}

int notify_queue_tell_held(notify_queue *q, int64_t monotonic_us, bool all, huis_error *err)
{
    for (size_t i = 0; i <= QUEUE_BUCKETS; i++) {
        queue_bucket *const b = i < QUEUE_BUCKETS ? &q->buckets[i] : &q->all;
        fill(b, i < QUEUE_BUCKETS ? BURST : BURST_ALL, i < QUEUE_BUCKETS ? REFILL : REFILL_ALL,
             monotonic_us);
        const bool is_quiet = b->level > REFILL * (QUIET_US / SECOND_US);
        if (b->n_held > 0 && (all || is_quiet)) {
            RETURN_IF_ERROR(tell(q, b, err));
        }
    }
    return HUIS_OK;
}

/* ---- the batch ---- */

bool notify_queue_is_empty(const notify_queue *q)
{
    return q->n_notices == 0 && q->n_events == 0;
}

int notify_queue_add(notify_queue *q, bus_notice *notice, huis_error *err)
{
    if (q->n_notices == LIMIT_BUS_PENDING) {
        const int status = notify_queue_flush(q, err);
        if (status < 0) {
            q->all.n_held++;
            q->n_held++;
            bus_notice_free(notice);
            return status;
        }
    }
    q->notices[q->n_notices++] = notice;
    return HUIS_OK;
}

/* Takes a waiting record out; false: it is not waiting. */
static bool withdraw(notify_queue *q, const char *id)
{
    for (size_t i = 0; i < q->n_notices; i++) {
        if (strcmp(q->notices[i]->record.id, id) == 0) {
            bus_notice_free(q->notices[i]);
            q->n_notices--;
            memmove(&q->notices[i], &q->notices[i + 1], (q->n_notices - i) * sizeof(q->notices[0]));
            return true;
        }
    }
    return false;
}

int notify_queue_event(notify_queue *q, const char *id, notify_event_kind kind, huis_error *err)
{
    if (kind == NOTIFY_EVENT_REPLACED && withdraw(q, id)) {
        return HUIS_OK;
    }
    if (q->n_events == LIMIT_BUS_PENDING) {
        const int status = notify_queue_flush(q, err);
        if (status < 0) {
            q->n_lost_events++;
            return status;
        }
    }
    notify_seen_event *const e = &q->events[q->n_events++];
    *e = (notify_seen_event){.kind = kind, .time = bus_now()};
    (void)snprintf(e->id, sizeof(e->id), "%s", id);
    return HUIS_OK;
}

int notify_queue_flush(notify_queue *q, huis_error *err)
{
    if (notify_queue_is_empty(q)) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(q->sink.commit(q->sink.user, (const bus_notice *const *)q->notices,
                                   q->n_notices, q->events, q->n_events, err));
    for (size_t i = 0; i < q->n_notices; i++) {
        q->sink.show(q->sink.user, q->notices[i]);
        bus_notice_free(q->notices[i]);
    }
    q->n_kept += q->n_notices;
    q->n_notices = q->n_events = 0;
    return HUIS_OK;
}

/* ---- from the loop ---- */

static int on_timer(sd_event_source *source, uint64_t usec, void *user)
{
    notify_queue *const q = user;
    huis_error err = {0};
    (void)usec;
    const int status = notify_queue_flush(q, &err);
    if (status < 0) {
        (void)sd_event_source_set_time(source, (uint64_t)clock_monotonic_us() + COMMIT_RETRY_US);
        (void)sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
    }
    if (status < 0 && !q->failing) {
        q->sink.tell(q->sink.user, err.message);
    } else if (status == HUIS_OK && q->failing) {
        q->sink.tell(q->sink.user, tr("notifications are kept again",
                                      "les notifications sont de nouveau gardées"));
    }
    q->failing = status < 0;
    return 0;
}

void notify_queue_flush_soon(notify_queue *q)
{
    int enabled = SD_EVENT_OFF;
    const uint64_t at_us = (uint64_t)clock_monotonic_us() + FLUSH_AFTER_US;
    if (q->timer == NULL) {
        (void)sd_event_add_time(q->loop, &q->timer, CLOCK_MONOTONIC, at_us, ACCURACY_US, on_timer,
                                q);
    } else if (sd_event_source_get_enabled(q->timer, &enabled) == 0) {
        (void)sd_event_source_set_time(q->timer, at_us);
        (void)sd_event_source_set_enabled(q->timer, SD_EVENT_ONESHOT);
    }
}
