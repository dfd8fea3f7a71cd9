/*
 * test_text.c - UTF-8, spans, error messages.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/utf8.h"

static void test_round_trip(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) {
            continue;
        }
        char bytes[4];
        const size_t n = utf8_encode(code, bytes);
        uint32_t back = 0;
        bool valid = false;
        assert_int_equal(utf8_decode(span_from(bytes, n), 0, &back, &valid), n);
        assert_true(valid);
        assert_int_equal(back, code);
    }
}

static void assert_repaired(span input, const char *expected)
{
    buffer b;
    buffer_init(&b, 1000);
    assert_true(utf8_append_repaired(&b, input));
    assert_string_equal(buffer_string(&b), expected);
    buffer_deinit(&b);
}

/* Examples of the Unicode standard, section 3.9, table 3-8 and following. */
static void test_repair(void **state)
{
    (void)state;
    assert_repaired(SPAN("a\xC0\xAF z"), "a\xEF\xBF\xBD\xEF\xBF\xBD z");
    assert_repaired(SPAN("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"),
                    "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\x41");
    assert_repaired(SPAN("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void test_complete_prefix(void **state)
{
    (void)state;
    const span text = SPAN("h\xC3\xA9\xF0\x9F\x98\x80");
    assert_int_equal(utf8_complete_prefix(text), 7);
    assert_int_equal(utf8_complete_prefix(span_from(text.ptr, 6)), 3);
    assert_int_equal(utf8_complete_prefix(span_from(text.ptr, 4)), 3);
    assert_int_equal(utf8_complete_prefix(span_from(text.ptr, 2)), 1);
    assert_int_equal(utf8_complete_prefix(SPAN("\xFF")), 1);
}

static void test_error_message(void **state)
{
    (void)state;
    huis_error err = {0};
    assert_int_equal(error_set_at(&err, HUIS_E_BAD_FILE, 12, "bad\nname \x1b[31m"),
                     HUIS_E_BAD_FILE);
    assert_string_equal(err.message, "bad?name ?[31m");
    assert_int_equal(err.offset, 12);
    (void)error_prefix(&err, err.status, "m.gguf");
    assert_string_equal(err.message, "m.gguf: bad?name ?[31m");
    /* The other controls, the order of writing turned round, bytes that are no UTF-8. */
    (void)error_set(&err, HUIS_E_NO_TEXT,
                    "a\xC2\x9B"
                    "b\xE2\x80\xAE"
                    "c\xFF"
                    "d\xC3\xA9");
    assert_string_equal(err.message, "a??b???c?d\xC3\xA9");
    /* Too long: cut between characters. */
    char long_name[2 * sizeof(err.message)] = "";
    memset(long_name, 'x', sizeof(long_name) - 2);
    for (size_t i = 1; i + 3 < sizeof(long_name); i += 2) {
        memcpy(long_name + i, "\xC3\xA9", 2);
    }
    (void)error_set(&err, HUIS_E_NO_TEXT, "%s", long_name);
    assert_int_equal(utf8_valid_prefix(span_from_string(err.message)), strlen(err.message));
    assert_true(strlen(err.message) + 3 >= sizeof(err.message));
    assert_string_equal(huis_status_name(HUIS_E_NO_TEXT), "no-text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_repair),
        cmocka_unit_test(test_complete_prefix),
        cmocka_unit_test(test_error_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
