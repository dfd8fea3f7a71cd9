/*
 * office_package.h - what the parts of an OOXML file (DOCX, PPTX, XLSX) are to each other, and the
 * document's properties.
 */
#ifndef HUIS_DOCUMENT_OFFICE_PACKAGE_H
#define HUIS_DOCUMENT_OFFICE_PACKAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "document/reader.h"
#include "document/zip_parts.h"

typedef struct office_relation {
    const char *id;
    const char *type;   /* the last step of its address: "styles", "slide" */
    const char *target; /* the member's name */
} office_relation;

typedef struct office_relations {
    arena *memory;
    buffer list; /* of office_relation */
} office_relations;

/* Of the member `part`; "" for the package itself. A part without relations has none: no error. The
 * strings belong to `memory`. LIMIT, BAD_FILE, NO_MEMORY. */
int office_relations_read(office_relations *out, zip_parts *z, const char *part, arena *memory,
                          huis_error *err);
void office_relations_deinit(office_relations *r);
/* NULL: there is none. */
const char *office_relation_by_type(const office_relations *r, const char *type);
const char *office_relation_by_id(const office_relations *r, span id);

/* The main part of the package ("word/document.xml"), which must be in it. The name belongs to
 * `memory`. BAD_FILE. */
int office_find_main(const char **out_name, zip_parts *z, const char *usual, arena *memory,
                     huis_error *err);

/* The title from a part with a dc:title, if it has one that a person wrote. Damage is no error. */
void office_read_title(reader_result *out, zip_parts *z, const char *part);

/* Whether an error is final, or only means that a part (styles, notes) is left out. */
bool office_is_fatal(int status);

#endif
