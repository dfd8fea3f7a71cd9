/*
 * summary_shorten.c - sentences shortened one by one, so that each keeps its own source and the first
 * is ready early. What is not a shorter form of its sentence is replaced by it.
 */
#include "base/error.h"
#include "feature/summarize/summary_write.h"

enum {
    KEEP_WORDS = 14, /* a sentence this short is not shortened */
    SAMPLES = 4      /* of a second try */
};

/* A shortened sentence that keeps less than this share of its words is not a summary of it. */
static const double MIN_KEPT = 0.3;

/* Whether a shortened sentence keeps enough of the one sentence it came from. */
static int keeps_its_source(summary_job *job, span shortened, size_t i_sentence, bool *out_keeps)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const double words = (double)document_count_words(shortened);
    const double all = (double)document_count_words(sentence);
    evidence_verdict v;
    *out_keeps = false;
    RETURN_IF_ERROR(evidence_check(job->index, shortened, &job->scratch, &v, job->err));
    *out_keeps = v.n_sources > 0 &&
                 v.sources[0].start == job->source->sentences[i_sentence].start &&
                 v.sources[0].score >= SUMMARY_MIN_SUPPORT_SHORTENED && words <= all &&
                 words >= MIN_KEPT * all;
    return HUIS_OK;
}

/* Keeps in `out` the longest answer that fits, is whole, and leaves out only what it may. */
static int keep_longest(summary_job *job, const huis_result *result, span sentence,
                        size_t max_words, buffer *out)
{
    for (size_t i = 0; i < result->n_candidates; i++) {
        const span answer = summary_tidy(summary_candidate(result, i));
        const size_t words = document_count_words(answer);
        const size_t least = document_count_words(buffer_span(out)) + 1;
        bool sound = words >= least && words <= max_words && 2 * words >= max_words &&
                     result->candidates[i].finish != HUIS_FINISH_LENGTH;
        buffer restored;
        buffer_init(&restored, SUMMARY_ITEM_BYTES);
        int status = HUIS_OK;
        if (sound) {
            status = summary_restore(job, answer, sentence, &restored, &sound);
        }
        if (status == HUIS_OK && sound) {
            status = summary_drops_soundly(job, buffer_span(&restored), sentence, &sound);
        }
        if (status == HUIS_OK && sound) {
            buffer_reset(out);
            status = buffer_append(out, buffer_span(&restored)) ? status : summary_no_memory(job);
        }
        buffer_deinit(&restored);
        RETURN_IF_ERROR(status);
    }
    return HUIS_OK;
}

int summary_shorten_to(summary_job *job, span sentence, size_t max_words, buffer *out, bool *out_ok)
{
    int status = HUIS_OK;
    buffer_reset(out);
    for (uint32_t n = 1; n <= SAMPLES && status == HUIS_OK && out->len == 0; n += SAMPLES - 1) {
        const huis_result *result = NULL;
        status = summary_ask(job, PROMPT_SHORTEN, sentence, max_words, n, &result);
        if (status == HUIS_OK) {
            status = keep_longest(job, result, sentence, max_words, out);
        }
    }
    *out_ok = out->len > 0;
    return status;
}

/* A sentence shortened by the model; as it is when that fails. With `must`, cut anywhere if need be;
 * else at a clause or not shown. */
static int add_shortened(summary_job *job, size_t i_sentence, size_t max_words, bool must,
                         bool *out_added)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    const size_t words = document_count_words(sentence);
    const bool asks = words > KEEP_WORDS && !summary_is_order_to_model(sentence);
    buffer flat;
    buffer restored;
    bool keeps = false;
    *out_added = false;
    buffer_init(&flat, SUMMARY_ITEM_BYTES);
    buffer_init(&restored, SUMMARY_ITEM_BYTES);
    int status = summary_append_flat(&flat, sentence) ? HUIS_OK : summary_no_memory(job);
    if (status == HUIS_OK && asks) {
        span answer = {0};
        const huis_result *result = NULL;
        status = summary_ask(job, PROMPT_SHORTEN, buffer_span(&flat), words, 1, &result);
        if (status == HUIS_OK) {
            status = summary_restore(job, summary_tidy(summary_candidate(result, 0)),
                                     buffer_span(&flat), &restored, &keeps);
            answer = buffer_span(&restored);
        }
        if (status == HUIS_OK && keeps) {
            status = summary_drops_soundly(job, answer, buffer_span(&flat), &keeps);
        }
        if (status == HUIS_OK && keeps) {
            status = keeps_its_source(job, answer, i_sentence, &keeps);
        }
        keeps = keeps && (must || summary_cuts_well(answer, max_words));
        if (status == HUIS_OK && keeps) {
            status = summary_add_verified(job, answer, max_words, SUMMARY_MIN_SUPPORT_SHORTENED,
                                          out_added);
        }
    }
    buffer_deinit(&flat);
    buffer_deinit(&restored);
    if (status == HUIS_OK && !*out_added && (must || summary_cuts_well(sentence, max_words))) {
        job->summary->n_fallbacks += asks;
        status = summary_add_cut(job, sentence, max_words, NULL, out_added);
    }
    return status;
}

/* The best sentences in the order of the text, whatever their length, each shortened to its share;
 * what one leaves unused goes to the next. */
int summary_write_shortened(summary_job *job, size_t max_sentences)
{
    uint32_t chosen[SUMMARY_MAX_ITEMS];
    /* No more sentences than have room to say something. */
    const size_t room = job->words_left / SUMMARY_ROOM_WORDS;
    const size_t wanted = room < max_sentences ? room : max_sentences;
    const size_t n = evidence_select(job->index, job->scores, 0, wanted > 0 ? wanted : 1, chosen);
    for (size_t i = 0; i < n && job->words_left > 0; i++) {
        bool added = false;
        const size_t later = SUMMARY_ROOM_WORDS * (n - i - 1);
        const size_t share =
            job->words_left > 2 * later ? job->words_left - later : job->words_left / (n - i);
        RETURN_IF_ERROR(add_shortened(job, chosen[i], share, job->summary->n_items == 0, &added));
    }
    return HUIS_OK;
}
