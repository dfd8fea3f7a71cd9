/*
 * pack.h - codecs from the types of model files to panels. For pack.c and pack_codec.c only.
 */
#ifndef HUIS_KERNEL_PACK_H
#define HUIS_KERNEL_PACK_H

#include "kernel/panel.h"

/* 32 columns of one row: unsigned codes and whatever scales its type has. */
typedef struct pack_block {
    uint8_t codes[KERNEL_BLOCK];
    uint16_t d, m;                /* f16: scale and minimum, or d and dmin of the superblock */
    uint8_t scale[2], minimum[2]; /* integer scales: of the block or of its halves */
} pack_block;

/* Reads part `i_part` (0 for types with blocks of 32) of the file's block at `src`. */
typedef void (*pack_codec)(const uint8_t *src, size_t i_part, pack_block *out);

/* NULL: float types. */
pack_codec pack_codec_find(panel_format format);

#endif
