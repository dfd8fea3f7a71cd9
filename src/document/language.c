/*
 * language.c - French, English, or neither.
 *
 * Idea: function words are a quarter to a half of running text and hardly shared between
 * languages, so their counts decide anything longer than a few lines; letter trigrams (likelihoods
 * under Zipf's law, language_trigrams.c) decide between close languages and in short texts that
 * hold no function word. Five rivals have word lists and fifteen have trigrams only to be told
 * apart: they come out "und", like anything too short or in another script.
 *
 * Cost: the first SAMPLE_BYTES of a text are looked at, whatever its length.
 */
#include <string.h>

#include "base/utf8.h"
#include "document/document.h"
#include "document/language_table.h"
#include "document/language_words.h"
#include "document/text_chars.h"

enum {
    SAMPLE_BYTES = 4 * 1024,
    SAMPLE_TRIGRAMS = 600,
    WORD_BYTES = 16,  /* longer words are no function words */
    WORD_POINTS = 160 /* what one function word weighs; a trigram weighs up to 66 */
};

typedef struct tally {
    uint32_t n_words;
    uint32_t n_letters, n_foreign;        /* letters; those that are not Latin */
    uint32_t hits[N_LANGUAGE_WORD_LISTS]; /* function words seen */
    uint32_t n_trigrams;
    uint64_t points[N_LANGUAGES]; /* trigram weights */
    uint32_t last[3];             /* the last letters, folded; ' ' between words */
} tally;

static void add_word(tally *t, const char *word, size_t len)
{
    size_t low = 0;
    size_t high = LANGUAGE_WORD_COUNT;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const language_word *const entry = &LANGUAGE_WORDS[middle];
        const int order = strncmp(entry->word, word, len);
        if (order == 0 && entry->word[len] == '\0') {
            for (size_t i = 0; i < N_LANGUAGE_WORD_LISTS; i++) {
                t->hits[i] += (entry->languages >> i) & 1u;
            }
            return;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
}

static void add_trigram(tally *t)
{
    const uint32_t key = t->last[0] << 20 | t->last[1] << 10 | t->last[2];
    size_t low = 0;
    size_t high = LANGUAGE_TRIGRAM_COUNT;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (LANGUAGE_TRIGRAMS[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    t->n_trigrams++;
    if (low < LANGUAGE_TRIGRAM_COUNT && LANGUAGE_TRIGRAMS[low].key == key) {
        for (size_t i = 0; i < N_LANGUAGES; i++) {
            t->points[i] += LANGUAGE_TRIGRAMS[low].weights[i];
        }
    }
}

static void add_letter(tally *t, uint32_t code)
{
    if (code == ' ' && t->last[2] == ' ') {
        return;
    }
    t->last[0] = t->last[1];
    t->last[1] = t->last[2];
    t->last[2] = code < 1024 ? code : 1023;
    if (t->last[1] != ' ' || t->last[2] != ' ') {
        if (t->n_trigrams < SAMPLE_TRIGRAMS) {
            add_trigram(t);
        }
    }
}

/* Addresses, links and the like are in no language: a run of non-spaces with '@', "://", '_', or a
 * dot between letters is left out. */
static bool run_is_technical(span text, size_t start, size_t end)
{
    for (size_t i = start; i < end; i++) {
        const char c = text.ptr[i];
        const bool inner = i > start && i + 1 < end;
        if (c == '@' || c == '_' || c == '\\' || (inner && c == '/' && text.ptr[i - 1] == ':') ||
            (inner && c == '.' && (text.ptr[i + 1] | 0x20) >= 'a' &&
             (text.ptr[i + 1] | 0x20) <= 'z')) {
            return true;
        }
    }
    return false;
}

/* The words (runs of letters) of one run of non-spaces. */
static void add_run(tally *t, span text, size_t start, size_t end)
{
    char word[WORD_BYTES];
    size_t word_len = 0;
    size_t pos = start;
    while (pos <= end) {
        uint32_t code = ' ';
        const size_t len = pos < end ? utf8_next(text, pos, &code) : 1;
        pos += len;
        if (code != ' ' && char_is_letter(char_kind_of(code))) {
            const uint32_t folded = char_fold(code);
            t->n_letters++;
            t->n_foreign += folded >= 0x250 ? 1 : 0;
            add_letter(t, folded);
            char bytes[4];
            const size_t n = utf8_encode(folded, bytes);
            for (size_t i = 0; i < n && word_len < WORD_BYTES; i++) {
                word[word_len++] = bytes[i];
            }
        } else if (word_len > 0) {
            t->n_words++;
            if (word_len < WORD_BYTES) {
                add_word(t, word, word_len);
            }
            word_len = 0;
            add_letter(t, ' ');
        }
    }
}

static void tally_text(tally *t, span text)
{
    size_t pos = char_skip_spaces(text, 0, text.len);
    while (pos < text.len) {
        const size_t start = pos;
        size_t len = 0;
        while (pos < text.len && char_at(text, pos, &len) != CHAR_SPACE) {
            pos += len;
        }
        if (!run_is_technical(text, start, pos)) {
            add_run(t, text, start, pos);
        }
        pos = char_skip_spaces(text, pos, text.len);
    }
}

/* Points of a language: trigrams, and function words where there is a list. */
static uint64_t total_points(const tally *t, size_t language)
{
    const uint64_t words = language < N_LANGUAGE_WORD_LISTS ? t->hits[language] : 0;
    return t->points[language] + WORD_POINTS * words;
}

/* The best language other than `except` (N_LANGUAGES: none). */
static size_t best_language(const tally *t, size_t except)
{
    size_t best = except == 0 ? 1 : 0;
    for (size_t i = 0; i < N_LANGUAGES; i++) {
        if (i != except && total_points(t, i) > total_points(t, best)) {
            best = i;
        }
    }
    return best;
}

/* A language without a word list (Catalan, Romanian) shares words with one that has: its trigrams
 * alone must not fit much better. */
static bool is_another_likelier(const tally *t, size_t best)
{
    for (size_t i = N_LANGUAGE_WORD_LISTS; i < N_LANGUAGES; i++) {
        if (t->n_trigrams >= 60 && t->points[i] * 100 > t->points[best] * 108) {
            return true;
        }
    }
    return false;
}

/* The two languages that this page is about, and the evidence that each needs. */
static bool is_convincing(const tally *t, size_t best, size_t second)
{
    const uint64_t lead = total_points(t, best) - total_points(t, second);
    const uint64_t hits = t->hits[best];
    const uint64_t per_trigram = t->n_trigrams > 0 ? t->points[best] / t->n_trigrams : 0;
    if (t->n_words < 3) {
        /* "Bonjour", "OK merci": a guess would be a coin's. */
        return t->n_words == 2 && hits == 2 && lead >= 2 * WORD_POINTS;
    }
    if (t->n_words < 12) {
        return (hits >= 1 && lead >= WORD_POINTS) ||
               (per_trigram >= 24 && lead >= 6 * t->n_trigrams);
    }
    /* Lists of names and figures have almost no function words and weak trigrams. */
    return hits * 12 >= t->n_words && lead * 14 >= total_points(t, best);
}

const char *document_language(span text)
{
    tally t = {.last = {' ', ' ', ' '}};
    size_t sample = text.len;
    if (sample > SAMPLE_BYTES) {
        sample = utf8_complete_prefix(span_from(text.ptr, SAMPLE_BYTES));
    }
    tally_text(&t, span_from(text.ptr, sample));
    if (t.n_foreign * 2 > t.n_letters) {
        return "und";
    }
    const size_t best = best_language(&t, N_LANGUAGES);
    const size_t second = best_language(&t, best);
    if (best > LANGUAGE_EN || is_another_likelier(&t, best) || !is_convincing(&t, best, second)) {
        return "und";
    }
    return best == LANGUAGE_FR ? "fr" : "en";
}
