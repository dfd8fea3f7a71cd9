/*
 * test_keep_order.c - which answers are their source with words left out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "base/utf8.h"
#include "worker/keep_order.h"

static const char SOURCE[] = "Lundi, la mairie de Brest (Finistère), qui perd 1.500 "
                             "habitants par an, a annoncé "
                             "«\xC2\xA0un plan\xC2\xA0» pour la gare: 34\xC2\xA0% de "
                             "l'aide, étalée  sur\n10 "
                             "ans.";

static keep_order *open_order(const char *source)
{
    keep_order *k = NULL;
    assert_int_equal(keep_order_new(&k, span_from_string(source), NULL), HUIS_OK);
    return k;
}

/* Whether the text may be written in tokens of so many bytes, and end. */
static bool allows_text(keep_order *k, span all, size_t token_bytes)
{
    keep_order_reset(k);
    for (size_t pos = 0; pos < all.len; pos += token_bytes) {
        const size_t end = pos + token_bytes < all.len ? pos + token_bytes : all.len;
        if (!keep_order_allows(k, span_slice(all, pos, end))) {
            return false;
        }
        keep_order_push(k, span_slice(all, pos, end));
    }
    return keep_order_allows_end(k);
}

static void words_may_only_be_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_allowed;
    } CASES[] = {
        {"Lundi, la mairie de Brest a annoncé un plan pour la gare.", true},
        {"La mairie de Brest a annoncé «\xC2\xA0un plan\xC2\xA0».", true},
        {"la mairie perd 1.500 habitants", true},
        {"Étalé"
         "e sur 10 ans",
         true},
        {"étalé"
         "e sur 10 ans.",
         true},
        {" La mairie", true},
        {"Brest (Finistère), an", true},
        {"la gare: 34\xC2\xA0% de l'aide", true},
        {"la la", true},
        {"34\xC2\xA0%", true},
        {"", false},
        {"  La mairie", false},
        {"la la la", false},
        {"Brest la mairie", false},
        {"la  mairie", false},
        {"LA mairie", false},
        {"la Mairie", false},
        {"la mair", false},
        {"la mairies", false},
        {"la mairie de Paris", false},
        {"34 ans", false},
        {"34% de", false},
        {"34\xC2\xA0 ans", false},
        {"34\xC2\xA0%ans", false},
        {"500 habitants", false},
        {"1.500habitants", false},
        {"la mairie ,", false},
        {"mairieBrest", false},
        {"un plan »", false},
        {"ans. Lundi", false},
        {"aide", false},
        {"la mairie ", false},
        {"sur\n10", false},
        {") la", false},
    };
    keep_order *k = open_order(SOURCE);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        for (size_t bytes = 1; bytes < 9; bytes++) {
            if (allows_text(k, span_from_string(CASES[i].text), bytes) != CASES[i].is_allowed) {
                fail_msg("'%s' in tokens of %zu bytes", CASES[i].text, bytes);
            }
        }
    }
    keep_order_free(k);
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The next word of the text at or after *at: letters and digits only; empty: none. */
static span next_word(span text, size_t *at)
{
    while (*at < text.len && !is_word_byte(text.ptr[*at])) {
        (*at)++;
    }
    const size_t start = *at;
    while (*at < text.len && is_word_byte(text.ptr[*at])) {
        (*at)++;
    }
    return span_slice(text, start, *at);
}

/* Written apart from the automaton: every word of the answer is found after the one before it. */
static bool is_subsequence(span answer, span source)
{
    size_t at = 0;
    size_t from = 0;
    for (span word = next_word(answer, &at); word.len > 0; word = next_word(answer, &at)) {
        span found = next_word(source, &from);
        while (found.len > 0 && !span_equal(found, word)) {
            found = next_word(source, &from);
        }
        if (found.len == 0) {
            return false;
        }
    }
    return true;
}

/* A blind model: any token of a small vocabulary that is allowed. Whatever it writes and wherever it
 * stops, the words are the source's, in order, and it is never stuck. */
static void random_answers_are_subsequences(void **state)
{
    (void)state;
    static const char TEXT[] = "abab ab, a (b ab) \"ba b\", a.b ab: b a; ab-ba ab ab. 12 ab 1, b!";
    static const char *const TOKENS[] = {
        "a", "b", "ab", "ba", " ",  ",",   " a", " b",  " ab",  " (", ")",   "\"", "\",", ".",  ":",
        ";", "-", "1",  "2",  "12", " 12", "!",  ", a", ") \"", "c",  " \"", "\n", "A",   " ba"};
    enum { N_TOKENS = sizeof(TOKENS) / sizeof(TOKENS[0]) };
    keep_order *k = open_order(TEXT);
    rng random;
    size_t n_ended = 0;
    rng_init(&random, 7);
    for (unsigned i = 0; i < 3000; i++) {
        char answer[256];
        size_t len = 0;
        keep_order_reset(k);
        for (unsigned tries = 0; tries < 200; tries++) {
            const span token = span_from_string(TOKENS[rng_next_below(&random, N_TOKENS)]);
            if (keep_order_allows(k, token)) {
                assert_true(len + token.len < sizeof(answer));
                memcpy(answer + len, token.ptr, token.len);
                len += token.len;
                keep_order_push(k, token);
            }
            bool may_go_on = keep_order_allows_end(k);
            for (unsigned t = 0; t < N_TOKENS; t++) {
                may_go_on = may_go_on || keep_order_allows(k, span_from_string(TOKENS[t]));
            }
            assert_true(may_go_on);
            if (keep_order_allows_end(k)) {
                n_ended++;
                /* A capital may stand first only; some tokenizers put a space before. */
                char small[256];
                memcpy(small, answer, len);
                char *const first = &small[small[0] == ' ' ? 1 : 0];
                *first = (char)(*first >= 'A' && *first <= 'Z' ? *first + 32 : *first);
                assert_true(is_subsequence(span_from(small, len), span_from_string(TEXT)));
            }
        }
    }
    assert_true(n_ended > 3000);
    keep_order_free(k);
}

/* Every way of leaving words out of a sentence without marks is allowed, and nothing else is. */
static void all_subsets_are_allowed(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"no", "one", "no", "new", "one", "n", "no"};
    enum { N_WORDS = sizeof(WORDS) / sizeof(WORDS[0]) };
    keep_order *k = open_order("no one no new one n no");
    for (unsigned mask = 1; mask < 1u << N_WORDS; mask++) {
        char text[64] = "";
        size_t len = 0;
        for (unsigned i = 0; i < N_WORDS; i++) {
            if ((mask >> i & 1) != 0) {
                const size_t n = strlen(WORDS[i]);
                if (len > 0) {
                    text[len++] = ' ';
                }
                memcpy(text + len, WORDS[i], n);
                len += n;
            }
        }
        assert_true(allows_text(k, span_from(text, len), 1));
        assert_true(allows_text(k, span_from(text, len), 3));
        text[len] = 'x';
        assert_false(allows_text(k, span_from(text, len + 1), 1));
    }
    keep_order_free(k);
}

static void bad_sources_are_refused(void **state)
{
    (void)state;
    static char big[5000];
    keep_order *k = NULL;
    memset(big, 'a', sizeof(big));
    assert_int_equal(keep_order_new(&k, span_from(big, sizeof(big)), NULL), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(keep_order_new(&k, span_from(" \n ", 3), NULL), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(keep_order_new(&k, span_from("a\xC3", 2), NULL), HUIS_E_BAD_ARGUMENT);
    assert_int_equal(keep_order_new(&k, span_from(big, 4096), NULL), HUIS_OK);
    assert_true(keep_order_allows(k, span_from(big, 4096)));
    assert_null(keep_order_free(k));
    k = open_order("...");
    assert_true(allows_text(k, span_from("...", 3), 1));
    keep_order_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_may_only_be_left_out),
        cmocka_unit_test(random_answers_are_subsequences),
        cmocka_unit_test(all_subsets_are_allowed),
        cmocka_unit_test(bad_sources_are_refused),
    };
    return cmocka_run_group_tests_name("keep_order", tests, NULL, NULL);
}
