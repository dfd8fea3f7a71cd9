/*
 * half.c - IEEE 754 binary16 to binary32 and back, in integer arithmetic, so that the result does
 * not depend on the processor's rounding or flush-to-zero state.
 */
#include <string.h>

#include "tensor/type.h"

static float from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

float tensor_half_to_float(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t exponent = (half >> 10) & 0x1Fu;
    const uint32_t mantissa = half & 0x3FFu;
    if (exponent == 0) {
        /* Zero or subnormal: mantissa * 2^-24, a normal float. */
        const float magnitude = (float)mantissa * 0x1p-24f;
        return sign != 0 ? -magnitude : magnitude;
    }
    if (exponent == 31) {
        return from_bits(sign | 0x7F800000u | mantissa << 13);
    }
    return from_bits(sign | (exponent + 112) << 23 | mantissa << 13);
}

/* `value` >> `shift`, rounded to nearest, ties to even. */
static uint32_t shift_to_nearest_even(uint32_t value, uint32_t shift)
{
    const uint32_t half_way = 1u << (shift - 1);
    const uint32_t odd = (value >> shift) & 1u;
    return (value + half_way - 1 + odd) >> shift;
}

uint16_t tensor_float_to_half(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    const uint32_t sign = (bits >> 16) & 0x8000u;
    const uint32_t magnitude = bits & 0x7FFFFFFFu;
    uint32_t half = 0;
    if (magnitude > 0x7F800000u) {
        half = 0x7E00u | (magnitude >> 13 & 0x3FFu); /* NaN, made quiet */
    } else if (magnitude >= 0x477FF000u) {
        half = 0x7C00u; /* 65520 and more round to infinity */
    } else if (magnitude >= 0x38800000u) {
        /* Normal: a carry out of the mantissa raises the exponent, as it should. */
        half = shift_to_nearest_even(magnitude, 13) - (112u << 10);
    } else if (magnitude >= 0x33000000u) {
        /* Subnormal: the mantissa with its hidden bit, in units of 2^-24. */
        const uint32_t exponent = magnitude >> 23;
        half = shift_to_nearest_even((magnitude & 0x7FFFFFu) | 0x800000u, 126 - exponent);
    }
    return (uint16_t)(sign | half);
}
