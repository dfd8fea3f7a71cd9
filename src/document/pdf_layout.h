/*
 * pdf_layout.h - words at places of a page to text in reading order.
 *
 * Two steps, both pure: pdf_layout_add_page puts the words of a page into lines and the lines into
 * reading order (pdf_layout.c); pdf_layout_write, when all pages are known, drops what is repeated
 * on them, rebuilds paragraphs and joins words that were cut at a line's end (pdf_text.c). Nothing
 * here knows of PDF files: reader_pdf.c takes the words out of them.
 *
 * Units: points (1/72 inch) from the top left corner, y downwards.
 */
#ifndef HUIS_DOCUMENT_PDF_LAYOUT_H
#define HUIS_DOCUMENT_PDF_LAYOUT_H

#include "document/reader.h"

/* A run of characters without white space. */
typedef struct pdf_word {
    float x0, y0, x1, y1;
    float size;         /* of the font; > 0 */
    uint32_t text, len; /* in the page's text: valid UTF-8, len > 0 */
    bool bold;
    bool mono;   /* every letter has the same width: mostly code */
    bool glued;  /* no white space between the word before and this one */
    bool turned; /* written upwards or downwards */
} pdf_word;

typedef struct pdf_page {
    uint32_t number; /* from 1 */
    float width, height;
    span text;
    const pdf_word *words;
    size_t n_words;
} pdf_page;

/* A line of a column, in reading order. */
typedef struct pdf_line {
    float x0, y0, x1, y1;
    float size;         /* mean over the characters */
    float left, right;  /* of its column */
    uint32_t page;      /* number */
    uint32_t text, len; /* in the pool */
    float page_height;
    uint32_t n_parts, n_repeated; /* cells, and how many of them stand on other pages too */
    uint8_t heading;              /* level of a title, from 1; 0: none */
    bool bold;                    /* all of it */
    bool mono;                    /* nearly all of it */
    bool cells;                   /* of a table: parts far from each other */
    bool turned;                  /* written upwards or downwards */
    bool dropped;                 /* running header or footer, page number */
    bool footnote;                /* below the column's text, smaller */
} pdf_line;

typedef struct pdf_layout {
    buffer pool;  /* the text of all lines */
    buffer lines; /* of pdf_line */
} pdf_layout;

void pdf_layout_init(pdf_layout *layout);
void pdf_layout_deinit(pdf_layout *layout);

/* Pages are added in their order. LIMIT: text or lines past their limits. NO_MEMORY. */
int pdf_layout_add_page(pdf_layout *layout, const pdf_page *page, huis_error *err);
/* Appends the text with its PLACE_PAGE marks to `out`. NO_MEMORY, LIMIT. */
int pdf_layout_write(pdf_layout *layout, reader_result *out, huis_error *err);

const pdf_line *pdf_layout_lines(const pdf_layout *layout, size_t *out_n);

/* The column gutter and the reading order of runs of words (pdf_columns.c). */
typedef struct pdf_run {
    float x0, y0, x1, y1, size;
    uint32_t first_word, last_word; /* a chain through `next` of pdf_link */
    uint32_t n_words;
} pdf_run;

/* A line of the page: runs [first, first + n) of the order, and its column. */
typedef struct pdf_row {
    size_t first, n;
    float left, right;
} pdf_row;

/* Reorders `runs` into reading order and appends the rows to `rows` (of pdf_row). */
bool pdf_columns_order(pdf_run *runs, size_t n_runs, buffer *rows);

#endif
