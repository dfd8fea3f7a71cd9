/*
 * eval_tokens.c - see eval_tokens.h.
 */
#include "eval/eval_tokens.h"

#include <utf8proc.h>

#include "base/error.h"
#include "base/utf8.h"

static bool is_word_character(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_NO);
}

/* Reads the run of word characters at `pos` into `out` (NULL: only looks). Returns its end; `pos`
 * itself: there is none. *out_len: bytes of the lower-case form. */
static size_t read_word(span text, size_t pos, char *out, size_t *out_len)
{
    size_t len = 0;
    while (pos < text.len) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        if (!is_word_character(code)) {
            break;
        }
        char bytes[4];
        const size_t n_lower =
            utf8_encode((uint32_t)utf8proc_tolower((utf8proc_int32_t)code), bytes);
        for (size_t i = 0; i < n_lower && out != NULL; i++) {
            out[len + i] = bytes[i];
        }
        len += n_lower;
        pos += n;
    }
    *out_len = len;
    return pos;
}

static size_t next_word(span text, size_t pos)
{
    while (pos < text.len) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        if (is_word_character(code)) {
            break;
        }
        pos += n;
    }
    return pos;
}

int eval_tokens_read(eval_tokens *out, span text, arena *memory, huis_error *err)
{
    size_t count = 0;
    size_t len = 0;
    for (size_t pos = next_word(text, 0); pos < text.len; pos = next_word(text, pos)) {
        pos = read_word(text, pos, NULL, &len);
        count++;
    }
    eval_token *const tokens = arena_alloc(memory, count + 1, sizeof(*tokens));
    if (tokens == NULL) {
        return error_no_memory(err, "the words of a text");
    }
    size_t i = 0;
    for (size_t pos = next_word(text, 0); pos < text.len; pos = next_word(text, pos)) {
        const size_t end = read_word(text, pos, NULL, &len);
        char *const form = arena_alloc(memory, len + 1, 1);
        if (form == NULL) {
            return error_no_memory(err, "the words of a text");
        }
        (void)read_word(text, pos, form, &len);
        tokens[i++] = (eval_token){span_from(form, len), span_slice(text, pos, end)};
        pos = end;
    }
    *out = (eval_tokens){tokens, count};
    return HUIS_OK;
}
