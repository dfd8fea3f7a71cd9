/*
 * test_notify_text.c - fields as a person reads them, and where each byte came from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "feature/notify/notify.h"

static arena memory;

static notify_text clean(const char *field)
{
    notify_text text;
    huis_error err = {.status = HUIS_OK};
    assert_int_equal(notify_text_clean(field, &memory, &text, &err), HUIS_OK);
    return text;
}

static void expect(const char *field, const char *wanted)
{
    const notify_text t = clean(field);
    if (!span_equal(t.text, span_from_string(wanted))) {
        fail_msg("[%.*s], not [%s]", (int)t.text.len, t.text.ptr, wanted);
    }
}

static void takes_markup_away(void **state)
{
    (void)state;
    expect("<b>Zo\xC3\xA9</b> : on <i>y</i> va&nbsp;?", "Zo\xC3\xA9 : on y va ?");
    expect("one<br/>two<p>three</p>", "one two three");
    expect("a &lt;b&gt; c &amp;amp; &eacute;&#233;&#xE9;",
           "a <b> c &amp; \xC3\xA9\xC3\xA9\xC3\xA9");
    expect("I <3 you, 5 < 6 & <anna@example.org>", "I <3 you, 5 < 6 & <anna@example.org>");
    expect("x<!-- no -->y <style>p{}</style>z <script>a<b", "xy z");
    expect("&notanentity; &; & &#0; &#146;", "&notanentity; &; & \xEF\xBF\xBD \xE2\x80\x99");
    expect("<a href=\"x>y\">ok</a>", "ok");
    expect("<bold>text", "<bold>text");
    expect("end <b", "end <b");
}

static void takes_hidden_characters_away(void **state)
{
    (void)state;
    notify_text t = clean("pay\xE2\x80\x8Bpal\xE2\x80\xAE \xE2\x80\x8D"
                          "x\xC2\xAD\x01");
    assert_true(span_equal(t.text, SPAN("paypal x")));
    assert_int_equal(t.n_hidden, 5);
    t = clean("pa&#8203;y&zwj;pal");
    assert_true(span_equal(t.text, SPAN("paypal")));
    assert_int_equal(t.n_hidden, 2);
    /* A family is one emoji of three with joiners; a heart has its selector. */
    expect("\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 \xE2\x9D\xA4\xEF\xB8\x8F",
           "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 \xE2\x9D\xA4\xEF\xB8\x8F");
    t = clean("z\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81\xCC\x81");
    assert_int_equal(t.n_hidden, 2);
    expect(" \t\n a \xC2\xA0\xE2\x80\xA8 b \n", "a b");
    expect("bad \xFF\xC3 byte", "bad \xEF\xBF\xBD\xEF\xBF\xBD byte");
    expect("", "");
    expect(NULL, "");
}

static void knows_where_each_byte_came_from(void **state)
{
    (void)state;
    const char *const field = "<b>Caf\xC3\xA9</b>&amp;\n th\xC3\xA9 ";
    const notify_text t = clean(field);
    assert_true(span_equal(t.text, SPAN("Caf\xC3\xA9& th\xC3\xA9")));
    assert_int_equal(t.origin[0], 3);
    assert_int_equal(t.origin[3], 6); /* both bytes of the letter */
    assert_int_equal(t.origin[4], 6);
    assert_int_equal(t.origin[5], 12); /* "&amp;" */
    assert_int_equal(t.origin[6], 17); /* the line break */
    assert_int_equal(t.origin[7], 19);
    assert_int_equal(t.origin[t.text.len], strlen(field) - 1);
    for (size_t i = 0; i < t.text.len; i++) {
        assert_true(t.origin[i] <= t.origin[i + 1]);
    }
}

static void expect_host(const char *field, const char *host)
{
    const notify_text t = clean(field);
    if (host == NULL) {
        if (t.had_link) {
            fail_msg("%s has no link", field);
        }
        return;
    }
    if (!t.had_link || t.n_hosts == 0 || !span_equal(t.hosts[0], span_from_string(host))) {
        fail_msg("%s: %zu hosts, [%.*s]", field, t.n_hosts, t.n_hosts > 0 ? (int)t.hosts[0].len : 0,
                 t.n_hosts > 0 ? t.hosts[0].ptr : "");
    }
}

static void finds_addresses(void **state)
{
    (void)state;
    expect_host("voir https://Impots.Example.org:8443/a?b, merci", "impots.example.org");
    expect_host("<a href='http://user:pw@evil.example/x'>https://bank.example</a>", "evil.example");
    expect_host("see www.example.com.", "www.example.com");
    expect_host("bit.ly/3abc", "bit.ly");
    expect_host("\xC2\xABhttps://example.org\xC2\xBB", "example.org");
    expect_host("https://203.0.113.7/login", "203.0.113.7");
    expect_host("EXAMPLE.TO now", "example.to");
    expect_host("anna@example.org wrote", NULL);
    expect_host("Fini.To be continued, e.g. 3.50 or file.txt", NULL);
    expect_host("<img src=\"file:///tmp/x.png\">", NULL);
    const notify_text t = clean("a.com b.com c.com d.com e.com f.com g.com h.com i.com j.com");
    assert_int_equal(t.n_hosts, NOTIFY_TEXT_HOSTS);
}

int main(void)
{
    arena_init(&memory, 1u << 24);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_markup_away),
        cmocka_unit_test(takes_hidden_characters_away),
        cmocka_unit_test(knows_where_each_byte_came_from),
        cmocka_unit_test(finds_addresses),
    };
    const int result = cmocka_run_group_tests(tests, NULL, NULL);
    arena_deinit(&memory);
    return result;
}
