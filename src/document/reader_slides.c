/*
 * reader_slides.c - PPTX to plain text; see reader_office.h.
 *
 * Idea: slides in the order in which they are shown, each read twice: once for its title, which is
 * its heading and names its place, once for the rest. Paragraphs of body placeholders are items, as
 * the master shows them; those of text boxes are paragraphs unless they have a bullet of their own.
 * Diagrams follow the slide, then the speaker's notes, marked as such. Hidden slides and shapes,
 * dates, footers and numbers of slides are left out.
 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/document_parts.h"
#include "document/office_number.h"
#include "document/office_package.h"
#include "document/office_text.h"
#include "document/reader_office.h"
#include "document/xml_part.h"

enum { MAX_LEVELS = 9 };

/* Where text stands on a slide. */
typedef enum shape_kind {
    SHAPE_BOX = 0, /* a text box, a picture's caption, a table */
    SHAPE_BODY,
    SHAPE_TITLE,
    SHAPE_SUBTITLE,
    SHAPE_DROPPED
} shape_kind;

/* What is read from a part. */
typedef enum slides_pass { PASS_TITLE, PASS_BODY, PASS_DIAGRAM, PASS_NOTES } slides_pass;

typedef struct slides_reader {
    office_text text;
    slides_pass pass;
    shape_kind shape;
    buffer paragraph, title, label;
    uint32_t depth; /* of the paragraph's item */
    bool has_bullet, has_no_bullet, has_number;
    office_digits digits;
    char suffix;
    uint32_t counts[MAX_LEVELS];
    bool in_text, dropped_field;
    bool hidden; /* the slide */
    uint32_t n_slides;
    size_t n_hidden, n_damaged, n_charts;
} slides_reader;

/* --- elements --- */

static shape_kind kind_of_placeholder(const xml_element *e)
{
    static const struct {
        const char *type;
        shape_kind kind;
    } TYPES[] = {{"title", SHAPE_TITLE},    {"ctrTitle", SHAPE_TITLE}, {"subTitle", SHAPE_SUBTITLE},
                 {"dt", SHAPE_DROPPED},     {"ftr", SHAPE_DROPPED},    {"hdr", SHAPE_DROPPED},
                 {"sldNum", SHAPE_DROPPED}, {"sldImg", SHAPE_DROPPED}};
    const span type = xml_attribute(e, "type");
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (span_equal(type, span_from_string(TYPES[i].type))) {
            return TYPES[i].kind;
        }
    }
    return SHAPE_BODY;
}

/* "alphaLcParenR" and the like. */
static void read_numbering(slides_reader *d, span type)
{
    static const struct {
        span start;
        office_digits digits;
    } TYPES[] = {{{"alphaLc", 7}, DIGITS_LOWER_LETTER},
                 {{"alphaUc", 7}, DIGITS_UPPER_LETTER},
                 {{"romanLc", 7}, DIGITS_LOWER_ROMAN},
                 {{"romanUc", 7}, DIGITS_UPPER_ROMAN}};
    d->has_number = true;
    d->digits = DIGITS_DECIMAL;
    d->suffix = span_ends_with(type, SPAN("Period")) || type.len == 0 ? '.' : ')';
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (span_starts_with(type, TYPES[i].start)) {
            d->digits = TYPES[i].digits;
        }
    }
}

static void begin_paragraph(slides_reader *d)
{
    buffer_reset(&d->paragraph);
    d->depth = 0;
    d->has_bullet = d->has_no_bullet = d->has_number = false;
}

static void begin_shape(slides_reader *d)
{
    d->shape = d->pass == PASS_DIAGRAM ? SHAPE_BODY : SHAPE_BOX;
    memset(d->counts, 0, sizeof(d->counts));
}

/* Properties of a paragraph. */
static void open_property(slides_reader *d, const xml_element *e)
{
    if (strcmp(e->name, "pPr") == 0) {
        const int64_t level = xml_attribute_number(e, "lvl", 0);
        d->depth = level > 0 && level < MAX_LEVELS ? (uint32_t)level : 0;
    } else if (strcmp(e->name, "buNone") == 0) {
        d->has_no_bullet = true;
    } else if (strcmp(e->name, "buChar") == 0 || strcmp(e->name, "buBlip") == 0) {
        d->has_bullet = true;
    } else if (strcmp(e->name, "buAutoNum") == 0) {
        read_numbering(d, xml_attribute(e, "type"));
    }
}

static void open_field(slides_reader *d, const xml_element *e)
{
    const span type = xml_attribute(e, "type");
    d->dropped_field =
        span_equal(type, SPAN("slidenum")) || span_starts_with(type, SPAN("datetime"));
}

/* Tables and shapes. False: skipped. */
static bool open_structure(slides_reader *d, const xml_element *e)
{
    if (strcmp(e->name, "sld") == 0) {
        d->hidden = !xml_attribute_is_on(e, "show", true);
        return !d->hidden;
    }
    if (strcmp(e->name, "pt") == 0) {
        const span type = xml_attribute(e, "type");
        begin_shape(d);
        return type.len == 0 || span_equal(type, SPAN("node"));
    }
    if (strcmp(e->name, "sp") == 0 || strcmp(e->name, "graphicFrame") == 0) {
        begin_shape(d);
    } else if (strcmp(e->name, "cNvPr") == 0 && xml_attribute_is_on(e, "hidden", false)) {
        d->shape = SHAPE_DROPPED;
    } else if (strcmp(e->name, "ph") == 0 && d->shape != SHAPE_DROPPED) {
        d->shape = kind_of_placeholder(e);
    } else if (strcmp(e->name, "tbl") == 0 && d->pass == PASS_BODY) {
        office_text_open_table(&d->text);
    } else if (strcmp(e->name, "tr") == 0 && d->pass == PASS_BODY) {
        office_text_open_row(&d->text);
    } else if (strcmp(e->name, "tc") == 0 && d->pass == PASS_BODY) {
        office_text_open_cell(&d->text, 1);
    }
    return true;
}

static bool on_open(void *data, const xml_element *e)
{
    slides_reader *const d = data;
    if (strcmp(e->name, "t") == 0) {
        /* In diagrams also the element around the paragraphs: it holds white space only. */
        d->in_text = strstr(e->space, "diagram") == NULL;
    } else if (strcmp(e->name, "p") == 0) {
        begin_paragraph(d);
    } else if (strcmp(e->name, "fld") == 0) {
        open_field(d, e);
    } else if (strcmp(e->name, "br") == 0) {
        (void)buffer_append_byte(&d->paragraph, '\n');
    } else {
        open_property(d, e);
        return open_structure(d, e);
    }
    return true;
}

static void on_text(void *data, span text)
{
    slides_reader *const d = data;
    if (d->in_text && !d->dropped_field) {
        (void)buffer_append(&d->paragraph, text);
    }
}

/* --- paragraphs --- */

static void write_label(slides_reader *d)
{
    buffer_reset(&d->label);
    for (size_t i = d->depth + (d->has_number ? 1 : 0); i < MAX_LEVELS; i++) {
        d->counts[i] = 0;
    }
    if (d->has_number) {
        office_append_number(&d->label, ++d->counts[d->depth], d->digits);
        (void)buffer_append_byte(&d->label, d->suffix);
    }
}

static void write_paragraph(slides_reader *d)
{
    const span text = buffer_span(&d->paragraph);
    office_block block = {.kind = OFFICE_PARAGRAPH};
    if (d->pass == PASS_NOTES) {
        block.label = SPAN("Notes:");
    } else if (d->has_bullet || d->has_number || (d->shape == SHAPE_BODY && !d->has_no_bullet)) {
        write_label(d);
        block =
            (office_block){.kind = OFFICE_ITEM, .level = d->depth, .label = buffer_span(&d->label)};
    }
    office_text_add(&d->text, &block, text);
}

static void end_paragraph(slides_reader *d)
{
    if (d->shape == SHAPE_DROPPED || words_up_to(buffer_span(&d->paragraph), 1) == 0) {
        return;
    }
    switch (d->pass) {
    case PASS_TITLE:
        if (d->shape == SHAPE_TITLE) {
            (void)(d->title.len > 0 ? buffer_append_byte(&d->title, ' ') : true);
            (void)buffer_append(&d->title, buffer_span(&d->paragraph));
        }
        break;
    case PASS_BODY:
    case PASS_DIAGRAM:
        if (d->shape != SHAPE_TITLE) {
            write_paragraph(d);
        }
        break;
    case PASS_NOTES:
        if (d->shape == SHAPE_BODY) {
            write_paragraph(d);
        }
        break;
    }
}

static void on_close(void *data, const char *name)
{
    slides_reader *const d = data;
    if (strcmp(name, "t") == 0) {
        d->in_text = false;
    } else if (strcmp(name, "p") == 0) {
        end_paragraph(d);
        buffer_reset(&d->paragraph);
    } else if (strcmp(name, "fld") == 0) {
        d->dropped_field = false;
    } else if (strcmp(name, "tr") == 0 && d->pass == PASS_BODY) {
        office_text_close_row(&d->text);
    } else if (strcmp(name, "tbl") == 0 && d->pass == PASS_BODY) {
        office_text_close_table(&d->text);
    }
}

/* --- slides --- */

static int read_pass(slides_reader *d, zip_parts *z, const char *part, slides_pass pass,
                     huis_error *err)
{
    static const xml_handler HANDLER = {.open = on_open, .close = on_close, .text = on_text};
    d->pass = pass;
    d->in_text = d->dropped_field = false;
    begin_shape(d);
    begin_paragraph(d);
    const int status = xml_part_read(z, part, &HANDLER, d, err);
    while (d->text.tables > 0) {
        office_text_close_table(&d->text);
    }
    return status;
}

/* What stands beside a slide: diagrams, then notes. */
static int read_related(slides_reader *d, zip_parts *z, const char *part, arena *memory,
                        huis_error *err)
{
    office_relations relations;
    const int status = office_relations_read(&relations, z, part, memory, err);
    if (status != HUIS_OK) {
        return status;
    }
    int result = HUIS_OK;
    static const struct {
        const char *type;
        slides_pass pass;
    } RELATED[] = {{"diagramData", PASS_DIAGRAM}, {"notesSlide", PASS_NOTES}};
    const size_t n = relations.list.len / sizeof(office_relation);
    const office_relation *const list = (const office_relation *)(const void *)relations.list.ptr;
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < n && !office_is_fatal(result); i++) {
            if (strcmp(list[i].type, RELATED[k].type) == 0 && zip_parts_has(z, list[i].target)) {
                result = read_pass(d, z, list[i].target, RELATED[k].pass, err);
            }
            d->n_charts += k == 0 && strcmp(list[i].type, "chart") == 0 ? 1 : 0;
        }
    }
    office_relations_deinit(&relations);
    return result;
}

static int read_slide(slides_reader *d, zip_parts *z, const char *part, arena *memory,
                      huis_error *err)
{
    d->n_slides++;
    d->hidden = false;
    buffer_reset(&d->title);
    RETURN_IF_ERROR(read_pass(d, z, part, PASS_TITLE, err));
    if (d->hidden) {
        d->n_hidden++;
        return HUIS_OK;
    }
    const span title = buffer_span(&d->title);
    office_text_add_place(
        &d->text,
        &(reader_place_draft){
            .kind = PLACE_SLIDE, .number = d->n_slides, .genre = DOCUMENT_ARTICLE, .label = title},
        false);
    office_text_add(&d->text, &(office_block){.kind = OFFICE_HEADING, .level = 1}, title);
    if (title.len > 0 && d->text.out->title[0] == '\0') {
        reader_set_title(d->text.out, title);
    }
    RETURN_IF_ERROR(read_pass(d, z, part, PASS_BODY, err));
    return read_related(d, z, part, memory, err);
}

/* --- the presentation --- */

/* The slides' relations in presentation.xml, in order, as terminated strings. */
typedef struct slide_order {
    buffer ids;
} slide_order;

static bool open_order(void *data, const xml_element *e)
{
    slide_order *const order = data;
    if (strcmp(e->name, "sldId") == 0) {
        /* id="256" is the slide's own; r:id is what counts: the one that is no number. */
        for (int i = 0; i < e->n_attributes; i++) {
            const xml_element one = {.attributes = e->attributes + (ptrdiff_t)5 * i,
                                     .n_attributes = 1};
            const span id = xml_attribute(&one, "id");
            if (id.ptr != NULL && e->attributes[5 * (ptrdiff_t)i + 2] != NULL) {
                (void)buffer_append(&order->ids, id);
                (void)buffer_append_byte(&order->ids, '\0');
            }
        }
    }
    return true;
}

static void write_note(const slides_reader *d)
{
    reader_result *const out = d->text.out;
    char damaged[96];
    if (d->n_damaged > 0) {
        (void)snprintf(damaged, sizeof(damaged), "%zu of %u slides are damaged", d->n_damaged,
                       d->n_slides);
        reader_add_note(out, span_from_string(damaged));
    }
    reader_add_count(out, d->n_hidden, "hidden slide left out", "hidden slides left out");
    reader_add_count(out, d->n_charts, "chart left out", "charts left out");
}

static int read_slides(slides_reader *d, zip_parts *z, const slide_order *order,
                       const office_relations *relations, arena *memory, huis_error *err)
{
    int damaged = HUIS_OK;
    for (size_t pos = 0; pos < order->ids.len;) {
        const span id = span_from_string(order->ids.ptr + pos);
        const char *const part = office_relation_by_id(relations, id);
        pos += id.len + 1;
        const int status = part != NULL
                               ? read_slide(d, z, part, memory, err)
                               : error_set(err, HUIS_E_BAD_FILE, "is damaged: a slide is missing");
        if (office_is_fatal(status)) {
            return status;
        }
        d->n_slides += part == NULL ? 1 : 0;
        d->n_damaged += status != HUIS_OK ? 1 : 0;
        damaged = status != HUIS_OK ? status : damaged;
    }
    if (damaged != HUIS_OK && d->text.out->text.len == 0) {
        return damaged;
    }
    RETURN_IF_ERROR(office_text_finish(&d->text, "the presentation", err));
    d->text.out->genre = DOCUMENT_ARTICLE;
    write_note(d);
    return HUIS_OK;
}

static int read_package(slides_reader *d, zip_parts *z, arena *memory, huis_error *err)
{
    static const xml_handler ORDER = {.open = open_order};
    const char *main_part = NULL;
    RETURN_IF_ERROR(office_find_main(&main_part, z, "ppt/presentation.xml", memory, err));
    office_read_title(d->text.out, z, "docProps/core.xml");
    office_relations relations;
    RETURN_IF_ERROR(office_relations_read(&relations, z, main_part, memory, err));
    slide_order order;
    buffer_init(&order.ids, LIMIT_OFFICE_TABLE_BYTES);
    int status = xml_part_read(z, main_part, &ORDER, &order, err);
    if (status == HUIS_OK || (status == HUIS_E_BAD_FILE && order.ids.len > 0)) {
        status = buffer_ok(&order.ids) ? read_slides(d, z, &order, &relations, memory, err)
                                       : error_no_memory(err, "the order of the slides");
    }
    buffer_deinit(&order.ids);
    office_relations_deinit(&relations);
    return status;
}

int reader_read_pptx(reader_result *out, span bytes, huis_error *err)
{
    zip_parts z;
    RETURN_IF_ERROR(zip_parts_open(&z, bytes, err));
    arena memory;
    arena_init(&memory, LIMIT_OFFICE_TABLE_BYTES);
    slides_reader d = {.pass = PASS_TITLE};
    office_text_init(&d.text, out);
    buffer_init(&d.paragraph, LIMIT_TEXT_BYTES);
    buffer_init(&d.title, LIMIT_TEXT_BYTES);
    buffer_init(&d.label, LIMIT_KIB);
    int status = read_package(&d, &z, &memory, err);
    if (status == HUIS_OK && !(buffer_ok(&d.paragraph) && buffer_ok(&d.title))) {
        status = error_no_memory(err, "the text of the presentation");
    }
    buffer_deinit(&d.paragraph);
    buffer_deinit(&d.title);
    buffer_deinit(&d.label);
    office_text_deinit(&d.text);
    arena_deinit(&memory);
    zip_parts_close(&z);
    return status;
}
