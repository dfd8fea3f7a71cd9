/*
 * summarize_fixture.h - summaries of a text for one test, and a scripted model.
 */
#ifndef HUIS_TESTS_SUMMARIZE_FIXTURE_H
#define HUIS_TESTS_SUMMARIZE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "document/document.h"
#include "huis/summarize.h"

/* What every shown summary holds to: limit, no empty text, borders, sources, gate. */
static inline void assert_sound(const huis_summary *s, const char *text, uint32_t max_words)
{
    const span source = span_from_string(text);
    const span shown = span_from_string(s->text);
    assert_int_equal(utf8_valid_prefix(shown), shown.len);
    if (max_words > 0 && document_count_words(shown) > max_words) {
        fail_msg("%zu words, limit %u: '%s'", document_count_words(shown), max_words, s->text);
    }
    assert_true(shown.len > 0 || s->kind == HUIS_SUMMARY_ACTION_ITEMS);
    assert_int_equal(s->n_unsupported_names + s->n_unsupported_numbers, 0);
    for (size_t i = 0; i < s->n_items; i++) {
        assert_true(s->items[i].n_sources > 0);
        for (size_t k = 0; k < s->items[i].n_sources; k++) {
            const huis_source_span *const at = &s->items[i].sources[k];
            assert_true(at->start < at->end && at->end <= source.len);
            assert_int_not_equal(source.ptr[at->start] & 0xC0, 0x80);
            assert_true(at->end == source.len || (source.ptr[at->end] & 0xC0) != 0x80);
        }
    }
    if (shown.len == 0) {
        return;
    }
    huis_check_report *report = NULL;
    huis_error err;
    if (document_count_words(shown) == 0) {
        return;
    }
    assert_int_equal(huis_check(source.ptr, source.len, shown.ptr, shown.len, &report, &err), 0);
    for (size_t i = 0; i < report->n_sentences; i++) {
        if (report->sentences[i].n_unsupported > 0) {
            fail_msg("unsupported '%s' in '%s'", report->sentences[i].unsupported[0], s->text);
        }
    }
    huis_check_report_free(report);
}

static inline huis_summary *summarize_with(const char *text, const huis_summarize_options *o,
                                           huis_session *session)
{
    huis_summary *s = NULL;
    huis_error err = {0};
    const int status = huis_summarize(text, strlen(text), o, session, NULL, NULL, &s, &err);
    if (status != HUIS_OK) {
        fail_msg("%s: '%s'", err.message, text);
    }
    assert_sound(s, text, o->max_words);
    return s;
}

static inline huis_summarize_options options_of(huis_summary_kind kind, huis_summary_mode mode,
                                                uint32_t max_words)
{
    huis_summarize_options o;
    huis_summarize_options_default(&o);
    o.kind = kind;
    o.mode = mode;
    o.max_words = max_words;
    return o;
}

#endif
