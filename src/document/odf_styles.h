/*
 * odf_styles.h - what the styles of an OpenDocument file say: what is hidden, what is a title, how
 * lists are numbered.
 */
#ifndef HUIS_DOCUMENT_ODF_STYLES_H
#define HUIS_DOCUMENT_ODF_STYLES_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "document/office_number.h"
#include "document/xml_part.h"

enum { ODF_LIST_LEVELS = 10, ODF_SUFFIX_BYTES = 8 };

typedef struct odf_style {
    int32_t parent; /* index; -1 */
    bool hidden;    /* text, a sheet, or a slide that is not shown */
    bool is_title;
} odf_style;

typedef struct odf_list_style {
    office_digits digits[ODF_LIST_LEVELS];
    char suffixes[ODF_LIST_LEVELS][ODF_SUFFIX_BYTES]; /* ")" */
} odf_list_style;

typedef struct odf_styles {
    arena *memory;
    buffer list;  /* of odf_style */
    buffer lists; /* of odf_list_style */
    map names, list_names;
    int32_t open, open_list; /* the style that is being read; -1 */
    bool failed;             /* no memory */
} odf_styles;

void odf_styles_init(odf_styles *s, arena *memory);
void odf_styles_deinit(odf_styles *s);
/* Takes what belongs to styles outside the body of content.xml and in styles.xml. */
void odf_styles_open(odf_styles *s, const xml_element *e);
void odf_styles_close(odf_styles *s, const char *name);

/* Its parents looked through. */
odf_style odf_style_find(const odf_styles *s, span name);
/* -1: there is none. */
int32_t odf_list_style_find(const odf_styles *s, span name);
const odf_list_style *odf_list_style_at(const odf_styles *s, int32_t index);

#endif
