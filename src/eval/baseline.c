/*
 * baseline.c - see baseline.h.
 */
#include "eval/baseline.h"

#include <string.h>

#include "document/document.h"
#include "evidence/evidence.h"

static const size_t KEPT_TENTHS = 6; /* of the limit, by a cut at a clause */

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static span trim(span s)
{
    while (s.len > 0 && is_space(s.ptr[0])) {
        s = span_slice(s, 1, s.len);
    }
    while (s.len > 0 && is_space(s.ptr[s.len - 1])) {
        s.len--;
    }
    return s;
}

span baseline_lead_cut(span text, size_t max_words)
{
    const span all = trim(text);
    return span_slice(all, 0, document_word_end(all, max_words));
}

static bool ends_with_any(span s, const char *const *marks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_ends_with(s, span_from_string(marks[i]))) {
            return true;
        }
    }
    return false;
}

/* The end of the sentence that holds byte `pos`. */
static size_t sentence_end(span text, size_t pos)
{
    static const char *const STOPS[] = {".", "!", "?", "…"};
    for (; pos < text.len; pos++) {
        if (text.ptr[pos] == '\n' ||
            (is_space(text.ptr[pos]) && ends_with_any(span_slice(text, 0, pos), STOPS, 4))) {
            return pos;
        }
    }
    return text.len;
}

span baseline_lead_sentences(span text, size_t max_words)
{
    const span all = trim(text);
    size_t end = 0;
    for (size_t pos = 0; pos < all.len; pos++) {
        pos = sentence_end(all, pos);
        if (document_count_words(span_slice(all, 0, pos)) > max_words) {
            break;
        }
        end = pos;
    }
    return end > 0 ? trim(span_slice(all, 0, end)) : baseline_lead_cut(all, max_words);
}

static span without_stars(span s)
{
    while (s.len > 0 && s.ptr[0] == '*') {
        s = span_slice(s, 1, s.len);
    }
    return s;
}

/* "Subject: …", "**Subject:** …" and the like. */
static span without_label(span s)
{
    static const char *const LABELS[] = {
        "Subject line:", "Subject:", "Summary:", "Title:",      "Headline:",
        "Objet :",       "Objet:",   "Résumé :", "Résumé:",     "Titre :",
        "Titre:",        "Answer:",  "Réponse:", "Key points:", "Points clés :",
    };
    for (size_t i = 0; i < sizeof(LABELS) / sizeof(LABELS[0]); i++) {
        const span label = span_from_string(LABELS[i]);
        const span bare = without_stars(s);
        if (bare.len >= label.len && strncasecmp(bare.ptr, label.ptr, label.len) == 0) {
            return trim(without_stars(span_slice(bare, label.len, bare.len)));
        }
    }
    return s;
}

static span without_wrapping(span s)
{
    static const char *const PAIRS[][2] = {{"\"", "\""}, {"“", "”"}, {"«", "»"},
                                           {"**", "**"}, {"*", "*"}, {"'", "'"}};
    for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
        const span open = span_from_string(PAIRS[i][0]);
        const span close = span_from_string(PAIRS[i][1]);
        if (s.len > open.len + close.len && span_starts_with(s, open) && span_ends_with(s, close)) {
            return trim(span_slice(s, open.len, s.len - close.len));
        }
    }
    return s;
}

static span clean(span answer)
{
    span s = trim(answer);
    for (int pass = 0; pass < 3; pass++) {
        s = without_label(without_wrapping(s));
    }
    return s;
}

static span last_word(span s)
{
    size_t start = s.len;
    while (start > 0 && !is_space(s.ptr[start - 1])) {
        start--;
    }
    return span_slice(s, start, s.len);
}

/* The answer, or the part of it that fits. */
static span cut(span s, size_t max_words)
{
    static const char *const MARKS[] = {",", ";", ":", ".", "!", "?", "…", ")"};
    if (document_count_words(s) <= max_words) {
        return s;
    }
    const size_t least = (max_words * KEPT_TENTHS + 9) / 10;
    for (size_t n = max_words; n >= least && n > 0; n--) {
        const span head = span_slice(s, 0, document_word_end(s, n));
        if (ends_with_any(head, MARKS, sizeof(MARKS) / sizeof(MARKS[0]))) {
            return head;
        }
    }
    size_t n = max_words;
    while (n > least &&
           evidence_is_function_word(last_word(span_slice(s, 0, document_word_end(s, n))))) {
        n--;
    }
    return span_slice(s, 0, document_word_end(s, n));
}

bool baseline_append_answer(buffer *out, span answer, size_t max_words, bool one_line)
{
    span lines = clean(answer);
    const char *const end = one_line && lines.len > 0 ? memchr(lines.ptr, '\n', lines.len) : NULL;
    lines.len = end != NULL ? (size_t)(end - lines.ptr) : lines.len;
    const span kept = cut(clean(lines), max_words);
    for (size_t i = 0; i < kept.len; i++) {
        const bool space = is_space(kept.ptr[i]);
        if (!space || (i > 0 && !is_space(kept.ptr[i - 1]))) {
            (void)buffer_append_byte(out, space ? ' ' : kept.ptr[i]);
        }
    }
    return buffer_ok(out);
}
