/*
 * engine_fixture.h - opens toy models for the engine's tests.
 */
#ifndef HUIS_TESTS_ENGINE_FIXTURE_H
#define HUIS_TESTS_ENGINE_FIXTURE_H

#include "base/buffer.h"
#include "engine/engine.h"
#include "toy_model.h"

/* A toy model's file and the engine over it. */
typedef struct fixture {
    buffer file;
    engine *e;
    engine_context *c;
} fixture;

void fixture_open(fixture *f, const toy_options *toy, const engine_options *options,
                  uint32_t capacity);
void fixture_close(fixture *f);
/* Tokens without meaning, the same every time. */
void fixture_tokens(int32_t *out, uint32_t n);
/* Squared distance over squared length of the reference. */
double fixture_nmse(const double *reference, const float *x, size_t n);

#endif
