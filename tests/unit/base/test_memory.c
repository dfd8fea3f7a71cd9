/*
 * test_memory.c - checked arithmetic, arena, buffer, map.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/checked.h"
#include "base/map.h"
#include "base/memory.h"
#include "huis/error.h"

static void test_checked(void **state)
{
    (void)state;
    uint64_t out = 7;
    assert_false(checked_mul_u64(UINT64_MAX, 2, &out));
    assert_false(checked_add_u64(UINT64_MAX, 1, &out));
    assert_false(checked_align_u64(UINT64_MAX - 3, 32, &out));
    assert_true(checked_align_u64(33, 32, &out));
    assert_int_equal(out, 64);
}

static void test_arena_budget(void **state)
{
    (void)state;
    arena a;
    arena_init(&a, 1024);
    assert_non_null(arena_alloc(&a, 10, 100));
    assert_null(arena_alloc(&a, 1, 100));
    assert_null(arena_alloc(&a, SIZE_MAX, 2));
    assert_string_equal(arena_copy(&a, SPAN("ok")), "ok");
    arena_deinit(&a);
}

static void test_buffer_limit(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 8);
    assert_true(buffer_append(&b, SPAN("12345678")));
    assert_string_equal(buffer_string(&b), "12345678");
    assert_false(buffer_append_byte(&b, '9'));
    assert_int_equal(b.status, HUIS_E_LIMIT);
    assert_false(buffer_append(&b, SPAN("")));
    buffer_reset(&b);
    assert_true(buffer_printf(&b, "%d", 1234567));
    assert_string_equal(buffer_string(&b), "1234567");
    buffer_deinit(&b);
}

static void test_buffer_no_memory(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, 1000);
    memory_fail_after(0);
    assert_false(buffer_append(&b, SPAN("x")));
    assert_int_equal(b.status, HUIS_E_NO_MEMORY);
    buffer_deinit(&b);
}

static void test_map(void **state)
{
    (void)state;
    enum { N = 5000 };
    static char keys[N][16];
    map m;
    map_init(&m);
    for (uint32_t i = 0; i < N; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "key %u", i);
        assert_true(map_set(&m, span_from_string(keys[i]), i));
    }
    assert_true(map_set(&m, SPAN(""), 77));
    for (uint32_t i = 0; i < N; i++) {
        uint32_t value = 0;
        assert_true(map_get(&m, span_from_string(keys[i]), &value));
        assert_int_equal(value, i);
    }
    uint32_t value = 0;
    assert_true(map_get(&m, SPAN(""), &value));
    assert_int_equal(value, 77);
    assert_false(map_get(&m, SPAN("nothing"), &value));
    assert_int_equal(m.count, N + 1);
    map_deinit(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checked),      cmocka_unit_test(test_arena_budget),
        cmocka_unit_test(test_buffer_limit), cmocka_unit_test(test_buffer_no_memory),
        cmocka_unit_test(test_map),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
