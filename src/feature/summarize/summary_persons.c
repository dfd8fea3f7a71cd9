/*
 * summary_persons.c - who is to do it: called by name, the subject, the one a mail is written to or
 * comes from, the other speaker. Words of the text, or nobody.
 */
#include "feature/summarize/summary_actions.h"

/* "Anna Lee <anna@example.com>, ..." -> Anna Lee, when it is the only address. */
static span display_name(span value)
{
    if (value.ptr == NULL || memchr(value.ptr, ',', value.len) != NULL ||
        memchr(value.ptr, ';', value.len) != NULL) {
        return span_from(NULL, 0);
    }
    const span name = summary_display_name(value);
    return memchr(name.ptr, '@', name.len) != NULL ? span_from(NULL, 0) : name;
}

/* The first run of words with a capital in a line: "Hi Anna," -> Anna. */
static span name_in_line(span text)
{
    static const char *const OPENERS[] = {
        "hi",        "hello",     "dear",   "hey",         "bonjour",  "bonsoir",      "salut",
        "cher",      "chere",     "all",    "team",        "everyone", "tous",         "toutes",
        "madame",    "monsieur",  "thanks", "regards",     "best",     "cordialement", "cheers",
        "merci",     "sincerely", "a",      "amicalement", "bien",     "chers",        "good",
        "morning",   "afternoon", "folks",  "there",       "cdt",      "thank",        "kind",
        "messieurs", "mesdames"};
    summary_words w;
    span name = {0};
    if (summary_split_words(&w, text)) {
        size_t n = 0;
        for (size_t i = 0; i < w.count; i++) {
            if (w.words[i].capital && SUMMARY_MATCHES(&w, i, OPENERS) == 0) {
                name = n == 0 ? span_slice(text, w.words[i].start, w.words[i].end)
                              : span_slice(text, (size_t)(name.ptr - text.ptr), w.words[i].end);
                n++;
            } else if (n > 0 && summary_match(&w, i, "and") == 0 &&
                       summary_match(&w, i, "et") == 0) {
                break;
            }
        }
        name = n > 3 ? span_from(NULL, 0) : name;
    }
    summary_words_deinit(&w);
    return name;
}

/* The first line of a segment that holds a name. */
static span name_in(const summary_job *job, const document_segment *s)
{
    for (size_t start = s->start; start < s->end;) {
        const char *const at = job->source->text.ptr;
        const char *const newline = memchr(at + start, '\n', s->end - start);
        const size_t end = newline != NULL ? (size_t)(newline - at) : s->end;
        const span name = name_in_line(span_from(at + start, end - start));
        if (name.len > 0) {
            return name;
        }
        start = end + 1;
    }
    return span_from(NULL, 0);
}

/* In the message of the sentence. */
static span segment_name(const summary_job *job, size_t i_sentence, segment_kind kind, bool last)
{
    span name = {0};
    size_t from = 0;
    size_t to = 0;
    summary_message_of(job, i_sentence, &from, &to);
    for (size_t i = from; i < to; i++) {
        const document_segment *const s = &job->source->segments[i];
        if (s->kind == kind && s->depth == 0) {
            const span found = name_in(job, s);
            if (found.len > 0) {
                name = found;
                if (!last) {
                    break;
                }
            }
        }
    }
    return name;
}

/* In a dialogue of two: the other one. */
static span other_speaker(const summary_job *job, span speaker)
{
    span other = {0};
    for (size_t i = 0; i < job->source->n_segments; i++) {
        const document_segment *const s = &job->source->segments[i];
        const span name = span_slice(job->source->text, s->name_start, s->name_end);
        if (s->kind != SEGMENT_TURN || name.len == 0 || span_equal(name, speaker) ||
            span_equal(name, other)) {
            continue;
        }
        if (other.len > 0) {
            return span_from(NULL, 0);
        }
        other = name;
    }
    return other;
}

static span speaker_of(const summary_job *job, size_t i_sentence)
{
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        return summary_turn_speaker(job, i_sentence);
    }
    const span from = display_name(summary_header_of(job, i_sentence, "From", "De"));
    return from.len > 0 ? from : segment_name(job, i_sentence, SEGMENT_SIGNATURE, true);
}

static span addressee_of(const summary_job *job, size_t i_sentence)
{
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        return other_speaker(job, summary_turn_speaker(job, i_sentence));
    }
    const span to = display_name(summary_header_of(job, i_sentence, "To", "\xC3\x80"));
    return to.len > 0 ? to : segment_name(job, i_sentence, SEGMENT_GREETING, false);
}

/* "Anna, could you": a word with a capital before the first comma, when it opens the sentence. */
static span vocative(const summary_words *w, span sentence, size_t from)
{
    if (from + 1 < w->count && w->words[from].capital && w->words[from + 1].comma_before &&
        !evidence_is_common_word(w->words[from].form) && w->words[from].form.len > 2) {
        if (!summary_is_imperative(w, from)) {
            return span_slice(sentence, w->words[from].start, w->words[from].end);
        }
    }
    return span_from(NULL, 0);
}

/* "Pourrais-tu, Leïla, commander": a name between two commas. */
static span vocative_inside(const summary_words *w, span sentence, size_t i)
{
    if (i + 1 < w->count && w->words[i].comma_before && w->words[i].capital &&
        w->words[i + 1].comma_before && !evidence_is_common_word(w->words[i].form)) {
        return span_slice(sentence, w->words[i].start, w->words[i].end);
    }
    return span_from(NULL, 0);
}

/* "Can you clear the logs, Sam?", "Lena please tell": the first or last word is one who takes part
 * in the dialogue. */
static span named_speaker(const summary_job *job, const summary_words *w, span sentence,
                          size_t from)
{
    if (job->source->genre != DOCUMENT_DIALOGUE || from >= w->count) {
        return span_from(NULL, 0);
    }
    const size_t places[] = {from, w->count - 1};
    for (size_t p = 0; p < 2; p++) {
        const summary_word *const word = &w->words[places[p]];
        const span called = span_slice(sentence, word->start, word->end);
        for (size_t i = 0; i < job->source->n_segments; i++) {
            const document_segment *const s = &job->source->segments[i];
            if (s->kind == SEGMENT_TURN &&
                span_equal(called, span_slice(job->source->text, s->name_start, s->name_end))) {
                return called;
            }
        }
    }
    return span_from(NULL, 0);
}

/* "Il faudrait que Sophie confirme". */
static span person_of_duty(const summary_words *w, const action *a, span sentence)
{
    const size_t que = a->at + 2;
    const bool named = que + 2 < w->count && summary_match(w, a->at, "il") > 0 &&
                       summary_match(w, que, "que") > 0 && w->words[que + 1].capital &&
                       !evidence_is_common_word(w->words[que + 1].form);
    return named ? span_slice(sentence, w->words[que + 1].start, w->words[que + 1].end)
                 : span_from(NULL, 0);
}

/* "M.", "Dr": before a name. */
static bool is_title(const summary_words *w, size_t i)
{
    static const char *const TITLES[] = {"m", "mme", "mr*", "ms", "dr"};
    return SUMMARY_MATCHES(w, i, TITLES) > 0;
}

/* The name before the pattern: words with capitals, with the title before it; "Le" only inside one,
 * as in "Yannick Le Goff". */
static span subject(const summary_words *w, const action *a, span sentence, size_t from)
{
    const size_t last = a->at - 1;
    size_t first = last;
    while (first > from && last - first + 1 < SUMMARY_NAME_WORDS && w->words[first - 1].capital &&
           !w->words[first].comma_before &&
           (is_title(w, first - 1) || !evidence_is_function_word(w->words[first - 1].form) ||
            (first > from + 1 && w->words[first - 2].capital &&
             !evidence_is_function_word(w->words[first - 2].form)))) {
        first--;
    }
    return span_slice(sentence, w->words[first].start, w->words[last].end);
}

/* "Can you both", "pouvez-vous tous": no single person. */
static bool asks_several(const summary_words *w, size_t at)
{
    static const char *const SEVERAL[] = {"both", "all", "tous", "toutes"};
    return SUMMARY_MATCHES(w, at + 2, SEVERAL) > 0;
}

span summary_find_person(const summary_job *job, size_t i_sentence, const summary_words *w,
                         const action *a, size_t from)
{
    const span sentence = summary_sentence_text(job, i_sentence);
    span called = vocative(w, sentence, from);
    for (size_t i = a->at + 1; called.len == 0 && i <= a->at + 3; i++) {
        called = vocative_inside(w, sentence, i);
    }
    switch (a->actor) {
    case ACTOR_YOU:
        if (asks_several(w, a->at)) {
            return span_from(NULL, 0);
        }
        if (called.len == 0) {
            called = named_speaker(job, w, sentence, from);
        }
        return called.len > 0 ? called : addressee_of(job, i_sentence);
    case ACTOR_SPEAKER:
        return speaker_of(job, i_sentence);
    case ACTOR_SUBJECT:
        return subject(w, a, sentence, from);
    case ACTOR_NONE:
        return person_of_duty(w, a, sentence);
    }
    return span_from(NULL, 0);
}
