/*
 * phrases.c - parts of a unit: what stands together within a sentence of the source.
 *
 * "Schools in Arden stay closed until Thursday; those in Weldon open on Tuesday." Both names and both
 * days are in one unit; only its parts say which belongs to which. A unit is cut at commas and
 * conjunctions as a sentence is, but not before "who" or "qui", which go on about the name before. A
 * rival is another name (number, date) in a part that holds the clause of the anchor, but not the anchor.
 */
#include "evidence/verdict.h"

enum { SEGMENT_MIN_CONTENT = 2 };

static const term *term_at(const checked *c, uint32_t token)
{
    const word_token *const t = &c->index->words.tokens[token];
    return t->kind == TOKEN_WORD ? &c->index->table.terms[t->term] : NULL;
}

static bool is_relative(const term *w)
{
    static const char *const FORMS[] = {"who", "which", "qui", "dont", "where", "when", "comme"};
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
        if (span_equal(w->form, span_from_string(FORMS[i]))) {
            return true;
        }
    }
    return false;
}

/* A comma before "who" opens nothing either. */
static bool opens_segment(const checked *c, uint32_t token)
{
    const word_token *const t = &c->index->words.tokens[token];
    const term *const w = term_at(c, token);
    if (w != NULL && is_relative(w)) {
        return false;
    }
    return t->gap >= GAP_COMMA || (w != NULL && (w->classes & LEXICON_BREAK) != 0);
}

bool phrases_cut(checked *c)
{
    c->stamps = arena_alloc(c->memory, c->n_items + 1, sizeof(*c->stamps));
    if (c->stamps == NULL) {
        return false;
    }
    for (size_t k = 0; k < c->n_rows; k++) {
        row *const r = &c->rows[k];
        r->segments = arena_alloc(c->memory, r->count + 1, sizeof(*r->segments));
        if (r->segments == NULL) {
            return false;
        }
        uint32_t segment = 0;
        size_t content = 0;
        for (uint32_t t = 0; t < r->count; t++) {
            const word_token *const w = &c->index->words.tokens[r->first + t];
            if (content >= SEGMENT_MIN_CONTENT && opens_segment(c, r->first + t)) {
                segment++;
                content = 0;
            }
            r->segments[t] = segment;
            content += w->kind == TOKEN_NUMBER || token_is_content(&c->index->table, w);
        }
    }
    return true;
}

/* Whether a token of the source could stand where the anchor stands. */
bool phrases_is_rival(const checked *c, const anchor *a, uint32_t token)
{
    const word_token *const t = &c->index->words.tokens[token];
    const term *const w = term_at(c, token);
    const uint32_t calendar = LEXICON_MONTH | LEXICON_WEEKDAY;
    if (a->kind == ITEM_NUMBER) {
        return t->kind == TOKEN_NUMBER;
    }
    if (a->kind == ITEM_DATE) {
        return t->kind == TOKEN_NUMBER || (w != NULL && (w->classes & calendar) != 0);
    }
    return w != NULL && (t->flags & TOKEN_CAPITAL) != 0 &&
           (w->classes & (LEXICON_STOP | LEXICON_TITLE | calendar)) == 0 &&
           (w->n_capital_inside > 0 ||
            ((w->classes & LEXICON_COMMON) == 0 && w->n_capital == w->n_total));
}

static bool is_of_anchor(const checked *c, const anchor *a, uint32_t same)
{
    for (uint32_t i = a->first; i <= a->last; i++) {
        if (c->items[i].same == same) {
            return true;
        }
    }
    return false;
}

/* What one part of a row holds. */
typedef struct holding {
    double context;
    bool own, rival;
} holding;

static void compare(const holding *h, double *own, double *rival, double *neutral)
{
    double *const side = h->own ? own : h->rival ? rival : neutral;
    *side = h->context > *side ? h->context : *side;
}

double phrases_rival(const checked *c, const anchor *a, double total, double outside)
{
    double own = outside;
    double rival = 0.0;
    double neutral = 0.0;
    uint32_t *const stamps = c->stamps;
    for (size_t i = 0; i < c->n_items; i++) {
        stamps[i] = UINT32_MAX;
    }
    uint32_t part = 0;
    for (size_t k = 0; k < c->n_rows; k++) {
        const row *const r = &c->rows[k];
        holding h = {0};
        for (uint32_t t = 0; t < r->count; t++) {
            if (t > 0 && r->segments[t] != r->segments[t - 1]) {
                compare(&h, &own, &rival, &neutral);
                h = (holding){0};
                part++;
            }
            const uint32_t at = r->items[t];
            if (at != ITEM_NONE && is_of_anchor(c, a, at)) {
                h.own = true;
                continue;
            }
            h.rival = h.rival || phrases_is_rival(c, a, r->first + t);
            if (at != ITEM_NONE && c->items[at].clause == a->clause && stamps[at] != part) {
                stamps[at] = part;
                h.context += c->items[at].half ? c->items[at].weight * 0.5 : c->items[at].weight;
            }
        }
        compare(&h, &own, &rival, &neutral);
        part++;
    }
    const double other = own > neutral ? own : neutral;
    return total > 0.0 && rival > other ? (rival - other) / total : 0.0;
}

/* The share of a clause in the part of a row that holds most of it. */
static double best_part(const checked *c, uint32_t clause_id)
{
    double best = 0.0;
    uint32_t part = 0;
    for (size_t i = 0; i < c->n_items; i++) {
        c->stamps[i] = UINT32_MAX;
    }
    for (size_t k = 0; k < c->n_rows; k++) {
        const row *const r = &c->rows[k];
        double sum = 0.0;
        for (uint32_t t = 0; t < r->count; t++) {
            if (t > 0 && r->segments[t] != r->segments[t - 1]) {
                sum = 0.0;
                part++;
            }
            const uint32_t at = r->items[t];
            if (at != ITEM_NONE && c->items[at].clause == clause_id && c->stamps[at] != part) {
                c->stamps[at] = part;
                sum += c->items[at].half ? c->items[at].weight * 0.5 : c->items[at].weight;
                best = sum > best ? sum : best;
            }
        }
        part++;
    }
    return best;
}

void phrases_signals(const checked *c, evidence_verdict *v)
{
    double total = 0.0;
    double sum = 0.0;
    double worst = 0.0;
    double worst_weight = 0.0;
    for (uint32_t k = 0; k < c->n_clauses; k++) {
        const double weight = c->clauses[k].weight;
        if (weight <= 0.0) {
            continue;
        }
        const double share = best_part(c, k) / weight;
        const double away = share < 1.0 ? 1.0 - share : 0.0;
        total += weight;
        sum += away * weight;
        if (away >= worst) {
            worst = away;
            worst_weight = weight;
        }
    }
    v->signals[SIGNAL_APART] = total > 0.0 ? sum / total : 0.0;
    v->signals[SIGNAL_APART_CLAUSE] = worst;
    v->signals[SIGNAL_APART_EXCESS] =
        total > worst_weight ? worst - (sum - worst * worst_weight) / (total - worst_weight) : 0.0;
}
