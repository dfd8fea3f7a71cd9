/*
 * summary_words.c - the words of a sentence, folded for patterns.
 */
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum { FOLDED_BYTES = 1 << 16 };

/* Latin letters with accents, lower case first; enough for French and English patterns. */
static char fold_latin(uint32_t code)
{
    static const char BASE[] = "aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeiiiidnooooo/ouuuuypy";
    return code >= 0xC0 && code <= 0xFF ? BASE[code - 0xC0] : 0;
}

static bool is_upper(uint32_t code)
{
    return (code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xDE && code != 0xD7) ||
           code == 0x152;
}

static bool is_word_code(uint32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
           (code >= 'A' && code <= 'Z') || code >= 0xC0;
}

static bool append_folded(buffer *b, uint32_t code)
{
    if (code == 0x2019 || code == '\'') {
        return buffer_append_byte(b, '\'');
    }
    if (code == 0x153 || code == 0x152) {
        return buffer_append_string(b, "oe");
    }
    if (code < 0x80) {
        return buffer_append_byte(b, (char)(code >= 'A' && code <= 'Z' ? code + 32 : code));
    }
    const char base = fold_latin(code);
    if (base != 0) {
        return buffer_append_byte(b, base);
    }
    char bytes[4];
    return buffer_append(b, span_from(bytes, utf8_encode(code, bytes)));
}

/* Marks that stay inside a word when a digit or letter follows: 18:30, 12/03, d'ici, 2.5, a@b. */
static bool joins(uint32_t code, uint32_t before, uint32_t after)
{
    if (!is_word_code(before) || !is_word_code(after) || after == 0x2019 || after == 0x2013) {
        return false;
    }
    if (code == '-') {
        return before < 0x3A && after < 0x3A; /* between digits only */
    }
    return code == '\'' || code == 0x2019 || code == ':' || code == '/' || code == '.' ||
           code == '@' || code == '_';
}

static bool is_word_at(span s, size_t at, uint32_t before, size_t *out_len, uint32_t *out_code)
{
    *out_len = utf8_next(s, at, out_code);
    const bool mark = *out_code >= 0x2010 && *out_code <= 0x206F; /* dashes, quotes, ellipsis */
    if (is_word_code(*out_code) && !mark) {
        return true;
    }
    uint32_t after = 0;
    if (at + *out_len < s.len) {
        (void)utf8_next(s, at + *out_len, &after);
    }
    return joins(*out_code, before, after);
}

bool summary_split_words(summary_words *out, span s)
{
    out->count = 0;
    buffer_init(&out->bytes, FOLDED_BYTES);
    size_t offsets[SUMMARY_MAX_WORDS + 1] = {0};
    bool comma = false;
    for (size_t at = 0; at < s.len && out->count < SUMMARY_MAX_WORDS;) {
        size_t len = 0;
        uint32_t code = 0;
        uint32_t before = 0;
        if (!is_word_at(s, at, 0, &len, &code)) {
            comma = comma || code == ',';
            at += len;
            continue;
        }
        summary_word *const w = &out->words[out->count];
        *w = (summary_word){.start = at, .capital = is_upper(code), .comma_before = comma};
        offsets[out->count] = out->bytes.len;
        while (at < s.len && is_word_at(s, at, before, &len, &code)) {
            if (!append_folded(&out->bytes, code)) {
                break;
            }
            before = code;
            at += len;
        }
        w->end = at;
        comma = false;
        offsets[++out->count] = out->bytes.len;
    }
    if (!buffer_ok(&out->bytes)) {
        return false;
    }
    for (size_t i = 0; i < out->count; i++) {
        out->words[i].form = span_from(out->bytes.ptr + offsets[i], offsets[i + 1] - offsets[i]);
    }
    return true;
}

void summary_words_deinit(summary_words *w)
{
    buffer_deinit(&w->bytes);
}

size_t summary_match(const summary_words *w, size_t i, const char *phrase)
{
    size_t n = 0;
    while (*phrase != '\0') {
        size_t len = 0;
        while (phrase[len] != '\0' && phrase[len] != ' ') {
            len++;
        }
        if (i + n >= w->count) {
            return 0;
        }
        const bool open = phrase[len - 1] == '*';
        const span wanted = span_from(phrase, open ? len - 1 : len);
        const span form = w->words[i + n].form;
        if (open ? !span_starts_with(form, wanted) : !span_equal(form, wanted)) {
            return 0;
        }
        n++;
        phrase += len + (phrase[len] == ' ');
    }
    return n;
}

size_t summary_match_any(const summary_words *w, size_t i, const char *const *phrases, size_t n)
{
    size_t longest = 0;
    for (size_t k = 0; k < n; k++) {
        const size_t found = summary_match(w, i, phrases[k]);
        longest = found > longest ? found : longest;
    }
    return longest;
}

bool summary_holds(const summary_words *w, const char *const *phrases, size_t n)
{
    for (size_t i = 0; i < w->count; i++) {
        if (summary_match_any(w, i, phrases, n) > 0) {
            return true;
        }
    }
    return false;
}

bool summary_text_holds(span text, const char *const *phrases, size_t n)
{
    summary_words w;
    const bool found = summary_split_words(&w, text) && summary_holds(&w, phrases, n);
    summary_words_deinit(&w);
    return found;
}
