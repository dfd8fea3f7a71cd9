/*
 * notify_signals.c - see notify_signals.h.
 */
#include "feature/notify/notify_signals.h"

#include <utf8proc.h>

#include "base/utf8.h"

typedef struct notify_phrase {
    const char *words; /* between single spaces */
    notify_signal signal;
} notify_phrase;

#include "notify_phrases.inc"

enum { MAX_SKIPPED = 3 }; /* words that "~" may stand for */

uint64_t notify_hash(uint64_t seed, span bytes)
{
    uint64_t hash = seed;
    for (size_t i = 0; i < bytes.len; i++) {
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

/* ---- words ---- */

/* Letters of other scripts that pass for Latin ones; 0: none. */
static char look_alike(uint32_t code)
{
    static const struct {
        uint16_t code;
        char letter;
    } TABLE[] = {{0x430, 'a'}, {0x435, 'e'}, {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'},
                 {0x443, 'y'}, {0x445, 'x'}, {0x456, 'i'}, {0x458, 'j'}, {0x455, 's'},
                 {0x501, 'd'}, {0x51B, 'q'}, {0x51D, 'w'}, {0x4BB, 'h'}, {0x43A, 'k'},
                 {0x43C, 'm'}, {0x442, 't'}, {0x432, 'b'}, {0x43D, 'h'}, {0x3B1, 'a'},
                 {0x3B5, 'e'}, {0x3BF, 'o'}, {0x3C1, 'p'}, {0x3B9, 'i'}, {0x3BD, 'v'},
                 {0x3C5, 'u'}, {0x3BA, 'k'}, {0x3C4, 't'}, {0x131, 'i'}, {0x1E37, 'l'}};
    for (size_t i = 0; i < sizeof(TABLE) / sizeof(TABLE[0]); i++) {
        if (TABLE[i].code == code) {
            return TABLE[i].letter;
        }
    }
    return 0;
}

typedef struct cutter {
    notify_words *words;
    arena *memory;
    notify_field field;
    char form[NOTIFY_WORD_BYTES + 8];
    size_t n_form;
    bool latin, foreign; /* scripts seen in the word */
    size_t n_upper, n_letters;
    notify_word next;
    bool quoted;
} cutter;

static void end_word(cutter *c)
{
    notify_words *const w = c->words;
    if (c->n_form > 0 && w->count < NOTIFY_MAX_WORDS) {
        const char *const form = arena_copy(c->memory, span_from(c->form, c->n_form));
        w->out_of_memory = w->out_of_memory || form == NULL;
        c->next.form = span_from(form, form != NULL ? c->n_form : 0);
        c->next.field = (uint8_t)c->field;
        c->next.all_capitals = c->n_letters > 1 && c->n_upper == c->n_letters;
        c->next.mixed = c->latin && c->foreign;
        w->n_mixed += c->next.mixed;
        w->n_capital_words += c->n_letters > 2 && c->n_upper == c->n_letters;
        w->items[w->count++] = c->next;
        c->next = (notify_word){.quoted = c->quoted};
    }
    c->n_form = 0;
    c->n_upper = 0;
    c->n_letters = 0;
    c->latin = false;
    c->foreign = false;
}

static void add_letter(cutter *c, uint32_t code, size_t at)
{
    if (c->n_form == 0) {
        c->next.start = (uint32_t)at;
        c->next.quoted = c->quoted;
        c->next.capital = false;
    }
    utf8proc_int32_t parts[8] = {(utf8proc_int32_t)code};
    utf8proc_ssize_t n = 1;
    int boundary = 0;
    if (code >= 0x80) {
        n = utf8proc_decompose_char((utf8proc_int32_t)code, parts, 8,
                                    UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                        UTF8PROC_STRIPMARK,
                                    &boundary);
    }
    const bool upper = code < 0x80
                           ? code >= 'A' && code <= 'Z'
                           : utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_LU;
    c->next.capital = c->next.capital || (c->n_form == 0 && upper);
    const bool letter = code < '0' || code > '9';
    c->n_letters += letter;
    c->n_upper += letter && upper;
    for (utf8proc_ssize_t i = 0; i < n && i < 8; i++) {
        uint32_t part = (uint32_t)parts[i];
        part = part >= 'A' && part <= 'Z' ? part + 32 : part;
        if (c->n_form + 4 > NOTIFY_WORD_BYTES) {
            return;
        }
        const char same = part >= 0x80 ? look_alike(part) : 0;
        c->foreign = c->foreign || same != 0;
        c->latin = c->latin || (part >= 'a' && part <= 'z');
        if (part == 0x153) { /* the ligature of "sœur" */
            c->form[c->n_form++] = 'o';
            c->form[c->n_form++] = 'e';
        } else if (same != 0) {
            c->form[c->n_form++] = same;
        } else {
            c->n_form += utf8_encode(part, c->form + c->n_form);
        }
    }
}

static bool is_digit(uint32_t code)
{
    return code >= '0' && code <= '9';
}

static bool is_letter(uint32_t code)
{
    if (code < 0x80) {
        return is_digit(code) || (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
    }
    const utf8proc_category_t kind = utf8proc_category((utf8proc_int32_t)code);
    return (kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO) ||
           (kind >= UTF8PROC_CATEGORY_MN && kind <= UTF8PROC_CATEGORY_ME) ||
           kind == UTF8PROC_CATEGORY_ND;
}

static void mark(cutter *c, uint32_t code)
{
    notify_words *const w = c->words;
    notify_word *const last = w->count > 0 ? &w->items[w->count - 1] : NULL;
    if (code == '?') {
        w->n_questions++;
        if (last != NULL) {
            last->question_after = true;
        }
    }
    w->n_exclamations += code == '!';
    w->n_emoji += code >= 0x1F000 || (code >= 0x2600 && code <= 0x27BF);
    c->next.comma_before = c->next.comma_before || code == ',';
    c->next.sentence_start = c->next.sentence_start || code == '.' || code == '!' || code == '?' ||
                             code == '\n' || code == 0x2026;
    c->next.at = code == '@';
    if (code == '"') {
        c->quoted = !c->quoted;
    } else if (code == 0xAB || code == 0x201C || code == 0x201E) {
        c->quoted = true;
    } else if (code == 0xBB || code == 0x201D) {
        c->quoted = false;
    }
}

/* "18:30", "12/03", "2.5": between digits these are part of the word. */
static bool joins(uint32_t code, uint32_t before, uint32_t after)
{
    return (code == ':' || code == '/' || code == '.' || code == ',') && is_digit(before) &&
           is_digit(after);
}

void notify_words_add(notify_words *words, span text, notify_field field, arena *memory)
{
    cutter c = {.words = words, .memory = memory, .field = field};
    c.next.sentence_start = true;
    uint32_t before = 0;
    for (size_t at = 0; at < text.len && words->count < NOTIFY_MAX_WORDS;) {
        uint32_t code = 0;
        const size_t len = utf8_next(text, at, &code);
        uint32_t after = 0;
        if (at + len < text.len) {
            (void)utf8_next(text, at + len, &after);
        }
        const bool sign = code == '%' || code == '$' || code == 0x20AC || code == 0xA3;
        if (is_letter(code) || (c.n_form > 0 && joins(code, before, after))) {
            add_letter(&c, code, at);
        } else {
            end_word(&c);
            if (sign) {
                add_letter(&c, code, at);
                end_word(&c);
            } else {
                mark(&c, code);
            }
        }
        before = code;
        at += len;
    }
    end_word(&c);
}

/* ---- phrases ---- */

static bool word_fits(const notify_word *word, span pattern)
{
    if (pattern.len == 1 && pattern.ptr[0] == '_') {
        return true;
    }
    if (pattern.len == 1 && pattern.ptr[0] == '#') {
        return word->form.len > 0 && is_digit((unsigned char)word->form.ptr[0]);
    }
    if (pattern.ptr[pattern.len - 1] == '*') {
        return span_starts_with(word->form, span_from(pattern.ptr, pattern.len - 1));
    }
    return span_equal(word->form, pattern);
}

static span first_pattern(const char *phrase)
{
    return span_from(phrase, strcspn(phrase, " "));
}

/* The end of the phrase when it stands at `i`; 0: it does not. */
static size_t match_from(const notify_words *w, size_t i, const char *phrase)
{
    const uint8_t field = i < w->count ? w->items[i].field : 0;
    while (*phrase != '\0') {
        const span pattern = first_pattern(phrase);
        const char *const rest = phrase + pattern.len + (phrase[pattern.len] == ' ');
        if (pattern.len == 1 && pattern.ptr[0] == '~') {
            const span next = first_pattern(rest);
            size_t skipped = 0;
            while (skipped <= MAX_SKIPPED && i < w->count && !word_fits(&w->items[i], next)) {
                skipped++;
                i++;
            }
            if (skipped > MAX_SKIPPED) {
                return 0;
            }
        } else {
            if (i >= w->count || w->items[i].field != field || !word_fits(&w->items[i], pattern)) {
                return 0;
            }
            i++;
        }
        phrase = rest;
    }
    return i;
}

size_t notify_words_match(const notify_words *words, size_t i, const char *phrase)
{
    const size_t end = i < words->count ? match_from(words, i, phrase) : 0;
    return end > i ? end - i : 0;
}

static size_t letter_place(span form, size_t k)
{
    return k < form.len && form.ptr[k] >= 'a' && form.ptr[k] <= 'z'
               ? (size_t)(form.ptr[k] - 'a') + 1
               : 0;
}

static void count(uint8_t *counter)
{
    *counter = (uint8_t)(*counter + (*counter < UINT8_MAX));
}

void notify_signals_find(const notify_words *words, size_t first, size_t end, bool app,
                         notify_hits *out_hits)
{
    *out_hits = (notify_hits){0};
    for (size_t i = first; i < end && i < words->count; i++) {
        const notify_word *const word = &words->items[i];
        const size_t bucket = letter_place(word->form, 0) * 27 + letter_place(word->form, 1);
        for (size_t k = BUCKETS[bucket]; k < BUCKETS[bucket + 1]; k++) {
            const notify_signal signal = PHRASES[k].signal;
            if ((signal < SIGNAL_CODE) != app) {
                continue;
            }
            const size_t stop = match_from(words, i, PHRASES[k].words);
            if (stop == 0 || stop > end) {
                continue;
            }
            count(&out_hits->all[signal]);
            if (!word->quoted) {
                count(&out_hits->bare[signal]);
            }
            if (word->field != NOTIFY_BODY) {
                count(&out_hits->title[signal]);
            }
        }
    }
}
