/*
 * matmul_blocks.h - runs of blocks in a packed panel, and in an unpacked one, for the levels whose
 * kernels do one block after the other. The file that includes it defines multiply_block() and
 * prefetch_ahead().
 */
#ifndef HUIS_KERNEL_MATMUL_BLOCKS_H
#define HUIS_KERNEL_MATMUL_BLOCKS_H

#include "kernel/matmul_walk.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Where codes are read: in a packed panel, or in an unpacked one, whose codes are bytes ready for
 * use. */
typedef struct code_source {
    panel_codes codes;
    bool unpacked;
} code_source;

/* Scales in a packed panel (scales, p, head) or in an unpacked one (ready). */
typedef struct scale_source {
    panel_scales scales;
    const uint8_t *p, *head;
    const void *ready; /* row_scales of the level, for all rows of the panel; NULL: packed */
} scale_source;

/* One block of one panel for n tokens. sums [n][16]. Format, source and n are constants. */
ALWAYS_INLINE void multiply_block(panel_format format, code_source source, int n, const uint8_t *p,
                                  const scale_source *scales, const token_block *x, float *sums);
/* Asks for the line that a stream at p will need. */
ALWAYS_INLINE void prefetch_ahead(const uint8_t *p);

/* n tokens (a constant) from `first` over a packed panel. */
ALWAYS_INLINE void stream_panel(panel_format format, int n, const uint8_t *p, const activations *a,
                                size_t first, float *sums)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const code_source source = {f.codes, false};
    const size_t head_bytes = panel_head_bytes(f.scales);
    const size_t code_bytes = panel_code_bytes(f.codes);
    token_block x = token_block_at(a, first, a->n);
    const uint8_t *head = p;
    for (size_t b = 0; b < a->n_blocks; b++) {
        if (head_bytes != 0 && b % PANEL_HEAD_BLOCKS == 0) {
            head = p;
            p += head_bytes;
        }
        const scale_source scales = {f.scales, p + code_bytes, head, NULL};
        for (size_t i = 0; i < code_bytes + panel_scale_bytes(f.scales); i += 64) {
            prefetch_ahead(p + i);
        }
        multiply_block(format, source, n, p, &scales, &x, sums);
        p += code_bytes + panel_scale_bytes(f.scales);
        token_block_skip(&x, x.width, false);
    }
}

/* n tokens (a constant) over an unpacked K panel. */
ALWAYS_INLINE void multiply_tile(panel_format format, int n, const unpacked_panel *w,
                                 size_t n_blocks, const token_block *tokens, float *sums)
{
    const code_source source = {CODES_BYTE, true};
    token_block x = *tokens;
    for (size_t b = 0; b < n_blocks; b++) {
        const scale_source scales = {SCALES_NONE, NULL, NULL, w->scales[b]};
        multiply_block(format, source, n, w->codes[b][0], &scales, &x, sums);
        token_block_skip(&x, x.width, true);
    }
}

#endif
