/*
 * eval_phrases.c - see eval_phrases.h.
 */
#include "eval/eval_phrases.h"

#include <string.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/utf8.h"

static bool is_space(uint32_t code)
{
    const utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)code);
    return kind == UTF8PROC_CATEGORY_ZS || kind == UTF8PROC_CATEGORY_ZL ||
           kind == UTF8PROC_CATEGORY_ZP || (code >= '\t' && code <= '\r');
}

int eval_phrases_fold(span text, arena *memory, span *out_folded, huis_error *err)
{
    /* A lower-case letter may take a byte more than its capital, never twice as many. */
    char *const bytes = arena_alloc(memory, 2 * text.len + 4, 1);
    if (bytes == NULL) {
        return error_no_memory(err, "the phrases of a digest");
    }
    size_t len = 0;
    bool is_space_due = false;
    for (size_t pos = 0; pos < text.len;) {
        uint32_t code = 0;
        pos += utf8_next(text, pos, &code);
        if (is_space(code)) {
            is_space_due = len > 0;
            continue;
        }
        if (is_space_due) {
            bytes[len++] = ' ';
        }
        is_space_due = false;
        len += utf8_encode((uint32_t)utf8proc_tolower((utf8proc_int32_t)code), bytes + len);
    }
    *out_folded = span_from(bytes, len);
    return HUIS_OK;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool stands_alone(span text, size_t start, size_t end)
{
    const bool before = start > 0 && is_digit(text.ptr[start - 1]) && is_digit(text.ptr[start]);
    const bool after = end < text.len && is_digit(text.ptr[end]) && is_digit(text.ptr[end - 1]);
    return !before && !after;
}

bool eval_phrases_say(span text, span phrase)
{
    size_t from = 0;
    while (phrase.len > 0 && text.len - from >= phrase.len) {
        const char *const at = memmem(text.ptr + from, text.len - from, phrase.ptr, phrase.len);
        if (at == NULL) {
            return false;
        }
        const size_t start = (size_t)(at - text.ptr);
        if (stands_alone(text, start, start + phrase.len)) {
            return true;
        }
        from = start + 1;
    }
    return false;
}

bool eval_phrases_say_one(span text, span alternatives)
{
    for (size_t start = 0; start <= alternatives.len;) {
        const char *const bar = start < alternatives.len ? memchr(alternatives.ptr + start, '|',
                                                                  alternatives.len - start)
                                                         : NULL;
        const size_t end = bar != NULL ? (size_t)(bar - alternatives.ptr) : alternatives.len;
        if (eval_phrases_say(text, span_slice(alternatives, start, end))) {
            return true;
        }
        start = end + 1;
    }
    return false;
}
