/*
 * neon.h - the NEON level (aarch64 with the dot product of ARMv8.2), for its own files only.
 */
#ifndef HUIS_KERNEL_NEON_H
#define HUIS_KERNEL_NEON_H

#include "kernel/kernel.h"

void neon_quantise(const activations *a, size_t begin, size_t end);
void neon_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,
                 float *y, size_t y_stride, const matmul_options *options);
void neon_matmul_float(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                       const activations *x, float *y, size_t y_stride,
                       const matmul_options *options);
void neon_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out);
void neon_silu_mul(const float *gate, const float *up, size_t n, float *out);
void neon_add(float *y, const float *x, size_t n);
void neon_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved);
void neon_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                   unsigned char *kv);
void neon_attention(const attention_args *a);
void neon_attention_split(const attention_args *a, size_t begin, size_t end);
void neon_attention_join(const attention_args *a);

#endif
