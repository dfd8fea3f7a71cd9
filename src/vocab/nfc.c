/*
 * nfc.c - see nfc.h.
 */
#include "vocab/nfc.h"

#include <utf8proc.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

/* The first character that combines or decomposes differently; below it all text is composed. */
enum { FIRST_COMBINING = 0x300, FIRST_COMBINING_LEAD = 0xCC };

/* Whether a character may change under form C, by itself or with the one before it. */
static bool may_change(uint32_t code)
{
    if (code < FIRST_COMBINING) {
        return false;
    }
    const utf8proc_property_t *const p = utf8proc_get_property((utf8proc_int32_t)code);
    const bool is_mark_category =
        p->category == UTF8PROC_CATEGORY_MN || p->category == UTF8PROC_CATEGORY_MC;
    const bool is_vowel_or_final_jamo = code >= 0x1160 && code <= 0x11FF;
    const bool decomposes = p->decomp_seqindex != UINT16_MAX && p->decomp_type == 0;
    return is_mark_category || is_vowel_or_final_jamo || decomposes || p->combining_class != 0;
}

static bool is_mark(uint32_t code)
{
    return utf8proc_get_property((utf8proc_int32_t)code)->combining_class != 0;
}

/* The next run of characters outside ASCII from `pos` on: where it begins, with one ASCII character
 * before it, and ends. False: there is none. */
static bool next_run(span text, size_t pos, size_t *out_begin, size_t *out_end)
{
    size_t i = pos;
    while (i < text.len && (unsigned char)text.ptr[i] < 0x80) {
        i++;
    }
    if (i == text.len) {
        return false;
    }
    *out_begin = i > pos ? i - 1 : i;
    while (i < text.len && (unsigned char)text.ptr[i] >= 0x80) {
        i++;
    }
    *out_end = i;
    return true;
}

/* Whether composing may change the run. utf8proc sorts the marks on one letter in quadratic time: a
 * run with more of them than any script has stays as it is. */
static bool run_may_change(span run)
{
    bool may = false;
    unsigned n_marks = 0;
    for (size_t i = 0; i < run.len;) {
        if ((unsigned char)run.ptr[i] < FIRST_COMBINING_LEAD) {
            i++; /* ASCII, and both bytes of what lies below U+0300 */
            n_marks = 0;
            continue;
        }
        uint32_t code = 0;
        i += utf8_next(run, i, &code);
        may = may || may_change(code);
        n_marks = is_mark(code) ? n_marks + 1 : 0;
        if (n_marks > LIMIT_COMBINING_MARKS) {
            return false;
        }
    }
    return may;
}

bool nfc_is_composed(span text)
{
    size_t begin = 0;
    size_t end = 0;
    for (size_t pos = 0; next_run(text, pos, &begin, &end); pos = end) {
        if (run_may_change(span_from(text.ptr + begin, end - begin))) {
            return false;
        }
    }
    return true;
}

static bool append_composed(buffer *out, span run)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    const utf8proc_uint8_t *const bytes = (const utf8proc_uint8_t *)run.ptr;
    const utf8proc_ssize_t len = (utf8proc_ssize_t)run.len;
    const utf8proc_ssize_t needed = utf8proc_decompose(bytes, len, NULL, 0, options);
    if (needed < 0) {
        return false;
    }
    /* Re-encoding works in place and ends with a NUL. */
    utf8proc_int32_t *const codes = memory_alloc((size_t)needed + 1, sizeof(*codes));
    if (codes == NULL) {
        return false;
    }
    utf8proc_ssize_t n = utf8proc_decompose(bytes, len, codes, needed, options);
    n = n >= 0 ? utf8proc_reencode(codes, n, options) : n;
    const bool ok = n >= 0 && buffer_append(out, span_from((const char *)codes, (size_t)n));
    memory_free(codes);
    return ok;
}

bool nfc_append(buffer *out, span text)
{
    size_t pos = 0;
    size_t begin = 0;
    size_t end = 0;
    while (next_run(text, pos, &begin, &end)) {
        const span run = span_from(text.ptr + begin, end - begin);
        const bool ok = buffer_append(out, span_from(text.ptr + pos, begin - pos)) &&
                        (run_may_change(run) ? append_composed(out, run) : buffer_append(out, run));
        if (!ok) {
            return false;
        }
        pos = end;
    }
    return buffer_append(out, span_from(text.ptr + pos, text.len - pos));
}
