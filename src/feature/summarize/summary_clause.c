/*
 * summary_clause.c - flatten and cut text to a number of words.
 */
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum {
    CLAUSE_FIFTHS = 3, /* a clause that ends after so many fifths of the words is a good end ... */
    FULL_FIFTHS = 4    /* ... and where words are dear */
};

static const char ELLIPSIS[] = "\xE2\x80\xA6";

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool summary_append_flat(buffer *b, span text)
{
    bool space = false;
    bool any = false;
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.ptr[i])) {
            space = true;
            continue;
        }
        if (space && any && !buffer_append_byte(b, ' ')) {
            return false;
        }
        space = false;
        any = true;
        if (!buffer_append_byte(b, text.ptr[i])) {
            return false;
        }
    }
    return true;
}

/* The start of the run of non-space characters that ends at `end`. */
static size_t word_start(span text, size_t end)
{
    while (end > 0 && !is_space(text.ptr[end - 1])) {
        end--;
    }
    return end;
}

static size_t skip_spaces_back(span text, size_t end)
{
    while (end > 0 && is_space(text.ptr[end - 1])) {
        end--;
    }
    return end;
}

/* Drops marks that join to what was cut: commas, colons, dashes, opening brackets and quotes. */
static size_t drop_marks(span text, size_t end)
{
    static const char *const MARKS[] = {",",
                                        ";",
                                        ":",
                                        "(",
                                        "[",
                                        "-",
                                        "\"",
                                        "'",
                                        ".",
                                        "\xE2\x80\x93",
                                        "\xE2\x80\x94",
                                        "\xC2\xAB",
                                        "\xE2\x80\x9C",
                                        "\xC2\xA0",
                                        "\xE2\x80\xAF",
                                        "\xE2\x80\xA6"};
    bool dropped = true;
    while (dropped) {
        end = skip_spaces_back(text, end);
        dropped = false;
        for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]) && !dropped; i++) {
            const span mark = span_from_string(MARKS[i]);
            if (span_ends_with(span_from(text.ptr, end), mark)) {
                end -= mark.len;
                dropped = true;
            }
        }
    }
    return end;
}

/* Drops function words from the end. */
static size_t drop_dangling(span text, size_t end)
{
    for (;;) {
        end = drop_marks(text, end);
        const size_t start = word_start(text, end);
        if (end == 0 || !evidence_is_function_word(span_slice(text, start, end))) {
            return end;
        }
        end = start;
    }
}

/* The last clause mark (comma, semicolon, colon, dash before a space) between two offsets; 0: none. */
static size_t last_clause(span text, size_t from, size_t to)
{
    for (size_t i = to; i > from; i--) {
        const char c = text.ptr[i - 1];
        const bool before_space = i >= text.len || is_space(text.ptr[i]);
        if (before_space && (c == ',' || c == ';' || c == ':')) {
            return i - 1;
        }
        if (i >= 3 && before_space && memcmp(text.ptr + i - 3, "\xE2\x80\x93", 3) == 0) {
            return i - 3;
        }
    }
    return 0;
}

/* Past signs that belong to the last number: "34 %", "10 €". */
static size_t extend_over_units(span text, size_t end)
{
    static const char *const UNITS[] = {"%", "\xE2\x82\xAC", "$", "\xC2\xA3"};
    size_t next = end;
    while (next < text.len &&
           (is_space(text.ptr[next]) ||
            (next + 1 < text.len && memcmp(text.ptr + next, "\xC2\xA0", 2) == 0) ||
            (next + 2 < text.len && memcmp(text.ptr + next, "\xE2\x80\xAF", 3) == 0))) {
        next += is_space(text.ptr[next]) ? 1 : text.ptr[next] == '\xC2' ? 2 : 3;
    }
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        const span unit = span_from_string(UNITS[i]);
        if (span_starts_with(span_slice(text, next, text.len), unit)) {
            return next + unit.len;
        }
    }
    return end;
}

/* The last clause mark after this share (in fifths) of the words, or 0. */
static size_t find_clause_cut(span text, size_t max_words, size_t fifths)
{
    const size_t limit = document_word_end(text, max_words);
    const size_t floor = document_word_end(text, (max_words * fifths + 4) / 5);
    const size_t end = last_clause(text, floor - 1, limit + (limit < text.len));
    return end > 0 ? drop_marks(text, end) : 0;
}

bool summary_cuts_well(span text, size_t max_words)
{
    return document_count_words(text) <= max_words ||
           (max_words > 0 && find_clause_cut(text, max_words, CLAUSE_FIFTHS) > 0);
}

static bool is_capital_at(span text, size_t at)
{
    uint32_t code = 0;
    if (at >= text.len) {
        return false;
    }
    (void)utf8_next(text, at, &code);
    return (code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xDE);
}

/* Not between the words of a name: "Breonna|Taylor" loses both. */
static size_t spare_names(span text, size_t end)
{
    while (end > 0 && end + 1 < text.len && text.ptr[end] == ' ' && is_capital_at(text, end + 1)) {
        const size_t start = word_start(text, end);
        if (start == 0 || !is_capital_at(text, start)) {
            break;
        }
        end = skip_spaces_back(text, start);
    }
    return end;
}

/* All the words allowed, but for a number, a unit or a name that would be cut, and without a function
 * word left dangling. */
static size_t find_word_cut(span text, size_t max_words)
{
    const size_t end = extend_over_units(text, document_word_end(text, max_words));
    return drop_dangling(text, spare_names(text, end));
}

static bool append_until(buffer *b, span text, size_t end)
{
    return end == 0 ||
           (buffer_append(b, span_from(text.ptr, end)) && buffer_append_string(b, ELLIPSIS));
}

bool summary_append_full_cut(buffer *b, span text, size_t max_words)
{
    if (max_words == 0 || document_count_words(text) <= max_words) {
        return max_words == 0 || buffer_append(b, text);
    }
    const size_t end = find_clause_cut(text, max_words, FULL_FIFTHS);
    return append_until(b, text, end > 0 ? end : find_word_cut(text, max_words));
}

bool summary_append_cut(buffer *b, span text, size_t max_words)
{
    if (max_words == 0) {
        return true;
    }
    if (document_count_words(text) <= max_words) {
        return buffer_append(b, text);
    }
    const size_t end = find_clause_cut(text, max_words, CLAUSE_FIFTHS);
    return append_until(b, text, end > 0 ? end : find_word_cut(text, max_words));
}
