/*
 * summary_write.c - hybrid and abstract: a model writes, the checks decide.
 *
 * Hybrid: the model sees chosen sentences only. A mail becomes a subject line, a dialogue one
 * sentence, an article's sentences are shortened one by one. Abstract: the model sees the whole
 * text, as far as it fits. Each sentence is verified; what fails is replaced by its source and
 * counted as a fallback.
 */
#include "feature/summarize/summary_write.h"

#include "base/error.h"
#include "feature/summarize/summary_papers.h"

enum {
    MAIL_SENTENCES = 4,
    DIALOGUE_TURNS = 6,
    TITLE_SENTENCES = 3,
    TLDR_SENTENCES = 2,
    KEY_POINTS = 5,
    LINE_WORDS = 14,       /* so few words of a mail are a subject line */
    ABSTRACT_WORDS = 1800, /* of the whole text in one prompt */
    ABSTRACT_TRIES = 4,    /* halvings when the context is too short */
    PROMPT_BYTES = 1 << 20
};

/* Verifies, cuts to the limit, adds with the sources found. */
int summary_add_verified(summary_job *job, span answer, size_t max_words, double min_support,
                         bool *out_added)
{
    buffer text;
    buffer cut;
    evidence_verdict v = {0};
    huis_source_span sources[EVIDENCE_MAX_SOURCES];
    *out_added = false;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    buffer_init(&cut, SUMMARY_ITEM_BYTES);
    bool ok = false;
    int status = summary_verify(job, answer, min_support, &text, &v, &ok);
    if (status == HUIS_OK && ok) {
        const size_t limit = max_words < job->words_left ? max_words : job->words_left;
        for (size_t i = 0; i < v.n_sources; i++) {
            sources[i] = (huis_source_span){v.sources[i].start, v.sources[i].end};
        }
        if (!summary_append_cut(&cut, buffer_span(&text), limit)) {
            status = summary_no_memory(job);
        } else {
            const summary_draft draft = {
                .text = buffer_span(&cut), .sources = sources, .n_sources = v.n_sources};
            status = summary_add(job, &draft, out_added);
        }
    }
    buffer_deinit(&text);
    buffer_deinit(&cut);
    return status;
}

/* The sentence of the source that a rejected one came nearest to, if it was not shown yet. */
static int add_instead(summary_job *job, const evidence_verdict *v)
{
    job->summary->n_fallbacks++;
    for (size_t i = 0; v->n_sources > 0 && i < job->source->n_sentences; i++) {
        if (job->source->sentences[i].start != v->sources[0].start) {
            continue;
        }
        for (size_t k = 0; k < job->summary->n_items; k++) {
            if (job->items[k].sources[0].start == v->sources[0].start) {
                return HUIS_OK;
            }
        }
        bool added = false;
        return summary_add_sentence(job, i, job->summary->n_items == 0, &added);
    }
    return HUIS_OK;
}

static int add_abstract(summary_job *job, span answer)
{
    document d = {0};
    if (document_count_words(answer) == 0) {
        job->summary->n_fallbacks++;
        return HUIS_OK;
    }
    RETURN_IF_ERROR(document_analyse(&d, answer, DOCUMENT_ARTICLE, &job->scratch, job->err));
    for (size_t i = 0; i < d.n_sentences && job->words_left > 0; i++) {
        const span raw = span_slice(d.text, d.sentences[i].start, d.sentences[i].end);
        const span text = summary_tidy(raw);
        bool added = false;
        /* "Admission is free…": rather nothing than a stump. */
        const bool whole = document_count_words(text) <= job->words_left;
        if (job->summary->n_items > 0 && !whole &&
            (job->words_left < SUMMARY_ROOM_WORDS || !summary_cuts_well(text, job->words_left))) {
            continue;
        }
        RETURN_IF_ERROR(
            summary_add_verified(job, text, job->words_left, SUMMARY_MIN_SUPPORT, &added));
        if (!added && document_count_words(text) > 0) {
            evidence_verdict v;
            RETURN_IF_ERROR(evidence_check(job->index, text, &job->scratch, &v, job->err));
            RETURN_IF_ERROR(add_instead(job, &v));
        }
    }
    return HUIS_OK;
}

/* The whole text, or as many of its best sentences as fit. */
static int write_abstract(summary_job *job)
{
    const size_t n_sentences = job->source->n_sentences;
    uint32_t *const chosen = arena_alloc(&job->scratch, n_sentences + 1, sizeof(*chosen));
    int status = chosen != NULL ? HUIS_E_CONTEXT_FULL : summary_no_memory(job);
    size_t words = ABSTRACT_WORDS;
    for (int i = 0; i < ABSTRACT_TRIES && status == HUIS_E_CONTEXT_FULL; i++, words /= 2) {
        buffer source;
        const huis_result *result = NULL;
        buffer_init(&source, PROMPT_BYTES);
        const size_t n = evidence_select(job->index, job->scores, words, n_sentences, chosen);
        for (size_t k = 0; k < n; k++) {
            const span text = summary_sentence_text(job, chosen[k]);
            if (!summary_is_order_to_model(text)) {
                (void)summary_append_flat(&source, text);
                (void)buffer_append_byte(&source, '\n');
            }
        }
        status = buffer_ok(&source) ? HUIS_OK : summary_no_memory(job);
        if (status == HUIS_OK && source.len > 0) {
            status = summary_ask(job, PROMPT_ABSTRACT, buffer_span(&source),
                                 job->words_left + job->words_left / 2 + 2, 1, &result);
        }
        buffer_deinit(&source);
        if (status == HUIS_OK && result != NULL) {
            status = add_abstract(job, summary_candidate(result, 0));
        }
    }
    return status;
}

/* A mail in a few words: not its sentences cut, but a line as one writes into the subject. */
static bool wants_line(const summary_job *job)
{
    const huis_summarize_options *const o = job->options;
    return job->source->genre == DOCUMENT_MAIL &&
           (o->kind == HUIS_SUMMARY_HEADLINE ||
            (o->kind == HUIS_SUMMARY_TLDR && o->max_words > 0 && o->max_words <= LINE_WORDS));
}

bool summary_prefers_writing(const summary_job *job)
{
    /* Measured (docs/summarize.md): with a model of 0.5B the line of a mail and the topic of a
     * dialogue are better than without; shortened articles are not. A subject that the mail has is
     * the better headline. */
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        const huis_summary_kind kind = job->options->kind;
        return (kind == HUIS_SUMMARY_TLDR || kind == HUIS_SUMMARY_KEY_POINTS) && !job->is_long &&
               job->options->focus == NULL && summary_count_speakers(job) == 2;
    }
    /* A written line may leave out how much is to be paid. */
    if (job->options->kind == HUIS_SUMMARY_TLDR && summary_find_paper(job->source) != PAPER_NONE) {
        return false;
    }
    return wants_line(job) && (job->options->kind != HUIS_SUMMARY_HEADLINE ||
                               document_count_words(summary_own_title(job)) < 2);
}

static int write_tldr(summary_job *job)
{
    if (wants_line(job)) {
        return summary_write_best(job, PROMPT_SUBJECT, MAIL_SENTENCES);
    }
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        return summary_write_dialogue(job);
    }
    /* An article that can be composed is; there the model only shortens what must be cut. */
    return summary_is_composed(job) ? HUIS_OK : summary_write_shortened(job, TLDR_SENTENCES);
}

static int write_hybrid(summary_job *job)
{
    const document_genre genre = job->source->genre;
    switch (job->options->kind) {
    case HUIS_SUMMARY_HEADLINE:
        return genre == DOCUMENT_MAIL
                   ? summary_write_best(job, PROMPT_SUBJECT, MAIL_SENTENCES)
                   : summary_write_one(job, PROMPT_TITLE,
                                       genre == DOCUMENT_DIALOGUE ? DIALOGUE_TURNS
                                                                  : TITLE_SENTENCES);
    case HUIS_SUMMARY_TLDR:
        return write_tldr(job);
    case HUIS_SUMMARY_KEY_POINTS:
        return genre == DOCUMENT_DIALOGUE ? summary_write_dialogue(job)
                                          : summary_write_shortened(job, KEY_POINTS);
    case HUIS_SUMMARY_TEASER:
    case HUIS_SUMMARY_TABLE:
    case HUIS_SUMMARY_DIGEST:
    case HUIS_SUMMARY_ACTION_ITEMS:
        break;
    }
    return HUIS_OK;
}

int summary_write(summary_job *job)
{
    const bool abstract = job->options->mode == HUIS_SUMMARY_ABSTRACT;
    const bool answers =
        job->source->genre == DOCUMENT_DIALOGUE && (job->is_long || job->options->focus != NULL);
    RETURN_IF_ERROR(!abstract ? write_hybrid(job)
                    : answers ? summary_write_answer(job)
                              : write_abstract(job));
    if (job->summary->n_items == 0) {
        RETURN_IF_ERROR(summary_extract(job));
    }
    if (job->summary->tier > 0) {
        job->summary->mode = abstract ? HUIS_SUMMARY_ABSTRACT : HUIS_SUMMARY_HYBRID;
    }
    return HUIS_OK;
}
