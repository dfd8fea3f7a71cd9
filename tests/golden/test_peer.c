/*
 * test_peer.c - fed with llama.cpp's own tokens, huis chooses the same next token.
 *
 * Both engines compute with the same weights but round differently: activations to 8 bits (per 32
 * values here; there per 32 or 256, by the type), keys and values to f16, sums in another order.
 * The gap between the two largest logits of the peer is therefore known up to a noise, which the
 * test measures (root mean square of the difference of the gaps) and holds against NOISE. Wherever
 * the peer's gap exceeds GAP, four times that noise, the choice must be the same.
 *
 *     test_peer FOLDER-OF-GOLDENS
 */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "golden_model.h"

static const struct {
    const char *name;
    double noise; /* logits */
} MODELS[] = {{"smollm2-135m", 0.2}, {"qwen-0.5b", 0.15}, {"qwen-1.5b", 0.16}};

typedef struct tally {
    uint32_t n_steps, n_compared, n_equal, n_all_equal;
    double squares;
    double gap; /* from which the choice must agree */
} tally;

static int32_t largest(const float *logits, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < n; i++) {
        best = logits[i] > logits[best] ? i : best;
    }
    return (int32_t)best;
}

static void compare_step(tally *t, const float *logits, uint32_t n_vocab, const json_t *given,
                         size_t i)
{
    const json_int_t first =
        json_integer_value(json_array_get(json_object_get(given, "tokens"), i));
    const json_int_t second =
        json_integer_value(json_array_get(json_object_get(given, "second"), i));
    const double gap = json_number_value(json_array_get(json_object_get(given, "gap"), i));
    const double difference = (double)logits[first] - (double)logits[second] - gap;
    const bool equal = largest(logits, n_vocab) == (int32_t)first;
    t->n_steps++;
    t->squares += difference * difference;
    t->n_all_equal += equal ? 1 : 0;
    if (gap > t->gap) {
        t->n_compared++;
        t->n_equal += equal ? 1 : 0;
    }
}

/* One prompt: its own logits, then those of all but the last of the peer's tokens. */
static void compare_case(tally *t, golden_model *g, const json_t *given)
{
    const uint32_t n_vocab = engine_get_info(g->e)->n_vocab;
    int32_t *prompt = NULL;
    int32_t *tokens = NULL;
    huis_error err = {0};
    const uint32_t n_prompt = golden_tokens(json_object_get(given, "prompt"), &prompt);
    const uint32_t n = golden_tokens(json_object_get(given, "tokens"), &tokens);
    float *const logits = memory_alloc((size_t)n * n_vocab, sizeof(*logits));
    if (logits == NULL) {
        golden_die("test_peer", "no memory");
    }
    engine_context_truncate(g->c, 0);
    if (engine_prefill(g->c, prompt, n_prompt, NULL, NULL, &err) < 0) {
        golden_die("prefill", err.message);
    }
    compare_step(t, engine_logits(g->c), n_vocab, given, 0);
    if (engine_prefill_logits(g->c, tokens, n - 1, logits, &err) < 0) {
        golden_die("prefill", err.message);
    }
    for (uint32_t i = 1; i < n; i++) {
        compare_step(t, logits + (size_t)(i - 1) * n_vocab, n_vocab, given, i);
    }
    memory_free(logits);
    memory_free(prompt);
    memory_free(tokens);
}

static void compare_model(const char *folder, const char *name, double noise)
{
    golden_model g;
    if (!golden_open(&g, folder, name)) {
        return;
    }
    tally t = {.gap = 4 * noise};
    const json_t *const cases = json_object_get(g.root, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        compare_case(&t, &g, json_array_get(cases, i));
    }
    const double rms = sqrt(t.squares / t.n_steps);
    const bool ok = t.n_compared > 0 && t.n_equal == t.n_compared && rms <= noise;
    golden_result(ok, name,
                  "%zu prompts, %u tokens; gap above %.2f: %u compared, %u equal; all: %.1f %% "
                  "equal; noise of the gap %.3f",
                  json_array_size(cases), t.n_steps, t.gap, t.n_compared, t.n_equal,
                  100.0 * t.n_all_equal / t.n_steps, rms);
    golden_close(&g);
}

int main(int argc, char **argv)
{
    const size_t n = sizeof(MODELS) / sizeof(MODELS[0]);
    (void)printf("1..%zu\n", n);
    if (argc != 2) {
        golden_die("usage", "test_peer FOLDER");
    }
    for (size_t i = 0; i < n; i++) {
        compare_model(argv[1], MODELS[i].name, MODELS[i].noise);
    }
    return 0;
}
