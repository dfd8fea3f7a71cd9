/*
 * test_notify_digest.c - digests: caps, who says what, what is never said, sources.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "document/document.h"
#include "feature/notify/notify.h"
#include "huis/notify.h"

enum { MAX = 80 };

typedef struct set {
    huis_notification records[MAX];
    huis_notify_rank_item items[MAX];
    huis_notify_ranking ranking;
    huis_notify_digest *digest;
    size_t n;
} set;

/* Records come best first. */
static void add(set *s, huis_notify_class cls, const char *app, const char *sender,
                const char *conversation, const char *title, const char *body)
{
    static char ids[MAX][8];
    (void)snprintf(ids[s->n], sizeof(ids[0]), "r%zu", s->n);
    s->records[s->n] = (huis_notification){.id = ids[s->n],
                                           .app = app,
                                           .sender = sender,
                                           .conversation = conversation,
                                           .title = title,
                                           .body = body,
                                           .urgency = -1,
                                           .time = {1772000000, 60, true}};
    s->items[s->n] =
        (huis_notify_rank_item){.record = s->n, .rank = (uint32_t)s->n + 1, .cls = cls};
    s->n++;
}

static const char *make(set *s, const char *language)
{
    s->ranking = (huis_notify_ranking){.items = s->items, .n_items = s->n, .language = language};
    assert_int_equal(
        huis_notify_digest_make(s->records, s->n, &s->ranking, NULL, NULL, &s->digest, NULL),
        HUIS_OK);
    return s->digest->text;
}

static void done(set *s)
{
    huis_notify_digest_free(s->digest);
    *s = (set){0};
}

static void test_who_says_what(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "WhatsApp", "Nora Lind", "Nora Lind", "Nora Lind",
        "can you pick up the keys before six?");
    add(&s, HUIS_NOTIFY_TODAY, "Messages", NULL, NULL, "+44 7700 900 123",
        "Your bike is ready, we close at five");
    add(&s, HUIS_NOTIFY_LATER, "Weather", NULL, NULL, "Reminder", "Rain from 16:00 in Leeds");
    assert_string_equal(make(&s, "en"), "Nora: can you pick up the keys before six?\n"
                                        "Unknown number: Your bike is ready, we close at five\n"
                                        "Weather: Rain from 16:00 in Leeds");
    assert_int_equal(s.digest->n_held_back, 0);
    assert_int_equal(s.digest->lines[2].stack, 2);
    done(&s);
}

static void test_french(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "Signal", "Paul Marin", "Chorale", "Chorale (12)",
        "Paul Marin: la répétition est à 19h, salle Bizet");
    assert_string_equal(make(&s, "fr"), "Paul (Chorale) : la répétition est à 19h, salle Bizet");
    done(&s);
}

/* Hostile records, codes and noise are held back, whatever their rank. */
static void test_held_back(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_HOSTILE, "Mail", "Canary Bank", NULL, "Canary Bank", "Pay canary now");
    add(&s, HUIS_NOTIFY_CRITICAL, "Bank", NULL, NULL, "Login", "Your code is 482913");
    add(&s, HUIS_NOTIFY_CRITICAL, "Shop", NULL, NULL, "Sign-in", "Tap 3 numbers");
    add(&s, HUIS_NOTIFY_NOISE, "Game", NULL, NULL, "Canary", "Your canary misses you");
    add(&s, HUIS_NOTIFY_PERSONAL, "Messages", "Ada", NULL, "Ada", "home safe, sleep well");
    s.items[2].one_time_code = true;
    assert_string_equal(make(&s, "en"), "Ada: home safe, sleep well");
    assert_int_equal(s.digest->n_held_back, 4);
    assert_int_equal(s.digest->held_back[0], 0);
    done(&s);
}

static void test_links_and_numbers_go(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "Mail", "Clinic", NULL, "Clinic",
        "Appointment moved to 15:20. Call +33 6 39 98 00 11 or see https://clinic.example/a. "
        "Write to desk@clinic.example");
    const char *const text = make(&s, "en");
    assert_non_null(strstr(text, "Appointment moved to 15:20."));
    assert_null(strstr(text, "39 98"));
    assert_null(strstr(text, "clinic.example"));
    done(&s);
}

/* What is left of a clause without its number is told only where nothing else is. */
static void test_clauses_without_their_number(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "Signal", "Max", NULL, "Max",
        "my number is 020 7946 0958, meet at 18:30?");
    add(&s, HUIS_NOTIFY_TODAY, "Signal", "Mum", NULL, "Mum", "call me tonight on 020 7946 0958");
    assert_string_equal(make(&s, "en"), "Max: meet at 18:30?\nMum: call me tonight");
    done(&s);
}

static void test_repeats_are_counted(void **state)
{
    (void)state;
    set s = {0};
    for (int i = 0; i < 3; i++) {
        static const char *const BODIES[] = {"Build 41 failed on main", "Build 40 failed on main",
                                             "Build 39 failed on main"};
        add(&s, HUIS_NOTIFY_TODAY, "CI", NULL, NULL, "Pipeline", BODIES[i]);
    }
    assert_string_equal(make(&s, "en"), "Pipeline: Build 41 failed on main (3 times)");
    assert_int_equal(s.digest->n_lines, 1);
    assert_int_equal(s.digest->lines[0].n_records, 3);
    assert_int_equal(s.digest->n_held_back, 0);
    done(&s);
}

/* Money is quoted: what is cut says so. */
static void test_money_is_quoted(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "Bank", NULL, NULL, "Bank",
        "Your card payment of 120.00 € was declined, your balance is too low, please top up your "
        "account to avoid a fee of 8 €, thank you");
    const char *const text = make(&s, "en");
    assert_true(strncmp(text, "Bank: Your card payment of 120.00 € was declined", 48) == 0);
    for (const char *end = strchr(text, '\n'); end != NULL; end = strchr(end + 1, '\n')) {
        assert_true(strncmp(end, "\n… ", 5) == 0);
    }
    done(&s);
}

/* What is too long loses the words that ask, not the time; a label stays with its value. */
static void test_where_long_texts_are_cut(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "Chat", "Lou", NULL, "Lou",
        "tu peux passer prendre le gâteau demain à 9h30 chez Paul ?");
    assert_string_equal(make(&s, "fr"), "Lou : passer prendre le gâteau demain à 9h30 chez Paul ?");
    done(&s);
    add(&s, HUIS_NOTIFY_TODAY, "Trains", NULL, NULL, "TER 8812 Lyon",
        "Votre train partira de la voie 4 (et non 7).");
    assert_string_equal(make(&s, "fr"),
                        "TER 8812 Lyon : Votre train partira de la voie 4\n… (et non 7).");
    done(&s);
    add(&s, HUIS_NOTIFY_CRITICAL, "Boiler", NULL, NULL, "Cellar", "Pressure: 0.3 bar. Pump: off.");
    assert_string_equal(make(&s, "en"), "Cellar: Pressure: 0.3 bar. Pump: off.");
    done(&s);
}

/* A host of an ending that nobody knows is a link too. */
static void test_links_of_any_ending_go(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "Chat", "Lou", NULL, "Lou",
        "The parcel is blocked: pay before 18:00 at parcel-fee.example/pay today");
    const char *const text = make(&s, "en");
    assert_null(strstr(text, "example"));
    assert_non_null(strstr(text, "parcel is blocked"));
    done(&s);
}

/* The bytes that a line cites hold its words. */
static void test_sources(void **state)
{
    (void)state;
    set s = {0};
    static const char BODY[] = "<b>Pump&nbsp;2</b> stopped at\u200B 04:29";
    add(&s, HUIS_NOTIFY_CRITICAL, "Farm", NULL, NULL, "Pump", BODY);
    assert_string_equal(make(&s, "en"), "Pump: Pump 2 stopped at 04:29");
    const huis_notify_line *const line = &s.digest->lines[0];
    assert_int_equal(line->n_sources, 2);
    assert_false(line->sources[0].in_title);
    assert_int_equal(line->sources[0].start, 3);
    assert_int_equal(line->sources[0].end, sizeof(BODY) - 1);
    assert_true(line->sources[1].in_title);
    assert_int_equal(line->sources[1].end, 4);
    done(&s);
}

/* ---- caps over random sets ---- */

static const char *const WORDS[] = {"the",
                                    "train",
                                    "leaves",
                                    "at",
                                    "18:40,",
                                    "bring",
                                    "two",
                                    "chairs.",
                                    "Anna",
                                    "Léo",
                                    "and",
                                    "called",
                                    "again",
                                    "tomorrow",
                                    "please",
                                    "—",
                                    "(room",
                                    "4)",
                                    "€12.",
                                    "no",
                                    "don't",
                                    "if",
                                    "\U0001F525",
                                    "call",
                                    "+33 6 39 98 00 22",
                                    "7:30?",
                                    "https://canary.example/x",
                                    "canary@mail.example",
                                    "\u202Eabc",
                                    "www.canary.example"};

static void random_text(rng *r, char *out, size_t capacity)
{
    const uint32_t n = 1 + rng_next_below(r, 60);
    size_t len = 0;
    for (uint32_t i = 0; i < n; i++) {
        const char *const word = WORDS[rng_next_below(r, sizeof(WORDS) / sizeof(WORDS[0]))];
        const int wrote = snprintf(out + len, capacity - len, "%s%s", i > 0 ? " " : "", word);
        assert_true(wrote > 0 && (size_t)wrote < capacity - len);
        len += (size_t)wrote;
    }
}

static size_t limit_for(size_t n)
{
    return n <= 10 ? 60 : n >= 60 ? 200 : 60 + (n - 10) * 140 / 50;
}

static void check_caps(const set *s)
{
    const huis_notify_digest *const d = s->digest;
    assert_true(document_count_words(span_from_string(d->text)) <= limit_for(s->n));
    size_t in_stack[MAX] = {0};
    bool seen[MAX] = {0};
    for (size_t i = 0; i < d->n_lines; i++) {
        const huis_notify_line *const line = &d->lines[i];
        assert_true(document_count_words(span_from_string(line->text)) <= 10);
        assert_true(++in_stack[line->stack] <= 3);
        assert_true(line->n_sources > 0 && line->n_records > 0);
        /* A line that goes on stands under one of the same record. */
        assert_true(strncmp(line->text, "… ", 4) != 0 ||
                    (i > 0 && d->lines[i - 1].records[0] == line->records[0]));
        for (size_t k = 0; k < line->n_records; k++) {
            seen[line->records[k]] = true;
        }
        for (size_t k = 0; k < line->n_sources; k++) {
            const huis_notify_source *const from = &line->sources[k];
            const huis_notification *const r = &s->records[from->record];
            assert_true(from->start < from->end);
            assert_true(from->end <= strlen(from->in_title ? r->title : r->body));
        }
    }
    for (size_t i = 0; i < d->n_held_back; i++) {
        assert_false(seen[d->held_back[i]]);
        seen[d->held_back[i]] = true;
    }
    for (size_t i = 0; i < s->n; i++) {
        assert_true(seen[i]);
    }
    assert_null(strstr(d->text, "canary"));
    assert_null(strstr(d->text, "39 98"));
    assert_null(strstr(d->text, "\u202E"));
}

static void test_caps_on_random_sets(void **state)
{
    (void)state;
    static char bodies[MAX][2048];
    static char titles[MAX][2048];
    rng r;
    rng_init(&r, 7);
    for (int round = 0; round < 60; round++) {
        set s = {0};
        const size_t n = 1 + rng_next_below(&r, MAX - 1);
        for (size_t i = 0; i < n; i++) {
            static const char *const NAMES[] = {NULL, "Anna", "Léo Martin", "+44 7700 900 318"};
            static const char *const APPS[] = {"WhatsApp", "Mail", "CI", "Bank"};
            random_text(&r, bodies[i], sizeof(bodies[i]));
            random_text(&r, titles[i], sizeof(titles[i]));
            add(&s, (huis_notify_class)(1 + rng_next_below(&r, 6)), APPS[rng_next_below(&r, 4)],
                NAMES[rng_next_below(&r, 4)], rng_next_below(&r, 2) != 0 ? "Group" : NULL,
                titles[i], bodies[i]);
        }
        (void)make(&s, round % 2 != 0 ? "fr" : "en");
        check_caps(&s);
        done(&s);
    }
}

static void test_bad_arguments(void **state)
{
    (void)state;
    set s = {0};
    add(&s, HUIS_NOTIFY_TODAY, "A", NULL, NULL, "title", NULL);
    s.ranking = (huis_notify_ranking){.items = s.items, .n_items = 1, .language = "en"};
    assert_int_equal(huis_notify_digest_make(s.records, 0, &s.ranking, NULL, NULL, &s.digest, NULL),
                     HUIS_E_BAD_ARGUMENT);
    const huis_notify_digest_options wrong = {0};
    assert_int_equal(
        huis_notify_digest_make(s.records, 1, &s.ranking, &wrong, NULL, &s.digest, NULL),
        HUIS_E_BAD_ARGUMENT);
    huis_notify_digest_options few;
    huis_notify_digest_options_default(&few);
    few.max_words = 1;
    assert_int_equal(huis_notify_digest_make(s.records, 1, &s.ranking, &few, NULL, &s.digest, NULL),
                     HUIS_OK);
    assert_true(document_count_words(span_from_string(s.digest->text)) <= 1);
    done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_says_what),
        cmocka_unit_test(test_french),
        cmocka_unit_test(test_held_back),
        cmocka_unit_test(test_links_and_numbers_go),
        cmocka_unit_test(test_clauses_without_their_number),
        cmocka_unit_test(test_repeats_are_counted),
        cmocka_unit_test(test_money_is_quoted),
        cmocka_unit_test(test_where_long_texts_are_cut),
        cmocka_unit_test(test_links_of_any_ending_go),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_caps_on_random_sets),
        cmocka_unit_test(test_bad_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
