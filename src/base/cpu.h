/*
 * cpu.h - what this processor can do, read once with cpuid and xgetbv.
 */
#ifndef HUIS_BASE_CPU_H
#define HUIS_BASE_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cpu_features {
    bool avx2;     /* AVX2, FMA and F16C, and the system saves ymm */
    bool avx_vnni; /* AVX2 and the 256-bit vpdpbusd in VEX form */
    bool avx512;   /* F, BW, DQ, VL, and the system saves zmm */
    bool avx512_vnni;
    bool avx512_bf16;
    bool neon_dot; /* ARMv8.2 dot product */
} cpu_features;

cpu_features cpu_detect(void);
/* Names of the kernel levels that this processor can run, best first and "c" last; NULL past it. */
const char *cpu_level_at(size_t i);
/* The brand string, such as "AMD EPYC 9B14". Writes at most `size` bytes with the NUL. */
void cpu_brand(char *out, uint32_t size);
/* Cores this process may use: affinity mask and cgroup quota, at least 1. */
uint32_t cpu_available(void);

#define CPU_TOPOLOGY "/sys/devices/system/cpu"
/* How many cores the processors of this process's affinity mask are on: fewer than processors where
 * two hardware threads share one. 0: the system does not say. `root`: CPU_TOPOLOGY, or a test's. */
uint32_t cpu_count_cores(const char *root);

#endif
