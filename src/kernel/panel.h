/*
 * panel.h - how weights lie in memory: panels of 16 rows, blocks of 32 columns. Kernels only.
 *
 * A panel is a run of blocks. A block holds the codes of 16 rows x 32 k, then its scales. Formats
 * with superblocks put a head with all scales before every eighth block instead. Codes are unsigned;
 * the value of a code is
 *
 *     scale * (code - offset) + minimum
 *
 * where `offset`, 0 or a power of two, belongs to the format. Codes are kept in vectors of 64 bytes: byte 4r + i of the
 * vector of k-group g is row r, k = 4g + i, so that one 32-bit broadcast of four activations meets
 * 16 rows in one vpdpbusd. Below one byte per code (vector v, groups g of the block, 0 to 7):
 *
 *     nibbles    4 vectors; vector v: group 2v in the low, 2v + 1 in the high nibbles
 *     pairs      2 vectors; vector v: group 4v + i at bits 2i, 2i + 1
 *     bits       1 vector; group g at bit g
 *
 * Scales of a block or superblock, each an array over the 16 rows, in the order written beside
 * panel_scales. Bytes per weight equal the file's, except Q3_K (3.5625 bits: its packed 6-bit scales
 * become bytes) and IQ4_XS (4.3125), for the same reason.
 */
#ifndef HUIS_KERNEL_PANEL_H
#define HUIS_KERNEL_PANEL_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/kernel.h"

enum { PANEL_VECTOR = 64, PANEL_HEAD_BLOCKS = 8 };

typedef enum panel_codes {
    CODES_PAIR,        /* 2 bits: pairs */
    CODES_PAIR_BIT,    /* 3 bits: pairs, bits << 2 */
    CODES_NIBBLE,      /* 4 bits: nibbles */
    CODES_NIBBLE_BIT,  /* 5 bits: nibbles, bits << 4 */
    CODES_NIBBLE_PAIR, /* 6 bits: nibbles, pairs << 4 */
    CODES_BYTE,        /* 8 vectors */
    CODES_IQ4,         /* nibbles that index PANEL_LEVELS_IQ4 */
    CODES_MXFP4,       /* nibbles that index PANEL_LEVELS_MXFP4 */
    CODES_F32,         /* float [32][16]; no scales */
    CODES_F16,
    CODES_BF16
} panel_codes;

typedef enum panel_scales {
    SCALES_HALF,     /* f16 scale */
    SCALES_HALF_MIN, /* f16 scale, f16 minimum */
    SCALES_E8M0,     /* u8 e: scale 2^(e - 128) */
    /* Heads: 8 blocks, or their 16 halves of 16 columns. Scale d s, minimum -dmin m. */
    SCALES_K,      /* f16 d, dmin; the 12 bytes of 6-bit s and m, as the file packs them */
    SCALES_I8,     /* f16 d; i8 s of 8 blocks */
    SCALES_I8_SUB, /* f16 d; i8 s of 16 halves */
    SCALES_K_SUB,  /* f16 d, dmin; u8 (s | m << 4) of 16 halves */
    SCALES_NONE
} panel_scales;

/* How a block's integer sums become floats; docs/kernel.md has the steps. */
typedef enum panel_class {
    CLASS_SCALE,         /* one scale per row */
    CLASS_MINIMUM,       /* and a minimum */
    CLASS_SUPER,         /* superblocks: an integer scale per block */
    CLASS_SUPER_MINIMUM, /* and an integer minimum */
    CLASS_SUB,           /* superblocks: integer scales for the two halves of a block */
    CLASS_SUB_MINIMUM,   /* and integer minimums */
    CLASS_FLOAT          /* float weights, float activations */
} panel_class;

typedef enum panel_format {
    PANEL_Q4_0,
    PANEL_Q4_1,
    PANEL_Q5_0,
    PANEL_Q5_1,
    PANEL_Q8_0,
    PANEL_Q2_K,
    PANEL_Q3_K,
    PANEL_Q4_K,
    PANEL_Q5_K,
    PANEL_Q6_K,
    PANEL_IQ4_NL,
    PANEL_IQ4_XS,
    PANEL_MXFP4,
    PANEL_F32,
    PANEL_F16,
    PANEL_BF16,
    PANEL_N_FORMATS
} panel_format;

typedef struct panel_format_info {
    tensor_type type;
    panel_codes codes;
    panel_scales scales;
    panel_class class;
    int offset;
} panel_format_info;

/* In the header, so that a kernel made for one format folds its row. */
static const panel_format_info PANEL_FORMATS[PANEL_N_FORMATS] = {
    [PANEL_Q4_0] = {TENSOR_Q4_0, CODES_NIBBLE, SCALES_HALF, CLASS_SCALE, 8},
    [PANEL_Q4_1] = {TENSOR_Q4_1, CODES_NIBBLE, SCALES_HALF_MIN, CLASS_MINIMUM, 0},
    [PANEL_Q5_0] = {TENSOR_Q5_0, CODES_NIBBLE_BIT, SCALES_HALF, CLASS_SCALE, 16},
    [PANEL_Q5_1] = {TENSOR_Q5_1, CODES_NIBBLE_BIT, SCALES_HALF_MIN, CLASS_MINIMUM, 0},
    [PANEL_Q8_0] = {TENSOR_Q8_0, CODES_BYTE, SCALES_HALF, CLASS_SCALE, 128},
    [PANEL_Q2_K] = {TENSOR_Q2_K, CODES_PAIR, SCALES_K_SUB, CLASS_SUB_MINIMUM, 0},
    [PANEL_Q3_K] = {TENSOR_Q3_K, CODES_PAIR_BIT, SCALES_I8_SUB, CLASS_SUB, 4},
    [PANEL_Q4_K] = {TENSOR_Q4_K, CODES_NIBBLE, SCALES_K, CLASS_SUPER_MINIMUM, 0},
    [PANEL_Q5_K] = {TENSOR_Q5_K, CODES_NIBBLE_BIT, SCALES_K, CLASS_SUPER_MINIMUM, 0},
    [PANEL_Q6_K] = {TENSOR_Q6_K, CODES_NIBBLE_PAIR, SCALES_I8_SUB, CLASS_SUB, 32},
    [PANEL_IQ4_NL] = {TENSOR_IQ4_NL, CODES_IQ4, SCALES_HALF, CLASS_SCALE, 128},
    [PANEL_IQ4_XS] = {TENSOR_IQ4_XS, CODES_IQ4, SCALES_I8, CLASS_SUPER, 128},
    [PANEL_MXFP4] = {TENSOR_MXFP4, CODES_MXFP4, SCALES_E8M0, CLASS_SCALE, 16},
    [PANEL_F32] = {TENSOR_F32, CODES_F32, SCALES_NONE, CLASS_FLOAT, 0},
    [PANEL_F16] = {TENSOR_F16, CODES_F16, SCALES_NONE, CLASS_FLOAT, 0},
    [PANEL_BF16] = {TENSOR_BF16, CODES_BF16, SCALES_NONE, CLASS_FLOAT, 0},
};

/* Levels + 128 and levels + 16: unsigned, as the codes that the kernels multiply. */
extern const uint8_t PANEL_LEVELS_IQ4[16];
extern const uint8_t PANEL_LEVELS_MXFP4[16];

static inline size_t panel_code_bytes(panel_codes codes)
{
    switch (codes) {
    case CODES_PAIR:
        return 128;
    case CODES_PAIR_BIT:
        return 192;
    case CODES_NIBBLE:
    case CODES_IQ4:
    case CODES_MXFP4:
        return 256;
    case CODES_NIBBLE_BIT:
        return 320;
    case CODES_NIBBLE_PAIR:
        return 384;
    case CODES_BYTE:
        return 512;
    case CODES_F16:
    case CODES_BF16:
        return 1024;
    case CODES_F32:
        break;
    }
    return 2048;
}

static inline size_t panel_scale_bytes(panel_scales scales)
{
    switch (scales) {
    case SCALES_HALF_MIN:
        return 64;
    case SCALES_HALF:
        return 32;
    case SCALES_E8M0:
        return 16;
    case SCALES_K:
    case SCALES_I8:
    case SCALES_I8_SUB:
    case SCALES_K_SUB:
    case SCALES_NONE:
        break;
    }
    return 0;
}

static inline size_t panel_head_bytes(panel_scales scales)
{
    switch (scales) {
    case SCALES_K:
        return 64 + 192;
    case SCALES_I8:
        return 32 + 128;
    case SCALES_I8_SUB:
        return 32 + 256;
    case SCALES_K_SUB:
        return 64 + 256;
    case SCALES_HALF:
    case SCALES_HALF_MIN:
    case SCALES_E8M0:
    case SCALES_NONE:
        break;
    }
    return 0;
}

/* Where block `i` of a panel begins; a head lies before it when i is a multiple of 8. */
static inline size_t panel_block_offset(const panel_format_info *f, size_t i)
{
    return i * (panel_code_bytes(f->codes) + panel_scale_bytes(f->scales)) +
           (i / PANEL_HEAD_BLOCKS + 1) * panel_head_bytes(f->scales);
}

/* Classes with superblocks. Their products want activations that were quantised in superblocks. */
static inline bool panel_is_super(panel_class class)
{
    return class == CLASS_SUPER || class == CLASS_SUPER_MINIMUM || class == CLASS_SUB ||
           class == CLASS_SUB_MINIMUM;
}

/* The integer scales and minimums of a head, a byte each: [8 blocks or 16 halves][16 rows]. */
typedef struct panel_integers {
    const uint8_t *scale, *minimum; /* into the head, or into room */
    _Alignas(64) uint8_t room[2][256];
} panel_integers;

/* Loops over whole vectors, which compilers vectorise. */
static inline void panel_read_integers(panel_scales scales, const uint8_t *head,
                                       panel_integers *out)
{
    out->scale = head + 32;
    out->minimum = out->room[1];
    if (scales == SCALES_K) {
        const uint8_t *const v = head + 64;
        for (size_t i = 0; i < 64; i++) {
            out->room[0][i] = v[i] & 63;
            out->room[1][i] = v[64 + i] & 63;
            out->room[0][64 + i] = (uint8_t)((v[128 + i] & 15) | (v[i] >> 2 & 48));
            out->room[1][64 + i] = (uint8_t)(v[128 + i] >> 4 | (v[64 + i] >> 2 & 48));
        }
        out->scale = out->room[0];
    } else if (scales == SCALES_K_SUB) {
        for (size_t i = 0; i < 256; i++) {
            out->room[0][i] = head[64 + i] & 15;
            out->room[1][i] = (uint8_t)(head[64 + i] >> 4);
        }
        out->scale = out->room[0];
    }
}

/* One block read by the definition: what ref/ computes with. Rows first. */
typedef struct panel_block {
    int16_t value[KERNEL_PANEL_ROWS][KERNEL_BLOCK]; /* code - offset */
    float scale[KERNEL_PANEL_ROWS];                 /* of superblocks: d */
    float minimum[KERNEL_PANEL_ROWS];               /* CLASS_MINIMUM; of superblocks: -dmin */
    /* Of superblocks, for both halves of the block: */
    int16_t sub_scale[2][KERNEL_PANEL_ROWS];
    int16_t sub_minimum[2][KERNEL_PANEL_ROWS];
} panel_block;

/* Reads block `i` of the panel at `panel` (not CLASS_FLOAT). */
void panel_read_block(const panel_format_info *f, const uint8_t *panel, size_t i, panel_block *out);
/* Row `row` of block `i` as 32 floats, any class. */
void panel_read_row(const panel_format_info *f, const uint8_t *panel, size_t i, size_t row,
                    float *out);

/* Activation layout: where tile `i_tile` of a begins, in tokens, and its width. */
static inline size_t activations_tile_width(const activations *a, size_t i_tile)
{
    const size_t rest = a->n - i_tile * KERNEL_TILE;
    return rest < KERNEL_TILE ? rest : KERNEL_TILE;
}

/* Index of (token, block) in scale and the sums; times 32 in q, times 4 in part. */
static inline size_t activations_index(const activations *a, size_t token, size_t block)
{
    const size_t i_tile = token / KERNEL_TILE;
    return i_tile * KERNEL_TILE * a->n_blocks + block * activations_tile_width(a, i_tile) +
           token % KERNEL_TILE;
}

/* Index of (token, superblock) in base; times 8 in whole, times 16 in halves. */
static inline size_t activations_super_index(const activations *a, size_t token, size_t super)
{
    const size_t i_tile = token / KERNEL_TILE;
    return i_tile * KERNEL_TILE * (a->n_blocks / KERNEL_SUPER) +
           super * activations_tile_width(a, i_tile) + token % KERNEL_TILE;
}

#endif
