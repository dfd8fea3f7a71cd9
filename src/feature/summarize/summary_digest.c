/*
 * summary_digest.c - many documents, one line each: who, what, when.
 *
 * While the text is read part by part each part offers its best sentence. Parts with one title are
 * one conversation ("Re: Boat"): its newest messages count a little more, and all who wrote are
 * named. When there is not room for all, the conversations with most in them are shown. A shown
 * part is read once more, so that its line passes the gate against its own part, not against
 * another one's names.
 */
#include <math.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"
#include "feature/summarize/summary_tree.h"

enum {
    LINE_WORDS = 10, /* fewer are not worth a line */
    WHO_NAMES = 3,   /* named of those who wrote in one conversation */
    NAME_BYTES = 64, /* of one name */
    WHO_BYTES = 256, /* of all of them */
    SHORT_TITLE_WORDS = 12
};

/* A later message of a conversation counts this much more than the first, at most. */
static const double NEWEST_BONUS = 0.5;

/* What one part offers. */
typedef struct offered {
    size_t run;
    double score;   /* of its best sentence; 0: nothing was read yet */
    size_t bytes;   /* of its sentences */
    uint64_t title; /* hash; its own number when it has none */
} offered;

struct summary_digest {
    offered *parts; // [n_parts]
    size_t n_parts;
};

/* Parts with one title. */
typedef struct conversation {
    size_t first; /* in the sorted order */
    size_t count;
    size_t shown; /* the part whose sentence is shown */
    double weight;
} conversation;

static uint64_t title_of(const summary_job *job, size_t i_part)
{
    const huis_summarize_options *const o = job->options;
    const char *const title = i_part < o->n_parts ? o->parts[i_part].title : NULL;
    return title != NULL && o->parts[i_part].when != NULL
               ? map_hash(summary_without_reply_marks(span_from_string(title)), 1)
               : (uint64_t)i_part;
}

summary_digest *summary_digest_new(const summary_job *job, size_t n_parts)
{
    summary_digest *const g = memory_alloc(1, sizeof(*g));
    offered *const parts = memory_alloc(n_parts + 1, sizeof(*parts));
    if (g == NULL || parts == NULL) {
        memory_free(g);
        memory_free(parts);
        return NULL;
    }
    *g = (summary_digest){.parts = parts, .n_parts = n_parts};
    for (size_t i = 0; i < n_parts; i++) {
        parts[i].title = title_of(job, i);
    }
    return g;
}

summary_digest *summary_digest_free(summary_digest *g)
{
    if (g != NULL) {
        memory_free(g->parts);
        memory_free(g);
    }
    return NULL;
}

int summary_digest_offer(summary_job *of_run, size_t i_part, size_t i_run)
{
    offered *const part = &of_run->digest->parts[i_part];
    if (of_run->source->n_sentences == 0) {
        return HUIS_OK;
    }
    RETURN_IF_ERROR(summary_apply_focus(of_run, of_run->index, of_run->scores));
    const double score = of_run->scores[summary_best_sentence(of_run)];
    for (size_t i = 0; i < of_run->source->n_sentences; i++) {
        part->bytes += summary_sentence_text(of_run, i).len;
    }
    if (score > part->score) {
        part->score = score;
        part->run = i_run;
    }
    return HUIS_OK;
}

static int compare_titles(const void *a, const void *b, void *parts)
{
    const offered *const list = parts;
    const size_t x = *(const size_t *)a;
    const size_t y = *(const size_t *)b;
    if (list[x].title != list[y].title) {
        return list[x].title < list[y].title ? -1 : 1;
    }
    return (x > y) - (x < y);
}

/* The part whose sentence is shown, and what the conversation weighs. */
static void weigh(const summary_digest *g, const size_t *order, conversation *c)
{
    double best = 0.0;
    double bytes = 0.0;
    for (size_t i = 0; i < c->count; i++) {
        const offered *const part = &g->parts[order[c->first + i]];
        const double age = (double)(i + 1) / (double)c->count;
        const double score = part->score * (1.0 + NEWEST_BONUS * age);
        bytes += (double)part->bytes;
        if (score > best) {
            best = score;
            c->shown = order[c->first + i];
        }
    }
    c->weight = best > 0.0 ? log(1.0 + bytes) * (1.0 + log((double)c->count)) : 0.0;
}

static int compare_weights(const void *a, const void *b)
{
    const conversation *const x = a;
    const conversation *const y = b;
    if (x->weight != y->weight) {
        return x->weight > y->weight ? -1 : 1;
    }
    return (x->first > y->first) - (x->first < y->first);
}

/* By the part that comes first in the text. */
static int compare_places(const void *a, const void *b, void *order)
{
    const size_t *const parts = order;
    const size_t x = parts[((const conversation *)a)->first];
    const size_t y = parts[((const conversation *)b)->first];
    return (x > y) - (x < y);
}

/* Conversations in the order of the text, those that have room. */
static size_t choose(const summary_digest *g, size_t *order, conversation *list, size_t max_words)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_parts; i++) {
        order[i] = i;
    }
    qsort_r(order, g->n_parts, sizeof(*order), compare_titles, g->parts);
    for (size_t i = 0; i < g->n_parts; i++) {
        if (i == 0 || g->parts[order[i]].title != g->parts[order[i - 1]].title) {
            list[n++] = (conversation){.first = i};
        }
        list[n - 1].count++;
    }
    for (size_t i = 0; i < n; i++) {
        weigh(g, order, &list[i]);
    }
    qsort(list, n, sizeof(*list), compare_weights);
    const size_t room = max_words / LINE_WORDS;
    size_t kept = room < SUMMARY_MAX_ITEMS ? room : SUMMARY_MAX_ITEMS;
    kept = kept == 0 ? 1 : kept;
    kept = kept < n ? kept : n;
    while (kept > 0 && list[kept - 1].weight <= 0.0) {
        kept--;
    }
    qsort_r(list, kept, sizeof(*list), compare_places, order);
    return kept;
}

/* An address without a name stands for itself. */
static span name_of(span from)
{
    const span name = summary_display_name(from);
    const span shown = name.len > 0 ? name : from;
    return shown.len <= NAME_BYTES ? shown : span_from(NULL, 0);
}

/* Everybody who wrote, the first WHO_NAMES of them. */
static void append_names(const summary_job *job, const size_t *order, const conversation *c,
                         buffer *out)
{
    span names[WHO_NAMES];
    size_t n = 0;
    for (size_t i = 0; i < c->count && n < WHO_NAMES; i++) {
        const huis_text_part *const part = &job->options->parts[order[c->first + i]];
        const span name = name_of(span_from_string(part->who));
        bool known = name.len == 0;
        for (size_t k = 0; k < n && !known; k++) {
            known = span_equal(names[k], name);
        }
        if (!known) {
            (void)(n > 0 && buffer_append_string(out, ", "));
            (void)buffer_append(out, name);
            names[n++] = name;
        }
    }
}

/* The date of a mail as "2025-03-03". */
static void append_day(span date, buffer *out)
{
    summary_day day;
    if (summary_read_day(date, &day)) {
        (void)buffer_printf(out, "%04d-%02d-%02d", day.year, day.month, day.day);
    }
}

/* What is known of a conversation; from the options, else from the part's own headers. */
typedef struct heading {
    buffer who;
    buffer when;
    buffer title;
} heading;

static bool find_heading(const summary_job *of_run, const size_t *order, const conversation *c,
                         heading *out)
{
    const huis_summarize_options *const o = of_run->options;
    buffer_init(&out->who, WHO_BYTES * 2);
    buffer_init(&out->when, WHO_BYTES * 2);
    buffer_init(&out->title, SUMMARY_ITEM_BYTES);
    const size_t last = order[c->first + c->count - 1];
    const huis_text_part *const part = last < o->n_parts ? &o->parts[last] : NULL;
    /* The title of a message is its subject; that of a file may be its name. */
    if (part == NULL || part->when == NULL) {
        (void)summary_append_cut(&out->title, summary_own_title(of_run), SHORT_TITLE_WORDS);
    }
    if (part != NULL) {
        append_names(of_run, order, c, &out->who);
        (void)buffer_append(&out->when, span_from_string(part->when));
        (void)(out->title.len == 0 &&
               buffer_append(&out->title,
                             summary_without_reply_marks(span_from_string(part->title))));
    }
    if (out->who.len == 0) {
        (void)buffer_append(&out->who, name_of(summary_header(of_run, "From", "De")));
    }
    if (out->when.len == 0) {
        append_day(summary_header(of_run, "Date", "Date"), &out->when);
    }
    return buffer_ok(&out->who) && buffer_ok(&out->when) && buffer_ok(&out->title);
}

static void heading_deinit(heading *h)
{
    buffer_deinit(&h->who);
    buffer_deinit(&h->when);
    buffer_deinit(&h->title);
}

static const char *or_null(const buffer *b)
{
    return b->len > 0 ? buffer_string(b) : NULL;
}

/* The best sentence of a run that says something else than its title. */
static int add_line(summary_job *of_run, const heading *h, size_t max_words)
{
    const summary_draft like = {
        .who = or_null(&h->who), .when = or_null(&h->when), .title = or_null(&h->title)};
    const size_t named =
        document_count_words(buffer_span(&h->who)) + document_count_words(buffer_span(&h->title));
    const size_t room = max_words > named + LINE_WORDS / 2 ? max_words - named : LINE_WORDS / 2;
    bool added = false;
    for (size_t tries = 0; tries < 3 && !added; tries++) {
        const size_t best = summary_best_sentence(of_run);
        const span text = summary_sentence_text(of_run, best);
        if (of_run->scores[best] <= 0.0) {
            break;
        }
        of_run->scores[best] = 0.0;
        if (!span_equal(text, buffer_span(&h->title))) {
            summary_draft line = like;
            line.prefix = summary_sentence_speaker(of_run, best);
            RETURN_IF_ERROR(summary_add_cut(of_run, text, room, &line, &added));
        }
    }
    return HUIS_OK;
}

static int add_conversation(summary_job *job, span text, const summary_runs *runs,
                            const size_t *order, const conversation *c, size_t max_words)
{
    const document_part *const run = &runs->list[job->digest->parts[c->shown].run].run;
    summary_job of_run = *job;
    document d;
    arena memory;
    heading h;
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    arena_init(&of_run.scratch, SUMMARY_MEMORY_BYTES); /* not a copy of the job's blocks */
    int status = summary_rank_part(&of_run, text, run, &d, &memory);
    status = status == HUIS_OK ? summary_apply_focus(&of_run, of_run.index, of_run.scores) : status;
    if (status == HUIS_OK) {
        status = find_heading(&of_run, order, c, &h) ? add_line(&of_run, &h, max_words)
                                                     : summary_no_memory(job);
        heading_deinit(&h);
        job->words_left = of_run.words_left;
    }
    evidence_index_free(of_run.index);
    arena_deinit(&of_run.scratch);
    arena_deinit(&memory);
    return status;
}

int summary_digest_add(summary_job *job, span text, const summary_runs *runs)
{
    summary_digest *const g = job->digest;
    size_t *const order = memory_alloc(g->n_parts + 1, sizeof(*order));
    conversation *const list = memory_alloc(g->n_parts + 1, sizeof(*list));
    int status = order != NULL && list != NULL ? HUIS_OK : summary_no_memory(job);
    const size_t n = status == HUIS_OK ? choose(g, order, list, job->words_left) : 0;
    for (size_t i = 0; i < n && status == HUIS_OK && job->words_left > 0; i++) {
        status = add_conversation(job, text, runs, order, &list[i], job->words_left / (n - i));
    }
    memory_free(order);
    memory_free(list);
    return status;
}
