/*
 * html_main_text.h - which part of a page is its own text. For the HTML reader only.
 */
#ifndef HUIS_DOCUMENT_HTML_MAIN_TEXT_H
#define HUIS_DOCUMENT_HTML_MAIN_TEXT_H

#include "document/html_elements.h"

/* What is known of each element of a page; lives as long as its tree. */
typedef struct html_main_text {
    const xmlNode *root;    /* of the page */
    const xmlNode *main;    /* holds the main text */
    const xmlNode *heading; /* of the main text, when it stands before `main`; else NULL */
    struct part_measure *parts;
    size_t n_parts;
} html_main_text;

/* Looks at the page and chooses. False: no memory. The nodes' _private is used for it. */
bool html_main_text_find(html_main_text *m, xmlNode *root);
void html_main_text_deinit(html_main_text *m);

/* Whether an element inside the main text is furniture: menus, teasers, lists of links. */
bool html_main_text_drops(const html_main_text *m, const xmlNode *node, element_kind kind);

#endif
