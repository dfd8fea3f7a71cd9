/*
 * reader_pdf.h - PDF files to text; only in huis-reader-pdf, which alone links poppler.
 */
#ifndef HUIS_DOCUMENT_READER_PDF_H
#define HUIS_DOCUMENT_READER_PDF_H

#include "document/reader.h"

/* Loads what poppler looks up in files; once, before the sandbox. */
void reader_pdf_init(void);
/* NO_TEXT (no text, or pictures of pages), BAD_FILE, UNSUPPORTED (a password), LIMIT, NO_MEMORY. */
int reader_read_pdf(reader_result *out, span bytes, huis_error *err);

#endif
