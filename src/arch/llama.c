/*
 * llama.c - the llama family: SmolLM2, Llama 2 and 3.x, MiniCPM5, TinyLlama, Falcon3.
 *
 * Rotary pairs are neighbours, because the converter to GGUF permutes the rows of Q and K. Llama 3
 * stretches its long wavelengths by a tensor of divisors, rope_freqs.weight.
 */
#include "arch/arch.h"

static const arch_tensor_row TENSORS[] = {
    {ARCH_TOKEN_EMBD, "token_embd.weight", ARCH_EMBD, ARCH_VOCAB, ARCH_REQUIRED},
    {ARCH_OUTPUT_NORM, "output_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_OUTPUT, "output.weight", ARCH_EMBD, ARCH_VOCAB, ARCH_OPTIONAL},
    {ARCH_ROPE_FREQS, "rope_freqs.weight", ARCH_ROT_HALF, ARCH_ONE, ARCH_OPTIONAL},
    {ARCH_ATTN_NORM, "attn_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_ATTN_Q, "attn_q.weight", ARCH_EMBD, ARCH_Q, ARCH_REQUIRED},
    {ARCH_ATTN_K, "attn_k.weight", ARCH_EMBD, ARCH_KV, ARCH_REQUIRED},
    {ARCH_ATTN_V, "attn_v.weight", ARCH_EMBD, ARCH_KV, ARCH_REQUIRED},
    {ARCH_ATTN_Q_BIAS, "attn_q.bias", ARCH_Q, ARCH_ONE, ARCH_OPTIONAL},
    {ARCH_ATTN_K_BIAS, "attn_k.bias", ARCH_KV, ARCH_ONE, ARCH_OPTIONAL},
    {ARCH_ATTN_V_BIAS, "attn_v.bias", ARCH_KV, ARCH_ONE, ARCH_OPTIONAL},
    {ARCH_ATTN_OUTPUT, "attn_output.weight", ARCH_Q, ARCH_EMBD, ARCH_REQUIRED},
    {ARCH_FFN_NORM, "ffn_norm.weight", ARCH_EMBD, ARCH_ONE, ARCH_REQUIRED},
    {ARCH_FFN_GATE, "ffn_gate.weight", ARCH_EMBD, ARCH_FF, ARCH_REQUIRED},
    {ARCH_FFN_UP, "ffn_up.weight", ARCH_EMBD, ARCH_FF, ARCH_REQUIRED},
    {ARCH_FFN_DOWN, "ffn_down.weight", ARCH_FF, ARCH_EMBD, ARCH_REQUIRED},
};

const arch_family arch_llama = {
    .name = "llama",
    .rope = ARCH_ROPE_INTERLEAVED,
    .tensors = TENSORS,
    .n_tensors = sizeof(TENSORS) / sizeof(TENSORS[0]),
};
