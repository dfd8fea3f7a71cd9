/*
 * test_file.c - whole reads with a limit, atomic writes, directories.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static char directory[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof(directory), "/tmp/huis-test-XXXXXX");
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static void test_write_and_read(void **state)
{
    (void)state;
    char path[128];
    huis_error err = {0};
    (void)snprintf(path, sizeof(path), "%s/a/b", directory);
    assert_int_equal(file_make_directories(path, &err), HUIS_OK);
    (void)snprintf(path, sizeof(path), "%s/a/b/file", directory);
    assert_int_equal(file_write_atomic(path, SPAN("old"), 0600, &err), HUIS_OK);
    assert_int_equal(file_write_atomic(path, SPAN("hello"), 0600, &err), HUIS_OK);
    buffer b;
    buffer_init(&b, 5);
    assert_int_equal(file_read(&b, path, &err), HUIS_OK);
    assert_string_equal(buffer_string(&b), "hello");
    buffer_deinit(&b);
    buffer_init(&b, 4);
    assert_int_equal(file_read(&b, path, &err), HUIS_E_LIMIT);
    buffer_deinit(&b);
    file_map map;
    assert_int_equal(file_map_open(&map, path, &err), HUIS_OK);
    assert_int_equal(map.size_bytes, 5);
    file_map_close(&map);
}

static void test_errors(void **state)
{
    (void)state;
    huis_error err = {0};
    file_map map;
    assert_int_equal(file_map_open(&map, "/nowhere/at/all", &err), HUIS_E_NOT_FOUND);
    assert_string_equal(err.message, "cannot open /nowhere/at/all: No such file or directory");
    assert_int_equal(file_map_open(&map, "/", &err), HUIS_E_BAD_FILE);
    assert_int_equal(file_write_fd(open("/dev/full", O_WRONLY), SPAN("x"), "full", &err),
                     HUIS_E_NO_SPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_and_read),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
