/*
 * tap.h - the Test Anything Protocol by hand, for tests that may have to be skipped by name:
 * cmocka's own skip() writes "not ok", which Meson counts as a failure.
 */
#ifndef HUIS_TESTS_TAP_H
#define HUIS_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>

typedef struct tap {
    unsigned n_run;
    unsigned n_failed;
} tap;

static inline bool tap_ok(tap *t, bool ok, const char *name)
{
    t->n_run++;
    t->n_failed += !ok;
    printf("%s %u - %s\n", ok ? "ok" : "not ok", t->n_run, name);
    return ok;
}

static inline void tap_skip(tap *t, const char *name, const char *reason)
{
    t->n_run++;
    printf("ok %u - %s # SKIP %s\n", t->n_run, name, reason);
}

/* The exit status of the program. */
static inline int tap_end(const tap *t)
{
    printf("1..%u\n", t->n_run);
    return t->n_failed > 0;
}

#endif
