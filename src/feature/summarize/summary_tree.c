/*
 * summary_tree.c - chapters first, then the whole, never a summary of a summary.
 *
 * A long text is read run by run: each is analysed, indexed and ranked by itself, then forgotten but
 * for the sentences that it offers. A text that fits in one index (WHOLE_BYTES) offers all of them.
 * A longer one is divided into stretches; when a stretch has been read, the source sentences that
 * its runs offered are indexed together and weighed against each other, and the best of them stay.
 * At the end the same happens to what all stretches kept. Only sentences of the source and their
 * scores ever go up; text is looked up in the source again at every merge. As in HipoRank (Dong et
 * al. 2021) a sentence counts by what it says of its own section and of the whole.
 *
 * Memory: one run's index, or one of at most N_STRETCHES * STRETCH_KEEPS sentences, whatever the
 * length of the text.
 */
#include "feature/summarize/summary_tree.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/map.h"
#include "base/memory.h"

enum {
    WHOLE_BYTES = 1 << 20,
    N_STRETCHES = 64,
    STRETCH_KEEPS = 64,   /* sentences that go up from a stretch */
    OFFER_BYTES = 1024,   /* a run offers one sentence for so many bytes of it, */
    OFFER_MIN = 2,        /* and at least so many */
    CONTEXT_BYTES = 1024, /* how much of its paragraph before it goes up with a sentence */
    N_SEEN = 1 << 16      /* hashes of sentences, to know what is repeated in every part */
};

/* Of what a sentence counts for, the share that it has in its own part. */
static const double PART_SHARE = 0.5;
/* Each further sentence of one part counts this much of the one before. */
static const double NEXT_OF_PART = 0.8;
static const double SPREAD = 0.6;

/* Sentences that runs offered, in the order of the text. */
typedef struct candidate {
    document_sentence sentence; /* its segment: index into the pool's */
    uint32_t run;
    double score;
} candidate;

typedef struct pool {
    document_segment *segments;
    size_t n_segments, segments_capacity;
    candidate *list;
    size_t count, capacity;
} pool;

typedef struct tree {
    summary_job *job;
    span text;
    const summary_runs *runs;
    bool keeps_all;
    pool pool;
    size_t stretch_first; /* the first candidate of the stretch that is being read */
    uint64_t *seen;       // [N_SEEN]
    size_t genre_bytes[DOCUMENT_DIALOGUE + 1];
    size_t french_bytes, english_bytes, other_bytes;
} tree;

static bool grow(void **list, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) {
        return true;
    }
    const size_t more = *capacity > 0 ? *capacity * 2 : 256;
    void *const bigger = memory_resize(*list, more, size);
    if (bigger != NULL) {
        *list = bigger;
        *capacity = more;
    }
    return bigger != NULL;
}

static bool add_segment(pool *p, const document_segment *segment)
{
    void *list = p->segments;
    const bool ok = grow(&list, &p->segments_capacity, p->n_segments, sizeof(*segment));
    p->segments = list;
    if (ok) {
        p->segments[p->n_segments++] = *segment;
    }
    return ok;
}

static bool add_candidate(pool *p, const candidate *c)
{
    void *list = p->list;
    const bool ok = grow(&list, &p->capacity, p->count, sizeof(*c));
    p->list = list;
    if (ok) {
        p->list[p->count++] = *c;
    }
    return ok;
}

/* Whether the sentence stands somewhere before, word for word: a footer, a quoted mail. */
static bool is_repeated(tree *t, const document_sentence *s)
{
    const uint64_t hash = map_hash(span_slice(t->text, s->start, s->end), 0) | 1u;
    uint64_t *const slot = &t->seen[hash % N_SEEN];
    const bool repeated = *slot == hash;
    *slot = hash;
    return repeated;
}

typedef struct ranked {
    double score;
    uint32_t i;
} ranked;

static int compare_ranked(const void *a, const void *b)
{
    const ranked *const x = a;
    const ranked *const y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    return (x->i > y->i) - (x->i < y->i);
}

/* keep[i]: whether it is among the `quota` best with any score. False: no memory. */
static bool mark_best(const double *scores, size_t n, size_t quota, bool *keep)
{
    ranked *const order = memory_alloc(n + 1, sizeof(*order));
    if (order == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = (ranked){scores[i], (uint32_t)i};
        keep[i] = false;
    }
    qsort(order, n, sizeof(*order), compare_ranked);
    for (size_t i = 0; i < n && i < quota; i++) {
        keep[order[i].i] = order[i].score > 0.0;
    }
    memory_free(order);
    return true;
}

/* What a run offers: all of it, or its best sentences that were not offered before. */
static bool offer(tree *t, const document *d, const double *scores, size_t i_run)
{
    const document_part *const run = &t->runs->list[i_run].run;
    const size_t quota =
        t->keeps_all ? d->n_sentences : OFFER_MIN + (run->end - run->start) / OFFER_BYTES;
    bool *const keep = memory_alloc(d->n_sentences + 1, sizeof(*keep));
    bool ok = keep != NULL && mark_best(scores, d->n_sentences, quota, keep);
    size_t next_segment = 0; /* not yet in the pool */
    for (size_t i = 0; ok && i < d->n_sentences; i++) {
        const document_sentence *const s = &d->sentences[i];
        if (!t->keeps_all && (!keep[i] || is_repeated(t, s))) {
            continue;
        }
        if (!t->keeps_all && next_segment < s->segment) {
            next_segment = s->segment;
        }
        for (; ok && next_segment <= s->segment; next_segment++) {
            ok = add_segment(&t->pool, &d->segments[next_segment]);
        }
        candidate c = {.sentence = *s, .run = (uint32_t)i_run, .score = scores[i]};
        c.sentence.segment = (uint32_t)(t->pool.n_segments - (next_segment - s->segment));
        ok = ok && add_candidate(&t->pool, &c);
    }
    for (; ok && t->keeps_all && next_segment < d->n_segments; next_segment++) {
        ok = add_segment(&t->pool, &d->segments[next_segment]);
    }
    memory_free(keep);
    return ok;
}

static void note_kind(tree *t, const document *d, size_t bytes)
{
    t->genre_bytes[d->genre] += bytes;
    t->french_bytes += strcmp(d->language, "fr") == 0 ? bytes : 0;
    t->english_bytes += strcmp(d->language, "en") == 0 ? bytes : 0;
    t->other_bytes += strcmp(d->language, "und") == 0 ? bytes : 0;
}

int summary_rank_part(summary_job *of_run, span text, const document_part *run, document *out,
                      arena *memory)
{
    const evidence_range range = {run->start, run->end};
    of_run->index = NULL;
    RETURN_IF_ERROR(document_analyse_part(out, text, run, memory, of_run->err));
    of_run->source = out;
    RETURN_IF_ERROR(evidence_index_new_of(&of_run->index, out, &range, 1, of_run->err));
    return summary_rank(of_run, memory);
}

/* What the kind wants of a run that was ranked by itself. */
static int use_run(tree *t, summary_job *of_run, size_t i_run)
{
    int status = HUIS_OK;
    if (t->job->options->kind == HUIS_SUMMARY_ACTION_ITEMS) {
        status = summary_find_actions(of_run);
        t->job->words_left = of_run->words_left;
    } else if (t->job->digest != NULL) {
        status = summary_digest_offer(of_run, t->runs->list[i_run].part, i_run);
    } else {
        status =
            offer(t, of_run->source, of_run->scores, i_run) ? HUIS_OK : summary_no_memory(t->job);
    }
    return status;
}

/* Whether the runs are messages of a mailbox. */
static bool is_mail(const tree *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->runs->count; i++) {
        n += t->runs->list[i].run.genre == DOCUMENT_MAIL ? 1 : 0;
    }
    return 2 * n > t->runs->count;
}

/* A run without a word in it offers nothing. */
static int read_run(tree *t, size_t i_run)
{
    const document_part *const run = &t->runs->list[i_run].run;
    document d;
    arena memory;
    summary_job of_run = *t->job;
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    arena_init(&of_run.scratch, SUMMARY_MEMORY_BYTES); /* not a copy of the job's blocks */
    int status = summary_rank_part(&of_run, t->text, run, &d, &memory);
    if (status == HUIS_OK) {
        note_kind(t, &d, run->end - run->start);
        status = use_run(t, &of_run, i_run);
    } else if (status == HUIS_E_NO_TEXT) {
        status = HUIS_OK;
    }
    evidence_index_free(of_run.index);
    arena_deinit(&of_run.scratch);
    arena_deinit(&memory);
    return status;
}

static const char *main_language(const tree *t)
{
    if (t->french_bytes >= t->english_bytes && t->french_bytes >= t->other_bytes) {
        return t->french_bytes > 0 ? "fr" : "und";
    }
    return t->english_bytes >= t->other_bytes ? "en" : "und";
}

static document_genre main_genre(const tree *t)
{
    document_genre best = DOCUMENT_ARTICLE;
    for (int g = DOCUMENT_MAIL; g <= DOCUMENT_DIALOGUE; g++) {
        best = t->genre_bytes[g] > t->genre_bytes[best] ? (document_genre)g : best;
    }
    return best;
}

/* The candidates from `first` on as a document of the whole text. */
static int gather(const tree *t, size_t first, arena *memory, document *out)
{
    const size_t n = t->pool.count - first;
    const size_t first_segment = n > 0 && !t->keeps_all ? t->pool.list[first].sentence.segment : 0;
    const size_t n_segments = t->pool.n_segments - first_segment;
    document_sentence *const sentences = arena_alloc(memory, n + 1, sizeof(*sentences));
    document_segment *const segments = arena_alloc(memory, n_segments + 1, sizeof(*segments));
    if (sentences == NULL || segments == NULL) {
        return summary_no_memory(t->job);
    }
    for (size_t i = 0; i < n; i++) {
        sentences[i] = t->pool.list[first + i].sentence;
        sentences[i].segment -= (uint32_t)first_segment;
    }
    if (n_segments > 0) {
        memcpy(segments, t->pool.segments + first_segment, n_segments * sizeof(*segments));
    }
    *out = (document){.text = t->text,
                      .genre = main_genre(t),
                      .segments = segments,
                      .n_segments = n_segments,
                      .sentences = sentences,
                      .n_sentences = n};
    const char *const language = main_language(t);
    memcpy(out->language, language, strlen(language) + 1);
    return HUIS_OK;
}

/* What of the source goes into the index: each sentence, with what its paragraph says before it. */
static size_t ranges_of(const document *d, evidence_range *out)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_sentences; i++) {
        const document_sentence *const s = &d->sentences[i];
        const size_t start = d->segments[s->segment].start;
        const bool near = start < s->start && s->start - start <= CONTEXT_BYTES;
        const size_t from = near ? start : s->start;
        if (n > 0 && from <= out[n - 1].end) {
            out[n - 1].end = s->end;
        } else {
            out[n++] = (evidence_range){from, s->end};
        }
    }
    return n;
}

static int index_gathered(const tree *t, const document *d, arena *memory, evidence_index **out)
{
    const evidence_range whole = {0, t->text.len};
    if (t->keeps_all) {
        return evidence_index_new_of(out, d, &whole, 1, t->job->err);
    }
    evidence_range *const ranges = arena_alloc(memory, d->n_sentences + 1, sizeof(*ranges));
    if (ranges == NULL) {
        return summary_no_memory(t->job);
    }
    return evidence_index_new_of(out, d, ranges, ranges_of(d, ranges), t->job->err);
}

/* A sentence's worth: in its own part, and among all that is looked at together. */
static int score_gathered(const tree *t, const evidence_index *index, size_t first, size_t n,
                          double *out_scores)
{
    RETURN_IF_ERROR(evidence_centrality(index, out_scores, t->job->err));
    for (size_t i = 0; i < n; i++) {
        out_scores[i] =
            t->pool.list[first + i].score * (PART_SHARE + (1.0 - PART_SHARE) * out_scores[i]);
    }
    return summary_apply_focus(t->job, index, out_scores);
}

/* The best sentences of the stretch stay, fewer and fewer of one run. */
static bool prune(tree *t, size_t first, size_t n, double *scores, arena *memory)
{
    ranked *const order = arena_alloc(memory, n + 1, sizeof(*order));
    bool *const keep = arena_alloc(memory, n + 1, sizeof(*keep));
    uint32_t *const taken = memory_alloc(t->runs->count + 1, sizeof(*taken));
    bool ok = order != NULL && keep != NULL && taken != NULL;
    for (size_t i = 0; ok && i < n; i++) {
        order[i] = (ranked){scores[i], (uint32_t)i};
    }
    if (ok) {
        qsort(order, n, sizeof(*order), compare_ranked);
        for (size_t k = 0; k < n; k++) {
            const size_t i = order[k].i;
            uint32_t *const of_run = &taken[t->pool.list[first + i].run];
            for (uint32_t r = 0; r < *of_run && r < 32; r++) {
                scores[i] *= NEXT_OF_PART;
            }
            ++*of_run;
        }
        ok = mark_best(scores, n, STRETCH_KEEPS, keep);
    }
    size_t out = first;
    for (size_t i = 0; ok && i < n; i++) {
        if (keep[i]) {
            t->pool.list[out++] = t->pool.list[first + i];
        }
    }
    t->pool.count = ok ? out : t->pool.count;
    memory_free(taken);
    return ok;
}

/* Segments that no candidate from `first` on needs any more go. */
static void drop_segments(tree *t, size_t first)
{
    if (first >= t->pool.count) {
        return;
    }
    size_t out = t->pool.list[first].sentence.segment;
    size_t last = SIZE_MAX;
    for (size_t i = first; i < t->pool.count; i++) {
        document_sentence *const s = &t->pool.list[i].sentence;
        if (s->segment != last) {
            last = s->segment;
            t->pool.segments[out++] = t->pool.segments[last];
        }
        s->segment = (uint32_t)(out - 1);
    }
    t->pool.n_segments = out;
}

static int merge_stretch(tree *t)
{
    const size_t first = t->stretch_first;
    const size_t n = t->pool.count - first;
    document d;
    arena memory;
    evidence_index *index = NULL;
    if (n <= STRETCH_KEEPS) {
        t->stretch_first = t->pool.count;
        return HUIS_OK;
    }
    arena_init(&memory, SUMMARY_MEMORY_BYTES);
    double *const scores = arena_alloc(&memory, n + 1, sizeof(*scores));
    int status = scores != NULL ? gather(t, first, &memory, &d) : summary_no_memory(t->job);
    if (status == HUIS_OK) {
        status = index_gathered(t, &d, &memory, &index);
    }
    if (status == HUIS_OK) {
        status = score_gathered(t, index, first, n, scores);
    }
    if (status == HUIS_OK && !prune(t, first, n, scores, &memory)) {
        status = summary_no_memory(t->job);
    }
    if (status == HUIS_OK) {
        drop_segments(t, first);
    }
    evidence_index_free(index);
    arena_deinit(&memory);
    t->stretch_first = t->pool.count;
    return status;
}

/* Of many mails the newest ask for what is still to do; others are read in order. Ends when no more
 * is wanted. */
static int find_actions(tree *t)
{
    const size_t n = t->runs->count;
    const summary_job *const job = t->job;
    const bool newest_first = n > SUMMARY_MAX_ITEMS && is_mail(t);
    for (size_t i = 0; i < n && job->words_left > 0 && job->summary->n_items < SUMMARY_MAX_ITEMS;
         i++) {
        RETURN_IF_ERROR(read_run(t, newest_first ? n - 1 - i : i));
        RETURN_IF_ERROR(
            summary_progress(t->job, HUIS_SUMMARY_READING, t->text.len * (i + 1) / n, t->text.len));
    }
    return HUIS_OK;
}

static int read_runs(tree *t)
{
    const size_t stretch_bytes = t->text.len / N_STRETCHES + 1;
    size_t stretch_end = stretch_bytes;
    for (size_t i = 0; i < t->runs->count; i++) {
        const size_t end = t->runs->list[i].run.end;
        RETURN_IF_ERROR(read_run(t, i));
        RETURN_IF_ERROR(summary_progress(t->job, HUIS_SUMMARY_READING, end, t->text.len));
        if (!t->keeps_all && end >= stretch_end) {
            RETURN_IF_ERROR(merge_stretch(t));
            RETURN_IF_ERROR(
                summary_progress(t->job, HUIS_SUMMARY_MERGING, end / stretch_bytes, N_STRETCHES));
            stretch_end = (end / stretch_bytes + 1) * stretch_bytes;
        }
    }
    return t->keeps_all ? HUIS_OK : merge_stretch(t);
}

/* The whole's choice is made among what went up. */
static int rank_whole(tree *t, document *out_source)
{
    summary_job *const job = t->job;
    job->is_long = true;
    RETURN_IF_ERROR(gather(t, 0, &job->scratch, out_source));
    job->source = out_source;
    const size_t n = out_source->n_sentences;
    job->scores = arena_alloc(&job->scratch, n + 1, sizeof(*job->scores));
    if (job->scores == NULL) {
        return summary_no_memory(job);
    }
    if (n == 0) {
        return error_set(job->err, HUIS_E_NO_TEXT, "the document holds no word");
    }
    RETURN_IF_ERROR(index_gathered(t, out_source, &job->scratch, &job->index));
    RETURN_IF_ERROR(score_gathered(t, job->index, 0, n, job->scores));
    if (job->options->focus == NULL) {
        evidence_spread_choices(job->index, SPREAD);
    }
    return summary_progress(job, HUIS_SUMMARY_RANKING, 1, 1);
}

/* Kinds whose items do not compete with those of other parts. */
static bool adds_at_once(const summary_job *job)
{
    return job->options->kind == HUIS_SUMMARY_ACTION_ITEMS || job->digest != NULL;
}

int summary_read_tree(summary_job *job, span text, const summary_runs *runs, document *out_source)
{
    tree t = {.job = job,
              .text = text,
              .runs = runs,
              .keeps_all = text.len <= WHOLE_BYTES,
              .seen = memory_alloc(N_SEEN, sizeof(*t.seen))};
    const bool finds_actions = job->options->kind == HUIS_SUMMARY_ACTION_ITEMS;
    int status = t.seen == NULL  ? summary_no_memory(job)
                 : finds_actions ? find_actions(&t)
                                 : read_runs(&t);
    if (status == HUIS_OK && adds_at_once(job)) {
        *out_source = (document){.text = text, .genre = main_genre(&t)};
        memcpy(out_source->language, main_language(&t), strlen(main_language(&t)) + 1);
        job->source = out_source;
    } else if (status == HUIS_OK) {
        status = rank_whole(&t, out_source);
    }
    memory_free(t.seen);
    memory_free(t.pool.segments);
    memory_free(t.pool.list);
    return status;
}
