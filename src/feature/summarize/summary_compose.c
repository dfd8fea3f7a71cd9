/*
 * summary_compose.c - a short article as a few of its first sentences, weighed as a whole.
 *
 * Ranking sentence by sentence pays each for the same words and cannot know what a limit leaves of
 * it. Here whole summaries are weighed: each is one to four of the first sentences in order, each
 * whole or without clauses (summary_forms.c), the last one cut at the limit. A good one uses words
 * that the text comes back to, names that it speaks of most, the room there is, early sentences, and
 * no quotations. The weights are set by hand in steps of one half and say what counts twice as much as
 * what; they are not fitted, for the only news set at hand may not go into a product. None of them says
 * "the first sentence".
 *
 * A mail is composed of its best sentences instead, wherever they stand: as many points as the limit
 * holds, those that say by when before others, nothing cut.
 */
#include "base/error.h"
#include "feature/summarize/summary_forms.h"
#include "feature/summarize/summary_write.h"

enum {
    MAX_PLACE = 10, /* sentences that are looked at */
    MAX_PIECES = MAX_PLACE * SUMMARY_MAX_FORMS,
    MAX_TERMS = 96, /* of a form: a sentence has fewer */
    MAX_PARTS = 4,
    BEAM = 24,     /* unfinished summaries that are carried on */
    MIN_WORDS = 4, /* fewer are a label */
    MIN_ROOM = 8   /* words that the last sentence needs */
};

static const double RETURNING = 2.0; /* share of content words that come back */
static const double NAMES = 1.0;     /* share of the text's mentions of names */
static const double FILLED = 2.0;    /* share of the words allowed */
static const double LATE = 1.0;      /* place of the last sentence, in tens */
static const double QUOTED = 0.5;
static const double LEANING = 0.5; /* a sentence without the one that it leans on */
/* A cut sentence keeps at least this share of its words, or it says nothing. */
static const double MIN_KEPT = 0.75;
static const double STUMP = 1000.0;
/* A form without clauses is worth a little less than the sentence: what they say is lost. */
static const double CLAUSES = 0.3;
/* What a sentence of a mail is worth at least that says by when. */
static const double LIMITED = 0.7;
/* A sentence with so small a share of the best score is furniture. */
static const double MIN_SCORE = 0.05;
/* Of a mail: a side matter. (Mail, first half, 25 words: 0.3 21.9, 0.5 22.4, 0.7 22.5 of ROUGE-1.) */
static const double MIN_MAIL_SCORE = 0.5;

/* One form of one sentence. */
typedef struct piece {
    size_t sentence, place;
    double worth; /* of a mail's sentence: its share of the best score, by what is left of it */
    summary_form form;
    bool has_quote, leans;
    size_t n_terms;
    evidence_term terms[MAX_TERMS];
    uint16_t word[MAX_TERMS]; /* how many words of the form precede the term */
} piece;

/* A summary in the making: pieces in order. Only the last may be cut. */
typedef struct state {
    uint16_t pieces[MAX_PARTS];
    size_t n;
    size_t words; /* of all pieces, cut or not */
    double value;
} state;

typedef struct composer {
    summary_job *job;
    piece *pieces; // [MAX_PIECES]
    size_t n_pieces;
    uint32_t *seen; // [n_stems]: the round that last saw a stem
    uint32_t round;
    double n_names;
    bool is_mail;
    size_t limit;
    state best;
    double best_value;
} composer;

static bool has_quote(span text)
{
    return memchr(text.ptr, '"', text.len) != NULL ||
           memmem(text.ptr, text.len, "\xC2\xAB", 2) != NULL ||
           memmem(text.ptr, text.len, "\xE2\x80\x9C", 3) != NULL;
}

static void read_terms(const composer *c, piece *p)
{
    const char *const source = c->job->source->text.ptr;
    size_t words = 0;
    for (size_t r = 0; r < p->form.n_runs; r++) {
        const span run = p->form.runs[r];
        const size_t start = (size_t)(run.ptr - source);
        const size_t first = p->n_terms;
        p->n_terms += evidence_terms(c->job->index, start, start + run.len, p->terms + first,
                                     MAX_TERMS - first);
        for (size_t t = first; t < p->n_terms; t++) {
            const span before = span_slice(run, 0, p->terms[t].start - start);
            p->word[t] = (uint16_t)(words + document_count_words(before));
        }
        words += document_count_words(run);
        p->has_quote = p->has_quote || has_quote(run);
    }
}

/* Whether the sentence says by when. */
static bool has_limit(const summary_job *job, size_t i)
{
    bool marked = false;
    buffer when;
    buffer_init(&when, SUMMARY_ITEM_BYTES);
    (void)summary_find_deadline(summary_sentence_text(job, i), 0, NULL, summary_is_french(job),
                                &when, &marked);
    buffer_deinit(&when);
    return marked;
}

static void add_pieces(composer *c, size_t sentence, size_t place, double worth)
{
    summary_form forms[SUMMARY_MAX_FORMS];
    const size_t n = summary_find_forms(summary_sentence_text(c->job, sentence), forms);
    for (size_t i = 0; i < n && c->n_pieces < MAX_PIECES; i++) {
        piece *const p = &c->pieces[c->n_pieces++];
        const double kept = (double)forms[i].n_words / (double)forms[0].n_words;
        *p = (piece){.sentence = sentence, .place = place, .form = forms[i]};
        p->worth = worth * (1.0 - CLAUSES * (1.0 - kept));
        p->leans = sentence > 0 && summary_leans(p->form.runs[0]);
        read_terms(c, p);
    }
}

/* Word for word: notes on every slide. */
static bool is_repeated(const summary_job *job, size_t i)
{
    bool same = false;
    for (size_t k = 0; k < i && !same; k++) {
        same = span_equal(summary_sentence_text(job, k), summary_sentence_text(job, i));
    }
    return same;
}

static bool says_something(const summary_job *job, size_t i)
{
    const segment_kind kind = summary_sentence_kind(job, i);
    return (kind == SEGMENT_PARAGRAPH || kind == SEGMENT_LIST_ITEM) && !is_repeated(job, i) &&
           document_count_words(summary_sentence_text(job, i)) >= MIN_WORDS;
}

/* How many sentences have a better score. */
static size_t rank_of(const summary_job *job, size_t i)
{
    size_t better = 0;
    for (size_t k = 0; k < job->source->n_sentences; k++) {
        better += job->scores[k] > job->scores[i];
    }
    return better;
}

/* The first sentences that say something; of a mail the best. */
static void find_pieces(composer *c)
{
    const summary_job *const job = c->job;
    const double strongest = job->scores[summary_best_sentence(job)];
    size_t place = 0;
    for (size_t i = 0; i < job->source->n_sentences && place < MAX_PLACE; i++) {
        const bool early = !c->is_mail || rank_of(job, i) < MAX_PLACE;
        double worth = job->scores[i] / strongest;
        if (c->is_mail && early && worth < LIMITED && has_limit(job, i)) {
            worth = LIMITED;
        }
        if (early && worth >= (c->is_mail ? MIN_MAIL_SCORE : MIN_SCORE) && says_something(job, i) &&
            (c->is_mail || !summary_is_furniture(summary_sentence_text(job, i)))) {
            add_pieces(c, i, place++, worth);
        }
    }
}

/* Content of a summary, each stem once. */
typedef struct content {
    size_t n_stems, n_returning;
    double names;
} content;

static void add_content(composer *c, const piece *p, size_t n_words, content *sum)
{
    for (size_t t = 0; t < p->n_terms && p->word[t] < n_words; t++) {
        const evidence_term *const term = &p->terms[t];
        if (c->seen[term->stem] != c->round) {
            c->seen[term->stem] = c->round;
            sum->n_stems++;
            sum->n_returning += term->returns;
            sum->names += term->name;
        }
    }
}

/* Whether the limit leaves too little of the last sentence. One that is longer than the limit by
 * itself may be all there is. */
static bool is_stump(const composer *c, const state *s)
{
    const size_t words = c->pieces[s->pieces[s->n - 1]].form.n_words;
    const size_t over = s->words > c->limit ? s->words - c->limit : 0;
    const double kept = c->is_mail && s->n > 1 ? 1.0 : MIN_KEPT;
    return over > 0 && (double)(words - over) < kept * (double)words;
}

/* Of a mail: what its points are worth, none said half. */
static double weigh_mail(const composer *c, const state *s)
{
    double worth = 0.0;
    for (size_t i = 0; i < s->n; i++) {
        const piece *const p = &c->pieces[s->pieces[i]];
        const bool alone = i == 0 || c->pieces[s->pieces[i - 1]].sentence + 1 != p->sentence;
        worth += p->worth - (p->leans && alone ? LEANING * p->worth : 0.0);
    }
    return worth;
}

static double weigh_article(composer *c, const state *s)
{
    content sum = {0};
    size_t left = c->limit;
    bool quotes = false;
    size_t n_leaning = 0;
    c->round++;
    for (size_t i = 0; i < s->n; i++) {
        const piece *const p = &c->pieces[s->pieces[i]];
        const size_t n = p->form.n_words < left ? p->form.n_words : left;
        add_content(c, p, n, &sum);
        left -= n;
        quotes = quotes || p->has_quote;
        n_leaning +=
            p->leans && (i == 0 || c->pieces[s->pieces[i - 1]].sentence + 1 != p->sentence);
    }
    const double last = (double)c->pieces[s->pieces[s->n - 1]].place / MAX_PLACE;
    const double filled = (double)(c->limit - left) / (double)c->limit;
    const double returning = sum.n_stems > 0 ? (double)sum.n_returning / (double)sum.n_stems : 0.0;
    const double names = c->n_names > 0.0 ? sum.names / c->n_names : 0.0;
    return RETURNING * returning + NAMES * names + FILLED * filled - LATE * last -
           (quotes ? QUOTED : 0.0) - LEANING * (double)n_leaning;
}

static double weigh(composer *c, const state *s)
{
    return c->is_mail ? weigh_mail(c, s) : weigh_article(c, s);
}

/* Keeps the best BEAM states in order of value. */
static void keep_state(state *beam, size_t *n, const state *s)
{
    size_t at = *n;
    while (at > 0 && beam[at - 1].value < s->value) {
        at--;
    }
    if (at >= BEAM) {
        return;
    }
    *n += *n < BEAM;
    memmove(&beam[at + 1], &beam[at], (*n - at - 1) * sizeof(*beam));
    beam[at] = *s;
}

/* Every summary that is `from` with one more sentence behind. */
static void extend(composer *c, const state *from, state *next, size_t *n_next)
{
    const size_t last = from->n > 0 ? c->pieces[from->pieces[from->n - 1]].sentence : 0;
    if (from->n == MAX_PARTS || from->words + MIN_ROOM > c->limit) {
        return;
    }
    for (size_t i = 0; i < c->n_pieces; i++) {
        if (from->n > 0 && c->pieces[i].sentence <= last) {
            continue;
        }
        state s = *from;
        s.pieces[s.n++] = (uint16_t)i;
        s.words += c->pieces[i].form.n_words;
        s.value = weigh(c, &s);
        const double value = s.value - (is_stump(c, &s) ? STUMP : 0.0);
        if (value > c->best_value) {
            c->best = s;
            c->best_value = value;
        }
        if (s.words + MIN_ROOM <= c->limit) {
            keep_state(next, n_next, &s);
        }
    }
}

static void search(composer *c)
{
    state beams[2][BEAM];
    size_t n = 0;
    extend(c, &(state){.n = 0}, beams[0], &n);
    for (size_t depth = 1; depth < MAX_PARTS && n > 0; depth++) {
        const state *const now = beams[(depth - 1) % 2];
        state *const next = beams[depth % 2];
        size_t n_next = 0;
        for (size_t i = 0; i < n; i++) {
            extend(c, &now[i], next, &n_next);
        }
        n = n_next;
    }
}

/* A sentence without clauses must still say what its source says. */
static int is_sound(summary_job *job, span text, bool *out_sound)
{
    evidence_verdict v = {0};
    RETURN_IF_ERROR(evidence_check(job->index, text, &job->scratch, &v, job->err));
    *out_sound = v.supported;
    return HUIS_OK;
}

/* The form's text within the words left: whole, shortened by the model where that is wanted, or cut. */
static int fit_piece(summary_job *job, const piece *p, buffer *text, buffer *fitted)
{
    const bool writes = job->session != NULL && job->options->mode == HUIS_SUMMARY_HYBRID;
    bool ok = false;
    if (!summary_append_form(text, &p->form)) {
        return summary_no_memory(job);
    }
    if (p->form.n_words > job->words_left && writes) {
        RETURN_IF_ERROR(summary_shorten_to(job, buffer_span(text), job->words_left, fitted, &ok));
        job->summary->n_fallbacks += !ok;
    }
    if (!ok) {
        buffer_reset(fitted);
        ok = summary_append_full_cut(fitted, buffer_span(text), job->words_left);
    }
    return ok ? HUIS_OK : summary_no_memory(job);
}

static int add_piece(summary_job *job, const piece *p)
{
    const span sentence = summary_sentence_text(job, p->sentence);
    const uint64_t start = (uint64_t)(sentence.ptr - job->source->text.ptr);
    const huis_source_span source = {.start = start, .end = start + sentence.len};
    buffer text;
    buffer fitted;
    bool sound = true;
    bool added = false;
    buffer_init(&text, SUMMARY_ITEM_BYTES);
    buffer_init(&fitted, SUMMARY_ITEM_BYTES);
    int status = fit_piece(job, p, &text, &fitted);
    if (status == HUIS_OK && p->form.n_runs > 1) {
        status = is_sound(job, buffer_span(&text), &sound);
    }
    if (status == HUIS_OK && sound) {
        const summary_draft draft = {
            .text = buffer_span(&fitted), .sources = &source, .n_sources = 1};
        status = summary_add(job, &draft, &added);
    }
    buffer_deinit(&text);
    buffer_deinit(&fitted);
    return status != HUIS_OK || added
               ? status
               : summary_add_cut(job, sentence, job->words_left, NULL, &added);
}

int summary_compose(summary_job *job)
{
    const size_t n_stems = evidence_count_stems(job->index);
    composer c = {.job = job,
                  .pieces = arena_alloc(&job->scratch, MAX_PIECES, sizeof(piece)),
                  .seen = arena_alloc(&job->scratch, n_stems + 1, sizeof(uint32_t)),
                  .n_names = evidence_count_names(job->index),
                  .is_mail = job->source->genre == DOCUMENT_MAIL,
                  .limit = job->words_left,
                  .best_value = -1e9};
    if (c.pieces == NULL || c.seen == NULL) {
        return summary_no_memory(job);
    }
    memset(c.seen, 0, (n_stems + 1) * sizeof(uint32_t));
    find_pieces(&c);
    search(&c);
    for (size_t i = 0; i < c.best.n && job->words_left > 0; i++) {
        RETURN_IF_ERROR(add_piece(job, &c.pieces[c.best.pieces[i]]));
    }
    return HUIS_OK;
}
