/*
 * avxvnni.h - the AVX-VNNI level (AVX2 and the 256-bit vpdpbusd), for its own files only. All but the
 * product is AVX2's.
 */
#ifndef HUIS_KERNEL_AVXVNNI_H
#define HUIS_KERNEL_AVXVNNI_H

#include "kernel/kernel.h"

void avxvnni_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                    const activations *x, float *y, size_t y_stride, const matmul_options *options);

#endif
