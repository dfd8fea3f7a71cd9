/*
 * eval_notify_digest.c - digests beside what a person would have been told: musts covered, forbidden
 * phrases said, names and numbers that a line's own records lack, words.
 *
 * huis digests its own ranking, and once more the person's order, so that ranking and telling are seen
 * apart; the baseline is the first line of each, the newest first, within the same words.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/memory.h"
#include "cli/eval_notifications.h"
#include "document/document.h"
#include "eval/eval_facts.h"

enum { LINE_WORDS = 10, FEW_RECORDS = 10, FEW_WORDS = 60, MANY_RECORDS = 60, MANY_WORDS = 200 };

const char *eval_digest_name(eval_digest_maker maker)
{
    switch (maker) {
    case EVAL_DIGEST_GOLD:
        return "huis, wanted order";
    case EVAL_DIGEST_FIRST_LINES:
        return "first line of each";
    case EVAL_DIGEST_HUIS:
    case EVAL_DIGESTS:
        break;
    }
    return "huis";
}

/* The limit of the contract, written apart from the writer's. */
static size_t words_for(size_t n)
{
    const size_t many = n > MANY_RECORDS ? MANY_RECORDS : n;
    return many <= FEW_RECORDS ? FEW_WORDS
                               : FEW_WORDS + (many - FEW_RECORDS) * (MANY_WORDS - FEW_WORDS) /
                                                 (MANY_RECORDS - FEW_RECORDS);
}

/* ---- makers ---- */

/* A ranking as the labels have it; codes are those that huis sees. */
static int rank_as_wanted(const eval_scenario *s, const huis_notify_ranking *ours,
                          huis_notify_rank_item *items)
{
    for (size_t k = 0; k < ours->n_items; k++) {
        const eval_gold *const gold = &s->golds[ours->items[k].record];
        items[gold->rank - 1] = ours->items[k];
        items[gold->rank - 1].cls = gold->cls;
        items[gold->rank - 1].rank = gold->rank;
        items[gold->rank - 1].one_time_code = ours->items[k].one_time_code || gold->is_code;
    }
    return HUIS_OK;
}

static int make_by_huis(const eval_scenario *s, eval_ranked *r, bool as_wanted,
                        huis_session *session, huis_notify_digest **out, double *out_ms,
                        huis_error *err)
{
    huis_notify_ranking ranking = *r->ranking;
    huis_notify_rank_item *const items = memory_alloc(ranking.n_items, sizeof(*items));
    if (items == NULL) {
        return error_no_memory(err, "a digest");
    }
    int status = HUIS_OK;
    if (as_wanted) {
        status = rank_as_wanted(s, r->ranking, items);
        ranking.items = items;
    }
    const double start = eval_processor_ms();
    status = status == HUIS_OK ? huis_notify_digest_make(s->records->items, s->records->n_items,
                                                         &ranking, NULL, session, out, err)
                               : status;
    *out_ms = eval_processor_ms() - start;
    memory_free(items);
    return status;
}

/* "title: first words", ten words each, the newest first, while they fit. */
static int make_first_lines(const eval_scenario *s, const eval_place *newest, arena *memory,
                            const char **out, huis_error *err)
{
    buffer text;
    buffer_init(&text, LIMIT_EVAL_DATA_BYTES);
    size_t left = words_for(s->records->n_items);
    for (size_t k = 0; k < s->records->n_items && left > 0; k++) {
        const huis_notification *const r = &s->records->items[newest[k].record];
        const size_t start = text.len;
        (void)buffer_printf(&text, "%s%s%s", r->title != NULL ? r->title : "",
                            r->title != NULL && r->body != NULL ? ": " : "",
                            r->body != NULL ? r->body : "");
        const span line = span_slice(buffer_span(&text), start, text.len);
        const size_t cut = document_word_end(line, left < LINE_WORDS ? left : LINE_WORDS);
        left -= document_count_words(span_slice(line, 0, cut));
        buffer_truncate(&text, start + cut);
        (void)buffer_append_byte(&text, '\n');
    }
    *out = buffer_ok(&text) ? arena_copy(memory, buffer_span(&text)) : NULL;
    buffer_deinit(&text);
    return *out != NULL ? HUIS_OK : error_no_memory(err, "a digest");
}

/* ---- measures ---- */

static void count_words(eval_digest *d)
{
    const span text = span_from_string(d->text);
    d->n_words = document_count_words(text);
    for (size_t pos = 0; pos < text.len;) {
        const char *const end = memchr(text.ptr + pos, '\n', text.len - pos);
        const size_t stop = end != NULL ? (size_t)(end - text.ptr) : text.len;
        const size_t n = document_count_words(span_slice(text, pos, stop));
        d->n_longest = n > d->n_longest ? n : d->n_longest;
        pos = stop + 1;
    }
}

static int count_phrases(const eval_scenario *s, arena *memory, eval_digest *d, huis_error *err)
{
    span folded;
    RETURN_IF_ERROR(eval_phrases_fold(span_from_string(d->text), memory, &folded, err));
    d->said = arena_alloc(memory, s->n_musts + 1, sizeof(*d->said));
    if (d->said == NULL) {
        return error_no_memory(err, "a digest");
    }
    for (size_t i = 0; i < s->n_musts; i++) {
        d->said[i] = eval_phrases_say_one(folded, s->musts[i]);
        d->n_said += d->said[i];
    }
    for (size_t i = 0; i < s->n_must_nots; i++) {
        d->n_must_nots_said += eval_phrases_say_one(folded, s->must_nots[i]);
    }
    return HUIS_OK;
}

static int compare_line(span source, span line, arena *memory, eval_digest *d, huis_error *err)
{
    eval_tokens words;
    eval_tokens source_words;
    eval_facts facts;
    RETURN_IF_ERROR(eval_tokens_read(&words, line, memory, err));
    RETURN_IF_ERROR(eval_tokens_read(&source_words, source, memory, err));
    RETURN_IF_ERROR(eval_facts_read(&facts, source, &source_words, memory, err));
    d->n_absent_names += eval_facts_absent_names(&facts, line, &words);
    d->n_absent_numbers += eval_facts_absent_numbers(&facts, line);
    eval_facts_deinit(&facts);
    return HUIS_OK;
}

/* Each line beside the records that it names; how many these are is a number it may say. */
static int compare_lines(const eval_scenario *s, const huis_notify_digest *digest, arena *memory,
                         eval_digest *d, huis_error *err)
{
    int status = HUIS_OK;
    for (size_t i = 0; i < digest->n_lines && status == HUIS_OK; i++) {
        const huis_notify_line *const line = &digest->lines[i];
        buffer source;
        buffer_init(&source, LIMIT_EVAL_DATA_BYTES);
        (void)buffer_printf(&source, "%zu\n", line->n_records);
        for (size_t k = 0; k < line->n_records; k++) {
            const huis_notification *const r = &s->records->items[line->records[k]];
            const char *const fields[] = {r->app, r->sender, r->conversation, r->title, r->body};
            for (size_t f = 0; f < sizeof(fields) / sizeof(fields[0]); f++) {
                (void)buffer_append_string(&source, fields[f] != NULL ? fields[f] : "");
                (void)buffer_append_byte(&source, '\n');
            }
        }
        const char *const copy = arena_copy(memory, buffer_span(&source));
        const span kept = span_from(copy, copy != NULL ? source.len : 0);
        status = copy != NULL ? compare_line(kept, span_from_string(line->text), memory, d, err)
                              : error_no_memory(err, "a digest");
        buffer_deinit(&source);
    }
    return status;
}

static int measure(const eval_scenario *s, arena *memory, eval_digest *d, huis_error *err)
{
    d->max_words = words_for(s->records->n_items);
    count_words(d);
    return count_phrases(s, memory, d, err);
}

int eval_notify_digests(const eval_scenario *s, eval_ranked *r, huis_session *session,
                        arena *memory, huis_error *err)
{
    for (eval_digest_maker m = EVAL_DIGEST_HUIS; m < EVAL_DIGESTS; m++) {
        eval_digest *const d = &r->digests[m];
        if (m == EVAL_DIGEST_FIRST_LINES) {
            RETURN_IF_ERROR(
                make_first_lines(s, r->places[EVAL_ORDER_NEWEST], memory, &d->text, err));
        } else {
            huis_notify_digest *digest = NULL;
            RETURN_IF_ERROR(
                make_by_huis(s, r, m == EVAL_DIGEST_GOLD, session, &digest, &d->ms, err));
            d->text = arena_copy(memory, span_from_string(digest->text));
            d->n_fallbacks = digest->n_fallbacks;
            const int status = d->text != NULL ? compare_lines(s, digest, memory, d, err)
                                               : error_no_memory(err, "a digest");
            huis_notify_digest_free(digest);
            RETURN_IF_ERROR(status);
        }
        RETURN_IF_ERROR(measure(s, memory, d, err));
    }
    return HUIS_OK;
}
