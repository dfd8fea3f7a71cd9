/*
 * copy_guard.c - see copy_guard.h.
 */
#include "worker/copy_guard.h"

#include <stdint.h>
#include <stdlib.h>

#include <utf8proc.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

enum {
    MAX_RUN_BYTES = 128,
    MAX_PARTIAL_BYTES = 4,
    MAX_QUOTE_BYTES = 2048,    /* of one quotation */
    MAX_QUOTED_BYTES = 2 << 20 /* of a source that may be quoted from: its places are sorted */
};

/* A run without case is one character: in scripts without capitals names cannot be told from words,
 * nor, often, words from each other. */
typedef enum run_kind { RUN_NONE = 0, RUN_LETTERS, RUN_DIGITS, RUN_CASELESS } run_kind;

/* The places of the source whose text begins with the quotation so far: a range of the sorted ones. */
typedef struct quotation {
    uint32_t closing; /* the mark that ends it; 0: none is open */
    size_t low, high;
    size_t depth; /* bytes that they have in common with it */
} quotation;

/* The answer so far, as far as it matters: the run at its end, and an open quotation. */
typedef struct copy_state {
    char run[MAX_RUN_BYTES]; /* lower case */
    size_t run_bytes;
    run_kind kind;
    bool has_capital;
    bool is_too_long;                /* no source word is: letters without a capital may be */
    char partial[MAX_PARTIAL_BYTES]; /* bytes of a character that is not complete */
    size_t partial_bytes;
    quotation quote;
} copy_state;

struct copy_guard {
    buffer folded; /* the runs of the source in lower case, each with a space behind it */
    span *words;   /* sorted, without repeats */
    size_t n_words;
    size_t capacity;
    span *places; /* from each run of the source on, sorted as far as a quotation may go */
    size_t n_places;
    copy_state state;
};

static run_kind kind_of(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    if (category == UTF8PROC_CATEGORY_ND) {
        return RUN_DIGITS;
    }
    if (category == UTF8PROC_CATEGORY_LO) {
        return RUN_CASELESS;
    }
    const bool is_letter = (category >= UTF8PROC_CATEGORY_LU && category < UTF8PROC_CATEGORY_LO) ||
                           (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME);
    return is_letter ? RUN_LETTERS : RUN_NONE;
}

static bool is_capital(uint32_t code)
{
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LT;
}

static size_t encode_lower(uint32_t code, char out[4])
{
    return utf8_encode((uint32_t)utf8proc_tolower((utf8proc_int32_t)code), out);
}

static int compare_spans(span a, span b)
{
    const size_t common = a.len < b.len ? a.len : b.len;
    const int order = common > 0 ? memcmp(a.ptr, b.ptr, common) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_words(const void *a, const void *b)
{
    return compare_spans(*(const span *)a, *(const span *)b);
}

/* The first word that is not below `key`. */
static size_t lower_bound(const copy_guard *g, span key)
{
    size_t low = 0;
    size_t high = g->n_words;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (compare_spans(g->words[middle], key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool has_word(const copy_guard *g, span word)
{
    const size_t i = lower_bound(g, word);
    return i < g->n_words && span_equal(g->words[i], word);
}

static bool has_prefix(const copy_guard *g, span prefix)
{
    const size_t i = lower_bound(g, prefix);
    return i < g->n_words && span_starts_with(g->words[i], prefix);
}

static bool is_guarded(const copy_state *s)
{
    return s->kind == RUN_DIGITS || s->kind == RUN_CASELESS ||
           (s->kind == RUN_LETTERS && s->has_capital);
}

/* The run that ends the text, if it is one that must be in the source. */
static bool may_close(const copy_guard *g, const copy_state *s)
{
    return !is_guarded(s) || (!s->is_too_long && has_word(g, span_from(s->run, s->run_bytes)));
}

static bool may_stay_open(const copy_guard *g, const copy_state *s)
{
    return !is_guarded(s) || (!s->is_too_long && has_prefix(g, span_from(s->run, s->run_bytes)));
}

static void begin_run(copy_state *s, run_kind kind)
{
    s->kind = kind;
    s->run_bytes = 0;
    s->has_capital = false;
    s->is_too_long = false;
}

static void extend_run(copy_state *s, uint32_t code)
{
    char lower[4];
    const size_t n = encode_lower(code, lower);
    s->has_capital = s->has_capital || is_capital(code);
    if (s->run_bytes + n > MAX_RUN_BYTES) {
        s->is_too_long = true;
        return;
    }
    memcpy(s->run + s->run_bytes, lower, n);
    s->run_bytes += n;
}

/* The first of the places [low, high), which are alike up to `depth`, whose next byte is not below
 * `byte`. */
static size_t first_place(const copy_guard *g, const quotation *q, unsigned byte)
{
    size_t low = q->low;
    size_t high = q->high;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const span place = g->places[middle];
        const unsigned next = q->depth < place.len ? (unsigned char)place.ptr[q->depth] : 0;
        if (next < byte) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* False: no place of the source goes on with this byte. */
static bool narrow(const copy_guard *g, quotation *q, char byte)
{
    const unsigned value = (unsigned char)byte;
    if (q->depth >= MAX_QUOTE_BYTES) {
        return false;
    }
    const size_t low = first_place(g, q, value);
    q->high = first_place(g, q, value + 1);
    q->low = low;
    q->depth++;
    return q->low < q->high;
}

/* A quotation that ends here ends with a word of the source. */
static bool ends_word(const copy_guard *g, const quotation *q)
{
    quotation trial = *q;
    return q->depth == 0 || narrow(g, &trial, ' ');
}

static uint32_t closing_of(uint32_t code, run_kind before)
{
    switch (code) {
    case 0xAB: /* « » */
        return 0xBB;
    case 0x201C: /* “ ” */
        return 0x201D;
    case 0x201E: /* „ “ */
        return 0x201C;
    case '"':
        return before == RUN_DIGITS ? 0 : '"';
    default:
        return 0;
    }
}

/* A character that is of no run. `before`: the kind of the run that it ends. */
static bool step_mark(const copy_guard *g, quotation *q, uint32_t code, run_kind before)
{
    if (q->closing == 0) {
        const uint32_t closing = closing_of(code, before);
        *q = (quotation){.closing = closing, .high = g->n_places};
        return true;
    }
    if (code != q->closing) {
        return true;
    }
    q->closing = 0;
    return ends_word(g, q);
}

/* A character of a run within a quotation; `begins`: the run does. */
static bool step_quoted(const copy_guard *g, quotation *q, uint32_t code, bool begins)
{
    char lower[4];
    const size_t n = encode_lower(code, lower);
    bool ok = !begins || q->depth == 0 || narrow(g, q, ' ');
    for (size_t i = 0; i < n && ok; i++) {
        ok = narrow(g, q, lower[i]);
    }
    return ok;
}

/* One character of the answer. False: the run that it closes is not in the source, or the quotation
 * that it goes on with. */
static bool step(const copy_guard *g, copy_state *s, uint32_t code)
{
    const run_kind kind = kind_of(code);
    const run_kind before = s->kind;
    const bool begins = kind != before || kind == RUN_CASELESS;
    if (begins) {
        if (!may_close(g, s)) {
            return false;
        }
        begin_run(s, kind);
    }
    if (kind == RUN_NONE) {
        return step_mark(g, &s->quote, code, before);
    }
    extend_run(s, code);
    return s->quote.closing == 0 || step_quoted(g, &s->quote, code, begins);
}

/* Takes the characters that are complete out of s->partial. */
static bool step_partial(const copy_guard *g, copy_state *s)
{
    while (s->partial_bytes > 0) {
        const span bytes = span_from(s->partial, s->partial_bytes);
        if (utf8_complete_prefix(bytes) == 0) {
            return true;
        }
        uint32_t code = 0;
        const size_t n = utf8_next(bytes, 0, &code);
        s->partial_bytes -= n;
        memmove(s->partial, s->partial + n, s->partial_bytes);
        if (!step(g, s, code)) {
            return false;
        }
    }
    return true;
}

/* Takes the bytes of a token; the last one may have left a character open. */
static bool advance(const copy_guard *g, copy_state *s, span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        s->partial[s->partial_bytes++] = bytes.ptr[i];
        if (!step_partial(g, s)) {
            return false;
        }
    }
    return true;
}

static bool add_word(copy_guard *g, size_t start)
{
    if (g->n_words == g->capacity) {
        const size_t capacity = g->capacity > 0 ? 2 * g->capacity : 256;
        span *const words = memory_resize(g->words, capacity, sizeof(*words));
        if (words == NULL) {
            return false;
        }
        g->words = words;
        g->capacity = capacity;
    }
    /* Only the length is final: the buffer may still move. */
    g->words[g->n_words++] = span_from(NULL, g->folded.len - start);
    return buffer_append_byte(&g->folded, ' ');
}

/* Appends every run of the source in lower case, and a space. */
static bool fold_source(copy_guard *g, span source)
{
    run_kind open = RUN_NONE;
    size_t start = 0;
    bool ok = true;
    for (size_t pos = 0; pos < source.len && ok;) {
        uint32_t code = 0;
        char lower[4];
        pos += utf8_next(source, pos, &code);
        const run_kind kind = kind_of(code);
        if (kind != open || kind == RUN_CASELESS) {
            ok = open == RUN_NONE || add_word(g, start);
            start = g->folded.len;
            open = kind;
        }
        if (ok && kind != RUN_NONE) {
            ok = buffer_append(&g->folded, span_from(lower, encode_lower(code, lower)));
        }
    }
    return ok && (open == RUN_NONE || add_word(g, start));
}

static int compare_places(const void *a, const void *b)
{
    const span *const x = a;
    const span *const y = b;
    const int order = compare_spans(span_slice(*x, 0, MAX_QUOTE_BYTES + 1),
                                    span_slice(*y, 0, MAX_QUOTE_BYTES + 1));
    return order != 0 ? order : (x->ptr > y->ptr) - (x->ptr < y->ptr);
}

/* Where the words are, now that the buffer does not move any more. */
static void place_words(copy_guard *g)
{
    const char *next = g->folded.ptr;
    for (size_t i = 0; i < g->n_words; i++) {
        g->words[i].ptr = next;
        next += g->words[i].len + 1;
    }
}

/* Where a quotation may begin: at every word, or, of a source that is too long, nowhere. */
static bool sort_places(copy_guard *g)
{
    const span all = buffer_span(&g->folded);
    if (g->n_words == 0 || all.len > MAX_QUOTED_BYTES) {
        return true;
    }
    g->places = memory_alloc(g->n_words, sizeof(*g->places));
    if (g->places == NULL) {
        return false;
    }
    for (size_t i = 0; i < g->n_words; i++) {
        g->places[i] = span_slice(all, (size_t)(g->words[i].ptr - all.ptr), all.len);
    }
    g->n_places = g->n_words;
    qsort(g->places, g->n_places, sizeof(*g->places), compare_places);
    return true;
}

static void sort_words(copy_guard *g)
{
    if (g->n_words == 0) {
        return;
    }
    qsort(g->words, g->n_words, sizeof(*g->words), compare_words);
    size_t n = 1;
    for (size_t i = 1; i < g->n_words; i++) {
        if (!span_equal(g->words[i], g->words[n - 1])) {
            g->words[n++] = g->words[i];
        }
    }
    g->n_words = n;
}

int copy_guard_new(copy_guard **out_guard, span source, huis_error *err)
{
    copy_guard *const g = memory_alloc(1, sizeof(*g));
    if (g == NULL) {
        return error_no_memory(err, "the copy constraint");
    }
    /* Lower case may take more bytes than the capitals did (U+023A: 2 to 3), and runs get a space. */
    buffer_init(&g->folded, 4 * (size_t)LIMIT_FRAME_BYTES);
    bool ok = fold_source(g, source);
    if (ok) {
        place_words(g);
        ok = sort_places(g);
    }
    if (!ok) {
        copy_guard_free(g);
        return error_no_memory(err, "the words of the source");
    }
    sort_words(g);
    *out_guard = g;
    return HUIS_OK;
}

copy_guard *copy_guard_free(copy_guard *g)
{
    if (g != NULL) {
        buffer_deinit(&g->folded);
        memory_free(g->words);
        memory_free(g->places);
        memory_free(g);
    }
    return NULL;
}

void copy_guard_reset(copy_guard *g)
{
    g->state = (copy_state){.kind = RUN_NONE};
}

bool copy_guard_allows(const copy_guard *g, span bytes)
{
    copy_state trial = g->state;
    return advance(g, &trial, bytes) && may_stay_open(g, &trial);
}

bool copy_guard_allows_end(const copy_guard *g)
{
    return g->state.quote.closing == 0 && may_close(g, &g->state);
}

void copy_guard_push(copy_guard *g, span bytes)
{
    (void)advance(g, &g->state, bytes);
}
