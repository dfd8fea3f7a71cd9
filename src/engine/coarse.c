/*
 * coarse.c - see coarse.h.
 */
#include "engine/coarse.h"

#include <math.h>
#include <string.h>

#include "base/checked.h"
#include "base/error.h"
#include "base/memory.h"

enum {
    CODE_MIDDLE = 8,
    CODE_MAX = 15,
    BLOCK_BYTES = 18 /* of Q4_0: a half, 32 nibbles */,
    LANES = 8
};

/* What is left out of one row, and what there is. */
typedef struct row_norms {
    double left_out, whole; /* squared */
    bool is_finite;
} row_norms;

/* Work space for one panel. */
typedef struct coarse_work {
    float *row;            /* [n_cols] */
    unsigned char *blocks; /* [KERNEL_PANEL_ROWS][n_cols / 32][BLOCK_BYTES] */
} coarse_work;

bool coarse_is_worth(tensor_type type)
{
    return type == TENSOR_Q8_0 || type == TENSOR_Q6_K;
}

/* The panels come first; their size is a multiple of 64. */
static int panel_part(size_t n_rows, size_t n_cols, size_t *out_bytes, huis_error *err)
{
    return kernel_packed_bytes(TENSOR_Q4_0, n_rows, n_cols, out_bytes, err);
}

int coarse_bytes(size_t n_rows, size_t n_cols, size_t *out_bytes, huis_error *err)
{
    size_t panels = 0;
    size_t bounds = 0;
    RETURN_IF_ERROR(panel_part(n_rows, n_cols, &panels, err));
    if (!checked_mul_size(n_rows, sizeof(float), &bounds) ||
        !checked_add_size(panels, bounds, out_bytes)) {
        return error_no_memory(err, "the coarse copy of a matrix");
    }
    return HUIS_OK;
}

/* The value of the largest magnitude, with its sign: it gets the code 0, which reaches furthest. */
static float largest(const float *x)
{
    float most[LANES] = {0};
    float least[LANES] = {0};
    for (size_t i = 0; i < KERNEL_BLOCK; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            most[j] = x[i + j] > most[j] ? x[i + j] : most[j];
            least[j] = x[i + j] < least[j] ? x[i + j] : least[j];
        }
    }
    for (size_t j = 1; j < LANES; j++) {
        most[0] = most[j] > most[0] ? most[j] : most[0];
        least[0] = least[j] < least[0] ? least[j] : least[0];
    }
    return most[0] > -least[0] ? most[0] : least[0];
}

static float sum_of(const float lane[LANES])
{
    float sum = 0;
    for (size_t j = 0; j < LANES; j++) {
        sum += lane[j];
    }
    return sum;
}

/* Writes one block of Q4_0 and adds to the norms. Sums are kept in lanes, so that loops vectorise. */
static void quantise_block(const float *x, unsigned char *out, row_norms *norms)
{
    int32_t codes[KERNEL_BLOCK];
    const uint16_t half = tensor_float_to_half(largest(x) / -CODE_MIDDLE);
    const float scale = tensor_half_to_float(half);
    const float inverse = scale != 0 ? 1.0f / scale : 0.0f;
    float left_out[LANES] = {0};
    float whole[LANES] = {0};
    for (size_t i = 0; i < KERNEL_BLOCK; i += LANES) {
        for (size_t j = 0; j < LANES; j++) {
            const float value = x[i + j];
            const float wanted = value * inverse + ((float)CODE_MIDDLE + 0.5f);
            const float not_below = wanted > 0 ? wanted : 0;
            const int32_t code = (int32_t)(not_below < CODE_MAX ? not_below : CODE_MAX);
            const float rest = value - scale * (float)(code - CODE_MIDDLE);
            codes[i + j] = code;
            left_out[j] += rest * rest;
            whole[j] += value * value;
        }
    }
    const float left = sum_of(left_out);
    const float all = sum_of(whole);
    norms->left_out += (double)left;
    norms->whole += (double)all;
    norms->is_finite = norms->is_finite && isfinite(scale) && isfinite(left + all);
    memcpy(out, &half, sizeof(half));
    for (size_t i = 0; i < KERNEL_BLOCK / 2; i++) {
        out[sizeof(half) + i] = (uint8_t)(codes[i] | codes[i + KERNEL_BLOCK / 2] << 4);
    }
}

/*
 * Each float sum over n blocks rounds a few times a block and n times on its way: it is within
 * (n + 4) 2^-24 of the sum of the magnitudes of its terms, which is at most |w| |x|. The copy's norm is
 * at most |w| and what it leaves out. Twice that is taken, and a little more for the norms themselves,
 * which are sums of floats.
 */
static float bound_of(const row_norms *norms, size_t n_blocks)
{
    if (!norms->is_finite) {
        return INFINITY;
    }
    const double left_out = sqrt(norms->left_out) * (1 + 1e-5);
    const double whole = sqrt(norms->whole) * (1 + 1e-5);
    const double rounding = (double)(n_blocks + 16) * 0x1p-23;
    /* Squares of less than 1e-19 vanish. */
    const double bound = left_out + rounding * (2 * whole + left_out) + 1e-17;
    return nextafterf((float)bound, INFINITY);
}

static float quantise_row(const tensor_type_info *type, const unsigned char *src, size_t n_cols,
                          float *row, unsigned char *out)
{
    const size_t n_blocks = n_cols / KERNEL_BLOCK;
    row_norms norms = {.is_finite = true};
    type->dequantise(src, row, n_cols / type->block_elements);
    for (size_t i = 0; i < n_blocks; i++) {
        quantise_block(row + i * KERNEL_BLOCK, out + i * BLOCK_BYTES, &norms);
    }
    /* What is not a number would spoil the sums of the copy. */
    if (!norms.is_finite) {
        memset(out, 0, n_blocks * BLOCK_BYTES);
    }
    return bound_of(&norms, n_blocks);
}

static int pack_panel(const tensor_type_info *type, const unsigned char *src, size_t n_rows,
                      size_t n_cols, const coarse_work *work, unsigned char *panel, float *bounds,
                      huis_error *err)
{
    const size_t src_bytes = n_cols / type->block_elements * type->block_bytes;
    const size_t row_bytes = n_cols / KERNEL_BLOCK * BLOCK_BYTES;
    for (size_t r = 0; r < n_rows; r++) {
        bounds[r] = quantise_row(type, src + r * src_bytes, n_cols, work->row,
                                 work->blocks + r * row_bytes);
    }
    packed_matrix ignored;
    return kernel_pack(&ignored, TENSOR_Q4_0, work->blocks, n_rows, n_cols, panel, 0, 1, err);
}

static int pack_panels(tensor_type type, const unsigned char *src, size_t n_rows, size_t n_cols,
                       const coarse_work *work, unsigned char *memory, size_t begin, size_t end,
                       huis_error *err)
{
    const tensor_type_info *const info = tensor_type_find(type);
    const size_t src_bytes = n_cols / info->block_elements * info->block_bytes;
    size_t bytes = 0;
    RETURN_IF_ERROR(panel_part(n_rows, n_cols, &bytes, err));
    const size_t n_panels = (n_rows + KERNEL_PANEL_ROWS - 1) / KERNEL_PANEL_ROWS;
    const size_t panel_bytes = bytes / n_panels;
    float *const bounds = (float *)(void *)(memory + bytes);
    for (size_t i = begin; i < end; i++) {
        const size_t first = i * KERNEL_PANEL_ROWS;
        const size_t left = n_rows - first;
        const size_t n = left < KERNEL_PANEL_ROWS ? left : KERNEL_PANEL_ROWS;
        RETURN_IF_ERROR(pack_panel(info, src + first * src_bytes, n, n_cols, work,
                                   memory + i * panel_bytes, bounds + first, err));
    }
    return HUIS_OK;
}

int coarse_pack(tensor_type type, const unsigned char *src, size_t n_rows, size_t n_cols,
                unsigned char *memory, size_t panel_begin, size_t panel_end, huis_error *err)
{
    const coarse_work work = {
        .row = memory_alloc(n_cols, sizeof(float)),
        .blocks = memory_alloc((size_t)KERNEL_PANEL_ROWS * BLOCK_BYTES, n_cols / KERNEL_BLOCK),
    };
    const int status =
        work.row != NULL && work.blocks != NULL
            ? pack_panels(type, src, n_rows, n_cols, &work, memory, panel_begin, panel_end, err)
            : error_no_memory(err, "the coarse copy of a matrix");
    memory_free(work.row);
    memory_free(work.blocks);
    return status;
}

int coarse_use(coarse_matrix *out_matrix, size_t n_rows, size_t n_cols, const unsigned char *data,
               huis_error *err)
{
    size_t bytes = 0;
    coarse_matrix m = {.bounds = NULL};
    RETURN_IF_ERROR(panel_part(n_rows, n_cols, &bytes, err));
    RETURN_IF_ERROR(kernel_use_packed(&m.panels, TENSOR_Q4_0, n_rows, n_cols, data, err));
    m.bounds = (const float *)(const void *)(data + bytes);
    *out_matrix = m;
    return HUIS_OK;
}
