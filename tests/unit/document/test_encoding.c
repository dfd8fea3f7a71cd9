/*
 * test_encoding.c - bytes of every kind to clean UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "document/encoding.h"

static buffer out;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&out, LIMIT_MIB);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_deinit(&out);
    return 0;
}

static void expect(span bytes, const char *declared, const char *text, const char *encoding)
{
    const char *found = NULL;
    huis_error err = {0};
    buffer_reset(&out);
    const int status = encoding_to_utf8(&out, bytes, declared, &found, &err);
    if (status != 0) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(buffer_string(&out), text);
    assert_string_equal(found, encoding);
}

static void test_utf8(void **state)
{
    (void)state;
    expect(SPAN(""), NULL, "", "UTF-8");
    expect(SPAN("plain"), NULL, "plain", "UTF-8");
    expect(SPAN("été"), NULL, "été", "UTF-8");
    expect(SPAN("\xEF\xBB\xBF"
                "été"),
           NULL, "été", "UTF-8");
    expect(SPAN("été"), "iso-8859-1", "été", "UTF-8"); /* a wrong label */
    expect(SPAN("été"), "us-ascii", "été", "UTF-8");
    /* Cut inside the last character; a few faults among many good ones. */
    expect(SPAN("\xC3\xA9t\xC3"), NULL, "\u00E9t\uFFFD", "UTF-8");
    expect(SPAN("éééééééééé ééééé \xFF."), NULL, "éééééééééé ééééé \uFFFD.", "UTF-8");
}

static void test_utf16(void **state)
{
    (void)state;
    expect(SPAN("\xFF\xFE"
                "H\0i\0\xE9\0"),
           NULL, "Hié", "UTF-16LE");
    expect(SPAN("\xFE\xFF"
                "\0H\0i\0\xE9"),
           NULL, "Hié", "UTF-16BE");
    expect(SPAN("H\0e\0l\0l\0o\0 \0\xE9\0"), NULL, "Hello é", "UTF-16LE");
    expect(SPAN("\0H\0e\0l\0l\0o\0 \0\xE9"), NULL, "Hello é", "UTF-16BE");
    expect(SPAN("\xFF\xFE\x3D\xD8\x00\xDE!\0"), NULL, "😀!", "UTF-16LE");
    expect(SPAN("\xFF\xFE\x3D\xD8!\0"), NULL, "\uFFFD!", "UTF-16LE"); /* half a pair */
    expect(SPAN("\xFF\xFE"
                "H\0i"),
           NULL, "H", "UTF-16LE"); /* half a unit */
    expect(SPAN("\xFF\xFE\0\0H\0\0\0\xE9\0\0\0"), NULL, "Hé", "UTF-32LE");
}

/* As TeX's PDF files and old Macs write them. */
static void test_accents_and_ligatures(void **state)
{
    (void)state;
    expect(SPAN("e\u0301te\u0301 A\u0300"), NULL, "été À", "UTF-8");
    expect(SPAN("conna\u0131\u0302t"), NULL, "connaît", "UTF-8");    /* an i without its dot */
    expect(SPAN("u\u0308\u030C"), NULL, "ǚ", "UTF-8");               /* two accents */
    expect(SPAN("x\u0301 \u0301"), NULL, "x\u0301 \u0301", "UTF-8"); /* no such letter */
    expect(SPAN("\u0301"), NULL, "\u0301", "UTF-8");
    expect(SPAN("\xFF\xFE"
                "e\0\x01\x03"),
           NULL, "é", "UTF-16LE");
    expect(SPAN("o\uFB03ce, \uFB01n"), NULL, "office, fin", "UTF-8");
    buffer_reset(&out);
    (void)buffer_append_string(&out, "e");
    assert_false(encoding_join_mark(&out, 1, 0x301)); /* the letter belongs to another word */
    assert_true(encoding_join_mark(&out, 0, 0x301));
    assert_string_equal(buffer_string(&out), "é");
}

static void test_western(void **state)
{
    (void)state;
    expect(SPAN("\xE9t\xE9"), NULL, "été", "windows-1252");
    expect(SPAN("L\x92\xE9t\xE9 \x96 20 \x80"), NULL, "L’été – 20 €", "windows-1252");
    expect(SPAN("le c\xBDur et l'\xBDuvre"), NULL, "le cœur et l'œuvre", "ISO-8859-15");
    expect(SPAN("20 \xA4 par mois"), NULL, "20 € par mois", "ISO-8859-15");
    expect(SPAN("20 \xA4"), "iso-8859-15", "20 €", "ISO-8859-15");
    expect(SPAN("1 \xBD p\xE2te"), NULL, "1 ½ pâte", "windows-1252");
    expect(SPAN("\x80"), "latin1", "€", "windows-1252");       /* as on the web */
    expect(SPAN("\xE9t\xE9"), "utf-8", "été", "windows-1252"); /* a wrong label */
    expect(SPAN("\xE9t\xE9"), "x-unknown", "été", "windows-1252");
}

static void test_declared_others(void **state)
{
    (void)state;
    expect(SPAN("\xF0\xD2\xC9\xD7\xC5\xD4"), "koi8-r", "Привет", "declared");
    expect(SPAN("\x82\xA0"), "shift_jis", "あ", "declared");
    expect(SPAN("\x1B$B$\"\x1B(B."), "iso-2022-jp", "あ.", "declared");
    expect(SPAN("\xE9t\xE9"), "no-such-encoding", "été", "windows-1252");
    expect(SPAN("\xE9t\xE9"), "../../etc/passwd", "été", "windows-1252");
    expect(SPAN("\xE9t\xE9"), "utf-7//TRANSLIT", "été", "windows-1252");
    /* Ill-formed bytes of a declared encoding. */
    expect(SPAN("a\x82"), "shift_jis", "a\uFFFD", "declared");
}

static void test_line_ends_and_controls(void **state)
{
    (void)state;
    expect(SPAN("a\r\nb\rc\nd\r\r\ne"), NULL, "a\nb\nc\nd\n\ne", "UTF-8");
    expect(SPAN("a\fb\vc\xC2\x85"
                "d\u2028e\u2029f"),
           NULL, "a\nb\nc\nd\ne\nf", "UTF-8");
    expect(SPAN("a\tb\x07 c\x1B[1m d\x7F"), NULL, "a\tb c d", "UTF-8");
    expect(SPAN("a\u202Eb\u2066c\u200Fd\u061Ce"), NULL, "abcde", "UTF-8");
    expect(SPAN("a\U000E0041\U000E0042b\uFEFFc\u200Bd\u00ADe"), NULL, "abcde", "UTF-8");
    expect(SPAN("a\U000E0101b\u2060c"), NULL, "abc", "UTF-8");
    expect(SPAN("👨\u200D👩 20\u00A0000"), NULL, "👨\u200D👩 20\u00A0000", "UTF-8");
}

static void refuse(span bytes, uint64_t offset, const char *part)
{
    huis_error err = {0};
    buffer_reset(&out);
    assert_int_equal(encoding_to_utf8(&out, bytes, NULL, NULL, &err), HUIS_E_NO_TEXT);
    assert_int_equal(err.offset, offset);
    assert_non_null(strstr(err.message, part));
}

/* What a terminal obeys, as logs hold it. */
static void test_terminal_sequences(void **state)
{
    (void)state;
    expect(SPAN("\x1b[1;31mred\x1b[0m text"), NULL, "red text", "UTF-8");
    expect(SPAN("\x1b]0;title\x07words"), NULL, "words", "UTF-8");
    expect(SPAN("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\ end"), NULL, "link end", "UTF-8");
    expect(SPAN("\x1b(Bplain \xC2\x9B"
                "5mblink"),
           NULL, "plain blink", "UTF-8");
    /* No sequence: only the escape goes. */
    expect(SPAN("a\x1b"
                "bc\x1b[\nd"),
           NULL, "abc\nd", "UTF-8");
    expect(SPAN("end\x1b["), NULL, "end", "UTF-8");
}

static void test_blank_hidden(void **state)
{
    (void)state;
    buffer_reset(&out);
    (void)buffer_append_string(&out, "a\x1b"
                                     "b\xC2\x9B"
                                     "c\xE2\x80\xAE"
                                     "d\xC3\xA9\n\xF0\x9F\x8E\x89");
    encoding_blank_hidden(&out);
    assert_string_equal(buffer_string(&out), "a b  c   d\xC3\xA9\n\xF0\x9F\x8E\x89");
}

static void test_binary(void **state)
{
    (void)state;
    refuse(SPAN("%PDF-1.7 ..."), 0, "a PDF");
    refuse(SPAN("PK\3\4...."), 0, "zip");
    refuse(SPAN("<?xml version='1.0'?>\n<office:document xmlns:office='x'>text</office:document>"),
           0, "save it as ODT");
    refuse(SPAN("\x89PNG\r\n"), 0, "PNG");
    refuse(SPAN("\x7F"
                "ELF...."),
           0, "program");
    refuse(SPAN("text \0\1\2\3 more \0\0\0"), 5, "0x00 at offset 5");
    char noise[4096];
    rng r;
    rng_init(&r, 7);
    for (size_t i = 0; i < sizeof(noise); i++) {
        noise[i] = (char)(unsigned char)(rng_next(&r) >> 13);
    }
    huis_error err = {0};
    assert_int_equal(encoding_to_utf8(&out, span_from(noise, sizeof(noise)), NULL, NULL, &err),
                     HUIS_E_NO_TEXT);
}

/* Random bytes under every label: refused, or valid UTF-8 without anything that is to be dropped. */
static void test_random_bytes(void **state)
{
    (void)state;
    static const char *const LABELS[] = {NULL,     "utf-8",   "iso-8859-15",
                                         "koi8-r", "gb18030", "utf-16"};
    rng r;
    rng_init(&r, 11);
    for (int i = 0; i < 3000; i++) {
        char bytes[64];
        const size_t len = rng_next_below(&r, sizeof(bytes));
        for (size_t k = 0; k < len; k++) {
            const uint32_t v = rng_next(&r);
            bytes[k] = (char)(unsigned char)((v & 3) != 0 ? 32 + (v >> 8) % 224 : (v >> 8) % 256);
        }
        buffer_reset(&out);
        if (encoding_to_utf8(&out, span_from(bytes, len), LABELS[i % 6], NULL, NULL) == 0) {
            const span text = buffer_span(&out);
            assert_int_equal(utf8_valid_prefix(text), text.len);
            assert_null(text.len > 0 ? memchr(text.ptr, '\r', text.len) : NULL);
            assert_null(text.len > 0 ? memchr(text.ptr, 0, text.len) : NULL);
        }
    }
}

static void test_limits(void **state)
{
    (void)state;
    huis_error err = {0};
    buffer small;
    buffer_init(&small, 10);
    assert_int_equal(encoding_to_utf8(&small, SPAN("more than ten bytes"), NULL, NULL, &err),
                     HUIS_E_LIMIT);
    assert_non_null(strstr(err.message, "limit of 10 bytes"));
    buffer_deinit(&small);
    buffer_init(&small, LIMIT_KIB);
    memory_fail_after(0);
    assert_int_equal(encoding_to_utf8(&small, SPAN("text"), NULL, NULL, &err), HUIS_E_NO_MEMORY);
    memory_fail_after(UINT64_MAX);
    buffer_deinit(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_utf8, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_utf16, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_accents_and_ligatures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_western, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_declared_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_line_ends_and_controls, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_terminal_sequences, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blank_hidden, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_binary, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_random_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
