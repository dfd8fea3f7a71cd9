/*
 * pool.h - a fixed team of threads for loops that last microseconds.
 *
 * pool_run gives one function to every thread, the caller being number 0. Inside it, the team walks
 * through steps together: a loop shares out its units (each thread has a contiguous share that it
 * takes first, then it takes units of threads that are late), and a barrier ends the step. Waiting
 * spins for some tens of microseconds, then sleeps on a futex, so that a thread without a processor
 * does not burn the one of its partner. Which thread ran a unit is not decided by the pool's user:
 * results must not depend on it.
 *
 * One pool_run at a time per pool. Nothing here allocates after pool_new.
 */
#ifndef HUIS_BASE_POOL_H
#define HUIS_BASE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "huis/error.h"

typedef struct pool pool;

/* One thread's place in a run: handed to the function, valid until it returns. */
typedef struct pool_worker {
    pool *team;
    uint32_t i_thread;  /* 0: the caller of pool_run */
    uint32_t n_threads; /* of this run */
    uint32_t i_loop;    /* loops begun: all threads of a run begin the same loops */
    uint32_t n_units;   /* of the loop in progress */
    uint32_t i_victim;  /* whose share is being taken: own first */
} pool_worker;

typedef void (*pool_fn)(void *user, pool_worker *w);

/* n_threads: 1 to LIMIT_THREADS, the caller included. */
int pool_new(pool **out_pool, uint32_t n_threads, huis_error *err);
pool *pool_free(pool *p);
uint32_t pool_n_threads(const pool *p);

/* Runs fn on every thread and returns when all are done. */
void pool_run(pool *p, pool_fn fn, void *user);
/* Runs fn on the caller alone: the loops and barriers are those of a team of one. */
void pool_run_alone(pool *p, pool_fn fn, void *user);
/* Waits of the last pool_run that took so long (over 1 ms) that some thread must have lost its
 * processor; only loops of small units can be judged so. */
uint32_t pool_n_long_waits(const pool *p);

/* Begins a loop of n_units units. Every thread of the run must begin it, and a barrier must stand
 * between two loops. */
void pool_loop_begin(pool_worker *w, uint32_t n_units);
/* The next unit for this thread; false when none is left. */
bool pool_loop_next(pool_worker *w, uint32_t *out_unit);
/* Waits for every thread of the run. */
void pool_barrier(pool_worker *w);

#endif
