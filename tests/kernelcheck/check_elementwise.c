/*
 * check_elementwise.c - quantise, rms_norm, silu_mul, add, rope: plain C against doubles, every
 * level against plain C.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernel/panel.h"
#include "kernelcheck.h"

enum { N_MAX = 1100 };

static bool same_floats(const float *a, const float *b, size_t n)
{
    return memcmp(a, b, n * sizeof(float)) == 0;
}

/* Distance in units of the last place of `expected`, at least of the smallest normal. */
static double ulps(double expected, float got)
{
    const double unit = fmax(ldexp(1.0, ilogb(fmax(fabs(expected), 0x1p-126)) - 23), 0x1p-149);
    return fabs((double)got - expected) / unit;
}

static void fill(rng *r, check_pattern pattern, float *x, size_t n)
{
    check_fill_floats(r, pattern, n, x);
}

static double worst_silu(const kernel_ops *ops)
{
    double worst = 0.0;
    for (float x = -100.0f; x < 100.0f; x += 0.0173f) {
        const float one = 1.0f;
        float y = 0.0f;
        ops->silu_mul(&x, &one, 1, &y);
        if (x > -80.0f) {
            worst = fmax(worst, ulps((double)x / (1.0 + exp(-(double)x)), y));
        } else {
            worst = fabsf(y) < 1e-30f ? worst : 1e9;
        }
    }
    return worst;
}

void check_elementwise_definition(uint64_t seed)
{
    const kernel_ops *const ops = kernel_select("c");
    char detail[128];
    rng r;
    rng_init(&r, seed + 300);
    const double silu = worst_silu(ops);
    (void)snprintf(detail, sizeof(detail), "silu is off by %.2f units in the last place", silu);
    check_report(silu <= 4.0, "c silu within 4 ulp", detail);

    float *const x = check_alloc(N_MAX * sizeof(float));
    float *const w = check_alloc(N_MAX * sizeof(float));
    float *const y = check_alloc(N_MAX * sizeof(float));
    double worst = 0.0;
    for (size_t n = 1; n < N_MAX; n += 61) {
        fill(&r, PATTERN_RANDOM, x, n);
        fill(&r, PATTERN_RANDOM, w, n);
        ops->rms_norm(x, w, n, 1e-5f, y);
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            sum += (double)x[i] * (double)x[i];
        }
        const double inverse = 1.0 / sqrt(sum / (double)n + (double)1e-5f);
        for (size_t i = 0; i < n; i++) {
            worst = fmax(worst, ulps((double)x[i] * inverse * (double)w[i], y[i]));
        }
    }
    (void)snprintf(detail, sizeof(detail), "rms_norm is off by %.2f units", worst);
    check_report(worst <= 8.0, "c rms_norm within 8 ulp", detail);

    bool ok = true;
    for (unsigned interleaved = 0; interleaved < 2; interleaved++) {
        float cosines[32];
        float sines[32];
        float head[64];
        float before[64];
        fill(&r, PATTERN_RANDOM, before, 64);
        memcpy(head, before, sizeof(head));
        for (size_t i = 0; i < 32; i++) {
            cosines[i] = cosf((float)i);
            sines[i] = sinf((float)i);
        }
        ops->rope(head, 64, cosines, sines, interleaved != 0);
        for (size_t i = 0; i < 32; i++) {
            const size_t a = interleaved != 0 ? 2 * i : i;
            const size_t b = interleaved != 0 ? 2 * i + 1 : i + 32;
            const double c = (double)cosines[i];
            const double s = (double)sines[i];
            const double left = (double)before[a] * c - (double)before[b] * s;
            const double right = (double)before[a] * s + (double)before[b] * c;
            ok = ok && fabs(left - (double)head[a]) < 1e-6 && fabs(right - (double)head[b]) < 1e-6;
        }
    }
    check_report(ok, "c rope against doubles", "a rotated pair is wrong");
    check_free(x);
    check_free(w);
    check_free(y);
}

static bool quantise_matches(const kernel_ops *ops, rng *r, check_pattern pattern, size_t n,
                             size_t n_cols, bool in_supers)
{
    huis_error err = {0};
    activations a;
    activations b;
    float *const x = check_alloc(n * (n_cols + 5) * sizeof(float));
    check_fill_floats(r, pattern, n * (n_cols + 5), x);
    if (activations_init(&a, n * n_cols, &err) < 0 || activations_init(&b, n * n_cols, &err) < 0) {
        return false;
    }
    activations_set(&a, x, n_cols + 5, n, n_cols, in_supers);
    activations_set(&b, x, n_cols + 5, n, n_cols, in_supers);
    kernel_select("c")->quantise(&a, 0, n);
    ops->quantise(&b, n / 2, n);
    ops->quantise(&b, 0, n / 2);
    const size_t blocks = n * a.n_blocks;
    const bool ok = memcmp(a.q, b.q, blocks * KERNEL_BLOCK) == 0 &&
                    same_floats(a.scale, b.scale, blocks) &&
                    same_floats(a.scaled_sum, b.scaled_sum, blocks) &&
                    memcmp(a.negative_sum, b.negative_sum, blocks * sizeof(int32_t)) == 0 &&
                    memcmp(a.part, b.part, blocks * 4 * sizeof(int16_t)) == 0 &&
                    (!in_supers || (same_floats(a.base, b.base, blocks / 8) &&
                                    same_floats(a.power, b.power, blocks) &&
                                    same_floats(a.exponent, b.exponent, blocks) &&
                                    memcmp(a.halves, b.halves, blocks * 2 * sizeof(int16_t)) == 0 &&
                                    memcmp(a.whole, b.whole, blocks * sizeof(int16_t)) == 0));
    check_free(x);
    activations_deinit(&a);
    activations_deinit(&b);
    return ok;
}

static void check_quantise(const kernel_ops *ops, rng *r)
{
    char name[64];
    char detail[64] = "";
    bool ok = true;
    for (size_t pattern = 0; ok && pattern < N_PATTERNS; pattern++) {
        for (size_t n = 1; ok && n <= 26; n += n < 13 ? 1 : 13) {
            ok = quantise_matches(ops, r, (check_pattern)pattern, n, 32 * (1 + n % 5), false) &&
                 quantise_matches(ops, r, (check_pattern)pattern, n, 256 * (1 + n % 3), true);
            (void)snprintf(detail, sizeof(detail), "pattern %zu, %zu tokens", pattern, n);
        }
    }
    (void)snprintf(name, sizeof(name), "%s quantise", ops->level);
    check_report(ok, name, detail);
}

/* The ops over one or two vectors, in place and not. */
typedef void (*vector_op)(const kernel_ops *ops, const float *x, const float *w, size_t n,
                          float *y);

static void run_norm(const kernel_ops *ops, const float *x, const float *w, size_t n, float *y)
{
    ops->rms_norm(x, w, n, 1e-6f, y);
}

static void run_norm_in_place(const kernel_ops *ops, const float *x, const float *w, size_t n,
                              float *y)
{
    memcpy(y, x, n * sizeof(*y));
    ops->rms_norm(y, w, n, 1e-6f, y);
}

static void run_silu(const kernel_ops *ops, const float *x, const float *w, size_t n, float *y)
{
    ops->silu_mul(x, w, n, y);
}

static void run_silu_in_place(const kernel_ops *ops, const float *x, const float *w, size_t n,
                              float *y)
{
    memcpy(y, x, n * sizeof(*y));
    ops->silu_mul(y, w, n, y);
}

static void run_add(const kernel_ops *ops, const float *x, const float *w, size_t n, float *y)
{
    memcpy(y, x, n * sizeof(*y));
    ops->add(y, w, n);
}

static void check_vector_op(const kernel_ops *ops, rng *r, const char *what, vector_op op)
{
    char name[64];
    char detail[64] = "";
    bool ok = true;
    for (size_t n = 1; ok && n < N_MAX; n += n < 70 ? 1 : 97) {
        for (size_t pattern = 0; ok && pattern < N_PATTERNS; pattern++) {
            float *const x = check_alloc(n * sizeof(float));
            float *const w = check_alloc(n * sizeof(float));
            float *const expected = check_alloc(n * sizeof(float));
            float *const got = check_alloc(n * sizeof(float));
            fill(r, (check_pattern)pattern, x, n);
            fill(r, PATTERN_RANDOM, w, n);
            for (size_t i = 0; i < n; i++) {
                x[i] *= rng_next_below(r, 4) == 0 ? 30.0f : 1.0f;
            }
            op(kernel_select("c"), x, w, n, expected);
            op(ops, x, w, n, got);
            ok = same_floats(expected, got, n) && check_guards(got);
            (void)snprintf(detail, sizeof(detail), "n = %zu, pattern %zu", n, pattern);
            check_free(x);
            check_free(w);
            check_free(expected);
            check_free(got);
        }
    }
    (void)snprintf(name, sizeof(name), "%s %s", ops->level, what);
    check_report(ok, name, detail);
}

static void check_rope(const kernel_ops *ops, rng *r)
{
    char name[64];
    char detail[64] = "";
    bool ok = true;
    for (size_t n = 2; ok && n <= 256; n += 2) {
        float *const angles = check_alloc(n * sizeof(float));
        float *const expected = check_alloc(n * sizeof(float));
        float *const got = check_alloc(n * sizeof(float));
        for (unsigned interleaved = 0; ok && interleaved < 2; interleaved++) {
            fill(r, PATTERN_RANDOM, angles, n);
            fill(r, PATTERN_RANDOM, expected, n);
            memcpy(got, expected, n * sizeof(float));
            kernel_select("c")->rope(expected, n, angles, angles + n / 2, interleaved != 0);
            ops->rope(got, n, angles, angles + n / 2, interleaved != 0);
            ok = same_floats(expected, got, n) && check_guards(got);
            (void)snprintf(detail, sizeof(detail), "n = %zu, interleaved %u", n, interleaved);
        }
        check_free(angles);
        check_free(expected);
        check_free(got);
    }
    (void)snprintf(name, sizeof(name), "%s rope", ops->level);
    check_report(ok, name, detail);
}

void check_elementwise(const kernel_ops *ops, uint64_t seed)
{
    rng r;
    rng_init(&r, seed + 400);
    check_quantise(ops, &r);
    check_vector_op(ops, &r, "rms_norm", run_norm);
    check_vector_op(ops, &r, "rms_norm in place", run_norm_in_place);
    check_vector_op(ops, &r, "silu_mul", run_silu);
    check_vector_op(ops, &r, "silu_mul in place", run_silu_in_place);
    check_vector_op(ops, &r, "add", run_add);
    check_rope(ops, &r);
}
