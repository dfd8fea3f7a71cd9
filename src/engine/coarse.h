/*
 * coarse.h - a matrix in half the bytes, and how far each of its rows can be from the truth.
 *
 * The copy has 4 bits a weight (the panels of Q4_0: the kernels that there are). For activations x,
 * as the kernels hold them, the product of row r with x and that of its copy differ by at most
 * bounds[r] |x|: the norm of what the copy leaves out (Cauchy and Schwarz), and what both sums lose
 * by rounding. A bound of infinity says that nothing is known of a row.
 */
#ifndef HUIS_ENGINE_COARSE_H
#define HUIS_ENGINE_COARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "huis/error.h"
#include "kernel/kernel.h"
#include "tensor/type.h"

typedef struct coarse_matrix {
    packed_matrix panels; /* data NULL: there is none */
    const float *bounds;  /* [n_rows] */
} coarse_matrix;

/* Whether a copy saves enough, and the bound holds, for a matrix of this type: whole codes with
 * scales and more than six bits a weight. */
bool coarse_is_worth(tensor_type type);
/* Of panels and bounds together. */
int coarse_bytes(size_t n_rows, size_t n_cols, size_t *out_bytes, huis_error *err);
/* Panels [panel_begin, panel_end) of the copy of `src`, n_rows rows as in the file, and their bounds.
 * `memory` (64-byte aligned) has coarse_bytes. */
int coarse_pack(tensor_type type, const unsigned char *src, size_t n_rows, size_t n_cols,
                unsigned char *memory, size_t panel_begin, size_t panel_end, huis_error *err);
/* A copy in `data`, which must outlive it. Any bytes are safe to compute with. */
int coarse_use(coarse_matrix *out_matrix, size_t n_rows, size_t n_cols, const unsigned char *data,
               huis_error *err);

#endif
