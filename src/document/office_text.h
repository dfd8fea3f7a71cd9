/*
 * office_text.h - blocks of office documents as plain text: paragraphs, headings, items, tables.
 *
 * Headings become "## Title" lines, items "- item" with two spaces for each level, rows of tables
 * "cell | cell". Blocks stand between empty lines, except items and rows that follow one another.
 * Characters that a person cannot see are dropped, white space is one space.
 */
#ifndef HUIS_DOCUMENT_OFFICE_TEXT_H
#define HUIS_DOCUMENT_OFFICE_TEXT_H

#include "document/reader.h"

typedef enum office_block_kind {
    OFFICE_PARAGRAPH = 1, /* "\n" in it is a line break */
    OFFICE_HEADING = 2,
    OFFICE_ITEM = 3
} office_block_kind;

typedef struct office_block {
    office_block_kind kind;
    uint32_t level; /* of a heading, from 1; of an item, from 0 */
    span label;     /* number of a heading or item: "2.1", "a)"; empty: none, of an item "-" */
} office_block;

typedef struct office_text {
    reader_result *out;
    bool tight;       /* the last block was an item */
    bool place_due;   /* `place` starts with the next block */
    bool heading_due; /* ... whose label is a heading, to be written before it */
    reader_place_draft place;
    char place_label[256];
    buffer clean;    /* of one block */
    buffer notes;    /* for after this block: lines */
    uint32_t tables; /* tables in tables that are open */
    uint32_t row, column, next_column;
    bool rows_written; /* the last block was a row of this table */
    buffer cells;      /* of table_cell: the rows that are held */
    buffer cell_texts;
} office_text;

void office_text_init(office_text *t, reader_result *out);
void office_text_deinit(office_text *t);
/* Whether nothing failed for want of memory or room. */
bool office_text_ok(const office_text *t);
/* Adds what is due. LIMIT, NO_MEMORY, or NO_TEXT with `what` ("the presentation") holding no word. */
int office_text_finish(office_text *t, const char *what, huis_error *err);

void office_text_add(office_text *t, const office_block *block, span text);
void office_text_add_paragraph(office_text *t, span text);
/* A footnote: in brackets after the block that comes next. */
void office_text_add_note(office_text *t, span text);
/* The place starts with the next block, if there is one; `heading`: its label is a heading. */
void office_text_add_place(office_text *t, const reader_place_draft *place, bool heading);

/* Blocks that are added in between belong to the cell. Tables in tables are text of their cell. */
void office_text_open_table(office_text *t);
void office_text_open_row(office_text *t);
/* The next cell, `width` columns wide. */
void office_text_open_cell(office_text *t, uint32_t width);
/* The open cell is wider by so many columns. */
void office_text_widen_cell(office_text *t, uint32_t columns);
/* The next cell stands in this column, from 0. */
void office_text_set_column(office_text *t, uint32_t column);
void office_text_close_row(office_text *t);
void office_text_close_table(office_text *t);

/* Appends with white space runs as one space; `lines`: line ends stay. */
void office_append_collapsed(buffer *out, span text, bool lines);

#endif
