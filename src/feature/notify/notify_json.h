/*
 * notify_json.h - JSON that strangers write, read bounded and forgiving. For notify/ only.
 *
 * Programs that notify cut texts inside characters: bytes that are no UTF-8, halves of pairs
 * ("\ud83d" alone) and "\u0000" are read as U+FFFD, so that a cut name does not cost the record.
 */
#ifndef HUIS_FEATURE_NOTIFY_NOTIFY_JSON_H
#define HUIS_FEATURE_NOTIFY_NOTIFY_JSON_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

/* *out_json is an object and is released with json_decref. `scratch` is emptied and may be used.
 * Errors: BAD_ARGUMENT (the message says where, and holds nothing of the text), NO_MEMORY. */
int notify_json_read(span text, buffer *scratch, json_t **out_json, huis_error *err);

/* A copy of at most `max_bytes` bytes, cut at a character. False: no memory, or over the arena. */
bool notify_json_copy(const json_t *string, size_t max_bytes, arena *memory, const char **out_copy);

#endif
