/*
 * reader_fixture.h - a result that each test finds empty, for tests of one reader.
 */
#ifndef HUIS_TESTS_READER_FIXTURE_H
#define HUIS_TESTS_READER_FIXTURE_H

#include "document/reader.h"

static reader_result result;

static int set_up(void **state)
{
    (void)state;
    reader_result_init(&result);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reader_result_deinit(&result);
    return 0;
}

#endif
