/*
 * clock.h - time in microseconds.
 */
#ifndef HUIS_BASE_CLOCK_H
#define HUIS_BASE_CLOCK_H

#include <stdint.h>

/* Never goes back; its zero is arbitrary. */
int64_t clock_monotonic_us(void);
/* Since 1970-01-01 UTC. */
int64_t clock_wall_us(void);

#endif
