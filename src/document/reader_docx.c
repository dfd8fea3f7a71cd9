/*
 * reader_docx.c - DOCX to plain text; see reader_office.h.
 *
 * Idea: one pass over word/document.xml with a table of what each element does. A paragraph is
 * collected and written at its end, when its style, its number and its place in a table are known.
 * What Word shows in its final view is kept: inserted text is, deleted and hidden text, comments,
 * tables of contents and page numbers are not. Footnotes follow their paragraph in brackets. A text
 * box is a story of its own inside a paragraph: paragraphs stand on a stack.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/document_parts.h"
#include "document/docx_styles.h"
#include "document/office_package.h"
#include "document/office_text.h"
#include "document/reader_office.h"
#include "document/xml_part.h"

enum {
    MAX_STORIES = 8, /* text boxes in text boxes */
    MAX_FIELDS = 32,
    FIELD_NAME_BYTES = 16
};

typedef struct docx_field {
    char name[FIELD_NAME_BYTES]; /* "PAGE", as far as it was read */
    size_t name_len;
    bool in_result;
} docx_field;

/* A paragraph that is being read. */
typedef struct docx_paragraph {
    buffer text;
    docx_style style;
    bool has_outline;
    uint32_t outline;   /* from 1; 0: body text */
    bool in_properties; /* in its w:pPr */
    bool joins_next;    /* its end was deleted, or it is a drop cap */
} docx_paragraph;

/* A footnote's text, in `note_texts`. */
typedef struct docx_note {
    int64_t id;
    bool endnote, used;
    size_t start, len;
} docx_note;

typedef struct docx_reader {
    office_text text;
    docx_styles styles;
    docx_numbering numbering;
    docx_paragraph stories[MAX_STORIES];
    size_t n_stories; /* above the first */
    docx_field fields[MAX_FIELDS];
    size_t n_fields; /* may be more than MAX_FIELDS */
    bool run_hidden, in_text, in_instruction;
    bool in_notes;     /* in a note of footnotes.xml */
    bool skip_content; /* of the w:sdt that is open: contents or a placeholder */
    buffer notes;      /* of docx_note */
    buffer note_texts, label;
    size_t n_comments, n_deletions;
} docx_reader;

static docx_paragraph *current(docx_reader *d)
{
    return &d->stories[d->n_stories];
}

/* --- fields --- */

/* Fields whose result is no text of the document. */
static bool is_dropped_field(const docx_field *field)
{
    static const char *const DROPPED[] = {"PAGE",  "NUMPAGES", "SECTIONPAGES", "TOC",
                                          "INDEX", "PAGEREF",  "TOA"};
    for (size_t i = 0; i < sizeof(DROPPED) / sizeof(DROPPED[0]); i++) {
        if (strncmp(field->name, DROPPED[i], FIELD_NAME_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

static bool in_dropped_field(const docx_reader *d)
{
    const size_t n = d->n_fields < MAX_FIELDS ? d->n_fields : MAX_FIELDS;
    for (size_t i = 0; i < n; i++) {
        if (!d->fields[i].in_result || is_dropped_field(&d->fields[i])) {
            return true;
        }
    }
    return false;
}

static void add_instruction(docx_reader *d, span text)
{
    if (d->n_fields == 0 || d->n_fields > MAX_FIELDS) {
        return;
    }
    docx_field *const field = &d->fields[d->n_fields - 1];
    for (size_t i = 0; i < text.len && field->name_len + 1 < FIELD_NAME_BYTES; i++) {
        const char c = text.ptr[i];
        if (c <= ' ' && field->name_len == 0) {
            continue;
        }
        if (c <= ' ') {
            field->name_len = FIELD_NAME_BYTES; /* the name is complete */
            return;
        }
        field->name[field->name_len++] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
    }
}

static void begin_field(docx_reader *d)
{
    if (d->n_fields < MAX_FIELDS) {
        d->fields[d->n_fields] = (docx_field){.in_result = false};
    }
    d->n_fields++;
}

static void mark_field(docx_reader *d, span type)
{
    if (span_equal(type, SPAN("begin"))) {
        begin_field(d);
    } else if (span_equal(type, SPAN("separate"))) {
        if (d->n_fields > 0 && d->n_fields <= MAX_FIELDS) {
            d->fields[d->n_fields - 1].in_result = true;
        }
    } else if (span_equal(type, SPAN("end"))) {
        d->n_fields -= d->n_fields > 0 ? 1 : 0;
    }
}

/* --- notes --- */

static int compare_notes(const void *a, const void *b)
{
    const docx_note *const x = a;
    const docx_note *const y = b;
    if (x->endnote != y->endnote) {
        return x->endnote ? 1 : -1;
    }
    return (x->id > y->id) - (x->id < y->id);
}

static void add_note_reference(docx_reader *d, int64_t id, bool endnote)
{
    const docx_note key = {.id = id, .endnote = endnote};
    docx_note *const note = d->notes.len > 0
                                ? bsearch(&key, d->notes.ptr, d->notes.len / sizeof(docx_note),
                                          sizeof(docx_note), compare_notes)
                                : NULL;
    if (note != NULL && !note->used) {
        note->used = true;
        office_text_add_note(&d->text, span_slice(buffer_span(&d->note_texts), note->start,
                                                  note->start + note->len));
    }
}

static void begin_note(docx_reader *d, const xml_element *e, bool endnote)
{
    const docx_note note = {
        .id = xml_attribute_number(e, "id", -1), .endnote = endnote, .start = d->note_texts.len};
    d->in_notes = buffer_append(&d->notes, span_from((const char *)&note, sizeof(note)));
}

static void end_note(docx_reader *d)
{
    if (d->in_notes) {
        docx_note *const note =
            (docx_note *)(void *)(d->notes.ptr + d->notes.len - sizeof(docx_note));
        note->len = d->note_texts.len - note->start;
    }
    d->in_notes = false;
}

/* --- paragraphs --- */

static void begin_paragraph(docx_reader *d)
{
    docx_paragraph *const p = current(d);
    if (!p->joins_next) {
        buffer_reset(&p->text);
    }
    p->style = docx_style_find(&d->styles, SPAN(""));
    p->has_outline = p->in_properties = p->joins_next = false;
    p->outline = 0;
}

/* What kind of block the paragraph is; its label goes to d->label. */
static office_block describe(docx_reader *d, const docx_paragraph *p)
{
    office_block block = {.kind = OFFICE_PARAGRAPH};
    buffer_reset(&d->label);
    const bool numbered =
        p->style.number != DOCX_NO_NUMBER &&
        docx_number_next(&d->numbering, p->style.number, p->style.depth, &d->label);
    block.label = buffer_span(&d->label);
    if (p->has_outline ? p->outline > 0
                       : p->style.role == DOCX_HEADING || p->style.role == DOCX_TITLE) {
        block.kind = OFFICE_HEADING;
        block.level = p->has_outline ? p->outline : p->style.level;
    } else if (numbered) {
        block.kind = OFFICE_ITEM;
        block.level = p->style.depth > 0 ? (uint32_t)p->style.depth : 0;
    }
    return block;
}

static void end_paragraph(docx_reader *d)
{
    docx_paragraph *const p = current(d);
    const span text = buffer_span(&p->text);
    if (d->in_notes) {
        (void)buffer_append_byte(&d->note_texts, ' ');
        (void)buffer_append(&d->note_texts, text);
        return;
    }
    if (p->joins_next || p->style.role == DOCX_CONTENTS || words_up_to(text, 1) == 0) {
        return;
    }
    const office_block block = describe(d, p);
    if (block.kind == OFFICE_HEADING) {
        if (d->text.out->title[0] == '\0' && block.level == 1) {
            reader_set_title(d->text.out, text);
        }
    }
    office_text_add(&d->text, &block, text);
}

static void add_text(docx_reader *d, span text)
{
    if (!d->run_hidden && !in_dropped_field(d) && !current(d)->style.hidden) {
        (void)buffer_append(&current(d)->text, text);
    }
}

/* --- elements: properties --- */

static bool open_paragraph_properties(docx_reader *d, const xml_element *e)
{
    (void)e;
    current(d)->in_properties = true;
    return true;
}

static bool open_style(docx_reader *d, const xml_element *e)
{
    docx_paragraph *const p = current(d);
    const int32_t number = p->style.number;
    const int32_t depth = p->style.depth;
    p->style = docx_style_find(&d->styles, xml_attribute(e, "val"));
    if (p->style.role == DOCX_HEADING) {
        d->n_fields = 0; /* no contents go on behind a heading: a field that was never ended */
    }
    if (number != DOCX_NO_NUMBER) {
        p->style.number = number;
        p->style.depth = depth;
    }
    return true;
}

static bool open_run_style(docx_reader *d, const xml_element *e)
{
    if (!current(d)->in_properties) {
        d->run_hidden =
            d->run_hidden || docx_style_find(&d->styles, xml_attribute(e, "val")).hidden;
    }
    return true;
}

static bool open_number(docx_reader *d, const xml_element *e)
{
    const int64_t number = xml_attribute_number(e, "val", 0);
    current(d)->style.number = number > 0 && number <= INT32_MAX ? (int32_t)number : DOCX_NO_NUMBER;
    return true;
}

static bool open_number_level(docx_reader *d, const xml_element *e)
{
    const int64_t depth = xml_attribute_number(e, "val", 0);
    current(d)->style.depth = depth >= 0 && depth < DOCX_LEVELS ? (int32_t)depth : 0;
    return true;
}

static bool open_outline(docx_reader *d, const xml_element *e)
{
    const int64_t level = xml_attribute_number(e, "val", DOCX_LEVELS);
    current(d)->has_outline = true;
    current(d)->outline = level >= 0 && level < DOCX_LEVELS ? (uint32_t)level + 1 : 0;
    return true;
}

static bool open_frame(docx_reader *d, const xml_element *e)
{
    const span drop = xml_attribute(e, "dropCap");
    current(d)->joins_next =
        current(d)->joins_next || (drop.len > 0 && !span_equal(drop, SPAN("none")));
    return true;
}

static bool open_vanish(docx_reader *d, const xml_element *e)
{
    if (!current(d)->in_properties) {
        d->run_hidden = xml_attribute_is_on(e, "val", true);
    }
    return true;
}

/* Deleted text, or the deleted end of a paragraph. */
static bool open_deleted(docx_reader *d, const xml_element *e)
{
    (void)e;
    if (current(d)->in_properties) {
        current(d)->joins_next = true;
    } else {
        d->n_deletions++;
    }
    return false;
}

/* --- elements: text --- */

static bool open_paragraph(docx_reader *d, const xml_element *e)
{
    (void)e;
    begin_paragraph(d);
    return true;
}

static bool open_run(docx_reader *d, const xml_element *e)
{
    (void)e;
    d->run_hidden = false;
    return true;
}

static bool open_text(docx_reader *d, const xml_element *e)
{
    (void)e;
    d->in_text = true;
    return true;
}

static bool open_space(docx_reader *d, const xml_element *e)
{
    (void)e;
    add_text(d, SPAN(" "));
    return true;
}

static bool open_break(docx_reader *d, const xml_element *e)
{
    (void)e;
    add_text(d, SPAN("\n"));
    return true;
}

static bool open_hyphen(docx_reader *d, const xml_element *e)
{
    (void)e;
    add_text(d, SPAN("-"));
    return true;
}

static bool open_field_mark(docx_reader *d, const xml_element *e)
{
    mark_field(d, xml_attribute(e, "fldCharType"));
    return true;
}

static bool open_simple_field(docx_reader *d, const xml_element *e)
{
    begin_field(d);
    add_instruction(d, xml_attribute(e, "instr"));
    mark_field(d, SPAN("separate"));
    return true;
}

static bool open_instruction(docx_reader *d, const xml_element *e)
{
    (void)e;
    d->in_instruction = true;
    return true;
}

static bool open_footnote_reference(docx_reader *d, const xml_element *e)
{
    add_note_reference(d, xml_attribute_number(e, "id", -1), false);
    return true;
}

static bool open_endnote_reference(docx_reader *d, const xml_element *e)
{
    add_note_reference(d, xml_attribute_number(e, "id", -1), true);
    return true;
}

static bool open_comment(docx_reader *d, const xml_element *e)
{
    (void)e;
    d->n_comments++;
    return false;
}

/* --- elements: structure --- */

static bool open_text_box(docx_reader *d, const xml_element *e)
{
    (void)e;
    if (d->n_stories + 1 >= MAX_STORIES) {
        return false;
    }
    d->n_stories++;
    buffer_init(&current(d)->text, LIMIT_TEXT_BYTES);
    begin_paragraph(d);
    return true;
}

static bool open_gallery(docx_reader *d, const xml_element *e)
{
    d->skip_content =
        d->skip_content || span_equal(xml_attribute(e, "val"), SPAN("Table of Contents"));
    return true;
}

static bool open_placeholder(docx_reader *d, const xml_element *e)
{
    d->skip_content = xml_attribute_is_on(e, "val", true);
    return true;
}

static bool open_control(docx_reader *d, const xml_element *e)
{
    (void)e;
    d->skip_content = false;
    return true;
}

static bool open_control_content(docx_reader *d, const xml_element *e)
{
    (void)e;
    const bool enter = !d->skip_content;
    d->skip_content = false;
    return enter;
}

static bool open_table(docx_reader *d, const xml_element *e)
{
    (void)e;
    office_text_open_table(&d->text);
    return true;
}

static bool open_row(docx_reader *d, const xml_element *e)
{
    (void)e;
    office_text_open_row(&d->text);
    return true;
}

static bool open_cell(docx_reader *d, const xml_element *e)
{
    (void)e;
    office_text_open_cell(&d->text, 1);
    return true;
}

static bool open_span(docx_reader *d, const xml_element *e)
{
    const int64_t width = xml_attribute_number(e, "val", 1);
    office_text_widen_cell(&d->text, width > 1 && width < 1000 ? (uint32_t)width - 1 : 0);
    return true;
}

static bool open_note(docx_reader *d, const xml_element *e)
{
    const span type = xml_attribute(e, "type");
    if (type.len > 0 && !span_equal(type, SPAN("normal"))) {
        return false; /* separators */
    }
    begin_note(d, e, e->name[0] == 'e');
    return true;
}

static bool open_skipped(docx_reader *d, const xml_element *e)
{
    (void)d;
    (void)e;
    return false;
}

/* --- the table of elements --- */

typedef bool (*docx_open)(docx_reader *d, const xml_element *e);

static const struct {
    const char *name;
    docx_open open;
} ELEMENTS[] = {
    {"br", open_break},
    {"commentReference", open_comment},
    {"cr", open_break},
    {"del", open_deleted},
    {"docPartGallery", open_gallery},
    {"endnote", open_note},
    {"endnoteReference", open_endnote_reference},
    {"fldChar", open_field_mark},
    {"fldSimple", open_simple_field},
    {"footnote", open_note},
    {"footnoteReference", open_footnote_reference},
    {"framePr", open_frame},
    {"gridSpan", open_span},
    {"ilvl", open_number_level},
    {"instrText", open_instruction},
    {"moveFrom", open_deleted},
    {"noBreakHyphen", open_hyphen},
    {"numId", open_number},
    {"numberingChange", open_skipped},
    {"outlineLvl", open_outline},
    {"p", open_paragraph},
    {"pPr", open_paragraph_properties},
    {"pPrChange", open_skipped},
    {"pStyle", open_style},
    {"ptab", open_space},
    {"r", open_run},
    {"rPrChange", open_skipped},
    {"rStyle", open_run_style},
    {"rt", open_skipped},
    {"sdt", open_control},
    {"sdtContent", open_control_content},
    {"sectPrChange", open_skipped},
    {"showingPlcHdr", open_placeholder},
    {"t", open_text},
    {"tab", open_space},
    {"tabs", open_skipped},
    {"tbl", open_table},
    {"tblPrChange", open_skipped},
    {"tblPrExChange", open_skipped},
    {"tc", open_cell},
    {"tcPrChange", open_skipped},
    {"tr", open_row},
    {"trPrChange", open_skipped},
    {"txbxContent", open_text_box},
    {"vanish", open_vanish},
    {"webHidden", open_vanish},
};

static int compare_element(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

static bool on_open(void *data, const xml_element *e)
{
    const size_t n = sizeof(ELEMENTS) / sizeof(ELEMENTS[0]);
    const void *const found = bsearch(e->name, ELEMENTS, n, sizeof(ELEMENTS[0]), compare_element);
    if (found == NULL) {
        return true;
    }
    const size_t i = (size_t)((const char *)found - (const char *)ELEMENTS) / sizeof(ELEMENTS[0]);
    return ELEMENTS[i].open(data, e);
}

static void close_text_box(docx_reader *d)
{
    if (d->n_stories > 0) {
        buffer_deinit(&current(d)->text);
        d->n_stories--;
    }
}

static void on_close(void *data, const char *name)
{
    docx_reader *const d = data;
    if (strcmp(name, "t") == 0) {
        d->in_text = false;
    } else if (strcmp(name, "instrText") == 0) {
        d->in_instruction = false;
    } else if (strcmp(name, "p") == 0) {
        end_paragraph(d);
    } else if (strcmp(name, "pPr") == 0) {
        current(d)->in_properties = false;
    } else if (strcmp(name, "fldSimple") == 0) {
        mark_field(d, SPAN("end"));
    } else if (strcmp(name, "txbxContent") == 0) {
        close_text_box(d);
    } else if (strcmp(name, "tr") == 0) {
        office_text_close_row(&d->text);
    } else if (strcmp(name, "tbl") == 0) {
        office_text_close_table(&d->text);
    } else if (strcmp(name, "footnote") == 0 || strcmp(name, "endnote") == 0) {
        end_note(d);
    }
}

static void on_text(void *data, span text)
{
    docx_reader *const d = data;
    if (d->in_instruction) {
        add_instruction(d, text);
    } else if (d->in_text) {
        add_text(d, text);
    }
}

static const xml_handler HANDLER = {.open = on_open, .close = on_close, .text = on_text};

/* --- the document --- */

static int read_notes(docx_reader *d, zip_parts *z, const office_relations *relations,
                      huis_error *err)
{
    static const char *const TYPES[] = {"footnotes", "endnotes"};
    for (size_t i = 0; i < 2; i++) {
        const char *const part = office_relation_by_type(relations, TYPES[i]);
        const int status =
            part != NULL && zip_parts_has(z, part) ? xml_part_read(z, part, &HANDLER, d, err) : 0;
        if (office_is_fatal(status)) {
            return status;
        }
        end_note(d);
        d->n_fields = 0;
    }
    if (d->notes.len > 0) {
        qsort(d->notes.ptr, d->notes.len / sizeof(docx_note), sizeof(docx_note), compare_notes);
    }
    d->n_comments = d->n_deletions = 0;
    return HUIS_OK;
}

static void write_note(const docx_reader *d, bool damaged)
{
    reader_result *const out = d->text.out;
    if (damaged) {
        reader_add_note(out, SPAN("the document is damaged: only its beginning was read"));
    }
    reader_add_count(out, d->n_comments, "comment left out", "comments left out");
    if (d->n_deletions > 0) {
        reader_add_note(out, SPAN("text that was deleted in tracked changes left out"));
    }
}

static int read_body(docx_reader *d, zip_parts *z, const char *main_part, huis_error *err)
{
    const int status = xml_part_read(z, main_part, &HANDLER, d, err);
    const bool damaged = status == HUIS_E_BAD_FILE;
    if (status != HUIS_OK && !(damaged && d->text.out->text.len > 0)) {
        return status;
    }
    if (!buffer_ok(&d->note_texts) || !buffer_ok(&d->notes) || !buffer_ok(&d->label) ||
        !buffer_ok(&d->stories[0].text)) {
        return error_no_memory(err, "the text of the document");
    }
    RETURN_IF_ERROR(office_text_finish(&d->text, "the document", err));
    write_note(d, damaged);
    return HUIS_OK;
}

static int read_parts(docx_reader *d, zip_parts *z, const char *main_part,
                      const office_relations *relations, arena *memory, huis_error *err)
{
    RETURN_IF_ERROR(
        docx_styles_read(&d->styles, z, office_relation_by_type(relations, "styles"), memory, err));
    int status =
        docx_numbering_read(&d->numbering, z, office_relation_by_type(relations, "numbering"), err);
    if (status == HUIS_OK) {
        status = read_notes(d, z, relations, err);
        status = status == HUIS_OK ? read_body(d, z, main_part, err) : status;
        docx_numbering_deinit(&d->numbering);
    }
    docx_styles_deinit(&d->styles);
    return status;
}

static int read_package(reader_result *out, zip_parts *z, arena *memory, huis_error *err)
{
    const char *main_part = NULL;
    RETURN_IF_ERROR(office_find_main(&main_part, z, "word/document.xml", memory, err));
    office_relations relations;
    int status = office_relations_read(&relations, z, main_part, memory, err);
    if (office_is_fatal(status)) {
        return status;
    }
    office_read_title(out, z, "docProps/core.xml");
    docx_reader d = {.n_stories = 0};
    office_text_init(&d.text, out);
    buffer_init(&d.stories[0].text, LIMIT_TEXT_BYTES);
    buffer_init(&d.notes, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&d.note_texts, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&d.label, LIMIT_KIB);
    begin_paragraph(&d);
    status = read_parts(&d, z, main_part, &relations, memory, err);
    while (d.n_stories > 0) {
        close_text_box(&d);
    }
    buffer_deinit(&d.stories[0].text);
    buffer_deinit(&d.notes);
    buffer_deinit(&d.note_texts);
    buffer_deinit(&d.label);
    office_text_deinit(&d.text);
    office_relations_deinit(&relations);
    return status;
}

int reader_read_docx(reader_result *out, span bytes, huis_error *err)
{
    zip_parts z;
    RETURN_IF_ERROR(zip_parts_open(&z, bytes, err));
    arena memory;
    arena_init(&memory, LIMIT_OFFICE_TABLE_BYTES);
    const int status = read_package(out, &z, &memory, err);
    arena_deinit(&memory);
    zip_parts_close(&z);
    return status;
}
