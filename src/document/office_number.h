/*
 * office_number.h - numbers of lists: 3, iii, C.
 */
#ifndef HUIS_DOCUMENT_OFFICE_NUMBER_H
#define HUIS_DOCUMENT_OFFICE_NUMBER_H

#include <stdint.h>

#include "base/buffer.h"

typedef enum office_digits {
    DIGITS_DECIMAL = 0,
    DIGITS_BULLET = 1,
    DIGITS_NONE = 2,
    DIGITS_UPPER_ROMAN = 3,
    DIGITS_LOWER_ROMAN = 4,
    DIGITS_UPPER_LETTER = 5,
    DIGITS_LOWER_LETTER = 6
} office_digits;

/* Appends nothing for a bullet or none. */
void office_append_number(buffer *out, uint32_t value, office_digits digits);

#endif
