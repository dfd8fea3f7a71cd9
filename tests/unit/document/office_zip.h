/*
 * office_zip.h - small zipped documents for tests, made in memory from the texts of their parts.
 */
#ifndef HUIS_TESTS_OFFICE_ZIP_H
#define HUIS_TESTS_OFFICE_ZIP_H

#include "base/buffer.h"

typedef struct office_part {
    const char *name; /* NULL ends a list */
    const char *text;
    size_t len; /* 0: the text is terminated */
} office_part;

/* The archive's bytes. Parts are stored or packed as libzip sees fit. False: libzip failed. */
bool office_zip(buffer *out, const office_part *parts);
/* ... all stored, which is quick. */
bool office_zip_stored(buffer *out, const office_part *parts);

/* Parts of Word around what stands in the body; `extra` (may be NULL) are further parts. */
bool office_docx(buffer *out, const char *body, const office_part *extra);

#endif
