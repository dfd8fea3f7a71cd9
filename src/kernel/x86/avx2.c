/*
 * avx2.c - the table of the AVX2 level. Holds no wide instruction itself.
 */
#include "kernel/x86/avx2.h"

#include "kernel/level.h"

const kernel_ops AVX2_OPS = {
    .level = "avx2",
    .quantise = avx2_quantise,
    .matmul = avx2_matmul,
    .rms_norm = avx2_rms_norm,
    .silu_mul = avx2_silu_mul,
    .add = avx2_add,
    .rope = avx2_rope,
    .store_kv = avx2_store_kv,
    .attention = avx2_attention,
    .attention_split = avx2_attention_split,
    .attention_join = avx2_attention_join,
};
