/*
 * test_parts.c - where long texts fall into parts: marks of the writer, and changes of topic.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../feature/pseudo_text.h"
#include "base/memory.h"
#include "document/document.h"

enum { TEXT_BYTES = 1 << 26 };

typedef struct found {
    document_part *parts;
    size_t n;
} found;

static found find(span text, document_genre genre)
{
    found f = {0};
    huis_error err;
    assert_int_equal(document_find_parts(text, genre, &f.parts, &f.n, &err), HUIS_OK);
    assert_true(f.n > 0);
    size_t end = 0;
    for (size_t i = 0; i < f.n; i++) { /* without gaps, never empty */
        assert_int_equal(f.parts[i].start, end);
        assert_true(f.parts[i].end > end);
        end = f.parts[i].end;
    }
    assert_int_equal(end, text.len);
    return f;
}

static void test_chapters(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, TEXT_BYTES);
    pseudo_book(&b, 30, 20000);
    found f = find(buffer_span(&b), DOCUMENT_ARTICLE);
    assert_int_equal(f.n, 30);
    for (size_t i = 0; i < f.n; i++) {
        assert_true(span_starts_with(span_slice(buffer_span(&b), f.parts[i].start, f.parts[i].end),
                                     SPAN("Chapter ")));
    }
    memory_free(f.parts);
    buffer_deinit(&b);
}

/* One heading before each of three long sections. */
static void test_headings(void **state)
{
    (void)state;
    static const char *const MARKS[][3] = {
        {"# One\n\n", "## Two\n\n", "# Three\n\n"},
        {"CHAPITRE I\n\n", "CHAPITRE II - Le retour\n\n", "Épilogue\n\n"},
        {"Title\n=====\n\n", "Other\n=====\n\n", "Last\n====\n\n"},
        {"PART ONE\n\n", "THE LONG ROAD\n\n", "Part Two. Home\n\n"},
        {"=== 1 / 3 ===\n", "=== 2 / 3 ===\n", "=== 3 / 3 ===\n"},
    };
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        pseudo_random r = {.state = i};
        buffer b;
        buffer_init(&b, TEXT_BYTES);
        for (size_t k = 0; k < 3; k++) {
            (void)buffer_append_string(&b, MARKS[i][k]);
            pseudo_paragraphs(&b, &r, 1, 4000);
        }
        found f = find(buffer_span(&b), DOCUMENT_ARTICLE);
        if (f.n != 3) {
            fail_msg("row %zu: %zu parts", i, f.n);
        }
        memory_free(f.parts);
        buffer_deinit(&b);
    }
}

/* Lines that look a little like headings are none; a list of contents is no list of parts. */
static void test_no_headings(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "Chapter by chapter the book goes on, and the reader follows.\n\n",
        "Part of it.\n\n",
        "#hashtag of the day\n\n",
        "A normal line\n\n",
        "12\n\n",
        "===\n\n",
        "Chapter 1\nChapter 2\nChapter 3\n\nChapter 4\n\nChapter 5\n\n"};
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        pseudo_random r = {.state = i};
        buffer b;
        buffer_init(&b, TEXT_BYTES);
        pseudo_paragraphs(&b, &r, 1, 900);
        (void)buffer_append_string(&b, LINES[i]);
        pseudo_paragraphs(&b, &r, 1, 900);
        found f = find(buffer_span(&b), DOCUMENT_ARTICLE);
        assert_true(f.n == 1);
        memory_free(f.parts);
        buffer_deinit(&b);
    }
}

/* Eight topics of 8 kB: each border but one lies within 600 bytes of one that was found, and not
 * many more are. */
static void test_topics(void **state)
{
    (void)state;
    buffer b;
    size_t borders[8];
    pseudo_random r = {.state = 3};
    buffer_init(&b, TEXT_BYTES);
    for (uint32_t i = 0; i < 8; i++) {
        borders[i] = b.len;
        pseudo_paragraphs(&b, &r, 10 * i, 8000);
    }
    found f = find(buffer_span(&b), DOCUMENT_DIALOGUE);
    size_t n_near = 0;
    for (size_t i = 1; i < 8; i++) {
        bool near = false;
        for (size_t k = 0; k < f.n; k++) {
            near = near ||
                   (f.parts[k].start + 600 > borders[i] && f.parts[k].start < borders[i] + 600);
        }
        n_near += near ? 1 : 0;
    }
    if (n_near < 6 || f.n > 14) {
        fail_msg("%zu of 7 borders found, %zu parts", n_near, f.n);
    }
    memory_free(f.parts);
    buffer_deinit(&b);
}

/* Texts without lines, words or anything to hold on to. */
static void test_shapeless(void **state)
{
    (void)state;
    static const char *const UNITS[] = {
        "a",   "\xC3\xA9",        "word ",        "\n", "\xF0\x9F\x98\x80",
        "# x", "=== 1 / 2 ===\n", "Chapter 1\n\n"};
    for (size_t i = 0; i < sizeof(UNITS) / sizeof(UNITS[0]); i++) {
        buffer b;
        buffer_init(&b, TEXT_BYTES);
        while (b.len < 3000000) {
            (void)buffer_append_string(&b, UNITS[i]);
        }
        for (document_genre genre = 0; genre <= DOCUMENT_DIALOGUE; genre++) {
            found f = find(buffer_span(&b), genre);
            for (size_t k = 0; k < f.n; k++) {
                assert_int_not_equal(b.ptr[f.parts[k].start] & 0xC0, 0x80);
            }
            memory_free(f.parts);
        }
        buffer_deinit(&b);
    }
    found f = find(SPAN("x"), 0);
    memory_free(f.parts);
}

/* Every allocation fails once. */
/* No part starts or ends inside code, neither at a comment that looks like a heading nor where the
 * topic changes; a fence that nothing closes opens no code. */
static void test_code_is_not_cut(void **state)
{
    (void)state;
    for (size_t lines = 1; lines <= 20000; lines *= 20) {
        pseudo_random r = {.state = (uint32_t)lines};
        buffer b;
        buffer_init(&b, TEXT_BYTES);
        for (size_t k = 0; k < 4; k++) {
            pseudo_paragraphs(&b, &r, (uint32_t)k, 40000);
            (void)buffer_append_string(&b, "\n```\n");
            for (size_t i = 0; i < lines; i++) {
                (void)buffer_append_string(&b, "\n# build everything\n\nmake all\n");
            }
            (void)buffer_append_string(&b, "```\n\n");
        }
        (void)buffer_append_string(&b, "## Last\n\n```\n");
        pseudo_paragraphs(&b, &r, 1, 4000);
        (void)buffer_append_string(&b, "\n\n# After\n\n");
        pseudo_paragraphs(&b, &r, 1, 4000);
        const span text = buffer_span(&b);
        found f = find(text, DOCUMENT_ARTICLE);
        assert_true(f.n >= 4);
        assert_true(
            span_starts_with(span_slice(text, f.parts[f.n - 1].start, text.len), SPAN("# After")));
        size_t i = 0, n_fences = 0;
        for (size_t pos = 0; pos < text.len; pos++) {
            n_fences += span_starts_with(span_slice(text, pos, text.len), SPAN("```")) ? 1 : 0;
            if (i < f.n && pos == f.parts[i].start) {
                assert_true(n_fences % 2 == 0 || i + 1 == f.n);
                i++;
            }
        }
        memory_free(f.parts);
        buffer_deinit(&b);
    }
}

static void test_no_memory(void **state)
{
    (void)state;
    buffer b;
    huis_error err;
    buffer_init(&b, TEXT_BYTES);
    pseudo_book(&b, 40, 20000);
    pseudo_meeting(&b, 4, 40000);
    bool failed = true;
    for (uint64_t n = 0; failed; n++) {
        document_part *parts = NULL;
        size_t count = 0;
        memory_fail_after(n);
        const int status =
            document_find_parts(buffer_span(&b), DOCUMENT_ARTICLE, &parts, &count, &err);
        memory_fail_after(UINT64_MAX);
        failed = status != HUIS_OK;
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        memory_free(parts);
    }
    buffer_deinit(&b);
}

/* Offsets of a part are those of the whole text. */
static void test_part_offsets(void **state)
{
    (void)state;
    static const char TEXT[] = "Ann: first things first.\n\nBen: I will call the office on Monday. "
                               "It opens at nine.\nAnn: Good, then we know more.\n";
    const span text = span_from_string(TEXT);
    const size_t start = (size_t)(strstr(TEXT, "Ben") - TEXT);
    const document_part part = {.start = start, .end = text.len, .genre = DOCUMENT_DIALOGUE};
    document d;
    arena memory;
    huis_error err;
    arena_init(&memory, 1 << 20);
    assert_int_equal(document_analyse_part(&d, text, &part, &memory, &err), HUIS_OK);
    assert_int_equal(d.n_sentences, 3);
    assert_ptr_equal(d.text.ptr, TEXT);
    assert_int_equal(d.sentences[0].start, start);
    assert_memory_equal(TEXT + d.sentences[1].start, "It opens", 8);
    const document_segment *const last = &d.segments[d.sentences[2].segment];
    assert_memory_equal(TEXT + last->name_start, "Ann", 3);
    arena_deinit(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chapters),    cmocka_unit_test(test_headings),
        cmocka_unit_test(test_no_headings), cmocka_unit_test(test_topics),
        cmocka_unit_test(test_shapeless),   cmocka_unit_test(test_code_is_not_cut),
        cmocka_unit_test(test_no_memory),   cmocka_unit_test(test_part_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
