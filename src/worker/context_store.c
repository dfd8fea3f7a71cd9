/*
 * context_store.c - see context_store.h.
 */
#include "worker/context_store.h"

#include <stddef.h>

#include "base/error.h"

void context_store_init(context_store *s, engine *model, prefix_tree *prefixes, uint32_t capacity)
{
    *s = (context_store){.model = model, .prefixes = prefixes, .capacity = capacity};
}

static void drop(context_entry *entry)
{
    engine_context_free(entry->context);
    *entry = (context_entry){.context = NULL};
}

void context_store_deinit(context_store *s)
{
    for (size_t i = 0; i < LIMIT_WORKER_CONTEXTS; i++) {
        drop(&s->entries[i]);
    }
}

static context_entry *find(context_store *s, uint32_t session)
{
    for (size_t i = 0; i < LIMIT_WORKER_CONTEXTS; i++) {
        if (s->entries[i].context != NULL && s->entries[i].session == session) {
            return &s->entries[i];
        }
    }
    return NULL;
}

/* A free entry, or of those at rest the one that was used longest ago (a free one was never used);
 * NULL: all are busy. */
static context_entry *find_oldest(context_store *s)
{
    context_entry *oldest = NULL;
    for (size_t i = 0; i < LIMIT_WORKER_CONTEXTS; i++) {
        context_entry *const entry = &s->entries[i];
        if (!entry->is_busy && (oldest == NULL || entry->used < oldest->used)) {
            oldest = entry;
        }
    }
    return oldest;
}

/* An entry for a session that has none. The memory is reused, the tokens are not. */
static int take_over(context_store *s, uint32_t session, context_entry **out_entry, huis_error *err)
{
    context_entry *const entry = find_oldest(s);
    if (entry == NULL) {
        return error_set(err, HUIS_E_INTERNAL, "no KV cache is at rest");
    }
    if (entry->context != NULL) {
        prefix_tree_keep(s->prefixes, &entry->owner, entry->context,
                         engine_context_length(entry->context));
        engine_context_truncate(entry->context, 0);
    } else {
        RETURN_IF_ERROR(engine_context_new(&entry->context, s->model, s->capacity, err));
    }
    entry->session = session;
    *out_entry = entry;
    return HUIS_OK;
}

int context_store_take(context_store *s, uint32_t session, const prefix_owner *owner,
                       engine_context **out_context, huis_error *err)
{
    context_entry *entry = find(s, session);
    if (entry == NULL) {
        RETURN_IF_ERROR(take_over(s, session, &entry, err));
    }
    entry->used = ++s->clock;
    entry->is_busy = true;
    entry->owner = *owner;
    *out_context = entry->context;
    return HUIS_OK;
}

void context_store_give_back(context_store *s, uint32_t session)
{
    context_entry *const entry = find(s, session);
    if (entry != NULL) {
        entry->is_busy = false;
    }
}

void context_store_forget(context_store *s, uint32_t session)
{
    context_entry *const entry = find(s, session);
    if (entry != NULL) {
        drop(entry);
    }
}
