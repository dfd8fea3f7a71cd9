/*
 * pool.c - see pool.h.
 *
 * Two places to wait: `gate` (a run begins) and `barrier`. Both are a generation counter: the one
 * who opens it adds one and wakes the sleepers, if there are any. Loop cursors exist twice: a
 * thread resets its cursor of the next loop while the current one runs, when no other thread can be
 * looking at it (the barrier between lies behind all who read it in the loop before).
 */
#include "base/pool.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"

enum {
    CACHE_LINE = 64,
    SPIN_ROUNDS = 2000, /* of a pause each: 30 to 80 us */
    LONG_WAIT_US = 1000
};

typedef struct gate {
    _Alignas(CACHE_LINE) atomic_uint generation;
    atomic_uint n_sleepers;
} gate;

typedef struct cursor {
    _Alignas(CACHE_LINE) atomic_uint next;
} cursor;

typedef struct member {
    cursor cursors[2]; /* by parity of the loop */
    pthread_t thread;
    pool *team;
    uint32_t i_thread;
} member;

struct pool {
    gate start;
    gate barrier;
    _Alignas(CACHE_LINE) atomic_uint n_arrived;
    _Alignas(CACHE_LINE) uint32_t n_threads;
    uint32_t n_started; /* threads that exist, without the caller */
    pool_fn fn;
    void *user;
    atomic_bool stop;
    atomic_uint n_long_waits;
    member members[]; /* n_threads */
};

#if defined(__x86_64__)
static void cpu_relax(void)
{
    __builtin_ia32_pause();
}
#elif defined(__aarch64__)
static void cpu_relax(void)
{
    __asm__ volatile("yield");
}
#else
static void cpu_relax(void)
{
}
#endif

static void futex_wait(atomic_uint *word, uint32_t expected)
{
    (void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, NULL, NULL, 0);
}

static void futex_wake_all(atomic_uint *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* False: nothing opened it for as long as spinning is worth while. */
static bool gate_spin(gate *g, uint32_t seen)
{
    for (uint32_t i = 0; i < SPIN_ROUNDS; i++) {
        if (atomic_load_explicit(&g->generation, memory_order_acquire) != seen) {
            return true;
        }
        cpu_relax();
    }
    return false;
}

static void gate_sleep(gate *g, uint32_t seen)
{
    /* Sequentially consistent: the opener sees the sleeper, or the sleeper sees the generation. */
    atomic_fetch_add(&g->n_sleepers, 1);
    while (atomic_load(&g->generation) == seen) {
        futex_wait(&g->generation, seen);
    }
    atomic_fetch_sub(&g->n_sleepers, 1);
}

static void gate_open(gate *g)
{
    atomic_fetch_add(&g->generation, 1);
    if (atomic_load(&g->n_sleepers) > 0) {
        futex_wake_all(&g->generation);
    }
}

static void run_member(pool *p, uint32_t i_thread)
{
    pool_worker w = {.team = p, .i_thread = i_thread, .n_threads = p->n_threads};
    p->fn(p->user, &w);
    pool_barrier(&w);
}

static void *thread_main(void *argument)
{
    const member *const self = argument;
    pool *const p = self->team;
    uint32_t seen = 0;
    for (;;) {
        if (!gate_spin(&p->start, seen)) {
            gate_sleep(&p->start, seen);
        }
        seen++;
        if (atomic_load(&p->stop)) {
            return NULL;
        }
        run_member(p, self->i_thread);
    }
}

static int start_threads(pool *p, huis_error *err)
{
    for (uint32_t i = 1; i < p->n_threads; i++) {
        if (pthread_create(&p->members[i].thread, NULL, thread_main, &p->members[i]) != 0) {
            return error_set(err, HUIS_E_LIMIT,
                             "cannot start thread %u of %u; use fewer with --threads", i + 1,
                             p->n_threads);
        }
        p->n_started++;
    }
    return HUIS_OK;
}

int pool_new(pool **out_pool, uint32_t n_threads, huis_error *err)
{
    if (n_threads < 1 || n_threads > LIMIT_THREADS) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "%u threads: 1 to %u are possible", n_threads,
                         LIMIT_THREADS);
    }
    const size_t bytes = sizeof(pool) + n_threads * sizeof(member);
    pool *const p = memory_alloc_aligned(CACHE_LINE, bytes);
    if (p == NULL) {
        return error_no_memory(err, "the threads");
    }
    memset(p, 0, bytes);
    p->n_threads = n_threads;
    for (uint32_t i = 0; i < n_threads; i++) {
        p->members[i].team = p;
        p->members[i].i_thread = i;
    }
    const int status = start_threads(p, err);
    if (status < 0) {
        (void)pool_free(p);
        return status;
    }
    *out_pool = p;
    return HUIS_OK;
}

pool *pool_free(pool *p)
{
    if (p == NULL) {
        return NULL;
    }
    atomic_store(&p->stop, true);
    gate_open(&p->start);
    for (uint32_t i = 1; i <= p->n_started; i++) {
        (void)pthread_join(p->members[i].thread, NULL);
    }
    return memory_free(p);
}

uint32_t pool_n_threads(const pool *p)
{
    return p->n_threads;
}

static uint32_t share_begin(const pool_worker *w, uint32_t i_thread)
{
    return (uint32_t)((uint64_t)w->n_units * i_thread / w->n_threads);
}

static void reset_cursors(member *m)
{
    atomic_store_explicit(&m->cursors[0].next, 0, memory_order_relaxed);
    atomic_store_explicit(&m->cursors[1].next, 0, memory_order_relaxed);
}

void pool_run(pool *p, pool_fn fn, void *user)
{
    p->fn = fn;
    p->user = user;
    atomic_store(&p->n_long_waits, 0);
    for (uint32_t i = 0; i < p->n_threads; i++) {
        reset_cursors(&p->members[i]);
    }
    gate_open(&p->start);
    run_member(p, 0);
}

void pool_run_alone(pool *p, pool_fn fn, void *user)
{
    pool_worker w = {.team = p, .n_threads = 1};
    reset_cursors(&p->members[0]);
    fn(user, &w);
}

uint32_t pool_n_long_waits(const pool *p)
{
    return atomic_load(&p->n_long_waits);
}

void pool_loop_begin(pool_worker *w, uint32_t n_units)
{
    cursor *const cursors = w->team->members[w->i_thread].cursors;
    w->i_loop++;
    w->n_units = n_units;
    w->i_victim = w->i_thread;
    atomic_store_explicit(&cursors[(w->i_loop + 1) & 1].next, 0, memory_order_relaxed);
}

bool pool_loop_next(pool_worker *w, uint32_t *out_unit)
{
    pool *const p = w->team;
    for (;;) {
        const uint32_t begin = share_begin(w, w->i_victim);
        const uint32_t count = share_begin(w, w->i_victim + 1) - begin;
        atomic_uint *const next = &p->members[w->i_victim].cursors[w->i_loop & 1].next;
        /* The look first keeps the counter from running away. */
        if (atomic_load_explicit(next, memory_order_relaxed) < count) {
            const uint32_t i = atomic_fetch_add_explicit(next, 1, memory_order_relaxed);
            if (i < count) {
                *out_unit = begin + i;
                return true;
            }
        }
        w->i_victim = w->i_victim + 1 < w->n_threads ? w->i_victim + 1 : 0;
        if (w->i_victim == w->i_thread) {
            return false;
        }
    }
}

void pool_barrier(pool_worker *w)
{
    pool *const p = w->team;
    if (w->n_threads == 1) {
        return;
    }
    const uint32_t seen = atomic_load_explicit(&p->barrier.generation, memory_order_relaxed);
    if (atomic_fetch_add(&p->n_arrived, 1) + 1 == w->n_threads) {
        atomic_store_explicit(&p->n_arrived, 0, memory_order_relaxed);
        gate_open(&p->barrier);
        return;
    }
    if (gate_spin(&p->barrier, seen)) {
        return;
    }
    const int64_t start = clock_monotonic_us();
    gate_sleep(&p->barrier, seen);
    if (clock_monotonic_us() - start > LONG_WAIT_US) {
        atomic_fetch_add(&p->n_long_waits, 1);
    }
}
