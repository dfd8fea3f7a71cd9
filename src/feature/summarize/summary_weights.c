/*
 * summary_weights.c - sentences that say little of the text, whatever words they hold: courtesies,
 * the furniture of a page (press contacts, "read more"), labels of minutes, titles, chatter.
 *
 * Scores are lowered, never set to zero: a text that holds nothing else is still summarised.
 */
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum {
    POLITE_WORDS = 14,  /* a longer sentence also says something */
    CHATTER_WORDS = 3,  /* "top merci !!", "ok thanks" */
    OPENING_BYTES = 96, /* what is read of a sentence */
};

static const double POLITE_SHARE = 0.1;
static const double FURNITURE_SHARE = 0.05;
static const double TITLE_SHARE = 0.05;
static const double CHATTER_SHARE = 0.1;
static const double QUESTION_SHARE = 0.5;

/* Thanks, wishes and announcements of what follows open a mail; they are not what it says. */
static const char *const POLITE[] = {
    "thank you",  "thanks",         "many thanks",    "i hope",          "hope you",
    "merci pour", "merci de votre", "merci beaucoup", "j'espere",        "nous esperons",
    "further to", "suite a",        "i'm writing to", "i am writing to", "je vous ecris",
    "je t'ecris", "happy new",      "bonne annee"};

static const char *const FURNITURE[] = {"for immediate release",
                                        "media contact*",
                                        "press contact*",
                                        "contact presse",
                                        "contacts presse",
                                        "communique de presse",
                                        "press release",
                                        "pour diffusion immediate",
                                        "for more information",
                                        "pour plus d'info*",
                                        "pour en savoir",
                                        "read more",
                                        "lire aussi",
                                        "a lire aussi",
                                        "lire la suite",
                                        "unsubscribe",
                                        "se desabonner",
                                        "you are receiving",
                                        "you receive",
                                        "vous recevez ce",
                                        "all rights reserved",
                                        "tous droits reserves",
                                        "sign up to",
                                        "subscribe to",
                                        "follow us",
                                        "suivez nous",
                                        "abonnez vous",
                                        "photo credit*",
                                        "credit photo",
                                        "credits photo",
                                        "about the author"};

/* Only before a colon: "Present: Aisha, Ben". Not dates and places: of an event they are the point. */
static const char *const LABELS[] = {"present*",  "attendees", "participants", "absent*",
                                     "excuse*",   "author",    "auteur",       "redacteur",
                                     "reference", "client",    "minutes",      "apologies"};

static bool opens_with(const summary_words *w, const char *const *list, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (summary_match(w, 0, list[k]) > 0) {
            return true;
        }
    }
    return false;
}

#define OPENS_WITH(w, list) opens_with(w, list, sizeof(list) / sizeof((list)[0]))

/* "Date :", "Present:" and something after it. */
static bool is_label(const summary_words *w, span sentence)
{
    if (w->count < 2 || !OPENS_WITH(w, LABELS)) {
        return false;
    }
    for (size_t i = w->words[0].end; i < w->words[1].start; i++) {
        if (sentence.ptr[i] == ':') {
            return true;
        }
    }
    return false;
}

typedef enum filler { FILLER_NONE, FILLER_POLITE, FILLER_FURNITURE } filler;

static filler filler_of(span sentence, bool in_mail)
{
    const size_t reach = sentence.len < OPENING_BYTES ? sentence.len : OPENING_BYTES;
    const span opening =
        span_slice(sentence, 0, utf8_complete_prefix(span_slice(sentence, 0, reach)));
    summary_words w;
    filler found = FILLER_NONE;
    if (summary_split_words(&w, opening)) {
        if (OPENS_WITH(&w, FURNITURE) || is_label(&w, opening)) {
            found = FILLER_FURNITURE;
        } else if (in_mail && OPENS_WITH(&w, POLITE)) {
            found = FILLER_POLITE;
        }
    }
    summary_words_deinit(&w);
    const bool is_long =
        found == FILLER_POLITE && document_count_words(sentence) > (size_t)POLITE_WORDS;
    return is_long ? FILLER_NONE : found;
}

bool summary_is_furniture(span sentence)
{
    return filler_of(sentence, false) == FILLER_FURNITURE;
}

/* Words of a turn without its speaker. */
static size_t turn_words(const summary_job *job, size_t i)
{
    const document_sentence *const s = &job->source->sentences[i];
    const size_t body = job->source->segments[s->segment].body;
    const size_t start = body > s->start && body < s->end ? body : s->start;
    return document_count_words(span_slice(job->source->text, start, s->end));
}

static double weight_of(const summary_job *job, size_t i)
{
    const document_genre genre = job->source->genre;
    const span sentence = summary_sentence_text(job, i);
    const filler kind = filler_of(sentence, genre == DOCUMENT_MAIL);
    if (kind != FILLER_NONE) {
        return kind == FILLER_POLITE ? POLITE_SHARE : FURNITURE_SHARE;
    }
    if (summary_sentence_kind(job, i) == SEGMENT_HEADING) {
        return TITLE_SHARE;
    }
    if (genre == DOCUMENT_DIALOGUE) {
        return turn_words(job, i) <= CHATTER_WORDS ? CHATTER_SHARE : 1.0;
    }
    const bool asks = sentence.len > 0 && sentence.ptr[sentence.len - 1] == '?';
    return genre == DOCUMENT_ARTICLE && asks ? QUESTION_SHARE : 1.0;
}

void summary_lower_fillers(summary_job *job)
{
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        job->scores[i] *= weight_of(job, i);
    }
}
