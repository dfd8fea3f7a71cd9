/*
 * fuzz_summarize.c - any text, any answer of a model: limits, borders and sources hold.
 *
 * The first three bytes choose kind, mode and word limit, and whether the text is given in parts; the
 * rest is the text, up to a NUL, then what the model answers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/feature/scripted_session.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "document/document.h"
#include "huis/summarize.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_BYTES = 1 << 14 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static bool is_border(span text, uint64_t at)
{
    return at == text.len || (at < text.len && (text.ptr[at] & 0xC0) != 0x80);
}

static void check_summary(const huis_summary *s, span text, uint32_t max_words)
{
    const span shown = span_from_string(s->text);
    require(max_words == 0 || document_count_words(shown) <= max_words);
    require(shown.len > 0 || s->kind == HUIS_SUMMARY_ACTION_ITEMS);
    require(utf8_valid_prefix(shown) == shown.len);
    for (size_t i = 0; i < s->n_items; i++) {
        require(s->items[i].n_sources > 0);
        for (size_t k = 0; k < s->items[i].n_sources; k++) {
            const huis_source_span *const at = &s->items[i].sources[k];
            require(at->start < at->end && is_border(text, at->start) && is_border(text, at->end));
        }
    }
}

enum { MAX_PARTS = 4 };

/* Parts of about the same size, with a gap now and then; some are empty. Returns how many. */
static size_t cut_parts(span text, uint8_t seed, huis_text_part *out)
{
    const size_t n = 1 + seed % MAX_PARTS;
    uint64_t at = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t end = text.len * (i + 1) / n;
        while (!is_border(text, end)) {
            end++;
        }
        const bool has_gap = (seed & (16u << i)) != 0;
        out[i] = (huis_text_part){.start = has_gap ? end : at,
                                  .end = end,
                                  .genre = (huis_genre)(seed / 4 % 4),
                                  .title = "part"};
        at = end;
    }
    return n;
}

/* As far as the work is told, it goes forward; cancels at a chosen step. */
static bool on_progress(void *user, const huis_summary_progress *at)
{
    unsigned *const steps = user;
    require(at->n_done <= at->n_total);
    return --*steps != 0;
}

static void run(const uint8_t *choice, span text, const char *answer)
{
    huis_summarize_options options;
    huis_summarize_options_default(&options);
    options.kind = (huis_summary_kind)(1 + choice[0] % 7);
    options.mode = (huis_summary_mode)(choice[1] % 4);
    options.genre = (huis_genre)(choice[1] / 4 % 4);
    options.max_words = choice[2] % 64;
    options.now = (choice[0] & 0x80) != 0 ? "2026-03-11T09:00:00Z" : NULL;
    options.focus = (choice[0] & 0x40) != 0 ? answer : NULL;
    huis_text_part parts[MAX_PARTS];
    unsigned steps = choice[1] >= 0xF0 ? 1 + choice[2] % 8 : 0;
    if ((choice[0] & 0x20) != 0) {
        options.n_parts = cut_parts(text, choice[2], parts);
        options.parts = parts;
    }
    options.language = (choice[1] & 0x40) != 0 ? "fr" : NULL;
    options.on_progress = on_progress;
    options.progress_user = &steps;
    huis_summary *s = NULL;
    huis_error err;
    scripted_session_answers(&answer, 1);
    if (huis_summarize(text.ptr, text.len, &options, scripted_session(), NULL, NULL, &s, &err) ==
        HUIS_OK) {
        check_summary(s, text, options.max_words);
        huis_summary_free(s);
    }
    huis_check_report *report = NULL;
    if (huis_check(text.ptr, text.len, answer, strlen(answer), &report, &err) == HUIS_OK) {
        require(report->score >= 0.0 && report->score <= 1.0);
        huis_check_report_free(report);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4 || size > MAX_BYTES) {
        return 0;
    }
    const char *const bytes = (const char *)data + 3;
    const char *const nul = memchr(bytes, '\0', size - 3);
    const size_t n_text = nul != NULL ? (size_t)(nul - bytes) : size - 3;
    const size_t n_answer = nul != NULL ? size - 3 - n_text - 1 : 0;
    buffer text;
    buffer answer;
    buffer_init(&text, 4 * MAX_BYTES);
    buffer_init(&answer, 4 * MAX_BYTES);
    const span raw_answer = span_from(n_answer > 0 ? nul + 1 : "", n_answer);
    if (utf8_append_repaired(&text, span_from(bytes, n_text)) &&
        utf8_append_repaired(&answer, raw_answer)) {
        run(data, buffer_span(&text), buffer_string(&answer));
    }
    buffer_deinit(&text);
    buffer_deinit(&answer);
    return 0;
}
