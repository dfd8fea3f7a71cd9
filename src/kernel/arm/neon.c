/*
 * neon.c - the table of the NEON level.
 */
#include "kernel/arm/neon.h"

#include "kernel/level.h"

const kernel_ops NEON_OPS = {
    .level = "neon",
    .quantise = neon_quantise,
    .matmul = neon_matmul,
    .rms_norm = neon_rms_norm,
    .silu_mul = neon_silu_mul,
    .add = neon_add,
    .rope = neon_rope,
    .store_kv = neon_store_kv,
    .attention = neon_attention,
    .attention_split = neon_attention_split,
    .attention_join = neon_attention_join,
};
