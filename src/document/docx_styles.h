/*
 * docx_styles.h - what the styles and the numbering of a DOCX say about a paragraph.
 */
#ifndef HUIS_DOCUMENT_DOCX_STYLES_H
#define HUIS_DOCUMENT_DOCX_STYLES_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "document/zip_parts.h"

enum { DOCX_LEVELS = 9, DOCX_NO_NUMBER = -1 };

typedef enum docx_role {
    DOCX_BODY = 0,
    DOCX_TITLE = 1,
    DOCX_HEADING = 2,
    DOCX_CONTENTS = 3 /* of tables of contents, figures, ... */
} docx_role;

typedef struct docx_style {
    docx_role role;
    uint32_t level; /* of a heading, from 1 */
    int32_t number; /* the list it belongs to; DOCX_NO_NUMBER */
    int32_t depth;  /* the level in that list; DOCX_NO_NUMBER: as the list says */
    bool hidden;
    int32_t based_on; /* index; -1 */
    bool has_role, has_number, resolved;
} docx_style;

typedef struct docx_styles {
    arena *memory;
    buffer list; /* of docx_style */
    map names;   /* id to index */
} docx_styles;

/* `part` NULL: no styles. */
int docx_styles_read(docx_styles *out, zip_parts *z, const char *part, arena *memory,
                     huis_error *err);
void docx_styles_deinit(docx_styles *s);
/* The style of that id, its bases looked through; that of body text when there is none. */
docx_style docx_style_find(const docx_styles *s, span id);

typedef struct docx_numbering {
    buffer lists;   /* of docx_list, sorted by id */
    buffer numbers; /* of docx_number, sorted by id */
} docx_numbering;

int docx_numbering_read(docx_numbering *out, zip_parts *z, const char *part, huis_error *err);
void docx_numbering_deinit(docx_numbering *n);
/* Counts a paragraph of list `number` at `depth` and writes its label ("2.1.") to `out`; empty for a
 * bullet. False: there is no such list. */
bool docx_number_next(docx_numbering *n, int32_t number, int32_t depth, buffer *out);

#endif
