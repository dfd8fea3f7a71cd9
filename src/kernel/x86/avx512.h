/*
 * avx512.h - the AVX-512 VNNI level, for its own files and select.c only.
 */
#ifndef HUIS_KERNEL_AVX512_H
#define HUIS_KERNEL_AVX512_H

#include "kernel/kernel.h"

void avx512_quantise(const activations *a, size_t begin, size_t end);
void avx512_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                   const activations *x, float *y, size_t y_stride, const matmul_options *options);
void avx512_matmul_float(const packed_matrix *w, size_t panel_begin, size_t panel_end,
                         const activations *x, float *y, size_t y_stride,
                         const matmul_options *options);
void avx512_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out);
void avx512_silu_mul(const float *gate, const float *up, size_t n, float *out);
void avx512_add(float *y, const float *x, size_t n);
void avx512_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved);
void avx512_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                     unsigned char *kv);
void avx512_attention(const attention_args *args);
void avx512_attention_split(const attention_args *args, size_t begin, size_t end);
void avx512_attention_join(const attention_args *args);

#endif
