/*
 * gguf_classes.h - a deterministic generator of malformed GGUF files in named classes.
 */
#ifndef HUIS_TESTS_GGUF_CLASSES_H
#define HUIS_TESTS_GGUF_CLASSES_H

#include "base/rng.h"
#include "gguf_fixture.h"

typedef enum class_verdict {
    CLASS_REFUSED,  /* outside the written rules */
    CLASS_ACCEPTED, /* odd, but inside them */
    CLASS_EITHER    /* depends on the numbers; then the table must keep its promises */
} class_verdict;

typedef struct gguf_class {
    const char *name;
    class_verdict verdict;
    /* Breaks a fresh fixture in the way of the class, with numbers from `r`. */
    void (*change)(fixture *f, rng *r);
} gguf_class;

extern const gguf_class GGUF_CLASSES[];
extern const size_t N_GGUF_CLASSES;

#endif
