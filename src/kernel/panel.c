/*
 * panel.c - the panel formats and their definition: how a block is read. See panel.h.
 */
#include "kernel/panel.h"

#include <string.h>

const uint8_t PANEL_LEVELS_IQ4[16] = {1,   24,  45,  63,  79,  93,  106, 118,
                                      129, 141, 153, 166, 181, 197, 217, 241};
const uint8_t PANEL_LEVELS_MXFP4[16] = {16, 17, 18, 19, 20, 22, 24, 28,
                                        16, 15, 14, 13, 12, 10, 8,  4};

/* Bits [2i, 2i + 1] or [i] of a vector of small codes; see the layouts in panel.h. */
static unsigned nibble_at(const uint8_t *vectors, size_t group, size_t byte)
{
    return (unsigned)vectors[group / 2 * PANEL_VECTOR + byte] >> (4 * (group % 2)) & 15u;
}

static unsigned pair_at(const uint8_t *vectors, size_t group, size_t byte)
{
    return (unsigned)vectors[group / 4 * PANEL_VECTOR + byte] >> (2 * (group % 4)) & 3u;
}

static unsigned bit_at(const uint8_t *vector, size_t group, size_t byte)
{
    return (unsigned)vector[byte] >> group & 1u;
}

/* The unsigned code of byte `byte` (4 row + k mod 4) of k-group `group`. */
static unsigned read_code(panel_codes codes, const uint8_t *p, size_t group, size_t byte)
{
    switch (codes) {
    case CODES_PAIR:
        return pair_at(p, group, byte);
    case CODES_PAIR_BIT:
        return pair_at(p, group, byte) | bit_at(p + 128, group, byte) << 2;
    case CODES_NIBBLE:
        return nibble_at(p, group, byte);
    case CODES_NIBBLE_BIT:
        return nibble_at(p, group, byte) | bit_at(p + 256, group, byte) << 4;
    case CODES_NIBBLE_PAIR:
        return nibble_at(p, group, byte) | pair_at(p + 256, group, byte) << 4;
    case CODES_BYTE:
        return p[group * PANEL_VECTOR + byte];
    case CODES_IQ4:
        return PANEL_LEVELS_IQ4[nibble_at(p, group, byte)];
    case CODES_MXFP4:
        return PANEL_LEVELS_MXFP4[nibble_at(p, group, byte)];
    case CODES_F32:
    case CODES_F16:
    case CODES_BF16:
        break;
    }
    return 0;
}

static float load_half(const uint8_t *p)
{
    uint16_t half;
    memcpy(&half, p, sizeof(half));
    return tensor_half_to_float(half);
}

static float float_from_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* 2^(e - 128); subnormal below 2. */
static float e8m0_half(uint8_t e)
{
    return float_from_bits(e < 2 ? 0x00200000u << e : (uint32_t)(e - 1) << 23);
}

/* The scales of row r of a block; superblocks have theirs in heads. */
static void read_scales(panel_scales scales, const uint8_t *p, size_t r, panel_block *out)
{
    const size_t half = KERNEL_PANEL_ROWS;
    switch (scales) {
    case SCALES_HALF_MIN:
        out->minimum[r] = load_half(p + 2 * half + 2 * r);
        out->scale[r] = load_half(p + 2 * r);
        break;
    case SCALES_HALF:
        out->scale[r] = load_half(p + 2 * r);
        break;
    case SCALES_E8M0:
        out->scale[r] = e8m0_half(p[r]);
        break;
    case SCALES_K:
    case SCALES_I8:
    case SCALES_I8_SUB:
    case SCALES_K_SUB:
    case SCALES_NONE:
        break;
    }
}

/* The scales of row r of block i_part (0 to 7) of the superblock with this head. */
static void read_head(const panel_format_info *f, const uint8_t *head, size_t i_part, size_t r,
                      panel_block *out)
{
    const bool is_signed = f->scales == SCALES_I8 || f->scales == SCALES_I8_SUB;
    const bool has_halves = f->scales == SCALES_I8_SUB || f->scales == SCALES_K_SUB;
    panel_integers integers;
    panel_read_integers(f->scales, head, &integers);
    out->scale[r] = load_half(head + 2 * r);
    out->minimum[r] = is_signed ? 0.0f : -load_half(head + 2 * KERNEL_PANEL_ROWS + 2 * r);
    for (size_t h = 0; h < 2; h++) {
        const size_t at = (has_halves ? 2 * i_part + h : i_part) * KERNEL_PANEL_ROWS + r;
        const uint8_t scale = integers.scale[at];
        out->sub_scale[h][r] = is_signed ? (int8_t)scale : scale;
        out->sub_minimum[h][r] = is_signed ? 0 : integers.minimum[at];
    }
}

/* The head of the superblock of block `i`. */
static const uint8_t *panel_head(const panel_format_info *f, const uint8_t *panel, size_t i)
{
    const size_t first = i & ~(size_t)(PANEL_HEAD_BLOCKS - 1);
    return panel + panel_block_offset(f, first) - panel_head_bytes(f->scales);
}

static void read_row_scales(const panel_format_info *f, const uint8_t *panel, size_t i, size_t r,
                            panel_block *out)
{
    if (panel_is_super(f->class)) {
        read_head(f, panel_head(f, panel, i), i % PANEL_HEAD_BLOCKS, r, out);
    } else {
        read_scales(f->scales, panel + panel_block_offset(f, i) + panel_code_bytes(f->codes), r,
                    out);
    }
}

void panel_read_block(const panel_format_info *f, const uint8_t *panel, size_t i, panel_block *out)
{
    const uint8_t *const p = panel + panel_block_offset(f, i);
    for (size_t g = 0; g < KERNEL_BLOCK / 4; g++) {
        for (size_t byte = 0; byte < PANEL_VECTOR; byte++) {
            out->value[byte / 4][4 * g + byte % 4] =
                (int16_t)((int)read_code(f->codes, p, g, byte) - f->offset);
        }
    }
    for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
        read_row_scales(f, panel, i, r, out);
    }
}

static float read_float(panel_codes codes, const uint8_t *p, size_t i)
{
    if (codes == CODES_F32) {
        float value;
        memcpy(&value, p + 4 * i, sizeof(value));
        return value;
    }
    if (codes == CODES_F16) {
        return load_half(p + 2 * i);
    }
    uint16_t upper;
    memcpy(&upper, p + 2 * i, sizeof(upper));
    return float_from_bits((uint32_t)upper << 16);
}

void panel_read_row(const panel_format_info *f, const uint8_t *panel, size_t i, size_t row,
                    float *out)
{
    if (f->class == CLASS_FLOAT) {
        const uint8_t *const p = panel + panel_block_offset(f, i);
        for (size_t k = 0; k < KERNEL_BLOCK; k++) {
            out[k] = read_float(f->codes, p, k * KERNEL_PANEL_ROWS + row);
        }
        return;
    }
    const uint8_t *const p = panel + panel_block_offset(f, i);
    panel_block block = {0};
    read_row_scales(f, panel, i, row, &block);
    for (size_t k = 0; k < KERNEL_BLOCK; k++) {
        float scale = block.scale[row];
        float minimum = block.minimum[row];
        if (panel_is_super(f->class)) {
            scale *= (float)block.sub_scale[k / 16][row];
            minimum *= (float)block.sub_minimum[k / 16][row];
        }
        const int code = (int)read_code(f->codes, p, k / 4, 4 * row + k % 4);
        out[k] = scale * (float)(code - f->offset) + minimum;
    }
}
