/*
 * notify_json.c - see notify_json.h.
 */
#include "feature/notify/notify_json.h"

#include "base/error.h"
#include "base/json_depth.h"
#include "base/limits.h"
#include "base/utf8.h"

/* The number that "\uXXXX" at `pos` names; -1: there is none. */
static int32_t read_escape(span text, size_t pos)
{
    if (pos + 6 > text.len || text.ptr[pos] != '\\' || text.ptr[pos + 1] != 'u') {
        return -1;
    }
    int32_t value = 0;
    for (size_t i = 2; i < 6; i++) {
        const char c = text.ptr[pos + i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
    }
    return value;
}

/* How many bytes the escape at `pos` takes; *out_bad: it names no character. */
static size_t escape_length(span text, size_t pos, bool *out_bad)
{
    const int32_t code = read_escape(text, pos);
    *out_bad = code == 0 || (code >= 0xDC00 && code <= 0xDFFF);
    if (code < 0) {
        return 2;
    }
    if (code >= 0xD800 && code <= 0xDBFF) {
        const int32_t low = read_escape(text, pos + 6);
        *out_bad = !(low >= 0xDC00 && low <= 0xDFFF);
        return *out_bad ? 6 : 12;
    }
    return 6;
}

/* Whether an escape names no character; with `bytes` (the text itself) they become "\ufffd". */
static bool repair_escapes(span text, char *bytes)
{
    bool found = false;
    size_t pos = 0;
    while (pos < text.len) {
        if (text.ptr[pos] != '\\') {
            pos++;
            continue;
        }
        bool is_bad = false;
        const size_t len = escape_length(text, pos, &is_bad);
        if (is_bad) {
            found = true;
            if (bytes != NULL) {
                memcpy(bytes + pos + 2, "fffd", 4);
            }
        }
        pos += len;
    }
    return found;
}

int notify_json_read(span text, buffer *scratch, json_t **out_json, huis_error *err)
{
    if (!json_depth_within(text, LIMIT_JSON_DEPTH)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "JSON of more than %u levels", LIMIT_JSON_DEPTH);
    }
    if (text.len > 0 && (utf8_valid_prefix(text) < text.len || repair_escapes(text, NULL))) {
        buffer_reset(scratch);
        if (!utf8_append_repaired(scratch, text)) {
            return error_no_memory(err, "JSON");
        }
        text = buffer_span(scratch);
        (void)repair_escapes(text, scratch->ptr);
    }
    json_error_t problem = {.position = 0};
    json_t *const json = json_loadb(text.ptr != NULL ? text.ptr : "", text.len, 0, &problem);
    if (json == NULL) {
        if (json_error_code(&problem) == json_error_out_of_memory) {
            return error_no_memory(err, "JSON");
        }
        return error_set(err, HUIS_E_BAD_ARGUMENT, "not JSON from byte %d on", problem.position);
    }
    if (!json_is_object(json)) {
        json_decref(json);
        return error_set(err, HUIS_E_BAD_ARGUMENT, "not a JSON object");
    }
    *out_json = json;
    return HUIS_OK;
}

bool notify_json_copy(const json_t *string, size_t max_bytes, arena *memory, const char **out_copy)
{
    const span all = span_from(json_string_value(string), json_string_length(string));
    span kept = span_slice(all, 0, max_bytes);
    kept.len = kept.len < all.len ? utf8_complete_prefix(kept) : kept.len;
    const char *const copy = arena_copy(memory, kept);
    if (copy == NULL) {
        return false;
    }
    *out_copy = copy;
    return true;
}
