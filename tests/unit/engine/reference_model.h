/*
 * reference_model.h - the forward pass written down plainly in double precision, straight from a
 * GGUF table: what the engine is compared with. Shares only the reader and the type codecs with it.
 */
#ifndef HUIS_TESTS_REFERENCE_MODEL_H
#define HUIS_TESTS_REFERENCE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "format/gguf.h"

/* Logits of every token: out [n_tokens][n_vocab]. */
void reference_logits(const gguf_table *table, const int32_t *tokens, size_t n_tokens, double *out);

#endif
