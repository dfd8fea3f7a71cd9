/*
 * test_divergence.c - how far huis's distributions are from those of exact arithmetic, beside
 * llama.cpp's.
 *
 * For every position of some sequences the golden (tools/reference_logits.py divergence) holds the
 * likeliest tokens of a float64 pass over the same weights with their ln p, and the divergence of
 * llama.cpp's distribution there. The measure is the mean Kullback-Leibler divergence over these tokens
 * and one bucket for all others. huis's may be 1.05 times llama.cpp's.
 *
 * Which of two programs is nearer differs from position to position, so the ratio of the means is
 * known only as well as the positions are many: the interval told is that of 95 %, from the
 * deviations of whole sequences (positions of one sequence are no independent samples).
 *
 *     test_divergence FOLDER-OF-GOLDENS
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "golden_model.h"

#define RATIO_MAX 1.05
#define REST_MIN 1e-12
#define NORMAL_95 1.96

enum { PATH_BYTES = 4096, SEQUENCES_MAX = 256, MAGIC_BYTES = 8 };

static const char *const MODELS[] = {"smollm2-135m", "qwen-0.5b", "qwen-1.5b"};
static const char MAGIC[] = "huisdiv\n";

/* A golden, read word by word. */
typedef struct golden {
    file_map file;
    size_t at;
    uint32_t n_likely, steps, n_sequences; /* steps: of ln p, in one nat */
} golden;

/* One sequence of it, in place. */
typedef struct sequence {
    uint32_t n;
    const int32_t *tokens;
    const float *peer;     // [n]: divergence of llama.cpp
    const int32_t *likely; // [n][n_likely]
    const uint16_t *ln_p;  // [n][n_likely]: -ln p in steps
} sequence;

/* Sums of divergences over each sequence. */
typedef struct sums {
    double ours[SEQUENCES_MAX], peer[SEQUENCES_MAX];
    uint32_t n_positions;
} sums;

static const void *take(golden *g, size_t size_bytes)
{
    const size_t at = g->at;
    if (size_bytes > g->file.size_bytes - at) {
        golden_die("golden", "cut short");
    }
    g->at += (size_bytes + 3) / 4 * 4 < g->file.size_bytes - at ? (size_bytes + 3) / 4 * 4
                                                                : g->file.size_bytes - at;
    return g->file.data + at;
}

static uint32_t take_word(golden *g)
{
    uint32_t word = 0;
    memcpy(&word, take(g, sizeof(word)), sizeof(word));
    return word;
}

static void open_bytes(golden *g, const char *folder, const char *name)
{
    char path[PATH_BYTES];
    huis_error err = {0};
    *g = (golden){.n_likely = 0};
    (void)snprintf(path, sizeof(path), "%s/%s.bin", folder, name);
    if (file_map_open(&g->file, path, &err) < 0) {
        golden_die(path, err.message);
    }
    if (memcmp(take(g, MAGIC_BYTES), MAGIC, MAGIC_BYTES) != 0) {
        golden_die(path, "not a golden of divergence");
    }
    g->n_likely = take_word(g);
    g->steps = take_word(g);
    g->n_sequences = take_word(g);
    if (g->steps == 0 || g->n_sequences < 2 || g->n_sequences > SEQUENCES_MAX) {
        golden_die(path, "number of sequences or steps out of range");
    }
}

static sequence take_sequence(golden *g)
{
    sequence s = {.n = take_word(g)};
    const size_t n_likely = (size_t)s.n * g->n_likely;
    s.tokens = take(g, s.n * sizeof(*s.tokens));
    s.peer = take(g, s.n * sizeof(*s.peer));
    s.likely = take(g, n_likely * sizeof(*s.likely));
    s.ln_p = take(g, n_likely * sizeof(*s.ln_p));
    return s;
}

static double log_sum_exp(const float *logits, uint32_t n)
{
    double max = (double)logits[0];
    double sum = 0;
    for (uint32_t i = 1; i < n; i++) {
        max = fmax(max, (double)logits[i]);
    }
    for (uint32_t i = 0; i < n; i++) {
        sum += exp((double)logits[i] - max);
    }
    return max + log(sum);
}

static double divergence_at(const golden *g, const sequence *s, uint32_t i, const float *logits,
                            uint32_t n_vocab)
{
    const double norm = log_sum_exp(logits, n_vocab);
    double p_rest = 1;
    double q_rest = 1;
    double sum = 0;
    for (size_t j = (size_t)i * g->n_likely; j < (size_t)(i + 1) * g->n_likely; j++) {
        const double ln_p = -(double)s->ln_p[j] / g->steps;
        const double ln_q = (double)logits[s->likely[j]] - norm;
        sum += exp(ln_p) * (ln_p - ln_q);
        p_rest -= exp(ln_p);
        q_rest -= exp(ln_q);
    }
    p_rest = fmax(p_rest, REST_MIN);
    q_rest = fmax(q_rest, REST_MIN);
    return sum + p_rest * log(p_rest / q_rest);
}

static void add_sequence(const golden *g, golden_model *m, const sequence *s, double *ours,
                         double *peer)
{
    const uint32_t n_vocab = engine_get_info(m->e)->n_vocab;
    huis_error err = {0};
    float *const logits = memory_alloc((size_t)s->n * n_vocab, sizeof(*logits));
    if (logits == NULL) {
        golden_die("test_divergence", "no memory");
    }
    engine_context_truncate(m->c, 0);
    if (engine_prefill_logits(m->c, s->tokens, s->n, logits, &err) < 0) {
        golden_die("prefill", err.message);
    }
    for (uint32_t i = 0; i < s->n; i++) {
        *ours += divergence_at(g, s, i, logits + (size_t)i * n_vocab, n_vocab);
        *peer += (double)s->peer[i];
    }
    memory_free(logits);
}

/* Half of the width of the interval of the ratio of two sums: by the deviations of the sequences from
 * it (Cochran, Sampling Techniques, 1977, 6.4). */
static double half_width(const sums *s, uint32_t n, double ratio)
{
    double squares = 0;
    double peer = 0;
    for (uint32_t i = 0; i < n; i++) {
        const double d = s->ours[i] - ratio * s->peer[i];
        squares += d * d;
        peer += s->peer[i];
    }
    return NORMAL_95 * sqrt(squares * n / (n - 1.0)) / peer;
}

static void compare_model(const char *folder, const char *name)
{
    static sums s;
    golden g;
    golden_model m;
    if (!golden_open_model(&m, name)) {
        return;
    }
    open_bytes(&g, folder, name);
    s = (sums){.n_positions = 0};
    double ours = 0;
    double peer = 0;
    for (uint32_t i = 0; i < g.n_sequences; i++) {
        const sequence part = take_sequence(&g);
        add_sequence(&g, &m, &part, &s.ours[i], &s.peer[i]);
        s.n_positions += part.n;
        ours += s.ours[i];
        peer += s.peer[i];
    }
    const double ratio = ours / peer;
    const uint32_t n = s.n_positions;
    golden_result(ours > 0 && ratio <= RATIO_MAX, name,
                  "%u positions in %u sequences: mean divergence %.3e, llama.cpp %.3e, ratio %.3f "
                  "+- %.3f",
                  n, g.n_sequences, ours / n, peer / n, ratio,
                  half_width(&s, g.n_sequences, ratio));
    file_map_close(&g.file);
    golden_close(&m);
}

int main(int argc, char **argv)
{
    const size_t n = sizeof(MODELS) / sizeof(MODELS[0]);
    (void)printf("1..%zu\n", n);
    if (argc != 2) {
        golden_die("usage", "test_divergence FOLDER");
    }
    for (size_t i = 0; i < n; i++) {
        compare_model(argv[1], MODELS[i]);
    }
    return 0;
}
