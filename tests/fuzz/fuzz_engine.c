/*
 * fuzz_engine.c - any bytes as a model: opened, then a few tokens are computed.
 *
 * Accepted or refused with one line, never a crash. What is accepted computes: logits for every
 * token of the vocabulary, from which the sampler chooses one. Seeds are toy models (make_toy_model
 * FAMILY FILE tiny).
 */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/sampler.h"

enum { CAPACITY = 24, N_PROMPT = 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void choose(const engine *e, const engine_context *c)
{
    const sampler_options options = {
        .temperature = 1, .top_k = 5, .top_p = 0.9f, .repeat_penalty = 1.1f};
    const uint32_t n_vocab = engine_get_info(e)->n_vocab;
    sampler *s = NULL;
    huis_error err = {0};
    double logprob = 0;
    require(sampler_new(&s, &options, n_vocab, &err) == HUIS_OK);
    sampler_accept(s, 0);
    const int32_t token = sampler_choose(s, engine_logits(c), NULL, NULL, &logprob);
    require(token >= 0 && (uint32_t)token < n_vocab);
    (void)sampler_free(s);
}

static void compute(engine *e)
{
    const uint32_t trained = engine_get_info(e)->trained_context_length;
    const uint32_t capacity = trained < CAPACITY ? trained : CAPACITY;
    const uint32_t n_prompt = capacity > N_PROMPT ? N_PROMPT : 1;
    int32_t tokens[N_PROMPT];
    engine_context *c = NULL;
    huis_error err = {0};
    if (engine_context_new(&c, e, capacity, &err) < 0) {
        require(err.status == HUIS_E_NO_MEMORY);
        return;
    }
    for (uint32_t i = 0; i < n_prompt; i++) {
        tokens[i] = (int32_t)(i * 7 % engine_get_info(e)->n_vocab);
    }
    int status = engine_prefill(c, tokens, n_prompt, NULL, NULL, &err);
    if (status == HUIS_OK && n_prompt < capacity) {
        status = engine_prefill(c, tokens, 1, NULL, NULL, &err);
    }
    if (status == HUIS_OK) {
        choose(e, c);
    } else {
        require(status == HUIS_E_BAD_FILE && err.message[0] != '\0');
    }
    (void)engine_context_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    engine *e = NULL;
    huis_error err = {0};
    const int status =
        engine_open(&e, data, size, "fuzz.gguf", &(engine_options){.n_threads = 1}, &err);
    if (status < 0) {
        require(e == NULL && err.status == status && err.message[0] != '\0');
        require(status == HUIS_E_BAD_FILE || status == HUIS_E_UNSUPPORTED ||
                status == HUIS_E_NO_MEMORY || status == HUIS_E_LIMIT);
        return 0;
    }
    compute(e);
    (void)engine_close(e);
    return 0;
}

/* Half of the time a small number after one of the family's keys becomes another small or an absurd
 * one; those are what the recipe is made of. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const uint32_t VALUES[] = {0,  1,  2,   3,    16,       31,        33,
                                      48, 64, 255, 4096, 1u << 20, UINT32_MAX};
    static const char *const PREFIXES[] = {"llama.", "qwen2.", "smollm3."};
    const char *const prefix = PREFIXES[seed / 7 % 3];
    if (seed % 2 == 0 || size < 64) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    const uint8_t *at = memmem(data, size, prefix, strlen(prefix));
    for (unsigned i = seed / 31 % 12; i > 0 && at != NULL; i--) {
        const uint8_t *const next = at + 1;
        at = memmem(next, (size_t)(data + size - next), prefix, strlen(prefix));
    }
    /* The key's text ends where its type, a small number, begins. */
    for (const uint8_t *p = at; p != NULL && p + 8 < data + size; p++) {
        if (p[0] < 13 && p[1] == 0 && p[2] == 0 && p[3] == 0) {
            const uint32_t value = VALUES[seed / 401 % (sizeof(VALUES) / sizeof(VALUES[0]))];
            memcpy(data + (p - data) + 4, &value, sizeof(value));
            return size;
        }
    }
    return LLVMFuzzerMutate(data, size, max_size);
}
