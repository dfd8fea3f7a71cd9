/*
 * polarity.c - what is denied, and what is only supposed.
 *
 * A word of negation reaches the next content words of its clause; the first of them is what it
 * denies. So "did not sign the contract" denies signing, in whatever order the sentence tells it. A
 * hedge ("may", "peut-etre") likewise. An item that the sentence denies must be denied (or told with
 * "refuse", "without" ...) somewhere in the rows, and the reverse.
 */
#include "evidence/verdict.h"

enum { REACH = 3, BREAK_GAP = GAP_COMMA, NEAR = 6, QUE_WINDOW = 6, HEAD = 2, MILD = 3 };

static uint32_t classes_of(const term_table *table, const word_token *t)
{
    return t->kind == TOKEN_WORD ? table->terms[t->term].classes : 0;
}

static bool is_form(const term_table *table, const word_token *t, const char *form)
{
    return t->kind == TOKEN_WORD && span_equal(table->terms[t->term].form, span_from_string(form));
}

static bool is_ne(const term_table *table, const word_token *t)
{
    return is_form(table, t, "ne") ||
           (is_form(table, t, "n") && t->end - t->start == 1); /* n' of "n'est" */
}

/* "ne ... que": only, no negation. */
static bool means_only(const term_table *table, const word_token *tokens, size_t i, size_t end)
{
    for (size_t k = i + 1; k < end && k <= i + QUE_WINDOW; k++) {
        if (is_form(table, &tokens[k], "que") || is_form(table, &tokens[k], "qu")) {
            return true;
        }
        if ((classes_of(table, &tokens[k]) & LEXICON_NEGATION) != 0 || tokens[k].gap >= BREAK_GAP ||
            is_form(table, &tokens[k], "plus")) {
            return false;
        }
    }
    return false;
}

static bool is_strong(const term *t)
{
    return (t->classes & LEXICON_NEGATION) != 0 && !span_equal(t->form, SPAN("ne")) &&
           !span_equal(t->form, SPAN("ni")) && !span_equal(t->form, SPAN("non")) &&
           !span_equal(t->form, SPAN("sans")) && !span_equal(t->form, SPAN("without"));
}

bool polarity_has_negation(const term_table *table, const word_token *tokens, size_t first,
                           size_t end, bool strong)
{
    for (size_t i = first; i < end; i++) {
        if (tokens[i].kind != TOKEN_WORD) {
            continue;
        }
        const term *const t = &table->terms[tokens[i].term];
        if (strong ? is_strong(t)
                   : (t->classes & LEXICON_NEGATION) != 0 || span_equal(t->form, SPAN("n"))) {
            return true;
        }
    }
    return false;
}

/* A run of negation or doubt while its words are marked. */
typedef struct reach {
    size_t left; /* content words still reached */
    bool head;   /* the next one is what is denied */
} reach;

static void mark(reach *r, uint8_t *out, bool content)
{
    if (content && r->left > 0) {
        *out = r->head ? HEAD : 1;
        r->head = false;
        r->left--;
    }
}

void polarity_mark_negated(const term_table *table, const word_token *tokens, size_t first,
                           size_t end, uint8_t *out)
{
    reach r = {0};
    bool opened = false; /* by "ne": "pas" goes on with it */
    for (size_t i = first; i < end; i++) {
        const word_token *const t = &tokens[i];
        const uint32_t classes = classes_of(table, t);
        if (t->gap >= BREAK_GAP || ((classes & LEXICON_BREAK) != 0 && !opened)) {
            r = (reach){0};
            opened = false;
        }
        if (is_ne(table, t)) {
            if (!means_only(table, tokens, i, end)) {
                r = (reach){REACH, true};
                opened = true;
            }
        } else if ((classes & LEXICON_NEGATION) != 0 &&
                   (i + 1 >= end || tokens[i + 1].gap != GAP_HYPHEN)) { /* not "non-smoking" */
            r = (reach){REACH, opened ? r.head : true};
            opened = false;
        } else {
            mark(&r, &out[i - first], token_is_content(table, t) || t->kind == TOKEN_NUMBER);
        }
    }
}

/* "peut-etre" is two tokens; May is a month. */
static bool is_hedge(const term_table *table, const word_token *tokens, size_t i, size_t first)
{
    if (is_form(table, &tokens[i], "may") && (tokens[i].flags & TOKEN_CAPITAL) != 0 &&
        (tokens[i].flags & TOKEN_INITIAL) == 0) {
        return false;
    }
    return (classes_of(table, &tokens[i]) & LEXICON_HEDGE) != 0 ||
           (i > first && is_form(table, &tokens[i], "etre") && tokens[i].gap == GAP_HYPHEN) ||
           (i > first && is_form(table, &tokens[i], "doute") &&
            is_form(table, &tokens[i - 1], "sans"));
}

void polarity_mark_hedged(const term_table *table, const word_token *tokens, size_t first,
                          size_t end, uint8_t *out)
{
    reach r = {0};
    uint8_t head = HEAD;
    for (size_t i = first; i < end; i++) {
        const word_token *const t = &tokens[i];
        if (t->gap >= BREAK_GAP) {
            r = (reach){0};
        }
        const bool mild = (classes_of(table, t) & LEXICON_MILD) != 0;
        if (is_hedge(table, tokens, i, first) || mild) {
            r = (reach){REACH, true};
            head = mild ? MILD : HEAD;
        } else {
            mark(&r, &out[i - first], token_is_content(table, t));
            out[i - first] = out[i - first] == HEAD ? head : out[i - first];
        }
    }
}

/* How the rows tell an item. */
typedef struct telling {
    bool plain, denied, near_denied;
} telling;

/* What is asked of each clause, row and item, found in one pass. */
typedef struct view {
    bool clause_denies[CHECK_MAX_CLAUSES], clause_hedges[CHECK_MAX_CLAUSES];
    bool clause_sure[CHECK_MAX_CLAUSES], clause_mild[CHECK_MAX_CLAUSES];
    bool row_denies[CHECK_MAX_ROWS], row_sure[CHECK_MAX_ROWS], answer_denies[CHECK_MAX_ROWS];
    telling *items; // [n_items]
} view;

enum { DENIES = LEXICON_NEGATION | LEXICON_SOFT_NEGATION };

static void view_clauses(const checked *c, view *w)
{
    for (uint32_t k = 0; k < c->n_clauses; k++) {
        for (uint32_t i = c->clauses[k].first; i < c->clauses[k].end; i++) {
            const uint32_t classes = classes_of(&c->table, &c->words.tokens[i]);
            w->clause_denies[k] = w->clause_denies[k] || (classes & DENIES) != 0;
            w->clause_sure[k] = w->clause_sure[k] || (classes & LEXICON_SURE) != 0;
            w->clause_mild[k] = w->clause_mild[k] || (classes & LEXICON_MILD) != 0;
            w->clause_hedges[k] = w->clause_hedges[k] || is_hedge(&c->table, c->words.tokens, i, 0);
        }
    }
}

/* A denial in the same part of the unit as token t. */
static bool is_near_denial(const checked *c, const row *r, uint32_t t)
{
    const word_token *const tokens = c->index->words.tokens + r->first;
    const uint32_t bad = LEXICON_NEGATION | LEXICON_SOFT_NEGATION;
    for (uint32_t k = t; k > 0 && t - k < NEAR * 2; k--) {
        if (tokens[k].gap >= BREAK_GAP) {
            break;
        }
        if ((classes_of(&c->index->table, &tokens[k - 1]) & bad) != 0) {
            return true;
        }
    }
    for (uint32_t k = t + 1; k < r->count && k - t <= NEAR && tokens[k].gap < BREAK_GAP; k++) {
        if ((classes_of(&c->index->table, &tokens[k]) & bad) != 0) {
            return true;
        }
    }
    return false;
}

static bool is_question(const evidence_index *x, const unit *u)
{
    return u->end > u->start && x->source->text.ptr[u->end - 1] == '?';
}

/* The answer to a question may stand in the next unit: "No." */
static bool answer_denies(const checked *c, const row *r)
{
    const evidence_index *const x = c->index;
    if (!is_question(x, &x->units[r->unit]) || r->unit + 1 >= x->n_units) {
        return false;
    }
    const unit *const next = &x->units[r->unit + 1];
    return polarity_has_negation(&x->table, x->words.tokens, next->first_token, next->end_token,
                                 false);
}

static void view_rows(const checked *c, view *w)
{
    for (size_t k = 0; k < c->n_rows; k++) {
        const row *const r = &c->rows[k];
        w->answer_denies[k] = answer_denies(c, r);
        for (uint32_t t = 0; t < r->count; t++) {
            const uint32_t classes =
                classes_of(&c->index->table, &c->index->words.tokens[r->first + t]);
            w->row_denies[k] = w->row_denies[k] || (classes & DENIES) != 0 || r->negated[t] > 0;
            w->row_sure[k] = w->row_sure[k] || (classes & LEXICON_SURE) != 0;
            if (r->items[t] != ITEM_NONE) {
                telling *const how = &w->items[r->items[t]];
                how->denied = how->denied || r->negated[t] > 0;
                how->plain = how->plain || r->negated[t] == 0;
                how->near_denied = how->near_denied || is_near_denial(c, r, t);
            }
        }
    }
}

/* The sentence denies what no row denies. */
static bool adds_negation(const checked *c, const view *w)
{
    bool any = polarity_has_negation(&c->table, c->words.tokens, 0, c->words.count, true);
    bool row_denies = false;
    bool answer = false;
    for (size_t k = 0; k < c->n_rows; k++) {
        row_denies = row_denies || w->row_denies[k] || w->answer_denies[k];
        answer = answer || w->answer_denies[k];
    }
    for (size_t i = 0; i < c->n_items; i++) {
        const item *const n = &c->items[i];
        if (c->negated[n->first] != HEAD) {
            continue;
        }
        any = true;
        const telling how = w->items[n->same];
        if (how.plain && !how.denied && !how.near_denied && !answer) {
            return true;
        }
    }
    return any && c->n_rows > 0 && !row_denies;
}

/* Whether another item of the same clause stands within reach of token t of the row. */
static bool has_company(const checked *c, const row *r, uint32_t t, uint32_t k)
{
    const uint32_t from = t > NEAR ? t - NEAR : 0;
    for (uint32_t i = from; i < r->count && i <= t + NEAR; i++) {
        const uint32_t other = r->items[i];
        if (other != ITEM_NONE && other != r->items[t] && c->items[other].clause == k) {
            return true;
        }
    }
    return false;
}

/* The best row of a clause denies an item that the clause tells plainly. */
static bool drops_negation(const checked *c, const view *w)
{
    for (size_t i = 0; i < c->n_rows; i++) {
        const row *const r = &c->rows[i];
        for (uint32_t t = 0; t < r->count; t++) {
            const uint32_t at = r->items[t];
            if (at == ITEM_NONE || r->negated[t] != HEAD) {
                continue;
            }
            const uint32_t k = c->items[at].clause;
            if (c->clauses[k].best_unit != r->unit || c->negated[c->items[at].first] != 0 ||
                w->clause_denies[k] || !has_company(c, r, t, k)) {
                continue;
            }
            if (!w->items[at].plain) {
                return true;
            }
        }
    }
    return false;
}

/* 0 no; 1 the clause says "will" where the source plans or thinks; 2 a hedge of the source is
 * missing. */
static int drops_hedge(const checked *c, const view *w)
{
    int worst = 0;
    for (size_t i = 0; i < c->n_rows; i++) {
        const row *const r = &c->rows[i];
        if (is_question(c->index, &c->index->units[r->unit])) {
            continue; /* "Could you ...?" supposes nothing */
        }
        for (uint32_t t = 0; t < r->count; t++) {
            const uint32_t at = r->items[t];
            if (at == ITEM_NONE || r->hedged[t] < HEAD) {
                continue;
            }
            const uint32_t k = c->items[at].clause;
            if (c->clauses[k].best_unit != r->unit || w->clause_hedges[k] ||
                !has_company(c, r, t, k)) {
                continue;
            }
            const bool sure = w->clause_sure[k] && !w->row_sure[i];
            const bool mild = w->clause_mild[k];
            const int drop = r->hedged[t] == HEAD && !mild             ? 2
                             : sure && (r->hedged[t] == HEAD || !mild) ? 1
                                                                       : 0;
            worst = drop > worst ? drop : worst;
        }
    }
    return worst;
}

/* "is sure that" where no row is sure of anything, and one thinks or supposes. */
static bool adds_certainty(const checked *c, const view *w)
{
    bool supposed = false;
    for (size_t k = 0; k < c->n_rows; k++) {
        if (w->row_sure[k]) {
            return false;
        }
        for (uint32_t t = 0; t < c->rows[k].count; t++) {
            supposed = supposed || c->rows[k].hedged[t] >= HEAD;
        }
    }
    for (size_t i = 1; i < c->words.count && supposed; i++) {
        if (is_form(&c->table, &c->words.tokens[i], "sure") && c->negated[i] == 0 &&
            c->hedged[i] == 0) {
            return true;
        }
    }
    return false;
}

bool polarity_signals(const checked *c, evidence_verdict *v)
{
    view w = {.items = arena_alloc(c->memory, c->n_items + 1, sizeof(telling))};
    if (w.items == NULL) {
        return false;
    }
    view_clauses(c, &w);
    view_rows(c, &w);
    const int hedge = drops_hedge(c, &w);
    v->signals[SIGNAL_NEGATION_ADDED] = adds_negation(c, &w) ? 1.0 : 0.0;
    v->signals[SIGNAL_NEGATION_DROPPED] = drops_negation(c, &w) ? 1.0 : 0.0;
    v->signals[SIGNAL_CERTAIN] = hedge == 1 || adds_certainty(c, &w) ? 1.0 : 0.0;
    v->signals[SIGNAL_CERTAIN_STRONG] = hedge > 1 ? 1.0 : 0.0;
    return true;
}
