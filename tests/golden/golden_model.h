/*
 * golden_model.h - what the golden tests of the engine share: a real model, its golden, TAP lines.
 */
#ifndef HUIS_TESTS_GOLDEN_MODEL_H
#define HUIS_TESTS_GOLDEN_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/file.h"
#include "engine/engine.h"

typedef struct golden_model {
    file_map file;
    json_t *root;
    engine *e;
    engine_context *c;
} golden_model;

/* Opens HUIS_TEST_MODELS/NAME.gguf. False: there is no such model; a line that
 * skips the test was printed. Anything else that fails ends the program. */
bool golden_open_model(golden_model *g, const char *name);
/* The same, and FOLDER/NAME.json. */
bool golden_open(golden_model *g, const char *folder, const char *name);
void golden_close(golden_model *g);
/* An array of integers as tokens; *out_tokens is freed with memory_free. */
uint32_t golden_tokens(const json_t *array, int32_t **out_tokens);
/* Prints "ok N - NAME" or "not ok", after the printf-like remark. */
void golden_result(bool ok, const char *name, const char *remark, ...)
    __attribute__((format(printf, 3, 4)));
void golden_die(const char *what, const char *why);

#endif
