/*
 * cache_file.h - files that keep what was derived from another file: header, table, sections.
 *
 * Such a file may be deleted at any time and is made again from its source. The header names the
 * source (size, inode, times, SHA-256 where it is known) and the layout of what the sections hold.
 * A reader checks header and table by their sum, and each section's place against the size of the
 * file, and reads sections where they are mapped; what the sections hold is summed when it is
 * written and by cache_file_verify only. The header is written last: a file that was not finished
 * has none. Numbers are as the processor has them; a file of another byte order is refused.
 */
#ifndef HUIS_BASE_CACHE_FILE_H
#define HUIS_BASE_CACHE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/file.h"
#include "base/span.h"
#include "huis/error.h"

/* Of a packed model: panels (kernel/panel.h), their order (engine/weights.c) and vocabulary tables.
 * One more whenever one of them changes; the test engine-packed fails when that was forgotten. */
enum { CACHE_LAYOUT_PACKED_MODEL = 5 };

enum { CACHE_FILE_ALIGNMENT = 64 /* of each section */, CACHE_SHA256_LENGTH = 64 };

/* What the file was derived from. No padding: compared and summed as bytes. */
typedef struct cache_source {
    file_identity file;
    char sha256[CACHE_SHA256_LENGTH]; /* hexadecimal; zeros: not known */
} cache_source;

/* `kind`, `form`, `n_rows` and `n_cols` mean what the caller wants. */
typedef struct cache_section {
    uint32_t kind, form;
    uint64_t n_rows, n_cols;
    uint64_t offset, size_bytes; /* in the file */
    uint64_t check;              /* sum of the contents */
} cache_section;

typedef struct cache_header {
    char magic[8];
    uint32_t byte_order, version; /* of this form */
    uint32_t layout, n_sections;
    cache_source source;
    uint64_t file_bytes;
    uint64_t check; /* of the header with 0 here, then of the table, which follows it */
} cache_header;

/* The checked start of a file. */
typedef struct cache_file {
    const cache_section *sections; /* [n_sections], ascending, not overlapping */
    uint32_t n_sections;
} cache_file;

/* All but the SHA-256, of a regular file; `name` is for messages. */
int cache_source_from_fd(cache_source *out_source, int fd, const char *name, huis_error *err);
/* False (and unchanged): not 64 hexadecimal digits. */
bool cache_source_set_sha256(cache_source *source, span sha256);

/* Checks the start of a file of `file_bytes` bytes: header and table must lie within `head`, which
 * is aligned for them and must outlive *out_file. BAD_FILE says what is wrong or stale. */
int cache_file_check(cache_file *out_file, span head, uint64_t file_bytes,
                     const cache_source *source, uint32_t layout, huis_error *err);
/* The same of an open file, which is not mapped. */
int cache_file_check_fd(int fd, const cache_source *source, uint32_t layout, huis_error *err);
/* The same, and reads every section: BAD_FILE when one differs from its sum. */
int cache_file_verify(int fd, const cache_source *source, uint32_t layout, huis_error *err);

/* Writes a file piece by piece, so that the writer can do other things in between. */
typedef struct cache_writer {
    int fd; /* the caller's; at least 0 while something is left to write */
    cache_header header;
    cache_section *sections;     /* [header.n_sections], owned; checks are filled in */
    const unsigned char **parts; /* [header.n_sections], owned: where each section's bytes are */
    size_t i_section;
    uint64_t done_bytes; /* of that section */
} cache_writer;

/* `sections` (ascending, without sums; copied) and the bytes of each, which must stay. */
int cache_writer_init(cache_writer *out_writer, int fd, const cache_source *source, uint32_t layout,
                      const cache_section *sections, const unsigned char *const *parts,
                      uint32_t n_sections, huis_error *err);
void cache_writer_deinit(cache_writer *w);
/* Whether something is left to write. */
bool cache_writer_is_busy(const cache_writer *w);
/* Writes about a MiB more, and header and table in the end. An error ends the writing. */
int cache_writer_step(cache_writer *w, huis_error *err);
/* Where the first section may begin. */
uint64_t cache_file_head_bytes(uint32_t n_sections);

#endif
