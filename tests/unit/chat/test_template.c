/*
 * test_template.c - every construct of the template language against what jinja2 gives (goldens in
 * tests/golden/template_features.json, checked against jinja2 itself by the test chat-templates), and
 * the errors: place, words and status.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "chat_fixture.h"

static const char *features_path;

static void test_features(void **state)
{
    (void)state;
    json_t *const file = json_load_file(features_path, 0, NULL);
    assert_non_null(file);
    const json_t *const variables = json_object_get(file, "variables");
    const json_t *const cases = json_object_get(file, "cases");
    const size_t n = json_array_size(cases);
    assert_true(n > 100);
    for (size_t i = 0; i < n; i++) {
        const json_t *const row = json_array_get(cases, i);
        const json_t *const source = json_object_get(row, "template");
        const json_t *const wanted = json_object_get(row, "text");
        huis_error err = {0};
        chat_text text;
        chat_text_init(&text);
        const int status =
            fixture_render_json(span_from(json_string_value(source), json_string_length(source)),
                                variables, &text, &err);
        if (json_is_null(wanted)) {
            if (status >= 0) {
                fail_msg("%s: rendered", json_string_value(source));
            }
            assert_int_equal(err.status, status);
        } else if (status < 0) {
            fail_msg("%s: %s", json_string_value(source), err.message);
        } else {
            assert_string_equal(buffer_string(&text.text), json_string_value(wanted));
        }
        chat_text_deinit(&text);
    }
    json_decref(file);
}

typedef struct refusal {
    const char *source;
    int status;
    uint64_t offset;
    const char *words; /* in the message */
} refusal;

static const refusal REFUSALS[] = {
    {"a\nb {{ raise_exception('Roles must alternate') }}", HUIS_E_BAD_ARGUMENT, 22,
     "test: chat template, line 2: Roles must alternate"},
    {"{% include 'x' %}", HUIS_E_UNSUPPORTED, 3, "'include'"},
    {"{% extends 'x' %}", HUIS_E_UNSUPPORTED, 3, "'extends'"},
    {"{% for a in b recursive %}{% endfor %}", HUIS_E_UNSUPPORTED, 14, "recursive"},
    {"\n\n{{ x | nope }}", HUIS_E_UNSUPPORTED, 9, "line 3: the filter 'nope'"},
    {"{{ x is nope }}", HUIS_E_UNSUPPORTED, 8, "the test 'nope'"},
    {"{% if t %}{{ 1 | nope }}{% endif %}", HUIS_E_UNSUPPORTED, 15, "the filter 'nope'"},
    {"{{ f(*x) }}", HUIS_E_UNSUPPORTED, 5, "*args"},
    {"{{ x.y.z }}", HUIS_E_BAD_FILE, 6, "'y' is undefined"},
    {"{{ nothing() }}", HUIS_E_BAD_FILE, 10, "'nothing' is undefined"},
    {"{% if x %}", HUIS_E_BAD_FILE, 10, "ends where"},
    {"{{ 'abc", HUIS_E_BAD_FILE, 3, "closing quote"},
    {"{{ 99999999999999999999 }}", HUIS_E_BAD_FILE, 3, "64-bit"},
    {"{{ 9223372036854775807 + 1 }}", HUIS_E_LIMIT, 25, "64 bits"},
    {"{{ strftime_now('%Y') }}", HUIS_E_BAD_FILE, 15, "'strftime_now' is undefined"},
    {"\xC3\x28", HUIS_E_BAD_FILE, 0, "not UTF-8"},
};

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
        const refusal *const row = &REFUSALS[i];
        huis_error err = {0};
        chat_text text;
        chat_text_init(&text);
        const int status = fixture_render(span_from_string(row->source),
                                          "{\"x\":{\"a\":1},\"t\":true}", &text, &err);
        if (status != row->status || err.offset != row->offset ||
            strstr(err.message, row->words) == NULL) {
            fail_msg("%s: status %d, offset %llu, %s", row->source, status,
                     (unsigned long long)err.offset, err.message);
        }
        assert_null(text.text.ptr);
        chat_text_deinit(&text);
    }
}

/* The clock is a variable: the same input gives the same output. */
static void test_clock(void **state)
{
    (void)state;
    huis_error err = {0};
    chat_text text;
    chat_text_init(&text);
    const span source = SPAN(
        "{% if strftime_now is defined %}{{ strftime_now('%a %d %b %Y') }}{% else %}-{% endif %}");
    assert_int_equal(fixture_render(source, "{}", &text, &err), HUIS_OK);
    assert_string_equal(buffer_string(&text.text), "-");
    assert_int_equal(fixture_render(source, "{\"now\":\"2024-02-29T23:59:60+02:00\"}", &text, &err),
                     HUIS_OK);
    assert_string_equal(buffer_string(&text.text), "Thu 29 Feb 2024");
    assert_int_equal(fixture_render(source, "{\"now\":\"soon\"}", &text, &err),
                     HUIS_E_BAD_ARGUMENT);
    assert_string_equal(buffer_string(&text.text), "Thu 29 Feb 2024");
    chat_text_deinit(&text);
}

static void test_bad_variables(void **state)
{
    (void)state;
    huis_error err = {0};
    chat_text text;
    chat_text_init(&text);
    assert_int_equal(fixture_render(SPAN("x"), "[]", &text, &err), HUIS_E_BAD_ARGUMENT);
    chat_text_deinit(&text);
}

/* One template, several renderings: literals are never changed by them. */
static void test_reuse(void **state)
{
    (void)state;
    huis_error err = {0};
    chat_template *t = NULL;
    json_t *const variables = json_loads("{\"a\":\"x\"}", 0, NULL);
    const span source = SPAN("{% set l = [1] %}{% set _ = l.append(2) %}{% set s = 'lit' %}"
                             "{% set s = s + a %}{{ s + 'q' }}{{ s }}{{ 'lit' }}{{ l }}");
    assert_int_equal(chat_template_open(&t, source, NULL, &err), HUIS_OK);
    for (int i = 0; i < 3; i++) {
        chat_text text;
        chat_text_init(&text);
        assert_int_equal(chat_render(t, variables, &text, &err), HUIS_OK);
        assert_string_equal(buffer_string(&text.text), "litxqlitxlit[1, 2]");
        chat_text_deinit(&text);
    }
    json_decref(variables);
    chat_template_free(t);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_features), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_clock),    cmocka_unit_test(test_bad_variables),
        cmocka_unit_test(test_reuse),
    };
    features_path = argc > 1 ? argv[1] : "template_features.json";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
