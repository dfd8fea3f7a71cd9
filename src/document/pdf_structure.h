/*
 * pdf_structure.h - what the lines of a PDF are besides text: headings, lists of contents, indexes.
 * For pdf_text.c only.
 */
#ifndef HUIS_DOCUMENT_PDF_STRUCTURE_H
#define HUIS_DOCUMENT_PDF_STRUCTURE_H

#include "document/pdf_layout.h"

/* Sets `dropped` of the lines of a list of contents and of an index. */
void pdf_structure_drop_lists(const pdf_layout *layout, pdf_line *lines, size_t n);
/* Sets `heading` of titles, from 1. Running headers are dropped and notes marked before;
 * `body_size` is the size of most of the text. */
void pdf_structure_mark_headings(const pdf_layout *layout, pdf_line *lines, size_t n,
                                 float body_size);

/* Leaves `mono` to lines of code. After notes are marked, before headings. */
void pdf_structure_mark_code(pdf_line *lines, size_t n);

#endif
