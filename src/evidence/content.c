/*
 * content.c - the content terms of runs of the source, for choosing what a summary is made of.
 */
#include "evidence/index.h"

/* The first token that starts at or after a byte. */
static size_t first_token(const evidence_index *x, size_t at)
{
    size_t low = 0;
    size_t high = x->words.count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (x->words.tokens[middle].start < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* How often the text uses the term as a name: with a capital that no sentence's start explains. */
static uint32_t name_weight(const term *t)
{
    const uint32_t dates = LEXICON_MONTH | LEXICON_WEEKDAY | LEXICON_STOP;
    return (t->classes & dates) != 0 ? 0 : t->n_capital_inside;
}

size_t evidence_terms(const evidence_index *index, size_t start, size_t end, evidence_term *out,
                      size_t max)
{
    size_t n = 0;
    for (size_t i = first_token(index, start); i < index->words.count && n < max; i++) {
        const word_token *const t = &index->words.tokens[i];
        if (t->end > end) {
            break;
        }
        if (!token_is_content(&index->table, t) || index->table.terms[t->term].form.len < 2) {
            continue;
        }
        const term *const entry = &index->table.terms[t->term];
        const uint32_t n_units = index->first[entry->stem_id + 1] - index->first[entry->stem_id];
        const bool is_name = (t->flags & TOKEN_CAPITAL) != 0;
        out[n++] = (evidence_term){.start = t->start,
                                   .stem = entry->stem_id,
                                   .returns = n_units > 1,
                                   .name = is_name ? name_weight(entry) : 0};
    }
    return n;
}

size_t evidence_count_stems(const evidence_index *index)
{
    return index->n_stems;
}

uint32_t evidence_count_names(const evidence_index *index)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < index->table.n_terms; i++) {
        sum += name_weight(&index->table.terms[i]);
    }
    return sum;
}
