/*
 * matmul_blocks.h - runs of blocks in a packed panel, and in an unpacked one, for the levels whose
 * kernels do one block after the other. The file that includes it defines multiply_block(),
 * add_super() and prefetch_ahead().
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

/* Scales of a block in a packed panel (scales, p; of superblocks the integers) or in an unpacked one
 * (ready). */
typedef struct scale_source {
    panel_scales scales;
    const uint8_t *p;
    const void *ready; /* row_scales of the level, for all rows of the panel; NULL: packed */
} scale_source;

/* What a superblock has for all of its blocks: likewise. */
typedef struct super_source {
    panel_scales scales;
    const uint8_t *head, *minimum;
    const void *ready; /* super_scales of the level */
} super_source;

/* One block of one panel for n tokens. sums [n][16], of a superblock those of it alone. Format, source
 * and n are constants. */
ALWAYS_INLINE void multiply_block(panel_format format, code_source source, int n, const uint8_t *p,
                                  const scale_source *scales, const token_block *x, float *sums);
/* Adds the sums `inner` of a superblock to those of all, and clears them. */
ALWAYS_INLINE void add_super(panel_format format, int n, const super_source *scales,
                             const token_block *x, float *inner, float *sums);
/* 16 floats of each of n tokens: what gcc makes of memset costs more than a block. */
ALWAYS_INLINE void clear_sums(int n, float *sums);
/* Asks for the line that a stream at p will need. */
ALWAYS_INLINE void prefetch_ahead(const uint8_t *p);

ALWAYS_INLINE void prefetch_bytes(const uint8_t *p, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i += 64) {
        prefetch_ahead(p + i);
    }
}

/* Where the integer scales of block i_part of a superblock are. */
ALWAYS_INLINE const uint8_t *part_scales(panel_scales scales, const panel_integers *integers,
                                         size_t i_part)
{
    const size_t n = scales == SCALES_I8_SUB || scales == SCALES_K_SUB ? 2 : 1;
    return integers->scale + i_part * n * KERNEL_PANEL_ROWS;
}

/* n tokens (a constant) over the superblock at p. */
ALWAYS_INLINE const uint8_t *stream_super(panel_format format, int n, const uint8_t *p,
                                          token_block *x, float *sums)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const code_source source = {f.codes, false};
    _Alignas(64) UNINITIALIZED float inner[COLUMNS_MAX * KERNEL_PANEL_ROWS];
    panel_integers integers;
    clear_sums(n, inner);
    panel_read_integers(f.scales, p, &integers);
    const super_source super = {f.scales, p, integers.minimum, NULL};
    prefetch_bytes(p, panel_head_bytes(f.scales));
    p += panel_head_bytes(f.scales);
    for (size_t i = 0; i < KERNEL_SUPER; i++) {
        const scale_source scales = {f.scales, part_scales(f.scales, &integers, i), NULL};
        prefetch_bytes(p, panel_code_bytes(f.codes));
        multiply_block(format, source, n, p, &scales, x, inner);
        p += panel_code_bytes(f.codes);
        token_block_skip(x, x->width, false);
    }
    add_super(format, n, &super, x, inner, sums);
    token_block_skip_super(x, x->width);
    return p;
}

ALWAYS_INLINE const uint8_t *stream_block(panel_format format, int n, const uint8_t *p,
                                          token_block *x, float *sums)
{
    const panel_format_info f = PANEL_FORMATS[format];
    const code_source source = {f.codes, false};
    const size_t code_bytes = panel_code_bytes(f.codes);
    const scale_source scales = {f.scales, p + code_bytes, NULL};
    prefetch_bytes(p, code_bytes + panel_scale_bytes(f.scales));
    multiply_block(format, source, n, p, &scales, x, sums);
    token_block_skip(x, x->width, false);
    return p + code_bytes + panel_scale_bytes(f.scales);
}

/* n tokens (a constant) from `first` over a packed panel. */
ALWAYS_INLINE void stream_panel(panel_format format, int n, const uint8_t *p, const activations *a,
                                size_t first, float *sums)
{
    token_block x = token_block_at(a, first, first, a->n);
    if (panel_is_super(PANEL_FORMATS[format].class)) {
        for (size_t i = 0; i < a->n_blocks / KERNEL_SUPER; i++) {
            p = stream_super(format, n, p, &x, sums);
        }
    } else {
        for (size_t b = 0; b < a->n_blocks; b++) {
            p = stream_block(format, n, p, &x, sums);
        }
    }
}

/* n tokens (a constant) over an unpacked K panel. */
ALWAYS_INLINE void multiply_tile(panel_format format, int n, const unpacked_panel *w,
                                 size_t n_blocks, const token_block *tokens, float *sums)
{
    const code_source source = {CODES_BYTE, true};
    const bool is_super = panel_is_super(PANEL_FORMATS[format].class);
    _Alignas(64) UNINITIALIZED float inner[COLUMNS_MAX * KERNEL_PANEL_ROWS];
    token_block x = *tokens;
    clear_sums(n, inner);
    for (size_t b = 0; b < n_blocks; b++) {
        const scale_source scales = {SCALES_NONE, NULL, w->scales[b]};
        multiply_block(format, source, n, w->codes[b][0], &scales, &x, is_super ? inner : sums);
        token_block_skip(&x, x.width, true);
        if (is_super && b % KERNEL_SUPER == KERNEL_SUPER - 1) {
            const super_source super = {SCALES_NONE, NULL, NULL, w->supers[b / KERNEL_SUPER]};
            add_super(format, n, &super, &x, inner, sums);
            token_block_skip_super(&x, x.width);
        }
    }
}

#endif
