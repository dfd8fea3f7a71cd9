/*
 * neon.c - the table of the NEON level. Attention is plain C's.
 */
#include "kernel/arm/neon.h"

#include "kernel/level.h"
#include "kernel/ref/ref.h"

const kernel_ops NEON_OPS = {
    .level = "neon",
    .quantise = neon_quantise,
    .matmul = neon_matmul,
    .rms_norm = neon_rms_norm,
    .silu_mul = neon_silu_mul,
    .add = neon_add,
    .rope = neon_rope,
    .store_kv = ref_store_kv,
    .attention = ref_attention,
    .attention_split = ref_attention_split,
    .attention_join = ref_attention_join,
};
