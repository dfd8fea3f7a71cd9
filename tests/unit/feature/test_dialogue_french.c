/*
 * test_dialogue_french.c - French dialogues with what must be told of them: who asks, wants, will do
 * what, and whose the action items are. Argument: tests/eval/dialogue/french.jsonl.
 */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "scripted_session.h"
#include "summarize_fixture.h"

static const char *g_path;

static bool holds(const huis_summary *s, const char *expected)
{
    for (size_t i = 0; i < s->n_items; i++) {
        if (strcmp(s->items[i].text, expected) == 0) {
            return true;
        }
    }
    return false;
}

static void check_actions(const char *text, const json_t *actions)
{
    const huis_summarize_options o = options_of(HUIS_SUMMARY_ACTION_ITEMS, HUIS_SUMMARY_AUTO, 300);
    huis_summary *s = summarize_with(text, &o, NULL);
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *const pair = json_array_get(actions, i);
        const char *const words = json_string_value(json_array_get(pair, 0));
        const char *const person = json_string_value(json_array_get(pair, 1));
        bool found = false;
        for (size_t k = 0; k < s->n_items && !found; k++) {
            found = strstr(s->items[k].text, words) != NULL && s->items[k].person != NULL &&
                    strcmp(s->items[k].person, person) == 0;
        }
        if (!found) {
            fail_msg("not an action of %s: '%s' in '%s'", person, words, s->text);
        }
    }
    huis_summary_free(s);
}

static void check_line(const char *line)
{
    json_error_t error;
    json_t *const row = json_loads(line, 0, &error);
    assert_non_null(row);
    const char *const text = json_string_value(json_object_get(row, "text"));
    const json_t *const expects = json_object_get(row, "expects");
    assert_true(text != NULL && json_array_size(expects) > 0);
    const huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_AUTO, 300);
    huis_summary *s = summarize_with(text, &o, NULL);
    assert_string_equal(s->language, "fr");
    for (size_t i = 0; i < json_array_size(expects); i++) {
        const char *const expected = json_string_value(json_array_get(expects, i));
        if (!holds(s, expected)) {
            fail_msg("not told: '%s' in '%s'", expected, s->text);
        }
    }
    huis_summary_free(s);
    check_actions(text, json_object_get(row, "actions"));
    json_decref(row);
}

static void test_french_dialogues(void **state)
{
    (void)state;
    FILE *const file = fopen(g_path, "r");
    char *line = NULL;
    size_t capacity = 0;
    size_t n = 0;
    assert_non_null(file);
    while (getline(&line, &capacity, file) > 0) {
        check_line(line);
        n++;
    }
    free(line);
    (void)fclose(file);
    assert_int_equal(n, 15);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_french_dialogues),
    };
    g_path = argc > 1 ? argv[1] : "";
    return cmocka_run_group_tests(tests, NULL, NULL);
}
