/*
 * ref.c - the table of the plain C level.
 */
#include "kernel/ref/ref.h"

#include "kernel/level.h"

const kernel_ops REF_OPS = {
    .level = "c",
    .quantise = ref_quantise,
    .matmul = ref_matmul,
    .rms_norm = ref_rms_norm,
    .silu_mul = ref_silu_mul,
    .add = ref_add,
    .rope = ref_rope,
    .store_kv = ref_store_kv,
    .attention = ref_attention,
    .attention_split = ref_attention_split,
    .attention_join = ref_attention_join,
};
