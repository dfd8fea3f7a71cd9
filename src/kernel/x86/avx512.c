/*
 * avx512.c - the table of the AVX-512 VNNI level. Holds no wide instruction itself.
 */
#include "kernel/x86/avx512.h"

#include "kernel/level.h"

const kernel_ops AVX512_OPS = {
    .level = "avx512vnni",
    .quantise = avx512_quantise,
    .matmul = avx512_matmul,
    .rms_norm = avx512_rms_norm,
    .silu_mul = avx512_silu_mul,
    .add = avx512_add,
    .rope = avx512_rope,
    .store_kv = avx512_store_kv,
    .attention = avx512_attention,
    .attention_split = avx512_attention_split,
    .attention_join = avx512_attention_join,
};
