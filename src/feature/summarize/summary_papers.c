/*
 * summary_papers.c - bills, minutes, change logs and recipes.
 *
 * What matters in them does not stand where an article has it and often shares few words with the
 * rest: "The total amount due is £132.49." Such sentences are known by a few words, each with a
 * strength; their scores are lifted above those of all others, which keep their order below.
 */
#include "feature/summarize/summary_papers.h"

enum {
    TITLE_SENTENCES = 4, /* a text says what it is among the first */
    SHORT_SUBJECT = 4,   /* "docs: fix a link" */
    MIN_HASH = 7,        /* hexadecimal digits of a commit */
    MAX_HASH = 40,
    LABEL_WORDS = 2, /* "Ingredients:", "Les ingrédients" */
    LABEL_BYTES = 24,
    MAX_SENTENCES = 1000 /* more are a book that speaks of a bill */
};

/* Scores: LIFT + SPAN * strength of a sentence that is wanted; at most REST of one that is not. */
static const double LIFT = 0.4, SPAN_OF_STRENGTH = 0.5, SPAN_OF_SCORE = 0.1;
static const double REST = 0.35;
static const double TITLE = 0.5;
static const double WEAK = 0.3;
static const double NOTHING = 0.01;

static const char *const BILL_TITLES[] = {
    "bill",       "invoice",         "facture",           "quittance",        "rent statement",
    "tax notice", "avis d'echeance", "avis d'imposition", "account statement"};
/* Beside an amount or a day. */
static const char *const DUE[] = {
    "amount due",     "total due",       "total amount",  "total to pay",  "balance due",
    "please pay",     "to be paid",      "pay by",        "payable by",    "payable on",
    "due by",         "due on",          "is due",        "due date",      "payment due",
    "debited on",     "a payer",         "montant total", "montant du",    "net a payer",
    "total ttc",      "de regler",       "a regler",      "sera preleve*", "seront preleve*",
    "prelevement le", "date d'echeance", "date limite",   "somme due",     "payable avant"};

static const char *const MINUTES_TITLES[] = {"minutes",
                                             "meeting notes",
                                             "notes of the meeting",
                                             "compte rendu",
                                             "proces verbal",
                                             "releve de decisions",
                                             "reunion de chantier",
                                             "conseil municipal du",
                                             "assemblee generale du"};
static const char *const DECIDED[] = {
    "decided",     "agreed",        "resolved",   "approved",    "adopted",     "carried",
    "voted",       "decision*",     "unanimous*", "est decide*", "ete decide*", "a decide*",
    "ont decide*", "convenu",       "adopte*",    "vote",        "votee*",      "approuve*",
    "valide*",     "a l'unanimite", "decident",   "retenu*",     "acte*"};
static const char *const TASKS[] = {
    "will",        "is to",    "are to",    "has to",     "must",      "to order",
    "to send",     "to ask",   "action",    "se charge*", "s'engage*", "s'occupe*",
    "doit",        "doivent",  "devra*",    "remains at", "stays at",  "reste a",
    "reste fixe*", "deadline", "postponed", "reporte*"};
static const char *const UNDECIDED[] = {"nothing was",         "no decision",  "rien n'a",
                                        "aucune decision",     "next meeting", "prochaine reunion",
                                        "la prochaine reunion"};

static const char *const CHORES[] = {
    "docs",  "doc",  "merge", "bump",      "chore",  "style",    "test",
    "tests", "typo", "ci",    "fix typo*", "format", "reformat", "update changelog"};

static const char *const SERVINGS[] = {
    "serves",   "for four",  "for six",   "for two",     "takes",   "makes",   "pour quatre",
    "pour six", "pour deux", "personnes", "preparation", "cuisson", "servings"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool has_money(span text)
{
    static const char *const SIGNS[] = {"$",    "€",      "£",     "CHF",   "EUR",
                                        "euro", "dollar", "pound", "franc", "cent "};
    bool found = false;
    for (size_t i = 0; i < COUNT(SIGNS) && !found; i++) {
        found = memmem(text.ptr, text.len, SIGNS[i], strlen(SIGNS[i])) != NULL;
    }
    return found && span_has_digit(text);
}

static span sentence_of(const document *d, size_t i)
{
    return span_slice(d->text, d->sentences[i].start, d->sentences[i].end);
}

/* "commit 9f31c2a…", the line that opens a change. */
static bool opens_change(span text)
{
    const span word = SPAN("commit ");
    if (!span_starts_with(text, word)) {
        return false;
    }
    size_t n = word.len;
    while (n < text.len && ((text.ptr[n] >= '0' && text.ptr[n] <= '9') ||
                            (text.ptr[n] >= 'a' && text.ptr[n] <= 'f'))) {
        n++;
    }
    const size_t digits = n - word.len;
    return digits >= MIN_HASH && digits <= MAX_HASH && (n == text.len || text.ptr[n] <= ' ');
}

static bool is_change_header(span text)
{
    return opens_change(text) || span_starts_with(text, SPAN("Author:")) ||
           span_starts_with(text, SPAN("Date:")) || span_starts_with(text, SPAN("Merge:")) ||
           span_starts_with(text, SPAN("Signed-off-by:"));
}

static bool opens_ingredients(const summary_words *w)
{
    return w->count <= LABEL_WORDS &&
           (summary_match(w, 0, "ingredients") > 0 || summary_match(w, 0, "les ingredients") > 0);
}

/* What the first sentences say that the text is. */
static summary_paper read_titles(const document *d)
{
    summary_paper paper = PAPER_NONE;
    for (size_t i = 0; i < d->n_sentences && i < TITLE_SENTENCES && paper == PAPER_NONE; i++) {
        summary_words w;
        if (summary_split_words(&w, sentence_of(d, i))) {
            const bool minutes = SUMMARY_MATCHES(&w, 0, MINUTES_TITLES) > 0;
            paper = SUMMARY_HOLDS(&w, BILL_TITLES)            ? PAPER_BILL
                    : minutes && d->genre == DOCUMENT_ARTICLE ? PAPER_MINUTES
                                                              : PAPER_NONE;
        }
        summary_words_deinit(&w);
    }
    return paper;
}

static bool asks_for_money(const document *d)
{
    bool found = false;
    for (size_t i = 0; i < d->n_sentences && !found; i++) {
        const span text = sentence_of(d, i);
        if (has_money(text)) {
            summary_words w;
            found = summary_split_words(&w, text) && SUMMARY_HOLDS(&w, DUE);
            summary_words_deinit(&w);
        }
    }
    return found;
}

/* A line "Ingredients" and a list. */
static bool is_recipe(const document *d)
{
    bool label = false;
    bool list = false;
    for (size_t i = 0; i < d->n_sentences && !(label && list); i++) {
        const span text = sentence_of(d, i);
        summary_words w;
        list = list || d->segments[d->sentences[i].segment].kind == SEGMENT_LIST_ITEM;
        if (!label && text.len <= LABEL_BYTES) {
            label = summary_split_words(&w, text) && opens_ingredients(&w);
            summary_words_deinit(&w);
        }
    }
    return label && list;
}

summary_paper summary_find_paper(const document *d)
{
    if (d->genre == DOCUMENT_DIALOGUE || d->n_sentences == 0 || d->n_sentences > MAX_SENTENCES) {
        return PAPER_NONE;
    }
    if (opens_change(sentence_of(d, 0))) {
        return PAPER_LOG;
    }
    const summary_paper titled = read_titles(d);
    if (titled != PAPER_NONE) {
        return titled != PAPER_BILL || asks_for_money(d) ? titled : PAPER_NONE;
    }
    return is_recipe(d) ? PAPER_RECIPE : PAPER_NONE;
}

static double bill_strength(const summary_words *w, span text, size_t i)
{
    if (SUMMARY_HOLDS(w, DUE) && span_has_digit(text)) {
        return has_money(text) ? 1.0 : 0.9;
    }
    return i < TITLE_SENTENCES && SUMMARY_HOLDS(w, BILL_TITLES) ? TITLE : 0.0;
}

static double minutes_strength(const summary_words *w)
{
    if (SUMMARY_HOLDS(w, UNDECIDED)) {
        return 0.0;
    }
    return SUMMARY_HOLDS(w, DECIDED) ? 1.0 : SUMMARY_HOLDS(w, TASKS) ? TITLE : 0.0;
}

static double recipe_strength(const summary_words *w, segment_kind kind, size_t i)
{
    if (i == 0 && kind == SEGMENT_HEADING) {
        return 1.0;
    }
    return kind != SEGMENT_LIST_ITEM && i < TITLE_SENTENCES && SUMMARY_HOLDS(w, SERVINGS) ? TITLE
                                                                                          : 0.0;
}

/* The first sentence after the header of a change is its subject. */
static double log_strength(const summary_job *job, const summary_words *w, size_t i)
{
    const bool first = i > 0 && is_change_header(sentence_of(job->source, i - 1)) &&
                       !is_change_header(sentence_of(job->source, i));
    if (!first) {
        return 0.0;
    }
    const bool chore = w->count <= SHORT_SUBJECT || SUMMARY_MATCHES(w, 0, CHORES) > 0;
    return chore ? WEAK : 1.0;
}

static double strength_of(const summary_job *job, summary_paper paper, const summary_words *w,
                          size_t i)
{
    const span text = summary_sentence_text(job, i);
    switch (paper) {
    case PAPER_BILL:
        return bill_strength(w, text, i);
    case PAPER_MINUTES:
        return minutes_strength(w);
    case PAPER_LOG:
        return log_strength(job, w, i);
    case PAPER_RECIPE:
        return recipe_strength(w, summary_sentence_kind(job, i), i);
    case PAPER_NONE:
        break;
    }
    return 0.0;
}

/* Lines that are never the point: who did a change and when, one ingredient, the customer. */
static bool is_form_line(const summary_job *job, summary_paper paper, size_t i)
{
    const segment_kind kind = summary_sentence_kind(job, i);
    const span text = summary_sentence_text(job, i);
    switch (paper) {
    case PAPER_LOG:
        return is_change_header(text);
    case PAPER_RECIPE:
        return kind == SEGMENT_LIST_ITEM || (i > 0 && kind == SEGMENT_HEADING) ||
               span_ends_with(text, SPAN(":"));
    case PAPER_BILL:
        return text.len > 0 && text.ptr[text.len - 1] == '?';
    case PAPER_MINUTES:
    case PAPER_NONE:
        break;
    }
    return false;
}

void summary_weigh_paper(summary_job *job, summary_paper paper)
{
    double best = 0.0;
    for (size_t i = 0; i < job->source->n_sentences; i++) {
        best = job->scores[i] > best ? job->scores[i] : best;
    }
    for (size_t i = 0; paper != PAPER_NONE && best > 0.0 && i < job->source->n_sentences; i++) {
        const double score = job->scores[i] / best;
        summary_words w;
        double strength = 0.0;
        if (summary_split_words(&w, summary_sentence_text(job, i))) {
            strength = strength_of(job, paper, &w, i);
        }
        summary_words_deinit(&w);
        const double lifted = LIFT + SPAN_OF_STRENGTH * strength + SPAN_OF_SCORE * score;
        const double rest = (is_form_line(job, paper, i) ? NOTHING : REST) * score;
        job->scores[i] = strength > 0.0 ? lifted : rest;
    }
}
