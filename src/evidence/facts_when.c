/*
 * facts_when.c - dates and times in digits: 12/03/2025, 2025-03-12, 18h30, 6:30 pm.
 */
#include "evidence/facts_reader.h"

static void push_year(fact_reader *r, size_t i, unsigned year)
{
    fact f = {.first = (uint32_t)i, .last = (uint32_t)i, .number = (uint32_t)i};
    fact_ask_key(&f, fact_number_key(year));
    if (year < 100) {
        fact_ask_key(&f, fact_number_key(year + (year < 70 ? 2000u : 1900u)));
    }
    fact_push_fact(r, &f);
}

/* A day and a month in digits: both orders where both are possible. */
static bool push_numeric_date(fact_reader *r, size_t first, size_t last, unsigned a, unsigned b)
{
    fact f = {.kind = FACT_DATE,
              .first = (uint32_t)first,
              .last = (uint32_t)last,
              .number = (uint32_t)first};
    if (a >= 1 && a <= 31 && b >= 1 && b <= 12) {
        fact_ask_key(&f, fact_date_key(a, b));
    }
    if (b >= 1 && b <= 31 && a >= 1 && a <= 12 && a != b) {
        fact_ask_key(&f, fact_date_key(b, a));
    }
    if (f.n_asked == 0) {
        return false;
    }
    const size_t n = f.n_asked;
    (void)fact_add_key(&f, fact_number_key(a));
    (void)fact_add_key(&f, fact_number_key(b));
    (void)fact_add_key(&f, fact_month_key(b));
    if (n > 1) {
        (void)fact_add_key(&f, fact_month_key(a));
    }
    fact_push_fact(r, &f);
    return true;
}

/* 12/03/2025, 12/03, 2025-03-12, 12.03.2025. Returns the number of tokens read. */
size_t fact_read_numeric_date(fact_reader *r, size_t i)
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    const span digits = fact_token_text(r, i);
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
    const bool slash = fact_is_symbol_at(r, i + 1, '/');
    const bool dash = fact_is_symbol_at(r, i + 1, '-') && r->tokens[i + 1].gap == GAP_NONE;
    if (!slash && !dash) {
        return 0;
    }
    const uint32_t joint = slash ? '/' : '-';
    const bool three = fact_is_symbol_at(r, i + 3, joint) && fact_is_number_at(r, i + 4);
    if (three && fact_small_number_at(r, i, 4, &a) && a >= 1000 &&
        fact_small_number_at(r, i + 2, 2, &b) && fact_small_number_at(r, i + 4, 2, &c) &&
        push_numeric_date(r, i + 2, i + 4, c, b)) {
        push_year(r, i, a);
        return 5;
    }
    if (!fact_small_number_at(r, i, 2, &a) || !fact_small_number_at(r, i + 2, 2, &b)) {
        return 0;
    }
    if (three && fact_small_number_at(r, i + 4, 4, &c) && push_numeric_date(r, i, i + 2, a, b)) {
        push_year(r, i + 4, c);
        return 5;
    }
    return slash && !three && push_numeric_date(r, i, i + 2, a, b) ? 3 : 0;
}

/* Half of the day after a time ("pm", "p.m."): 0 not said, 1 morning, 2 afternoon. *out_n: tokens. */
static unsigned read_half_day(const fact_reader *r, size_t i, size_t *out_n)
{
    *out_n = 1;
    if (fact_is_word_at(r, i, "pm") || fact_is_word_at(r, i, "am")) {
        return fact_is_word_at(r, i, "pm") ? 2 : 1;
    }
    const bool letter = fact_is_word_at(r, i, "p") || fact_is_word_at(r, i, "a");
    const size_t point = letter ? r->tokens[i].end : 0;
    if (letter && i + 1 < r->end && r->tokens[i + 1].start == point + 1 &&
        r->text.ptr[point] == '.' && r->tokens[i + 1].end == point + 2 &&
        (r->text.ptr[point + 1] | 0x20) == 'm') {
        *out_n = 2;
        return fact_is_word_at(r, i, "p") ? 2 : 1;
    }
    *out_n = 0;
    return 0;
}

static void push_time(fact_reader *r, size_t first, size_t last, unsigned hour, unsigned minute,
                      unsigned half)
{
    fact f = {.kind = FACT_TIME,
              .first = (uint32_t)first,
              .last = (uint32_t)last,
              .number = (uint32_t)first};
    const bool exact = half != 0 || hour > 12 || hour == 0;
    const unsigned full = half == 2 && hour < 12 ? hour + 12 : half == 1 && hour == 12 ? 0 : hour;
    if (exact) {
        fact_ask_key(&f, value_key_of('t', full, minute));
    } else {
        fact_ask_key(&f, value_key_of('b', hour, minute));
    }
    (void)fact_add_key(&f, value_key_of('b',
                                        full > 12   ? full - 12
                                        : full == 0 ? 12
                                                    : full,
                                        minute));
    (void)fact_add_key(&f, fact_number_key(hour));
    fact_push_fact(r, &f);
}

/* h30 after a number: minutes glued to the letter. */
static bool glued_minutes(const fact_reader *r, size_t i, unsigned *out_minute)
{
    const term *const t = fact_word_at(r, i);
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
static size_t read_dotted_time(fact_reader *r, size_t i)
{
    const span digits = fact_token_text(r, i);
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
size_t fact_read_time(fact_reader *r, size_t i)
{
    unsigned hour = 0;
    unsigned minute = 0;
    if (!fact_small_number_at(r, i, 2, &hour) || hour > 24) {
        return read_dotted_time(r, i);
    }
    size_t n = 0;
    if (fact_is_symbol_at(r, i + 1, ':') && fact_small_number_at(r, i + 2, 2, &minute) &&
        minute < 60) {
        n = 3;
    } else if (glued_minutes(r, i + 1, &minute)) {
        unsigned later = 0;
        n = 2;
        if (r->tokens[i + 1].end - r->tokens[i + 1].start == 1 && i + 2 < r->end &&
            r->tokens[i + 2].gap <= GAP_NARROW && fact_token_text(r, i + 2).len == 2 &&
            fact_small_number_at(r, i + 2, 2, &later) && later < 60) {
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
