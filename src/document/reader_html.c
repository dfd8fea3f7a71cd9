/*
 * reader_html.c - see reader_html.h.
 *
 * Idea: libxml2 makes a tree of whatever the bytes are; the tree is walked once, without recursion,
 * and what a browser would show as text is written with the line breaks that its blocks make. What
 * is not shown (scripts, display:none, zero size, white on white) is skipped with all it holds:
 * senders hide text there. Of a page only the main text is taken (html_main_text.h).
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
#include "document/html_elements.h"
#include "document/html_main_text.h"
#include "document/text_chars.h"

enum {
    LIST_DEPTH = 16,
    FEW_WORDS = 25 /* a page with fewer is looked at again: it may be drawn by a script */
};

/* --- writing --- */

typedef struct html_list {
    bool ordered;
    uint32_t number;
} html_list;

typedef struct html_writer {
    buffer *out;
    bool mail, book;
    uint32_t heading;         /* level of the heading that is open; 0 in mail */
    bool heading_mark;        /* "## " is due */
    bool space;               /* white space is due before the next word */
    uint32_t newlines;        /* line ends are due before the next word */
    uint32_t n_quotes;        /* "> " at the start of each line */
    uint32_t n_quotes_before; /* of the line that was written last */
    uint32_t n_pre;
    html_list lists[LIST_DEPTH];
    size_t n_lists;
    bool item_mark;             /* "- " is due */
    bool cell_mark;             /* " | " is due, if something stands before on the line */
    size_t start;               /* of what this writer has written */
    const html_main_text *page; /* what is known of the page; NULL: a mail or a fragment */
    bool everything;            /* also what is furniture, and what stands for scripts */
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

/* Cleaned anew: "&#8238;" and "&shy;" become characters only now. libxml2 repairs the encoding of
 * text, but its own buffers may hold anything a page can. */
static void write_node_text(html_writer *w, const xmlNode *node)
{
    if (node->content == NULL) {
        return;
    }
    const span text = span_from_string((const char *)node->content);
    if (utf8_valid_prefix(text) != text.len) {
        return;
    }
    buffer clean;
    buffer_init(&clean, LIMIT_TEXT_BYTES);
    encoding_append_clean(&clean, text);
    if (w->n_pre > 0) {
        write_preformatted(w, buffer_span(&clean));
    } else {
        write_text(w, buffer_span(&clean));
    }
    if (!buffer_ok(&clean)) {
        w->out->status = clean.status;
    }
    buffer_deinit(&clean);
}

static void open_list(html_writer *w, const xmlNode *node)
{
    need_newlines(w, w->n_lists == 0 ? 2 : 1);
    if (w->n_lists < LIST_DEPTH) {
        w->lists[w->n_lists] = (html_list){.ordered = html_is_element(node, "ol")};
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
        w->heading = w->mail ? 0 : (uint32_t)(node->name[1] - '0');
        w->heading_mark = !w->mail && !w->item_mark;
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
    const span type = html_attribute(node, "type");
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (html_equals(type, TYPES[i])) {
            return true;
        }
    }
    return html_is_element(node, "nav");
}

static bool is_skipped(const html_writer *w, const xmlNode *node, element_kind kind)
{
    if (kind == ELEMENT_SKIPPED) {
        return !(w->everything && html_is_element(node, "noscript"));
    }
    if (html_is_hidden(node)) {
        return true;
    }
    if (w->book) {
        return is_book_furniture(node);
    }
    if (w->mail || w->everything) {
        return false;
    }
    return w->page != NULL ? html_main_text_drops(w->page, node, kind)
                           : kind == ELEMENT_PAGE_ONLY || html_hint_of(node) != HTML_HINT_NONE;
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
            kind = html_element_kind(node);
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
            close_element(w, html_element_kind(node));
        }
        node = node == root ? NULL : node->next;
    }
}

/* --- pages --- */

static const xmlNode *find_element(const xmlNode *root, const char *name)
{
    for (const xmlNode *n = root; n != NULL; n = html_next_node(n, root)) {
        if (html_is_element(n, name)) {
            return n;
        }
    }
    return NULL;
}

static uint32_t hex_value(char digit)
{
    const char c = digit | 0x20;
    return c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
           : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10
                                  : 0;
}

/* Appends the string of JSON that starts after its quote; escapes of letters are resolved. */
static void append_json_string(buffer *out, span json)
{
    for (size_t i = 0; i < json.len && json.ptr[i] != '"' && buffer_ok(out); i++) {
        char c = json.ptr[i];
        if (c != '\\' || i + 1 >= json.len) {
            (void)buffer_append_byte(out, c);
            continue;
        }
        c = json.ptr[++i];
        if (c == 'u' && i + 4 < json.len) {
            uint32_t code = 0;
            for (size_t k = 1; k <= 4; k++) {
                code = code * 16 + hex_value(json.ptr[i + k]);
            }
            char bytes[4];
            const bool seen = code >= 0x20 && (code < 0xD800 || code > 0xDFFF);
            (void)buffer_append(out, span_from(bytes, seen ? utf8_encode(code, bytes) : 0));
            i += 4;
        } else {
            (void)buffer_append_byte(out, c == 'n' || c == 'r' || c == 't' ? '\n' : c);
        }
    }
}

/* What a page that is drawn by a script says of itself to search machines. */
static void append_article_body(buffer *out, const xmlNode *root)
{
    static const char NAME[] = "\"articleBody\"";
    for (const xmlNode *n = root; n != NULL; n = html_next_node(n, root)) {
        if (!html_is_element(n, "script") || n->children == NULL || n->children->content == NULL ||
            html_attribute(n, "type").ptr == NULL ||
            strcmp(html_attribute(n, "type").ptr, "application/ld+json") != 0) {
            continue;
        }
        const span json = span_from_string((const char *)n->children->content);
        const char *const at = memmem(json.ptr, json.len, NAME, sizeof(NAME) - 1);
        size_t pos = at != NULL ? (size_t)(at - json.ptr) + sizeof(NAME) - 1 : json.len;
        while (pos < json.len && strchr(" \t\r\n:", json.ptr[pos]) != NULL) {
            pos++;
        }
        if (pos < json.len && json.ptr[pos] == '"') {
            const span valid = span_slice(json, 0, utf8_valid_prefix(json));
            buffer text;
            buffer_init(&text, LIMIT_TEXT_BYTES);
            append_json_string(&text, span_slice(valid, pos + 1, valid.len));
            encoding_append_clean(out, buffer_span(&text));
            buffer_deinit(&text);
            return;
        }
    }
}

static void write_page(html_writer *w, xmlNode *root)
{
    html_main_text page;
    /* Without memory the page is written whole; that will fail by itself. */
    w->page = html_main_text_find(&page, root) ? &page : NULL;
    if (page.heading != NULL) {
        write_tree(w, page.heading);
        need_newlines(w, 2);
    }
    write_tree(w, page.main);
    w->page = NULL;
    html_main_text_deinit(&page);
}

/* The text of a page; of one that shows next to none by itself, what it holds besides. */
static void read_page(reader_result *out, xmlNode *root)
{
    html_writer w = {.out = &out->text, .start = out->text.len};
    write_page(&w, root);
    if (!buffer_ok(&out->text) || words_up_to(buffer_span(&out->text), FEW_WORDS) >= FEW_WORDS) {
        return;
    }
    buffer other;
    buffer_init(&other, LIMIT_TEXT_BYTES);
    append_article_body(&other, root);
    if (words_up_to(buffer_span(&other), 1) == 0 && words_up_to(buffer_span(&out->text), 1) == 0) {
        buffer_reset(&other);
        html_writer all = {.out = &other, .everything = true};
        write_tree(&all, root);
    }
    if (words_up_to(buffer_span(&other), FEW_WORDS) >
        words_up_to(buffer_span(&out->text), FEW_WORDS)) {
        buffer_reset(&out->text);
        (void)buffer_append(&out->text, buffer_span(&other));
    }
    buffer_deinit(&other);
}

static void read_title(reader_result *out, const xmlNode *root)
{
    const xmlNode *const title = find_element(root, "title");
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
    xmlResetLastError();
    const htmlDocPtr doc = status == HUIS_OK ? parse_html(buffer_span(&source)) : NULL;
    xmlNode *const root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    if (root != NULL) {
        read_title(out, root);
        read_page(out, root);
    }
    if (status == HUIS_OK && !buffer_ok(&out->text)) {
        status = out->text.status == HUIS_E_LIMIT
                     ? error_set(err, HUIS_E_LIMIT, "the page's text is longer than %zu bytes",
                                 out->text.max_bytes)
                     : error_no_memory(err, "the page");
    } else if (status == HUIS_OK && words_up_to(buffer_span(&out->text), 1) == 0) {
        const xmlError *const fault = xmlGetLastError();
        const bool deep =
            fault != NULL && fault->message != NULL && strstr(fault->message, "depth") != NULL;
        status = deep ? error_set(err, HUIS_E_NO_TEXT,
                                  "the page is nested too deep, and shows no text before that")
                      : error_set(err, HUIS_E_NO_TEXT, "the page shows no text");
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
