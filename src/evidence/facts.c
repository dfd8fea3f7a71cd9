/*
 * facts.c - reads numbers as people write them, in French and English.
 *
 * The reader walks over the tokens; at each one it tries dates, times, amounts in digits, amounts in
 * words, ordinals, months and weekdays, longest form first. A value is a decimal string without
 * leading or trailing zeros (values.c), so that 1,608,683.05, 1 608 683,05 and one in words compare as bytes.
 * "3.519" may be a decimal or thousands: it has both keys.
 */
#include "evidence/facts.h"

#include "base/error.h"
#include "base/memory.h"
#include "evidence/values.h"

/* An amount while it is read. */
typedef struct amount {
    decimal values[2];
    size_t n_values;
    uint32_t first, last, number;
    uint32_t unit;
    uint32_t scale;
    bool weak, joined, ordinal;
} amount;

typedef struct reader {
    const term_table *table;
    span text;
    const word_token *tokens;
    size_t end;
    fact_list *list;
    bool failed;
} reader;

void fact_list_deinit(fact_list *list)
{
    list->facts = memory_free(list->facts);
    list->count = 0;
    list->capacity = 0;
}

static bool add_key(fact *f, uint64_t key)
{
    if (f->n_keys >= FACT_KEYS) {
        return false;
    }
    f->keys[f->n_keys++] = key;
    return true;
}

static void ask_key(fact *f, uint64_t key)
{
    if (add_key(f, key)) {
        f->n_asked = f->n_keys;
    }
}

static void push_fact(reader *r, const fact *f)
{
    fact_list *const list = r->list;
    if (list->count == list->capacity) {
        const size_t capacity = list->capacity > 0 ? list->capacity * 2 : 32;
        fact *const facts = memory_resize(list->facts, capacity, sizeof(*facts));
        if (facts == NULL) {
            r->failed = true;
            return;
        }
        list->facts = facts;
        list->capacity = capacity;
    }
    list->facts[list->count] = *f;
    list->facts[list->count].start = r->tokens[f->first].start;
    list->facts[list->count].end = r->tokens[f->last].end;
    list->count++;
}

static span token_text(const reader *r, size_t i)
{
    return span_slice(r->text, r->tokens[i].start, r->tokens[i].end);
}

static bool is_number_at(const reader *r, size_t i)
{
    return i < r->end && r->tokens[i].kind == TOKEN_NUMBER;
}

static bool is_symbol_at(const reader *r, size_t i, uint32_t symbol)
{
    return i < r->end && r->tokens[i].kind == TOKEN_SYMBOL && r->tokens[i].term == symbol;
}

/* The term of a word on the same line, at most a space or a hyphen away; NULL: none. */
static const term *word_at(const reader *r, size_t i)
{
    if (i >= r->end || r->tokens[i].kind != TOKEN_WORD || r->tokens[i].gap > GAP_APOSTROPHE) {
        return NULL;
    }
    return &r->table->terms[r->tokens[i].term];
}

static bool is_word_at(const reader *r, size_t i, const char *form)
{
    const term *const t = word_at(r, i);
    return t != NULL && span_equal(t->form, span_from_string(form));
}

static uint32_t class_at(const reader *r, size_t i)
{
    const term *const t = word_at(r, i);
    return t != NULL ? t->classes : 0;
}

/* A whole number of one or two (or four) digits without separators; false: something else. */
static bool small_number_at(const reader *r, size_t i, size_t max_digits, unsigned *out_value)
{
    if (!is_number_at(r, i)) {
        return false;
    }
    const span digits = token_text(r, i);
    unsigned value = 0;
    if (digits.len > max_digits) {
        return false;
    }
    for (size_t k = 0; k < digits.len; k++) {
        if (digits.ptr[k] < '0' || digits.ptr[k] > '9') {
            return false;
        }
        value = value * 10 + (unsigned)(digits.ptr[k] - '0');
    }
    *out_value = value;
    return true;
}

static uint64_t number_key(unsigned value)
{
    const decimal d = decimal_from(value);
    return value_number_key(&d, UNIT_NONE);
}

static uint64_t date_key(unsigned day, unsigned month)
{
    return value_key_of('d', day, month);
}

static uint64_t month_key(unsigned month)
{
    return value_key_of('m', month, 0);
}

static void push_year(reader *r, size_t i, unsigned year)
{
    fact f = {.first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i};
    ask_key(&f, number_key(year));
    if (year < 100) {
        ask_key(&f, number_key(year + (year < 70 ? 2000u : 1900u)));
    }
    push_fact(r, &f);
}

/* A day and a month in digits: both orders where both are possible. */
static bool push_numeric_date(reader *r, size_t first, size_t last, unsigned a, unsigned b)
{
    fact f = {.kind = FACT_DATE,
              .first = (uint32_t)first,
              .last = (uint32_t)last,
              .number = (uint32_t)first};
    if (a >= 1 && a <= 31 && b >= 1 && b <= 12) {
        ask_key(&f, date_key(a, b));
    }
    if (b >= 1 && b <= 31 && a >= 1 && a <= 12 && a != b) {
        ask_key(&f, date_key(b, a));
    }
    if (f.n_asked == 0) {
        return false;
    }
    const size_t n = f.n_asked;
    (void)add_key(&f, number_key(a));
    (void)add_key(&f, number_key(b));
    (void)add_key(&f, month_key(b));
    if (n > 1) {
        (void)add_key(&f, month_key(a));
    }
    push_fact(r, &f);
    return true;
}

/* 12/03/2025, 12/03, 2025-03-12, 12.03.2025. Returns the number of tokens read. */
static size_t read_numeric_date(reader *r, size_t i)
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    const span digits = token_text(r, i);
    if (digits.len >= 6 && digits.len <= 10 && memchr(digits.ptr, '.', digits.len) != NULL) {
        unsigned parts[3] = {0};
        size_t n = 0;
        for (size_t k = 0; k < digits.len && n < 3; k++) {
            if (digits.ptr[k] == '.') {
                n++;
            } else if (digits.ptr[k] >= '0' && digits.ptr[k] <= '9') {
                parts[n] = parts[n] * 10 + (unsigned)(digits.ptr[k] - '0');
            } else {
                return 0;
            }
        }
        if (n == 2 && push_numeric_date(r, i, i, parts[0], parts[1])) {
            push_year(r, i, parts[2]);
            return 1;
        }
        return 0;
    }
    const bool slash = is_symbol_at(r, i + 1, '/');
    const bool dash = is_symbol_at(r, i + 1, '-') && r->tokens[i + 1].gap == GAP_NONE;
    if (!slash && !dash) {
        return 0;
    }
    const uint32_t joint = slash ? '/' : '-';
    const bool three = is_symbol_at(r, i + 3, joint) && is_number_at(r, i + 4);
    if (three && small_number_at(r, i, 4, &a) && a >= 1000 && small_number_at(r, i + 2, 2, &b) &&
        small_number_at(r, i + 4, 2, &c) && push_numeric_date(r, i + 2, i + 4, c, b)) {
        push_year(r, i, a);
        return 5;
    }
    if (!small_number_at(r, i, 2, &a) || !small_number_at(r, i + 2, 2, &b)) {
        return 0;
    }
    if (three && small_number_at(r, i + 4, 4, &c) && push_numeric_date(r, i, i + 2, a, b)) {
        push_year(r, i + 4, c);
        return 5;
    }
    return slash && !three && push_numeric_date(r, i, i + 2, a, b) ? 3 : 0;
}

/* Half of the day after a time ("pm", "p.m."): 0 not said, 1 morning, 2 afternoon. *out_n: tokens. */
static unsigned read_half_day(const reader *r, size_t i, size_t *out_n)
{
    *out_n = 1;
    if (is_word_at(r, i, "pm") || is_word_at(r, i, "am")) {
        return is_word_at(r, i, "pm") ? 2 : 1;
    }
    const bool letter = is_word_at(r, i, "p") || is_word_at(r, i, "a");
    const size_t point = letter ? r->tokens[i].end : 0;
    if (letter && i + 1 < r->end && r->tokens[i + 1].start == point + 1 &&
        r->text.ptr[point] == '.' && r->tokens[i + 1].end == point + 2 &&
        (r->text.ptr[point + 1] | 0x20) == 'm') {
        *out_n = 2;
        return is_word_at(r, i, "p") ? 2 : 1;
    }
    *out_n = 0;
    return 0;
}

static void push_time(reader *r, size_t first, size_t last, unsigned hour, unsigned minute,
                      unsigned half)
{
    fact f = {.kind = FACT_TIME,
              .first = (uint32_t)first,
              .last = (uint32_t)last,
              .number = (uint32_t)first};
    const bool exact = half != 0 || hour > 12 || hour == 0;
    const unsigned full = half == 2 && hour < 12 ? hour + 12 : half == 1 && hour == 12 ? 0 : hour;
    if (exact) {
        ask_key(&f, value_key_of('t', full, minute));
    } else {
        ask_key(&f, value_key_of('b', hour, minute));
    }
    (void)add_key(&f, value_key_of('b', full > 12 ? full - 12 : full == 0 ? 12 : full, minute));
    (void)add_key(&f, number_key(hour));
    push_fact(r, &f);
}

/* h30 after a number: minutes glued to the letter. */
static bool glued_minutes(const reader *r, size_t i, unsigned *out_minute)
{
    const term *const t = word_at(r, i);
    if (t == NULL || t->form.len < 1 || t->form.ptr[0] != 'h' || r->tokens[i].gap > GAP_NARROW) {
        return false;
    }
    if (t->form.len == 1) {
        *out_minute = 0;
        return true;
    }
    if (t->form.len != 3 || t->form.ptr[1] > '5' || t->form.ptr[1] < '0' || t->form.ptr[2] < '0' ||
        t->form.ptr[2] > '9') {
        return false;
    }
    *out_minute = (unsigned)(t->form.ptr[1] - '0') * 10 + (unsigned)(t->form.ptr[2] - '0');
    return true;
}

/* 6.30 pm. */
static size_t read_dotted_time(reader *r, size_t i)
{
    const span digits = token_text(r, i);
    size_t n_half = 0;
    const unsigned half = read_half_day(r, i + 1, &n_half);
    if (half == 0 || digits.len < 4 || digits.len > 5 || digits.ptr[digits.len - 3] != '.') {
        return 0;
    }
    const char *const d = digits.ptr;
    const unsigned hour =
        digits.len == 4 ? (unsigned)(d[0] - '0') : (unsigned)((d[0] - '0') * 10 + d[1] - '0');
    const unsigned minute = (unsigned)((d[digits.len - 2] - '0') * 10 + d[digits.len - 1] - '0');
    push_time(r, i, i + n_half, hour, minute, half);
    return 1 + n_half;
}

/* 18h30, 18 h 30, 18h, 18:30, 6:30 pm, 6 p.m. Returns the number of tokens read. */
static size_t read_time(reader *r, size_t i)
{
    unsigned hour = 0;
    unsigned minute = 0;
    if (!small_number_at(r, i, 2, &hour) || hour > 24) {
        return read_dotted_time(r, i);
    }
    size_t n = 0;
    if (is_symbol_at(r, i + 1, ':') && small_number_at(r, i + 2, 2, &minute) && minute < 60) {
        n = 3;
    } else if (glued_minutes(r, i + 1, &minute)) {
        unsigned later = 0;
        n = 2;
        if (r->tokens[i + 1].end - r->tokens[i + 1].start == 1 && i + 2 < r->end &&
            r->tokens[i + 2].gap <= GAP_NARROW && token_text(r, i + 2).len == 2 &&
            small_number_at(r, i + 2, 2, &later) && later < 60) {
            minute = later;
            n = 3;
        }
    }
    size_t n_half = 0;
    const unsigned half = read_half_day(r, i + (n > 0 ? n : 1), &n_half);
    if (n == 0 && (half == 0 || hour > 12)) {
        return 0;
    }
    n = (n > 0 ? n : 1) + n_half;
    push_time(r, i, i + n - 1, hour, minute, half);
    return n;
}

/* The amount's unit after token `last`; moves it over the unit. */
static void read_unit_after(const reader *r, amount *a)
{
    size_t i = a->last + 1;
    if (is_word_at(r, i, "de") || is_word_at(r, i, "d")) {
        i++; /* millions d'euros */
        if (a->scale == 0 && (class_at(r, a->last) & LEXICON_SCALE) == 0) {
            return;
        }
    }
    if (i >= r->end || r->tokens[i].gap > GAP_APOSTROPHE) {
        return;
    }
    if (r->tokens[i].kind == TOKEN_SYMBOL) {
        const uint32_t code = r->tokens[i].term;
        a->unit = code == '%'      ? UNIT_PERCENT
                  : code == 0x20AC ? 1
                  : code == '$'    ? 2
                  : code == 0xA3   ? 3
                  : code == 0xA5   ? 4
                                   : UNIT_NONE;
    } else if ((class_at(r, i) & LEXICON_CURRENCY) != 0) {
        a->unit = word_at(r, i)->entry->currency;
    } else if ((class_at(r, i) & LEXICON_PERCENT) != 0) {
        a->unit = UNIT_PERCENT;
    } else if ((is_word_at(r, i, "pour") || is_word_at(r, i, "per")) &&
               is_word_at(r, i + 1, "cent")) {
        a->unit = UNIT_PERCENT;
        i++;
    }
    a->last = a->unit != UNIT_NONE ? (uint32_t)i : a->last;
}

static void read_unit_before(const reader *r, amount *a)
{
    if (a->unit != UNIT_NONE || a->first == 0 || r->tokens[a->first].gap > GAP_NARROW) {
        return;
    }
    const word_token *const before = &r->tokens[a->first - 1];
    if (before->kind != TOKEN_SYMBOL) {
        return;
    }
    a->unit = before->term == 0x20AC ? 1
              : before->term == '$'  ? 2
              : before->term == 0xA3 ? 3
              : before->term == 0xA5 ? 4
                                     : UNIT_NONE;
    a->first -= a->unit != UNIT_NONE;
}

/* million, milliards; M and k where a currency says that they are meant. */
static void read_scale(const reader *r, amount *a)
{
    const size_t i = a->last + 1;
    const uint32_t classes = class_at(r, i);
    const bool currency_before = a->first > 0 && r->tokens[a->first - 1].kind == TOKEN_SYMBOL &&
                                 r->tokens[a->first - 1].term != '%';
    const bool symbol_after = i + 1 < r->end && r->tokens[i + 1].kind == TOKEN_SYMBOL &&
                              r->tokens[i + 1].gap <= GAP_NARROW;
    const bool word_scale = (classes & LEXICON_SCALE) != 0 && word_at(r, i)->entry->number >= 3;
    const bool short_scale =
        (classes & LEXICON_SCALE_SHORT) != 0 &&
        (symbol_after || currency_before || (class_at(r, i + 1) & LEXICON_CURRENCY) != 0 ||
         (r->tokens[i].gap == GAP_NONE && !is_word_at(r, i, "m")));
    if (word_scale || short_scale) {
        a->scale += word_at(r, i)->entry->number;
        a->last = (uint32_t)i;
    }
}

/* 60 000: digits that go on after one space in groups of three. */
static void join_groups(const reader *r, amount *a)
{
    const span head = token_text(r, a->first);
    unsigned value = 0;
    if (head.len > 3 || a->n_values != 1 || head.ptr[0] == '0' ||
        !small_number_at(r, a->first, 3, &value)) {
        return;
    }
    for (size_t i = a->last + 1; is_number_at(r, i); i++) {
        const span group = token_text(r, i);
        const word_token *const t = &r->tokens[i];
        const bool one_space =
            t->gap == GAP_NARROW || (t->gap == GAP_SPACE && t->start == r->tokens[i - 1].end + 1);
        const bool fraction = group.len > 4 && (group.ptr[3] == ',' || group.ptr[3] == '.');
        if (!one_space || (group.len != 3 && !fraction) || memchr(group.ptr, ',', 3) != NULL ||
            memchr(group.ptr, '.', 3) != NULL) {
            return;
        }
        a->joined = a->joined || t->gap == GAP_SPACE;
        for (size_t k = 0; k < group.len; k++) {
            if (k == 3) {
                continue;
            }
            if (decimal_push(&a->values[0], group.ptr[k])) {
                a->values[0].n_fraction += k > 3;
            }
        }
        a->last = (uint32_t)i;
        if (fraction) {
            return;
        }
    }
}

static bool is_ordinal_suffix(const reader *r, size_t i)
{
    static const char *const SUFFIXES[] = {"er",  "re", "e",  "eme", "emes", "nd",
                                           "nde", "st", "th", "rd",  "ers"};
    for (size_t k = 0; k < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); k++) {
        if (is_word_at(r, i, SUFFIXES[k]) && r->tokens[i].gap == GAP_NONE) {
            return true;
        }
    }
    return false;
}

/* A month after the amount ("12 mars", "12th of March") or before it ("March 12"). The amount must
 * be a day of a month. Returns 0 for none. */
static unsigned read_month(const reader *r, amount *a)
{
    const uint32_t any = LEXICON_MONTH | LEXICON_MONTH_SHORT;
    const decimal *const d = &a->values[0];
    const unsigned day = d->n_digits == 1 ? (unsigned)(d->digits[0] - '0')
                         : d->n_digits == 2
                             ? (unsigned)((d->digits[0] - '0') * 10 + (d->digits[1] - '0'))
                             : 0;
    if (a->n_values != 1 || d->n_fraction > 0 || day < 1 || day > 31 || a->unit != UNIT_NONE) {
        return 0;
    }
    const size_t skip = is_word_at(r, a->last + 1, "of") ? 1 : 0;
    if ((class_at(r, a->last + 1 + skip) & any) != 0) {
        a->last += 1 + (uint32_t)skip;
        return word_at(r, a->last)->entry->month;
    }
    if (a->first > 0 && r->tokens[a->first].gap <= GAP_NARROW &&
        r->tokens[a->first - 1].kind == TOKEN_WORD) {
        const term *const before = &r->table->terms[r->tokens[a->first - 1].term];
        if ((before->classes & any) != 0 && before->entry->month != 0) {
            a->first--;
            return before->entry->month;
        }
    }
    return 0;
}

static void push_amount(reader *r, amount *a)
{
    for (size_t i = 0; i < a->n_values; i++) {
        decimal_scale(&a->values[i], a->scale);
    }
    const unsigned month = read_month(r, a);
    fact f = {.first = a->first,
              .last = a->last,
              .number = a->number,
              .weak = a->weak,
              .joined = a->joined};
    if (month != 0) {
        const decimal *const d = &a->values[0];
        const unsigned day = d->n_digits == 1
                                 ? (unsigned)(d->digits[0] - '0')
                                 : (unsigned)((d->digits[0] - '0') * 10 + (d->digits[1] - '0'));
        f.kind = FACT_DATE;
        f.weak = false;
        ask_key(&f, date_key(day, month));
        (void)add_key(&f, number_key(day));
        (void)add_key(&f, month_key(month));
        /* "March 12": the month's own fact was pushed before; the date replaces it. */
        if (r->list->count > 0 && r->list->facts[r->list->count - 1].first == a->first) {
            r->list->count--;
        }
        push_fact(r, &f);
        return;
    }
    for (size_t i = 0; i < a->n_values; i++) {
        ask_key(&f, value_number_key(&a->values[i], a->unit));
    }
    for (size_t i = 0; i < a->n_values && a->unit != UNIT_NONE; i++) {
        (void)add_key(&f, value_number_key(&a->values[i], UNIT_NONE));
    }
    if (is_word_at(r, a->last + 1, "heures") || is_word_at(r, a->last + 1, "heure")) {
        const decimal *const d = &a->values[0];
        if (d->n_digits <= 2 && d->n_fraction == 0) {
            const unsigned hour = d->n_digits == 2
                                      ? (unsigned)((d->digits[0] - '0') * 10 + (d->digits[1] - '0'))
                                      : (unsigned)(d->digits[0] - '0');
            (void)add_key(&f, value_key_of(hour > 12 ? 't' : 'b', hour, 0));
        }
    }
    push_fact(r, &f);
}

/* An amount that begins with digits. Returns the number of tokens read. */
static size_t read_digit_amount(reader *r, size_t i)
{
    amount a = {.first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i};
    const span digits = token_text(r, i);
    a.n_values = decimal_read_digits(digits, a.values);
    if (a.n_values == 0) {
        fact f = {.first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i};
        ask_key(&f, value_hash(digits.ptr, digits.len));
        push_fact(r, &f);
        return 1;
    }
    join_groups(r, &a);
    if (is_ordinal_suffix(r, a.last + 1)) {
        a.last++;
    } else {
        read_scale(r, &a);
        read_unit_after(r, &a);
        read_unit_before(r, &a);
    }
    push_amount(r, &a);
    return a.last >= i ? a.last - i + 1 : 1;
}

/* Number words while they are read: 2 019 000 is total 2 000 000, group 19, before "thousand". */
typedef struct spelled {
    uint64_t total, group;
    size_t n_words;
} spelled;

/* "vingt", "seven": whether it goes on the group, as in vingt-sept, quatre-vingt, dix-neuf. */
static bool take_cardinal(spelled *s, uint32_t value, bool hyphen)
{
    const uint64_t tail = s->group % 100;
    const bool four_twenties = value == 20 && tail == 4 && hyphen;
    const bool fits = s->n_words == 0 || four_twenties || tail == 0 ||
                      (tail >= 20 && tail % 10 == 0 && value < 20) ||
                      (tail == 10 && value >= 7 && value <= 9 && hyphen);
    if (fits) {
        s->group = four_twenties ? s->group - 4 + 80 : s->group + value;
    }
    return fits;
}

/* "hundred", "mille", "millions"; the French ones also stand alone. False: too large a number. */
static bool take_scale(spelled *s, const term *w)
{
    uint64_t power = 1;
    for (uint32_t p = 0; p < w->entry->number; p++) {
        power *= 10;
    }
    if (power == 100) {
        s->group = (s->group == 0 ? 1 : s->group % 100) * 100;
        return true;
    }
    if (s->total > UINT64_MAX / 2 / power || s->group > UINT64_MAX / 2 / power) {
        return false;
    }
    if (s->group > 0 || s->total == 0) {
        s->total += (s->group == 0 ? 1 : s->group) * power;
    } else {
        s->total *= power;
    }
    s->group = 0;
    return true;
}

/* Whether token k, a word, continues the number; it is then taken. */
static bool take_number_word(const reader *r, size_t k, spelled *s)
{
    const word_token *const t = &r->tokens[k];
    const term *const w = &r->table->terms[t->term];
    const bool hyphen = t->gap == GAP_HYPHEN;
    const bool alone = span_equal(w->form, SPAN("cent")) || span_equal(w->form, SPAN("mille"));
    if ((w->classes & LEXICON_CARDINAL) != 0) {
        return take_cardinal(s, w->entry->number, hyphen);
    }
    if ((w->classes & LEXICON_ORDINAL) != 0 && s->n_words > 0 && hyphen && w->entry->number < 10) {
        s->group += w->entry->number; /* twenty-first */
        return true;
    }
    return (w->classes & LEXICON_SCALE) != 0 && (s->n_words > 0 || alone) && take_scale(s, w);
}

/* "vingt et un", "two hundred and five": the joining word at k. */
static bool joins_number(const reader *r, size_t k, const spelled *s)
{
    const span form = r->table->terms[r->tokens[k].term].form;
    const bool et = span_equal(form, SPAN("et"));
    if (s->n_words == 0 || (!et && !span_equal(form, SPAN("and")))) {
        return false;
    }
    return (class_at(r, k + 1) & (LEXICON_CARDINAL | LEXICON_SCALE)) != 0 &&
           (s->group % 100 == 0 || (s->group % 100 >= 20 && et));
}

/* Number words from token i: value, last token, count of words. False: none. */
static bool read_number_words(const reader *r, size_t i, uint64_t *out_value, size_t *out_last,
                              size_t *out_words)
{
    spelled s = {0};
    size_t last = i;
    for (size_t k = i; k < r->end; k++) {
        const word_token *const t = &r->tokens[k];
        if (t->kind != TOKEN_WORD || (k > i && t->gap > GAP_HYPHEN)) {
            break;
        }
        if (joins_number(r, k, &s)) {
            continue;
        }
        if (!take_number_word(r, k, &s)) {
            break;
        }
        s.n_words++;
        last = k;
    }
    *out_value = s.total + s.group;
    *out_last = last;
    *out_words = s.n_words;
    return s.n_words > 0;
}

static size_t read_word_amount(reader *r, size_t i)
{
    uint64_t value = 0;
    size_t last = i;
    size_t n_words = 0;
    if (!read_number_words(r, i, &value, &last, &n_words)) {
        return 0;
    }
    amount a = {.first = (uint32_t)i, .last = (uint32_t)last, .number = (uint32_t)i, .n_values = 1};
    a.values[0] = decimal_from(value);
    const term *const first = &r->table->terms[r->tokens[i].term];
    a.weak = n_words == 1 && (first->classes & LEXICON_WEAK) != 0;
    read_unit_after(r, &a);
    push_amount(r, &a);
    return a.last - i + 1;
}

/* Months and weekdays by themselves. English "may" and "march" count only with a capital. */
static bool read_calendar_word(reader *r, size_t i)
{
    const word_token *const t = &r->tokens[i];
    const term *const w = &r->table->terms[t->term];
    fact f = {.kind = FACT_DATE,
              .first = (uint32_t)i,
              .last = (uint32_t)i,
              .number = (uint32_t)i,
              .is_name = true};
    if ((w->classes & LEXICON_WEEKDAY) != 0) {
        ask_key(&f, value_key_of('w', w->entry->weekday, 0));
    } else if ((w->classes & LEXICON_MONTH) != 0) {
        const bool verb = span_equal(w->form, SPAN("may")) || span_equal(w->form, SPAN("march"));
        const bool capital = (t->flags & TOKEN_CAPITAL) != 0;
        if (verb && (!capital || ((t->flags & TOKEN_INITIAL) != 0 && !is_number_at(r, i + 1)))) {
            return false;
        }
        ask_key(&f, month_key(w->entry->month));
    } else if ((w->classes & (LEXICON_WEEKDAY_SHORT | LEXICON_MONTH_SHORT)) != 0 &&
               (t->flags & TOKEN_CAPITAL) != 0) {
        f.weak = true;
        if ((w->classes & LEXICON_WEEKDAY_SHORT) != 0) {
            ask_key(&f, value_key_of('w', w->entry->weekday, 0));
        }
        if ((w->classes & LEXICON_MONTH_SHORT) != 0) {
            ask_key(&f, month_key(w->entry->month));
        }
    } else {
        return false;
    }
    push_fact(r, &f);
    return true;
}

static size_t read_word(reader *r, size_t i)
{
    const word_token *const t = &r->tokens[i];
    const uint32_t classes = r->table->terms[t->term].classes;
    if ((classes & (LEXICON_CARDINAL | LEXICON_SCALE)) != 0) {
        const size_t n = read_word_amount(r, i);
        if (n > 0) {
            return n;
        }
    }
    if ((classes & LEXICON_ORDINAL) != 0) {
        amount a = {
            .first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i, .n_values = 1};
        a.values[0] = decimal_from(r->table->terms[t->term].entry->number);
        a.weak = (classes & LEXICON_WEAK) != 0;
        push_amount(r, &a);
        return a.last - a.first + 1;
    }
    (void)read_calendar_word(r, i);
    return 1;
}

/* A list mark at the start of a line is no number: "1." or "2)" before a space. */
static bool is_list_mark(const reader *r, size_t i)
{
    const word_token *const t = &r->tokens[i];
    const size_t end = t->end;
    if (t->gap != GAP_BREAK || end - t->start > 2 || end + 1 >= r->text.len) {
        return false;
    }
    const char mark = r->text.ptr[end];
    const char after = r->text.ptr[end + 1];
    return (mark == '.' || mark == ')') && (after == ' ' || after == '\t');
}

/* 46 - 26, 10 à 15 %, 2 or 3 million: the first takes the unit and scale of the second, and the
 * pair is a fact of its own when a dash joins it. */
static void link_pairs(reader *r, size_t first_fact)
{
    const size_t count = r->list->count;
    for (size_t i = first_fact; i + 1 < count && !r->failed; i++) {
        fact *const a = &r->list->facts[i];
        const fact *const b = &r->list->facts[i + 1];
        if (a->is_name || b->is_name || b->first != a->last + 2) {
            continue;
        }
        const word_token *const joint = &r->tokens[a->last + 1];
        const bool dash = joint->kind == TOKEN_SYMBOL && joint->term == '-';
        const bool word = is_word_at(r, a->last + 1, "a") || is_word_at(r, a->last + 1, "to") ||
                          is_word_at(r, a->last + 1, "et") || is_word_at(r, a->last + 1, "and") ||
                          is_word_at(r, a->last + 1, "ou") || is_word_at(r, a->last + 1, "or") ||
                          is_word_at(r, a->last + 1, "au");
        if (!dash && !word) {
            continue;
        }
        const uint64_t low = a->keys[0] < b->keys[0] ? a->keys[0] : b->keys[0];
        const uint64_t high = a->keys[0] < b->keys[0] ? b->keys[0] : a->keys[0];
        const uint64_t both[2] = {low, high};
        fact pair = {.kind = FACT_PAIR,
                     .first = a->first,
                     .last = b->last,
                     .number = a->number,
                     .weak = !dash};
        ask_key(&pair, value_hash((const char *)both, sizeof(both)));
        push_fact(r, &pair);
    }
}

/* 10 à 15 %: the first number also offers itself in the unit or month of the second. */
static void inherit_units(reader *r, size_t first_fact)
{
    for (size_t i = r->list->count; i-- > first_fact + 1;) {
        const fact *const b = &r->list->facts[i];
        fact *const a = &r->list->facts[i - 1];
        if (a->is_name || b->is_name || b->first != a->last + 2 ||
            r->tokens[a->number].kind != TOKEN_NUMBER || b->last == b->number) {
            continue;
        }
        /* Read the first number again as if the words after the second followed it. */
        amount again = {.first = a->number, .last = b->number, .number = a->number};
        again.n_values = decimal_read_digits(token_text(r, a->number), again.values);
        if (again.n_values == 0) {
            continue;
        }
        read_scale(r, &again);
        read_unit_after(r, &again);
        for (size_t v = 0; v < again.n_values; v++) {
            decimal_scale(&again.values[v], again.scale);
            (void)add_key(a, value_number_key(&again.values[v], again.unit));
        }
        const uint32_t before = again.last;
        const unsigned month = read_month(r, &again);
        if (month != 0 && again.last > before) {
            unsigned day = 0;
            if (small_number_at(r, a->number, 2, &day)) {
                (void)add_key(a, date_key(day, month));
            }
        }
    }
}

int facts_find(const term_table *table, span text, const word_list *words, size_t first, size_t end,
               fact_list *out_list, huis_error *err)
{
    reader r = {
        .table = table, .text = text, .tokens = words->tokens, .end = end, .list = out_list};
    const size_t first_fact = out_list->count;
    for (size_t i = first; i < end && !r.failed;) {
        const word_token *const t = &r.tokens[i];
        if (t->kind == TOKEN_WORD) {
            i += read_word(&r, i);
            continue;
        }
        if (t->kind == TOKEN_SYMBOL || is_list_mark(&r, i)) {
            i++;
            continue;
        }
        size_t n = read_numeric_date(&r, i);
        n = n > 0 ? n : read_time(&r, i);
        i += n > 0 ? n : read_digit_amount(&r, i);
    }
    inherit_units(&r, first_fact);
    link_pairs(&r, first_fact);
    return r.failed ? error_no_memory(err, "the numbers of the text") : HUIS_OK;
}
