/*
 * hyper.h - reads and judges the hyperparameters of a model. Used by arch.c only.
 */
#ifndef HUIS_ARCH_HYPER_H
#define HUIS_ARCH_HYPER_H

#include "arch/arch.h"

/* Fills every number of the model but the tensors; rope frequencies without rope_freqs.weight. */
int arch_read_hyper(arch_model *m, const gguf_table *table, huis_error *err);

#endif
