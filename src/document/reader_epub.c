/*
 * reader_epub.c - EPUB to plain text; see reader_office.h.
 *
 * Idea: the chapters of the spine one after the other. A page is parsed as XML, which it should be;
 * one that is not is given to the HTML parser. What the writer of pages does with a tree is in
 * reader_html.c. A chapter has a place when the table of contents names it or it starts with a
 * heading; otherwise it goes on with the one before.
 */
#include <string.h>
#include <strings.h>

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/epub_package.h"
#include "document/office_package.h"
#include "document/reader_html.h"
#include "document/reader_office.h"

enum {
    MATTER_WORDS = 3000, /* a longer chapter is read, whatever its title */
    ENTITY_BYTES = 32,
    DECLARATION_BYTES = 200
};

typedef struct epub_reader {
    reader_result *out;
    buffer bytes, source, page, chapter;
    uint32_t n_chapters;
    size_t n_pages, n_damaged;
} epub_reader;

/* --- a page as a tree --- */

/* The end of "<!DOCTYPE ... [ ... ]>" at `pos`. */
static size_t skip_doctype(span text, size_t pos)
{
    bool inside = false;
    for (; pos < text.len; pos++) {
        inside = (inside || text.ptr[pos] == '[') && text.ptr[pos] != ']';
        if (text.ptr[pos] == '>' && !inside) {
            return pos + 1;
        }
    }
    return pos;
}

/* The length of an entity that only HTML knows ("&nbsp;"), its character in *out_code; 0: none. */
static size_t html_entity(span text, size_t pos, uint32_t *out_code)
{
    char name[ENTITY_BYTES];
    size_t len = 0;
    for (size_t i = pos + 1; i < text.len && len + 1 < sizeof(name) && text.ptr[i] != ';'; i++) {
        name[len++] = text.ptr[i];
    }
    name[len] = '\0';
    if (pos + 1 + len >= text.len || text.ptr[pos + 1 + len] != ';') {
        return 0;
    }
    const htmlEntityDesc *const entity = htmlEntityLookup((const xmlChar *)name);
    if (entity == NULL || entity->value < 0x80) {
        return 0;
    }
    *out_code = entity->value;
    return len + 2;
}

/* The page without its document type, so that no entity can be declared, and with the entities of
 * HTML as characters. */
static void append_page(buffer *out, span text)
{
    size_t pos = 0;
    bool root = false; /* the root element was seen */
    while (pos < text.len && buffer_ok(out)) {
        uint32_t code = 0;
        size_t len = 1;
        const char c = text.ptr[pos];
        if (c == '<' && !root) {
            const span rest = span_slice(text, pos, text.len);
            if (rest.len > 9 && strncasecmp(rest.ptr, "<!DOCTYPE", 9) == 0) {
                pos = skip_doctype(text, pos);
                continue;
            }
            root = rest.len > 1 && rest.ptr[1] != '!' && rest.ptr[1] != '?';
        } else if (c == '&' && (len = html_entity(text, pos, &code)) > 0) {
            char bytes[4];
            (void)buffer_append(out, span_from(bytes, utf8_encode(code, bytes)));
            pos += len;
            continue;
        }
        size_t end = pos + 1;
        while (end < text.len && text.ptr[end] != '<' && text.ptr[end] != '&') {
            end++;
        }
        (void)buffer_append(out, span_slice(text, pos, end));
        pos = end;
    }
}

/* The encoding that the XML declaration names; false: none. */
static bool find_encoding(span bytes, char *out, size_t size)
{
    const span start = span_slice(bytes, 0, DECLARATION_BYTES);
    const char *const at = start.len > 0 ? memmem(start.ptr, start.len, "encoding=", 9) : NULL;
    size_t pos = at != NULL ? (size_t)(at - start.ptr) + 10 : start.len;
    size_t len = 0;
    while (pos < start.len && len + 1 < size && strchr("\"'>? ", start.ptr[pos]) == NULL) {
        out[len++] = start.ptr[pos++];
    }
    out[len] = '\0';
    return len > 0;
}

static xmlDocPtr parse_page(span page)
{
    if (page.len == 0 || page.len > INT32_MAX) {
        return NULL;
    }
    const int quiet = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    const xmlDocPtr doc = xmlReadMemory(page.ptr, (int)page.len, NULL, "UTF-8", quiet);
    return doc != NULL
               ? doc
               : htmlReadMemory(page.ptr, (int)page.len, NULL, "UTF-8",
                                HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                    HTML_PARSE_NONET | HTML_PARSE_COMPACT);
}

static const xmlNode *find_body(const xmlDoc *doc)
{
    const xmlNode *const root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;
    for (const xmlNode *n = root != NULL ? root->children : NULL; n != NULL; n = n->next) {
        if (n->type == XML_ELEMENT_NODE && strcasecmp((const char *)n->name, "body") == 0) {
            return n;
        }
    }
    return root;
}

/* --- chapters --- */

/* What stands around the text of books, by its title in the table of contents. */
static bool is_matter(const char *title)
{
    static const char *const TITLES[] = {"copyright",
                                         "cover",
                                         "title page",
                                         "contents",
                                         "table of contents",
                                         "colophon",
                                         "index",
                                         "also by",
                                         "couverture",
                                         "page de titre",
                                         "page de garde",
                                         "sommaire",
                                         "table des mati",
                                         "du même auteur",
                                         "achevé d’imprimer",
                                         "achevé d'imprimer",
                                         "mentions légales",
                                         "list of illustrations",
                                         "table des illustrations",
                                         "the full project gutenberg"};
    for (size_t i = 0; i < sizeof(TITLES) / sizeof(TITLES[0]); i++) {
        if (strncasecmp(title, TITLES[i], strlen(TITLES[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* Without what Project Gutenberg puts around its books. */
static span trim_gutenberg(span text)
{
    static const char START[] = "*** START OF TH";
    static const char END[] = "*** END OF TH";
    const char *const start =
        text.len > 0 ? memmem(text.ptr, text.len, START, sizeof(START) - 1) : NULL;
    if (start != NULL) {
        const size_t pos = (size_t)(start - text.ptr);
        const char *const newline = memchr(start, '\n', text.len - pos);
        text = newline != NULL ? span_slice(text, (size_t)(newline + 1 - text.ptr), text.len)
                               : span_slice(text, text.len, text.len);
    }
    const char *const end = text.len > 0 ? memmem(text.ptr, text.len, END, sizeof(END) - 1) : NULL;
    text = end != NULL ? span_slice(text, 0, (size_t)(end - text.ptr)) : text;
    while (text.len > 0 && (text.ptr[0] == '\n' || text.ptr[0] == ' ')) {
        text = span_slice(text, 1, text.len);
    }
    while (text.len > 0 && text.ptr[text.len - 1] == '\n') {
        text.len--;
    }
    return text;
}

/* The first line if it is a heading. */
static span first_heading(span text)
{
    size_t level = 0;
    while (level < text.len && text.ptr[level] == '#') {
        level++;
    }
    if (level == 0 || level > 6 || level >= text.len || text.ptr[level] != ' ') {
        return SPAN("");
    }
    const char *const newline = memchr(text.ptr, '\n', text.len);
    return span_slice(text, level + 1, newline != NULL ? (size_t)(newline - text.ptr) : text.len);
}

/* What programs write when nobody gave the book a name. */
static bool is_placeholder(const char *title)
{
    static const char *const TITLES[] = {"Unknown Title", "Unknown", "Untitled", "Sans titre",
                                         "[No title]"};
    bool same = false;
    for (size_t i = 0; i < sizeof(TITLES) / sizeof(TITLES[0]) && !same; i++) {
        same = strcasecmp(title, TITLES[i]) == 0;
    }
    return same;
}

static void write_heading(buffer *out, span title)
{
    (void)buffer_append_string(out, "# ");
    buffer line;
    buffer_init(&line, LIMIT_MIB);
    encoding_append_clean(&line, title);
    for (size_t i = 0; i < line.len; i++) {
        (void)buffer_append_byte(out, line.ptr[i] == '\n' ? ' ' : line.ptr[i]);
    }
    buffer_deinit(&line);
    (void)buffer_append_string(out, "\n\n");
}

static void write_chapter(epub_reader *d, const epub_chapter *chapter, span text)
{
    buffer *const out = &d->out->text;
    const span heading = first_heading(text);
    const span named = span_from_string(chapter->title);
    const span title = span_slice(named, 0, utf8_valid_prefix(named)).len > 0 ? named : heading;
    if (out->len > 0) {
        (void)buffer_append_string(out, "\n\n");
    }
    if (title.len > 0) {
        d->n_chapters++;
        reader_add_place(
            d->out, &(reader_place_draft){.start = out->len,
                                          .kind = PLACE_CHAPTER,
                                          .number = d->n_chapters,
                                          .label = span_slice(title, 0, utf8_valid_prefix(title))});
    }
    /* Title pages are left out; what the book is called is not. */
    const span book = is_placeholder(d->out->title) ? SPAN("") : span_from_string(d->out->title);
    if (out->len == 0 && book.len > 0 && !span_equal(book, heading) && !span_equal(book, title)) {
        write_heading(out, book);
    }
    if (title.len > 0 && heading.len == 0) {
        write_heading(out, title);
    }
    (void)buffer_append(out, text);
}

/* The text of a page in d->chapter. */
static int read_page(epub_reader *d, zip_parts *z, const char *part, huis_error *err)
{
    char encoding[32];
    buffer_reset(&d->bytes);
    buffer_reset(&d->source);
    buffer_reset(&d->page);
    buffer_reset(&d->chapter);
    RETURN_IF_ERROR(zip_parts_read(z, part, &d->bytes, err));
    if (d->bytes.len == 0) {
        return HUIS_OK;
    }
    const bool declared = find_encoding(buffer_span(&d->bytes), encoding, sizeof(encoding));
    RETURN_IF_ERROR(encoding_to_utf8(&d->source, buffer_span(&d->bytes), declared ? encoding : NULL,
                                     NULL, err));
    append_page(&d->page, buffer_span(&d->source));
    const xmlDocPtr doc = parse_page(buffer_span(&d->page));
    const xmlNode *const body = find_body(doc);
    buffer text;
    buffer_init(&text, LIMIT_TEXT_BYTES);
    const bool ok = body == NULL || reader_append_book_html(&text, body);
    xmlFreeDoc(doc);
    encoding_append_clean(&d->chapter, buffer_span(&text));
    buffer_deinit(&text);
    if (!ok || !buffer_ok(&d->chapter) || !buffer_ok(&d->page)) {
        return error_no_memory(err, "a chapter of the book");
    }
    return body != NULL
               ? HUIS_OK
               : error_set(err, HUIS_E_BAD_FILE, "is damaged: its part %s is no page", part);
}

static int read_chapters(epub_reader *d, zip_parts *z, const epub_package *package, huis_error *err)
{
    size_t n = 0;
    const epub_chapter *const chapters = epub_chapters(package, &n);
    int damaged = HUIS_OK;
    for (size_t i = 0; i < n && buffer_ok(&d->out->text); i++) {
        const int status = read_page(d, z, chapters[i].part, err);
        if (office_is_fatal(status)) {
            return status;
        }
        d->n_pages++;
        d->n_damaged += status != HUIS_OK ? 1 : 0;
        damaged = status != HUIS_OK ? status : damaged;
        const span text = status == HUIS_OK ? trim_gutenberg(buffer_span(&d->chapter)) : SPAN("");
        const size_t words = words_up_to(text, MATTER_WORDS);
        if (words > 0 && !(words < MATTER_WORDS && is_matter(chapters[i].title))) {
            write_chapter(d, &chapters[i], text);
        }
    }
    return d->out->text.len == 0 ? damaged : HUIS_OK;
}

static int finish(epub_reader *d, huis_error *err)
{
    if (!buffer_ok(&d->out->text) || !reader_places_ok(d->out)) {
        return d->out->text.status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_LIMIT, "the book's text is longer than %zu bytes",
                               d->out->text.max_bytes)
                   : error_no_memory(err, "the text of the book");
    }
    if (words_up_to(buffer_span(&d->out->text), 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "the book holds no text");
    }
    if (d->n_damaged > 0) {
        buffer note;
        buffer_init(&note, LIMIT_KIB);
        (void)buffer_printf(&note, "%zu of %zu chapters %s damaged", d->n_damaged, d->n_pages,
                            d->n_damaged == 1 ? "is" : "are");
        reader_add_note(d->out, buffer_span(&note));
        buffer_deinit(&note);
    }
    d->out->genre = DOCUMENT_ARTICLE;
    return HUIS_OK;
}

static int read_book(epub_reader *d, zip_parts *z, arena *memory, huis_error *err)
{
    epub_package package;
    RETURN_IF_ERROR(epub_package_read(&package, z, memory, d->out, err));
    const int status = read_chapters(d, z, &package, err);
    epub_package_deinit(&package);
    return status == HUIS_OK ? finish(d, err) : status;
}

int reader_read_epub(reader_result *out, span bytes, huis_error *err)
{
    zip_parts z;
    RETURN_IF_ERROR(zip_parts_open(&z, bytes, err));
    arena memory;
    arena_init(&memory, LIMIT_OFFICE_TABLE_BYTES);
    epub_reader d = {.out = out};
    buffer_init(&d.bytes, LIMIT_BOOK_PAGE_BYTES);
    buffer_init(&d.source, LIMIT_TEXT_BYTES);
    buffer_init(&d.page, LIMIT_TEXT_BYTES);
    buffer_init(&d.chapter, LIMIT_TEXT_BYTES);
    const int status = read_book(&d, &z, &memory, err);
    buffer_deinit(&d.bytes);
    buffer_deinit(&d.source);
    buffer_deinit(&d.page);
    buffer_deinit(&d.chapter);
    arena_deinit(&memory);
    zip_parts_close(&z);
    return status;
}
