/*
 * test_long.c - texts of any length: parts, coverage of the whole, focus, progress, cancellation,
 * and the memory and time that a book and a year of mail take.
 */
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "evidence/evidence.h"
#include "pseudo_text.h"
#include "scripted_session.h"
#include "summarize_fixture.h"

enum { TEXT_BYTES = 1 << 28, MEMORY_KIB = 24 * 1024 };

static huis_summary *summarize(const buffer *text, const huis_summarize_options *o)
{
    huis_summary *s = NULL;
    huis_error err = {0};
    const int status = huis_summarize(text->ptr, text->len, o, NULL, NULL, NULL, &s, &err);
    if (status != HUIS_OK) {
        fail_msg("%s", err.message);
    }
    return s;
}

/* Every item is a run of the source, cut at most: its first words stand where it says. */
static void assert_cited(const huis_summary *s, const buffer *text)
{
    for (size_t i = 0; i < s->n_items; i++) {
        const huis_source_span *const at = &s->items[i].sources[0];
        assert_true(at->start < at->end && at->end <= text->len);
        const span source = span_slice(buffer_span(text), at->start, at->end);
        const char *const shown = s->items[i].text;
        assert_true(strlen(shown) >= 12);
        assert_non_null(memmem(source.ptr, source.len, shown, 12));
    }
}

/* The key points of a book come from across it, whole or over the size that is kept in one index. */
static void test_coverage(void **state)
{
    (void)state;
    static const size_t CHAPTER_BYTES[] = {20000, 120000};
    for (size_t k = 0; k < 2; k++) {
        buffer b;
        buffer_init(&b, TEXT_BYTES);
        pseudo_book(&b, 30, CHAPTER_BYTES[k]);
        const huis_summarize_options o =
            options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_EXTRACT, 150);
        huis_summary *s = summarize(&b, &o);
        bool fifths[5] = {false};
        for (size_t i = 0; i < s->n_items; i++) {
            fifths[s->items[i].sources[0].start * 5 / b.len] = true;
        }
        assert_cited(s, &b);
        assert_true(s->n_items >= 5);
        assert_true(fifths[0] + fifths[1] + fifths[2] + fifths[3] + fifths[4] >= 4);
        assert_true(document_count_words(span_from_string(s->text)) <= 150);
        huis_summary_free(s);
        buffer_deinit(&b);
    }
}

static void test_given_parts(void **state)
{
    (void)state;
    static const char TEXT[] =
        "Anna: The printer on the third floor is broken again, and nobody can print.\nBen: I will "
        "call the service desk today at 3 pm.\n\nFrom: Paul\nSubject: Budget review\n\nHi "
        "Anna,\n\nThe budget review takes place on Friday in room 12, and the total may not exceed "
        "$45,000 this year. Please send me the figures by Thursday.\n\nPaul\n\xC3\xA9\n";
    const uint64_t mail = (uint64_t)(strstr(TEXT, "From") - TEXT);
    const uint64_t end = sizeof(TEXT) - 1;
    const huis_text_part parts[] = {{.start = 0, .end = mail, .title = "chat"},
                                    {.start = mail, .end = end, .genre = HUIS_GENRE_MAIL}};
    for (int kind = HUIS_SUMMARY_TLDR; kind <= HUIS_SUMMARY_ACTION_ITEMS; kind++) {
        huis_summarize_options o =
            options_of((huis_summary_kind)kind, HUIS_SUMMARY_EXTRACT, kind == 3 ? 12 : 60);
        o.parts = parts;
        o.n_parts = 2;
        huis_summary_free(summarize_with(TEXT, &o, NULL));
    }
    huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_EXTRACT, 60);
    o.parts = parts;
    o.n_parts = 2;
    huis_summary *s = summarize_with(TEXT, &o, NULL);
    bool from_chat = false;
    bool from_mail = false;
    for (size_t i = 0; i < s->n_items; i++) {
        from_chat = from_chat || s->items[i].sources[0].start < mail;
        from_mail = from_mail || s->items[i].sources[0].start >= mail;
    }
    assert_true(from_chat && from_mail);
    huis_summary_free(s);
    /* Who is asked in a mail is found in its own headers. */
    o.kind = HUIS_SUMMARY_ACTION_ITEMS;
    s = summarize_with(TEXT, &o, NULL);
    assert_int_equal(s->n_items, 2);
    assert_string_equal(s->items[0].person, "Ben");
    assert_string_equal(s->items[1].person, "Anna");
    huis_summary_free(s);
}

static void test_bad_parts(void **state)
{
    (void)state;
    static const char TEXT[] = "\xC3\xA9t\xC3\xA9 apr\xC3\xA8s l'hiver et la pluie";
    static const huis_text_part BAD[][2] = {
        {{.start = 0, .end = 9}, {.start = 5, .end = 12}},   /* overlap */
        {{.start = 9, .end = 5}, {.start = 9, .end = 12}},   /* backwards */
        {{.start = 0, .end = 4}, {.start = 4, .end = 1000}}, /* past the end */
        {{.start = 1, .end = 4}, {.start = 4, .end = 12}},   /* inside a character */
        {{.start = 0, .end = 4}, {.start = 4, .end = 12, .genre = (huis_genre)9}},
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, 20);
        huis_summary *s = NULL;
        huis_error err = {0};
        o.parts = BAD[i];
        o.n_parts = 2;
        assert_int_equal(huis_summarize(TEXT, strlen(TEXT), &o, NULL, NULL, NULL, &s, &err),
                         HUIS_E_BAD_ARGUMENT);
        assert_null(s);
    }
    /* Parts that cover next to nothing, and parts without a word. */
    const huis_text_part EMPTY[] = {{0}, {.start = 8, .end = 9}};
    huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, 20);
    o.parts = EMPTY;
    o.n_parts = 2;
    huis_summary *s = NULL;
    huis_error err = {0};
    const int status = huis_summarize(TEXT, strlen(TEXT), &o, NULL, NULL, NULL, &s, &err);
    assert_true(status == HUIS_OK || status == HUIS_E_NO_TEXT);
    huis_summary_free(s);
}

/* What one speaker said of one topic of a long meeting. */
static void test_focus(void **state)
{
    (void)state;
    buffer b;
    buffer question;
    buffer_init(&b, TEXT_BYTES);
    buffer_init(&question, 1000);
    pseudo_meeting(&b, 10, 6000);
    const uint32_t topic = 6;
    (void)buffer_append_string(&question, "What did Chloe say about ");
    pseudo_word(&question, 100000 + topic * 50 + 3, false);
    (void)buffer_append_string(&question, " and ");
    pseudo_word(&question, 100000 + topic * 50 + 7, false);
    (void)buffer_append_byte(&question, '?');
    huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_EXTRACT, 100);
    o.focus = buffer_string(&question);
    huis_summary *s = summarize(&b, &o);
    assert_true(s->n_items >= 3);
    size_t n_chloe = 0;
    for (size_t i = 0; i < s->n_items; i++) {
        const uint64_t at = s->items[i].sources[0].start;
        assert_true(at > b.len * topic / 10 - 1000 && at < b.len * (topic + 1) / 10 + 1000);
        n_chloe += strncmp(s->items[i].text, "Chloe:", 6) == 0 ? 1 : 0;
    }
    assert_true(2 * n_chloe > s->n_items);
    huis_summary_free(s);
    /* A question of which the text has no word chooses as if none was asked. */
    o.focus = "What about zzzz?";
    s = summarize(&b, &o);
    assert_true(s->n_items > 0);
    huis_summary_free(s);
    buffer_deinit(&question);
    buffer_deinit(&b);
}

/* Hesitations of a long transcript are not shown; what is shown stays in the source's order. */
static void test_hesitations(void **state)
{
    (void)state;
    buffer plain;
    buffer b;
    buffer_init(&plain, TEXT_BYTES);
    buffer_init(&b, TEXT_BYTES);
    pseudo_meeting(&plain, 6, 5000);
    for (size_t i = 0; i < plain.len; i++) {
        const span rest = span_slice(buffer_span(&plain), i, plain.len);
        if (span_starts_with(rest, SPAN(" the "))) {
            (void)buffer_append_string(&b, " the the t uh,");
            i += 3;
        } else {
            (void)buffer_append_byte(&b, plain.ptr[i]);
            (void)(plain.ptr[i] == ':' && buffer_append_string(&b, " Um,"));
        }
    }
    const huis_summarize_options o = options_of(HUIS_SUMMARY_KEY_POINTS, HUIS_SUMMARY_EXTRACT, 100);
    huis_summary *s = summarize(&b, &o);
    assert_true(s->n_items >= 3);
    for (size_t i = 0; i < s->n_items; i++) {
        const char *const text = s->items[i].text;
        assert_null(strstr(text, "Um,"));
        assert_null(strstr(text, " uh,"));
        assert_null(strstr(text, " the the "));
        assert_null(strstr(text, " t "));
        assert_true(s->items[i].sources[0].start < s->items[i].sources[0].end);
    }
    huis_summary_free(s);
    buffer_deinit(&plain);
    buffer_deinit(&b);
}

typedef struct watch {
    unsigned n_calls, stop_at;
    uint64_t last_read;
    bool wrote;
} watch;

static bool on_progress(void *user, const huis_summary_progress *at)
{
    watch *const w = user;
    assert_true(at->n_done <= at->n_total);
    if (at->stage == HUIS_SUMMARY_READING) {
        assert_true(at->n_done >= w->last_read);
        w->last_read = at->n_done;
    }
    w->wrote = w->wrote || at->stage == HUIS_SUMMARY_WRITING;
    return ++w->n_calls != w->stop_at;
}

/* Cancelled at every step: the right status, nothing leaks, nothing is returned. */
static void test_cancel(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, TEXT_BYTES);
    pseudo_book(&b, 8, 200000);
    watch whole = {0};
    huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, 40);
    o.on_progress = on_progress;
    o.progress_user = &whole;
    huis_summary_free(summarize(&b, &o));
    assert_true(whole.n_calls > 16);
    assert_int_equal(whole.last_read, b.len);
    for (unsigned n = 1; n <= whole.n_calls; n += 1 + whole.n_calls / 8) {
        watch w = {.stop_at = n};
        huis_summary *s = NULL;
        huis_error err = {0};
        o.progress_user = &w;
        assert_int_equal(huis_summarize(b.ptr, b.len, &o, NULL, NULL, NULL, &s, &err),
                         HUIS_E_CANCELLED);
        assert_null(s);
        assert_int_equal(w.n_calls, n);
    }
    buffer_deinit(&b);
}

/* A model at work is told to stop as well. */
static void test_cancel_model(void **state)
{
    (void)state;
    static const char *const ANSWERS[] = {""};
    buffer b;
    buffer_init(&b, TEXT_BYTES);
    pseudo_book(&b, 4, 20000);
    huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_HYBRID, 40);
    o.on_progress = on_progress;
    watch whole = {0};
    o.progress_user = &whole;
    huis_summary *s = NULL;
    huis_error err = {0};
    scripted_session_answers(ANSWERS, 1);
    assert_int_equal(huis_summarize(b.ptr, b.len, &o, scripted_session(), NULL, NULL, &s, &err),
                     HUIS_OK);
    assert_true(whole.wrote);
    s = huis_summary_free(s);
    watch w = {.stop_at = whole.n_calls};
    o.progress_user = &w;
    assert_int_equal(huis_summarize(b.ptr, b.len, &o, scripted_session(), NULL, NULL, &s, &err),
                     HUIS_E_CANCELLED);
    assert_null(s);
    buffer_deinit(&b);
}

/* A chosen allocation fails; the text is long enough for merges. */
static void test_no_memory(void **state)
{
    (void)state;
    buffer b;
    buffer_init(&b, TEXT_BYTES);
    pseudo_book(&b, 6, 200000);
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, 40);
    bool failed = true;
    for (uint64_t n = 0; failed; n = n < 40 ? n + 1 : n * 5 / 4) {
        huis_summary *s = NULL;
        huis_error err = {0};
        memory_fail_after(n);
        const int status = huis_summarize(b.ptr, b.len, &o, NULL, NULL, NULL, &s, &err);
        memory_fail_after(UINT64_MAX);
        failed = status != HUIS_OK;
        assert_true(status == HUIS_OK || status == HUIS_E_NO_MEMORY);
        huis_summary_free(s);
    }
    buffer_deinit(&b);
}

/* Past the limits: refused before a byte of it is looked at. */
static void test_limits(void **state)
{
    (void)state;
    const size_t bytes = (size_t)LIMIT_TEXT_BYTES + 1;
    char *const text = memory_alloc(bytes, 1);
    assert_non_null(text);
    const huis_summarize_options o = options_of(HUIS_SUMMARY_TLDR, HUIS_SUMMARY_EXTRACT, 40);
    huis_summary *s = NULL;
    huis_error err = {0};
    assert_int_equal(huis_summarize(text, bytes, &o, NULL, NULL, NULL, &s, &err), HUIS_E_LIMIT);
    assert_null(s);
    const document d = {.text = span_from(text, (size_t)LIMIT_EVIDENCE_BYTES + 1)};
    evidence_index *index = NULL;
    assert_int_equal(evidence_index_new(&index, &d, &err), HUIS_E_LIMIT);
    assert_null(index);
    memory_free(text);
}

static long peak_kib(void)
{
    struct rusage use;
    return getrusage(RUSAGE_SELF, &use) == 0 ? use.ru_maxrss : 0;
}

/* In a child, so that its peak is its own: what summarising takes beside the text. */
static void run_bounded(const buffer *b, huis_summary_kind kind, const char *focus)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const long before = peak_kib();
        huis_summarize_options o = options_of(kind, HUIS_SUMMARY_EXTRACT, 100);
        huis_summary *s = NULL;
        huis_error err = {0};
        o.focus = focus;
        const int64_t started_us = clock_monotonic_us();
        const int status = huis_summarize(b->ptr, b->len, &o, NULL, NULL, NULL, &s, &err);
        const long more = peak_kib() - before;
        print_message("# %zu MB: %ld KiB beside the text, %.1f s\n", b->len / 1000000, more,
                      (double)(clock_monotonic_us() - started_us) / 1e6);
        _exit(status != HUIS_OK || s->n_items == 0 ? 1 : more > MEMORY_KIB ? 2 : 0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A book of 300 pages, a year of mail, and the same without any line break or mark. */
static void test_bounded(void **state)
{
    (void)state;
    if (HUIS_TEST_SLOWNESS > 1) {
        print_message("# SKIP memory bounds: sanitizers have memory of their own\n");
        return;
    }
    buffer b;
    buffer_init(&b, TEXT_BYTES);
    pseudo_book(&b, 30, 24000);
    run_bounded(&b, HUIS_SUMMARY_KEY_POINTS, NULL);
    buffer_reset(&b);
    pseudo_mails(&b, 20000, 4800);
    assert_true(b.len > 100000000);
    run_bounded(&b, HUIS_SUMMARY_KEY_POINTS, NULL);
    b.len = 10000000;
    run_bounded(&b, HUIS_SUMMARY_TLDR, "What about the figures?");
    for (size_t i = 0; i < b.len; i++) {
        b.ptr[i] = b.ptr[i] == '\n' ? ' ' : b.ptr[i];
    }
    run_bounded(&b, HUIS_SUMMARY_KEY_POINTS, NULL);
    buffer_deinit(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),  cmocka_unit_test(test_given_parts),
        cmocka_unit_test(test_bad_parts), cmocka_unit_test(test_focus),
        cmocka_unit_test(test_cancel),    cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_bounded),   cmocka_unit_test(test_cancel_model),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_hesitations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
