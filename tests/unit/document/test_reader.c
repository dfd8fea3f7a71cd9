/*
 * test_reader.c - formats, Markdown, lines of plain mail, pages, and the frame of huis-reader.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "document/reader_frame.h"
#include "document/reader_html.h"
#include "document/reader_lines.h"
#include "reader_fixture.h"

static void test_detect(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *bytes;
        reader_format format;
    } CASES[] = {
        {"a.txt", "<html>", READER_TEXT},
        {"a.md", "text", READER_MARKDOWN},
        {"A.MARKDOWN", "text", READER_MARKDOWN},
        {"a.eml", "text", READER_MAIL},
        {"a.eml", "From x Mon\nFrom: y\n\nz", READER_MBOX},
        {"a.mbox", "text", READER_MBOX},
        {"a.HTML", "text", READER_HTML},
        {".md", "text", READER_TEXT},
        {NULL, "", READER_TEXT},
        {NULL, "Just words.", READER_TEXT},
        {NULL, " \n<!DOCTYPE html><p>x", READER_HTML},
        {NULL, "<HTML><p>x", READER_HTML},
        {NULL, "\xEF\xBB\xBF<html>", READER_HTML},
        {NULL, "From: a\nMIME-Version: 1.0\nSubject: x\n\nHello", READER_MAIL},
        {NULL, "Received: by x\n\tfor y\nFrom: a\r\n\r\nHello", READER_MAIL},
        {NULL, "From a@b Mon Mar  2 10:00:00 2026\nFrom: a\n\nHello", READER_MBOX},
        {NULL, "From: Anna\nSubject: lunch\n\nHello", READER_TEXT}, /* pasted by a person */
        {NULL, "From here on it rains.", READER_TEXT},
        {NULL, "# Title\n\nSome [link](http://x) and **bold**.\n", READER_MARKDOWN},
        {NULL, "# one sign only\ntext", READER_TEXT},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const reader_format found = reader_detect(CASES[i].name, span_from_string(CASES[i].bytes));
        if (found != CASES[i].format) {
            fail_msg("case %zu: %d", i, (int)found);
        }
    }
}

static void expect_markdown(const char *markdown, const char *text)
{
    reader_result r;
    reader_result_init(&r);
    reader_append_markdown(&r.text, span_from_string(markdown), &r);
    assert_string_equal(buffer_string(&r.text), text);
    reader_result_deinit(&r);
}

static void test_markdown(void **state)
{
    (void)state;
    expect_markdown("# Title #\ntext\n", "Title\n\ntext\n");
    expect_markdown("Title\n===\n\ntext\n", "Title\n\ntext\n");
    expect_markdown("**bold** and *it* and __b__ and _i_ and ~~gone~~\n",
                    "bold and it and b and i and gone\n");
    expect_markdown("2 * 3 * 4, snake_case_name, a*b*c\n", "2 * 3 * 4, snake_case_name, a*b*c\n");
    expect_markdown("see [the plan](https://x.org/a_b) now\n", "see the plan now\n");
    expect_markdown("![alt text](img.png) [x][1] <https://x.org> [^1]\n",
                    "alt text x https://x.org \n");
    expect_markdown("[1]: https://x.org\n[^1]: note\n", "");
    expect_markdown("[not a link] (really)\n", "[not a link] (really)\n");
    expect_markdown("`code_with_marks*` and ``a`b``\n", "code_with_marks* and a`b\n");
    expect_markdown("* one\n+ two\n- [ ] three\n1. four\n", "- one\n- two\n- [ ] three\n1. four\n");
    expect_markdown("| a | b |\n|---|:-:|\n| 1 | **2** |\n", "a | b\n1 | 2\n");
    expect_markdown("> quoted\n> > more\n", "quoted\nmore\n");
    expect_markdown("---\ntitle: x\n---\ntext\n", "text\n");
    expect_markdown("a\n\n***\n\nb\n", "a\n\nb\n");
    expect_markdown("<b>x</b><br/> &amp; &lt;y&gt; &laquo;z&raquo;\n", "x & <y> «z»\n");
    expect_markdown("<!-- hidden\nlines -->\ntext\n", "text\n");
    expect_markdown("\\*not\\* 5 < 6\n", "*not* 5 < 6\n");
    expect_markdown("```c\nint *p = **q; // <b>\n```\nafter\n",
                    "```\nint *p = **q; // <b>\n```\nafter\n");
}

static void test_markdown_title(void **state)
{
    (void)state;
    assert_int_equal(reader_read_text(&result, SPAN("intro\n\n## The *real*   title\n\ntext"),
                                      READER_MARKDOWN, NULL),
                     0);
    assert_string_equal(result.title, "The real title");
    buffer_reset(&result.text);
    assert_int_equal(reader_read_text(&result, SPAN("\n \n"), READER_TEXT, NULL), HUIS_E_NO_TEXT);
    buffer_reset(&result.text);
    assert_int_equal(reader_read_text(&result, SPAN(""), READER_MARKDOWN, NULL), HUIS_E_NO_TEXT);
}

static void expect_lines(const char *text, reader_lines_options options, const char *expected)
{
    buffer out;
    buffer_init(&out, LIMIT_MIB);
    reader_append_plain_lines(&out, span_from_string(text), &options);
    assert_string_equal(buffer_string(&out), expected);
    buffer_deinit(&out);
}

static void test_lines(void **state)
{
    (void)state;
    const reader_lines_options plain = {.flowed = false};
    const reader_lines_options flowed = {.flowed = true};
    const reader_lines_options delete_space = {.flowed = true, .delete_space = true};
    const reader_lines_options mbox = {.mbox = true};
    expect_lines("a \nb\n", plain, "a \nb\n");
    expect_lines("a \nb\nc\n", flowed, "a b\nc\n");
    expect_lines("> a \n> b\nc\n", flowed, "> a b\nc\n");
    expect_lines("> a \nb\n", flowed, "> a \nb\n");
    expect_lines(" From x \n-- \nme\n", flowed, "From x \n-- \nme\n");
    expect_lines("a \nb\n", delete_space, "ab\n");
    expect_lines(">From here\n>> x\n", mbox, "From here\n>> x\n");
    expect_lines("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n- - item\ntext\n"
                 "-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\nafter\n",
                 plain, "- item\ntext\nafter\n");
    assert_true(span_equal(reader_skip_reply_marks(SPAN("Re: RE : Fwd: Réf : the plan")),
                           SPAN("the plan")));
    assert_true(span_equal(reader_skip_reply_marks(SPAN("Report: done")), SPAN("Report: done")));
}

static void expect_html(const char *html, const char *text)
{
    reader_result r;
    reader_result_init(&r);
    huis_error err = {0};
    if (reader_read_html(&r, span_from_string(html), &err) != 0) {
        fail_msg("%s: %s", html, err.message);
    }
    assert_string_equal(buffer_string(&r.text), text);
    reader_result_deinit(&r);
}

static void test_html(void **state)
{
    (void)state;
    expect_html("<p>a<p>b", "a\n\nb");
    expect_html("<p>a  b\n c</p>", "a b c");
    expect_html("<p>a<b>b</b> <i>c</i>d</p>", "ab cd");
    expect_html("<div>a</div><div>b</div>", "a\nb");
    expect_html("a<br>b<br><br>c", "a\nb\n\nc");
    expect_html("<p>5 &lt; 6 &amp; &eacute;t&#233; &euro;</p>", "5 < 6 & été €");
    expect_html("<ul><li>a<li>b<ul><li>c</ul></ul><p>d", "- a\n- b\n  - c\n\nd");
    expect_html("<ol><li>a<li><p>b</p></ol>", "1. a\n2. b");
    expect_html("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2");
    expect_html("<p>x <a href='http://y'>link</a>.</p>", "x link.");
    expect_html("<pre>  int a;\n\n  b</pre>", "```\n  int a;\n\n  b\n```");
    expect_html("<script>x</script><style>y</style><noscript>z</noscript><p>t", "t");
    expect_html("<nav>n</nav><header>h</header><p>t</p><footer>f</footer><aside>s</aside>",
                "h\n\nt");
    expect_html("<blockquote>quoted</blockquote>t", "quoted\n\nt");
    expect_html("<p>caf\xE9</p>", "café");
    expect_html("<meta charset='koi8-r'><p>\xF0\xD2\xC9", "При");
}

static void test_hidden_html(void **state)
{
    (void)state;
    static const char *const HIDDEN[] = {
        "style='display:none'",
        "style='DISPLAY : NONE;'",
        "style='color:red;display:none !important'",
        "style='visibility: hidden'",
        "hidden",
        "aria-hidden=true",
        "style='font-size:0'",
        "style='font-size:0px'",
        "style='font-size:0%'",
        "style='max-height:0;overflow:hidden'",
        "style='opacity:0'",
        "style='width:0;height:0'",
        "style='color:#fff'",
        "style='color:#FFFFFF'",
        "style='color: white'",
        "style='color:rgb(255, 255, 255)'",
        "style='mso-hide:all'",
        "style='text-indent:-9999px'",
        "class='cookie-banner'",
        "role=navigation",
    };
    for (size_t i = 0; i < sizeof(HIDDEN) / sizeof(HIDDEN[0]); i++) {
        char html[256];
        buffer b;
        buffer_init(&b, sizeof(html));
        (void)buffer_printf(&b, "<p>seen</p><div %s>not <b>seen</b></div><p>end", HIDDEN[i]);
        expect_html(buffer_string(&b), "seen\n\nend");
        buffer_deinit(&b);
    }
    expect_html("<p style='font-size:0.9em'>a", "a");
    expect_html("<p style='color:#fff;background:#000'>a", "a");
    expect_html("<div bgcolor=black><p style='color:#fff'>a</div>", "a");
    expect_html("<p style='width:0'>a", "a");
}

static void test_html_page(void **state)
{
    (void)state;
    buffer bytes;
    buffer_init(&bytes, LIMIT_MIB);
    assert_int_equal(file_read(&bytes, EXAMPLES_DIR "/page.html", NULL), 0);
    assert_int_equal(reader_read_html(&result, buffer_span(&bytes), NULL), 0);
    assert_string_equal(result.title, "How the Ardley lock keepers got their winter back");
    const char *const text = buffer_string(&result.text);
    assert_non_null(strstr(text, "31 days longer"));
    assert_non_null(strstr(text, "- Ice on the gates: 2 days, down from 27."));
    assert_non_null(strstr(text, "Mill Lock | 22 | 1"));
    static const char *const ABSENT[] = {"must not be read", "Boats",    "All rights",
                                         "newsletter",       "our shop", "keywords",
                                         "White on white",   "Ten knots"};
    for (size_t i = 0; i < sizeof(ABSENT) / sizeof(ABSENT[0]); i++) {
        assert_null(strstr(text, ABSENT[i]));
    }
    buffer_deinit(&bytes);
}

static void test_mail_html(void **state)
{
    (void)state;
    buffer out;
    buffer_init(&out, LIMIT_MIB);
    assert_true(reader_append_mail_html(&out, SPAN("<p>Hi</p><div>On 3 May, Bob wrote:<blockquote>"
                                                   "<p>Is it <b>ready</b>?</p><p>Bob</p>"
                                                   "</blockquote></div>")));
    assert_string_equal(buffer_string(&out),
                        "Hi\n\nOn 3 May, Bob wrote:\n\n> Is it ready?\n>\n> Bob");
    buffer_deinit(&out);
}

static void test_hostile_html(void **state)
{
    (void)state;
    static const char *const UNITS[] = {"<div>",        "<table><tr><td>",
                                        "<ul><li>",     "<b>",
                                        "<p",           "<a b=c ",
                                        "&amp;",        "<!--",
                                        "<blockquote>", "</p>",
                                        "<pre>",        "<p style='color:#fff;'>"};
    const size_t bytes = 1 * (size_t)LIMIT_MIB;
    char *const html = memory_alloc(bytes + 64, 1);
    assert_non_null(html);
    for (size_t u = 0; u < sizeof(UNITS) / sizeof(UNITS[0]); u++) {
        size_t len = 0;
        memcpy(html, "<p>word</p>", 11);
        for (len = 11; len + strlen(UNITS[u]) < bytes; len += strlen(UNITS[u])) {
            memcpy(html + len, UNITS[u], strlen(UNITS[u]));
        }
        const int64_t start_us = clock_monotonic_us();
        reader_result r;
        reader_result_init(&r);
        const int status = reader_read_html(&r, span_from(html, len), NULL);
        assert_true(status == 0 || status == HUIS_E_NO_TEXT);
        reader_result_deinit(&r);
        const int64_t took_us = clock_monotonic_us() - start_us;
        print_message("# %lld ms for 1 MiB of %s\n", (long long)(took_us / 1000), UNITS[u]);
        assert_true(took_us < 15000000);
    }
    memory_free(html);
}

static void test_no_html_text(void **state)
{
    (void)state;
    huis_error err = {0};
    assert_int_equal(reader_read_html(&result, SPAN("<html><script>x</script>"), &err),
                     HUIS_E_NO_TEXT);
    assert_int_equal(reader_read_html(&result, SPAN("%PDF-1.4"), &err), HUIS_E_NO_TEXT);
    assert_int_equal(reader_read_html(&result, SPAN(""), &err), HUIS_E_NO_TEXT);
}

static void test_frame(void **state)
{
    (void)state;
    buffer frame;
    buffer_init(&frame, LIMIT_MIB);
    reader_set_title(&result, SPAN(" Two \n words "));
    assert_true(buffer_append_string(&result.text, "Text, été."));
    result.genre = DOCUMENT_MAIL;
    reader_add_note(&result, SPAN("1 of 2 pages holds no text"));
    reader_add_place(&result,
                     &(reader_place_draft){.kind = PLACE_CHAPTER,
                                           .number = 1,
                                           .label = SPAN("The \033[31m\u202E\U000E0041start"),
                                           .who = SPAN("Anna")});
    reader_add_place(&result, &(reader_place_draft){.start = 6, .kind = PLACE_PAGE, .number = 7});
    assert_true(reader_frame_encode(&frame, 0, NULL, &result));
    reader_result back;
    reader_result_init(&back);
    huis_error err = {0};
    assert_int_equal(reader_frame_decode(&back, buffer_span(&frame), &err), 0);
    assert_string_equal(back.title, "Two words");
    assert_string_equal(buffer_string(&back.text), "Text, été.");
    assert_int_equal(back.genre, DOCUMENT_MAIL);
    assert_string_equal(back.note, "1 of 2 pages holds no text");
    size_t n_places = 0;
    const reader_place *const places = reader_places(&back, &n_places);
    assert_int_equal(n_places, 2);
    assert_int_equal(places[0].kind, PLACE_CHAPTER);
    assert_string_equal(reader_label(&back, places[0].label), "The [31mstart");
    assert_string_equal(reader_label(&back, places[0].who), "Anna");
    assert_string_equal(reader_label(&back, places[0].when), "");
    assert_int_equal(places[1].start, 6);
    assert_int_equal(places[1].number, 7);
    /* Every truncation and every changed byte: nonsense, or valid text; never a crash. */
    for (size_t len = 0; len < frame.len; len++) {
        reader_result_deinit(&back);
        reader_result_init(&back);
        assert_int_equal(reader_frame_decode(&back, span_from(frame.ptr, len), &err),
                         HUIS_E_WORKER);
    }
    for (size_t i = 0; i < frame.len * 8; i++) {
        frame.ptr[i / 8] = (char)(frame.ptr[i / 8] ^ (1 << (i % 8)));
        reader_result_deinit(&back);
        reader_result_init(&back);
        if (reader_frame_decode(&back, buffer_span(&frame), &err) == 0) {
            assert_int_equal(utf8_valid_prefix(buffer_span(&back.text)), back.text.len);
        }
        frame.ptr[i / 8] = (char)(frame.ptr[i / 8] ^ (1 << (i % 8)));
    }
    reader_result_deinit(&back);
    buffer_deinit(&frame);
}

static void test_frame_error(void **state)
{
    (void)state;
    buffer frame;
    buffer_init(&frame, LIMIT_MIB);
    huis_error sent = {0};
    (void)error_set_at(&sent, HUIS_E_NO_TEXT, 42, "nothing to read");
    assert_true(reader_frame_encode(&frame, HUIS_E_NO_TEXT, &sent, &result));
    huis_error err = {0};
    assert_int_equal(reader_frame_decode(&result, buffer_span(&frame), &err), HUIS_E_NO_TEXT);
    assert_string_equal(err.message, "nothing to read");
    assert_int_equal(err.offset, 42);
    buffer_deinit(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_detect),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test_setup_teardown(test_markdown_title, set_up, tear_down),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_hidden_html),
        cmocka_unit_test_setup_teardown(test_html_page, set_up, tear_down),
        cmocka_unit_test(test_mail_html),
        cmocka_unit_test(test_hostile_html),
        cmocka_unit_test_setup_teardown(test_no_html_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_frame, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_frame_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
