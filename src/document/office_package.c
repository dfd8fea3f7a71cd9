/*
 * office_package.c - see office_package.h.
 */
#include "document/office_package.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/xml_part.h"

bool office_is_fatal(int status)
{
    return status == HUIS_E_NO_MEMORY || status == HUIS_E_LIMIT || status == HUIS_E_UNSUPPORTED;
}

/* --- relations --- */

typedef struct relations_reader {
    office_relations *relations;
    const char *part;
    buffer path;
    bool failed;
} relations_reader;

static span last_step(span address)
{
    size_t start = address.len;
    while (start > 0 && address.ptr[start - 1] != '/') {
        start--;
    }
    return span_slice(address, start, address.len);
}

static bool open_relation(void *data, const xml_element *e)
{
    relations_reader *const r = data;
    arena *const memory = r->relations->memory;
    if (strcmp(e->name, "Relationship") != 0) {
        return true;
    }
    if (span_equal(xml_attribute(e, "TargetMode"), SPAN("External")) ||
        !zip_parts_resolve(&r->path, r->part, xml_attribute(e, "Target"), true)) {
        return false;
    }
    const office_relation relation = {.id = arena_copy(memory, xml_attribute(e, "Id")),
                                      .type =
                                          arena_copy(memory, last_step(xml_attribute(e, "Type"))),
                                      .target = arena_copy(memory, buffer_span(&r->path))};
    if (relation.id == NULL || relation.type == NULL || relation.target == NULL ||
        !buffer_append(&r->relations->list, span_from((const char *)&relation, sizeof(relation)))) {
        r->failed = true;
    }
    return false;
}

/* "word/_rels/document.xml.rels" of "word/document.xml". */
static bool name_relations(buffer *out, const char *part)
{
    const char *const slash = strrchr(part, '/');
    const size_t folder = slash != NULL ? (size_t)(slash + 1 - part) : 0;
    return buffer_append(out, span_from(part, folder)) && buffer_append_string(out, "_rels/") &&
           buffer_append_string(out, part + folder) && buffer_append_string(out, ".rels");
}

int office_relations_read(office_relations *out, zip_parts *z, const char *part, arena *memory,
                          huis_error *err)
{
    static const xml_handler HANDLER = {.open = open_relation};
    *out = (office_relations){.memory = memory};
    buffer_init(&out->list, LIMIT_OFFICE_TABLE_BYTES);
    relations_reader r = {.relations = out, .part = part};
    buffer name;
    buffer_init(&name, LIMIT_MIB);
    buffer_init(&r.path, LIMIT_MIB);
    int status = HUIS_OK;
    if (!name_relations(&name, part)) {
        status = error_no_memory(err, "the name of a part");
    } else if (zip_parts_has(z, buffer_string(&name))) {
        status = xml_part_read(z, buffer_string(&name), &HANDLER, &r, err);
    }
    if (status == HUIS_OK && r.failed) {
        status = error_no_memory(err, "the relations of the document's parts");
    }
    buffer_deinit(&name);
    buffer_deinit(&r.path);
    if (status != HUIS_OK) {
        office_relations_deinit(out);
    }
    return status;
}

void office_relations_deinit(office_relations *r)
{
    buffer_deinit(&r->list);
}

static const office_relation *relations_of(const office_relations *r, size_t *out_n)
{
    *out_n = r->list.len / sizeof(office_relation);
    return (const office_relation *)(const void *)r->list.ptr;
}

const char *office_relation_by_type(const office_relations *r, const char *type)
{
    size_t n = 0;
    const office_relation *const list = relations_of(r, &n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].type, type) == 0) {
            return list[i].target;
        }
    }
    return NULL;
}

const char *office_relation_by_id(const office_relations *r, span id)
{
    size_t n = 0;
    const office_relation *const list = relations_of(r, &n);
    for (size_t i = 0; i < n; i++) {
        if (span_equal(span_from_string(list[i].id), id)) {
            return list[i].target;
        }
    }
    return NULL;
}

int office_find_main(const char **out_name, zip_parts *z, const char *usual, arena *memory,
                     huis_error *err)
{
    office_relations package;
    const int status = office_relations_read(&package, z, "", memory, err);
    if (office_is_fatal(status)) {
        return status;
    }
    const char *name = NULL;
    if (status == HUIS_OK) {
        name = office_relation_by_type(&package, "officeDocument");
        office_relations_deinit(&package);
    }
    name = name != NULL && zip_parts_has(z, name) ? name : usual;
    if (!zip_parts_has(z, name)) {
        return error_set(err, HUIS_E_BAD_FILE, "is damaged: its part %s is missing", name);
    }
    *out_name = name;
    return HUIS_OK;
}

/* --- the title --- */

typedef struct title_reader {
    buffer text;
    bool inside;
} title_reader;

static bool open_property(void *data, const xml_element *e)
{
    title_reader *const t = data;
    if (strcmp(e->name, "title") == 0 && strstr(e->space, "purl.org/dc/elements") != NULL) {
        t->inside = t->text.len == 0;
    }
    return true;
}

static void close_property(void *data, const char *name)
{
    (void)name;
    ((title_reader *)data)->inside = false;
}

static void add_property(void *data, span text)
{
    title_reader *const t = data;
    if (t->inside && t->text.len < LIMIT_KIB) {
        (void)buffer_append(&t->text, text);
    }
}

/* Titles that programs write by themselves. */
static bool is_empty_title(const char *title)
{
    static const char *const EMPTY[] = {"Word Document",
                                        "PowerPoint Presentation",
                                        "Présentation PowerPoint",
                                        "Untitled",
                                        "Sans titre",
                                        "Diapositive 1",
                                        "Slide 1"};
    for (size_t i = 0; i < sizeof(EMPTY) / sizeof(EMPTY[0]); i++) {
        if (strcasecmp(title, EMPTY[i]) == 0) {
            return true;
        }
    }
    return strncasecmp(title, "Microsoft Word - ", 17) == 0 ||
           strncasecmp(title, "Microsoft PowerPoint - ", 23) == 0;
}

void office_read_title(reader_result *out, zip_parts *z, const char *part)
{
    static const xml_handler HANDLER = {
        .open = open_property, .close = close_property, .text = add_property};
    title_reader t = {.inside = false};
    buffer_init(&t.text, LIMIT_MIB);
    if (part != NULL && zip_parts_has(z, part) &&
        xml_part_read(z, part, &HANDLER, &t, NULL) == HUIS_OK && buffer_ok(&t.text)) {
        reader_set_title(out, buffer_span(&t.text));
        if (is_empty_title(out->title)) {
            out->title[0] = '\0';
        }
    }
    buffer_deinit(&t.text);
}
