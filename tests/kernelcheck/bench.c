/*
 * bench.c - kernelcheck --bench: GMAC/s and GB/s of every kernel, one thread.
 *
 * Weights of 4864 x 896 (a feed-forward matrix of Qwen2.5-0.5B): for one token they are taken
 * from a set larger than the last-level cache, so that memory decides; for more tokens from cache.
 * The median of several runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "../../bench/bench_peak.h"
#include "kernelcheck.h"

enum { N_ROWS = 4864, N_COLS = 1792, N_RUNS = 7, SET_BYTES = 96 << 20 };

typedef struct bench_set {
    packed_matrix *w;
    size_t n;
    uint8_t *memory;
} bench_set;

/* Time of this thread on a processor: on a shared machine the wall clock counts the others too. */
int64_t bench_now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *values, size_t n)
{
    qsort(values, n, sizeof(*values), compare_doubles);
    return values[n / 2];
}

static void set_init(bench_set *s, rng *r, tensor_type type)
{
    const tensor_type_info *const info = tensor_type_find(type);
    huis_error err = {0};
    size_t bytes = 0;
    (void)kernel_packed_bytes(type, N_ROWS, N_COLS, &bytes, &err);
    s->n = SET_BYTES / bytes + 1;
    s->w = check_alloc(s->n * sizeof(*s->w));
    s->memory = check_alloc(s->n * bytes);
    /* Pages of 2 MiB where the system gives them, as the engine asks for its weights. */
    (void)madvise((void *)((uintptr_t)s->memory & ~(uintptr_t)4095), s->n * bytes, MADV_HUGEPAGE);
    uint8_t *const file =
        check_alloc((size_t)N_ROWS * N_COLS / info->block_elements * info->block_bytes);
    check_fill_weights(r, type, PATTERN_RANDOM, 64, N_COLS, file);
    for (size_t i = 0; i < s->n; i++) {
        (void)kernel_pack(&s->w[i], type, file, N_ROWS, N_COLS, s->memory + i * bytes, 0,
                          N_ROWS / KERNEL_PANEL_ROWS, &err);
    }
    check_free(file);
}

/* What the processor reaches right now, beside which the next line stands. */
typedef struct roofline {
    double gmac_per_s;
    double gb_per_s;
} roofline;

/* Products done by n rounds at the best of a level that runs here; 0 where that is unknown. */
static double run_peak(const char *level, size_t n)
{
    double products = 0.0;
    for (const bench_peak *p = BENCH_PEAKS; p->level != NULL; p++) {
        products = strcmp(p->level, level) == 0 ? p->integer(n) : products;
    }
    return products;
}

static roofline measure_roofline(const kernel_ops *ops, const bench_set *s)
{
    /* On Zen 4 vpdpbusd does as many products a cycle in both widths. */
    const bool vnni = strcmp(ops->level, "avx2") != 0 && kernel_select("avx512vnni") != NULL;
    int64_t start = bench_now_us();
    const double products = run_peak(vnni ? "avx512vnni" : "avx2", 1000000);
    const double compute = (double)(bench_now_us() - start) * 1e-6;
    const size_t bytes = s->n * s->w[0].n_panels * s->w[0].panel_bytes;
    start = bench_now_us();
    /* The sum is used, so that the loop stays. */
    const bool odd = bench_peak_read((const void *)s->memory, bytes / 8) % 2 != 0;
    const double reading = (double)(bench_now_us() - start) * 1e-6 + (odd ? 1e-9 : 0.0);
    return (roofline){products / compute * 1e-9, (double)bytes / reading * 1e-9};
}

static void bench_type(const kernel_ops *ops, rng *r, tensor_type type, size_t n, bool cached)
{
    const bool slow = strcmp(ops->level, "c") == 0;
    huis_error err = {0};
    bench_set s;
    activations a;
    set_init(&s, r, type);
    float *const x = check_alloc(n * N_COLS * sizeof(float));
    float *const y = check_alloc(n * N_ROWS * sizeof(float));
    check_fill_floats(r, PATTERN_RANDOM, n * N_COLS, x);
    if (activations_init(&a, n * N_COLS, &err) < 0) {
        return;
    }
    activations_set(&a, x, N_COLS, n, N_COLS, kernel_is_super(&s.w[0]));
    ops->quantise(&a, 0, n);
    const matmul_options options = {0};
    const roofline roof = measure_roofline(ops, &s);
    double seconds[N_RUNS];
    const size_t n_panels = slow || cached ? 16 : s.w[0].n_panels;
    const size_t n_matrices = cached ? 20 : n <= 8 && !slow ? s.n : 1;
    for (size_t run = 0; run < N_RUNS; run++) {
        const int64_t start = bench_now_us();
        for (size_t i = 0; i < n_matrices; i++) {
            ops->matmul(&s.w[cached ? 0 : i], 0, n_panels, &a, y, N_ROWS, &options);
        }
        seconds[run] = (double)(bench_now_us() - start) * 1e-6;
    }
    const double time = bench_median(seconds, N_RUNS);
    const double macs = (double)n_matrices * (double)n_panels * 16 * N_COLS * (double)n;
    const double bytes = (double)n_matrices * (double)n_panels * (double)s.w[0].panel_bytes;
    printf("%-11s matmul %-7s n=%-4zu %-6s %7.1f GMAC/s (%3.0f %%) %6.1f GB/s (%3.0f %%) "
           "%5.3f bits\n",
           ops->level, tensor_type_find(type)->name, n, cached ? "L2" : "", macs / time * 1e-9,
           macs / time * 1e-7 / roof.gmac_per_s, bytes / time * 1e-9,
           bytes / time * 1e-7 / roof.gb_per_s, 8.0 * (double)s.w[0].panel_bytes / (16.0 * N_COLS));
    (void)fflush(stdout);
    check_free(x);
    check_free(y);
    check_free(s.w);
    check_free(s.memory);
    activations_deinit(&a);
}

void bench_kernels(const kernel_ops *ops, const char *only)
{
    static const size_t TOKENS[] = {1, 2, 4, 6, 8, 12, 96, 264};
    rng r;
    rng_init(&r, 1);
    for (size_t i = 0; i < N_CHECK_TYPES; i++) {
        if (only != NULL && strcmp(only, tensor_type_find(CHECK_TYPES[i])->name) != 0) {
            continue;
        }
        for (size_t j = 0; j < sizeof(TOKENS) / sizeof(TOKENS[0]); j++) {
            bench_type(ops, &r, CHECK_TYPES[i], TOKENS[j], false);
            if (TOKENS[j] <= 8) {
                bench_type(ops, &r, CHECK_TYPES[i], TOKENS[j], true);
            }
        }
    }
}
