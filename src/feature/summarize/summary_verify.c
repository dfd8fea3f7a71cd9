/*
 * summary_verify.c - may this written sentence be shown, and what does it cite?
 *
 * Stricter than the gate of summary_add: the sentence must be in the language of the text, hold
 * content, use words of the source (recipe: 80 %), keep negations and what is counted, ask nothing
 * that the source does not ask, and give each speaker of a dialogue that speaker's own words. What
 * fails is replaced by its source, never argued with.
 */
#include "base/error.h"
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum { MIN_CONTENT = 2 };

static const double MIN_SCORE = 0.5;
/* Share of the content words of a clause that its speaker must have said. */
static const double MIN_SPEAKER = 0.6;

static span trim(span s)
{
    while (s.len > 0 && (unsigned char)s.ptr[0] <= ' ') {
        s = span_slice(s, 1, s.len);
    }
    while (s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ') {
        s.len--;
    }
    return s;
}

static bool starts_with_label(span s, const char *label, size_t *out_len)
{
    const span wanted = span_from_string(label);
    if (s.len < wanted.len) {
        return false;
    }
    for (size_t i = 0; i < wanted.len; i++) {
        const char a = s.ptr[i];
        if ((char)(a >= 'A' && a <= 'Z' ? a + 32 : a) != wanted.ptr[i]) {
            return false;
        }
    }
    *out_len = wanted.len;
    return true;
}

span summary_tidy(span answer)
{
    static const char *const LABELS[] = {"subject line:",
                                         "subject:",
                                         "title:",
                                         "summary:",
                                         "objet :",
                                         "objet:",
                                         "titre :",
                                         "titre:",
                                         "r\xC3\xA9sum\xC3\xA9 :",
                                         "r\xC3\xA9sum\xC3\xA9:",
                                         "**",
                                         "- ",
                                         "\"",
                                         "\xC2\xAB ",
                                         "\xE2\x80\x9C"};
    static const char *const TAILS[] = {"**", "\"", " \xC2\xBB", "\xE2\x80\x9D"};
    span s = trim(answer);
    const char *const newline = s.len > 0 ? memchr(s.ptr, '\n', s.len) : NULL;
    if (newline != NULL) {
        s = trim(span_slice(s, 0, (size_t)(newline - s.ptr)));
    }
    size_t len = 0;
    for (size_t i = 0; i < sizeof(LABELS) / sizeof(LABELS[0]); i++) {
        if (starts_with_label(s, LABELS[i], &len)) {
            s = trim(span_slice(s, len, s.len));
            i = 0;
        }
    }
    for (size_t i = 0; i < sizeof(TAILS) / sizeof(TAILS[0]); i++) {
        const span tail = span_from_string(TAILS[i]);
        if (span_ends_with(s, tail)) {
            s = trim(span_slice(s, 0, s.len - tail.len));
        }
    }
    return s;
}

static bool is_other_language(const summary_job *job, span text)
{
    const char *const written = document_language(text);
    const char *const wanted = job->source->language;
    return strcmp(written, "und") != 0 && strcmp(wanted, "und") != 0 &&
           strcmp(written, wanted) != 0;
}

static bool has_question(span s)
{
    return s.len > 0 && memchr(s.ptr, '?', s.len) != NULL;
}

/* A question that no cited run asks. */
static bool asks_anew(const summary_job *job, span text, const evidence_verdict *v)
{
    if (!has_question(text)) {
        return false;
    }
    for (size_t i = 0; i < v->n_sources; i++) {
        if (has_question(span_slice(job->source->text, v->sources[i].start, v->sources[i].end))) {
            return false;
        }
    }
    return true;
}

/* All turns of one speaker as a text of its own. */
static bool gather_turns(const summary_job *job, span speaker, buffer *out)
{
    for (size_t i = 0; i < job->source->n_segments; i++) {
        const document_segment *const s = &job->source->segments[i];
        const span name = span_slice(job->source->text, s->name_start, s->name_end);
        if (s->kind == SEGMENT_TURN && span_equal(name, speaker)) {
            (void)buffer_append(out, span_slice(job->source->text, s->start, s->end));
            (void)buffer_append_byte(out, '\n');
        }
    }
    return buffer_ok(out);
}

static int speaker_said(summary_job *job, span speaker, span clause, bool *out_said)
{
    buffer turns;
    document d = {0};
    evidence_index *index = NULL;
    evidence_verdict v = {0};
    arena memory;
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    buffer_init(&turns, job->source->text.len * 2 + 64);
    int status = gather_turns(job, speaker, &turns) ? HUIS_OK : summary_no_memory(job);
    if (status == HUIS_OK) {
        status = document_analyse(&d, buffer_span(&turns), DOCUMENT_ARTICLE, &memory, job->err);
    }
    if (status == HUIS_OK) {
        memcpy(d.language, job->source->language, sizeof(d.language));
        status = evidence_index_new(&index, &d, job->err);
    }
    if (status == HUIS_OK) {
        status = evidence_check(index, clause, &memory, &v, job->err);
    }
    if (status == HUIS_OK) {
        *out_said = v.n_content == 0 || (double)v.n_found >= MIN_SPEAKER * (double)v.n_content;
    }
    evidence_index_free(index);
    buffer_deinit(&turns);
    arena_deinit(&memory);
    return status;
}

/* The next speaker's name in the text at or after `at`; its end in *out_end. False: none. */
static bool next_speaker(const summary_job *job, span text, size_t at, size_t *out_start,
                         span *out_name)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < job->source->n_segments; i++) {
        const document_segment *const s = &job->source->segments[i];
        const span name = span_slice(job->source->text, s->name_start, s->name_end);
        if (s->kind != SEGMENT_TURN || name.len == 0 || at + name.len > text.len) {
            continue;
        }
        const char *const found = memmem(text.ptr + at, text.len - at, name.ptr, name.len);
        if (found != NULL && (size_t)(found - text.ptr) < best) {
            best = (size_t)(found - text.ptr);
            *out_name = name;
        }
    }
    *out_start = best;
    return best != SIZE_MAX;
}

/* Each stretch of the sentence from one speaker's name to the next must be that speaker's own, or,
 * for a name that is only spoken to, that of the one before. */
static int speakers_agree(summary_job *job, span text, bool *out_agree)
{
    size_t at = 0;
    size_t start = 0;
    span before = {0};
    span name = {0};
    *out_agree = true;
    if (job->source->genre != DOCUMENT_DIALOGUE) {
        return HUIS_OK;
    }
    while (*out_agree && next_speaker(job, text, at, &start, &name)) {
        size_t end = text.len;
        span next = {0};
        const size_t from = start + name.len;
        if (!next_speaker(job, text, from, &end, &next)) {
            end = text.len;
        }
        const span clause = span_slice(text, from, end);
        RETURN_IF_ERROR(speaker_said(job, name, clause, out_agree));
        if (!*out_agree && before.len > 0) {
            RETURN_IF_ERROR(speaker_said(job, before, clause, out_agree));
        }
        before = name;
        at = from;
    }
    return HUIS_OK;
}

/* Replaces the one unknown name by the source's name it must be. False: not certain. */
static bool repair_name(const summary_job *job, span text, const evidence_verdict *v, buffer *out)
{
    span name = {0};
    if (v->n_unsupported_names != 1 || v->n_unsupported_numbers > 0 ||
        !evidence_closest_name(job->index, v->unsupported_names[0], &name)) {
        return false;
    }
    const size_t at = (size_t)(v->unsupported_names[0].ptr - text.ptr);
    buffer_reset(out);
    (void)buffer_append(out, span_slice(text, 0, at));
    (void)buffer_append(out, name);
    (void)buffer_append(out, span_slice(text, at + v->unsupported_names[0].len, text.len));
    return buffer_ok(out);
}

/* A dialogue is told from outside: "you" and "I" are copied turns. */
static bool speaks_in_person(const summary_job *job, span text)
{
    static const char *const PERSONS[] = {"i",    "you",    "my",  "your",  "we",   "i'm", "i'll",
                                          "i've", "you're", "me",  "our",   "je",   "tu",  "vous",
                                          "nous", "mon",    "ton", "votre", "j'ai", "moi", "toi"};
    return job->source->genre == DOCUMENT_DIALOGUE && SUMMARY_TEXT_HOLDS(text, PERSONS);
}

/* "wants", "says", "asks": the words that tell a dialogue from outside need no source. */
size_t summary_count_reporting(span text)
{
    static const char *const REPORTING[] = {"want*",    "says",    "ask*",   "tells",  "offer*",
                                            "suggest*", "thinks",  "agree*", "veut",   "dit",
                                            "demande",  "propose", "pense",  "accepte"};
    summary_words w;
    size_t n = 0;
    if (summary_split_words(&w, text)) {
        for (size_t i = 0; i < w.count; i++) {
            for (size_t k = 0; k < sizeof(REPORTING) / sizeof(REPORTING[0]); k++) {
                n += summary_match(&w, i, REPORTING[k]) > 0;
            }
        }
    }
    summary_words_deinit(&w);
    return n;
}

/* Enough of the content is the source's own. In a dialogue all of it, but for reporting verbs. */
static bool is_supported(const summary_job *job, span text, const evidence_verdict *v,
                         double min_support)
{
    if (job->source->genre == DOCUMENT_DIALOGUE) {
        return v->n_found + summary_count_reporting(text) >= v->n_content;
    }
    return (double)v->n_found >= min_support * (double)v->n_content;
}

/* "Meeting on Friday at 2" of "the meeting on Friday at 2 is moved to Monday": a day or an hour without
 * the word that takes it back. */
static bool hides_change(const summary_job *job, span text, const evidence_verdict *v)
{
    static const char *const CHANGES[] = {"moved",   "postponed", "cancel*",  "reschedul*",
                                          "reporte", "reportee",  "reportes", "reportees",
                                          "annul*",  "deplace",   "deplacee", "decale",
                                          "decalee", "repousse",  "repoussee"};
    static const char *const DAYS[] = {"monday",   "tuesday",  "wednesday", "thursday", "friday",
                                       "saturday", "sunday",   "lundi",     "mardi",    "mercredi",
                                       "jeudi",    "vendredi", "samedi",    "dimanche"};
    bool dated = SUMMARY_TEXT_HOLDS(text, DAYS);
    for (size_t i = 0; i < text.len && !dated; i++) {
        dated = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    if (!dated || v->n_sources == 0 || job->source->genre != DOCUMENT_MAIL) {
        return false;
    }
    const span cited = span_slice(job->source->text, v->sources[0].start, v->sources[0].end);
    return SUMMARY_TEXT_HOLDS(cited, CHANGES) && !SUMMARY_TEXT_HOLDS(text, CHANGES);
}

/* 'a' small, 'A' capital, 0 neither; Latin-1 letters too. */
static char case_of(uint32_t code)
{
    const bool small = (code >= 'a' && code <= 'z') || (code >= 0xDF && code <= 0xFF);
    const bool capital = (code >= 'A' && code <= 'Z') || (code >= 0xC0 && code <= 0xDE);
    return (char)(small ? 'a' : capital ? 'A' : 0);
}

/* "PrévU": a capital inside a word that the source does not write so. */
static bool bends_case(const summary_job *job, span text)
{
    size_t start = 0;
    char before = 0;
    bool mixed = false;
    for (size_t at = 0; at <= text.len;) {
        uint32_t code = ' ';
        const size_t n = at < text.len ? utf8_next(text, at, &code) : 1;
        const char kind = case_of(code);
        if (kind == 0) {
            if (mixed && memmem(job->source->text.ptr, job->source->text.len, text.ptr + start,
                                at - start) == NULL) {
                return true;
            }
            mixed = false;
            start = at + n;
        }
        mixed = mixed || (before == 'a' && kind == 'A');
        before = kind;
        at += n;
    }
    return false;
}

static bool is_acceptable(const summary_job *job, span text, const evidence_verdict *v,
                          double min_support)
{
    return v->n_unsupported_names == 0 && v->n_unsupported_numbers == 0 &&
           v->n_unsupported_quotations == 0 && !v->negation_flip && !v->reversed &&
           !v->number_moved && v->n_sources > 0 && v->n_content >= MIN_CONTENT &&
           v->score >= MIN_SCORE && is_supported(job, text, v, min_support) &&
           !is_other_language(job, text) && !asks_anew(job, text, v) &&
           !speaks_in_person(job, text) && !hides_change(job, text, v) && !bends_case(job, text);
}

int summary_verify(summary_job *job, span text, double min_support, buffer *out_text,
                   evidence_verdict *out_verdict, bool *out_ok)
{
    span current = text;
    buffer repaired;
    *out_ok = false;
    RETURN_IF_ERROR(evidence_check(job->index, current, &job->scratch, out_verdict, job->err));
    buffer_init(&repaired, SUMMARY_ITEM_BYTES);
    int status = HUIS_OK;
    if (repair_name(job, text, out_verdict, &repaired)) {
        current = buffer_span(&repaired);
        status = evidence_check(job->index, current, &job->scratch, out_verdict, job->err);
    }
    if (status == HUIS_OK && is_acceptable(job, current, out_verdict, min_support)) {
        status = speakers_agree(job, current, out_ok);
    }
    if (status == HUIS_OK && *out_ok && !buffer_append(out_text, current)) {
        status = summary_no_memory(job);
    }
    buffer_deinit(&repaired);
    return status;
}
