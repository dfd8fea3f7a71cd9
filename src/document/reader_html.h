/*
 * reader_html.h - HTML to plain text, with libxml2. For huis-reader and its tests only.
 */
#ifndef HUIS_DOCUMENT_READER_HTML_H
#define HUIS_DOCUMENT_READER_HTML_H

#include "document/reader.h"

/* A page: its main text (main or article, without navigation, forms and the like) and its title.
 * NO_TEXT, LIMIT, NO_MEMORY. */
int reader_read_html(reader_result *out, span bytes, huis_error *err);

/* An HTML part of a mail, already UTF-8: appended to `out`; quotations get "> ". False: no memory
 * or no room. */
bool reader_append_mail_html(buffer *out, span html);

/* A chapter of a book, as libxml2's tree of HTML or XHTML: all that it shows, headings as "## Title".
 * False: no memory or no room. */
struct _xmlNode;
bool reader_append_book_html(buffer *out, const struct _xmlNode *root);
/* A fragment of a page, already UTF-8, such as an entry of a feed. */
bool reader_append_fragment_html(buffer *out, span html);
/* The same for elements that libxml2 has read. */
bool reader_append_tree_html(buffer *out, const struct _xmlNode *root);

#endif
