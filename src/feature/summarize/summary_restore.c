/*
 * summary_restore.c - what a model loses when it shortens a sentence, set right from the sentence:
 * the article of the first noun, the first half of a pair of quotes. What cannot be set right, or a
 * "he" or "she" that the sentence does not have, makes the shortened form unfit.
 */
#include "base/error.h"
#include "feature/summarize/summary.h"

static const char *const DETERMINERS[] = {"la",   "le",    "les",   "l'",   "un",    "une",  "des",
                                          "ce",   "cet",   "cette", "ces",  "son",   "sa",   "ses",
                                          "leur", "leurs", "the",   "a",    "an",    "its",  "his",
                                          "her",  "their", "this",  "that", "these", "those"};
static const char *const PRONOUNS[] = {"he", "she",  "his", "her",  "him",
                                       "il", "elle", "ils", "elles"};

static bool is_in(span form, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_equal(form, span_from_string(list[i]))) {
            return true;
        }
    }
    return false;
}

#define IS_IN(form, list) is_in(form, list, sizeof(list) / sizeof((list)[0]))

static bool has_word(const summary_words *w, span form)
{
    for (size_t i = 0; i < w->count; i++) {
        if (span_equal(w->words[i].form, form)) {
            return true;
        }
    }
    return false;
}

/* "Morag Sinclair said he": the sentence does not say who is he. */
static bool adds_pronoun(const summary_words *shortened, const summary_words *sentence)
{
    for (size_t i = 0; i < shortened->count; i++) {
        const span form = shortened->words[i].form;
        if (IS_IN(form, PRONOUNS) && !has_word(sentence, form)) {
            return true;
        }
    }
    return false;
}

/* The determiner right before the sentence's word that the shortened form starts with, with what
 * joins them; empty: none is missing. */
static span lost_determiner(const summary_words *shortened, const summary_words *w, span sentence)
{
    if (shortened->count == 0 || IS_IN(shortened->words[0].form, DETERMINERS)) {
        return span_from(NULL, 0);
    }
    for (size_t i = 0; i < w->count; i++) {
        if (!span_equal(w->words[i].form, shortened->words[0].form)) {
            continue;
        }
        const bool alone = i > 0 && !w->words[i].comma_before && !w->words[i].capital &&
                           IS_IN(w->words[i - 1].form, DETERMINERS);
        return alone ? span_slice(sentence, w->words[i - 1].start, w->words[i].start)
                     : span_from(NULL, 0);
    }
    return span_from(NULL, 0);
}

static size_t count(span text, span mark)
{
    size_t n = 0;
    for (size_t i = 0; i + mark.len <= text.len; i++) {
        n += memcmp(text.ptr + i, mark.ptr, mark.len) == 0 ? 1 : 0;
    }
    return n;
}

/* The opening quote that the text needs at its start; *out_ok false: its quotes cannot be paired. */
static span lost_quote(span text, span sentence, bool *out_ok)
{
    static const struct {
        span open, close;
    } PAIRS[] = {{{"\xE2\x80\x9C", 3}, {"\xE2\x80\x9D", 3}}, {{"\xC2\xAB", 2}, {"\xC2\xBB", 2}}};
    span lost = {0};
    *out_ok = true;
    if (count(text, SPAN("\"")) % 2 == 1) {
        lost = SPAN("\"");
    }
    for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
        const size_t opened = count(text, PAIRS[i].open);
        const size_t closed = count(text, PAIRS[i].close);
        if (closed == opened + 1) {
            lost = PAIRS[i].open;
        } else if (closed != opened) {
            *out_ok = false;
        }
    }
    /* Only what the sentence itself starts with was lost at the start. */
    *out_ok = *out_ok && (lost.len == 0 || span_starts_with(sentence, lost));
    return lost;
}

static bool append_restored(buffer *out, span text, span determiner, span quote)
{
    bool ok = buffer_append(out, quote) &&
              (!span_equal(quote, SPAN("\xC2\xAB")) || buffer_append_byte(out, ' '));
    if (determiner.len > 0 && text.len > 0 && ok) {
        /* Determiners and, after an accent is folded away, what follows them start in ASCII. */
        const char first = determiner.ptr[0];
        const bool upper = first >= 'a' && first <= 'z';
        ok = buffer_append_byte(out, (char)(upper ? first - 32 : first)) &&
             buffer_append(out, span_slice(determiner, 1, determiner.len));
        const char next = text.ptr[0];
        ok = ok && buffer_append_byte(out, (char)(next >= 'A' && next <= 'Z' ? next + 32 : next));
        text = span_slice(text, 1, text.len);
    }
    return ok && buffer_append(out, text);
}

int summary_restore(summary_job *job, span shortened, span sentence, buffer *out, bool *out_fit)
{
    summary_words a = {0};
    summary_words b = {0};
    bool paired = false;
    const span quote = lost_quote(shortened, sentence, &paired);
    bool ok = summary_split_words(&a, shortened);
    ok = summary_split_words(&b, sentence) && ok;
    *out_fit = ok && paired && !adds_pronoun(&a, &b);
    if (*out_fit) {
        const span determiner =
            quote.len == 0 ? lost_determiner(&a, &b, sentence) : span_from(NULL, 0);
        ok = append_restored(out, shortened, determiner, quote);
    }
    summary_words_deinit(&a);
    summary_words_deinit(&b);
    return ok ? HUIS_OK : summary_no_memory(job);
}
