/*
 * reader_odf.c - OpenDocument texts, workbooks and presentations to plain text; see reader_office.h.
 *
 * Idea: all three hold paragraphs, lists and tables of one vocabulary in content.xml, so one table of
 * elements reads them; a sheet and a slide only add their heading and their place. Cells hold what
 * the program showed, so that numbers and dates need no formatting. What is not shown (hidden text,
 * sheets, slides, rows), comments, deleted text and tables of contents are left out.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/document_parts.h"
#include "document/odf_styles.h"
#include "document/office_package.h"
#include "document/office_text.h"
#include "document/reader_office.h"
#include "document/xml_part.h"

enum {
    MAX_STORIES = 8, /* notes and text boxes in paragraphs */
    MAX_LISTS = 16,
    MAX_REPEATS = 256 /* of a cell with something in it */
};

/* A run of paragraphs that stands inside another paragraph: a note, a text box. */
typedef struct odf_story {
    buffer text;         /* of the paragraph that is being read */
    uint32_t paragraphs; /* open text:p and text:h */
    uint32_t heading;    /* level, from 1; 0: none */
    bool hidden, is_note;
} odf_story;

typedef struct odf_list {
    int32_t style;
    uint32_t count;
    bool label_due;
} odf_list;

typedef struct odf_reader {
    office_text text;
    odf_styles styles;
    odf_story stories[MAX_STORIES];
    size_t n_stories; /* above the first */
    odf_list lists[MAX_LISTS];
    size_t n_lists; /* may be more than MAX_LISTS */
    buffer label, note, cell;
    bool in_body, in_sheets, in_title, in_notes;
    uint32_t tables, n_sheets, n_slides;
    uint32_t cell_repeats;
    size_t n_comments, n_hidden_sheets, n_hidden_slides;
    bool encrypted;
} odf_reader;

static odf_story *current(odf_reader *d)
{
    return &d->stories[d->n_stories];
}

/* --- paragraphs --- */

static void begin_paragraph(odf_reader *d, const xml_element *e, uint32_t heading)
{
    odf_story *const s = current(d);
    if (s->paragraphs++ > 0) {
        return; /* never in a valid file: the text goes on */
    }
    const odf_style style = odf_style_find(&d->styles, xml_attribute(e, "style-name"));
    buffer_reset(&s->text);
    s->heading = heading > 0 ? heading : style.is_title || d->in_title ? 1 : 0;
    s->hidden = style.hidden;
}

/* The mark of the item that the paragraph starts: "3." or none for a bullet. */
static bool take_label(odf_reader *d)
{
    buffer_reset(&d->label);
    if (d->n_lists == 0 || d->n_lists > MAX_LISTS || !d->lists[d->n_lists - 1].label_due) {
        return false;
    }
    odf_list *const list = &d->lists[d->n_lists - 1];
    const size_t level = d->n_lists <= ODF_LIST_LEVELS ? d->n_lists - 1 : ODF_LIST_LEVELS - 1;
    list->label_due = false;
    if (list->style >= 0) {
        const odf_list_style *const style = odf_list_style_at(&d->styles, list->style);
        office_append_number(&d->label, list->count, style->digits[level]);
        if (d->label.len > 0) {
            (void)buffer_append_string(
                &d->label, style->suffixes[level][0] != '\0' ? style->suffixes[level] : ".");
        }
    }
    return true;
}

static void add_slide_place(odf_reader *d, span title)
{
    office_text_add_place(
        &d->text,
        &(reader_place_draft){
            .kind = PLACE_SLIDE, .number = d->n_slides, .genre = DOCUMENT_ARTICLE, .label = title},
        false);
}

static void write_paragraph(odf_reader *d, const odf_story *s)
{
    const span text = buffer_span(&s->text);
    if (s->is_note) {
        (void)buffer_append_byte(&d->note, ' ');
        (void)buffer_append(&d->note, text);
        return;
    }
    if (s->hidden || words_up_to(text, 1) == 0) {
        return;
    }
    office_block block = {.kind = OFFICE_PARAGRAPH};
    const bool item = take_label(d);
    block.label = buffer_span(&d->label);
    if (d->in_title && d->text.place_due) {
        add_slide_place(d, text);
    }
    if (s->heading > 0) {
        block.kind = OFFICE_HEADING;
        block.level = s->heading;
        if (d->text.out->title[0] == '\0' && s->heading == 1) {
            reader_set_title(d->text.out, text);
        }
    } else if (item) {
        block.kind = OFFICE_ITEM;
        block.level = (uint32_t)d->n_lists - 1;
    } else if (d->in_notes) {
        block.label = SPAN("Notes:");
    }
    if (d->tables > 0) {
        (void)buffer_append_byte(&d->cell, ' ');
        (void)buffer_append(&d->cell, text);
    }
    office_text_add(&d->text, &block, text);
}

static void end_paragraph(odf_reader *d)
{
    odf_story *const s = current(d);
    s->paragraphs -= s->paragraphs > 0 ? 1 : 0;
    if (s->paragraphs == 0) {
        write_paragraph(d, s);
    }
}

static void add_text(odf_reader *d, span text)
{
    if (current(d)->paragraphs > 0) {
        (void)buffer_append(&current(d)->text, text);
    }
}

static bool push_story(odf_reader *d, bool is_note)
{
    if (d->n_stories + 1 >= MAX_STORIES) {
        return false;
    }
    d->n_stories++;
    *current(d) = (odf_story){.is_note = is_note || d->stories[d->n_stories - 1].is_note};
    buffer_init(&current(d)->text, LIMIT_TEXT_BYTES);
    return true;
}

static void pop_story(odf_reader *d)
{
    if (d->n_stories > 0) {
        buffer_deinit(&current(d)->text);
        d->n_stories--;
    }
}

/* --- elements --- */

static bool open_paragraph(odf_reader *d, const xml_element *e)
{
    begin_paragraph(d, e, 0);
    return true;
}

static bool open_heading(odf_reader *d, const xml_element *e)
{
    const int64_t level = xml_attribute_number(e, "outline-level", 1);
    begin_paragraph(d, e, level >= 1 && level <= 10 ? (uint32_t)level : 1);
    return true;
}

static bool open_span(odf_reader *d, const xml_element *e)
{
    return !odf_style_find(&d->styles, xml_attribute(e, "style-name")).hidden;
}

static bool open_spaces(odf_reader *d, const xml_element *e)
{
    (void)e;
    add_text(d, SPAN(" "));
    return true;
}

static bool open_break(odf_reader *d, const xml_element *e)
{
    (void)e;
    add_text(d, SPAN("\n"));
    return true;
}

static bool open_section(odf_reader *d, const xml_element *e)
{
    (void)d;
    const span display = xml_attribute(e, "display");
    return !span_equal(display, SPAN("none"));
}

static bool open_list(odf_reader *d, const xml_element *e)
{
    int32_t style = odf_list_style_find(&d->styles, xml_attribute(e, "style-name"));
    if (style < 0 && d->n_lists > 0 && d->n_lists <= MAX_LISTS) {
        style = d->lists[d->n_lists - 1].style;
    }
    if (d->n_lists < MAX_LISTS) {
        odf_list *const list = &d->lists[d->n_lists];
        const bool goes_on =
            list->style == style && xml_attribute_is_on(e, "continue-numbering", false);
        *list = (odf_list){.style = style, .count = goes_on ? list->count : 0};
    }
    d->n_lists++;
    return true;
}

static bool open_item(odf_reader *d, const xml_element *e)
{
    if (d->n_lists > 0 && d->n_lists <= MAX_LISTS) {
        odf_list *const list = &d->lists[d->n_lists - 1];
        const int64_t start = xml_attribute_number(e, "start-value", -1);
        list->count = start >= 0 && start < 1000000 ? (uint32_t)start : list->count + 1;
        list->label_due = true;
    }
    return true;
}

static bool open_note_body(odf_reader *d, const xml_element *e)
{
    (void)e;
    buffer_reset(&d->note);
    return push_story(d, true);
}

static bool open_text_box(odf_reader *d, const xml_element *e)
{
    (void)e;
    return push_story(d, false);
}

static bool open_comment(odf_reader *d, const xml_element *e)
{
    (void)e;
    d->n_comments++;
    return false;
}

static bool open_alternative(odf_reader *d, const xml_element *e)
{
    (void)d;
    return strstr(e->space, "svg") == NULL; /* svg:title is no text; text:title is a field */
}

static bool open_skipped(odf_reader *d, const xml_element *e)
{
    (void)d;
    (void)e;
    return false;
}

static bool open_body(odf_reader *d, const xml_element *e)
{
    (void)e;
    d->in_body = true;
    return true;
}

static bool open_sheets(odf_reader *d, const xml_element *e)
{
    (void)e;
    d->in_sheets = true;
    return true;
}

/* --- elements: tables --- */

static bool begin_sheet(odf_reader *d, const xml_element *e)
{
    const span name = xml_attribute(e, "name");
    d->n_sheets++;
    if (odf_style_find(&d->styles, xml_attribute(e, "style-name")).hidden) {
        d->n_hidden_sheets++;
        return false;
    }
    office_text_add_place(
        &d->text,
        &(reader_place_draft){
            .kind = PLACE_SHEET, .number = d->n_sheets, .genre = DOCUMENT_ARTICLE, .label = name},
        true);
    return true;
}

static bool open_table(odf_reader *d, const xml_element *e)
{
    if (d->in_sheets && d->tables == 0 && !begin_sheet(d, e)) {
        return false;
    }
    d->tables++;
    office_text_open_table(&d->text);
    return true;
}

static bool open_row(odf_reader *d, const xml_element *e)
{
    const span visibility = xml_attribute(e, "visibility");
    if (visibility.len > 0 && !span_equal(visibility, SPAN("visible"))) {
        return false;
    }
    office_text_open_row(&d->text);
    return true;
}

static uint32_t repeats_of(const xml_element *e)
{
    const int64_t n = xml_attribute_number(e, "number-columns-repeated", 1);
    return n >= 1 && n < 1000000 ? (uint32_t)n : 1;
}

static bool open_cell(odf_reader *d, const xml_element *e)
{
    d->cell_repeats = repeats_of(e);
    buffer_reset(&d->cell);
    office_text_open_cell(&d->text, 1);
    return true;
}

static bool open_covered_cell(odf_reader *d, const xml_element *e)
{
    office_text_open_cell(&d->text, repeats_of(e));
    return false;
}

static void close_cell(odf_reader *d)
{
    const span text = buffer_span(&d->cell);
    const uint32_t more = d->cell_repeats > 0 ? d->cell_repeats - 1 : 0;
    const bool filled = d->tables == 1 && text.len > 0 && more < MAX_REPEATS;
    for (uint32_t i = 0; i < more && filled; i++) {
        office_text_open_cell(&d->text, 1);
        office_text_add_paragraph(&d->text, text);
    }
    if (!filled && more > 0) {
        office_text_widen_cell(&d->text, more);
    }
    d->cell_repeats = 0;
}

/* --- elements: slides --- */

static bool open_slide(odf_reader *d, const xml_element *e)
{
    d->n_slides++;
    if (odf_style_find(&d->styles, xml_attribute(e, "style-name")).hidden) {
        d->n_hidden_slides++;
        return false;
    }
    add_slide_place(d, SPAN(""));
    return true;
}

static bool open_frame(odf_reader *d, const xml_element *e)
{
    static const char *const FURNITURE[] = {"header", "footer", "date-time", "page-number"};
    const span class = xml_attribute(e, "class");
    for (size_t i = 0; i < sizeof(FURNITURE) / sizeof(FURNITURE[0]); i++) {
        if (span_equal(class, span_from_string(FURNITURE[i]))) {
            return false;
        }
    }
    d->in_title = span_equal(class, SPAN("title"));
    return true;
}

static bool open_slide_notes(odf_reader *d, const xml_element *e)
{
    (void)e;
    d->in_notes = true;
    return true;
}

/* --- the table of elements --- */

static const struct {
    const char *name;
    bool (*open)(odf_reader *d, const xml_element *e);
} ELEMENTS[] = {
    {"alphabetical-index", open_skipped},
    {"annotation", open_comment},
    {"body", open_body},
    {"content-validations", open_skipped},
    {"covered-table-cell", open_covered_cell},
    {"desc", open_skipped},
    {"event-listeners", open_skipped},
    {"forms", open_skipped},
    {"frame", open_frame},
    {"h", open_heading},
    {"hidden-paragraph", open_skipped},
    {"hidden-text", open_skipped},
    {"illustration-index", open_skipped},
    {"line-break", open_break},
    {"list", open_list},
    {"list-item", open_item},
    {"note-body", open_note_body},
    {"note-citation", open_skipped},
    {"notes", open_slide_notes},
    {"object-index", open_skipped},
    {"p", open_paragraph},
    {"page", open_slide},
    {"page-count", open_skipped},
    {"page-number", open_skipped},
    {"placeholder", open_skipped},
    {"ruby-text", open_skipped},
    {"s", open_spaces},
    {"section", open_section},
    {"shapes", open_skipped},
    {"span", open_span},
    {"spreadsheet", open_sheets},
    {"tab", open_spaces},
    {"table", open_table},
    {"table-cell", open_cell},
    {"table-index", open_skipped},
    {"table-of-content", open_skipped},
    {"table-row", open_row},
    {"text-box", open_text_box},
    {"title", open_alternative},
    {"tracked-changes", open_skipped},
    {"user-index", open_skipped},
};

static int compare_element(const void *name, const void *entry)
{
    return strcmp(name, *(const char *const *)entry);
}

static bool on_open(void *data, const xml_element *e)
{
    odf_reader *const d = data;
    if (!d->in_body && strcmp(e->name, "body") != 0) {
        odf_styles_open(&d->styles, e);
        return true;
    }
    const void *const found = bsearch(e->name, ELEMENTS, sizeof(ELEMENTS) / sizeof(ELEMENTS[0]),
                                      sizeof(ELEMENTS[0]), compare_element);
    if (found == NULL) {
        return true;
    }
    const size_t i = (size_t)((const char *)found - (const char *)ELEMENTS) / sizeof(ELEMENTS[0]);
    return ELEMENTS[i].open(d, e);
}

static void close_note(odf_reader *d)
{
    pop_story(d);
    if (!current(d)->is_note) {
        office_text_add_note(&d->text, buffer_span(&d->note));
    }
}

static void on_close(void *data, const char *name)
{
    odf_reader *const d = data;
    if (!d->in_body) {
        odf_styles_close(&d->styles, name);
    } else if (strcmp(name, "p") == 0 || strcmp(name, "h") == 0) {
        end_paragraph(d);
    } else if (strcmp(name, "list") == 0) {
        d->n_lists -= d->n_lists > 0 ? 1 : 0;
    } else if (strcmp(name, "note-body") == 0) {
        close_note(d);
    } else if (strcmp(name, "text-box") == 0) {
        pop_story(d);
    } else if (strcmp(name, "frame") == 0) {
        d->in_title = false;
    } else if (strcmp(name, "notes") == 0) {
        d->in_notes = false;
    } else if (strcmp(name, "table-cell") == 0) {
        close_cell(d);
    } else if (strcmp(name, "table-row") == 0) {
        office_text_close_row(&d->text);
    } else if (strcmp(name, "table") == 0) {
        d->tables -= d->tables > 0 ? 1 : 0;
        office_text_close_table(&d->text);
    }
}

static void on_text(void *data, span text)
{
    odf_reader *const d = data;
    if (d->in_body) {
        add_text(d, text);
    }
}

static const xml_handler HANDLER = {.open = on_open, .close = on_close, .text = on_text};

/* --- the document --- */

static bool open_manifest(void *data, const xml_element *e)
{
    odf_reader *const d = data;
    d->encrypted = d->encrypted || strcmp(e->name, "encryption-data") == 0;
    return true;
}

static int check_encryption(odf_reader *d, zip_parts *z, huis_error *err)
{
    static const xml_handler MANIFEST = {.open = open_manifest};
    static const char PART[] = "META-INF/manifest.xml";
    const int status = zip_parts_has(z, PART) ? xml_part_read(z, PART, &MANIFEST, d, err) : 0;
    if (d->encrypted) {
        return error_set(err, HUIS_E_UNSUPPORTED,
                         "is encrypted with a password; save it without one and try again");
    }
    return office_is_fatal(status) ? status : HUIS_OK;
}

static void write_note(const odf_reader *d, bool damaged)
{
    reader_result *const out = d->text.out;
    if (damaged) {
        reader_add_note(out, SPAN("the document is damaged: only its beginning was read"));
    }
    reader_add_count(out, d->n_comments, "comment left out", "comments left out");
    reader_add_count(out, d->n_hidden_sheets, "hidden sheet left out", "hidden sheets left out");
    reader_add_count(out, d->n_hidden_slides, "hidden slide left out", "hidden slides left out");
}

static const char *name_of_kind(const odf_reader *d)
{
    return d->in_sheets ? "the workbook" : d->n_slides > 0 ? "the presentation" : "the document";
}

static int read_parts(odf_reader *d, zip_parts *z, huis_error *err)
{
    RETURN_IF_ERROR(check_encryption(d, z, err));
    if (zip_parts_has(z, "styles.xml")) {
        const int styles = xml_part_read(z, "styles.xml", &HANDLER, d, err);
        if (office_is_fatal(styles)) {
            return styles;
        }
        d->in_body = false;
        d->styles.open = d->styles.open_list = -1;
    }
    office_read_title(d->text.out, z, "meta.xml");
    const int status = xml_part_read(z, "content.xml", &HANDLER, d, err);
    const bool damaged = status == HUIS_E_BAD_FILE;
    if (status != HUIS_OK && !(damaged && d->text.out->text.len > 0)) {
        return status;
    }
    if (d->styles.failed || !buffer_ok(&d->label) || !buffer_ok(&d->note) || !buffer_ok(&d->cell) ||
        !buffer_ok(&d->stories[0].text)) {
        return error_no_memory(err, "the text of the document");
    }
    RETURN_IF_ERROR(office_text_finish(&d->text, name_of_kind(d), err));
    if (d->in_sheets || d->n_slides > 0) {
        d->text.out->genre = DOCUMENT_ARTICLE;
    }
    write_note(d, damaged);
    return HUIS_OK;
}

int reader_read_odf(reader_result *out, span bytes, huis_error *err)
{
    zip_parts z;
    RETURN_IF_ERROR(zip_parts_open(&z, bytes, err));
    arena memory;
    arena_init(&memory, LIMIT_OFFICE_TABLE_BYTES);
    odf_reader d = {.n_stories = 0};
    office_text_init(&d.text, out);
    odf_styles_init(&d.styles, &memory);
    buffer_init(&d.stories[0].text, LIMIT_TEXT_BYTES);
    buffer_init(&d.label, LIMIT_KIB);
    buffer_init(&d.note, LIMIT_TEXT_BYTES);
    buffer_init(&d.cell, LIMIT_TEXT_BYTES);
    const int status = read_parts(&d, &z, err);
    while (d.n_stories > 0) {
        pop_story(&d);
    }
    buffer_deinit(&d.stories[0].text);
    buffer_deinit(&d.label);
    buffer_deinit(&d.note);
    buffer_deinit(&d.cell);
    odf_styles_deinit(&d.styles);
    office_text_deinit(&d.text);
    arena_deinit(&memory);
    zip_parts_close(&z);
    return status;
}
