/*
 * test_pool.c - every unit exactly once, barriers that hold, runs one after the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/pool.h"

enum { N_LOOPS = 300, N_UNITS_MAX = 37 };

typedef struct shared {
    atomic_uint taken[N_LOOPS][N_UNITS_MAX];
    atomic_uint n_seen[N_LOOPS]; /* units done when the barrier was passed, summed up */
    uint32_t late_thread;        /* sleeps now and then */
} shared;

static uint32_t units_of(uint32_t i_loop)
{
    return i_loop * 7 % (N_UNITS_MAX + 1);
}

static void walk(void *user, pool_worker *w)
{
    shared *const s = user;
    for (uint32_t i = 0; i < N_LOOPS; i++) {
        uint32_t unit = 0;
        pool_loop_begin(w, units_of(i));
        while (pool_loop_next(w, &unit)) {
            if (w->i_thread == s->late_thread && i % 50 == 0) {
                (void)usleep(300);
            }
            atomic_fetch_add(&s->taken[i][unit], 1);
        }
        pool_barrier(w);
        for (uint32_t j = 0; j < units_of(i); j++) {
            atomic_fetch_add(&s->n_seen[i], atomic_load(&s->taken[i][j]));
        }
    }
}

static void test_every_unit_once(void **state)
{
    (void)state;
    static shared s;
    for (uint32_t n_threads = 1; n_threads <= 5; n_threads++) {
        huis_error err = {0};
        pool *p = NULL;
        assert_int_equal(pool_new(&p, n_threads, &err), HUIS_OK);
        assert_int_equal(pool_n_threads(p), n_threads);
        for (uint32_t run = 0; run < 4; run++) {
            memset(&s, 0, sizeof(s));
            s.late_thread = run;
            pool_run(p, walk, &s);
            for (uint32_t i = 0; i < N_LOOPS; i++) {
                for (uint32_t j = 0; j < N_UNITS_MAX; j++) {
                    assert_int_equal(s.taken[i][j], j < units_of(i) ? 1 : 0);
                }
                assert_int_equal(s.n_seen[i], units_of(i) * n_threads);
            }
        }
        p = pool_free(p);
        assert_null(p);
    }
}

static void count(void *user, pool_worker *w)
{
    (void)w;
    atomic_fetch_add((atomic_uint *)user, 1);
}

/* Long enough between runs for the threads to fall asleep. */
static void test_wakes_sleepers(void **state)
{
    (void)state;
    atomic_uint n = 0;
    huis_error err = {0};
    pool *p = NULL;
    assert_int_equal(pool_new(&p, 3, &err), HUIS_OK);
    for (uint32_t i = 0; i < 10; i++) {
        (void)usleep(2000);
        pool_run(p, count, &n);
        assert_int_equal(n, 3 * (i + 1));
    }
    (void)pool_free(p);
}

static void late(void *user, pool_worker *w)
{
    (void)user;
    if (w->i_thread == 1) {
        (void)usleep(5000);
    }
    pool_barrier(w);
}

/* A team of one takes every unit; a thread that sleeps is noticed. */
static void test_alone_and_late(void **state)
{
    (void)state;
    static shared s;
    huis_error err = {0};
    pool *p = NULL;
    uint32_t n_long = 0;
    assert_int_equal(pool_new(&p, 3, &err), HUIS_OK);
    for (uint32_t run = 0; run < 5; run++) {
        memset(&s, 0, sizeof(s));
        pool_run_alone(p, walk, &s);
        for (uint32_t i = 0; i < N_LOOPS; i++) {
            assert_int_equal(s.n_seen[i], units_of(i));
        }
        pool_run(p, late, NULL);
        /* The last to come does not wait: two of three threads, at the barrier and at the end. */
        assert_in_range(pool_n_long_waits(p), 0, 4);
        n_long += pool_n_long_waits(p);
    }
    /* When the others come later still, on a busy machine, a run sees no wait. */
    assert_true(n_long >= 1);
    (void)pool_free(p);
}

static void test_refuses(void **state)
{
    (void)state;
    huis_error err = {0};
    pool *p = NULL;
    assert_int_equal(pool_new(&p, 0, &err), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(pool_new(&p, LIMIT_THREADS + 1, &err), HUIS_E_BAD_ARGUMENT);
    memory_fail_after(0);
    assert_int_equal(pool_new(&p, 2, &err), HUIS_E_NO_MEMORY);
    assert_null(pool_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_unit_once),
        cmocka_unit_test(test_wakes_sleepers),
        cmocka_unit_test(test_alone_and_late),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
