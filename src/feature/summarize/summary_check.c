/*
 * summary_check.c - huis_check: the gate of summaries for any text and its source.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "document/document.h"
#include "evidence/evidence.h"
#include "huis/summarize.h"

enum { CHECK_MEMORY_BYTES = 1 << 30 };

/* A report with its memory; huis_check_report is its first member. */
typedef struct owned_report {
    huis_check_report report;
    arena memory;
} owned_report;

huis_check_report *huis_check_report_free(huis_check_report *report)
{
    if (report != NULL) {
        owned_report *const owner = (owned_report *)(void *)report;
        arena_deinit(&owner->memory);
        memory_free(owner);
    }
    return NULL;
}

static int check_utf8(span text, const char *what, huis_error *err)
{
    const size_t valid = utf8_valid_prefix(text);
    if (valid < text.len) {
        return error_set_at(err, HUIS_E_BAD_ARGUMENT, valid,
                            "the %s is not UTF-8 at byte %zu: convert it first", what, valid);
    }
    return HUIS_OK;
}

static bool copy_strings(arena *memory, const span *strings, size_t n, const char **out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = arena_copy(memory, strings[i]);
        if (out[i] == NULL) {
            return false;
        }
    }
    return true;
}

static bool fill_sentence(huis_checked_sentence *s, const evidence_verdict *v, arena *memory)
{
    const size_t n_names = v->n_unsupported_names;
    const size_t n_facts = n_names + v->n_unsupported_numbers;
    const size_t n_bad = n_facts + v->n_unsupported_quotations;
    huis_source_span *const sources = arena_alloc(memory, v->n_sources + 1, sizeof(*sources));
    const char **const bad = arena_alloc(memory, n_bad + 1, sizeof(*bad));
    const char **const reasons = arena_alloc(memory, EVIDENCE_N_REASONS, sizeof(*reasons));
    if (sources == NULL || bad == NULL || reasons == NULL ||
        !copy_strings(memory, v->unsupported_names, v->n_unsupported_names, bad) ||
        !copy_strings(memory, v->unsupported_numbers, v->n_unsupported_numbers, bad + n_names) ||
        !copy_strings(memory, v->unsupported_quotations, v->n_unsupported_quotations,
                      bad + n_facts)) {
        return false;
    }
    for (size_t i = 0; i < v->n_sources; i++) {
        sources[i] = (huis_source_span){.start = v->sources[i].start, .end = v->sources[i].end};
    }
    for (int r = 0; r < EVIDENCE_N_REASONS; r++) {
        if ((v->reasons & (1u << r)) != 0) {
            reasons[s->n_reasons++] = evidence_reason_name((evidence_reason)r);
        }
    }
    s->reasons = reasons;
    s->supported = v->supported;
    s->score = v->score;
    s->sources = sources;
    s->n_sources = v->n_sources;
    s->unsupported = bad;
    s->n_unsupported = n_bad;
    return true;
}

/* Sentences of the checked text, and the segments between them that hold words. */
static size_t list_sentences(const document *d, huis_checked_sentence *out)
{
    size_t n = 0;
    size_t pos = 0;
    for (size_t i = 0; i <= d->n_sentences; i++) {
        const size_t start = i < d->n_sentences ? d->sentences[i].start : d->text.len;
        const size_t end = i < d->n_sentences ? d->sentences[i].end : d->text.len;
        while (pos < start && (unsigned char)d->text.ptr[pos] <= ' ') {
            pos++;
        }
        size_t last = start;
        while (last > pos && (unsigned char)d->text.ptr[last - 1] <= ' ') {
            last--;
        }
        const span between = span_slice(d->text, pos, last);
        /* A lone list mark between two items is no sentence. */
        if (document_count_words(between) > 1) {
            out[n++] = (huis_checked_sentence){.start = pos, .end = last};
        }
        if (start < end) {
            out[n++] = (huis_checked_sentence){.start = start, .end = end};
        }
        pos = end;
    }
    return n;
}

static int judge_sentence(const evidence_index *index, span text, huis_checked_sentence *out,
                          arena *memory, huis_error *err)
{
    evidence_verdict v;
    arena scratch;
    arena_init(&scratch, CHECK_MEMORY_BYTES);
    int status = evidence_check(index, text, &scratch, &v, err);
    if (status == HUIS_OK && !fill_sentence(out, &v, memory)) {
        status = error_no_memory(err, "the report");
    }
    arena_deinit(&scratch);
    return status;
}

static int judge(const evidence_index *index, const document *checked, owned_report *owner,
                 huis_error *err)
{
    huis_checked_sentence *const sentences =
        arena_alloc(&owner->memory, 2 * checked->n_sentences + 2, sizeof(*sentences));
    if (sentences == NULL) {
        return error_no_memory(err, "the report");
    }
    const size_t n = list_sentences(checked, sentences);
    double sum = 0.0;
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        const span text = span_slice(checked->text, sentences[i].start, sentences[i].end);
        RETURN_IF_ERROR(judge_sentence(index, text, &sentences[i], &owner->memory, err));
        sum += sentences[i].score;
        all = all && sentences[i].supported;
    }
    owner->report = (huis_check_report){.supported = all && n > 0,
                                        .score = n > 0 ? sum / (double)n : 0.0,
                                        .sentences = sentences,
                                        .n_sentences = n};
    return HUIS_OK;
}

static int check(span source, span text, owned_report *owner, arena *scratch, huis_error *err)
{
    document from = {0};
    document checked = {0};
    evidence_index *index = NULL;
    int status = document_analyse(&from, source, (document_genre)0, scratch, err);
    if (status != HUIS_OK) {
        return error_prefix(err, status, "source");
    }
    status = document_analyse(&checked, text, DOCUMENT_ARTICLE, scratch, err);
    if (status != HUIS_OK) {
        return error_prefix(err, status, "text");
    }
    status = evidence_index_new(&index, &from, err);
    if (status == HUIS_OK) {
        status = judge(index, &checked, owner, err);
    }
    evidence_index_free(index);
    return status;
}

int huis_check(const char *source, size_t source_bytes, const char *text, size_t text_bytes,
               huis_check_report **out_report, huis_error *err)
{
    if ((source == NULL && source_bytes > 0) || (text == NULL && text_bytes > 0) ||
        out_report == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "huis_check: a text or out_report is NULL");
    }
    RETURN_IF_ERROR(check_utf8(span_from(source, source_bytes), "source", err));
    RETURN_IF_ERROR(check_utf8(span_from(text, text_bytes), "text", err));
    owned_report *owner = memory_alloc(1, sizeof(*owner));
    if (owner == NULL) {
        return error_no_memory(err, "the report");
    }
    arena scratch;
    arena_init(&scratch, (size_t)CHECK_MEMORY_BYTES * 2);
    arena_init(&owner->memory, CHECK_MEMORY_BYTES);
    const int status =
        check(span_from(source, source_bytes), span_from(text, text_bytes), owner, &scratch, err);
    arena_deinit(&scratch);
    if (status != HUIS_OK) {
        huis_check_report_free(&owner->report);
        return status;
    }
    *out_report = &owner->report;
    return HUIS_OK;
}
