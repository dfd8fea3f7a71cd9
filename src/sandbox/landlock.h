/*
 * landlock.h - the Landlock system calls, which libc does not wrap.
 */
#ifndef HUIS_SANDBOX_LANDLOCK_H
#define HUIS_SANDBOX_LANDLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* 0: the kernel has no Landlock. */
uint32_t landlock_abi(void);
/* Denies every file, TCP port and outward signal that ABI `abi` can name, to this thread and all
 * it will start. Needs no_new_privs. False: not enforced. */
bool landlock_deny_all(uint32_t abi);

#endif
