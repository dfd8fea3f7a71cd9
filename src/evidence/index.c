/*
 * index.c - builds the evidence index in one pass over the text and a few over its tokens.
 */
#include "evidence/index.h"

#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

static bool add_unit(evidence_index *x, size_t *capacity, unit u)
{
    if (x->n_units == *capacity) {
        const size_t more = *capacity > 0 ? *capacity * 2 : 64;
        unit *const units = memory_resize(x->units, more, sizeof(*units));
        if (units == NULL) {
            return false;
        }
        x->units = units;
        *capacity = more;
    }
    x->units[x->n_units++] = u;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* The lines of what lies between two sentences. */
static bool add_fillers(evidence_index *x, size_t *capacity, size_t start, size_t end)
{
    const span text = x->source->text;
    while (start < end) {
        const char *const newline = memchr(text.ptr + start, '\n', end - start);
        const size_t line_end = newline != NULL ? (size_t)(newline - text.ptr) : end;
        size_t first = start;
        size_t last = line_end;
        while (first < last && is_space(text.ptr[first])) {
            first++;
        }
        while (last > first && is_space(text.ptr[last - 1])) {
            last--;
        }
        if (first < last &&
            !add_unit(x, capacity,
                      (unit){.start = first, .end = last, .sentence = UNIT_NO_SENTENCE})) {
            return false;
        }
        start = line_end + 1;
    }
    return true;
}

/* Adds the units of one range; *sentence: the first one at or after it, moved past it. */
static bool cut_range(evidence_index *x, size_t *capacity, const evidence_range *range,
                      size_t *sentence)
{
    const document *const d = x->source;
    size_t pos = range->start;
    for (; *sentence < d->n_sentences && d->sentences[*sentence].start < range->end; ++*sentence) {
        const document_sentence *const s = &d->sentences[*sentence];
        if (!add_fillers(x, capacity, pos, s->start)) {
            return false;
        }
        x->unit_of_sentence[*sentence] = (uint32_t)x->n_units;
        if (!add_unit(x, capacity,
                      (unit){.start = s->start, .end = s->end, .sentence = (uint32_t)*sentence})) {
            return false;
        }
        pos = s->end;
    }
    return add_fillers(x, capacity, pos, range->end);
}

static bool cut_units(evidence_index *x, const evidence_range *ranges, size_t n_ranges)
{
    size_t capacity = 0;
    size_t sentence = 0;
    x->unit_of_sentence = memory_alloc(x->source->n_sentences + 1, sizeof(*x->unit_of_sentence));
    bool ok = x->unit_of_sentence != NULL;
    for (size_t i = 0; ok && i < n_ranges; i++) {
        ok = cut_range(x, &capacity, &ranges[i], &sentence);
    }
    return ok;
}

static void assign_tokens(evidence_index *x)
{
    uint32_t t = 0;
    for (size_t i = 0; i < x->n_units; i++) {
        unit *const u = &x->units[i];
        while (t < x->words.count && x->words.tokens[t].start < u->start) {
            t++;
        }
        u->first_token = t;
        while (t < x->words.count && x->words.tokens[t].start < u->end) {
            t++;
        }
        u->end_token = t;
    }
}

/* Calls for each distinct stem of each unit; with postings NULL only counts into first[stem + 1]. */
static void walk_stems(evidence_index *x, uint32_t *last_unit, uint32_t *fill)
{
    for (size_t i = 0; i < x->n_stems; i++) {
        last_unit[i] = UINT32_MAX;
    }
    for (size_t u = 0; u < x->n_units; u++) {
        for (uint32_t t = x->units[u].first_token; t < x->units[u].end_token; t++) {
            if (x->words.tokens[t].kind != TOKEN_WORD) {
                continue;
            }
            const uint32_t stem = x->table.terms[x->words.tokens[t].term].stem_id;
            if (last_unit[stem] == u) {
                continue;
            }
            last_unit[stem] = (uint32_t)u;
            if (fill == NULL) {
                x->first[stem + 1]++;
            } else {
                x->postings[fill[stem]++] = (uint32_t)u;
            }
        }
    }
}

static bool build_postings(evidence_index *x)
{
    x->n_stems = x->table.by_stem.count;
    uint32_t *const scratch = memory_alloc(x->n_stems + 1, 2 * sizeof(*scratch));
    x->first = memory_alloc(x->n_stems + 1, sizeof(*x->first));
    x->idf = memory_alloc(x->n_stems + 1, sizeof(*x->idf));
    if (scratch == NULL || x->first == NULL || x->idf == NULL) {
        memory_free(scratch);
        return false;
    }
    walk_stems(x, scratch, NULL);
    for (size_t i = 0; i < x->n_stems; i++) {
        x->first[i + 1] += x->first[i];
    }
    x->postings = memory_alloc((size_t)x->first[x->n_stems] + 1, sizeof(*x->postings));
    if (x->postings == NULL) {
        memory_free(scratch);
        return false;
    }
    uint32_t *const fill = scratch + x->n_stems + 1;
    memcpy(fill, x->first, x->n_stems * sizeof(*fill));
    walk_stems(x, scratch, fill);
    memory_free(scratch);
    const double n = (double)x->n_units;
    x->idf_max = log(1.0 + (n + 0.5) / 0.5);
    for (size_t i = 0; i < x->n_stems; i++) {
        const double df = (double)(x->first[i + 1] - x->first[i]);
        x->idf[i] = log(1.0 + (n - df + 0.5) / (df + 0.5));
    }
    return true;
}

/* Where each term stands. */
static bool build_term_tokens(evidence_index *x)
{
    const size_t n = x->table.n_terms;
    x->term_first = memory_alloc(n + 2, sizeof(*x->term_first));
    x->term_tokens = memory_alloc(x->words.count + 1, sizeof(*x->term_tokens));
    if (x->term_first == NULL || x->term_tokens == NULL) {
        return false;
    }
    for (size_t t = 0; t < x->words.count; t++) {
        if (x->words.tokens[t].kind == TOKEN_WORD) {
            x->term_first[x->words.tokens[t].term + 2]++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        x->term_first[i + 2] += x->term_first[i + 1];
    }
    /* Shifted by one, so that filling leaves term_first[i] at the start of term i. */
    for (size_t t = 0; t < x->words.count; t++) {
        if (x->words.tokens[t].kind == TOKEN_WORD) {
            x->term_tokens[x->term_first[x->words.tokens[t].term + 1]++] = (uint32_t)t;
        }
    }
    return true;
}

static int compare_offers(const void *a, const void *b)
{
    const offer *const x = a;
    const offer *const y = b;
    if (x->key != y->key) {
        return x->key < y->key ? -1 : 1;
    }
    return (x->token > y->token) - (x->token < y->token);
}

static bool build_offers(evidence_index *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->facts.count; i++) {
        n += x->facts.facts[i].n_keys;
    }
    x->offers = memory_alloc(n + 1, sizeof(*x->offers));
    if (x->offers == NULL) {
        return false;
    }
    for (size_t i = 0; i < x->facts.count; i++) {
        const fact *const f = &x->facts.facts[i];
        for (size_t k = 0; k < f->n_keys; k++) {
            x->offers[x->n_offers++] = (offer){.key = f->keys[k], .token = f->number};
        }
    }
    qsort(x->offers, x->n_offers, sizeof(*x->offers), compare_offers);
    return true;
}

static void note_places(evidence_index *x)
{
    for (size_t i = 0; i < x->words.count; i++) {
        const word_token *const t = &x->words.tokens[i];
        if (t->kind != TOKEN_WORD) {
            continue;
        }
        const term *const w = &x->table.terms[t->term];
        /* "us" is a place in capitals only. */
        if ((w->classes & LEXICON_PLACE) != 0 &&
            ((w->classes & LEXICON_STOP) == 0 || (t->flags & TOKEN_ALL_CAPS) != 0)) {
            x->places[w->entry->place] = true;
        }
        if ((w->classes & LEXICON_PHRASE) != 0 && i + 1 < x->words.count &&
            x->words.tokens[i + 1].kind == TOKEN_WORD && x->words.tokens[i + 1].gap <= GAP_HYPHEN) {
            const uint8_t place = terms_place_phrase(&x->table, t, &x->words.tokens[i + 1]);
            x->places[place] = place != 0 || x->places[place];
        }
    }
    x->places[0] = false;
}

/* The words of a speaker's name, from token t on. */
static speaker read_speaker(const evidence_index *x, span name, size_t start, uint32_t t)
{
    speaker who = {.name = name};
    while (t < x->words.count && x->words.tokens[t].start < start) {
        t++;
    }
    for (; t < x->words.count && x->words.tokens[t].end <= start + name.len &&
           who.n_terms < SPEAKER_MAX_TERMS;
         t++) {
        if (x->words.tokens[t].kind == TOKEN_WORD) {
            who.terms[who.n_terms++] = x->words.tokens[t].term;
        }
    }
    return who;
}

static uint8_t note_speaker(evidence_index *x, const document_segment *segment, uint32_t token)
{
    const span name = span_slice(x->source->text, segment->name_start, segment->name_end);
    for (size_t i = 0; i < x->n_speakers; i++) {
        if (span_equal(x->speakers[i].name, name)) {
            return (uint8_t)i;
        }
    }
    const speaker who = read_speaker(x, name, segment->name_start, token);
    if (name.len == 0 || who.n_terms == 0 || x->n_speakers == SPEAKER_MAX) {
        return SPEAKER_NONE;
    }
    x->speakers[x->n_speakers] = who;
    return (uint8_t)x->n_speakers++;
}

/* Who speaks in each unit of a dialogue. */
static void note_turns(evidence_index *x)
{
    const document *const d = x->source;
    uint32_t last = UINT32_MAX;
    uint8_t speaks = SPEAKER_NONE;
    for (size_t i = 0; i < x->n_units; i++) {
        unit *const u = &x->units[i];
        u->turn = UINT32_MAX;
        u->speaker = SPEAKER_NONE;
        if (d->genre != DOCUMENT_DIALOGUE || u->sentence == UNIT_NO_SENTENCE) {
            continue;
        }
        const uint32_t segment = d->sentences[u->sentence].segment;
        if (d->segments[segment].kind != SEGMENT_TURN) {
            continue;
        }
        if (segment != last) {
            last = segment;
            speaks = note_speaker(x, &d->segments[segment], u->first_token);
            x->n_turns++;
        }
        u->turn = (uint32_t)x->n_turns - 1;
        u->speaker = speaks;
    }
}

/* Tokens and facts of each range; a fact never reaches over the end of a range. */
static int read_ranges(evidence_index *x, const evidence_range *ranges, size_t n_ranges,
                       huis_error *err)
{
    const span text = x->source->text;
    for (size_t i = 0; i < n_ranges; i++) {
        const size_t first = x->words.count;
        RETURN_IF_ERROR(
            terms_tokenise(&x->table, text, ranges[i].start, ranges[i].end, &x->words, err));
        RETURN_IF_ERROR(
            facts_find(&x->table, text, &x->words, first, x->words.count, &x->facts, err));
    }
    return HUIS_OK;
}

static int check_size(const evidence_range *ranges, size_t n_ranges, huis_error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n_ranges; i++) {
        bytes += ranges[i].end - ranges[i].start;
    }
    if (bytes > LIMIT_EVIDENCE_BYTES) {
        return error_set(err, HUIS_E_LIMIT,
                         "the text has %zu bytes; at most %u can be indexed: give a part of it",
                         bytes, LIMIT_EVIDENCE_BYTES);
    }
    return HUIS_OK;
}

int evidence_index_new_of(evidence_index **out_index, const document *source,
                          const evidence_range *ranges, size_t n_ranges, huis_error *err)
{
    RETURN_IF_ERROR(check_size(ranges, n_ranges, err));
    evidence_index *x = memory_alloc(1, sizeof(*x));
    if (x == NULL) {
        return error_no_memory(err, "the evidence index");
    }
    x->source = source;
    arena_init(&x->memory, (size_t)LIMIT_EVIDENCE_BYTES * 8);
    int status = term_table_init(&x->table, source->language, &x->memory, err);
    if (status == HUIS_OK) {
        status = read_ranges(x, ranges, n_ranges, err);
    }
    if (status == HUIS_OK && !cut_units(x, ranges, n_ranges)) {
        status = error_no_memory(err, "the sentences of the text");
    }
    if (status == HUIS_OK) {
        assign_tokens(x);
        note_turns(x);
        note_places(x);
        if (!build_postings(x) || !build_term_tokens(x) || !build_offers(x)) {
            status = error_no_memory(err, "the evidence index");
        }
    }
    if (status != HUIS_OK) {
        evidence_index_free(x);
        return status;
    }
    *out_index = x;
    return HUIS_OK;
}

int evidence_index_new(evidence_index **out_index, const document *source, huis_error *err)
{
    const evidence_range whole = {0, source->text.len};
    return evidence_index_new_of(out_index, source, &whole, 1, err);
}

evidence_index *evidence_index_free(evidence_index *x)
{
    if (x == NULL) {
        return NULL;
    }
    term_table_deinit(&x->table);
    word_list_deinit(&x->words);
    fact_list_deinit(&x->facts);
    memory_free(x->units);
    memory_free(x->unit_of_sentence);
    memory_free(x->first);
    memory_free(x->postings);
    memory_free(x->idf);
    memory_free(x->offers);
    memory_free(x->term_first);
    memory_free(x->term_tokens);
    arena_deinit(&x->memory);
    memory_free(x);
    return NULL;
}

size_t index_unit_of_token(const evidence_index *x, uint32_t token)
{
    size_t low = 0;
    size_t high = x->n_units;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (token >= x->units[middle].end_token) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < x->n_units && token >= x->units[low].first_token ? low : x->n_units;
}

const offer *index_find_offer(const evidence_index *x, uint64_t key, size_t *out_count)
{
    size_t low = 0;
    size_t high = x->n_offers;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (x->offers[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t n = 0;
    while (low + n < x->n_offers && x->offers[low + n].key == key) {
        n++;
    }
    if (out_count != NULL) {
        *out_count = n;
    }
    return n > 0 ? &x->offers[low] : NULL;
}
