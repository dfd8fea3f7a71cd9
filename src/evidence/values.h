/*
 * values.h - decimal values and the keys they compare by (inside evidence only).
 */
#ifndef HUIS_EVIDENCE_VALUES_H
#define HUIS_EVIDENCE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

enum { VALUE_MAX_DIGITS = 40, UNIT_NONE = 0, UNIT_PERCENT = 100 };

/* A decimal number: digits, of which n_fraction stand after the point. */
typedef struct decimal {
    char digits[VALUE_MAX_DIGITS];
    size_t n_digits, n_fraction;
} decimal;

bool decimal_push(decimal *d, char digit);
decimal decimal_from(uint64_t value);
/* Times ten to the power. */
void decimal_scale(decimal *d, uint32_t power);
/* What a token of digits can mean: 0 (not one number), 1 or 2 values. */
size_t decimal_read_digits(span digits, decimal out[2]);

uint64_t value_hash(const char *key, size_t len);
/* The key of something of this kind with two numbers: a date, a time, a month. */
uint64_t value_key_of(char kind, unsigned a, unsigned b);
/* The key of a number with a unit: UNIT_NONE, UNIT_PERCENT or a currency of the lexicon. */
uint64_t value_number_key(const decimal *d, uint32_t unit);

#endif
