/*
 * epub_package.h - what an EPUB's package says: its chapters in order, with their titles.
 */
#ifndef HUIS_DOCUMENT_EPUB_PACKAGE_H
#define HUIS_DOCUMENT_EPUB_PACKAGE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/map.h"
#include "document/reader.h"
#include "document/zip_parts.h"

typedef struct epub_chapter {
    const char *part;  /* the member's name */
    const char *title; /* in the book's table of contents; "" */
} epub_chapter;

typedef struct epub_package {
    arena *memory;
    const char *path; /* of the package itself */
    buffer items;     /* of epub_item (epub_package.c) */
    map by_id, by_part;
    buffer order;      /* indices of items, of uint32_t */
    buffer chapters;   /* of epub_chapter */
    uint32_t contents; /* index of the item with the table of contents */
    bool failed;       /* no memory */
} epub_package;

/* The title goes to `out`. Covers, title pages, tables of contents and what is not part of the
 * reading order are no chapters. BAD_FILE, UNSUPPORTED (a book with rights management), NO_MEMORY. */
int epub_package_read(epub_package *p, zip_parts *z, arena *memory, reader_result *out,
                      huis_error *err);
void epub_package_deinit(epub_package *p);
const epub_chapter *epub_chapters(const epub_package *p, size_t *out_n);

#endif
