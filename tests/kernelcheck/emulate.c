/*
 * emulate.c - runs the AVX-VNNI level on processors that lack it. Their 256-bit vpdpbusd in VEX form is
 * an illegal instruction: a handler decodes it, does it on the registers that the system saved, and
 * goes on behind it. So the very instructions of the product are tested; slowly, a microsecond or
 * two for each.
 */
#include "kernelcheck.h"

#ifdef KERNELCHECK_TWINS
#include <cpuid.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "base/cpu.h"
#include "kernel/x86/avxvnni.h"

enum {
    INSTRUCTION_BYTES = 5,
    LOW_OFFSET = 160,    /* xmm registers in the saved area (FXSAVE) */
    HEADER_OFFSET = 512, /* which states are saved (XSAVE) */
    STATE_YMM = 4,       /* bit 2 */
    YMM_BYTES = 32
};

static uint32_t high_offset; /* of the upper halves of the ymm registers */

/* Register i of the saved area, 32 bytes. */
static void read_ymm(const uint8_t *saved, unsigned i, uint8_t out[YMM_BYTES])
{
    memcpy(out, saved + LOW_OFFSET + 16 * i, 16);
    memcpy(out + 16, saved + high_offset + 16 * i, 16);
}

static void write_ymm(uint8_t *saved, unsigned i, const uint8_t ymm[YMM_BYTES])
{
    memcpy(saved + LOW_OFFSET + 16 * i, ymm, 16);
    memcpy(saved + high_offset + 16 * i, ymm + 16, 16);
}

/* acc += 4 unsigned x 4 signed bytes in each of 8 lanes. */
static void multiply(uint8_t acc[YMM_BYTES], const uint8_t u[YMM_BYTES], const uint8_t s[YMM_BYTES])
{
    for (size_t lane = 0; lane < YMM_BYTES; lane += 4) {
        int32_t sum = 0;
        memcpy(&sum, acc + lane, sizeof(sum));
        for (size_t i = lane; i < lane + 4; i++) {
            sum += u[i] * (int8_t)s[i];
        }
        memcpy(acc + lane, &sum, sizeof(sum));
    }
}

/* VEX.256.66.0F38.W0 50 /r with a register as last operand. */
static bool is_dpbusd(const uint8_t *p)
{
    return p[0] == 0xC4 && (p[1] & 0x1F) == 2 && (p[2] & 0x87) == 5 && p[3] == 0x50 && p[4] >= 0xC0;
}

static void on_illegal(int number, siginfo_t *info, void *context)
{
    ucontext_t *const u = context;
    const uint8_t *const p = (const uint8_t *)u->uc_mcontext.gregs[REG_RIP];
    uint8_t *const saved = (uint8_t *)u->uc_mcontext.fpregs;
    uint64_t states = 0;
    memcpy(&states, saved + HEADER_OFFSET, sizeof(states));
    (void)info;
    if (!is_dpbusd(p)) {
        (void)signal(number, SIG_DFL); /* the same instruction again, and the program ends */
        return;
    }
    if ((states & STATE_YMM) == 0) {
        /* All upper halves are zero and were not saved. */
        memset(saved + high_offset, 0, 16 * (size_t)16);
        states |= STATE_YMM;
        memcpy(saved + HEADER_OFFSET, &states, sizeof(states));
    }
    const unsigned acc = (p[4] >> 3 & 7u) | (~p[1] >> 4 & 8u);
    const unsigned weights = ~p[2] >> 3 & 15u;
    const unsigned values = (p[4] & 7u) | (~p[1] >> 2 & 8u);
    uint8_t sum[YMM_BYTES];
    uint8_t w[YMM_BYTES];
    uint8_t q[YMM_BYTES];
    read_ymm(saved, acc, sum);
    read_ymm(saved, weights, w);
    read_ymm(saved, values, q);
    multiply(sum, w, q);
    write_ymm(saved, acc, sum);
    u->uc_mcontext.gregs[REG_RIP] += INSTRUCTION_BYTES;
}

bool check_emulate_avxvnni(kernel_ops *out_ops)
{
    const cpu_features cpu = cpu_detect();
    uint32_t a = 0, b = 0, c = 0, d = 0;
    if (!cpu.avx2 || cpu.avx_vnni || __get_cpuid_count(0xD, 2, &a, &b, &c, &d) == 0) {
        return false;
    }
    high_offset = b;
    struct sigaction action = {.sa_sigaction = on_illegal, .sa_flags = SA_SIGINFO};
    if (sigaction(SIGILL, &action, NULL) < 0) {
        return false;
    }
    *out_ops = *kernel_select("avx2");
    out_ops->level = "avxvnni emulated";
    out_ops->matmul = avxvnni_matmul;
    return true;
}
#else
bool check_emulate_avxvnni(kernel_ops *out_ops)
{
    (void)out_ops;
    return false;
}
#endif
