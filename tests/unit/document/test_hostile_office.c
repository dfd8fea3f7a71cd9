/*
 * test_hostile_office.c - archives that are damaged, locked, bombs, or something else by another
 * name: one clear line, the right status, bounded time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/zip_parts.h"
#include "office_fixture.h"

typedef int (*office_reader)(reader_result *out, span bytes, huis_error *err);

static const office_reader READERS[] = {reader_read_docx, reader_read_odf, reader_read_pptx,
                                        reader_read_xlsx, reader_read_epub};
enum { N_READERS = sizeof(READERS) / sizeof(READERS[0]) };

/* Reads within `seconds`; the status. */
static int read_within(office_reader read, span bytes, int64_t seconds)
{
    reader_result_deinit(&result);
    reader_result_init(&result);
    error = (huis_error){0};
    const int64_t start_us = clock_monotonic_us();
    const int status = read(&result, bytes, &error);
    const int64_t took_us = clock_monotonic_us() - start_us;
    if (took_us > seconds * 1000000) {
        fail_msg("%lld ms", (long long)took_us / 1000);
    }
    if (status == 0) {
        assert_int_equal(utf8_valid_prefix(buffer_span(&result.text)), result.text.len);
    } else {
        assert_true(error.message[0] != '\0' && strchr(error.message, '\n') == NULL);
    }
    return status;
}

static void expect_status(office_reader read, span bytes, int status, const char *part)
{
    const int found = read_within(read, bytes, 10);
    if (found != status || strstr(error.message, part) == NULL) {
        fail_msg("%d: %s", found, error.message);
    }
}

static void make_docx(const char *body)
{
    buffer_reset(&archive);
    assert_true(office_docx(&archive, body, NULL));
}

#define P(text) "<w:p><w:r><w:t>" text "</w:t></w:r></w:p>"

/* "EncryptedPackage" as an old container writes its names. */
#define WIDE "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"

static void test_other_containers(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_READERS; i++) {
        expect_status(READERS[i], SPAN(""), HUIS_E_BAD_FILE, "no zip archive");
        expect_status(READERS[i], SPAN("just words"), HUIS_E_BAD_FILE, "no zip archive");
        expect_status(READERS[i], SPAN("PK\3\4"), HUIS_E_BAD_FILE, "is cut off");
        expect_status(READERS[i], SPAN("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
                      HUIS_E_BAD_FILE, "");
        expect_status(READERS[i], SPAN("\xD0\xCF\x11\xE0\xA1\xB1 xx " WIDE), HUIS_E_UNSUPPORTED,
                      "encrypted with a password");
        expect_status(READERS[i], SPAN("\xD0\xCF\x11\xE0\xA1\xB1 W\0o\0r\0d\0"), HUIS_E_UNSUPPORTED,
                      "save it as DOCX");
        expect_status(READERS[i], SPAN("\xD0\xCF\x11\xE0 _\0_\0s\0u\0b\0s\0t\0g\0001\0.\0000\0_\0"),
                      HUIS_E_UNSUPPORTED, "save it as .eml");
    }
}

static void test_detect(void **state)
{
    (void)state;
    static const office_part SHEET[] = {
        {"[Content_Types].xml", "<x/>", 0}, {"xl/workbook.xml", "<x/>", 0}, {0}};
    static const office_part BOOK[] = {
        {"mimetype", "application/epub+zip", 0}, {"META-INF/container.xml", "<x/>", 0}, {0}};
    static const office_part OTHER[] = {{"a.txt", "words", 0}, {0}};
    assert_true(office_zip(&archive, SHEET));
    assert_int_equal(reader_detect("a.docx", buffer_span(&archive)), READER_XLSX);
    assert_int_equal(reader_detect("a.txt", buffer_span(&archive)), READER_XLSX);
    assert_int_equal(reader_detect(NULL, span_slice(buffer_span(&archive), 0, 120)), READER_XLSX);
    buffer_reset(&archive);
    assert_true(office_zip(&archive, BOOK));
    assert_int_equal(reader_detect(NULL, buffer_span(&archive)), READER_EPUB);
    buffer_reset(&archive);
    assert_true(office_zip(&archive, OTHER));
    assert_int_equal(reader_detect("a.odt", buffer_span(&archive)), READER_ODT);
    assert_int_equal(reader_detect("a.zip", buffer_span(&archive)), READER_DOCX);
    expect_status(reader_read_docx, buffer_span(&archive), HUIS_E_BAD_FILE,
                  "word/document.xml is missing");
    assert_int_equal(reader_detect("a.docx", SPAN("%PDF-1.7 x")), READER_PDF);
    assert_int_equal(reader_detect("a.docx", SPAN("<html><p>x")), READER_HTML);
    assert_int_equal(reader_detect("a.epub", SPAN("words")), READER_TEXT);
    assert_int_equal(reader_detect("a.doc", SPAN("\xD0\xCF\x11\xE0 x")), READER_DOCX);
}

static void test_empty(void **state)
{
    (void)state;
    static const office_part SLIDES[] = {{"ppt/presentation.xml", "<p/>", 0}, {0}};
    static const office_part WORKBOOK[] = {{"xl/workbook.xml", "<w/>", 0}, {0}};
    static const office_part TEXT[] = {{"content.xml", "<c><body><text/></body></c>", 0}, {0}};
    static const office_part BOOK[] = {
        {"META-INF/container.xml", "<c><rootfile full-path='a.opf'/></c>", 0},
        {"a.opf", "<p/>", 0},
        {0}};
    const struct {
        office_reader read;
        const office_part *parts;
    } CASES[] = {{reader_read_pptx, SLIDES},
                 {reader_read_xlsx, WORKBOOK},
                 {reader_read_odf, TEXT},
                 {reader_read_epub, BOOK}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        buffer_reset(&archive);
        assert_true(office_zip(&archive, CASES[i].parts));
        expect_status(CASES[i].read, buffer_span(&archive), HUIS_E_NO_TEXT, "holds no text");
    }
    make_docx("");
    expect_status(reader_read_docx, buffer_span(&archive), HUIS_E_NO_TEXT, "holds no text");
    make_docx(P("  ") P("--"));
    expect_status(reader_read_docx, buffer_span(&archive), HUIS_E_NO_TEXT, "holds no text");
}

/* Every truncation and many changed bytes: an error or valid text. */
static void test_damaged(void **state)
{
    (void)state;
    make_docx(P("first") "<w:tbl><w:tr><w:tc>" P("a") "</w:tc></w:tr></w:tbl>" P("last"));
    for (size_t len = 0; len < archive.len; len += 3) {
        const int status =
            read_within(reader_read_docx, span_slice(buffer_span(&archive), 0, len), 5);
        assert_int_equal(status, HUIS_E_BAD_FILE);
    }
    for (size_t i = 0; i < archive.len; i++) {
        for (int bit = 0; bit < 8; bit += 3) {
            archive.ptr[i] = (char)(archive.ptr[i] ^ (1 << bit));
            for (size_t k = 0; k < N_READERS; k++) {
                (void)read_within(READERS[k], buffer_span(&archive), 5);
            }
            archive.ptr[i] = (char)(archive.ptr[i] ^ (1 << bit));
        }
    }
    make_docx(P("The beginning.") "<w:p><w:r><w:t>and</w:p>");
    assert_int_equal(read_within(reader_read_docx, buffer_span(&archive), 5), 0);
    assert_string_equal(buffer_string(&result.text), "The beginning.");
    assert_non_null(strstr(result.note, "is damaged"));
}

static void expect_xml(const char *xml, int status, const char *part)
{
    const office_part parts[] = {{"word/document.xml", xml, 0}, {0}};
    buffer_reset(&archive);
    assert_true(office_zip(&archive, parts));
    expect_status(reader_read_docx, buffer_span(&archive), status, part);
}

static void test_entities(void **state)
{
    (void)state;
    expect_xml("<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><d><p><t>&b;</t></p></d>",
               HUIS_E_BAD_FILE, "declares XML entities");
    expect_xml("<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d><p><t>&x;</t></p></d>",
               HUIS_E_BAD_FILE, "declares XML entities");
    expect_xml("<!DOCTYPE d [<!ENTITY % x SYSTEM 'http://x/y'> %x;]><d><p><t>a</t></p></d>",
               HUIS_E_BAD_FILE, "declares XML entities");
    expect_xml("<d><p><t>&nbsp;a</t></p></d>", HUIS_E_BAD_FILE, "breaks off");
    expect_xml("", HUIS_E_BAD_FILE, "");
    expect_xml("not XML", HUIS_E_BAD_FILE, "breaks off");
}

static void append_times(buffer *b, const char *unit, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)buffer_append_string(b, unit);
    }
    assert_true(buffer_ok(b));
}

/* Elements in elements, 100,000 deep; the text before them is kept. */
static void test_depth(void **state)
{
    (void)state;
    static const char *const UNITS[] = {"<w:p>",
                                        "<w:tbl><w:tr><w:tc>",
                                        "<w:sdt><w:sdtContent>",
                                        "<w:p><w:r><w:txbxContent>",
                                        "<x>",
                                        "<mc:AlternateContent><mc:Choice>"};
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        buffer body;
        buffer_init(&body, 64 * (size_t)LIMIT_MIB);
        append_times(&body, UNITS[i], 100000);
        make_docx(buffer_string(&body));
        expect_status(reader_read_docx, buffer_span(&archive), HUIS_E_BAD_FILE, "nested deeper");
        buffer_deinit(&body);
    }
}

/* A million of anything, within seconds. */
static void test_many(void **state)
{
    (void)state;
    static const char *const UNITS[] = {
        "<w:p><w:r><w:t>a</w:t></w:r></w:p>",
        "<w:p/>",
        "<w:r><w:t>a</w:t></w:r>",
        "<w:p><w:pPr><w:numPr><w:numId w:val='2'/></w:numPr></w:pPr><w:r><w:t>b</w:t></w:r></w:p>",
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        "<w:fldChar w:fldCharType='begin'/>"};
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        buffer body;
        buffer_init(&body, 256 * (size_t)LIMIT_MIB);
        (void)buffer_append_string(&body, P("word"));
        while (body.len < 24 * (size_t)LIMIT_MIB) {
            append_times(&body, UNITS[i], 1000);
        }
        buffer xml;
        buffer_init(&xml, 256 * (size_t)LIMIT_MIB);
        (void)buffer_append_string(&xml, "<w:d xmlns:w='urn:w'>");
        (void)buffer_append(&xml, buffer_span(&body));
        (void)buffer_append_string(&xml, "</w:d>");
        buffer_reset(&archive);
        const office_part stored[] = {{"word/document.xml", buffer_string(&xml), xml.len}, {0}};
        assert_true(office_zip_stored(&archive, stored));
        const int64_t start_us = clock_monotonic_us();
        assert_int_equal(read_within(reader_read_docx, buffer_span(&archive), 15), 0);
        print_message("# 24 MiB of %s: %lld ms\n", UNITS[i],
                      (long long)(clock_monotonic_us() - start_us) / 1000);
        buffer_deinit(&body);
        buffer_deinit(&xml);
    }
}

/* 1 GiB of zeros or paragraphs in a small file. */
static void test_bomb(void **state)
{
    (void)state;
    buffer xml;
    buffer_init(&xml, 256 * (size_t)LIMIT_MIB);
    (void)buffer_append_string(&xml, "<d><p><t>word</t></p>");
    while (xml.len < 100 * (size_t)LIMIT_MIB) {
        append_times(&xml, "          ", 10000);
    }
    (void)buffer_append_string(&xml, "</d>");
    const office_part parts[] = {{"word/document.xml", buffer_string(&xml), xml.len}, {0}};
    assert_true(office_zip(&archive, parts));
    assert_true(archive.len < LIMIT_MIB);
    const int status = read_within(reader_read_docx, buffer_span(&archive), 10);
    assert_true(status == HUIS_E_BAD_FILE || (status == 0 && result.note[0] != '\0'));
    buffer_deinit(&xml);
}

static void test_limits(void **state)
{
    (void)state;
    zip_parts z;
    buffer names;
    buffer_init(&names, 64 * (size_t)LIMIT_MIB);
    const size_t n = LIMIT_ZIP_MEMBERS + 1;
    office_part *const parts = memory_alloc(n + 1, sizeof(office_part));
    char(*const text)[16] = memory_alloc(n, sizeof(*text));
    assert_non_null(parts);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) {
        buffer_reset(&names);
        (void)buffer_printf(&names, "m%zu", i);
        memcpy(text[i], buffer_string(&names), names.len + 1);
        parts[i] = (office_part){text[i], "x", 0};
    }
    assert_true(office_zip_stored(&archive, parts));
    assert_int_equal(zip_parts_open(&z, buffer_span(&archive), &error), HUIS_E_BAD_FILE);
    assert_non_null(strstr(error.message, "more than the limit"));
    (void)memory_free(parts);
    (void)memory_free(text);
    buffer_deinit(&names);
}

static void expect_path(const char *base, const char *target, const char *path)
{
    buffer out;
    buffer_init(&out, LIMIT_KIB);
    const bool ok = zip_parts_resolve(&out, base, span_from_string(target), true);
    assert_int_equal(ok, path != NULL);
    if (ok) {
        assert_string_equal(buffer_string(&out), path);
    }
    buffer_deinit(&out);
}

static void test_paths(void **state)
{
    (void)state;
    expect_path("a/b/c.xml", "../x.xml#y", "a/x.xml");
    expect_path("a/b.xml", "/z/x.xml", "z/x.xml");
    expect_path("b.xml", "./x%20y.xml", "x y.xml");
    expect_path("a/b.xml", "../../etc/passwd", NULL);
    expect_path("a/b.xml", "%", "a/%");
    expect_path("a/b.xml", "%00", "a/%00");
}

/* Each allocation of ours fails once: an error, no leak (under the sanitizer). */
static void test_no_memory(void **state)
{
    (void)state;
    make_docx(P("first") "<w:tbl><w:tr><w:tc>" P("a") "</w:tc><w:tc>" P(
        "b") "</w:tc></w:tr></w:tbl>" P("last"));
    size_t n_failed = 0;
    for (uint64_t k = 0; k < 200; k++) {
        reader_result_deinit(&result);
        reader_result_init(&result);
        memory_fail_after(k);
        const int status = reader_read_docx(&result, buffer_span(&archive), &error);
        memory_fail_after(UINT64_MAX);
        n_failed += status == HUIS_E_NO_MEMORY ? 1 : 0;
        assert_true(status == 0 || status == HUIS_E_NO_MEMORY);
    }
    assert_true(n_failed > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_other_containers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_detect, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entities, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bomb, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
