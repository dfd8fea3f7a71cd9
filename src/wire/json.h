/*
 * json.h - JSON payloads of frames: bounded, strict reading and typed access.
 *
 * Reading refuses duplicate keys, ill-formed UTF-8, bytes after the value, nesting over
 * LIMIT_JSON_DEPTH and payloads over LIMIT_FRAME_BYTES. NUL characters in strings are kept: use the
 * lengths. The getters return false, and leave the output alone, when the key is missing or its
 * value has another type or does not fit.
 */
#ifndef HUIS_WIRE_JSON_H
#define HUIS_WIRE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/span.h"
#include "huis/error.h"

/* *out_json must be an object; it is released with json_decref. Error: HUIS_E_WORKER. */
int wire_json_parse(span payload, json_t **out_json, huis_error *err);
/* Appends `json` as text. LIMIT past the buffer's limit; NULL: HUIS_E_NO_MEMORY. */
int wire_json_write(const json_t *json, buffer *out, huis_error *err);
/* Sends `json` (the caller keeps its reference) as one frame. NULL: HUIS_E_NO_MEMORY. */
int wire_json_send(int fd, uint32_t type, uint32_t request, const json_t *json, int64_t timeout_us,
                   huis_error *err);

bool wire_json_u32(const json_t *object, const char *key, uint32_t *out);
bool wire_json_u64(const json_t *object, const char *key, uint64_t *out);
/* Integers are accepted too. Never NaN or infinite. */
bool wire_json_double(const json_t *object, const char *key, double *out);
bool wire_json_bool(const json_t *object, const char *key, bool *out);
/* Points into the object. */
bool wire_json_string(const json_t *object, const char *key, span *out);

/* A JSON string with ill-formed UTF-8 replaced by U+FFFD; NULL: no memory or too long. */
json_t *wire_json_text(span text);

#endif
