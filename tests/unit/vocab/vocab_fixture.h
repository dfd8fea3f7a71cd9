/*
 * vocab_fixture.h - opens a vocabulary for a test: from a GGUF file, or from one made in memory.
 */
#ifndef HUIS_TESTS_VOCAB_FIXTURE_H
#define HUIS_TESTS_VOCAB_FIXTURE_H

#include "base/file.h"
#include "format/gguf.h"
#include "vocab/vocab.h"

typedef struct fixture {
    file_map map;
    gguf_table *table;
    vocab *vocab;
    huis_error err;
} fixture;

/* A negative status and f->err on failure. Only the header of the file need exist. */
int fixture_open(fixture *f, const char *path);
void fixture_close(fixture *f);
/* The value of an environment variable with "/" and `name` after it; false when it is not set or
 * the file does not exist. */
bool fixture_path(char *out, size_t size, const char *variable, const char *name);

#endif
