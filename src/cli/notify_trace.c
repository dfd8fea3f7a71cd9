/*
 * notify_trace.c - see notify_trace.h.
 *
 * Keys are seeded hashes; a ring is searched from its newest entry, so that a number which the
 * server gives again speaks of the newer record.
 */
#include "cli/notify_trace.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"

enum { COPY_WITHIN_US = 2000000, KEY_BYTES = 1400 };

void trace_init(bus_trace *t)
{
    *t = (bus_trace){.seed = (uint64_t)clock_wall_us() * UINT64_C(0x9E3779B97F4A7C15)};
}

static uint64_t hash_words(const bus_trace *t, const char *a, uint64_t number, const char *b)
{
    char key[KEY_BYTES];
    const int n = snprintf(key, sizeof(key), "%.700s/%llu/%.600s", a != NULL ? a : "",
                           (unsigned long long)number, b != NULL ? b : "");
    const uint64_t hash = map_hash(span_from(key, n > 0 ? (size_t)n : 0), t->seed);
    return hash != 0 ? hash : 1;
}

static uint64_t hash_text(const bus_trace *t, const char *text, uint64_t before)
{
    return map_hash(span_from_string(text), t->seed ^ before);
}

static void put(trace_entry *ring, size_t size, size_t *n, uint64_t key, const char *id)
{
    trace_entry *const e = &ring[*n % size];
    (*n)++;
    e->key = key;
    (void)snprintf(e->id, sizeof(e->id), "%s", id);
}

/* The newest entry of the key; NULL: none. */
static const trace_entry *look(const trace_entry *ring, size_t size, size_t n, uint64_t key)
{
    for (size_t i = 0; i < size && i < n; i++) {
        const trace_entry *const e = &ring[(n - 1 - i) % size];
        if (e->key == key) {
            return e;
        }
    }
    return NULL;
}

bool trace_is_copy(bus_trace *t, const bus_notice *notice, const char *destination,
                   int64_t monotonic_us, char out_id[BUS_ID_BYTES])
{
    const huis_notification *const r = &notice->record;
    const uint64_t content =
        hash_text(t, r->body, hash_text(t, r->title, hash_text(t, r->app, notice->replaces)));
    const uint64_t target = hash_text(t, destination, 0);
    for (size_t i = 0; i < TRACE_RECENT && i < t->n_recent; i++) {
        const trace_copy *const c = &t->recent[(t->n_recent - 1 - i) % TRACE_RECENT];
        if (monotonic_us - c->time_us > COPY_WITHIN_US) {
            break;
        }
        if (c->content == content && c->destination != target) {
            memcpy(out_id, c->id, BUS_ID_BYTES);
            return true;
        }
    }
    trace_copy *const c = &t->recent[t->n_recent % TRACE_RECENT];
    t->n_recent++;
    *c = (trace_copy){.content = content, .destination = target, .time_us = monotonic_us};
    (void)snprintf(c->id, sizeof(c->id), "%s", r->id);
    return false;
}

void trace_call(bus_trace *t, const char *sender, uint64_t serial, const char *id)
{
    put(t->calls, TRACE_CALLS, &t->n_calls, hash_words(t, sender, serial, NULL), id);
}

bool trace_reply(bus_trace *t, const char *sender, uint64_t serial, char out_id[BUS_ID_BYTES])
{
    const trace_entry *const e =
        look(t->calls, TRACE_CALLS, t->n_calls, hash_words(t, sender, serial, NULL));
    if (e == NULL) {
        return false;
    }
    memcpy(out_id, e->id, BUS_ID_BYTES);
    t->calls[e - t->calls].key = 0;
    return true;
}

void trace_set(bus_trace *t, const char *owner, uint32_t number, const char *tag, const char *id)
{
    put(t->numbers, TRACE_NUMBERS, &t->n_numbers, hash_words(t, owner, number, tag), id);
}

bool trace_find(const bus_trace *t, const char *owner, uint32_t number, const char *tag,
                char out_id[BUS_ID_BYTES])
{
    const trace_entry *const e =
        look(t->numbers, TRACE_NUMBERS, t->n_numbers, hash_words(t, owner, number, tag));
    if (e != NULL) {
        memcpy(out_id, e->id, BUS_ID_BYTES);
    }
    return e != NULL;
}
