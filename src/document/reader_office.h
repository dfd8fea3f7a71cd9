/*
 * reader_office.h - zipped documents to plain text, with libzip and libxml2. For huis-reader and its
 * tests only.
 *
 * All of them: BAD_FILE (damaged or hostile), UNSUPPORTED (password, old binary format), LIMIT,
 * NO_TEXT, NO_MEMORY. Of a document that is damaged behind its beginning the beginning is given, and
 * out->note says so.
 */
#ifndef HUIS_DOCUMENT_READER_OFFICE_H
#define HUIS_DOCUMENT_READER_OFFICE_H

#include "document/reader.h"

int reader_read_docx(reader_result *out, span bytes, huis_error *err);
/* Texts, workbooks and presentations of OpenDocument. */
int reader_read_odf(reader_result *out, span bytes, huis_error *err);
int reader_read_pptx(reader_result *out, span bytes, huis_error *err);
int reader_read_xlsx(reader_result *out, span bytes, huis_error *err);
int reader_read_epub(reader_result *out, span bytes, huis_error *err);

#endif
