/*
 * json.c - see json.h.
 */
#include "wire/json.h"

#include <math.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/json_depth.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "wire/wire.h"

int wire_json_parse(span payload, json_t **out_json, huis_error *err)
{
    if (payload.len > LIMIT_FRAME_BYTES || !json_depth_within(payload, LIMIT_JSON_DEPTH)) {
        return error_set(err, HUIS_E_WORKER, "message over a limit: %u bytes, %u levels",
                         LIMIT_FRAME_BYTES, LIMIT_JSON_DEPTH);
    }
    json_error_t problem;
    json_t *const json = json_loadb(payload.ptr != NULL ? payload.ptr : "", payload.len,
                                    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &problem);
    if (json == NULL) {
        return error_set(err, HUIS_E_WORKER, "message is not JSON at byte %d: %s", problem.position,
                         problem.text);
    }
    if (!json_is_object(json)) {
        json_decref(json);
        return error_set(err, HUIS_E_WORKER, "message is not a JSON object");
    }
    *out_json = json;
    return HUIS_OK;
}

static int append_to_buffer(const char *bytes, size_t size, void *user)
{
    return buffer_append(user, span_from(bytes, size)) ? 0 : -1;
}

int wire_json_write(const json_t *json, buffer *out, huis_error *err)
{
    if (json != NULL && json_dump_callback(json, append_to_buffer, out, JSON_COMPACT) == 0) {
        return HUIS_OK;
    }
    return out->status == HUIS_E_LIMIT
               ? error_set(err, HUIS_E_LIMIT, "message over %zu bytes: send less text",
                           out->max_bytes)
               : error_no_memory(err, "a message");
}

int wire_json_send(int fd, uint32_t type, uint32_t request, const json_t *json, int64_t timeout_us,
                   huis_error *err)
{
    buffer text;
    buffer_init(&text, LIMIT_FRAME_BYTES);
    int status = wire_json_write(json, &text, err);
    if (status == HUIS_OK) {
        status = wire_send(fd, type, request, buffer_span(&text), timeout_us, err);
    }
    buffer_deinit(&text);
    return status;
}

bool wire_json_u64(const json_t *object, const char *key, uint64_t *out)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0) {
        return false;
    }
    *out = (uint64_t)json_integer_value(value);
    return true;
}

bool wire_json_u32(const json_t *object, const char *key, uint32_t *out)
{
    uint64_t value = 0;
    if (!wire_json_u64(object, key, &value) || value > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

bool wire_json_double(const json_t *object, const char *key, double *out)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_number(value) || !isfinite(json_number_value(value))) {
        return false;
    }
    *out = json_number_value(value);
    return true;
}

bool wire_json_bool(const json_t *object, const char *key, bool *out)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_boolean(value)) {
        return false;
    }
    *out = json_is_true(value);
    return true;
}

bool wire_json_string(const json_t *object, const char *key, span *out)
{
    const json_t *const value = json_object_get(object, key);
    if (!json_is_string(value)) {
        return false;
    }
    *out = span_from(json_string_value(value), json_string_length(value));
    return true;
}

json_t *wire_json_text(span text)
{
    if (utf8_valid_prefix(text) == text.len) {
        return json_stringn(text.ptr != NULL ? text.ptr : "", text.len);
    }
    buffer repaired;
    buffer_init(&repaired, LIMIT_FRAME_BYTES);
    json_t *const json = utf8_append_repaired(&repaired, text)
                             ? json_stringn_nocheck(buffer_string(&repaired), repaired.len)
                             : NULL;
    buffer_deinit(&repaired);
    return json;
}
