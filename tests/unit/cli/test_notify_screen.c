/*
 * test_notify_screen.c - the live view: frames hold what they should and nothing that a terminal
 * obeys but what the view itself sends; keys do what they say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cli/notify_screen.h"
#include "cli/terminal_text.h"

static const char *const WHY[] = {"from Anna, who matters", "asks a question"};
static const char *const ACTIONS[] = {"Reply", "Mark read"};

static const screen_item ITEMS[] = {
    {.id = "n1",
     .app = "Signal",
     .sender = "Anna",
     .title = "Anna",
     .body = "Je suis devant la porte, tu ouvres ? Il fait très froid et mon téléphone n'a plus de "
             "batterie. 🥶🥶",
     .time = {.seconds = 1795000000, .known = true},
     .cls = HUIS_NOTIFY_CRITICAL,
     .score = 0.97,
     .interrupt = true,
     .reasons = WHY,
     .n_reasons = 2,
     .actions = ACTIONS,
     .n_actions = 2},
    {.id = "n2",
     .app = "Agenda",
     .title = "Dentist at 15:00",
     .deadline = "2026-11-18T15:00:00+01:00",
     .time = {.seconds = 1794990000, .known = true},
     .cls = HUIS_NOTIFY_TODAY,
     .score = 0.8,
     .reasons = WHY,
     .n_reasons = 1},
    {.id = "n3",
     .app = "Shop",
     .title = "日本語のセール 50% オフ",
     .body = "line one\nline two\tend",
     .time = {.seconds = 1794000000, .known = true},
     .cls = HUIS_NOTIFY_NOISE,
     .score = 0.1,
     .reasons = WHY,
     .n_reasons = 1},
    {.id = "n4",
     .app = "\033]0;title\007Bank",
     .sender = "\033[2J\033[31mPay\xC2\x9B"
               "31m",
     .title = "\xE2\x80\xAEtxt.exe",
     .body = "a\x01"
             "b\x7F"
             "c\r\nd\033[6n \xE2\x80\x8B"
             "e\xF3\xA0\x81\x81",
     .time = {.seconds = 1794999999, .known = true},
     .cls = HUIS_NOTIFY_HOSTILE,
     .score = 0,
     .reasons = WHY,
     .n_reasons = 1},
};
enum { N_ITEMS = sizeof(ITEMS) / sizeof(ITEMS[0]) };

static void set_up(notify_screen *s, unsigned rows, unsigned columns, bool color)
{
    notify_screen_init(s, rows, columns, color);
    s->now = 1795000100;
    assert_true(notify_screen_set(s, ITEMS, N_ITEMS));
}

/* Takes the view's own sequences out of a frame and checks that nothing else is there; rows are
 * terminated lines of `out`. Each row is no wider than the screen. */
static void read_frame(const notify_screen *s, span f, char *out, size_t size)
{
    size_t n = 0;
    unsigned row = 1;
    size_t row_start = 0;
    for (size_t i = 0; i < f.len; i++) {
        const unsigned char c = (unsigned char)f.ptr[i];
        if (c != '\033') {
            assert_true(c >= 0x20 && c != 0x7F);
            assert_false(c == 0xC2 && i + 1 < f.len && (unsigned char)f.ptr[i + 1] < 0xA0);
            assert_true(n + 2 < size);
            out[n++] = (char)c;
            continue;
        }
        assert_int_equal(f.ptr[++i], '[');
        const size_t from = ++i;
        while (i < f.len && (f.ptr[i] == ';' || (f.ptr[i] >= '0' && f.ptr[i] <= '9'))) {
            i++;
        }
        assert_true(i < f.len && strchr("mHKJ", f.ptr[i]) != NULL);
        if (f.ptr[i] == 'H' && i > from) {
            const unsigned to = (unsigned)strtoul(&f.ptr[from], NULL, 10);
            assert_true(to >= row && to <= s->rows);
            assert_true(terminal_width(span_from(&out[row_start], n - row_start)) <= s->columns);
            if (to > row) {
                out[n++] = '\n';
                row_start = n;
            }
            row = to;
        }
    }
    assert_true(terminal_width(span_from(&out[row_start], n - row_start)) <= s->columns);
    out[n] = '\0';
}

static void draw(notify_screen *s, char *out, size_t size)
{
    buffer b;
    buffer_init(&b, LIMIT_MIB);
    notify_screen_draw(s, &b);
    assert_true(buffer_ok(&b));
    read_frame(s, buffer_span(&b), out, size);
    buffer_deinit(&b);
}

static void test_frames_at_every_size(void **state)
{
    static char text[LIMIT_MIB];
    static const unsigned SIZES[][2] = {{24, 80}, {40, 120},  {4, 20}, {3, 10},
                                        {5, 33},  {200, 400}, {1, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof(SIZES) / sizeof(SIZES[0]); i++) {
        for (unsigned color = 0; color < 2; color++) {
            notify_screen s;
            set_up(&s, SIZES[i][0], SIZES[i][1], color != 0);
            for (const char *k = " jjjj\re\x1B"
                                 "e/\x08x\xC3\xA9\r\x1B";
                 *k != '\0'; k++) {
                draw(&s, text, sizeof(text));
                (void)notify_screen_press(&s, *k == '\r'     ? KEY_ENTER
                                              : *k == '\x1B' ? KEY_ESCAPE
                                              : *k == '\x08' ? KEY_BACKSPACE
                                                             : (unsigned char)*k);
            }
            notify_screen_deinit(&s);
        }
    }
}

static void test_the_list_says_what_and_why(void **state)
{
    static char text[65536];
    notify_screen s;
    (void)state;
    set_up(&s, 24, 80, true);
    draw(&s, text, sizeof(text));
    assert_non_null(strstr(text, "critical"));
    assert_non_null(strstr(text, "Anna · Signal  Je suis devant"));
    assert_non_null(strstr(text, "from Anna, who matters · asks a question"));
    assert_non_null(strstr(text, "…"));
    assert_non_null(strstr(text, "Dentist at 15:00"));
    assert_non_null(strstr(text, "hostile"));
    assert_non_null(strstr(text, "line one line two end") == NULL ? strstr(text, "line one")
                                                                  : text);
    assert_null(strstr(text, "\033"));
    assert_ptr_equal(notify_screen_selected(&s), &s.items[0]);
    notify_screen_deinit(&s);
}

static void test_keys_are_wishes(void **state)
{
    static char text[65536];
    notify_screen s;
    (void)state;
    set_up(&s, 24, 80, false);
    assert_int_equal(notify_screen_press(&s, 'd'), WISH_DISMISS);
    assert_int_equal(notify_screen_press(&s, 'u'), WISH_HIGHER);
    assert_int_equal(notify_screen_press(&s, 'n'), WISH_LOWER);
    assert_int_equal(notify_screen_press(&s, KEY_ENTER), WISH_OPENED);
    draw(&s, text, sizeof(text));
    assert_non_null(strstr(text, "[1] Reply  [2] Mark read"));
    assert_int_equal(notify_screen_press(&s, '2'), WISH_ACTION);
    assert_int_equal(s.action, 1);
    assert_int_equal(notify_screen_press(&s, '3'), WISH_NONE);
    assert_int_equal(notify_screen_press(&s, 'q'), WISH_NONE); /* back to the list */
    assert_int_equal(s.mode, SCREEN_LIST);
    (void)notify_screen_press(&s, KEY_END);
    assert_string_equal(notify_screen_selected(&s)->id, "n4");
    (void)notify_screen_press(&s, KEY_DOWN);
    assert_string_equal(notify_screen_selected(&s)->id, "n4");
    (void)notify_screen_press(&s, KEY_HOME);
    assert_string_equal(notify_screen_selected(&s)->id, "n1");
    (void)notify_screen_press(&s, 'e');
    draw(&s, text, sizeof(text));
    assert_non_null(strstr(text, "- asks a question"));
    assert_int_equal(notify_screen_press(&s, KEY_ESCAPE), WISH_NONE);
    assert_int_equal(notify_screen_press(&s, 'q'), WISH_QUIT);
    assert_int_equal(notify_screen_press(&s, 3), WISH_QUIT);
    notify_screen_deinit(&s);
}

static void test_the_filter_folds_case(void **state)
{
    notify_screen s;
    (void)state;
    set_up(&s, 24, 80, false);
    (void)notify_screen_press(&s, '/');
    (void)notify_screen_press(&s, 'T');
    (void)notify_screen_press(&s, 'r');
    (void)notify_screen_press(&s, 0xC8); /* È: as in "très" */
    assert_int_equal(s.n_shown, 1);
    assert_string_equal(notify_screen_selected(&s)->id, "n1");
    (void)notify_screen_press(&s, 'q');
    assert_int_equal(s.n_shown, 0);
    assert_null(notify_screen_selected(&s));
    assert_int_equal(notify_screen_press(&s, KEY_ENTER), WISH_NONE);
    assert_int_equal(notify_screen_press(&s, 'd'), WISH_NONE); /* nothing is selected */
    (void)notify_screen_press(&s, '/');
    (void)notify_screen_press(&s, KEY_BACKSPACE);
    assert_int_equal(s.n_shown, 1);
    (void)notify_screen_press(&s, KEY_BACKSPACE);
    assert_string_equal(s.filter, "Tr");
    (void)notify_screen_press(&s, KEY_ESCAPE);
    assert_int_equal(s.n_shown, N_ITEMS);
    for (size_t i = 0; i < 1000; i++) {
        s.mode = SCREEN_FILTER;
        (void)notify_screen_press(&s, 0x1F600);
    }
    assert_true(strlen(s.filter) < SCREEN_FILTER_BYTES);
    notify_screen_deinit(&s);
}

static void test_the_selection_follows_its_item(void **state)
{
    const screen_item turned[] = {ITEMS[2], ITEMS[1], ITEMS[0]};
    notify_screen s;
    (void)state;
    set_up(&s, 24, 80, false);
    (void)notify_screen_press(&s, KEY_DOWN);
    (void)notify_screen_press(&s, KEY_DOWN);
    assert_true(notify_screen_set(&s, turned, 3));
    assert_string_equal(notify_screen_selected(&s)->id, "n3");
    (void)notify_screen_press(&s, KEY_DOWN);
    (void)notify_screen_press(&s, KEY_ENTER);
    assert_true(notify_screen_set(&s, turned, 1)); /* the open one is gone */
    assert_int_equal(s.mode, SCREEN_LIST);
    assert_true(notify_screen_set(&s, NULL, 0));
    assert_null(notify_screen_selected(&s));
    static char text[65536];
    draw(&s, text, sizeof(text));
    assert_non_null(strstr(text, "nothing here"));
    s.watching = true;
    draw(&s, text, sizeof(text));
    assert_non_null(strstr(text, "no notification yet"));
    notify_screen_deinit(&s);
}

static void test_bytes_become_keys(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t key;
        size_t used;
    } CASES[] = {{"q", 'q', 1},
                 {"\033[A", KEY_UP, 3},
                 {"\033OB", KEY_DOWN, 3},
                 {"\033[6~x", KEY_PAGE_DOWN, 4},
                 {"\r", KEY_ENTER, 1},
                 {"\x7F", KEY_BACKSPACE, 1},
                 {"é", 0xE9, 2},
                 {"\033[1;5C", KEY_NONE, 6},
                 {"\033x", KEY_ESCAPE, 1},
                 {"\xFFz", 0xFFFD, 1}};
    uint32_t key = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        assert_int_equal(notify_screen_key(span_from_string(CASES[i].bytes), true, &key),
                         CASES[i].used);
        assert_int_equal(key, CASES[i].key);
    }
    assert_int_equal(notify_screen_key(SPAN("\033"), false, &key), 0);
    assert_int_equal(notify_screen_key(SPAN("\033["), false, &key), 0);
    assert_int_equal(notify_screen_key(SPAN("\xC3"), false, &key), 0);
    assert_int_equal(notify_screen_key(SPAN("\033"), true, &key), 1);
    assert_int_equal(key, KEY_ESCAPE);
}

static void test_lines_break_at_spaces(void **state)
{
    const span text = SPAN("one two three\nfour 日本語日本語 fivefivefivefive");
    static const char *const LINES[] = {"one two", "three",    "four",    "日本語日",
                                        "本語",    "fivefive", "fivefive"};
    size_t pos = 0;
    (void)state;
    for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
        span line;
        pos = terminal_line(text, pos, 8, &line);
        assert_int_equal(line.len, strlen(LINES[i]));
        assert_memory_equal(line.ptr, LINES[i], line.len);
    }
    assert_int_equal(pos, text.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_at_every_size),
        cmocka_unit_test(test_the_list_says_what_and_why),
        cmocka_unit_test(test_keys_are_wishes),
        cmocka_unit_test(test_the_filter_folds_case),
        cmocka_unit_test(test_the_selection_follows_its_item),
        cmocka_unit_test(test_bytes_become_keys),
        cmocka_unit_test(test_lines_break_at_spaces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
