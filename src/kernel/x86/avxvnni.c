/*
 * avxvnni.c - the table of the AVX-VNNI level: AVX2 with a product of its own. Holds no wide
 * instruction itself.
 */
#include "kernel/x86/avx2.h"

#include "kernel/level.h"
#include "kernel/x86/avxvnni.h"

const kernel_ops AVXVNNI_OPS = {
    .level = "avxvnni",
    .quantise = avx2_quantise,
    .matmul = avxvnni_matmul,
    .rms_norm = avx2_rms_norm,
    .silu_mul = avx2_silu_mul,
    .add = avx2_add,
    .rope = avx2_rope,
    .store_kv = avx2_store_kv,
    .attention = avx2_attention,
    .attention_split = avx2_attention_split,
    .attention_join = avx2_attention_join,
};
