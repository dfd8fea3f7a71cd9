/*
 * summary_answer.c - a question on a dialogue, or a long one, answered by a model from the turns found.
 *
 * The model sees the best turns, without what only holds the floor, and the question (without one: to
 * sum up), and answers in the third person after examples in that manner. A model of this size gives
 * nearly every second answer to the wrong person, or to "the group", so a sentence is shown only if
 * it begins with a speaker and one run of that speaker's own shown turns holds all that it says. What
 * is left of the words goes to the turns themselves.
 */
#include "base/error.h"
#include "feature/summarize/summary_write.h"

enum {
    SHOWN_WORDS = 300,
    SHOWN_TURNS = 24,
    PROMPT_BYTES = 1 << 16,
    ANSWER_WORDS = 90,
    ANSWER_SENTENCES = 8
};

/* Share of the content words of a sentence that its speaker's shown turns must hold. */
static const double MIN_SAID = 0.9;
/* And that the cited runs must hold together. */
static const double MIN_COVERAGE = 0.75;

/* The turns that the model is shown. */
typedef struct shown {
    uint32_t sentences[SHOWN_TURNS];
    size_t n;
} shown;

static bool append_turns(summary_job *job, const shown *turns, buffer *out)
{
    bool ok = true;
    for (size_t i = 0; i < turns->n && ok; i++) {
        const uint32_t s = turns->sentences[i];
        const bool goes_on =
            i > 0 && turns->sentences[i - 1] + 1 == s &&
            job->source->sentences[s].segment == job->source->sentences[s - 1].segment;
        ok = (i == 0 || buffer_append_byte(out, goes_on ? ' ' : '\n')) &&
             summary_append_spoken(out, goes_on ? span_from(NULL, 0) : summary_turn_speaker(job, s),
                                   summary_turn_words(job, s));
    }
    return ok;
}

static bool append_question(const summary_job *job, buffer *out)
{
    const bool french = summary_is_french(job);
    const char *const question = job->options->focus != NULL ? job->options->focus
                                 : french                    ? "Résume la réunion."
                                                             : "Summarize the meeting.";
    return buffer_append_string(out, french ? "\n\nQuestion : " : "\n\nQuestion: ") &&
           summary_append_flat(out, span_from_string(question));
}

/* The speaker that the sentence begins with; empty: none. */
static span first_speaker(const summary_job *job, span text)
{
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        const span name = summary_turn_speaker(job, i);
        if (name.len > 0 && span_starts_with(text, name) &&
            (text.len == name.len || text.ptr[name.len] == ' ')) {
            return name;
        }
    }
    return span_from(NULL, 0);
}

/* Whether the speaker's shown turns hold what the sentence says of him. */
static int is_said(summary_job *job, const shown *turns, span speaker, span said, bool *out_said)
{
    document d = {0};
    evidence_index *index = NULL;
    evidence_verdict v = {0};
    buffer own;
    arena memory;
    bool ok = true;
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    buffer_init(&own, PROMPT_BYTES);
    for (size_t i = 0; i < turns->n && ok; i++) {
        if (span_equal(summary_turn_speaker(job, turns->sentences[i]), speaker)) {
            ok = summary_append_flat(&own, summary_turn_words(job, turns->sentences[i])) &&
                 buffer_append_byte(&own, '\n');
        }
    }
    *out_said = false;
    int status = ok ? HUIS_OK : summary_no_memory(job);
    if (status == HUIS_OK && own.len > 0) {
        status = document_analyse(&d, buffer_span(&own), DOCUMENT_ARTICLE, &memory, job->err);
        if (status == HUIS_OK) {
            memcpy(d.language, job->source->language, sizeof(d.language));
            status = evidence_index_new(&index, &d, job->err);
        }
        if (status == HUIS_OK) {
            status = evidence_check(index, said, &memory, &v, job->err);
        }
        *out_said = status == HUIS_OK && v.n_content > 1 && v.supported &&
                    (double)v.n_found + (double)summary_count_reporting(said) >=
                        MIN_SAID * (double)v.n_content;
    }
    evidence_index_free(index);
    buffer_deinit(&own);
    arena_deinit(&memory);
    return status;
}

static int add_sentence(summary_job *job, const shown *turns, span sentence, bool *out_added)
{
    const span speaker = first_speaker(job, sentence);
    evidence_verdict v = {0};
    bool said = false;
    *out_added = false;
    if (speaker.len == 0 || document_count_words(sentence) > job->words_left) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(
        is_said(job, turns, speaker, span_slice(sentence, speaker.len, sentence.len), &said));
    if (said) {
        RETURN_IF_ERROR(evidence_check(job->index, sentence, &job->scratch, &v, job->err));
        said = v.supported && v.coverage >= MIN_COVERAGE;
    }
    return said ? summary_add_verified(job, sentence, job->words_left, SUMMARY_MIN_SUPPORT,
                                       out_added)
                : HUIS_OK;
}

static int add_answer(summary_job *job, const shown *turns, span answer)
{
    document d = {0};
    if (document_count_words(answer) == 0) {
        job->summary->n_fallbacks++;
        return HUIS_OK;
    }
    RETURN_IF_ERROR(document_analyse(&d, answer, DOCUMENT_ARTICLE, &job->scratch, job->err));
    for (size_t i = 0; i < d.n_sentences && i < ANSWER_SENTENCES; i++) {
        bool added = false;
        const span sentence =
            summary_tidy(span_slice(d.text, d.sentences[i].start, d.sentences[i].end));
        RETURN_IF_ERROR(add_sentence(job, turns, sentence, &added));
        job->summary->n_fallbacks += !added;
    }
    return HUIS_OK;
}

int summary_write_answer(summary_job *job)
{
    shown turns;
    buffer source;
    const huis_result *result = NULL;
    double *const scores = summary_scores_to_show(job);
    if (scores == NULL) {
        return summary_no_memory(job);
    }
    turns.n = evidence_select(job->index, scores, SHOWN_WORDS, SHOWN_TURNS, turns.sentences);
    buffer_init(&source, PROMPT_BYTES);
    int status = append_turns(job, &turns, &source) && append_question(job, &source)
                     ? HUIS_OK
                     : summary_no_memory(job);
    if (status == HUIS_OK && turns.n > 0) {
        status = summary_ask(job, PROMPT_ANSWER, buffer_span(&source), ANSWER_WORDS, 1, &result);
    }
    buffer_deinit(&source);
    if (status == HUIS_OK && result != NULL) {
        status = add_answer(job, &turns, summary_candidate(result, 0));
    }
    return status == HUIS_OK && job->words_left > 0 ? summary_extract(job) : status;
}
