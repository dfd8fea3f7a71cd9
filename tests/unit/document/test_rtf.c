/*
 * test_rtf.c - RTF: what is text, and what is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/reader_rtf.h"

static reader_result result;
static huis_error error;

static int read_rtf(const char *body)
{
    buffer b;
    buffer_init(&b, LIMIT_MIB);
    (void)buffer_append_string(&b, "{\\rtf1\\ansi\\ansicpg1252\\deff0 ");
    (void)buffer_append_string(&b, body);
    reader_result_deinit(&result);
    reader_result_init(&result);
    const int status = reader_read_rtf(&result, buffer_span(&b), &error);
    buffer_deinit(&b);
    return status;
}

static void test_texts(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"One.\\par Two.}", "One.\n\nTwo."},
        {"Caf\\'e9 \\u233 ?t\\u8364\\'80 10\\emdash 12\\~kg}",
         "Caf\xC3\xA9 \xC3\xA9t\xE2\x82\xAC 10\xE2\x80\x94"
         "12\xC2\xA0kg"},
        {"Hi\\u-10179 ?\\u-8704 ?!}", "Hi\xF0\x9F\x98\x80!"},
        {"{\\uc2 \\u233 ab}c}", "\xC3\xA9"
                                "c"},
        {"{\\fonttbl{\\f0 Times;}}{\\*\\generator X;}{\\header Page 1}{\\pict 00ff}{\\info{\\title "
         "The ferry}{\\author Mara}}Text{\\field{\\*\\fldinst HYPERLINK \"x\"}{\\fldrslt  here}}.}",
         "Text here."},
        {"{\\v secret}Seen{\\deleted  gone}{\\v0  too}.}", "Seen too."},
        {"{\\stylesheet{\\s1\\outlinelevel0 heading 1;}{\\s2 body;}}\\pard\\s1 "
         "Title\\par\\pard\\s2 Words."
         "\\par\\pard\\outlinelevel1 Next\\par\\pard More.}",
         "# Title\n\nWords.\n\n## Next\n\nMore."},
        {"Items:\\par{\\listtext\\'b7\\tab}pears\\par{\\listtext 2.\\tab}nuts\\par\\pard End.}",
         "Items:\n\n- pears\n2. nuts\n\nEnd."},
        {"\\trowd\\intbl Fare\\cell Price\\cell\\row\\trowd\\intbl Adult\\cell 12\\cell\\row\\pard "
         "After.}",
         "Fare | Price\nAdult | 12\n\nAfter."},
        {"The boat{\\super\\chftn{\\footnote\\pard\\plain  Built in 1920.}} leaves.}",
         "The boat [ Built in 1920.] leaves."},
        {"a\\{b\\}\\\\c\nd}", "a{b}\\cd"},
        {"x{\\bin4 }}}}}y}", "xy"}, /* four bytes that are no groups */
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        if (read_rtf(ROWS[i][0]) != HUIS_OK) {
            fail_msg("%s: %s", ROWS[i][0], error.message);
        }
        if (strcmp(buffer_string(&result.text), ROWS[i][1]) != 0) {
            fail_msg("%s: '%s'", ROWS[i][0], buffer_string(&result.text));
        }
        assert_string_equal(result.note, "");
    }
}

static void test_title_and_code_page(void **state)
{
    (void)state;
    assert_int_equal(read_rtf("{\\info{\\title The ferry}}Words.}"), 0);
    assert_string_equal(result.title, "The ferry");
    assert_int_equal(read_rtf("\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2}"), 0);
    assert_string_equal(buffer_string(&result.text), "Привет");
}

static void test_bad_files(void **state)
{
    (void)state;
    assert_int_equal(read_rtf("{\\pict 00}}"), HUIS_E_NO_TEXT);
    assert_int_equal(read_rtf("Words that {\\b are cut"), 0);
    assert_non_null(strstr(result.note, "cut off"));
    buffer deep;
    buffer_init(&deep, LIMIT_MIB);
    for (size_t i = 0; i < 100000; i++) {
        (void)buffer_append_string(&deep, "{\\b ");
    }
    (void)buffer_append_string(&deep, "deep words");
    assert_int_equal(read_rtf(buffer_string(&deep)), 0);
    assert_string_equal(buffer_string(&result.text), "deep words");
    buffer_deinit(&deep);
    static const char SAMPLE[] =
        "{\\rtf1 Caf\\'e9\\u233 ?{\\listtext 1.\\tab}x\\par\\intbl a\\cell\\row"
        "{\\info{\\title t}}{\\footnote n}\\bin9 \\'";
    for (size_t len = 0; len < sizeof(SAMPLE); len++) {
        reader_result_deinit(&result);
        reader_result_init(&result);
        const int status = reader_read_rtf(&result, span_from(SAMPLE, len), &error);
        assert_true(status == 0 || status == HUIS_E_NO_TEXT);
        assert_int_equal(utf8_valid_prefix(buffer_span(&result.text)), result.text.len);
    }
    for (uint64_t k = 0; k < 30; k++) {
        reader_result_deinit(&result);
        reader_result_init(&result);
        memory_fail_after(k);
        const int status = reader_read_rtf(&result, span_from_string(SAMPLE), &error);
        memory_fail_after(UINT64_MAX);
        assert_true(status == 0 || status == HUIS_E_NO_MEMORY || status == HUIS_E_NO_TEXT);
    }
}

static int clean_up(void **state)
{
    (void)state;
    reader_result_deinit(&result);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_title_and_code_page),
        cmocka_unit_test(test_bad_files),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
