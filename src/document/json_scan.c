/*
 * json_scan.c - see json_scan.h.
 */
#include "document/json_scan.h"

#include "base/limits.h"

size_t json_skip_space(span text, size_t pos)
{
    while (pos < text.len && (text.ptr[pos] == ' ' || text.ptr[pos] == '\n' ||
                              text.ptr[pos] == '\r' || text.ptr[pos] == '\t')) {
        pos++;
    }
    return pos;
}

/* The end of the string whose opening quote is at `pos`; 0: it does not end. */
static size_t string_end(span text, size_t pos)
{
    for (pos++; pos < text.len; pos++) {
        if (text.ptr[pos] == '\\') {
            pos++;
        } else if (text.ptr[pos] == '"') {
            return pos + 1;
        }
    }
    return 0;
}

static bool ends_scalar(char c)
{
    return c == ',' || c == ']' || c == '}' || c == ' ' || c == '\n' || c == '\r' || c == '\t' ||
           c == '[' || c == '{' || c == '"' || c == ':';
}

size_t json_value_end(span text, size_t pos)
{
    size_t depth = 0;
    while (pos < text.len) {
        const char c = text.ptr[pos];
        if (c == '"') {
            pos = string_end(text, pos);
            if (pos == 0 || depth == 0) {
                return pos;
            }
        } else if (c == '{' || c == '[') {
            depth++;
            pos++;
            if (depth > LIMIT_JSON_DEPTH) {
                return 0;
            }
        } else if (c == '}' || c == ']') {
            pos++;
            if (depth <= 1) {
                return depth == 1 ? pos : 0;
            }
            depth--;
        } else if (depth == 0) {
            const size_t start = pos;
            while (pos < text.len && !ends_scalar(text.ptr[pos])) {
                pos++;
            }
            return pos > start ? pos : 0;
        } else {
            pos++;
        }
    }
    return 0;
}

bool json_walk_start(json_walk *w, span value)
{
    *w = (json_walk){.text = value, .pos = 1};
    w->object = value.len > 0 && value.ptr[0] == '{';
    return w->object || (value.len > 0 && value.ptr[0] == '[');
}

static bool take_key(json_walk *w, span *out_key)
{
    if (w->text.ptr[w->pos] != '"') {
        return false;
    }
    const size_t end = string_end(w->text, w->pos);
    if (end == 0) {
        return false;
    }
    *out_key = span_slice(w->text, w->pos + 1, end - 1);
    w->pos = json_skip_space(w->text, end);
    if (w->pos >= w->text.len || w->text.ptr[w->pos] != ':') {
        return false;
    }
    w->pos = json_skip_space(w->text, w->pos + 1);
    return w->pos < w->text.len;
}

bool json_walk_next(json_walk *w, span *out_key, span *out_value, bool *out_broken)
{
    *out_broken = false;
    *out_key = span_from(NULL, 0);
    w->pos = json_skip_space(w->text, w->pos);
    if (w->pos < w->text.len && w->text.ptr[w->pos] == ',') {
        w->pos = json_skip_space(w->text, w->pos + 1);
    }
    if (w->pos < w->text.len && w->text.ptr[w->pos] == (w->object ? '}' : ']')) {
        return false;
    }
    *out_broken = true;
    if (w->pos >= w->text.len || (w->object && !take_key(w, out_key))) {
        return false;
    }
    size_t end = json_value_end(w->text, w->pos);
    if (end == 0) {
        if (w->text.ptr[w->pos] != '[' && w->text.ptr[w->pos] != '{') {
            return false;
        }
        end = w->text.len; /* cut short: what there is of it */
        *out_value = span_slice(w->text, w->pos, end);
        w->pos = end;
        return true;
    }
    *out_value = span_slice(w->text, w->pos, end);
    w->pos = end;
    *out_broken = false;
    return true;
}
