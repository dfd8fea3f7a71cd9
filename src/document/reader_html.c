/*
 * reader_html.c - see reader_html.h.
 *
 * Idea: libxml2 makes a tree of whatever the bytes are; the tree is walked once, without recursion,
 * and what a browser would show as text is written with the line breaks that its blocks make. What
 * is not shown (scripts, display:none, zero size, white on white) is skipped with all it holds:
 * senders hide text there. Of a page only the main part is taken.
 *
 * Invariant: nothing is fetched (no network, no DTD, no entities from outside).
 */
#include "document/reader_html.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/text_chars.h"

enum {
    LIST_DEPTH = 16,
    STYLE_BYTES = 2000, /* of a style attribute that are looked at */
    MAIN_WORDS = 25     /* a <main> or <article> with fewer words is no main text */
};

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

static const struct {
    const char *name;
    element_kind kind;
} ELEMENTS[] = {
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
    {"h5", ELEMENT_HEADING},       {"h6", ELEMENT_HEADING},       {"head", ELEMENT_SKIPPED},
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

static element_kind kind_of_element(const xmlNode *node)
{
    for (size_t i = 0; i < sizeof(ELEMENTS) / sizeof(ELEMENTS[0]); i++) {
        if (strcasecmp((const char *)node->name, ELEMENTS[i].name) == 0) {
            return ELEMENTS[i].kind;
        }
    }
    return ELEMENT_INLINE;
}

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcasecmp((const char *)node->name, name) == 0;
}

/* The value of an attribute; empty when there is none. Attribute values of HTML are one text. */
static span attribute_of(const xmlNode *node, const char *name)
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
        const span style = attribute_of(node, "style");
        if (attribute_of(node, "bgcolor").ptr != NULL ||
            attribute_of(node, "background").ptr != NULL ||
            (style.ptr != NULL && memmem(style.ptr, style.len, "background", 10) != NULL)) {
            return true;
        }
        node = node->parent;
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
    const span style = attribute_of(node, "style");
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
        if (style_has(s, WHITE[i]) && !has_background(node)) {
            return true;
        }
    }
    return false;
}

static bool equals(span value, const char *word)
{
    return value.len == strlen(word) && strncasecmp(value.ptr, word, value.len) == 0;
}

static bool contains_word(span value, const char *word)
{
    const size_t len = strlen(word);
    for (size_t i = 0; i + len <= value.len && i < 300; i++) {
        if (strncasecmp(value.ptr + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_hidden(const xmlNode *node)
{
    return attribute_of(node, "hidden").ptr != NULL ||
           equals(attribute_of(node, "aria-hidden"), "true") ||
           (is_element(node, "font") && !has_background(node) &&
            (equals(attribute_of(node, "color"), "white") ||
             equals(attribute_of(node, "color"), "#ffffff"))) ||
           is_hidden_by_style(node);
}

/* Parts of a page that are not its text. */
static bool is_page_furniture(const xmlNode *node)
{
    static const char *const ROLES[] = {"navigation",    "banner", "contentinfo", "search",
                                        "complementary", "dialog", "alert"};
    static const char *const NAMES[] = {"cookie", "consent", "breadcrumb", "navbar",   "sidebar",
                                        "share-", "social",  "newsletter", "related-", "comments"};
    const span role = attribute_of(node, "role");
    for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++) {
        if (equals(role, ROLES[i])) {
            return true;
        }
    }
    if (is_element(node, "body") || is_element(node, "main") || is_element(node, "article")) {
        return false;
    }
    const span class = attribute_of(node, "class");
    const span id = attribute_of(node, "id");
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (contains_word(class, NAMES[i]) || contains_word(id, NAMES[i])) {
            return true;
        }
    }
    return false;
}

/* --- writing --- */

typedef struct html_list {
    bool ordered;
    uint32_t number;
} html_list;

typedef struct html_writer {
    buffer *out;
    bool mail, book;
    uint32_t heading;         /* level of the heading that is open, in books */
    bool heading_mark;        /* "## " is due */
    bool space;               /* white space is due before the next word */
    uint32_t newlines;        /* line ends are due before the next word */
    uint32_t n_quotes;        /* "> " at the start of each line */
    uint32_t n_quotes_before; /* of the line that was written last */
    uint32_t n_pre;
    html_list lists[LIST_DEPTH];
    size_t n_lists;
    bool item_mark; /* "- " is due */
    bool cell_mark; /* " | " is due, if something stands before on the line */
    size_t start;   /* of what this writer has written */
} html_writer;

static bool at_line_start(const html_writer *w)
{
    return w->out->len == w->start || w->out->ptr[w->out->len - 1] == '\n';
}

static void need_newlines(html_writer *w, uint32_t n)
{
    w->newlines = n > w->newlines ? n : w->newlines;
    w->space = false;
    w->cell_mark = false;
}

static void write_quote_marks(html_writer *w)
{
    for (uint32_t i = 0; i < w->n_quotes; i++) {
        (void)buffer_append_string(w->out, "> ");
    }
}

/* What is due before text. */
static void write_pending(html_writer *w)
{
    if (!buffer_ok(w->out)) {
        return;
    }
    const bool empty = w->out->len == w->start;
    for (uint32_t i = at_line_start(w) ? 1 : 0; i < w->newlines && !empty; i++) {
        (void)buffer_append_byte(w->out, '\n');
        if (i + 1 < w->newlines && w->n_quotes > 0 && w->n_quotes_before > 0) {
            (void)buffer_append_string(w->out, ">");
        }
    }
    if (!buffer_ok(w->out)) {
        return;
    }
    const bool fresh = at_line_start(w);
    if (fresh) {
        write_quote_marks(w);
        w->n_quotes_before = w->n_quotes;
    }
    if (w->heading_mark && fresh) {
        (void)buffer_append(w->out, span_slice(SPAN("######"), 0, w->heading));
        (void)buffer_append_byte(w->out, ' ');
        w->heading_mark = false;
    }
    if (w->item_mark && w->n_lists > 0) {
        const html_list *const list = &w->lists[w->n_lists - 1];
        for (size_t i = 1; i < w->n_lists; i++) {
            (void)buffer_append_string(w->out, "  ");
        }
        (void)(list->ordered ? buffer_printf(w->out, "%u. ", list->number)
                             : buffer_append_string(w->out, "- "));
    } else if (w->cell_mark && !fresh) {
        (void)buffer_append_string(w->out, " | ");
    } else if (w->space && !fresh) {
        (void)buffer_append_byte(w->out, ' ');
    }
    w->item_mark = w->cell_mark = w->space = false;
    w->newlines = 0;
}

static void write_text(html_writer *w, span text)
{
    size_t pos = 0;
    while (pos < text.len && buffer_ok(w->out)) {
        const size_t word = char_skip_spaces(text, pos, text.len);
        w->space = w->space || word > pos;
        size_t end = word;
        size_t len = 0;
        while (end < text.len && char_at(text, end, &len) != CHAR_SPACE) {
            end += len;
        }
        if (end > word) {
            write_pending(w);
            (void)buffer_append(w->out, span_slice(text, word, end));
        }
        pos = end;
    }
}

static void write_preformatted(html_writer *w, span text)
{
    size_t pos = 0;
    while (pos < text.len && buffer_ok(w->out)) {
        const char *const newline = memchr(text.ptr + pos, '\n', text.len - pos);
        const size_t end = newline != NULL ? (size_t)(newline - text.ptr) : text.len;
        if (end > pos) {
            write_pending(w);
            (void)buffer_append(w->out, span_slice(text, pos, end));
        }
        w->newlines += newline != NULL ? 1 : 0;
        pos = end + 1;
    }
}

/* libxml2 repairs the encoding of text, but its own buffers may hold anything a page can. */
static void write_node_text(html_writer *w, const xmlNode *node)
{
    if (node->content == NULL) {
        return;
    }
    const span text = span_from_string((const char *)node->content);
    if (utf8_valid_prefix(text) == text.len) {
        w->n_pre > 0 ? write_preformatted(w, text) : write_text(w, text);
    }
}

static void open_list(html_writer *w, const xmlNode *node)
{
    need_newlines(w, w->n_lists == 0 ? 2 : 1);
    if (w->n_lists < LIST_DEPTH) {
        w->lists[w->n_lists] = (html_list){.ordered = is_element(node, "ol")};
    }
    w->n_lists++;
}

static void open_item(html_writer *w)
{
    need_newlines(w, 1);
    if (w->n_lists > 0 && w->n_lists <= LIST_DEPTH) {
        w->lists[w->n_lists - 1].number++;
        w->item_mark = true;
    }
}

static void open_element(html_writer *w, const xmlNode *node, element_kind kind)
{
    switch (kind) {
    case ELEMENT_BLOCK:
    case ELEMENT_PAGE_ONLY:
        need_newlines(w, 1);
        break;
    case ELEMENT_PARAGRAPH:
    case ELEMENT_RULE:
        need_newlines(w, w->item_mark ? 0 : 2);
        break;
    case ELEMENT_HEADING:
        need_newlines(w, w->item_mark ? 0 : 2);
        w->heading = w->book ? (uint32_t)(node->name[1] - '0') : 0;
        w->heading_mark = w->book && !w->item_mark;
        break;
    case ELEMENT_BREAK:
        if (w->heading > 0) {
            w->space = true;
            break;
        }
        w->newlines += w->newlines < 2 ? 1 : 0;
        w->space = false;
        break;
    case ELEMENT_LIST:
        open_list(w, node);
        break;
    case ELEMENT_ITEM:
        open_item(w);
        break;
    case ELEMENT_CELL:
        w->cell_mark = true;
        break;
    case ELEMENT_PRE:
        need_newlines(w, 2);
        if (w->n_pre++ == 0 && !w->mail) {
            write_text(w, SPAN("```"));
            need_newlines(w, 1);
        }
        break;
    case ELEMENT_QUOTE:
        need_newlines(w, 2);
        w->n_quotes += w->mail && w->n_quotes < LIMIT_READER_DEPTH ? 1 : 0;
        break;
    case ELEMENT_INLINE:
    case ELEMENT_SKIPPED:
        break;
    }
}

static void close_element(html_writer *w, element_kind kind)
{
    switch (kind) {
    case ELEMENT_BLOCK:
    case ELEMENT_PAGE_ONLY:
    case ELEMENT_ITEM:
        need_newlines(w, 1);
        break;
    case ELEMENT_PARAGRAPH:
        need_newlines(w, 2);
        break;
    case ELEMENT_HEADING:
        need_newlines(w, 2);
        w->heading = 0;
        w->heading_mark = false;
        break;
    case ELEMENT_LIST:
        w->n_lists -= w->n_lists > 0 ? 1 : 0;
        need_newlines(w, w->n_lists == 0 ? 2 : 1);
        break;
    case ELEMENT_PRE:
        w->n_pre -= w->n_pre > 0 ? 1 : 0;
        if (w->n_pre == 0 && !w->mail) {
            need_newlines(w, 1);
            write_text(w, SPAN("```"));
        }
        need_newlines(w, 2);
        break;
    case ELEMENT_QUOTE:
        need_newlines(w, 2);
        w->n_quotes -= w->mail && w->n_quotes > 0 ? 1 : 0;
        break;
    case ELEMENT_CELL:
        w->cell_mark = false;
        w->space = true;
        break;
    case ELEMENT_INLINE:
    case ELEMENT_SKIPPED:
    case ELEMENT_BREAK:
    case ELEMENT_RULE:
        break;
    }
}

/* What the marks of books (epub:type) tell not to be text: numbers of notes and pages. */
static bool is_book_furniture(const xmlNode *node)
{
    static const char *const TYPES[] = {"noteref", "pagebreak", "toc", "page-list", "landmarks"};
    const span type = attribute_of(node, "type");
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (equals(type, TYPES[i])) {
            return true;
        }
    }
    return is_element(node, "nav");
}

static bool is_skipped(const html_writer *w, const xmlNode *node, element_kind kind)
{
    if (kind == ELEMENT_SKIPPED || is_hidden(node)) {
        return true;
    }
    if (w->book) {
        return is_book_furniture(node);
    }
    return !w->mail && (kind == ELEMENT_PAGE_ONLY || is_page_furniture(node));
}

/* Walks the tree under `root` in document order, without recursion. */
static void write_tree(html_writer *w, const xmlNode *root)
{
    const xmlNode *node = root;
    while (node != NULL && buffer_ok(w->out)) {
        bool enter = false;
        element_kind kind = ELEMENT_INLINE;
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
            write_node_text(w, node);
        } else if (node->type == XML_ELEMENT_NODE) {
            kind = kind_of_element(node);
            enter = !is_skipped(w, node, kind);
        }
        if (enter) {
            open_element(w, node, kind);
            if (node->children != NULL) {
                node = node->children;
                continue;
            }
            close_element(w, kind);
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
            close_element(w, kind_of_element(node));
        }
        node = node == root ? NULL : node->next;
    }
}

/* --- pages --- */

/* The next node in document order under `root`. */
static const xmlNode *next_node(const xmlNode *node, const xmlNode *root)
{
    if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
        return node->children;
    }
    while (node != root && node->next == NULL) {
        node = node->parent;
    }
    return node == root ? NULL : node->next;
}

static const xmlNode *find_element(const xmlNode *root, const char *name, size_t *out_count)
{
    const xmlNode *found = NULL;
    size_t count = 0;
    for (const xmlNode *n = root; n != NULL; n = next_node(n, root)) {
        if (is_element(n, name)) {
            found = found == NULL ? n : found;
            count++;
        }
    }
    if (out_count != NULL) {
        *out_count = count;
    }
    return found;
}

/* The element that holds the page's own text. */
static const xmlNode *find_main(const xmlNode *root)
{
    static const char *const NAMES[] = {"article", "main"};
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        size_t count = 0;
        const xmlNode *const found = find_element(root, NAMES[i], &count);
        if (count == 1) {
            buffer text;
            buffer_init(&text, LIMIT_TEXT_BYTES);
            html_writer w = {.out = &text};
            write_tree(&w, found);
            const size_t words = words_up_to(buffer_span(&text), MAIN_WORDS);
            buffer_deinit(&text);
            if (words >= MAIN_WORDS) {
                return found;
            }
        }
    }
    return root;
}

static void read_title(reader_result *out, const xmlNode *root)
{
    const xmlNode *const title = find_element(root, "title", NULL);
    if (title != NULL && title->children != NULL && title->children->content != NULL) {
        const span text = span_from_string((const char *)title->children->content);
        reader_set_title(out, span_slice(text, 0, utf8_valid_prefix(text)));
    }
}

/* The encoding that the page names in its first bytes. */
static bool find_charset(span bytes, char *out, size_t size)
{
    const span start = span_slice(bytes, 0, 2048);
    for (size_t i = 0; i + 8 < start.len; i++) {
        if (strncasecmp(start.ptr + i, "charset=", 8) != 0) {
            continue;
        }
        size_t pos = i + 8;
        pos += start.ptr[pos] == '"' || start.ptr[pos] == '\'' ? 1 : 0;
        size_t len = 0;
        while (pos < start.len && len + 1 < size && strchr("\"' ;/>\r\n", start.ptr[pos]) == NULL) {
            out[len++] = start.ptr[pos++];
        }
        out[len] = '\0';
        return len > 0;
    }
    return false;
}

static htmlDocPtr parse_html(span html)
{
    const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                        HTML_PARSE_NONET | HTML_PARSE_COMPACT;
    if (html.len == 0 || html.len > INT32_MAX) {
        return NULL;
    }
    return htmlReadMemory(html.ptr, (int)html.len, NULL, "UTF-8", options);
}

int reader_read_html(reader_result *out, span bytes, huis_error *err)
{
    char charset[32];
    const bool declared = find_charset(bytes, charset, sizeof(charset));
    buffer source;
    buffer_init(&source, LIMIT_TEXT_BYTES);
    int status = encoding_to_utf8(&source, bytes, declared ? charset : NULL, NULL, err);
    const htmlDocPtr doc = status == HUIS_OK ? parse_html(buffer_span(&source)) : NULL;
    const xmlNode *const root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    if (root != NULL) {
        read_title(out, root);
        html_writer w = {.out = &out->text, .start = out->text.len};
        write_tree(&w, find_main(root));
    }
    if (status == HUIS_OK && !buffer_ok(&out->text)) {
        status = out->text.status == HUIS_E_LIMIT
                     ? error_set(err, HUIS_E_LIMIT, "the page's text is longer than %zu bytes",
                                 out->text.max_bytes)
                     : error_no_memory(err, "the page");
    } else if (status == HUIS_OK && words_up_to(buffer_span(&out->text), 1) == 0) {
        status = error_set(err, HUIS_E_NO_TEXT, "the page shows no text");
    }
    xmlFreeDoc(doc);
    buffer_deinit(&source);
    return status;
}

bool reader_append_mail_html(buffer *out, span html)
{
    const htmlDocPtr doc = parse_html(html);
    const xmlNode *const root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    if (root != NULL) {
        html_writer w = {.out = out, .mail = true, .start = out->len};
        write_tree(&w, root);
    }
    xmlFreeDoc(doc);
    return buffer_ok(out);
}

bool reader_append_book_html(buffer *out, const xmlNode *root)
{
    html_writer w = {.out = out, .book = true, .start = out->len};
    write_tree(&w, root);
    return buffer_ok(out);
}

bool reader_append_fragment_html(buffer *out, span html)
{
    const htmlDocPtr doc = parse_html(html);
    const xmlNode *const root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    const bool ok = root == NULL || reader_append_tree_html(out, root);
    xmlFreeDoc(doc);
    return ok;
}

bool reader_append_tree_html(buffer *out, const xmlNode *root)
{
    html_writer w = {.out = out, .start = out->len};
    write_tree(&w, root);
    return buffer_ok(out);
}
