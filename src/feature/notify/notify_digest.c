/*
 * notify_digest.c - ranked notifications told in a few lines, best first, in their own words.
 *
 * Never told: hostile records, one-time codes, noise. A line is dropped rather than shown when the checks
 * object (notify_digest_check.c). Pure and deterministic; no model is asked.
 */
#include "feature/notify/notify_digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "document/document.h"

enum {
    FEW_RECORDS = 10,
    FEW_WORDS = 60,
    MANY_RECORDS = 60,
    MANY_WORDS = 200,
    LINE_BYTES = 1 << 16
};

static const char ELLIPSIS[] = "\xE2\x80\xA6";

/* The public result and all that it points to. */
typedef struct digest_block {
    huis_notify_digest digest;
    arena memory;
} digest_block;

void huis_notify_digest_options_default(huis_notify_digest_options *out_options)
{
    *out_options = (huis_notify_digest_options){.struct_size = sizeof(*out_options)};
}

static uint32_t words_for(size_t n_records)
{
    if (n_records <= FEW_RECORDS) {
        return FEW_WORDS;
    }
    const size_t n = n_records < MANY_RECORDS ? n_records : MANY_RECORDS;
    return (uint32_t)(FEW_WORDS +
                      (n - FEW_RECORDS) * (MANY_WORDS - FEW_WORDS) / (MANY_RECORDS - FEW_RECORDS));
}

static int check(size_t n_records, const huis_notify_ranking *ranking,
                 const huis_notify_digest_options *options, huis_error *err)
{
    if (options != NULL && options->struct_size < sizeof(*options)) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "digest options: set them by huis_notify_digest_options_default");
    }
    if (ranking->n_items != n_records) {
        return error_set(err, HUIS_E_BAD_ARGUMENT,
                         "a digest of %zu notifications with a ranking of %zu: rank these",
                         n_records, ranking->n_items);
    }
    for (size_t i = 0; i < ranking->n_items; i++) {
        if (ranking->items[i].record >= n_records) {
            return error_set(err, HUIS_E_BAD_ARGUMENT, "a ranking of other notifications");
        }
    }
    return HUIS_OK;
}

/* ---- one line ---- */

/* Words of huis itself: what the checks allow beside the records' own. */
static bool append_own(const digest_job *job, const digest_entry *e, const digest_line *line,
                       buffer *out)
{
    (void)buffer_append(out, line->is_first ? e->who : span_from(NULL, 0));
    (void)buffer_append_byte(out, ' ');
    if (e->n_same > 1) {
        (void)buffer_printf(out, " %u %s", e->n_same, job->french ? "fois" : "times");
    }
    return buffer_ok(out);
}

/* Whether the line stops inside a sentence whose rest the next line of the record does not show. */
static bool is_broken_off(const digest_job *job, const digest_entry *e, const digest_line *line)
{
    const digest_unit *const last = &e->units[line->end - 1];
    const digest_line *const next = line + 1;
    const bool goes_on = next < job->lines + job->n_lines && next->is_chosen &&
                         next->entry == line->entry && next->first == line->end;
    const bool inside =
        last->end == DIGEST_END_PHRASE || (last->end == DIGEST_END_CLAUSE && e->is_quoted);
    return inside && !goes_on && line->end < e->n_units;
}

static void append_run(digest_job *job, const digest_entry *e, const digest_line *line, buffer *out)
{
    const digest_unit *const first = &e->units[line->first];
    const digest_unit *const last = &e->units[line->end - 1];
    const span text = first->in_title ? e->title.text : e->body.text;
    const span run = span_slice(text, first->start, last->stop);
    const size_t cut = line->cut_words > 0 ? document_word_end(run, line->cut_words) : run.len;
    digest_append_plain(out, span_slice(run, 0, cut), &job->memory);
    if (cut < run.len || is_broken_off(job, e, line)) {
        (void)buffer_append_string(out, ELLIPSIS);
    }
}

static void append_line(digest_job *job, const digest_entry *e, const digest_line *line,
                        buffer *out)
{
    const span who = line->is_first ? e->who : span_from(NULL, 0);
    if (!line->is_first) { /* of the line above */
        (void)buffer_append_string(out, ELLIPSIS);
        (void)buffer_append_byte(out, ' ');
    }
    (void)buffer_append(out, who);
    if (line->has_place && e->place.len > 0) {
        (void)buffer_append_string(out, " (");
        (void)buffer_append(out, e->place);
        (void)buffer_append_byte(out, ')');
    }
    if (who.len > 0) {
        (void)buffer_append_string(out, job->french ? " : " : ": ");
    }
    const size_t start = out->len;
    append_run(job, e, line, out);
    if (out->len == start) { /* nothing but a link: no line */
        buffer_truncate(out, 0);
    } else if (line->is_first && e->n_same > 1) {
        (void)buffer_printf(out, " (%u %s)", e->n_same, job->french ? "fois" : "times");
    }
}

static int copy_records(const digest_job *job, const digest_entry *e, const digest_line *line,
                        arena *memory, huis_notify_line *out, huis_error *err)
{
    size_t *const records = arena_alloc(memory, e->n_same, sizeof(*records));
    huis_notify_source *const sources = arena_alloc(memory, e->n_same + 1, sizeof(*sources));
    if (records == NULL || sources == NULL) {
        return error_no_memory(err, "a digest");
    }
    const digest_unit *const first = &e->units[line->first];
    const notify_text *const text = first->in_title ? &e->title : &e->body;
    const size_t stop = e->units[line->end - 1].stop;
    sources[out->n_sources++] = (huis_notify_source){
        e->record, first->in_title, text->origin[first->start], text->origin[stop]};
    if (line->is_first && e->who_in_title) {
        sources[out->n_sources++] = (huis_notify_source){e->record, true, e->title.origin[0],
                                                         e->title.origin[e->title.text.len]};
    }
    for (const digest_entry *same = e;
         same != NULL && out->n_records<e->n_same; same = same->next_same> 0
             ? &job->entries[same->next_same - 1]
             : NULL) {
        records[out->n_records++] = same->record;
        const bool in_title = same->body.text.len == 0;
        const notify_text *const field = in_title ? &same->title : &same->body;
        if (same != e && out->n_sources < e->n_same + 1) {
            sources[out->n_sources++] = (huis_notify_source){
                same->record, in_title, field->origin[0], field->origin[field->text.len]};
        }
    }
    out->records = records;
    out->sources = sources;
    return HUIS_OK;
}

/* *out_shown false: the line has nothing to say, or the checks object. */
static int write_line(digest_job *job, const digest_line *line, digest_block *block,
                      huis_notify_line *out, bool *out_shown, huis_error *err)
{
    const digest_entry *const e = &job->entries[line->entry];
    buffer text;
    buffer own;
    buffer_init(&text, LINE_BYTES);
    buffer_init(&own, LINE_BYTES);
    append_line(job, e, line, &text);
    *out_shown = append_own(job, e, line, &own) && buffer_ok(&text) && text.len > 0 &&
                 digest_may_show(job, buffer_span(&text), e, buffer_span(&own), &job->memory);
    int status = HUIS_OK;
    if (*out_shown) {
        *out = (huis_notify_line){.text = arena_copy(&block->memory, buffer_span(&text)),
                                  .stack = e->stack};
        status = out->text != NULL ? copy_records(job, e, line, &block->memory, out, err)
                                   : error_no_memory(err, "a digest");
    }
    buffer_deinit(&text);
    buffer_deinit(&own);
    return status;
}

/* ---- the whole ---- */

static bool is_told(huis_notify_class cls)
{
    return cls == HUIS_NOTIFY_CRITICAL || cls == HUIS_NOTIFY_TODAY || cls == HUIS_NOTIFY_PERSONAL ||
           cls == HUIS_NOTIFY_LATER;
}

static int read_entries(digest_job *job, huis_error *err)
{
    job->entries = arena_alloc(&job->memory, DIGEST_MAX_ENTRIES, sizeof(*job->entries));
    job->words = arena_alloc(&job->memory, 1, sizeof(*job->words));
    if (job->entries == NULL || job->words == NULL) {
        return error_no_memory(err, "a digest");
    }
    for (size_t i = 0; i < job->ranking->n_items && job->n_entries < DIGEST_MAX_ENTRIES; i++) {
        const huis_notify_rank_item *const item = &job->ranking->items[i];
        if (is_told(item->cls) && !item->one_time_code) {
            RETURN_IF_ERROR(digest_entry_add(job, item, err));
        }
    }
    digest_entries_group(job);
    return digest_lines_choose(job, err);
}

/* Lines of a stack stand together, stacks in the order of their best record. */
static int write_lines(digest_job *job, digest_block *block, bool *spoken, huis_error *err)
{
    huis_notify_line *const lines = arena_alloc(&block->memory, job->n_lines + 1, sizeof(*lines));
    if (lines == NULL) {
        return error_no_memory(err, "a digest");
    }
    uint32_t n_stacks = 0;
    for (size_t i = 0; i < job->n_entries; i++) {
        n_stacks = job->entries[i].stack >= n_stacks ? job->entries[i].stack + 1 : n_stacks;
    }
    size_t n = 0;
    uint32_t n_shown = 0;           /* stacks */
    uint32_t headless = UINT32_MAX; /* an entry whose line that says who was not shown */
    for (uint32_t stack = 0; stack < n_stacks; stack++) {
        const size_t before = n;
        for (size_t i = 0; i < job->n_lines; i++) {
            const digest_line *const line = &job->lines[i];
            bool shown = false;
            if (!line->is_chosen || job->entries[line->entry].stack != stack) {
                continue;
            }
            if (line->entry != headless) {
                RETURN_IF_ERROR(write_line(job, line, block, &lines[n], &shown, err));
            }
            block->digest.n_fallbacks += !shown;
            headless = line->is_first && !shown ? line->entry : headless;
            for (size_t k = 0; shown && k < lines[n].n_records; k++) {
                spoken[lines[n].records[k]] = true;
            }
            lines[n].stack = n_shown;
            n += shown;
        }
        n_shown += n > before;
    }
    block->digest.lines = lines;
    block->digest.n_lines = n;
    return HUIS_OK;
}

static int finish(const digest_job *job, digest_block *block, const bool *spoken, huis_error *err)
{
    huis_notify_digest *const d = &block->digest;
    size_t *const held = arena_alloc(&block->memory, job->ranking->n_items + 1, sizeof(*held));
    buffer text;
    buffer_init(&text, LIMIT_NOTIFY_MEMORY_BYTES);
    for (size_t i = 0; i < d->n_lines; i++) {
        (void)buffer_append_string(&text, i > 0 ? "\n" : "");
        (void)buffer_append_string(&text, d->lines[i].text);
    }
    d->text = buffer_ok(&text) ? arena_copy(&block->memory, buffer_span(&text)) : NULL;
    buffer_deinit(&text);
    if (held == NULL || d->text == NULL) {
        return error_no_memory(err, "a digest");
    }
    for (size_t i = 0; i < job->ranking->n_items; i++) {
        if (!spoken[job->ranking->items[i].record]) {
            held[d->n_held_back++] = job->ranking->items[i].record;
        }
    }
    d->held_back = held;
    return HUIS_OK;
}

static int make(digest_job *job, digest_block *block, huis_error *err)
{
    bool *const spoken = memory_alloc(job->ranking->n_items + 1, sizeof(*spoken));
    if (spoken == NULL) {
        return error_no_memory(err, "a digest");
    }
    int status = read_entries(job, err);
    status = status == HUIS_OK ? write_lines(job, block, spoken, err) : status;
    status = status == HUIS_OK ? finish(job, block, spoken, err) : status;
    (void)memory_free(spoken);
    return status;
}

int huis_notify_digest_make(const huis_notification *records, size_t n_records,
                            const huis_notify_ranking *ranking,
                            const huis_notify_digest_options *options, huis_session *session,
                            huis_notify_digest **out_digest, huis_error *err)
{
    (void)session; /* docs/notify.md, "No model" */
    RETURN_IF_ERROR(check(n_records, ranking, options, err));
    const char *const language =
        options != NULL && options->language != NULL ? options->language : ranking->language;
    digest_job job = {.records = records,
                      .ranking = ranking,
                      .french = language != NULL && language[0] == 'f' && language[1] == 'r',
                      .words_left = options != NULL && options->max_words > 0
                                        ? options->max_words
                                        : words_for(n_records)};
    digest_block *const block = memory_alloc(1, sizeof(*block));
    if (block == NULL) {
        return error_no_memory(err, "a digest");
    }
    arena_init(&block->memory, LIMIT_NOTIFY_MEMORY_BYTES);
    arena_init(&job.memory, LIMIT_NOTIFY_MEMORY_BYTES);
    const int status = make(&job, block, err);
    arena_deinit(&job.memory);
    if (status != HUIS_OK) {
        (void)huis_notify_digest_free(&block->digest);
        return status;
    }
    *out_digest = &block->digest;
    return HUIS_OK;
}

huis_notify_digest *huis_notify_digest_free(huis_notify_digest *digest)
{
    digest_block *const block = (digest_block *)(void *)digest; /* its first member */
    if (block != NULL) {
        arena_deinit(&block->memory);
    }
    return memory_free(block);
}
