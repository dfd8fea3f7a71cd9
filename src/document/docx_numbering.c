/*
 * docx_numbering.c - the numbering of a DOCX; see docx_styles.h.
 *
 * Numbers are counted as Word counts them: by abstract list, which several lists may share, each
 * level starting again after one above it. A list that overrides a start starts there when it is
 * first used.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/docx_styles.h"
#include "document/office_number.h"
#include "document/office_package.h"
#include "document/xml_part.h"

enum { PATTERN_BYTES = 32 };

typedef struct docx_list_level {
    office_digits digits;
    uint32_t start;
    char pattern[PATTERN_BYTES]; /* "%1.%2", terminated */
    uint32_t count;              /* the number given last */
    bool counted;
} docx_list_level;

typedef struct docx_list {
    int64_t id;
    docx_list_level levels[DOCX_LEVELS];
} docx_list;

typedef struct docx_number {
    int64_t id;
    int64_t list;                /* its id, then its index; -1: none */
    int64_t starts[DOCX_LEVELS]; /* -1: as the list says */
    bool used;
} docx_number;

typedef struct numbering_reader {
    docx_numbering *numbering;
    docx_list list;
    docx_number number;
    uint32_t level;
    bool in_list, in_number;
} numbering_reader;

static office_digits digits_of(span name)
{
    static const struct {
        span name;
        office_digits digits;
    } NAMES[] = {
        {{"bullet", 6}, DIGITS_BULLET},
        {{"none", 4}, DIGITS_NONE},
        {{"upperRoman", 10}, DIGITS_UPPER_ROMAN},
        {{"lowerRoman", 10}, DIGITS_LOWER_ROMAN},
        {{"upperLetter", 11}, DIGITS_UPPER_LETTER},
        {{"lowerLetter", 11}, DIGITS_LOWER_LETTER},
    };
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (span_equal(name, NAMES[i].name)) {
            return NAMES[i].digits;
        }
    }
    return DIGITS_DECIMAL;
}

static uint32_t level_of(const xml_element *e)
{
    const int64_t level = xml_attribute_number(e, "ilvl", 0);
    return level >= 0 && level < DOCX_LEVELS ? (uint32_t)level : 0;
}

static uint32_t small_number(int64_t value)
{
    return value >= 0 && value < 1000000 ? (uint32_t)value : 1;
}

/* In a w:lvl of an abstract list. */
static void read_level(numbering_reader *r, const xml_element *e)
{
    docx_list_level *const level = &r->list.levels[r->level];
    if (strcmp(e->name, "lvl") == 0) {
        r->level = level_of(e);
    } else if (strcmp(e->name, "start") == 0) {
        level->start = small_number(xml_attribute_number(e, "val", 1));
    } else if (strcmp(e->name, "numFmt") == 0) {
        level->digits = digits_of(xml_attribute(e, "val"));
    } else if (strcmp(e->name, "lvlText") == 0) {
        const span pattern = xml_attribute(e, "val");
        if (pattern.len > 0 && pattern.len < PATTERN_BYTES) {
            memcpy(level->pattern, pattern.ptr, pattern.len);
            level->pattern[pattern.len] = '\0';
        }
    }
}

static void read_number(numbering_reader *r, const xml_element *e)
{
    if (strcmp(e->name, "abstractNumId") == 0) {
        r->number.list = xml_attribute_number(e, "val", -1);
    } else if (strcmp(e->name, "lvlOverride") == 0) {
        r->level = level_of(e);
    } else if (strcmp(e->name, "startOverride") == 0) {
        r->number.starts[r->level] = small_number(xml_attribute_number(e, "val", 1));
    }
}

static bool open_numbering(void *data, const xml_element *e)
{
    numbering_reader *const r = data;
    if (strcmp(e->name, "abstractNum") == 0) {
        r->list = (docx_list){.id = xml_attribute_number(e, "abstractNumId", -1)};
        for (size_t i = 0; i < DOCX_LEVELS; i++) {
            r->list.levels[i].start = 1;
        }
        r->in_list = true;
        r->level = 0;
    } else if (strcmp(e->name, "num") == 0) {
        r->number = (docx_number){.id = xml_attribute_number(e, "numId", -1), .list = -1};
        for (size_t i = 0; i < DOCX_LEVELS; i++) {
            r->number.starts[i] = -1;
        }
        r->in_number = true;
        r->level = 0;
    } else if (r->in_list) {
        read_level(r, e);
    } else if (r->in_number) {
        read_number(r, e);
    }
    return true;
}

static void close_numbering(void *data, const char *name)
{
    numbering_reader *const r = data;
    if (strcmp(name, "abstractNum") == 0 && r->in_list) {
        r->in_list = false;
        (void)buffer_append(&r->numbering->lists,
                            span_from((const char *)&r->list, sizeof(r->list)));
    } else if (strcmp(name, "num") == 0 && r->in_number) {
        r->in_number = false;
        (void)buffer_append(&r->numbering->numbers,
                            span_from((const char *)&r->number, sizeof(r->number)));
    }
}

static int compare_lists(const void *a, const void *b)
{
    const int64_t x = ((const docx_list *)a)->id;
    const int64_t y = ((const docx_list *)b)->id;
    return (x > y) - (x < y);
}

static int compare_numbers(const void *a, const void *b)
{
    const int64_t x = ((const docx_number *)a)->id;
    const int64_t y = ((const docx_number *)b)->id;
    return (x > y) - (x < y);
}

static void sort_numbering(docx_numbering *n)
{
    const size_t n_lists = n->lists.len / sizeof(docx_list);
    const size_t n_numbers = n->numbers.len / sizeof(docx_number);
    if (n_lists > 0) {
        qsort(n->lists.ptr, n_lists, sizeof(docx_list), compare_lists);
    }
    if (n_numbers > 0) {
        qsort(n->numbers.ptr, n_numbers, sizeof(docx_number), compare_numbers);
    }
}

int docx_numbering_read(docx_numbering *out, zip_parts *z, const char *part, huis_error *err)
{
    static const xml_handler HANDLER = {.open = open_numbering, .close = close_numbering};
    buffer_init(&out->lists, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&out->numbers, LIMIT_OFFICE_TABLE_BYTES);
    numbering_reader r = {.numbering = out};
    const int status = part != NULL ? xml_part_read(z, part, &HANDLER, &r, err) : HUIS_OK;
    if (!buffer_ok(&out->lists) || !buffer_ok(&out->numbers)) {
        docx_numbering_deinit(out);
        return error_no_memory(err, "the numbering of the document");
    }
    if (office_is_fatal(status)) {
        docx_numbering_deinit(out);
        return status;
    }
    sort_numbering(out);
    return HUIS_OK;
}

void docx_numbering_deinit(docx_numbering *n)
{
    buffer_deinit(&n->lists);
    buffer_deinit(&n->numbers);
}

/* --- counting --- */

static void append_label(buffer *out, const docx_list *list, size_t depth)
{
    const docx_list_level *const level = &list->levels[depth];
    if (level->digits == DIGITS_BULLET || level->digits == DIGITS_NONE) {
        return;
    }
    for (const char *p = level->pattern; *p != '\0'; p++) {
        if (p[0] == '%' && p[1] >= '1' && p[1] <= '9') {
            const docx_list_level *const of = &list->levels[p[1] - '1'];
            office_append_number(out, of->counted ? of->count : of->start, of->digits);
            p++;
        } else {
            (void)buffer_append_byte(out, *p);
        }
    }
}

/* A list that is used for the first time starts where it says. */
static void start_list(docx_number *number, docx_list *list)
{
    for (size_t i = 0; i < DOCX_LEVELS && !number->used; i++) {
        if (number->starts[i] >= 0) {
            list->levels[i].start = (uint32_t)number->starts[i];
            list->levels[i].counted = false;
        }
    }
    number->used = true;
}

bool docx_number_next(docx_numbering *n, int32_t id, int32_t depth, buffer *out)
{
    const docx_number number_key = {.id = id};
    docx_number *const number = n->numbers.len > 0 ? bsearch(&number_key, n->numbers.ptr,
                                                             n->numbers.len / sizeof(docx_number),
                                                             sizeof(docx_number), compare_numbers)
                                                   : NULL;
    const docx_list list_key = {.id = number != NULL ? number->list : -1};
    docx_list *const list = number != NULL && n->lists.len > 0
                                ? bsearch(&list_key, n->lists.ptr, n->lists.len / sizeof(docx_list),
                                          sizeof(docx_list), compare_lists)
                                : NULL;
    if (list == NULL) {
        return false;
    }
    const size_t at = depth >= 0 && depth < DOCX_LEVELS ? (size_t)depth : 0;
    start_list(number, list);
    docx_list_level *const level = &list->levels[at];
    level->count = level->counted ? level->count + 1 : level->start;
    level->counted = true;
    for (size_t i = at + 1; i < DOCX_LEVELS; i++) {
        list->levels[i].counted = false;
    }
    append_label(out, list, at);
    return true;
}
