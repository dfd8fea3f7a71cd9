/*
 * test_divergence.c - how far huis's distributions are from those of exact arithmetic, beside
 * llama.cpp's.
 *
 * For every position of some sequences the golden holds the 16 likeliest tokens of a float64 pass
 * over the same weights with their ln p. The measure is the mean Kullback-Leibler divergence over
 * these tokens and one bucket for all others; llama.cpp's, over the same positions, is in the
 * golden. huis's may be 1.05 times that.
 *
 *     test_divergence FOLDER-OF-GOLDENS
 */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "golden_model.h"

#define RATIO_MAX 1.05
#define REST_MIN 1e-12

static const char *const MODELS[] = {"smollm2-135m", "qwen-0.5b", "qwen-1.5b"};

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

static double divergence_of(const json_t *likely, const json_t *log_p, const float *logits,
                            uint32_t n_vocab)
{
    const double norm = log_sum_exp(logits, n_vocab);
    double p_rest = 1;
    double q_rest = 1;
    double sum = 0;
    for (size_t i = 0; i < json_array_size(likely); i++) {
        const json_int_t token = json_integer_value(json_array_get(likely, i));
        const double ln_p = json_number_value(json_array_get(log_p, i));
        const double ln_q = (double)logits[token] - norm;
        sum += exp(ln_p) * (ln_p - ln_q);
        p_rest -= exp(ln_p);
        q_rest -= exp(ln_q);
    }
    p_rest = fmax(p_rest, REST_MIN);
    q_rest = fmax(q_rest, REST_MIN);
    return sum + p_rest * log(p_rest / q_rest);
}

/* Adds up over one sequence; returns its length. */
static uint32_t add_sequence(golden_model *g, const json_t *given, double *sum)
{
    const uint32_t n_vocab = engine_get_info(g->e)->n_vocab;
    int32_t *tokens = NULL;
    huis_error err = {0};
    const uint32_t n = golden_tokens(json_object_get(given, "tokens"), &tokens);
    float *const logits = memory_alloc((size_t)n * n_vocab, sizeof(*logits));
    if (logits == NULL) {
        golden_die("test_divergence", "no memory");
    }
    engine_context_truncate(g->c, 0);
    if (engine_prefill_logits(g->c, tokens, n, logits, &err) < 0) {
        golden_die("prefill", err.message);
    }
    for (uint32_t i = 0; i < n; i++) {
        *sum += divergence_of(json_array_get(json_object_get(given, "likely"), i),
                              json_array_get(json_object_get(given, "log_p"), i),
                              logits + (size_t)i * n_vocab, n_vocab);
    }
    memory_free(logits);
    memory_free(tokens);
    return n;
}

static void compare_model(const char *folder, const char *name)
{
    golden_model g;
    if (!golden_open(&g, folder, name)) {
        return;
    }
    const json_t *const cases = json_object_get(g.root, "cases");
    const double peer = json_number_value(json_object_get(g.root, "peer_divergence"));
    double sum = 0;
    uint32_t n = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        n += add_sequence(&g, json_array_get(cases, i), &sum);
    }
    const double mean = sum / n;
    golden_result(mean > 0 && mean <= RATIO_MAX * peer, name,
                  "%u positions: mean divergence %.3e, llama.cpp %.3e, ratio %.3f", n, mean, peer,
                  mean / peer);
    golden_close(&g);
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
