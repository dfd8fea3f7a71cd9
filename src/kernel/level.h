/*
 * level.h - the tables of the levels, for select.c only.
 */
#ifndef HUIS_KERNEL_LEVEL_H
#define HUIS_KERNEL_LEVEL_H

#include "kernel/kernel.h"

extern const kernel_ops REF_OPS;
extern const kernel_ops AVX2_OPS;
extern const kernel_ops AVXVNNI_OPS;
extern const kernel_ops AVX512_OPS;
extern const kernel_ops NEON_OPS;

#endif
