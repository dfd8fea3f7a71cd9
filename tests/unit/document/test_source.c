/*
 * test_source.c - documents by path through the real huis-reader in its sandbox.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "cli/document_source.h"
#include "document/reader_frame.h"
#include "sandbox/spawn.h"

static const char *helper;
static char folder[] = "/tmp/huis-source-XXXXXX";
static reader_result result;
static huis_error error;

static int read_path(const char *path, uint64_t max_bytes)
{
    reader_result_deinit(&result);
    reader_result_init(&result);
    return document_source_read_by(&result, path, max_bytes, helper, &error);
}

static const char *write_file(const char *name, span bytes)
{
    static char path[256];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(file_write_atomic(path, bytes, 0600, NULL), 0);
    return path;
}

static bool has(const char *part)
{
    return strstr(buffer_string(&result.text), part) != NULL;
}

static void test_examples(void **state)
{
    (void)state;
    assert_int_equal(read_path(EXAMPLES_DIR "/mail.en.eml", DOCUMENT_SOURCE_MAX_BYTES), 0);
    assert_int_equal(result.genre, DOCUMENT_MAIL);
    assert_true(has("Margaret Ellison") && has("£48,500"));
    assert_int_equal(read_path(EXAMPLES_DIR "/mail.fr.eml", DOCUMENT_SOURCE_MAX_BYTES), 0);
    assert_true(has("Camille Astérion") && has("Liège"));
    assert_int_equal(read_path(EXAMPLES_DIR "/page.html", DOCUMENT_SOURCE_MAX_BYTES), 0);
    assert_true(has("31 days longer") && !has("White on white"));
    assert_int_equal(read_path(EXAMPLES_DIR "/notes.fr.md", DOCUMENT_SOURCE_MAX_BYTES), 0);
    assert_true(has("Jardin partagé") && !has("**") && !has("brouillon"));
    assert_int_equal(read_path(EXAMPLES_DIR "/article.fr.txt", DOCUMENT_SOURCE_MAX_BYTES), 0);
    assert_true(has("14,6 millions"));
}

/* Encodings whose converters libc loads from files: they must be loaded before the sandbox. */
static void test_converters_in_sandbox(void **state)
{
    (void)state;
    static const struct {
        const char *charset, *bytes, *text;
    } CASES[] = {{"koi8-r", "\xF0\xD2\xC9\xD7\xC5\xD4", "Привет"},
                 {"shift_jis", "\x82\xA0\x82\xA2", "あい"},
                 {"iso-8859-2",
                  "\xB3\xF3"
                  "d\xBC",
                  "łódź"},
                 {"windows-1251", "\xCF\xF0\xE8", "При"}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char mail[256];
        (void)snprintf(mail, sizeof(mail),
                       "Subject: =?%s?Q?x?=\nContent-Type: text/plain; "
                       "charset=%s\n\n%s\n",
                       CASES[i].charset, CASES[i].charset, CASES[i].bytes);
        const char *const path = write_file("c.eml", span_from_string(mail));
        assert_int_equal(read_path(path, DOCUMENT_SOURCE_MAX_BYTES), 0);
        if (!has(CASES[i].text)) {
            fail_msg("%s: %s", CASES[i].charset, buffer_string(&result.text));
        }
    }
}

static void test_refused(void **state)
{
    (void)state;
    assert_int_equal(read_path("/no/such/file", 1000), HUIS_E_NOT_FOUND);
    assert_int_equal(read_path(folder, 1000), HUIS_E_BAD_FILE);
    assert_int_equal(read_path(write_file("empty.txt", SPAN("")), 1000), HUIS_E_NO_TEXT);
    assert_int_equal(read_path(write_file("empty.eml", SPAN("")), 1000), HUIS_E_NO_TEXT);
    assert_int_equal(read_path(write_file("x.eml", SPAN("Subject: \n\n\n")), 1000), HUIS_E_NO_TEXT);
    assert_non_null(strstr(error.message, "x.eml: "));
    assert_int_equal(read_path(write_file("x.pdf", SPAN("%PDF-1.4 x")), 1000), HUIS_E_BAD_FILE);
    assert_non_null(strstr(error.message, "the PDF is damaged"));
    assert_int_equal(read_path(write_file("x.bin", SPAN("a\0\0\0\0b")), 1000), HUIS_E_NO_TEXT);
    assert_int_equal(read_path(write_file("x.txt", SPAN("0123456789")), 9), HUIS_E_LIMIT);
    assert_int_equal(read_path(write_file("x.txt", SPAN("0123456789")), 10), 0);
}

/* A gigabyte is refused by its size, not by reading it. */
static void test_gigabyte(void **state)
{
    (void)state;
    const char *const path = write_file("huge.txt", SPAN("x"));
    assert_int_equal(truncate(path, 1024 * (off_t)LIMIT_MIB), 0);
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(read_path(path, DOCUMENT_SOURCE_MAX_BYTES), HUIS_E_LIMIT);
    assert_true(clock_monotonic_us() - start_us < 500000);
    assert_non_null(strstr(error.message, "--max-bytes"));
}

/* A helper that is missing, dies or speaks nonsense. */
static void test_bad_helpers(void **state)
{
    (void)state;
    const char *const real = helper;
    helper = "/no/such/helper";
    assert_true(read_path(EXAMPLES_DIR "/mail.en.eml", DOCUMENT_SOURCE_MAX_BYTES) < 0);
    helper = "/bin/false";
    assert_int_equal(read_path(EXAMPLES_DIR "/mail.en.eml", DOCUMENT_SOURCE_MAX_BYTES),
                     HUIS_E_WORKER);
    helper = "/bin/echo";
    assert_int_equal(read_path(EXAMPLES_DIR "/mail.en.eml", DOCUMENT_SOURCE_MAX_BYTES),
                     HUIS_E_WORKER);
    helper = real;
}

/* 60 MB of mail: large, but within limits and time. */
static void test_large_mail(void **state)
{
    (void)state;
    buffer mail;
    buffer_init(&mail, 64 * (size_t)LIMIT_MIB);
    (void)buffer_append_string(&mail, "Subject: large\n\n");
    while (mail.len < 60 * (size_t)LIMIT_MIB) {
        (void)buffer_append_string(&mail, "A sentence of a very long mail, again and again.\n");
    }
    const char *const path = write_file("large.eml", buffer_span(&mail));
    buffer_deinit(&mail);
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(read_path(path, DOCUMENT_SOURCE_MAX_BYTES), 0);
    print_message("# 60 MB of mail read in %lld ms\n",
                  (long long)(clock_monotonic_us() - start_us) / 1000);
    assert_true(result.text.len > 60 * (size_t)LIMIT_MIB);
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"c.eml", "empty.txt", "empty.eml", "x.eml",    "x.pdf",
                                        "x.bin", "x.txt",     "huge.txt",  "large.eml"};
    reader_result_deinit(&result);
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, NAMES[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    if (argc != 2 || mkdtemp(folder) == NULL) {
        (void)fprintf(stderr, "usage: test-document-source HUIS-READER\n");
        return 2;
    }
    helper = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),    cmocka_unit_test(test_converters_in_sandbox),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_gigabyte),
        cmocka_unit_test(test_bad_helpers), cmocka_unit_test(test_large_mail),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
