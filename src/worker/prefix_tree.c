/*
 * prefix_tree.c - see prefix_tree.h.
 */
#include "worker/prefix_tree.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { PAGE_ALIGNMENT = 64 };

/* Keys and values of whole tokens. A full page may stand in an owner's tree and in the common one: then
 * nothing writes to it any more. */
typedef struct prefix_page {
    _Alignas(PAGE_ALIGNMENT) uint32_t n_users;
    _Alignas(PAGE_ALIGNMENT) unsigned char data[]; // [page_bytes]; of n_tokens of the node
} prefix_page;

struct prefix_node {
    prefix_root *root;
    prefix_node *parent; /* NULL: begins at the first token */
    prefix_node *first_child, *next;
    uint64_t used;     /* larger: later; never smaller than a child's */
    uint32_t n_tokens; /* fewer than PREFIX_PAGE_TOKENS: no children */
    int32_t tokens[PREFIX_PAGE_TOKENS];
    prefix_page *page;
};

struct prefix_root {
    prefix_owner owner;
    prefix_root *next;
    prefix_node *first_child;
    uint64_t bytes;
};

/* --- Owners --- */

prefix_owner prefix_owner_of(const char *caller, uint32_t session)
{
    prefix_owner owner;
    if (caller[0] != '\0') {
        (void)snprintf(owner.name, sizeof(owner.name), "c%s", caller);
    } else {
        (void)snprintf(owner.name, sizeof(owner.name), "s%u", session);
    }
    return owner;
}

prefix_owner prefix_owner_common(void)
{
    return (prefix_owner){.name = ""};
}

bool prefix_owner_is_shared(const prefix_owner *owner)
{
    return owner->name[0] != 's';
}

static prefix_root *find_root(const prefix_tree *t, const prefix_owner *owner)
{
    prefix_root *root = t->roots;
    while (root != NULL && strcmp(root->owner.name, owner->name) != 0) {
        root = root->next;
    }
    return root;
}

/* Those whose last page was evicted: names would pile up. */
static void drop_empty_roots(prefix_tree *t)
{
    for (prefix_root **link = &t->roots; *link != NULL;) {
        prefix_root *const root = *link;
        if (root->first_child == NULL) {
            *link = root->next;
            memory_free(root);
        } else {
            link = &root->next;
        }
    }
}

/* NULL: no memory. */
static prefix_root *make_root(prefix_tree *t, const prefix_owner *owner)
{
    prefix_root *root = find_root(t, owner);
    if (root == NULL) {
        drop_empty_roots(t);
        root = memory_alloc(1, sizeof(*root));
        if (root != NULL) {
            *root = (prefix_root){.owner = *owner, .next = t->roots};
            t->roots = root;
        }
    }
    return root;
}

/* --- Pages --- */

static prefix_node **children_of(prefix_root *root, prefix_node *parent)
{
    return parent != NULL ? &parent->first_child : &root->first_child;
}

/* The tree's bytes are those of pages, however many nodes use them. */
static void release_page(prefix_tree *t, prefix_page *page)
{
    if (--page->n_users == 0) {
        t->bytes -= t->page_bytes;
        memory_free(page);
    }
}

/* The node has no children. */
static void free_node(prefix_tree *t, prefix_node *node)
{
    prefix_node **link = children_of(node->root, node->parent);
    while (*link != node) {
        link = &(*link)->next;
    }
    *link = node->next;
    node->root->bytes -= t->page_bytes;
    t->n_pages--;
    release_page(t, node->page);
    memory_free(node);
}

/* The first leaf under a node, itself perhaps. */
static prefix_node *first_leaf(prefix_node *node)
{
    while (node->first_child != NULL) {
        node = node->first_child;
    }
    return node;
}

/* The leaf after this one in the order of the tree; NULL: it was the last. */
static prefix_node *next_leaf(prefix_node *leaf)
{
    prefix_node *node = leaf;
    while (node != NULL && node->next == NULL) {
        node = node->parent;
    }
    return node != NULL ? first_leaf(node->next) : NULL;
}

static prefix_node *oldest_leaf(const prefix_root *root)
{
    prefix_node *oldest = root->first_child != NULL ? first_leaf(root->first_child) : NULL;
    for (prefix_node *leaf = oldest; leaf != NULL; leaf = next_leaf(leaf)) {
        oldest = leaf->used < oldest->used ? leaf : oldest;
    }
    return oldest;
}

/* Frees one page of whoever holds most. False: all are in use for the present call. */
static bool evict(prefix_tree *t)
{
    prefix_node *victim = NULL;
    for (const prefix_root *root = t->roots; root != NULL; root = root->next) {
        prefix_node *const oldest = oldest_leaf(root);
        if (oldest != NULL && oldest->used < t->clock &&
            (victim == NULL || root->bytes > victim->root->bytes)) {
            victim = oldest;
        }
    }
    if (victim != NULL) {
        free_node(t, victim);
    }
    return victim != NULL;
}

static bool make_room(prefix_tree *t)
{
    bool ok = t->page_bytes <= t->max_bytes;
    while (ok && t->bytes > t->max_bytes - t->page_bytes) {
        ok = evict(t);
    }
    return ok;
}

/* One that is there, or a new one; NULL: no room. */
static prefix_page *use_page(prefix_tree *t, prefix_page *shared)
{
    prefix_page *page = shared;
    if (page == NULL && make_room(t)) {
        page = memory_alloc_aligned(PAGE_ALIGNMENT, sizeof(*page) + t->page_bytes);
        if (page != NULL) {
            page->n_users = 0;
            t->bytes += t->page_bytes;
        }
    }
    if (page != NULL) {
        page->n_users++;
    }
    return page;
}

/* NULL: no room. */
static prefix_node *add_node(prefix_tree *t, prefix_root *root, prefix_node *parent,
                             prefix_page *shared)
{
    prefix_page *const page = use_page(t, shared);
    prefix_node *const node = page != NULL ? memory_alloc(1, sizeof(*node)) : NULL;
    if (node == NULL) {
        if (page != NULL) {
            release_page(t, page);
        }
        return NULL;
    }
    prefix_node **const children = children_of(root, parent);
    *node = (prefix_node){.root = root, .parent = parent, .next = *children, .page = page};
    *children = node;
    root->bytes += t->page_bytes;
    t->n_pages++;
    return node;
}

/* --- Looking up --- */

static uint32_t count_common(const prefix_node *node, const int32_t *tokens, uint32_t n)
{
    const uint32_t most = n < node->n_tokens ? n : node->n_tokens;
    uint32_t k = 0;
    while (k < most && node->tokens[k] == tokens[k]) {
        k++;
    }
    return k;
}

/* The child with most of the first tokens in common, 0 of them: NULL. */
static prefix_node *best_child(prefix_node *first, const int32_t *tokens, uint32_t n,
                               uint32_t *out_common)
{
    prefix_node *best = NULL;
    *out_common = 0;
    for (prefix_node *child = first; child != NULL; child = child->next) {
        const uint32_t common = count_common(child, tokens, n);
        if (common > *out_common) {
            best = child;
            *out_common = common;
        }
    }
    return best;
}

/* How many of the first tokens the tree knows; the pages are used now. */
static uint32_t match(prefix_tree *t, prefix_root *root, const int32_t *tokens, uint32_t n)
{
    prefix_node *children = root != NULL ? root->first_child : NULL;
    uint32_t n_known = 0;
    uint32_t common = PREFIX_PAGE_TOKENS;
    while (children != NULL && common == PREFIX_PAGE_TOKENS && n_known < n) {
        prefix_node *const child = best_child(children, tokens + n_known, n - n_known, &common);
        if (child != NULL) {
            child->used = t->clock;
            children = child->first_child;
        }
        n_known += common;
    }
    return n_known;
}

/* Copies what the context does not hold of the first n tokens, all of which the tree knows. */
static void copy_pages(prefix_root *root, engine_context *c, const int32_t *tokens, uint32_t n)
{
    prefix_node *children = root->first_child;
    bool ok = true;
    for (uint32_t at = 0; at < n && ok; at += PREFIX_PAGE_TOKENS) {
        const uint32_t left = n - at;
        const uint32_t n_page = left < PREFIX_PAGE_TOKENS ? left : PREFIX_PAGE_TOKENS;
        uint32_t common = 0;
        const prefix_node *const child = best_child(children, tokens + at, n_page, &common);
        ok = child != NULL && common == n_page;
        if (ok && at + n_page > engine_context_length(c)) {
            ok = checkpoint_page_write(c, at, tokens + at, n_page, child->page->data,
                                       child->n_tokens);
        }
        children = ok ? child->first_child : NULL;
    }
}

void prefix_tree_restore(prefix_tree *t, const prefix_owner *owner, engine_context *c,
                         const int32_t *tokens, uint32_t n)
{
    const prefix_owner common = prefix_owner_common();
    prefix_root *const own_root = find_root(t, owner);
    prefix_root *const common_root = find_root(t, &common);
    t->clock++;
    const uint32_t n_own = match(t, own_root, tokens, n);
    const uint32_t n_common = match(t, common_root, tokens, n);
    const uint32_t n_known = n_own > n_common ? n_own : n_common;
    if (n_known >= engine_context_length(c) + PREFIX_MIN_TOKENS) {
        copy_pages(n_own >= n_common ? own_root : common_root, c, tokens, n_known);
    }
}

/* --- Keeping --- */

/* The same full page in another tree, whose children there may hold the next; NULL: none. It is used
 * now, so that nothing evicts it. */
static prefix_node *find_twin(const prefix_tree *t, prefix_node *children, const int32_t *tokens,
                              uint32_t n_page)
{
    uint32_t common = 0;
    prefix_node *const twin = best_child(children, tokens, n_page, &common);
    if (common < PREFIX_PAGE_TOKENS) {
        return NULL;
    }
    twin->used = t->clock;
    return twin;
}

/* The page of these n_page tokens under `parent`; NULL: no room. One that is longer will do; one that is
 * a beginning of it grows, or gives way to `shared`. */
static prefix_node *keep_page(prefix_tree *t, prefix_root *root, prefix_node *parent,
                              const engine_context *c, uint32_t at, uint32_t n_page,
                              prefix_page *shared)
{
    const int32_t *const tokens = engine_context_tokens(c) + at;
    uint32_t common = 0;
    prefix_node *node = best_child(*children_of(root, parent), tokens, n_page, &common);
    if (node == NULL || common < (node->n_tokens < n_page ? node->n_tokens : n_page)) {
        node = add_node(t, root, parent, shared);
        common = 0;
    } else if (shared != NULL && node->page != shared) {
        release_page(t, node->page);
        node->page = use_page(t, shared);
    }
    if (node != NULL) {
        node->used = t->clock;
    }
    if (node != NULL && common < n_page) {
        memcpy(node->tokens, tokens, n_page * sizeof(*tokens));
        node->n_tokens = n_page;
        if (shared == NULL) {
            checkpoint_page_read(c, at, n_page, node->page->data);
        }
    }
    return node;
}

/* What `root` lacks of the context's first n tokens comes from the other root where that has it. */
static void keep_in(prefix_tree *t, prefix_root *root, const prefix_root *other,
                    const engine_context *c, uint32_t n)
{
    prefix_node *twins = other != NULL ? other->first_child : NULL;
    prefix_node *parent = NULL;
    bool ok = true;
    for (uint32_t at = 0; at < n && ok; at += PREFIX_PAGE_TOKENS) {
        const uint32_t left = n - at;
        const uint32_t n_page = left < PREFIX_PAGE_TOKENS ? left : PREFIX_PAGE_TOKENS;
        const prefix_node *const twin = find_twin(t, twins, engine_context_tokens(c) + at, n_page);
        parent = keep_page(t, root, parent, c, at, n_page, twin != NULL ? twin->page : NULL);
        twins = twin != NULL ? twin->first_child : NULL;
        ok = parent != NULL;
    }
}

static void keep(prefix_tree *t, const prefix_owner *owner, const prefix_owner *other,
                 const engine_context *c, uint32_t n)
{
    const uint64_t n_pages_max = t->page_bytes > 0 ? t->max_bytes / t->page_bytes : 0;
    if (n < PREFIX_MIN_TOKENS || n_pages_max == 0) {
        return;
    }
    n = n / PREFIX_PAGE_TOKENS < n_pages_max ? n : (uint32_t)n_pages_max * PREFIX_PAGE_TOKENS;
    prefix_root *const root = make_root(t, owner);
    t->clock++;
    if (root != NULL) {
        keep_in(t, root, find_root(t, other), c, n);
    }
}

void prefix_tree_keep(prefix_tree *t, const prefix_owner *owner, const engine_context *c,
                      uint32_t n)
{
    const prefix_owner common = prefix_owner_common();
    keep(t, owner, &common, c, n);
}

void prefix_tree_share(prefix_tree *t, const prefix_owner *owner, const engine_context *c,
                       uint32_t n)
{
    const prefix_owner common = prefix_owner_common();
    keep(t, &common, owner, c, n);
}

/* --- Life --- */

void prefix_tree_init(prefix_tree *t, const engine *e, uint64_t max_bytes)
{
    *t = (prefix_tree){
        .e = e, .page_bytes = checkpoint_page_bytes(e, PREFIX_PAGE_TOKENS), .max_bytes = max_bytes};
}

static void free_root(prefix_tree *t, prefix_root *root)
{
    prefix_root **link = &t->roots;
    while (*link != root) {
        link = &(*link)->next;
    }
    *link = root->next;
    while (root->first_child != NULL) {
        free_node(t, first_leaf(root->first_child));
    }
    memory_free(root);
}

void prefix_tree_forget(prefix_tree *t, const prefix_owner *owner)
{
    prefix_root *const root = find_root(t, owner);
    if (root != NULL) {
        free_root(t, root);
    }
}

void prefix_tree_deinit(prefix_tree *t)
{
    while (t->roots != NULL) {
        free_root(t, t->roots);
    }
}
