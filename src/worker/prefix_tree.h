/*
 * prefix_tree.h - prompts that were read before, in memory: a radix tree over tokens for each caller.
 *
 * A node is a page: up to PREFIX_PAGE_TOKENS tokens and their keys and values, which depend on these
 * tokens and on those of the pages above, and on nothing else. Prompts that begin alike share their first
 * pages; where they differ inside a page each has a page of its own. Pages are copied into a context and
 * out of it: 12 KB a token, a thousandth of the time that computing it takes. So a context never looks
 * into the tree, and a page can be dropped at any time. An answer has the same bytes with and without.
 *
 * Each caller has a tree that no other can see, not even by its speed: a session's own, or that of all
 * sessions that were given the caller's name. One more, the common tree, holds constant prefixes that
 * programs declared to be so (huis_generate_options.n_fixed_messages), for everybody. A full page that the
 * common tree and a caller's hold is shared: the same tokens, hence the same bytes.
 *
 * Budget: bytes of pages. When a page needs room the caller that holds most gives its page without
 * successors that was used longest ago. Without room, or memory, nothing is kept: only speed is lost.
 */
#ifndef HUIS_WORKER_PREFIX_TREE_H
#define HUIS_WORKER_PREFIX_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "engine/checkpoint.h"
#include "engine/engine.h"

enum {
    PREFIX_PAGE_TOKENS = 2 * CHECKPOINT_PAGE_STEP,
    PREFIX_MIN_TOKENS = 32, /* fewer are computed as fast as they are found */
    PREFIX_OWNER_BYTES = LIMIT_CALLER_BYTES + 2
};

/* Whose tree. */
typedef struct prefix_owner {
    char name[PREFIX_OWNER_BYTES];
} prefix_owner;

typedef struct prefix_node prefix_node;
typedef struct prefix_root prefix_root;

typedef struct prefix_tree {
    const engine *e;
    size_t page_bytes;
    uint64_t max_bytes, bytes; /* of pages; one that two nodes use counts once */
    uint64_t clock;            /* of uses */
    uint32_t n_pages;
    prefix_root *roots; /* the common one is among them */
} prefix_tree;

/* `caller` empty: the session alone. */
prefix_owner prefix_owner_of(const char *caller, uint32_t session);
prefix_owner prefix_owner_common(void);
/* Whether several sessions may be the owner: what one reads is kept at once, for the others. What a
 * session alone has read is in its KV cache; it is kept when it is about to be lost there. */
bool prefix_owner_is_shared(const prefix_owner *owner);

void prefix_tree_init(prefix_tree *t, const engine *e, uint64_t max_bytes);
void prefix_tree_deinit(prefix_tree *t);

/* The context holds a beginning of tokens[0 ... n). When the owner's tree, or the common one, knows at
 * least PREFIX_MIN_TOKENS more of them, it holds these afterwards, n at most. */
void prefix_tree_restore(prefix_tree *t, const prefix_owner *owner, engine_context *c,
                         const int32_t *tokens, uint32_t n);
/* Keeps the first n tokens of the context; pages that the common tree holds are shared. */
void prefix_tree_keep(prefix_tree *t, const prefix_owner *owner, const engine_context *c,
                      uint32_t n);
/* The same for everybody, in the common tree; pages that the owner's holds are shared. */
void prefix_tree_share(prefix_tree *t, const prefix_owner *owner, const engine_context *c,
                       uint32_t n);
/* The owner is gone: drops its tree. */
void prefix_tree_forget(prefix_tree *t, const prefix_owner *owner);

#endif
