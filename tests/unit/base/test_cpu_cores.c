/*
 * test_cpu_cores.c - processors that share a core, from sysfs trees of the test's own.
 */
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cpu.h"

enum { PATH = 256 };

static const char *const PARTS[] = {"", "/topology", "/topology/thread_siblings_list"};

/* The processors of this process, in order. */
static int processors(int out[CPU_SETSIZE])
{
    cpu_set_t mask;
    int n = 0;
    assert_int_equal(sched_getaffinity(0, sizeof(mask), &mask), 0);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &mask)) {
            out[n++] = i;
        }
    }
    return n;
}

static void write_list(const char *root, int processor, const char *list)
{
    char path[PATH];
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/cpu%d%s", root, processor, PARTS[i]);
        (void)mkdir(path, 0700);
    }
    (void)snprintf(path, sizeof(path), "%s/cpu%d%s", root, processor, PARTS[2]);
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(list, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void remove_tree(const char *root, const int *all, int n)
{
    char path[PATH];
    for (int i = 0; i < n; i++) {
        for (size_t j = 3; j > 0; j--) {
            (void)snprintf(path, sizeof(path), "%s/cpu%d%s", root, all[i], PARTS[j - 1]);
            (void)remove(path);
        }
    }
    assert_int_equal(rmdir(root), 0);
}

/* Every processor with the list of its pair: (0, 1), (2, 3) ... of those that there are. */
static void test_pairs(void **state)
{
    (void)state;
    char root[] = "/tmp/huis-cpu-XXXXXX";
    static int all[CPU_SETSIZE];
    const int n = processors(all);
    assert_non_null(mkdtemp(root));
    assert_int_equal(cpu_count_cores(root), 0);
    for (int i = 0; i < n; i++) {
        char list[64];
        const int other = (i ^ 1) < n ? i ^ 1 : i;
        (void)snprintf(list, sizeof(list), "%d,%d\n", all[i < other ? i : other],
                       all[i < other ? other : i]);
        write_list(root, all[i], list);
    }
    assert_int_equal(cpu_count_cores(root), (n + 1) / 2);
    for (int i = 0; i < n; i++) {
        char list[64];
        (void)snprintf(list, sizeof(list), "%d-%d\n", all[0], all[n - 1]);
        write_list(root, all[i], list);
    }
    assert_int_equal(cpu_count_cores(root), 1);
    for (int i = 0; i < n; i++) {
        char list[64];
        (void)snprintf(list, sizeof(list), "%d\n", all[i]);
        write_list(root, all[i], list);
    }
    assert_int_equal(cpu_count_cores(root), n);
    static const char *const BAD[] = {
        "", "\n", "x", "0-\n", "3-1\n", "99999\n", "0-99999999999999999999\n"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        write_list(root, all[n - 1], BAD[i]);
        assert_int_equal(cpu_count_cores(root), 0);
    }
    remove_tree(root, all, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pairs)};
    return cmocka_run_group_tests_name("cpu_cores", tests, NULL, NULL);
}
