/*
 * json_depth.c - brackets of JSON outside its strings, counted.
 */
#include "base/json_depth.h"

bool json_depth_within(span text, size_t max_depth)
{
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            depth++;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
        if (depth > max_depth) {
            return false;
        }
    }
    return true;
}
