/*
 * facts_amount.c - amounts in digits and in words, with their scale, unit or month.
 *
 * 60 000, 2,5 millions d'euros, quatre-vingt-dix-sept, 12 mars. A French number word may stand for a
 * whole one ("mille"), an English one needs what it scales.
 */
#include "evidence/facts_reader.h"

/* The amount's unit after token `last`; moves it over the unit. */
void fact_read_unit_after(const fact_reader *r, fact_amount *a)
{
    size_t i = a->last + 1;
    if (fact_is_word_at(r, i, "de") || fact_is_word_at(r, i, "d")) {
        i++; /* millions d'euros */
        if (a->scale == 0 && (fact_class_at(r, a->last) & LEXICON_SCALE) == 0) {
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
    } else if ((fact_class_at(r, i) & LEXICON_CURRENCY) != 0) {
        a->unit = fact_word_at(r, i)->entry->currency;
    } else if ((fact_class_at(r, i) & LEXICON_PERCENT) != 0) {
        a->unit = UNIT_PERCENT;
    } else if ((fact_is_word_at(r, i, "pour") || fact_is_word_at(r, i, "per")) &&
               fact_is_word_at(r, i + 1, "cent")) {
        a->unit = UNIT_PERCENT;
        i++;
    }
    a->last = a->unit != UNIT_NONE ? (uint32_t)i : a->last;
}

static void read_unit_before(const fact_reader *r, fact_amount *a)
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
void fact_read_scale(const fact_reader *r, fact_amount *a)
{
    const size_t i = a->last + 1;
    const uint32_t classes = fact_class_at(r, i);
    const bool currency_before = a->first > 0 && r->tokens[a->first - 1].kind == TOKEN_SYMBOL &&
                                 r->tokens[a->first - 1].term != '%';
    const bool symbol_after = i + 1 < r->end && r->tokens[i + 1].kind == TOKEN_SYMBOL &&
                              r->tokens[i + 1].gap <= GAP_NARROW;
    const bool word_scale =
        (classes & LEXICON_SCALE) != 0 && fact_word_at(r, i)->entry->number >= 3;
    const bool short_scale =
        (classes & LEXICON_SCALE_SHORT) != 0 &&
        (symbol_after || currency_before || (fact_class_at(r, i + 1) & LEXICON_CURRENCY) != 0 ||
         (r->tokens[i].gap == GAP_NONE && !fact_is_word_at(r, i, "m")));
    if (word_scale || short_scale) {
        a->scale += fact_word_at(r, i)->entry->number;
        a->last = (uint32_t)i;
    }
}

/* 60 000: digits that go on after one space in groups of three. */
static void join_groups(const fact_reader *r, fact_amount *a)
{
    const span head = fact_token_text(r, a->first);
    unsigned value = 0;
    if (head.len > 3 || a->n_values != 1 || head.ptr[0] == '0' ||
        !fact_small_number_at(r, a->first, 3, &value)) {
        return;
    }
    for (size_t i = a->last + 1; fact_is_number_at(r, i); i++) {
        const span group = fact_token_text(r, i);
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

static bool is_ordinal_suffix(const fact_reader *r, size_t i)
{
    static const char *const SUFFIXES[] = {"er",  "re", "e",  "eme", "emes", "nd",
                                           "nde", "st", "th", "rd",  "ers"};
    for (size_t k = 0; k < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); k++) {
        if (fact_is_word_at(r, i, SUFFIXES[k]) && r->tokens[i].gap == GAP_NONE) {
            return true;
        }
    }
    return false;
}

/* A month after the amount ("12 mars", "12th of March") or before it ("March 12"). The amount must
 * be a day of a month. Returns 0 for none. */
unsigned fact_read_month(const fact_reader *r, fact_amount *a)
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
    const size_t skip = fact_is_word_at(r, a->last + 1, "of") ? 1 : 0;
    if ((fact_class_at(r, a->last + 1 + skip) & any) != 0) {
        a->last += 1 + (uint32_t)skip;
        return fact_word_at(r, a->last)->entry->month;
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

void fact_push_amount(fact_reader *r, fact_amount *a)
{
    for (size_t i = 0; i < a->n_values; i++) {
        decimal_scale(&a->values[i], a->scale);
    }
    const unsigned month = fact_read_month(r, a);
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
        fact_ask_key(&f, fact_date_key(day, month));
        (void)fact_add_key(&f, fact_number_key(day));
        (void)fact_add_key(&f, fact_month_key(month));
        /* "March 12": the month's own fact was pushed before; the date replaces it. */
        if (r->list->count > 0 && r->list->facts[r->list->count - 1].first == a->first) {
            r->list->count--;
        }
        fact_push_fact(r, &f);
        return;
    }
    for (size_t i = 0; i < a->n_values; i++) {
        fact_ask_key(&f, value_number_key(&a->values[i], a->unit));
    }
    for (size_t i = 0; i < a->n_values && a->unit != UNIT_NONE; i++) {
        (void)fact_add_key(&f, value_number_key(&a->values[i], UNIT_NONE));
    }
    if (fact_is_word_at(r, a->last + 1, "heures") || fact_is_word_at(r, a->last + 1, "heure")) {
        const decimal *const d = &a->values[0];
        if (d->n_digits <= 2 && d->n_fraction == 0) {
            const unsigned hour = d->n_digits == 2
                                      ? (unsigned)((d->digits[0] - '0') * 10 + (d->digits[1] - '0'))
                                      : (unsigned)(d->digits[0] - '0');
            (void)fact_add_key(&f, value_key_of(hour > 12 ? 't' : 'b', hour, 0));
        }
    }
    fact_push_fact(r, &f);
}

/* An amount that begins with digits. Returns the number of tokens read. */
size_t fact_read_digit_amount(fact_reader *r, size_t i)
{
    fact_amount a = {.first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i};
    const span digits = fact_token_text(r, i);
    a.n_values = decimal_read_digits(digits, a.values);
    if (a.n_values == 0) {
        fact f = {.first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i};
        fact_ask_key(&f, value_hash(digits.ptr, digits.len));
        fact_push_fact(r, &f);
        return 1;
    }
    join_groups(r, &a);
    if (is_ordinal_suffix(r, a.last + 1)) {
        a.last++;
    } else {
        fact_read_scale(r, &a);
        fact_read_unit_after(r, &a);
        read_unit_before(r, &a);
    }
    fact_push_amount(r, &a);
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
static bool take_number_word(const fact_reader *r, size_t k, spelled *s)
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
static bool joins_number(const fact_reader *r, size_t k, const spelled *s)
{
    const span form = r->table->terms[r->tokens[k].term].form;
    const bool et = span_equal(form, SPAN("et"));
    if (s->n_words == 0 || (!et && !span_equal(form, SPAN("and")))) {
        return false;
    }
    return (fact_class_at(r, k + 1) & (LEXICON_CARDINAL | LEXICON_SCALE)) != 0 &&
           (s->group % 100 == 0 || (s->group % 100 >= 20 && et));
}

/* Number words from token i: value, last token, count of words. False: none. */
static bool read_number_words(const fact_reader *r, size_t i, uint64_t *out_value, size_t *out_last,
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

size_t fact_read_word_amount(fact_reader *r, size_t i)
{
    uint64_t value = 0;
    size_t last = i;
    size_t n_words = 0;
    if (!read_number_words(r, i, &value, &last, &n_words)) {
        return 0;
    }
    fact_amount a = {
        .first = (uint32_t)i, .last = (uint32_t)last, .number = (uint32_t)i, .n_values = 1};
    a.values[0] = decimal_from(value);
    const term *const first = &r->table->terms[r->tokens[i].term];
    a.weak = n_words == 1 && (first->classes & LEXICON_WEAK) != 0;
    fact_read_unit_after(r, &a);
    fact_push_amount(r, &a);
    return a.last - i + 1;
}
