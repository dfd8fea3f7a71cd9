/*
 * values.c - decimal values and the keys they compare by (inside evidence only).
 */
#include "evidence/values.h"

#include <stdio.h>

#include "evidence/facts.h"

/* FNV-1a: keys are compared only with keys of the same run, and are not chosen by an attacker to
 * any gain: a collision would merely support one wrong number. */
uint64_t value_hash(const char *key, size_t len)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (size_t i = 0; i < len; i++) {
        h = (h ^ (unsigned char)key[i]) * 0x100000001B3u;
    }
    return h;
}

uint64_t value_key_of(char kind, unsigned a, unsigned b)
{
    char key[48];
    const int n = snprintf(key, sizeof(key), "%c:%u.%u", kind, a, b);
    return value_hash(key, n > 0 ? (size_t)n : 0);
}

uint64_t value_number_key(const decimal *d, uint32_t unit)
{
    char key[VALUE_MAX_DIGITS + 32];
    size_t n = 0;
    size_t first = 0;
    size_t last = d->n_digits;
    size_t fraction = d->n_fraction;
    while (fraction > 0 && last > 0 && d->digits[last - 1] == '0') {
        last--;
        fraction--;
    }
    while (first + fraction < last && d->digits[first] == '0') {
        first++;
    }
    n += (size_t)snprintf(key, sizeof(key), "n%u:", (unsigned)unit);
    for (size_t i = first; i < last; i++) {
        if (last - i == fraction) {
            key[n++] = '.';
        }
        key[n++] = d->digits[i];
    }
    return value_hash(key, n);
}

bool decimal_push(decimal *d, char digit)
{
    if (d->n_digits >= VALUE_MAX_DIGITS) {
        return false;
    }
    d->digits[d->n_digits++] = digit;
    return true;
}

decimal decimal_from(uint64_t value)
{
    decimal d = {0};
    char digits[24];
    const int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);
    for (int i = 0; i < n; i++) {
        (void)decimal_push(&d, digits[i]);
    }
    return d;
}

/* Times ten to the power; digits past the maximum are lost (and equal on both sides). */
void decimal_scale(decimal *d, uint32_t power)
{
    for (uint32_t i = 0; i < power; i++) {
        if (d->n_fraction > 0) {
            d->n_fraction--;
        } else {
            (void)decimal_push(d, '0');
        }
    }
}

/* The digits of a token with `fraction_at` (an offset in the token, SIZE_MAX: none) as the point. */
static decimal decimal_read(span digits, size_t fraction_at)
{
    decimal d = {0};
    for (size_t i = 0; i < digits.len; i++) {
        const char c = digits.ptr[i];
        if (c >= '0' && c <= '9' && decimal_push(&d, c)) {
            d.n_fraction += fraction_at != SIZE_MAX && i > fraction_at;
        }
    }
    return d;
}

typedef struct separators {
    size_t count;
    size_t last;       /* offset of the last one */
    bool mixed;        /* two kinds */
    bool last_differs; /* the last one is of another kind than the first */
    bool groups;       /* every group after the first has three digits */
    size_t n_leading;  /* digits before the first */
} separators;

static separators find_separators(span digits)
{
    separators s = {.groups = true};
    char first = 0;
    size_t run = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const char c = digits.ptr[i];
        if (c >= '0' && c <= '9') {
            run++;
            continue;
        }
        s.groups = s.groups && (s.count == 0 || run == 3);
        s.n_leading = s.count == 0 ? run : s.n_leading;
        first = s.count == 0 ? c : first;
        s.mixed = s.mixed || c != first;
        s.last_differs = c != first;
        s.last = i;
        s.count++;
        run = 0;
    }
    s.groups = s.groups && s.count > 0 && run == 3 && s.n_leading <= 3;
    return s;
}

/* What a token of digits can mean: one value, or two when a single separator stands before three
 * digits. 0: not one number (a version, an address, a list). */
size_t decimal_read_digits(span digits, decimal out[2])
{
    const separators s = find_separators(digits);
    if (s.count == 0) {
        out[0] = decimal_read(digits, SIZE_MAX);
        return 1;
    }
    if (s.count == 1) {
        size_t n = 0;
        if (s.groups && digits.ptr[0] != '0') {
            out[n++] = decimal_read(digits, SIZE_MAX);
        }
        if (digits.ptr[s.last] != '\'') {
            out[n++] = decimal_read(digits, s.last);
        }
        return n;
    }
    if (s.mixed && s.last_differs) {
        out[0] = decimal_read(digits, s.last);
        return 1;
    }
    if (!s.mixed && s.groups) {
        out[0] = decimal_read(digits, SIZE_MAX);
        return 1;
    }
    return 0;
}

size_t facts_plain_keys(span digits, uint64_t out_keys[2])
{
    decimal values[2];
    const size_t n = decimal_read_digits(digits, values);
    for (size_t i = 0; i < n; i++) {
        out_keys[i] = value_number_key(&values[i], UNIT_NONE);
    }
    return n;
}
