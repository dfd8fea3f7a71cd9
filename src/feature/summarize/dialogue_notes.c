/*
 * dialogue_notes.c - an interview as a note: "The patient burned their hand and doesn't smoke."
 *
 * Where one asks nearly all questions and the other answers, what was asked is of little interest, and
 * what is now known of who answered is all: doctor and patient, support calls, job talks. The clauses
 * are those of the rules (dialogue_acts.h), with "no" and "yes" joined to what they answer
 * (dialogue_answers.c). No word of a model is in them.
 */
#include "feature/summarize/dialogue_notes.h"

#include "base/error.h"
#include "feature/summarize/dialogue_roles.h"
#include "feature/summarize/dialogue_value.h"

enum {
    MIN_QUESTIONS = 2,
    MIN_SHARE_ASKED = 3,
    MAX_TURNED_SHARE = 2,
    MAX_NOTES = 8,
    TLDR_NOTES = 5,
    NOTE_BYTES = 4096,
    SUBJECT_WORDS = 3,
    MIN_NOTE_WORDS = 3
};

static bool turn_asks(const summary_job *job, size_t i)
{
    return span_ends_with(summary_turn_words(job, i), SPAN("?"));
}

bool dialogue_is_interview(const summary_job *job, const dialogue_clauses *c, span *out_asker,
                           span *out_answerer)
{
    size_t asked[2] = {0, 0};
    size_t turns[2] = {0, 0};
    uint32_t last_turn = UINT32_MAX;
    uint32_t last_asking = UINT32_MAX;
    if (c->n_speakers != 2) {
        return false;
    }
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        const uint32_t turn = job->source->sentences[i].segment;
        const span who = summary_turn_speaker(job, i);
        if (who.len == 0) {
            continue;
        }
        const size_t k = span_equal(who, c->first) ? 0 : 1;
        turns[k] += turn != last_turn;
        last_turn = turn;
        if (turn_asks(job, i) && turn != last_asking) {
            asked[k]++;
            last_asking = turn;
        }
    }
    const size_t asker = asked[0] >= asked[1] ? 0 : 1;
    *out_asker = asker == 0 ? c->first : c->second;
    *out_answerer = asker == 0 ? c->second : c->first;
    const bool french = summary_is_french(job);
    return (dialogue_is_role(*out_asker, french) || dialogue_is_role(*out_answerer, french)) &&
           asked[asker] >= MIN_QUESTIONS && asked[asker] * MIN_SHARE_ASKED >= turns[asker] &&
           asked[1 - asker] * MAX_TURNED_SHARE <= asked[asker];
}

/* The first sentence of the answer to the question that ends its turn at i; else UINT32_MAX. */
static uint32_t answer_to(const summary_job *job, size_t i, span answerer)
{
    const document *const d = job->source;
    const bool ends =
        i + 1 < d->n_sentences && d->sentences[i + 1].segment != d->sentences[i].segment;
    return ends && span_equal(summary_turn_speaker(job, i + 1), answerer) ? (uint32_t)(i + 1)
                                                                          : UINT32_MAX;
}

/* A note of a question with its yes or no. *out_is: it is one. */
static int note_answer(summary_job *job, size_t i, span asker, span answerer, dialogue_clause *out,
                       bool *out_is)
{
    const uint32_t answer = answer_to(job, i, answerer);
    const dialogue_persons who = {
        .speaker = asker, .addressee = answerer, .source = job->source->text};
    const bool french = summary_is_french(job);
    buffer text;
    *out_is = false;
    if (!turn_asks(job, i) || answer == UINT32_MAX ||
        summary_is_order_to_model(summary_turn_words(job, i))) {
        return HUIS_OK;
    }
    buffer_init(&text, NOTE_BYTES);
    const dialogue_answer polarity = dialogue_read_answer(summary_turn_words(job, answer), french);
    *out_is = dialogue_tell_answered(summary_turn_words(job, i), polarity, &who, french, &text);
    if (*out_is) {
        const span told = span_from_string(arena_copy(&job->scratch, buffer_span(&text)));
        *out = (dialogue_clause){
            .text = told,
            .speaker = answerer,
            .told = {.act = ACT_SAY, .by_other = !span_starts_with(told, answerer)},
            .sentence = (uint32_t)i,
            .answer = answer,
            .answered = polarity,
            .words = document_count_words(told)};
    }
    buffer_deinit(&text);
    return *out_is && out->text.ptr == NULL ? summary_no_memory(job) : HUIS_OK;
}

/* What is asked, or offered, says nothing of who answers; "How about alcohol?" suggests none. */
static bool only_asks(const summary_job *job, const dialogue_clause *one)
{
    const dialogue_act act = one->told.act;
    return act == ACT_ASK || act == ACT_OFFER || act == ACT_AGREE ||
           (act == ACT_SUGGEST && turn_asks(job, one->sentence));
}

static span word_at(span text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] != ' ') {
        end++;
    }
    return span_slice(text, at, end);
}

/* "Doctor Rez" is somebody else. */
static bool is_capital(span text, size_t at)
{
    return at < text.len && text.ptr[at] >= 'A' && text.ptr[at] <= 'Z';
}

/* A clause as it stands in a note: "Patient's hand" is "their hand" where the patient is the subject. */
static bool append_note(const summary_job *job, const dialogue_clauses *notes, span text,
                        span subject, buffer *out)
{
    const bool french = summary_is_french(job);
    for (size_t at = 0; at < text.len;) {
        const span word = word_at(text, at);
        (void)(at > 0 && buffer_append_byte(out, ' '));
        at += word.len + 1;
        const bool owner = span_ends_with(word, SPAN("'s"));
        const bool comma = span_ends_with(word, SPAN(","));
        const size_t tail = owner ? 2 : comma ? 1 : 0;
        const span name = span_slice(word, 0, word.len - tail);
        if (!french && owner && span_equal(name, subject)) {
            (void)buffer_append_string(out, "their");
        } else if (!is_capital(text, at) &&
                   (span_equal(name, notes->first) || span_equal(name, notes->second))) {
            (void)dialogue_append_inside(out, name, french);
            (void)buffer_append(out, span_slice(word, name.len, word.len));
        } else {
            (void)buffer_append(out, word);
        }
    }
    return buffer_ok(out);
}

/* What a clause says of who answers, without his name: "has asthma"; of what else is so, "says it
 * hurts". What the asker tells stays a sentence. */
static int render(summary_job *job, const dialogue_clauses *notes, dialogue_clause *one,
                  span answerer)
{
    const span text = one->text;
    const bool french = summary_is_french(job);
    const bool asker = !span_equal(one->speaker, answerer);
    const bool own = text.len > one->speaker.len && span_starts_with(text, one->speaker) &&
                     text.ptr[one->speaker.len] == ' ';
    buffer b;
    buffer_init(&b, NOTE_BYTES);
    if (asker) {
        (void)dialogue_append_person(&b, one->speaker, french, true);
        (void)buffer_append_byte(&b, ' ');
    }
    if (!own) {
        (void)buffer_append_string(&b, french ? "dit que " : "says ");
    }
    (void)append_note(job, notes, span_slice(text, own ? one->speaker.len + 1 : 0, text.len),
                      one->speaker, &b);
    one->text = span_from_string(arena_copy(&job->scratch, buffer_span(&b)));
    one->words = document_count_words(one->text);
    buffer_deinit(&b);
    return one->text.ptr != NULL ? HUIS_OK : summary_no_memory(job);
}

/* "has no idea", "does": says nothing by itself. */
static bool says_nothing(const dialogue_clause *note)
{
    static const char *const EMPTY[] = {
        "has no idea",      "is fine",         "is good",   "is okay",          "is ok",
        "says that is all", "says that is it", "thinks so", "doesn't think so", "never had that"};
    bool found = note->words < 2;
    for (size_t i = 0; i < sizeof(EMPTY) / sizeof(EMPTY[0]) && !found; i++) {
        found = span_equal(note->text, span_from_string(EMPTY[i]));
    }
    return found;
}

int dialogue_find_notes(summary_job *job, const dialogue_clauses *c, span asker, span answerer,
                        dialogue_clauses *out)
{
    *out = (dialogue_clauses){.first = c->first,
                              .second = c->second,
                              .n_speakers = c->n_speakers,
                              .are_notes = true,
                              .asker = asker};
    out->list = arena_alloc(&job->scratch, DIALOGUE_MAX_CLAUSES, sizeof(*out->list));
    if (out->list == NULL) {
        return summary_no_memory(job);
    }
    size_t k = 0;
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        bool is = false;
        if (out->count < DIALOGUE_MAX_CLAUSES && span_equal(summary_turn_speaker(job, i), asker)) {
            RETURN_IF_ERROR(note_answer(job, i, asker, answerer, &out->list[out->count], &is));
            out->count += is;
        }
        for (; k < c->count && c->list[k].sentence <= i; k++) {
            if (out->count < DIALOGUE_MAX_CLAUSES && !is && !only_asks(job, &c->list[k])) {
                out->list[out->count] = c->list[k];
                out->list[out->count++].answer = UINT32_MAX;
            }
        }
    }
    for (k = 0; k < out->count; k++) {
        out->list[k].value = dialogue_value(job, out, k);
    }
    for (k = 0; k < out->count; k++) {
        RETURN_IF_ERROR(render(job, c, &out->list[k], answerer));
    }
    size_t n = 0;
    for (k = 0; k < out->count; k++) {
        if (!says_nothing(&out->list[k])) {
            out->list[n++] = out->list[k];
        }
    }
    out->count = n;
    return HUIS_OK;
}

static size_t add_sources(const summary_job *job, const dialogue_clause *c, huis_source_span *out)
{
    const document_sentence *const s = job->source->sentences;
    size_t n = 0;
    out[n++] = (huis_source_span){s[c->sentence].start, s[c->sentence].end};
    if (c->answer != UINT32_MAX) {
        out[n++] = (huis_source_span){s[c->answer].start, s[c->answer].end};
    }
    return n;
}

/* Notes about one person as one sentence; `list` holds n of them. */
static int add_sentence(summary_job *job, const dialogue_clauses *notes, span subject,
                        const uint32_t *list, size_t n)
{
    huis_source_span sources[DIALOGUE_CLAUSE_SOURCES * MAX_NOTES];
    size_t n_sources = 0;
    const bool french = summary_is_french(job);
    bool added = false;
    buffer text;
    if (n == 0) {
        return HUIS_OK;
    }
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    (void)dialogue_append_person(&text, subject, french, true);
    for (size_t i = 0; i < n; i++) {
        const dialogue_clause *const one = &notes->list[list[i]];
        const char *const last = french ? " et " : n > 2 ? ", and " : " and ";
        (void)buffer_append_string(&text, i == 0 ? " " : i + 1 < n ? ", " : last);
        (void)buffer_append(&text, one->text);
        n_sources += add_sources(job, one, sources + n_sources);
    }
    (void)buffer_append_byte(&text, '.');
    const summary_draft draft = {
        .text = buffer_span(&text), .sources = sources, .n_sources = n_sources};
    const int status = buffer_ok(&text) ? summary_add(job, &draft, &added) : summary_no_memory(job);
    buffer_deinit(&text);
    return status;
}

/* What the asker tells: a sentence of its own. */
static int add_asker(summary_job *job, const dialogue_clause *one)
{
    huis_source_span sources[DIALOGUE_CLAUSE_SOURCES];
    const size_t n = add_sources(job, one, sources);
    bool added = false;
    buffer text;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    (void)buffer_append(&text, one->text);
    (void)buffer_append_byte(&text, '.');
    const summary_draft draft = {.text = buffer_span(&text), .sources = sources, .n_sources = n};
    const int status = buffer_ok(&text) ? summary_add(job, &draft, &added) : summary_no_memory(job);
    buffer_deinit(&text);
    return status;
}

int dialogue_add_notes(summary_job *job, const dialogue_clauses *notes, span answerer)
{
    uint32_t chosen[MAX_NOTES];
    uint32_t own[MAX_NOTES];
    const bool points = job->options->kind == HUIS_SUMMARY_KEY_POINTS;
    size_t n_own = 0;
    if (job->words_left < SUBJECT_WORDS + MIN_NOTE_WORDS) {
        return HUIS_OK;
    }
    const size_t n = dialogue_choose(notes, job->words_left - SUBJECT_WORDS,
                                     points ? MAX_NOTES : TLDR_NOTES, chosen);
    for (size_t i = 0; i < n; i++) {
        if (span_equal(notes->list[chosen[i]].speaker, answerer)) {
            own[n_own++] = chosen[i];
        }
    }
    if (!points) {
        RETURN_IF_ERROR(add_sentence(job, notes, answerer, own, n_own));
    }
    for (size_t i = 0; i < n; i++) {
        const dialogue_clause *const one = &notes->list[chosen[i]];
        if (!span_equal(one->speaker, answerer)) {
            RETURN_IF_ERROR(add_asker(job, one));
        } else if (points) {
            RETURN_IF_ERROR(add_sentence(job, notes, answerer, &chosen[i], 1));
        }
    }
    return HUIS_OK;
}
