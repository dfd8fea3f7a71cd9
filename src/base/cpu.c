/*
 * cpu.c - see cpu.h.
 */
#include "base/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Control register XCR0: which register files the system saves at a switch. */
static uint64_t read_xcr0(void)
{
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

static bool bit(uint32_t word, unsigned i)
{
    return ((word >> i) & 1u) != 0;
}

cpu_features cpu_detect(void)
{
    cpu_features f = {0};
    uint32_t a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) == 0) {
        return f;
    }
    const bool osxsave = bit(c, 27);
    const bool fma_f16c = bit(c, 12) && bit(c, 29);
    const uint64_t xcr0 = osxsave ? read_xcr0() : 0;
    const bool saves_ymm = (xcr0 & 0x6) == 0x6;
    const bool saves_zmm = (xcr0 & 0xE6) == 0xE6;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) {
        return f;
    }
    f.avx2 = saves_ymm && fma_f16c && bit(b, 5);
    f.avx512 = f.avx2 && saves_zmm && bit(b, 16) && bit(b, 17) && bit(b, 30) && bit(b, 31);
    f.avx512_vnni = f.avx512 && bit(c, 11);
    if (__get_cpuid_count(7, 1, &a, &b, &c, &d) != 0) {
        f.avx_vnni = f.avx2 && bit(a, 4);
        f.avx512_bf16 = f.avx512 && bit(a, 5);
    }
    return f;
}

void cpu_brand(char *out, uint32_t size)
{
    uint32_t words[12] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t *const w = words + 4 * i;
        if (__get_cpuid(0x80000002u + i, &w[0], &w[1], &w[2], &w[3]) == 0) {
            break;
        }
    }
    char brand[sizeof(words) + 1] = {0};
    memcpy(brand, words, sizeof(words));
    (void)snprintf(out, size, "%s", brand[0] != '\0' ? brand : "x86-64");
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

cpu_features cpu_detect(void)
{
    enum { HWCAP_DOT_PRODUCT = 1 << 20 };
    return (cpu_features){.neon_dot = (getauxval(AT_HWCAP) & HWCAP_DOT_PRODUCT) != 0};
}

void cpu_brand(char *out, uint32_t size)
{
    (void)snprintf(out, size, "aarch64");
}

#else

cpu_features cpu_detect(void)
{
    return (cpu_features){0};
}

void cpu_brand(char *out, uint32_t size)
{
    (void)snprintf(out, size, "unknown processor");
}
#endif

const char *cpu_level_at(size_t i)
{
    const cpu_features f = cpu_detect();
    const struct {
        const char *name;
        bool has;
    } levels[] = {
        {"avx512vnni", f.avx512_vnni},
        {"avxvnni", f.avx_vnni},
        {"avx2", f.avx2},
        {"neon", f.neon_dot},
        {"c", true},
    };
    for (size_t j = 0; j < sizeof(levels) / sizeof(levels[0]); j++) {
        if (levels[j].has && i-- == 0) {
            return levels[j].name;
        }
    }
    return NULL;
}

/* cpu.max holds "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static uint32_t read_cgroup_quota(void)
{
    FILE *const f = fopen("/sys/fs/cgroup/cpu.max", "re");
    if (f == NULL) {
        return UINT32_MAX;
    }
    char line[64] = {0};
    uint32_t n = UINT32_MAX;
    if (fgets(line, sizeof(line), f) != NULL && line[0] >= '0' && line[0] <= '9') {
        uint64_t values[2] = {0, 0};
        uint32_t i = 0;
        for (const char *p = line; *p != '\0' && i < 2; p++) {
            if (*p >= '0' && *p <= '9') {
                values[i] = values[i] * 10 + (uint64_t)(*p - '0');
            } else {
                i++;
            }
        }
        if (values[1] > 0) {
            const uint64_t cores = (values[0] + values[1] - 1) / values[1];
            n = cores > 0 && cores < UINT32_MAX ? (uint32_t)cores : 1;
        }
    }
    (void)fclose(f);
    return n;
}

uint32_t cpu_available(void)
{
    cpu_set_t set;
    uint32_t n = 1;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        n = (uint32_t)CPU_COUNT(&set);
    }
    const uint32_t quota = read_cgroup_quota();
    n = quota < n ? quota : n;
    return n > 0 ? n : 1;
}
