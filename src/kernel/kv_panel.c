/*
 * kv_panel.c - sizes of the KV cache and of attention's work space; hiding keys of a panel.
 */
#include "kernel/kv_panel.h"

size_t kernel_kv_bytes(size_t head_dim, size_t n_positions)
{
    return (n_positions + KERNEL_KEY_PANEL - 1) / KERNEL_KEY_PANEL * kv_panel_bytes(head_dim);
}

size_t kernel_attention_part_floats(size_t head_dim)
{
    return head_dim + 16; /* output, maximum, weight; whole vectors */
}

size_t kernel_attention_scratch_floats(size_t n_group, size_t head_dim)
{
    /* Up to four tokens of the group: codes and state of a query; scores, weights and a part. */
    const size_t n_queries = 4 * n_group;
    return n_queries * (head_dim / 2 + 32) + 8 * (KERNEL_KEY_BLOCK + KERNEL_KEY_BLOCK / 2) +
           2 * kernel_attention_part_floats(head_dim);
}

void kernel_kv_clear(size_t head_dim, size_t i_vector, size_t n_keys, unsigned char *vector)
{
    const size_t values_at = kv_values_at(head_dim) / KV_VECTOR_BYTES;
    if (i_vector < values_at || i_vector >= head_dim) {
        memset(vector + n_keys * 4, 0, (KERNEL_KEY_PANEL - n_keys) * 4);
        return;
    }
    for (size_t i = 0; i < KV_VECTOR_BYTES / sizeof(int16_t); i++) {
        const size_t pair = ((i_vector - values_at) * 16 + i / 2) / head_dim;
        if (2 * pair + i % 2 >= n_keys) {
            memset(vector + i * sizeof(int16_t), 0, sizeof(int16_t));
        }
    }
}
