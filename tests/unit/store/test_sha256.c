/*
 * test_sha256.c - FIPS 180-4 examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/sha256.h"

static void test_examples(void **state)
{
    (void)state;
    sha256 *hash = NULL;
    char hex[SHA256_HEX_LENGTH + 1];
    assert_int_equal(sha256_new(&hash, NULL), HUIS_OK);
    assert_true(sha256_update(hash, "abc", 3));
    assert_true(sha256_finish(hash, hex));
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_true(sha256_finish(hash, hex));
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_null(sha256_free(hash));
    assert_null(sha256_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_examples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
