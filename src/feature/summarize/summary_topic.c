/*
 * summary_topic.c - a dialogue with a model: it says what the talk is about and what matters, rules say
 * who says what.
 *
 * Of its answers only topics are shown (dialogue_topic.c). The answers as wholes vote: of all that can
 * be put together of a topic and clauses told by rule, what they agree with most is shown
 * (dialogue_compose.c).
 */
#include "base/error.h"
#include "feature/summarize/dialogue_compose.h"
#include "feature/summarize/dialogue_notes.h"
#include "feature/summarize/summary_write.h"

enum {
    SHOWN_TURNS_WORDS = 260, /* of the dialogue in the prompt */
    ROOM_WORDS = 5,          /* a clause needs to say something */
    POINT_CLAUSES = 5,
    SAMPLES = 4,
    PROMPT_BYTES = 1 << 20
};

static const double GREEDY_VOTE = 0.6, SAMPLES_VOTE = 0.6;

/* The turns as they stand, the best of a long dialogue, without those that speak to a model. */
static int show_turns(summary_job *job, buffer *out)
{
    const document *const d = job->source;
    uint32_t *const chosen = arena_alloc(&job->scratch, d->n_sentences + 1, sizeof(*chosen));
    uint32_t last = UINT32_MAX;
    if (chosen == NULL) {
        return summary_no_memory(job);
    }
    const size_t n =
        evidence_select(job->index, job->scores, SHOWN_TURNS_WORDS, d->n_sentences, chosen);
    for (size_t i = 0; i < n; i++) {
        const document_sentence *const s = &d->sentences[chosen[i]];
        const document_segment *const turn = &d->segments[s->segment];
        const size_t body = turn->body > s->start ? turn->body : s->start;
        const span words = span_slice(d->text, body, s->end);
        if (summary_is_order_to_model(words) || turn->kind != SEGMENT_TURN) {
            continue;
        }
        (void)(last != s->segment && out->len > 0 && buffer_append_byte(out, '\n'));
        if (last != s->segment) {
            (void)buffer_append(out, span_slice(d->text, turn->name_start, turn->name_end));
            (void)buffer_append_string(out, summary_is_french(job) ? " :" : ":");
        }
        (void)buffer_append_byte(out, ' ');
        (void)summary_append_flat(out, words);
        last = s->segment;
    }
    return buffer_ok(out) ? HUIS_OK : summary_no_memory(job);
}

/* The answers, copied: those of the samples take the place of the greedy one in the session. */
static int ask_all(summary_job *job, dialogue_answers *out)
{
    buffer source;
    buffer_init(&source, PROMPT_BYTES);
    int status = show_turns(job, &source);
    for (uint32_t n = 1; status == HUIS_OK && source.len > 0 && n <= SAMPLES; n += SAMPLES - 1) {
        const huis_result *result = NULL;
        status = summary_ask(job, PROMPT_DIALOGUE, buffer_span(&source), 0, n, &result);
        for (size_t i = 0; status == HUIS_OK && i < result->n_candidates; i++) {
            const span answer = summary_tidy(summary_candidate(result, i));
            const char *const copy = arena_copy(&job->scratch, answer);
            if (copy == NULL) {
                status = summary_no_memory(job);
            } else if (out->count < DIALOGUE_MAX_ANSWERS) {
                out->list[out->count++] = span_from_string(copy);
            }
        }
    }
    buffer_deinit(&source);
    return status;
}

/* Key points: the first topic that holds, then the clauses that the answers are nearest to. */
static int add_points(summary_job *job, const dialogue_clauses *c, const dialogue_answers *answers)
{
    uint32_t chosen[POINT_CLAUSES + 1];
    dialogue_topic topic;
    bool found = false;
    bool added = false;
    for (size_t i = 0; i < answers->count; i++) {
        const double weight = i == 0 ? GREEDY_VOTE : SAMPLES_VOTE / (double)(answers->count - 1);
        dialogue_vote(c, answers->list[i], weight);
        if (!found) {
            RETURN_IF_ERROR(dialogue_find_topic(job, c, answers, i, &topic, &found));
        }
    }
    if (found) {
        RETURN_IF_ERROR(dialogue_add_topic(job, &topic, &added));
    }
    job->summary->n_fallbacks += !added;
    const size_t wanted = POINT_CLAUSES + (added ? 0 : 1);
    const size_t n =
        job->words_left < ROOM_WORDS ? 0 : dialogue_choose(c, job->words_left, wanted, chosen);
    for (size_t i = 0; i < n; i++) {
        RETURN_IF_ERROR(dialogue_add_clause(job, &c->list[chosen[i]], &added));
    }
    return HUIS_OK;
}

int summary_write_dialogue(summary_job *job)
{
    span asker;
    span answerer;
    dialogue_clauses c;
    dialogue_answers answers = {.count = 0};
    if (job->options->focus != NULL) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(dialogue_find_clauses(job, &c));
    if (c.count == 0 || c.n_speakers != 2) {
        return summary_tell_dialogue(job);
    }
    if (dialogue_is_interview(job, &c, &asker, &answerer)) {
        dialogue_clauses notes;
        RETURN_IF_ERROR(dialogue_find_notes(job, &c, asker, answerer, &notes));
        if (notes.count > 0) {
            /* A model's note as a vote was tried: it costs seconds and helps nothing. */
            return dialogue_add_notes(job, &notes, answerer);
        }
    }
    RETURN_IF_ERROR(ask_all(job, &answers));
    return job->options->kind == HUIS_SUMMARY_KEY_POINTS ? add_points(job, &c, &answers)
                                                         : dialogue_compose(job, &c, &answers);
}
