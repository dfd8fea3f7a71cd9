/*
 * exp.h - the constants of the exponential that all levels share, and its definition.
 *
 * e^x = 2^n e^r with n = round(x log2 e), |r| <= ln 2 / 2, and e^r by the polynomial of Cephes'
 * expf (Moshier 1992); relative error below 2e-7. Below EXP_MIN the result is 0, above EXP_MAX it
 * stays at e^EXP_MAX. Adding EXP_MAGIC = 1.5 * 2^23 rounds to an integer that stands in the low
 * bits, from where a shift by 23 makes it an exponent.
 */
#ifndef HUIS_KERNEL_EXP_H
#define HUIS_KERNEL_EXP_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define EXP_MIN (-87.0f)
#define EXP_MAX 88.0f
#define EXP_LOG2E 1.44269504088896341f
#define EXP_MAGIC 12582912.0f
#define EXP_LN2_HIGH 0.693359375f
#define EXP_LN2_LOW (-2.12194440e-4f)
#define EXP_C5 1.9875691500e-4f
#define EXP_C4 1.3981999507e-3f
#define EXP_C3 8.3334519073e-3f
#define EXP_C2 4.1665795894e-2f
#define EXP_C1 1.6666665459e-1f
#define EXP_C0 5.0000001201e-1f

/* p 2^n, where shifted = n + EXP_MAGIC. */
static inline float exp_scaled(float p, float shifted)
{
    uint32_t exponent = 0;
    uint32_t bits = 0;
    memcpy(&exponent, &shifted, sizeof(exponent));
    memcpy(&bits, &p, sizeof(bits));
    bits += exponent << 23;
    memcpy(&p, &bits, sizeof(p));
    return p;
}

static inline float exp_reference(float x)
{
    if (x < EXP_MIN) {
        return 0.0f;
    }
    x = x > EXP_MAX ? EXP_MAX : x;
    const float shifted = fmaf(x, EXP_LOG2E, EXP_MAGIC);
    const float n = shifted - EXP_MAGIC;
    const float r = fmaf(n, -EXP_LN2_LOW, fmaf(n, -EXP_LN2_HIGH, x));
    float p = fmaf(EXP_C5, r, EXP_C4);
    p = fmaf(p, r, EXP_C3);
    p = fmaf(p, r, EXP_C2);
    p = fmaf(p, r, EXP_C1);
    p = fmaf(p, r, EXP_C0);
    p = fmaf(p, r * r, r) + 1.0f;
    return exp_scaled(p, shifted);
}

/* 2^x for x <= 0, of attention, where numerator and denominator share the error: below EXP2_MIN 0, else
 * 2^n 2^f with |f| <= 1/2 and a polynomial of degree 4 that is exact at 0; relative error 4e-6. */
#define EXP2_MIN (-100.0f)
#define EXP2_C3 9.6663685e-3f
#define EXP2_C2 5.5921976e-2f
#define EXP2_C1 2.4022349e-1f
#define EXP2_C0 6.9312105e-1f

static inline float exp2_reference(float x)
{
    if (x < EXP2_MIN) {
        return 0.0f;
    }
    const float shifted = x + EXP_MAGIC;
    const float f = x - (shifted - EXP_MAGIC);
    float p = fmaf(EXP2_C3, f, EXP2_C2);
    p = fmaf(p, f, EXP2_C1);
    p = fmaf(p, f, EXP2_C0);
    p = fmaf(p, f, 1.0f);
    return exp_scaled(p, shifted);
}

#endif
