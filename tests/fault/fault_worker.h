/*
 * fault_worker.h - the worker's server in a thread of the test, spoken to as its client would.
 */
#ifndef HUIS_TESTS_FAULT_WORKER_H
#define HUIS_TESTS_FAULT_WORKER_H

#include <stdint.h>

#include "base/buffer.h"
#include "huis/error.h"

/* Opens `model` (a GGUF file), then asks for an answer; when the worker refuses but lives, asks once
 * more, and that must go well. */
int fault_worker_run(const buffer *model, uint64_t *out_digest, huis_error *err);

#endif
