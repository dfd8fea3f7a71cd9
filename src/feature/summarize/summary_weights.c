/*
 * summary_weights.c - the score of each sentence: its rank, less for those that say little of the text
 * whatever words they hold (courtesies, the furniture of a page, labels of minutes, titles, chatter),
 * more for what a mail asks of its reader.
 *
 * Scores are lowered, never set to zero: a text that holds nothing else is still summarised.
 */
#include "base/error.h"
#include "base/utf8.h"
#include "feature/summarize/summary.h"
#include "feature/summarize/summary_papers.h"

enum {
    POLITE_WORDS = 14, /* a longer sentence also says something */
    THANKS_WORDS = 20,
    CHATTER_WORDS = 3,  /* "top merci !!", "ok thanks" */
    OPENING_BYTES = 96, /* what is read of a sentence */
};

static const double POLITE_SHARE = 0.05;
static const double FURNITURE_SHARE = 0.05;
static const double TITLE_SHARE = 0.05;
static const double CHATTER_SHARE = 0.1;
static const double REQUEST_SHARE = 2.0;
static const double QUESTION_SHARE = 0.5;

/* Thanks, wishes and announcements of what follows open a mail; they are not what it says. */
static const char *const POLITE[] = {"thank you",
                                     "thanks",
                                     "many thanks",
                                     "i hope",
                                     "hope you",
                                     "merci pour",
                                     "merci de votre",
                                     "merci beaucoup",
                                     "j'espere",
                                     "nous esperons",
                                     "further to",
                                     "suite a",
                                     "i'm writing to",
                                     "i am writing to",
                                     "je vous ecris",
                                     "je t'ecris",
                                     "happy new",
                                     "bonne annee",
                                     "how are you",
                                     "how have you been",
                                     "i trust",
                                     "it has been quite",
                                     "it's been a while",
                                     "comment vas tu",
                                     "comment allez vous",
                                     "j'espere que"};

/* What a mail asks of its reader. */
static const char *const REQUESTS[] = {"could you", "can you",     "would you",   "please",
                                       "peux tu",   "pouvez vous", "pourrais tu", "pourriez vous",
                                       "merci de",  "veuillez"};

/* Anywhere in a sentence. */
static const char *const THANKS[] = {"like to thank", "want to thank",  "vous remercie*",
                                     "te remercie*",  "vous remercier", "te remercier"};

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
                                        "se desinscrire",
                                        "voir en ligne",
                                        "lire en ligne",
                                        "version en ligne",
                                        "view online",
                                        "view in",
                                        "view this",
                                        "manage your preferences",
                                        "gerer mes preferences",
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
                                        "about the author",
                                        "see chapter",
                                        "see section",
                                        "see the section",
                                        "see the chapter",
                                        "see figure",
                                        "see table",
                                        "see page",
                                        "see also",
                                        "voir chapitre",
                                        "voir le chapitre",
                                        "voir la section",
                                        "voir la figure",
                                        "voir page",
                                        "voir aussi"};

/* Anywhere in a sentence: the page of a book that says whose it is and what may be done with it. */
static const char *const IMPRINT[] = {"all rights reserved",   "tous droits reserves",
                                      "licensed under",        "free documentation licen*",
                                      "creative commons",      "permission is granted",
                                      "project gutenberg*",    "no part of this",
                                      "first published in",    "copyright c",
                                      "copyright 19*",         "copyright 20*",
                                      "library of congress",   "depot legal",
                                      "acheve d'imprimer",     "aucune partie de ce*",
                                      "invariant sections",    "without warranty",
                                      "sans garantie d'aucune"};

/* Only before a colon: "Present: Aisha, Ben". Not dates and places: of an event they are the point. */
static const char *const LABELS[] = {
    "customer*", "present*",  "attendees", "participants", "absent*", "excuse*",  "author",
    "auteur",    "redacteur", "reference", "client",       "minutes", "apologies"};

/* "Date :", "Present:" and something after it. */
static bool is_label(const summary_words *w, span sentence)
{
    if (w->count < 2 || SUMMARY_MATCHES(w, 0, LABELS) == 0) {
        return false;
    }
    for (size_t i = w->words[0].end; i < w->words[1].start; i++) {
        if (sentence.ptr[i] == ':') {
            return true;
        }
    }
    return false;
}

/* Labels on a line of their own inside what was taken for one sentence. */
static bool has_label_line(span sentence)
{
    const char *line = memchr(sentence.ptr, '\n', sentence.len);
    while (line != NULL) {
        const size_t at = (size_t)(line - sentence.ptr) + 1;
        const span rest = span_slice(sentence, at, sentence.len);
        const size_t reach = rest.len < OPENING_BYTES ? rest.len : OPENING_BYTES;
        const span opening = span_slice(rest, 0, utf8_complete_prefix(span_slice(rest, 0, reach)));
        summary_words w;
        const bool found = summary_split_words(&w, opening) && is_label(&w, opening);
        summary_words_deinit(&w);
        if (found) {
            return true;
        }
        line = memchr(rest.ptr, '\n', rest.len);
    }
    return false;
}

typedef enum role { ROLE_NONE, ROLE_POLITE, ROLE_FURNITURE, ROLE_REQUEST } role;

static role role_of(span sentence, bool in_mail)
{
    const size_t reach = sentence.len < OPENING_BYTES ? sentence.len : OPENING_BYTES;
    const span opening =
        span_slice(sentence, 0, utf8_complete_prefix(span_slice(sentence, 0, reach)));
    summary_words w;
    const size_t words = document_count_words(sentence);
    role found = ROLE_NONE;
    if (summary_split_words(&w, opening)) {
        if (SUMMARY_MATCHES(&w, 0, FURNITURE) > 0 || is_label(&w, opening) ||
            has_label_line(sentence) || SUMMARY_HOLDS(&w, IMPRINT)) {
            found = ROLE_FURNITURE;
        } else if (in_mail && SUMMARY_MATCHES(&w, 0, POLITE) > 0) {
            found = words > POLITE_WORDS ? ROLE_NONE : ROLE_POLITE;
        } else if (in_mail && SUMMARY_MATCHES(&w, 0, REQUESTS) > 0) {
            found = ROLE_REQUEST;
        } else if (in_mail && words <= THANKS_WORDS && SUMMARY_HOLDS(&w, THANKS)) {
            found = ROLE_POLITE;
        }
    }
    summary_words_deinit(&w);
    return found;
}

bool summary_is_furniture(span sentence)
{
    return role_of(sentence, false) == ROLE_FURNITURE;
}

/* Words of a turn without its speaker. */
static size_t turn_words(const summary_job *job, size_t i)
{
    const document_sentence *const s = &job->source->sentences[i];
    const size_t body = job->source->segments[s->segment].body;
    const size_t start = body > s->start && body < s->end ? body : s->start;
    return document_count_words(span_slice(job->source->text, start, s->end));
}

/* An empty line before the sentence. */
static bool is_after_gap(const summary_job *job, size_t i)
{
    const document_sentence *const s = job->source->sentences;
    const span between = span_slice(job->source->text, s[i - 1].end, s[i].start);
    return memmem(between.ptr, between.len, "\n\n", 2) != NULL;
}

static bool is_row(span sentence)
{
    return memmem(sentence.ptr, sentence.len, " | ", 3) != NULL;
}

bool summary_is_table_head(const summary_job *job, size_t i)
{
    const span sentence = summary_sentence_text(job, i);
    if (!is_row(sentence) || i + 1 >= job->source->n_sentences ||
        !is_row(summary_sentence_text(job, i + 1)) ||
        (i > 0 && is_row(summary_sentence_text(job, i - 1)) && !is_after_gap(job, i))) {
        return false;
    }
    for (size_t k = 0; k < sentence.len; k++) {
        if (sentence.ptr[k] >= '0' && sentence.ptr[k] <= '9') {
            return false;
        }
    }
    return true;
}

static double weight_of(const summary_job *job, size_t i)
{
    const document_genre genre = job->source->genre;
    const span sentence = summary_sentence_text(job, i);
    switch (role_of(sentence, genre == DOCUMENT_MAIL)) {
    case ROLE_POLITE:
        return POLITE_SHARE;
    case ROLE_FURNITURE:
        return FURNITURE_SHARE;
    case ROLE_REQUEST:
        return REQUEST_SHARE;
    case ROLE_NONE:
        break;
    }
    if (summary_sentence_kind(job, i) == SEGMENT_HEADING) {
        return TITLE_SHARE;
    }
    if (summary_is_table_head(job, i)) {
        return FURNITURE_SHARE;
    }
    if (genre == DOCUMENT_DIALOGUE) {
        return turn_words(job, i) <= CHATTER_WORDS ? CHATTER_SHARE : 1.0;
    }
    const bool asks = sentence.len > 0 && sentence.ptr[sentence.len - 1] == '?';
    return genre == DOCUMENT_ARTICLE && asks ? QUESTION_SHARE : 1.0;
}

/* A courtesy that opens a mail does not take the first place from what it says. */
int summary_rank(summary_job *job, arena *memory)
{
    const size_t n = job->source->n_sentences;
    double *const weights = arena_alloc(memory, n + 1, sizeof(*weights));
    bool *const passed = arena_alloc(memory, n + 1, sizeof(*passed));
    job->scores = arena_alloc(memory, n + 1, sizeof(*job->scores));
    if (weights == NULL || passed == NULL || job->scores == NULL) {
        return summary_no_memory(job);
    }
    for (size_t i = 0; i < n; i++) {
        weights[i] = weight_of(job, i);
        passed[i] = job->source->genre != DOCUMENT_DIALOGUE && weights[i] <= POLITE_SHARE;
    }
    evidence_pass_places(job->index, passed);
    const int status = evidence_rank(job->index, job->scores, job->err);
    evidence_pass_places(job->index, NULL);
    RETURN_IF_ERROR(status);
    for (size_t i = 0; i < n; i++) {
        job->scores[i] *= weights[i];
    }
    const summary_paper paper = summary_find_paper(job->source);
    job->is_paper = paper != PAPER_NONE;
    summary_weigh_paper(job, paper);
    return HUIS_OK;
}
