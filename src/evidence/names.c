/*
 * names.c - which words of a checked sentence are names, and whether the source has them.
 *
 * A name is a word with a capital that is no function word and no common word. It is supported when
 * the source has its form, its stem or its place (Turkey, Turkish), when it abbreviates words of the
 * source, or when a known acronym stands for them. Names that stand side by side must stand near
 * each other in the source too: parts of two people never make a third.
 */
#include "base/error.h"
#include "evidence/verdict.h"

enum { NAME_WINDOW = 5, ACRONYM_MAX = 8, ACRONYM_SKIP = 3, CLOSEST_MIN_BYTES = 5 };

static const term *term_of(const checked *c, size_t i)
{
    return &c->table.terms[c->words.tokens[i].term];
}

/* "-ment" and "-ly" close adverbs, "-ing" gerunds: no names when they open a sentence. */
static bool has_common_ending(span form)
{
    return (form.len >= 8 && span_ends_with(form, SPAN("ment"))) ||
           (form.len >= 6 && span_ends_with(form, SPAN("ly"))) ||
           (form.len >= 6 && span_ends_with(form, SPAN("ing")));
}

/* "h30" of "14h30": part of a time, which is checked by its value. */
static bool is_in_time(const checked *c, size_t i)
{
    const span form = term_of(c, i)->form;
    bool digits = form.len == 3 && form.ptr[0] == 'h';
    for (size_t k = 1; digits && k < form.len; k++) {
        digits = form.ptr[k] >= '0' && form.ptr[k] <= '9';
    }
    return digits && i > 0 && c->words.tokens[i - 1].kind == TOKEN_NUMBER &&
           c->words.tokens[i].gap <= GAP_NARROW;
}

bool names_is_name(const checked *c, size_t i)
{
    const word_token *const t = &c->words.tokens[i];
    if (t->kind != TOKEN_WORD || is_in_time(c, i)) {
        return false;
    }
    if ((t->flags & (TOKEN_STRICT | TOKEN_DIGITS)) != 0) {
        return true;
    }
    if ((t->flags & TOKEN_CAPITAL) == 0) {
        return false;
    }
    const uint32_t classes = term_of(c, i)->classes;
    const bool acronym = (t->flags & TOKEN_ALL_CAPS) != 0;
    const uint32_t calendar = LEXICON_MONTH | LEXICON_WEEKDAY;
    const bool stop = (classes & LEXICON_STOP) != 0;
    if ((stop && !(acronym && (classes & LEXICON_PLACE) != 0)) || (classes & calendar) != 0) {
        return false;
    }
    if ((classes & (LEXICON_COMMON | LEXICON_TITLE | LEXICON_CARDINAL | LEXICON_ORDINAL |
                    LEXICON_SCALE | LEXICON_CURRENCY)) != 0) {
        return false;
    }
    return (t->flags & TOKEN_INITIAL) == 0 || !has_common_ending(term_of(c, i)->form);
}

/* Whether words of the source from token t on, the first with a capital, have these initials;
 * function words may be skipped. */
static bool expands_at(const evidence_index *x, size_t t, span letters)
{
    size_t matched = 0;
    size_t skipped = 0;
    for (; t < x->words.count && matched < letters.len; t++) {
        const word_token *const w = &x->words.tokens[t];
        if (w->kind != TOKEN_WORD || (matched > 0 && w->gap > GAP_APOSTROPHE)) {
            return false;
        }
        const term *const source = &x->table.terms[w->term];
        if (source->form.ptr[0] == letters.ptr[matched] &&
            (matched > 0 || (w->flags & TOKEN_CAPITAL) != 0)) {
            matched++;
            skipped = 0;
            continue;
        }
        if ((source->classes & LEXICON_STOP) == 0 || matched == 0 || ++skipped > ACRONYM_SKIP) {
            return false;
        }
    }
    return matched == letters.len;
}

static bool acronym_is_expanded(const checked *c, size_t i)
{
    const span form = term_of(c, i)->form;
    if ((c->words.tokens[i].flags & TOKEN_ALL_CAPS) == 0 || form.len < 2 ||
        form.len > ACRONYM_MAX || ++*c->n_scans > CHECK_MAX_SCANS) {
        return false;
    }
    for (size_t t = 0; t < c->index->words.count; t++) {
        if (expands_at(c->index, t, form)) {
            return true;
        }
    }
    return false;
}

/* The place of token i alone, or with a neighbour; 0: none. */
static uint8_t place_of(const checked *c, size_t i)
{
    const term *const t = term_of(c, i);
    const word_token *const tokens = c->words.tokens;
    if ((t->classes & LEXICON_PLACE) != 0) {
        return t->entry->place;
    }
    if (i + 1 < c->words.count && tokens[i + 1].kind == TOKEN_WORD) {
        const uint8_t place = terms_place_phrase(&c->table, &tokens[i], &tokens[i + 1]);
        if (place != 0) {
            return place;
        }
    }
    return i > 0 && tokens[i - 1].kind == TOKEN_WORD
               ? terms_place_phrase(&c->table, &tokens[i - 1], &tokens[i])
               : 0;
}

/* Whether the source itself uses a term as a name. */
static bool is_source_name(const evidence_index *x, uint32_t i_term)
{
    const term *const t = &x->table.terms[i_term];
    return t->n_capital_inside > 0 || t->n_capital == t->n_total;
}

/* Whether the source has a common word of this stem: "Reports" for "report", but not "Mendes" for
 * "Mende". */
static bool has_common_relative(const evidence_index *x, uint32_t stem)
{
    for (size_t i = 0; i < x->table.n_terms; i++) {
        if (x->table.terms[i].stem_id == stem && !is_source_name(x, (uint32_t)i)) {
            return true;
        }
    }
    return false;
}

static bool is_supported(const checked *c, size_t i)
{
    const word_token *const t = &c->words.tokens[i];
    const term_link link = c->links[t->term];
    const bool strict = (t->flags & (TOKEN_STRICT | TOKEN_DIGITS)) != 0;
    if (link.term != LINK_NONE) {
        /* A capital acronym such as US is not the pronoun. */
        const bool pronoun = (term_of(c, i)->classes & LEXICON_STOP) != 0 &&
                             c->index->table.terms[link.term].n_all_caps == 0;
        if (!pronoun) {
            return true;
        }
    } else if (!strict && link.stem != LINK_NONE && !link.half &&
               ++*c->n_scans <= CHECK_MAX_SCANS && has_common_relative(c->index, link.stem)) {
        return true;
    }
    const uint8_t place = strict ? 0 : place_of(c, i);
    return (place != 0 && c->index->places[place]) || (!strict && acronym_is_expanded(c, i));
}

/* Whether two terms of the source stand within NAME_WINDOW tokens somewhere. */
bool names_stand_near(const evidence_index *x, uint32_t a, uint32_t b)
{
    uint32_t i = x->term_first[a];
    uint32_t k = x->term_first[b];
    while (i < x->term_first[a + 1] && k < x->term_first[b + 1]) {
        const uint32_t p = x->term_tokens[i];
        const uint32_t q = x->term_tokens[k];
        if ((p > q ? p - q : q - p) <= NAME_WINDOW) {
            return true;
        }
        if (p < q) {
            i++;
        } else {
            k++;
        }
    }
    return false;
}

/* Two names in a row that the source never brings together. */
static bool is_recombined(const checked *c, size_t i)
{
    if (i + 1 >= c->words.count || c->words.tokens[i + 1].gap > GAP_HYPHEN ||
        !names_is_name(c, i) || !names_is_name(c, i + 1)) {
        return false;
    }
    const uint32_t a = c->links[c->words.tokens[i].term].term;
    const uint32_t b = c->links[c->words.tokens[i + 1].term].term;
    if (a == LINK_NONE || b == LINK_NONE) {
        return false;
    }
    return is_source_name(c->index, a) && is_source_name(c->index, b) &&
           !names_stand_near(c->index, a, b);
}

static void push_name(const checked *c, evidence_verdict *v, size_t first, size_t last)
{
    const size_t start = c->words.tokens[first].start;
    const size_t end = c->words.tokens[last].end;
    v->unsupported_names[v->n_unsupported_names++] = span_slice(c->text, start, end);
}

void names_find_unsupported(const checked *c, evidence_verdict *v)
{
    for (size_t i = 0; i < c->words.count;) {
        size_t last = i;
        bool bad = names_is_name(c, i) && !is_supported(c, i);
        if (!bad && is_recombined(c, i)) {
            bad = true;
            last = i + 1;
        }
        if (!bad) {
            i++;
            continue;
        }
        /* One span for a run of unknown names. */
        while (last + 1 < c->words.count && c->words.tokens[last + 1].gap <= GAP_HYPHEN &&
               names_is_name(c, last + 1) && !is_supported(c, last + 1)) {
            last++;
        }
        push_name(c, v, i, last);
        i = last + 1;
    }
}

/* Whether two forms differ by one inserted, dropped or changed byte. */
static bool one_edit_apart(span a, span b)
{
    const span shorter = a.len <= b.len ? a : b;
    const span longer = a.len <= b.len ? b : a;
    if (longer.len - shorter.len > 1) {
        return false;
    }
    size_t i = 0;
    while (i < shorter.len && shorter.ptr[i] == longer.ptr[i]) {
        i++;
    }
    const size_t skip = longer.len == shorter.len ? 1 : 0;
    return span_equal(span_slice(shorter, i + skip, shorter.len),
                      span_slice(longer, i + 1, longer.len));
}

bool evidence_closest_name(const evidence_index *x, span name, span *out_name)
{
    char folded[64];
    size_t n = 0;
    for (size_t i = 0; i < name.len && n < sizeof(folded); i++) {
        const char c = name.ptr[i];
        folded[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    if (n < CLOSEST_MIN_BYTES || n == sizeof(folded)) {
        return false;
    }
    uint32_t found = LINK_NONE;
    for (size_t i = 0; i < x->table.n_terms; i++) {
        const term *const t = &x->table.terms[i];
        if (t->n_capital_inside == 0 || !one_edit_apart(span_from(folded, n), t->form)) {
            continue;
        }
        if (found != LINK_NONE) {
            return false;
        }
        found = (uint32_t)i;
    }
    if (found == LINK_NONE) {
        return false;
    }
    const word_token *const t = &x->words.tokens[x->term_tokens[x->term_first[found]]];
    *out_name = span_slice(x->source->text, t->start, t->end);
    return true;
}
