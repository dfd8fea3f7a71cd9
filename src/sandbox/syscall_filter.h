/*
 * syscall_filter.h - the seccomp allow-lists of the profiles.
 */
#ifndef HUIS_SANDBOX_SYSCALL_FILTER_H
#define HUIS_SANDBOX_SYSCALL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "huis/error.h"
#include "sandbox/sandbox.h"

/* Whether the kernel can filter. */
bool syscall_filter_available(void);
/* Loads the profile's filter; *out_n_allowed counts the calls it lets through. */
int syscall_filter_load(sandbox_profile profile, uint32_t *out_n_allowed, huis_error *err);
/* A second filter, for all threads, that refuses to make threads. */
int syscall_filter_forbid_threads(huis_error *err);

#endif
