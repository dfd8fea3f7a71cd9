/*
 * test_html_pages.c - the main text of cluttered pages: precision and recall of words.
 *
 * The pages of tests/unit/document/html were written for this after what sites serve: news, blogs,
 * a shop, a wiki, a forum, a recipe, a manual, a list archive, a wall of cookies, AMP, tables of the
 * nineties, a page that a script draws. What is their own text stands between <!--main--> and
 * <!--/main-->; comments do not reach the reader.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "document/reader_html.h"
#include "document/text_chars.h"

enum { MAX_WORDS = 2000 };

typedef struct word_list {
    span words[MAX_WORDS];
    size_t n;
} word_list;

static int by_text(const void *a, const void *b)
{
    const span *const p = a;
    const span *const q = b;
    const size_t len = p->len < q->len ? p->len : q->len;
    const int order = memcmp(p->ptr, q->ptr, len);
    return order != 0 ? order : p->len < q->len ? -1 : p->len > q->len;
}

/* Runs of letters and digits, sorted. */
static void split_words(span text, word_list *out)
{
    size_t pos = 0;
    out->n = 0;
    while (pos < text.len) {
        const size_t start = pos;
        size_t len = 0;
        while (pos < text.len && char_is_word(char_at(text, pos, &len))) {
            pos += len;
        }
        if (pos > start && out->n < MAX_WORDS) {
            out->words[out->n++] = span_slice(text, start, pos);
        }
        pos += pos == start ? len : 0;
    }
    qsort(out->words, out->n, sizeof(out->words[0]), by_text);
}

static size_t count_common(const word_list *a, const word_list *b)
{
    size_t i = 0, k = 0, n = 0;
    while (i < a->n && k < b->n) {
        const int order = by_text(&a->words[i], &b->words[k]);
        n += order == 0 ? 1 : 0;
        i += order <= 0 ? 1 : 0;
        k += order >= 0 ? 1 : 0;
    }
    return n;
}

/* Appends what stands between the marks, as a page of its own. */
static void append_gold(buffer *out, span page)
{
    static const char OPEN[] = "<!--main-->", CLOSE[] = "<!--/main-->";
    const char *at = page.ptr;
    const char *const end = page.ptr + page.len;
    (void)buffer_append_string(out, "<html><meta charset=utf-8><body><article>");
    while ((at = memmem(at, (size_t)(end - at), OPEN, sizeof(OPEN) - 1)) != NULL) {
        const char *const stop = memmem(at, (size_t)(end - at), CLOSE, sizeof(CLOSE) - 1);
        assert_non_null(stop);
        (void)buffer_append(out, span_from(at, (size_t)(stop - at)));
        (void)buffer_append_string(out, "<p>");
        at = stop;
    }
}

/* Of a page without marks: its file beside it, NAME.txt. */
static void read_gold(buffer *out, const char *path, span page)
{
    if (memmem(page.ptr, page.len, "<!--main-->", 11) != NULL) {
        append_gold(out, page);
        return;
    }
    char text_path[600];
    (void)snprintf(text_path, sizeof(text_path), "%.*s.txt", (int)(strlen(path) - 5), path);
    assert_int_equal(file_read(out, text_path, NULL), 0);
}

typedef struct score {
    size_t common, found, gold;
} score;

static score measure_page(const char *path)
{
    static word_list found, gold;
    buffer page, gold_html;
    buffer_init(&page, LIMIT_MIB);
    buffer_init(&gold_html, LIMIT_MIB);
    assert_int_equal(file_read(&page, path, NULL), 0);
    read_gold(&gold_html, path, buffer_span(&page));
    reader_result r, g;
    reader_result_init(&r);
    reader_result_init(&g);
    assert_int_equal(reader_read_html(&r, buffer_span(&page), NULL), 0);
    assert_int_equal(reader_read_html(&g, buffer_span(&gold_html), NULL), 0);
    split_words(buffer_span(&r.text), &found);
    split_words(buffer_span(&g.text), &gold);
    const score s = {count_common(&found, &gold), found.n, gold.n};
    reader_result_deinit(&r);
    reader_result_deinit(&g);
    buffer_deinit(&page);
    buffer_deinit(&gold_html);
    return s;
}

static double share(size_t part, size_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static int is_page(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return len > 5 && strcmp(entry->d_name + len - 5, ".html") == 0;
}

static void test_pages(void **state)
{
    (void)state;
    struct dirent **names = NULL;
    const int n = scandir(PAGES_DIR, &names, is_page, alphasort);
    assert_true(n >= 18);
    score all = {0};
    for (int i = 0; i < n; i++) {
        char path[512];
        (void)snprintf(path, sizeof(path), "%s/%s", PAGES_DIR, names[i]->d_name);
        const score s = measure_page(path);
        const double precision = share(s.common, s.found), recall = share(s.common, s.gold);
        print_message("# %-24s precision %.3f recall %.3f\n", names[i]->d_name, precision, recall);
        if (precision < 0.7 || recall < 0.95) {
            fail_msg("%s: precision %.3f, recall %.3f", names[i]->d_name, precision, recall);
        }
        all.common += s.common;
        all.found += s.found;
        all.gold += s.gold;
        free(names[i]);
    }
    free(names);
    print_message("# all: precision %.3f recall %.3f\n", share(all.common, all.found),
                  share(all.common, all.gold));
    assert_true(share(all.common, all.found) > 0.94);
    assert_true(share(all.common, all.gold) > 0.98);
}

static void expect(const char *html, const char *text)
{
    reader_result r;
    huis_error err;
    reader_result_init(&r);
    if (reader_read_html(&r, span_from_string(html), &err) != 0) {
        fail_msg("%s: %s", html, err.message);
    }
    assert_string_equal(buffer_string(&r.text), text);
    reader_result_deinit(&r);
}

#define PROSE "One two three four five six seven eight nine ten words of prose."

static void test_hints(void **state)
{
    (void)state;
    expect("<body><div class='menuBar'><p>" PROSE "</div><div><p>" PROSE "<p>" PROSE "</div>",
           PROSE "\n\n" PROSE);
    /* "no-sidebar" says nothing of the part itself. */
    expect("<body><div class='content no-sidebar with-menu'><p>" PROSE "</div>", PROSE);
    /* A page that is nothing but comments is made of them. */
    expect("<body><div class='comments'><div class=comment><b>Ada</b> " PROSE
           "</div><div class=comment><b>Bo</b> " PROSE "</div></div>",
           "Ada " PROSE "\nBo " PROSE);
    /* The whole page in a form. */
    expect("<body><form><div><p>" PROSE "</div></form>", PROSE);
    expect("<body><div id=root></div><noscript>This page needs a script.</noscript>",
           "This page needs a script.");
    expect(
        "<body><script type='application/ld+json'>{\"articleBody\" : \"A \\\"caf\\u00e9\\\"\\nof "
        "words.\"}</script>",
        "A \"caf\xC3\xA9\"\nof words.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pages), cmocka_unit_test(test_hints)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
