/*
 * text_filter.c - see text_filter.h.
 */
#include "worker/text_filter.h"

#include <utf8proc.h>

#include "base/limits.h"
#include "base/utf8.h"

void text_filter_init(text_filter *f, const huis_generate_options *options)
{
    *f = (text_filter){
        .stop = options->stop, .n_stop = options->n_stop, .max_words = options->max_words};
    buffer_init(&f->held, LIMIT_ANSWER_BYTES);
    buffer_init(&f->tail, LIMIT_ANSWER_BYTES);
}

void text_filter_deinit(text_filter *f)
{
    buffer_deinit(&f->held);
    buffer_deinit(&f->tail);
}

void text_filter_reset(text_filter *f)
{
    buffer_reset(&f->held);
    buffer_reset(&f->tail);
    f->n_words = 0;
    f->is_in_word = false;
    f->is_after_last = false;
    f->is_over = false;
}

bool text_filter_is_space(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x1F) || code == 0x85 ||
           category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
           category == UTF8PROC_CATEGORY_ZP;
}

bool text_filter_is_word_character(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
           (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

static void end_here(text_filter *f, huis_finish finish)
{
    f->is_over = true;
    f->finish = finish;
}

/* One character, with the word limit on. */
static bool push_character(text_filter *f, span character, uint32_t code, buffer *out)
{
    if (text_filter_is_space(code)) {
        f->is_in_word = false;
        f->is_after_last = f->is_after_last || f->n_words == f->max_words;
    } else if (text_filter_is_word_character(code) && !f->is_in_word) {
        if (f->n_words == f->max_words) {
            end_here(f, HUIS_FINISH_LENGTH);
            return true;
        }
        f->is_in_word = true;
        f->n_words++;
    }
    return buffer_append(f->is_after_last ? &f->tail : out, character);
}

/* What the stop strings let through. */
static bool push_words(text_filter *f, span text, buffer *out)
{
    if (f->max_words == 0) {
        return buffer_append(out, text);
    }
    bool ok = true;
    for (size_t pos = 0; pos < text.len && ok && !f->is_over;) {
        uint32_t code = 0;
        const size_t n = utf8_next(text, pos, &code);
        ok = push_character(f, span_from(text.ptr + pos, n), code, out);
        pos += n;
    }
    return ok;
}

/* The stop string in `text` that is complete first: its offset, or text.len. Judged by its end, so
 * that the result does not depend on the pieces in which the text came. */
static size_t find_stop(const text_filter *f, span text)
{
    size_t first_end = SIZE_MAX;
    size_t start = text.len;
    for (size_t i = 0; i < f->n_stop; i++) {
        const size_t len = strlen(f->stop[i]);
        const char *const hit = text.len > 0 ? memmem(text.ptr, text.len, f->stop[i], len) : NULL;
        const size_t offset = hit != NULL ? (size_t)(hit - text.ptr) : text.len;
        const bool is_first = hit != NULL && (offset + len < first_end ||
                                              (offset + len == first_end && offset < start));
        first_end = is_first ? offset + len : first_end;
        start = is_first ? offset : start;
    }
    return start;
}

/* How many bytes at the end of `text` could be the start of a stop string. */
static size_t count_uncertain(const text_filter *f, span text)
{
    size_t longest = 0;
    for (size_t i = 0; i < f->n_stop; i++) {
        const span stop = span_from_string(f->stop[i]);
        size_t n = stop.len - 1 < text.len ? stop.len - 1 : text.len;
        while (n > longest && !span_ends_with(text, span_slice(stop, 0, n))) {
            n--;
        }
        longest = n > longest ? n : longest;
    }
    return longest;
}

bool text_filter_push(text_filter *f, span text, buffer *out)
{
    if (f->is_over || text.len == 0) {
        return true;
    }
    if (f->n_stop == 0) {
        return push_words(f, text, out);
    }
    if (!buffer_append(&f->held, text)) {
        return false;
    }
    const span held = buffer_span(&f->held);
    const size_t stop = find_stop(f, held);
    const bool is_stopped = stop < held.len;
    const size_t certain = is_stopped ? stop : held.len - count_uncertain(f, held);
    if (!push_words(f, span_slice(held, 0, certain), out)) {
        return false;
    }
    if (is_stopped && !f->is_over) {
        /* A mark after the last word belongs to the answer. */
        const bool ok = buffer_append(out, buffer_span(&f->tail));
        end_here(f, HUIS_FINISH_STOP);
        return ok;
    }
    memmove(f->held.ptr, f->held.ptr + certain, held.len - certain);
    buffer_truncate(&f->held, held.len - certain);
    return true;
}

bool text_filter_finish(text_filter *f, buffer *out)
{
    if (f->is_over) {
        return true;
    }
    const bool ok = push_words(f, buffer_span(&f->held), out);
    buffer_reset(&f->held);
    if (!ok || f->is_over) {
        return ok;
    }
    end_here(f, HUIS_FINISH_STOP);
    return buffer_append(out, buffer_span(&f->tail));
}
