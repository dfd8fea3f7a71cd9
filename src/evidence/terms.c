/*
 * terms.c - the tokenizer and the term table.
 *
 * One pass over the bytes with an ASCII fast path; characters beyond ASCII go through utf8proc.
 * Stems: Snowball (Porter 2001) on the accented lower-case form, folded afterwards, once a term.
 */
#include "evidence/terms.h"

#include <libstemmer.h>
#include <utf8proc.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "evidence/evidence.h"

enum { WORD_MAX_BYTES = 256 }; /* a longer run of letters is cut there */

/* A word while it is read: accented and folded. */
typedef struct word_buffer {
    char lower[WORD_MAX_BYTES + 8];
    size_t n_lower;
    char folded[WORD_MAX_BYTES + 8];
    size_t n_folded;
    uint32_t n_letters, n_capitals, n_digits;
    bool first_capital;
} word_buffer;

typedef struct scanner {
    term_table *table;
    span text;
    size_t pos, end;
    word_list *list;
    token_gap gap;
    bool initial;
    bool strict;
    huis_error *err;
} scanner;

int term_table_init(term_table *table, const char *language, arena *memory, huis_error *err)
{
    *table = (term_table){.memory = memory};
    map_init(&table->by_form);
    map_init(&table->by_stem);
    const char *const name = strcmp(language, "fr") == 0 ? "french" : "english";
    table->stemmer = sb_stemmer_new(name, NULL);
    if (table->stemmer == NULL) {
        return error_no_memory(err, "the stemmer");
    }
    return HUIS_OK;
}

void term_table_deinit(term_table *table)
{
    map_deinit(&table->by_form);
    map_deinit(&table->by_stem);
    table->terms = memory_free(table->terms);
    if (table->stemmer != NULL) {
        sb_stemmer_delete(table->stemmer);
        table->stemmer = NULL;
    }
}

void word_list_deinit(word_list *list)
{
    list->tokens = memory_free(list->tokens);
    list->count = 0;
    list->capacity = 0;
}

bool term_find_form(const term_table *table, span form, uint32_t *out_term)
{
    return map_get(&table->by_form, form, out_term);
}

bool term_find_stem(const term_table *table, span stem, uint32_t *out_stem)
{
    return map_get(&table->by_stem, stem, out_stem);
}

bool token_is_content(const term_table *table, const word_token *t)
{
    return t->kind == TOKEN_WORD && ((table->terms[t->term].classes & LEXICON_STOP) == 0 ||
                                     (t->flags & TOKEN_ALL_CAPS) != 0);
}

static bool is_ascii_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_category(utf8proc_category_t category)
{
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

static bool is_mark_category(utf8proc_category_t category)
{
    return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

/* The character at pos, or 0 at the end. */
static uint32_t peek(const scanner *s, size_t pos, size_t *out_len)
{
    if (pos >= s->end) {
        *out_len = 0;
        return 0;
    }
    uint32_t code = 0;
    *out_len = utf8_next(s->text, pos, &code);
    return code;
}

static bool is_letter(uint32_t code)
{
    if (code < 0x80) {
        return is_ascii_letter((unsigned char)code);
    }
    return is_letter_category(utf8proc_category((utf8proc_int32_t)code));
}

static bool is_upper(uint32_t code)
{
    if (code < 0x80) {
        return code >= 'A' && code <= 'Z';
    }
    return utf8proc_category((utf8proc_int32_t)code) == UTF8PROC_CATEGORY_LU;
}

static bool is_apostrophe(uint32_t code)
{
    return code == '\'' || code == 0x2019 || code == 0x02BC;
}

static bool is_hyphen(uint32_t code)
{
    return code == '-' || code == 0x2010 || code == 0x2011;
}

static bool is_dash(uint32_t code)
{
    return is_hyphen(code) || code == 0x2013 || code == 0x2014 || code == 0x2212;
}

static bool is_narrow_space(uint32_t code)
{
    return code == 0xA0 || code == 0x202F || code == 0x2009;
}

/* Letters that do not decompose. */
static const char *fold_special(uint32_t code)
{
    switch (code) {
    case 0xE6:
        return "ae";
    case 0x153:
        return "oe";
    case 0xDF:
        return "ss";
    case 0xF8:
        return "o";
    case 0x142:
        return "l";
    default:
        return NULL;
    }
}

static void word_append_folded(word_buffer *w, uint32_t lower)
{
    const char *const special = fold_special(lower);
    if (special != NULL) {
        const size_t len = strlen(special);
        memcpy(w->folded + w->n_folded, special, len);
        w->n_folded += len;
        return;
    }
    utf8proc_int32_t parts[8] = {0};
    int last_class = 0;
    const utf8proc_ssize_t n = utf8proc_decompose_char(
        (utf8proc_int32_t)lower, parts, 8, UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK, &last_class);
    if (n >= 1 && n <= 8) {
        w->n_folded += utf8_encode((uint32_t)parts[0], w->folded + w->n_folded);
    }
}

static void word_append(word_buffer *w, uint32_t code)
{
    if (w->n_lower >= WORD_MAX_BYTES - 8 || w->n_folded >= WORD_MAX_BYTES - 8) {
        return;
    }
    if (code < 0x80) {
        const bool upper = code >= 'A' && code <= 'Z';
        const char lower = (char)(upper ? code + 32 : code);
        w->lower[w->n_lower++] = lower;
        w->folded[w->n_folded++] = lower;
        w->n_digits += is_digit((unsigned char)code);
        w->n_letters += !is_digit((unsigned char)code);
        w->first_capital = w->first_capital || (upper && w->n_letters == 1);
        w->n_capitals += upper;
        return;
    }
    const utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)code);
    if (is_mark_category(category)) {
        return;
    }
    const uint32_t lower = (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
    w->n_letters++;
    w->n_capitals += category == UTF8PROC_CATEGORY_LU;
    w->first_capital = w->first_capital || (category == UTF8PROC_CATEGORY_LU && w->n_letters == 1);
    w->n_lower += utf8_encode(lower, w->lower + w->n_lower);
    word_append_folded(w, lower);
}

static span fold_stem(const term_table *table, span stem)
{
    word_buffer folded = {0};
    for (size_t i = 0; i < stem.len;) {
        uint32_t code = 0;
        i += utf8_next(stem, i, &code);
        word_append(&folded, code);
    }
    const char *const copy = arena_copy(table->memory, span_from(folded.folded, folded.n_folded));
    return span_from(copy, copy != NULL ? folded.n_folded : 0);
}

static bool add_term(term_table *table, const word_buffer *w, uint32_t *out_term)
{
    if (table->n_terms == table->capacity) {
        const size_t capacity = table->capacity > 0 ? table->capacity * 2 : 64;
        term *const terms = memory_resize(table->terms, capacity, sizeof(*terms));
        if (terms == NULL) {
            return false;
        }
        table->terms = terms;
        table->capacity = capacity;
    }
    const char *const form = arena_copy(table->memory, span_from(w->folded, w->n_folded));
    if (form == NULL) {
        return false;
    }
    term t = {.form = span_from(form, w->n_folded)};
    t.entry = lexicon_find(t.form);
    t.classes = t.entry != NULL ? t.entry->classes : 0;
    const sb_symbol *const stem =
        sb_stemmer_stem(table->stemmer, (const sb_symbol *)w->lower, (int)w->n_lower);
    if (stem == NULL) {
        return false;
    }
    t.stem =
        fold_stem(table, span_from((const char *)stem, (size_t)sb_stemmer_length(table->stemmer)));
    if (t.stem.ptr == NULL) {
        return false;
    }
    t.stem_id = (uint32_t)table->by_stem.count;
    if (!map_get(&table->by_stem, t.stem, &t.stem_id) &&
        !map_set(&table->by_stem, t.stem, t.stem_id)) {
        return false;
    }
    table->terms[table->n_terms] = t;
    *out_term = (uint32_t)table->n_terms++;
    return map_set(&table->by_form, t.form, *out_term);
}

static bool push(scanner *s, word_token t)
{
    word_list *const list = s->list;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? list->capacity * 2 : 64;
        word_token *const tokens = memory_resize(list->tokens, capacity, sizeof(*tokens));
        if (tokens == NULL) {
            return false;
        }
        list->tokens = tokens;
        list->capacity = capacity;
    }
    list->tokens[list->count++] = t;
    s->gap = GAP_NONE;
    return true;
}

static bool push_word(scanner *s, const word_buffer *w, size_t start, size_t end)
{
    uint32_t id = 0;
    if (w->n_folded == 0) {
        return true;
    }
    if (!map_get(&s->table->by_form, span_from(w->folded, w->n_folded), &id) &&
        !add_term(s->table, w, &id)) {
        return false;
    }
    uint8_t flags = 0;
    flags |= (uint8_t)(w->first_capital ? TOKEN_CAPITAL : 0);
    flags |= (uint8_t)(w->n_letters >= 2 && w->n_capitals == w->n_letters ? TOKEN_ALL_CAPS : 0);
    flags |= (uint8_t)(w->n_digits > 0 ? TOKEN_DIGITS : 0);
    flags |= (uint8_t)(s->initial ? TOKEN_INITIAL : 0);
    flags |= (uint8_t)(s->strict ? TOKEN_STRICT : 0);
    term *const t = &s->table->terms[id];
    t->n_total++;
    t->n_capital += w->first_capital;
    t->n_capital_inside += w->first_capital && !s->initial;
    t->n_all_caps += (flags & TOKEN_ALL_CAPS) != 0;
    /* What follows an elided article or a title with its point still opens nothing. */
    s->initial = false;
    return push(
        s, (word_token){(uint32_t)start, (uint32_t)end, id, TOKEN_WORD, (uint8_t)s->gap, flags});
}

/* Words before an apostrophe that are elided articles, pronouns and conjunctions. */
static bool is_elision(span w)
{
    static const char *const WORDS[] = {"l",      "d",      "j",      "m",      "t",
                                        "s",      "c",      "n",      "qu",     "jusqu",
                                        "lorsqu", "puisqu", "quoiqu", "quelqu", "presqu"};
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (span_equal(w, span_from_string(WORDS[i]))) {
            return true;
        }
    }
    return false;
}

/* U.S., U.K.: single capitals with points between. Returns the end, or 0. */
static size_t dotted_acronym_end(const scanner *s, size_t pos)
{
    size_t n_letters = 0;
    size_t at = pos;
    size_t end = 0;
    for (;;) {
        size_t len = 0;
        const uint32_t code = peek(s, at, &len);
        size_t next_len = 0;
        if (!is_upper(code) || peek(s, at + len, &next_len) != '.') {
            break;
        }
        n_letters++;
        at += len + 1;
        end = at;
    }
    size_t len = 0;
    return n_letters >= 2 && !is_letter(peek(s, at, &len)) ? end : 0;
}

static bool scan_acronym(scanner *s, size_t end)
{
    word_buffer w = {0};
    const size_t start = s->pos;
    while (s->pos < end) {
        size_t len = 0;
        const uint32_t code = peek(s, s->pos, &len);
        if (code != '.') {
            word_append(&w, code);
        }
        s->pos += len;
    }
    return push_word(s, &w, start, end);
}

/* Ends before an apostrophe: decides where the word is cut. Returns false on no memory. */
static bool scan_apostrophe(scanner *s, word_buffer *w, size_t *start, size_t mark, size_t mark_len)
{
    const span before = span_from(w->folded, w->n_folded);
    size_t len = 0;
    const uint32_t next = peek(s, mark + mark_len, &len);
    size_t after_len = 0;
    const uint32_t after = peek(s, mark + mark_len + len, &after_len);
    if (is_elision(before)) {
        const bool initial = s->initial;
        if (!push_word(s, w, *start, mark)) {
            return false;
        }
        s->initial = initial;
    } else if (w->n_folded > 1 && w->folded[w->n_folded - 1] == 'n' &&
               (next == 't' || next == 'T') && !is_letter(after)) {
        /* do|n't */
        word_buffer stem = *w;
        stem.n_lower--;
        stem.n_folded--;
        word_buffer suffix = {0};
        word_append(&suffix, 'n');
        word_append(&suffix, '\'');
        word_append(&suffix, 't');
        suffix.n_capitals = 0;
        if (!push_word(s, &stem, *start, mark - 1)) {
            return false;
        }
        s->pos = mark + mark_len + 1;
        const bool ok = push_word(s, &suffix, mark - 1, s->pos);
        *w = (word_buffer){0};
        *start = s->pos;
        return ok;
    } else if (w->n_letters == 1 || span_equal(before, SPAN("aujourd")) ||
               span_equal(before, SPAN("entr")) || span_equal(before, SPAN("prud"))) {
        /* O'Brien, aujourd'hui: one word. */
        word_append(w, '\'');
        w->n_letters--;
        s->pos = mark + mark_len;
        return true;
    } else if (!push_word(s, w, *start, mark)) {
        return false;
    }
    *w = (word_buffer){0};
    s->gap = GAP_APOSTROPHE;
    s->pos = mark + mark_len;
    *start = s->pos;
    return true;
}

static bool scan_word(scanner *s)
{
    const size_t acronym = dotted_acronym_end(s, s->pos);
    if (acronym > 0) {
        return scan_acronym(s, acronym);
    }
    word_buffer w = {0};
    size_t start = s->pos;
    while (s->pos < s->end) {
        size_t len = 0;
        const uint32_t code = peek(s, s->pos, &len);
        const bool digit = code < 0x80 && is_digit((unsigned char)code);
        const bool mark =
            code >= 0x300 && is_mark_category(utf8proc_category((utf8proc_int32_t)code));
        if (digit || mark || is_letter(code)) {
            word_append(&w, code);
            s->pos += len;
            continue;
        }
        size_t next_len = 0;
        if (!is_apostrophe(code) || !is_letter(peek(s, s->pos + len, &next_len))) {
            break;
        }
        if (!scan_apostrophe(s, &w, &start, s->pos, len)) {
            return false;
        }
    }
    return push_word(s, &w, start, s->pos);
}

/* Digits with the separators that stand between two digits. */
static bool scan_number(scanner *s)
{
    const size_t start = s->pos;
    while (s->pos < s->end) {
        const unsigned char c = (unsigned char)s->text.ptr[s->pos];
        const bool has_next =
            s->pos + 1 < s->end && is_digit((unsigned char)s->text.ptr[s->pos + 1]);
        if (!is_digit(c) && !((c == '.' || c == ',' || c == '\'') && has_next)) {
            break;
        }
        s->pos++;
    }
    const bool initial = s->initial;
    s->initial = false;
    const uint8_t flags = (uint8_t)((initial ? TOKEN_INITIAL : 0) | (s->strict ? TOKEN_STRICT : 0));
    return push(s, (word_token){(uint32_t)start, (uint32_t)s->pos, 0, TOKEN_NUMBER, (uint8_t)s->gap,
                                flags});
}

static bool next_is_digit(const scanner *s, size_t pos, bool over_spaces)
{
    while (over_spaces && pos < s->end && s->text.ptr[pos] == ' ') {
        pos++;
    }
    return pos < s->end && is_digit((unsigned char)s->text.ptr[pos]);
}

/* Symbols that belong to numbers: units, and joints between two numbers. */
static bool is_number_symbol(const scanner *s, uint32_t code, size_t len)
{
    if (code == '%' || code == '$' || code == 0x20AC || code == 0xA3 || code == 0xA5) {
        return true;
    }
    if (s->list->count == 0 || s->list->tokens[s->list->count - 1].end > s->pos) {
        return false;
    }
    const word_token *const last = &s->list->tokens[s->list->count - 1];
    const bool after_number =
        last->kind == TOKEN_NUMBER || (last->kind == TOKEN_SYMBOL && last->term != '-');
    if (code == ':' || code == '/') {
        return after_number && last->end == s->pos && next_is_digit(s, s->pos + len, false);
    }
    return is_dash(code) && after_number && s->gap <= GAP_NARROW &&
           next_is_digit(s, s->pos + len, true);
}

static token_gap widest(token_gap a, token_gap b)
{
    return a > b ? a : b;
}

/* A character between tokens. */
static void skip_character(scanner *s, uint32_t code, size_t len)
{
    if (code == '\n') {
        s->gap = GAP_BREAK;
        s->initial = true;
        s->strict = false;
    } else if (code == ' ' || code == '\t' || is_narrow_space(code)) {
        s->gap =
            widest(s->gap, s->gap == GAP_NONE && is_narrow_space(code) ? GAP_NARROW : GAP_SPACE);
        s->strict = false;
    } else if (is_hyphen(code)) {
        s->gap = widest(s->gap, s->gap == GAP_NONE ? GAP_HYPHEN : GAP_PUNCTUATION);
    } else if (code == ',') {
        s->gap = widest(s->gap, GAP_COMMA);
    } else {
        s->gap = widest(s->gap, GAP_PUNCTUATION);
        const bool closes = code == '.' || code == '!' || code == '?' || code == 0x2026 ||
                            code == ':' || code == '"' || code == 0xAB || code == 0x201C ||
                            code == '>' || code == '*' || code == 0x2022 || is_dash(code);
        s->initial = s->initial || closes;
    }
    s->pos += len;
}

/* "M. Dupont", "J. Smith": the point belongs to the word before. */
static void forgive_abbreviation(scanner *s)
{
    if (s->list->count == 0 || !s->initial) {
        return;
    }
    const word_token *const last = &s->list->tokens[s->list->count - 1];
    if (last->kind != TOKEN_WORD || last->end + 2 > s->pos || s->text.ptr[last->end] != '.' ||
        s->gap == GAP_BREAK) {
        return;
    }
    const bool single = last->end - last->start == 1;
    const bool title = (s->table->terms[last->term].classes & LEXICON_TITLE) != 0;
    if ((single || title) && s->pos == last->end + 2) {
        s->initial = false;
    }
}

/* Whether the run of non-space characters from pos is an address, a link or a handle. */
static bool is_address(const scanner *s, size_t pos)
{
    size_t end = pos;
    while (end < s->end && (unsigned char)s->text.ptr[end] > ' ') {
        end++;
    }
    const span run = span_slice(s->text, pos, end);
    if (run.ptr == NULL || run.len < 3) {
        return false;
    }
    return memchr(run.ptr, '@', run.len) != NULL || memchr(run.ptr, '_', run.len) != NULL ||
           memmem(run.ptr, run.len, "://", 3) != NULL ||
           memmem(run.ptr, run.len, "www.", 4) != NULL;
}

int terms_tokenise(term_table *table, span text, size_t start, size_t end, word_list *out_list,
                   huis_error *err)
{
    scanner s = {.table = table,
                 .text = text,
                 .pos = start,
                 .end = end,
                 .list = out_list,
                 .gap = GAP_BREAK,
                 .initial = true,
                 .err = err};
    bool at_space = true;
    while (s.pos < end) {
        size_t len = 0;
        const uint32_t code = peek(&s, s.pos, &len);
        if (at_space && code > ' ') {
            s.strict = is_address(&s, s.pos);
            at_space = false;
        }
        bool ok = true;
        if (is_letter(code)) {
            forgive_abbreviation(&s);
            ok = scan_word(&s);
        } else if (code < 0x80 && is_digit((unsigned char)code)) {
            ok = scan_number(&s);
        } else if (is_number_symbol(&s, code, len)) {
            const uint32_t symbol = is_dash(code) ? '-' : code;
            ok = push(&s, (word_token){(uint32_t)s.pos, (uint32_t)(s.pos + len), symbol,
                                       TOKEN_SYMBOL, (uint8_t)s.gap, 0});
            s.pos += len;
        } else {
            at_space = at_space || code <= ' ' || is_narrow_space(code);
            skip_character(&s, code, len);
        }
        if (!ok) {
            return error_no_memory(err, "the words of the text");
        }
    }
    return HUIS_OK;
}

uint8_t terms_place_phrase(const term_table *table, const word_token *a, const word_token *b)
{
    char phrase[64];
    const span first = table->terms[a->term].form;
    const span second = table->terms[b->term].form;
    if (first.len + second.len + 1 > sizeof(phrase)) {
        return 0;
    }
    memcpy(phrase, first.ptr, first.len);
    phrase[first.len] = ' ';
    memcpy(phrase + first.len + 1, second.ptr, second.len);
    const lexicon_entry *const e = lexicon_find(span_from(phrase, first.len + second.len + 1));
    return e != NULL ? e->place : 0;
}

/* Whether every part of a word is in one of the classes. */
static bool all_parts_in(span word, uint32_t classes)
{
    word_buffer w = {0};
    bool any = false;
    for (size_t i = 0; i <= word.len;) {
        uint32_t code = 0;
        const size_t len = i < word.len ? utf8_next(word, i, &code) : 1;
        if (i < word.len && (is_letter(code) || (code < 0x80 && is_digit((unsigned char)code)))) {
            word_append(&w, code);
        } else if (w.n_folded > 0) {
            const lexicon_entry *const e = lexicon_find(span_from(w.folded, w.n_folded));
            if (e == NULL || (e->classes & classes) == 0) {
                return false;
            }
            any = true;
            w = (word_buffer){0};
        }
        i += len;
    }
    return any;
}

bool evidence_is_function_word(span word)
{
    return all_parts_in(word, LEXICON_STOP);
}

bool evidence_is_common_word(span word)
{
    return all_parts_in(word, LEXICON_STOP | LEXICON_COMMON | LEXICON_MONTH | LEXICON_WEEKDAY |
                                  LEXICON_CARDINAL | LEXICON_ORDINAL | LEXICON_TITLE);
}
