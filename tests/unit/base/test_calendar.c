/*
 * test_calendar.c - days counted, and back, over the whole range that dates of documents have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/calendar.h"

static void test_known_days(void **state)
{
    (void)state;
    static const struct {
        calendar_day day;
        int64_t count;
        int weekday;
    } ROWS[] = {{{1970, 1, 1}, 0, 4},         {{1969, 12, 31}, -1, 3},
                {{2000, 2, 29}, 11016, 2},    {{2026, 11, 24}, 20781, 2},
                {{1899, 12, 30}, -25569, 6},  {{1, 1, 1}, -719162, 1},
                {{9999, 12, 31}, 2932896, 5}, {{-400, 3, 1}, -865565, 3}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        assert_int_equal(calendar_count(ROWS[i].day), ROWS[i].count);
        assert_int_equal(calendar_weekday(ROWS[i].count), ROWS[i].weekday);
    }
}

static void test_moments_split(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        calendar_day day;
        int second_of_day;
    } ROWS[] = {{0, {1970, 1, 1}, 0},
                {-1, {1969, 12, 31}, 86399},
                {-86400, {1969, 12, 31}, 0},
                {951782399, {2000, 2, 28}, 86399},
                {951782400, {2000, 2, 29}, 0}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        int second_of_day = -1;
        const calendar_day d = calendar_split(ROWS[i].seconds, &second_of_day);
        assert_int_equal(calendar_count(d), calendar_count(ROWS[i].day));
        assert_int_equal(second_of_day, ROWS[i].second_of_day);
    }
}

/* Every day of 9,999 years follows the one before, and comes back as it went. */
static void test_every_day(void **state)
{
    (void)state;
    calendar_day before = calendar_at(-719163);
    for (int64_t days = -719162; days <= 2932896; days++) {
        const calendar_day d = calendar_at(days);
        assert_true(calendar_count(d) == days);
        const bool next_day =
            d.year == before.year && d.month == before.month && d.day == before.day + 1;
        const bool next_month = d.day == 1 && before.day >= 28 &&
                                (d.month == before.month + 1 ||
                                 (d.month == 1 && before.month == 12 && d.year == before.year + 1));
        assert_true(next_day || next_month);
        before = d;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_days),
                                       cmocka_unit_test(test_moments_split),
                                       cmocka_unit_test(test_every_day)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
