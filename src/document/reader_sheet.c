/*
 * reader_sheet.c - XLSX to plain text; see reader_office.h.
 *
 * Idea: shared strings and formats are read into tables, then each visible sheet is one stream of
 * cells: its name is a heading, each row a line. Formulas are not computed: the values that the
 * program saved with them are shown. Hidden sheets, rows and columns are left out.
 */
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "document/office_package.h"
#include "document/office_text.h"
#include "document/reader_office.h"
#include "document/sheet_format.h"
#include "document/xml_part.h"

enum { MAX_COLUMNS = 16 * 1024 };

/* What the value of a cell is. */
typedef enum cell_kind {
    CELL_NUMBER = 0,
    CELL_SHARED, /* an index into the shared strings */
    CELL_STRING,
    CELL_BOOLEAN,
    CELL_ERROR
} cell_kind;

typedef struct sheet_code {
    int64_t id;
    sheet_format format;
} sheet_code;

typedef struct sheet_reader {
    office_text text;
    /* Tables. */
    buffer strings, string_ends; /* ends: of size_t */
    buffer codes;                /* of sheet_code */
    buffer formats;              /* of sheet_format, one for each style of cells */
    bool in_cell_styles;
    bool since_1904;
    /* The sheet that is being read. */
    bool hidden_columns[MAX_COLUMNS];
    uint32_t column; /* of the cell; next one's while between cells */
    cell_kind kind;
    size_t style;
    buffer value;
    bool in_value, in_cell;
    bool is_formula;
    uint32_t n_rows;
    size_t n_rows_left_out, n_hidden_rows;
    /* The workbook. */
    uint32_t n_sheets;
    size_t n_hidden, n_damaged;
    size_t n_uncounted; /* formulas without the value that a program saves beside them */
} sheet_reader;

/* --- shared strings --- */

static bool open_string(void *data, const xml_element *e)
{
    sheet_reader *const d = data;
    d->in_value = strcmp(e->name, "t") == 0;
    return strcmp(e->name, "rPh") != 0; /* how it is pronounced */
}

static void close_string(void *data, const char *name)
{
    sheet_reader *const d = data;
    d->in_value = false;
    if (strcmp(name, "si") == 0) {
        const size_t end = d->strings.len;
        (void)buffer_append(&d->string_ends, span_from((const char *)&end, sizeof(end)));
    }
}

static void add_string(void *data, span text)
{
    sheet_reader *const d = data;
    if (d->in_value) {
        (void)buffer_append(&d->strings, text);
    }
}

static span shared_string(const sheet_reader *d, span index)
{
    size_t i = 0;
    const size_t n = d->string_ends.len / sizeof(size_t);
    const size_t *const ends = (const size_t *)(const void *)d->string_ends.ptr;
    if (index.len == 0 || index.len > 9) {
        return SPAN("");
    }
    for (size_t k = 0; k < index.len; k++) {
        if (index.ptr[k] < '0' || index.ptr[k] > '9') {
            return SPAN("");
        }
        i = i * 10 + (size_t)(index.ptr[k] - '0');
    }
    return i < n ? span_slice(buffer_span(&d->strings), i > 0 ? ends[i - 1] : 0, ends[i])
                 : SPAN("");
}

/* --- formats --- */

static sheet_format find_format(const sheet_reader *d, int64_t id)
{
    const size_t n = d->codes.len / sizeof(sheet_code);
    const sheet_code *const codes = (const sheet_code *)(const void *)d->codes.ptr;
    for (size_t i = 0; i < n; i++) {
        if (codes[i].id == id) {
            return codes[i].format;
        }
    }
    return sheet_format_builtin(id);
}

static bool open_format(void *data, const xml_element *e)
{
    enum { MAX_CODES = 1000 };
    sheet_reader *const d = data;
    if (strcmp(e->name, "numFmt") == 0 && d->codes.len < MAX_CODES * sizeof(sheet_code)) {
        const sheet_code code = {.id = xml_attribute_number(e, "numFmtId", -1),
                                 .format = sheet_format_parse(xml_attribute(e, "formatCode"))};
        (void)buffer_append(&d->codes, span_from((const char *)&code, sizeof(code)));
    } else if (strcmp(e->name, "cellXfs") == 0) {
        d->in_cell_styles = true;
    } else if (strcmp(e->name, "xf") == 0 && d->in_cell_styles) {
        const sheet_format format = find_format(d, xml_attribute_number(e, "numFmtId", 0));
        (void)buffer_append(&d->formats, span_from((const char *)&format, sizeof(format)));
    }
    return true;
}

static void close_format(void *data, const char *name)
{
    sheet_reader *const d = data;
    d->in_cell_styles = d->in_cell_styles && strcmp(name, "cellXfs") != 0;
}

/* --- cells --- */

/* The column of "AB12", from 0; `otherwise` when the reference is none. */
static uint32_t column_of(span reference, uint32_t otherwise)
{
    uint32_t column = 0;
    for (size_t i = 0; i < reference.len && i < 4; i++) {
        const char c = reference.ptr[i];
        if (c < 'A' || c > 'Z') {
            break;
        }
        column = column * 26 + (uint32_t)(c - 'A') + 1;
    }
    return column > 0 && column <= MAX_COLUMNS ? column - 1 : otherwise;
}

static cell_kind kind_of(span type)
{
    static const struct {
        span type;
        cell_kind kind;
    } TYPES[] = {{{"s", 1}, CELL_SHARED},         {{"str", 3}, CELL_STRING},
                 {{"inlineStr", 9}, CELL_STRING}, {{"d", 1}, CELL_STRING},
                 {{"b", 1}, CELL_BOOLEAN},        {{"e", 1}, CELL_ERROR}};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (span_equal(type, TYPES[i].type)) {
            return TYPES[i].kind;
        }
    }
    return CELL_NUMBER;
}

static void hide_columns(sheet_reader *d, const xml_element *e)
{
    const int64_t first = xml_attribute_number(e, "min", 1);
    const int64_t last = xml_attribute_number(e, "max", 0);
    if (xml_attribute_is_on(e, "hidden", false) && first >= 1) {
        for (int64_t i = first; i <= last && i <= MAX_COLUMNS; i++) {
            d->hidden_columns[i - 1] = true;
        }
    }
}

static bool open_row(sheet_reader *d, const xml_element *e)
{
    if (xml_attribute_is_on(e, "hidden", false)) {
        d->n_hidden_rows++;
        return false;
    }
    if (d->n_rows >= LIMIT_SHEET_ROWS) {
        d->n_rows_left_out++;
        return false;
    }
    d->n_rows++;
    d->column = 0;
    office_text_open_row(&d->text);
    return true;
}

static void open_cell(sheet_reader *d, const xml_element *e)
{
    const int64_t style = xml_attribute_number(e, "s", 0);
    d->column = column_of(xml_attribute(e, "r"), d->column);
    d->kind = kind_of(xml_attribute(e, "t"));
    d->style = style >= 0 ? (size_t)style : 0;
    d->in_cell = true;
    d->is_formula = false;
    buffer_reset(&d->value);
}

static bool open_sheet_element(void *data, const xml_element *e)
{
    sheet_reader *const d = data;
    if (strcmp(e->name, "row") == 0) {
        return open_row(d, e);
    }
    if (strcmp(e->name, "c") == 0) {
        open_cell(d, e);
    } else if (strcmp(e->name, "v") == 0 || strcmp(e->name, "t") == 0) {
        d->in_value = d->in_cell;
    } else if (strcmp(e->name, "f") == 0) {
        d->is_formula = d->in_cell;
    } else if (strcmp(e->name, "col") == 0) {
        hide_columns(d, e);
    }
    return strcmp(e->name, "rPh") != 0;
}

static void append_value(sheet_reader *d, buffer *out)
{
    const span value = buffer_span(&d->value);
    const sheet_format general = {.decimals = SHEET_GENERAL};
    const size_t n = d->formats.len / sizeof(sheet_format);
    const sheet_format *const formats = (const sheet_format *)(const void *)d->formats.ptr;
    switch (d->kind) {
    case CELL_NUMBER:
        sheet_format_append(out, d->style < n ? &formats[d->style] : &general, value,
                            d->since_1904);
        break;
    case CELL_SHARED:
        (void)buffer_append(out, shared_string(d, value));
        break;
    case CELL_STRING:
        (void)buffer_append(out, value);
        break;
    case CELL_BOOLEAN:
        (void)buffer_append_string(out, span_equal(value, SPAN("1")) ? "TRUE" : "FALSE");
        break;
    case CELL_ERROR:
        break;
    }
}

static void close_cell(sheet_reader *d)
{
    d->in_cell = false;
    d->n_uncounted += d->is_formula && d->value.len == 0 && d->kind != CELL_STRING ? 1 : 0;
    if (d->value.len > 0 && d->column < MAX_COLUMNS && !d->hidden_columns[d->column]) {
        buffer shown;
        buffer_init(&shown, LIMIT_TEXT_BYTES);
        append_value(d, &shown);
        office_text_set_column(&d->text, d->column);
        office_text_open_cell(&d->text, 1);
        office_text_add_paragraph(&d->text, buffer_span(&shown));
        buffer_deinit(&shown);
    }
    d->column++;
}

static void close_sheet_element(void *data, const char *name)
{
    sheet_reader *const d = data;
    if (strcmp(name, "v") == 0 || strcmp(name, "t") == 0) {
        d->in_value = false;
    } else if (strcmp(name, "c") == 0) {
        close_cell(d);
    } else if (strcmp(name, "row") == 0) {
        office_text_close_row(&d->text);
    }
}

static void add_value(void *data, span text)
{
    sheet_reader *const d = data;
    if (d->in_value) {
        (void)buffer_append(&d->value, text);
    }
}

/* --- the workbook --- */

/* A sheet of workbook.xml; strings belong to the arena. */
typedef struct sheet_entry {
    const char *name, *id;
    bool hidden;
} sheet_entry;

typedef struct sheet_list {
    arena *memory;
    buffer entries;
    bool since_1904, failed;
} sheet_list;

static bool open_workbook(void *data, const xml_element *e)
{
    sheet_list *const list = data;
    if (strcmp(e->name, "workbookPr") == 0) {
        list->since_1904 = xml_attribute_is_on(e, "date1904", false);
    } else if (strcmp(e->name, "sheet") == 0) {
        const span state = xml_attribute(e, "state");
        const sheet_entry entry = {.name = arena_copy(list->memory, xml_attribute(e, "name")),
                                   .id = arena_copy(list->memory, xml_attribute(e, "id")),
                                   .hidden = state.len > 0 && !span_equal(state, SPAN("visible"))};
        list->failed =
            list->failed || entry.name == NULL || entry.id == NULL ||
            !buffer_append(&list->entries, span_from((const char *)&entry, sizeof(entry)));
    }
    return true;
}

static int read_sheet(sheet_reader *d, zip_parts *z, const char *part, const char *name,
                      huis_error *err)
{
    static const xml_handler HANDLER = {
        .open = open_sheet_element, .close = close_sheet_element, .text = add_value};
    d->n_rows = 0;
    d->in_value = d->in_cell = false;
    memset(d->hidden_columns, 0, sizeof(d->hidden_columns));
    office_text_add_place(&d->text,
                          &(reader_place_draft){.kind = PLACE_SHEET,
                                                .number = d->n_sheets,
                                                .genre = DOCUMENT_ARTICLE,
                                                .label = span_from_string(name)},
                          true);
    office_text_open_table(&d->text);
    const int status = xml_part_read(z, part, &HANDLER, d, err);
    office_text_close_table(&d->text);
    return status;
}

static void write_note(const sheet_reader *d)
{
    reader_result *const out = d->text.out;
    reader_add_count(out, d->n_damaged, "sheet is damaged", "sheets are damaged");
    reader_add_count(out, d->n_rows_left_out, "row past the limit left out",
                     "rows past the limit left out");
    reader_add_count(out, d->n_hidden, "hidden sheet left out", "hidden sheets left out");
    reader_add_count(out, d->n_hidden_rows, "hidden row left out", "hidden rows left out");
    reader_add_count(out, d->n_uncounted,
                     "formula has no saved value: open the workbook in its program and save it",
                     "formulas have no saved value: open the workbook in its program and save it");
}

/* A table that is missing or damaged leaves its cells without text or format; the rest is read. */
static int read_tables(sheet_reader *d, zip_parts *z, const office_relations *relations,
                       huis_error *err)
{
    static const xml_handler STRINGS = {
        .open = open_string, .close = close_string, .text = add_string};
    static const xml_handler FORMATS = {.open = open_format, .close = close_format};
    const struct {
        const char *part;
        const xml_handler *handler;
    } TABLES[] = {{office_relation_by_type(relations, "sharedStrings"), &STRINGS},
                  {office_relation_by_type(relations, "styles"), &FORMATS}};
    for (size_t i = 0; i < 2; i++) {
        if (TABLES[i].part != NULL && zip_parts_has(z, TABLES[i].part)) {
            const int status = xml_part_read(z, TABLES[i].part, TABLES[i].handler, d, err);
            if (office_is_fatal(status)) {
                return status;
            }
            d->n_damaged += status != HUIS_OK ? 1 : 0;
        }
    }
    return buffer_ok(&d->strings) && buffer_ok(&d->string_ends) && buffer_ok(&d->codes) &&
                   buffer_ok(&d->formats)
               ? HUIS_OK
               : error_no_memory(err, "the strings of the workbook");
}

static int read_sheets(sheet_reader *d, zip_parts *z, const sheet_list *list,
                       const office_relations *relations, huis_error *err)
{
    const size_t n = list->entries.len / sizeof(sheet_entry);
    const sheet_entry *const entries = (const sheet_entry *)(const void *)list->entries.ptr;
    int damaged = HUIS_OK;
    for (size_t i = 0; i < n; i++) {
        const char *const part = office_relation_by_id(relations, span_from_string(entries[i].id));
        d->n_sheets++;
        if (entries[i].hidden) {
            d->n_hidden++;
            continue;
        }
        if (part != NULL && strstr(part, "worksheets/") == NULL) {
            continue; /* a sheet that is a chart */
        }
        const int status = part != NULL
                               ? read_sheet(d, z, part, entries[i].name, err)
                               : error_set(err, HUIS_E_BAD_FILE, "is damaged: a sheet is missing");
        if (office_is_fatal(status)) {
            return status;
        }
        d->n_damaged += status != HUIS_OK ? 1 : 0;
        damaged = status != HUIS_OK ? status : damaged;
    }
    if (damaged != HUIS_OK && d->text.out->text.len == 0) {
        return damaged;
    }
    RETURN_IF_ERROR(office_text_finish(&d->text, "the workbook", err));
    d->text.out->genre = DOCUMENT_ARTICLE;
    write_note(d);
    return HUIS_OK;
}

static int read_workbook(sheet_reader *d, zip_parts *z, const char *main_part,
                         const office_relations *relations, arena *memory, huis_error *err)
{
    static const xml_handler WORKBOOK = {.open = open_workbook};
    sheet_list list = {.memory = memory};
    buffer_init(&list.entries, LIMIT_OFFICE_TABLE_BYTES);
    int status = xml_part_read(z, main_part, &WORKBOOK, &list, err);
    if (status == HUIS_OK && list.failed) {
        status = error_no_memory(err, "the names of the sheets");
    }
    d->since_1904 = list.since_1904;
    status = status == HUIS_OK ? read_tables(d, z, relations, err) : status;
    status = status == HUIS_OK ? read_sheets(d, z, &list, relations, err) : status;
    buffer_deinit(&list.entries);
    return status;
}

static int read_package(sheet_reader *d, zip_parts *z, arena *memory, huis_error *err)
{
    const char *main_part = NULL;
    RETURN_IF_ERROR(office_find_main(&main_part, z, "xl/workbook.xml", memory, err));
    office_read_title(d->text.out, z, "docProps/core.xml");
    office_relations relations;
    RETURN_IF_ERROR(office_relations_read(&relations, z, main_part, memory, err));
    const int status = read_workbook(d, z, main_part, &relations, memory, err);
    office_relations_deinit(&relations);
    return status;
}

int reader_read_xlsx(reader_result *out, span bytes, huis_error *err)
{
    zip_parts z;
    RETURN_IF_ERROR(zip_parts_open(&z, bytes, err));
    arena memory;
    arena_init(&memory, LIMIT_OFFICE_TABLE_BYTES);
    sheet_reader d = {.n_sheets = 0};
    office_text_init(&d.text, out);
    buffer_init(&d.strings, LIMIT_TEXT_BYTES);
    buffer_init(&d.string_ends, LIMIT_TEXT_BYTES);
    buffer_init(&d.codes, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&d.formats, LIMIT_OFFICE_TABLE_BYTES);
    buffer_init(&d.value, LIMIT_TEXT_BYTES);
    int status = read_package(&d, &z, &memory, err);
    if (status == HUIS_OK && !buffer_ok(&d.value)) {
        status = error_no_memory(err, "a cell of the workbook");
    }
    buffer_deinit(&d.strings);
    buffer_deinit(&d.string_ends);
    buffer_deinit(&d.codes);
    buffer_deinit(&d.formats);
    buffer_deinit(&d.value);
    office_text_deinit(&d.text);
    arena_deinit(&memory);
    zip_parts_close(&z);
    return status;
}
