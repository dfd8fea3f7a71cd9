/*
 * test_text_filter.c - stop strings and the word limit, whatever the pieces the text comes in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "worker/text_filter.h"

typedef struct filtered {
    buffer text;
    bool is_over; /* before the end of the input */
    huis_finish finish;
} filtered;

/* Feeds `text` in pieces of `piece` bytes (at least a character each); 0: pieces of random size. */
static filtered run_filter(const huis_generate_options *options, span text, size_t piece, rng *r)
{
    text_filter f;
    filtered result = {.is_over = false};
    buffer_init(&result.text, 65536);
    text_filter_init(&f, options);
    for (size_t pos = 0; pos < text.len && !f.is_over;) {
        const size_t wanted = piece > 0 ? piece : 1 + rng_next_below(r, 5);
        size_t n = 0;
        while (n < wanted && pos + n < text.len) {
            uint32_t code = 0;
            n += utf8_next(text, pos + n, &code);
        }
        assert_true(text_filter_push(&f, span_from(text.ptr + pos, n), &result.text));
        pos += n;
    }
    result.is_over = f.is_over;
    assert_true(text_filter_finish(&f, &result.text));
    result.finish = f.finish;
    text_filter_deinit(&f);
    return result;
}

/* Words as design, section 2, defines them; another way round than the filter counts. */
static size_t count_words(span text)
{
    size_t n = 0;
    size_t pos = 0;
    while (pos < text.len) {
        bool has_character = false;
        uint32_t code = 0;
        size_t len = utf8_next(text, pos, &code);
        while (pos < text.len && !text_filter_is_space(code)) {
            has_character = has_character || text_filter_is_word_character(code);
            pos += len;
            len = pos < text.len ? utf8_next(text, pos, &code) : 1;
        }
        pos += len;
        n += has_character ? 1 : 0;
    }
    return n;
}

static const char *const PIECES[] = {"word", " ", "  ", "\n",       "!",  " – ",  "(", "5",
                                     "é",    "ß", ".",  "\xc2\xa0", "€",  "STOP", "S", "TOP",
                                     "日本", "🎉", "'",  "-",        "ST", "\n\n", "a", "b"};

static void make_text(buffer *text, rng *r)
{
    const uint32_t n = rng_next_below(r, 30);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t k = rng_next_below(r, sizeof(PIECES) / sizeof(PIECES[0]));
        (void)buffer_append_string(text, PIECES[k]);
    }
}

/* Three properties over random texts: the pieces do not matter, the limits hold, and what is shown is
 * a prefix of what was said. */
static void pieces_do_not_matter(void **state)
{
    (void)state;
    static const char *const STOPS[] = {"STOP", "\n\n", "TOPS"};
    rng r;
    rng_init(&r, 11);
    for (size_t round = 0; round < 3000; round++) {
        buffer text;
        buffer_init(&text, 65536);
        make_text(&text, &r);
        const huis_generate_options options = {
            .max_words = rng_next_below(&r, 6), .stop = STOPS, .n_stop = rng_next_below(&r, 4)};
        filtered whole = run_filter(&options, buffer_span(&text), SIZE_MAX, &r);
        filtered single = run_filter(&options, buffer_span(&text), 1, &r);
        filtered random = run_filter(&options, buffer_span(&text), 0, &r);
        const span shown = buffer_span(&whole.text);
        assert_true(span_equal(shown, buffer_span(&single.text)));
        assert_true(span_equal(shown, buffer_span(&random.text)));
        assert_int_equal(whole.finish, single.finish);
        assert_true(span_starts_with(buffer_span(&text), shown));
        for (size_t i = 0; i < options.n_stop; i++) {
            assert_true(shown.len == 0 ||
                        memmem(shown.ptr, shown.len, STOPS[i], strlen(STOPS[i])) == NULL);
        }
        if (options.max_words > 0) {
            assert_true(count_words(shown) <= options.max_words);
        }
        if (!whole.is_over && whole.finish == HUIS_FINISH_STOP) {
            assert_int_equal(shown.len, text.len);
        }
        buffer_deinit(&whole.text);
        buffer_deinit(&single.text);
        buffer_deinit(&random.text);
        buffer_deinit(&text);
    }
}

static void text_is_shown_as_soon_as_it_is_certain(void **state)
{
    (void)state;
    static const char *const STOPS[] = {"END"};
    const huis_generate_options options = {.stop = STOPS, .n_stop = 1};
    text_filter f;
    buffer out;
    buffer_init(&out, 100);
    text_filter_init(&f, &options);
    assert_true(text_filter_push(&f, SPAN("abc E"), &out));
    assert_string_equal(buffer_string(&out), "abc ");
    assert_true(text_filter_push(&f, SPAN("N"), &out));
    assert_string_equal(buffer_string(&out), "abc ");
    assert_true(text_filter_push(&f, SPAN("d"), &out));
    assert_string_equal(buffer_string(&out), "abc ENd");
    assert_false(f.is_over);
    assert_true(text_filter_push(&f, SPAN("EEND of it"), &out));
    assert_string_equal(buffer_string(&out), "abc ENdE");
    assert_true(f.is_over);
    assert_int_equal(f.finish, HUIS_FINISH_STOP);
    text_filter_reset(&f);
    buffer_reset(&out);
    assert_true(text_filter_push(&f, SPAN("again"), &out));
    assert_string_equal(buffer_string(&out), "again");
    text_filter_deinit(&f);
    buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_do_not_matter),
        cmocka_unit_test(text_is_shown_as_soon_as_it_is_certain),
    };
    return cmocka_run_group_tests_name("text_filter", tests, NULL, NULL);
}
