/*
 * office_number.c - see office_number.h.
 */
#include "document/office_number.h"

#include <stdbool.h>
#include <stddef.h>

enum { MAX_LETTERS = 5 };

static void append_roman(buffer *out, uint32_t value, bool upper)
{
    static const struct {
        uint32_t value;
        const char *upper, *lower;
    } DIGITS[] = {{1000, "M", "m"}, {900, "CM", "cm"}, {500, "D", "d"}, {400, "CD", "cd"},
                  {100, "C", "c"},  {90, "XC", "xc"},  {50, "L", "l"},  {40, "XL", "xl"},
                  {10, "X", "x"},   {9, "IX", "ix"},   {5, "V", "v"},   {4, "IV", "iv"},
                  {1, "I", "i"}};
    if (value == 0 || value > 3999) {
        (void)buffer_printf(out, "%u", value);
        return;
    }
    for (size_t i = 0; i < sizeof(DIGITS) / sizeof(DIGITS[0]); i++) {
        for (; value >= DIGITS[i].value; value -= DIGITS[i].value) {
            (void)buffer_append_string(out, upper ? DIGITS[i].upper : DIGITS[i].lower);
        }
    }
}

/* a to z, then aa, bb, ... */
static void append_letter(buffer *out, uint32_t value, char first)
{
    const uint32_t n = value > 0 ? (value - 1) / 26 + 1 : 0;
    if (n == 0 || n > MAX_LETTERS) {
        (void)buffer_printf(out, "%u", value);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        (void)buffer_append_byte(out, (char)(first + (char)((value - 1) % 26)));
    }
}

void office_append_number(buffer *out, uint32_t value, office_digits digits)
{
    switch (digits) {
    case DIGITS_UPPER_ROMAN:
    case DIGITS_LOWER_ROMAN:
        append_roman(out, value, digits == DIGITS_UPPER_ROMAN);
        break;
    case DIGITS_UPPER_LETTER:
    case DIGITS_LOWER_LETTER:
        append_letter(out, value, digits == DIGITS_UPPER_LETTER ? 'A' : 'a');
        break;
    case DIGITS_DECIMAL:
        (void)buffer_printf(out, "%u", value);
        break;
    case DIGITS_BULLET:
    case DIGITS_NONE:
        break;
    }
}
