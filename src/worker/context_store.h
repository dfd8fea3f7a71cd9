/*
 * context_store.h - the KV caches of a worker, one for each session.
 *
 * At most LIMIT_WORKER_CONTEXTS exist, as many as requests are served side by side; of those that are
 * at rest the one that was used longest ago makes room, and its tokens are remembered for its session
 * (prefix_tree.h). A context is never handed to another session
 * with its tokens in it: what one caller's prompt left behind cannot shorten, and so betray itself to,
 * another caller's request.
 */
#ifndef HUIS_WORKER_CONTEXT_STORE_H
#define HUIS_WORKER_CONTEXT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "engine/engine.h"
#include "huis/error.h"
#include "worker/prefix_tree.h"

typedef struct context_entry {
    engine_context *context; /* NULL: free */
    uint32_t session;
    prefix_owner owner; /* of what it holds */
    uint64_t used;      /* larger: later */
    bool is_busy;       /* a request is served in it */
} context_entry;

typedef struct context_store {
    engine *model;
    prefix_tree *prefixes;
    uint32_t capacity; /* tokens of each context */
    uint64_t clock;
    context_entry entries[LIMIT_WORKER_CONTEXTS];
} context_store;

void context_store_init(context_store *s, engine *model, prefix_tree *prefixes, uint32_t capacity);
void context_store_deinit(context_store *s);
/* The session's context, as its last request left it, or a new one; busy until it is given back. One
 * request of a session at a time, LIMIT_WORKER_CONTEXTS of all. */
int context_store_take(context_store *s, uint32_t session, const prefix_owner *owner,
                       engine_context **out_context, huis_error *err);
void context_store_give_back(context_store *s, uint32_t session);
/* The session has ended: its context is freed. */
void context_store_forget(context_store *s, uint32_t session);

#endif
