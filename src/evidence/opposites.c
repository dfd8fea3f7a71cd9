/*
 * opposites.c - "revenue fell" where the source says that it rose; "from 5 to 3" for 3 to 5.
 *
 * A table of pairs of which a true sentence never swaps one for the other beside the same words. A word
 * of one side is looked up near the words that stand beside it in the rows: when the other side stands
 * there, and its own does not, the sentence is turned round. A negation near by forgives it.
 */
#include "evidence/verdict.h"

enum {
    SIDE_WORDS = 26,
    NEGATION_REACH = 5,
    NEIGHBOUR_REACH = 5,
    ROW_REACH = 7,
    JOINT_REACH = 4,
    MAX_LOOKS = 16 /* a sentence that people write has fewer such words */
};

/* Folded forms; "*": any ending. */
typedef struct opposite {
    const char *one[SIDE_WORDS];
    const char *other[SIDE_WORDS];
} opposite;

static const opposite OPPOSITES[] = {
    {{"up",     "rise",    "rises", "rose",    "risen",     "rising", "increas*",
      "grow",   "grows",   "grew",  "grown",   "climb*",    "soar*",  "augment*",
      "hausse", "hausses", "monte", "montent", "progress*", "gain",   "gains"},
     {"down",     "fall",    "falls",   "fell",     "fallen",   "falling",  "decreas*", "drop",
      "drops",    "dropped", "decline", "declines", "declined", "shrink*",  "shrank",   "baisse*",
      "baisser*", "diminu*", "chute",   "chuter*",  "recul*",   "reduction"}},
    {{"more", "plus", "higher", "superieur*", "above", "greater", "longer", "larger", "bigger"},
     {"less", "fewer", "moins", "lower", "inferieur*", "below", "smaller", "shorter"}},
    {{"before", "avant", "prior"}, {"after", "apres", "following"}},
    {{"early", "earlier", "avance", "avancee", "avances", "avancees", "advanced", "advances",
      "forward"},
     {"late", "later", "repouss*", "reporte", "reportee", "reportes", "reportees", "retard*",
      "postpon*", "delay*", "tardi*"}},
    {{"open", "opens", "opened", "reopen*", "ouvre*", "ouvert*", "ouvrir*", "ouverture", "rouvr*"},
     {"close", "closed", "closes", "closure", "closing", "shut", "ferme*", "fermer*", "fermeture"}},
    {{"accept*", "approv*", "adopt*", "approuv*", "agree", "agrees", "agreed"},
     {"reject*", "refus*", "rejet*", "decline", "declines", "declined", "disagree*"}},
    {{"allow*", "autoris*", "permit*"},
     {"ban", "bans", "banned", "forbid*", "interdi*", "prohib*"}},
    {{"won", "win", "wins", "winning", "gagn*", "victoire*", "victory", "remport*", "succes",
      "success*"},
     {"lost", "lose", "loses", "losing", "perd*", "defaite*", "defeat*", "echec*", "fail*",
      "echou*"}},
    {{"buy", "buys", "bought", "buying", "achet*", "achat*", "purchas*"},
     {"sell", "sells", "sold", "selling", "vend*", "vente*", "sale"}},
    {{"lend", "lends", "lent", "pret*"}, {"borrow*", "emprunt*"}},
    {{"best", "better", "meilleur*", "mieux"}, {"worst", "worse", "pire*"}},
    {{"first", "premier*"}, {"last", "dernier*"}},
    {{"start", "starts", "started", "begin", "begins", "began", "debut*", "commenc*"},
     {"end", "ends", "ended", "finish*", "fin", "finit", "finissent", "termin*"}},
    {{"cheap", "cheaper", "bon marche"}, {"expensive", "dear", "dearer", "cher", "chere", "chers"}},
    {{"with", "avec"}, {"without", "sans"}},
    {{"like", "likes", "liked", "love", "loves", "aime", "aiment"},
     {"dislike*", "hate", "hates", "hated", "deteste*"}},
    {{"arriv*", "come", "comes", "came"}, {"leave", "leaves", "left", "depart*", "partir", "part"}},
    {{"positive*", "positif*"}, {"negative*", "negatif*"}},
    {{"always", "toujours"}, {"never", "jamais"}},
    {{"new", "nouveau*", "nouvel*"}, {"old", "ancien*"}},
    {{"good", "bon", "bonne", "bons", "bonnes"}, {"bad", "mauvais*"}},
    {{"easy", "easily", "facile*"}, {"difficult*", "hard", "difficile*"}},
    {{"long"}, {"short", "court", "courte"}},
    {{"north*", "nord"}, {"south*", "sud"}},
    {{"possible*"}, {"impossible*"}},
    {{"forte", "fort", "strong*"}, {"faible*", "weak*"}},
    {{"confirm*"}, {"dement*", "denie*", "deny"}},
    {{"creat*", "creation*", "cree", "creee"}, {"supprim*", "suppression*", "cut", "cuts"}},
    {{"jeune*", "young*"}, {"vieux", "vieil*", "age", "agee", "older"}},
    {{"inside"}, {"outside"}},
    {{"happy", "glad", "heureux", "heureuse"}, {"unhappy", "sad", "malheureu*", "triste*"}},
    {{"remember*", "souvien*", "rappelle"}, {"forget*", "forgot*", "oubli*"}},
    {{"favorable*", "support*", "soutien*"}, {"hostile*", "oppos*"}},
    {{"maximum", "most"}, {"minimum", "least"}},
    {{"lengthen*", "rallong*", "allong*", "extend*"}, {"shorten*", "raccourci*", "cut"}},
    {{"recettes", "income", "profit*", "benefice*"},
     {"depenses", "cost", "costs", "loss", "losses", "perte*"}},
    {{"inclu*", "compris*"}, {"exclu*", "hors"}},
};

enum { N_OPPOSITES = sizeof(OPPOSITES) / sizeof(OPPOSITES[0]) };

static bool is_one_of(span form, const char *const *words)
{
    for (size_t i = 0; i < SIDE_WORDS && words[i] != NULL; i++) {
        const span word = span_from_string(words[i]);
        const bool open = word.ptr[word.len - 1] == '*';
        if (form.ptr[0] != word.ptr[0]) {
            continue;
        }
        if (open ? span_starts_with(form, span_slice(word, 0, word.len - 1))
                 : span_equal(form, word)) {
            return true;
        }
    }
    return false;
}

static bool is_side(const term_table *table, const word_token *t, const char *const *words)
{
    return t->kind == TOKEN_WORD && is_one_of(table->terms[t->term].form, words);
}

static bool is_denied(const term_table *table, const word_token *tokens, size_t first, size_t end,
                      size_t i)
{
    const size_t from = i - first > NEGATION_REACH ? i - NEGATION_REACH : first;
    const size_t to = end - i > NEGATION_REACH ? i + NEGATION_REACH : end;
    return polarity_has_negation(table, tokens, from, to, false);
}

/* The item nearest to token i of the sentence on one side that stands in some row; ITEM_NONE. */
static uint32_t neighbour(const checked *c, uint32_t i, int step)
{
    for (int k = 1; k <= NEIGHBOUR_REACH; k++) {
        const int64_t at = (int64_t)i + k * step;
        if (at < 0 || at >= (int64_t)c->words.count) {
            break;
        }
        const uint32_t found = c->item_of_token[at];
        if (found != ITEM_NONE && c->items[found].found && c->item_of_token[i] != found) {
            return c->items[found].same;
        }
    }
    return ITEM_NONE;
}

typedef struct sighting {
    bool same, other, denied;
} sighting;

/* What stands near the neighbours in one row. */
static void look(const checked *c, const row *r, const opposite *o, bool one,
                 const uint32_t beside[2], sighting *out)
{
    const evidence_index *const x = c->index;
    const word_token *const tokens = x->words.tokens;
    for (uint32_t t = 0; t < r->count; t++) {
        const bool same = is_side(&x->table, &tokens[r->first + t], one ? o->one : o->other);
        const bool other = is_side(&x->table, &tokens[r->first + t], one ? o->other : o->one);
        if (!same && !other) {
            continue;
        }
        const uint32_t from = t > ROW_REACH ? t - ROW_REACH : 0;
        for (uint32_t k = from; k < r->count && k <= t + ROW_REACH; k++) {
            if (r->items[k] != ITEM_NONE && k != t &&
                (r->items[k] == beside[0] || r->items[k] == beside[1])) {
                out->same = out->same || same;
                out->other = out->other || other;
                out->denied = out->denied || is_denied(&x->table, tokens, r->first,
                                                       r->first + r->count, r->first + t);
            }
        }
    }
}

/* Whether the sentence has the other side within reach as well: "rose, then fell". */
static bool has_both(const checked *c, uint32_t i, const char *const *words)
{
    const uint32_t from = i > ROW_REACH ? i - ROW_REACH : 0;
    for (uint32_t k = from; k < c->words.count && k <= i + ROW_REACH; k++) {
        if (is_side(&c->table, &c->words.tokens[k], words)) {
            return true;
        }
    }
    return false;
}

static bool is_turned(const checked *c, uint32_t i, const opposite *o, bool one)
{
    if (has_both(c, i, one ? o->other : o->one) ||
        is_denied(&c->table, c->words.tokens, 0, c->words.count, i)) {
        return false;
    }
    const uint32_t beside[2] = {neighbour(c, i, -1), neighbour(c, i, 1)};
    sighting seen = {0};
    for (size_t k = 0; k < c->n_rows; k++) {
        look(c, &c->rows[k], o, one, beside, &seen);
    }
    return seen.other && !seen.same && !seen.denied;
}

static bool says_reverse(const checked *c)
{
    size_t looks = 0;
    for (uint32_t i = 0; i < c->words.count && looks < MAX_LOOKS; i++) {
        for (size_t k = 0; k < N_OPPOSITES; k++) {
            const opposite *const o = &OPPOSITES[k];
            const bool one = is_side(&c->table, &c->words.tokens[i], o->one);
            if (!one && !is_side(&c->table, &c->words.tokens[i], o->other)) {
                continue;
            }
            looks++;
            if (is_turned(c, i, o, one)) {
                return true;
            }
        }
    }
    return false;
}

/* What joins two values between tokens a and b: LEXICON_TO, LEXICON_INSTEAD or 0. */
static uint32_t joint_between(const term_table *table, const word_token *tokens, size_t a, size_t b)
{
    uint32_t joint = 0;
    for (size_t i = a + 1; i < b; i++) {
        if (tokens[i].kind == TOKEN_WORD) {
            const uint32_t classes = table->terms[tokens[i].term].classes;
            joint = (classes & LEXICON_INSTEAD) != 0            ? LEXICON_INSTEAD
                    : (classes & LEXICON_TO) != 0 && joint == 0 ? LEXICON_TO
                                                                : joint;
        }
    }
    return joint;
}

/* The joint of two values in a row, and their order; 0: not joined there. */
static uint32_t joint_in_row(const checked *c, const row *r, uint32_t a, uint32_t b,
                             bool *out_swapped)
{
    const evidence_index *const x = c->index;
    uint32_t last = UINT32_MAX;
    for (uint32_t t = 0; t < r->count; t++) {
        if (r->items[t] != a && r->items[t] != b) {
            continue;
        }
        if (last != UINT32_MAX && r->items[last] != r->items[t] && t - last <= 2 * JOINT_REACH) {
            const uint32_t joint =
                joint_between(&x->table, x->words.tokens, r->first + last, r->first + t);
            if (joint != 0) {
                *out_swapped = r->items[last] == b;
                return joint;
            }
        }
        last = t;
    }
    return 0;
}

/* "from 5 to 3" for "from 3 to 5", "5 instead of 3" for "3 instead of 5"; but "from 3 to 5" is
 * "5 instead of 3". */
static bool turns_round(const checked *c)
{
    size_t looks = 0;
    for (size_t i = 0; i + 1 < c->n_items && looks < MAX_LOOKS; i++) {
        const item *const a = &c->items[i];
        const item *const b = &c->items[i + 1];
        if (a->fact == NULL || b->fact == NULL || a->same == b->same ||
            b->first - a->last > JOINT_REACH + 1) {
            continue;
        }
        const uint32_t joint = joint_between(&c->table, c->words.tokens, a->last, b->first);
        looks += joint != 0;
        for (size_t k = 0; joint != 0 && k < c->n_rows; k++) {
            bool swapped = false;
            const uint32_t there = joint_in_row(c, &c->rows[k], a->same, b->same, &swapped);
            if (there != 0 && swapped == (there == joint)) {
                return true;
            }
        }
    }
    return false;
}

void opposites_signals(const checked *c, evidence_verdict *v)
{
    v->signals[SIGNAL_REVERSED] = says_reverse(c) ? 1.0 : 0.0;
    v->signals[SIGNAL_TURNED_ROUND] = turns_round(c) ? 1.0 : 0.0;
}
