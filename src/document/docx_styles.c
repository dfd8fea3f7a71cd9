/*
 * docx_styles.c - see docx_styles.h.
 *
 * Styles of headings are known by their names, which are English in every language's Word ("heading
 * 1" has the id "Titre1" in French), or by their outline level.
 */
#include "document/docx_styles.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/office_package.h"
#include "document/xml_part.h"

enum { MAX_BASES = 32 };

/* --- styles --- */

typedef struct styles_reader {
    docx_styles *styles;
    docx_style style;
    span id;         /* in the arena */
    buffer based_on; /* ids, terminated, one for each style */
    bool inside, failed;
} styles_reader;

/* "heading 3" and 3. */
static uint32_t heading_level(span name)
{
    return name.len == 9 && strncasecmp(name.ptr, "heading ", 8) == 0 && name.ptr[8] >= '1' &&
                   name.ptr[8] <= '9'
               ? (uint32_t)(name.ptr[8] - '0')
               : 0;
}

static bool starts_with(span name, const char *prefix)
{
    const size_t len = strlen(prefix);
    return name.len >= len && strncasecmp(name.ptr, prefix, len) == 0;
}

static void read_style_name(docx_style *style, span name)
{
    const uint32_t level = heading_level(name);
    if (level > 0) {
        style->role = DOCX_HEADING;
        style->level = level;
    } else if (name.len == 5 && starts_with(name, "title")) {
        style->role = DOCX_TITLE;
        style->level = 1;
    } else if (starts_with(name, "toc ") || starts_with(name, "table of ") ||
               starts_with(name, "index ")) {
        style->role = DOCX_CONTENTS;
    }
    style->has_role = style->has_role || style->role != DOCX_BODY;
}

static void read_outline(docx_style *style, int64_t level)
{
    if (style->role == DOCX_BODY && level >= 0 && level < DOCX_LEVELS) {
        style->role = DOCX_HEADING;
        style->level = (uint32_t)level + 1;
    }
    style->has_role = true;
}

static bool open_style(void *data, const xml_element *e)
{
    styles_reader *const r = data;
    if (strcmp(e->name, "style") == 0) {
        const char *const id = arena_copy(r->styles->memory, xml_attribute(e, "styleId"));
        r->failed = r->failed || id == NULL;
        r->id = span_from_string(id != NULL ? id : "");
        r->style = (docx_style){.number = DOCX_NO_NUMBER, .depth = DOCX_NO_NUMBER, .based_on = -1};
        r->inside = true;
        buffer_reset(&r->based_on);
        return true;
    }
    if (!r->inside) {
        return strcmp(e->name, "styles") == 0;
    }
    const int64_t value = xml_attribute_number(e, "val", -1);
    if (strcmp(e->name, "name") == 0) {
        read_style_name(&r->style, xml_attribute(e, "val"));
    } else if (strcmp(e->name, "basedOn") == 0) {
        (void)buffer_append(&r->based_on, xml_attribute(e, "val"));
    } else if (strcmp(e->name, "outlineLvl") == 0) {
        read_outline(&r->style, value);
    } else if (strcmp(e->name, "numId") == 0) {
        r->style.number = value > 0 && value <= INT32_MAX ? (int32_t)value : DOCX_NO_NUMBER;
        r->style.has_number = true;
    } else if (strcmp(e->name, "ilvl") == 0) {
        r->style.depth = value >= 0 && value < DOCX_LEVELS ? (int32_t)value : DOCX_NO_NUMBER;
    } else if (strcmp(e->name, "vanish") == 0) {
        r->style.hidden = xml_attribute_is_on(e, "val", true);
    }
    return strcmp(e->name, "pPr") == 0 || strcmp(e->name, "numPr") == 0 ||
           strcmp(e->name, "rPr") == 0;
}

/* A base may come after what is based on it: an entry without properties stands for it till then. */
static bool find_or_add(docx_styles *s, span id, uint32_t *out_index)
{
    const docx_style empty = {.number = DOCX_NO_NUMBER, .depth = DOCX_NO_NUMBER, .based_on = -1};
    if (map_get(&s->names, id, out_index)) {
        return true;
    }
    const char *const copy = arena_copy(s->memory, id);
    *out_index = (uint32_t)(s->list.len / sizeof(docx_style));
    return copy != NULL &&
           buffer_append(&s->list, span_from((const char *)&empty, sizeof(empty))) &&
           map_set(&s->names, span_from(copy, id.len), *out_index);
}

static docx_style *styles_of(const docx_styles *s)
{
    return (docx_style *)(void *)s->list.ptr;
}

static void close_style(void *data, const char *name)
{
    styles_reader *const r = data;
    uint32_t index = 0;
    uint32_t base = 0;
    if (strcmp(name, "style") != 0) {
        return;
    }
    r->inside = false;
    if (r->based_on.len > 0 && find_or_add(r->styles, buffer_span(&r->based_on), &base)) {
        r->style.based_on = (int32_t)base;
    }
    if (find_or_add(r->styles, r->id, &index)) {
        styles_of(r->styles)[index] = r->style;
    } else {
        r->failed = true;
    }
}

int docx_styles_read(docx_styles *out, zip_parts *z, const char *part, arena *memory,
                     huis_error *err)
{
    static const xml_handler HANDLER = {.open = open_style, .close = close_style};
    *out = (docx_styles){.memory = memory};
    buffer_init(&out->list, LIMIT_OFFICE_TABLE_BYTES);
    map_init(&out->names);
    styles_reader r = {.styles = out};
    buffer_init(&r.based_on, LIMIT_MIB);
    const int status = part != NULL ? xml_part_read(z, part, &HANDLER, &r, err) : HUIS_OK;
    const bool failed = r.failed || !buffer_ok(&r.based_on) || !buffer_ok(&out->list);
    buffer_deinit(&r.based_on);
    if (failed) {
        docx_styles_deinit(out);
        return error_no_memory(err, "the styles of the document");
    }
    if (office_is_fatal(status)) {
        docx_styles_deinit(out);
        return status;
    }
    return HUIS_OK;
}

void docx_styles_deinit(docx_styles *s)
{
    buffer_deinit(&s->list);
    map_deinit(&s->names);
}

docx_style docx_style_find(const docx_styles *s, span id)
{
    docx_style found = {.number = DOCX_NO_NUMBER, .depth = DOCX_NO_NUMBER, .based_on = -1};
    uint32_t index = 0;
    if (id.len == 0 || !map_get(&s->names, id, &index)) {
        return found;
    }
    int32_t at = (int32_t)index;
    for (int i = 0; i < MAX_BASES && at >= 0; i++) {
        const docx_style *const style = &styles_of(s)[at];
        if (!found.has_role && style->has_role) {
            found.role = style->role;
            found.level = style->level;
            found.has_role = true;
        }
        if (!found.has_number && style->has_number) {
            found.number = style->number;
            found.has_number = true;
        }
        found.depth = found.depth == DOCX_NO_NUMBER ? style->depth : found.depth;
        found.hidden = found.hidden || style->hidden;
        at = style->based_on;
    }
    return found;
}
