/*
 * test_copy_guard.c - which tokens the copy constraint lets through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "worker/copy_guard.h"

static const char SOURCE[] =
    "Le président Émile Dupont-Durand a visité PARIS le 14 juillet 2024 avec l'OTAN et "
    "1 500 personnes; l'Élysée confirme 3,5 %. The Straße is long. iPhone 15.";

static copy_guard *open_guard(const char *source)
{
    copy_guard *g = NULL;
    assert_int_equal(copy_guard_new(&g, span_from_string(source), NULL), HUIS_OK);
    copy_guard_reset(g);
    return g;
}

/* Whether every byte of the text may follow, then its end. */
static bool allows_text(copy_guard *g, const char *text, size_t token_bytes)
{
    const span all = span_from_string(text);
    copy_guard_reset(g);
    for (size_t pos = 0; pos < all.len; pos += token_bytes) {
        const span token = span_slice(all, pos, pos + token_bytes);
        if (!copy_guard_allows(g, token)) {
            return false;
        }
        copy_guard_push(g, token);
    }
    return copy_guard_allows_end(g);
}

static void names_and_numbers_of_the_source_pass(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_allowed;
    } CASES[] = {
        {"", true},
        {"rien de tel ici", true},
        {"Paris en 2024", true},
        {"paris en 2024", true},
        {"Émile Dupont a visité Paris", true},
        {"ÉMILE DUPONT", true},
        {"L'Élysée: 3,5 % et 1 500", true},
        {"l'OTAN, l'Otan", true},
        {"Le président", true},
        {"STRASSE", false},
        {"Straße", true},
        {"iPhone 15", true},
        {"iPhone 16", false},
        {"iPad", false},
        {"Marseille", false},
        {"Pari", false},
        {"Parisien", false},
        {"2025", false},
        {"202", false},
        {"20245", false},
        {"14 juin", true},
        {"Dupond", false},
        {"Emile", false},
        {"4", false},
        {"35", false},
        {"petit4", false},
        {"x14y", true},
        {"Ж", false},
        {"14", true},
    };
    copy_guard *g = open_guard(SOURCE);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        for (size_t token_bytes = 1; token_bytes <= 7; token_bytes++) {
            if (allows_text(g, CASES[i].text, token_bytes) != CASES[i].is_allowed) {
                fail_msg("\"%s\" in tokens of %zu bytes", CASES[i].text, token_bytes);
            }
        }
    }
    g = copy_guard_free(g);
}

/* The token that begins a foreign name is refused, not the one that completes it. */
static void refusal_comes_as_early_as_it_can(void **state)
{
    (void)state;
    copy_guard *g = open_guard(SOURCE);
    copy_guard_push(g, SPAN("à "));
    assert_true(copy_guard_allows(g, SPAN("Par")));
    assert_false(copy_guard_allows(g, SPAN("Z")));
    assert_false(copy_guard_allows(g, SPAN("Pax")));
    assert_false(copy_guard_allows(g, SPAN("9")));
    copy_guard_push(g, SPAN("Par"));
    assert_true(copy_guard_allows(g, SPAN("is.")));
    assert_false(copy_guard_allows(g, SPAN(".")));
    assert_false(copy_guard_allows(g, SPAN(" x")));
    assert_false(copy_guard_allows_end(g));
    g = copy_guard_free(g);
}

/* Without capitals a name cannot be seen: each character must be one of the source. */
static void scripts_without_case_are_copied_by_character(void **state)
{
    (void)state;
    copy_guard *g = open_guard("La capitale est 東京都 (Tōkyō).");
    assert_true(allows_text(g, "京都", 1));
    assert_true(allows_text(g, "東京 Tōkyō", 2));
    assert_false(allows_text(g, "巴黎", 3));
    assert_false(allows_text(g, "x京x大", 2));
    g = copy_guard_free(g);
}

static void quotations_are_copied_word_for_word(void **state)
{
    (void)state;
    static const char QUOTED[] =
        "\"The pool is closed,\" said Anna, \"and it can't open before Monday.\" Le maire a dit : "
        "«\xC2\xA0Nous n’avons\nrien d\xC3\xA9"
        "cid\xC3\xA9, rien.\xC2\xA0» A 27\" screen. The pool is warm.";
    static const struct {
        const char *text;
        bool is_allowed;
    } CASES[] = {
        {"Anna said: \"the pool is closed\"", true},
        {"Anna said: “The pool is closed.”", true},
        {"Anna said: „The pool is closed.“", true},
        {"the \"pool\" is \"warm\"", true},
        {"\"IT CAN'T OPEN\", \"before Monday\".", true},
        {"« Nous n'avons rien décidé »", true},
        {"« rien décidé ; rien »", true},
        {"\"\"", true},
        {"no \"mark of inches\"", false},
        {"a 27\" screen, warm", true},
        /* Every word is the source's, the run is not. */
        {"Anna said: \"The pool is open\"", false},
        {"Anna said: \"the pool can't open\"", false},
        {"Anna said: \"The pool closed\"", false},
        {"« Nous avons décidé »", false},
        {"“closed pool”", false},
        /* Half a word, and a quotation that nobody ends. */
        {"\"it can't open before Mon\"", false},
        {"the \"poo\"", false},
        {"Anna said: \"the pool is closed", false},
        {"« rien", false},
        /* What stands outside is free again. */
        {"\"the pool\" was opened, so they lied", true},
    };
    copy_guard *g = open_guard(QUOTED);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        for (size_t token_bytes = 1; token_bytes < 12; token_bytes++) {
            if (allows_text(g, CASES[i].text, token_bytes) != CASES[i].is_allowed) {
                fail_msg("'%s' by %zu bytes: expected %d", CASES[i].text, token_bytes,
                         CASES[i].is_allowed);
            }
        }
    }
    /* The first wrong token is refused. */
    copy_guard_reset(g);
    copy_guard_push(g, SPAN("she says \"the pool is"));
    assert_true(copy_guard_allows(g, SPAN(" warm")));
    assert_true(copy_guard_allows(g, SPAN(" clo")));
    assert_false(copy_guard_allows(g, SPAN(" open")));
    assert_true(copy_guard_allows(g, SPAN("\" and")));
    assert_false(copy_guard_allows_end(g));
    g = copy_guard_free(g);
}

/* Sources with nothing to quote, with one word only, and longer than can be quoted from. */
static void quotations_of_odd_sources(void **state)
{
    (void)state;
    enum { LONG_BYTES = 3 << 20 };
    copy_guard *g = open_guard("");
    assert_false(allows_text(g, "\"a\"", 1));
    assert_true(allows_text(g, "a \"\" b", 1));
    g = copy_guard_free(g);
    static char repeated[64 * 1024];
    memset(repeated, ' ', sizeof(repeated) - 1);
    for (size_t i = 0; i + 1 < sizeof(repeated); i += 2) {
        repeated[i] = 'a';
    }
    g = open_guard(repeated);
    assert_true(allows_text(g, "\"a a a a\"", 2));
    assert_false(allows_text(g, "\"a a b a\"", 2));
    /* Longer than a quotation may be. */
    repeated[0] = '"';
    repeated[8191] = '\0';
    assert_false(allows_text(g, repeated, 64));
    g = copy_guard_free(g);
    char *const text = malloc(LONG_BYTES);
    assert_non_null(text);
    memset(text, 'b', LONG_BYTES - 1);
    for (size_t i = 0; i + 1 < LONG_BYTES; i += 3) {
        text[i] = ' ';
    }
    text[LONG_BYTES - 1] = '\0';
    g = open_guard(text);
    assert_false(allows_text(g, "\"bb bb\"", 1));
    assert_true(allows_text(g, "bb bb", 1));
    g = copy_guard_free(g);
    free(text);
}

static void odd_sources_and_bytes_are_fine(void **state)
{
    (void)state;
    copy_guard *g = open_guard("");
    assert_true(allows_text(g, "nothing but small words", 3));
    assert_false(allows_text(g, "X", 1));
    assert_true(allows_text(g, "\xff\xe2\x82 \xc3", 1));
    g = copy_guard_free(g);
    /* A word longer than any state holds. */
    char text[400];
    memset(text, 'a', sizeof(text));
    text[0] = 'A';
    text[399] = '\0';
    g = open_guard(text);
    assert_false(allows_text(g, text, 5));
    text[0] = 'a';
    assert_true(allows_text(g, text, 5));
    g = copy_guard_free(g);
}

/* Random answers: the verdict does not depend on the tokens, and what is allowed has only runs of the
 * source. */
static void tokens_do_not_matter(void **state)
{
    (void)state;
    static const char *const PIECES[] = {"Paris", "Pa",   "ris", " ",  "20", "24",      "2024",
                                         "x",     "É",    "l'",  "é",  ",",  "1",       "4",
                                         "OTAN",  "\xc3", "\"",  "« ", " »", "a visité"};
    rng r;
    rng_init(&r, 3);
    copy_guard *g = open_guard(SOURCE);
    size_t n_allowed = 0;
    for (size_t round = 0; round < 5000; round++) {
        char text[128] = {0};
        for (uint32_t n = 1 + rng_next_below(&r, 5); n > 0; n--) {
            (void)strncat(text, PIECES[rng_next_below(&r, 20)], 16);
        }
        const bool verdict = allows_text(g, text, 1);
        assert_int_equal(verdict, allows_text(g, text, 1 + rng_next_below(&r, 9)));
        assert_int_equal(verdict, allows_text(g, text, 128));
        n_allowed += verdict ? 1 : 0;
    }
    assert_true(n_allowed > 500 && n_allowed < 4500);
    g = copy_guard_free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_numbers_of_the_source_pass),
        cmocka_unit_test(refusal_comes_as_early_as_it_can),
        cmocka_unit_test(scripts_without_case_are_copied_by_character),
        cmocka_unit_test(quotations_are_copied_word_for_word),
        cmocka_unit_test(quotations_of_odd_sources),
        cmocka_unit_test(odd_sources_and_bytes_are_fine),
        cmocka_unit_test(tokens_do_not_matter),
    };
    return cmocka_run_group_tests_name("copy_guard", tests, NULL, NULL);
}
