/*
 * verdict.c - does the source say this sentence, and where?
 *
 * Three questions. Does it hold a name or a number that the source lacks (names.c, facts.c)? How
 * much of its content, weighted by rarity, do at most three units of the source hold together? Does
 * it turn a negation round, or give a number to another subject? The last two are hints that look
 * only at words; docs/evidence.md says what they miss.
 */
#include "evidence/verdict.h"

#include "base/error.h"
#include "base/limits.h"

enum {
    NEAR_PREFIX = 5,
    NEAR_TAIL = 4,
    NEAR_MAX_STEMS = 20000,
    SUBJECT_WINDOW = 3,
    PAIR_WINDOW = 3
};

/* Share of the content that a sentence needs to count as supported; docs/evidence.md. */
static const double SUPPORT_THRESHOLD = 0.5;
/* A further unit is cited when it adds at least this share. */
static const double CITE_THRESHOLD = 0.1;

/* A word or number of the sentence, with the units that hold it. */
typedef struct need {
    double weight;
    const uint32_t *units; /* ascending; NULL: nowhere */
    size_t n_units;
    bool found; /* the source has it, though perhaps in another form */
    bool covered;
    bool half; /* a near relative only */
} need;

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

static bool link_terms(checked *c)
{
    c->links = arena_alloc(c->memory, c->table.n_terms + 1, sizeof(*c->links));
    if (c->links == NULL) {
        return false;
    }
    for (size_t i = 0; i < c->table.n_terms; i++) {
        const term *const t = &c->table.terms[i];
        term_link link = {LINK_NONE, LINK_NONE, false};
        if (term_find_form(&c->index->table, t->form, &link.term)) {
            link.stem = c->index->table.terms[link.term].stem_id;
        } else if (!term_find_stem(&c->index->table, t->stem, &link.stem)) {
            link.stem = (t->classes & LEXICON_STOP) == 0 ? find_relative(c->index, t->stem)
                                                         : (uint32_t)LINK_NONE;
            link.half = true;
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
        if (f->is_name) {
            v->unsupported_names[v->n_unsupported_names++] = where;
        } else {
            v->unsupported_numbers[v->n_unsupported_numbers++] = where;
        }
    }
    return true;
}

static need need_of_word(const checked *c, const word_token *t)
{
    const evidence_index *const x = c->index;
    const term_link link = c->links[t->term];
    const term *const w = &c->table.terms[t->term];
    need n = {.weight = x->idf_max * 0.75};
    if (link.stem != LINK_NONE) {
        n.units = x->postings + x->first[link.stem];
        n.n_units = x->first[link.stem + 1] - x->first[link.stem];
        n.weight = link.half ? n.weight : x->idf[link.stem] + 0.1;
        n.found = true;
        n.half = link.half;
    } else if ((w->classes & LEXICON_PLACE) != 0) {
        n.found = x->places[w->entry->place];
    }
    return n;
}

/* The units that offer a fact. */
static bool need_of_fact(const checked *c, const fact *f, need *out)
{
    const evidence_index *const x = c->index;
    *out = (need){.weight = x->idf_max * 0.75};
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
            if (u < x->n_units) {
                units[out->n_units++] = (uint32_t)u;
            }
        }
        out->units = units;
        out->found = true;
        return true;
    }
    out->found = f->weak;
    out->weight = f->weak ? 0.0 : out->weight;
    return true;
}

static size_t collect_needs(const checked *c, need *needs, bool *out_ok)
{
    size_t n = 0;
    for (size_t i = 0; i < c->words.count; i++) {
        const word_token *const t = &c->words.tokens[i];
        if (token_is_content(&c->table, t)) {
            needs[n++] = need_of_word(c, t);
        }
    }
    for (size_t i = 0; i < c->facts.count && *out_ok; i++) {
        const fact *const f = &c->facts.facts[i];
        if (!f->is_name && c->words.tokens[f->number].kind == TOKEN_NUMBER) {
            *out_ok = need_of_fact(c, f, &needs[n++]);
        }
    }
    return n;
}

/* The unit that covers most of what is not covered yet, by weight; earlier ones win ties. */
static size_t best_unit(const need *needs, size_t n_needs, double *gains, size_t n_units)
{
    memset(gains, 0, n_units * sizeof(*gains));
    for (size_t i = 0; i < n_needs; i++) {
        if (needs[i].covered) {
            continue;
        }
        uint32_t last = UINT32_MAX;
        for (size_t k = 0; k < needs[i].n_units; k++) {
            if (needs[i].units[k] != last) {
                last = needs[i].units[k];
                gains[last] += needs[i].weight;
            }
        }
    }
    size_t best = 0;
    for (size_t u = 1; u < n_units; u++) {
        best = gains[u] > gains[best] + 1e-9 ? u : best;
    }
    return best;
}

static void cover(need *needs, size_t n_needs, uint32_t u)
{
    for (size_t i = 0; i < n_needs; i++) {
        for (size_t k = 0; k < needs[i].n_units && !needs[i].covered; k++) {
            needs[i].covered = needs[i].units[k] == u;
        }
    }
}

static bool find_sources(const checked *c, evidence_verdict *v)
{
    const evidence_index *const x = c->index;
    bool ok = true;
    need *const needs = arena_alloc(c->memory, c->words.count + c->facts.count + 1, sizeof(*needs));
    double *const gains = arena_alloc(c->memory, x->n_units + 1, sizeof(*gains));
    if (needs == NULL || gains == NULL) {
        return false;
    }
    const size_t n = collect_needs(c, needs, &ok);
    double total = 0.0;
    double covered = 0.0;
    for (size_t i = 0; i < n; i++) {
        total += needs[i].weight;
    }
    while (ok && total > 0.0 && v->n_sources < EVIDENCE_MAX_SOURCES) {
        const size_t u = best_unit(needs, n, gains, x->n_units);
        const double share = gains[u] / total;
        if (share <= 0.0 || (v->n_sources > 0 && share < CITE_THRESHOLD)) {
            break;
        }
        cover(needs, n, (uint32_t)u);
        covered += gains[u];
        v->sources[v->n_sources++] =
            (evidence_source){.start = x->units[u].start, .end = x->units[u].end, .score = share};
        v->units[v->n_sources - 1] = (uint32_t)u;
    }
    /* Words that the source has elsewhere, or in another form, count half. */
    for (size_t i = 0; i < n; i++) {
        covered += needs[i].found && !needs[i].covered ? needs[i].weight * 0.5 : 0.0;
        v->n_content++;
        v->n_found += needs[i].found && !needs[i].half;
    }
    v->score = total > 0.0 ? covered / total : 1.0;
    v->score = v->score > 1.0 ? 1.0 : v->score;
    return ok;
}

static bool is_strong_negation(const term *t)
{
    return (t->classes & LEXICON_NEGATION) != 0 && !span_equal(t->form, SPAN("ne")) &&
           !span_equal(t->form, SPAN("ni")) && !span_equal(t->form, SPAN("non")) &&
           !span_equal(t->form, SPAN("sans")) && !span_equal(t->form, SPAN("without"));
}

bool verdict_has_negation(const term_table *table, const word_token *tokens, size_t first,
                          size_t end, bool strong)
{
    for (size_t i = first; i < end; i++) {
        if (tokens[i].kind != TOKEN_WORD) {
            continue;
        }
        const term *const t = &table->terms[tokens[i].term];
        if (strong ? is_strong_negation(t)
                   : (t->classes & LEXICON_NEGATION) != 0 || span_equal(t->form, SPAN("n"))) {
            return true;
        }
    }
    return false;
}

/* The position of a source stem among the sentence's content words; SIZE_MAX: not there. */
static size_t content_position(const checked *c, uint32_t stem)
{
    size_t position = 0;
    for (size_t i = 0; i < c->words.count; i++) {
        const word_token *const t = &c->words.tokens[i];
        if (!token_is_content(&c->table, t)) {
            continue;
        }
        if (c->links[t->term].stem == stem) {
            return position;
        }
        position++;
    }
    return SIZE_MAX;
}

/* The source negates between two words that the sentence puts side by side without negation. */
static bool drops_negation(const checked *c, const unit *u)
{
    const evidence_index *const x = c->index;
    size_t before = SIZE_MAX;
    bool negated = false;
    for (uint32_t i = u->first_token; i < u->end_token; i++) {
        const word_token *const t = &x->words.tokens[i];
        if (t->kind != TOKEN_WORD) {
            continue;
        }
        const term *const w = &x->table.terms[t->term];
        if (t->gap >= GAP_COMMA) {
            before = SIZE_MAX;
            negated = false;
        }
        if (is_strong_negation(w)) {
            negated = true;
        } else if (token_is_content(&x->table, t)) {
            const size_t here = content_position(c, w->stem_id);
            if (negated && before != SIZE_MAX && here != SIZE_MAX && here > before &&
                here - before <= PAIR_WINDOW) {
                return true;
            }
            before = here != SIZE_MAX ? here : before;
            negated = false;
        }
    }
    return false;
}

static bool flips_negation(const checked *c, const evidence_verdict *v)
{
    const evidence_index *const x = c->index;
    if (verdict_has_negation(&c->table, c->words.tokens, 0, c->words.count, true)) {
        for (size_t i = 0; i < v->n_sources; i++) {
            const unit *const u = &x->units[v->units[i]];
            if (verdict_has_negation(&x->table, x->words.tokens, u->first_token, u->end_token,
                                     false)) {
                return false;
            }
        }
        return v->n_sources > 0;
    }
    return v->n_sources > 0 && drops_negation(c, &x->units[v->units[0]]) &&
           !verdict_has_negation(&c->table, c->words.tokens, 0, c->words.count, false);
}

static bool unit_has_stem(const evidence_index *x, size_t u, uint32_t stem)
{
    for (uint32_t k = x->first[stem]; k < x->first[stem + 1]; k++) {
        if (x->postings[k] == u) {
            return true;
        }
    }
    return false;
}

/* "30 wounded" when no sentence of the source has both 30 and wounded. */
static bool moves_number(const checked *c, const fact *f)
{
    const evidence_index *const x = c->index;
    uint32_t stem = LINK_NONE;
    for (uint32_t i = f->last + 1; i < c->words.count && i <= f->last + SUBJECT_WINDOW; i++) {
        const word_token *const t = &c->words.tokens[i];
        if (t->kind != TOKEN_WORD || t->gap > GAP_APOSTROPHE) {
            break;
        }
        if (token_is_content(&c->table, t)) {
            stem = c->links[t->term].half ? (uint32_t)LINK_NONE : c->links[t->term].stem;
            break;
        }
    }
    if (stem == LINK_NONE || f->weak || f->is_name || f->joined) {
        return false;
    }
    bool offered = false;
    for (size_t k = 0; k < f->n_asked; k++) {
        size_t n = 0;
        const offer *const o = index_find_offer(x, f->keys[k], &n);
        for (size_t i = 0; i < n; i++) {
            const size_t u = index_unit_of_token(x, o[i].token);
            offered = true;
            if (u >= x->n_units || unit_has_stem(x, u, stem)) {
                return false;
            }
        }
    }
    return offered;
}

static bool judge(checked *c, evidence_verdict *v)
{
    if (!link_terms(c) || !find_unsupported_facts(c, v) || !find_sources(c, v)) {
        return false;
    }
    names_find_unsupported(c, v);
    v->negation_flip = flips_negation(c, v);
    v->reversed = v->n_sources > 0 && opposites_says_reverse(c, &c->index->units[v->units[0]]);
    for (size_t i = 0; i < c->facts.count; i++) {
        v->number_moved = v->number_moved || moves_number(c, &c->facts.facts[i]);
    }
    v->supported = v->n_unsupported_names == 0 && v->n_unsupported_numbers == 0 &&
                   !v->negation_flip && !v->reversed && !v->number_moved &&
                   v->score >= SUPPORT_THRESHOLD;
    return true;
}

int evidence_check(const evidence_index *index, span sentence, arena *memory,
                   evidence_verdict *out_verdict, huis_error *err)
{
    if (sentence.len > LIMIT_LINE_BYTES) {
        return error_set(err, HUIS_E_LIMIT,
                         "a sentence of %zu bytes cannot be checked; at most %u: split it",
                         sentence.len, LIMIT_LINE_BYTES);
    }
    checked c = {.index = index, .text = sentence, .memory = memory};
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
