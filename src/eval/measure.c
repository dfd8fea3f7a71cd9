/*
 * measure.c - see measure.h.
 */
#include "eval/measure.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "document/document.h"
#include "eval/eval_facts.h"
#include "evidence/evidence.h"
#include "huis/summarize.h"

struct measure_source {
    span text;
    arena memory;
    eval_tokens words;
    eval_facts facts;
    map content;     /* form -> position in `weights` */
    double *weights; // [content.count]
    double *best;    // [content.count + 1]: best[k]: the k heaviest words together
};

/* How often a word occurs, in how many sentences, and the last sentence that was counted. */
typedef struct occurrence {
    uint32_t n, n_sentences, last_sentence;
} occurrence;

static bool is_content(const eval_token *t)
{
    return t->form.len > 1 && !evidence_is_function_word(t->word);
}

/* The sentence that holds byte `at`, from sentence `i` on; what lies between two belongs to the
 * later one. */
static size_t sentence_of(const document *d, size_t at, size_t i)
{
    while (i < d->n_sentences && at >= d->sentences[i].end) {
        i++;
    }
    return i;
}

static bool count_words(measure_source *s, const document *d, occurrence *counts)
{
    size_t i_sentence = 0;
    for (size_t i = 0; i < s->words.count; i++) {
        const eval_token *const t = &s->words.tokens[i];
        if (!is_content(t)) {
            continue;
        }
        i_sentence = sentence_of(d, (size_t)(t->word.ptr - s->text.ptr), i_sentence);
        uint32_t id = (uint32_t)s->content.count;
        if (!map_get(&s->content, t->form, &id) && !map_set(&s->content, t->form, id)) {
            return false;
        }
        occurrence *const c = &counts[id];
        c->n_sentences += c->n == 0 || c->last_sentence != (uint32_t)i_sentence;
        c->last_sentence = (uint32_t)i_sentence;
        c->n++;
    }
    return true;
}

static int compare_heavier_first(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x < y) - (x > y);
}

static int find_weights(measure_source *s, const document *d, huis_error *err)
{
    occurrence *const counts = arena_alloc(&s->memory, s->words.count + 1, sizeof(*counts));
    if (counts == NULL || !count_words(s, d, counts)) {
        return error_no_memory(err, "the words of a source");
    }
    const size_t n = s->content.count;
    s->weights = arena_alloc(&s->memory, n + 1, sizeof(*s->weights));
    s->best = arena_alloc(&s->memory, n + 1, sizeof(*s->best));
    if (s->weights == NULL || s->best == NULL) {
        return error_no_memory(err, "the words of a source");
    }
    for (size_t i = 0; i < n; i++) {
        const double holders = counts[i].n_sentences;
        const double others = fmax((double)d->n_sentences - holders, 0.0);
        s->weights[i] = log(1.0 + counts[i].n) * log(1.0 + (others + 0.5) / (holders + 0.5));
        s->best[i + 1] = s->weights[i];
    }
    qsort(s->best + 1, n, sizeof(*s->best), compare_heavier_first);
    for (size_t i = 1; i <= n; i++) {
        s->best[i] += s->best[i - 1];
    }
    return HUIS_OK;
}

int measure_source_new(measure_source **out_source, span text, huis_error *err)
{
    measure_source *s = memory_alloc(1, sizeof(*s));
    if (s == NULL) {
        return error_no_memory(err, "a source to measure against");
    }
    s->text = text;
    arena_init(&s->memory, LIMIT_EVAL_MEMORY_BYTES);
    map_init(&s->content);
    document d;
    int status = document_analyse(&d, text, (document_genre)0, &s->memory, err);
    if (status == HUIS_OK) {
        status = eval_tokens_read(&s->words, text, &s->memory, err);
    }
    if (status == HUIS_OK) {
        status = eval_facts_read(&s->facts, text, &s->words, &s->memory, err);
    }
    if (status == HUIS_OK) {
        status = find_weights(s, &d, err);
    }
    if (status != HUIS_OK) {
        measure_source_free(s);
        return status;
    }
    *out_source = s;
    return HUIS_OK;
}

measure_source *measure_source_free(measure_source *source)
{
    if (source != NULL) {
        eval_facts_deinit(&source->facts);
        map_deinit(&source->content);
        arena_deinit(&source->memory);
        memory_free(source);
    }
    return NULL;
}

static int measure_coverage(const measure_source *s, const eval_tokens *words, double *out,
                            huis_error *err)
{
    map seen;
    map_init(&seen);
    double weight = 0;
    bool ok = true;
    for (size_t i = 0; i < words->count && ok; i++) {
        const eval_token *const t = &words->tokens[i];
        uint32_t id = 0;
        if (is_content(t) && !map_get(&seen, t->form, NULL)) {
            ok = map_set(&seen, t->form, 0);
            weight += map_get(&s->content, t->form, &id) ? s->weights[id] : 0.0;
        }
    }
    const size_t n = seen.count < s->content.count ? seen.count : s->content.count;
    map_deinit(&seen);
    *out = s->best[n] > 0 ? weight / s->best[n] : 0.0;
    return ok ? HUIS_OK : error_no_memory(err, "the words of a summary");
}

/* huis_check says what is missing, not of which sort: what holds a digit or opens with a small
 * letter ("twelve") is a number. */
static bool is_number(const char *missing)
{
    bool number = missing[0] >= 'a' && missing[0] <= 'z';
    for (const char *p = missing; *p != '\0'; p++) {
        number = number || (*p >= '0' && *p <= '9');
    }
    return number;
}

/* "“the pool is open”": one of its ends is a mark. */
static bool is_quotation(const char *missing)
{
    static const span MARKS[] = {{"\"", 1},           {"\xC2\xAB", 2},     {"\xC2\xBB", 2},
                                 {"\xE2\x80\x9C", 3}, {"\xE2\x80\x9D", 3}, {"\xE2\x80\x9E", 3}};
    const span text = span_from_string(missing);
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        if (span_starts_with(text, MARKS[i]) || span_ends_with(text, MARKS[i])) {
            return true;
        }
    }
    return false;
}

static int check(const measure_source *s, span text, measures *out, huis_error *err)
{
    huis_check_report *report = NULL;
    RETURN_IF_ERROR(huis_check(s->text.ptr, s->text.len, text.ptr, text.len, &report, err));
    out->score = report->score;
    out->supported = report->supported;
    for (size_t i = 0; i < report->n_sentences; i++) {
        for (size_t k = 0; k < report->sentences[i].n_unsupported; k++) {
            const char *const missing = report->sentences[i].unsupported[k];
            const bool quotation = is_quotation(missing);
            const bool number = !quotation && is_number(missing);
            out->unsupported_numbers += number;
            out->unsupported_names += !number && !quotation;
        }
    }
    huis_check_report_free(report);
    return HUIS_OK;
}

int measure_text(const measure_source *source, span text, size_t max_words, measures *out,
                 huis_error *err)
{
    measures m = {.n_words = document_count_words(text)};
    m.over_limit = max_words > 0 && m.n_words > max_words;
    if (m.n_words == 0) {
        *out = m;
        return HUIS_OK;
    }
    arena memory;
    arena_init(&memory, LIMIT_EVAL_MEMORY_BYTES);
    eval_tokens words;
    int status = eval_tokens_read(&words, text, &memory, err);
    if (status == HUIS_OK) {
        m.absent_names = eval_facts_absent_names(&source->facts, text, &words);
        m.absent_numbers = eval_facts_absent_numbers(&source->facts, text);
        status = measure_coverage(source, &words, &m.coverage, err);
    }
    arena_deinit(&memory);
    if (status == HUIS_OK) {
        status = check(source, text, &m, err);
    }
    if (status == HUIS_OK) {
        *out = m;
    }
    return status;
}
