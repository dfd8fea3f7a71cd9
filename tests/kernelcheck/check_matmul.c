/*
 * check_matmul.c - packing against the dequantised file, the plain C product against doubles, and
 * every level's product against plain C.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernel/panel.h"
#include "kernelcheck.h"

static const char *const PATTERN_NAMES[N_PATTERNS] = {"random", "ones", "zeros", "alternating",
                                                      "sparse"};

bool check_is_quick;

/* One product: weights as in the file and packed, inputs, bias, earlier output. */
typedef struct product {
    tensor_type type;
    size_t n_rows, n_cols, n;
    uint8_t *file;
    uint8_t *packed;
    packed_matrix w;
    float *x, *bias, *before;
    size_t y_stride;
    activations a;
} product;

static void check_or_die(int status, const huis_error *err)
{
    if (status < 0) {
        check_report(false, "set-up", err->message);
    }
}

static void product_init(product *p, rng *r, tensor_type type, check_pattern pattern, size_t n_rows,
                         size_t n_cols, size_t n)
{
    const tensor_type_info *const info = tensor_type_find(type);
    huis_error err = {0};
    size_t bytes = 0;
    *p = (product){.type = type, .n_rows = n_rows, .n_cols = n_cols, .n = n};
    p->file = check_alloc(n_rows * n_cols / info->block_elements * info->block_bytes);
    check_fill_weights(r, type, pattern, n_rows, n_cols, p->file);
    check_or_die(kernel_packed_bytes(type, n_rows, n_cols, &bytes, &err), &err);
    p->packed = check_alloc(bytes);
    const size_t n_panels = (n_rows + KERNEL_PANEL_ROWS - 1) / KERNEL_PANEL_ROWS;
    check_or_die(
        kernel_pack(&p->w, type, p->file, n_rows, n_cols, p->packed, 0, n_panels / 2, &err), &err);
    check_or_die(
        kernel_pack(&p->w, type, p->file, n_rows, n_cols, p->packed, n_panels / 2, n_panels, &err),
        &err);
    p->x = check_alloc(n * n_cols * sizeof(float));
    p->bias = check_alloc(n_rows * sizeof(float));
    p->y_stride = n_rows + 3;
    p->before = check_alloc(n * p->y_stride * sizeof(float));
    check_fill_floats(r, pattern, n * n_cols, p->x);
    check_fill_floats(r, PATTERN_RANDOM, n_rows, p->bias);
    check_fill_floats(r, PATTERN_RANDOM, n * p->y_stride, p->before);
    check_or_die(activations_init(&p->a, n * n_cols, &err), &err);
    activations_set(&p->a, p->x, n_cols, n, n_cols, kernel_is_super(&p->w));
}

static void product_deinit(product *p)
{
    check_free(p->file);
    check_free(p->packed);
    check_free(p->x);
    check_free(p->bias);
    check_free(p->before);
    activations_deinit(&p->a);
}

/* Packed rows equal the dequantised file. */
static bool pack_matches(rng *r, tensor_type type, check_pattern pattern, size_t n_rows,
                         size_t n_cols, char *detail, size_t size)
{
    const tensor_type_info *const info = tensor_type_find(type);
    product p;
    product_init(&p, r, type, pattern, n_rows, n_cols, 1);
    float *const expected = check_alloc(n_cols * sizeof(float));
    float *const got = check_alloc(n_cols * sizeof(float));
    const size_t row_bytes = n_cols / info->block_elements * info->block_bytes;
    bool ok = check_guards(p.packed);
    for (size_t row = 0; ok && row < n_rows; row++) {
        info->dequantise(p.file + row * row_bytes, expected, n_cols / info->block_elements);
        kernel_unpack_row(&p.w, row, got);
        for (size_t i = 0; ok && i < n_cols; i++) {
            if (expected[i] != got[i]) {
                ok = false;
                (void)snprintf(detail, size, "%s %zux%zu %s: row %zu column %zu is %g, not %g",
                               info->name, n_rows, n_cols, PATTERN_NAMES[pattern], row, i,
                               (double)got[i], (double)expected[i]);
            }
        }
    }
    ok = ok && check_guards(got);
    check_free(expected);
    check_free(got);
    product_deinit(&p);
    return ok;
}

void check_pack(uint64_t seed)
{
    for (size_t i = 0; i < N_CHECK_TYPES; i++) {
        const tensor_type_info *const info = tensor_type_find(CHECK_TYPES[i]);
        char name[64];
        char detail[256] = "guard overwritten";
        bool ok = true;
        rng r;
        rng_init(&r, seed + i);
        for (size_t pattern = 0; ok && pattern < N_PATTERNS; pattern++) {
            const size_t unit = info->block_elements == 256 ? 256 : 32;
            ok = pack_matches(&r, info->type, (check_pattern)pattern, 1, unit, detail,
                              sizeof(detail)) &&
                 pack_matches(&r, info->type, (check_pattern)pattern, 37, 3 * unit, detail,
                              sizeof(detail));
        }
        (void)snprintf(name, sizeof(name), "pack %s", info->name);
        check_report(ok, name, detail);
    }
}

static float max_of(const float *x, size_t n)
{
    float max = 0.0f;
    for (size_t i = 0; i < n; i++) {
        max = fmaxf(max, fabsf(x[i]));
    }
    return max;
}

/* Value i of x as the kernels multiply it. */
static float quantised(const float *x, size_t i, bool in_supers)
{
    const float block = max_of(x + i / 32 * 32, 32);
    if (!in_supers) {
        return block < 1e-35f ? 0.0f : rintf(x[i] * (127.0f / block)) * (block / 127.0f);
    }
    const float whole = max_of(x + i / 256 * 256, 256);
    float power = 1.0f;
    for (int j = 0; j < 15 && block / power * 2.0f <= whole; j++) {
        power /= 2.0f;
    }
    return whole < 1e-30f ? 0.0f
                          : rintf(x[i] * (127.0f / whole / power)) * (whole / 127.0f * power);
}

/* Minimums of superblocks meet rounded sums of 16 activations: by how much the product of a row and a
 * token differs for it. */
static double rounded_minimums(const product *p, size_t token, size_t row)
{
    const panel_format_info *const f = &PANEL_FORMATS[p->w.format];
    const activations *const a = &p->a;
    double difference = 0.0;
    panel_block block = {0};
    for (size_t b = 0; panel_is_super(f->class) && b < a->n_blocks; b++) {
        const size_t r = row % KERNEL_PANEL_ROWS;
        const size_t index = activations_index(a, token, b);
        const size_t super = activations_super_index(a, token, b / KERNEL_SUPER);
        panel_read_block(f, p->packed + row / KERNEL_PANEL_ROWS * p->w.panel_bytes, b, &block);
        for (size_t h = 0; h < 2; h++) {
            const int16_t *const part = a->part + 4 * index + 2 * h;
            const double exact = (double)a->power[index] * (part[0] + part[1]);
            const double used = a->halves[16 * super + b % KERNEL_SUPER * 2 + h] / 8.0;
            difference += (double)block.minimum[r] * block.sub_minimum[h][r] *
                          (double)a->base[super] * (used - exact);
        }
    }
    return difference;
}

/* Reference in doubles on the quantised inputs; the bound is that of float rounding alone: every
 * block takes at most four roundings of numbers not above the sum of all magnitudes. */
static bool definition_holds(const product *p, const float *y, char *detail, size_t size)
{
    const tensor_type_info *const info = tensor_type_find(p->type);
    const size_t row_bytes = p->n_cols / info->block_elements * info->block_bytes;
    const double steps = info->block_elements == 1 ? (double)p->n_cols : (double)p->a.n_blocks;
    /* With minimums the parts of a weight are up to 64 times the weight. */
    const bool minimums = p->type == TENSOR_Q4_1 || p->type == TENSOR_Q5_1 ||
                          p->type == TENSOR_Q2_K || p->type == TENSOR_Q4_K ||
                          p->type == TENSOR_Q5_K;
    const double cancellation = minimums ? 64.0 : 1.0;
    const double epsilon = 4.0 * (steps + 2.0) * 0x1p-24;
    float *const w = check_alloc(p->n_cols * sizeof(float));
    float *const x = check_alloc(p->n_cols * sizeof(float));
    bool ok = true;
    for (size_t t = 0; ok && t < p->n; t++) {
        for (size_t i = 0; i < p->n_cols; i++) {
            x[i] = p->x[t * p->n_cols + i];
            if (info->block_elements != 1) {
                x[i] = quantised(p->x + t * p->n_cols, i, p->a.in_supers);
            }
        }
        for (size_t row = 0; ok && row < p->n_rows; row++) {
            info->dequantise(p->file + row * row_bytes, w, p->n_cols / info->block_elements);
            double sum = (double)p->bias[row] + (double)p->before[t * p->y_stride + row];
            double magnitude = fabs(sum);
            sum += rounded_minimums(p, t, row);
            for (size_t i = 0; i < p->n_cols; i++) {
                sum += (double)w[i] * (double)x[i];
                magnitude += fabs((double)w[i] * (double)x[i]);
            }
            const double got = (double)y[t * p->y_stride + row];
            if (!(fabs(got - sum) <= cancellation * epsilon * magnitude + 1e-30)) {
                ok = false;
                (void)snprintf(detail, size, "%s token %zu row %zu: %.9g, in doubles %.9g",
                               info->name, t, row, got, sum);
            }
        }
    }
    check_free(w);
    check_free(x);
    return ok;
}

void check_matmul_definition(uint64_t seed)
{
    const kernel_ops *const ops = kernel_select("c");
    for (size_t i = 0; i < N_CHECK_TYPES; i++) {
        const tensor_type_info *const info = tensor_type_find(CHECK_TYPES[i]);
        char name[64];
        char detail[256] = "";
        bool ok = true;
        rng r;
        rng_init(&r, seed + 100 + i);
        for (size_t pattern = 0; ok && pattern < N_PATTERNS; pattern++) {
            product p;
            product_init(&p, &r, info->type, (check_pattern)pattern, 18, 768, 3);
            ops->quantise(&p.a, 0, p.n);
            const matmul_options options = {.bias = p.bias, .accumulate = true};
            float *const y = check_alloc(p.n * p.y_stride * sizeof(float));
            memcpy(y, p.before, p.n * p.y_stride * sizeof(float));
            ops->matmul(&p.w, 0, p.w.n_panels, &p.a, y, p.y_stride, &options);
            ok = definition_holds(&p, y, detail, sizeof(detail));
            check_free(y);
            product_deinit(&p);
        }
        (void)snprintf(name, sizeof(name), "c matmul %s against doubles", info->name);
        check_report(ok, name, detail);
    }
}

/* Both levels on the same product, panels in two calls, with every combination of options. */
static bool product_matches(const kernel_ops *ops, const product *p, check_pattern pattern,
                            bool with_bias, bool accumulate, char *detail, size_t size)
{
    const kernel_ops *const definition = kernel_select("c");
    const matmul_options options = {.bias = with_bias ? p->bias : NULL, .accumulate = accumulate};
    const size_t n_y = p->n * p->y_stride;
    const size_t cut = p->w.n_panels / 2;
    float *const expected = check_alloc(n_y * sizeof(float));
    float *const got = check_alloc(n_y * sizeof(float));
    memcpy(expected, p->before, n_y * sizeof(float));
    memcpy(got, p->before, n_y * sizeof(float));
    definition->matmul(&p->w, 0, p->w.n_panels, &p->a, expected, p->y_stride, &options);
    ops->matmul(&p->w, cut, p->w.n_panels, &p->a, got, p->y_stride, &options);
    ops->matmul(&p->w, 0, cut, &p->a, got, p->y_stride, &options);
    bool ok = check_guards(got);
    if (!ok) {
        (void)snprintf(detail, size, "guard overwritten");
    }
    for (size_t i = 0; ok && i < n_y; i++) {
        if (memcmp(&expected[i], &got[i], sizeof(float)) != 0) {
            ok = false;
            (void)snprintf(detail, size, "%s %zux%zu n=%zu %s: token %zu row %zu is %a, not %a",
                           tensor_type_find(p->type)->name, p->n_rows, p->n_cols, p->n,
                           PATTERN_NAMES[pattern], i / p->y_stride, i % p->y_stride, (double)got[i],
                           (double)expected[i]);
        }
    }
    check_free(expected);
    check_free(got);
    return ok;
}

/* The first rows of a product of n tokens are the product of the first tokens alone. */
static bool independent_of_n(const kernel_ops *ops, product *p, char *detail, size_t size)
{
    const matmul_options options = {0};
    float *const all = check_alloc(p->n * p->y_stride * sizeof(float));
    float *const one = check_alloc(p->y_stride * sizeof(float));
    ops->matmul(&p->w, 0, p->w.n_panels, &p->a, all, p->y_stride, &options);
    bool ok = true;
    for (size_t t = 0; ok && t < p->n; t++) {
        activations_set(&p->a, p->x + t * p->n_cols, p->n_cols, 1, p->n_cols,
                        kernel_is_super(&p->w));
        ops->quantise(&p->a, 0, 1);
        ops->matmul(&p->w, 0, p->w.n_panels, &p->a, one, p->y_stride, &options);
        ok = memcmp(one, all + t * p->y_stride, p->n_rows * sizeof(float)) == 0;
        if (!ok) {
            (void)snprintf(detail, size, "%s %zux%zu: token %zu of %zu differs from it alone",
                           tensor_type_find(p->type)->name, p->n_rows, p->n_cols, t, p->n);
        }
    }
    check_free(all);
    check_free(one);
    return ok;
}

static bool shape_matches(const kernel_ops *ops, rng *r, tensor_type type, check_pattern pattern,
                          const size_t shape[3], char *detail, size_t size)
{
    product p;
    product_init(&p, r, type, pattern, shape[0], shape[1], shape[2]);
    kernel_select("c")->quantise(&p.a, 0, p.n);
    bool ok = true;
    for (unsigned i = check_is_quick ? 3 : 0; ok && i < 4; i++) {
        ok = product_matches(ops, &p, pattern, (i & 1) != 0, (i & 2) != 0, detail, size);
    }
    ok = ok && (check_is_quick || independent_of_n(ops, &p, detail, size));
    product_deinit(&p);
    return ok;
}

/* A ragged last panel, every width of a pass, a rest tile, two K panels. */
static bool type_matches_quickly(const kernel_ops *ops, rng *r, tensor_type type, char *detail,
                                 size_t size)
{
    const size_t unit = tensor_type_find(type)->block_elements == 256 ? 256 : 32;
    static const size_t TOKENS[] = {4, 13, 1, 2, 3, 5, 11};
    for (size_t pattern = 0; pattern < N_PATTERNS; pattern++) {
        for (size_t i = 0; i < (pattern == PATTERN_RANDOM ? 7 : 2); i++) {
            const size_t shape[3] = {17, unit, TOKENS[i]};
            if (!shape_matches(ops, r, type, (check_pattern)pattern, shape, detail, size)) {
                return false;
            }
        }
    }
    static const size_t LARGE[] = {17, 768, 15};
    return shape_matches(ops, r, type, PATTERN_RANDOM, LARGE, detail, size);
}

static bool type_matches(const kernel_ops *ops, rng *r, tensor_type type, char *detail, size_t size)
{
    static const size_t ROWS[] = {1, 16, 17, 50, 83};
    const size_t unit = tensor_type_find(type)->block_elements == 256 ? 256 : 32;
    for (size_t pattern = 0; pattern < N_PATTERNS; pattern++) {
        for (size_t n = 1; n <= 13; n++) {
            const size_t shape[3] = {ROWS[rng_next_below(r, 5)], unit * (1 + rng_next_below(r, 3)),
                                     n};
            if (!shape_matches(ops, r, type, (check_pattern)pattern, shape, detail, size)) {
                return false;
            }
        }
    }
    /* More than one K panel, several tiles with a rest. */
    static const size_t LARGE[][3] = {{33, 2304, 1}, {33, 2304, 5}, {100, 1280, 31}};
    for (size_t i = 0; i < 3; i++) {
        if (!shape_matches(ops, r, type, PATTERN_RANDOM, LARGE[i], detail, size)) {
            return false;
        }
    }
    return true;
}

void check_matmul(const kernel_ops *ops, uint64_t seed)
{
    for (size_t i = 0; i < N_CHECK_TYPES; i++) {
        char name[64];
        char detail[256] = "";
        rng r;
        rng_init(&r, seed + 200 + i);
        const bool ok = (check_is_quick ? type_matches_quickly : type_matches)(
            ops, &r, CHECK_TYPES[i], detail, sizeof(detail));
        (void)snprintf(name, sizeof(name), "%s matmul %s", ops->level,
                       tensor_type_find(CHECK_TYPES[i])->name);
        check_report(ok, name, detail);
    }
}
