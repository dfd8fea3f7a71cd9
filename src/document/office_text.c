/*
 * office_text.c - see office_text.h.
 *
 * Idea: a block is cleaned and written at once. Rows of tables are held back, since only the whole
 * table tells which columns are empty everywhere (those are left out) and whether a row is data
 * ("cell | cell") or a box around paragraphs (which are then written as such). What is held is
 * bounded: a long table is written in stretches.
 */
#include "document/office_text.h"

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document_parts.h"
#include "document/encoding.h"
#include "document/text_chars.h"

enum {
    HELD_BYTES = 256 * 1024, /* of a table */
    HELD_CELLS = 16 * 1024,
    MAX_COLUMNS = 16 * 1024, /* as in a workbook */
    ROW_BYTES = 1500,        /* a longer row is no data */
    CELL_BYTES = 600,        /* ... nor is a longer cell */
    CELL_BLOCKS = 3,
    HEADING_BYTES = 300, /* a longer one is a paragraph that looks like a heading */
    MAX_LEVEL = 6,
    LABEL_BYTES = 40
};

typedef struct table_cell {
    uint32_t row, column;
    office_block_kind kind;
    uint32_t level;
    size_t label, label_len, text, text_len; /* in cell_texts */
} table_cell;

void office_text_init(office_text *t, reader_result *out)
{
    *t = (office_text){.out = out};
    buffer_init(&t->clean, LIMIT_TEXT_BYTES);
    buffer_init(&t->notes, LIMIT_TEXT_BYTES);
    buffer_init(&t->cells, LIMIT_TEXT_BYTES);
    buffer_init(&t->cell_texts, LIMIT_TEXT_BYTES);
}

void office_text_deinit(office_text *t)
{
    buffer_deinit(&t->clean);
    buffer_deinit(&t->notes);
    buffer_deinit(&t->cells);
    buffer_deinit(&t->cell_texts);
}

bool office_text_ok(const office_text *t)
{
    return buffer_ok(&t->out->text) && buffer_ok(&t->clean) && buffer_ok(&t->notes) &&
           buffer_ok(&t->cells) && buffer_ok(&t->cell_texts) && reader_places_ok(t->out);
}

void office_append_collapsed(buffer *out, span text, bool lines)
{
    const size_t start = out->len;
    bool space = false;
    bool newline = false;
    size_t pos = 0;
    while (pos < text.len && buffer_ok(out)) {
        size_t end = pos;
        size_t len = 0;
        while (end < text.len && char_at(text, end, &len) != CHAR_SPACE) {
            end += len;
        }
        if (end == pos) {
            space = true;
            newline = newline || (lines && text.ptr[pos] == '\n');
            pos += len;
            continue;
        }
        if (out->len > start && space) {
            (void)buffer_append_byte(out, newline ? '\n' : ' ');
        }
        (void)buffer_append(out, span_slice(text, pos, end));
        space = newline = false;
        pos = end;
    }
}

/* --- blocks --- */

/* The empty line or line end between blocks. */
static void separate(office_text *t, bool tight)
{
    buffer *const out = &t->out->text;
    if (buffer_ok(out) && out->len > 0) {
        (void)buffer_append_string(out, tight ? "\n" : "\n\n");
    }
    if (t->place_due && buffer_ok(out)) {
        t->place_due = false;
        t->place.start = out->len;
        reader_add_place(t->out, &t->place);
    }
}

/* The heading of a place that is known to hold something now. */
static void write_due_heading(office_text *t)
{
    if (!t->heading_due || !buffer_ok(&t->out->text)) {
        return;
    }
    t->heading_due = false;
    separate(t, false);
    (void)buffer_append_string(&t->out->text, "# ");
    buffer name;
    buffer_init(&name, LIMIT_KIB);
    encoding_append_clean(&name, t->place.label);
    office_append_collapsed(&t->out->text, buffer_span(&name), false);
    buffer_deinit(&name);
    t->tight = t->rows_written = false;
}

static void write_block(office_text *t, const office_block *block, span text)
{
    static const char MARKS[] = "######";
    buffer *const out = &t->out->text;
    const bool heading = block->kind == OFFICE_HEADING && text.len <= HEADING_BYTES;
    const bool item = block->kind == OFFICE_ITEM;
    write_due_heading(t);
    separate(t, t->tight && item);
    t->tight = item;
    t->rows_written = false;
    if (heading) {
        const uint32_t level = block->level < MAX_LEVEL ? block->level : MAX_LEVEL;
        (void)buffer_append(out, span_from(MARKS, level > 0 ? level : 1));
        (void)buffer_append_byte(out, ' ');
    }
    for (uint32_t i = 0; item && i < block->level && i < LIMIT_READER_DEPTH; i++) {
        (void)buffer_append_string(out, "  ");
    }
    const span label = span_slice(block->label, 0, LABEL_BYTES);
    if (item || label.len > 0) {
        (void)buffer_append(out, label.len > 0 ? label : SPAN("-"));
        (void)buffer_append_byte(out, ' ');
    }
    (void)buffer_append(out, text);
}

static void write_notes(office_text *t)
{
    const office_block paragraph = {.kind = OFFICE_PARAGRAPH};
    buffer notes = t->notes;
    buffer_init(&t->notes, LIMIT_TEXT_BYTES);
    size_t pos = 0;
    while (pos < notes.len) {
        const char *const newline = memchr(notes.ptr + pos, '\n', notes.len - pos);
        const size_t end = newline != NULL ? (size_t)(newline - notes.ptr) : notes.len;
        write_block(t, &paragraph, span_slice(buffer_span(&notes), pos, end));
        pos = end + 1;
    }
    buffer_deinit(&notes);
}

/* The cleaned text, valid until the next call. */
static span clean(office_text *t, span text, bool lines)
{
    buffer seen;
    buffer_init(&seen, LIMIT_TEXT_BYTES);
    encoding_append_clean(&seen, text);
    buffer_reset(&t->clean);
    office_append_collapsed(&t->clean, buffer_span(&seen), lines);
    if (!buffer_ok(&seen)) {
        t->clean.status = seen.status;
    }
    buffer_deinit(&seen);
    return buffer_span(&t->clean);
}

static void hold_cell(office_text *t, const office_block *block, span text)
{
    const span label = span_slice(block->label, 0, LABEL_BYTES);
    const table_cell cell = {.row = t->row,
                             .column = t->column,
                             .kind = block->kind,
                             .level = block->level,
                             .label = t->cell_texts.len,
                             .label_len = label.len,
                             .text = t->cell_texts.len + label.len,
                             .text_len = text.len};
    (void)buffer_append(&t->cell_texts, label);
    (void)buffer_append(&t->cell_texts, text);
    (void)buffer_append(&t->cells, span_from((const char *)&cell, sizeof(cell)));
}

void office_text_add(office_text *t, const office_block *block, span text)
{
    if (!office_text_ok(t)) {
        return;
    }
    const span seen = clean(t, text, block->kind == OFFICE_PARAGRAPH && t->tables == 0);
    if (seen.len == 0) {
        return;
    }
    if (t->tables > 0) {
        hold_cell(t, block, seen);
        return;
    }
    write_block(t, block, seen);
    write_notes(t);
}

void office_text_add_paragraph(office_text *t, span text)
{
    office_text_add(t, &(office_block){.kind = OFFICE_PARAGRAPH}, text);
}

void office_text_add_note(office_text *t, span text)
{
    const span seen = clean(t, text, false);
    if (seen.len > 0) {
        (void)buffer_append_byte(&t->notes, '[');
        (void)buffer_append(&t->notes, seen);
        (void)buffer_append_string(&t->notes, "]\n");
    }
}

void office_text_add_place(office_text *t, const reader_place_draft *place, bool heading)
{
    const size_t len =
        place->label.len < sizeof(t->place_label) ? place->label.len : sizeof(t->place_label);
    if (len > 0) {
        memcpy(t->place_label, place->label.ptr, len);
    }
    t->place = *place;
    t->place.label = span_from(t->place_label, len);
    t->place.label = span_slice(t->place.label, 0, utf8_valid_prefix(t->place.label));
    t->place.who = t->place.when = SPAN("");
    t->place_due = true;
    t->heading_due = heading && len > 0;
}

int office_text_finish(office_text *t, const char *what, huis_error *err)
{
    while (t->tables > 0) {
        office_text_close_table(t);
    }
    write_notes(t);
    if (!office_text_ok(t)) {
        return t->out->text.status == HUIS_E_LIMIT
                   ? error_set(err, HUIS_E_LIMIT, "%s's text is longer than %zu bytes", what,
                               t->out->text.max_bytes)
                   : error_no_memory(err, "the text of the document");
    }
    if (words_up_to(buffer_span(&t->out->text), 1) == 0) {
        return error_set(err, HUIS_E_NO_TEXT, "%s holds no text", what);
    }
    return HUIS_OK;
}

/* --- tables --- */

static const table_cell *held_cells(const office_text *t, size_t *out_n)
{
    *out_n = t->cells.len / sizeof(table_cell);
    return (const table_cell *)(const void *)t->cells.ptr;
}

static span cell_text(const office_text *t, const table_cell *cell)
{
    return span_slice(buffer_span(&t->cell_texts), cell->text, cell->text + cell->text_len);
}

/* Whether the cells of a row are data that fit on one line; else they hold paragraphs. */
static bool is_data_row(const table_cell *cells, size_t n, size_t n_columns)
{
    size_t bytes = 0;
    size_t in_cell = 0;
    size_t blocks = 0;
    bool several = false;
    for (size_t i = 0; i < n; i++) {
        const bool same = i > 0 && cells[i].column == cells[i - 1].column;
        in_cell = (same ? in_cell : 0) + cells[i].text_len;
        blocks = same ? blocks + 1 : 1;
        several = several || (i > 0 && !same);
        bytes += cells[i].text_len;
        if (in_cell > CELL_BYTES || blocks > CELL_BLOCKS || cells[i].kind == OFFICE_HEADING) {
            return false;
        }
    }
    return n_columns > 1 && bytes <= ROW_BYTES && (several || n == 1);
}

static void write_blocks_of_row(office_text *t, const table_cell *cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const office_block block = {.kind = cells[i].kind,
                                    .level = cells[i].level,
                                    .label = span_slice(buffer_span(&t->cell_texts), cells[i].label,
                                                        cells[i].label + cells[i].label_len)};
        write_block(t, &block, cell_text(t, &cells[i]));
    }
}

/* "a | | c": empty cells keep their place, those at the end do not. */
static void write_data_row(office_text *t, const table_cell *cells, size_t n, const bool *used)
{
    buffer *const out = &t->out->text;
    write_due_heading(t);
    separate(t, t->rows_written);
    t->rows_written = true;
    t->tight = false;
    uint32_t column = 0;
    bool alone = true;
    for (size_t i = 1; i < n; i++) {
        alone = alone && cells[i].column == cells[0].column;
    }
    for (size_t i = 0; i < n; i++) {
        for (; column < cells[i].column && !alone; column++) {
            (void)(used[column] ? buffer_append_string(out, "| ") : true);
        }
        (void)buffer_append(out, cell_text(t, &cells[i]));
        (void)(i + 1 < n ? buffer_append_byte(out, ' ') : true);
    }
}

/* Marks the columns that hold something; returns how many. */
static size_t find_columns(const table_cell *cells, size_t n, bool *used)
{
    size_t n_used = 0;
    for (size_t i = 0; i < n; i++) {
        n_used += used[cells[i].column] ? 0 : 1;
        used[cells[i].column] = true;
    }
    return n_used;
}

static void write_held_rows(office_text *t)
{
    size_t n = 0;
    const table_cell *const cells = held_cells(t, &n);
    bool *const used = n > 0 ? memory_alloc(MAX_COLUMNS, sizeof(bool)) : NULL;
    if (n > 0 && used == NULL) {
        t->clean.status = HUIS_E_NO_MEMORY;
        return;
    }
    const size_t n_columns = find_columns(cells, n, used);
    for (size_t first = 0; first < n && buffer_ok(&t->out->text);) {
        size_t end = first;
        while (end < n && cells[end].row == cells[first].row) {
            end++;
        }
        if (is_data_row(cells + first, end - first, n_columns)) {
            write_data_row(t, cells + first, end - first, used);
        } else {
            write_blocks_of_row(t, cells + first, end - first);
        }
        first = end;
    }
    memory_free(used);
    buffer_reset(&t->cells);
    buffer_reset(&t->cell_texts);
}

void office_text_open_table(office_text *t)
{
    if (t->tables++ == 0) {
        t->row = t->column = t->next_column = 0;
        t->rows_written = false;
    }
}

void office_text_open_row(office_text *t)
{
    if (t->tables == 1) {
        t->row++;
        t->column = t->next_column = 0;
    }
}

void office_text_set_column(office_text *t, uint32_t column)
{
    if (t->tables == 1) {
        t->next_column = column;
    }
}

void office_text_open_cell(office_text *t, uint32_t width)
{
    if (t->tables == 1) {
        t->column = t->next_column < MAX_COLUMNS ? t->next_column : MAX_COLUMNS - 1;
        t->next_column = width < MAX_COLUMNS ? t->column + width : MAX_COLUMNS - 1;
    }
}

void office_text_widen_cell(office_text *t, uint32_t columns)
{
    if (t->tables == 1 && columns < MAX_COLUMNS && t->next_column < MAX_COLUMNS) {
        t->next_column += columns;
    }
}

void office_text_close_row(office_text *t)
{
    if (t->tables == 1 && office_text_ok(t) &&
        (t->cell_texts.len > HELD_BYTES || t->cells.len > HELD_CELLS * sizeof(table_cell))) {
        write_held_rows(t);
    }
}

void office_text_close_table(office_text *t)
{
    t->tables -= t->tables > 0 ? 1 : 0;
    if (t->tables == 0 && office_text_ok(t)) {
        write_held_rows(t);
        t->rows_written = false;
        write_notes(t);
    }
}
