/*
 * kernelcheck.c - runs the checks for every level of this processor and prints TAP.
 *
 *     kernelcheck [--seed N] [--level NAME] [--quick] [--definition | --simde | --emulate]
 *     kernelcheck --bench [--level NAME] [--type NAME]
 *
 *     kernelcheck --levels LIST
 *
 * Levels that the processor lacks are skipped by name. For emulators, where the rest takes minutes:
 * --definition, plain C against doubles only, and --quick, few shapes. For levels that the processor
 * lacks: --simde, the AVX-512 level made of AVX2 instructions; --emulate, the AVX-VNNI level with its
 * instruction done by a signal handler (--quick). --levels: this processor can run just these, in this
 * order ("avx2,c").
 */
#include "kernelcheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

static unsigned n_tests;
static unsigned n_failed;

static const char *const ALL_LEVELS[] = {"c", "neon", "avx2", "avxvnni", "avx512vnni"};

void check_report(bool ok, const char *name, const char *detail)
{
    n_tests++;
    n_failed += ok ? 0 : 1;
    printf("%sok %u - %s\n", ok ? "" : "not ", n_tests, name);
    if (!ok) {
        printf("# %s\n", detail);
    }
    (void)fflush(stdout);
}

void check_skip(const char *name, const char *reason)
{
    n_tests++;
    printf("ok %u - %s # SKIP %s\n", n_tests, name, reason);
}

static void check_definition(uint64_t seed)
{
    check_pack(seed);
    check_matmul_definition(seed);
    check_elementwise_definition(seed);
    check_attention_definition(seed);
}

static void check_twins(const char *level, uint64_t seed)
{
    kernel_ops twin;
    for (size_t i = 0; check_make_twin(level, i, &twin); i++) {
        check_matmul(&twin, seed + 1 + i);
    }
}

static void check_level(const char *level, uint64_t seed)
{
    const kernel_ops *const ops = kernel_select(level);
    check_twins(level, seed);
    if (ops == NULL) {
        char name[64];
        (void)snprintf(name, sizeof(name), "level %s", level);
        check_skip(name, "this processor lacks it");
        return;
    }
    if (strcmp(level, "c") == 0) {
        check_definition(seed);
    }
    check_matmul(ops, seed);
    check_elementwise(ops, seed);
    if (strcmp(level, "c") == 0 || ops->attention != kernel_select("c")->attention) {
        check_attention(ops, seed);
    }
}

static void check_emulated(uint64_t seed)
{
    kernel_ops ops;
    if (!check_emulate_avxvnni(&ops)) {
        check_skip("avxvnni emulated", "this processor has it, or no AVX2");
        return;
    }
    check_is_quick = true;
    check_matmul(&ops, seed);
}

static void check_simde(uint64_t seed)
{
    const kernel_ops *const ops = check_simde_level();
    if (ops == NULL) {
        check_skip("avx512vnni on SIMDe", "no AVX2 here, or no SIMDe when built");
        return;
    }
    check_matmul(ops, seed);
    check_elementwise(ops, seed);
    check_attention(ops, seed);
}

/* The level, or the form of it that this processor can run; false where there is none. */
static bool find_for_bench(const char *level, kernel_ops *out_ops)
{
    const kernel_ops *const ops = kernel_select(level);
    if (ops != NULL) {
        *out_ops = *ops;
        return true;
    }
    return strcmp(level, "avxvnni") == 0 && check_make_twin(level, 1, out_ops);
}

static void bench_level(const char *level, const char *type)
{
    kernel_ops ops;
    if (find_for_bench(level, &ops)) {
        if (type == NULL) {
            bench_ops(&ops);
        }
        bench_kernels(&ops, type);
    }
}

static void check_list(const char *expected)
{
    char list[128] = "";
    char detail[256];
    size_t used = 0;
    for (size_t i = 0; kernel_level_at(i) != NULL && used < sizeof(list); i++) {
        const int n = snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? "," : "",
                               kernel_level_at(i)->level);
        used += n > 0 ? (size_t)n : 0;
    }
    (void)snprintf(detail, sizeof(detail), "%s, not %s", list, expected);
    check_report(strcmp(list, expected) == 0, "levels", detail);
    check_report(kernel_select(NULL) == kernel_level_at(0), "the best is chosen", "");
}

typedef struct options {
    uint64_t seed;
    const char *level;
    const char *type;
    const char *levels;
    bool bench;
    bool definition;
    bool simde;
    bool emulate;
} options;

static bool parse(int argc, char **argv, options *out)
{
    *out = (options){.seed = rng_entropy() & 0xFFFFFFFFu};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--bench") == 0) {
            out->bench = true;
        } else if (strcmp(argv[i], "--definition") == 0) {
            out->definition = true;
        } else if (strcmp(argv[i], "--simde") == 0) {
            out->simde = true;
        } else if (strcmp(argv[i], "--emulate") == 0) {
            out->emulate = true;
        } else if (strcmp(argv[i], "--quick") == 0) {
            check_is_quick = true;
        } else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
            out->seed = strtoull(argv[++i], NULL, 0);
        } else if (strcmp(argv[i], "--level") == 0 && i + 1 < argc) {
            out->level = argv[++i];
        } else if (strcmp(argv[i], "--levels") == 0 && i + 1 < argc) {
            out->levels = argv[++i];
        } else if (strcmp(argv[i], "--type") == 0 && i + 1 < argc) {
            out->type = argv[++i];
        } else {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    options o;
    if (!parse(argc, argv, &o)) {
        (void)fprintf(stderr,
                      "usage: kernelcheck [--seed N] [--level NAME] [--quick] [--definition | "
                      "--simde | --emulate | --levels LIST] [--bench [--type NAME]]\n");
        return 2;
    }
    char brand[64];
    cpu_brand(brand, sizeof(brand));
    printf("# kernelcheck --seed %llu on %s\n", (unsigned long long)o.seed, brand);
    if (o.levels != NULL) {
        check_list(o.levels);
        printf("1..%u\n", n_tests);
        return n_failed == 0 ? 0 : 1;
    }
    if (o.definition || o.simde || o.emulate) {
        (o.simde ? check_simde : o.emulate ? check_emulated : check_definition)(o.seed);
        printf("1..%u\n", n_tests);
        return n_failed == 0 ? 0 : 1;
    }
    for (size_t i = 0; i < sizeof(ALL_LEVELS) / sizeof(ALL_LEVELS[0]); i++) {
        if (o.level != NULL && strcmp(o.level, ALL_LEVELS[i]) != 0) {
            continue;
        }
        if (!o.bench) {
            check_level(ALL_LEVELS[i], o.seed);
        } else {
            bench_level(ALL_LEVELS[i], o.type);
        }
    }
    if (o.bench) {
        bench_pack(o.type);
    } else {
        printf("1..%u\n", n_tests);
    }
    return n_failed == 0 ? 0 : 1;
}
