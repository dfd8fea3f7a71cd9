/*
 * sampler.c - see sampler.h.
 *
 * A vocabulary has 150,000 tokens and a choice looks at a few, so nothing is sorted. Tokens come
 * out from the most likely down: all logits above a threshold a few temperatures below the largest
 * are gathered into a heap; when it is empty, the next band below is. The sum over the vocabulary
 * that top-p and the log-probability need is one pass of an exponential that the compiler can
 * vectorise.
 */
#include "engine/sampler.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/rng.h"
#include "vocab/vocab.h"

enum {
    DEFAULT_WINDOW = 64,
    WINDOW_MAX = 65536,
    LANES = 16,             /* partial sums and maxima */
    MASKED_CANDIDATES = 64, /* looked at under a mask when top_k is off */
    BOUND_CANDIDATES = 8    /* that a greedy choice under a mask or penalties mostly needs */
};

typedef struct candidate {
    float logit; /* after penalties, divided by the temperature */
    int32_t token;
} candidate;

struct sampler {
    sampler_options options;
    uint32_t n_vocab;
    rng random;
    int32_t *window; /* ring of the last tokens */
    uint32_t window_size, n_accepted;
    uint32_t *counts;  /* [n_vocab]: occurrences in the window */
    float *logits;     /* [n_vocab]: after penalties; the caller's when there are none */
    candidate *heap;   /* [n_vocab] */
    candidate *chosen; /* [n_vocab] */
};

/* The tokens of one choice, from the most likely down. */
typedef struct descent {
    const float *logits;
    uint32_t n;
    float scale; /* 1 / temperature */
    float max;
    float low; /* the heap holds, or has held, every logit >= low */
    uint32_t i_band;
    candidate *heap;
    uint32_t n_heap;
} descent;

static bool in_range(float value, float low, float high)
{
    return value >= low && value <= high;
}

static int check_options(const sampler_options *o, uint32_t n_vocab, huis_error *err)
{
    const struct {
        const char *name;
        float value, low, high;
    } rules[] = {
        {"temperature", o->temperature, 0, 100},
        {"top_p", o->top_p, 0, 1},
        {"min_p", o->min_p, 0, 1},
        {"repeat_penalty", o->repeat_penalty, 0.01f, 100},
        {"presence_penalty", o->presence_penalty, -100, 100},
        {"frequency_penalty", o->frequency_penalty, -100, 100},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (!in_range(rules[i].value, rules[i].low, rules[i].high)) {
            return error_set(err, HUIS_E_BAD_ARGUMENT, "%s is %g; %g to %g is possible",
                             rules[i].name, (double)rules[i].value, (double)rules[i].low,
                             (double)rules[i].high);
        }
    }
    if (o->penalty_window > WINDOW_MAX || n_vocab == 0 || n_vocab > LIMIT_VOCAB) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "a penalty window of %u (at most %d) or a vocabulary of %u (1 to %u) "
                         "tokens is not possible",
                         o->penalty_window, WINDOW_MAX, n_vocab, LIMIT_VOCAB);
    }
    return HUIS_OK;
}

static bool has_penalties(const sampler_options *o)
{
    return o->repeat_penalty != 1 || o->presence_penalty != 0 || o->frequency_penalty != 0;
}

static int take_memory(sampler *s, huis_error *err)
{
    s->heap = memory_alloc(s->n_vocab, sizeof(*s->heap));
    s->chosen = memory_alloc(s->n_vocab, sizeof(*s->chosen));
    if (has_penalties(&s->options)) {
        s->window = memory_alloc(s->window_size, sizeof(*s->window));
        s->counts = memory_alloc(s->n_vocab, sizeof(*s->counts));
        s->logits = memory_alloc(s->n_vocab, sizeof(*s->logits));
    }
    if (s->heap == NULL || s->chosen == NULL ||
        (has_penalties(&s->options) &&
         (s->window == NULL || s->counts == NULL || s->logits == NULL))) {
        return error_no_memory(err, "the sampler");
    }
    return HUIS_OK;
}

int sampler_new(sampler **out_sampler, const sampler_options *options, uint32_t n_vocab,
                huis_error *err)
{
    RETURN_IF_ERROR(check_options(options, n_vocab, err));
    sampler *const s = memory_alloc(1, sizeof(*s));
    if (s == NULL) {
        return error_no_memory(err, "the sampler");
    }
    s->options = *options;
    s->n_vocab = n_vocab;
    s->window_size = options->penalty_window > 0 ? options->penalty_window : DEFAULT_WINDOW;
    rng_init(&s->random, options->seed);
    const int status = take_memory(s, err);
    if (status < 0) {
        (void)sampler_free(s);
        return status;
    }
    *out_sampler = s;
    return HUIS_OK;
}

sampler *sampler_free(sampler *s)
{
    if (s == NULL) {
        return NULL;
    }
    memory_free(s->window);
    memory_free(s->counts);
    memory_free(s->logits);
    memory_free(s->heap);
    memory_free(s->chosen);
    return memory_free(s);
}

void sampler_accept(sampler *s, int32_t token)
{
    if (s->window == NULL || token < 0 || (uint32_t)token >= s->n_vocab) {
        return;
    }
    int32_t *const slot = &s->window[s->n_accepted % s->window_size];
    if (s->n_accepted >= s->window_size) {
        s->counts[*slot]--;
    }
    *slot = token;
    s->counts[token]++;
    s->n_accepted++;
}

/* Repetition (Keskar et al. 2019): positive logits are divided, negative multiplied. Presence and
 * frequency as in OpenAI's API. */
static float penalise(const sampler_options *o, float logit, uint32_t count)
{
    const float repeated = logit > 0 ? logit / o->repeat_penalty : logit * o->repeat_penalty;
    return repeated - o->presence_penalty - o->frequency_penalty * (float)count;
}

static const float *apply_penalties(sampler *s, const float *logits)
{
    if (s->window == NULL) {
        return logits;
    }
    memcpy(s->logits, logits, s->n_vocab * sizeof(*logits));
    const uint32_t held = s->n_accepted < s->window_size ? s->n_accepted : s->window_size;
    for (uint32_t i = 0; i < held; i++) {
        const int32_t token = s->window[i];
        s->logits[token] = penalise(&s->options, logits[token], s->counts[token]);
    }
    return s->logits;
}

static float largest(const float *x, uint32_t n)
{
    float lane[LANES];
    for (uint32_t j = 0; j < LANES; j++) {
        lane[j] = -INFINITY;
    }
    uint32_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        for (uint32_t j = 0; j < LANES; j++) {
            lane[j] = x[i + j] > lane[j] ? x[i + j] : lane[j];
        }
    }
    for (; i < n; i++) {
        lane[0] = x[i] > lane[0] ? x[i] : lane[0];
    }
    for (uint32_t j = 1; j < LANES; j++) {
        lane[0] = lane[j] > lane[0] ? lane[j] : lane[0];
    }
    return lane[0];
}

/* e^x for x <= 0, to about 1e-7: 2^k times a polynomial in the rest (Cody and Waite 1980). Nothing
 * below e^-87. Branches are written as selections, so that loops over it vectorise. */
static inline float exp_negative(float x)
{
    const float clamped = x > -87.0f ? x : -87.0f;
    const float k = (clamped * 1.44269504f + 12582912.0f) - 12582912.0f;
    const float r = (clamped - k * 0.693359375f) + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    const uint32_t bits = (uint32_t)((int32_t)k + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof(power));
    return x > -87.0f ? p * power : 0.0f;
}

/* The sum of e^(scale (x - max)): each lane in float over short runs, the runs in double. */
static double sum_exp(const float *x, uint32_t n, float max, float scale)
{
    enum { RUN = 64 * LANES };
    double sum = 0;
    for (uint32_t i = 0; i < n; i += RUN) {
        const uint32_t end = i + RUN < n ? i + RUN : n;
        float lane[LANES] = {0};
        uint32_t j = i;
        for (; j + LANES <= end; j += LANES) {
            for (uint32_t l = 0; l < LANES; l++) {
                lane[l] += exp_negative((x[j + l] - max) * scale);
            }
        }
        for (; j < end; j++) {
            lane[0] += exp_negative((x[j] - max) * scale);
        }
        for (uint32_t l = 0; l < LANES; l++) {
            sum += (double)lane[l];
        }
    }
    return sum;
}

/* Whether a comes before b: larger logit, then smaller token. */
static bool before(candidate a, candidate b)
{
    return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
}

static void sift_down(candidate *heap, uint32_t n, uint32_t i)
{
    const candidate moved = heap[i];
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= n) {
            break;
        }
        if (child + 1 < n && before(heap[child + 1], heap[child])) {
            child++;
        }
        if (!before(heap[child], moved)) {
            break;
        }
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moved;
}

/* Fills the heap with the next band that is not empty; false past the last. A NaN belongs to none. */
static bool next_band(descent *d)
{
    static const float DEPTHS[] = {3, 7, 15, 40, 200, INFINITY};
    enum { N_BANDS = sizeof(DEPTHS) / sizeof(DEPTHS[0]) };
    while (d->n_heap == 0 && d->i_band < N_BANDS) {
        const float depth = DEPTHS[d->i_band];
        const float high = d->i_band == 0 ? INFINITY : d->low;
        const float low = isinf(depth) ? -INFINITY : d->max - depth / d->scale;
        for (uint32_t i = 0; i < d->n; i++) {
            const float x = d->logits[i];
            if (x >= low && (x < high || d->i_band == 0)) {
                d->heap[d->n_heap++] = (candidate){.logit = x * d->scale, .token = (int32_t)i};
            }
        }
        d->low = low;
        d->i_band++;
    }
    for (uint32_t i = d->n_heap / 2; i > 0; i--) {
        sift_down(d->heap, d->n_heap, i - 1);
    }
    return d->n_heap > 0;
}

static bool next_candidate(descent *d, candidate *out)
{
    if (d->n_heap == 0 && !next_band(d)) {
        return false;
    }
    *out = d->heap[0];
    d->n_heap--;
    d->heap[0] = d->heap[d->n_heap];
    sift_down(d->heap, d->n_heap, 0);
    return true;
}

static int32_t choose_greedy(descent *d, sampler_allow_fn allow, void *user)
{
    if (allow == NULL) {
        for (uint32_t i = 0; i < d->n; i++) {
            if (d->logits[i] == d->max) {
                return (int32_t)i;
            }
        }
        return 0; /* nothing but NaN */
    }
    candidate c;
    while (next_candidate(d, &c)) {
        if (allow(user, c.token)) {
            return c.token;
        }
    }
    return VOCAB_NONE;
}

/* Draws from the whole vocabulary: no order is needed. */
static int32_t draw_plain(sampler *s, const descent *d)
{
    const double sum = sum_exp(d->logits, d->n, d->max, d->scale);
    const double target = (double)rng_next_float(&s->random) * sum;
    double reached = 0;
    int32_t last = 0;
    for (uint32_t i = 0; i < d->n; i++) {
        const double p = (double)exp_negative((d->logits[i] - d->max) * d->scale);
        reached += p;
        if (p > 0) {
            last = (int32_t)i;
        }
        if (reached > target) {
            return (int32_t)i;
        }
    }
    return last;
}

/* Keeps the shortest run of candidates whose mass reaches top_p of `sum`. */
static uint32_t cut_top_p(const candidate *c, uint32_t n, float max, double sum, float top_p)
{
    double mass = 0;
    for (uint32_t i = 0; i < n; i++) {
        mass += (double)exp_negative(c[i].logit - max);
        if (mass >= (double)top_p * sum) {
            return i + 1;
        }
    }
    return n;
}

static double mass_of(const candidate *c, uint32_t n, float max)
{
    double mass = 0;
    for (uint32_t i = 0; i < n; i++) {
        mass += (double)exp_negative(c[i].logit - max);
    }
    return mass;
}

/* The candidates that top-k and the mask leave, or as many as top-p can need. */
static uint32_t gather(sampler *s, descent *d, uint32_t most, double enough, sampler_allow_fn allow,
                       void *user)
{
    const float top = d->max * d->scale;
    double mass = 0;
    uint32_t n = 0;
    candidate c;
    while (n < most && mass < enough && next_candidate(d, &c)) {
        if (allow == NULL || allow(user, c.token)) {
            s->chosen[n++] = c;
            mass += (double)exp_negative(c.logit - top);
        }
    }
    return n;
}

static int32_t draw_from(sampler *s, uint32_t n)
{
    const float max = s->chosen[0].logit;
    const double target = (double)rng_next_float(&s->random) * mass_of(s->chosen, n, max);
    double reached = 0;
    for (uint32_t i = 0; i < n; i++) {
        reached += (double)exp_negative(s->chosen[i].logit - max);
        if (reached > target) {
            return s->chosen[i].token;
        }
    }
    return s->chosen[n - 1].token;
}

static int32_t choose_ranked(sampler *s, descent *d, sampler_allow_fn allow, void *user)
{
    const sampler_options *const o = &s->options;
    const uint32_t masked = allow != NULL ? MASKED_CANDIDATES : d->n;
    const uint32_t most = o->top_k > 0 && o->top_k < d->n ? o->top_k : masked;
    const bool truncated = most < d->n;
    const double sum = truncated ? 0 : sum_exp(d->logits, d->n, d->max, d->scale);
    const double enough = truncated || o->top_p >= 1 ? INFINITY : (double)o->top_p * sum;
    uint32_t n = gather(s, d, most, enough, allow, user);
    if (n == 0) {
        return VOCAB_NONE;
    }
    const float top = s->chosen[0].logit;
    if (o->top_p < 1) {
        const double whole = truncated ? mass_of(s->chosen, n, top) : sum;
        n = cut_top_p(s->chosen, n, top, whole, o->top_p);
    }
    if (o->min_p > 0) {
        const float low = top + logf(o->min_p);
        while (n > 1 && s->chosen[n - 1].logit < low) {
            n--;
        }
    }
    return draw_from(s, n);
}

int32_t sampler_choose(sampler *s, const float *logits, sampler_allow_fn allow, void *user,
                       double *out_logprob)
{
    const sampler_options *const o = &s->options;
    const float *const penalised = apply_penalties(s, logits);
    descent d = {
        .logits = penalised,
        .n = s->n_vocab,
        .scale = o->temperature > 0 ? 1.0f / o->temperature : 1.0f,
        .max = largest(penalised, s->n_vocab),
        .heap = s->heap,
    };
    int32_t token = VOCAB_NONE;
    if (o->temperature == 0 || !isfinite(d.max)) {
        token = choose_greedy(&d, allow, user);
    } else if (allow == NULL && o->top_k == 0 && o->top_p >= 1 && o->min_p == 0) {
        token = draw_plain(s, &d);
    } else {
        token = choose_ranked(s, &d, allow, user);
    }
    if (out_logprob != NULL && token != VOCAB_NONE) {
        const float max = largest(logits, s->n_vocab);
        *out_logprob = (double)(logits[token] - max) - log(sum_exp(logits, s->n_vocab, max, 1.0f));
    }
    return token;
}

/* Penalties that only lower leave what is not among the best where it was, or below. */
static bool only_lowers(const sampler_options *o)
{
    return o->repeat_penalty >= 1 && o->presence_penalty >= 0 && o->frequency_penalty >= 0;
}

uint32_t sampler_n_top(const sampler *s, bool is_masked)
{
    if (s->options.temperature > 0 || !only_lowers(&s->options)) {
        return 0;
    }
    return is_masked || s->window != NULL ? BOUND_CANDIDATES : 1;
}

int32_t sampler_choose_top(sampler *s, const engine_candidate *best, uint32_t n,
                           sampler_allow_fn allow, void *user)
{
    candidate chosen = {.logit = -INFINITY, .token = VOCAB_NONE};
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t count = s->window != NULL ? s->counts[best[i].token] : 0;
        const candidate c = {
            .logit = count > 0 ? penalise(&s->options, best[i].logit, count) : best[i].logit,
            .token = best[i].token,
        };
        /* Of equal ones the smaller token: a later candidate can be it after a penalty only. */
        if ((chosen.token == VOCAB_NONE || before(c, chosen)) &&
            (allow == NULL || allow(user, c.token))) {
            chosen = c;
        }
    }
    /* The rest come after the last that was given. */
    const bool is_decided = chosen.token != VOCAB_NONE && isfinite(chosen.logit) &&
                            (s->window == NULL || chosen.logit > best[n - 1].logit);
    return is_decided ? chosen.token : SAMPLER_UNDECIDED;
}
