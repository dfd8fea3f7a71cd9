/*
 * dialogue_words.c - the words of a turn, with contractions undone.
 *
 * Rules that turn "I'll" into "Anna will" need words that stand alone: "I'm" becomes I, am; "don't"
 * do, not; "j'ai" j', ai. Chats and transcripts also write "I ' m" and "don ' t": joined first.
 */
#include "feature/summarize/dialogue_words.h"

#include "base/utf8.h"

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

/* An apostrophe at `at`: its length, 0 none. */
static size_t apostrophe(span s, size_t at)
{
    if (at < s.len && (s.ptr[at] == '\'' || s.ptr[at] == '`')) {
        return 1;
    }
    return at + 3 <= s.len && memcmp(s.ptr + at, "\xE2\x80\x99", 3) == 0 ? 3 : 0;
}

/* "s", "t", "ll" after an apostrophe: how long, 0 none. */
static size_t clitic(span s, size_t at)
{
    static const char *const CLITICS[] = {"s", "t", "m", "d", "ll", "re", "ve"};
    for (size_t i = 0; i < sizeof(CLITICS) / sizeof(CLITICS[0]); i++) {
        const size_t n = strlen(CLITICS[i]);
        bool same = at + n <= s.len && (at + n == s.len || !is_ascii_letter(s.ptr[at + n]));
        for (size_t k = 0; same && k < n; k++) {
            same = lower(s.ptr[at + k]) == CLITICS[i][k];
        }
        if (same) {
            return n;
        }
    }
    return 0;
}

/* Past spaces. */
static size_t skip(span s, size_t at)
{
    while (at < s.len && (unsigned char)s.ptr[at] <= ' ') {
        at++;
    }
    return at;
}

/* Copies the sentence with straight apostrophes, and joins "I ' m". False: too long. */
static bool flatten(dialogue_tokens *t, span s, size_t *out_len)
{
    size_t n = 0;
    for (size_t at = 0; at < s.len;) {
        const size_t mark = skip(s, at);
        const size_t len = apostrophe(s, mark);
        const size_t after = skip(s, mark + len);
        const size_t tail =
            len > 0 && n > 0 && is_ascii_letter(t->flat[n - 1]) ? clitic(s, after) : 0;
        if (n + 4 >= sizeof(t->flat)) {
            return false;
        }
        if (tail > 0) {
            t->flat[n++] = '\'';
            for (size_t k = 0; k < tail; k++) {
                t->flat[n++] = lower(s.ptr[after + k]);
            }
            at = after + tail;
        } else if (apostrophe(s, at) > 0) {
            t->flat[n++] = '\'';
            at += apostrophe(s, at);
        } else {
            t->flat[n++] = s.ptr[at++];
        }
    }
    *out_len = n;
    return true;
}

/* Lower case of a word into the tokens' own bytes; empty: no room. */
static span fold(dialogue_tokens *t, span word)
{
    if (t->used + word.len > sizeof(t->bytes)) {
        return span_from(NULL, 0);
    }
    char *const out = t->bytes + t->used;
    for (size_t i = 0; i < word.len; i++) {
        const unsigned char c = (unsigned char)word.ptr[i];
        const bool accented = i > 0 && (unsigned char)word.ptr[i - 1] == 0xC3;
        out[i] =
            accented && c >= 0x80 && c <= 0x9E && c != 0x97 ? (char)(c + 0x20) : lower(word.ptr[i]);
    }
    t->used += word.len;
    return span_from(out, word.len);
}

static bool add(dialogue_tokens *t, span text, bool word)
{
    if (t->count >= DIALOGUE_MAX_TOKENS) {
        return false;
    }
    const span low = fold(t, text);
    if (low.len != text.len) {
        return false;
    }
    const unsigned char first = (unsigned char)text.ptr[0];
    const bool capital = (first >= 'A' && first <= 'Z') ||
                         (first == 0xC3 && text.len > 1 && (unsigned char)text.ptr[1] <= 0x9E);
    t->list[t->count++] =
        (dialogue_token){.text = text, .low = low, .word = word, .capital = capital};
    return true;
}

static bool equals(span low, const char *word)
{
    return span_equal(low, span_from_string(word));
}

/* Words that "'s" after them stands for "is". */
static bool takes_is(span low)
{
    return dialogue_is_one_of(low, "it that what where who how when there here he she this "
                                   "everything something nothing why");
}

/* "I'm" as two tokens. False in *out_done: no contraction. */
static bool add_contraction(dialogue_tokens *t, span word, bool *out_done)
{
    static const struct {
        const char *ending, *word;
    } ENDINGS[] = {{"'m", "am"},    {"'re", "are"},  {"'ll", "will"},
                   {"'ve", "have"}, {"'d", "would"}, {"n't", "not"}};
    static const struct {
        const char *word, *first, *second;
    } WHOLE[] = {{"can't", "can", "not"},  {"won't", "will", "not"},   {"cannot", "can", "not"},
                 {"let's", "let", "us"},   {"gonna", "going", "to"},   {"wanna", "want", "to"},
                 {"gotta", "got", "to"},   {"shan't", "shall", "not"}, {"lets", "let", "us"},
                 {"'cause", "because", ""}};
    const size_t mark = t->used;
    const span low = fold(t, word);
    t->used = mark;
    *out_done = true;
    for (size_t i = 0; i < sizeof(WHOLE) / sizeof(WHOLE[0]); i++) {
        if (equals(low, WHOLE[i].word)) {
            return add(t, span_from_string(WHOLE[i].first), true) &&
                   (WHOLE[i].second[0] == '\0' || add(t, span_from_string(WHOLE[i].second), true));
        }
    }
    for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
        const span ending = span_from_string(ENDINGS[i].ending);
        if (low.len > ending.len && span_ends_with(low, ending)) {
            return add(t, span_slice(word, 0, word.len - ending.len), true) &&
                   add(t, span_from_string(ENDINGS[i].word), true);
        }
    }
    if (low.len > 2 && span_ends_with(low, SPAN("'s")) &&
        takes_is(span_slice(low, 0, low.len - 2))) {
        return add(t, span_slice(word, 0, word.len - 2), true) && add(t, SPAN("is"), true);
    }
    *out_done = false;
    return true;
}

/* "j'ai" as "j'" and "ai"; "aujourd'hui" stays whole. */
static bool add_elided(dialogue_tokens *t, span word)
{
    const char *const mark = memchr(word.ptr, '\'', word.len);
    const size_t at = mark != NULL ? (size_t)(mark - word.ptr) + 1 : 0;
    if (at == 0 || at == word.len || at > 8 || span_starts_with(word, SPAN("aujourd'"))) {
        return add(t, word, true);
    }
    return add(t, span_slice(word, 0, at), true) && add_elided(t, span_slice(word, at, word.len));
}

/* A mark ends a word unless it stands between letters or digits without a space: 3:30, p.m. */
static bool ends_word(span s, size_t at)
{
    const char c = s.ptr[at];
    if ((unsigned char)c <= ' ') {
        return true;
    }
    if (strchr("!?;()\"", c) != NULL) {
        return true;
    }
    if (c != ',' && c != '.' && c != ':') {
        return false;
    }
    if (at > 0 && c == '.' && s.ptr[at - 1] == '.') {
        return true;
    }
    return at + 1 >= s.len || (unsigned char)s.ptr[at + 1] <= ' ' ||
           strchr("!?;:,.()\"'", s.ptr[at + 1]) != NULL;
}

/* Marks of more than one byte: dashes, quotes, the ellipsis. */
static size_t wide_mark(span s, size_t at)
{
    uint32_t code = 0;
    const size_t len = utf8_next(s, at, &code);
    const bool mark = code == 0xAB || code == 0xBB || code == 0xA0 ||
                      (code >= 0x2010 && code <= 0x206F && code != 0x2019);
    return len > 1 && mark ? len : 0;
}

static bool add_word(dialogue_tokens *t, span word, bool french)
{
    bool done = false;
    if (french) {
        return add_elided(t, word);
    }
    return add_contraction(t, word, &done) && (done || add(t, word, true));
}

bool dialogue_split(dialogue_tokens *out, span sentence, bool french)
{
    size_t n = 0;
    out->count = 0;
    out->used = 0;
    if (sentence.len + 8 >= sizeof(out->flat) || !flatten(out, sentence, &n)) {
        return false;
    }
    const span s = span_from(out->flat, n);
    for (size_t at = skip(s, 0); at < s.len; at = skip(s, at)) {
        const size_t wide = wide_mark(s, at);
        if (wide > 0 || ends_word(s, at)) {
            const size_t len = wide > 0 ? wide : 1;
            if (!add(out, span_slice(s, at, at + len), false)) {
                return false;
            }
            at += len;
            continue;
        }
        size_t end = at + 1;
        while (end < s.len && !ends_word(s, end) && wide_mark(s, end) == 0) {
            end++;
        }
        if (!add_word(out, span_slice(s, at, end), french)) {
            return false;
        }
        at = end;
    }
    return true;
}

size_t dialogue_match(const dialogue_tokens *t, size_t i, const char *phrase)
{
    size_t n = 0;
    while (*phrase != '\0') {
        const char *const space = strchr(phrase, ' ');
        const size_t len = space != NULL ? (size_t)(space - phrase) : strlen(phrase);
        if (i + n >= t->count || !span_equal(t->list[i + n].low, span_from(phrase, len))) {
            return 0;
        }
        n++;
        phrase += len + (space != NULL ? 1 : 0);
    }
    return n;
}

/* The phrase at the start of "this one|that one" goes to `one` ("" when it is too long); returns where
 * the next one starts. */
static const char *take_phrase(const char *phrases, char one[DIALOGUE_PHRASE_BYTES])
{
    const char *const bar = strchr(phrases, '|');
    const size_t len = bar != NULL ? (size_t)(bar - phrases) : strlen(phrases);
    const size_t kept = len < DIALOGUE_PHRASE_BYTES ? len : 0;
    memcpy(one, phrases, kept);
    one[kept] = '\0';
    return phrases + len + (bar != NULL ? 1 : 0);
}

size_t dialogue_match_any(const dialogue_tokens *t, size_t i, size_t to, const char *phrases)
{
    char one[DIALOGUE_PHRASE_BYTES];
    while (*phrases != '\0') {
        phrases = take_phrase(phrases, one);
        const size_t n = dialogue_match(t, i, one);
        if (n > 0 && i + n <= to) {
            return n;
        }
    }
    return 0;
}

bool dialogue_is_any(const dialogue_tokens *t, size_t i, size_t to, const char *phrases)
{
    char one[DIALOGUE_PHRASE_BYTES];
    while (*phrases != '\0') {
        phrases = take_phrase(phrases, one);
        if (to > i && dialogue_match(t, i, one) == to - i) {
            return true;
        }
    }
    return false;
}

bool dialogue_is_one_of(span low, const char *list)
{
    while (*list != '\0') {
        const char *const space = strchr(list, ' ');
        const size_t len = space != NULL ? (size_t)(space - list) : strlen(list);
        if (span_equal(low, span_from(list, len))) {
            return true;
        }
        list += len + (space != NULL ? 1 : 0);
    }
    return false;
}

bool dialogue_at(const dialogue_tokens *t, size_t i, const char *list)
{
    return i < t->count && t->list[i].word && dialogue_is_one_of(t->list[i].low, list);
}

bool dialogue_is_mark(const dialogue_tokens *t, size_t i, char mark)
{
    return i < t->count && !t->list[i].word && t->list[i].text.ptr[0] == mark;
}
