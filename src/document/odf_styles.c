/*
 * odf_styles.c - see odf_styles.h.
 */
#include "document/odf_styles.h"

#include <string.h>

#include "base/limits.h"

enum { MAX_PARENTS = 32 };

void odf_styles_init(odf_styles *s, arena *memory)
{
    *s = (odf_styles){.memory = memory, .open = -1, .open_list = -1};
    buffer_init(&s->list, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&s->lists, LIMIT_OFFICE_TABLE_BYTES);
    map_init(&s->names);
    map_init(&s->list_names);
}

void odf_styles_deinit(odf_styles *s)
{
    buffer_deinit(&s->list);
    buffer_deinit(&s->lists);
    map_deinit(&s->names);
    map_deinit(&s->list_names);
}

static odf_style *style_at(const odf_styles *s, int32_t index)
{
    return (odf_style *)(void *)s->list.ptr + index;
}

/* The index under `name` in `names`; an empty entry is added when there is none. -1: no memory. */
static int32_t find_or_add(odf_styles *s, map *names, buffer *list, span name, span empty)
{
    uint32_t index = 0;
    if (map_get(names, name, &index)) {
        return (int32_t)index;
    }
    const char *const copy = arena_copy(s->memory, name);
    index = (uint32_t)(list->len / empty.len);
    if (copy == NULL || !buffer_append(list, empty) ||
        !map_set(names, span_from(copy, name.len), index)) {
        s->failed = true;
        return -1;
    }
    return (int32_t)index;
}

static int32_t add_style(odf_styles *s, span name)
{
    const odf_style empty = {.parent = -1};
    return find_or_add(s, &s->names, &s->list, name,
                       span_from((const char *)&empty, sizeof(empty)));
}

static void open_style(odf_styles *s, const xml_element *e)
{
    const span name = xml_attribute(e, "name");
    const span parent = xml_attribute(e, "parent-style-name");
    s->open = name.len > 0 ? add_style(s, name) : -1;
    const int32_t base = s->open >= 0 && parent.len > 0 ? add_style(s, parent) : -1;
    if (s->open >= 0) {
        *style_at(s, s->open) =
            (odf_style){.parent = base, .is_title = span_equal(name, SPAN("Title"))};
    }
}

static void open_list_style(odf_styles *s, const xml_element *e)
{
    const odf_list_style empty = {.digits = {DIGITS_BULLET}};
    const span name = xml_attribute(e, "name");
    s->open_list = name.len > 0 ? find_or_add(s, &s->list_names, &s->lists, name,
                                              span_from((const char *)&empty, sizeof(empty)))
                                : -1;
}

static office_digits digits_of(span format)
{
    static const struct {
        span format;
        office_digits digits;
    } FORMATS[] = {{{"1", 1}, DIGITS_DECIMAL},
                   {{"a", 1}, DIGITS_LOWER_LETTER},
                   {{"A", 1}, DIGITS_UPPER_LETTER},
                   {{"i", 1}, DIGITS_LOWER_ROMAN},
                   {{"I", 1}, DIGITS_UPPER_ROMAN}};
    for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
        if (span_equal(format, FORMATS[i].format)) {
            return FORMATS[i].digits;
        }
    }
    return format.len == 0 ? DIGITS_NONE : DIGITS_DECIMAL;
}

static void open_level(odf_styles *s, const xml_element *e, bool number)
{
    const int64_t level = xml_attribute_number(e, "level", 0);
    if (s->open_list < 0 || level < 1 || level > ODF_LIST_LEVELS) {
        return;
    }
    odf_list_style *const style = (odf_list_style *)(void *)s->lists.ptr + s->open_list;
    const span suffix = xml_attribute(e, "num-suffix");
    char *const to = style->suffixes[level - 1];
    style->digits[level - 1] = number ? digits_of(xml_attribute(e, "num-format")) : DIGITS_BULLET;
    memset(to, 0, ODF_SUFFIX_BYTES);
    if (suffix.len > 0 && suffix.len < ODF_SUFFIX_BYTES) {
        memcpy(to, suffix.ptr, suffix.len);
    }
}

void odf_styles_open(odf_styles *s, const xml_element *e)
{
    if (strcmp(e->name, "style") == 0) {
        open_style(s, e);
    } else if (strcmp(e->name, "list-style") == 0) {
        open_list_style(s, e);
    } else if (strcmp(e->name, "list-level-style-number") == 0) {
        open_level(s, e, true);
    } else if (strcmp(e->name, "list-level-style-bullet") == 0) {
        open_level(s, e, false);
    } else if (s->open >= 0 && (span_equal(xml_attribute(e, "display"), SPAN("none")) ||
                                (strcmp(e->name, "table-properties") == 0 &&
                                 span_equal(xml_attribute(e, "display"), SPAN("false"))) ||
                                span_equal(xml_attribute(e, "visibility"), SPAN("hidden")))) {
        style_at(s, s->open)->hidden = true;
    }
}

void odf_styles_close(odf_styles *s, const char *name)
{
    if (strcmp(name, "style") == 0) {
        s->open = -1;
    } else if (strcmp(name, "list-style") == 0) {
        s->open_list = -1;
    }
}

odf_style odf_style_find(const odf_styles *s, span name)
{
    odf_style found = {.parent = -1};
    uint32_t index = 0;
    if (name.len == 0 || !map_get(&s->names, name, &index)) {
        return found;
    }
    int32_t at = (int32_t)index;
    for (int i = 0; i < MAX_PARENTS && at >= 0; i++) {
        const odf_style *const style = style_at(s, at);
        found.hidden = found.hidden || style->hidden;
        found.is_title = found.is_title || style->is_title;
        at = style->parent;
    }
    return found;
}

int32_t odf_list_style_find(const odf_styles *s, span name)
{
    uint32_t index = 0;
    return name.len > 0 && map_get(&s->list_names, name, &index) ? (int32_t)index : -1;
}

const odf_list_style *odf_list_style_at(const odf_styles *s, int32_t index)
{
    return (const odf_list_style *)(const void *)s->lists.ptr + index;
}
