/*
 * epub_package.c - see epub_package.h.
 *
 * META-INF/container.xml names the package; its manifest lists the members, its spine their order;
 * the table of contents (EPUB 3: a page with <nav>, EPUB 2: an NCX) names the chapters.
 */
#include "document/epub_package.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/office_package.h"
#include "document/xml_part.h"

enum { NO_ITEM = UINT32_MAX, TITLE_BYTES = 255 };

typedef struct epub_item {
    const char *part;
    const char *title;
    bool skipped; /* a cover, a table of contents, ... */
} epub_item;

typedef struct package_reader {
    epub_package *package;
    buffer path; /* of what an address leads to */
    buffer text; /* of the title or label that is being read */
    bool in_text;
    /* In the table of contents. */
    const char *contents_part;
    uint32_t labelled; /* the item that the label belongs to */
    bool in_toc;
    /* In encryption.xml. */
    bool font_only, encrypted;
} package_reader;

static epub_item *items_of(const epub_package *p)
{
    return (epub_item *)(void *)p->items.ptr;
}

static bool has_word(span list, const char *word)
{
    const size_t len = strlen(word);
    for (size_t i = 0; i + len <= list.len; i++) {
        const bool starts = i == 0 || list.ptr[i - 1] == ' ';
        const bool ends = i + len == list.len || list.ptr[i + len] == ' ';
        if (starts && ends && strncasecmp(list.ptr + i, word, len) == 0) {
            return true;
        }
    }
    return false;
}

/* What is no reading, by the names that the specification has for it. */
static bool is_skipped_type(span type)
{
    static const char *const TYPES[] = {"cover",          "title-page", "titlepage", "toc",
                                        "copyright-page", "colophon",   "loi",       "lot",
                                        "index",          "landmarks"};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (has_word(type, TYPES[i])) {
            return true;
        }
    }
    return false;
}

/* --- the package --- */

static void add_item(package_reader *r, const xml_element *e)
{
    epub_package *const p = r->package;
    const span properties = xml_attribute(e, "properties");
    if (!zip_parts_resolve(&r->path, p->path, xml_attribute(e, "href"), true)) {
        return;
    }
    const epub_item item = {.part = arena_copy(p->memory, buffer_span(&r->path)),
                            .title = "",
                            .skipped = has_word(properties, "nav")};
    const char *const id = arena_copy(p->memory, xml_attribute(e, "id"));
    const uint32_t index = (uint32_t)(p->items.len / sizeof(epub_item));
    if (item.part == NULL || id == NULL ||
        !buffer_append(&p->items, span_from((const char *)&item, sizeof(item))) ||
        !map_set(&p->by_id, span_from_string(id), index) ||
        !map_set(&p->by_part, span_from_string(item.part), index)) {
        p->failed = true;
    } else if (item.skipped) {
        p->contents = index;
    }
}

static void add_to_order(package_reader *r, const xml_element *e)
{
    epub_package *const p = r->package;
    uint32_t index = 0;
    if (map_get(&p->by_id, xml_attribute(e, "idref"), &index)) {
        items_of(p)[index].skipped =
            items_of(p)[index].skipped || span_equal(xml_attribute(e, "linear"), SPAN("no"));
        (void)buffer_append(&p->order, span_from((const char *)&index, sizeof(index)));
    }
}

/* An item that an address in the member `base` leads to; NO_ITEM. */
static uint32_t find_item(package_reader *r, const char *base, span address)
{
    uint32_t index = 0;
    const bool found = zip_parts_resolve(&r->path, base, address, true) &&
                       map_get(&r->package->by_part, buffer_span(&r->path), &index);
    return found ? index : NO_ITEM;
}

static bool open_package(void *data, const xml_element *e)
{
    package_reader *const r = data;
    epub_package *const p = r->package;
    if (strcmp(e->name, "item") == 0) {
        add_item(r, e);
    } else if (strcmp(e->name, "itemref") == 0) {
        add_to_order(r, e);
    } else if (strcmp(e->name, "spine") == 0) {
        uint32_t index = 0;
        if (p->contents == NO_ITEM && map_get(&p->by_id, xml_attribute(e, "toc"), &index)) {
            p->contents = index;
        }
    } else if (strcmp(e->name, "reference") == 0) {
        const uint32_t index = is_skipped_type(xml_attribute(e, "type"))
                                   ? find_item(r, p->path, xml_attribute(e, "href"))
                                   : NO_ITEM;
        if (index != NO_ITEM) {
            items_of(p)[index].skipped = true;
        }
    } else if (strcmp(e->name, "title") == 0) {
        r->in_text = r->text.len == 0;
    }
    return true;
}

static void close_text(void *data, const char *name)
{
    (void)name;
    ((package_reader *)data)->in_text = false;
}

static void add_text(void *data, span text)
{
    package_reader *const r = data;
    if (r->in_text && r->text.len < LIMIT_KIB) {
        (void)buffer_append(&r->text, text);
    }
}

/* --- the table of contents --- */

static void begin_label(package_reader *r)
{
    buffer_reset(&r->text);
    r->in_text = true;
}

/* The first label of a member names it: later ones name what stands further down. */
static void end_label(package_reader *r, uint32_t index)
{
    r->in_text = false;
    if (index == NO_ITEM || items_of(r->package)[index].title[0] != '\0') {
        return;
    }
    const char *const copy =
        arena_copy(r->package->memory, span_slice(buffer_span(&r->text), 0, TITLE_BYTES));
    if (copy == NULL) {
        r->package->failed = true;
    } else {
        items_of(r->package)[index].title = copy;
    }
}

static bool open_contents(void *data, const xml_element *e)
{
    package_reader *const r = data;
    if (strcmp(e->name, "nav") == 0) {
        const span type = xml_attribute(e, "type");
        r->in_toc = type.len == 0 || has_word(type, "toc");
        if (!r->in_toc) {
            return false;
        }
    } else if (strcmp(e->name, "a") == 0 && r->in_toc) {
        r->labelled = find_item(r, r->contents_part, xml_attribute(e, "href"));
        begin_label(r);
    } else if (strcmp(e->name, "navLabel") == 0) {
        begin_label(r);
    } else if (strcmp(e->name, "content") == 0) {
        end_label(r, find_item(r, r->contents_part, xml_attribute(e, "src")));
    }
    return strcmp(e->name, "pageList") != 0;
}

static void close_contents(void *data, const char *name)
{
    package_reader *const r = data;
    if (strcmp(name, "a") == 0 && r->in_toc) {
        end_label(r, r->labelled);
    } else if (strcmp(name, "navLabel") == 0) {
        r->in_text = false;
    } else if (strcmp(name, "nav") == 0) {
        r->in_toc = false;
    }
}

/* --- what is read in which order --- */

static bool open_container(void *data, const xml_element *e)
{
    package_reader *const r = data;
    if (strcmp(e->name, "rootfile") == 0 && r->package->path == NULL) {
        r->package->path = arena_copy(r->package->memory, xml_attribute(e, "full-path"));
        r->package->failed = r->package->path == NULL;
    }
    return true;
}

/* Fonts are scrambled in books that anybody may read; pages are not. */
static bool open_encryption(void *data, const xml_element *e)
{
    package_reader *const r = data;
    if (strcmp(e->name, "EncryptedData") == 0) {
        r->font_only = false;
    } else if (strcmp(e->name, "EncryptionMethod") == 0) {
        const span algorithm = xml_attribute(e, "Algorithm");
        r->font_only = span_equal(algorithm, SPAN("http://www.idpf.org/2008/embedding")) ||
                       span_equal(algorithm, SPAN("http://ns.adobe.com/pdf/enc#RC"));
    } else if (strcmp(e->name, "CipherReference") == 0) {
        r->encrypted = r->encrypted || !r->font_only;
    }
    return true;
}

static int check_rights(package_reader *r, zip_parts *z, huis_error *err)
{
    static const xml_handler HANDLER = {.open = open_encryption};
    static const char PART[] = "META-INF/encryption.xml";
    if (zip_parts_has(z, PART)) {
        const int status = xml_part_read(z, PART, &HANDLER, r, err);
        if (office_is_fatal(status)) {
            return status;
        }
    }
    return r->encrypted ? error_set(err, HUIS_E_UNSUPPORTED,
                                    "is a book that is locked by rights management (DRM); huis can "
                                    "read it only without")
                        : HUIS_OK;
}

/* "OEBPS/copyright.xhtml" and the like. */
static bool is_skipped_name(const char *part)
{
    static const char *const NAMES[] = {"cover.",     "titlepage.", "title_page.",
                                        "copyright.", "colophon.",  "toc.",
                                        "nav.",       "contents.",  "pg-footer."};
    const char *const slash = strrchr(part, '/');
    const char *const name = slash != NULL ? slash + 1 : part;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strncasecmp(name, NAMES[i], strlen(NAMES[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void list_chapters(epub_package *p)
{
    const size_t n = p->order.len / sizeof(uint32_t);
    const uint32_t *const order = (const uint32_t *)(const void *)p->order.ptr;
    for (size_t i = 0; i < n; i++) {
        const epub_item *const item = &items_of(p)[order[i]];
        if (!item->skipped && !is_skipped_name(item->part)) {
            const epub_chapter chapter = {.part = item->part, .title = item->title};
            (void)buffer_append(&p->chapters, span_from((const char *)&chapter, sizeof(chapter)));
        }
    }
}

static int read_contents(package_reader *r, zip_parts *z)
{
    static const xml_handler HANDLER = {
        .open = open_contents, .close = close_contents, .text = add_text};
    epub_package *const p = r->package;
    if (p->contents == NO_ITEM) {
        return HUIS_OK;
    }
    r->contents_part = items_of(p)[p->contents].part;
    r->in_text = false;
    r->labelled = NO_ITEM;
    return zip_parts_has(z, r->contents_part)
               ? xml_part_read(z, r->contents_part, &HANDLER, r, NULL)
               : HUIS_OK;
}

static int read_package(package_reader *r, zip_parts *z, reader_result *out, huis_error *err)
{
    static const xml_handler CONTAINER = {.open = open_container};
    static const xml_handler PACKAGE = {
        .open = open_package, .close = close_text, .text = add_text};
    epub_package *const p = r->package;
    RETURN_IF_ERROR(check_rights(r, z, err));
    RETURN_IF_ERROR(xml_part_read(z, "META-INF/container.xml", &CONTAINER, r, err));
    if (p->path == NULL) {
        return p->failed ? error_no_memory(err, "the package of the book")
                         : error_set(err, HUIS_E_BAD_FILE,
                                     "is damaged: META-INF/container.xml names no package");
    }
    RETURN_IF_ERROR(xml_part_read(z, p->path, &PACKAGE, r, err));
    reader_set_title(out, buffer_span(&r->text));
    const int contents = read_contents(r, z);
    if (office_is_fatal(contents)) {
        return error_set(err, contents, "its table of contents cannot be read");
    }
    list_chapters(p);
    return p->failed || !buffer_ok(&p->items) || !buffer_ok(&p->order) || !buffer_ok(&p->chapters)
               ? error_no_memory(err, "the package of the book")
               : HUIS_OK;
}

int epub_package_read(epub_package *p, zip_parts *z, arena *memory, reader_result *out,
                      huis_error *err)
{
    *p = (epub_package){.memory = memory, .contents = NO_ITEM};
    buffer_init(&p->items, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&p->order, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&p->chapters, LIMIT_OFFICE_TABLE_BYTES);
    map_init(&p->by_id);
    map_init(&p->by_part);
    package_reader r = {.package = p};
    buffer_init(&r.path, LIMIT_MIB);
    buffer_init(&r.text, LIMIT_MIB);
    const int status = read_package(&r, z, out, err);
    buffer_deinit(&r.path);
    buffer_deinit(&r.text);
    if (status != HUIS_OK) {
        epub_package_deinit(p);
    }
    return status;
}

void epub_package_deinit(epub_package *p)
{
    buffer_deinit(&p->items);
    buffer_deinit(&p->order);
    buffer_deinit(&p->chapters);
    map_deinit(&p->by_id);
    map_deinit(&p->by_part);
}

const epub_chapter *epub_chapters(const epub_package *p, size_t *out_n)
{
    *out_n = p->chapters.len / sizeof(epub_chapter);
    return (const epub_chapter *)(const void *)p->chapters.ptr;
}
