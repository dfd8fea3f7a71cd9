/*
 * document_source.h - a document by path, or from standard input, as plain text.
 *
 * Text and Markdown are read here; all other formats by huis-reader, in its sandbox, within
 * LIMIT_READER_TIME_MS. The format comes from the name's ending, else from the first bytes.
 */
#ifndef HUIS_CLI_DOCUMENT_SOURCE_H
#define HUIS_CLI_DOCUMENT_SOURCE_H

#include <stdint.h>

#include "document/reader.h"
#include "huis/error.h"

/* The default for `max_bytes`: a large scanned report or a year of mail, within any machine. */
#define DOCUMENT_SOURCE_MAX_BYTES (256ull * 1024 * 1024)

/* `path` "-" is standard input. Nothing past `max_bytes` is read; a file that is larger is refused
 * at once. An address of the web is refused with the remedy. Errors carry the name of the document:
 * NOT_FOUND, IO, LIMIT, NO_TEXT, BAD_FILE, BAD_ARGUMENT, WORKER. */
int document_source_read(reader_result *out, const char *path, uint64_t max_bytes, huis_error *err);
/* The same with the path of huis-reader; NULL: beside the program, or where it is installed. */
int document_source_read_by(reader_result *out, const char *path, uint64_t max_bytes,
                            const char *helper, huis_error *err);
/* The same for bytes that are at hand; `name` is for messages. */
int document_source_read_bytes(reader_result *out, span bytes, reader_format format,
                               const char *name, const char *helper, huis_error *err);

#endif
