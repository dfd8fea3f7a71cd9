/*
 * smollm3.c - the smollm3 family: SmolLM3-3B.
 *
 * As llama (neighbouring rotary pairs, permuted rows), but every fourth layer has no rotary
 * embedding at all ("NoPE").
 */
#include "arch/arch.h"

static const arch_tensor_row TENSORS[] = {
    {ARCH_TOKEN_EMBD, "token_embd.weight", ARCH_EMBD, ARCH_VOCAB, ARCH_REQUIRED},
    {ARCH_OUTPUT_NORM, "output_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_OUTPUT, "output.weight", ARCH_EMBD, ARCH_VOCAB, ARCH_OPTIONAL},
    {ARCH_ATTN_NORM, "attn_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_ATTN_Q, "attn_q.weight", ARCH_EMBD, ARCH_Q, ARCH_REQUIRED},
    {ARCH_ATTN_K, "attn_k.weight", ARCH_EMBD, ARCH_KV, ARCH_REQUIRED},
    {ARCH_ATTN_V, "attn_v.weight", ARCH_EMBD, ARCH_KV, ARCH_REQUIRED},
    {ARCH_ATTN_OUTPUT, "attn_output.weight", ARCH_Q, ARCH_EMBD, ARCH_REQUIRED},
    {ARCH_FFN_NORM, "ffn_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_FFN_GATE, "ffn_gate.weight", ARCH_EMBD, ARCH_FF, ARCH_REQUIRED},
    {ARCH_FFN_UP, "ffn_up.weight", ARCH_EMBD, ARCH_FF, ARCH_REQUIRED},
    {ARCH_FFN_DOWN, "ffn_down.weight", ARCH_FF, ARCH_EMBD, ARCH_REQUIRED},
};

const arch_family arch_smollm3 = {
    .name = "smollm3",
    .rope = ARCH_ROPE_INTERLEAVED,
    .nope_interval = 4,
    .tensors = TENSORS,
    .n_tensors = sizeof(TENSORS) / sizeof(TENSORS[0]),
};
