/*
 * fault_scenarios.h - the jobs that the fault runners disturb. Each does its whole work from nothing
 * to nothing and, when it succeeds, leaves a digest that must not depend on what went wrong before.
 */
#ifndef HUIS_TESTS_FAULT_SCENARIOS_H
#define HUIS_TESTS_FAULT_SCENARIOS_H

#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"

typedef struct fault_scenario {
    const char *name;
    /* A negative status with *err set, or HUIS_OK with *out_digest. */
    int (*run)(uint64_t *out_digest, huis_error *err);
    /* NULL, or why a disturbed run may succeed with another result: to be mended. */
    const char *loses;
} fault_scenario;

extern const fault_scenario FAULT_SCENARIOS[];
extern const size_t N_FAULT_SCENARIOS;

/* What all scenarios read, made before anything is disturbed. */
void fault_scenarios_prepare(void);
void fault_scenarios_finish(void);

#endif
