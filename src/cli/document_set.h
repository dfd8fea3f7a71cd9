/*
 * document_set.h - one or several documents as one text: files, folders, Maildirs.
 *
 * Each document of several is a PLACE_DOCUMENT; they are read one after the other, a blank line
 * between them. What is named must be readable; what is only found in a folder and cannot be read is
 * left out and told. Symbolic links and hidden files in folders are not followed.
 */
#ifndef HUIS_CLI_DOCUMENT_SET_H
#define HUIS_CLI_DOCUMENT_SET_H

#include <stddef.h>
#include <stdint.h>

#include "document/reader.h"
#include "huis/error.h"

typedef struct document_set_options {
    uint64_t max_bytes; /* of all documents together, as they lie on the disk */
    const char
        *helper; /* path of huis-reader; NULL: beside the program, or where it is installed */
    /* Before each document of several; may be NULL. */
    void (*on_document)(void *user, const char *name, size_t i_document, size_t n_documents);
    /* A file of a folder that could not be read; may be NULL. */
    void (*on_left_out)(void *user, const char *name, const char *why);
    void *user;
} document_set_options;

/* `paths`: files, folders, "-" for standard input. Errors as document_source_read; NO_TEXT also when
 * nothing in a folder could be read; LIMIT when there are more than LIMIT_SET_DOCUMENTS. */
int document_set_read(reader_result *out, const char *const *paths, size_t n_paths,
                      const document_set_options *options, huis_error *err);

#endif
