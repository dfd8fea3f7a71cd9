/*
 * notify_trace.h - which record a number of the server, a reply or a copy speaks of.
 *
 * The bus tells a notification in pieces: the call has the text, the reply to it the number, later
 * signals only the number; and GNOME passes one call on from a helper to the shell, so that it is
 * seen twice. Rings of fixed size remember the latest; what they have forgotten is not told.
 */
#ifndef HUIS_CLI_NOTIFY_TRACE_H
#define HUIS_CLI_NOTIFY_TRACE_H

#include "cli/notify_bus.h"

enum { TRACE_NUMBERS = 2048, TRACE_CALLS = 512, TRACE_RECENT = 64 };

typedef struct trace_entry {
    uint64_t key; /* 0: free */
    char id[BUS_ID_BYTES];
} trace_entry;

typedef struct trace_copy {
    uint64_t content, destination; /* hashes */
    int64_t time_us;
    char id[BUS_ID_BYTES];
} trace_copy;

typedef struct bus_trace {
    uint64_t seed;
    trace_entry numbers[TRACE_NUMBERS], calls[TRACE_CALLS];
    trace_copy recent[TRACE_RECENT];
    size_t n_numbers, n_calls, n_recent; /* ever written */
} bus_trace;

void trace_init(bus_trace *t);
/* Whether the same content went to another destination a moment ago: a call that was passed on.
 * out_id: of the first. If not, it is remembered under the notice's id. */
bool trace_is_copy(bus_trace *t, const bus_notice *notice, const char *destination,
                   int64_t monotonic_us, char out_id[BUS_ID_BYTES]);
/* A call waits for its reply: `sender` and the serial number of its message. */
void trace_call(bus_trace *t, const char *sender, uint64_t serial, const char *id);
/* The record whose call is answered; forgets the call. */
bool trace_reply(bus_trace *t, const char *sender, uint64_t serial, char out_id[BUS_ID_BYTES]);
/* The server `owner` numbers the record (or, with `tag`, an app names it). */
void trace_set(bus_trace *t, const char *owner, uint32_t number, const char *tag, const char *id);
bool trace_find(const bus_trace *t, const char *owner, uint32_t number, const char *tag,
                char out_id[BUS_ID_BYTES]);

#endif
