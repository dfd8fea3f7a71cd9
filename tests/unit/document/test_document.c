/*
 * test_document.c - genre, segments, words, limits and allocation failures of document_analyse.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document.h"
#include "document/encoding.h"

static arena memory;
static document doc;

static int set_up(void **state)
{
    (void)state;
    arena_init(&memory, 256 * (size_t)LIMIT_MIB);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_deinit(&memory);
    return 0;
}

static void analyse(const char *text, document_genre genre)
{
    huis_error err = {0};
    const int status = document_analyse(&doc, span_from_string(text), genre, &memory, &err);
    if (status != 0) {
        fail_msg("%s", err.message);
    }
}

/* The segments as letters: P H L Q S G C F(header) T, with a digit for a depth that is not 0. */
static const char *shape(void)
{
    static char out[256];
    size_t n = 0;
    for (size_t i = 0; i < doc.n_segments && n + 3 < sizeof(out); i++) {
        out[n++] = " PHLQSGCFT"[doc.segments[i].kind];
        if (doc.segments[i].kind == SEGMENT_QUOTE) {
            out[n++] = (char)('0' + doc.segments[i].depth);
        }
    }
    out[n] = '\0';
    return out;
}

static bool sentence_is(size_t i, const char *text)
{
    return i < doc.n_sentences &&
           span_equal(span_slice(doc.text, doc.sentences[i].start, doc.sentences[i].end),
                      span_from_string(text));
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
    } CASES[] = {
        {"", 0},
        {"   \n ", 0},
        {"one", 1},
        {"one two", 2},
        {" one  two\tthree\n", 3},
        {"- – « » ; :", 0},
        {"Il a 3,5 % de plus.", 5}, /* "%" is none */
        {"C'est l'été", 2},
        {"20 000 €", 2},
        {"20\u00A0000", 2},
        {"20\u202F000", 2},
        {"Quoi\u00A0?", 1},
        {"x — y", 2},
        {"(ok)", 1},
        {"été", 1},
        {"日本 語", 2},
        {"½", 1},
        {"👍 ok", 1},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        assert_int_equal(document_count_words(span_from_string(CASES[i].text)), CASES[i].count);
    }
}

static void test_word_end(void **state)
{
    (void)state;
    const span text = SPAN("Un – deux, trois ");
    assert_int_equal(document_word_end(text, 0), 0);
    assert_int_equal(document_word_end(text, 1), 2);
    assert_int_equal(document_word_end(text, 2), strlen("Un – deux,"));
    assert_int_equal(document_word_end(text, 3), strlen("Un – deux, trois"));
    assert_int_equal(document_word_end(text, 4), text.len);
}

static void test_mail(void **state)
{
    (void)state;
    analyse("From: Anna <anna@example.org>\nTo: Bob\n Second <x@example.org>\nDate: 2026-03-03\n"
            "Subject: Budget\n\nHi Bob,\n\nThe budget is ready. Please check it by Friday.\n\n"
            "- item one\n- item two\n\nBest regards,\nAnna\n\n"
            "On Mon, 2 Mar 2026 at 10:00, Bob <bob@example.org> wrote:\n> Is it ready?\n>> Ask "
            "Anna.\n",
            0);
    assert_int_equal(doc.genre, DOCUMENT_MAIL);
    assert_string_equal(shape(), "FGPLLSQ1Q2");
    assert_string_equal(doc.language, "en");
    assert_int_equal(doc.n_sentences, 4);
    assert_true(sentence_is(0, "The budget is ready."));
    assert_true(sentence_is(2, "item one"));
}

static void test_french_mail(void **state)
{
    (void)state;
    analyse("Bonjour Léa,\n\nPeux-tu m'envoyer le plan avant jeudi ? Je passe demain.\n\n"
            "Bien cordialement,\nPaul Petit\nTél. 01 02 03 04 05\n\n"
            "Le 3 mars 2026 à 10:12, Léa <lea@example.org>\na écrit :\n\n> Bonjour\n",
            0);
    assert_int_equal(doc.genre, DOCUMENT_MAIL);
    assert_string_equal(shape(), "GPSQ1Q1");
    assert_string_equal(doc.language, "fr");
    assert_int_equal(doc.n_sentences, 2);
}

/* Outlook quotes below a block of headers, without marks. */
static void test_outlook_mail(void **state)
{
    (void)state;
    static const char *const MARKS[] = {
        "De : Léa Roux\nEnvoyé : mardi 3 mars 2026\nÀ : Paul\nObjet : Plan\n\n",
        "-----Message d'origine-----\nDe : Léa\n\n",
        "-----Original Message-----\nFrom: Lea\nSent: Tuesday\n\n",
        "________________________________\nFrom: Lea\nSent: Tuesday\nSubject: Plan\n\n",
        "---------- Forwarded message ---------\nFrom: Lea\nDate: Tue\n\n",
        "Begin forwarded message:\n\nFrom: Lea\n\n",
    };
    for (size_t i = 0; i < sizeof(MARKS) / sizeof(MARKS[0]); i++) {
        char text[512];
        size_t n = 0;
        const char *const parts[] = {"Bonjour,\n\nVoici le plan que tu voulais, il est complet et "
                                     "signé.\n\n",
                                     MARKS[i], "Old text here. It is quoted.\n\nMore old text.\n"};
        for (size_t k = 0; k < 3; k++) {
            memcpy(text + n, parts[k], strlen(parts[k]) + 1);
            n += strlen(parts[k]);
        }
        analyse(text, DOCUMENT_MAIL);
        assert_string_equal(shape(), "GPQ1");
        assert_int_equal(doc.n_sentences, 1);
    }
}

/* When next to nothing else was written, what is forwarded counts. */
static void test_forward_only(void **state)
{
    (void)state;
    analyse(
        "FYI\n\n---------- Forwarded message ---------\nFrom: Lea\nSubject: Plan\n\nThe plan is "
        "ready. It costs 300 euros.\n",
        DOCUMENT_MAIL);
    assert_int_equal(doc.n_sentences, 3);
    assert_true(sentence_is(1, "The plan is ready."));
}

static void test_signatures(void **state)
{
    (void)state;
    analyse("Hi,\n\nThe file is attached.\n\nThanks,\nJoe\n\nSent from my phone\n", DOCUMENT_MAIL);
    assert_string_equal(shape(), "GPS");
    analyse("Hi,\n\nThe file is attached.\n-- \nJoe\nhead of files\n", DOCUMENT_MAIL);
    assert_string_equal(shape(), "GPS");
    analyse("Hi,\n\nThe file is attached.\n\nEnvoyé de mon iPhone\n", DOCUMENT_MAIL);
    assert_string_equal(shape(), "GPS");
    analyse("Hi,\n\nThanks for the file.\nI will read it tonight and tell you what I think.\n",
            DOCUMENT_MAIL);
    assert_null(strchr(shape(), 'S'));
    analyse("Hi,\n\nSee you at six.\n\nCheers,\nJoe\n\nPS: bring the key.\n", DOCUMENT_MAIL);
    assert_string_equal(shape(), "GPSP");
    analyse("Hi Phillip,  This message is to confirm our meeting.\nLet me know.\nThanks,",
            DOCUMENT_MAIL);
    assert_int_equal(shape()[0], 'G');
    assert_true(sentence_is(0, "This message is to confirm our meeting."));
}

static void test_greetings(void **state)
{
    (void)state;
    static const char *const GREETINGS[] = {"Hi Anna,",
                                            "Hi Anna, hi Bob,",
                                            "Dear Ms Lee:",
                                            "Bonjour à tous,",
                                            "Cher Paul, chère Léa,",
                                            "Anna,",
                                            "Hello Anna, Bob and Carl,",
                                            "Bonjour",
                                            "Madame, Monsieur,",
                                            "Good morning team!"};
    for (size_t i = 0; i < sizeof(GREETINGS) / sizeof(GREETINGS[0]); i++) {
        buffer text;
        buffer_init(&text, LIMIT_KIB);
        (void)buffer_printf(&text, "%s\n\nThe plan is ready, please read it today.\n",
                            GREETINGS[i]);
        analyse(buffer_string(&text), DOCUMENT_MAIL);
        assert_string_equal(shape(), "GP");
        assert_int_equal(doc.segments[0].end, strlen(GREETINGS[i]));
        buffer_deinit(&text);
    }
    analyse("All of the plans are ready, please read them today.\n", DOCUMENT_MAIL);
    assert_string_equal(shape(), "P");
}

static void test_thread(void **state)
{
    (void)state;
    analyse(
        "=== 1 / 2 ===\nFrom: Lea\nDate: 2026-03-02\nSubject: Plan\n\nHi,\n\nCould you send the "
        "plan?\n\nLea\n\n=== 2 / 2 ===\nFrom: Paul\nDate: 2026-03-03\nSubject: Re: Plan\n\nHi "
        "Lea,\n\nHere it is.\n",
        0);
    assert_int_equal(doc.genre, DOCUMENT_MAIL);
    assert_string_equal(shape(), "FGPSFGP");
    assert_int_equal(doc.n_sentences, 2);
}

static void test_dialogue(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "Anna: Are you coming?\nBob: Yes, at six.\nAnna: Good.\n",
        "#Person1#: Are you coming?\n#Person2#: Yes, at six.\n#Person1#: Good.\n",
        "[10:42] Anna: Are you coming?\n[10:43] Bob: Yes, at six.\n[10:43] Anna: Good.\n",
        "12/03/2026, 10:42 - Anna: Are you coming?\n12/03/2026, 10:43 - Bob: Yes, at six.\n"
        "12/03/2026, 10:43 - Anna: Good.\n",
        "[12/03/2026 10:42:11] Anna B: Are you coming?\n[12/03/2026 10:43:00] Bob: Yes, at six.\n"
        "[12/03/2026 10:43:10] Anna B: Good.\n",
        "<anna> Are you coming?\n<bob> Yes, at six.\n<anna> Good.\n",
        "Anna : Tu viens ?\nBob : Oui, à six heures.\nAnna : Bien.\n",
    };
    for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
        analyse(TEXTS[i], 0);
        assert_int_equal(doc.genre, DOCUMENT_DIALOGUE);
        assert_string_equal(shape(), "TTT");
        assert_int_equal(doc.n_sentences, 3);
        const document_segment *const turn = &doc.segments[1];
        const span name = span_slice(doc.text, turn->name_start, turn->name_end);
        assert_true(span_equal(name, SPAN("Bob")) || span_equal(name, SPAN("#Person2#")) ||
                    span_equal(name, SPAN("bob")));
        assert_int_equal(doc.sentences[1].start, turn->name_start);
        assert_true(turn->body > turn->name_end);
    }
    analyse("Name: Box\nSize: 12\nColour: red\nWeight: 3 kg\n", 0);
    assert_int_equal(doc.genre, DOCUMENT_ARTICLE);
}

static void test_turn_continues(void **state)
{
    (void)state;
    analyse("Anna: Are you coming?\nI hope so.\nBob: Yes.\nAnna: Good.\n", 0);
    assert_string_equal(shape(), "TTT");
    assert_int_equal(doc.n_sentences, 4);
    assert_true(sentence_is(0, "Anna: Are you coming?"));
    assert_true(sentence_is(1, "I hope so."));
}

static void test_article(void **state)
{
    (void)state;
    analyse(
        "The lock keepers\n\nFor sixty years the keepers broke the ice by hand, and nobody thought "
        "of\nanother way. Now a pump does it, and the canal stays open all winter. It "
        "is\ncheap.\n\n"
        "What it costs\n\nThree pounds a day.\n\n1. Buy a pump.\n2. Switch it on.\n   Wait.\n",
        0);
    assert_int_equal(doc.genre, DOCUMENT_ARTICLE);
    assert_string_equal(shape(), "HPHPLL");
    assert_true(sentence_is(0, "The lock keepers"));
    assert_true(sentence_is(3, "It is\ncheap."));
    assert_true(sentence_is(6, "Buy a pump."));
    assert_true(sentence_is(8, "Wait."));
}

static void test_tables_and_numbered_headings(void **state)
{
    (void)state;
    analyse("1. Results of the year\n\nThe year was good for the whole of the street.\n\nStreet | "
            "Cars\ndes Écoles | 312\nPasteur | 128\n\n1. First thing\n\n2. Second thing\n",
            DOCUMENT_ARTICLE);
    assert_string_equal(shape(), "HPPPPLL");
}

/* One paragraph a line, as many web texts come. */
static void test_line_paragraphs(void **state)
{
    (void)state;
    analyse(
        "Le maire a annoncé la fin des travaux du pont, qui auront duré trois ans et coûté douze "
        "millions d'euros, soit deux de plus que prévu.\nLes riverains sont soulagés. Ils "
        "attendaient ce jour depuis longtemps, et ils le disent volontiers à qui veut bien les "
        "entendre.\nLa route rouvre lundi.\n",
        0);
    assert_string_equal(shape(), "PPP");
    assert_int_equal(doc.n_sentences, 4);
}

static void test_markdown_marks(void **state)
{
    (void)state;
    analyse(
        "# Title here\n\nSome text here.\n\n```\nint x = 1; // not text\n```\n\nUnder\n=====\n\n"
        "* one\n  * two\n",
        DOCUMENT_ARTICLE);
    assert_string_equal(shape(), "HPCHLL");
    assert_true(sentence_is(0, "Title here"));
    assert_true(sentence_is(2, "Under"));
    assert_int_equal(doc.segments[5].depth, 1);
    analyse(
        "Run this:\n\nfor (i = 0; i < n; i++) {\n    sum += a[i];\n}\n\nThen read the result.\n",
        DOCUMENT_ARTICLE);
    assert_non_null(strchr(shape(), 'C'));
}

/* Segments and sentences are in order, inside the text, never overlapping, between characters. */
static void check_invariants(void)
{
    size_t pos = 0;
    for (size_t i = 0; i < doc.n_segments; i++) {
        const document_segment *const s = &doc.segments[i];
        assert_true(s->start >= pos && s->end >= s->start && s->end <= doc.text.len);
        assert_true(s->body >= s->start && s->name_start <= s->name_end);
        pos = s->end;
    }
    pos = 0;
    for (size_t i = 0; i < doc.n_sentences; i++) {
        const document_sentence *const s = &doc.sentences[i];
        assert_true(s->start >= pos && s->end > s->start && s->segment < doc.n_segments);
        assert_true(s->start >= doc.segments[s->segment].start &&
                    s->end <= doc.segments[s->segment].end);
        const span text = span_slice(doc.text, s->start, s->end);
        assert_int_equal(utf8_valid_prefix(text), text.len);
        assert_true(document_count_words(text) > 0);
        pos = s->end;
    }
}

/* Hostile shapes of 2 MB: linear time (a quadratic step would take hours) and all invariants. */
/* Lines of `git log --oneline`; numbers and words are none. */
static void test_short_log(void **state)
{
    (void)state;
    analyse("a1b2c3d parser: read dates\n5344164 parser: read times\n0f00ba1 docs: say both\n", 0);
    assert_string_equal(shape(), "LLL");
    assert_true(sentence_is(1, "parser: read times"));
    analyse("1234567 people live here\n2345678 people live there\n", 0);
    assert_null(strchr(shape(), 'L'));
    analyse("a1b2c3d is the hash of the change\nthat was taken back.\n", 0);
    assert_null(strchr(shape(), 'L'));
}

static void test_hostile_shapes(void **state)
{
    (void)state;
    static const char *const UNITS[] = {
        "a",           "a ",        "\n",
        "a\n",         "> ",        ">",
        "(",           "[",         "- ",
        "From: x\n",   "Thanks,\n", "On 3 May x\n",
        "```\n",       "# ",        "a: b\n",
        "...",         "Hi,\n",     "-- \n",
        "\"",          "é\u00A0",   "--\n\n",
        "wrote:\n",    "a.\n\n",    "=== 1 / 2 ===\n",
        "1. ",         "1.\n",      "Hi A,  b.\n\n",
        "[10:42] a: ", "— ",        "{};\n",
    };
    const size_t bytes = 2 * (size_t)LIMIT_MIB;
    char *const text = memory_alloc(bytes + 64, 1);
    assert_non_null(text);
    const document_genre genres[] = {0, DOCUMENT_MAIL, DOCUMENT_DIALOGUE};
    for (size_t u = 0; u < sizeof(UNITS) / sizeof(UNITS[0]); u++) {
        const size_t unit = strlen(UNITS[u]);
        memcpy(text, "Ok. ", 4);
        size_t len = 4;
        while (len + unit <= bytes) {
            memcpy(text + len, UNITS[u], unit);
            len += unit;
        }
        const int64_t start_us = clock_monotonic_us();
        assert_int_equal(document_analyse(&doc, span_from(text, len), genres[u % 3], &memory, NULL),
                         0);
        const int64_t took_us = clock_monotonic_us() - start_us;
        if (took_us > 8000000) {
            fail_msg("unit %zu took %lld us", u, (long long)took_us);
        }
        check_invariants();
        arena_deinit(&memory);
        arena_init(&memory, 1024 * (size_t)LIMIT_MIB);
    }
    memory_free(text);
}

static void test_no_text(void **state)
{
    (void)state;
    huis_error err = {0};
    assert_int_equal(document_analyse(&doc, SPAN(""), 0, &memory, &err), HUIS_E_NO_TEXT);
    assert_int_equal(document_analyse(&doc, SPAN(" \n- … !\n"), 0, &memory, &err), HUIS_E_NO_TEXT);
    assert_non_null(strstr(err.message, "no word"));
}

/* Every allocation fails once: NO_MEMORY, nothing leaked, nothing written. */
static void test_no_memory(void **state)
{
    (void)state;
    char text[8192];
    size_t len = 0;
    while (len + 16 < sizeof(text)) {
        memcpy(text + len, "It rains. Yes.\n\n", 16);
        len += 16;
    }
    bool done = false;
    size_t n_failures = 0;
    for (uint64_t k = 0; !done; k++) {
        arena small;
        arena_init(&small, LIMIT_MIB);
        document out = {.n_segments = 77};
        memory_fail_after(k);
        const int status = document_analyse(&out, span_from(text, len), 0, &small, NULL);
        memory_fail_after(UINT64_MAX);
        done = status == 0;
        if (!done) {
            assert_int_equal(status, HUIS_E_NO_MEMORY);
            assert_int_equal(out.n_segments, 77);
            n_failures++;
        }
        arena_deinit(&small);
    }
    assert_true(n_failures >= 5);
    arena tiny;
    arena_init(&tiny, 64);
    assert_int_equal(document_analyse(&doc, span_from(text, len), 0, &tiny, NULL),
                     HUIS_E_NO_MEMORY);
    arena_deinit(&tiny);
}

/* The examples that huis ships come out with the genre and language that they were written in. */
static void test_examples(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        document_genre genre;
        const char *language;
        size_t min_sentences;
    } FILES[] = {
        {EXAMPLES_DIR "/article.fr.txt", DOCUMENT_ARTICLE, "fr", 30},
        {EXAMPLES_DIR "/dialogue.en.txt", DOCUMENT_DIALOGUE, "en", 30},
        {EXAMPLES_DIR "/notes.fr.md", DOCUMENT_ARTICLE, "fr", 20},
    };
    for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
        buffer bytes, text;
        buffer_init(&bytes, LIMIT_MIB);
        buffer_init(&text, LIMIT_MIB);
        assert_int_equal(file_read(&bytes, FILES[i].path, NULL), 0);
        assert_int_equal(encoding_to_utf8(&text, buffer_span(&bytes), NULL, NULL, NULL), 0);
        assert_int_equal(document_analyse(&doc, buffer_span(&text), 0, &memory, NULL), 0);
        assert_int_equal(doc.genre, FILES[i].genre);
        assert_string_equal(doc.language, FILES[i].language);
        assert_true(doc.n_sentences >= FILES[i].min_sentences);
        check_invariants();
        buffer_deinit(&bytes);
        buffer_deinit(&text);
    }
}

static void test_forms_of_dialogue(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        document_genre genre;
    } CASES[] = {
        {"Mme Durand (CFDT) : Nous demandons une hausse dès janvier.\nM. Petit : La direction "
         "propose "
         "un pour cent.\nMme Durand (CFDT) : C'est trop peu.\nM. Petit : Nous reviendrons mardi.\n",
         DOCUMENT_DIALOGUE},
        {"Q: When did the pump fail?\n\nA: On Monday night.\n\nQ: Who repaired it?\n\nA: Carla "
         "did.\n",
         DOCUMENT_DIALOGUE},
        {"+33612345678: We leave at six.\nAnna: Fine.\n+33612345678: Bring the tent.\nAnna: Yes.\n",
         DOCUMENT_DIALOGUE},
        {"La nuit tombait sur le port. Marie posa sa valise.\n\n— Tu pars donc ? demanda "
         "Paul.\n\n— "
         "Demain, dit-elle. Le bateau est à six heures.\n\nIl ne répondit rien. La pluie battait "
         "les "
         "vitres du café, et le patron rangeait les chaises.\n\n— Tu m'écriras ?\n\n— "
         "Peut-être.\n\nElle sortit sans se retourner.\n",
         DOCUMENT_ARTICLE},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        document d;
        arena cases;
        arena_init(&cases, LIMIT_MIB);
        assert_int_equal(document_analyse(&d, span_from_string(CASES[i].text), 0, &cases, NULL), 0);
        assert_int_equal(d.genre, CASES[i].genre);
        arena_deinit(&cases);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_forms_of_dialogue),
        cmocka_unit_test(test_word_end),
        cmocka_unit_test_setup_teardown(test_mail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_french_mail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outlook_mail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_forward_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signatures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_greetings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_thread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dialogue, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_turn_continues, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_article, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_tables_and_numbered_headings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_line_paragraphs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_markdown_marks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_log, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_shapes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_text, set_up, tear_down),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test_setup_teardown(test_examples, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
