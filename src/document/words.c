/*
 * words.c - what huis counts as a word: a run of non-space characters that holds a letter or a
 * digit. The one definition behind every word limit (design, section 2).
 */
#include "document/document.h"
#include "document/text_chars.h"

/* Moves past one run of non-space characters; says whether it is a word. */
static size_t skip_run(span text, size_t pos, bool *out_is_word)
{
    bool is_word = false;
    size_t len = 0;
    while (pos < text.len) {
        const char_kind kind = char_at(text, pos, &len);
        if (kind == CHAR_SPACE) {
            break;
        }
        is_word = is_word || char_is_word(kind);
        pos += len;
    }
    *out_is_word = is_word;
    return pos;
}

size_t document_count_words(span text)
{
    size_t count = 0;
    size_t pos = char_skip_spaces(text, 0, text.len);
    while (pos < text.len) {
        bool is_word = false;
        pos = skip_run(text, pos, &is_word);
        count += is_word ? 1 : 0;
        pos = char_skip_spaces(text, pos, text.len);
    }
    return count;
}

size_t document_word_end(span text, size_t n)
{
    if (n == 0) {
        return 0;
    }
    size_t count = 0;
    size_t pos = char_skip_spaces(text, 0, text.len);
    while (pos < text.len) {
        bool is_word = false;
        pos = skip_run(text, pos, &is_word);
        count += is_word ? 1 : 0;
        if (count == n) {
            return pos;
        }
        pos = char_skip_spaces(text, pos, text.len);
    }
    return text.len;
}
