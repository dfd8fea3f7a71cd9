/*
 * test_pdf_layout.c - reading order, furniture and paragraphs over made-up boxes; no PDF.
 */
#include <math.h>
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
#include "base/rng.h"
#include "document/pdf_layout.h"

/* A page of 600 x 800 points, letters half an em wide. */
static buffer text, words;
static pdf_layout layout;
static reader_result result;

static int set_up(void **state)
{
    (void)state;
    buffer_init(&text, LIMIT_MIB);
    buffer_init(&words, 64 * (size_t)LIMIT_MIB);
    pdf_layout_init(&layout);
    reader_result_init(&result);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buffer_deinit(&text);
    buffer_deinit(&words);
    pdf_layout_deinit(&layout);
    reader_result_deinit(&result);
    return 0;
}

/* Writes a line of words at (x, y). */
static void put(float x, float y, float size, const char *line)
{
    while (*line != '\0') {
        const size_t len = strcspn(line, " ");
        const float width = 0.5f * size * (float)len;
        const pdf_word w = {.x0 = x,
                            .y0 = y,
                            .x1 = x + width,
                            .y1 = y + size,
                            .size = size,
                            .text = (uint32_t)text.len,
                            .len = (uint32_t)len};
        assert_true(buffer_append(&text, span_from(line, len)));
        assert_true(buffer_append(&words, span_from((const char *)&w, sizeof(w))));
        x += width + 0.25f * size;
        line += len;
        line += *line == ' ' ? 1 : 0;
    }
}

static void end_page(uint32_t number)
{
    const pdf_page page = {.number = number,
                           .width = 600,
                           .height = 800,
                           .text = buffer_span(&text),
                           .words = (const pdf_word *)(const void *)words.ptr,
                           .n_words = words.len / sizeof(pdf_word)};
    assert_int_equal(pdf_layout_add_page(&layout, &page, NULL), 0);
    buffer_reset(&text);
    buffer_reset(&words);
}

static void expect(const char *expected)
{
    assert_int_equal(pdf_layout_write(&layout, &result, NULL), 0);
    assert_string_equal(buffer_string(&result.text), expected);
}

static void test_columns_are_read_one_after_the_other(void **state)
{
    (void)state;
    put(150, 40, 20, "Headline across both columns");
    for (int i = 0; i < 5; i++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "left%d words of the first column", i);
        put(50, 100 + 12 * (float)i, 10, line);
        (void)snprintf(line, sizeof(line), "right%d words of another column", i);
        put(320, 103 + 12 * (float)i, 10, line); /* three points lower: not one row */
    }
    end_page(1);
    expect(
        "# Headline across both columns\n\n"
        "left0 words of the first column left1 words of the first column left2 words of the first "
        "column left3 words of the first column left4 words of the first column right0 words of "
        "another column right1 words of another column right2 words of another column right3 "
        "words of another column right4 words of another column\n");
}

static void test_tables_are_read_across(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"Timber", "51,200"}, {"Grain", "38,900"}, {"Stone", "12,400"}, {"Sand", "9,100"}};
    for (size_t i = 0; i < 4; i++) {
        put(50, 100 + 14 * (float)i, 10, ROWS[i][0]);
        put(300, 100 + 14 * (float)i, 10, ROWS[i][1]);
    }
    end_page(1);
    expect("Timber | 51,200\nGrain | 38,900\nStone | 12,400\nSand | 9,100\n");
}

static void test_hyphens(void **state)
{
    (void)state;
    put(50, 100, 10, "an exemple of words that are cut at the end of the exem-");
    put(50, 112, 10, "ple and one that nobody has written before: the incompara-");
    put(50, 124, 10, "ble town of Saint-Denis, and also the other town of Saint-");
    put(50, 136, 10, "Ouen where they say peut-\xC3\xAAtre each day and then also peut-");
    put(50, 148, 10, "\xC3\xAAtre in the evening, which comes after the year number 2024-");
    put(50, 160, 10, "2025 and a porte-parole who spoke for us, as any good porte-");
    put(50, 172, 10, "parole would have spoken for us on that long day at noon.");
    end_page(1);
    expect(
        "an exemple of words that are cut at the end of the exemple and one that nobody has "
        "written before: the incomparable town of Saint-Denis, and also the other town of "
        "Saint-Ouen where they say peut-\xC3\xAAtre each day and then also peut-\xC3\xAAtre in the "
        "evening, which comes after the year number 2024-2025 and a porte-parole who spoke for us, "
        "as any good porte-parole would have spoken for us on that long day at noon.\n");
}

static void test_furniture_is_dropped(void **state)
{
    (void)state;
    for (uint32_t page = 1; page <= 4; page++) {
        char line[64];
        (void)snprintf(line, sizeof(line), "Gazette, issue 12, page %u of 4", page);
        put(50, 20, 8, line);
        (void)snprintf(line, sizeof(line), "Page %u holds words of its own and no others at all.",
                       page);
        put(50, 100, 10, line);
        (void)snprintf(line, sizeof(line), "%u", page);
        put(300, 780, 8, line);
        end_page(page);
    }
    expect("Page 1 holds words of its own and no others at all.\n\n"
           "Page 2 holds words of its own and no others at all.\n\n"
           "Page 3 holds words of its own and no others at all.\n\n"
           "Page 4 holds words of its own and no others at all.\n");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        char start[32];
        (void)snprintf(start, sizeof(start), "Page %zu", i + 1);
        assert_int_equal(places[i].kind, PLACE_PAGE);
        assert_int_equal(places[i].number, i + 1);
        assert_memory_equal(result.text.ptr + places[i].start, start, 6);
    }
}

static void test_roman_numbers_of_pages(void **state)
{
    (void)state;
    static const char *const NUMBERS[] = {"ii", "iii", "iv", "v"};
    for (uint32_t page = 1; page <= 4; page++) {
        put(50, 20, 8, "A guide for captains");
        put(500, 20, 8, NUMBERS[page - 1]);
        put(50, 100, 10, "Words of a page.");
        end_page(page);
    }
    expect("Words of a page.\n\nWords of a page.\n\nWords of a page.\n\nWords of a page.\n");
}

static void test_paragraph_goes_on_over_pages_and_notes(void **state)
{
    (void)state;
    put(50, 600, 10, "The paragraph starts at the foot of a page and it does not");
    put(50, 760, 8, "1 A note that stands below it, in small letters.");
    end_page(1);
    put(50, 60, 10, "end there but on the next one, as every reader of books has");
    put(50, 72, 10, "long known.");
    put(50, 120, 10, "Another paragraph follows after a space that is wide enough.");
    end_page(2);
    expect(
        "The paragraph starts at the foot of a page and it does not end there but on the next one, "
        "as every reader of books has long known.\n\n"
        "1 A note that stands below it, in small letters.\n\n"
        "Another paragraph follows after a space that is wide enough.\n");
    size_t n = 0;
    const reader_place *const places = reader_places(&result, &n);
    assert_int_equal(n, 4); /* page 1, 2, the note on 1 again, 2 */
    assert_int_equal(places[2].number, 1);
    assert_int_equal(places[3].number, 2);
}

static void test_headings_lists_and_indents(void **state)
{
    (void)state;
    put(50, 60, 16, "A heading of its own");
    put(62, 90, 10, "The first line of this paragraph is set in, as books do, and it");
    put(50, 102, 10, "goes on here without any break so that both make one text");
    put(62, 114, 10, "Then a line set in again starts another one, which is not a");
    put(50, 126, 10, "heading either.");
    put(50, 150, 10, "\xE2\x80\xA2 apples");
    put(50, 162, 10, "\xE2\x80\xA2 pears");
    put(50, 174, 10, "1. nuts");
    end_page(1);
    expect(
        "# A heading of its own\n\n"
        "The first line of this paragraph is set in, as books do, and it goes on here without any "
        "break so that both make one text\n\n"
        "Then a line set in again starts another one, which is not a heading either.\n\n"
        "- apples\n- pears\n1. nuts\n");
}

static void put_prose(float y)
{
    put(50, y, 10, "The ferry leaves the island at noon and comes back before the");
    put(50, y + 12, 10, "evening, whatever the weather and however few the passengers.");
}

static const char PROSE[] =
    "The ferry leaves the island at noon and comes back before the evening, "
    "whatever the weather and however few the passengers.\n";

/* Marks the words from `from` on as bold, or as letters of one width. */
static void mark_words(size_t from, bool bold)
{
    pdf_word *const w = (pdf_word *)(void *)words.ptr;
    for (size_t i = from; i < words.len / sizeof(*w); i++) {
        w[i].bold = w[i].bold || bold;
        w[i].mono = w[i].mono || !bold;
    }
}

static size_t n_words(void)
{
    return words.len / sizeof(pdf_word);
}

static void expect_text(const char *format, const char *prose)
{
    char expected[2048];
    buffer b;
    buffer_init(&b, sizeof(expected) - 1);
    for (const char *at = format; *at != '\0'; at++) {
        (void)(*at == '~' ? buffer_append_string(&b, prose) : buffer_append_byte(&b, *at));
    }
    (void)snprintf(expected, sizeof(expected), "%s", buffer_string(&b));
    buffer_deinit(&b);
    expect(expected);
}

static void test_levels_of_headings(void **state)
{
    (void)state;
    put(50, 40, 20, "The island");
    put(50, 70, 14, "1.1");
    put(95, 70, 14, "Ferries in the winter"); /* set off: no cell of a table */
    put_prose(100);
    const size_t from = n_words();
    put(50, 140, 10, "Fares");
    mark_words(from, true);
    put_prose(160);
    put(50, 200, 14, "*"); /* no words: no heading */
    put_prose(230);
    end_page(1);
    expect_text("# The island\n\n## 1.1 Ferries in the winter\n\n~\n### Fares\n\n~\n*\n\n~", PROSE);
}

static void test_a_poster_has_no_headings(void **state)
{
    (void)state;
    put(50, 40, 20, "Everything is large here and");
    put(50, 90, 20, "every line is on its own so");
    put(50, 140, 20, "that none is a heading at all");
    put(50, 200, 10, "Printed in the town where we live, by the press of the harbour, in June.");
    end_page(1);
    assert_int_equal(pdf_layout_write(&layout, &result, NULL), 0);
    assert_null(strchr(buffer_string(&result.text), '#'));
}

static void put_entry(float y, const char *title, unsigned page, bool dots)
{
    char line[96];
    (void)snprintf(line, sizeof(line), dots ? "%s . . . . . . . . . . %u" : "%s, %u", title, page);
    put(50, y, 10, line);
}

static void test_contents_are_dropped(void **state)
{
    (void)state;
    put(50, 40, 10, "Contents");
    put_entry(80, "1 The harbour", 1, true);
    put_entry(92, "2 The ferries", 2, true);
    put(50, 104, 10, "3 A title that is so long that it goes on over the end of");
    put_entry(116, "its line", 2, true);
    put_entry(128, "4 The fares", 3, true);
    put_prose(200);
    end_page(1);
    for (uint32_t page = 2; page <= 4; page++) {
        put(50, 100, 10, "More.");
        end_page(page);
    }
    expect_text("~\nMore.\n\nMore.\n\nMore.\n", PROSE);
}

static void test_prices_are_no_contents(void **state)
{
    (void)state;
    static const unsigned PRICES[] = {6, 14, 9, 12, 7, 11};
    for (size_t i = 0; i < 6; i++) {
        put_entry(60 + 14 * (float)i, "Soup of the day", PRICES[i], true);
    }
    end_page(1);
    assert_int_equal(pdf_layout_write(&layout, &result, NULL), 0);
    assert_non_null(strstr(buffer_string(&result.text), "14"));
    assert_non_null(strstr(buffer_string(&result.text), "7"));
}

static void test_an_index_is_dropped(void **state)
{
    (void)state;
    for (uint32_t page = 1; page <= 5; page++) {
        put(50, 100, 10, "Words of a page.");
        end_page(page);
    }
    put(50, 40, 10, "Index");
    for (unsigned i = 0; i < 14; i++) {
        put_entry(80 + 12 * (float)i, "harbour", 1 + i * 3 % 5, false);
    }
    end_page(6);
    expect("Words of a page.\n\nWords of a page.\n\nWords of a page.\n\nWords of a page.\n\n"
           "Words of a page.\n");
}

static void test_code_is_fenced(void **state)
{
    (void)state;
    put_prose(60);
    const size_t from = n_words();
    put(50, 100, 10, "# ferry --list");
    put(50, 112, 10, "noon    evening");
    mark_words(from, false);
    put_prose(140);
    end_page(1);
    expect_text("~\n```\n# ferry --list\nnoon evening\n```\n\n~", PROSE);
}

static void test_a_typed_letter_is_no_code(void **state)
{
    (void)state;
    put_prose(60);
    mark_words(0, false);
    end_page(1);
    expect(PROSE);
}

static void test_dashes_in_sentences_are_no_items(void **state)
{
    (void)state;
    put(50, 60, 10, "The ferry leaves at noon and takes whatever waits at the pier");
    put(50, 72, 10, "- cars, horses, and people - to the island in half an hour if");
    put(50, 84, 10, "the sea is calm:");
    put(50, 96, 10, "- in winter twice");
    put(50, 108, 10, "- in summer hourly");
    end_page(1);
    expect(
        "The ferry leaves at noon and takes whatever waits at the pier - cars, horses, and people "
        "- to the island in half an hour if the sea is calm:\n\n- in winter twice\n- in summer "
        "hourly\n");
}

static void test_words_in_any_order_of_the_file(void **state)
{
    (void)state;
    put(120, 112, 10, "gives them.");
    put(50, 112, 10, "of how the file");
    put(50, 100, 10, "Words come in order whatever the order");
    end_page(1);
    assert_int_equal(pdf_layout_write(&layout, &result, NULL), 0);
    assert_non_null(strstr(buffer_string(&result.text), "order of how the file"));
}

/* Numbers that no page has, and many words at one place: bounded, and nothing is lost. */
static void test_hostile_boxes(void **state)
{
    (void)state;
    static const float BAD[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f};
    put(50, 100, 10, "good");
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        put(BAD[i], 100, 10, "bad");
        put(50, BAD[i], 10, "bad");
        put(50, 100, BAD[i], "bad");
    }
    end_page(1);
    expect("good\n");

    const int64_t start_us = clock_monotonic_us();
    rng r;
    rng_init(&r, 7);
    for (size_t i = 0; i < LIMIT_PDF_PAGE_WORDS; i++) {
        const uint32_t kind = rng_next(&r) % 3;
        put(kind == 0 ? 50 : (float)(rng_next(&r) % 600),
            kind == 1 ? 50 : (float)(rng_next(&r) % 800), 10, "w");
    }
    end_page(2);
    assert_int_equal(pdf_layout_write(&layout, &result, NULL), 0);
    assert_true(clock_monotonic_us() - start_us < 10 * 1000000);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 40; k++) {
        pdf_layout_deinit(&layout);
        pdf_layout_init(&layout);
        put(50, 100, 10, "some words of a page");
        const pdf_page page = {.number = 1,
                               .width = 600,
                               .height = 800,
                               .text = buffer_span(&text),
                               .words = (const pdf_word *)(const void *)words.ptr,
                               .n_words = words.len / sizeof(pdf_word)};
        reader_result r;
        reader_result_init(&r);
        memory_fail_after(k);
        int status = pdf_layout_add_page(&layout, &page, NULL);
        status = status == 0 ? pdf_layout_write(&layout, &r, NULL) : status;
        memory_fail_after(UINT64_MAX);
        assert_true(status == 0 || status == HUIS_E_NO_MEMORY);
        assert_true(k > 4 || status == HUIS_E_NO_MEMORY);
        reader_result_deinit(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_columns_are_read_one_after_the_other, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_tables_are_read_across, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hyphens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_furniture_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_roman_numbers_of_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paragraph_goes_on_over_pages_and_notes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_headings_lists_and_indents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_levels_of_headings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_poster_has_no_headings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_contents_are_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_prices_are_no_contents, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_index_is_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_code_is_fenced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_typed_letter_is_no_code, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dashes_in_sentences_are_no_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words_in_any_order_of_the_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_boxes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
