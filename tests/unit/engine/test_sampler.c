/*
 * test_sampler.c - choices against what probability theory says, on small and large vocabularies.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/rng.h"
#include "engine/head.h"
#include "engine/sampler.h"

enum { N_DRAWS = 20000, N_LARGE = 151936 };

static sampler_options plain(void)
{
    return (sampler_options){.temperature = 1, .top_p = 1, .repeat_penalty = 1};
}

static sampler *make(const sampler_options *options, uint32_t n_vocab)
{
    sampler *s = NULL;
    huis_error err = {0};
    if (sampler_new(&s, options, n_vocab, &err) != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return s;
}

/* Draws many times and compares each share with its probability (five standard deviations). */
static void expect_shares(const sampler_options *options, const float *logits, uint32_t n,
                          sampler_allow_fn allow, const double *p)
{
    uint32_t counts[16] = {0};
    sampler *const s = make(options, n);
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        const int32_t token = sampler_choose(s, logits, allow, NULL, NULL);
        assert_in_range(token, 0, n - 1);
        counts[token]++;
    }
    for (uint32_t i = 0; i < n; i++) {
        const double expected = p[i] * N_DRAWS;
        const double slack = 5 * sqrt(N_DRAWS * p[i] * (1 - p[i])) + 1e-9;
        assert_true(fabs((double)counts[i] - expected) <= slack);
    }
    (void)sampler_free(s);
}

/* Probabilities 0.4, 0.3, 0.2, 0.1 out of order. */
static void four_logits(float out[4])
{
    const double p[] = {0.2, 0.4, 0.1, 0.3};
    for (size_t i = 0; i < 4; i++) {
        out[i] = (float)log(p[i]);
    }
}

static bool allow_even(void *user, int32_t token)
{
    (void)user;
    return token % 2 == 0;
}

static bool allow_none(void *user, int32_t token)
{
    (void)user;
    (void)token;
    return false;
}

static void test_shares(void **state)
{
    (void)state;
    float logits[4];
    four_logits(logits);
    sampler_options o = plain();
    expect_shares(&o, logits, 4, NULL, (double[]){0.2, 0.4, 0.1, 0.3});
    o.temperature = 0.5f; /* squares of the shares */
    expect_shares(&o, logits, 4, NULL, (double[]){0.04 / 0.3, 0.16 / 0.3, 0.01 / 0.3, 0.09 / 0.3});
    o = plain();
    o.top_k = 2;
    expect_shares(&o, logits, 4, NULL, (double[]){0, 4.0 / 7, 0, 3.0 / 7});
    o = plain();
    o.top_p = 0.75f;
    expect_shares(&o, logits, 4, NULL, (double[]){2.0 / 9, 4.0 / 9, 0, 3.0 / 9});
    o.top_k = 3; /* then 0.75 of 0.9 is reached by two */
    expect_shares(&o, logits, 4, NULL, (double[]){0, 4.0 / 7, 0, 3.0 / 7});
    o = plain();
    o.min_p = 0.6f;
    expect_shares(&o, logits, 4, NULL, (double[]){0, 4.0 / 7, 0, 3.0 / 7});
    o = plain();
    expect_shares(&o, logits, 4, allow_even, (double[]){2.0 / 3, 0, 1.0 / 3, 0});
}

static void test_greedy(void **state)
{
    (void)state;
    const float logits[] = {1, 3, 2, 3, -INFINITY};
    sampler_options o = plain();
    o.temperature = 0;
    sampler *const s = make(&o, 5);
    double logprob = 0;
    assert_int_equal(sampler_choose(s, logits, NULL, NULL, &logprob), 1); /* the first of equals */
    const double sum = exp(1) + 2 * exp(3) + exp(2);
    assert_true(fabs(logprob - log(exp(3) / sum)) < 1e-5);
    assert_int_equal(sampler_choose(s, logits, allow_even, NULL, &logprob), 2);
    assert_true(fabs(logprob - log(exp(2) / sum)) < 1e-5);
    assert_int_equal(sampler_choose(s, logits, allow_none, NULL, NULL), -1);
    const float nothing[] = {NAN, NAN, NAN, NAN, NAN};
    assert_in_range(sampler_choose(s, nothing, NULL, NULL, NULL), 0, 4);
    (void)sampler_free(s);
}

static void test_penalties(void **state)
{
    (void)state;
    const float logits[] = {2, 1.8f, -1};
    sampler_options o = plain();
    o.temperature = 0;
    o.repeat_penalty = 1.2f;
    o.penalty_window = 2;
    sampler *s = make(&o, 3);
    assert_int_equal(sampler_choose(s, logits, NULL, NULL, NULL), 0);
    sampler_accept(s, 0);
    assert_int_equal(sampler_choose(s, logits, NULL, NULL, NULL), 1); /* 2 / 1.2 < 1.8 */
    sampler_accept(s, 2);
    sampler_accept(s, 2); /* 0 has left the window */
    assert_int_equal(sampler_choose(s, logits, NULL, NULL, NULL), 0);
    sampler_accept(s, -1);
    sampler_accept(s, 3); /* no such tokens: nothing happens */
    (void)sampler_free(s);
    o = plain();
    o.temperature = 0;
    o.frequency_penalty = 0.15f;
    s = make(&o, 3);
    sampler_accept(s, 0);
    assert_int_equal(sampler_choose(s, logits, NULL, NULL, NULL), 0);
    sampler_accept(s, 0);
    double logprob = 0;
    assert_int_equal(sampler_choose(s, logits, NULL, NULL, &logprob), 1);
    const double sum = exp(2) + exp(1.8) + exp(-1); /* of the plain logits */
    assert_true(fabs(logprob - log(exp(1.8) / sum)) < 1e-5);
    (void)sampler_free(s);
}

static void test_seed(void **state)
{
    (void)state;
    float logits[4];
    four_logits(logits);
    sampler_options o = plain();
    o.seed = 7;
    sampler *const a = make(&o, 4);
    sampler *const b = make(&o, 4);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(sampler_choose(a, logits, NULL, NULL, NULL),
                         sampler_choose(b, logits, NULL, NULL, NULL));
    }
    (void)sampler_free(a);
    (void)sampler_free(b);
}

static bool refuse_some(void *user, int32_t token)
{
    const uint32_t *const one_in = user;
    return (uint32_t)token * 2654435761u % *one_in == 0;
}

/* Where the best few decide, they decide as all logits would; with ties and under any bounds. */
static void test_top(void **state)
{
    (void)state;
    enum { N = 1000 };
    static float logits[N];
    uint32_t n_decided = 0;
    rng random;
    rng_init(&random, 3);
    for (uint32_t round = 0; round < 3000; round++) {
        sampler_options options = plain();
        options.temperature = 0;
        options.repeat_penalty = round % 3 == 0 ? 1.0f : 1.3f;
        options.presence_penalty = round % 5 == 0 ? 0.5f : 0.0f;
        uint32_t one_in = 1 + round % 7;
        sampler_allow_fn allow = one_in > 1 ? refuse_some : NULL;
        sampler *const s = make(&options, N);
        for (uint32_t i = 0; i < N; i++) {
            logits[i] = (float)rng_next_below(&random, round % 2 == 0 ? 6000 : 60) *
                            (round % 2 == 0 ? 1e-3f : 0.1f) -
                        (float)(round % 4);
        }
        engine_candidate best[ENGINE_TOP_MAX];
        const uint32_t n = head_top_of(logits, N, best, sampler_n_top(s, allow != NULL));
        assert_in_range(n, 1, 8);
        for (uint32_t i = 0; i < round % 6; i++) {
            sampler_accept(s, best[i % n].token);
        }
        const int32_t expected = sampler_choose(s, logits, allow, &one_in, NULL);
        const int32_t token = sampler_choose_top(s, best, n, allow, &one_in);
        assert_true(token == SAMPLER_UNDECIDED || token == expected);
        n_decided += token == expected ? 1 : 0;
        (void)sampler_free(s);
    }
    print_message("# %u of 3000 choices decided by the best few\n", n_decided);
    assert_true(n_decided > 1000);
    sampler_options raises = plain();
    raises.temperature = 0;
    raises.presence_penalty = -1;
    sampler *s = make(&raises, N);
    assert_int_equal(sampler_n_top(s, false), 0);
    (void)sampler_free(s);
    const sampler_options draws = plain();
    s = make(&draws, N);
    assert_int_equal(sampler_n_top(s, false), 0);
    assert_int_equal(sampler_choose_top(s, NULL, 0, NULL, NULL), SAMPLER_UNDECIDED);
    (void)sampler_free(s);
}

static void test_options(void **state)
{
    (void)state;
    sampler *s = NULL;
    huis_error err = {0};
    sampler_options bad[] = {plain(), plain(), plain(), plain(), plain()};
    bad[0].temperature = -1;
    bad[1].top_p = NAN;
    bad[2].min_p = 2;
    bad[3].repeat_penalty = 0;
    bad[4].penalty_window = 1u << 30;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(sampler_new(&s, &bad[i], 10, &err), HUIS_E_BAD_ARGUMENT);
    }
    const sampler_options good = plain();
    assert_int_equal(sampler_new(&s, &good, 0, &err), HUIS_E_BAD_ARGUMENT);
    for (uint64_t n = 0; n < 3; n++) {
        memory_fail_after(n);
        assert_int_equal(sampler_new(&s, &good, 10, &err), HUIS_E_NO_MEMORY);
    }
    memory_fail_after(UINT64_MAX);
}

static void fill_large(float *logits)
{
    rng r;
    rng_init(&r, 3);
    for (uint32_t i = 0; i < N_LARGE; i++) {
        float sum = 0;
        for (uint32_t j = 0; j < 4; j++) {
            sum += rng_next_float(&r);
        }
        logits[i] = (sum - 2) * 8;
    }
}

static int64_t time_choices(const sampler_options *o, const float *logits, const char *what)
{
    enum { N = 20 };
    sampler *const s = make(o, N_LARGE);
    int64_t best = INT64_MAX;
    for (uint32_t i = 0; i < N; i++) {
        double logprob = 0;
        const int64_t start = clock_monotonic_us();
        const int32_t token = sampler_choose(s, logits, NULL, NULL, &logprob);
        const int64_t taken = clock_monotonic_us() - start;
        best = taken < best ? taken : best;
        assert_in_range(token, 0, N_LARGE - 1);
        assert_true(logprob < 0);
    }
    (void)printf("# %s: %lld us a choice of %d\n", what, (long long)best, N_LARGE);
    (void)sampler_free(s);
    return best;
}

/* A large vocabulary must not be sorted: a sort takes 10 ms and more. */
static void test_large(void **state)
{
    (void)state;
    float *const logits = memory_alloc(N_LARGE, sizeof(*logits));
    assert_non_null(logits);
    fill_large(logits);
    sampler_options o = plain();
    o.temperature = 0;
    (void)time_choices(&o, logits, "greedy");
    o = plain();
    o.temperature = 0.8f;
    o.top_k = 40;
    o.top_p = 0.95f;
    (void)time_choices(&o, logits, "top-k 40, top-p 0.95");
    o.top_k = 0;
    (void)time_choices(&o, logits, "top-p 0.95");
    memory_free(logits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),    cmocka_unit_test(test_greedy),
        cmocka_unit_test(test_penalties), cmocka_unit_test(test_seed),
        cmocka_unit_test(test_top),       cmocka_unit_test(test_options),
        cmocka_unit_test(test_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
