/*
 * test_pdf.c - PDF files through the real huis-reader in its sandbox: the samples that
 * tools/make_pdf_samples.py made, files written by hand, hostile ones.
 *
 *   test-document-pdf HUIS-READER
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
#include "base/rng.h"
#include "cli/document_source.h"

static const char *helper;
static char folder[] = "/tmp/huis-test-pdf-XXXXXX";
static reader_result result;
static huis_error error;

static int read_path(const char *path)
{
    reader_result_deinit(&result);
    reader_result_init(&result);
    error.message[0] = '\0';
    return document_source_read_by(&result, path, DOCUMENT_SOURCE_MAX_BYTES, helper, &error);
}

static int read_sample(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof(path), SAMPLES_DIR "/%s", name);
    return read_path(path);
}

static int read_bytes(span bytes)
{
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/x.pdf", folder);
    FILE *const f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, f), bytes.len);
    assert_int_equal(fclose(f), 0);
    return read_path(path);
}

/* Where `needle` stands in the text; the test fails without it. */
static size_t find(const char *needle)
{
    const char *const at = strstr(buffer_string(&result.text), needle);
    if (at == NULL) {
        fail_msg("no \"%s\" in: %s", needle, buffer_string(&result.text));
    }
    return (size_t)(at - buffer_string(&result.text));
}

static void expect_absent(const char *needle)
{
    if (strstr(buffer_string(&result.text), needle) != NULL) {
        fail_msg("\"%s\" in: %s", needle, buffer_string(&result.text));
    }
}

static void check_article(void)
{
    static const char *const IN_ORDER[] = {
        "# Valsenac aura son barrage\n\n## Un barrage contest\xC3\xA9\n\nLe conseil "
        "r\xC3\xA9gional a "
        "vot\xC3\xA9",
        "novembre dernier.\n\nLes agriculteurs de la vall\xC3\xA9"
        "e",
        "Peut-\xC3\xAAtre faudra-t-il pourtant partager l'eau avec les pisciculteurs, qui",
        "temp\xC3\xA9rature.\n\n## Une opposition organis\xC3\xA9"
        "e\n\nLes associations",
        "salle des f\xC3\xAAtes de Valsenac, en pr\xC3\xA9sence",
        "## Le financement\n\nLe co\xC3\xBBt total",
        "La r\xC3\xA9gion en paie la moiti\xC3\xA9",
        "Le premier versement aura lieu lorsque le permis sera d\xC3\xA9"
        "finitif, c'est-\xC3\xA0-dire au plus",
        "septembre.\n\n## Un barrage contest\xC3\xA9 (2)"};
    size_t before = 0;
    for (size_t i = 0; i < sizeof(IN_ORDER) / sizeof(IN_ORDER[0]); i++) {
        const size_t at = find(IN_ORDER[i]);
        assert_true(at >= before);
        before = at;
    }
    expect_absent("- ");
    expect_absent("-\n");
}

static void test_two_columns(void **state)
{
    (void)state;
    assert_int_equal(read_sample("two_columns.pdf"), 0);
    check_article();
    expect_absent("Gazette");
    expect_absent("Page ");
    assert_string_equal(result.title, "Le barrage de Valsenac");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_true(n >= 2 && places[0].kind == PLACE_PAGE && places[0].number == 1);
}

static void test_three_columns(void **state)
{
    (void)state;
    assert_int_equal(read_sample("three_columns.pdf"), 0);
    check_article();
}

static void test_report(void **state)
{
    (void)state;
    assert_int_equal(read_sample("report.pdf"), 0);
    (void)find(
        "\n\n## 1 Traffic in the north basin\n\nThe basin received 412 ships[1] during the year");
    (void)find("- a common radio channel for all tugs and for the ferry that crosses the channel "
               "at night, "
               "whatever the weather;\n- new lights on the mole;\n");
    (void)find("Timber | 51,200 | +4 %\nGrain | 38,900 | -2 %\n");
    (void)find("\n\n1 The figure leaves out the ferries that the town runs itself.\n\n");
    expect_absent("annual report -");
}

static void test_odd_pages(void **state)
{
    (void)state;
    assert_int_equal(read_sample("rotated.pdf"), 0);
    (void)find("sideways on an upright sheet, as wide tables often are. Its lines run upwards");
    assert_int_equal(read_sample("hidden.pdf"), 0);
    (void)find("320 euros is due on Friday.");
    (void)find("Payment by transfer only."); /* white on dark blue */
    expect_absent("praise");
    expect_absent("Too small");
    assert_int_equal(read_sample("partly_scanned.pdf"), 0);
    assert_string_equal(result.note, "2 of 4 pages hold no text");
    assert_int_equal(read_sample("scanned.pdf"), HUIS_E_NO_TEXT);
    assert_non_null(strstr(error.message, "ocrmypdf"));
    assert_int_equal(read_sample("password.pdf"), HUIS_E_UNSUPPORTED);
    assert_non_null(strstr(error.message, "password"));
}

/* A file of `n_pages` pages, each with the same words; a table of objects is left out: poppler
 * repairs that. */
static void write_pages(buffer *pdf, uint32_t n_pages, const char *content)
{
    (void)buffer_append_string(pdf, "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                                    "2 0 obj<</Type/Pages/Kids[");
    for (uint32_t i = 0; i < n_pages; i++) {
        (void)buffer_printf(pdf, "%u 0 R ", i + 5);
    }
    (void)buffer_printf(pdf,
                        "]/Count %u>>endobj\n3 0 obj<</Type/Font/Subtype/Type1/BaseFont"
                        "/Helvetica>>endobj\n4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n",
                        n_pages, strlen(content), content);
    for (uint32_t i = 0; i < n_pages; i++) {
        (void)buffer_printf(pdf,
                            "%u 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R"
                            "/Resources<</Font<</F 3 0 R>>>>>>endobj\n",
                            i + 5);
    }
    (void)buffer_append_string(pdf, "trailer<</Root 1 0 R>>\n%%EOF\n");
}

static const char CONTENT[] = "BT /F 12 Tf 50 700 Td (The ferry leaves at noon on Sundays.) Tj ET";

static void test_by_hand(void **state)
{
    (void)state;
    buffer pdf;
    buffer_init(&pdf, LIMIT_MIB);
    write_pages(&pdf, 1, CONTENT);
    assert_int_equal(read_bytes(buffer_span(&pdf)), 0);
    assert_string_equal(buffer_string(&result.text), "The ferry leaves at noon on Sundays.\n");
    /* Cut in the middle. */
    for (size_t len = 6; len < pdf.len; len += 23) {
        const int status = read_bytes(span_slice(buffer_span(&pdf), 0, len));
        assert_true(status == 0 || status == HUIS_E_BAD_FILE || status == HUIS_E_NO_TEXT);
    }
    assert_int_equal(read_bytes(SPAN("%PDF-1.4 nothing else")), HUIS_E_BAD_FILE);
    assert_non_null(strstr(error.message, "damaged"));
    buffer_deinit(&pdf);
}

static void test_ten_thousand_pages(void **state)
{
    (void)state;
    buffer pdf;
    buffer_init(&pdf, 8 * (size_t)LIMIT_MIB);
    write_pages(&pdf, 10000, CONTENT);
    const int64_t start_us = clock_monotonic_us();
    assert_int_equal(read_bytes(buffer_span(&pdf)), 0);
    const int64_t ms = (clock_monotonic_us() - start_us) / 1000;
    print_message("# 10,000 pages: %lld ms; %s\n", (long long)ms, result.note);
    assert_true(ms < LIMIT_READER_TIME_MS);
    assert_non_null(strstr(result.note, "of 10000 pages were read"));
    (void)find("The ferry leaves at noon on Sundays.");
    buffer_deinit(&pdf);
}

/* A count that no file holds, pages that are their own parents, streams without an end. */
static void test_hostile(void **state)
{
    (void)state;
    static const char *const FILES[] = {
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[2 0 R]/Count 2000000000>>endobj\ntrailer<</Root 1 0 R>>\n",
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R 1 0 R]/Count 9>>endobj\n"
        "trailer<</Root 1 0 R>>\n",
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 "
        "R]/Count 1"
        ">>endobj\n3 0 obj<</Type/Page/MediaBox[0 0 1e38 -1e38]/Contents 3 0 R>>endobj\n"
        "trailer<</Root 1 0 R>>\n"};
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        const int64_t start_us = clock_monotonic_us();
        assert_true(read_bytes(span_from_string(FILES[i])) < 0);
        assert_true(clock_monotonic_us() - start_us < (int64_t)LIMIT_READER_TIME_MS * 1500);
        print_message("# %s\n", error.message);
    }
}

static int clean_up(void **state)
{
    (void)state;
    char path[256];
    (void)snprintf(path, sizeof(path), "%s/x.pdf", folder);
    (void)unlink(path);
    reader_result_deinit(&result);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    if (argc != 2 || mkdtemp(folder) == NULL) {
        (void)fprintf(stderr, "usage: test-document-pdf HUIS-READER\n");
        return 2;
    }
    helper = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_columns), cmocka_unit_test(test_three_columns),
        cmocka_unit_test(test_report),      cmocka_unit_test(test_odd_pages),
        cmocka_unit_test(test_by_hand),     cmocka_unit_test(test_ten_thousand_pages),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests(tests, NULL, clean_up);
}
