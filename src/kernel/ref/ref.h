/*
 * ref.h - the plain C level: the definition of every op. For the table in ref.c, and for
 * levels without a form of their own.
 */
#ifndef HUIS_KERNEL_REF_H
#define HUIS_KERNEL_REF_H

#include "kernel/kernel.h"

void ref_quantise(const activations *a, size_t begin, size_t end);
void ref_matmul(const packed_matrix *w, size_t panel_begin, size_t panel_end, const activations *x,
                float *y, size_t y_stride, const matmul_options *options);
void ref_rms_norm(const float *x, const float *weight, size_t n, float epsilon, float *out);
void ref_silu_mul(const float *gate, const float *up, size_t n, float *out);
void ref_add(float *y, const float *x, size_t n);
void ref_rope(float *head, size_t n_rot, const float *cos, const float *sin, bool interleaved);
void ref_store_kv(const float *k, const float *v, size_t head_dim, size_t position,
                  unsigned char *kv);
void ref_attention(const attention_args *args);
void ref_attention_split(const attention_args *args, size_t begin, size_t end);
void ref_attention_join(const attention_args *args);

/* Sum of 16 partial sums, pairwise. Overwrites them. */
float ref_reduce(float partial[16]);

#endif
