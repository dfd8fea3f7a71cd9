/*
 * evidence_fixture.h - a source and its index for one test.
 */
#ifndef HUIS_TESTS_EVIDENCE_FIXTURE_H
#define HUIS_TESTS_EVIDENCE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "evidence/evidence.h"

typedef struct fixture {
    arena memory;
    document source;
    evidence_index *index;
} fixture;

static inline void fixture_open(fixture *f, const char *text, document_genre genre)
{
    huis_error err = {0};
    arena_init(&f->memory, (size_t)1 << 26);
    if (document_analyse(&f->source, span_from_string(text), genre, &f->memory, &err) != HUIS_OK ||
        evidence_index_new(&f->index, &f->source, &err) != HUIS_OK) {
        fail_msg("%s: %s", text, err.message);
    }
}

static inline void fixture_close(fixture *f)
{
    f->index = evidence_index_free(f->index);
    arena_deinit(&f->memory);
}

static inline evidence_verdict fixture_check(fixture *f, const char *sentence)
{
    evidence_verdict v = {0};
    huis_error err = {0};
    if (evidence_check(f->index, span_from_string(sentence), &f->memory, &v, &err) != HUIS_OK) {
        fail_msg("%s: %s", sentence, err.message);
    }
    return v;
}

#endif
