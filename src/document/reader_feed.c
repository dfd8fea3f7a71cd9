/*
 * reader_feed.c - see reader_feed.h.
 *
 * Idea: whatever the dialect, an entry is an <item> or <entry> with a title, somebody, a date, and
 * one or more texts of which the fullest is taken. Elements are found by their local names, so that
 * a missing or odd namespace does no harm. A text is HTML (escaped, in CDATA or as elements) and
 * goes through the writer of pages.
 *
 * Invariants: nothing is fetched, entities that the feed declares are not resolved, libxml2's own
 * bounds stay on. What was read before a fault is kept, and the note says so.
 */
#include "document/reader_feed.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/reader_html.h"
#include "document/text_chars.h"

enum { WHEN_BYTES = 32, PLAIN_BYTES = 4 * LIMIT_KIB };

typedef struct feed_entry {
    const xmlNode *node;
    int64_t date_s; /* INT64_MIN: none */
    size_t index;
    char when[WHEN_BYTES]; /* RFC 3339; "" */
} feed_entry;

static bool is_named(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *child_named(const xmlNode *parent, const char *name)
{
    for (const xmlNode *n = parent->children; n != NULL; n = n->next) {
        if (is_named(n, name)) {
            return n;
        }
    }
    return NULL;
}

/* Appends the text of an element, its descendants' too; without recursion. */
static void append_raw(buffer *out, const xmlNode *root)
{
    const xmlNode *node = root->children;
    while (node != NULL) {
        if ((node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) &&
            node->content != NULL) {
            const span text = span_from_string((const char *)node->content);
            encoding_append_clean(out, span_slice(text, 0, utf8_valid_prefix(text)));
        } else if (node->type == XML_ELEMENT_NODE && node->children != NULL) {
            node = node->children;
            continue;
        }
        while (node != root && node->next == NULL) {
            node = node->parent;
        }
        node = node == root ? NULL : node->next;
    }
}

/* The text of an element as one short line of plain text. */
static void append_plain(buffer *out, const xmlNode *node)
{
    buffer raw, text;
    buffer_init(&raw, LIMIT_TEXT_BYTES);
    buffer_init(&text, LIMIT_TEXT_BYTES);
    append_raw(&raw, node);
    const bool markup = memchr(raw.ptr != NULL ? raw.ptr : "", '<', raw.len) != NULL ||
                        memchr(raw.ptr != NULL ? raw.ptr : "", '&', raw.len) != NULL;
    const span line = markup && reader_append_fragment_html(&text, buffer_span(&raw))
                          ? buffer_span(&text)
                          : buffer_span(&raw);
    const size_t start = char_skip_spaces(line, 0, line.len);
    size_t end = char_trim_end(line, start, line.len);
    end = end - start > PLAIN_BYTES ? start + PLAIN_BYTES : end;
    const span cut = span_slice(line, start, end);
    const size_t at = out->len;
    (void)buffer_append(out, span_slice(cut, 0, utf8_valid_prefix(cut)));
    for (size_t i = at; i < out->len; i++) {
        out->ptr[i] =
            out->ptr[i] == '\n' || out->ptr[i] == '\t' || out->ptr[i] == '\r' ? ' ' : out->ptr[i];
    }
    buffer_deinit(&raw);
    buffer_deinit(&text);
}

/* --- dates --- */

static void read_date(feed_entry *e)
{
    static const char *const NAMES[] = {"published", "pubDate", "date",
                                        "issued",    "updated", "modified"};
    e->date_s = INT64_MIN;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const xmlNode *const node = child_named(e->node, NAMES[i]);
        buffer text;
        buffer_init(&text, LIMIT_MIB);
        if (node != NULL) {
            append_plain(&text, node);
        }
        GTimeZone *const utc = g_time_zone_new_utc();
        GDateTime *date = NULL;
        if (text.len > 9 && text.len < 64) {
            date = g_date_time_new_from_iso8601(buffer_string(&text), utc);
            date = date != NULL ? date : g_mime_utils_header_decode_date(buffer_string(&text));
        }
        if (date != NULL) {
            char *const when = g_date_time_format(date, "%Y-%m-%dT%H:%M:%S%:z");
            e->date_s = g_date_time_to_unix(date);
            if (when != NULL && strlen(when) < WHEN_BYTES) {
                memcpy(e->when, when, strlen(when) + 1);
            }
            g_free(when);
            g_date_time_unref(date);
        } else if (text.len == 10) { /* a day alone */
            memcpy(e->when, buffer_string(&text), 11);
        }
        g_time_zone_unref(utc);
        buffer_deinit(&text);
        if (e->when[0] != '\0') {
            return;
        }
    }
}

static int newest_first(const void *a, const void *b)
{
    const feed_entry *const p = a;
    const feed_entry *const q = b;
    if (p->date_s != q->date_s) {
        return p->date_s > q->date_s ? -1 : 1;
    }
    return p->index < q->index ? -1 : p->index > q->index;
}

/* --- entries --- */

/* Who wrote it: <author><name>, <creator>, <author>. */
static void append_author(buffer *out, const xmlNode *entry)
{
    const xmlNode *author = child_named(entry, "author");
    author = author != NULL ? author : child_named(entry, "creator");
    if (author != NULL) {
        const xmlNode *const name = child_named(author, "name");
        append_plain(out, name != NULL ? name : author);
    }
}

static bool has_attribute(const xmlNode *node, const char *name, const char *value)
{
    for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
        if (strcmp((const char *)a->name, name) == 0 && a->children != NULL &&
            a->children->content != NULL) {
            return strcmp((const char *)a->children->content, value) == 0;
        }
    }
    return false;
}

/* Appends a text of the entry as plain text. */
static void append_body(buffer *out, const xmlNode *node)
{
    const xmlNode *const div = has_attribute(node, "type", "xhtml") ? node : NULL;
    if (div != NULL) {
        (void)reader_append_tree_html(out, div);
        return;
    }
    buffer raw;
    buffer_init(&raw, LIMIT_TEXT_BYTES);
    append_raw(&raw, node);
    if (has_attribute(node, "type", "text") || memchr(buffer_string(&raw), '<', raw.len) == NULL) {
        /* Plain, but often escaped twice. */
        if (memchr(buffer_string(&raw), '&', raw.len) != NULL) {
            (void)reader_append_fragment_html(out, buffer_span(&raw));
        } else {
            const span text = buffer_span(&raw);
            const size_t start = char_skip_spaces(text, 0, text.len);
            (void)buffer_append(out, span_slice(text, start, char_trim_end(text, start, text.len)));
        }
    } else {
        (void)reader_append_fragment_html(out, buffer_span(&raw));
    }
    buffer_deinit(&raw);
}

/* The fullest of the entry's texts. */
static void append_fullest(buffer *out, const xmlNode *entry)
{
    static const char *const NAMES[] = {"content", "encoded", "description", "summary", "subtitle"};
    buffer best, text;
    buffer_init(&best, LIMIT_TEXT_BYTES);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const xmlNode *const node = child_named(entry, NAMES[i]);
        buffer_init(&text, LIMIT_TEXT_BYTES);
        if (node != NULL) {
            append_body(&text, node);
        }
        if (text.len > best.len + best.len / 4) {
            const buffer swap = best;
            best = text;
            text = swap;
        }
        buffer_deinit(&text);
    }
    (void)buffer_append(out, buffer_span(&best));
    buffer_deinit(&best);
}

static void write_entry(reader_result *out, const feed_entry *e, uint32_t number)
{
    buffer title, author;
    buffer_init(&title, LIMIT_MIB);
    buffer_init(&author, LIMIT_MIB);
    const xmlNode *const node = child_named(e->node, "title");
    if (node != NULL) {
        append_plain(&title, node);
    }
    append_author(&author, e->node);
    buffer *const text = &out->text;
    (void)buffer_append_string(text,
                               text->len == 0 || text->ptr[text->len - 1] == '\n' ? "" : "\n\n");
    const size_t first = text->len;
    reader_add_place(out, &(reader_place_draft){.start = text->len,
                                                .kind = PLACE_ENTRY,
                                                .number = number,
                                                .genre = DOCUMENT_ARTICLE,
                                                .label = buffer_span(&title),
                                                .who = buffer_span(&author),
                                                .when = span_from_string(e->when)});
    if (title.len > 0) {
        (void)buffer_append_string(text, "## ");
        (void)buffer_append(text, buffer_span(&title));
        (void)buffer_append_string(text, "\n\n");
    }
    append_fullest(text, e->node);
    if (text->len > 0 && buffer_ok(text)) {
        buffer_truncate(text, char_trim_end(buffer_span(text), first, text->len));
    }
    buffer_deinit(&title);
    buffer_deinit(&author);
}

/* --- the feed --- */

/* Items of RSS 1.0 stand beside the channel, else inside it. */
static void collect_entries(const xmlNode *root, buffer *entries)
{
    const xmlNode *const channel = child_named(root, "channel");
    const xmlNode *const parents[] = {root, channel};
    for (size_t p = 0; p < 2 && parents[p] != NULL; p++) {
        for (const xmlNode *n = parents[p]->children; n != NULL; n = n->next) {
            if (is_named(n, "item") || is_named(n, "entry")) {
                feed_entry e = {.node = n, .index = entries->len / sizeof(e)};
                read_date(&e);
                (void)buffer_append(entries, span_from((const char *)&e, sizeof(e)));
            }
        }
    }
}

static void write_feed(reader_result *out, const xmlNode *root, bool damaged)
{
    buffer entries, text;
    buffer_init(&entries, LIMIT_TEXT_BYTES);
    buffer_init(&text, LIMIT_MIB);
    const xmlNode *const channel = child_named(root, "channel");
    const xmlNode *const title = child_named(channel != NULL ? channel : root, "title");
    if (title != NULL) {
        append_plain(&text, title);
        reader_set_title(out, buffer_span(&text));
    }
    collect_entries(root, &entries);
    feed_entry *const e = (feed_entry *)(void *)entries.ptr;
    const size_t n = entries.len / sizeof(*e);
    const size_t n_kept = n < LIMIT_FEED_ENTRIES ? n : LIMIT_FEED_ENTRIES;
    if (n > 0) {
        qsort(e, n, sizeof(*e), newest_first);
    }
    for (size_t i = 0; i < n_kept && buffer_ok(&out->text); i++) {
        write_entry(out, &e[i], (uint32_t)i + 1);
    }
    buffer note;
    buffer_init(&note, LIMIT_KIB);
    if (n_kept < n) {
        (void)buffer_printf(&note, "the newest %zu of %zu entries were read", n_kept, n);
    } else if (damaged) {
        (void)buffer_printf(&note, "the feed is damaged: %zu entries could be read", n);
    }
    reader_add_note(out, buffer_span(&note));
    buffer_deinit(&note);
    buffer_deinit(&entries);
    buffer_deinit(&text);
}

int reader_read_feed(reader_result *out, span bytes, huis_error *err)
{
    const int options =
        XML_PARSE_RECOVER | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET;
    const xmlParserCtxtPtr parser = bytes.len < INT32_MAX ? xmlNewParserCtxt() : NULL;
    const xmlDocPtr doc =
        parser != NULL ? xmlCtxtReadMemory(parser, bytes.ptr, (int)bytes.len, NULL, NULL, options)
                       : NULL;
    const xmlNode *const root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    const bool damaged = parser == NULL || !parser->wellFormed;
    int status = HUIS_OK;
    if (root != NULL) {
        write_feed(out, root, damaged);
    }
    if (!buffer_ok(&out->text) || !reader_places_ok(out)) {
        status = out->text.status == HUIS_E_LIMIT
                     ? error_set(err, HUIS_E_LIMIT, "the feed's text is longer than %zu bytes",
                                 out->text.max_bytes)
                     : error_no_memory(err, "the feed");
    } else if (words_up_to(buffer_span(&out->text), 1) == 0) {
        status = damaged
                     ? error_set(err, HUIS_E_BAD_FILE, "the feed is damaged: it is no whole XML")
                     : error_set(err, HUIS_E_NO_TEXT, "the feed holds no entry with text");
    }
    xmlFreeDoc(doc);
    xmlFreeParserCtxt(parser);
    return status;
}
