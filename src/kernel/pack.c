/*
 * pack.c - packs a weight matrix of any type into panels (panel.h). Runs when a model is loaded.
 *
 * Sixteen rows are read 32 columns at a time by the codec of their type, turned into vectors of
 * k-groups by moving 4-byte words, and merged into nibbles and bit planes. Rows past the end are
 * zero: they cost nothing to multiply and are never stored.
 */
#include "kernel/pack.h"

#include <string.h>

#include "base/checked.h"
#include "base/error.h"

enum { N_GROUPS = KERNEL_BLOCK / 4 };

/* Code vectors of one block, one byte per code. */
typedef uint8_t code_vectors[N_GROUPS][PANEL_VECTOR];

static int find_format(tensor_type type, panel_format *out_format, huis_error *err)
{
    for (size_t i = 0; i < PANEL_N_FORMATS; i++) {
        if (PANEL_FORMATS[i].type == type) {
            *out_format = (panel_format)i;
            return HUIS_OK;
        }
    }
    return error_set(err, HUIS_E_UNSUPPORTED, "weights of type %d cannot be multiplied", (int)type);
}

static size_t panel_bytes(const panel_format_info *f, size_t n_blocks)
{
    const size_t n_heads = (n_blocks + PANEL_HEAD_BLOCKS - 1) / PANEL_HEAD_BLOCKS;
    const size_t bytes = n_blocks * (panel_code_bytes(f->codes) + panel_scale_bytes(f->scales)) +
                         n_heads * panel_head_bytes(f->scales);
    return (bytes + PANEL_VECTOR - 1) & ~(size_t)(PANEL_VECTOR - 1);
}

/* Fills all fields but data. */
static int describe(tensor_type type, size_t n_rows, size_t n_cols, packed_matrix *out_matrix,
                    size_t *out_bytes, huis_error *err)
{
    panel_format format = PANEL_N_FORMATS;
    RETURN_IF_ERROR(find_format(type, &format, err));
    const tensor_type_info *const info = tensor_type_find(type);
    if (n_rows == 0 || n_cols == 0 || n_cols % KERNEL_BLOCK != 0 || info == NULL ||
        n_cols % info->block_elements != 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "a matrix of %zu rows and %zu columns cannot be packed: columns must be a "
                         "multiple of 32 and of the block of its type",
                         n_rows, n_cols);
    }
    /* No format needs more than 4 bytes a column and row; 8 leaves room for heads. */
    size_t bound = 0;
    if (n_rows > SIZE_MAX - KERNEL_PANEL_ROWS ||
        !checked_mul_size(n_rows + KERNEL_PANEL_ROWS, n_cols, &bound) ||
        !checked_mul_size(bound, 8, &bound)) {
        return error_set(err, HUIS_E_LIMIT, "a matrix of %zu rows and %zu columns is too large",
                         n_rows, n_cols);
    }
    const panel_format_info *const f = &PANEL_FORMATS[format];
    *out_matrix = (packed_matrix){
        .n_rows = n_rows,
        .n_cols = n_cols,
        .n_panels = (n_rows + KERNEL_PANEL_ROWS - 1) / KERNEL_PANEL_ROWS,
        .panel_bytes = panel_bytes(f, n_cols / KERNEL_BLOCK),
        .format = (uint32_t)format,
    };
    *out_bytes = out_matrix->n_panels * out_matrix->panel_bytes;
    return HUIS_OK;
}

int kernel_packed_bytes(tensor_type type, size_t n_rows, size_t n_cols, size_t *out_bytes,
                        huis_error *err)
{
    packed_matrix matrix = {0};
    size_t bytes = 0;
    RETURN_IF_ERROR(describe(type, n_rows, n_cols, &matrix, &bytes, err));
    *out_bytes = bytes;
    return HUIS_OK;
}

static void gather_groups(const pack_block rows[KERNEL_PANEL_ROWS], code_vectors out)
{
    for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
        for (size_t g = 0; g < N_GROUPS; g++) {
            memcpy(&out[g][4 * r], &rows[r].codes[4 * g], 4);
        }
    }
}

static uint8_t *write_nibbles(code_vectors v, uint8_t *dst)
{
    for (size_t g = 0; g < N_GROUPS; g += 2, dst += PANEL_VECTOR) {
        for (size_t i = 0; i < PANEL_VECTOR; i++) {
            dst[i] = (uint8_t)((v[g][i] & 15) | v[g + 1][i] << 4);
        }
    }
    return dst;
}

/* Bits [shift, shift + 1] of each code. */
static uint8_t *write_pairs(code_vectors v, unsigned shift, uint8_t *dst)
{
    for (size_t g = 0; g < N_GROUPS; g += 4, dst += PANEL_VECTOR) {
        for (size_t i = 0; i < PANEL_VECTOR; i++) {
            const int low = (v[g][i] >> shift & 3) | (v[g + 1][i] >> shift & 3) << 2;
            const int high = (v[g + 2][i] >> shift & 3) | (v[g + 3][i] >> shift & 3) << 2;
            dst[i] = (uint8_t)(low | high << 4);
        }
    }
    return dst;
}

/* Bit `shift` of each code. */
static uint8_t *write_bits(code_vectors v, unsigned shift, uint8_t *dst)
{
    memset(dst, 0, PANEL_VECTOR);
    for (size_t g = 0; g < N_GROUPS; g++) {
        for (size_t i = 0; i < PANEL_VECTOR; i++) {
            dst[i] = (uint8_t)(dst[i] | (v[g][i] >> shift & 1) << g);
        }
    }
    return dst + PANEL_VECTOR;
}

static uint8_t *write_codes(panel_codes codes, code_vectors v, uint8_t *dst)
{
    switch (codes) {
    case CODES_PAIR:
        return write_pairs(v, 0, dst);
    case CODES_PAIR_BIT:
        return write_bits(v, 2, write_pairs(v, 0, dst));
    case CODES_NIBBLE:
    case CODES_IQ4:
    case CODES_MXFP4:
        return write_nibbles(v, dst);
    case CODES_NIBBLE_BIT:
        return write_bits(v, 4, write_nibbles(v, dst));
    case CODES_NIBBLE_PAIR:
        return write_pairs(v, 4, write_nibbles(v, dst));
    case CODES_BYTE:
        memcpy(dst, v, sizeof(code_vectors));
        return dst + sizeof(code_vectors);
    case CODES_F32:
    case CODES_F16:
    case CODES_BF16:
        break;
    }
    return dst;
}

static void write_scales(panel_scales scales, const pack_block *row, size_t r, uint8_t *dst)
{
    const size_t n = KERNEL_PANEL_ROWS;
    switch (scales) {
    case SCALES_HALF_MIN:
        memcpy(dst + 2 * n + 2 * r, &row->m, sizeof(row->m));
        memcpy(dst + 2 * r, &row->d, sizeof(row->d));
        break;
    case SCALES_HALF:
        memcpy(dst + 2 * r, &row->d, sizeof(row->d));
        break;
    case SCALES_E8M0:
        dst[r] = row->scale[0];
        break;
    case SCALES_K:
    case SCALES_I8:
    case SCALES_I8_SUB:
    case SCALES_K_SUB:
    case SCALES_NONE:
        break;
    }
}

/* s and m of part i of row r: 12 bytes a row as in Q4_K, byte j of all rows side by side. */
static void write_six_bits(const pack_block *row, size_t i, size_t r, uint8_t *dst)
{
    const size_t n = KERNEL_PANEL_ROWS;
    const unsigned s = row->scale[0];
    const unsigned m = row->minimum[0];
    if (i < 4) {
        dst[i * n + r] = (uint8_t)(dst[i * n + r] | s);
        dst[(i + 4) * n + r] = (uint8_t)(dst[(i + 4) * n + r] | m);
        return;
    }
    dst[(i + 4) * n + r] = (uint8_t)((s & 15u) | (m & 15u) << 4);
    dst[(i - 4) * n + r] = (uint8_t)(dst[(i - 4) * n + r] | (s >> 4) << 6);
    dst[i * n + r] = (uint8_t)(dst[i * n + r] | (m >> 4) << 6);
}

/* What part i (0 to 7) of a superblock adds to its head, which starts as zeros. */
static void write_head(panel_scales scales, const pack_block *row, size_t i, size_t r,
                       uint8_t *head)
{
    const size_t n = KERNEL_PANEL_ROWS;
    memcpy(head + 2 * r, &row->d, sizeof(row->d));
    switch (scales) {
    case SCALES_K:
        memcpy(head + 2 * n + 2 * r, &row->m, sizeof(row->m));
        write_six_bits(row, i, r, head + 4 * n);
        break;
    case SCALES_I8:
        head[2 * n + i * n + r] = row->scale[0];
        break;
    case SCALES_I8_SUB:
        head[2 * n + 2 * i * n + r] = row->scale[0];
        head[2 * n + (2 * i + 1) * n + r] = row->scale[1];
        break;
    case SCALES_K_SUB:
        memcpy(head + 2 * n + 2 * r, &row->m, sizeof(row->m));
        for (size_t h = 0; h < 2; h++) {
            head[4 * n + (2 * i + h) * n + r] = (uint8_t)(row->scale[h] | row->minimum[h] << 4);
        }
        break;
    case SCALES_HALF_MIN:
    case SCALES_HALF:
    case SCALES_E8M0:
    case SCALES_NONE:
        break;
    }
}

/* One panel; `n_rows` <= 16 rows of `row_bytes` at src. */
static void pack_panel(const packed_matrix *w, const uint8_t *src, size_t n_rows, size_t row_bytes,
                       uint8_t *dst)
{
    const panel_format_info *const f = &PANEL_FORMATS[w->format];
    const tensor_type_info *const info = tensor_type_find(f->type);
    const pack_codec codec = pack_codec_find((panel_format)w->format);
    const size_t head_bytes = panel_head_bytes(f->scales);
    const size_t n_parts = info->block_elements / KERNEL_BLOCK;
    const uint8_t *const end = dst + w->panel_bytes;
    uint8_t *head = dst;
    pack_block rows[KERNEL_PANEL_ROWS];
    code_vectors vectors;
    memset(rows, 0, sizeof(rows));
    for (size_t b = 0; b < w->n_cols / KERNEL_BLOCK; b++) {
        for (size_t r = 0; r < n_rows; r++) {
            codec(src + r * row_bytes + b / n_parts * info->block_bytes, b % n_parts, &rows[r]);
        }
        if (head_bytes != 0 && b % PANEL_HEAD_BLOCKS == 0) {
            head = dst;
            memset(head, 0, head_bytes);
            dst += head_bytes;
        }
        gather_groups(rows, vectors);
        dst = write_codes(f->codes, vectors, dst);
        for (size_t r = 0; r < KERNEL_PANEL_ROWS; r++) {
            write_scales(f->scales, &rows[r], r, dst);
            if (head_bytes != 0) {
                write_head(f->scales, &rows[r], b % PANEL_HEAD_BLOCKS, r, head);
            }
        }
        dst += panel_scale_bytes(f->scales);
    }
    /* Panels go into files: the same bytes every time. */
    memset(dst, 0, (size_t)(end - dst));
}

/* Float panels: element k of 16 rows side by side. */
static void pack_float_panel(const packed_matrix *w, const uint8_t *src, size_t n_rows,
                             size_t row_bytes, uint8_t *dst)
{
    const size_t size = row_bytes / w->n_cols;
    memset(dst, 0, w->panel_bytes);
    for (size_t r = 0; r < n_rows; r++) {
        for (size_t k = 0; k < w->n_cols; k++) {
            memcpy(dst + (k * KERNEL_PANEL_ROWS + r) * size, src + r * row_bytes + k * size, size);
        }
    }
}

int kernel_pack(packed_matrix *out_matrix, tensor_type type, const void *src, size_t n_rows,
                size_t n_cols, unsigned char *memory, size_t panel_begin, size_t panel_end,
                huis_error *err)
{
    packed_matrix w = {0};
    size_t bytes = 0;
    RETURN_IF_ERROR(describe(type, n_rows, n_cols, &w, &bytes, err));
    if (panel_begin > panel_end || panel_end > w.n_panels) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "panels %zu to %zu of %zu cannot be packed",
                         panel_begin, panel_end, w.n_panels);
    }
    const tensor_type_info *const info = tensor_type_find(type);
    const size_t row_bytes = n_cols / info->block_elements * info->block_bytes;
    const uint8_t *const rows = src;
    for (size_t i = panel_begin; i < panel_end; i++) {
        const size_t first = i * KERNEL_PANEL_ROWS;
        const size_t n = n_rows - first < KERNEL_PANEL_ROWS ? n_rows - first : KERNEL_PANEL_ROWS;
        uint8_t *const dst = memory + i * w.panel_bytes;
        if (PANEL_FORMATS[w.format].class == CLASS_FLOAT) {
            pack_float_panel(&w, rows + first * row_bytes, n, row_bytes, dst);
        } else {
            pack_panel(&w, rows + first * row_bytes, n, row_bytes, dst);
        }
    }
    w.data = memory;
    *out_matrix = w;
    return HUIS_OK;
}

int kernel_use_packed(packed_matrix *out_matrix, tensor_type type, size_t n_rows, size_t n_cols,
                      const unsigned char *data, huis_error *err)
{
    packed_matrix w = {0};
    size_t bytes = 0;
    RETURN_IF_ERROR(describe(type, n_rows, n_cols, &w, &bytes, err));
    w.data = data;
    *out_matrix = w;
    return HUIS_OK;
}

void kernel_unpack_row(const packed_matrix *w, size_t row, float *out)
{
    const panel_format_info *const f = &PANEL_FORMATS[w->format];
    const uint8_t *const panel = w->data + row / KERNEL_PANEL_ROWS * w->panel_bytes;
    for (size_t b = 0; b < w->n_cols / KERNEL_BLOCK; b++) {
        panel_read_row(f, panel, b, row % KERNEL_PANEL_ROWS, out + b * KERNEL_BLOCK);
    }
}
