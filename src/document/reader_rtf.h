/*
 * reader_rtf.h - RTF, as Word, WordPad, TextEdit and LibreOffice write it; inside huis-reader.
 */
#ifndef HUIS_DOCUMENT_READER_RTF_H
#define HUIS_DOCUMENT_READER_RTF_H

#include "document/reader.h"

/* Text in paragraphs, headings as "## Title", items as "- x", rows of tables as "cell | cell",
 * footnotes in brackets. NO_TEXT, LIMIT, NO_MEMORY. reader_mail_init before the sandbox. */
int reader_read_rtf(reader_result *out, span bytes, huis_error *err);

#endif
