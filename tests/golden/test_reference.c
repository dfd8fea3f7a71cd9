/*
 * test_reference.c - logits of real models against a float64 forward pass (tools/reference_logits.py).
 *
 * The measure is the mean squared error over the golden's subset of the vocabulary (the 500 largest
 * logits and 500 at even distances), after removing its mean (softmax does not see it), over the
 * variance of all logits. The bounds are twice what the 8-bit activations and the f16 cache cost
 * when this was written.
 *
 *     test_reference FOLDER-OF-GOLDENS
 */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "golden_model.h"

static const struct {
    const char *name;
    double nmse_max;
} MODELS[] = {{"smollm2-135m", 6e-3}, {"qwen-0.5b", 1.2e-3}, {"qwen-1.5b", 1e-3}};

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static double nmse_of(const json_t *given, const float *logits)
{
    const json_t *const ids = json_object_get(given, "ids");
    const json_t *const expected = json_object_get(given, "logits");
    const size_t n = json_array_size(ids);
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < n; i++) {
        const json_int_t id = json_integer_value(json_array_get(ids, i));
        const double d = (double)logits[id] - json_number_value(json_array_get(expected, i));
        sum += d;
        squares += d * d;
    }
    const double mean = sum / (double)n;
    const double deviation = number(given, "deviation");
    return (squares / (double)n - mean * mean) / (deviation * deviation);
}

static void compare_model(const char *folder, const char *name, double nmse_max)
{
    golden_model g;
    if (!golden_open(&g, folder, name)) {
        return;
    }
    const json_t *const cases = json_object_get(g.root, "cases");
    double worst = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *const given = json_array_get(cases, i);
        int32_t *tokens = NULL;
        huis_error err = {0};
        const uint32_t n = golden_tokens(json_object_get(given, "tokens"), &tokens);
        engine_context_truncate(g.c, 0);
        if (engine_prefill(g.c, tokens, n, NULL, NULL, &err) < 0) {
            golden_die("prefill", err.message);
        }
        worst = fmax(worst, nmse_of(given, engine_logits(g.c)));
        memory_free(tokens);
    }
    golden_result(worst > 0 && worst <= nmse_max, name,
                  "%zu prompts, logits of the last position: NMSE at most %.2e (bound %.1e)",
                  json_array_size(cases), worst, nmse_max);
    golden_close(&g);
}

int main(int argc, char **argv)
{
    const size_t n = sizeof(MODELS) / sizeof(MODELS[0]);
    (void)printf("1..%zu\n", n);
    if (argc != 2) {
        golden_die("usage", "test_reference FOLDER");
    }
    for (size_t i = 0; i < n; i++) {
        compare_model(argv[1], MODELS[i].name, MODELS[i].nmse_max);
    }
    return 0;
}
