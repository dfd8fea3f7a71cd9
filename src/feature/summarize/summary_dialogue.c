/*
 * summary_dialogue.c - a dialogue as who said, asked and will do what.
 *
 * Each sentence of a turn is told from outside by rules (dialogue_acts.h): "Can you send somebody?"
 * becomes "Anna asks Tom to send somebody". A clause so made is true by construction: the words are
 * the speaker's own. What is left to decide is which ones matter: by act, place, weight of the words
 * in the dialogue and, with a model, by what the model's own summary speaks of. The model's words are
 * not shown: small models give one speaker's words to another in every second dialogue.
 */
#include "feature/summarize/summary_dialogue.h"

#include "base/error.h"
#include "feature/summarize/dialogue_notes.h"
#include "feature/summarize/dialogue_value.h"
#include "feature/summarize/summary_overlap.h"

enum { MAX_SPEAKERS = 16, TLDR_CLAUSES = 3, KEY_CLAUSES = 6, OVERLAP_WORDS = 64, MIN_CLAUSES = 2 };

/* Beside the values of the clauses (dialogue_value.c); set by hand. */
static const double REPEAT_VALUE = -0.2;

/* The speakers in the order in which they come; counts at most MAX_SPEAKERS. */
static size_t list_speakers(const summary_job *job, span *names)
{
    size_t n = 0;
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        const span name = summary_turn_speaker(job, i);
        bool known = name.len == 0;
        for (size_t k = 0; k < n && !known; k++) {
            known = span_equal(names[k], name);
        }
        if (!known && n < MAX_SPEAKERS) {
            names[n++] = name;
        }
    }
    return n;
}

size_t summary_count_speakers(const summary_job *job)
{
    span names[MAX_SPEAKERS];
    return list_speakers(job, names);
}

/* Whom the speaker of sentence i speaks to: of two the other; of more the one who is called. */
static span addressee(const summary_job *job, const span *names, size_t n, size_t i)
{
    const span speaker = summary_turn_speaker(job, i);
    if (n == 2) {
        return span_equal(names[0], speaker) ? names[1] : names[0];
    }
    const span sentence = summary_turn_words(job, i);
    for (size_t k = 0; k < n; k++) {
        if (!span_equal(names[k], speaker) && names[k].len > 1 && sentence.len > names[k].len &&
            memmem(sentence.ptr, sentence.len, names[k].ptr, names[k].len) != NULL) {
            return names[k];
        }
    }
    return span_from(NULL, 0);
}

/* "Yeah. But not today." "Sure. Let's just stay at home." */
static bool takes_back(const summary_job *job, size_t i)
{
    static const char *const BACK[] = {"but",    "however",  "instead", "let's just",
                                       "rather", "not sure", "mais",    "plutot"};
    const document *const d = job->source;
    for (size_t k = i; k < d->n_sentences && d->sentences[k].segment == d->sentences[i].segment;
         k++) {
        if (SUMMARY_TEXT_HOLDS(summary_turn_words(job, k), BACK)) {
            return true;
        }
    }
    return false;
}

/* Whether the turn after this one's starts by agreeing to it. */
static uint32_t find_answer(const summary_job *job, size_t i)
{
    const document *const d = job->source;
    const uint32_t turn = d->sentences[i].segment;
    for (size_t k = i + 1; k < d->n_sentences; k++) {
        if (d->sentences[k].segment != turn) {
            const bool other =
                !span_equal(summary_turn_speaker(job, k), summary_turn_speaker(job, i));
            return other && dialogue_agrees(summary_turn_words(job, k), summary_is_french(job)) &&
                           !takes_back(job, k)
                       ? (uint32_t)k
                       : UINT32_MAX;
        }
    }
    return UINT32_MAX;
}

static int tell_sentence(summary_job *job, const span *names, size_t n, size_t i,
                         dialogue_clause *out, bool *out_told)
{
    const dialogue_persons who = {.speaker = summary_turn_speaker(job, i),
                                  .addressee = addressee(job, names, n, i),
                                  .source = job->source->text};
    const span body = summary_turn_words(job, i);
    buffer text;
    *out_told = false;
    if (who.speaker.len == 0 || summary_is_order_to_model(body)) {
        return HUIS_OK;
    }
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    *out = (dialogue_clause){.speaker = who.speaker, .sentence = (uint32_t)i, .answer = UINT32_MAX};
    *out_told = summary_is_french(job) ? dialogue_tell_french(body, &who, &text, &out->told)
                                       : dialogue_tell_english(body, &who, &text, &out->told);
    if (*out_told) {
        const char *const copy = arena_copy(&job->scratch, buffer_span(&text));
        out->text = span_from_string(copy);
        out->words = document_count_words(out->text);
    }
    buffer_deinit(&text);
    return *out_told && out->text.ptr == NULL ? summary_no_memory(job) : HUIS_OK;
}

int dialogue_find_clauses(summary_job *job, dialogue_clauses *out)
{
    span names[MAX_SPEAKERS];
    const size_t n = list_speakers(job, names);
    *out = (dialogue_clauses){.n_speakers = n};
    out->first = n > 0 ? names[0] : span_from(NULL, 0);
    out->second = n > 1 ? names[1] : span_from(NULL, 0);
    out->list = arena_alloc(&job->scratch, DIALOGUE_MAX_CLAUSES, sizeof(*out->list));
    if (out->list == NULL) {
        return summary_no_memory(job);
    }
    for (size_t i = 0; i < job->source->n_sentences && out->count < DIALOGUE_MAX_CLAUSES; i++) {
        bool told = false;
        dialogue_clause *const one = &out->list[out->count];
        RETURN_IF_ERROR(tell_sentence(job, names, n, i, one, &told));
        if (told) {
            const bool open = one->told.act == ACT_REQUEST || one->told.act == ACT_SUGGEST;
            one->answer = open ? find_answer(job, i) : UINT32_MAX;
            out->count++;
        }
    }
    for (size_t k = 0; k < out->count; k++) {
        out->list[k].value = dialogue_value(job, out, k);
    }
    return HUIS_OK;
}

/* Two texts' first words. */
static void read_runs(span a, span b, overlap_run *x, overlap_run *y)
{
    x->count = 0;
    y->count = 0;
    (void)overlap_append(x, a, OVERLAP_WORDS);
    (void)overlap_append(y, b, OVERLAP_WORDS);
}

double dialogue_overlap(span a, span b)
{
    overlap_run x;
    overlap_run y;
    read_runs(a, b, &x, &y);
    return (overlap_of_runs(&x, &y, 1) + overlap_of_runs(&x, &y, 2)) / 2.0;
}

/* The share of a clause's words that another one has, too. */
static double repeats(span a, span b)
{
    overlap_run x;
    overlap_run y;
    read_runs(a, b, &x, &y);
    return x.count > 0 ? (double)overlap_shared(&x, &y, 1) / (double)x.count : 0.0;
}

static void sort_ascending(uint32_t *list, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k > 0 && list[k - 1] > list[k]; k--) {
            const uint32_t swap = list[k];
            list[k] = list[k - 1];
            list[k - 1] = swap;
        }
    }
}

static bool is_chosen(const uint32_t *chosen, size_t n, size_t k)
{
    for (size_t i = 0; i < n; i++) {
        if (chosen[i] == k) {
            return true;
        }
    }
    return false;
}

void dialogue_vote(const dialogue_clauses *c, span answer, double weight)
{
    for (size_t k = 0; answer.len > 0 && k < c->count; k++) {
        c->list[k].value += weight * dialogue_overlap(c->list[k].text, answer);
    }
}

size_t dialogue_choose(const dialogue_clauses *c, size_t max_words, size_t max_clauses,
                       uint32_t *out_chosen)
{
    size_t n = 0;
    while (n < max_clauses) {
        double best = -1e9;
        size_t i_best = c->count;
        for (size_t k = 0; k < c->count; k++) {
            const dialogue_clause *const one = &c->list[k];
            if (one->words > max_words || is_chosen(out_chosen, n, k)) {
                continue;
            }
            double repeat = 0.0;
            for (size_t i = 0; i < n; i++) {
                const double r = repeats(one->text, c->list[out_chosen[i]].text);
                repeat = r > repeat ? r : repeat;
            }
            const double value = one->value + REPEAT_VALUE * repeat;
            if (value > best) {
                best = value;
                i_best = k;
            }
        }
        if (i_best == c->count) {
            break;
        }
        out_chosen[n++] = (uint32_t)i_best;
        max_words -= c->list[i_best].words;
    }
    sort_ascending(out_chosen, n);
    return n;
}

static span agreeing(const summary_job *job, const dialogue_clause *c)
{
    return c->answer != UINT32_MAX ? summary_turn_speaker(job, c->answer) : span_from(NULL, 0);
}

bool dialogue_append_clause(const summary_job *job, const dialogue_clause *c, buffer *out)
{
    const span other = agreeing(job, c);
    (void)buffer_append(out, c->text);
    if (other.len > 0 && c->words + document_count_words(other) + 2 <= job->words_left) {
        (void)buffer_append_string(out, summary_is_french(job) ? " et " : ", and ");
        (void)buffer_append(out, other);
        (void)buffer_append_string(out, summary_is_french(job) ? " accepte" : " agrees");
    }
    return buffer_append_byte(out, '.');
}

int dialogue_add_clause(summary_job *job, const dialogue_clause *c, bool *out_added)
{
    const document *const d = job->source;
    huis_source_span sources[DIALOGUE_CLAUSE_SOURCES] = {
        {d->sentences[c->sentence].start, d->sentences[c->sentence].end}};
    size_t n = 1;
    buffer text;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    const bool ok = dialogue_append_clause(job, c, &text);
    if (agreeing(job, c).len > 0 && text.len > c->text.len + 1) {
        sources[n++] =
            (huis_source_span){d->sentences[c->answer].start, d->sentences[c->answer].end};
    }
    const summary_draft draft = {.text = buffer_span(&text), .sources = sources, .n_sources = n};
    const int status = ok ? summary_add(job, &draft, out_added) : summary_no_memory(job);
    buffer_deinit(&text);
    return status;
}

int summary_tell_dialogue(summary_job *job)
{
    dialogue_clauses c;
    uint32_t chosen[KEY_CLAUSES];
    const bool points = job->options->kind == HUIS_SUMMARY_KEY_POINTS;
    if (job->source->genre != DOCUMENT_DIALOGUE || job->options->focus != NULL ||
        job->options->kind == HUIS_SUMMARY_HEADLINE) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(dialogue_find_clauses(job, &c));
    span asker;
    span answerer;
    if (dialogue_is_interview(job, &c, &asker, &answerer)) {
        dialogue_clauses notes;
        RETURN_IF_ERROR(dialogue_find_notes(job, &c, asker, answerer, &notes));
        RETURN_IF_ERROR(dialogue_add_notes(job, &notes, answerer));
        if (job->summary->n_items > 0) {
            job->summary->mode = HUIS_SUMMARY_HYBRID;
            return HUIS_OK;
        }
    }
    const size_t n =
        c.count < MIN_CLAUSES
            ? 0
            : dialogue_choose(&c, job->words_left, points ? KEY_CLAUSES : TLDR_CLAUSES, chosen);
    for (size_t i = 0; i < n; i++) {
        bool added = false;
        RETURN_IF_ERROR(dialogue_add_clause(job, &c.list[chosen[i]], &added));
    }
    job->summary->mode = job->summary->n_items > 0 ? HUIS_SUMMARY_HYBRID : job->summary->mode;
    return HUIS_OK;
}

bool summary_is_promise(span sentence)
{
    const dialogue_persons who = {.speaker = SPAN("A"), .addressee = SPAN("B")};
    dialogue_told told = {0};
    buffer text;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    const bool ok = dialogue_tell_french(sentence, &who, &text, &told);
    buffer_deinit(&text);
    return ok && told.act == ACT_PROMISE;
}
