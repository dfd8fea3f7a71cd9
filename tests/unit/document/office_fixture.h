/*
 * office_fixture.h - a result and an archive that each test finds empty, for tests of office readers.
 */
#ifndef HUIS_TESTS_OFFICE_FIXTURE_H
#define HUIS_TESTS_OFFICE_FIXTURE_H

#include "base/limits.h"
#include "document/reader_office.h"
#include "office_zip.h"

static reader_result result;
static huis_error error;
static buffer archive;

static int set_up(void **state)
{
    (void)state;
    reader_result_init(&result);
    buffer_init(&archive, 512 * (size_t)LIMIT_MIB);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reader_result_deinit(&result);
    buffer_deinit(&archive);
    return 0;
}

#endif
