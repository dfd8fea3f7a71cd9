/*
 * summary_items.c - the one door through which text leaves: word limit, gate, citation.
 */
#include "base/clock.h"
#include "base/error.h"
#include "feature/summarize/summary.h"

int summary_no_memory(summary_job *job)
{
    return error_no_memory(job->err, "the summary");
}

span summary_sentence_text(const summary_job *job, size_t i)
{
    const document_sentence *const s = &job->source->sentences[i];
    return span_slice(job->source->text, s->start, s->end);
}

segment_kind summary_sentence_kind(const summary_job *job, size_t i)
{
    return job->source->segments[job->source->sentences[i].segment].kind;
}

span summary_turn_speaker(const summary_job *job, size_t i)
{
    const document_segment *const s = &job->source->segments[job->source->sentences[i].segment];
    return s->kind == SEGMENT_TURN ? span_slice(job->source->text, s->name_start, s->name_end)
                                   : span_from(NULL, 0);
}

span summary_turn_words(const summary_job *job, size_t i)
{
    const document_sentence *const s = &job->source->sentences[i];
    const size_t body = job->source->segments[s->segment].body;
    const bool within = body > s->start && body < s->end;
    return span_slice(job->source->text, within ? body : s->start, s->end);
}

size_t summary_best_sentence(const summary_job *job)
{
    size_t best = 0;
    for (size_t i = 1; i < job->source->n_sentences; i++) {
        best = job->scores[i] > job->scores[best] ? i : best;
    }
    return best;
}

bool summary_is_french(const summary_job *job)
{
    return strcmp(job->source->language, "fr") == 0;
}

int summary_apply_focus(const summary_job *job, const evidence_index *index, double *scores)
{
    const char *const focus = job->options->focus;
    return focus == NULL ? HUIS_OK
                         : evidence_focus(index, span_from_string(focus), scores, job->err);
}

span summary_display_name(span address)
{
    const char *const angle = address.len > 0 ? memchr(address.ptr, '<', address.len) : NULL;
    span name = span_slice(address, 0, angle != NULL ? (size_t)(angle - address.ptr) : address.len);
    while (name.len > 0 && strchr(" \"'", name.ptr[name.len - 1]) != NULL) {
        name.len--;
    }
    while (name.len > 0 && strchr(" \"'", name.ptr[0]) != NULL) {
        name = span_slice(name, 1, name.len);
    }
    return name;
}

static bool line_is_header(span line, const char *name, span *out_value)
{
    const span wanted = span_from_string(name);
    if (line.len <= wanted.len) {
        return false;
    }
    for (size_t i = 0; i < wanted.len; i++) {
        const char a = line.ptr[i];
        const char b = wanted.ptr[i];
        if ((a | 0x20) != (b | 0x20)) {
            return false;
        }
    }
    size_t at = wanted.len;
    while (at < line.len && (line.ptr[at] == ' ' || line.ptr[at] == '*' || line.ptr[at] == '\xC2' ||
                             line.ptr[at] == '\xA0')) {
        at++;
    }
    if (at >= line.len || line.ptr[at] != ':') {
        return false;
    }
    at++;
    while (at < line.len && line.ptr[at] == ' ') {
        at++;
    }
    *out_value = span_slice(line, at, line.len);
    return out_value->len > 0;
}

/* The value of a header within these segments. */
static span header_in(const document *d, size_t from, size_t to, const char *english,
                      const char *french)
{
    for (size_t i = from; i < to; i++) {
        if (d->segments[i].kind != SEGMENT_HEADER) {
            continue;
        }
        const span block = span_slice(d->text, d->segments[i].start, d->segments[i].end);
        for (size_t start = 0; start < block.len;) {
            const char *const newline = memchr(block.ptr + start, '\n', block.len - start);
            const size_t end = newline != NULL ? (size_t)(newline - block.ptr) : block.len;
            span value = {0};
            const span line = span_slice(block, start, end);
            if (line_is_header(line, english, &value) || line_is_header(line, french, &value)) {
                return value;
            }
            start = end + 1;
        }
    }
    return span_from(NULL, 0);
}

span summary_header(const summary_job *job, const char *english, const char *french)
{
    return header_in(job->source, 0, job->source->n_segments, english, french);
}

static bool starts_message(const document *d, size_t i_segment)
{
    const document_segment *const s = &d->segments[i_segment];
    return s->kind == SEGMENT_HEADER &&
           span_starts_with(span_slice(d->text, s->start, s->end), SPAN("=== "));
}

void summary_message_of(const summary_job *job, size_t i_sentence, size_t *out_from, size_t *out_to)
{
    const document *const d = job->source;
    size_t from = d->sentences[i_sentence].segment;
    size_t to = from + 1;
    while (from > 0 && !starts_message(d, from)) {
        from--;
    }
    while (to < d->n_segments && !starts_message(d, to)) {
        to++;
    }
    *out_from = from;
    *out_to = to;
}

span summary_header_of(const summary_job *job, size_t i_sentence, const char *english,
                       const char *french)
{
    size_t from = 0;
    size_t to = 0;
    summary_message_of(job, i_sentence, &from, &to);
    return header_in(job->source, from, to, english, french);
}

bool summary_is_answered(const summary_job *job, size_t i_sentence)
{
    const document *const d = job->source;
    const span sentence = summary_sentence_text(job, i_sentence);
    size_t from = 0;
    size_t to = 0;
    if (d->genre != DOCUMENT_MAIL || sentence.len == 0 || sentence.ptr[sentence.len - 1] != '?') {
        return false;
    }
    summary_message_of(job, i_sentence, &from, &to);
    const span asks = header_in(d, from, to, "From", "De");
    while (asks.len > 0 && to < d->n_segments) {
        from = to++;
        while (to < d->n_segments && !starts_message(d, to)) {
            to++;
        }
        const span answers = header_in(d, from, to, "From", "De");
        if (answers.len > 0 && !span_equal(answers, asks)) {
            return true;
        }
    }
    return false;
}

/* Whether the source has every name, number and quotation of the text. */
static int passes_gate(summary_job *job, span text, bool *out_passes)
{
    evidence_verdict v;
    arena memory;
    *out_passes = true;
    if (job->crosses) {
        return HUIS_OK;
    }
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    const int status = evidence_check(job->index, text, &memory, &v, job->err);
    if (status == HUIS_OK) {
        *out_passes = v.n_unsupported_names == 0 && v.n_unsupported_numbers == 0 &&
                      v.n_unsupported_quotations == 0;
    }
    arena_deinit(&memory);
    return status;
}

/* One cell; NULL stays NULL. False: no memory. */
static bool copy_cell(summary_job *job, const char *cell, const char **out)
{
    *out = cell != NULL ? arena_copy(job->memory, span_from_string(cell)) : NULL;
    return cell == NULL || *out != NULL;
}

static bool copy_cells(summary_job *job, const summary_draft *draft, huis_summary_item *out)
{
    return copy_cell(job, draft->title, &out->title) && copy_cell(job, draft->who, &out->who) &&
           copy_cell(job, draft->when, &out->when) && copy_cell(job, draft->amount, &out->amount);
}

static bool copy_item(summary_job *job, const summary_draft *draft, huis_summary_item *out)
{
    huis_source_span *const sources = arena_alloc(job->memory, draft->n_sources, sizeof(*sources));
    const char *const text = arena_copy(job->memory, draft->text);
    if (sources == NULL || text == NULL) {
        return false;
    }
    memcpy(sources, draft->sources, draft->n_sources * sizeof(*sources));
    *out = (huis_summary_item){.text = text, .sources = sources, .n_sources = draft->n_sources};
    if (draft->person != NULL) {
        out->person = arena_copy(job->memory, span_from_string(draft->person));
    }
    if (draft->deadline != NULL) {
        out->deadline = arena_copy(job->memory, span_from_string(draft->deadline));
    }
    return (draft->person == NULL) == (out->person == NULL) &&
           (draft->deadline == NULL) == (out->deadline == NULL) && copy_cells(job, draft, out);
}

/* Cells are shown with the text, so their words count. */
static size_t count_words(const summary_draft *draft)
{
    return document_count_words(draft->text) +
           document_count_words(span_from_string(draft->title)) +
           document_count_words(span_from_string(draft->who)) +
           document_count_words(span_from_string(draft->amount));
}

int summary_add(summary_job *job, const summary_draft *draft, bool *out_added)
{
    const size_t words = count_words(draft);
    bool passes = false;
    *out_added = false;
    if ((words == 0 && !span_equal(draft->text, SPAN("\xE2\x80\xA6"))) || words > job->words_left ||
        draft->n_sources == 0 || job->summary->n_items >= SUMMARY_MAX_ITEMS) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(passes_gate(job, draft->text, &passes));
    if (!passes) {
        return HUIS_OK;
    }
    huis_summary_item *const item = &job->items[job->summary->n_items];
    if (!copy_item(job, draft, item)) {
        return summary_no_memory(job);
    }
    job->summary->n_items++;
    job->words_left -= words;
    *out_added = true;
    if (job->summary->n_items == 1) {
        job->summary->first_item_ms = (double)(clock_monotonic_us() - job->started_us) / 1000.0;
    }
    if (job->on_item != NULL && !job->on_item(job->user, item)) {
        return error_set(job->err, HUIS_E_CANCELLED, "the summary was cancelled by the caller");
    }
    return HUIS_OK;
}

/* The start of the first word at or after `at` that is not a function word; text.len: none. */
static size_t next_content_word(span text, size_t at)
{
    while (at < text.len) {
        while (at < text.len && text.ptr[at] == ' ') {
            at++;
        }
        size_t end = at;
        while (end < text.len && text.ptr[end] != ' ') {
            end++;
        }
        const span word = span_slice(text, at, end);
        if (document_count_words(word) > 0 && !evidence_is_function_word(word)) {
            return at;
        }
        at = end;
    }
    return text.len;
}

static size_t next_space(span text, size_t at)
{
    while (at < text.len && text.ptr[at] != ' ') {
        at++;
    }
    return at;
}

/* Cuts `flat` to ever fewer words until the gate passes; *out_added tells. */
static int add_shrinking(summary_job *job, span flat, size_t max_words, size_t min_words,
                         const summary_draft *like, bool *out_added)
{
    buffer text;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    int status = HUIS_OK;
    *out_added = false;
    for (size_t n = max_words; n >= min_words && n > 0 && !*out_added && status == HUIS_OK; n--) {
        buffer_reset(&text);
        if (!summary_append_cut(&text, flat, n)) {
            status = summary_no_memory(job);
        } else if (document_count_words(buffer_span(&text)) >= min_words) {
            summary_draft draft = *like;
            draft.text = buffer_span(&text);
            status = summary_add(job, &draft, out_added);
        }
    }
    buffer_deinit(&text);
    return status;
}

static huis_source_span span_in_source(const summary_job *job, span run)
{
    const uint64_t start = (uint64_t)(run.ptr - job->source->text.ptr);
    return (huis_source_span){.start = start, .end = start + run.len};
}

/* "Anna: " before the words of a turn that do not name her. */
static bool append_run(buffer *b, span prefix, span run)
{
    return (prefix.len == 0 || (buffer_append(b, prefix) && buffer_append_string(b, ": "))) &&
           summary_append_flat(b, run);
}

static bool is_same_string(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Whether an earlier item shows the same words of the same person: a line that was pasted again. */
static bool is_said(const summary_job *job, const summary_draft *draft)
{
    const span text = job->source->text;
    for (size_t i = 0; i < job->summary->n_items; i++) {
        const huis_summary_item *const item = &job->items[i];
        bool same = item->n_sources == draft->n_sources;
        for (size_t k = 0; k < draft->n_sources && same; k++) {
            const huis_source_span a = item->sources[k], b = draft->sources[k];
            same = span_equal(span_slice(text, (size_t)a.start, (size_t)a.end),
                              span_slice(text, (size_t)b.start, (size_t)b.end));
        }
        if (same && is_same_string(item->person, draft->person) &&
            is_same_string(item->deadline, draft->deadline) &&
            is_same_string(item->title, draft->title) && is_same_string(item->who, draft->who) &&
            is_same_string(item->when, draft->when)) {
            return true;
        }
    }
    return false;
}

int summary_add_cut(summary_job *job, span run, size_t max_words, const summary_draft *like,
                    bool *out_added)
{
    const span prefix = like != NULL ? like->prefix : span_from(NULL, 0);
    huis_source_span sources[2] = {span_in_source(job, run)};
    if (prefix.len > 0) {
        sources[1] = span_in_source(job, prefix);
    }
    const summary_draft model = {.sources = sources,
                                 .n_sources = prefix.len > 0 ? 2 : 1,
                                 .person = like != NULL ? like->person : NULL,
                                 .deadline = like != NULL ? like->deadline : NULL,
                                 .title = like != NULL ? like->title : NULL,
                                 .who = like != NULL ? like->who : NULL,
                                 .when = like != NULL ? like->when : NULL,
                                 .amount = like != NULL ? like->amount : NULL};
    const size_t limit = max_words < job->words_left ? max_words : job->words_left;
    buffer flat;
    *out_added = false;
    if (is_said(job, &model)) {
        return HUIS_OK;
    }
    buffer_init(&flat, SUMMARY_ITEM_BYTES);
    if (!append_run(&flat, prefix, run)) {
        buffer_deinit(&flat);
        return summary_no_memory(job);
    }
    const span text = buffer_span(&flat);
    const size_t words = document_count_words(text);
    const size_t wanted = words < limit ? words : limit;
    int status = add_shrinking(job, text, limit, (wanted + 1) / 2, &model, out_added);
    /* A tiny limit: begin later, at a word that says something. */
    for (size_t at = 0; status == HUIS_OK && !*out_added && limit > 0 && at < text.len;) {
        at = next_content_word(text, at);
        status = at < text.len ? add_shrinking(job, span_slice(text, at, text.len), limit, 1,
                                               &model, out_added)
                               : status;
        at = next_space(text, at);
    }
    buffer_deinit(&flat);
    return status;
}

span summary_sentence_speaker(const summary_job *job, size_t i)
{
    const document_sentence *const s = &job->source->sentences[i];
    const document_segment *const turn = &job->source->segments[s->segment];
    if (turn->kind != SEGMENT_TURN || s->start <= turn->name_start) {
        return span_from(NULL, 0);
    }
    return span_slice(job->source->text, turn->name_start, turn->name_end);
}

/* The speaker is said once for sentences of one turn that follow each other. */
static bool follows_last_item(const summary_job *job, size_t i)
{
    if (i == 0 || job->summary->n_items == 0 ||
        job->source->sentences[i - 1].segment != job->source->sentences[i].segment) {
        return false;
    }
    const huis_summary_item *const last = &job->items[job->summary->n_items - 1];
    return last->sources[0].start == job->source->sentences[i - 1].start;
}

int summary_add_sentence(summary_job *job, size_t i, bool may_cut, bool *out_added)
{
    const span text = summary_sentence_text(job, i);
    summary_draft like = {0};
    if (!follows_last_item(job, i)) {
        like.prefix = summary_sentence_speaker(job, i);
    }
    *out_added = false;
    if (!may_cut &&
        document_count_words(text) + document_count_words(like.prefix) > job->words_left) {
        return HUIS_OK;
    }
    return summary_add_cut(job, text, job->words_left, &like, out_added);
}
