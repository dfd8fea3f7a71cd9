/*
 * context_store.c - see context_store.h.
 */
#include "worker/context_store.h"

#include <stddef.h>

void context_store_init(context_store *s, engine *model, uint32_t capacity)
{
    *s = (context_store){.model = model, .capacity = capacity};
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

/* A free entry, or the one that was used longest ago (a free one was never used). */
static context_entry *find_oldest(context_store *s)
{
    context_entry *oldest = &s->entries[0];
    for (size_t i = 1; i < LIMIT_WORKER_CONTEXTS; i++) {
        if (s->entries[i].used < oldest->used) {
            oldest = &s->entries[i];
        }
    }
    return oldest;
}

int context_store_get(context_store *s, uint32_t session, engine_context **out_context,
                      huis_error *err)
{
    context_entry *entry = find(s, session);
    if (entry == NULL) {
        entry = find_oldest(s);
        /* The memory is reused, the tokens are not. */
        if (entry->context != NULL) {
            engine_context_truncate(entry->context, 0);
        } else {
            const int status = engine_context_new(&entry->context, s->model, s->capacity, err);
            if (status != HUIS_OK) {
                return status;
            }
        }
        entry->session = session;
    }
    entry->used = ++s->clock;
    *out_context = entry->context;
    return HUIS_OK;
}

void context_store_forget(context_store *s, uint32_t session)
{
    context_entry *const entry = find(s, session);
    if (entry != NULL) {
        drop(entry);
    }
}
