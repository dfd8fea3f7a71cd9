/*
 * summary_leaning.c - sentences that lean on the one before: "She refused.", "Cela a pris un an.",
 * "However, ...". Without it one does not know who or what is meant.
 *
 * Impersonal openings do not lean: "It is raining", "Il faut", "C'est à Lyon que".
 */
#include "base/utf8.h"
#include "feature/summarize/summary.h"

enum { OPENING_BYTES = 64 /* what is read of a sentence */ };

/* Before anything. */
static const char *const LEANING[] = {"it",
                                      "he",
                                      "she",
                                      "they",
                                      "its",
                                      "his",
                                      "her",
                                      "their",
                                      "this is",
                                      "this was",
                                      "this has",
                                      "this will",
                                      "this would",
                                      "this means",
                                      "this came",
                                      "this comes",
                                      "that is",
                                      "that was",
                                      "that would",
                                      "that will",
                                      "that has",
                                      "that means",
                                      "that came",
                                      "these are",
                                      "these were",
                                      "those are",
                                      "those were",
                                      "such a",
                                      "such an",
                                      "both of them",
                                      "however",
                                      "therefore",
                                      "thus",
                                      "hence",
                                      "moreover",
                                      "furthermore",
                                      "nevertheless",
                                      "nonetheless",
                                      "consequently",
                                      "besides",
                                      "instead",
                                      "otherwise",
                                      "but",
                                      "and",
                                      "so",
                                      "yet",
                                      "also",
                                      "then",
                                      "in addition",
                                      "as a result",
                                      "for example",
                                      "in other words",
                                      "on the other hand",
                                      "the latter",
                                      "the former",
                                      "among them",
                                      "after that",
                                      "before that",
                                      "since then",
                                      "cela",
                                      "ceci",
                                      "ca",
                                      "il",
                                      "elle",
                                      "ils",
                                      "elles",
                                      "celui ci",
                                      "celle ci",
                                      "ceux ci",
                                      "celles ci",
                                      "ce dernier",
                                      "cette derniere",
                                      "ces derniers",
                                      "ces dernieres",
                                      "son",
                                      "sa",
                                      "ses",
                                      "leur",
                                      "leurs",
                                      "ainsi",
                                      "cependant",
                                      "toutefois",
                                      "pourtant",
                                      "neanmoins",
                                      "mais",
                                      "or",
                                      "donc",
                                      "et",
                                      "aussi",
                                      "en effet",
                                      "par ailleurs",
                                      "en outre",
                                      "de plus",
                                      "en revanche",
                                      "au contraire",
                                      "par exemple",
                                      "par consequent",
                                      "c'est pourquoi",
                                      "c'est ainsi",
                                      "c'est un",
                                      "c'est une",
                                      "c'etait",
                                      "parmi eux",
                                      "parmi elles",
                                      "depuis lors",
                                      "sinon",
                                      "enfin",
                                      "d'autant",
                                      "passe cette",
                                      "passe ce"};

static const char *const IMPERSONAL[] = {
    "it is raining",   "it rain*",       "it snow*",         "it is time",      "it is expected",
    "it was agreed",   "it was decided", "it was announced", "it took",         "it takes",
    "it is not known", "it is unclear",  "it is said",       "it is agreed",    "so far",
    "so that",         "yet another",    "il y a*",          "il y avait",      "il faut",
    "il faudra*",      "il faudrait",    "il est decide",    "il a ete decide", "il a ete convenu",
    "il est convenu",  "il est prevu",   "il est interdit",  "il est possible", "il est conseille",
    "il pleu*",        "il neige*",      "il reste",         "il manque",       "il suffit",
    "il semble",       "il s'agit",      "il convient",      "il a plu",        "il a neige"};

static bool opens_with(const summary_words *w, const char *const *list, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (summary_match(w, 0, list[k]) > 0) {
            return true;
        }
    }
    return false;
}

bool summary_leans(span sentence)
{
    const size_t reach = sentence.len < OPENING_BYTES ? sentence.len : OPENING_BYTES;
    const span opening =
        span_slice(sentence, 0, utf8_complete_prefix(span_slice(sentence, 0, reach)));
    summary_words w;
    const bool leans = summary_split_words(&w, opening) &&
                       opens_with(&w, LEANING, sizeof(LEANING) / sizeof(LEANING[0])) &&
                       !opens_with(&w, IMPERSONAL, sizeof(IMPERSONAL) / sizeof(IMPERSONAL[0]));
    summary_words_deinit(&w);
    return leans;
}
