/*
 * avx2_matmul.c - the product of the AVX2 level: integer sums of avx2_dot.h in matmul_256.h.
 */
#include "kernel/x86/avx2.h"
#include "kernel/x86/avx2_dot.h"
#include "kernel/x86/matmul_256.h"

void avx2_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,
                 float *y, size_t y_stride, const matmul_options *options)
{
    if (PANEL_FORMATS[w->format].class == CLASS_FLOAT) {
        avx2_matmul_float(w, panel_begin, panel_end, x, y, y_stride, options);
    } else {
        matmul_walk(&KERNELS, w, panel_begin, panel_end, x, y, y_stride, options);
    }
}
