/*
 * worker_level.c - the worker's server in this process answers one request about a toy model, at the
 * best level of the processor. Prints "LEVEL DIGEST" of the answer: worker_levels.py runs it as several
 * processors. (huis-worker itself refuses to work under qemu-user, which has no seccomp.)
 */
#include <stdio.h>

#include "../fault/fault_worker.h"
#include "base/limits.h"
#include "kernel/kernel.h"
#include "toy_model.h"

int main(void)
{
    const toy_options options = toy_options_default("qwen2");
    buffer model;
    huis_error err = {0};
    uint64_t digest = 0;
    buffer_init(&model, 64 * LIMIT_MIB);
    toy_model_write(&model, &options);
    const int status = fault_worker_run(&model, &digest, &err);
    if (status == HUIS_OK) {
        printf("%s %016llx\n", kernel_level_at(0)->level, (unsigned long long)digest);
    } else {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    buffer_deinit(&model);
    return status == HUIS_OK ? 0 : 1;
}
