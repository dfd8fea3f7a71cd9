/*
 * prefix.h - checkpoints of constant prefixes: asked of the client, and given to it.
 *
 * The worker can open no file. It knows which tokens it would like to find computed, and asks for
 * their checkpoint by name; the client has it or not. What comes is checked before it is used
 * (engine/checkpoint.h): a client, or a disk, that lies costs time, not the answer.
 */
#ifndef HUIS_WORKER_PREFIX_H
#define HUIS_WORKER_PREFIX_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "worker/prefill.h"
#include "worker/reply.h"

/* Asks the client for the checkpoint of these tokens. False: it would be too large. */
bool prefix_ask(const worker_model *m, reply *r, const int32_t *tokens, uint32_t n_tokens);
/* Gives the first n tokens of a context to the client; 0: nothing to do. */
void prefix_save(const worker_model *m, reply *r, const engine_context *c, uint32_t n_tokens);

#endif
