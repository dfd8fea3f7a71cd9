/*
 * test_template_limits.c - hostile templates run into a limit, quickly and cleanly; every allocation
 * may fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "chat_fixture.h"

enum {
    MAX_US = 10 * 1000 * 1000
}; /* far above what is needed, for slow machines with sanitizers */

static void assert_refused(span source, const char *variables, int wanted, const char *words)
{
    huis_error err = {0};
    chat_text text;
    chat_text_init(&text);
    const int64_t start = clock_monotonic_us();
    const int status = fixture_render(source, variables, &text, &err);
    assert_true(clock_monotonic_us() - start < MAX_US);
    if (status != wanted || strstr(err.message, words) == NULL) {
        fail_msg("%.*s: %d %s", (int)(source.len < 80 ? source.len : 80), source.ptr, status,
                 err.message);
    }
    chat_text_deinit(&text);
}

static void test_steps(void **state)
{
    (void)state;
    static const char *const SOURCES[] = {
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set l = [1] %}{% for a in l %}{% set _ = l.append(1) %}{% endfor %}",
        "{% for a in range(99999) %}{% set s = 'x' * 1000000 %}{{ s.find('y') }}{% endfor %}",
        "{% for a in range(99999) %}{{ (range(99999)|list)[0] }}{% endfor %}",
        ("{% set ns = namespace(s='a') %}{% for a in range(99999) %}"
         "{% set ns.s = ns.s.replace('a', 'aa')[:9999] %}{% endfor %}"),
        "{% for a in range(99999) %}{{ ('a' * 999999).rsplit('b' * 9999) }}{% endfor %}",
    };
    for (size_t i = 0; i < sizeof(SOURCES) / sizeof(SOURCES[0]); i++) {
        assert_refused(span_from_string(SOURCES[i]), "{}", HUIS_E_LIMIT, "limit of");
    }
    assert_refused(SPAN("{% for a in range(10**9) %}{% endfor %}"), "{}", HUIS_E_LIMIT, "range");
}

static void test_recursion(void **state)
{
    (void)state;
    assert_refused(SPAN("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), "{}", HUIS_E_LIMIT,
                   "recursion");
    assert_refused(SPAN("{% macro m(c) %}{{ m(c|map('string')|map('upper')|list) }}{% endmacro %}"
                        "{{ m([1]) }}"),
                   "{}", HUIS_E_LIMIT, "recursion");
    /* Values that hold themselves. */
    assert_refused(SPAN("{% set l = [] %}{% set _ = l.append(l) %}{{ l }}"), "{}", HUIS_E_LIMIT,
                   "recursion");
    assert_refused(SPAN("{% set l = [] %}{% set _ = l.append(l) %}{{ l|tojson }}"), "{}",
                   HUIS_E_LIMIT, "recursion");
    assert_refused(SPAN("{% set l = [] %}{% set _ = l.append(l) %}{% set k = [] %}"
                        "{% set _ = k.append(k) %}{{ l == k }}"),
                   "{}", HUIS_E_LIMIT, "recursion");
}

static void test_size(void **state)
{
    (void)state;
    static const char *const SOURCES[] = {
        "{{ 'x' * 10**9 }}",
        "{% for a in range(99999) %}{{ 'xxxxxxxxxxxxxxxx' * 999 }}{% endfor %}",
        ("{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(99) %}"
         "{% set ns.s = ns.s + ns.s %}{% endfor %}"),
        ("{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(99) %}"
         "{% set ns.s = [ns.s, ns.s]|join %}{% endfor %}"),
        ("{% set ns = namespace(s='xxxxxxxx') %}{% for a in range(99) %}"
         "{% set ns.s = ns.s|replace('x', 'xx') %}{% endfor %}"),
        "{{ ((['x' * 9999] * 9999)|join('y' * 9999))|length }}",
        ("{% set ns = namespace(l=[1]) %}{% for a in range(99) %}"
         "{% set ns.l = ns.l + ns.l %}{% endfor %}"),
        ("{% set ns = namespace(l=[1]) %}{% for a in range(99) %}"
         "{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}"),
    };
    for (size_t i = 0; i < sizeof(SOURCES) / sizeof(SOURCES[0]); i++) {
        assert_refused(span_from_string(SOURCES[i]), "{}", HUIS_E_LIMIT, "limit of");
    }
}

/* `n` copies of `open`, `middle`, `n` copies of `close`. */
static void assert_nested_refused(const char *open, const char *middle, const char *close, int n)
{
    buffer b;
    buffer_init(&b, 16 * LIMIT_MIB);
    for (int i = 0; i < n; i++) {
        buffer_append_string(&b, open);
    }
    buffer_append_string(&b, middle);
    for (int i = 0; i < n; i++) {
        buffer_append_string(&b, close);
    }
    assert_true(buffer_ok(&b));
    assert_refused(buffer_span(&b), "{}", HUIS_E_BAD_FILE, "limit of");
    buffer_deinit(&b);
}

static void test_nesting(void **state)
{
    (void)state;
    assert_nested_refused("{% if 1 %}", "", "{% endif %}", 10000);
    assert_nested_refused("{% for a in b %}", "", "{% endfor %}", 5000);
    assert_nested_refused("{% macro a() %}", "", "{% endmacro %}", 5000);
    assert_nested_refused("{{ ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((",
                          "1", "", 1);
    static const char *const OPEN[] = {"(",  "[",  "{1:",   "-",           "1 if ",
                                       "a[", "a(", "not (", "1 if 0 else "};
    for (size_t i = 0; i < sizeof(OPEN) / sizeof(OPEN[0]); i++) {
        buffer b;
        buffer_init(&b, 16 * LIMIT_MIB);
        buffer_append_string(&b, "{{ ");
        for (int k = 0; k < 20000; k++) {
            buffer_append_string(&b, OPEN[i]);
        }
        buffer_append_string(&b, "1 }}");
        assert_refused(buffer_span(&b), "{}", HUIS_E_BAD_FILE, "limit of");
        buffer_deinit(&b);
    }
    /* 100,000 of them are over the limit on the size of a template. */
    assert_nested_refused("(((((", "1", ")))))", 100000);
}

/* What is long but not deep is fine. */
static void test_long_chains(void **state)
{
    (void)state;
    static const char *const LINKS[] = {" + 1",  " ~ 1",        " and 1", " or 0",
                                        " == 1", "|string|int", " * 1"};
    for (size_t i = 0; i < sizeof(LINKS) / sizeof(LINKS[0]); i++) {
        huis_error err = {0};
        chat_text text;
        buffer b;
        buffer_init(&b, LIMIT_TEMPLATE_BYTES);
        chat_text_init(&text);
        buffer_append_string(&b, "{{ 1");
        for (int k = 0; k < 5000; k++) {
            buffer_append_string(&b, LINKS[i]);
        }
        buffer_append_string(&b, " }}");
        assert_int_equal(fixture_render(buffer_span(&b), "{}", &text, &err), HUIS_OK);
        chat_text_deinit(&text);
        buffer_deinit(&b);
    }
}

static void test_deep_variables(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, LIMIT_MIB);
    buffer_append_string(&b, "{\"x\":");
    for (int i = 0; i < 1500; i++) {
        buffer_append_byte(&b, '[');
    }
    for (int i = 0; i < 1500; i++) {
        buffer_append_byte(&b, ']');
    }
    buffer_append_byte(&b, '}');
    assert_refused(SPAN("{{ x }}"), buffer_string(&b), HUIS_E_LIMIT, "recursion");
    buffer_deinit(&b);
}

static const char EVERYTHING[] =
    "{% macro m(a, b=2) %}{{ a ~ b }}{{ caller() if caller }}{{ varargs }}{{ kwargs }}{% endmacro "
    "%}"
    "{% set ns = namespace(a=1) %}{% for x in l if x %}{% set ns.a = ns.a + x %}{{ loop.index }}"
    "{% endfor %}{% call m(1, 2, 3, z=4) %}b{% endcall %}{% set s | upper %}q{{ t }}{% endset %}{{ "
    "s }}"
    "{{ d | tojson(indent=2) }}{{ d | dictsort }}{{ l | sort | map('string') | join(',') }}"
    "{{ t.split() }}{{ t | replace('a', 'b') | title }}{{ '%s' % t }}{{ '{}'.format(t) }}"
    "{{ l | select('odd') | list + [1] }}{{ range(3) | list }}{{ t[::-1] }}{{ d.items() | list }}";

static const char EVERY_VARIABLE[] =
    "{\"l\":[3,1,2],\"t\":\"a b c\",\"d\":{\"b\":[1,2.5,null],\"a\":\"x\"}}";

/* Each allocation of opening and rendering fails once; memory checkers see that nothing leaks. */
static void test_allocation_failures(void **state)
{
    (void)state;
    json_t *const variables = json_loads(EVERY_VARIABLE, 0, NULL);
    bool done = false;
    uint64_t k = 0;
    for (; !done; k++) {
        huis_error err = {0};
        chat_text text;
        chat_text_init(&text);
        memory_fail_after(k);
        const int status =
            fixture_render_json(span_from_string(EVERYTHING), variables, &text, &err);
        memory_fail_after(UINT64_MAX);
        done = status == HUIS_OK;
        if (!done) {
            assert_int_equal(status, HUIS_E_NO_MEMORY);
            assert_int_equal(err.status, HUIS_E_NO_MEMORY);
            assert_null(text.text.ptr);
        }
        chat_text_deinit(&text);
        assert_true(k < 10000);
    }
    assert_true(k > 10);
    json_decref(variables);
}

/* Every prefix of a template opens or is refused. */
static void test_truncation(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof(EVERYTHING); n++) {
        huis_error err = {0};
        chat_text text;
        chat_text_init(&text);
        (void)fixture_render(span_from(EVERYTHING, n), EVERY_VARIABLE, &text, &err);
        chat_text_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_recursion),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_nesting),
        cmocka_unit_test(test_long_chains),
        cmocka_unit_test(test_deep_variables),
        cmocka_unit_test(test_allocation_failures),
        cmocka_unit_test(test_truncation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
