/*
 * summary.c - huis_summarize: from a text to a checked summary.
 *
 * Analyse, index, rank; then one of the kinds and modes adds items through summary_add; then the
 * items' texts are joined. The summary and all it points to live in one arena.
 */
#include "feature/summarize/summary.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/utf8.h"
#include "feature/summarize/summary_tree.h"

/* A summary with its memory; huis_summary is its first member. */
typedef struct owned_summary {
    huis_summary summary;
    arena memory;
} owned_summary;

enum {
    LAST_RESORT_BYTES = 2000,
    LOOKED_AT_BYTES = 1 << 20 /* to tell whether a model would be used */
};

static const uint32_t DEFAULT_WORDS[] = {
    [HUIS_SUMMARY_TLDR] = 40,     [HUIS_SUMMARY_KEY_POINTS] = 100,
    [HUIS_SUMMARY_HEADLINE] = 12, [HUIS_SUMMARY_ACTION_ITEMS] = 400,
    [HUIS_SUMMARY_TEASER] = 30,   [HUIS_SUMMARY_TABLE] = 120,
    [HUIS_SUMMARY_DIGEST] = 200,
};

void huis_summarize_options_default(huis_summarize_options *out_options)
{
    *out_options = (huis_summarize_options){
        .struct_size = sizeof(*out_options),
        .kind = HUIS_SUMMARY_TLDR,
        .mode = HUIS_SUMMARY_AUTO,
        .genre = HUIS_GENRE_AUTO,
    };
}

/* Defaults, overlaid with what a caller of an older header knows. */
static huis_summarize_options read_options(const huis_summarize_options *given)
{
    huis_summarize_options options;
    huis_summarize_options_default(&options);
    if (given != NULL) {
        const size_t known = sizeof(options);
        memcpy(&options, given, given->struct_size < known ? given->struct_size : known);
    }
    return options;
}

huis_summary *huis_summary_free(huis_summary *summary)
{
    if (summary != NULL) {
        /* cppcheck-suppress dangerousTypeCast ; the first member of its owner */
        owned_summary *const owner = (owned_summary *)(void *)summary;
        arena_deinit(&owner->memory);
        memory_free(owner);
    }
    return NULL;
}

/* Options that nobody initialised would be passed over in silence. */
static int check_struct(const huis_summarize_options *given, huis_error *err)
{
    const size_t least = offsetof(huis_summarize_options, kind) + sizeof(given->kind);
    return given == NULL || given->struct_size >= least
               ? HUIS_OK
               : error_set(err, HUIS_E_BAD_ARGUMENT,
                           "huis_summarize: options.struct_size is %u: call "
                           "huis_summarize_options_default first",
                           given->struct_size);
}

static int check_arguments(const char *text, size_t text_bytes,
                           const huis_summarize_options *options, huis_error *err)
{
    if (text == NULL && text_bytes > 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "huis_summarize: the text is NULL");
    }
    if (text_bytes > LIMIT_TEXT_BYTES) {
        return error_set(err, HUIS_E_LIMIT,
                         "the text has %zu bytes; at most %u can be summarised: give a part of it",
                         text_bytes, LIMIT_TEXT_BYTES);
    }
    const size_t valid = utf8_valid_prefix(span_from(text, text_bytes));
    if (valid < text_bytes) {
        return error_set_at(err, HUIS_E_BAD_ARGUMENT, valid,
                            "the text is not UTF-8 at byte %zu: convert it first", valid);
    }
    if (options->kind < HUIS_SUMMARY_TLDR || options->kind > HUIS_SUMMARY_DIGEST ||
        options->mode > HUIS_SUMMARY_ABSTRACT || options->genre > HUIS_GENRE_DIALOGUE) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "huis_summarize: kind %d, mode %d or genre %d is not known",
                         (int)options->kind, (int)options->mode, (int)options->genre);
    }
    const char *const language = options->language;
    if (language != NULL && strcmp(language, "fr") != 0 && strcmp(language, "en") != 0) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "huis_summarize: language '%.16s' is not known: fr or en", language);
    }
    const char *const focus = options->focus != NULL ? options->focus : "";
    if (utf8_valid_prefix(span_from_string(focus)) < strlen(focus)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "the focus question is not UTF-8");
    }
    return summary_check_parts(span_from(text, text_bytes), options, err);
}

int summary_progress(summary_job *job, huis_summary_stage stage, uint64_t n_done, uint64_t n_total)
{
    const huis_summary_progress progress = {.stage = stage, .n_done = n_done, .n_total = n_total};
    if (job->options->on_progress == NULL ||
        job->options->on_progress(job->options->progress_user, &progress)) {
        return HUIS_OK;
    }
    return error_set(job->err, HUIS_E_CANCELLED, "the summary was cancelled by the caller");
}

bool summary_on_event(void *user, const huis_event *event)
{
    summary_job *const job = user;
    const bool reads = event->kind == HUIS_EVENT_PREFILL;
    job->n_shown = reads ? event->n_total : job->n_shown;
    const uint64_t n_done = reads ? event->n_done : job->n_shown;
    return summary_progress(job, HUIS_SUMMARY_WRITING, n_done, job->n_shown) == HUIS_OK;
}

/* Fewer words than are worth choosing from: the text itself, or a mail's own sentences. */
static bool is_short(const summary_job *job)
{
    size_t words = 0;
    for (size_t i = 0; i < job->source->n_sentences && words < SUMMARY_SHORT_WORDS; i++) {
        words += document_count_words(summary_sentence_text(job, i));
    }
    return words < SUMMARY_SHORT_WORDS && words <= job->words_left;
}

static span trim(span text)
{
    while (text.len > 0 && (unsigned char)text.ptr[0] <= ' ') {
        text = span_slice(text, 1, text.len);
    }
    while (text.len > 0 && (unsigned char)text.ptr[text.len - 1] <= ' ') {
        text.len--;
    }
    return text;
}

/* The whole text as one item if that is short too; else its sentences, each an item. */
static int add_as_it_is(summary_job *job)
{
    const span text = trim(job->source->text);
    bool added = false;
    job->summary->mode = HUIS_SUMMARY_EXTRACT;
    if (document_count_words(text) < SUMMARY_SHORT_WORDS) {
        const uint64_t start = (uint64_t)(text.ptr - job->source->text.ptr);
        const huis_source_span source = {.start = start, .end = start + text.len};
        const summary_draft draft = {.text = text, .sources = &source, .n_sources = 1};
        RETURN_IF_ERROR(summary_add(job, &draft, &added));
    }
    for (size_t i = 0; !added && i < job->source->n_sentences; i++) {
        bool one = false;
        RETURN_IF_ERROR(summary_add_sentence(job, i, false, &one));
    }
    return HUIS_OK;
}

/* A text without any sentence that can be shown: its first words, or the sign that it is there. */
static int add_last_resort(summary_job *job)
{
    const span text = trim(job->source->text);
    bool added = false;
    RETURN_IF_ERROR(summary_add_cut(
        job, span_slice(text, 0, utf8_complete_prefix(span_slice(text, 0, LAST_RESORT_BYTES))),
        job->words_left, NULL, &added));
    if (added) {
        return HUIS_OK;
    }
    const uint64_t start = (uint64_t)(text.ptr - job->source->text.ptr);
    const huis_source_span source = {.start = start, .end = start + text.len};
    const summary_draft draft = {.text = SPAN("\xE2\x80\xA6"), .sources = &source, .n_sources = 1};
    return summary_add(job, &draft, &added);
}

static int run(summary_job *job)
{
    if (summary_crosses_language(job)) {
        RETURN_IF_ERROR(summary_check_language(job));
        RETURN_IF_ERROR(summary_translate(job));
        return job->summary->n_items > 0 ? HUIS_OK : add_last_resort(job);
    }
    if (job->options->kind == HUIS_SUMMARY_ACTION_ITEMS) {
        job->summary->mode = HUIS_SUMMARY_EXTRACT;
        return job->is_done ? HUIS_OK : summary_find_actions(job);
    }
    if (job->is_done) {
        return HUIS_OK;
    }
    if (is_short(job)) {
        RETURN_IF_ERROR(add_as_it_is(job));
        if (job->summary->n_items > 0) {
            return HUIS_OK;
        }
    }
    const huis_summary_mode mode = job->options->mode;
    const bool wants = mode == HUIS_SUMMARY_HYBRID || mode == HUIS_SUMMARY_ABSTRACT ||
                       (mode == HUIS_SUMMARY_AUTO && summary_prefers_writing(job));
    if (job->session != NULL && wants) {
        RETURN_IF_ERROR(summary_write(job));
        if (job->summary->n_items > 0) {
            return HUIS_OK;
        }
    }
    /* Of a whole meeting, single clauses say less than its turns do (docs/quality.md). */
    const bool tells = !job->is_long && (job->options->kind == HUIS_SUMMARY_TLDR ||
                                         job->options->kind == HUIS_SUMMARY_KEY_POINTS);
    if (tells && (mode == HUIS_SUMMARY_AUTO || mode == HUIS_SUMMARY_HYBRID)) {
        RETURN_IF_ERROR(summary_tell_dialogue(job));
        if (job->summary->n_items > 0) {
            return HUIS_OK;
        }
    }
    RETURN_IF_ERROR(summary_extract(job));
    return job->summary->n_items > 0 ? HUIS_OK : add_last_resort(job);
}

/* text = the items' texts joined by line breaks. A summary is never empty but for action items. */
static int finish(summary_job *job)
{
    huis_summary *const s = job->summary;
    buffer text;
    buffer_init(&text, (size_t)SUMMARY_MAX_ITEMS * SUMMARY_ITEM_BYTES);
    for (size_t i = 0; i < s->n_items; i++) {
        (void)(i > 0 && buffer_append_byte(&text, '\n'));
        (void)buffer_append_string(&text, job->items[i].text);
    }
    const bool ok = buffer_ok(&text);
    s->text = ok ? arena_copy(job->memory, buffer_span(&text)) : NULL;
    buffer_deinit(&text);
    if (s->text == NULL) {
        return summary_no_memory(job);
    }
    s->items = job->items;
    s->elapsed_ms = (double)(clock_monotonic_us() - job->started_us) / 1000.0;
    return HUIS_OK;
}

/* A text that is looked at in one piece. */
static int read_whole(summary_job *job, const document_part *whole, span text, document *d)
{
    RETURN_IF_ERROR(document_analyse(d, text, whole->genre, &job->scratch, job->err));
    job->source = d;
    RETURN_IF_ERROR(evidence_index_new(&job->index, d, job->err));
    RETURN_IF_ERROR(summary_rank(job, &job->scratch));
    return summary_apply_focus(job, job->index, job->scores);
}

/* Many documents: a line for each. */
static int read_digest(summary_job *job, span text, const summary_runs *runs, document *d)
{
    job->digest = summary_digest_new(job, runs->n_parts);
    int status =
        job->digest != NULL ? summary_read_tree(job, text, runs, d) : summary_no_memory(job);
    if (status == HUIS_OK) {
        status = summary_digest_add(job, text, runs);
    }
    job->digest = summary_digest_free(job->digest);
    job->is_done = job->summary->n_items > 0;
    /* No line had room: what the whole says. */
    return status == HUIS_OK && !job->is_done ? summary_read_tree(job, text, runs, d) : status;
}

static int prepare(summary_job *job, document *d, span text)
{
    summary_runs runs = {0};
    RETURN_IF_ERROR(summary_progress(job, HUIS_SUMMARY_READING, 0, text.len));
    int status = summary_find_runs(&runs, text, job->options, job->err);
    if (status == HUIS_OK && runs.count == 1 && runs.list[0].run.start == 0 &&
        runs.list[0].run.end == text.len) {
        status = read_whole(job, &runs.list[0].run, text, d);
    } else if (status == HUIS_OK && job->options->kind == HUIS_SUMMARY_DIGEST) {
        status = read_digest(job, text, &runs, d);
    } else if (status == HUIS_OK) {
        status = summary_read_tree(job, text, &runs, d);
        job->is_done = job->options->kind == HUIS_SUMMARY_ACTION_ITEMS;
    }
    summary_runs_deinit(&runs);
    if (status != HUIS_OK) {
        return status;
    }
    job->summary->genre = (huis_genre)d->genre;
    job->summary->language = arena_copy(job->memory, span_from_string(d->language));
    return job->summary->language != NULL ? HUIS_OK : summary_no_memory(job);
}

int huis_summarize(const char *text, size_t text_bytes, const huis_summarize_options *options,
                   huis_session *session, huis_summary_item_fn on_item, void *user,
                   huis_summary **out_summary, huis_error *err)
{
    const huis_summarize_options given = read_options(options);
    const huis_summarize_options *const o = &given;
    const int64_t started_us = clock_monotonic_us();
    if (out_summary == NULL) {
        return error_set(err, HUIS_E_BAD_ARGUMENT, "huis_summarize: out_summary is NULL");
    }
    RETURN_IF_ERROR(check_struct(options, err));
    RETURN_IF_ERROR(check_arguments(text, text_bytes, o, err));
    owned_summary *owner = memory_alloc(1, sizeof(*owner));
    if (owner == NULL) {
        return error_no_memory(err, "the summary");
    }
    arena_init(&owner->memory, SUMMARY_MEMORY_BYTES);
    owner->summary.kind = o->kind;
    owner->summary.mode = HUIS_SUMMARY_EXTRACT;
    summary_job job = {
        .options = o,
        .memory = &owner->memory,
        .session = session,
        .on_item = on_item,
        .user = user,
        .started_us = started_us,
        .summary = &owner->summary,
        .err = err,
        .words_left = o->max_words != 0 ? o->max_words : DEFAULT_WORDS[o->kind],
    };
    document d = {0};
    arena_init(&job.scratch, (size_t)SUMMARY_MEMORY_BYTES * 2);
    job.items = arena_alloc(job.memory, SUMMARY_MAX_ITEMS, sizeof(*job.items));
    int status = job.items != NULL ? prepare(&job, &d, span_from(text, text_bytes))
                                   : summary_no_memory(&job);
    status = status == HUIS_OK ? run(&job) : status;
    status = status == HUIS_OK ? finish(&job) : status;
    evidence_index_free(job.index);
    arena_deinit(&job.scratch);
    if (status != HUIS_OK) {
        huis_summary_free(&owner->summary);
        return status;
    }
    *out_summary = &owner->summary;
    return HUIS_OK;
}

static bool is_always_extracted(huis_summary_kind kind)
{
    return kind == HUIS_SUMMARY_ACTION_ITEMS || kind == HUIS_SUMMARY_TEASER ||
           kind == HUIS_SUMMARY_TABLE || kind == HUIS_SUMMARY_DIGEST;
}

bool huis_summarize_uses_model(const char *text, size_t text_bytes,
                               const huis_summarize_options *options)
{
    const huis_summarize_options o = read_options(options);
    if (is_always_extracted(o.kind)) {
        return false;
    }
    if (o.mode != HUIS_SUMMARY_AUTO) {
        return o.mode != HUIS_SUMMARY_EXTRACT;
    }
    /* The start of a long text says what it is. */
    const span all = span_from(text, text_bytes);
    const span start =
        span_slice(all, 0, utf8_complete_prefix(span_slice(all, 0, LOOKED_AT_BYTES)));
    document d = {0};
    summary_job job = {.options = &o, .source = &d, .is_long = text_bytes >= SUMMARY_LONG_BYTES};
    arena_init(&job.scratch, SUMMARY_MEMORY_BYTES);
    const bool uses =
        check_struct(options, NULL) == HUIS_OK &&
        check_arguments(text, text_bytes, &o, NULL) == HUIS_OK &&
        document_analyse(&d, start, (document_genre)o.genre, &job.scratch, NULL) == HUIS_OK &&
        (summary_prefers_writing(&job) || summary_crosses_language(&job));
    arena_deinit(&job.scratch);
    return uses;
}
