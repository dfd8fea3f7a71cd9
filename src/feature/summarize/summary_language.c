/*
 * summary_language.c - a summary in another language than the text: the chosen sentences, one by one.
 *
 * The model sees one sentence of the source at a time and writes it in the wanted language. Words
 * cannot be compared across languages, so what is shown is not verified by words and says so
 * (cross_language). What can be checked is, against that one sentence: the language; names as they
 * are written, or places of data/lexicon.txt; numbers, dates, times, weekdays and months by value, in
 * both directions, so that none is lost either; negation; the length. What fails is tried again with
 * samples, then left out for the next sentence.
 */
#include "base/error.h"
#include "feature/summarize/summary_write.h"

enum {
    TLDR_SENTENCES = 3,
    KEY_POINTS = 5,
    HEADLINE_SENTENCES = 1,
    MOST_WORDS = 36, /* of a sentence that a small model can still carry over */
    SAMPLES = 4,
    RETURNS = 2, /* of the samples that pass are translated back */
    SPARE = 3    /* more sentences than are wanted, for those that fail */
};

/* Words of the translation for one of the source, at least and at most. */
static const double SHORTEST = 0.5;
static const double LONGEST = 2.0;
/* Of the sentence's words, what comes back when the translation is translated back. */
static const double RETURNED = 0.65;
/* Words taken over as they are, without a capital: one, and so many of all. */
static const double UNTRANSLATED = 0.12;
/* French needs about a sixth more words than English. */
static const double ROOM = 0.8;

bool summary_crosses_language(const summary_job *job)
{
    const char *const wanted = job->options->language;
    return wanted != NULL && strcmp(wanted, job->source->language) != 0;
}

static bool is_negated(span sentence, bool *out_negated)
{
    static const char *const WORDS[] = {
        "not",       "n't",     "don't",  "doesn't", "didn't",  "isn't",  "wasn't",   "won't",
        "can't",     "cannot",  "never",  "no",      "nobody",  "none",   "nothing",  "neither",
        "nor",       "without", "aren't", "weren't", "haven't", "hasn't", "couldn't", "wouldn't",
        "shouldn't", "pas",     "jamais", "aucun",   "aucune",  "rien",   "personne", "sans",
        "ni",        "nul",     "nulle",  "plus de", "ne",      "non"};
    summary_words w;
    *out_negated = false;
    const bool ok = summary_split_words(&w, sentence);
    for (size_t i = 0; ok && i < w.count && !*out_negated; i++) {
        const span form = w.words[i].form;
        *out_negated = (form.len > 2 && form.ptr[0] == 'n' && form.ptr[1] == '\'') ||
                       SUMMARY_MATCHES(&w, i, WORDS) > 0;
    }
    summary_words_deinit(&w);
    return ok;
}

/* The sentence without the capital that only its place gives it. */
static bool append_lowered(buffer *out, span text)
{
    const bool lowers = text.len > 1 && text.ptr[0] >= 'A' && text.ptr[0] <= 'Z' &&
                        !(text.ptr[1] >= 'A' && text.ptr[1] <= 'Z');
    if (!lowers) {
        return buffer_append(out, text);
    }
    return buffer_append_byte(out, (char)(text.ptr[0] | 0x20)) &&
           buffer_append(out, span_slice(text, 1, text.len));
}

/* Names and numbers of `text` that `source` lacks. The first word is judged with its capital and
 * without it: of another language, it cannot be told from a name. */
static int count_missing(summary_job *job, span source, span text, size_t *out_names,
                         size_t *out_numbers)
{
    document d;
    arena memory;
    buffer lowered;
    evidence_index *index = NULL;
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    buffer_init(&lowered, SUMMARY_ITEM_BYTES);
    int status = append_lowered(&lowered, text) ? HUIS_OK : summary_no_memory(job);
    if (status == HUIS_OK) {
        status = document_analyse(&d, source, DOCUMENT_ARTICLE, &memory, job->err);
    }
    if (status == HUIS_OK) {
        status = evidence_index_new(&index, &d, job->err);
    }
    evidence_verdict as_written = {0};
    evidence_verdict as_lowered = {0};
    if (status == HUIS_OK) {
        status = evidence_check(index, text, &memory, &as_written, job->err);
    }
    if (status == HUIS_OK) {
        status = evidence_check(index, buffer_span(&lowered), &memory, &as_lowered, job->err);
    }
    if (status == HUIS_OK) {
        *out_names = as_written.n_unsupported_names < as_lowered.n_unsupported_names
                         ? as_written.n_unsupported_names
                         : as_lowered.n_unsupported_names;
        *out_numbers = as_written.n_unsupported_numbers;
    }
    evidence_index_free(index);
    buffer_deinit(&lowered);
    arena_deinit(&memory);
    return status;
}

static bool has_length_of(span text, span sentence)
{
    const double words = (double)document_count_words(text);
    const double all = (double)document_count_words(sentence);
    return words > 0.0 && words >= SHORTEST * all && words <= LONGEST * all + 2.0;
}

static bool is_in(span text, const char *wanted)
{
    const char *const language = document_language(text);
    return strcmp(language, wanted) == 0 ||
           (strcmp(language, "und") == 0 && document_count_words(text) < 6);
}

/* Longer words of the sentence that were left as they are, where there are more of them than two
 * languages share. */
static bool is_half_translated(span sentence, span text)
{
    size_t copied = 0;
    size_t at = 0;
    while (at < text.len) {
        size_t end = at;
        while (end < text.len && text.ptr[end] >= 'a' && text.ptr[end] <= 'z') {
            end++;
        }
        const bool apart = (at == 0 || text.ptr[at - 1] == ' ') &&
                           (end == text.len || strchr(" ,.;:!?", text.ptr[end]) != NULL);
        const span word = span_slice(text, at, end);
        const char *const found =
            apart && word.len >= 4 ? memmem(sentence.ptr, sentence.len, word.ptr, word.len) : NULL;
        copied += found != NULL && (found == sentence.ptr || found[-1] == ' ') ? 1 : 0;
        at = end + 1;
    }
    return (double)copied > 1.0 + UNTRANSLATED * (double)document_count_words(text);
}

/* "Tuesday" in a French sentence, "mardi" in an English one. */
static bool has_foreign_day(span text, bool french, bool *out_has)
{
    static const char *const ENGLISH[] = {
        "monday", "tuesday",   "wednesday", "thursday", "friday",  "saturday",
        "sunday", "january",   "february",  "april",    "june",    "july",
        "august", "september", "october",   "november", "december"};
    static const char *const FRENCH[] = {
        "lundi",    "mardi",     "mercredi", "jeudi",    "vendredi", "samedi",
        "dimanche", "janvier",   "fevrier",  "avril",    "juin",     "juillet",
        "aout",     "septembre", "octobre",  "novembre", "decembre"};
    const char *const *const list = french ? ENGLISH : FRENCH;
    const size_t n =
        french ? sizeof(ENGLISH) / sizeof(ENGLISH[0]) : sizeof(FRENCH) / sizeof(FRENCH[0]);
    summary_words w;
    *out_has = false;
    const bool ok = summary_split_words(&w, text);
    for (size_t i = 0; ok && i < w.count; i++) {
        for (size_t k = 0; k < n; k++) {
            *out_has = *out_has || span_equal(w.words[i].form, span_from_string(list[k]));
        }
    }
    summary_words_deinit(&w);
    return ok;
}

static size_t count_marks(span text)
{
    static const span MARKS[] = {
        {"\"", 1}, {"\xC2\xAB", 2}, {"\xE2\x80\x9C", 3}, {"\xE2\x80\x9E", 3}};
    size_t n = 0;
    for (size_t k = 0; k < sizeof(MARKS) / sizeof(MARKS[0]); k++) {
        for (size_t at = 0; at < text.len; at++) {
            n += span_starts_with(span_slice(text, at, text.len), MARKS[k]) ? 1 : 0;
        }
    }
    return n;
}

/* What can be checked across languages. A translated quotation is nobody's own words any more: none is
 * made of what was not quoted. */
static int verify_across(summary_job *job, span sentence, span text, bool *out_ok)
{
    bool negated = false;
    bool was_negated = false;
    bool foreign = false;
    size_t names = 0;
    size_t numbers = 0;
    *out_ok = false;
    if (is_half_translated(sentence, text) || !has_length_of(text, sentence) ||
        (count_marks(text) > 0 && count_marks(sentence) == 0) ||
        !is_in(text, job->options->language)) {
        return HUIS_OK;
    }
    if (!is_negated(text, &negated) || !is_negated(sentence, &was_negated) ||
        !has_foreign_day(text, strcmp(job->options->language, "fr") == 0, &foreign)) {
        return summary_no_memory(job);
    }
    if (negated != was_negated || foreign) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(count_missing(job, sentence, text, &names, &numbers));
    if (names > 0 || numbers > 0) {
        return HUIS_OK;
    }
    size_t lost_names = 0;
    size_t lost_numbers = 0;
    RETURN_IF_ERROR(count_missing(job, text, sentence, &lost_names, &lost_numbers));
    *out_ok = lost_numbers == 0;
    return HUIS_OK;
}

/* Answers outlive the next question. */
typedef struct answers {
    span texts[SAMPLES];
    size_t n;
} answers;

static int keep_answers(summary_job *job, const huis_result *result, answers *out)
{
    out->n = 0;
    for (size_t i = 0; i < result->n_candidates && i < SAMPLES; i++) {
        const span text = summary_tidy(summary_candidate(result, i));
        const char *const copy = arena_copy(&job->scratch, text);
        if (copy == NULL) {
            return summary_no_memory(job);
        }
        out->texts[out->n++] = span_from(copy, text.len);
    }
    return HUIS_OK;
}

/* The share of the text's content that the source has. */
static int measure_support(summary_job *job, span source, span text, double *out_share)
{
    document d;
    arena memory;
    evidence_index *index = NULL;
    evidence_verdict v = {0};
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    int status = document_analyse(&d, source, DOCUMENT_ARTICLE, &memory, job->err);
    if (status == HUIS_OK) {
        status = evidence_index_new(&index, &d, job->err);
    }
    if (status == HUIS_OK) {
        status = evidence_check(index, text, &memory, &v, job->err);
    }
    *out_share = v.n_content > 0 ? (double)v.n_found / (double)v.n_content : 0.0;
    evidence_index_free(index);
    arena_deinit(&memory);
    return status;
}

/* How much of the sentence's words, by rarity, is in its way there and back: 0..1. */
static int measure_return(summary_job *job, span sentence, span text, double *out_share)
{
    const bool french = strcmp(job->options->language, "fr") == 0;
    const huis_result *result = NULL;
    double there = 0.0;
    double back = 0.0;
    RETURN_IF_ERROR(summary_ask_translation(job, text, !french, 1, &result));
    const span returned = summary_tidy(summary_candidate(result, 0));
    *out_share = 0.0;
    if (document_count_words(returned) == 0) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(measure_support(job, sentence, returned, &there));
    RETURN_IF_ERROR(measure_support(job, returned, sentence, &back));
    *out_share = (there + back) / 2.0;
    return HUIS_OK;
}

/* Adds the first answer that passes, cut to the words left. */
static int add_answer(summary_job *job, const answers *given, span sentence,
                      const summary_draft *like, bool *out_added)
{
    size_t n_returned = 0;
    for (size_t i = 0; i < given->n && n_returned < RETURNS && !*out_added; i++) {
        const span text = given->texts[i];
        buffer cut;
        bool ok = false;
        double share = 0.0;
        RETURN_IF_ERROR(verify_across(job, sentence, text, &ok));
        if (!ok) {
            continue;
        }
        n_returned++;
        RETURN_IF_ERROR(measure_return(job, sentence, text, &share));
        if (share < RETURNED) {
            continue;
        }
        buffer_init(&cut, SUMMARY_ITEM_BYTES);
        int status =
            summary_append_cut(&cut, text, job->words_left) ? HUIS_OK : summary_no_memory(job);
        if (status == HUIS_OK) {
            summary_draft draft = *like;
            draft.text = buffer_span(&cut);
            status = summary_add(job, &draft, out_added);
        }
        buffer_deinit(&cut);
        RETURN_IF_ERROR(status);
    }
    return HUIS_OK;
}

/* "Anna: " and the sentence, flat, without what is beyond MOST_WORDS. */
static bool append_source(const summary_job *job, size_t i_sentence, buffer *out)
{
    buffer flat;
    buffer_init(&flat, SUMMARY_ITEM_BYTES);
    const span speaker = summary_sentence_speaker(job, i_sentence);
    const bool ok = (speaker.len == 0 ||
                     (buffer_append(&flat, speaker) && buffer_append_string(&flat, ": "))) &&
                    summary_append_flat(&flat, summary_sentence_text(job, i_sentence)) &&
                    summary_append_cut(out, buffer_span(&flat), MOST_WORDS);
    buffer_deinit(&flat);
    return ok;
}

/* One sentence in the other language: greedy, then the best of a few samples. */
static int add_translated(summary_job *job, size_t i_sentence, bool *out_added)
{
    const document_sentence *const s = &job->source->sentences[i_sentence];
    const huis_source_span cited = {s->start, s->end};
    const summary_draft like = {.sources = &cited, .n_sources = 1};
    const bool french = strcmp(job->options->language, "fr") == 0;
    answers given = {0};
    buffer source;
    buffer_init(&source, SUMMARY_ITEM_BYTES);
    *out_added = false;
    int status = append_source(job, i_sentence, &source) ? HUIS_OK : summary_no_memory(job);
    const span shown = buffer_span(&source);
    for (uint32_t n = 1; n <= SAMPLES && status == HUIS_OK && !*out_added; n += SAMPLES - 1) {
        const huis_result *result = NULL;
        status = summary_ask_translation(job, shown, french, n, &result);
        if (status == HUIS_OK) {
            status = keep_answers(job, result, &given);
        }
        if (status == HUIS_OK) {
            status = add_answer(job, &given, shown, &like, out_added);
        }
    }
    buffer_deinit(&source);
    return status;
}

static size_t sentences_of(huis_summary_kind kind)
{
    return kind == HUIS_SUMMARY_KEY_POINTS ? KEY_POINTS
           : kind == HUIS_SUMMARY_HEADLINE ? HEADLINE_SENTENCES
                                           : TLDR_SENTENCES;
}

int summary_translate(summary_job *job)
{
    const size_t wanted = sentences_of(job->options->kind);
    uint32_t chosen[KEY_POINTS + SPARE];
    double *const scores = summary_scores_to_show(job);
    if (scores == NULL) {
        return summary_no_memory(job);
    }
    job->crosses = true;
    const size_t budget = (size_t)(ROOM * (double)job->words_left) + 1;
    size_t n = evidence_select(job->index, scores, budget, wanted, chosen);
    n = n > 0 ? n : evidence_select(job->index, scores, 0, 1, chosen);
    for (size_t i = 0; i < n && job->words_left > 0; i++) {
        bool added = false;
        RETURN_IF_ERROR(add_translated(job, chosen[i], &added));
        job->summary->n_fallbacks += added ? 0 : 1;
        scores[chosen[i]] = 0.0;
    }
    /* Nothing passed: the next best ones, then the text's own words. */
    n = job->summary->n_items > 0 ? 0 : evidence_select(job->index, scores, 0, SPARE, chosen);
    for (size_t i = 0; i < n && job->summary->n_items == 0; i++) {
        bool added = false;
        RETURN_IF_ERROR(add_translated(job, chosen[i], &added));
    }
    job->crosses = false;
    if (job->summary->n_items == 0) {
        return summary_extract(job);
    }
    job->summary->mode = HUIS_SUMMARY_HYBRID;
    job->summary->cross_language = true;
    job->summary->language = arena_copy(job->memory, span_from_string(job->options->language));
    return job->summary->language != NULL ? HUIS_OK : summary_no_memory(job);
}

int summary_check_language(summary_job *job)
{
    const huis_summary_kind kind = job->options->kind;
    const bool french = strcmp(job->options->language, "fr") == 0;
    if (kind != HUIS_SUMMARY_TLDR && kind != HUIS_SUMMARY_KEY_POINTS &&
        kind != HUIS_SUMMARY_HEADLINE) {
        return error_set(job->err, HUIS_E_BAD_ARGUMENT,
                         "this kind keeps the text's own words: another language goes with tldr, "
                         "key points and headline");
    }
    if (job->options->mode == HUIS_SUMMARY_EXTRACT) {
        return error_set(job->err, HUIS_E_BAD_ARGUMENT,
                         "an extract is in the language of the text: leave out the mode or the "
                         "language");
    }
    if (job->session == NULL) {
        return error_set(job->err, HUIS_E_NO_MODEL,
                         "a summary in %s of this text needs a model: install one with huis model "
                         "pull, or leave out the language",
                         french ? "French" : "English");
    }
    return HUIS_OK;
}
