/*
 * interrupt.c - see interrupt.h.
 */
#include "cli/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t g_came;
static struct sigaction g_before;
static bool g_shielded;

static void note(int signal_number)
{
    g_came = signal_number;
}

void interrupt_shield(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    g_came = 0;
    g_shielded = sigaction(SIGINT, &ignore, &g_before) == 0;
}

void interrupt_watch(void)
{
    /* A program that was started with Ctrl-C ignored (nohup, "&") stays so. */
    if (g_shielded && g_before.sa_handler != SIG_IGN) {
        const struct sigaction watch = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND};
        (void)sigaction(SIGINT, &watch, NULL);
    }
}

bool interrupt_came(void)
{
    return g_came != 0;
}

void interrupt_end(void)
{
    if (g_shielded) {
        (void)sigaction(SIGINT, &g_before, NULL);
        g_shielded = false;
    }
}

void interrupt_die(void)
{
    const struct sigaction fallback = {.sa_handler = SIG_DFL};
    (void)sigaction(SIGINT, &fallback, NULL);
    (void)raise(SIGINT);
}
