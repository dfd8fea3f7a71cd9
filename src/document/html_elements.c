/*
 * html_elements.c - see html_elements.h.
 */
#include "document/html_elements.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STYLE_BYTES = 2000 /* of a style attribute that are looked at */ };

/* In the order of names. */
typedef struct element_row {
    const char *name;
    element_kind kind;
} element_row;

static const element_row ELEMENTS[] = {
    {"address", ELEMENT_BLOCK},    {"applet", ELEMENT_SKIPPED},   {"article", ELEMENT_PARAGRAPH},
    {"aside", ELEMENT_PAGE_ONLY},  {"audio", ELEMENT_SKIPPED},    {"blockquote", ELEMENT_QUOTE},
    {"body", ELEMENT_BLOCK},       {"br", ELEMENT_BREAK},         {"button", ELEMENT_PAGE_ONLY},
    {"canvas", ELEMENT_SKIPPED},   {"caption", ELEMENT_BLOCK},    {"center", ELEMENT_BLOCK},
    {"datalist", ELEMENT_SKIPPED}, {"dd", ELEMENT_BLOCK},         {"details", ELEMENT_BLOCK},
    {"dialog", ELEMENT_SKIPPED},   {"div", ELEMENT_BLOCK},        {"dl", ELEMENT_PARAGRAPH},
    {"dt", ELEMENT_BLOCK},         {"embed", ELEMENT_SKIPPED},    {"fieldset", ELEMENT_BLOCK},
    {"figcaption", ELEMENT_BLOCK}, {"figure", ELEMENT_BLOCK},     {"footer", ELEMENT_PAGE_ONLY},
    {"form", ELEMENT_PAGE_ONLY},   {"frameset", ELEMENT_SKIPPED}, {"h1", ELEMENT_HEADING},
    {"h2", ELEMENT_HEADING},       {"h3", ELEMENT_HEADING},       {"h4", ELEMENT_HEADING},
    {"h5", ELEMENT_HEADING},       {"h6", ELEMENT_HEADING},       {"head", ELEMENT_BLOCK},
    {"header", ELEMENT_BLOCK},     {"hr", ELEMENT_RULE},          {"html", ELEMENT_BLOCK},
    {"iframe", ELEMENT_SKIPPED},   {"input", ELEMENT_SKIPPED},    {"legend", ELEMENT_BLOCK},
    {"li", ELEMENT_ITEM},          {"main", ELEMENT_PARAGRAPH},   {"map", ELEMENT_SKIPPED},
    {"math", ELEMENT_SKIPPED},     {"menu", ELEMENT_PAGE_ONLY},   {"nav", ELEMENT_PAGE_ONLY},
    {"noframes", ELEMENT_SKIPPED}, {"noscript", ELEMENT_SKIPPED}, {"object", ELEMENT_SKIPPED},
    {"ol", ELEMENT_LIST},          {"option", ELEMENT_SKIPPED},   {"p", ELEMENT_PARAGRAPH},
    {"pre", ELEMENT_PRE},          {"script", ELEMENT_SKIPPED},   {"section", ELEMENT_PARAGRAPH},
    {"select", ELEMENT_SKIPPED},   {"style", ELEMENT_SKIPPED},    {"summary", ELEMENT_BLOCK},
    {"svg", ELEMENT_SKIPPED},      {"table", ELEMENT_PARAGRAPH},  {"tbody", ELEMENT_BLOCK},
    {"td", ELEMENT_CELL},          {"template", ELEMENT_SKIPPED}, {"textarea", ELEMENT_SKIPPED},
    {"tfoot", ELEMENT_BLOCK},      {"th", ELEMENT_CELL},          {"thead", ELEMENT_BLOCK},
    {"title", ELEMENT_SKIPPED},    {"tr", ELEMENT_BLOCK},         {"ul", ELEMENT_LIST},
    {"video", ELEMENT_SKIPPED},
};

static int by_name(const void *name, const void *row)
{
    return strcasecmp(name, *(const char *const *)row);
}

element_kind html_element_kind(const xmlNode *node)
{
    const size_t n = sizeof(ELEMENTS) / sizeof(ELEMENTS[0]);
    const void *const row = bsearch(node->name, ELEMENTS, n, sizeof(ELEMENTS[0]), by_name);
    return row != NULL ? ((const element_row *)row)->kind : ELEMENT_INLINE;
}

bool html_is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcasecmp((const char *)node->name, name) == 0;
}

/* The value of an attribute; empty when there is none. Attribute values of HTML are one text. */
span html_attribute(const xmlNode *node, const char *name)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (strcasecmp((const char *)a->name, name) == 0) {
            return a->children != NULL && a->children->content != NULL
                       ? span_from_string((const char *)a->children->content)
                       : SPAN("");
        }
    }
    return span_from(NULL, 0);
}

/* --- what is hidden --- */

/* The declaration "name: value" in a style whose spaces are gone and letters are lower case. */
static bool style_has(span style, const char *declaration)
{
    const size_t len = strlen(declaration);
    const char *at = style.ptr;
    while (at != NULL) {
        const size_t left = style.len - (size_t)(at - style.ptr);
        at = memmem(at, left, declaration, len);
        if (at == NULL) {
            return false;
        }
        const size_t end = (size_t)(at - style.ptr) + len;
        const bool starts = at == style.ptr || at[-1] == ';';
        /* "font-size:0" but not "font-size:0.9em" or "width:0" of "width:05px". */
        const bool ends = end == style.len || strchr(";!p%e", style.ptr[end]) != NULL;
        if (starts && ends) {
            return true;
        }
        at++;
    }
    return false;
}

static void squeeze_style(span style, char *out, size_t *out_len)
{
    *out_len = 0;
    for (size_t i = 0; i < style.len && *out_len < STYLE_BYTES; i++) {
        const char c = style.ptr[i];
        if (c > ' ') {
            out[(*out_len)++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
        }
    }
}

static bool has_background(const xmlNode *node)
{
    for (int i = 0; node != NULL && node->type == XML_ELEMENT_NODE && i < 64; i++) {
        const span style = html_attribute(node, "style");
        if (html_attribute(node, "bgcolor").ptr != NULL ||
            html_attribute(node, "background").ptr != NULL ||
            (style.ptr != NULL && memmem(style.ptr, style.len, "background", 10) != NULL)) {
            return true;
        }
        node = node->parent;
    }
    return false;
}

/* White on a white ground of its own. */
static bool is_white_ground(span style)
{
    static const char *const GROUNDS[] = {"background:#fff",          "background:#ffffff",
                                          "background:white",         "background-color:#fff",
                                          "background-color:#ffffff", "background-color:white"};
    for (size_t i = 0; i < sizeof(GROUNDS) / sizeof(GROUNDS[0]); i++) {
        if (style_has(style, GROUNDS[i])) {
            return true;
        }
    }
    return false;
}

static bool is_hidden_by_style(const xmlNode *node)
{
    static const char *const HIDING[] = {"display:none",      "visibility:hidden", "font-size:0",
                                         "max-height:0",      "opacity:0",         "mso-hide:all",
                                         "text-indent:-9999", "left:-9999"};
    static const char *const WHITE[] = {"color:#fff", "color:#ffffff", "color:white",
                                        "color:transparent", "color:rgb(255,255,255)"};
    const span style = html_attribute(node, "style");
    char squeezed[STYLE_BYTES];
    size_t len = 0;
    if (style.len == 0) {
        return false;
    }
    squeeze_style(style, squeezed, &len);
    const span s = span_from(squeezed, len);
    for (size_t i = 0; i < sizeof(HIDING) / sizeof(HIDING[0]); i++) {
        if (style_has(s, HIDING[i])) {
            return true;
        }
    }
    if (style_has(s, "width:0") && style_has(s, "height:0")) {
        return true;
    }
    for (size_t i = 0; i < sizeof(WHITE) / sizeof(WHITE[0]); i++) {
        if (style_has(s, WHITE[i]) && (!has_background(node) || is_white_ground(s))) {
            return true;
        }
    }
    return false;
}

bool html_equals(span value, const char *word)
{
    return value.len == strlen(word) && strncasecmp(value.ptr, word, value.len) == 0;
}

bool html_is_hidden(const xmlNode *node)
{
    return html_attribute(node, "hidden").ptr != NULL ||
           html_equals(html_attribute(node, "aria-hidden"), "true") ||
           (html_is_element(node, "font") && !has_background(node) &&
            (html_equals(html_attribute(node, "color"), "white") ||
             html_equals(html_attribute(node, "color"), "#ffffff"))) ||
           is_hidden_by_style(node);
}

/* --- furniture --- */

typedef struct hint_row {
    const char *word;
    html_hint hint;
} hint_row;

/* Words of class and id, in order; each stands for itself and its plural. */
static const hint_row HINTS[] = {
    {"abonnement", HTML_HINT_FURNITURE},
    {"ad", HTML_HINT_FURNITURE},
    {"advert", HTML_HINT_FURNITURE},
    {"advertisement", HTML_HINT_FURNITURE},
    {"ariane", HTML_HINT_FURNITURE},
    {"banner", HTML_HINT_FURNITURE},
    {"breadcrumb", HTML_HINT_FURNITURE},
    {"cmp", HTML_HINT_WALL},
    {"comment", HTML_HINT_COMMENTS},
    {"commentaire", HTML_HINT_COMMENTS},
    {"consent", HTML_HINT_WALL},
    {"cookie", HTML_HINT_WALL},
    {"copyright", HTML_HINT_FURNITURE},
    {"dialog", HTML_HINT_FURNITURE},
    {"disqus", HTML_HINT_COMMENTS},
    {"footer", HTML_HINT_FURNITURE},
    {"gdpr", HTML_HINT_WALL},
    {"login", HTML_HINT_FURNITURE},
    {"masthead", HTML_HINT_FURNITURE},
    {"menu", HTML_HINT_FURNITURE},
    {"modal", HTML_HINT_FURNITURE},
    {"nav", HTML_HINT_FURNITURE},
    {"navbar", HTML_HINT_FURNITURE},
    {"navigation", HTML_HINT_FURNITURE},
    {"newsletter", HTML_HINT_FURNITURE},
    {"outbrain", HTML_HINT_FURNITURE},
    {"overlay", HTML_HINT_FURNITURE},
    {"pager", HTML_HINT_FURNITURE},
    {"pagination", HTML_HINT_FURNITURE},
    {"partage", HTML_HINT_FURNITURE},
    {"paywall", HTML_HINT_FURNITURE},
    {"pied", HTML_HINT_FURNITURE},
    {"popup", HTML_HINT_FURNITURE},
    {"promo", HTML_HINT_FURNITURE},
    {"pub", HTML_HINT_FURNITURE},
    {"publicite", HTML_HINT_FURNITURE},
    {"recommendation", HTML_HINT_FURNITURE},
    {"recommended", HTML_HINT_FURNITURE},
    {"related", HTML_HINT_FURNITURE},
    {"rgpd", HTML_HINT_WALL},
    {"share", HTML_HINT_FURNITURE},
    {"sharing", HTML_HINT_FURNITURE},
    {"sidebar", HTML_HINT_FURNITURE},
    {"signup", HTML_HINT_FURNITURE},
    {"skip", HTML_HINT_FURNITURE},
    {"social", HTML_HINT_FURNITURE},
    {"sommaire", HTML_HINT_FURNITURE},
    {"sponsor", HTML_HINT_FURNITURE},
    {"sponsored", HTML_HINT_FURNITURE},
    {"subscribe", HTML_HINT_FURNITURE},
    {"taboola", HTML_HINT_FURNITURE},
    {"toc", HTML_HINT_FURNITURE},
    {"toolbar", HTML_HINT_FURNITURE},
    {"upsell", HTML_HINT_FURNITURE},
    {"widget", HTML_HINT_FURNITURE},
};

enum { HINT_BYTES = 400, WORD_BYTES = 24 };

static int by_word(const void *word, const void *row)
{
    return strcmp(word, ((const hint_row *)row)->word);
}

static html_hint hint_of_word(char *word, size_t len)
{
    word[len] = '\0';
    const size_t n = sizeof(HINTS) / sizeof(HINTS[0]);
    const hint_row *row = bsearch(word, HINTS, n, sizeof(HINTS[0]), by_word);
    if (row == NULL && len > 2 && word[len - 1] == 's') {
        word[len - 1] = '\0';
        row = bsearch(word, HINTS, n, sizeof(HINTS[0]), by_word);
    }
    return row != NULL ? row->hint : HTML_HINT_NONE;
}

/* "has-sidebar", "no-menu", "withSidebar" say nothing of what the part itself is. */
static bool is_preposition(const char *word, size_t len)
{
    return (len == 2 && memcmp(word, "no", 2) == 0) || (len == 3 && memcmp(word, "has", 3) == 0) ||
           (len == 4 && memcmp(word, "with", 4) == 0) ||
           (len == 3 && memcmp(word, "non", 3) == 0) ||
           (len == 7 && memcmp(word, "without", 7) == 0);
}

/* The hint of the words in "nav-main", "shareBar article_comments". */
static html_hint hint_of_names(span names)
{
    char word[WORD_BYTES + 1];
    size_t len = 0;
    bool after_preposition = false;
    html_hint found = HTML_HINT_NONE;
    const size_t end = names.len < HINT_BYTES ? names.len : HINT_BYTES;
    for (size_t i = 0; i <= end; i++) {
        const char c = i < end ? names.ptr[i] : ' ';
        const bool upper = c >= 'A' && c <= 'Z';
        const bool letter = upper || (c >= 'a' && c <= 'z');
        const bool before_lower = i > 0 && names.ptr[i - 1] >= 'a' && names.ptr[i - 1] <= 'z';
        if ((!letter || (upper && before_lower)) && len > 0) {
            const html_hint hint = hint_of_word(word, len);
            found = !after_preposition && hint > found ? hint : found;
            after_preposition = is_preposition(word, len);
            len = 0;
        }
        if (letter && len < WORD_BYTES) {
            word[len++] = (char)(c | 0x20);
        }
    }
    return found;
}

html_hint html_hint_of(const xmlNode *node)
{
    static const char *const ROLES[] = {"navigation",    "banner", "contentinfo", "search",
                                        "complementary", "dialog", "alert",       "alertdialog"};
    if (html_is_element(node, "body") || html_is_element(node, "html") ||
        html_is_element(node, "main") || html_is_element(node, "article")) {
        return HTML_HINT_NONE;
    }
    html_hint hint = hint_of_names(html_attribute(node, "class"));
    const html_hint by_id = hint_of_names(html_attribute(node, "id"));
    hint = by_id > hint ? by_id : hint;
    const span role = html_attribute(node, "role");
    for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++) {
        hint = hint == HTML_HINT_NONE && html_equals(role, ROLES[i]) ? HTML_HINT_FURNITURE : hint;
    }
    return hint;
}

const xmlNode *html_next_node(const xmlNode *node, const xmlNode *root)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
        return node->children;
    }
    while (node != root && node->next == NULL) {
        node = node->parent;
    }
    return node == root ? NULL : node->next;
}
