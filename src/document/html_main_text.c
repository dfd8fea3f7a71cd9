/*
 * html_main_text.c - see html_main_text.h.
 *
 * Idea: prose tells. A block whose own words are many and mostly no links is prose; its words count
 * for all elements that hold it, unless class, id or role of one of them say furniture. From the top
 * we go down as long as one child holds most of the prose: where that ends is the main text. An only
 * <article> or <main> with a fair share of it is taken at once. Inside, what says furniture and what
 * is only links is dropped, unless it holds most of the page after all (a forum is made of comments).
 * After Kohlschütter et al. 2010 (link density, words per block) and Mozilla's Readability (hints).
 *
 * Invariants: two walks without recursion, linear in the page; no node is changed but _private.
 */
#include "document/html_main_text.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/utf8.h"
#include "document/text_chars.h"

enum {
    PROSE_WORDS = 8, /* of a block of prose */
    MAIN_WORDS = 25, /* of prose in an <article> or <main> that is taken */
    MANY_LINKS = 3,  /* of a block that is a list of links */
    ITEM_WORDS = 6,  /* a linked text that is longer is a sentence, not a menu entry */
    HEADING_WORDS = 40,
    LEFT_WORDS = 60 /* of prose that may be left out when the main text is chosen */
};

/* Of an element and all that it holds. */
typedef struct part_measure {
    uint32_t above;     /* index of the one that holds it */
    uint32_t block;     /* index of the block that its text belongs to: itself or one above */
    uint32_t prose;     /* words of blocks of prose that nothing calls furniture */
    uint32_t any_prose; /* ... whatever it is called */
    uint32_t words, link_words, links;
    uint32_t own_words, own_link_words; /* of the block itself */
    uint32_t heading_words, heading_link_words;
    uint32_t teaser_prose; /* ... of articles whose headings are links to themselves */
    bool in_link, in_heading;
    html_hint hint; /* the strongest of its own and of those above */
    html_hint own_hint;
} part_measure;

static part_measure *part_at(const html_main_text *m, uint32_t index)
{
    return &m->parts[index];
}

/* NULL: was not measured (skipped, or no element). */
static part_measure *part_of(const xmlNode *node)
{
    return node->type == XML_ELEMENT_NODE ? node->_private : NULL;
}

/* --- measuring --- */

static uint32_t count_words(const xmlNode *node)
{
    uint32_t words = 0;
    bool in_word = false;
    for (const xmlChar *c = node->content; c != NULL && *c != '\0'; c++) {
        const bool space = *c <= ' ';
        const bool letter =
            *c >= 0x80 || (*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z');
        words += !in_word && letter && !space ? 1 : 0;
        in_word = (in_word || letter) && !space;
    }
    return words;
}

static bool is_block(element_kind kind)
{
    return kind != ELEMENT_INLINE && kind != ELEMENT_BREAK;
}

static bool is_heading(const xmlNode *node)
{
    const char *const name = (const char *)node->name;
    return (name[0] | 0x20) == 'h' && name[1] >= '1' && name[1] <= '6' && name[2] == '\0';
}

/* Never entered: neither shown nor text, or menus by their element. Forms are: some wrap the page. */
static bool is_passed_over(const xmlNode *node, element_kind kind)
{
    return kind == ELEMENT_SKIPPED || html_is_element(node, "nav") ||
           html_is_element(node, "menu") || html_is_element(node, "button") || html_is_hidden(node);
}

static void open_part(html_main_text *m, xmlNode *node, uint32_t parent, element_kind kind)
{
    const uint32_t index = (uint32_t)m->n_parts++;
    part_measure p = {.above = parent, .own_hint = html_hint_of(node)};
    const part_measure *const above = part_at(m, parent);
    const bool furniture = kind == ELEMENT_PAGE_ONLY && !html_is_element(node, "form");
    p.own_hint = furniture && p.own_hint == HTML_HINT_NONE ? HTML_HINT_FURNITURE : p.own_hint;
    p.hint = p.own_hint > above->hint ? p.own_hint : above->hint;
    p.block = is_block(kind) ? index : above->block;
    p.in_heading = is_heading(node) || (!is_block(kind) && above->in_heading);
    p.in_link = above->in_link || html_is_element(node, "a");
    p.links = html_is_element(node, "a") ? 1 : 0;
    m->parts[index] = p;
    node->_private = &m->parts[index];
}

/* Adds what an element holds to its parent. */
static void close_part(const html_main_text *m, const xmlNode *node)
{
    part_measure *const p = part_of(node);
    if (p == NULL) {
        return;
    }
    part_measure *const above = part_at(m, p->above);
    const bool prose = p->own_words >= PROSE_WORDS && p->own_link_words * 2 < p->own_words;
    p->any_prose += prose && !p->in_heading ? p->own_words : 0;
    p->prose += prose && !p->in_heading && p->hint == HTML_HINT_NONE ? p->own_words : 0;
    const bool teaser = html_is_element(node, "article") && p->heading_words > 0 &&
                        p->heading_link_words == p->heading_words;
    p->teaser_prose = teaser ? p->any_prose : p->teaser_prose;
    above->teaser_prose += p->teaser_prose;
    above->heading_words += p->heading_words;
    above->heading_link_words += p->heading_link_words;
    above->prose += p->prose;
    above->any_prose += p->any_prose;
    above->words += p->words;
    above->link_words += p->link_words;
    above->links += p->links;
}

static void measure_text(const html_main_text *m, const xmlNode *node, uint32_t parent)
{
    part_measure *const p = part_at(m, parent);
    part_measure *const block = part_at(m, p->block);
    const uint32_t words = count_words(node);
    p->words += words;
    p->link_words += p->in_link ? words : 0;
    p->heading_words += p->in_heading ? words : 0;
    p->heading_link_words += p->in_heading && p->in_link ? words : 0;
    block->own_words += words;
    block->own_link_words += p->in_link ? words : 0;
}

/* Room for every element; the first part is above the root. */
static bool alloc_parts(html_main_text *m, const xmlNode *root)
{
    size_t n = 1;
    for (const xmlNode *node = root; node != NULL; node = html_next_node(node, root)) {
        n += node->type == XML_ELEMENT_NODE ? 1 : 0;
    }
    m->parts = n < UINT32_MAX ? memory_alloc(n, sizeof(part_measure)) : NULL;
    m->n_parts = 1;
    return m->parts != NULL;
}

static void measure(html_main_text *m, xmlNode *root)
{
    xmlNode *node = root;
    uint32_t parent = 0;
    while (node != NULL) {
        bool entered = false;
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
            measure_text(m, node, parent);
        } else if (node->type == XML_ELEMENT_NODE) {
            const element_kind kind = html_element_kind(node);
            entered = !is_passed_over(node, kind);
            if (entered) {
                open_part(m, node, parent, kind);
            }
        }
        if (entered && node->children != NULL) {
            parent = (uint32_t)(part_of(node) - m->parts);
            node = node->children;
            continue;
        }
        if (entered) {
            close_part(m, node);
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
            close_part(m, node);
            parent = part_of(node)->above;
        }
        node = node == root ? NULL : node->next;
    }
}

/* --- choosing --- */

/* The one element of that name, if there is one only. */
static const xmlNode *find_only(const xmlNode *root, const char *name)
{
    const xmlNode *found = NULL;
    for (const xmlNode *n = root; n != NULL; n = html_next_node(n, root)) {
        if (html_is_element(n, name)) {
            if (found != NULL) {
                return NULL;
            }
            found = n;
        }
    }
    return found;
}

/* The words of prose that count on this page: when furniture holds nearly all, it is none. */
static uint32_t weight_of(const part_measure *p, bool any)
{
    return any ? p->any_prose : p->prose;
}

/* Whether a part may stand for all: next to nothing is left out, or little of a short page. */
static bool holds_most(uint64_t part, uint64_t total)
{
    return part * 10 >= total * 9 || (part * 4 >= total * 3 && total - part <= LEFT_WORDS);
}

/* Down from `node` while one child holds most of `total`. */
static const xmlNode *descend(const xmlNode *node, uint32_t total, bool any)
{
    while (true) {
        const xmlNode *next = NULL;
        for (const xmlNode *n = node->children; n != NULL && next == NULL; n = n->next) {
            const part_measure *const p = part_of(n);
            if (p != NULL && holds_most(weight_of(p, any), total) &&
                is_block(html_element_kind(n)) && !html_is_element(n, "p") &&
                !html_is_element(n, "tr") && !html_is_element(n, "tbody") &&
                !html_is_element(n, "thead")) {
                next = n;
            }
        }
        /* Rows of a table are looked through: the page of the nineties lies in one cell. */
        for (const xmlNode *n = node->children; n != NULL && next == NULL; n = n->next) {
            const part_measure *const p = part_of(n);
            if (p != NULL && (html_is_element(n, "tr") || html_is_element(n, "tbody")) &&
                holds_most(weight_of(p, any), total)) {
                next = n;
            }
        }
        if (next == NULL) {
            return node;
        }
        node = next;
    }
}

/* A cell's row, a list item's list: what stands for the whole. */
static const xmlNode *whole_of(const xmlNode *node, const xmlNode *root)
{
    while (node != root && (html_is_element(node, "tr") || html_is_element(node, "tbody") ||
                            html_is_element(node, "ul") || html_is_element(node, "ol"))) {
        node = node->parent;
    }
    return node;
}

/* Up again to what else belongs to the text (title, lead, a table), if that is not mostly links. */
static const xmlNode *widen(const xmlNode *node, const xmlNode *root)
{
    while (node != root && node->parent != root && !html_is_element(node->parent, "body")) {
        const part_measure *const p = part_of(node);
        const part_measure *const above = part_of(node->parent);
        const uint32_t links = above->link_words - p->link_words;
        if (above->hint != p->hint || links * 2 > above->words - p->words) {
            break;
        }
        node = node->parent;
    }
    return node;
}

static const xmlNode *choose(const xmlNode *root)
{
    static const char *const NAMES[] = {"article", "main"};
    const part_measure *const page = part_of(root);
    if (page == NULL || page->any_prose == 0) {
        return root;
    }
    const bool any = page->prose * 5 < page->any_prose;
    const uint32_t total = weight_of(page, any);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const xmlNode *const found = find_only(root, NAMES[i]);
        const part_measure *const p = found != NULL ? part_of(found) : NULL;
        if (p != NULL && p->words >= MAIN_WORDS && (uint64_t)weight_of(p, any) * 3 >= total) {
            return found;
        }
    }
    return whole_of(widen(descend(root, total, any), root), root);
}

static bool is_inside(const xmlNode *node, const xmlNode *ancestor)
{
    while (node != NULL && node != ancestor) {
        node = node->parent;
    }
    return node != NULL;
}

/* The heading of that level nearest before the main text that is no furniture. */
static const xmlNode *find_heading(const xmlNode *root, const xmlNode *main, const char *name)
{
    const xmlNode *found = NULL;
    for (const xmlNode *n = root; n != NULL && n != main; n = html_next_node(n, root)) {
        const part_measure *const p = html_is_element(n, name) ? part_of(n) : NULL;
        if (p != NULL && p->words > 0 && p->words <= HEADING_WORDS && p->hint == HTML_HINT_NONE &&
            !is_inside(main, n)) {
            found = n;
        }
    }
    return found;
}

static bool holds(const xmlNode *root, const char *name)
{
    for (const xmlNode *n = root; n != NULL; n = html_next_node(n, root)) {
        if (html_is_element(n, name)) {
            return true;
        }
    }
    return false;
}

bool html_main_text_find(html_main_text *m, xmlNode *root)
{
    *m = (html_main_text){.root = root, .main = root};
    if (!alloc_parts(m, root)) {
        return false;
    }
    measure(m, root);
    m->main = choose(root);
    if (m->main != root && !holds(m->main, "h1")) {
        const xmlNode *const title = find_heading(root, m->main, "h1");
        m->heading =
            title != NULL || holds(m->main, "h2") ? title : find_heading(root, m->main, "h2");
    }
    return true;
}

void html_main_text_deinit(html_main_text *m)
{
    m->parts = memory_free(m->parts);
}

/* Nothing but links: a menu, teasers, tags. */
static bool is_link_list(const part_measure *p)
{
    return p->links >= MANY_LINKS && p->any_prose == 0 && p->link_words * 5 > p->words * 3 &&
           p->link_words < p->links * ITEM_WORDS * 2;
}

/* Nothing but teasers of other pages, on a page that is not made of them. */
static bool is_teasers(const part_measure *p, const part_measure *main)
{
    return p->teaser_prose > 0 && p->teaser_prose == p->any_prose &&
           main->teaser_prose * 2 <= main->any_prose;
}

bool html_main_text_drops(const html_main_text *m, const xmlNode *node, element_kind kind)
{
    const part_measure *const p = part_of(node);
    const part_measure *const main = part_of(m->main);
    if (p == NULL || main == NULL) {
        return true;
    }
    if (p->own_hint == HTML_HINT_WALL) {
        return p->any_prose == 0 || p->any_prose < main->any_prose;
    }
    if (p->own_hint != HTML_HINT_NONE || kind == ELEMENT_PAGE_ONLY) {
        return p->any_prose * 2 <= main->any_prose;
    }
    return is_block(kind) && main->any_prose > 0 && (is_link_list(p) || is_teasers(p, main));
}
