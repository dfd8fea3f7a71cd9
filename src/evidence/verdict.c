/*
 * verdict.c - does the source say this sentence, and where?
 *
 * The order of a check: words and facts of the sentence, linked to the source; names and numbers that
 * the source lacks (names.c, facts.c), quotations (quotations.c); items, citations and rows (support.c); signals (polarity.c,
 * opposites.c, bindings.c, speakers.c); score and reasons (calibration.c). docs/evidence.md says what they
 * find and what they miss.
 */
#include "evidence/verdict.h"

#include "base/error.h"
#include "base/limits.h"

/* In a dialogue a name is called once and meant ever after. */
static const double CALLED_NAME = 0.3;

enum { NEAR_PREFIX = 5, NEAR_TAIL = 4, NEAR_MAX_STEMS = 20000 };

static size_t common_prefix(span a, span b)
{
    size_t n = 0;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n]) {
        n++;
    }
    return n;
}

/* A stem of the source that shares a long beginning: decision, decide. */
static uint32_t find_relative(const evidence_index *x, span stem)
{
    if (stem.len < NEAR_PREFIX || x->n_stems > NEAR_MAX_STEMS) {
        return LINK_NONE;
    }
    for (size_t i = 0; i < x->table.n_terms; i++) {
        const span other = x->table.terms[i].stem;
        const size_t n = common_prefix(stem, other);
        if (n >= NEAR_PREFIX && stem.len - n <= NEAR_TAIL && other.len - n <= NEAR_TAIL) {
            return x->table.terms[i].stem_id;
        }
    }
    return LINK_NONE;
}

/* The stems of the source that may tell the same. Not for names: a name is what it is. */
static void find_synonyms(const evidence_index *x, const term *t, term_link *link)
{
    if (t->entry == NULL || t->entry->synonym == 0 || x->n_stems > NEAR_MAX_STEMS) {
        return;
    }
    for (size_t i = 0; i < x->table.n_terms && link->n_synonyms < LINK_MAX_SYNONYMS; i++) {
        const term *const other = &x->table.terms[i];
        bool known = other->entry == NULL || other->entry->synonym != t->entry->synonym ||
                     other->stem_id == link->stem;
        for (size_t k = 0; k < link->n_synonyms && !known; k++) {
            known = link->synonyms[k] == other->stem_id;
        }
        if (!known) {
            link->synonyms[link->n_synonyms++] = other->stem_id;
        }
    }
}

static bool link_terms(checked *c)
{
    c->links = arena_alloc(c->memory, c->table.n_terms + 1, sizeof(*c->links));
    if (c->links == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->table.n_terms; i++) {
        const term *const t = &c->table.terms[i];
        term_link link = {.term = LINK_NONE, .stem = LINK_NONE};
        if (term_find_form(&c->index->table, t->form, &link.term)) {
            link.stem = c->index->table.terms[link.term].stem_id;
        } else {
            (void)term_find_stem(&c->index->table, t->stem, &link.stem);
        }
        if (link.stem == LINK_NONE) {
            find_synonyms(c->index, t, &link);
            link.half = true;
            if (link.n_synonyms > 0) {
                link.stem = link.synonyms[--link.n_synonyms];
            } else if ((t->classes & LEXICON_STOP) == 0) {
                link.stem = find_relative(c->index, t->stem);
            }
        }
        c->links[i] = link;
    }
    return true;
}

static bool offers_any(const checked *c, const fact *f)
{
    for (size_t k = 0; k < f->n_asked; k++) {
        if (index_find_offer(c->index, f->keys[k], NULL) != NULL) {
            return true;
        }
    }
    return false;
}

/* "2019 300": digits that were joined over a space may be numbers of their own. */
static bool offers_parts(const checked *c, const fact *f)
{
    for (uint32_t t = f->first; t <= f->last; t++) {
        const word_token *const w = &c->words.tokens[t];
        uint64_t keys[2];
        if (w->kind != TOKEN_NUMBER) {
            continue;
        }
        const size_t n = facts_plain_keys(span_slice(c->text, w->start, w->end), keys);
        if (n == 0 || (index_find_offer(c->index, keys[0], NULL) == NULL &&
                       (n < 2 || index_find_offer(c->index, keys[1], NULL) == NULL))) {
            return false;
        }
    }
    return true;
}

static void note_reason(const fact *f, evidence_verdict *v)
{
    const bool date = f->is_name || f->kind == FACT_DATE || f->kind == FACT_TIME;
    v->reasons |= 1u << (date ? EVIDENCE_REASON_DATE : EVIDENCE_REASON_NUMBER);
}

static bool find_unsupported_facts(const checked *c, evidence_verdict *v)
{
    const size_t capacity = c->words.count + c->facts.count + 1;
    v->unsupported_names = arena_alloc(c->memory, capacity, sizeof(span));
    v->unsupported_numbers = arena_alloc(c->memory, capacity, sizeof(span));
    if (v->unsupported_names == NULL || v->unsupported_numbers == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->facts.count; i++) {
        const fact *const f = &c->facts.facts[i];
        if (f->weak || f->n_asked == 0 || offers_any(c, f) || (f->joined && offers_parts(c, f))) {
            continue;
        }
        const span where = span_slice(c->text, f->start, f->end);
        note_reason(f, v);
        if (f->is_name) {
            v->unsupported_names[v->n_unsupported_names++] = where;
        } else {
            v->unsupported_numbers[v->n_unsupported_numbers++] = where;
        }
    }
    return true;
}

/* How far the worst clause, and the mean one, is from what the source has in one place. */
static void add_support_signals(const checked *c, evidence_verdict *v)
{
    double lost = 0.0;
    double total = 0.0;
    double spread = 0.0;
    const clause *worst = NULL;
    double worst_share = 0.0;
    for (size_t k = 0; k < c->n_clauses; k++) {
        const clause *const part = &c->clauses[k];
        if (part->weight <= 0.0) {
            continue;
        }
        const double away = 1.0 - part->best_share;
        const double share = part->lost / part->weight;
        if (part->lost >= part->weight && part->n_items >= 2) {
            v->signals[SIGNAL_LOST_WHOLE] = 1.0;
        }
        lost += part->lost;
        total += part->weight;
        spread += away * part->weight;
        if (worst == NULL || share > worst_share) {
            worst = part;
            worst_share = share;
        }
        v->signals[SIGNAL_SPREAD_CLAUSE] =
            away > v->signals[SIGNAL_SPREAD_CLAUSE] ? away : v->signals[SIGNAL_SPREAD_CLAUSE];
    }
    if (worst == NULL) {
        return;
    }
    v->signals[SIGNAL_LOST] = lost / total;
    v->signals[SIGNAL_LOST_CLAUSE] = worst_share;
    v->signals[SIGNAL_SPREAD] = spread / total;
    if (total > worst->weight) {
        v->signals[SIGNAL_LOST_EXCESS] =
            worst_share - (lost - worst->lost) / (total - worst->weight);
    }
}

/* A dialogue is told in other words than it was held in: some signals mean less there. */
static void add_dialogue_signals(evidence_verdict *v)
{
    v->signals[SIGNAL_DIALOGUE] = 1.0;
    v->signals[SIGNAL_LOST_DIALOGUE] = v->signals[SIGNAL_LOST];
    v->signals[SIGNAL_CLAUSE_DIALOGUE] = v->signals[SIGNAL_APART_CLAUSE];
    v->signals[SIGNAL_APART_DIALOGUE] = v->signals[SIGNAL_APART];
    v->signals[SIGNAL_BROKEN_DIALOGUE] = v->signals[SIGNAL_PAIRS_BROKEN];
    v->signals[SIGNAL_NAME_ELSEWHERE] = 0.0;
    v->signals[SIGNAL_NAME_RIVAL] *= CALLED_NAME;
}

static bool mark_sentence(checked *c)
{
    c->negated = arena_alloc(c->memory, c->words.count + 1, 2);
    if (c->negated == NULL) {
        return false;
    }
    c->hedged = c->negated + c->words.count;
    polarity_mark_negated(&c->table, c->words.tokens, 0, c->words.count, c->negated);
    polarity_mark_hedged(&c->table, c->words.tokens, 0, c->words.count, c->hedged);
    return true;
}

static bool judge(checked *c, evidence_verdict *v)
{
    if (!link_terms(c) || !find_unsupported_facts(c, v) || !support_collect(c) ||
        !support_cite(c, v) || !support_lay_rows(c, v) || !mark_sentence(c)) {
        return false;
    }
    const size_t n_dates = v->n_unsupported_names;
    names_find_unsupported(c, v);
    v->reasons |= v->n_unsupported_names > n_dates ? 1u << EVIDENCE_REASON_NAME : 0;
    if (!quotations_find_unsupported(c, v)) {
        return false;
    }
    v->reasons |= v->n_unsupported_quotations > 0 ? 1u << EVIDENCE_REASON_QUOTATION : 0;
    opposites_signals(c, v);
    if (!polarity_signals(c, v) || !bindings_signals(c, v) || !speakers_signals(c, v)) {
        return false;
    }
    splice_signals(c, v);
    add_support_signals(c, v);
    if (c->index->source->genre == DOCUMENT_DIALOGUE) {
        add_dialogue_signals(v);
    }
    const size_t unknown = v->n_unsupported_names + v->n_unsupported_numbers;
    v->signals[SIGNAL_UNKNOWN] = unknown > 2 ? 2.0 : (double)unknown;
    if (c->vector != NULL && c->index->vectors != NULL) {
        v->signals[SIGNAL_FAR] = 1.0 - index_best_cosine(c->index, c->vector);
    }
    calibration_judge(v, c->vector != NULL && c->index->vectors != NULL);
    return true;
}

int evidence_check_vector(const evidence_index *index, span sentence, const float *vector,
                          arena *memory, evidence_verdict *out_verdict, huis_error *err)
{
    if (sentence.len > LIMIT_LINE_BYTES) {
        return error_set(err, HUIS_E_LIMIT,
                         "a sentence of %zu bytes cannot be checked; at most %u: split it",
                         sentence.len, LIMIT_LINE_BYTES);
    }
    uint32_t n_scans = 0;
    checked c = {
        .index = index, .text = sentence, .memory = memory, .vector = vector, .n_scans = &n_scans};
    evidence_verdict v = {0};
    c.table = (term_table){.memory = memory, .stemmer = index->table.stemmer};
    map_init(&c.table.by_form);
    map_init(&c.table.by_stem);
    int status = terms_tokenise(&c.table, sentence, 0, sentence.len, &c.words, err);
    if (status == HUIS_OK) {
        status = facts_find(&c.table, sentence, &c.words, 0, c.words.count, &c.facts, err);
    }
    if (status == HUIS_OK && !judge(&c, &v)) {
        status = error_no_memory(err, "the check of a sentence");
    }
    c.table.stemmer = NULL; /* the index's own */
    term_table_deinit(&c.table);
    word_list_deinit(&c.words);
    fact_list_deinit(&c.facts);
    if (status == HUIS_OK) {
        *out_verdict = v;
    }
    return status;
}

int evidence_check(const evidence_index *index, span sentence, arena *memory,
                   evidence_verdict *out_verdict, huis_error *err)
{
    return evidence_check_vector(index, sentence, NULL, memory, out_verdict, err);
}
