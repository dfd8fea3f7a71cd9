/*
 * document_source.h - a document by path, or from standard input, as plain text.
 *
 * Text and Markdown are read here; mail and pages by huis-reader, in its sandbox, within
 * LIMIT_READER_TIME_MS. The format comes from the name's ending, else from the first bytes.
 */
#ifndef HUIS_CLI_DOCUMENT_SOURCE_H
#define HUIS_CLI_DOCUMENT_SOURCE_H

#include <stdint.h>

#include "document/reader.h"
#include "huis/error.h"

/* The default for `max_bytes`: more than any mail or article, little enough for any machine. */
#define DOCUMENT_SOURCE_MAX_BYTES (64ull * 1024 * 1024)

/* `path` "-" is standard input. Nothing past `max_bytes` is read; a file that is larger is refused
 * at once. Errors carry the name of the document: NOT_FOUND, IO, LIMIT, NO_TEXT, WORKER. */
int document_source_read(reader_result *out, const char *path, uint64_t max_bytes, huis_error *err);
/* The same with the path of huis-reader; NULL: beside the program, or where it is installed. */
int document_source_read_by(reader_result *out, const char *path, uint64_t max_bytes,
                            const char *helper, huis_error *err);

#endif
