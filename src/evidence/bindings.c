/*
 * bindings.c - does each name, number and date stand beside what it stands beside in the source?
 *
 * Anchors are names, numbers and dates. The rest of an anchor's clause is looked for in the units of
 * the source: when the best unit holds much more of it than any unit that holds the anchor (or tells on
 * about it: "She will ..."), the anchor belongs to something else there. Neighbouring items should
 * stand near each other in a row, in the same order. Three items in exactly the reverse order, both
 * sides active or both passive, have swapped who did what to whom.
 */
#include "evidence/verdict.h"

enum {
    MAX_ANCHORS = 10,
    PAIR_WINDOW = 7,
    NUMBER_WINDOW = 3,
    ROLE_ITEMS = 5,
    ROLE_WINDOW = 14,
    MAX_ROLE_LOOKS = 64,
    MAX_RIVAL_LOOKS = 64
};

/* What a unit counts for when an anchor stands near it only. */
static const double NEXT_TO = 0.5;
static const double TOLD_ON = 0.9;
static const double TOLD_ON_LATER = 0.7;
/* What a unit without any date proves against a date. */
static const double ALONE = 0.5;

static bool is_context(const checked *c, const item *i, const void *user)
{
    const anchor *const a = user;
    const uint32_t at = (uint32_t)(i - c->items);
    return i->clause == a->clause && (at < a->first || at > a->last) && i->found;
}

static bool tells_on(const evidence_index *x, size_t u)
{
    for (uint32_t t = x->units[u].first_token; t < x->units[u].end_token; t++) {
        const word_token *const w = &x->words.tokens[t];
        if (w->kind == TOKEN_WORD &&
            (x->table.terms[w->term].classes & LEXICON_THIRD_PERSON) != 0) {
            return true;
        }
    }
    return false;
}

static double gain_at(const checked *c, size_t u, double factor, double least)
{
    return u < c->index->n_units && c->gains[u] * factor > least ? c->gains[u] * factor : least;
}

/* The best gain of a unit that holds the anchor, or is near one that does. */
static double own_gain(const checked *c, const anchor *a)
{
    double own = 0.0;
    for (uint32_t i = a->first; i <= a->last; i++) {
        for (size_t k = 0; k < c->items[i].n_units; k++) {
            const size_t u = c->items[i].units[k];
            own = gain_at(c, u, 1.0, own);
            own = u > 0 ? gain_at(c, u - 1, NEXT_TO, own) : own;
            own = gain_at(c, u + 1, NEXT_TO, own);
            if (a->kind == ITEM_NAME && u + 1 < c->index->n_units && c->gains[u + 1] > own &&
                tells_on(c->index, u + 1)) {
                own = gain_at(c, u + 1, TOLD_ON, own);
            }
            if (a->kind == ITEM_NAME && u + 2 < c->index->n_units && c->gains[u + 2] > own &&
                tells_on(c->index, u + 2)) {
                own = gain_at(c, u + 2, TOLD_ON_LATER, own);
            }
        }
    }
    return own;
}

static bool is_row(const checked *c, uint32_t u)
{
    for (size_t k = 0; k < c->n_rows; k++) {
        if (c->rows[k].unit == u) {
            return true;
        }
    }
    return false;
}

/* The best gain of a unit that holds the anchor and is no row. */
static double outside_gain(const checked *c, const anchor *a)
{
    double own = 0.0;
    for (uint32_t i = a->first; i <= a->last; i++) {
        for (size_t k = 0; k < c->items[i].n_units; k++) {
            const uint32_t u = c->items[i].units[k];
            own = c->gains[u] > own && !is_row(c, u) ? c->gains[u] : own;
        }
    }
    return own;
}

/* Writer and reader of a mail stand in its headers, greeting and signature, and are "I" and "you" in all
 * of it. */
static bool is_participant(const checked *c, const anchor *a)
{
    const evidence_index *const x = c->index;
    for (uint32_t i = a->first; i <= a->last && x->source->genre == DOCUMENT_MAIL; i++) {
        for (size_t k = 0; k < c->items[i].n_units; k++) {
            if (x->units[c->items[i].units[k]].sentence == UNIT_NO_SENTENCE) {
                return true;
            }
        }
    }
    return false;
}

static void raise_signal(evidence_verdict *v, evidence_signal signal, double value)
{
    v->signals[signal] = value > v->signals[signal] ? value : v->signals[signal];
}

/* Whether a unit holds something of the anchor's kind that is not the anchor. */
static bool has_rival(const checked *c, const anchor *a, size_t u)
{
    const evidence_index *const x = c->index;
    for (uint32_t t = x->units[u].first_token; t < x->units[u].end_token; t++) {
        const word_token *const w = &x->words.tokens[t];
        const uint32_t stem =
            w->kind == TOKEN_WORD ? x->table.terms[w->term].stem_id : (uint32_t)LINK_NONE;
        bool own = false;
        for (uint32_t i = a->first; i <= a->last; i++) {
            own = own || (stem != LINK_NONE && c->items[i].stem == stem);
        }
        if (!own && phrases_is_rival(c, a, t)) {
            return true;
        }
    }
    return false;
}

/* Where the anchor's clause stands away from it: the best gain beside a rival, and alone. */
typedef struct elsewhere {
    double rival, alone;
} elsewhere;

static elsewhere find_elsewhere(const checked *c, const anchor *a, double own)
{
    elsewhere e = {own, own};
    size_t looks = 0;
    for (size_t u = 0; u < c->index->n_units && looks < MAX_RIVAL_LOOKS; u++) {
        const double gain = c->gains[u];
        if (gain <= e.rival && gain <= e.alone) {
            continue;
        }
        looks++;
        double *const side = has_rival(c, a, u) ? &e.rival : &e.alone;
        *side = gain > *side ? gain : *side;
    }
    return e;
}

/* What many units name is what the text is about: others go on about it without the name. */
static double topic_share(const checked *c, const anchor *a)
{
    size_t most = 1;
    for (uint32_t i = a->first; i <= a->last && a->kind == ITEM_NAME; i++) {
        most = c->items[i].n_units > most ? c->items[i].n_units : most;
    }
    return 1.0 / (double)most;
}

/* How much more of the anchor's clause stands in a unit away from it, or beside a rival: 0 to 1. */
static void judge_anchor(checked *c, const anchor *a, evidence_verdict *v)
{
    static const evidence_signal AWAY[] = {[ITEM_NAME] = SIGNAL_NAME_ELSEWHERE,
                                           [ITEM_NUMBER] = SIGNAL_NUMBER_ELSEWHERE,
                                           [ITEM_DATE] = SIGNAL_DATE_ELSEWHERE};
    static const evidence_signal BESIDE[] = {[ITEM_NAME] = SIGNAL_NAME_RIVAL,
                                             [ITEM_NUMBER] = SIGNAL_NUMBER_RIVAL,
                                             [ITEM_DATE] = SIGNAL_DATE_RIVAL};
    const double total = support_gains(c, is_context, a);
    if (total <= 0.0) {
        return;
    }
    if (!(a->kind == ITEM_NAME && is_participant(c, a))) {
        const double own = own_gain(c, a);
        const elsewhere e = find_elsewhere(c, a, own);
        const double alone = a->kind == ITEM_NAME ? 0.0 : ALONE * (e.alone - own);
        const double rival = topic_share(c, a) * (e.rival - own);
        raise_signal(v, AWAY[a->kind], (rival > alone ? rival : alone) / total);
    }
    raise_signal(v, BESIDE[a->kind], phrases_rival(c, a, total, outside_gain(c, a)));
}

/* The anchor that begins at item i: a name takes all its words. */
static anchor anchor_at(const checked *c, uint32_t i)
{
    anchor a = {c->items[i].kind, i, i, c->items[i].clause};
    while (a.kind == ITEM_NAME && a.last + 1 < c->n_items &&
           c->items[a.last + 1].kind == ITEM_NAME && c->items[a.last + 1].clause == a.clause &&
           c->words.tokens[c->items[a.last + 1].first].gap <= GAP_HYPHEN &&
           c->items[a.last + 1].first == c->items[a.last].last + 1) {
        a.last++;
    }
    return a;
}

static void add_anchor_signals(checked *c, evidence_verdict *v)
{
    size_t n = 0;
    for (uint32_t i = 0; i < c->n_items && n < MAX_ANCHORS; i++) {
        const anchor a = anchor_at(c, i);
        i = a.last;
        if (!c->items[a.first].found || c->items[a.first].half || a.kind == ITEM_WORD ||
            (a.kind == ITEM_NAME && speakers_has_name(c->index, c->items[a.first].stem))) {
            continue;
        }
        judge_anchor(c, &a, v);
        n++;
    }
}

/* Marks the pairs of neighbours that a row holds, in either order. */
static void look_at_pairs(const checked *c, const row *r, uint8_t *pairs)
{
    for (uint32_t t = 0; t < r->count; t++) {
        const uint32_t a = r->items[t];
        for (uint32_t k = t + 1; a != ITEM_NONE && k < r->count && k <= t + PAIR_WINDOW; k++) {
            const uint32_t b = r->items[k];
            if (b == ITEM_NONE) {
                continue;
            }
            if (b > 0 && a + 1 < c->n_items && c->items[a + 1].same == b) {
                pairs[a] = 1;
            }
            if (b + 1 < c->n_items && c->items[b + 1].same == a) {
                pairs[b] = 1;
            }
        }
    }
}

static bool add_pair_signals(const checked *c, evidence_verdict *v)
{
    uint8_t *const pairs = arena_alloc(c->memory, c->n_items + 1, 1);
    size_t n = 0;
    size_t broken = 0;
    if (pairs == NULL) {
        return false;
    }
    for (size_t k = 0; k < c->n_rows; k++) {
        look_at_pairs(c, &c->rows[k], pairs);
    }
    for (uint32_t i = 0; i + 1 < c->n_items; i++) {
        const item *const a = &c->items[i];
        const item *const b = &c->items[i + 1];
        if (a->same != i || a->clause != b->clause || !a->found || !b->found ||
            a->same == b->same) {
            continue;
        }
        n++;
        broken += pairs[i] == 0;
    }
    v->signals[SIGNAL_PAIRS_BROKEN] = n > 0 ? (double)broken / (double)n : 0.0;
    return true;
}

/* "Prince Moreau" where the source has a Prince Adam and a Doctor Moreau. */
static bool couples_apart(const checked *c)
{
    size_t looks = 0; /* each may walk all places of two words */
    for (uint32_t i = 0; i + 1 < c->n_items && looks < MAX_ANCHORS; i++) {
        const item *const a = &c->items[i];
        const item *const b = &c->items[i + 1];
        const word_token *const second = &c->words.tokens[b->first];
        if (a->fact != NULL || b->fact != NULL || b->first != a->last + 1 || b->kind != ITEM_NAME ||
            second->gap > GAP_HYPHEN || speakers_has_name(c->index, b->stem)) {
            continue;
        }
        const uint32_t left = c->links[c->words.tokens[a->first].term].term;
        const uint32_t right = c->links[second->term].term;
        looks++;
        if (left != LINK_NONE && right != LINK_NONE && !names_stand_near(c->index, left, right)) {
            return true;
        }
    }
    return false;
}

static const char *const OF[] = {"of", "de", "d", "du", "des", "s", NULL};

static bool is_form_of(const term_table *table, const word_token *t, const char *const *forms)
{
    for (size_t i = 0; forms[i] != NULL; i++) {
        if (t->kind == TOKEN_WORD &&
            span_equal(table->terms[t->term].form, span_from_string(forms[i]))) {
            return true;
        }
    }
    return false;
}

/* The item after a number within a few words of its clause; ITEM_NONE. */
static uint32_t counted_item(const checked *c, const item *number)
{
    for (uint32_t i = number->last + 1; i < c->words.count && i <= number->last + NUMBER_WINDOW;
         i++) {
        if (c->words.tokens[i].kind != TOKEN_WORD || c->words.tokens[i].gap > GAP_APOSTROPHE) {
            break;
        }
        if (c->item_of_token[i] == ITEM_NONE && !is_form_of(&c->table, &c->words.tokens[i], OF)) {
            break; /* "25 in the office" counts no offices */
        }
        if (c->item_of_token[i] != ITEM_NONE) {
            return c->items[c->item_of_token[i]].fact == NULL ? c->item_of_token[i] : ITEM_NONE;
        }
    }
    return ITEM_NONE;
}

/* "30 wounded" when no unit of the source has both 30 and wounded. */
static bool stands_apart(const item *number, const item *counted)
{
    for (size_t k = 0; k < number->n_units; k++) {
        if (support_unit_has(counted, number->units[k])) {
            return false;
        }
    }
    return number->n_units > 0;
}

/* "10 wounded, 30 killed" where a row has 30 wounded: the counted word follows another number. */
static bool follows_another(const checked *c, uint32_t number, uint32_t counted)
{
    bool another = false;
    for (size_t k = 0; k < c->n_rows; k++) {
        const row *const r = &c->rows[k];
        const word_token *const tokens = c->index->words.tokens + r->first;
        for (uint32_t t = 0; t < r->count; t++) {
            if (r->items[t] != counted) {
                continue;
            }
            const uint32_t from = t > NUMBER_WINDOW ? t - NUMBER_WINDOW : 0;
            for (uint32_t i = t; i-- > from && tokens[i + 1].gap < GAP_COMMA;) {
                if (r->items[i] == number) {
                    return false;
                }
                /* The groups of "2 350" are one number. */
                const bool group =
                    i > from && tokens[i].gap <= GAP_NARROW && tokens[i - 1].kind == TOKEN_NUMBER;
                if (tokens[i].kind == TOKEN_NUMBER && !group) {
                    another = true;
                    break;
                }
            }
        }
    }
    return another;
}

static bool is_measure(const term_table *table, const word_token *t)
{
    return t->kind == TOKEN_WORD && t->gap <= GAP_APOSTROPHE &&
           (table->terms[t->term].classes & LEXICON_MEASURE) != 0;
}

/* "10 weeks" where the source measures this number only in something else ("10 days"). */
static bool has_other_unit(const checked *c, const item *number)
{
    const evidence_index *const x = c->index;
    const uint32_t after = number->last + 1;
    if (after >= c->words.count || !is_measure(&c->table, &c->words.tokens[after])) {
        return false;
    }
    const span stem = c->table.terms[c->words.tokens[after].term].stem;
    bool other = false;
    for (size_t k = 0; k < number->fact->n_asked; k++) {
        size_t n = 0;
        const offer *const o = index_find_offer(x, number->fact->keys[k], &n);
        for (size_t i = 0; i < n; i++) {
            const uint32_t t = o[i].token + 1;
            const uint32_t next =
                t < x->words.count && x->words.tokens[t].kind == TOKEN_SYMBOL ? t + 1 : t;
            if (next >= x->words.count || !is_measure(&x->table, &x->words.tokens[next])) {
                continue;
            }
            if (span_equal(x->table.terms[x->words.tokens[next].term].stem, stem)) {
                return false;
            }
            other = true;
        }
    }
    return other;
}

static void add_number_signals(const checked *c, evidence_verdict *v)
{
    size_t n = 0;
    for (uint32_t i = 0; i < c->n_items && n < MAX_ANCHORS; i++) {
        const item *const number = &c->items[i];
        if (number->fact == NULL || !number->found || number->fact->kind != FACT_NUMBER ||
            number->fact->joined) {
            continue;
        }
        n++;
        const uint32_t counted = counted_item(c, number);
        v->signals[SIGNAL_UNIT] = has_other_unit(c, number) ? 1.0 : v->signals[SIGNAL_UNIT];
        if (counted == ITEM_NONE || !c->items[counted].found || c->items[counted].half) {
            continue;
        }
        if (stands_apart(number, &c->items[counted]) ||
            follows_another(c, number->same, c->items[counted].same)) {
            v->signals[SIGNAL_NUMBER_MOVED] = 1.0;
        }
    }
}

static bool any_form(const term_table *table, const word_token *tokens, uint32_t first,
                     uint32_t end, const char *const *forms)
{
    for (uint32_t i = first; i < end; i++) {
        if (is_form_of(table, &tokens[i], forms)) {
            return true;
        }
    }
    return false;
}

/* The only place of an item in a row; UINT32_MAX: none, or more than one. */
static uint32_t only_place(const row *r, uint32_t same)
{
    uint32_t found = UINT32_MAX;
    for (uint32_t t = 0; t < r->count; t++) {
        if (r->items[t] == same) {
            if (found != UINT32_MAX) {
                return UINT32_MAX;
            }
            found = t;
        }
    }
    return found;
}

/* A doer after "by" in one of the two only, or in both. */
static const char *const BY[] = {"by", "par", NULL};

/* Whether a row tells items i, j, k in exactly the other order, both sides in the same voice and
 * without an "of" that may turn a phrase. */
static bool is_turned(const checked *c, const row *r, const uint32_t at[3], const item *i,
                      const item *k)
{
    const evidence_index *const x = c->index;
    if (at[0] <= at[1] || at[1] <= at[2] || at[0] - at[2] > ROLE_WINDOW) {
        return false;
    }
    const uint32_t from = r->first + at[2];
    const uint32_t to = r->first + at[0];
    const bool by_here = any_form(&c->table, c->words.tokens, i->first, k->last, BY);
    const bool by_there = any_form(&x->table, x->words.tokens, from, to, BY);
    return by_here == by_there && !any_form(&c->table, c->words.tokens, i->first, k->last, OF) &&
           !any_form(&x->table, x->words.tokens, from, to, OF);
}

/* "Nordia was bought by Velmar" where a row says that Nordia bought Velmar. */
static bool is_made_passive(const checked *c, const row *r, const uint32_t at[3], const item *j,
                            const item *k)
{
    const evidence_index *const x = c->index;
    if (at[0] >= at[1] || at[1] >= at[2] || at[2] - at[0] > ROLE_ITEMS || k->first - j->last != 2 ||
        k->fact != NULL) {
        return false;
    }
    return is_form_of(&c->table, &c->words.tokens[k->first - 1], BY) &&
           !any_form(&x->table, x->words.tokens, r->first + at[0], r->first + at[2], BY);
}

/* "The budget approved the board" where a row says that the budget was approved by the board. */
static bool is_made_active(const checked *c, const row *r, const uint32_t at[3], const item *i,
                           const item *j, const item *k)
{
    static const char *const BE[] = {"is",  "are", "was",  "were", "been", "be",
                                     "est", "ete", "sont", "et",   "and",  NULL};
    const evidence_index *const x = c->index;
    if (at[0] >= at[1] || at[1] >= at[2] || at[2] - at[0] > ROLE_WINDOW ||
        at[2] - at[1] > ROLE_ITEMS || k->first - j->last > 2 || k->fact != NULL) {
        return false;
    }
    return any_form(&x->table, x->words.tokens, r->first + at[1], r->first + at[2], BY) &&
           any_form(&x->table, x->words.tokens, r->first + at[0], r->first + at[1], BE) &&
           !any_form(&c->table, c->words.tokens, i->first, k->last, BY) &&
           !any_form(&c->table, c->words.tokens, i->first, k->last, OF) &&
           !any_form(&c->table, c->words.tokens, i->first, j->first, BE);
}

static bool is_role_swap(const checked *c, const row *r, const item *i, const item *j,
                         const item *k)
{
    const uint32_t at[3] = {only_place(r, i->same), only_place(r, j->same), only_place(r, k->same)};
    return at[0] != UINT32_MAX && at[1] != UINT32_MAX && at[2] != UINT32_MAX &&
           (is_turned(c, r, at, i, k) || is_made_passive(c, r, at, j, k) ||
            is_made_active(c, r, at, i, j, k));
}

static bool swaps_roles(const checked *c)
{
    size_t looks = 0;
    for (uint32_t i = 0; i + 2 < c->n_items && looks < MAX_ROLE_LOOKS; i++) {
        for (uint32_t k = i + 2; k < c->n_items && k <= i + ROLE_ITEMS; k++) {
            for (uint32_t j = i + 1; j < k && looks < MAX_ROLE_LOOKS; j++) {
                const item *const items = c->items;
                if (items[i].clause != items[k].clause || !items[i].found || !items[j].found ||
                    !items[k].found) {
                    continue;
                }
                looks++;
                for (size_t n = 0; n < c->n_rows; n++) {
                    if (is_role_swap(c, &c->rows[n], &items[i], &items[j], &items[k])) {
                        return true;
                    }
                }
            }
        }
    }
    return false;
}

bool bindings_signals(checked *c, evidence_verdict *v)
{
    if (!phrases_cut(c)) {
        return false;
    }
    phrases_signals(c, v);
    add_anchor_signals(c, v);
    add_number_signals(c, v);
    v->signals[SIGNAL_COUPLED] = couples_apart(c) ? 1.0 : 0.0;
    v->signals[SIGNAL_ROLES] = swaps_roles(c) ? 1.0 : 0.0;
    return add_pair_signals(c, v);
}
