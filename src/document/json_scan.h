/*
 * json_scan.h - the outline of a JSON text without building it: where values start and end.
 *
 * An export of 200 MB is one array of messages. It is walked with this, and one message at a time is
 * given to a real parser: memory is bounded by the largest message. Nothing is checked but strings,
 * brackets and their depth (LIMIT_JSON_DEPTH); the parser checks the rest.
 */
#ifndef HUIS_DOCUMENT_JSON_SCAN_H
#define HUIS_DOCUMENT_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/span.h"

/* The offset of the first character that is no white space, at most text.len. */
size_t json_skip_space(span text, size_t pos);
/* The end of the value that starts at `pos`; 0: none, or nested too deep. */
size_t json_value_end(span text, size_t pos);

/* Over the members of an object or the elements of an array. */
typedef struct json_walk {
    span text;
    size_t pos;
    bool object;
} json_walk;

/* `value` is the whole value with its brackets. False: it is neither object nor array. */
bool json_walk_start(json_walk *w, span value);
/* The next member; `key` (raw, without quotes) is empty in arrays. False: there are no more.
 * *out_broken: the text ends or is no JSON here; an array or object that does not end is still given,
 * up to the text's end. */
bool json_walk_next(json_walk *w, span *out_key, span *out_value, bool *out_broken);

#endif
