/*
 * test_places.c - a byte of the text as a place for people, and the parts for the summary.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "cli/source_parts.h"
#include "cli/source_places.h"

static reader_result result;

static void add(reader_place_kind kind, uint32_t number, const char *label, const char *when)
{
    reader_add_place(&result, &(reader_place_draft){.start = result.text.len,
                                                    .kind = kind,
                                                    .number = number,
                                                    .label = span_from_string(label),
                                                    .when = span_from_string(when)});
}

static void write_text(const char *text)
{
    assert_true(buffer_append_string(&result.text, text));
}

/* Two files: a book with pages over its chapters, and a thread. */
static int set_up(void **state)
{
    (void)state;
    reader_result_init(&result);
    write_text("Before all.\n\n");
    add(PLACE_DOCUMENT, 1, "book.epub", "");
    add(PLACE_CHAPTER, 1, "The \"start\"", "");
    add(PLACE_PAGE, 1, "", "");
    write_text("One.\n\nTwo.\n\n\nThree.\n\n");
    add(PLACE_PAGE, 2, "", "");
    write_text("Four.\n\n");
    add(PLACE_CHAPTER, 2, "", "");
    write_text("Five.\n\n");
    add(PLACE_DOCUMENT, 2, "mail.mbox", "");
    add(PLACE_MESSAGE, 1, "Boat", "2025-03-03T10:00:00Z");
    write_text("Six.\n\n");
    add(PLACE_MESSAGE, 2, "Boat", "2025-03-04");
    write_text("Seven.\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    reader_result_deinit(&result);
    return 0;
}

static void check(const char *word, const char *json, const char *words)
{
    const size_t at = (size_t)(strstr(result.text.ptr, word) - result.text.ptr);
    json_t *const place = source_place_json(&result, at, false);
    char *const dump = json_dumps(place, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(dump, json);
    memory_free(dump);
    json_decref(place);
    buffer out;
    buffer_init(&out, 1000);
    assert_true(source_place_append(&out, &result, at));
    assert_string_equal(buffer_string(&out), words);
    buffer_deinit(&out);
}

static void test_places(void **state)
{
    (void)state;
    check("all", "{\"paragraph\":1}", "paragraph 1");
    check("One",
          "{\"chapter\":\"The \\\"start\\\"\",\"document\":\"book.epub\",\"page\":1,"
          "\"paragraph\":1}",
          "book.epub, chapter \"The \"start\"\", page 1, paragraph 1");
    check("Three",
          "{\"chapter\":\"The \\\"start\\\"\",\"document\":\"book.epub\",\"page\":1,"
          "\"paragraph\":3}",
          "book.epub, chapter \"The \"start\"\", page 1, paragraph 3");
    check("Four",
          "{\"chapter\":\"The \\\"start\\\"\",\"document\":\"book.epub\",\"page\":2,"
          "\"paragraph\":1}",
          "book.epub, chapter \"The \"start\"\", page 2, paragraph 1");
    check("Five", "{\"chapter\":2,\"document\":\"book.epub\",\"paragraph\":1}",
          "book.epub, chapter 2, paragraph 1");
    check("Seven",
          "{\"document\":\"mail.mbox\",\"message\":2,\"paragraph\":1,\"when\":\"2025-03-04\"}",
          "mail.mbox, message 2, 4 March 2025, paragraph 1");
}

static void test_speaker(void **state)
{
    (void)state;
    reader_result chat;
    reader_result_init(&chat);
    (void)buffer_append_string(&chat.text, "Anna: Hello.\nBen: Yes,\nI will come.\n\nNobody.");
    static const struct {
        const char *word, *speaker;
    } CASES[] = {
        {"Hello", "Anna"}, {"Anna", "Anna"}, {"Yes", "Ben"}, {"will", "Ben"}, {"Nobody", NULL}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        const size_t at = (size_t)(strstr(chat.text.ptr, CASES[i].word) - chat.text.ptr);
        json_t *const place = source_place_json(&chat, at, true);
        const char *const speaker = json_string_value(json_object_get(place, "speaker"));
        if (CASES[i].speaker == NULL) {
            assert_null(speaker);
        } else {
            assert_string_equal(speaker, CASES[i].speaker);
        }
        json_decref(place);
    }
    reader_result_deinit(&chat);
}

static void test_parts(void **state)
{
    (void)state;
    huis_text_part *parts = NULL;
    size_t n = 0;
    assert_int_equal(source_parts_new(&parts, &n, &result, NULL), 0);
    assert_int_equal(n, 5);
    static const char *const STARTS[] = {"Before", "One", "Five", "Six", "Seven"};
    static const char *const TITLES[] = {NULL, "The \"start\"", "", "Boat", "Boat"};
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(result.text.ptr + parts[i].start, STARTS[i], strlen(STARTS[i]));
        assert_true(parts[i].end == (i + 1 < n ? parts[i + 1].start : result.text.len));
        if (TITLES[i] != NULL && TITLES[i][0] != '\0') {
            assert_string_equal(parts[i].title, TITLES[i]);
        } else {
            assert_null(parts[i].title);
        }
    }
    assert_string_equal(parts[4].when, "2025-03-04");
    memory_free(parts);
    /* The messages of a chat are turns, not parts. */
    reader_result chat;
    reader_result_init(&chat);
    chat.genre = DOCUMENT_DIALOGUE;
    (void)buffer_append_string(&chat.text, "Anna: Hello.\n");
    reader_add_place(&chat, &(reader_place_draft){.kind = PLACE_MESSAGE, .number = 1});
    assert_int_equal(source_parts_new(&parts, &n, &chat, NULL), 0);
    assert_int_equal(n, 0);
    memory_free(parts);
    reader_result_deinit(&chat);
    /* Nor are the messages of one thread of mail; those of two threads are. */
    reader_result_init(&chat);
    chat.genre = DOCUMENT_MAIL;
    (void)buffer_append_string(&chat.text, "one two three");
    for (uint32_t i = 0; i < 3; i++) {
        const reader_place_draft message = {.start = 4 * (size_t)i,
                                            .kind = PLACE_MESSAGE,
                                            .number = i + 1,
                                            .label = i < 2 ? SPAN("Boat") : SPAN("Car")};
        reader_add_place(&chat, &message);
        assert_int_equal(source_parts_new(&parts, &n, &chat, NULL), 0);
        assert_int_equal(n, i < 2 ? 0 : 3);
        memory_free(parts);
    }
    reader_result_deinit(&chat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_speaker),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
