/*
 * qwen2.c - the qwen2 family: Qwen2 and Qwen2.5, 0.5B to 3B.
 *
 * As llama, with a bias on Q, K and V (added before the rotary embedding), and rotary pairs of
 * halves: the converter does not permute. The files say "tied" or carry an output of their own.
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
    {ARCH_ATTN_Q_BIAS, "attn_q.bias", ARCH_Q, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_ATTN_K_BIAS, "attn_k.bias", ARCH_KV, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_ATTN_V_BIAS, "attn_v.bias", ARCH_KV, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_ATTN_OUTPUT, "attn_output.weight", ARCH_Q, ARCH_EMBD, ARCH_REQUIRED},
    {ARCH_FFN_NORM, "ffn_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_FFN_GATE, "ffn_gate.weight", ARCH_EMBD, ARCH_FF, ARCH_REQUIRED},
    {ARCH_FFN_UP, "ffn_up.weight", ARCH_EMBD, ARCH_FF, ARCH_REQUIRED},
    {ARCH_FFN_DOWN, "ffn_down.weight", ARCH_FF, ARCH_EMBD, ARCH_REQUIRED},
};

const arch_family arch_qwen2 = {
    .name = "qwen2",
    .rope = ARCH_ROPE_HALVES,
    .tensors = TENSORS,
    .n_tensors = sizeof(TENSORS) / sizeof(TENSORS[0]),
};
