/*
 * html_elements.h - what the elements of a page are, what is hidden, what is furniture. For the
 * HTML reader only; nodes are libxml2's.
 */
#ifndef HUIS_DOCUMENT_HTML_ELEMENTS_H
#define HUIS_DOCUMENT_HTML_ELEMENTS_H

#include <stdbool.h>

#include <libxml/tree.h>

#include "base/span.h"

/* What an element does to the text. */
typedef enum element_kind {
    ELEMENT_INLINE = 0,
    ELEMENT_BLOCK,     /* on lines of its own */
    ELEMENT_PARAGRAPH, /* with an empty line around it */
    ELEMENT_HEADING,   /* a paragraph; "## " in books */
    ELEMENT_SKIPPED,   /* never shown as text */
    ELEMENT_PAGE_ONLY, /* navigation and controls: skipped in pages, blocks in mails */
    ELEMENT_BREAK,
    ELEMENT_RULE,
    ELEMENT_LIST,
    ELEMENT_ITEM,
    ELEMENT_CELL,
    ELEMENT_PRE,
    ELEMENT_QUOTE
} element_kind;

element_kind html_element_kind(const xmlNode *node);
bool html_is_element(const xmlNode *node, const char *name);
/* The value of an attribute; ptr NULL when there is none. */
span html_attribute(const xmlNode *node, const char *name);

/* Not shown by a browser, as far as the element itself says. */
bool html_is_hidden(const xmlNode *node);

/* What role, class and id say of a part of a page. */
typedef enum html_hint {
    HTML_HINT_NONE = 0,
    HTML_HINT_FURNITURE, /* menus, advertisements, teasers: not the page's text */
    HTML_HINT_COMMENTS,  /* readers' comments: the text of a forum, not of an article */
    HTML_HINT_WALL       /* consent and cookies: never the text */
} html_hint;

html_hint html_hint_of(const xmlNode *node);

/* Whether a value is that word, in any case. */
bool html_equals(span value, const char *word);

/* The next node in document order under `root`; NULL at the end. */
const xmlNode *html_next_node(const xmlNode *node, const xmlNode *root);

#endif
