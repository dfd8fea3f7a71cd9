/*
 * quotations.c - what stands between quotation marks is somebody's own words.
 *
 * A quotation of the sentence must be a run of the source's tokens, word for word; marks, capitals and
 * accents may differ, as in every comparison here. Marks are « », “ ”, „ “ and " "; of the last, which
 * has no direction, what stands beside it decides. A sentence may be the end of a longer quotation, or
 * its beginning: what precedes a closing mark that nothing opened, and what follows an opening one that
 * nothing closes, is quoted. A quotation without a word (numbers, which have a check of their own)
 * passes.
 *
 * Cost: for each quotation the places of its rarest word, and never more than MAX_STEPS tokens a
 * sentence, beyond which a quotation is not found.
 */
#include "evidence/verdict.h"

#include "base/utf8.h"

enum { MAX_STEPS = 1 << 24 };

/* The marks of a sentence while they are read. */
typedef struct reader {
    const checked *c;
    evidence_verdict *v;
    uint32_t closing; /* of the open quotation; 0: none is open */
    size_t mark;      /* where that was opened; else where the last one ended */
    size_t from;      /* behind that mark */
    size_t n_steps;
} reader;

static bool is_space(uint32_t code)
{
    return code <= ' ' || code == 0xA0 || code == 0x202F;
}

static bool is_of_word(uint32_t code)
{
    const bool ascii = (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
    return ascii || (code >= '0' && code <= '9') || (code >= 0xC0 && code < 0x2000);
}

static bool same_token(const checked *c, const word_token *a, const word_token *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch ((token_kind)a->kind) {
    case TOKEN_WORD:
        return c->links[a->term].term == b->term;
    case TOKEN_SYMBOL:
        return a->term == b->term;
    case TOKEN_NUMBER:
        return span_equal(span_slice(c->text, a->start, a->end),
                          span_slice(c->index->source->text, b->start, b->end));
    }
    return false;
}

/* Whether the tokens [first, end) of the sentence stand at token `at` of the source. */
static bool stands_at(reader *r, size_t first, size_t end, size_t at)
{
    const word_list *const source = &r->c->index->words;
    for (size_t i = first; i < end; i++) {
        const size_t k = at + (i - first);
        r->n_steps++;
        if (k >= source->count || !same_token(r->c, &r->c->words.tokens[i], &source->tokens[k])) {
            return false;
        }
    }
    return true;
}

/* How often the source has the word of a token; 0 also for what is no word. */
static size_t count_places(const checked *c, size_t i)
{
    const word_token *const t = &c->words.tokens[i];
    const uint32_t word = t->kind == TOKEN_WORD ? c->links[t->term].term : LINK_NONE;
    const uint32_t *const first = c->index->term_first;
    return word != LINK_NONE ? first[word + 1] - first[word] : 0;
}

/* *out_rarest: the rarest word of [first, end), or `end`: there is none. False: the source lacks one. */
static bool find_rarest(const checked *c, size_t first, size_t end, size_t *out_rarest)
{
    size_t rarest = end;
    for (size_t i = first; i < end; i++) {
        if (c->words.tokens[i].kind != TOKEN_WORD) {
            continue;
        }
        const size_t n = count_places(c, i);
        if (n == 0) {
            return false;
        }
        rarest = rarest == end || n < count_places(c, rarest) ? i : rarest;
    }
    *out_rarest = rarest;
    return true;
}

static bool is_run(reader *r, size_t first, size_t end)
{
    const evidence_index *const x = r->c->index;
    size_t rarest = end;
    if (!find_rarest(r->c, first, end, &rarest)) {
        return false;
    }
    if (rarest == end) {
        return true;
    }
    const uint32_t word = r->c->links[r->c->words.tokens[rarest].term].term;
    for (uint32_t k = x->term_first[word]; k < x->term_first[word + 1]; k++) {
        const size_t place = x->term_tokens[k];
        if (place >= rarest - first && r->n_steps < MAX_STEPS &&
            stands_at(r, first, end, place - (rarest - first))) {
            return true;
        }
    }
    return false;
}

/* What stands from r->from to `end` is quoted; with its marks it ends at `mark_end`. */
static void quote(reader *r, size_t end, size_t mark_end)
{
    const word_list *const words = &r->c->words;
    size_t first = 0;
    while (first < words->count && words->tokens[first].start < r->from) {
        first++;
    }
    size_t last = first;
    while (last < words->count && words->tokens[last].end <= end) {
        last++;
    }
    if (last > first && !is_run(r, first, last)) {
        r->v->unsupported_quotations[r->v->n_unsupported_quotations++] =
            span_slice(r->c->text, r->mark, mark_end);
    }
}

/* The mark that ends what this one opens; 0: it opens nothing. */
static uint32_t closing_of(uint32_t code, uint32_t before, uint32_t after)
{
    switch (code) {
    case 0xAB:
        return 0xBB;
    case 0x201C:
        return 0x201D;
    case 0x201E:
        return 0x201C;
    case '"':
        return is_space(before) || is_of_word(after) ? '"' : 0;
    default:
        return 0;
    }
}

/* 27": inches. */
static bool is_inches(uint32_t code, uint32_t before)
{
    return code == '"' && before >= '0' && before <= '9';
}

static bool closes(uint32_t code)
{
    return code == 0xBB || code == 0x201D || code == '"';
}

/* A character with its neighbours (0: the ends of the sentence); it stands in [start, end). */
static void read_mark(reader *r, uint32_t code, uint32_t before, uint32_t after, size_t start,
                      size_t end)
{
    if (r->closing != 0) {
        if (code != r->closing) {
            return;
        }
    } else {
        if (is_inches(code, before)) {
            return;
        }
        r->closing = closing_of(code, before, after);
        if (r->closing != 0) {
            r->mark = start;
            r->from = end;
        }
        if (r->closing != 0 || !closes(code)) {
            return;
        }
    }
    quote(r, start, end);
    r->closing = 0;
    r->mark = end;
    r->from = end;
}

bool quotations_find_unsupported(const checked *c, evidence_verdict *v)
{
    const span text = c->text;
    reader r = {.c = c, .v = v};
    uint32_t before = 0;
    uint32_t code = 0;
    v->unsupported_quotations = arena_alloc(c->memory, c->words.count + 1, sizeof(span));
    if (v->unsupported_quotations == NULL) {
        return false;
    }
    for (size_t pos = 0; pos < text.len;) {
        uint32_t after = 0;
        const size_t len = utf8_next(text, pos, &code);
        const size_t end = pos + len;
        if (end < text.len) {
            (void)utf8_next(text, end, &after);
        }
        read_mark(&r, code, before, after, pos, end);
        before = code;
        pos = end;
    }
    if (r.closing != 0) {
        quote(&r, text.len, text.len);
    }
    return true;
}
