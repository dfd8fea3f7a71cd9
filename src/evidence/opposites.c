/*
 * opposites.c - "revenue fell" where the source says that it rose.
 *
 * A short table of pairs that no true sentence swaps: rising and falling, early and late, accepted
 * and refused. Pairs that depend on who tells (won and lost, bought and sold) are left out. A hint:
 * it looks at words only, in the unit that supports the sentence best.
 */
#include "evidence/verdict.h"

enum { SIDE_WORDS = 22, NEGATION_REACH = 5 };

/* Folded forms; "*": any ending. */
typedef struct opposite {
    const char *one[SIDE_WORDS];
    const char *other[SIDE_WORDS];
} opposite;

static const opposite OPPOSITES[] = {
    {{"up", "rise", "rises", "rose", "risen", "rising", "increas*", "grow", "grows", "grew",
      "grown", "climb*", "soar*", "augment*", "hausse", "hausses"},
     {"down",   "fall",    "falls",    "fell",    "fallen",   "falling",  "decreas*",
      "drop",   "drops",   "dropped",  "decline", "declines", "declined", "shrink*",
      "shrank", "baisse*", "baisser*", "diminu*", "chute",    "chuter*",  "recule*"}},
    {{"avance", "avancee", "avances", "avancees", "advanced", "advances"},
     {"repouss*", "reporte", "reportee", "reportes", "reportees", "retard*", "postpon*", "delay*"}},
    {{"open", "opens", "opened", "reopen*", "ouvre*", "ouvrir*", "ouverture", "rouvr*"},
     {"closed", "closes", "closure", "closing", "fermer*", "fermee", "fermees", "fermeture"}},
    {{"accept*", "approv*", "adopt*", "approuv*"}, {"reject*", "refus*", "rejet*"}},
    {{"allow*", "autoris*", "permit*"},
     {"ban", "bans", "banned", "forbid*", "interdi*", "prohib*"}},
};

static bool is_one_of(span form, const char *const *words)
{
    for (size_t i = 0; i < SIDE_WORDS && words[i] != NULL; i++) {
        const span word = span_from_string(words[i]);
        const bool open = word.ptr[word.len - 1] == '*';
        if (open ? span_starts_with(form, span_slice(word, 0, word.len - 1))
                 : span_equal(form, word)) {
            return true;
        }
    }
    return false;
}

/* Whether a word of the side is there; *out_negated: a negation stands near it. */
static bool says(const term_table *table, const word_token *tokens, size_t first, size_t end,
                 const char *const *words, bool *out_negated)
{
    for (size_t i = first; i < end; i++) {
        if (tokens[i].kind == TOKEN_WORD && is_one_of(table->terms[tokens[i].term].form, words)) {
            const size_t from = i - first > NEGATION_REACH ? i - NEGATION_REACH : first;
            const size_t to = end - i > NEGATION_REACH ? i + NEGATION_REACH : end;
            *out_negated = *out_negated || verdict_has_negation(table, tokens, from, to, false);
            return true;
        }
    }
    return false;
}

bool opposites_says_reverse(const checked *c, const unit *u)
{
    const evidence_index *const x = c->index;
    const size_t n = c->words.count;
    for (size_t i = 0; i < sizeof(OPPOSITES) / sizeof(OPPOSITES[0]); i++) {
        const opposite *const o = &OPPOSITES[i];
        bool negated = false; /* "did not rise" may well be told as "fell" */
        const bool one = says(&c->table, c->words.tokens, 0, n, o->one, &negated);
        const bool other = says(&c->table, c->words.tokens, 0, n, o->other, &negated);
        if (one == other) {
            continue;
        }
        const bool source_one =
            says(&x->table, x->words.tokens, u->first_token, u->end_token, o->one, &negated);
        const bool source_other =
            says(&x->table, x->words.tokens, u->first_token, u->end_token, o->other, &negated);
        if (source_one != source_other && source_one != one && !negated) {
            return true;
        }
    }
    return false;
}
