/*
 * source_places.h - where in the original a byte of the text stands: "report.pdf, page 3".
 */
#ifndef HUIS_CLI_SOURCE_PLACES_H
#define HUIS_CLI_SOURCE_PLACES_H

#include <stddef.h>

#include <jansson.h>

#include "base/buffer.h"
#include "document/reader.h"

/* {"document", "chapter", "sheet", "page", "slide", "message", "event", "entry", "time", "who",
 * "when", "paragraph", "speaker"}: those that are known. `dialogue`: lines are turns. */
json_t *source_place_json(const reader_result *read, size_t at, bool dialogue);

/* The same for people, in the language of the locale: "report.pdf, page 3, paragraph 2". False: no
 * memory. */
bool source_place_append(buffer *out, const reader_result *read, size_t at);

#endif
