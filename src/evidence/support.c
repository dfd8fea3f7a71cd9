/*
 * support.c - the items of a sentence, where the source holds them, and what is cited.
 *
 * Items are read once and looked up in the index; everything after that walks postings, never the
 * text. A unit's gain is the weight of the items that it holds (rarity: idf). At most three units
 * that cover most are cited; those and the best unit of each clause are laid beside the sentence as
 * rows. Cost: linear in the postings of the sentence's distinct items.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "evidence/verdict.h"

enum { MAX_TIES = 2, CLAUSE_MIN_ITEMS = 2, UNKNOWN_SHARE_PERCENT = 75 };

/* A further unit is cited when it adds at least this share. */
static const double CITE_THRESHOLD = 0.1;
static const double REPORTING_WEIGHT = 0.15;
static const double TIE_SHARE = 0.999;

/* The units of all stems of a link, ascending. */
static bool join_units(const checked *c, const term_link *link, item *out)
{
    const evidence_index *const x = c->index;
    for (size_t k = 0; k < link->n_synonyms; k++) {
        const uint32_t stem = link->synonyms[k];
        const uint32_t *const other = x->postings + x->first[stem];
        const size_t n_other = x->first[stem + 1] - x->first[stem];
        uint32_t *const joined =
            arena_alloc(c->memory, out->n_units + n_other + 1, sizeof(*joined));
        if (joined == NULL) {
            return false;
        }
        size_t n = 0;
        for (size_t i = 0, m = 0; i < out->n_units || m < n_other;) {
            const uint32_t a = i < out->n_units ? out->units[i] : UINT32_MAX;
            const uint32_t b = m < n_other ? other[m] : UINT32_MAX;
            joined[n++] = a < b ? a : b;
            i += a <= b;
            m += b <= a;
        }
        out->units = joined;
        out->n_units = n;
    }
    return true;
}

static bool item_of_word(const checked *c, const word_token *t, item *out)
{
    const evidence_index *const x = c->index;
    const term_link link = c->links[t->term];
    bool ok = true;
    const term *const w = &c->table.terms[t->term];
    out->weight = x->idf_max * UNKNOWN_SHARE_PERCENT / 100.0;
    out->stem = link.stem;
    if (link.stem != LINK_NONE) {
        out->units = x->postings + x->first[link.stem];
        out->n_units = x->first[link.stem + 1] - x->first[link.stem];
        out->weight = link.half ? out->weight : x->idf[link.stem] + 0.1;
        out->found = true;
        out->half = link.half;
        ok = out->kind == ITEM_NAME || join_units(c, &link, out);
    } else if ((w->classes & LEXICON_PLACE) != 0) {
        out->found = x->places[w->entry->place];
    }
    /* Verbs that tell a dialogue from outside are not in it. */
    if ((w->classes & LEXICON_REPORTING) != 0 && x->source->genre == DOCUMENT_DIALOGUE) {
        out->weight *= REPORTING_WEIGHT;
    }
    return ok;
}

/* An item before that asks the same: a number said a hundred times is looked up once. */
static const item *find_same_fact(const checked *c, const fact *f)
{
    for (size_t i = 0; i < c->n_items; i++) {
        const fact *const other = c->items[i].fact;
        if (other != NULL && other->n_asked == f->n_asked &&
            memcmp(other->keys, f->keys, f->n_asked * sizeof(f->keys[0])) == 0) {
            return &c->items[i];
        }
    }
    return NULL;
}

/* The units that offer a fact: those of its first key that the source has. */
static bool item_of_fact(const checked *c, const fact *f, item *out)
{
    const evidence_index *const x = c->index;
    out->fact = f;
    out->stem = LINK_NONE;
    out->weight = x->idf_max * UNKNOWN_SHARE_PERCENT / 100.0;
    const item *const told = find_same_fact(c, f);
    if (told != NULL) {
        out->units = told->units;
        out->n_units = told->n_units;
        out->found = told->found;
        return true;
    }
    for (size_t k = 0; k < f->n_asked; k++) {
        size_t n = 0;
        const offer *const o = index_find_offer(x, f->keys[k], &n);
        if (o == NULL) {
            continue;
        }
        uint32_t *const units = arena_alloc(c->memory, n, sizeof(*units));
        if (units == NULL) {
            return false;
        }
        for (size_t i = 0; i < n; i++) {
            const size_t u = index_unit_of_token(x, o[i].token);
            if (u < x->n_units && (out->n_units == 0 || units[out->n_units - 1] != u)) {
                units[out->n_units++] = (uint32_t)u;
            }
        }
        out->units = units;
        out->found = true;
        break;
    }
    return true;
}

/* "1998": four digits that a year has. */
static bool is_year(const checked *c, const fact *f)
{
    const word_token *const t = &c->words.tokens[f->number];
    const char *const digits = c->text.ptr + t->start;
    return t->kind == TOKEN_NUMBER && f->first == f->last && t->end - t->start == 4 &&
           ((digits[0] == '1' && digits[1] == '9') || (digits[0] == '2' && digits[1] == '0'));
}

/* The fact that begins at token i and is an item of its own; NULL: none. `next`: cursor. */
static const fact *fact_at(const checked *c, const fact *const *facts, uint32_t i)
{
    const fact *const f = facts[i];
    const bool spelled = f != NULL && c->words.tokens[f->number].kind == TOKEN_WORD;
    return f != NULL && f->n_asked > 0 && !(f->weak && spelled) ? f : NULL;
}

static bool map_facts(const checked *c, const fact **out)
{
    for (size_t i = 0; i < c->facts.count; i++) {
        const fact *const f = &c->facts.facts[i];
        if (f->kind != FACT_PAIR && (out[f->first] == NULL || out[f->first]->last < f->last)) {
            out[f->first] = f;
        }
    }
    return true;
}

static int compare_stems(const void *a, const void *b)
{
    const uint32_t *const x = a;
    const uint32_t *const y = b;
    if (x[0] != y[0]) {
        return x[0] < y[0] ? -1 : 1;
    }
    return (x[1] > y[1]) - (x[1] < y[1]);
}

static void add_stem(checked *c, uint32_t stem, uint32_t i)
{
    c->item_of_stem[2 * c->n_item_stems] = stem;
    c->item_of_stem[2 * c->n_item_stems++ + 1] = i;
}

/* Fills item_of_stem and each item's `same`. */
static bool join_repeated(checked *c)
{
    c->item_of_stem = arena_alloc(c->memory, c->n_items + 1,
                                  2 * (1 + LINK_MAX_SYNONYMS) * sizeof(*c->item_of_stem));
    if (c->item_of_stem == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < c->n_items; i++) {
        c->items[i].same = i;
        if (c->items[i].stem != LINK_NONE) {
            add_stem(c, c->items[i].stem, i);
        }
        const word_token *const t = &c->words.tokens[c->items[i].first];
        if (c->items[i].kind == ITEM_WORD && c->items[i].fact == NULL) {
            for (size_t k = 0; k < c->links[t->term].n_synonyms; k++) {
                add_stem(c, c->links[t->term].synonyms[k], i);
            }
        }
    }
    qsort(c->item_of_stem, c->n_item_stems, 2 * sizeof(uint32_t), compare_stems);
    for (size_t k = 1; k < c->n_item_stems; k++) {
        const uint32_t *const at = c->item_of_stem + 2 * k;
        if (at[0] == at[-2]) {
            c->items[at[1]].same = c->items[at[-1]].same;
        }
    }
    /* Repeated numbers: near each other in any sentence that people write. */
    for (uint32_t i = 0; i < c->n_items; i++) {
        for (uint32_t k = i > 8 ? i - 8 : 0; k < i && c->items[i].fact != NULL; k++) {
            const fact *const other = c->items[k].fact;
            if (other != NULL && other->keys[0] == c->items[i].fact->keys[0]) {
                c->items[i].same = c->items[k].same;
            }
        }
    }
    return true;
}

static bool read_items(checked *c)
{
    const fact **const facts = arena_alloc(c->memory, c->words.count + 1, sizeof(*facts));
    c->items = arena_alloc(c->memory, c->words.count + 1, sizeof(*c->items));
    c->item_of_token = arena_alloc(c->memory, c->words.count + 1, sizeof(*c->item_of_token));
    if (facts == NULL || c->items == NULL || c->item_of_token == NULL || !map_facts(c, facts)) {
        return false;
    }
    for (uint32_t i = 0; i < c->words.count; i++) {
        const word_token *const t = &c->words.tokens[i];
        const fact *const f = fact_at(c, facts, i);
        item *const n = &c->items[c->n_items];
        c->item_of_token[i] = ITEM_NONE;
        *n = (item){.first = i, .last = i, .stem = LINK_NONE};
        if (f != NULL) {
            n->kind =
                f->is_name || f->kind != FACT_NUMBER || is_year(c, f) ? ITEM_DATE : ITEM_NUMBER;
            n->last = f->last;
            if (!item_of_fact(c, f, n)) {
                return false;
            }
        } else if (token_is_content(&c->table, t)) {
            n->kind = names_is_name(c, i) ? ITEM_NAME : ITEM_WORD;
            if (!item_of_word(c, t, n)) {
                return false;
            }
        } else {
            continue;
        }
        for (; i <= n->last; i++) {
            c->item_of_token[i] = (uint32_t)c->n_items;
        }
        i = n->last;
        c->n_items++;
    }
    return join_repeated(c);
}

static bool opens_clause(const checked *c, uint32_t i)
{
    const word_token *const t = &c->words.tokens[i];
    return t->gap >= GAP_COMMA ||
           (t->kind == TOKEN_WORD && (c->table.terms[t->term].classes & LEXICON_BREAK) != 0);
}

/* Cuts at commas and conjunctions; a clause has at least two items, what follows the last one
 * allowed joins it. */
static void cut_clauses(checked *c)
{
    size_t n_inside = 0;
    size_t left = c->n_items;
    clause *now = &c->clauses[0];
    c->n_clauses = 1;
    *now = (clause){.best_unit = UINT32_MAX};
    for (uint32_t i = 0; i < c->words.count; i++) {
        if (n_inside >= CLAUSE_MIN_ITEMS && left >= CLAUSE_MIN_ITEMS && opens_clause(c, i) &&
            c->n_clauses < CHECK_MAX_CLAUSES) {
            now->end = i;
            now = &c->clauses[c->n_clauses++];
            *now = (clause){.first = i, .best_unit = UINT32_MAX};
            n_inside = 0;
        }
        const uint32_t k = c->item_of_token[i];
        if (k != ITEM_NONE && c->items[k].first == i) {
            c->items[k].clause = (uint32_t)c->n_clauses - 1;
            now->n_items++;
            now->weight += c->items[k].weight;
            now->lost += c->items[k].found ? (c->items[k].half ? 0.5 : 0.0) * c->items[k].weight
                                           : c->items[k].weight;
            n_inside++;
            left--;
        }
    }
    now->end = (uint32_t)c->words.count;
}

bool support_collect(checked *c)
{
    if (!read_items(c)) {
        return false;
    }
    cut_clauses(c);
    c->gains = arena_alloc(c->memory, c->index->n_units + 1, sizeof(*c->gains));
    return c->gains != NULL;
}

bool support_unit_has(const item *i, size_t i_unit)
{
    size_t low = 0;
    size_t high = i->n_units;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (i->units[middle] < i_unit) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < i->n_units && i->units[low] == i_unit;
}

double support_gains(checked *c, bool (*counts)(const checked *c, const item *i, const void *user),
                     const void *user)
{
    double total = 0.0;
    memset(c->gains, 0, c->index->n_units * sizeof(*c->gains));
    for (size_t i = 0; i < c->n_items; i++) {
        const item *const n = &c->items[i];
        if (n->same != i || !counts(c, n, user)) {
            continue;
        }
        total += n->weight;
        const double weight = n->half ? n->weight * 0.5 : n->weight;
        for (size_t k = 0; k < n->n_units; k++) {
            c->gains[n->units[k]] += weight;
        }
    }
    return total;
}

/* The unit with the highest gain; earlier ones win ties. */
static size_t best_unit(const checked *c)
{
    size_t best = 0;
    for (size_t u = 1; u < c->index->n_units; u++) {
        best = c->gains[u] > c->gains[best] + 1e-9 ? u : best;
    }
    return best;
}

static bool is_not_covered(const checked *c, const item *i, const void *user)
{
    (void)c;
    (void)user;
    return !i->covered;
}

static void cover(checked *c, size_t u)
{
    for (size_t i = 0; i < c->n_items; i++) {
        c->items[i].covered = c->items[i].covered || support_unit_has(&c->items[i], u);
    }
}

bool support_cite(checked *c, evidence_verdict *v)
{
    const evidence_index *const x = c->index;
    double total = 0.0;
    double covered = 0.0;
    for (size_t i = 0; i < c->n_items; i++) {
        total += c->items[i].same == i ? c->items[i].weight : 0.0;
    }
    while (total > 0.0 && v->n_sources < EVIDENCE_MAX_SOURCES && x->n_units > 0) {
        (void)support_gains(c, is_not_covered, NULL);
        const size_t u = best_unit(c);
        const double share = c->gains[u] / total;
        if (share <= 0.0 || (v->n_sources > 0 && share < CITE_THRESHOLD)) {
            break;
        }
        cover(c, u);
        covered += c->gains[u];
        v->sources[v->n_sources++] =
            (evidence_source){.start = x->units[u].start, .end = x->units[u].end, .score = share};
        v->units[v->n_sources - 1] = (uint32_t)u;
    }
    /* Words that the source has elsewhere, or in another form, count half. */
    for (size_t i = 0; i < c->n_items; i++) {
        const item *const n = &c->items[i];
        covered += n->same == i && n->found && !n->covered ? n->weight * 0.5 : 0.0;
        v->n_content++;
        v->n_found += n->found && !n->half;
    }
    v->coverage = total > 0.0 ? covered / total : 1.0;
    v->coverage = v->coverage > 1.0 ? 1.0 : v->coverage;
    return true;
}

static bool is_in_clause(const checked *c, const item *i, const void *user)
{
    (void)c;
    return i->clause == *(const uint32_t *)user;
}

static uint32_t item_of_stem(const checked *c, uint32_t stem)
{
    size_t low = 0;
    size_t high = c->n_item_stems;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (c->item_of_stem[2 * middle] < stem) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < c->n_item_stems && c->item_of_stem[2 * low] == stem ? c->item_of_stem[2 * low + 1]
                                                                     : ITEM_NONE;
}

/* The tokens of the unit that offer the sentence's numbers and dates. */
static void lay_facts(const checked *c, row *r)
{
    for (uint32_t i = 0; i < c->n_items; i++) {
        const fact *const f = c->items[i].fact;
        for (size_t k = 0; f != NULL && c->items[i].same == i && k < f->n_asked; k++) {
            size_t n = 0;
            const offer *const o = index_find_offer(c->index, f->keys[k], &n);
            for (size_t m = 0; m < n; m++) {
                if (o[m].token >= r->first && o[m].token < r->first + r->count) {
                    r->items[o[m].token - r->first] = i;
                }
            }
        }
    }
}

static bool lay_row(checked *c, uint32_t unit_id)
{
    const evidence_index *const x = c->index;
    for (size_t i = 0; i < c->n_rows; i++) {
        if (c->rows[i].unit == unit_id) {
            return true;
        }
    }
    if (unit_id >= x->n_units || c->n_rows == CHECK_MAX_ROWS) {
        return true;
    }
    const unit *const u = &x->units[unit_id];
    row *const r = &c->rows[c->n_rows];
    *r = (row){.unit = unit_id, .first = u->first_token, .count = u->end_token - u->first_token};
    r->items = arena_alloc(c->memory, r->count + 1, sizeof(*r->items));
    r->negated = arena_alloc(c->memory, r->count + 1, 2);
    if (r->items == NULL || r->negated == NULL) {
        return false;
    }
    r->hedged = r->negated + r->count;
    for (uint32_t t = 0; t < r->count; t++) {
        const word_token *const w = &x->words.tokens[r->first + t];
        r->items[t] = w->kind == TOKEN_WORD ? item_of_stem(c, x->table.terms[w->term].stem_id)
                                            : (uint32_t)ITEM_NONE;
    }
    lay_facts(c, r);
    polarity_mark_negated(&x->table, x->words.tokens, u->first_token, u->end_token, r->negated);
    polarity_mark_hedged(&x->table, x->words.tokens, u->first_token, u->end_token, r->hedged);
    c->n_rows++;
    return true;
}

/* Units that hold as much of the clause as its best one may be the one that is meant. */
static void find_ties(const checked *c, size_t best, uint32_t *ties)
{
    size_t n = 0;
    for (size_t u = best + 1; u < c->index->n_units && n < MAX_TIES; u++) {
        if (c->gains[u] >= c->gains[best] * TIE_SHARE) {
            ties[n++] = (uint32_t)u;
        }
    }
}

bool support_lay_rows(checked *c, const evidence_verdict *v)
{
    const evidence_index *const x = c->index;
    uint32_t ties[CHECK_MAX_CLAUSES][MAX_TIES];
    memset(ties, 0xff, sizeof(ties));
    bool ok = true;
    for (uint32_t k = 0; k < c->n_clauses && x->n_units > 0; k++) {
        clause *const part = &c->clauses[k];
        const double total = support_gains(c, is_in_clause, &k);
        const size_t u = best_unit(c);
        if (total > 0.0 && c->gains[u] > 0.0) {
            part->best_unit = (uint32_t)u;
            part->best_share = c->gains[u] / total;
            find_ties(c, u, ties[k]);
        }
    }
    for (size_t i = 0; i < v->n_sources && ok; i++) {
        ok = lay_row(c, v->units[i]);
    }
    for (uint32_t k = 0; k < c->n_clauses && ok; k++) {
        ok = lay_row(c, c->clauses[k].best_unit);
    }
    for (uint32_t k = 0; k < c->n_clauses * MAX_TIES && ok; k++) {
        ok = lay_row(c, ties[k / MAX_TIES][k % MAX_TIES]);
    }
    return ok;
}
