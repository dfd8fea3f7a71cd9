/*
 * keep_order.c - see keep_order.h.
 */
#include "worker/keep_order.h"

#include <stdint.h>

#include <utf8proc.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"

enum { WORD_BITS = 64, N_WORDS = LIMIT_KEEP_ORDER_BYTES / WORD_BITS + 1 };

/* Where the answer may be: behind byte p - 1 of the source (bit p of `inside`), or behind a space
 * that follows the unit that ends at p (bit p of `spaced`). */
typedef struct positions {
    uint64_t inside[N_WORDS];
    uint64_t spaced[N_WORDS];
    uint8_t n_written;    /* bytes of the answer: 0, 1, or 2 for more */
    bool has_first_space; /* the one that some tokenizers put before an answer */
} positions;

typedef struct unit {
    uint16_t start, end;
    bool space_before;
    bool is_mark;
} unit;

struct keep_order {
    char text[LIMIT_KEEP_ORDER_BYTES]; /* each run of white space as one space */
    size_t len;
    unit units[LIMIT_KEEP_ORDER_BYTES];
    size_t n_units;
    uint16_t unit_at[LIMIT_KEEP_ORDER_BYTES + 1]; /* the unit that byte p - 1 is in */
    positions now;
    bool may_begin[256]; /* first bytes of what may follow: most tokens are refused by them */
};

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= 0x09 && code <= 0x0D);
}

/* No-break spaces stay where they are: they bind a number to its unit, a quote to its words. */
static bool is_bound_space(uint32_t code)
{
    return code == 0xA0 || code == 0x202F;
}

/* Punctuation, but what belongs to a number or a name. */
static bool is_mark(uint32_t code)
{
    if (code == '%' || code == 0x2030 || code == '&' || code == '@' || code == '#') {
        return false;
    }
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    return (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO) ||
           is_bound_space(code);
}

/* The character that ends at `end`, and where it starts. */
static size_t character_before(span text, size_t end, uint32_t *out_code)
{
    size_t start = end - 1;
    while (start > 0 && ((unsigned char)text.ptr[start] & 0xC0) == 0x80) {
        start--;
    }
    (void)utf8_next(text, start, out_code);
    return start;
}

static void add_unit(keep_order *k, size_t start, size_t end, bool mark)
{
    if (start < end) {
        const bool spaced = start > 0 && k->text[start - 1] == ' ';
        k->units[k->n_units] = (unit){(uint16_t)start, (uint16_t)end, spaced, mark};
        for (size_t p = start + 1; p <= end; p++) {
            k->unit_at[p] = (uint16_t)k->n_units;
        }
        k->n_units++;
    }
}

/* Marks from `at` to `end`, each with the no-break spaces that bind it. */
static void add_marks(keep_order *k, size_t at, size_t end)
{
    size_t start = at;
    bool has_mark = false;
    while (at < end) {
        uint32_t code = 0;
        const size_t n = utf8_next(span_from(k->text, k->len), at, &code);
        if (has_mark && !is_bound_space(code)) {
            add_unit(k, start, at, true);
            start = at;
            has_mark = false;
        }
        has_mark = has_mark || !is_bound_space(code);
        at += n;
    }
    add_unit(k, start, end, true);
}

/* A run of characters other than white space: marks, a word, marks. */
static void add_run(keep_order *k, size_t start, size_t end)
{
    const span text = span_from(k->text, k->len);
    size_t first = start;
    size_t last = end;
    uint32_t code = 0;
    while (first < end) {
        const size_t n = utf8_next(text, first, &code);
        if (!is_mark(code)) {
            break;
        }
        first += n;
    }
    while (last > first) {
        const size_t before = character_before(text, last, &code);
        if (!is_mark(code)) {
            break;
        }
        last = before;
    }
    add_marks(k, start, first);
    add_unit(k, first, last, false);
    add_marks(k, last, end);
}

static void read_source(keep_order *k, span source)
{
    for (size_t pos = 0; pos < source.len;) {
        uint32_t code = 0;
        const size_t n = utf8_next(source, pos, &code);
        if (!is_space(code)) {
            memcpy(k->text + k->len, source.ptr + pos, n);
            k->len += n;
        } else if (k->len > 0 && k->text[k->len - 1] != ' ') {
            k->text[k->len++] = ' ';
        }
        pos += n;
    }
    for (size_t start = 0; start < k->len;) {
        const char *const space = memchr(k->text + start, ' ', k->len - start);
        const size_t end = space != NULL ? (size_t)(space - k->text) : k->len;
        add_run(k, start, end);
        start = end + 1;
    }
}

int keep_order_new(keep_order **out_keep, span source, huis_error *err)
{
    if (source.len > LIMIT_KEEP_ORDER_BYTES || utf8_valid_prefix(source) < source.len) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "the sentence to shorten has %zu bytes; at most %d of UTF-8 are possible",
                         source.len, LIMIT_KEEP_ORDER_BYTES);
    }
    keep_order *const k = memory_alloc(1, sizeof(*k));
    if (k == NULL) {
        return error_no_memory(err, "the sentence to shorten");
    }
    read_source(k, source);
    if (k->n_units == 0) {
        keep_order_free(k);
        return error_set(err, HUIS_E_BAD_ARGUMENT, "the sentence to shorten has no words");
    }
    keep_order_reset(k);
    *out_keep = k;
    return HUIS_OK;
}

keep_order *keep_order_free(keep_order *k)
{
    return memory_free(k);
}

static bool has_bit(const uint64_t *bits, size_t p)
{
    return (bits[p / WORD_BITS] >> (p % WORD_BITS) & 1) != 0;
}

static void set_bit(uint64_t *bits, size_t p)
{
    bits[p / WORD_BITS] |= UINT64_C(1) << (p % WORD_BITS);
}

static bool is_empty(const positions *s)
{
    uint64_t any = 0;
    for (size_t i = 0; i < N_WORDS; i++) {
        any |= s->inside[i] | s->spaced[i];
    }
    return any == 0;
}

/* Whether unit `next` may stand behind unit `last`, with a space between them or without. */
static bool may_join(const keep_order *k, size_t last, size_t next, bool with_space)
{
    const unit *const u = &k->units[next];
    if (next == last + 1) {
        return u->space_before == with_space;
    }
    /* A closing mark joins what is before it; an opening one, and a word, need a space. */
    const bool closes = u->is_mark && !u->space_before;
    return closes != with_space;
}

/* Whether any unit may stand behind a space after unit `last`: else the answer could not go on. */
static bool may_space(const keep_order *k, size_t last)
{
    for (size_t i = last + 1; i < k->n_units; i++) {
        if (may_join(k, last, i, true)) {
            return true;
        }
    }
    return false;
}

/* The first byte of a unit behind `last`. */
static void begin_unit(const keep_order *k, size_t last, bool with_space, char byte, positions *out)
{
    for (size_t i = last + 1; i < k->n_units; i++) {
        if (k->text[k->units[i].start] == byte && may_join(k, last, i, with_space)) {
            set_bit(out->inside, (size_t)k->units[i].start + 1);
        }
    }
}

/* The first byte of the answer: of a word, or of a mark that opens. A small letter may be a capital. */
static void begin_answer(const keep_order *k, char byte, positions *out)
{
    for (size_t i = 0; i < k->n_units; i++) {
        const unit *const u = &k->units[i];
        const char first = k->text[u->start];
        const bool is_small = !u->is_mark && first >= 'a' && first <= 'z';
        if ((!u->is_mark || u->space_before || i == 0) &&
            (first == byte || (is_small && first - 'a' + 'A' == byte))) {
            set_bit(out->inside, (size_t)u->start + 1);
        }
    }
}

/* The second byte of É (C3 89) where the source has é (C3 A9); byte p is the source's. */
static bool is_capital_latin(const keep_order *k, size_t p, char byte)
{
    const unsigned char trail = (unsigned char)k->text[p];
    return (unsigned char)k->text[p - 1] == 0xC3 && trail >= 0xA0 && trail != 0xB7 &&
           trail != 0xBF && (unsigned char)byte == trail - 0x20;
}

/* From behind byte p - 1 of the source. */
static void step_inside(const keep_order *k, size_t p, char byte, bool is_second, positions *out)
{
    const size_t u = k->unit_at[p];
    if (p == k->units[u].end) {
        if (byte == ' ' && may_space(k, u)) {
            set_bit(out->spaced, p);
        } else if (byte != ' ') {
            begin_unit(k, u, false, byte, out);
        }
    } else if (k->text[p] == byte || (is_second && is_capital_latin(k, p, byte))) {
        set_bit(out->inside, p + 1);
    }
}

/* One byte of the answer. False: it cannot stand there. */
static bool step(const keep_order *k, positions *s, char byte)
{
    positions next = {.n_written = s->n_written < 2 ? (uint8_t)(s->n_written + 1) : 2};
    if (s->n_written == 0) {
        if (byte == ' ' && !s->has_first_space) {
            s->has_first_space = true;
            return true;
        }
        begin_answer(k, byte, &next);
    }
    for (size_t i = 0; i < N_WORDS; i++) {
        for (uint64_t bits = s->inside[i]; bits != 0; bits &= bits - 1) {
            const size_t p = i * WORD_BITS + (size_t)__builtin_ctzll(bits);
            step_inside(k, p, byte, s->n_written == 1, &next);
        }
        for (uint64_t bits = s->spaced[i]; bits != 0; bits &= bits - 1) {
            const size_t p = i * WORD_BITS + (size_t)__builtin_ctzll(bits);
            begin_unit(k, k->unit_at[p], true, byte, &next);
        }
    }
    *s = next;
    return !is_empty(s);
}

static void find_first_bytes(keep_order *k)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        positions trial = k->now;
        k->may_begin[byte] = step(k, &trial, (char)byte);
    }
}

void keep_order_reset(keep_order *k)
{
    k->now = (positions){.n_written = 0};
    find_first_bytes(k);
}

bool keep_order_allows(const keep_order *k, span bytes)
{
    if (bytes.len == 0 || !k->may_begin[(unsigned char)bytes.ptr[0]]) {
        return false;
    }
    positions trial = k->now;
    for (size_t i = 0; i < bytes.len; i++) {
        if (!step(k, &trial, bytes.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool keep_order_allows_end(const keep_order *k)
{
    for (size_t i = 0; i < k->n_units; i++) {
        if (has_bit(k->now.inside, k->units[i].end)) {
            return true;
        }
    }
    return false;
}

void keep_order_push(keep_order *k, span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        (void)step(k, &k->now, bytes.ptr[i]);
    }
    find_first_bytes(k);
}
